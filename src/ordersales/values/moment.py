"""Moments: aware datetimes, kept in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from ordersales.errors import InvalidInput
from ordersales.values import checks


def utc(value: datetime, field: str) -> datetime:
    """Return the same moment in UTC; one already there is returned as it is.

    `field` names it in the error.

    >>> from zoneinfo import ZoneInfo
    >>> utc(datetime(2026, 1, 31, 12, tzinfo=ZoneInfo("Europe/Berlin")), "placed_at")
    datetime.datetime(2026, 1, 31, 11, 0, tzinfo=datetime.timezone.utc)

    Raises:
        InvalidInput: it is no datetime (a bare date is none) has no time zone, or falls outside the
            years 1 to 9999 in UTC (rule B1).
    """
    if type(value) is datetime and value.tzinfo is UTC:
        return value
    checks.refuse(checks.moment(value, field))
    try:
        return value.astimezone(UTC)
    except OverflowError:
        allowed = "a datetime from the year 1 to the year 9999 in UTC"
        raise InvalidInput.of(field, value, allowed) from None


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the earlier of two moments, or the only one; None if there is none.

    >>> earlier(None, datetime(2026, 1, 31, 12, tzinfo=UTC)).isoformat()
    '2026-01-31T12:00:00+00:00'
    """
    return min(one, other) if one and other else one or other
