"""A report as data: what is asked for, and what is answered (rules T1-T9).

What each figure means stands in `ordersales.models.columns`, and in docs/explanation/reports.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from attrs import field, frozen

from ordersales.errors import InvalidInput, Problem
from ordersales.models.columns import KEYS, MEASURES, Column, chosen
from ordersales.models.filters import EVERYTHING, OrderFilter
from ordersales.models.offer import Category
from ordersales.models.sale import Manager
from ordersales.values import checks
from ordersales.values.currency import Currency
from ordersales.values.identifiers import OfferNumber, SystemName
from ordersales.values.money import Money
from ordersales.values.zone import day_start, time_zone


class Dimension(StrEnum):
    """By what a report breaks its figures down (rule T1); by currency it always does."""

    CURRENCY = "currency"
    SYSTEM = "payment system"
    OFFER = "offer"
    CATEGORY = "category"
    #: Only confirmed sales count (rule T4); how much that leaves out is told beside.
    MANAGER = "sales manager"
    DAY = "day"
    #: By the Monday it begins with.
    WEEK = "week"
    MONTH = "month"


#: Those that cut time into pieces; a report has at most one of them.
TIMES: Final = frozenset({Dimension.DAY, Dimension.WEEK, Dimension.MONTH})

#: The columns that each dimension brings.
_COLUMNS_OF: Final = {
    Dimension.CURRENCY: ("currency",),
    Dimension.SYSTEM: ("payment system",),
    Dimension.OFFER: ("offer number", "offer name"),
    Dimension.CATEGORY: ("category number", "category name"),
    Dimension.MANAGER: ("sales manager", "manager id"),
    Dimension.DAY: ("day",),
    Dimension.WEEK: ("week",),
    Dimension.MONTH: ("month",),
}


class DateBasis(StrEnum):
    """On which day a refund counts (rule T7); a payment always counts on the day it was paid."""

    MOVED = "refunds on the day they were refunded"
    PAID = "refunds on the day of their payment"


def _zone(given: str | ZoneInfo) -> str:
    return time_zone(given, "zone").key


_FIRST_DAY: Final = date(1, 1, 3)
_LAST_DAY: Final = date(9999, 12, 28)


def _day(value: object, field: str) -> Problem | None:
    """Check that `value` is a date, and no datetime, that every zone has."""
    if type(value) is date and _FIRST_DAY <= value <= _LAST_DAY:
        return None
    return Problem.of(field, value, f"a date from {_FIRST_DAY} to {_LAST_DAY}, without a time")


@frozen(kw_only=True)
class ReportScope:
    """What a report counts: which payments, of which days, as which zone cuts them (rule T7).

    A day begins with the first moment at which the clock of its zone shows its date, and lasts
    until the next one begins.

    >>> march = ReportScope(
    ...     first_day=date(2026, 3, 1), last_day=date(2026, 3, 31), zone="Europe/Berlin"
    ... )
    >>> print(march.before)
    2026-03-31 22:00:00+00:00

    Raises:
        InvalidInput: A value of the wrong kind, an unknown time zone, or a last day before the
            first (rule B1).
    """

    #: Which payments: those that the Payments list shows by this filter, with their refunds.
    wanted: OrderFilter = EVERYTHING
    #: The name of the time zone in which days begin.
    zone: str = field(default="UTC", converter=_zone)
    basis: DateBasis = DateBasis.MOVED
    #: The days that count, both included; None is from the beginning, and until now.
    first_day: date | None = None
    last_day: date | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse what is no period."""
        checks.refuse(
            checks.instance(self.wanted, "wanted", OrderFilter),
            checks.instance(self.basis, "basis", DateBasis),
            checks.optional(_day, self.first_day, "first_day"),
            checks.optional(_day, self.last_day, "last_day"),
        )
        if self.first_day and self.last_day and self.last_day < self.first_day:
            allowed = f"{self.first_day}, the first day, or later"
            raise InvalidInput.of("last_day", self.last_day, allowed)

    @property
    def since(self) -> datetime | None:
        """The moment that the first day begins at, in UTC."""
        return None if self.first_day is None else self._start(self.first_day)

    @property
    def before(self) -> datetime | None:
        """The moment that the last day is over at, in UTC."""
        return None if self.last_day is None else self._start(self.last_day + timedelta(days=1))

    def _start(self, day: date) -> datetime:
        return day_start(day, time_zone(self.zone, "zone"))


#: Everything there is, cut into days of UTC.
WHOLE: Final = ReportScope()


