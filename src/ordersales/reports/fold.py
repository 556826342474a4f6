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

#: How many facts are cut together: so few that what was cut is still near when it is added.
_BATCH: Final = 256

#: What is added of a fact: its fields from one to the other, as they stand beside each other.
_ADDED: Final = itemgetter(slice(PLACES["kind"], PLACES["order"] + 1))

#: Outside of every moment there is.
_FIRST: Final = -(2**63)
_LAST: Final = 2**63

#: What grows with the facts of one key. It counts what is usual by its exceptions, since most
#: facts then change half as many numbers: payments that open no order, payments, units beyond the
#: first of an order, gross, refunds, commission, those unknown, what is of orders that are not
#: completed, and the newest order.
_Group = list[int]


class _Groups(dict[Any, _Group]):
    """Groups by their keys, each begun when it is first asked for."""

    def __missing__(self, key: Any) -> _Group:
        """Begin a group."""
        group = self[key] = [0] * 9
        return group


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
        self._groups = _Groups()

    def add(self, facts: Iterable[Fact]) -> None:
        """Add facts that pass the scope's filter; those of other days are left out."""
        counted = iter(within(facts, self._scope))
        while batch := [*islice(counted, _BATCH)]:
            groups = map(self._groups.__getitem__, map(self._key, batch))
            _add(zip(groups, map(_ADDED, batch), strict=True))

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
        # Days become weeks and months here, so that several of them have one key.
        return tuple(self._cells()) if self._time is None else merged(self._cells())

    def _cells(self) -> Iterator[Cell]:
        for key, group in self._groups.items():
            yield Cell(key if self._time is None else self._in_time(key), _sums(group))

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


def _add(facts: Iterable[tuple[_Group, Any]]) -> None:
    """Add each fact to its group."""
    for group, of_fact in facts:
        kind, completed, opens_order, units, amount, commission, order = of_fact
        if kind == PAYMENT:
            group[1] += 1
            group[3] += amount
            if not opens_order:
                group[0] += 1
            elif units != 1:
                group[2] += units - 1
            if commission is None:
                group[6] += 1
            else:
                group[5] += commission
            if not completed:
                group[7] += amount
        else:
            group[4] += amount
            if not completed:
                group[7] -= amount
        if order > group[8]:  # noqa: PLR1730 - max() takes twice as long
            group[8] = order


def _sums(group: _Group) -> Sums:
    further, payments, more, gross, refunds, commission, unknown, open_, newest = group
    orders, completed = payments - further, gross - refunds - open_
    return Sums(
        orders, payments, orders + more, gross, refunds, commission, unknown, completed, newest
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
