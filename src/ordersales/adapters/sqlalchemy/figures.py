"""The figures of one account, added up by its database (rules T2, T6, T8).

Facts are grouped once, by all that is asked for together with what decides where an amount is
added, as `ordersales.reports.fold` does: so each row is looked at once, whatever is measured.
Payments and refunds are grouped apart and answered by one statement, which sees one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    Join,
    Label,
    Select,
    String,
    and_,
    false,
    func,
    literal_column,
    null,
    select,
    tuple_,
    union_all,
)
from sqlalchemy import cast as cast_as

from ordersales.adapters.sqlalchemy.columns import Whole
from ordersales.adapters.sqlalchemy.days import Pieces, pieces
from ordersales.adapters.sqlalchemy.filtering import payments_that_fit
from ordersales.adapters.sqlalchemy.line import Line
from ordersales.adapters.sqlalchemy.tables import Tables
from ordersales.models.order import OrderStatus
from ordersales.models.report import TIMES, DateBasis, Dimension, ReportScope
from ordersales.reports.cells import Cell, Sums, fields_of, merged
from ordersales.reports.facts import PAYMENT, Fact, ticks

#: The label of what names the day, week or month: no column of the tables is called so.
_PIECE: Final = "piece"
_INSTANT: Final = timedelta(microseconds=1)
_NONE: Final[ColumnElement[Any]] = literal_column("0")
_UNTOLD: Final = cast_as(null(), Whole)
_PAID: Final = literal_column(f"'{PAYMENT}'", String)
#: That of all refunds, where they are added up.
_RETURNED: Final = literal_column("'refund'", String)


def summed(
    line: Line, tables: Tables, dimensions: Sequence[Dimension], scope: ReportScope
) -> tuple[Cell, ...]:
    """Return the sums of all facts in `scope`, by `dimensions`."""
    time = next((item for item in dimensions if item in TIMES), None)
    if time is None:
        return merged(_Asked(line, tables, scope).cells(dimensions))
    day = fields_of(dimensions).index("day")
    while (span := _span(line, tables, scope)) is not None:
        cut = pieces(*span, scope.zone, time, is_sqlite=line.is_sqlite)
        cells = [*_Asked(line, tables, scope, cut).cells(dimensions)]
        # None where money moved beyond the span between the two statements: then once more.
        if all(cell.key[day] is not None for cell in cells):
            return merged(cells)
    return ()


def facts(
    line: Line, tables: Tables, scope: ReportScope, after: tuple[int, int], limit: int
) -> tuple[Fact, ...]:
    """Return up to `limit` facts behind `after`, by invoice and refund."""
    page = _Asked(line, tables, scope).page(after, limit)
    return tuple(map(_fact, line.run(page)))


def _span(line: Line, tables: Tables, scope: ReportScope) -> tuple[datetime, datetime] | None:
    """Return the first and the last moment in `scope` at which money may have moved."""
    moved = tables.invoices.c.paid_at, tables.refunds.c.returned_at
    ends = [
        # Each is found by an index.
        select(end(moment)).where(moment.table.c.account == line.account).scalar_subquery()
        for moment in moved
        for end in (func.min, func.max)
    ]
    moments = [moment for moment in line.run(select(*ends)).one() if moment is not None]
    if not moments:
        return None
    first, last = min(moments), max(moments)
    if scope.since is not None:
        first = max(first, scope.since)
    if scope.before is not None:
        last = min(last, scope.before - _INSTANT)
    return (first, last) if first <= last else None


@frozen
class _Asked:
    """What is asked of the rows of one account."""

    _line: Line
    _tables: Tables
    _scope: ReportScope
    #: The days, weeks or months, where it is by one of them.
    _cut: Pieces | None = None

    def cells(self, dimensions: Sequence[Dimension]) -> Iterator[Cell]:
        """Yield what each group adds to its cell."""
        readers = [self._reader(name) for name in fields_of(dimensions)]
        for row in self._line.run(self._grouped(dimensions)):
            key = tuple(read(value) for read, value in zip(readers, row, strict=False))
            yield Cell(key, _sums(*row[len(key) :]))

    def _reader(self, name: str) -> Callable[[Any], Any]:
        """Return what makes a part of the key of what was read."""
        if name == "day":
            return cast("Pieces", self._cut).day
        return int if name == "confirmed" else _text

    def _grouped(self, dimensions: Sequence[Dimension]) -> Select[Any]:
        """Return what groups the payments, and the refunds."""
        orders, invoices = self._tables.orders.c, self._tables.invoices.c
        commission, refunds = invoices.commission, self._tables.refunds.c
        newest = func.max(invoices.order_number)
        told = (func.count(commission), func.sum(commission), func.sum(orders.quantity))
        payments = self._payments(
            *(paid := self._by(dimensions, invoices.paid_at)),
            *_marked(_PAID, invoices.opens_order, orders.status),
            *_added(func.count(), func.sum(invoices.amount), *told, newest),
        ).group_by(*map(_name, paid), invoices.opens_order, orders.status)
        back = self._refunds(
            *(returned := self._by(dimensions, self._returned_at)),
            *_marked(_RETURNED, false(), orders.status),
            *_added(func.count(), func.sum(refunds.amount), _NONE, _NONE, _NONE, newest),
        ).group_by(*map(_name, returned), orders.status)
        return select(union_all(payments, back).subquery("figures"))

    def _by(
        self, dimensions: Sequence[Dimension], moment: ColumnElement[Any]
    ) -> list[ColumnElement[Any]]:
        """Return the columns of the key."""
        found = self._found
        return [
            self._piece(moment) if name == "day" else found[name] for name in fields_of(dimensions)
        ]

    def _piece(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        return cast("Pieces", self._cut).of(moment).label(_PIECE)

    @property
    def _found(self) -> dict[str, ColumnElement[Any]]:
        """Where the fields of a fact stand that a key may have."""
        orders, invoices = self._tables.orders.c, self._tables.invoices.c
        return {
            "currency": invoices.currency,
            "system": invoices.system,
            **{name: orders[name] for name in _OF_THE_ORDER},
        }

    @property
    def _returned_at(self) -> ColumnElement[Any]:
        """The moment that a refund is counted at (rule T7)."""
        by_refund = self._scope.basis is DateBasis.MOVED
        return self._tables.refunds.c.returned_at if by_refund else self._tables.invoices.c.paid_at

    def page(self, after: tuple[int, int], limit: int) -> Select[Any]:
        """Return what reads a page of facts: as many as may be of each kind, then of both."""
        orders, invoices = self._tables.orders.c, self._tables.invoices.c
        refunds = self._tables.refunds.c
        about = [self._found[name] for name in _OF_THE_ORDER]
        both = (invoices.account, invoices.currency, invoices.system, *about, orders.status)
        its = (orders.customer, orders.recurring_order, invoices.order_number, invoices.paid_at)
        payments = (
            self._payments(
                *both,
                *its,
                _PAID.label("kind"),
                invoices.opens_order,
                orders.quantity,
                invoices.amount,
                invoices.commission,
                invoices.number.label("invoice"),
                _NONE.label("refund"),
                invoices.paid_at.label("at"),
            )
            .where(invoices.number > after[0])
            .order_by(invoices.number)
            .limit(limit)
        )
        back = (
            self._refunds(
                *both,
                *its,
                refunds.kind,
                false().label("opens_order"),
                _NONE.label("quantity"),
                refunds.amount,
                _UNTOLD.label("commission"),
                refunds.invoice,
                refunds.number,
                refunds.returned_at,
            )
            .where(tuple_(refunds.invoice, refunds.number) > after)
            .order_by(refunds.invoice, refunds.number)
            .limit(limit)
        )
        # SQLite takes a limit only of what is read from.
        found = union_all(*(select(part.subquery()) for part in (payments, back))).subquery("facts")
        return select(found).order_by(found.c.invoice, found.c.refund).limit(limit)

    def _payments(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """Return what reads the payments that count."""
        paid_at = self._tables.invoices.c.paid_at
        return self._fitting(columns, self._joined, paid_at).where(paid_at.is_not(None))

    def _refunds(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """Return what reads the refunds that count."""
        invoices, refunds = self._tables.invoices.c, self._tables.refunds.c
        its = and_(refunds.account == invoices.account, refunds.invoice == invoices.number)
        both = self._joined.join(self._tables.refunds, its)
        moved = refunds.returned_at.is_not(None), invoices.paid_at.is_not(None)
        return self._fitting(columns, both, self._returned_at).where(*moved)

    def _fitting(
        self, columns: Sequence[ColumnElement[Any]], rows: Join, moment: ColumnElement[Any]
    ) -> Select[Any]:
        scope = self._scope
        fitting = payments_that_fit(self._tables, self._line.account, scope.wanted)
        found = select(*columns).select_from(rows).where(*fitting)
        if scope.since is not None:
            found = found.where(moment >= scope.since)
        return found if scope.before is None else found.where(moment < scope.before)

    @property
    def _joined(self) -> Join:
        orders, invoices = self._tables.orders.c, self._tables.invoices.c
        belongs = and_(orders.account == invoices.account, orders.number == invoices.order_number)
        return self._tables.invoices.join(self._tables.orders, belongs)


#: The fields of a fact that stand in the order's row, under the same names.
_OF_THE_ORDER: Final = (
    "offer", "offer_name", "category", "category_name", "manager", "manager_name", "confirmed",
)  # fmt: skip


def _marked(*columns: ColumnElement[Any]) -> Iterator[ColumnElement[Any]]:
    """Yield what decides where an amount is added."""
    names = ("kind", "opens", "status")
    return (column.label(name) for column, name in zip(columns, names, strict=True))


def _added(*columns: ColumnElement[Any]) -> Iterator[ColumnElement[Any]]:
    """Yield what is added up."""
    names = ("number", "amount", "known", "commission", "units", "newest")
    return (column.label(name) for column, name in zip(columns, names, strict=True))


def _sums(kind: str, opens: bool, status: str, *added: Any) -> Sums:  # noqa: FBT001 - a column
    """Return what a group adds to its cell."""
    # PostgreSQL answers the sum of whole numbers as a decimal, and of none as NULL.
    number, amount, known, commission, units, newest = (int(value or 0) for value in added)
    paid = kind == PAYMENT
    return Sums(
        orders=number if opens else 0,
        payments=number if paid else 0,
        units=units if opens else 0,
        gross=amount if paid else 0,
        refunds=0 if paid else amount,
        commission=commission,
        commission_unknown=number - known if paid else 0,
        completed=(amount if paid else -amount) if status == OrderStatus.COMPLETED else 0,
        newest=newest,
    )


def _name(column: ColumnElement[Any]) -> ColumnElement[Any] | str:
    """Return what a column of the key is grouped by: a piece is found once, by its label."""
    return _PIECE if isinstance(column, Label) else column


def _text(value: str | None) -> str:
    """Return the text of a key; no manager is the system."""
    return value or ""


def _fact(row: Any) -> Fact:
    return Fact(
        account=row.account,
        currency=row.currency,
        system=row.system,
        offer=row.offer,
        offer_name=row.offer_name,
        category=row.category,
        category_name=row.category_name,
        manager=row.manager or "",
        manager_name=row.manager_name,
        confirmed=int(row.confirmed),
        kind=row.kind,
        completed=int(row.status == OrderStatus.COMPLETED),
        opens_order=int(row.opens_order),
        units=row.quantity if row.opens_order else 0,
        amount=row.amount,
        commission=row.commission,
        order=row.order_number,
        invoice=row.invoice,
        refund=row.refund,
        at=ticks(row.at),
        paid=ticks(row.paid_at),
        customer=row.customer,
        recurring=int(row.recurring_order is not None),
    )
