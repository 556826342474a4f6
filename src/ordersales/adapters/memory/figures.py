"""The figures of one account, added up from its records (rules T2, T6, T8)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final

from ordersales.adapters.memory.account import Account
from ordersales.models.filters import OrderFilter, PaymentColumn, Place
from ordersales.models.order import Order, Payment
from ordersales.models.report import Dimension, ReportScope
from ordersales.reports.cells import Cell
from ordersales.reports.facts import Fact, facts_of_payment, facts_that_fit
from ordersales.reports.fold import Tally, within
from ordersales.rules.filtering import asked
from ordersales.values.identifiers import OrderNumber

#: How many payments are looked at together.
_BATCH: Final = 500


def summed(
    account: Account,
    written: Mapping[OrderNumber, Order],
    dimensions: Sequence[Dimension],
    scope: ReportScope,
) -> tuple[Cell, ...]:
    """Return the sums of all facts in `scope`, where `written` stand in for what is committed."""
    # Records never change: what is added up outside the lock is still of this one moment.
    with account.lock:
        orders = _candidates(account, written, scope.wanted)
    tally = Tally(dimensions, scope)
    tally.add(facts_that_fit(orders, scope.wanted))
    return tally.cells()


def _candidates(
    account: Account, written: Mapping[OrderNumber, Order], wanted: OrderFilter
) -> list[Order]:
    committed = account.orders
    if not asked(wanted):
        return [*({**committed, **written} if written else committed).values()]
    numbers = account.lists.orders.facets.select(wanted).numbers()
    kept = (committed[OrderNumber(number)] for number in numbers)
    return [*(order for order in kept if order.number not in written), *written.values()]


def facts(
    account: Account,
    written: Collection[Payment],
    scope: ReportScope,
    after: tuple[int, int],
    limit: int,
) -> tuple[Fact, ...]:
    """Return up to `limit` facts behind `after`, by invoice and refund."""
    payments = _payments(account, written, scope.wanted, after[0])
    counted = within(chain.from_iterable(map(facts_of_payment, payments)), scope)
    behind = (fact for fact in counted if (fact.invoice, fact.refund) > after)
    return tuple(islice(behind, limit))


def _payments(
    account: Account, written: Collection[Payment], wanted: OrderFilter, since: int
) -> Iterator[Payment]:
    """Yield the matching invoices from number `since` on, a batch at a time."""
    last: Place | None = Place(since - 1, since - 1)
    while last is not None:
        with account.lock:
            found = account.lists.payments.page(
                wanted,
                PaymentColumn.NUMBER,
                descending=False,
                after=last,
                limit=_BATCH,
                own=written,
            )
        yield from found.rows
        last = found.last
