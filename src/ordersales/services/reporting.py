"""What people read of the money: breakdowns, totals, and what stands behind a figure (T1-T8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from ordersales.errors import InvalidInput
from ordersales.models.actor import Actor
from ordersales.models.filters import NEWEST_PAYMENTS, Page, Place
from ordersales.models.report import (
    TIMES,
    Details,
    Dimension,
    Overall,
    Report,
    ReportResult,
    ReportRow,
    ReportScope,
    Traced,
)
from ordersales.ports.storage import Transaction
from ordersales.reports import overall, roll_up, tracing
from ordersales.reports.cells import Cell
from ordersales.reports.facts import Fact
from ordersales.rules import permissions
from ordersales.rules.permissions import Operation
from ordersales.services.cursors import Bookmark
from ordersales.services.desk import Desk
from ordersales.services.engine import ask, transaction
from ordersales.services.orders import LONGEST_PAGE, check_filter
from ordersales.values import checks
from ordersales.values.currency import Currency

#: What the breakdowns of `details` have between them: they are rolled up from one pass.
DETAILS: Final = (
    Dimension.CURRENCY,
    Dimension.SYSTEM,
    Dimension.OFFER,
    Dimension.CATEGORY,
    Dimension.MANAGER,
)

#: How many facts one transaction of a trace reads.
BATCH: Final = 1000


async def compute(desk: Desk, actor: Actor, report: Report) -> ReportResult:
    """Return what a report answers (rules T1-T7)."""
    permissions.check(actor, Operation.REPORT)
    checks.refuse(checks.instance(report, "report", Report))
    check_filter(report.scope.wanted)
    _check_rates(desk, report)
    dated = list[Cell]()
    async with transaction(desk.store, actor.account) as tx:
        cells = await ask(tx.orders.summed, report.dimensions, report.scope)
        if report.overall is not None:
            dated.extend(await _dated(tx, report))
    total = None
    if report.overall is not None:
        total = await _overall(desk, report.overall, overall.by_day(dated))
    return roll_up.result(report, cells, report.dimensions, total)


def over_time(unit: Dimension | str, scope: ReportScope) -> Report:
    """Return the report by one of the units of time.

    Raises:
        InvalidInput: `unit` is none of them.
    """
    if not isinstance(unit, str) or unit not in TIMES:
        raise InvalidInput.of("unit", unit, "day, week or month")
    return Report(dimensions=(unit,), scope=scope)


async def details(desk: Desk, actor: Actor, scope: ReportScope) -> Details:
    """Return all breakdowns at once, rolled up from one pass (rules T1, T3)."""
    permissions.check(actor, Operation.REPORT)
    checks.refuse(checks.instance(scope, "scope", ReportScope))
    check_filter(scope.wanted)
    async with transaction(desk.store, actor.account) as tx:
        cells = await ask(tx.orders.summed, DETAILS, scope)

    def by(dimension: Dimension) -> ReportResult:
        return roll_up.result(Report(dimensions=(dimension,), scope=scope), cells, DETAILS)

    return Details(
        by_currency=by(Dimension.CURRENCY),
        by_payment_system=by(Dimension.SYSTEM),
        by_offer=by(Dimension.OFFER),
        by_category=by(Dimension.CATEGORY),
        by_manager=by(Dimension.MANAGER),
    )


def _check_rates(desk: Desk, report: Report) -> None:
    if report.overall is not None and desk.rates is None:
        allowed = "none, since this office was given no rate source"
        raise InvalidInput.of("overall", report.overall.code, allowed)


async def _dated(tx: Transaction, report: Report) -> tuple[Cell, ...]:
    """Return the sums of what the rows count, by currency and day."""
    managed = Dimension.MANAGER in report.dimensions
    by = (Dimension.CURRENCY, Dimension.DAY, *((Dimension.MANAGER,) if managed else ()))
    return roll_up.counted(await ask(tx.orders.summed, by, report.scope), by)


async def _overall(desk: Desk, target: Currency, sums: overall.ByDay) -> Overall:
    """Return the figures in one currency, by the rates that the source tells."""
    rates: dict[str, Mapping[date, Decimal | Fraction]] = {}
    for code, days in sums.items():
        source = Currency.of(code)
        if source != target and desk.rates is not None:
            rates[code] = await ask(desk.rates.rates, source, target, sorted(days))
    return overall.overall(sums, target, rates)


async def trace(
    desk: Desk,
    actor: Actor,
    report: Report,
    row: ReportRow,
    measure: str | None,
    *,
    after: str | None,
    limit: int,
) -> Page[Traced]:
    """Return the payments and refunds that make a figure of a row (rule T8)."""
    permissions.check(actor, Operation.REPORT)
    checks.refuse(
        checks.instance(report, "report", Report),
        checks.instance(row, "row", ReportRow),
        checks.whole(limit, "limit", least=1, most=LONGEST_PAGE),
    )
    check_filter(report.scope.wanted)
    makes, scope = tracing.making(report, row, measure), tracing.narrowed(report, row)
    bookmark = Bookmark(
        desk.cursor_secret, actor.account, "trace", report.scope.wanted, NEWEST_PAYMENTS
    )
    begin = _place(bookmark.read(after))
    found = list[Fact]()
    # One more than asked for, to know whether another page follows.
    while scope is not None and len(found) <= limit:
        async with transaction(desk.store, actor.account) as tx:
            batch = await ask(tx.orders.facts, scope, after=begin, limit=BATCH)
        found.extend(filter(makes, batch))
        if len(batch) < BATCH:
            break
        begin = batch[-1].invoice, batch[-1].refund
    shown = found[:limit]
    last = Place(shown[-1].invoice, shown[-1].refund) if len(found) > limit else None
    return Page(tuple(map(tracing.traced, shown)), bookmark.write(last))


def _place(place: Place | None) -> tuple[int, int]:
    return (0, 0) if place is None else (int(str(place.value)), place.number)
