"""A report as data: what is asked for, and what is answered (rules T1-T9).

What each figure means stands in `ordersales.models.columns`, and in docs/explanation/reports.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from operator import itemgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

from attrs import evolve, field, frozen

from ordersales.errors import InvalidInput, Problem
from ordersales.models.columns import KEYS, MEASURES, Column, Value, chosen, text_of
from ordersales.models.filters import EVERYTHING, OrderFilter
from ordersales.models.offer import Category
from ordersales.models.sale import Manager
from ordersales.values import checks
from ordersales.values.currency import Currency
from ordersales.values.folding import folded
from ordersales.values.identifiers import InvoiceNumber, OfferNumber, OrderNumber, SystemName
from ordersales.values.money import Money
from ordersales.values.tables import as_html, as_text
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
    name: str | None = time_zone(given, "zone").key
    if name is None:
        raise InvalidInput.of("zone", given, "a time zone with a name")
    return name


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
    #: False for what the rows leave out (rule T4).
    counted: bool = True


@frozen(kw_only=True)
class RateUsed:
    """At which rate the sums of one day were converted."""

    day: date
    source: Currency
    target: Currency
    #: How many whole units of the target one of the source was worth.
    rate: Fraction


@frozen(kw_only=True)
class Overall:
    """The figures of all rows in one currency, by the rate of the day (rule T2).

    Gross, refunds, commission and what is completed are converted once for each currency and
    day, each rounded half-even to a minor unit; net and credited follow from these.
    """

    figures: ReportRow
    #: By day, then by currency.
    rates: tuple[RateUsed, ...]


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
    left_out: tuple[ReportRow, ...] = ()
    #: The total of completed orders, excluding refunds, one for each currency; what is left out
    #: of the rows included (rule T3).
    completed: tuple[Money, ...] = ()
    #: None unless the report asks for it.
    overall: Overall | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns shown, each with the definition of its figures."""
        return self.report.shown

    @property
    def definitions(self) -> dict[str, str]:
        """What exactly stands in each column that is shown, by its name (rules T2, T7)."""
        return {column.name: column.definition for column in self.columns}

    def values(self) -> Iterator[tuple[Value, ...]]:
        """Yield the values of each row, in the order of the columns."""
        readers = [column.value for column in self.columns]
        return (tuple(read(row) for read in readers) for row in self.rows)

    def total(self, currency: Currency) -> ReportRow | None:
        """Return the sum of all rows in one currency, or None if there are none."""
        return next((row for row in self.totals if row.currency == currency), None)

    def sorted_by(self, column: str, *, descending: bool = True) -> ReportResult:
        """Return it with its rows sorted by a column; equal ones stay as they are (rule T5).

        Money is sorted by currency, then by amount; rows without a value stand last either way.

        Raises:
            InvalidInput: The report has no such column (rule B1).
        """
        report = evolve(self.report, sort=ReportSort(column, descending))
        return evolve(self, report=report, rows=in_order(self.rows, report))

    def with_columns(self, *columns: str) -> ReportResult:
        """Return it with these columns, in this order; with all it has, where none are named.

        Raises:
            InvalidInput: The report has no such column, or one is named twice (rule B1).
        """
        return evolve(self, report=evolve(self.report, columns=columns))

    def __str__(self) -> str:
        """Return it as a table in plain text, with its totals."""
        table = as_text(*self._table())
        completed = ", ".join(map(str, self.completed)) or "nothing"
        notes = [f"completed orders, excluding refunds: {completed}"]
        notes += [f"not in these rows: {row.gross} gross, {row.net} net" for row in self.left_out]
        return "\n".join([table, *notes])

    def _repr_html_(self) -> str:
        """Return it as a table for a notebook; nothing in it is taken for markup."""
        return as_html(*self._table())

    def _table(self) -> tuple[list[str], list[list[str]], list[bool]]:
        columns = self.columns
        code = "currency" not in {column.name for column in columns}
        shown = [[text_of(value, code=code) for value in row] for row in self.values()]
        readers = [None if column in KEYS else column.value for column in columns]
        by_more = self.report.dimensions != (Dimension.CURRENCY,)
        for total in self.totals if by_more else ():
            row = ["" if read is None else text_of(read(total), code=code) for read in readers]
            shown.append(self._titled(row, total))
        head = [column.label for column in columns]
        return head, shown, [column.right for column in columns]

    def _titled(self, row: list[str], total: ReportRow) -> list[str]:
        """Return the row of a total with its title, and its currency where that is shown."""
        names = [column.name for column in self.columns]
        if "currency" in names:
            row[names.index("currency")] = total.currency.code
        if self.columns[0] in KEYS:
            row[0] = f"total {row[0]}".rstrip()
        return row


def in_order(rows: Iterable[ReportRow], report: Report) -> tuple[ReportRow, ...]:
    """Return rows in the order that a report asks for, stably (rule T5)."""
    sort = report.sort
    if sort is None:
        return tuple(rows)
    read = chosen([sort.column], report.available)[0].value
    filled, empty = list[tuple[Any, ReportRow]](), list[ReportRow]()
    for row in rows:
        value = read(row)
        if value is None:
            empty.append(row)
        else:
            filled.append((_sortable(value), row))
    filled.sort(key=itemgetter(0), reverse=sort.descending)
    return (*(row for _, row in filled), *empty)


def _sortable(value: Value) -> Any:
    if isinstance(value, Money):
        return value.currency.code, value.minor
    return (folded(value), value) if isinstance(value, str) else value


@frozen(kw_only=True)
class Details:
    """All breakdowns of the same payments at once (rules T1, T3)."""

    by_currency: ReportResult
    by_payment_system: ReportResult
    by_offer: ReportResult
    by_category: ReportResult
    by_manager: ReportResult

    @property
    def completed(self) -> tuple[Money, ...]:
        """The total of completed orders, excluding refunds, one for each currency (rule T3)."""
        return self.by_currency.completed

    @property
    def parts(self) -> dict[str, ReportResult]:
        """The breakdowns by their titles."""
        return {
            "By currency": self.by_currency,
            "By payment system": self.by_payment_system,
            "By offer": self.by_offer,
            "By offer category": self.by_category,
            "By sales manager": self.by_manager,
        }

    def __str__(self) -> str:
        """Return the breakdowns one below the other."""
        return "\n\n".join(f"{title}\n\n{part}" for title, part in self.parts.items())


@frozen(kw_only=True)
class Traced:
    """One of the payments and refunds that make a figure (rule T8)."""

    order: OrderNumber
    invoice: InvoiceNumber
    #: Which refund of the invoice it is; None for the payment itself.
    refund: int | None
    #: *payment*, or the kind of refund.
    kind: str
    #: When the money moved.
    at: datetime
    #: What was taken or returned, without a sign.
    amount: Money
    #: The payment system's commission; None until it is told, and of a refund.
    commission: Money | None
    #: Whether it is the payment that its order is counted with, and how many units that adds.
    opens_order: bool
    units: int


@frozen(kw_only=True)
class ExportProgress:
    """How far an export is: so many rows of about so many are written."""

    rows: int
    of: int
