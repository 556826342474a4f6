"""Add facts up in plain Python, in one pass and in memory that follows the keys (rule T6).

Facts are grouped once, by all that is asked for together with what decides where an amount is
added; the breakdowns are rolled up from these few groups (`ordersales.reports.roll_up`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, Final, cast

from ordersales.models.report import TIMES, DateBasis, Dimension, ReportScope
from ordersales.reports.cells import Cell, Key, Sums, fields_of, merged
from ordersales.reports.days import Days, piece
from ordersales.reports.facts import PAYMENT, PLACES, Fact, ticks

#: What decides where an amount is added, at the end of each group's key.
_MARKS: Final = ("kind", "completed", "opens_order")

#: Outside of every moment there is.
_FIRST: Final = -(2**63)
_LAST: Final = 2**63


class Tally:
    """Sums that grow with each fact; tallies of parts are merged into that of the whole.

    >>> whole = Tally([Dimension.CURRENCY], ReportScope())
    >>> whole.add([])
    >>> whole.cells()
    ()
    """

    def __init__(self, dimensions: Sequence[Dimension], scope: ReportScope) -> None:
        """Start empty; only facts of the scope's days are counted."""
        self._dimensions = tuple(dimensions)
        self._scope = scope
        self._time = next((item for item in self._dimensions if item in TIMES), None)
        self._groups: dict[Any, list[int]] = {}

    def add(self, facts: Iterable[Fact]) -> None:
        """Add facts that pass the scope's filter; those of other days are left out."""
        _group(self._groups, within(facts, self._scope), self._key())

    def merge(self, other: Tally) -> None:
        """Add what another one has counted, by the same dimensions in the same scope."""
        for key, (number, amount, known, commission, units, newest) in other._groups.items():
            group = self._groups.setdefault(key, [0, 0, 0, 0, 0, 0])
            group[0] += number
            group[1] += amount
            group[2] += known
            group[3] += commission
            group[4] += units
            group[5] = max(group[5], newest)

    def cells(self) -> tuple[Cell, ...]:
        """Return the sums so far."""
        return merged(self._parts())

    def _parts(self) -> Iterator[Cell]:
        """Yield of each group what it adds to its cell."""
        width = len(fields_of(self._dimensions))
        for marked, group in self._groups.items():
            key = marked[:width]
            yield Cell(
                key if self._time is None else self._timed(key), sums_of(marked[width:], group)
            )

    def _timed(self, key: Key) -> Key:
        """Return the key with the first day of its week or month in place of the day."""
        at, time = fields_of(self._dimensions).index("day"), cast("Dimension", self._time)
        return (*key[:at], piece(cast("int", key[at]), time), *key[at + 1 :])

    def _key(self) -> Callable[[Fact], Any]:
        """Return what makes the key of a fact's group."""
        names = (*fields_of(self._dimensions), *_MARKS)
        if self._time is None:
            return itemgetter(*(PLACES[name] for name in names))
        time = names.index("day")
        before, after = (
            [PLACES[name] for name in part] for part in (names[:time], names[time + 1 :])
        )
        day_of, at = Days(self._scope.zone).of, counted_at(self._scope.basis)

        def key(fact: Fact) -> Any:
            return (
                *[fact[place] for place in before],
                day_of(cast("int", fact[at])),
                *[fact[place] for place in after],
            )

        return key


def _group(groups: dict[Any, list[int]], facts: Iterable[Fact], key: Callable[[Fact], Any]) -> None:
    for fact in facts:
        marked = key(fact)
        group = groups.get(marked)
        if group is None:
            group = groups[marked] = [0, 0, 0, 0, 0, 0]
        group[0] += 1
        group[1] += fact.amount
        commission = fact.commission
        if commission is not None:
            group[2] += 1
            group[3] += commission
        group[4] += fact.units
        if fact.order > group[5]:  # noqa: PLR1730 - max() takes twice as long
            group[5] = fact.order


def sums_of(marks: Sequence[Any], group: Sequence[int]) -> Sums:
    """Return what a group adds to its cell: facts of one kind, one status and one `opens_order`.

    It holds how many they are, their amounts, how many commissions are told, these commissions,
    the units, and the greatest order number.
    """
    kind, completed, opens = marks
    number, amount, known, commission, units, newest = group
    paid = kind == PAYMENT
    return Sums(
        orders=number if opens else 0,
        payments=number if paid else 0,
        units=units,
        gross=amount if paid else 0,
        refunds=0 if paid else amount,
        commission=commission,
        commission_unknown=number - known if paid else 0,
        completed=(amount if paid else -amount) if completed else 0,
        newest=newest,
    )


def counted_at(basis: DateBasis) -> int:
    """Return the place in a fact of the moment that it is counted at (rule T7)."""
    return PLACES["at" if basis is DateBasis.MOVED else "paid"]


def within(facts: Iterable[Fact], scope: ReportScope) -> Iterable[Fact]:
    """Return those of `facts` that are counted on the days of `scope`."""
    if scope.since is None and scope.before is None:
        return facts
    since = _FIRST if scope.since is None else ticks(scope.since)
    before = _LAST if scope.before is None else ticks(scope.before)
    at: Callable[[Fact], int] = itemgetter(counted_at(scope.basis))
    return (fact for fact in facts if since <= at(fact) < before)
