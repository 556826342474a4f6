"""A report as a straightforward loop over records, which knows nothing of facts and cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from attrs import define

from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import Order, OrderStatus, Payment
from ordersales.models.refund import RefundStatus
from ordersales.models.report import DateBasis, Dimension, ReportResult, ReportRow, ReportScope
from ordersales.rules.filtering import matches_payment
from tests.reports.shops import monday

Names = tuple[str | None, ...]


@define
class Figures:
    """What is counted in one row."""

    orders: int = 0
    payments: int = 0
    units: int = 0
    gross: int = 0
    refunds: int = 0
    commission: int = 0
    commission_unknown: int = 0
    completed: int = 0
    newest: int = 0
    names: Names = ()


@define
class Expected:
    """The rows of a report, what they leave out, and what is completed, each by what it is."""

    rows: dict[tuple[Any, ...], tuple[Any, ...]]
    left_out: dict[str, tuple[Any, ...]]
    completed: dict[str, int]


def taken(order: Order) -> list[Invoice]:
    """Return the invoices whose money was taken, the one paid first first."""
    paid = [
        item
        for item in order.invoices
        if item.status in (InvoiceStatus.PAID, InvoiceStatus.REFUNDED)
    ]
    return sorted(paid, key=lambda item: (item.settled_at, item.number))


def movements(order: Order, invoice: Invoice) -> Iterator[tuple[datetime, int, bool]]:
    """Yield when money moved, how much, and whether it came."""
    assert invoice.settled_at is not None
    yield invoice.settled_at, invoice.amount.minor, True
    for refund in invoice.refunds:
        if refund.status is RefundStatus.SUCCEEDED:
            assert refund.settled_at is not None
            yield refund.settled_at, refund.amount.minor, False


def day_of(moment: datetime, scope: ReportScope) -> date:
    """Return the date that the zone's clock shows."""
    return moment.astimezone(ZoneInfo(scope.zone)).date()


def piece(day: date, dimensions: Sequence[Dimension]) -> date | None:
    """Return the first day of the day, week or month that is asked for."""
    if Dimension.DAY in dimensions:
        return day
    if Dimension.WEEK in dimensions:
        return monday(day)
    return day.replace(day=1) if Dimension.MONTH in dimensions else None


def about(order: Order, invoice: Invoice, dimensions: Sequence[Dimension]) -> tuple[Any, ...]:
    """Return what a payment is about, as far as it is asked for, with its names."""
    offer, manager = order.offer, order.sale.manager
    by_manager = manager if Dimension.MANAGER in dimensions else None
    by_offer, by_category = Dimension.OFFER in dimensions, Dimension.CATEGORY in dimensions
    numbers = (
        invoice.system if Dimension.SYSTEM in dimensions else None,
        offer.number if by_offer else None,
        offer.category.number if by_category else None,
        by_manager.user if by_manager else None,
    )
    names = (
        offer.name if by_offer else None,
        offer.category.name if by_category else None,
        by_manager.name if by_manager else None,
    )
    return numbers, names


def add(figures: Figures, order: Order, invoice: Invoice, amount: int, *, came: bool) -> None:
    """Count one movement of money."""
    if came:
        figures.payments += 1
        figures.gross += amount
        if invoice is taken(order)[0]:
            figures.orders += 1
            figures.units += order.quantity
        if invoice.fee is None:
            figures.commission_unknown += 1
        else:
            figures.commission += invoice.fee.minor
    else:
        figures.refunds += amount
    if order.status is OrderStatus.COMPLETED:
        figures.completed += amount if came else -amount


def expected(
    orders: Iterable[Order], dimensions: Sequence[Dimension], scope: ReportScope
) -> Expected:
    """Return what a report has to answer."""
    rows = defaultdict[tuple[Any, ...], Figures](Figures)
    left_out, completed = defaultdict[str, Figures](Figures), defaultdict[str, int](int)
    for order in orders:
        for invoice in taken(order):
            if not matches_payment(Payment(order, invoice), scope.wanted):
                continue
            for at, amount, came in movements(order, invoice):
                counted = invoice.settled_at if scope.basis is DateBasis.PAID else at
                assert counted is not None
                day = day_of(counted, scope)
                if scope.first_day is not None and day < scope.first_day:
                    continue
                if scope.last_day is not None and day > scope.last_day:
                    continue
                code = invoice.amount.currency.code
                numbers, names = about(order, invoice, dimensions)
                sale = order.sale
                if Dimension.MANAGER in dimensions and not (sale.manager and sale.confirmed):
                    figures = left_out[code]
                else:
                    figures = rows[(code, *numbers, piece(day, dimensions))]
                if order.number >= figures.newest:
                    figures.newest, figures.names = order.number, names
                add(figures, order, invoice, amount, came=came)
                if order.status is OrderStatus.COMPLETED:
                    completed[code] += amount if came else -amount
                else:
                    completed[code] += 0
    return Expected(
        {key: (*counts(figures), figures.names) for key, figures in rows.items()},
        {code: counts(figures) for code, figures in left_out.items()},
        dict(completed),
    )


def counts(figures: Figures) -> tuple[int, ...]:
    """Return the figures of a row, the derived ones among them."""
    net = figures.gross - figures.refunds
    return (
        figures.orders,
        figures.payments,
        figures.units,
        figures.gross,
        figures.refunds,
        net,
        figures.commission,
        figures.commission_unknown,
        net - figures.commission,
        figures.completed,
    )


def shown(row: ReportRow) -> tuple[int, ...]:
    """Return the figures of a row that was answered, likewise."""
    return (
        row.orders,
        row.payments,
        row.units,
        row.gross.minor,
        row.refunds.minor,
        row.net.minor,
        row.commission.minor,
        row.commission_unknown,
        row.credited.minor,
        row.completed.minor,
    )


def answered(result: ReportResult) -> Expected:
    """Return what was answered, in the same form."""
    rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in result.rows:
        category, manager = row.category, row.manager
        key = (
            row.currency.code,
            row.system,
            row.offer_number,
            category.number if category else None,
            manager.user if manager else None,
            row.day,
        )
        names = (
            row.offer_name,
            category.name if category else None,
            manager.name if manager else None,
        )
        assert key not in rows
        rows[key] = (*shown(row), names)
    left_out = {row.currency.code: shown(row) for row in result.left_out}
    completed = {money.currency.code: money.minor for money in result.completed}
    return Expected(rows, left_out, completed)
