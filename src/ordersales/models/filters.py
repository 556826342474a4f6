"""One filter for every list and report (rule L3), how a list is sorted, and a page (rule L4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final, Generic, TypeVar

from attrs import field, frozen

from ordersales.errors import InvalidInput, Problem
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import OrderStatus
from ordersales.models.recurring_order import RecurringStatus
from ordersales.values import checks
from ordersales.values.currency import Currency
from ordersales.values.identifiers import (
    CategoryNumber,
    CustomerId,
    InvoiceNumber,
    OfferNumber,
    OrderNumber,
    SystemName,
    UserId,
)
from ordersales.values.money import Money

Row = TypeVar("Row")
Column = TypeVar("Column", bound=StrEnum)


def _statuses(given: Iterable[OrderStatus]) -> frozenset[OrderStatus]:
    try:
        return frozenset(given)
    except TypeError:
        allowed = "statuses, as in {OrderStatus.OPEN}"
        raise InvalidInput.of("statuses", given, allowed) from None


def _payment_statuses(given: Iterable[InvoiceStatus]) -> frozenset[InvoiceStatus]:
    try:
        return frozenset(given)
    except TypeError:
        allowed = "statuses, as in {InvoiceStatus.PAID}"
        raise InvalidInput.of("payment_statuses", given, allowed) from None


def _recurring_statuses(given: Iterable[RecurringStatus]) -> frozenset[RecurringStatus]:
    try:
        return frozenset(given)
    except TypeError:
        allowed = "statuses, as in {RecurringStatus.ACTIVE}"
        raise InvalidInput.of("recurring_statuses", given, allowed) from None


class PaymentType(StrEnum):
    """How an order may be paid."""

    FULL = "Full"
    PARTIAL = "Partial"


@frozen(kw_only=True)
class OrderFilter:
    """Which orders to list; a field left out lets everything through, all given ones must fit.

    On the Payments list, `invoice`, `payment_statuses`, `system`, `paid_from` and `paid_before`
    speak of the invoice itself. On the others an order fits if one of its invoices fits all of
    these that are given: an order is listed when Payments would list an invoice of it.

    >>> open_parts = OrderFilter(statuses={OrderStatus.OPEN}, payment_type=PaymentType.PARTIAL)

    Raises:
        InvalidInput: A value of the wrong kind, a naive time, or amounts of two currencies
            (rule B1).
    """

    #: The order of that number.
    number: OrderNumber | None = None
    statuses: frozenset[OrderStatus] = field(default=frozenset(), converter=_statuses)
    customer: CustomerId | None = None
    offer: OfferNumber | None = None
    category: CategoryNumber | None = None
    #: Placed at this moment or later, and before that one.
    placed_from: datetime | None = None
    placed_before: datetime | None = None
    #: The invoice of that number.
    invoice: InvoiceNumber | None = None
    payment_statuses: frozenset[InvoiceStatus] = field(
        default=frozenset(), converter=_payment_statuses
    )
    #: Paid at this moment or later, and before that one; returned since or not.
    paid_from: datetime | None = None
    paid_before: datetime | None = None
    #: Through this payment system.
    system: SystemName | None = None
    #: The price's currency.
    currency: Currency | None = None
    #: A price of at least, and of at most, so much; in one currency.
    price_from: Money | None = None
    price_to: Money | None = None
    #: Credited to this manager.
    manager: UserId | None = None
    #: True for those credited to the system, False for those credited to any manager.
    system_sale: bool | None = None
    confirmed: bool | None = None
    payment_type: PaymentType | None = None
    #: Of recurring orders, and kept: *Processing* is shown in place of one of the others.
    recurring_statuses: frozenset[RecurringStatus] = field(
        default=frozenset(), converter=_recurring_statuses
    )
    #: False for regular orders only, True for occurrences of recurring orders only. Left out,
    #: All orders lists regular ones only, Payments the invoices of both (rule L1).
    recurring: bool | None = None
    needs_attention: bool | None = None
    #: Words, each found in the customer's or the offer's name, whatever the case and the accents.
    text: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse values of the wrong kind."""
        texts = ("customer", "offer", "category", "system", "manager", "text")
        moments = ("placed_from", "placed_before", "paid_from", "paid_before")
        flags = ("system_sale", "confirmed", "recurring", "needs_attention")
        monies = ("price_from", "price_to")
        checks.refuse(
            checks.optional(checks.whole, self.number, "number", least=1),
            checks.optional(checks.whole, self.invoice, "invoice", least=1),
            *(checks.instance(item, "statuses", OrderStatus) for item in self.statuses),
            *(
                checks.instance(item, "payment_statuses", InvoiceStatus)
                for item in self.payment_statuses
            ),
            *map(_kept, self.recurring_statuses),
            *(checks.optional(checks.text, getattr(self, name), name) for name in texts),
            *(checks.optional(checks.moment, getattr(self, name), name) for name in moments),
            *(checks.optional(checks.flag, getattr(self, name), name) for name in flags),
            *(checks.optional(checks.money, getattr(self, name), name) for name in monies),
            checks.optional(checks.instance, self.currency, "currency", kind=Currency),
            checks.optional(checks.instance, self.payment_type, "payment_type", kind=PaymentType),
        )
        currencies = {money.currency for money in (self.price_from, self.price_to) if money}
        if len(currencies) > 1:
            raise InvalidInput.of("price_to", self.price_to, "money in price_from's currency")


