"""Memory stores that break what is promised of sums and facts, each in one way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from attrs import evolve

from ordersales.adapters.memory import figures
from ordersales.adapters.memory.account import Account
from ordersales.adapters.memory.due import Board
from ordersales.adapters.memory.installation import House
from ordersales.adapters.memory.store import MemoryOrders
from ordersales.models.filters import EVERYTHING
from ordersales.models.order import Order
from ordersales.models.report import DateBasis, Dimension, ReportScope
from ordersales.reports.cells import Cell, merged
from ordersales.reports.facts import Fact, facts_that_fit
from ordersales.reports.fold import Tally
from ordersales.values.identifiers import AccountId

ACCOUNT: Final = AccountId("nobody")
Summed = Callable[[MemoryOrders, Sequence[Dimension], ReportScope], tuple[Cell, ...]]


def asked_otherwise(change: Callable[[ReportScope], ReportScope]) -> Summed:
    """Sum another scope than the one that is asked for."""

    def summed(
        self: MemoryOrders, dimensions: Sequence[Dimension], scope: ReportScope
    ) -> tuple[Cell, ...]:
        return MemoryOrders.summed(self, dimensions, change(scope))

    return summed


def listed_otherwise(change: Callable[[ReportScope], ReportScope]) -> Callable[..., Any]:
    """List another scope than the one that is asked for."""

    def facts(
        self: MemoryOrders, scope: ReportScope, *, after: tuple[int, int], limit: int
    ) -> tuple[Fact, ...]:
        return MemoryOrders.facts(self, change(scope), after=after, limit=limit)

    return facts


def unfiltered(scope: ReportScope) -> ReportScope:
    """Let everything through."""
    return evolve(scope, wanted=EVERYTHING)


def in_utc(scope: ReportScope) -> ReportScope:
    """Cut the days of UTC."""
    return evolve(scope, zone="UTC")


def of_the_payment(scope: ReportScope) -> ReportScope:
    """Count refunds on the day of their payment."""
    return evolve(scope, basis=DateBasis.PAID)


def without_end(scope: ReportScope) -> ReportScope:
    """Count what came after the last day, too."""
    return evolve(scope, last_day=None)


def without_weeks(
    self: MemoryOrders, dimensions: Sequence[Dimension], scope: ReportScope
) -> tuple[Cell, ...]:
    """Take weeks for days."""
    days = [Dimension.DAY if item is Dimension.WEEK else item for item in dimensions]
    return MemoryOrders.summed(self, days, scope)


def twice(
    self: MemoryOrders, dimensions: Sequence[Dimension], scope: ReportScope
) -> tuple[Cell, ...]:
    """Leave it to the reader to put the parts of a cell together."""
    found = MemoryOrders.summed(self, dimensions, scope)
    return (*found, *(Cell(key, sums._replace(gross=0)) for key, sums in found[:1]))


def oldest(
    self: MemoryOrders, dimensions: Sequence[Dimension], scope: ReportScope
) -> tuple[Cell, ...]:
    """Take no notice of which order is the newest."""
    found = MemoryOrders.summed(self, dimensions, scope)
    return tuple(Cell(key, sums._replace(newest=1)) for key, sums in found)


def committed(
    self: MemoryOrders, dimensions: Sequence[Dimension], scope: ReportScope
) -> tuple[Cell, ...]:
    """Sum what is committed, and not what was written since."""
    return MemoryOrders(self._account).summed(dimensions, scope)


def committed_facts(
    self: MemoryOrders, scope: ReportScope, *, after: tuple[int, int], limit: int
) -> tuple[Fact, ...]:
    """List what is committed, and not what was written since."""
    return MemoryOrders(self._account).facts(scope, after=after, limit=limit)


def written_beside(
    self: MemoryOrders, dimensions: Sequence[Dimension], scope: ReportScope
) -> tuple[Cell, ...]:
    """Count what was changed both as it was and as it became."""
    return merged(
        committed(self, dimensions, scope),
        figures.summed(
            Account(ACCOUNT, Board(), Board(), House()), self._written, dimensions, scope
        ),
    )


def remembered(self: MemoryOrders, order: Order) -> Order:
    """Remember what every account keeps."""
    kept = MemoryOrders.add(self, order)
    vars(self._account.house).setdefault("everywhere", []).append(kept)
    return kept


def of_every_account(
    self: MemoryOrders, dimensions: Sequence[Dimension], scope: ReportScope
) -> tuple[Cell, ...]:
    """Sum what every account keeps."""
    tally = Tally(dimensions, scope)
    tally.add(facts_that_fit(vars(self._account.house)["everywhere"], scope.wanted))
    return tally.cells()


def by_invoice(
    self: MemoryOrders, scope: ReportScope, *, after: tuple[int, int], limit: int
) -> tuple[Fact, ...]:
    """Begin a page with the next invoice, though some of the last one is left."""
    behind = (after[0], 10**9) if after != (0, 0) else after
    return MemoryOrders.facts(self, scope, after=behind, limit=limit)


def as_they_moved(
    self: MemoryOrders, scope: ReportScope, *, after: tuple[int, int], limit: int
) -> tuple[Fact, ...]:
    """List facts in the order in which money moved."""
    found = MemoryOrders.facts(self, scope, after=after, limit=limit)
    return tuple(sorted(found, key=lambda fact: fact.at))


def without_limit(
    self: MemoryOrders, scope: ReportScope, *, after: tuple[int, int], limit: int
) -> tuple[Fact, ...]:
    """Return all there are."""
    return MemoryOrders.facts(self, scope, after=after, limit=10**6)


#: For each promise, methods of `MemoryOrders` that break it.
ORDERS: Final[dict[str, dict[str, Any]]] = {
    "test_sums_by_every_dimension": {"summed": twice},
    "test_sums_of_a_filter": {"summed": asked_otherwise(unfiltered)},
    "test_sums_of_days": {"summed": asked_otherwise(in_utc)},
    "test_sums_of_what_was_just_written": {"summed": committed},
    "test_sums_of_one_account": {"add": remembered, "summed": of_every_account},
    "test_pages_of_facts_meet": {"facts": by_invoice},
    "test_facts_of_a_scope": {"facts": listed_otherwise(unfiltered)},
}
#: Further methods that break a promise in another way.
MORE: Final[list[tuple[str, dict[str, Any]]]] = [
    ("test_sums_by_every_dimension", {"summed": oldest}),
    ("test_sums_of_days", {"summed": asked_otherwise(of_the_payment)}),
    ("test_sums_of_days", {"summed": asked_otherwise(without_end)}),
    ("test_sums_of_days", {"summed": without_weeks}),
    ("test_sums_of_what_was_just_written", {"summed": written_beside}),
    ("test_sums_of_what_was_just_written", {"facts": committed_facts}),
    ("test_pages_of_facts_meet", {"facts": as_they_moved}),
    ("test_pages_of_facts_meet", {"facts": without_limit}),
    ("test_facts_of_a_scope", {"facts": listed_otherwise(of_the_payment)}),
    ("test_facts_of_a_scope", {"facts": listed_otherwise(in_utc)}),
    ("test_facts_of_a_scope", {"facts": listed_otherwise(without_end)}),
]
