"""One property for every engine: the figures of random shops, to the last minor unit (T2, T6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import pytest
from hypothesis import Phase, given, settings

from ordersales.models.order import Order
from ordersales.models.report import Dimension, Report, ReportScope
from ordersales.reports import roll_up
from ordersales.services.reporting import DETAILS
from tests.reports import by_hand
from tests.reports.engines import ENGINES, MISTAKES, Engine
from tests.reports.shops import breakdowns, scopes, shops

pytestmark = pytest.mark.rule("T2", "T3", "T4", "T6", "T7")

#: To see that a mistake is noticed it need not be made small.
FIND_ONLY: Final = settings(
    phases=[Phase.generate], max_examples=1000, database=None, report_multiple_bugs=False
)


def agree(**engines: Engine) -> Callable[[], None]:
    """Return the property that engines answer as a loop over the records does."""

    def one_report(
        orders: Sequence[Order], dimensions: tuple[Dimension, ...], scope: ReportScope
    ) -> None:
        report = Report(dimensions=dimensions, scope=scope)
        expected = by_hand.expected(orders, report.dimensions, scope)
        for name, engine in engines.items():
            cells = engine(orders, report.dimensions, scope)
            result = roll_up.result(report, cells, report.dimensions)
            assert (name, expected) == (name, by_hand.answered(result))

    return given(shops(), breakdowns(), scopes())(one_report)


def test_every_engine_gives_the_same_figures() -> None:
    """Whatever happened in a shop, each engine answers every report as a plain loop does."""
    agree(**ENGINES)()


@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_mistake_is_noticed(mistake: str) -> None:
    """The property fails for an engine with any of the mistakes that are easily made."""
    wrong = FIND_ONLY(agree(wrong=MISTAKES[mistake]))

    with pytest.raises(AssertionError):
        wrong()


@given(shops(), scopes())
def test_breakdowns_rolled_up_from_one_pass(orders: Sequence[Order], scope: ReportScope) -> None:
    """All five breakdowns, rolled up from one pass, are those that are computed one by one."""
    cells = ENGINES["plain"](orders, DETAILS, scope)

    for dimension in DETAILS:
        report = Report(dimensions=(dimension,), scope=scope)
        expected = by_hand.expected(orders, report.dimensions, scope)
        assert expected == by_hand.answered(roll_up.result(report, cells, DETAILS))
