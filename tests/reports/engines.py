"""The engines that add facts up, each given the orders of a shop, and engines with a mistake.

Another engine is added to `ENGINES`; what is asked of all of them is in test_same_figures.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from attrs import evolve

from ordersales.adapters.memory import MemoryStore
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import Order
from ordersales.models.report import Dimension, ReportScope
from ordersales.reports.cells import Cell, fields_of, merged
from ordersales.reports.facts import PAYMENT, Fact, facts_that_fit
from ordersales.reports.fold import Tally
from tests.reports.shops import ACME


class Engine(Protocol):
    """Answers as `ordersales.ports.storage.Orders.summed` does, for the orders of a shop."""

    def __call__(
        self, orders: Sequence[Order], dimensions: Sequence[Dimension], scope: ReportScope
    ) -> tuple[Cell, ...]:
        """Return the sums of their facts."""
        ...


def plain(
    orders: Sequence[Order], dimensions: Sequence[Dimension], scope: ReportScope
) -> tuple[Cell, ...]:
    """Add up in one pass."""
    tally = Tally(dimensions, scope)
    tally.add(facts_that_fit(orders, scope.wanted))
    return tally.cells()


def in_parts(
    orders: Sequence[Order], dimensions: Sequence[Dimension], scope: ReportScope
) -> tuple[Cell, ...]:
    """Add up order by order, the way several machines would, and merge tallies and cells."""
    tallies = [Tally(dimensions, scope) for _ in orders]
    for tally, order in zip(tallies, orders, strict=True):
        tally.add(facts_that_fit([order], scope.wanted))
    half = len(tallies) // 2
    together = Tally(dimensions, scope)
    for tally in reversed(tallies[:half]):
        together.merge(tally)
    return merged(together.cells(), *(tally.cells() for tally in tallies[half:]))


def in_memory(
    orders: Sequence[Order], dimensions: Sequence[Dimension], scope: ReportScope
) -> tuple[Cell, ...]:
    """Add up in the memory storage: some of the orders are committed, some just written."""
    store, half = MemoryStore(), len(orders) // 2
    with store.transaction(ACME) as tx:
        for order in orders[:half]:
            tx.orders.add(order)
    with store.transaction(ACME) as tx:
        for order in orders[half:]:
            tx.orders.add(order)
        for order in orders[:half]:
            kept = tx.orders.get(order.number)
            assert kept is not None
            tx.orders.save(kept)
        return tx.orders.summed(dimensions, scope)


ENGINES: Final[dict[str, Engine]] = {"plain": plain, "in parts": in_parts, "memory": in_memory}


def _wrong(mistake: Callable[[Fact], Sequence[Fact]]) -> Engine:
    """Return an engine that puts other facts in place of each."""

    def engine(
        orders: Sequence[Order], dimensions: Sequence[Dimension], scope: ReportScope
    ) -> tuple[Cell, ...]:
        tally = Tally(dimensions, scope)
        facts = facts_that_fit(orders, scope.wanted)
        tally.add(wrong for fact in facts for wrong in mistake(fact))
        return tally.cells()

    return engine


def _gross_without_refunded(
    orders: Sequence[Order], dimensions: Sequence[Dimension], scope: ReportScope
) -> tuple[Cell, ...]:
    tally = Tally(dimensions, scope)
    gone = {
        invoice.number
        for order in orders
        for invoice in order.invoices
        if invoice.status is InvoiceStatus.REFUNDED
    }
    facts = facts_that_fit(orders, scope.wanted)
    tally.add(fact for fact in facts if fact.kind != PAYMENT or fact.invoice not in gone)
    return tally.cells()


def _days_of_utc(
    orders: Sequence[Order], dimensions: Sequence[Dimension], scope: ReportScope
) -> tuple[Cell, ...]:
    return plain(orders, dimensions, evolve(scope, zone="UTC"))


def _unconfirmed_counted(
    orders: Sequence[Order], dimensions: Sequence[Dimension], scope: ReportScope
) -> tuple[Cell, ...]:
    cells, fields = plain(orders, dimensions, scope), fields_of(dimensions)
    if "confirmed" not in fields:
        return cells
    at = fields.index("confirmed")
    return tuple(Cell((*key[:at], 1, *key[at + 1 :]), sums) for key, sums in cells)


#: Mistakes that other engines might make, each of which the property has to notice.
MISTAKES: Final[dict[str, Engine]] = {
    "a refund counts twice": _wrong(lambda fact: [fact] if fact.kind == PAYMENT else [fact, fact]),
    "a fully refunded payment is left out of gross": _gross_without_refunded,
    "days are those of UTC": _days_of_utc,
    "unconfirmed managers count": _unconfirmed_counted,
    "an order counts with each of its payments": _wrong(
        lambda fact: [fact._replace(opens_order=int(fact.kind == PAYMENT))]
    ),
    "a refund counts on the day of its payment": _wrong(lambda fact: [fact._replace(at=fact.paid)]),
    "an unknown commission is none": _wrong(
        lambda fact: (
            [fact._replace(commission=fact.commission or 0)] if fact.kind == PAYMENT else [fact]
        )
    ),
    "a chargeback does not count": _wrong(lambda fact: [] if fact.kind == "chargeback" else [fact]),
    "completed orders are those with a payment": _wrong(lambda fact: [fact._replace(completed=1)]),
    "the oldest name is shown": _wrong(lambda fact: [fact._replace(order=100 - fact.order)]),
}
