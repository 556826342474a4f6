"""Whether money was conserved: each check with its figures.

What is on one side of a check is counted from another record than what is on the other: orders
against the lists, our payments and refunds against the gateways' own books, all against the input.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal
from typing import Final, TypeVar

from attrs import frozen

from ordersales import (
    InvoiceStatus,
    Money,
    Order,
    OrderNumber,
    OrderRow,
    OrderStatus,
    PaymentRow,
    RefundStatus,
)
from ordersales.demo.books import Books
from ordersales.demo.offers import CURRENCY
from ordersales.demo.shop import key_of
from ordersales.models.charge import Succeeded
from ordersales.models.order import AttentionReason, DecisionKind
from ordersales.models.refund import RefundSucceeded

Item = TypeVar("Item")
#: What two books have in common about one movement of money.
Entry = tuple[object, ...]

WHOLE: Final = Decimal(100)
_CAPTURED: Final = (InvoiceStatus.PAID, InvoiceStatus.REFUNDED)


@frozen
class Check:
    """One statement about the books, and whether it holds."""

    statement: str
    figures: str
    holds: bool


def all_of(books: Books) -> tuple[Check, ...]:
    """Return every check of the books."""
    paid, shares = _paid_by_order(books.payments), _shares_by_order(books.payments)
    orders, invoices = books.orders, [item for order in books.orders for item in order.invoices]
    fees = {invoice.number: invoice.fee for invoice in invoices}
    return (
        _one_order_each(books),
        _serial("order numbers run from 1 without gap or repeat", [r.number for r in books.rows]),
        _serial(
            "invoice numbers run from 1 without gap or repeat",
            [payment.number for payment in books.payments],
        ),
        _every("price = unit price x quantity", books.rows, _prices_fit, "orders"),
        _every(
            "invoice: amount = covered; credited + fee = amount",
            books.payments,
            lambda payment: _adds_up(payment, fees.get(payment.number)),
        ),
        _every(
            "order: paid = the sum of its paid invoices",
            orders,
            lambda order: order.paid.minor == paid[order.number],
            "orders",
        ),
        _every(
            "order: price = paid + outstanding + waived - surplus",
            orders,
            lambda order: order.price.minor == paid[order.number] + unpaid(order),
            "orders",
        ),
        _gateways_agree(books),
        _every(
            "returned + on its way back <= captured",
            [invoice for invoice in invoices if invoice.refunds],
            lambda item: item.captured and item.returned + item.reserved <= item.amount,
        ),
        _returns_agree(books),
        _every(
            "completed: paid in full, or confirmed by a person",
            [order for order in orders if order.status is OrderStatus.COMPLETED],
            lambda order: paid[order.number] >= order.price.minor or _confirmed(order),
            "orders",
        ),
        _every(
            "paid beyond the price: flagged for a person",
            [order for order in orders if order.surplus.is_positive],
            _flagged,
            "orders",
        ),
        _every(
            "sale confirmed: by a person, and something was paid",
            [order for order in orders if order.sale.confirmed],
            lambda order: (
                order.sale.confirmed_by is not None
                and (paid[order.number] > 0 or order.price.is_zero)
            ),
            "orders",
        ),
        _every(
            "shown shares of orders paid in full add up to 100.00 %",
            [order for order in orders if order.invoices and order.paid == order.price],
            lambda order: shares[order.number] == WHOLE,
            "orders",
        ),
        _found_again(books, sum(paid.values())),
    )


def whole(books: Books, purchases: int, total: Decimal) -> Check:
    """Check that the input itself is what is known of it."""
    found = sum((purchase.dollars for purchase in books.purchases), Decimal())
    return Check(
        "the input is whole, by what is known of the data",
        f"{purchases:,} purchases, {total:,}",
        len(books.purchases) == purchases and found == total,
    )


def in_words(money: Money) -> str:
    """Return an amount with its thousands apart; the currency stands elsewhere."""
    return f"{money.amount:,}"


def captured(payments: Iterable[PaymentRow]) -> list[PaymentRow]:
    """Return the payments whose money was taken, returned since or not."""
    return [payment for payment in payments if payment.status in _CAPTURED]


def _paid_by_order(payments: Iterable[PaymentRow]) -> defaultdict[OrderNumber, int]:
    paid: defaultdict[OrderNumber, int] = defaultdict(int)
    for payment in captured(payments):
        paid[payment.order] += payment.covers.minor
    return paid


def _shares_by_order(payments: Iterable[PaymentRow]) -> defaultdict[OrderNumber, Decimal]:
    shares: defaultdict[OrderNumber, Decimal] = defaultdict(Decimal)
    for payment in captured(payments):
        shares[payment.order] += payment.percent
    return shares


def _every(
    statement: str, items: Sequence[Item], holds: Callable[[Item], bool], unit: str = "invoices"
) -> Check:
    good = sum(holds(item) for item in items)
    return Check(statement, f"{good:,} of {len(items):,} {unit}", good == len(items))


def _one_order_each(books: Books) -> Check:
    asked = {key_of(purchase): purchase for purchase in books.purchases}
    good = sum(
        order.key in asked and order.price.amount == asked[order.key].dollars
        for order in books.orders
    )
    counts = {len(books.purchases), len(books.orders), len(asked), good}
    figures = f"{good:,} orders of {len(books.purchases):,} purchases"
    return Check("each purchase is one order at its own amount", figures, len(counts) == 1)


def _serial(statement: str, numbers: Sequence[int]) -> Check:
    expected = range(1, len(numbers) + 1)
    return Check(statement, f"1 to {max(numbers, default=0):,}", sorted(numbers) == [*expected])


def _prices_fit(row: OrderRow) -> bool:
    return row.price.minor == row.unit_price.minor * row.quantity


def _adds_up(payment: PaymentRow, fee: Money | None) -> bool:
    fits = payment.amount == payment.covers
    if fee is None or payment.credited is None:
        return fits
    return fits and payment.credited.minor + fee.minor == payment.amount.minor


def unpaid(order: Order) -> int:
    """Return what was not paid of an order's price, in minor units; less than zero if too much was."""
    return order.outstanding.minor + order.waived.minor - order.surplus.minor


