"""The one registry of columns: what lists, reports and exports show, and how (rule T9).

A column is a name, a label, how its values are shown, and where in a row it is read. Whoever
shows a table, be it a page, a terminal or a file, asks here; nobody names a column twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

from attrs import frozen

from ordersales.errors import InvalidInput
from ordersales.values.money import Money


class Shown(StrEnum):
    """How the values of a column are shown."""

    TEXT = "text"
    #: A serial number: a name made of digits, never added up.
    NUMBER = "number"
    COUNT = "count"
    #: With the decimals of its own currency: none for JPY, three for KWD.
    MONEY = "money"
    #: In hundredths of the whole, with two decimals.
    PERCENT = "percent"
    DAY = "day"
    MOMENT = "moment"
    #: Yes or no.
    FLAG = "flag"


def _reader(path: str) -> Callable[[Any], Any]:
    first, _, rest = path.partition(".")
    part: Callable[[Any], Any] = attrgetter(first)
    if not rest:
        return part
    inner = _reader(rest)

    def reach(row: Any) -> Any:
        found = part(row)
        return None if found is None else inner(found)

    return reach


#: What stands in a cell; None is an empty one.
Value = str | int | bool | Money | Decimal | date | datetime | None


@frozen(kw_only=True)
class Column:
    """One column of a table."""

    #: What programs call it: in a choice of columns, a sort, the head of a file.
    name: str
    #: What people read above it.
    label: str
    shown: Shown
    #: Where in a row it is read: the name of a field, or of a field of a field.
    path: str
    #: What exactly its figures are, published with every report (rule T7).
    definition: str = ""

    @property
    def right(self) -> bool:
        """Whether its values stand at the right, under each other by their digits."""
        return self.shown in (Shown.NUMBER, Shown.COUNT, Shown.MONEY, Shown.PERCENT)

    @property
    def value(self) -> Callable[[Any], Value]:
        """What reads a row's value; of something that is not there, None."""
        return _reader(self.path)


def text_of(value: Value, zone: ZoneInfo | None = None, *, code: bool = False) -> str:
    """Return a value as it is shown: amounts with their currency's decimals, moments in `zone`.

    With `code` an amount names its currency.

    >>> text_of(Money.of(12, "KWD")), text_of(Money.of(12, "KWD"), code=True)
    ('12.000', '12.000 KWD')
    >>> text_of(True), text_of(None), text_of(date(2026, 3, 29))
    ('yes', '', '2026-03-29')
    """
    if value is None:
        return ""
    if isinstance(value, Money):
        return str(value) if code else f"{value.amount:f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return str(value if zone is None else value.astimezone(zone))
    return str(value)


def _column(name: str, shown: Shown, path: str = "", definition: str = "") -> Column:
    """Return a column that is labelled and read by its name, unless a path is given."""
    label = name[0].upper() + name[1:]
    path = path or name.replace(" ", "_")
    return Column(name=name, label=label, shown=shown, path=path, definition=definition)


#: The list of orders (rule L2).
ORDERS: Final = (
    _column("number", Shown.NUMBER),
    _column("placed at", Shown.MOMENT),
    _column("customer", Shown.TEXT, "customer.name"),
    _column("customer id", Shown.TEXT, "customer.id"),
    _column("status", Shown.TEXT),
    _column("offer number", Shown.TEXT),
    _column("offer name", Shown.TEXT),
    _column("category number", Shown.TEXT, "category.number"),
    _column("category name", Shown.TEXT, "category.name"),
    _column("currency", Shown.TEXT, "price.currency.code"),
    _column("price", Shown.MONEY),
    _column("unit price", Shown.MONEY),
    _column("quantity", Shown.COUNT),
    _column("outstanding", Shown.MONEY),
    _column("sales manager", Shown.TEXT, "sale.manager.name"),
    _column("confirmed", Shown.FLAG, "sale.confirmed"),
    _column("needs attention", Shown.FLAG),
)

#: The list of payments (rule I1).
PAYMENTS: Final = (
    _column("number", Shown.NUMBER),
    _column("order", Shown.NUMBER),
    _column("attempted at", Shown.MOMENT),
    _column("customer", Shown.TEXT, "customer.name"),
    _column("customer id", Shown.TEXT, "customer.id"),
    _column("offer number", Shown.TEXT),
    _column("offer name", Shown.TEXT),
    _column("status", Shown.TEXT),
    _column("currency", Shown.TEXT, "amount.currency.code"),
    _column("amount", Shown.MONEY),
    _column("credited", Shown.MONEY),
    _column("returned", Shown.MONEY),
    _column("price currency", Shown.TEXT, "covers.currency.code"),
    _column("covers", Shown.MONEY),
    _column("payment %", Shown.PERCENT, "percent"),
    _column("one-click", Shown.FLAG, "one_click"),
    _column("payment system", Shown.TEXT, "system"),
    _column("comment", Shown.TEXT),
    _column("reference", Shown.TEXT, "gateway_id"),
    _column("error code", Shown.TEXT, "error.code"),
    _column("error message", Shown.TEXT, "error.message"),
)

