"""The two lists of one account: which rows are in them, and in what order (rules L3, L4)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import Final, Generic

from ordersales.adapters.memory.facets import Facets, Selection
from ordersales.adapters.memory.ladder import Ladder
from ordersales.models.filters import (
    EVERYTHING,
    Column,
    OrderFilter,
    Place,
    Row,
    Slice,
    SortValue,
)

#: A sorted value and the number of its row.
Key = tuple[SortValue, int]

# Up to so many candidates are sorted for each page. Where there are more, a page's rows lie close
# together even among a million: as many steps find them, unless the filter and the column go hand
# in hand.
_SORTED_AT_ONCE: Final = 5_000


class Listing(Generic[Row, Column]):
    """One list; changed and read under the account's lock, so that no page sees half a commit.

    A page by number costs what its own rows cost, whatever the filter, save for the fields that
    no set of numbers answers: free text and amounts are looked for row by row.

    A page by another column sorts the candidates if they are few. Otherwise it climbs a ladder of
    all rows in that column's order, past those that are no candidates; where it meets none of them
    for as many steps as there are candidates, it sorts them after all. The ladder is made when it
    is first needed, which takes seconds for a million rows, and is kept from then on.
    """

    def __init__(
        self,
        facets: Facets,
        fetch: Callable[[int], Row],
        place: Callable[[Row, Column], Place],
        test: Callable[[OrderFilter], Callable[[Row], bool]],
    ) -> None:
        """Start empty. `fetch` returns the committed row of a number that is in the facets."""
        self.facets = facets
        self._fetch = fetch
        self._place = place
        self._test = test
        self._ladders: dict[Column, Ladder[Key]] = {}

    def move(self, before: Row | None, after: Row) -> None:
        """Note in the ladders that a row came, or changed."""
        for column, ladder in self._ladders.items():
            old = None if before is None else self._key(before, column)
            new = self._key(after, column)
            if old != new:
                ladder.add(new)
                if old is not None:
                    ladder.remove(old)

    def page(
        self,
        wanted: OrderFilter,
        column: Column,
        *,
        descending: bool,
        after: Place | None,
        limit: int,
        own: Collection[Row],
    ) -> Slice[Row]:
        """Return up to `limit` rows behind `after`; `own` stand in for what is committed."""
        fits, hidden = self._test(wanted), {self._key(row, column)[1] for row in own}
        edge = None if after is None else (after.value, after.number)
        kept = (
            (key, row)
            for key, row in self._walk(wanted, column, edge, descending=descending)
            if key[1] not in hidden and fits(row)
        )
        added = self._sorted(filter(fits, own), column, edge, descending=descending)
        rows = [*islice(merge(kept, added, key=_by_key, reverse=descending), limit + 1)]
        last = Place(*rows[limit - 1][0]) if len(rows) > limit else None
        return Slice(tuple(row for _, row in rows[:limit]), last)

    def count(self, wanted: OrderFilter, own: Iterable[Row], known: Iterable[Row]) -> int:
        """Return how many rows fit; `own` stand in for `known`, which are committed.

        Only what is doubtful is looked at.
        """
        fits, chosen = self._test(wanted), self.facets.select(wanted)
        return (
            chosen.certain()
            + sum(fits(self._fetch(number)) for number in chosen.in_doubt())
            + sum(map(fits, own))
            - sum(map(fits, known))
        )

    def _walk(
        self, wanted: OrderFilter, column: Column, after: Key | None, *, descending: bool
    ) -> Iterator[tuple[Key, Row]]:
        """Yield the committed candidates in the order of `column`, from `after` on."""
        chosen = self.facets.select(wanted)
        if column == "number":
            edge = None if after is None else after[1]
            for number in chosen.numbers(after=edge, descending=descending):
                yield (number, number), self._fetch(number)
        elif len(chosen) <= _SORTED_AT_ONCE:
            yield from self._sorted(self._rows(chosen), column, after, descending=descending)
        else:
            yield from self._climb(chosen, column, after, descending=descending)

    def _rows(self, chosen: Selection) -> Iterator[Row]:
        return map(self._fetch, chosen.numbers())

    def _climb(
        self, chosen: Selection, column: Column, after: Key | None, *, descending: bool
    ) -> Iterator[tuple[Key, Row]]:
        ladder, most = self._ladder(column), len(chosen)
        missed = 0
        while missed <= most:
            rung = ladder.rung(after, descending=descending)
            if not rung:
                return
            for key in rung:
                if key[1] in chosen:
                    yield key, self._fetch(key[1])
                else:
                    missed += 1
            after = rung[-1]
        yield from self._sorted(self._rows(chosen), column, after, descending=descending)

    def _ladder(self, column: Column) -> Ladder[Key]:
        if column not in self._ladders:
            rows = self._rows(self.facets.select(EVERYTHING))
            self._ladders[column] = Ladder(self._key(row, column) for row in rows)
        return self._ladders[column]

    def _sorted(
        self, rows: Iterable[Row], column: Column, after: Key | None, *, descending: bool
    ) -> list[tuple[Key, Row]]:
        keyed = ((self._key(row, column), row) for row in rows)
        if after is not None:
            keyed = (pair for pair in keyed if (pair[0] < after if descending else pair[0] > after))
        return sorted(keyed, key=_by_key, reverse=descending)

    def _key(self, row: Row, column: Column) -> Key:
        place = self._place(row, column)
        return place.value, place.number


def _by_key(pair: tuple[Key, object]) -> Key:
    return pair[0]
