"""Whether an order, an invoice or a recurring order belongs in a filtered list (rule L3).

Each field of the filter has one line in a table below: what it asks of a record. A field that is
left out asks nothing, and whatever is asked must be so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeVar

from attrs import evolve

from ordersales.errors import Problem
from ordersales.models.filters import OrderFilter, PaymentType
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.offer import InFull
from ordersales.models.order import Order, OrderStatus, Payment
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.values.folding import folded
from ordersales.values.money import Money

R = TypeVar("R")


def payment_type(order: Order) -> PaymentType:
    """Return how `order` may be paid."""
    whole = isinstance(order.offer.payment, InFull)
    return PaymentType.FULL if whole else PaymentType.PARTIAL


def all_orders(wanted: OrderFilter) -> OrderFilter:
    """Return what `wanted` means on *All orders*: regular ones, unless it says which (rule L1)."""
    return evolve(wanted, recurring=False) if wanted.recurring is None else wanted


def matches(order: Order, wanted: OrderFilter) -> bool:
    """Tell whether `order` passes every field of `wanted` that is filled in."""
    return order_test(wanted)(order)


def matches_payment(payment: Payment, wanted: OrderFilter) -> bool:
    """Tell whether the order passes, and this invoice what is asked of invoices."""
    return payment_test(wanted)(payment)


def matches_recurring(recurring: RecurringOrder, wanted: OrderFilter) -> bool:
    """Tell whether the recurring order passes every field of `wanted` that is filled in."""
    return recurring_test(wanted)(recurring)


def order_test(wanted: OrderFilter) -> Callable[[Order], bool]:
    """Return `matches` for one filter and many orders: only what is asked is looked at."""
    fits, invoice_fits = _all_of(_OF_THE_ORDER, wanted), _all_of(_OF_AN_INVOICE, wanted)
    if not asked_of_invoices(wanted):
        return fits
    return lambda order: fits(order) and any(map(invoice_fits, order.invoices))


def payment_test(wanted: OrderFilter) -> Callable[[Payment], bool]:
    """Return `matches_payment` for one filter and many payments."""
    fits, invoice_fits = _all_of(_OF_THE_ORDER, wanted), _all_of(_OF_AN_INVOICE, wanted)
    return lambda payment: invoice_fits(payment.invoice) and fits(payment.order)


def recurring_test(wanted: OrderFilter) -> Callable[[RecurringOrder], bool]:
    """Return `matches_recurring` for one filter and many recurring orders."""
    return _all_of(_OF_A_RECURRING, wanted)


def asked(wanted: OrderFilter) -> dict[str, Any]:
    """Return the fields that are filled in and ask of orders and invoices, with what they ask."""
    return _filled_in(wanted, (*_OF_THE_ORDER, *_OF_AN_INVOICE))


def asked_of_recurring(wanted: OrderFilter) -> dict[str, Any]:
    """Return the fields that are filled in and ask something of recurring orders, likewise."""
    return _filled_in(wanted, _OF_A_RECURRING)


def meaningless_on_orders(wanted: OrderFilter) -> Iterator[Problem]:
    """Yield what is filled in and asks nothing of orders and payments (rule B1)."""
    for name, value in asked_of_recurring(wanted).items():
        if name not in _OF_THE_ORDER and name not in _OF_AN_INVOICE:
            yield Problem.of(name, value, "nothing, on a list of orders or payments")


def meaningless_on_recurring(wanted: OrderFilter) -> Iterator[Problem]:
    """Yield what is filled in and asks nothing of recurring orders, likewise."""
    for name, value in asked(wanted).items():
        if name not in _OF_A_RECURRING:
            yield Problem.of(name, value, "nothing, on the list of recurring orders")


def _filled_in(wanted: OrderFilter, names: Collection[str]) -> dict[str, Any]:
    given = ((name, getattr(wanted, name)) for name in names)
    return {name: value for name, value in given if value is not None and value != frozenset()}


def asked_of_invoices(wanted: OrderFilter) -> frozenset[str]:
    """Return the fields that are filled in and that one and the same invoice has to pass."""
    return frozenset(asked(wanted).keys() & _OF_AN_INVOICE.keys())


def _all_of(tests: dict[str, Callable[[R, Any], bool]], wanted: OrderFilter) -> Callable[[R], bool]:
    to_pass = [(tests[name], value) for name, value in _filled_in(wanted, tests).items()]
    return lambda record: all(test(record, value) for test, value in to_pass)


def _has_status(order: Order, statuses: frozenset[OrderStatus]) -> bool:
    return order.status in statuses


def _costs_at_least(order: Order | RecurringOrder, least: Money) -> bool:
    return order.price.currency == least.currency and order.price.minor >= least.minor


def _costs_at_most(order: Order | RecurringOrder, most: Money) -> bool:
    return order.price.currency == most.currency and order.price.minor <= most.minor


def _is_credited_to(order: Order, user: str) -> bool:
    return order.sale.manager is not None and order.sale.manager.user == user


def _has_recurring_status(recurring: RecurringOrder, statuses: frozenset[RecurringStatus]) -> bool:
    return recurring.status in statuses


def _names(recurring: RecurringOrder, user: str) -> bool:
    return recurring.manager is not None and recurring.manager.user == user


def _reads(order: Order | RecurringOrder, text: str) -> bool:
    customer, offer = folded(order.customer.name), folded(order.offer.name)
    return all(word in customer or word in offer for word in _words(text))


@lru_cache(maxsize=64)
def _words(text: str) -> list[str]:
    return folded(text).split()


def _has_payment_status(invoice: Invoice, statuses: frozenset[InvoiceStatus]) -> bool:
    return invoice.status in statuses


def _is_paid_from(invoice: Invoice, moment: datetime) -> bool:
    return (paid := paid_at(invoice)) is not None and paid >= moment


def _is_paid_before(invoice: Invoice, moment: datetime) -> bool:
    return (paid := paid_at(invoice)) is not None and paid < moment


def paid_at(invoice: Invoice) -> datetime | None:
    """Return when `invoice` was paid, returned since or not; None if it was not."""
    return (invoice.settled_at or invoice.attempted_at) if invoice.captured else None


#: What each field asks of the order.
_OF_THE_ORDER: Final[dict[str, Callable[[Order, Any], bool]]] = {
    "number": lambda order, number: order.number == number,
    "customer": lambda order, customer: order.customer.id == customer,
    "statuses": _has_status,
    "offer": lambda order, offer: order.offer.number == offer,
    "category": lambda order, category: order.offer.category.number == category,
    "placed_from": lambda order, moment: order.placed_at >= moment,
    "placed_before": lambda order, moment: order.placed_at < moment,
    "currency": lambda order, currency: order.price.currency == currency,
    "price_from": _costs_at_least,
    "price_to": _costs_at_most,
    "manager": _is_credited_to,
    "system_sale": lambda order, asked: (order.sale.manager is None) is asked,
    "confirmed": lambda order, asked: order.sale.confirmed is asked,
    "payment_type": lambda order, asked: payment_type(order) is asked,
    "recurring": lambda order, asked: (order.occurrence is not None) is asked,
    "needs_attention": lambda order, asked: order.needs_attention is asked,
    "text": _reads,
}
#: What each field asks of an invoice.
_OF_AN_INVOICE: Final[dict[str, Callable[[Invoice, Any], bool]]] = {
    "invoice": lambda invoice, number: invoice.number == number,
    "payment_statuses": _has_payment_status,
    "system": lambda invoice, system: invoice.system == system,
    "paid_from": _is_paid_from,
    "paid_before": _is_paid_before,
}
#: What each field asks of a recurring order. Each of its payments is made in full.
_OF_A_RECURRING: Final[dict[str, Callable[[RecurringOrder, Any], bool]]] = {
    "number": lambda recurring, number: recurring.number == number,
    "customer": lambda recurring, customer: recurring.customer.id == customer,
    "recurring_statuses": _has_recurring_status,
    "offer": lambda recurring, offer: recurring.offer.number == offer,
    "category": lambda recurring, category: recurring.offer.category.number == category,
    "placed_from": lambda recurring, moment: recurring.started_at >= moment,
    "placed_before": lambda recurring, moment: recurring.started_at < moment,
    "system": lambda recurring, system: recurring.system == system,
    "currency": lambda recurring, currency: recurring.price.currency == currency,
    "price_from": _costs_at_least,
    "price_to": _costs_at_most,
    "manager": _names,
    "system_sale": lambda recurring, asked: (recurring.manager is None) is asked,
    "payment_type": lambda _, asked: asked is PaymentType.FULL,
    "recurring": lambda _, asked: asked,
    "text": _reads,
}
