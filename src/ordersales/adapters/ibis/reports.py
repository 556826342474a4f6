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

    def compute(self, report: Report) -> ReportResult:
        """Return what `report` asks for.

        Raises:
            InvalidInput: It asks for an overall figure, for which the shop has the rates; or its
                filter for words in a name, and facts name no customer.
        """
        if report.overall is not None:
            raise InvalidInput.of("overall", report.overall.code, "none, where no rates are known")
        return self._rolled_up(report, report.dimensions)

    def details(self, scope: ReportScope = WHOLE) -> Details:
        """Return the five breakdowns of the same payments at once (rules T1, T3)."""
        sold, taken = (self._summed(by, scope) for by in (_SOLD, _TAKEN))

    def _rolled_up(self, report: Report, by: Sequence[Dimension]) -> ReportResult:
        return roll_up.result(report, self._summed(by, report.scope), by)
