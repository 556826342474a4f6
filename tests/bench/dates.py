"""Subject: billing dates: the next one of a schedule, twelve of it, and twelve of each of many.

``python tests/bench/dates.py`` measures this subject alone.
"""

from __future__ import annotations

import argparse
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from dateutil.rrule import MONTHLY, rrule
from dateutil.tz import resolve_imaginary
from measure import Candidate, Goal, Table, each, side_by_side

from ordersales.rules import schedule
from ordersales.values import zone
from ordersales.values.cadence import Cadence, Unit

BERLIN: Final = ZoneInfo("Europe/Berlin")
EVERY_MONTH: Final = Cadence(1, Unit.MONTH)
YEAR: Final = range(1, 13)
#: Made beforehand; making one costs half as much again as adding it.
AFTER: Final = [relativedelta(months=k) for k in range(61)]
SHIFTS: Final = [timedelta(days=30 * k) for k in YEAR]
#: So many schedules stand for a million.
MANY: Final = 30_000

OURS: Final = "ordersales"
BARE: Final = "relativedelta"
SAME: Final = "relativedelta, same job"
RULES: Final = "rrule"
#: What the candidates do.
WHOLE: Final = "on the clock in Berlin, gaps and hours that come twice settled, in UTC"
PART: Final = "added to a datetime without a zone: no clock, no UTC"

#: An anchor, and which date of its schedule is asked for.
Asked = tuple[datetime, int]


# --- the inputs -----------------------------------------------------------------------------


def due_on_one_day(n: int) -> list[Asked]:
    """Return schedules with a date on one day, begun within five years, at any second of a day."""
    due = datetime(2031, 3, 15, tzinfo=UTC)
    numbers = [at * 7 % 60 + 1 for at in range(n)]
    return [
        (due - AFTER[k] + timedelta(seconds=at * 7919 % 86_400), k) for at, k in enumerate(numbers)
    ]


def nothing_remembered(n: int) -> list[Asked]:
    """Return the same, when no date has been computed yet."""
    schedule._remembered_shift.cache_clear()
    zone._all_day.cache_clear()
    return due_on_one_day(n)


