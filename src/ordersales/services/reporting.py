"""What people read of the money: breakdowns, totals, and what stands behind a figure (T1-T8)."""

from __future__ import annotations

from ordersales.models.actor import Actor
from ordersales.models.report import Report, ReportResult
from ordersales.reports import roll_up
from ordersales.rules import permissions
from ordersales.rules.permissions import Operation
from ordersales.services.desk import Desk
from ordersales.services.engine import ask, transaction
from ordersales.services.orders import check_filter
from ordersales.values import checks


async def compute(desk: Desk, actor: Actor, report: Report) -> ReportResult:
    """Return what a report answers."""
    permissions.check(actor, Operation.REPORT)
    checks.refuse(checks.instance(report, "report", Report))
    check_filter(report.scope.wanted)
    async with transaction(desk.store, actor.account) as tx:
        cells = await ask(tx.orders.summed, report.dimensions, report.scope)
    return roll_up.result(report, cells, report.dimensions)
