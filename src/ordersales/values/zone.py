"""Time zones by their names, as the IANA database has them.

The database is the machine's own, or that of the package `tzdata` where there is none, as on
Windows.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from ordersales.errors import InvalidInput


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
