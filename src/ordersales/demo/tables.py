"""The lists that are shown: rows of a list to rows of text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from textwrap import wrap
from typing import Final

from attrs import field, frozen

from ordersales import (
    Event,
    Manager,
    Money,
    Operation,
    Order,
    OrderRow,
    PaymentRow,
    Sale,
    SalesPlan,
    sentence,
)
from ordersales.demo.checks import captured, in_words
from ordersales.demo.offers import CURRENCY

NOTHING: Final = "-"
#: The column that tells who is credited, in red or green (rule S2).
SELLER: Final = "Sales\nmanager"
#: The letters by which rows tell what they offer.
LETTERS: Final = {
    Operation.CONFIRM: "C",
    Operation.DECLINE: "D",
    Operation.CANCEL: "X",
    Operation.EXPIRE: "E",
    Operation.CHECK_SALE: "S",
    Operation.ADD_USER: "U",
    Operation.REFUND: "R",
    Operation.CLEAR_ATTENTION: "A",
}
#: How wide the sentences of a history may be.
_SENTENCE: Final = 80


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


def orders_table(rows: Iterable[OrderRow]) -> Table:
    """Return the All-orders list (rule L2), each row with the letters of what it offers."""
    columns = (
        "No.", "Placed at", "Cust.", "Status", "Offer", "Cat.\nno.", "Offer\nno.", "Price",
        "Unit\nprice", "Qty", SELLER, "Actions",
    )  # fmt: skip
    lines = [
        (
            str(row.number),
            _day(row.placed_at),
            row.customer.id,
            row.status,
            row.offer_name,
            row.category.number,
            row.offer_number,
            in_words(row.price),
            in_words(row.unit_price),
            str(row.quantity),
            seller(row.sale),
            "".join(LETTERS[Operation(action)] for action in row.actions) or NOTHING,
        )
        for row in rows
    ]
    return Table(columns, lines, right=frozenset({"No.", "Price", "Unit\nprice", "Qty"}))


def opened_table(payments: Sequence[PaymentRow]) -> Table:
    """Return one order opened to its invoices (rule I1), with their totals."""
    columns = (
        "No.", "Attempt", "Status", f"Amount\n{CURRENCY}", "Part of\nprice %", "Funds\ncredited",
        "Went\nback", "One\nclick", "System", "Gateway\nref.", "Comment or error",
    )  # fmt: skip
    lines: list[tuple[str, ...]] = [
        (
            str(payment.number),
            _day(payment.attempted_at),
            payment.status,
            in_words(payment.amount),
            _share(payment),
            _perhaps(payment.credited),
            in_words(payment.returned) if payment.returned.is_positive else NOTHING,
            *_how(payment),
        )
        for payment in payments
    ]
    paid = captured(payments)
    amount = in_words(Money.total((payment.amount for payment in paid), CURRENCY))
    share = f"{sum((payment.percent for payment in paid), Decimal()):.2f} "
    back = in_words(Money.total((payment.returned for payment in paid), CURRENCY))
    lines.append(("", "", "Paid", amount, share, "", back, "", "", "", ""))
    right = {"No.", f"Amount\n{CURRENCY}", "Part of\nprice %", "Funds\ncredited", "Went\nback"}
    return Table(columns, lines, right=frozenset(right), total=True)


def payments_table(payments: Iterable[PaymentRow]) -> Table:
    """Return the Payments list: every invoice, whatever became of it (rule L1)."""
    columns = (
        "No.", "Order", "Attempt", "Status", f"Amount\n{CURRENCY}", "Part of\nprice %",
        "Funds\ncredited", "One\nclick", "System", "Gateway\nref.", "Comment or error",
    )  # fmt: skip
    lines = [
        (
            str(payment.number),
            str(payment.order),
            _day(payment.attempted_at),
            payment.status,
            in_words(payment.amount),
            _share(payment),
            _perhaps(payment.credited),
            *_how(payment),
        )
        for payment in payments
    ]
    right = {"No.", "Order", f"Amount\n{CURRENCY}", "Part of\nprice %", "Funds\ncredited"}
    return Table(columns, lines, right=frozenset(right))


def history_table(events: Iterable[Event]) -> Table:
    """Return what happened, in words, with who did it (rule E1)."""
    lines: list[tuple[str, str, str]] = []
    for event in events:
        first, *more = wrap(sentence(event), _SENTENCE)
        lines.append((_day(event.at), event.by or "system", first))
        lines.extend(("", "", words) for words in more)
    return Table(("When", "By", "What happened"), lines)


def plans_table(plans: Iterable[SalesPlan]) -> Table:
    """Return the sales plans of one customer (rule S1)."""
    lines = [(plan.offer, plan.manager.name, _day(plan.stated_at)) for plan in plans]
    return Table(("Pays for", "Thanks to", "Stated"), lines)


def refunds_table(orders: Iterable[Order]) -> Table:
    """Return the refunds of some orders (rules F1, F2)."""
    columns = ("Order", "Invoice", "Asked", "Kind", f"Amount\n{CURRENCY}", "Status", "By",
               "Gateway\nref.", "Reason")  # fmt: skip
    lines = [
        (
            str(order.number),
            str(invoice.number),
            _day(refund.requested_at),
            refund.kind,
            in_words(refund.amount),
            refund.status,
            refund.by or "system",
            refund.gateway_id or NOTHING,
            refund.reason or NOTHING,
        )
        for order in orders
        for invoice in order.invoices
        for refund in invoice.refunds
    ]
    return Table(columns, lines, right=frozenset({"Order", "Invoice", f"Amount\n{CURRENCY}"}))


def attention_table(orders: Iterable[Order]) -> Table:
    """Return the orders that a person has to look at, and why (rule O6)."""
    lines = [
        (str(order.number), order.status, in_words(order.price), in_words(order.paid), flag.reason)
        for order in orders
        for flag in order.attention
    ]
    columns = ("No.", "Status", "Price", "Paid", "Why")
    return Table(columns, lines, right=frozenset({"No.", "Price", "Paid"}))


def seller(sale: Sale) -> str:
    """Return who is credited; the mark says that no person has confirmed it yet (rule S2)."""
    name = name_of(sale.manager)
    return name if sale.confirmed else f"{name} ?"


def name_of(manager: Manager | None) -> str:
    """Return who that is; None is the system."""
    return "system" if manager is None else manager.name


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _share(payment: PaymentRow) -> str:
    """Return the part of the price; in parentheses where it was not paid."""
    return f"{payment.percent} " if captured([payment]) else f"({payment.percent})"


def _how(payment: PaymentRow) -> tuple[str, str, str, str]:
    """Return the cells about the payment system, with what the buyer or the system said."""
    said = payment.error.code if payment.error is not None else payment.comment
    click = "yes" if payment.one_click else "no"
    return click, payment.system, payment.gateway_id or NOTHING, said or NOTHING


def _perhaps(money: Money | None) -> str:
    return NOTHING if money is None else in_words(money)
