"""From a figure to the payments and refunds that make it (rule T8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

from attrs import evolve

from ordersales.errors import InvalidInput
from ordersales.models.report import Dimension, Report, ReportRow, ReportScope, Traced
from ordersales.reports.facts import PAYMENT, Fact, moment_of
from ordersales.reports.roll_up import counts
from ordersales.values.currency import Currency
from ordersales.values.identifiers import InvoiceNumber, OrderNumber
from ordersales.values.money import Money


def _pays(fact: Fact) -> bool:
    return fact.kind == PAYMENT


def _opens(fact: Fact) -> bool:
    return bool(fact.opens_order)


def _anything(_: Fact) -> bool:
    return True


#: Which facts make the figures of each measure.
MAKES: Final[dict[str, Callable[[Fact], bool]]] = {
    "orders": _opens,
    "payments": _pays,
    "units": _opens,
    "gross": _pays,
    "refunds": lambda fact: not _pays(fact),
    "net": _anything,
    "commission": lambda fact: fact.commission is not None,
    "commission unknown": lambda fact: _pays(fact) and fact.commission is None,
    "credited": _anything,
    "average order": _pays,
    "share of total": _pays,
    "completed": lambda fact: bool(fact.completed),
}


def making(report: Report, row: ReportRow, measure: str | None) -> Callable[[Fact], bool]:
    """Return what tells whether a fact in `narrowed` makes that figure of the row.

    Without a measure it is whether the fact is counted in the row at all.

    Raises:
        InvalidInput: There is no such measure (rule B1).
    """
    if measure is not None and measure not in MAKES:
        raise InvalidInput.of("measure", measure, ", ".join(MAKES))
    makes = _anything if measure is None else MAKES[measure]
    by_manager = Dimension.MANAGER in report.dimensions

    def fits(fact: Fact) -> bool:
        counted = not by_manager or counts(fact.manager, fact.confirmed)
        return fact.currency == row.currency.code and counted is row.counted and makes(fact)

    return fits


def narrowed(report: Report, row: ReportRow) -> ReportScope | None:
    """Return the scope in which all facts of a row are, and as few others as may be.

    None where the row is none of this report: no fact can be in it.
    """
    wanted = report.scope.wanted
    asked: dict[str, Any] = {
        "system": row.system,
        "offer": row.offer_number,
        "category": None if row.category is None else row.category.number,
        "manager": None if row.manager is None else row.manager.user,
    }
    for name, value in asked.items():
        if value is not None and getattr(wanted, name) not in (None, value):
            return None
    given = {name: value for name, value in asked.items() if value is not None}
    scope = evolve(report.scope, wanted=evolve(wanted, **given))
    time = report.time
    return scope if row.day is None or time is None else _on(scope, row.day, time)


def _on(scope: ReportScope, first: date, time: Dimension) -> ReportScope | None:
    """Return the part of a scope that lies in the day, week or month that begins with `first`."""
    last = first
    if time is Dimension.WEEK:
        last = first + timedelta(days=6)
    if time is Dimension.MONTH:
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    since = first if scope.first_day is None else max(first, scope.first_day)
    until = last if scope.last_day is None else min(last, scope.last_day)
    return evolve(scope, first_day=since, last_day=until) if since <= until else None


def traced(fact: Fact) -> Traced:
    """Return what is told of a fact."""
    currency = Currency.of(fact.currency)
    commission = None if fact.commission is None else Money(fact.commission, currency)
    return Traced(
        order=OrderNumber(fact.order),
        invoice=InvoiceNumber(fact.invoice),
        refund=fact.refund or None,
        kind=fact.kind,
        at=moment_of(fact.at),
        amount=Money(fact.amount, currency),
        commission=commission,
        opens_order=bool(fact.opens_order),
        units=fact.units,
    )
