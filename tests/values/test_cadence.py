"""Cadences: so many of a unit, and nothing else."""

from __future__ import annotations

import pickle
from datetime import date
from typing import Any

import pytest

from ordersales.errors import InvalidInput, Problem
from ordersales.values.cadence import Cadence, Unit

pytestmark = pytest.mark.rule("R8")

EVERY = "a whole number from 1 to 9223372036854775807"
UNIT = "an instance of Unit"


@pytest.mark.parametrize(
    ("every", "unit", "months", "days", "shown"),
    [
        (1, Unit.DAY, 0, 1, "every day"),
        (10, Unit.DAY, 0, 10, "every 10 days"),
        (1, Unit.WEEK, 0, 7, "every week"),
        (2, Unit.WEEK, 0, 14, "every 2 weeks"),
        (1, Unit.MONTH, 1, 0, "every month"),
        (3, Unit.MONTH, 3, 0, "every 3 months"),
        (1, Unit.YEAR, 12, 0, "every year"),
        (2, Unit.YEAR, 24, 0, "every 2 years"),
    ],
)
def test_interval(every: int, unit: Unit, months: int, days: int, shown: str) -> None:
    """An interval is counted in months or in days, never in both."""
    cadence = Cadence(every, unit)

    assert (months, days) == (cadence.months, cadence.days)
    assert shown == str(cadence)


@pytest.mark.parametrize(
    ("every", "unit", "start", "k", "day"),
    [
        (1, Unit.DAY, "2026-12-31", 1, "2027-01-01"),
        (3, Unit.DAY, "2026-01-31", 2, "2026-02-06"),
        (2, Unit.WEEK, "2026-01-31", 3, "2026-03-14"),
        (1, Unit.MONTH, "2026-01-31", 0, "2026-01-31"),
        (1, Unit.MONTH, "2026-01-31", 1, "2026-02-28"),
        (1, Unit.MONTH, "2026-12-31", 12, "2027-12-31"),
        (5, Unit.MONTH, "2026-01-31", 5, "2028-02-29"),
        (1, Unit.YEAR, "2096-02-29", 4, "2100-02-28"),
        (4, Unit.YEAR, "1996-02-29", 1, "2000-02-29"),
        (1, Unit.MONTH, "9999-11-30", 1, "9999-12-30"),
    ],
)
def test_after(every: int, unit: Unit, start: str, k: int, day: str) -> None:
    """Days are counted on the calendar; a month that is too short ends on its last day."""
    cadence = Cadence(every, unit)

    assert date.fromisoformat(day) == cadence.after(date.fromisoformat(start), k)


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("k", [1, 2**63 - 1])
def test_after_the_calendar(unit: Unit, k: int) -> None:
    """There is no day after the year 9999."""
    with pytest.raises(OverflowError):
        Cadence(1, unit).after(date.max, k)


@pytest.mark.parametrize(
    ("every", "unit", "start", "end", "intervals"),
    [
        (1, Unit.DAY, "2026-01-31", "2026-03-01", 29),
        (2, Unit.DAY, "2026-01-31", "2026-03-01", 14),
        (1, Unit.WEEK, "2026-01-31", "2026-03-01", 4),
        (1, Unit.MONTH, "2026-01-31", "2026-01-31", 0),
        (1, Unit.MONTH, "2026-01-31", "2026-03-01", 2),
        (1, Unit.MONTH, "2026-11-30", "2027-02-01", 3),
        (3, Unit.MONTH, "2026-01-31", "2027-03-01", 4),
        (1, Unit.YEAR, "2026-01-31", "2027-12-01", 1),
        (1, Unit.MONTH, "2026-03-01", "2026-01-31", -2),
    ],
)
def test_between(every: int, unit: Unit, start: str, end: str, intervals: int) -> None:
    """Whole intervals between two days, or between the months in which they lie."""
    cadence = Cadence(every, unit)

    assert intervals == cadence.between(date.fromisoformat(start), date.fromisoformat(end))


def test_units() -> None:
    """The units are stored by these names."""
    assert ["day", "week", "month", "year"] == [*Unit]


def test_value() -> None:
    """A cadence is equal by its contents, hashes, and survives pickling."""
    cadence = Cadence(12, Unit.MONTH)

    assert {cadence} == {Cadence(12, Unit.MONTH), pickle.loads(pickle.dumps(cadence))}
    assert cadence != Cadence(1, Unit.YEAR)


@pytest.mark.rule("B1")
@pytest.mark.parametrize("every", [0, -1, True, 1.0, "1", None, 2**63])
def test_every_refused(every: Any) -> None:
    """What is no whole number from 1 is refused."""
    with pytest.raises(InvalidInput) as caught:
        Cadence(every, Unit.DAY)

    assert caught.value == InvalidInput((Problem("every", repr(every), EVERY),))


@pytest.mark.rule("B1")
def test_all_refused_at_once() -> None:
    """Both fields are told in one error; the name of a unit is no unit."""
    unit: Any = "day"
    with pytest.raises(InvalidInput) as caught:
        Cadence(0, unit)

    problems = (Problem("every", "0", EVERY), Problem("unit", "'day'", UNIT))
    assert caught.value == InvalidInput(problems)
