"""Payment facts: each movement of money as one flat row of whole numbers and short text.

Any engine can add them up. Whatever a report needs to know of the order stands in each of its
facts, so that nothing has to be joined, and whatever counts once for an order counts in the fact
of its first payment alone, so that sums over any parts add up to the sum over the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from sys import intern
from typing import Final, NamedTuple

from ordersales.models.filters import OrderFilter
from ordersales.models.invoice import Invoice
from ordersales.models.order import Order, OrderStatus, Payment
from ordersales.models.refund import Refund, RefundStatus
from ordersales.rules.filtering import asked, payment_test

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)

#: The kind of the fact of a payment; that of a refund has the value of its `RefundKind`.
PAYMENT: Final = "payment"


class Fact(NamedTuple):
    """One movement of money: a payment that was taken, or a refund that succeeded (rule T2).

    Moments are microseconds since 1970 in UTC, amounts minor units of the currency charged. A
    flag is 1 or 0.
    """

    account: str
    currency: str
    #: The payment system that it went through.
    system: str
    offer: str
    offer_name: str
    category: str
    category_name: str
    #: The user who is credited with the order; empty for the system.
    manager: str
    manager_name: str
    #: Whether a person has confirmed who made the sale (rule T4).
    confirmed: int
    #: *payment*, or the kind of refund: *refund*, *external* or *chargeback*.
    kind: str
    #: Whether the order's status is Completed (rule T3).
    completed: int
    #: Whether it is the payment with which its order, and the order's units, are counted: the
    #: first that was taken. Of a refund it is 0.
    opens_order: int
    #: How many were sold, where `opens_order`; otherwise 0.
    units: int
    #: What was taken or returned; never negative.
    amount: int
    #: The payment system's commission on a payment; None until it is told, and of a refund.
    commission: int | None
    order: int
    invoice: int
    #: Which refund of its invoice it is; 0 for a payment.
    refund: int
    #: When the money moved: the payment was paid, or the refund succeeded.
    at: int
    #: When the payment was paid that this is, or returns money of.
    paid: int
    customer: str
    #: Whether the order is a payment of a recurring one.
    recurring: int


#: The place of each field.
PLACES: Final = {name: at for at, name in enumerate(Fact._fields)}


def facts_of(order: Order) -> tuple[Fact, ...]:
    """Return the facts of one order: by invoice number, each payment before what it returned.

    An attempt that failed or waits is none, nor is a refund that failed, waits, or was reversed:
    a chargeback that was won back. What was waived, and an order without a price, bring no money.
    """
    captured = [item for item in order.invoices if item.captured]
    if not captured:
        return ()
    first = min(captured, key=lambda item: (paid_at(item), item.number))
    captured.sort(key=lambda item: item.number)
    return tuple(fact for item in captured for fact in _facts_of_invoice(order, item, first))


def facts_that_fit(orders: Iterable[Order], wanted: OrderFilter) -> Iterator[Fact]:
    """Yield the facts of those invoices of `orders` that the Payments list shows by `wanted`."""
    if not asked(wanted):
        for order in orders:
            yield from facts_of(order)
        return
    fits = payment_test(wanted)
    for order in orders:
        numbers = {item.number for item in order.invoices if fits(Payment(order, item))}
        if numbers:
            yield from (fact for fact in facts_of(order) if fact.invoice in numbers)


def facts_of_payment(payment: Payment) -> tuple[Fact, ...]:
    """Return the facts of one invoice: none, or its payment before what was returned of it."""
    number = payment.invoice.number
    return tuple(fact for fact in facts_of(payment.order) if fact.invoice == number)


def paid_at(invoice: Invoice) -> datetime:
    """Return when a captured invoice was paid."""
    return invoice.settled_at or invoice.attempted_at


def ticks(moment: datetime) -> int:
    """Return a moment as microseconds since 1970.

    >>> ticks(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    return (moment - _EPOCH) // _TICK


def moment_of(at: int) -> datetime:
    """Return the moment, in UTC, of so many microseconds since 1970."""
    return _EPOCH + at * _TICK


def _facts_of_invoice(order: Order, invoice: Invoice, first: Invoice) -> Iterator[Fact]:
    offer, manager, opens = order.offer, order.sale.manager, invoice is first
    paid = ticks(paid_at(invoice))
    # Interned, since the same few texts come again and again: equal ones are then found to be equal
    # without a look at their letters, and a million facts hold each of them once.
    payment = Fact(
        account=intern(order.account),
        currency=invoice.amount.currency.code,
        system=intern(invoice.system),
        offer=intern(offer.number),
        offer_name=intern(offer.name),
        category=intern(offer.category.number),
        category_name=intern(offer.category.name),
        manager="" if manager is None else intern(manager.user),
        manager_name="" if manager is None else intern(manager.name),
        confirmed=int(order.sale.confirmed),
        kind=PAYMENT,
        completed=int(order.status is OrderStatus.COMPLETED),
        opens_order=int(opens),
        units=order.quantity if opens else 0,
        amount=invoice.amount.minor,
        commission=None if invoice.fee is None else invoice.fee.minor,
        order=order.number,
        invoice=invoice.number,
        refund=0,
        at=paid,
        paid=paid,
        customer=order.customer.id,
        recurring=int(order.occurrence is not None),
    )
    yield payment
    for refund in invoice.refunds:
        if refund.status is RefundStatus.SUCCEEDED:
            yield _returned(payment, refund)


def _returned(payment: Fact, refund: Refund) -> Fact:
    return payment._replace(
        kind=refund.kind.value,
        opens_order=0,
        units=0,
        amount=refund.amount.minor,
        commission=None,
        at=ticks(refund.settled_at or refund.requested_at),
        refund=refund.number,
    )