#: The list of recurring orders (rule R9).
RECURRING: Final = (
    _column("number", Shown.NUMBER),
    _column("started at", Shown.MOMENT),
    _column("customer", Shown.TEXT, "customer.name"),
    _column("customer id", Shown.TEXT, "customer.id"),
    _column("status", Shown.TEXT),
    _column("offer number", Shown.TEXT),
    _column("offer name", Shown.TEXT),
    _column("category number", Shown.TEXT, "category.number"),
    _column("category name", Shown.TEXT, "category.name"),
    _column("currency", Shown.TEXT, "price.currency.code"),
    _column("price", Shown.MONEY),
    _column("unit price", Shown.MONEY),
    _column("quantity", Shown.COUNT),
    _column("payments made", Shown.COUNT),
    _column("payments remaining", Shown.COUNT),
    _column("next payment", Shown.MOMENT, "next_payment_at"),
    _column("payment system", Shown.TEXT, "system"),
    _column("sales manager", Shown.TEXT, "manager.name"),
)

#: What a row of a report is about (rule T1).
KEYS: Final = (
    _column("day", Shown.DAY, definition="A day of the report's time zone."),
    _column("week", Shown.DAY, "day", "The Monday that a week begins with, in the same zone."),
    _column("month", Shown.DAY, "day", "The first day of a month, in the same zone."),
    _column("payment system", Shown.TEXT, "system", "What the money was paid through."),
    _column("offer number", Shown.TEXT, definition="What was sold."),
    _column("offer name", Shown.TEXT, definition="As on the newest order that is counted."),
    _column("category number", Shown.TEXT, "category.number", "The category of what was sold."),
    _column("category name", Shown.TEXT, "category.name", "As on the newest order counted."),
    _column(
        "sales manager",
        Shown.TEXT,
        "manager.name",
        "Whom a person has confirmed as the one who made the sale.",
    ),
    _column("manager id", Shown.TEXT, "manager.user", "The host's own name for them."),
    _column(
        "currency",
        Shown.TEXT,
        "currency.code",
        "What the payments were made in; two are never added.",
    ),
)

#: The measures of a report (rules T2, T3).
MEASURES: Final = (
    _column(
        "orders",
        Shown.COUNT,
        definition="Orders that money was taken for: each counts once, where its first payment "
        "counts.",
    ),
    _column(
        "payments",
        Shown.COUNT,
        definition="Payments whose attempt succeeded, returned since or not.",
    ),
    _column(
        "units", Shown.COUNT, definition="The quantities of those orders, counted where they are."
    ),
    _column(
        "gross",
        Shown.MONEY,
        definition="What those payments brought; one that was returned, in part or whole, stays.",
    ),
    _column(
        "refunds",
        Shown.MONEY,
        definition="What went back: refunds that succeeded, those made at the payment system, "
        "and chargebacks that were not won back.",
    ),
    _column("net", Shown.MONEY, definition="Gross less refunds."),
    _column(
        "commission",
        Shown.MONEY,
        definition="What payment systems kept of those payments, as far as they have told.",
    ),
    _column(
        "commission unknown",
        Shown.COUNT,
        definition="Those payments whose commission has not been told.",
    ),
    _column("credited", Shown.MONEY, definition="Net less the known commission."),
    _column(
        "average order",
        Shown.MONEY,
        definition="Gross by orders, rounded half-even; empty without an order.",
    ),
    _column(
        "share of total",
        Shown.PERCENT,
        "share",
        "The part of the gross of all rows in its currency; rounded by largest remainder, so "
        "that they add up to 100.00.",
    ),
    _column(
        "completed",
        Shown.MONEY,
        definition="The total of completed orders, excluding refunds: gross less refunds of "
        "orders whose status is Completed.",
    ),
)

#: Every column of reports.
REPORTS: Final = KEYS + MEASURES


def chosen(
    names: Iterable[str], among: Iterable[Column], field: str = "columns"
) -> tuple[Column, ...]:
    """Return the columns of those names, in their order; all of `among` where there are none.

    `field` names them in the error.

    >>> [column.label for column in chosen(["net", "gross"], MEASURES)]
    ['Net', 'Gross']

    Raises:
        InvalidInput: There is no such column, or one is named twice; the error says which there
            are (rule B1).
    """
    known = {column.name: column for column in among}
    wanted = tuple(names) or tuple(known)
    for at, name in enumerate(wanted):
        if name not in known or name in wanted[:at]:
            raise InvalidInput.of(field, name, f"one of these, each once: {', '.join(known)}")
    return tuple(known[name] for name in wanted)
