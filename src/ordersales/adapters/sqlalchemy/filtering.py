"""What a filtered list asks of the rows (rule L3): `ordersales.rules.filtering` in SQL.

Each field of the filter has one line in a table below, the same fields as there. What is asked is
compared and never written into the statement, so that no text can become a part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Select, and_, exists, false, not_, or_, select, true

from ordersales.adapters.sqlalchemy.dialects import off_index
from ordersales.adapters.sqlalchemy.tables import Tables
from ordersales.models.filters import OrderFilter, PaymentType
from ordersales.models.invoice import InvoiceStatus
from ordersales.rules.filtering import asked, asked_of_invoices, asked_of_recurring
from ordersales.values.currency import Currency
from ordersales.values.folding import folded
from ordersales.values.identifiers import AccountId
from ordersales.values.money import Money


class Columns(Protocol):
    """The columns of a table, by their names."""

    def __getitem__(self, name: str, /) -> ColumnElement[Any]:
        """Return the column of that name."""
        ...


#: What one field asks of a row.
Asks = Callable[[Columns, Any], ColumnElement[bool]]


def orders_that_fit(
    tables: Tables, account: AccountId, wanted: OrderFilter
) -> Iterator[ColumnElement[bool]]:
    """Yield what `ordersales.rules.filtering.matches` asks of the rows of orders."""
    orders = tables.orders.c
    yield orders.account == account
    yield from _each(_OF_THE_ORDER, orders, asked(wanted))
    if asked_of_invoices(wanted):
        yield _has_an_invoice(tables, account, wanted)


def payments_that_fit(
    tables: Tables, account: AccountId, wanted: OrderFilter
) -> Iterator[ColumnElement[bool]]:
    """Yield what `matches_payment` asks of the rows of invoices, joined with their orders."""
    invoices = tables.invoices.c
    yield invoices.account == account
    yield from _each(_OF_AN_INVOICE, invoices, asked(wanted))
    yield from _each(_OF_THE_ORDER, tables.orders.c, asked(wanted))


def recurring_that_fit(
    tables: Tables, account: AccountId, wanted: OrderFilter
) -> Iterator[ColumnElement[bool]]:
    """Yield what `matches_recurring` asks of the rows of recurring orders."""
    recurring = tables.recurring_orders.c
    yield recurring.account == account
    yield from _each(_OF_A_RECURRING, recurring, asked_of_recurring(wanted))


def asks_the_order(wanted: OrderFilter) -> bool:
    """Tell whether something is asked that the row of an invoice can't answer."""
    return not asked(wanted).keys() <= _OF_AN_INVOICE.keys()


def _each(
    fields: dict[str, Asks], columns: Columns, filled_in: dict[str, Any]
) -> Iterator[ColumnElement[bool]]:
    return (fields[name](columns, value) for name, value in filled_in.items() if name in fields)


def _has_an_invoice(tables: Tables, account: AccountId, wanted: OrderFilter) -> ColumnElement[bool]:
    """Ask that one and the same invoice of the order passes all that is asked of invoices.

    SQLite does as it is told. Where few invoices can pass, it is told to find these first, and
    where many may, to look at the invoices of each order that it comes across: the page is soon
    full. PostgreSQL makes its own choice of either form.
    """
    orders, invoices = tables.orders.c, tables.invoices.c
    found: Select[Any] = select(invoices.order_number).where(invoices.account == account)
    if _few_can_pass(wanted):
        passing = _each(_OF_AN_INVOICE, invoices, asked(wanted))
        return orders.number.in_(found.where(*passing))
    passing = _each(_OF_AN_INVOICE, _OffIndex(invoices), asked(wanted))
    its_own = found.where(invoices.order_number == orders.number, *passing)
    return exists(its_own.correlate(tables.orders))


def _few_can_pass(wanted: OrderFilter) -> bool:
    rare = bool(wanted.payment_statuses) and InvoiceStatus.PAID not in wanted.payment_statuses
    between = wanted.paid_from is not None and wanted.paid_before is not None
    return wanted.invoice is not None or rare or between


class _OffIndex:
    """Columns by which SQLite is not to find rows."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    def __getitem__(self, name: str, /) -> ColumnElement[Any]:
        return off_index(self._columns[name])


def _is(name: str) -> Asks:
    return lambda row, value: row[name] == value


def _from(name: str) -> Asks:
    return lambda row, moment: row[name] >= moment


def _before(name: str) -> Asks:
    return lambda row, moment: row[name] < moment


def _among(name: str) -> Asks:
    # In one order: equal filters are then equal statements, which a database plans once.
    return lambda row, values: row[name].in_(sorted(values))


def _flag(name: str) -> Asks:
    return lambda row, asked: row[name] if asked else not_(row[name])


def _missing(name: str) -> Asks:
    return lambda row, asked: row[name].is_(None) if asked else row[name].is_not(None)


def _constant(holds: Callable[[Any], bool]) -> Asks:
    return lambda _, value: true() if holds(value) else false()


def _currency(row: Columns, currency: Currency) -> ColumnElement[bool]:
    return row["currency"] == currency.code


def _at_least(row: Columns, least: Money) -> ColumnElement[bool]:
    return and_(_currency(row, least.currency), row["price"] >= least.minor)


def _at_most(row: Columns, most: Money) -> ColumnElement[bool]:
    return and_(_currency(row, most.currency), row["price"] <= most.minor)


def _occurs(row: Columns, asked: bool) -> ColumnElement[bool]:  # noqa: FBT001 - a field's value
    return row["recurring_order"].is_not(None) if asked else row["recurring_order"].is_(None)


def _reads(row: Columns, text: str) -> ColumnElement[bool]:
    names = (row["customer_folded"], row["offer_folded"])
    words = folded(text).split()
    found = (or_(*(name.contains(word, autoescape=True) for name in names)) for word in words)
    return and_(true(), *found)


#: What each field asks of the order.
_OF_THE_ORDER: Final[dict[str, Asks]] = {
    "number": _is("number"),
    "customer": _is("customer"),
    "statuses": _among("status"),
    "offer": _is("offer"),
    "category": _is("category"),
    "placed_from": _from("placed_at"),
    "placed_before": _before("placed_at"),
    "currency": _currency,
    "price_from": _at_least,
    "price_to": _at_most,
    "manager": _is("manager"),
    "system_sale": _missing("manager"),
    "confirmed": _flag("confirmed"),
    "payment_type": _is("payment_type"),
    "recurring": _occurs,
    "needs_attention": _flag("needs_attention"),
    "text": _reads,
}
#: What each field asks of an invoice.
_OF_AN_INVOICE: Final[dict[str, Asks]] = {
    "invoice": _is("number"),
    "payment_statuses": _among("status"),
    "system": _is("system"),
    "paid_from": _from("paid_at"),
    "paid_before": _before("paid_at"),
}
#: What each field asks of a recurring order. Each of its payments is made in full.
_OF_A_RECURRING: Final[dict[str, Asks]] = {
    "number": _is("number"),
    "customer": _is("customer"),
    "recurring_statuses": _among("status"),
    "offer": _is("offer"),
    "category": _is("category"),
    "placed_from": _from("started_at"),
    "placed_before": _before("started_at"),
    "system": _is("system"),
    "currency": _currency,
    "price_from": _at_least,
    "price_to": _at_most,
    "manager": _is("manager"),
    "system_sale": _missing("manager"),
    "payment_type": _constant(lambda asked: asked is PaymentType.FULL),
    "recurring": _constant(bool),
    "text": _reads,
}