def _kept(status: object) -> Problem | None:
    """Refuse what no recurring order is kept with."""
    problem = checks.instance(status, "recurring_statuses", RecurringStatus)
    if problem is None and status is RecurringStatus.PROCESSING:
        allowed = "Active, Paused, Completed or Failed: Processing is shown, and never kept"
        return Problem.of("recurring_statuses", status, allowed)
    return problem


#: The filter that lets everything through.
EVERYTHING: Final = OrderFilter()


class OrderColumn(StrEnum):
    """The columns that the list of orders sorts by (rule L4)."""

    NUMBER = "number"
    PLACED_AT = "placed at"
    CUSTOMER = "customer"
    STATUS = "status"
    OFFER = "offer name"
    OFFER_NUMBER = "offer number"
    CATEGORY = "category number"
    PRICE = "price"
    UNIT_PRICE = "unit price"
    QUANTITY = "quantity"
    MANAGER = "sales manager"


class PaymentColumn(StrEnum):
    """The columns that the list of payments sorts by (rule L4)."""

    NUMBER = "number"
    ATTEMPTED_AT = "attempted at"
    STATUS = "status"
    AMOUNT = "amount"
    SYSTEM = "payment system"


class RecurringColumn(StrEnum):
    """The columns that the list of recurring orders sorts by (rule L4)."""

    NUMBER = "number"
    STARTED_AT = "started at"
    CUSTOMER = "customer"
    STATUS = "status"
    OFFER = "offer name"
    OFFER_NUMBER = "offer number"
    CATEGORY = "category number"
    PRICE = "price"
    QUANTITY = "quantity"
    PAYMENTS_MADE = "payments made"
    PAYMENTS_REMAINING = "payments remaining"
    NEXT_PAYMENT = "next payment"
    SYSTEM = "payment system"


def _column(kind: type[Column], given: Column | str) -> Column:
    try:
        return kind(given)
    except ValueError:
        raise InvalidInput.of("column", given, ", ".join(kind)) from None


def _order_column(given: OrderColumn | str) -> OrderColumn:
    return _column(OrderColumn, given)


def _payment_column(given: PaymentColumn | str) -> PaymentColumn:
    return _column(PaymentColumn, given)


def _recurring_column(given: RecurringColumn | str) -> RecurringColumn:
    return _column(RecurringColumn, given)


@frozen
class OrderSort:
    """By which column the orders are sorted; equal ones by number, the same way round.

    >>> OrderSort("price", descending=False).column
    <OrderColumn.PRICE: 'price'>

    Raises:
        InvalidInput: There is no such column; the error names those there are (rule L4).
    """

    column: OrderColumn = field(default=OrderColumn.NUMBER, converter=_order_column)
    #: Newest, or highest, first.
    descending: bool = True

    def __attrs_post_init__(self) -> None:
        """Refuse what is no direction."""
        checks.refuse(checks.flag(self.descending, "descending"))


@frozen
class PaymentSort:
    """By which column the payments are sorted; equal ones by number, the same way round.

    Raises:
        InvalidInput: There is no such column; the error names those there are (rule L4).
    """

    column: PaymentColumn = field(default=PaymentColumn.NUMBER, converter=_payment_column)
    #: Newest, or highest, first.
    descending: bool = True

    def __attrs_post_init__(self) -> None:
        """Refuse what is no direction."""
        checks.refuse(checks.flag(self.descending, "descending"))


@frozen
class RecurringSort:
    """By which column the recurring orders are sorted; equal ones by number, the same way round.

    Those without a next payment stand as if it were after every other, and so do those that go on
    until they are stopped among the payments remaining.

    Raises:
        InvalidInput: There is no such column; the error names those there are (rule L4).
    """

    column: RecurringColumn = field(default=RecurringColumn.NUMBER, converter=_recurring_column)
    #: Newest, or highest, first.
    descending: bool = True

    def __attrs_post_init__(self) -> None:
        """Refuse what is no direction."""
        checks.refuse(checks.flag(self.descending, "descending"))


#: The newest first, as lists come unless asked otherwise (rule L1).
NEWEST_ORDERS: Final = OrderSort()
NEWEST_PAYMENTS: Final = PaymentSort()
NEWEST_RECURRING: Final = RecurringSort()

#: What a list is sorted by: text, a number, or a currency with an amount.
SortValue = str | int | tuple[str, int]


@frozen
class Place:
    """Where in a sorted list a row stands; the next page begins behind it (rule L4)."""

    value: SortValue
    number: int


@frozen
class Page(Generic[Row]):
    """Rows of a list, and where the next page begins."""

    rows: tuple[Row, ...]
    #: Hand this to the next call as ``after``; None on the last page.
    after: str | None


@frozen
class Slice(Generic[Row]):
    """What storage answers for a page: its rows, and the place of the last if more follow."""

    rows: tuple[Row, ...]
    last: Place | None
