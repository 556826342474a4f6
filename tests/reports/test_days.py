"""When days begin in a time zone, whatever its clock does (rule T7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.models.report import Dimension, ReportScope
from ordersales.reports.days import Days, piece
from ordersales.reports.facts import moment_of, ticks
from ordersales.values.zone import day_start
from tests.reports.shops import ZONES, moments, monday

pytestmark = pytest.mark.rule("T7")

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "day", "begins", "hours"),
    [
        ("UTC", (2026, 3, 29), (2026, 3, 29, 0), 24),
        ("Europe/Berlin", (2026, 3, 28), (2026, 3, 27, 23), 24),
        ("Europe/Berlin", (2026, 3, 29), (2026, 3, 28, 23), 23),
        ("Europe/Berlin", (2026, 10, 25), (2026, 10, 24, 22), 25),
        ("America/New_York", (2026, 3, 8), (2026, 3, 8, 5), 23),
        ("Pacific/Apia", (2026, 1, 31), (2026, 1, 30, 11), 24),
        # Midnight is skipped: the day begins an hour later on the clock.
        ("America/Havana", (2026, 3, 8), (2026, 3, 8, 5), 23),
        ("Africa/Cairo", (2026, 4, 24), (2026, 4, 23, 22), 23),
        # Midnight comes twice: at 00:01 the clock went back to 23:01 of the day before.
        ("America/St_Johns", (2006, 10, 29), (2006, 10, 29, 2, 30), 25),
        # The clock skipped from half past eleven to half past midnight.
        ("America/Toronto", (1919, 3, 31), (1919, 3, 31, 4, 30), 23.5),
        # Samoa skipped the whole day.
        ("Pacific/Apia", (2011, 12, 30), (2011, 12, 30, 10), 0),
        ("Pacific/Apia", (2011, 12, 31), (2011, 12, 30, 10), 24),
    ],
)
def test_when_a_day_begins(
    zone: str, day: tuple[int, int, int], begins: tuple[int, ...], hours: float
) -> None:
    """A day begins when the clock first shows its date, and is over when the next one begins."""
    this, clock = date(*day), ZoneInfo(zone)

    start = day_start(this, clock)

    assert datetime(*begins, tzinfo=UTC) == start
    assert hours * HOUR == day_start(this + timedelta(days=1), clock) - start


@given(moments, st.sampled_from(ZONES))
def test_a_moment_is_on_the_day_its_clock_shows(moment: datetime, zone: str) -> None:
    """Where no clock goes back past midnight, the day is the date that it shows."""
    shown = moment.astimezone(ZoneInfo(zone)).date()

    assert shown.toordinal() == Days(zone).of(ticks(moment))


@given(st.integers(-40_000, 40_000), st.sampled_from(["Pacific/Apia", "America/St_Johns"]))
def test_a_moment_is_between_the_edges_of_its_day(hours: int, zone: str) -> None:
    """A moment is on the day that begins last before it, also where one is skipped or repeated."""
    moment = datetime(2009, 1, 1, tzinfo=UTC) + hours * HOUR

    day = date.fromordinal(Days(zone).of(ticks(moment)))

    clock = ZoneInfo(zone)
    assert day_start(day, clock) <= moment < day_start(day + timedelta(days=1), clock)


@given(moments, moments, st.sampled_from(ZONES))
def test_the_edges_of_pieces(one: datetime, other: datetime, zone: str) -> None:
    """The days, weeks or months of a period are without gap, and each holds its own moments."""
    first, last, days = min(one, other), max(one, other), Days(zone)

    for unit in (Dimension.DAY, Dimension.WEEK, Dimension.MONTH):
        edges = [*days.edges(ticks(first), ticks(last), unit)]

        assert edges[0][1] <= ticks(first)
        assert ticks(last) < edges[-1][2]
        assert [end for _, _, end in edges[:-1]] == [begin for _, begin, _ in edges[1:]]
        for day, begin, end in edges:
            assert day == piece(days.of(begin), unit) == piece(days.of(end - 1), unit)


@given(st.dates(date(1999, 1, 1), date(2101, 1, 1)))
def test_weeks_and_months(day: date) -> None:
    """A week goes by its Monday, a month by its first day."""
    number = day.toordinal()

    assert number == piece(number, Dimension.DAY)
    assert monday(day).toordinal() == piece(number, Dimension.WEEK)
    assert day.replace(day=1).toordinal() == piece(number, Dimension.MONTH)


def test_the_period_of_a_scope() -> None:
    """Both days of a period are counted whole, as the zone cuts them."""
    scope = ReportScope(
        zone="Europe/Berlin", first_day=date(2026, 3, 29), last_day=date(2026, 3, 29)
    )

    assert datetime(2026, 3, 28, 23, tzinfo=UTC) == scope.since
    assert datetime(2026, 3, 29, 22, tzinfo=UTC) == scope.before
    assert (None, None) == (ReportScope().since, ReportScope().before)


def test_a_day_is_remembered() -> None:
    """What was looked up once is not looked up again."""
    days = Days("Europe/Berlin")
    at = ticks(datetime(2026, 3, 29, 12, tzinfo=UTC))

    assert days.of(at) == days.of(at + 1)
    assert 1 == len(days._edges)
    assert moment_of(at) == datetime(2026, 3, 29, 12, tzinfo=UTC)
