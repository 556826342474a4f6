"""Whether money was conserved: each check with its figures.

What is on one side of a check is counted from another record than what is on the other: orders
against the list of payments, our payments against the gateways' own books, all against the input.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Final, TypeVar

from attrs import frozen

from ordersales import InvoiceStatus, Money, Order, OrderNumber, OrderStatus, Payment, shown_shares
from ordersales.demo.books import Books
from ordersales.demo.offers import CURRENCY
from ordersales.demo.shop import key_of
from ordersales.models.charge import Succeeded
from ordersales.models.order import AttentionReason, DecisionKind

Item = TypeVar("Item")

WHOLE: Final = Decimal(100)


@frozen
class Check:
    """One statement about the books, and whether it holds."""

    statement: str
    figures: str
    holds: bool


def all_of(books: Books) -> tuple[Check, ...]:
    """Return every check of the books."""
    paid = _paid_by_order(books.payments)
    return (
        _one_order_each(books),
        _serial("order numbers run from 1 without gap or repeat", [o.number for o in books.orders]),
        _serial(
            "invoice numbers run from 1 without gap or repeat",
            [payment.invoice.number for payment in books.payments],
        ),
        _every("price = unit price x quantity", books.orders, _prices_fit, "orders"),
        _every("invoice: amount = covered; credited + fee = amount", books.payments, _adds_up),
        _every(
            "order: paid = the sum of its paid invoices",
            books.orders,
            lambda order: order.paid.minor == paid[order.number],
            "orders",
        ),
        _every(
            "order: price = paid + outstanding + waived - surplus",
            books.orders,
            lambda order: order.price.minor == paid[order.number] + _unpaid(order),
            "orders",
        ),
        _gateways_agree(books),
        _every(
            "completed: paid in full, or confirmed by a person",
            [order for order in books.orders if order.status is OrderStatus.COMPLETED],
            lambda order: paid[order.number] >= order.price.minor or _confirmed(order),
            "orders",
        ),
        _every(
            "paid beyond the price: flagged for a person",
            [order for order in books.orders if order.surplus.is_positive],
            _flagged,
            "orders",
        ),
        _every(
            "shown shares of orders paid in full add up to 100.00 %",
            [order for order in books.orders if order.invoices and order.paid == order.price],
            lambda order: sum(shares_of(order).values()) == WHOLE,
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


def shares_of(order: Order) -> dict[int, Decimal]:
    """Return the percentage to show for each paid invoice of `order`, by its number."""
    paid = [invoice for invoice in order.invoices if invoice.captured]
    shown = shown_shares([order.share(invoice) for invoice in paid])
    return {invoice.number: share for invoice, share in zip(paid, shown, strict=True)}


def in_words(money: Money) -> str:
    """Return an amount with its thousands apart; the currency stands elsewhere."""
    return f"{money.amount:,}"


def _paid_by_order(payments: Iterable[Payment]) -> defaultdict[OrderNumber, int]:
    paid: defaultdict[OrderNumber, int] = defaultdict(int)
    for payment in payments:
        if payment.invoice.status is InvoiceStatus.PAID:
            paid[payment.order.number] += payment.invoice.covers.minor
    return paid


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


def _prices_fit(order: Order) -> bool:
    return order.price.minor == order.unit_price.minor * order.quantity


def _adds_up(payment: Payment) -> bool:
    invoice = payment.invoice
    fits = invoice.amount == invoice.covers
    if invoice.fee is None or invoice.credited is None:
        return fits
    return fits and invoice.credited.minor + invoice.fee.minor == invoice.amount.minor


def _unpaid(order: Order) -> int:
    return order.outstanding.minor + order.waived.minor - order.surplus.minor


def _confirmed(order: Order) -> bool:
    return order.decision is not None and order.decision.kind is DecisionKind.CONFIRMED


def _flagged(order: Order) -> bool:
    return any(flag.reason is AttentionReason.OVERPAID for flag in order.attention)


def _gateways_agree(books: Books) -> Check:
    """Compare payment by payment: system, reference, the gateway's own number, amount and fee."""
    taken = {
        (system, item.request.reference, item.answer)
        for system, item in books.charged
        if isinstance(item.answer, Succeeded)
    }
    ours = [
        (
            invoice.system,
            invoice.attempt.reference,
            Succeeded(gateway_id=invoice.gateway_id, amount=invoice.amount, fee=invoice.fee),
        )
        for invoice in (payment.invoice for payment in books.payments)
        if invoice.captured and invoice.attempt is not None and invoice.gateway_id is not None
    ]
    good = len(taken.intersection(ours))
    total = Money.total((answer.amount for _, _, answer in taken), CURRENCY)
    return Check(
        "gateways' own books = our payments, one by one",
        f"{good:,} of {len(taken):,} payments, {in_words(total)}",
        good == len(taken) == len(ours),
    )


def _found_again(books: Books, paid_minor: int) -> Check:
    total = sum((purchase.dollars for purchase in books.purchases), Decimal())
    found = Money(paid_minor + sum(map(_unpaid, books.orders)), Money.zero(CURRENCY).currency)
    figures = f"{total:,} read, {in_words(found)} found"
    return Check("the total of the input is found again", figures, found.amount == total)
