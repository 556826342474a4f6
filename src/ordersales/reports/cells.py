"""Sums of facts: what every engine answers, whatever it is made of (rule T6).

An engine groups facts by a *key* and adds up nine whole numbers for each. All of them add up
again, and `newest` is a maximum: cells of parts, by whichever engine, make the cells of the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import add
from typing import Final, NamedTuple

from ordersales.models.report import Dimension

#: What a cell is about: text, and whole numbers for flags and days.
Key = tuple[str | int, ...]


class Sums(NamedTuple):
    """What the facts of one key add up to (rules T2, T3); amounts are minor units."""

    #: Facts with `opens_order`.
    orders: int
    #: Facts of payments.
    payments: int
    #: Their `units`.
    units: int
    #: Their amounts.
    gross: int
    #: The amounts of all other facts.
    refunds: int
    #: The commissions of payments, of those that are told.
    commission: int
    #: Facts of payments whose commission is None.
    commission_unknown: int
    #: Gross less refunds of the facts that are `completed`.
    completed: int
    #: The greatest order number.
    newest: int


class Cell(NamedTuple):
    """The sums of one key."""

    key: Key
    sums: Sums


#: The fields of a fact that each dimension puts into the key, in this order. The day, week or
#: month is no field: it is the number of its first day (`ordersales.reports.days`).
FIELDS: Final[dict[Dimension, tuple[str, ...]]] = {
    Dimension.CURRENCY: ("currency",),
    Dimension.SYSTEM: ("system",),
    Dimension.OFFER: ("offer", "offer_name"),
    Dimension.CATEGORY: ("category", "category_name"),
    Dimension.MANAGER: ("manager", "manager_name", "confirmed"),
    Dimension.DAY: ("day",),
    Dimension.WEEK: ("day",),
    Dimension.MONTH: ("day",),
}


def fields_of(dimensions: Iterable[Dimension]) -> tuple[str, ...]:
    """Return what a key holds, one name for each part of it.

    >>> fields_of([Dimension.OFFER, Dimension.CURRENCY])
    ('offer', 'offer_name', 'currency')
    """
    return tuple(name for dimension in dimensions for name in FIELDS[dimension])


def added(one: Sums, other: Sums) -> Sums:
    """Return the sums of two parts together."""
    *summed, _ = map(add, one, other)
    return Sums._make((*summed, max(one.newest, other.newest)))


def together(parts: Sequence[Sums]) -> Sums:
    """Return the sums of several parts, at least one: column by column, faster than one by one.

    >>> together([Sums(1, 1, 1, 500, 0, 0, 1, 500, 7), Sums(0, 0, 0, 0, 500, 0, 0, -500, 3)])[3:]
    (500, 500, 0, 1, 0, 7)
    """
    if len(parts) == 1:
        return parts[0]
    *columns, newest = zip(*parts, strict=True)
    return Sums._make((*map(sum, columns), max(newest)))


def merged(*parts: Iterable[Cell]) -> tuple[Cell, ...]:
    """Return the cells of the whole, given those of its parts by the same dimensions."""
    found = defaultdict[Key, list[Sums]](list)
    for key, sums in chain.from_iterable(parts):
        found[key].append(sums)
    return tuple(Cell(key, together(sums)) for key, sums in found.items())
