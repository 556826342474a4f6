"""Time zones by their names, as the IANA database has them, and their offsets from UTC.

The database is the machine's own, or that of the package `tzdata` where there is none, as on
Windows.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from difflib import get_close_matches
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from ordersales.errors import InvalidInput

#: A zone may skip a whole day, as Samoa did when it changed sides of the date line.
_LONGEST_GAP: Final = timedelta(days=1, hours=2)
_SECOND: Final = timedelta(seconds=1)


def time_zone(value: str | ZoneInfo, field: str) -> ZoneInfo:
    """Return the time zone of that name; a ZoneInfo is returned as it is.

    `field` names it in the error.

    >>> time_zone("Europe/Berlin", "zone")
    zoneinfo.ZoneInfo(key='Europe/Berlin')

    Raises:
        InvalidInput: there is none of that name; the error says which are similar (rule B1).
    """
    if isinstance(value, ZoneInfo):
        return value
    if type(value) is not str:
        raise InvalidInput.of(field, value, "the name of a time zone, or a ZoneInfo")
    try:
        return _named(value)
    # A folder of the database and a name too long for a file are an OSError, a path that leads
    # out of it a ValueError.
    except (ZoneInfoNotFoundError, OSError, ValueError):
        raise InvalidInput.of(field, value, _allowed(value)) from None


def offset_at(moment: datetime, zone: ZoneInfo) -> timedelta:
    """Return how far the clock of `zone` is ahead of UTC at `moment`, which is in UTC.

    >>> print(offset_at(datetime(2026, 7, 1, 12, tzinfo=UTC), ZoneInfo("Europe/Berlin")))
    2:00:00

    Raises:
        OverflowError: on the wall it is not one of the years 1 to 9999.
    """
    offset = _all_day(zone, moment.date(), UTC)
    return offset if offset is not None else _offset(moment.astimezone(zone))


def offset_on(day: date, zone: ZoneInfo) -> timedelta | None:
    """Return how far the clock of `zone` is ahead of UTC on `day`; None if it changes that day.

    Of an hour that comes twice the first counts. On a day that doesn't exist it changes.

    >>> print(offset_on(date(2026, 7, 1), ZoneInfo("Europe/Berlin")))
    2:00:00
    >>> print(offset_on(date(2026, 3, 29), ZoneInfo("Europe/Berlin")))
    None
    """
    return _all_day(zone, day, zone)


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment, in UTC, at which the clock of `zone` shows `day` or a later date.

    Of a midnight that comes twice that is the first; where there is none, the moment that it was
    skipped at. A day that doesn't exist begins, and ends, where the next one begins.

    >>> print(day_start(date(2026, 3, 29), ZoneInfo("Africa/Cairo")))
    2026-03-28 22:00:00+00:00

    Raises:
        OverflowError: that is not in one of the years 1 to 9999.
    """
    midnight = datetime.combine(day, time.min)
    begins = midnight.replace(tzinfo=zone).astimezone(UTC)
    if begins.astimezone(zone).replace(tzinfo=None) == midnight:
        return begins
    # Skipped: read by the offset before, it is within the gap or at its end.
    return _first(begins - _LONGEST_GAP, begins, zone, day)


def _first(before: datetime, after: datetime, zone: ZoneInfo, day: date) -> datetime:
    """Return the first whole second behind `before`, up to `after`, that is on `day` or later."""
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).date() < day:
            before = middle
        else:
            after = middle
    return after


# Few days are asked about again and again: those of what is due now, and of what comes next.
@lru_cache(maxsize=8192)
def _all_day(zone: ZoneInfo, day: date, clock: tzinfo) -> timedelta | None:
    """Return the offset of `zone` if it is the same from midnight to midnight on `clock`."""
    begin, end = (datetime.combine(day, at, clock) for at in (time.min, time.max))
    # No zone in the database took a change back within three days: the ends tell of all between.
    # A day that doesn't exist has the old offset at both, and the new one in its second reading.
    readings = begin, end, begin.replace(fold=1)
    try:
        offsets = {_offset(reading.astimezone(zone)) for reading in readings}
    except OverflowError:
        return None
    return offsets.pop() if len(offsets) == 1 else None


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta(0)


@lru_cache
def _named(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _allowed(name: str) -> str:
    """Return in words what would have been accepted in place of `name`."""
    names = sorted(available_timezones())
    if not names:
        return "a time zone, of which this machine has none: install the package tzdata"
    similar = get_close_matches(name[:40], names) or _cities(name[:40], names)
    allowed = "the name of a time zone, such as 'Europe/Berlin'"
    return f"{allowed}; did you mean {' or '.join(similar)}?" if similar else allowed


def _cities(name: str, names: list[str]) -> list[str]:
    """Return the zones whose last part is like `name`: who writes Berlin means Europe/Berlin."""
    by_city = {zone.rpartition("/")[2].lower(): zone for zone in names}
    wanted = name.rpartition("/")[2].replace(" ", "_").lower()
    return [by_city[city] for city in get_close_matches(wanted, by_city)]
