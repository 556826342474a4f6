"""Add facts up in plain Python, in one pass and in memory that follows the keys (rule T6).

What makes it fast: a fact is a tuple whose fields stand in the order in which keys and sums need
them, so that a key, and all that is added, is one slice each, cut in C for thousands of facts at a
time. Breakdowns of the same facts are not computed one by one: they are grouped once, by all that
is asked for, and the breakdowns are rolled up from these few cells (`ordersales.reports.roll_up`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import add, itemgetter
from typing import Any, Final, cast

from ordersales.models.report import TIMES, DateBasis, Dimension, ReportScope
from ordersales.reports.cells import Cell, Key, Sums, fields_of, merged
from ordersales.reports.days import Days, piece
from ordersales.reports.facts import PAYMENT, PLACES, Fact, ticks

#: How many facts are cut together.
_BATCH: Final = 4096

#: What is added of a fact: its fields from one to the other, as they stand beside each other.
_ADDED: Final = itemgetter(slice(PLACES["kind"], PLACES["order"] + 1))

#: Outside of every moment there is.
_FIRST: Final = -(2**63)
_LAST: Final = 2**63

#: What grows into `Sums`, field by field.
_Group = list[int]


class Tally:
    """Sums that grow with each fact; tallies of parts are merged into that of the whole.

    >>> whole = Tally([Dimension.CURRENCY], ReportScope())
    >>> whole.add([])
    >>> whole.cells()
    ()
    """

    def __init__(self, dimensions: Sequence[Dimension], scope: ReportScope) -> None:
        """Start empty; only facts of the scope's days are counted."""
        self._fields = fields_of(dimensions)
        self._time = next((item for item in dimensions if item in TIMES), None)
        self._scope = scope
        self._key = self._timed_key() if self._time else _plain_key(self._fields)
        self._groups: dict[Any, _Group] = {}

    def add(self, facts: Iterable[Fact]) -> None:
        """Add facts that pass the scope's filter; those of other days are left out."""
        counted = iter(within(facts, self._scope))
        while batch := [*islice(counted, _BATCH)]:
            _add(self._groups, map(self._key, batch), batch)

    def merge(self, other: Tally) -> None:
        """Add what another one has counted, by the same dimensions in the same scope."""
        for key, theirs in other._groups.items():
            ours = self._groups.get(key)
            if ours is None:
                self._groups[key] = [*theirs]
            else:
                newest = max(ours[-1], theirs[-1])
                ours[:] = [*map(add, ours[:-1], theirs[:-1]), newest]

    def cells(self) -> tuple[Cell, ...]:
        """Return the sums so far."""
        return merged(self._cells())

    def _cells(self) -> Iterator[Cell]:
        for key, group in self._groups.items():
            yield Cell(key if self._time is None else self._in_time(key), Sums._make(group))

    def _in_time(self, key: Key) -> Key:
        """Return the key with the first day of its week or month in place of the day."""
        at, time = self._fields.index("day"), cast("Dimension", self._time)
        return (*key[:at], piece(cast("int", key[at]), time), *key[at + 1 :])

    def _timed_key(self) -> Callable[[Fact], Any]:
        """Return what makes a key with the day that a fact counts on."""
        time = self._fields.index("day")
        before, after = _plain_key(self._fields[:time]), _plain_key(self._fields[time + 1 :])
        day_of, at = Days(self._scope.zone).of, counted_at(self._scope.basis)

        def key(fact: Fact) -> Any:
            return (*before(fact), day_of(cast("int", fact[at])), *after(fact))

        return key


def _plain_key(names: Sequence[str]) -> Callable[[Fact], Any]:
    """Return what makes a key of a fact's fields: a slice, where they stand beside each other."""
    places = [PLACES[name] for name in names]
    first = places[0] if places else 0
    if places == [*range(first, first + len(places))]:
        return itemgetter(slice(first, first + len(places)))
    return itemgetter(*places)


def _add(groups: dict[Any, _Group], keys: Iterable[Any], facts: Sequence[Fact]) -> None:
    """Add each fact to the group of its key; the places are those of `Sums`."""
    for key, of_fact in zip(keys, map(_ADDED, facts), strict=True):
        kind, completed, opens_order, units, amount, commission, order = of_fact
        group = groups.get(key)
        if group is None:
            group = groups[key] = [0] * len(Sums._fields)
        if kind == PAYMENT:
            group[1] += 1
            group[3] += amount
            if opens_order:
                group[0] += 1
                group[2] += units
            if commission is None:
                group[6] += 1
            else:
                group[5] += commission
            if completed:
                group[7] += amount
        else:
            group[4] += amount
            if completed:
                group[7] -= amount
        if order > group[8]:  # noqa: PLR1730 - max() takes twice as long
            group[8] = order


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
