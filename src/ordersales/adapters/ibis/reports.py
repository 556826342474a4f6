"""The reports of a shop, computed where its facts are (rules T1-T7)."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from attrs import frozen

from ordersales.adapters.ibis.summing import FactSums
from ordersales.adapters.ibis.untyped import Table
from ordersales.errors import InvalidInput
from ordersales.models.report import WHOLE, Details, Dimension, Report, ReportResult, ReportScope
from ordersales.reports import roll_up
from ordersales.values.identifiers import AccountId

#: What the five breakdowns are rolled up from. Each has few groups: an offer is mostly of one
#: category, and payment systems and managers are few, while all of these together would have nearly
#: as many groups as there are facts.
_TAKEN: Final = (Dimension.CURRENCY, Dimension.SYSTEM, Dimension.MANAGER)
_SOLD: Final = (Dimension.CURRENCY, Dimension.OFFER, Dimension.CATEGORY)


@frozen
class FactReports:
    """Reports over a table of facts: the very results that the shop's own database gives (T6).

    Nobody's permission is checked: who can read the facts can add them up. Keep it where reports are
    asked for again and again: on DuckDB, a query is then put into words once.
    """

    _table: Table
    #: Whose facts are added up; nothing ever crosses accounts.
    account: AccountId

    @cached_property
    def _sums(self) -> FactSums:
        return FactSums(self._table.filter(self._table.account == self.account))

    def compute(self, report: Report) -> ReportResult:
        """Return what `report` asks for.

        Raises:
            InvalidInput: It asks for an overall figure, for which the shop has the rates; or its
                filter for words in a name, and facts name no customer.
        """
        if report.overall is not None:
            raise InvalidInput.of("overall", report.overall.code, "none, where no rates are known")
        (cells,) = self._sums.by([report.dimensions], report.scope)
        return roll_up.result(report, cells, report.dimensions)

    def details(self, scope: ReportScope = WHOLE) -> Details:
        """Return the five breakdowns of the same payments at once (rules T1, T3)."""
        taken, sold = self._sums.by([_TAKEN, _SOLD], scope)

        def by(dimension: Dimension) -> ReportResult:
            report = Report(dimensions=(dimension,), scope=scope)
            if dimension in _TAKEN:
                return roll_up.result(report, taken, _TAKEN)
            return roll_up.result(report, sold, _SOLD)

        return Details(
            by_currency=by(Dimension.CURRENCY),
            by_payment_system=by(Dimension.SYSTEM),
            by_offer=by(Dimension.OFFER),
            by_category=by(Dimension.CATEGORY),
            by_manager=by(Dimension.MANAGER),
        )
