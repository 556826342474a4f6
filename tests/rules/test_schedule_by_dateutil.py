"""Billing dates are those of dateutil, from 1996 to 2040, one by one and in bulk (rule R8).

dateutil counts on the calendar and moves what falls into a gap; that an hour which comes twice
means the first is in its default, and that a daily date moves by half of a skipped day is
decision 11.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import product
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from dateutil.tz import resolve_imaginary

from ordersales.rules import schedule
from ordersales.values.cadence import Cadence, Unit

pytestmark = [pytest.mark.rule("R8"), pytest.mark.thorough]

#: Zones whose clocks have done different things, each with a time that its changes met often.
ZONES: Final = {
    "Africa/Casablanca": time(2, 30),  # back for each Ramadan
    "America/New_York": time(2, 30),
    "America/Sao_Paulo": time(0, 30),  # days that began at 1:00, until 2018
    "America/St_Johns": time(0, 30),  # half an hour, and a minute after midnight until 2011
    "Asia/Gaza": time(0, 30),  # at many hours, and four times in some years
    "Asia/Kathmandu": time(23, 59, 59, 999_999),  # a quarter of an hour, and never
    "Australia/Lord_Howe": time(2, 15),  # by half an hour
    "Australia/Sydney": time(2, 30),
    "Europe/Berlin": time(2, 30),
    "Europe/London": time(1, 30),
    "Pacific/Apia": time(3, 30),  # and a day was skipped
}
YEARS: Final = range(1996, 2041)
CADENCES: Final = (*(Cadence(n, Unit.MONTH) for n in (1, 2, 3, 6)), Cadence(1, Unit.YEAR))
#: How many dates of each of these are asked for one by one.
SINGLY: Final = 12
DAY: Final = timedelta(days=1)


@cache
def moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return in UTC when the clock shows that, as dateutil has it."""
    wall = datetime.combine(day, clock, zone)
    return resolve_imaginary(wall).astimezone(UTC)


# --- from every month end -------------------------------------------------------------------


@cache
def month_ends() -> dict[date, list[date]]:
    """Return each last day of a month, 29 February too, and the days monthly after it to 2040."""
    found = {}
    for at, (year, month) in enumerate(product(YEARS, range(1, 13))):
        end = date(year, month, monthrange(year, month)[1])
        left = len(YEARS) * 12 - at
        found[end] = [end + relativedelta(months=k) for k in range(left)]
    return found


@pytest.mark.parametrize("name", ZONES)
def test_every_month_end(name: str) -> None:
    """In bulk each date at 1, 2, 3, 6 and 12 months until the end of 2040, the first ones singly."""
    zone = ZoneInfo(name)
    for end, days in month_ends().items():
        anchor = datetime.combine(end, ZONES[name], zone).astimezone(UTC)
        clock = anchor.astimezone(zone).time()
        monthly = [anchor, *(moment(day, clock, zone) for day in days[1:])]
        for cadence in CADENCES:
            expected = tuple(monthly[:: cadence.months])
            ks = range(len(expected))
            assert (expected,) == tuple(schedule.dates([anchor], cadence, zone, ks))
            singly = [schedule.date(anchor, cadence, zone, k) for k in ks[:SINGLY]]
            assert singly == [*expected[:SINGLY]]


# --- over every change of clocks ------------------------------------------------------------


def changes(zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """Yield what the clock shows before and after each change of the zone's offset."""
    day, last = datetime(YEARS[0], 1, 1, tzinfo=UTC), datetime(YEARS[-1] + 1, 1, 1, tzinfo=UTC)
    while day < last:
        low, high = day, day + DAY
        while wall(high, zone) - wall(low, zone) != high - low:
            middle = low + (high - low) / 2
            if high - low == timedelta.resolution:
                yield wall(low, zone) + timedelta.resolution, wall(high, zone)
                break
            same = wall(middle, zone) - wall(low, zone) == middle - low
            low, high = (middle, high) if same else (low, middle)
        day += DAY


def wall(at: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clock shows, written as if that were UTC."""
    return at + (at.astimezone(zone).utcoffset() or timedelta(0))


def around(before: datetime, after: datetime) -> Iterator[datetime]:
    """Yield times on the clock just before, in and after what is missing or comes twice."""
    low, high = sorted((before, after))
    yield from (low - timedelta.resolution, low, high - timedelta.resolution, high)


def begun(target: datetime, unit: Unit, zone: ZoneInfo, k: int) -> datetime | None:
    """Return in UTC what comes to `target` on the clock after `k` intervals, if anything does."""
    day = begun_on(target.date(), unit, k)
    if day is None:
        return None
    anchor = datetime.combine(day, target.time(), zone).astimezone(UTC)
    exists = wall(anchor, zone) == datetime.combine(day, target.time(), UTC)
    return anchor if exists else None


@cache
def begun_on(day: date, unit: Unit, k: int) -> date | None:
    """Return the day from which dateutil comes to `day` after `k` intervals, if there is one."""
    start = day - intervals(unit, k)
    return start if start + intervals(unit, k) == day else None


@cache
def intervals(unit: Unit, k: int) -> relativedelta:
    """Return `k` days, weeks or months."""
    return relativedelta(**{f"{unit}s": k})  # type: ignore[arg-type]


def expected(target: datetime, unit: Unit, zone: ZoneInfo) -> datetime:
    """Return in UTC what is due when the clock shows `target`."""
    found = moment(target.date(), target.time(), zone)
    gap = wall(found, zone) - target
    return found - gap / 2 if unit is Unit.DAY and gap >= DAY else found


@pytest.mark.parametrize("name", [name for name in ZONES if name != "Asia/Kathmandu"])
@pytest.mark.parametrize("unit", [Unit.DAY, Unit.WEEK, Unit.MONTH])
def test_every_change_of_clocks(name: str, unit: Unit) -> None:
    """Daily, weekly and monthly dates come upon each change as their 1st and as their 60th."""
    zone, cadence, ks = ZoneInfo(name), Cadence(1, unit), range(1, 61)
    met = 0
    for before, after in changes(zone):
        met += 1
        due = {target: expected(target, unit, zone) for target in around(before, after)}
        for k in ks:
            anchors = {target: anchor for target in due if (anchor := begun(target, unit, zone, k))}
            assert anchors or (unit, before.day > 28) == (Unit.MONTH, True)
            wanted = [due[target] for target in anchors]
            assert wanted == [schedule.date(a, cadence, zone, k) for a in anchors.values()]
            dates = schedule.dates(anchors.values(), cadence, zone, range(k, k + 1))
            assert wanted == [date for (date,) in dates]
    assert met > 20