def _confirmed(order: Order) -> bool:
    return order.decision is not None and order.decision.kind is DecisionKind.CONFIRMED


def _flagged(order: Order) -> bool:
    return any(flag.reason is AttentionReason.OVERPAID for flag in order.attention)


def _gateways_agree(books: Books) -> Check:
    """Compare payment by payment: system, order, the gateway's own number, amount, what is left."""
    answers = [
        (system, item.request.reference.order, item.answer)
        for system, item in books.charged
        if isinstance(item.answer, Succeeded)
    ]
    taken: list[Entry] = [
        (system, order, said.gateway_id, said.amount, said.fee and said.amount - said.fee)
        for system, order, said in answers
    ]
    ours = [
        (payment.system, payment.order, payment.gateway_id, payment.amount, payment.credited)
        for payment in captured(books.payments)
        if payment.gateway_id is not None
    ]
    total = Money.total((said.amount for _, _, said in answers), CURRENCY)
    return _one_by_one("gateways' own books = our payments, one by one", taken, ours, total)


def _returns_agree(books: Books) -> Check:
    """Compare refund by refund: whose money, the gateway's or bank's own name of it, the amount."""
    gone = [
        (item.request.charge, item.answer.gateway_id, item.request.amount)
        for item in books.returned
        if isinstance(item.answer, RefundSucceeded)
    ]
    gone += [(item.charge, item.dispute, item.amount) for item in books.chargebacks]
    ours = [
        (invoice.gateway_id, refund.gateway_id, refund.amount)
        for order in books.orders
        for invoice in order.invoices
        for refund in invoice.refunds
        if refund.status is RefundStatus.SUCCEEDED
    ]
    total = Money.total((amount for _, _, amount in gone), CURRENCY)
    statement = "what gateways and banks returned = our refunds"
    return _one_by_one(statement, gone, ours, total, "refunds")


def _one_by_one(
    statement: str,
    theirs: Collection[Entry],
    ours: Collection[Entry],
    total: Money,
    unit: str = "payments",
) -> Check:
    good = len({*theirs} & {*ours})
    figures = f"{good:,} of {len(theirs):,} {unit}, {in_words(total)}"
    return Check(statement, figures, good == len(theirs) == len(ours))


def _found_again(books: Books, paid_minor: int) -> Check:
    total = sum((purchase.dollars for purchase in books.purchases), Decimal())
    found = Money(paid_minor + sum(map(unpaid, books.orders)), Money.zero(CURRENCY).currency)
    figures = f"{total:,} read, {in_words(found)} found"
    return Check("the total of the input is found again", figures, found.amount == total)
