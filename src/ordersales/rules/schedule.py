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
schedule increase strictly (decision 11), and none depends on when the earlier ones were paid.

The cadence counts days and the zone knows its offset on each: together they say how much later than
its anchor a date falls. All anchors of one day share that, so it is remembered. Only where the
offset changes on the very day of the date does it take a look at the hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from datetime import date as calendar_day
from functools import lru_cache, partial
from typing import Final
from zoneinfo import ZoneInfo

from ordersales.errors import InvalidInput, Problem
from ordersales.values import checks
from ordersales.values.cadence import Cadence
from ordersales.values.moment import utc
from ordersales.values.zone import offset_at, offset_on, time_zone

#: How many shifts are remembered, and of how many days at once those of many schedules.
_REMEMBERED: Final = 4096

_DAY: Final = timedelta(days=1)
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
    known = time_zone(zone, "zone")
    start = utc(anchor, "anchor")
    found = _date(start, _wall(start, known, "anchor"), cadence, known, k)
    if found is None:
        raise InvalidInput.of("k", k, _IN_CALENDAR)
    return found


def dates(
    anchors: Iterable[datetime], cadence: Cadence, zone: str | ZoneInfo, ks: range
) -> Iterator[tuple[datetime, ...]]:
    """Yield, for each of many anchors, the dates `ks` of its schedule: each what `date` returns.

    Schedules that start on the same day share what is computed, so that a million take little more
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
    start, after = utc(anchor, "anchor"), utc(moment, "moment")
    begun, wall = _wall(start, known, "anchor"), _wall(after, known, "moment")
    # Counted on the calendar, two intervals may be too many, and never more: a gap in the clock
    # is shorter than two days, and daily dates are moved by less than one.
    k = max(0, cadence.between(begun, wall) - 2)
    while (found := _date(start, begun, cadence, known, k)) is not None:
        if found > after:
            return k
        k += 1
    raise InvalidInput.of("moment", moment, "a moment with a date of the schedule after it")


def _counting(ks: object) -> Problem | None:
    if type(ks) is range and ks.start >= 0 and ks.step > 0:
        return None
    return Problem.of("ks", ks, "a range that counts upwards from 0 or more")


def _wall(moment: datetime, zone: ZoneInfo, field: str) -> datetime:
    """Return what the clock of `zone` shows at `moment`, written as if that were UTC."""
    try:
        return moment + offset_at(moment, zone)
    except OverflowError:
        allowed = "a datetime from the year 1 to the year 9999 in the time zone"
        raise InvalidInput.of(field, moment, allowed) from None


def _date(
    start: datetime, wall: datetime, cadence: Cadence, zone: ZoneInfo, k: int
) -> datetime | None:
    """Return date `k` of what starts at `start`, the clock showing `wall`; None past the calendar."""
    if not k:
        return start
    try:
        shift = _remembered_shift(wall.date(), cadence, zone, k)
        return _by_the_hour(wall, cadence, zone, k) if shift is None else wall + shift
    except OverflowError:
        return None


def _shift(day: calendar_day, cadence: Cadence, zone: ZoneInfo, k: int) -> timedelta | None:
    """Return how far date `k` in UTC lies from what the clock shows at its anchor, on any `day`.

    None if that depends on the hour, because the offset changes on the day of the date.
    """
    due = cadence.after(day, k)
    offset = offset_on(due, zone)
    return None if offset is None else due - day - offset


_remembered_shift: Final = lru_cache(_REMEMBERED)(_shift)


def _by_the_hour(wall: datetime, cadence: Cadence, zone: ZoneInfo, k: int) -> datetime:
    """Return date `k` of what starts at `wall`, on a day on which the offset changes."""
    due = datetime.combine(cadence.after(wall.date(), k), wall.time(), zone)
    # The first of two readings: before the change, in a gap as in an hour that comes twice.
    found = due.astimezone(UTC)
    return found - _half_of_skipped_day(due) if cadence.days == 1 else found


def _half_of_skipped_day(due: datetime) -> timedelta:
    """Return half of the gap that `due` lies in if that swallows a day, otherwise nothing."""
    gap = due.astimezone(UTC) - due.replace(fold=1).astimezone(UTC)
    return gap / 2 if gap >= _DAY else timedelta(0)


def _dates(
    anchors: Iterable[datetime], cadence: Cadence, zone: ZoneInfo, ks: range
) -> Iterator[tuple[datetime, ...]]:
    remembered = lru_cache(_REMEMBERED)(partial(_shifts, cadence=cadence, zone=zone, ks=ks))
    for anchor in anchors:
        start = utc(anchor, "anchor")
        wall = _wall(start, zone, "anchor")
        try:
            shifts, by_the_hour = remembered(wall.date())
            row = [wall + shift for shift in shifts]
            for place in by_the_hour:
                row[place] = _by_the_hour(wall, cadence, zone, ks[place])
        except OverflowError:
            raise InvalidInput.of("ks", ks, _IN_CALENDAR) from None
        if 0 in ks:
            row[0] = start
        yield tuple(row)


def _shifts(
    day: calendar_day, *, cadence: Cadence, zone: ZoneInfo, ks: range
) -> tuple[list[timedelta], list[int]]:
    """Return the shift of each date, and the places of those that depend on the hour."""
    shifts = [_shift(day, cadence, zone, k) for k in ks]
    by_the_hour = [place for place, shift in enumerate(shifts) if shift is None]
    return [shift or timedelta(0) for shift in shifts], by_the_hour
