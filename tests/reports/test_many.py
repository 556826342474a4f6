"""Many payments: traced past a batch, added up and written in memory that does not grow."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from ordersales import BackOffice, Csv, Report
from ordersales.models.order import Order
from ordersales.models.report import WHOLE, Dimension
from ordersales.reports.facts import Fact, facts_of
from ordersales.reports.fold import Tally
from ordersales.services.reporting import BATCH
from ordersales.values.money import Money
from tests.drivers import BOSS
from tests.listed import an_invoice, an_order
from tests.reports.test_overall import a_store

#: More than one batch of payments, on a few orders; the last one alone is in yen.
MANY: Final = BATCH + 7


@pytest.fixture(scope="module")
def office() -> BackOffice:
    """Return an office over so many payments."""
    return BackOffice(a_store([*_orders(MANY)]), cursor_secret=b"sixteen and more")


def _orders(payments: int) -> Iterator[Order]:
    numbers = range(1, payments + 1)
    for first in range(0, payments, 100):
        invoices = tuple(
            an_invoice(number, covers=Money.of(1, "JPY" if number == payments else "EUR"))
            for number in numbers[first : first + 100]
        )
        yield an_order(first + 1, invoices=invoices)


@pytest.mark.rule("T8")
def test_a_trace_goes_on_behind_a_batch(office: BackOffice) -> None:
    """What makes a figure is found however far apart it is, and no page repeats or hides any."""
    report = Report()
    euros, yen = office.reports.compute(BOSS, report).rows

    first = office.reports.trace(BOSS, report, euros, limit=1000)
    rest = office.reports.trace(BOSS, report, euros, limit=1000, after=first.after)
    last = office.reports.trace(BOSS, report, yen)

    assert [*range(1, MANY)] == [item.invoice for item in (*first.rows, *rest.rows)]
    assert 1000 == len(first.rows)
    assert [MANY] == [item.invoice for item in last.rows]
    assert rest.after is last.after is None


@pytest.mark.rule("T6")
def test_what_several_machines_counted_is_added_up() -> None:
    """Tallies that have counted under the same keys make one, also of their newest payments."""
    orders = [*_orders(400)]
    each = [Tally((Dimension.CURRENCY,), WHOLE) for _ in orders]
    for tally, order in zip(each, orders, strict=True):
        tally.add(facts_of(order))
    first, *others = each

    for other in others:
        first.merge(other)

    at_once = Tally((Dimension.CURRENCY,), WHOLE)
    at_once.add(fact for order in orders for fact in facts_of(order))
    assert set(at_once.cells()) == set(first.cells())


@pytest.mark.thorough
@pytest.mark.rule("T5")
def test_memory_is_that_of_a_batch() -> None:
    """Ten times as many facts and rows take no more memory to add up and to write."""

    def peak(times: int) -> int:
        (fact,) = facts_of(an_order(invoices=(an_invoice(),)))
        tally, sink = Tally([Dimension.CURRENCY], WHOLE), Csv(len)
        result = BackOffice(a_store([])).reports.by_currency(BOSS)
        row = BackOffice(a_store([an_order(invoices=(an_invoice(),))])).reports.by_currency(BOSS)
        tracemalloc.start()
        tally.add(_copies(fact, times))
        sink.begin(result.columns, ZoneInfo("UTC"))
        for _ in range(times // 100):
            sink.rows(row.rows * 100)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert times == tally.cells()[0].sums.payments
        return most

    assert peak(60_000) < 1.5 * peak(6_000)


def _copies(fact: Fact, times: int) -> Iterator[Fact]:
    for at in range(times):
        yield fact._replace(order=at, invoice=at)