def begun_within_a_year(n: int) -> list[datetime]:
    """Return anchors at any second of a year."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    return [begin + timedelta(seconds=at * 7_919_333 % 31_536_000) for at in range(n)]


def without_zone(n: int) -> list[datetime]:
    """Return the same, without a zone."""
    return [anchor.replace(tzinfo=None) for anchor in begun_within_a_year(n)]


# --- the ways -------------------------------------------------------------------------------


def ours(asked: Asked) -> datetime:
    """Return a date as the library does."""
    return schedule.date(asked[0], EVERY_MONTH, BERLIN, asked[1])


def same_job(asked: Asked) -> datetime:
    """Return what the library returns, but over a day that was skipped."""
    wall = (asked[0].astimezone(BERLIN) + AFTER[asked[1]]).replace(fold=0)
    return resolve_imaginary(wall).astimezone(UTC)


def bare(asked: Asked) -> datetime:
    """Return the anchor and so many months."""
    return asked[0] + AFTER[asked[1]]


def year_of_ours(anchors: Iterable[datetime]) -> Iterable[tuple[datetime, ...]]:
    """Return twelve dates of each schedule in bulk."""
    return schedule.dates(anchors, EVERY_MONTH, BERLIN, YEAR)


def year_one_by_one(anchor: datetime) -> tuple[datetime, ...]:
    """Return twelve dates of a schedule, each by itself."""
    return tuple([schedule.date(anchor, EVERY_MONTH, BERLIN, k) for k in YEAR])


def year_of_same_job(anchor: datetime) -> tuple[datetime, ...]:
    """Return them by dateutil."""
    return tuple([same_job((anchor, k)) for k in YEAR])


def year_of_bare(anchor: datetime) -> tuple[datetime, ...]:
    """Return the anchor and 1 to 12 months."""
    return tuple([anchor + AFTER[k] for k in YEAR])


def year_of_rrule(anchor: datetime) -> tuple[datetime, ...]:
    """Return twelve dates of a rule, which leaves out months that are too short."""
    return tuple(rrule(MONTHLY, dtstart=anchor, count=12))


def year_of_sums(anchor: datetime) -> tuple[datetime, ...]:
    """Return twelve datetimes, whichever."""
    return tuple([anchor + shift for shift in SHIFTS])


# --- the tables -----------------------------------------------------------------------------


def _way(
    name: str, does: str, prepare: Callable[[int], Sequence[Any]], act: Callable[[Any], Any]
) -> Candidate:
    package = "python-dateutil" if name in (BARE, SAME, RULES) else None
    return Candidate(name=name, does=does, prepare=prepare, act=each(act), package=package)


def table_of_one(rounds: int) -> Table:
    """Measure the next date of a schedule."""
    assert all(ours(asked) == same_job(asked) for asked in due_on_one_day(1000))
    return side_by_side(
        "The next billing date",
        [
            _way(OURS, f"`schedule.date`: {WHOLE}; arguments checked", due_on_one_day, ours),
            _way(f"{OURS}, at first", "the same, nothing remembered", nothing_remembered, ours),
            _way(SAME, WHOLE, due_on_one_day, same_job),
            _way(BARE, f"made beforehand, {PART}", _without_zone_on_one_day, bare),
        ],
        base=BARE,
        rounds=rounds,
        batch=1000,
        goals=(Goal(OURS, BARE, 0.2),),
        notes=(
            "Of a thousand monthly schedules that fall due on one day, begun up to five years "
            "before, at any second of the day."
        ),
    )


def _without_zone_on_one_day(n: int) -> list[Asked]:
    return [(anchor.replace(tzinfo=None), k) for anchor, k in due_on_one_day(n)]


def _rest_of_year() -> list[Candidate]:
    return [
        _way(SAME, WHOLE, begun_within_a_year, year_of_same_job),
        _way(BARE, f"made beforehand, {PART}", without_zone, year_of_bare),
        _way(RULES, "a rule and its dates, without a zone", without_zone, year_of_rrule),
    ]


def table_of_twelve(rounds: int) -> Table:
    """Measure twelve dates of one schedule."""
    return side_by_side(
        "Twelve monthly billing dates of a schedule",
        [
            _way(
                OURS, f"`schedule.date` twelve times: {WHOLE}", begun_within_a_year, year_one_by_one
            ),
            *_rest_of_year(),
        ],
        base=BARE,
        rounds=rounds,
        batch=300,
        notes="Of schedules begun at any second of a year.",
    )


def table_of_many(rounds: int) -> Table:
    """Measure twelve dates of each of many schedules."""
    anchors = begun_within_a_year(1000)
    assert [*year_of_ours(anchors)] == [year_of_same_job(anchor) for anchor in anchors]
    bulk = Candidate(
        name=OURS,
        does=f"`schedule.dates`: {WHOLE}",
        prepare=begun_within_a_year,
        act=lambda anchors: deque(year_of_ours(anchors), maxlen=0),
    )
    does = "a timedelta added twelve times, dates or not: the limit"
    limit = _way("datetime + timedelta", does, begun_within_a_year, year_of_sums)
    return side_by_side(
        "Twelve monthly billing dates of each of many schedules",
        [bulk, *_rest_of_year(), limit],
        base=BARE,
        rounds=rounds,
        batch=MANY,
        goals=(Goal(OURS, BARE, 0.01),),
        notes=(
            f"Microseconds for one schedule, and so seconds for a million; measured on {MANY:,}, "
            "begun at any second of a year."
        ),
    )


def tables(rounds: int) -> list[Table]:
    """Measure all of the subject; the last in fewer rounds, since each is long."""
    return [table_of_one(rounds), table_of_twelve(rounds), table_of_many(max(5, rounds // 8))]


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=40)
    print("\n\n".join(table.markdown() for table in tables(arguments.parse_args().rounds)))
