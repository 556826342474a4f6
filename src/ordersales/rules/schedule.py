"""When the payments of a recurring order fall due (rule R8).

Date k is the anchor plus k intervals of the cadence, counted on the calendar and the clock of one
time zone, and never date k-1 plus one interval: what starts on the 31st falls on the last day of
shorter months, and on the 31st again after.

The clock on the wall keeps its time over the changes of the zone's offset:

- an hour that comes twice means the first;
- an hour that doesn't exist is moved forward by the gap;
- on a calendar day that doesn't exist (Samoa had no 30 December 2011) a daily date, moved by the
  whole gap, would meet the one of the next day. It is moved by half of the gap.

Only the anchor itself stays where it is, even in an hour's second coming. So the dates of a
schedule increase strictly, and none depends on when the earlier ones were paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, UTC, datetime, timedelta
from datetime import date as calendar_day
from itertools import repeat
from operator import add
from typing import Final
from zoneinfo import ZoneInfo

from ordersales.errors import InvalidInput, Problem
from ordersales.values import checks
from ordersales.values.cadence import Cadence
from ordersales.values.moment import utc
from ordersales.values.zone import time_zone

_DAY: Final = timedelta(days=1)
_LAST_DAY: Final = calendar_day.max.toordinal()

#: How long each month is, January first, in common years and in leap years.
_COMMON: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LEAP: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
#: The lengths of the months of each year; the calendar repeats after 400.
_YEARS: Final = tuple(
    _LEAP if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else _COMMON
    for year in range(400)
)
#: Every month has as many days.
_SHORTEST: Final = 28

#: What is looked at to see whether a day's clock is changed: each hour, and the day's last moment.
_HOURS: Final = (*(timedelta(hours=hour) for hour in range(24)), _DAY - timedelta.resolution)
#: So many days at either end of the calendar may lie beyond it in UTC.
_EDGE: Final = 2

_IN_CALENDAR: Final = "one whose date is not after the year 9999"


def date(anchor: datetime, cadence: Cadence, zone: str | ZoneInfo, k: int) -> datetime:
    """Return date `k` of the schedule, in UTC; date 0 is the anchor (rule R8).

    >>> from ordersales.values.cadence import Cadence, Unit
    >>> started = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)
    >>> for k in range(4):
    ...     print(date(started, Cadence(1, Unit.MONTH), "Europe/Berlin", k))
    2026-01-31 08:00:00+00:00
    2026-02-28 08:00:00+00:00
    2026-03-31 07:00:00+00:00
    2026-04-30 07:00:00+00:00

    Raises:
        InvalidInput: an argument is not of its type, the zone is unknown, `k` is negative, or the
            date lies after the year 9999 (rule B1).
    """
    if type(cadence) is not Cadence or type(k) is not int or k < 0:
        checks.refuse(checks.instance(cadence, "cadence", Cadence), checks.whole(k, "k"))
    found = _date(_local(anchor, time_zone(zone, "zone")), cadence, k)
    if found is None:
        raise InvalidInput.of("k", k, _IN_CALENDAR)
    return found


def dates(
    anchors: Iterable[datetime], cadence: Cadence, zone: str | ZoneInfo, ks: range
) -> Iterator[tuple[datetime, ...]]:
    """Yield, for each of many anchors, the dates `ks` of its schedule: each what `date` returns.

    Schedules that start on the same day share their calendar, so that a million take little more
    than making the datetimes.

    >>> from ordersales.values.cadence import Cadence, Unit
    >>> started = datetime(2026, 3, 28, 1, 30, tzinfo=UTC)
    >>> for moment in next(dates([started], Cadence(1, Unit.DAY), "Europe/Berlin", range(3))):
    ...     print(moment)
    2026-03-28 01:30:00+00:00
    2026-03-29 01:30:00+00:00
    2026-03-30 00:30:00+00:00

    Raises:
        InvalidInput: as `date` does; `ks` is no range that counts upwards from 0 or more. An
            anchor is read, and refused, when it is its turn.
    """
    checks.refuse(checks.instance(cadence, "cadence", Cadence), _counting(ks))
    return _dates(anchors, cadence, time_zone(zone, "zone"), ks)


def occurrence_after(
    anchor: datetime, cadence: Cadence, zone: str | ZoneInfo, moment: datetime
) -> int:
    """Return the first k whose date lies after `moment`.

    It takes the same time however far that is: a schedule goes on from there after a pause,
    without counting what was missed (rule R5).

    >>> from ordersales.values.cadence import Cadence, Unit
    >>> started = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)
    >>> monthly = Cadence(1, Unit.MONTH)
    >>> occurrence_after(started, monthly, "Europe/Berlin", datetime(2030, 1, 31, 8, tzinfo=UTC))
    49

    Raises:
        InvalidInput: an argument is not of its type, the zone is unknown, or the next date lies
            after the year 9999 (rule B1).
    """
    checks.refuse(checks.instance(cadence, "cadence", Cadence))
    known = time_zone(zone, "zone")
    local, after = _local(anchor, known), utc(moment, "moment")
    # Counted on the calendar, two intervals may be too many, and never more: a gap in the clock
    # is shorter than two days, and daily dates are moved by less than one.
    k = max(0, _intervals(local, _local(moment, known, "moment"), cadence) - 2)
    while (found := _date(local, cadence, k)) is not None:
        if found > after:
            return k
        k += 1
    raise InvalidInput.of("moment", moment, "a moment with a date of the schedule after it")


def _local(moment: datetime, zone: ZoneInfo, field: str = "anchor") -> datetime:
    """Return `moment` on the calendar and the clock of `zone`."""
    try:
        return utc(moment, field).astimezone(zone)
    except OverflowError:
        allowed = "a datetime from the year 1 to the year 9999 in the time zone"
        raise InvalidInput.of(field, moment, allowed) from None


def _counting(ks: object) -> Problem | None:
    if type(ks) is range and ks.start >= 0 and ks.step > 0:
        return None
    return Problem.of("ks", ks, "a range that counts upwards from 0 or more")


def _intervals(start: datetime, end: datetime, cadence: Cadence) -> int:
    """Return how many whole intervals the calendar counts between two days or two months."""
    if cadence.days:
        return (end.toordinal() - start.toordinal()) // cadence.days
    return (12 * (end.year - start.year) + end.month - start.month) // cadence.months


def _date(start: datetime, cadence: Cadence, k: int) -> datetime | None:
    """Return date `k` in UTC of what starts at the local time `start`; None past the calendar."""
    if not k:
        return start.astimezone(UTC)
    months = cadence.months
    try:
        wall = _months_on(start, months * k) if months else _days_on(start, cadence.days * k)
        # The first of two readings: before the change, in a gap as in an hour that comes twice.
        found = wall.astimezone(UTC)
        return found - _half_of_skipped_day(wall) if cadence.days == 1 else found
    except OverflowError:
        return None


def _months_on(start: datetime, months: int) -> datetime:
    """Return the same wall time so many months on, on the last day where a month is shorter."""
    year, month = divmod(12 * start.year + start.month - 1 + months, 12)
    if year > MAXYEAR:
        raise OverflowError
    day = start.day
    if day > _SHORTEST:
        day = min(day, _YEARS[year % 400][month])
    return start.replace(year, month + 1, day, fold=0)


def _days_on(start: datetime, days: int) -> datetime:
    """Return the same wall time so many days on."""
    # Adding within one zone moves the calendar and leaves the clock, and sets fold to 0.
    return start + timedelta(days)


def _half_of_skipped_day(wall: datetime) -> timedelta:
    """Return half of the gap in which `wall` lies if that swallows a day, otherwise nothing."""
    gap = _offset(wall.replace(fold=1)) - _offset(wall)
    return gap // 2 if gap >= _DAY else timedelta(0)


def _offset(wall: datetime) -> timedelta:
    return wall.utcoffset() or timedelta(0)


def _dates(
    anchors: Iterable[datetime], cadence: Cadence, zone: ZoneInfo, ks: range
) -> Iterator[tuple[datetime, ...]]:
    plans: dict[int, _Plan] = {}
    days: dict[int, datetime | None] = {}
    for anchor in anchors:
        local = _local(anchor, zone)
        begins = local.toordinal()
        plan = plans.get(begins)
        if plan is None:
            plan = plans[begins] = _plan(local, cadence, ks, days)
        midnight, midnights, singly = plan
        # Within one zone a difference is one of wall times; see `_days_on`.
        row = map(add, midnights, repeat(local - midnight))
        if singly or local.fold:
            yield _with_single(list(row), local, cadence, ks, singly)
        else:
            yield tuple(row)


#: What the schedules share that start on one day: its own midnight on the wall, the midnights in
#: UTC of the days of the dates, and the places of those that have to be computed singly.
_Plan = tuple[datetime, list[datetime], list[int]]

#: Stands for a midnight where there is none to use.
_NO_MIDNIGHT: Final = datetime(2000, 1, 1, tzinfo=UTC)


def _plan(start: datetime, cadence: Cadence, ks: range, days: dict[int, datetime | None]) -> _Plan:
    """Return the plan of the day of `start`; `days` remembers what is known of each day."""
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    midnights = [_midnight(midnight, cadence, k, days) for k in ks]
    singly = [place for place, found in enumerate(midnights) if found is None]
    return midnight, [found or _NO_MIDNIGHT for found in midnights], singly


def _midnight(
    start: datetime, cadence: Cadence, k: int, days: dict[int, datetime | None]
) -> datetime | None:
    """Return in UTC the midnight that begins day `k`, or None if its clock is changed that day."""
    months = cadence.months
    try:
        day = _months_on(start, months * k) if months else _days_on(start, cadence.days * k)
    except OverflowError:
        return None
    ordinal = day.toordinal()
    if ordinal not in days:
        days[ordinal] = _calm(day, ordinal)
    return days[ordinal]


def _calm(midnight: datetime, ordinal: int) -> datetime | None:
    """Return `midnight` in UTC if the zone's offset stays the same all day, otherwise None."""
    at_edge = not _EDGE < ordinal <= _LAST_DAY - _EDGE
    # No zone has changed its offset and taken that back within an hour.
    offsets = {_offset(midnight + hour) for hour in _HOURS}
    # A skipped day keeps the old offset throughout; its second reading has the new one.
    if at_edge or len(offsets | {_offset(midnight.replace(fold=1))}) > 1:
        return None
    return midnight.astimezone(UTC)


def _with_single(
    row: list[datetime], start: datetime, cadence: Cadence, ks: range, singly: list[int]
) -> tuple[datetime, ...]:
    """Return `row` with its dates at the places `singly`, and the anchor, computed one by one."""
    for place in {*singly, 0} if ks else ():
        found = _date(start, cadence, ks[place])
        if found is None:
            raise InvalidInput.of("ks", ks, _IN_CALENDAR)
        row[place] = found
    return tuple(row)
