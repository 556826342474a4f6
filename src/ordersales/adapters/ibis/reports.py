"""The reports of a shop, computed where its facts are (rules T1-T7)."""

from __future__ import annotations

from attrs import frozen

from ordersales.adapters.ibis.summing import summed
from ordersales.adapters.ibis.untyped import Table
from ordersales.models.report import Report, ReportResult
from ordersales.reports import roll_up
from ordersales.values.identifiers import AccountId


@frozen
class FactReports:
    """Reports over a table of facts: the very results that the shop's own database gives (T6).

    Nobody's permission is checked: who can read the facts can add them up.
    """

    _table: Table
    #: Whose facts are added up; nothing ever crosses accounts.
    account: AccountId

    def by(self, report: Report) -> ReportResult:
        """Return what `report` asks for."""
        facts = self._table.filter(self._table.account == self.account)
        cells = summed(facts, report.dimensions, report.scope)
        return roll_up.result(report, cells, report.dimensions)