@frozen
class ReportSort:
    """By which column the rows are sorted; equal ones stay as they were (rule T5).

    >>> ReportSort("net").descending
    True

    Raises:
        InvalidInput: There is no such column (rule B1).
    """

    column: str
    #: Highest, or last, first. Rows without a value stand last either way.
    descending: bool = True

    def __attrs_post_init__(self) -> None:
        """Refuse what no report has."""
        checks.refuse(checks.flag(self.descending, "descending"))
        chosen([self.column], (*KEYS, *MEASURES), "column")


def _dimensions(given: Iterable[Dimension | str]) -> tuple[Dimension, ...]:
    """Return the dimensions, the currency among them."""
    allowed = ", ".join(Dimension)
    try:
        found = tuple(Dimension(item) for item in given)
    except (TypeError, ValueError):
        raise InvalidInput.of("dimensions", given, f"some of {allowed}") from None
    if len(set(found)) < len(found):
        raise InvalidInput.of("dimensions", ", ".join(found), "each one once")
    if len(TIMES.intersection(found)) > 1:
        raise InvalidInput.of("dimensions", ", ".join(found), "one of day, week and month")
    return found if Dimension.CURRENCY in found else (*found, Dimension.CURRENCY)


def _names(given: Iterable[str]) -> tuple[str, ...]:
    try:
        return tuple(given)
    except TypeError:
        allowed = "names of columns, in the order they are shown"
        raise InvalidInput.of("columns", given, allowed) from None


@frozen(kw_only=True)
class Report:
    """What is asked for: by what, counting what, and shown how (rules T1, T5).

    >>> report = Report(dimensions=["offer"], columns=["offer name", "currency", "net"])
    >>> report.dimensions
    (<Dimension.OFFER: 'offer'>, <Dimension.CURRENCY: 'currency'>)

    Raises:
        InvalidInput: An unknown dimension or column, one that is named twice, more than one of
            day, week and month, or a value of the wrong kind (rule B1).
    """

    #: Each row has its own values of all of these.
    dimensions: tuple[Dimension, ...] = field(default=(), converter=_dimensions)
    scope: ReportScope = WHOLE
    #: Which columns are shown, in this order; none are all that the report has.
    columns: tuple[str, ...] = field(default=(), converter=_names)
    #: None is by day, or else by currency and then by gross, the highest first.
    sort: ReportSort | None = None
    #: The currency of an overall figure, for which a rate source is asked.
    overall: Currency | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse what can't be shown."""
        checks.refuse(
            checks.instance(self.scope, "scope", ReportScope),
            checks.optional(checks.instance, self.sort, "sort", kind=ReportSort),
            checks.optional(checks.instance, self.overall, "overall", kind=Currency),
        )
        chosen(self.columns, self.available)
        if self.sort is not None:
            chosen([self.sort.column], self.available, "column")

    @property
    def available(self) -> tuple[Column, ...]:
        """Every column that it can show or be sorted by."""
        brought = {name for item in self.dimensions for name in _COLUMNS_OF[item]}
        return (*(column for column in KEYS if column.name in brought), *MEASURES)

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns that it shows, in their order."""
        return chosen(self.columns, self.available)

    @property
    def time(self) -> Dimension | None:
        """The dimension that cuts time into pieces, if it has one."""
        return next((item for item in self.dimensions if item in TIMES), None)


@frozen(kw_only=True)
class ReportRow:
    """The figures of one row; what the report is not by is None (rule T2)."""

    currency: Currency
    system: SystemName | None = None
    offer_number: OfferNumber | None = None
    offer_name: str | None = None
    category: Category | None = None
    manager: Manager | None = None
    #: The day, or the first day of the week or month.
    day: date | None = None
    orders: int
    payments: int
    units: int
    gross: Money
    refunds: Money
    net: Money
    commission: Money
    commission_unknown: int
    credited: Money
    #: None without an order.
    average_order: Money | None
    #: In percent, with two decimals; None where all rows of the currency have no gross.
    share: Decimal | None
    #: Of completed orders, excluding refunds (rule T3).
    completed: Money


@frozen(kw_only=True)
class ReportResult:
    """What is answered: rows, totals by currency, and what each figure means (rules T2-T7)."""

    report: Report
    #: In the order that was asked for.
    rows: tuple[ReportRow, ...]
    #: The sum of all rows, one for each currency.
    totals: tuple[ReportRow, ...]
    #: What the rows leave out, one for each currency: by sales manager, sales that nobody has
    #: confirmed and sales of the system (rule T4).
    left_out: tuple[ReportRow, ...]
    #: The total of completed orders, excluding refunds, one for each currency; what is left out
    #: of the rows included (rule T3).
    completed: tuple[Money, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns shown, each with the definition of its figures."""
        return self.report.shown
