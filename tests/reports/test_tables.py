"""The same property for engines that are given facts as a table (rule T6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from ordersales.models.order import Order
from ordersales.models.report import Dimension, Report, ReportScope
from ordersales.reports import roll_up
from ordersales.reports.cells import Cell
from ordersales.reports.facts import PAYMENT, Fact, facts_that_fit
from ordersales.reports.fold import Tally
from tests.reports import by_hand
from tests.reports.engines import Engine
from tests.reports.shops import ZONES, breakdowns, scopes, shops
from tests.reports.tables import TableEngine, changed, in_duckdb, in_polars, in_postgres, in_spark
from tests.spark import ON_SPARK

pytestmark = pytest.mark.rule("T2", "T3", "T4", "T6", "T7")

Load = Callable[[Any], Any]

ENGINES: Final = [
    pytest.param("duckdb", id="DuckDB"),
    pytest.param("polars", id="polars"),
    pytest.param("postgres", id="PostgreSQL"),
    pytest.param("spark", id="Spark", marks=ON_SPARK),
]

#: What an engine, or who fills its table, might get wrong.
MISTAKES: Final[dict[str, Callable[[Fact], Sequence[Fact]]]] = {
    "a refund counts twice": lambda fact: [fact] if fact.kind == PAYMENT else [fact, fact],
    "a refund is taken for a payment": lambda fact: [fact._replace(kind=PAYMENT, refund=0)],
    "a refund counts on the day of its payment": lambda fact: [fact._replace(at=fact.paid)],
    "unconfirmed managers count": lambda fact: [fact._replace(confirmed=1)],
    "an order counts with each of its payments": lambda fact: [
        fact._replace(opens_order=int(fact.kind == PAYMENT))
    ],
    "completed orders are those with a payment": lambda fact: [fact._replace(completed=1)],
    "seconds in place of microseconds": lambda fact: [fact._replace(at=fact.at // 10**6)],
}


def loading(
    name: str, request: pytest.FixtureRequest, folder: Path
) -> AbstractContextManager[Load]:
    """Return what puts tables into an engine; whatever it needs is started."""
    if name == "duckdb":
        return in_duckdb()
    if name == "polars":
        return in_polars()
    if name == "postgres":
        return in_postgres(request.getfixturevalue("database").dsn)
    return nullcontext(in_spark(request.getfixturevalue("spark"), folder))


@pytest.fixture(params=ENGINES)
def load(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Load]:
    """Return what puts a table into each of the engines."""
    with loading(request.param, request, tmp_path) as found:
        yield found


Shop = tuple[Sequence[Order], tuple[Dimension, ...], ReportScope]


def asked(orders: Sequence[Order], by: tuple[Dimension, ...], scope: ReportScope) -> Shop:
    """Return a shop and what is asked of it, the currency among its dimensions."""
    return orders, Report(dimensions=by, scope=scope).dimensions, scope


def right_in(shop: Shop, engine: Engine) -> bool:
    """Tell whether an engine answers as a loop over the records does."""
    orders, by, scope = shop
    result = roll_up.result(Report(dimensions=by, scope=scope), engine(*shop), by)
    return bool(by_hand.expected(orders, by, scope) == by_hand.answered(result))


@cache
def shop_that_tells(mistake: str) -> Shop:
    """Return a shop in which a mistake can be seen, as plain Python finds it."""
    made = MISTAKES[mistake]

    def mistaken(
        orders: Sequence[Order], dimensions: Sequence[Dimension], scope: ReportScope
    ) -> tuple[Cell, ...]:
        tally = Tally(dimensions, scope)
        tally.add(wrong for fact in facts_that_fit(orders, scope.wanted) for wrong in made(fact))
        return tally.cells()

    return find(
        st.builds(
            asked, shops(), breakdowns(), st.builds(ReportScope, zone=st.sampled_from(ZONES))
        ),
        lambda shop: not right_in(shop, mistaken),
        settings=settings(phases=[Phase.generate], max_examples=1000, database=None),
    )


@pytest.mark.thorough
def test_the_same_figures(load: Load, request: pytest.FixtureRequest) -> None:
    """Whatever happened in a shop, each engine answers every report as a plain loop does."""
    # Spark takes seconds for each.
    examples = 8 if "spark" in request.keywords else 50

    @settings(max_examples=examples)
    @given(st.builds(asked, shops(), breakdowns(), scopes()))
    def one_report(shop: Shop) -> None:
        assert right_in(shop, TableEngine(load))

    one_report()


@pytest.mark.thorough
@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_mistake_is_noticed(load: Load, mistake: str) -> None:
    """In a shop where a mistake can be seen, each engine shows it, and is right without it."""
    shop = shop_that_tells(mistake)

    assert right_in(shop, TableEngine(load))
    assert not right_in(shop, TableEngine(load, changed(MISTAKES[mistake])))
