"""The tables that are shown: records to rows of text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from attrs import field, frozen

from ordersales import Invoice, Money, Operation, Order, OrderStatus, Payment
from ordersales.demo.books import Books
from ordersales.demo.checks import in_words, shares_of
from ordersales.demo.offers import CURRENCY

NOTHING: Final = "-"
_ACTIONS: Final = {Operation.CONFIRM: "Confirm", Operation.DECLINE: "Decline"}


@frozen
class Table:
    """Rows of text under columns; a column's title may have two lines."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(converter=tuple[tuple[str, ...], ...])
    #: The columns that are set flush right, by their titles: numbers and money.
    right: frozenset[str] = frozenset()
    #: Whether the last row is the total of those above.
    total: bool = False

    @property
    def widths(self) -> tuple[int, ...]:
        """How wide each column has to be."""
        titles = [[len(line) for line in title.split("\n")] for title in self.columns]
        return tuple(
            max(*lines, *(len(row[at]) for row in self.rows)) for at, lines in enumerate(titles)
        )

    def fitted(self, rows: Iterable[Sequence[str]]) -> list[list[str]]:
        """Return `rows` with each cell as wide as its column."""
        columns = [*zip(self.columns, self.widths, strict=True)]
        return [
            [
                cell.rjust(width) if title in self.right else cell.ljust(width)
                for (title, width), cell in zip(columns, row, strict=True)
            ]
            for row in rows
        ]


def counts_table(title: str, counts: Iterable[tuple[str, int]]) -> Table:
    """Return how often each thing happened, most often first."""
    ordered = sorted(counts, key=lambda item: -item[1])
    return Table(
        (title, "Orders"),
        [(words, f"{number:,}") for words, number in ordered],
        right=frozenset({"Orders"}),
    )


def orders_table(orders: Iterable[Order], offered: Callable[[Order], Iterable[Operation]]) -> Table:
    """Return the All-orders list (rule L2), each row with the actions it offers."""
    columns = (
        "No.", "Placed at", "Cust.", "Status", "Offer", "Cat.\nno.", "Offer\nno.", "Price",
        "Unit\nprice", "Qty", "Sales\nmanager", "Actions",
    )  # fmt: skip
    rows = [
        (
            str(order.number),
            _day(order.placed_at),
            order.customer.id,
            order.status,
            order.offer.name,
            order.offer.category.number,
            order.offer.number,
            in_words(order.price),
            in_words(order.unit_price),
            str(order.quantity),
            _seller(order),
            " ".join(_ACTIONS[operation] for operation in offered(order)) or NOTHING,
        )
        for order in orders
    ]
    return Table(columns, rows, right=frozenset({"No.", "Price", "Unit\nprice", "Qty"}))


def invoices_table(order: Order) -> Table:
    """Return one order opened to its invoices (rule I1)."""
    columns = (
        "No.", "Attempt", "Status", f"Amount\n{CURRENCY}", "Covers", "Part of\nprice %",
        "Funds\ncredited", "One\nclick", "System", "Gateway\nref.", "Comment or error",
    )  # fmt: skip
    shares = shares_of(order)
    rows: list[tuple[str, ...]] = [
        (
            str(invoice.number),
            _day(invoice.attempted_at),
            invoice.status,
            in_words(invoice.amount),
            in_words(invoice.covers),
            _share(order, invoice, shares.get(invoice.number)),
            _perhaps(invoice.credited),
            "yes" if invoice.one_click else "no",
            invoice.system,
            invoice.gateway_id or NOTHING,
            _words(invoice),
        )
        for invoice in order.invoices
    ]
    paid, share = in_words(order.paid), f"{sum(shares.values()):.2f}"
    rows.append(("", "", "Paid", "", paid, share, "", "", "", "", ""))
    right = {"No.", f"Amount\n{CURRENCY}", "Covers", "Part of\nprice %", "Funds\ncredited"}
    return Table(columns, rows, right=frozenset(right), total=True)


def payments_table(payments: Iterable[Payment]) -> Table:
    """Return the Payments list: every invoice, whatever became of it (rule L1)."""
    columns = (
        "No.", "Order", "Attempt", "Status", f"Amount\n{CURRENCY}", "Part of\nprice %",
        "Funds\ncredited", "One\nclick", "System", "Gateway\nref.", "Comment or error",
    )  # fmt: skip
    rows = [
        (
            str(invoice.number),
            str(order.number),
            _day(invoice.attempted_at),
            invoice.status,
            in_words(invoice.amount),
            _share(order, invoice, shares_of(order).get(invoice.number)),
            _perhaps(invoice.credited),
            "yes" if invoice.one_click else "no",
            invoice.system,
            invoice.gateway_id or NOTHING,
            _words(invoice),
        )
        for order, invoice in ((payment.order, payment.invoice) for payment in payments)
    ]
    right = {"No.", "Order", f"Amount\n{CURRENCY}", "Part of\nprice %", "Funds\ncredited"}
    return Table(columns, rows, right=frozenset(right))


def money_table(books: Books) -> Table:
    """Return where the money of all orders stands, by their status."""
    columns = ("Status", "Orders", "Price", "Paid", "Outstanding", "of it\npending", "Waived",
               "Surplus")  # fmt: skip
    groups = [
        (status.value, [order for order in books.orders if order.status is status])
        for status in OrderStatus
    ]
    rows = [_money_row(name, orders) for name, orders in groups if orders]
    rows.append(_money_row("All", books.orders))
    return Table(columns, rows, right=frozenset(columns[1:]), total=True)


def attention_table(orders: Iterable[Order]) -> Table:
    """Return the orders that a person has to look at, and why (rule O6)."""
    rows = [
        (str(order.number), order.status, in_words(order.price), in_words(order.paid), flag.reason)
        for order in orders
        for flag in order.attention
    ]
    columns = ("No.", "Status", "Price", "Paid", "Why")
    return Table(columns, rows, right=frozenset({"No.", "Price", "Paid"}))


def _money_row(name: str, orders: Sequence[Order]) -> tuple[str, ...]:
    sums = (
        Money.total(amounts, CURRENCY)
        for amounts in (
            (order.price for order in orders),
            (order.paid for order in orders),
            (order.outstanding for order in orders),
            (order.pending for order in orders),
            (order.waived for order in orders),
            (order.surplus for order in orders),
        )
    )
    return (name, f"{len(orders):,}", *map(in_words, sums))


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _seller(order: Order) -> str:
    """Return who is credited; the mark says that no person has confirmed it yet (rule S2)."""
    name = "system" if order.sale.manager is None else order.sale.manager.name
    return name if order.sale.confirmed else f"{name} ?"


def _share(order: Order, invoice: Invoice, shown: object) -> str:
    """Return the part of the price; in parentheses where it is not paid."""
    return f"({order.share(invoice).percent_shown})" if shown is None else f"{shown} "


def _perhaps(money: Money | None) -> str:
    return NOTHING if money is None else in_words(money)


def _words(invoice: Invoice) -> str:
    """Return the buyer's comment to a manual payment system, or why the payment failed."""
    return invoice.error.code if invoice.error is not None else invoice.comment or NOTHING
