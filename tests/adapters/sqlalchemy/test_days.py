"""SQLite and PostgreSQL cut time where the zone's days begin, to the microsecond (rule T7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import Engine, literal, select

from ordersales.adapters.sqlalchemy.columns import Moment
from ordersales.adapters.sqlalchemy.days import pieces
from ordersales.models.report import Dimension
from ordersales.reports.days import Days, piece
from ordersales.reports.facts import ticks

pytestmark = pytest.mark.rule("T6", "T7")

INSTANT: Final = timedelta(microseconds=1)
UNITS: Final = (Dimension.DAY, Dimension.WEEK, Dimension.MONTH)
#: Zones whose clocks go forward or back at midnight, by half an hour, by a whole day, or by seconds.
PERIODS: Final = (
    ("UTC", date(2026, 2, 25), date(2026, 3, 5)),
    ("Europe/Berlin", date(2026, 3, 27), date(2026, 4, 2)),
    ("Europe/Berlin", date(2026, 10, 23), date(2026, 11, 3)),
    ("America/Havana", date(2026, 10, 30), date(2026, 11, 4)),
    ("America/Havana", date(2026, 3, 6), date(2026, 3, 10)),
    ("Pacific/Apia", date(2011, 12, 27), date(2012, 1, 3)),
    ("Australia/Lord_Howe", date(2026, 4, 3), date(2026, 4, 8)),
    ("America/Toronto", date(1893, 12, 30), date(1895, 1, 3)),
    ("Europe/Amsterdam", date(1937, 6, 28), date(1937, 7, 3)),
)


@pytest.fixture(params=["on_sqlite", "on_postgres"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Return an engine on either database."""
    found: Engine = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize(("zone", "first", "last"), PERIODS)
def test_each_moment_is_in_the_day_of_its_zone(
    zone: str, first: date, last: date, engine: Engine
) -> None:
    """Around each edge, moments are in the same day, week and month as `Days` has them in."""
    days = Days(zone)
    begins = datetime(first.year, first.month, first.day, tzinfo=UTC)
    ends = datetime(last.year, last.month, last.day, tzinfo=UTC)
    edges = [
        datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=edge)
        for _, edge, _ in days.edges(ticks(begins), ticks(ends), Dimension.DAY)
    ]
    moments = [begins, ends, *(edge + more for edge in edges for more in (-INSTANT, 0 * INSTANT))]
    moments = [moment for moment in moments[-80:] if begins <= moment <= ends]
    for unit in UNITS:
        cut = pieces(begins, ends, zone, unit, is_sqlite=engine.dialect.name == "sqlite")
        asked = [select(cut.of(literal(moment, Moment()))) for moment in moments]
        with engine.connect() as connection:
            found = [connection.execute(one).scalar() for one in asked]
        expected = [piece(days.of(ticks(moment)), unit) for moment in moments]
        assert (unit, expected) == (unit, [cut.day(name) for name in found])


def test_what_is_outside_has_no_day(engine: Engine) -> None:
    """A moment before the first piece, or behind the last, is in none."""
    first = datetime(2026, 3, 10, 12, tzinfo=UTC)
    for unit in UNITS:
        cut = pieces(first, first, "UTC", unit, is_sqlite=engine.dialect.name == "sqlite")
        for far in (-timedelta(days=40), timedelta(days=40)):
            with engine.connect() as connection:
                name = connection.execute(select(cut.of(literal(first + far, Moment())))).scalar()
            assert cut.day(name) is None
