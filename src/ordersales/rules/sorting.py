"""By what a list is sorted (rule L4): the value of each column, a line in a table.

Every order of rows is total: equal values stand by number, the same way round. Text is compared
by its code points; names are folded first, so that case and accents don't part what belongs
together. Money stands by currency, then by amount, since two currencies can't be compared.
Moments are counted in microseconds. Sales of the system stand before those of any manager. What
never comes, or never ends, stands behind all that does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from ordersales.models.filters import (
    OrderColumn,
    PaymentColumn,
    Place,
    RecurringColumn,
    SortValue,
)
from ordersales.models.order import Order, Payment
from ordersales.models.recurring_order import RecurringOrder
from ordersales.values.checks import MOST_WHOLE
from ordersales.values.folding import folded
from ordersales.values.money import Money

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
#: Above every number of payments, and every moment in microseconds.
_NEVER: Final = MOST_WHOLE


def order_place(order: Order, column: OrderColumn) -> Place:
    """Return where `order` stands in a list sorted by `column`."""
    return Place(_OF_ORDERS[column](order), order.number)


def payment_place(payment: Payment, column: PaymentColumn) -> Place:
    """Return where `payment` stands in a list sorted by `column`."""
    return Place(_OF_PAYMENTS[column](payment), payment.invoice.number)


def recurring_place(recurring: RecurringOrder, column: RecurringColumn) -> Place:
    """Return where `recurring` stands in a list sorted by `column`."""
    return Place(_OF_RECURRING[column](recurring), recurring.number)


def _moment(at: datetime) -> int:
    return (at - _EPOCH) // _TICK


def _next_payment(recurring: RecurringOrder) -> int:
    at = recurring.next_action
    return _NEVER if at is None else _moment(at)


def _remaining(recurring: RecurringOrder) -> int:
    remaining = recurring.payments_remaining
    return _NEVER if remaining is None else remaining


def _money(money: Money) -> tuple[str, int]:
    return money.currency.code, money.minor


def _manager(order: Order) -> str:
    return "" if order.sale.manager is None else folded(order.sale.manager.name)


_OF_ORDERS: Final[dict[OrderColumn, Callable[[Order], SortValue]]] = {
    OrderColumn.NUMBER: lambda order: order.number,
    OrderColumn.PLACED_AT: lambda order: _moment(order.placed_at),
    OrderColumn.CUSTOMER: lambda order: folded(order.customer.name),
    OrderColumn.STATUS: lambda order: order.status.value,
    OrderColumn.OFFER: lambda order: folded(order.offer.name),
    OrderColumn.OFFER_NUMBER: lambda order: order.offer.number,
    OrderColumn.CATEGORY: lambda order: order.offer.category.number,
    OrderColumn.PRICE: lambda order: _money(order.price),
    OrderColumn.UNIT_PRICE: lambda order: _money(order.unit_price),
    OrderColumn.QUANTITY: lambda order: order.quantity,
    OrderColumn.MANAGER: _manager,
}
_OF_PAYMENTS: Final[dict[PaymentColumn, Callable[[Payment], SortValue]]] = {
    PaymentColumn.NUMBER: lambda payment: payment.invoice.number,
    PaymentColumn.ATTEMPTED_AT: lambda payment: _moment(payment.invoice.attempted_at),
    PaymentColumn.STATUS: lambda payment: payment.invoice.status.value,
    PaymentColumn.AMOUNT: lambda payment: _money(payment.invoice.amount),
    PaymentColumn.SYSTEM: lambda payment: payment.invoice.system,
}
_OF_RECURRING: Final[dict[RecurringColumn, Callable[[RecurringOrder], SortValue]]] = {
    RecurringColumn.NUMBER: lambda recurring: recurring.number,
    RecurringColumn.STARTED_AT: lambda recurring: _moment(recurring.started_at),
    RecurringColumn.CUSTOMER: lambda recurring: folded(recurring.customer.name),
    RecurringColumn.STATUS: lambda recurring: recurring.status.value,
    RecurringColumn.OFFER: lambda recurring: folded(recurring.offer.name),
    RecurringColumn.OFFER_NUMBER: lambda recurring: recurring.offer.number,
    RecurringColumn.CATEGORY: lambda recurring: recurring.offer.category.number,
    RecurringColumn.PRICE: lambda recurring: _money(recurring.price),
    RecurringColumn.QUANTITY: lambda recurring: recurring.quantity,
    RecurringColumn.PAYMENTS_MADE: lambda recurring: recurring.payments_made,
    RecurringColumn.PAYMENTS_REMAINING: _remaining,
    RecurringColumn.NEXT_PAYMENT: _next_payment,
    RecurringColumn.SYSTEM: lambda recurring: recurring.system,
}
