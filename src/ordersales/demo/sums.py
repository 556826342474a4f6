"""The sums that are shown: how many orders, whose sales, where the money stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ordersales import Basis, Money, Order, OrderStatus, RefundStatus
from ordersales.demo.books import Books
from ordersales.demo.checks import in_words
from ordersales.demo.offers import CURRENCY
from ordersales.demo.sellers import MANAGERS
from ordersales.demo.tables import Table

#: Why somebody is credited, by the titles of the columns.
_BASES: Final = {
    Basis.PLAN: "Sales\nplan",
    Basis.CHECKOUT: "Named at\ncheckout",
    Basis.ADDED: "Added\nuser",
    Basis.CHOSEN: "Chosen at\nCheck",
}


def counts_table(title: str, counts: Iterable[tuple[str, int]]) -> Table:
    """Return how often each thing happened, most often first."""
    ordered = sorted(counts, key=lambda item: -item[1])
    return Table(
        (title, "Orders"),
        [(words, f"{number:,}") for words, number in ordered],
        right=frozenset({"Orders"}),
    )


def sellers_table(orders: Sequence[Order]) -> Table:
    """Return whose sales there are, why, and how many a person has confirmed (rules S1-S4)."""
    columns = ("Credited\nto", "Orders", *_BASES.values(), "Not yet\nconfirmed", "Confirmed",
               "Paid, of\nconfirmed")  # fmt: skip
    groups = [(item.name, [o for o in orders if o.sale.manager == item]) for item in MANAGERS]
    groups.append(("system", [order for order in orders if order.sale.manager is None]))
    lines = [_sellers_row(name, group) for name, group in groups if group]
    lines.append(_sellers_row("All", orders))
    return Table(columns, lines, right=frozenset(columns[1:]), total=True)


def money_table(books: Books) -> Table:
    """Return where the money of all orders stands, by their status."""
    columns = ("Status", "Orders", "Price", "Paid", "Outstanding", "of it\npending", "Waived",
               "Surplus", "Went\nback")  # fmt: skip
    found = {
        status: [order for order in books.orders if order.status is status]
        for status in OrderStatus
    }
    sums = {status: _money_of(orders) for status, orders in found.items()}
    lines = [
        _money_row(status, len(found[status]), sums[status]) for status in found if found[status]
    ]
    everything = [*map(sum, zip(*sums.values(), strict=True))]
    lines.append(_money_row("All", len(books.orders), everything))
    return Table(columns, lines, right=frozenset(columns[1:]), total=True)


def _sellers_row(name: str, orders: Sequence[Order]) -> tuple[str, ...]:
    confirmed = [order for order in orders if order.sale.confirmed]
    bases = [sum(order.sale.basis is basis for order in orders) for basis in _BASES]
    counts = (len(orders), *bases, len(orders) - len(confirmed), len(confirmed))
    paid = Money.total((order.paid for order in confirmed), CURRENCY)
    return (name, *(f"{number:,}" for number in counts), in_words(paid))


def _money_of(orders: Sequence[Order]) -> list[int]:
    """Return the sum of each kind of money, in cents."""
    return [
        sum(order.price.minor for order in orders),
        sum(order.paid.minor for order in orders),
        sum(order.outstanding.minor for order in orders),
        sum(order.pending.minor for order in orders),
        sum(order.waived.minor for order in orders),
        sum(order.surplus.minor for order in orders),
        sum(refund.amount.minor for order in orders for refund in order.refunds
            if refund.status is RefundStatus.SUCCEEDED),
    ]  # fmt: skip


def _money_row(name: str, count: int, cents: Sequence[int]) -> tuple[str, ...]:
    currency = Money.zero(CURRENCY).currency
    return (name, f"{count:,}", *(in_words(Money(sum_, currency)) for sum_ in cents))
