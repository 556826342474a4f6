"""The sums that are shown: how many orders, whose sales, where the money stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ordersales import Basis, Money, Order, OrderStatus
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
    columns = ("Sales\nmanager", "Orders", *_BASES.values(), "Not yet\nconfirmed", "Confirmed",
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
        status: [_money_of(order) for order in books.orders if order.status is status]
        for status in OrderStatus
    }
    lines = [_money_row(status, monies) for status, monies in found.items() if monies]
    lines.append(_money_row("All", [money for monies in found.values() for money in monies]))
    return Table(columns, lines, right=frozenset(columns[1:]), total=True)


def _sellers_row(name: str, orders: Sequence[Order]) -> tuple[str, ...]:
    confirmed = [order for order in orders if order.sale.confirmed]
    bases = [sum(order.sale.basis is basis for order in orders) for basis in _BASES]
    counts = (len(orders), *bases, len(orders) - len(confirmed), len(confirmed))
    paid = Money.total((order.paid for order in confirmed), CURRENCY)
    return (name, *(f"{number:,}" for number in counts), in_words(paid))


def _money_of(order: Order) -> tuple[Money, ...]:
    returned = Money.total((invoice.returned for invoice in order.invoices), CURRENCY)
    return (order.price, order.paid, order.outstanding, order.pending, order.waived,
            order.surplus, returned)  # fmt: skip


def _money_row(name: str, monies: Sequence[tuple[Money, ...]]) -> tuple[str, ...]:
    sums = (Money.total(amounts, CURRENCY) for amounts in zip(*monies, strict=True))
    return (name, f"{len(monies):,}", *map(in_words, sums))
