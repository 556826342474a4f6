"""The list of recurring orders sorts and filters as the library's own rules do (rules L1, L4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Any, Final

from attrs import evolve

from ordersales.models.filters import (
    EVERYTHING,
    NEWEST_RECURRING,
    OrderFilter,
    Place,
    RecurringColumn,
    RecurringSort,
    Slice,
)
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.rules.filtering import matches_recurring
from ordersales.rules.sorting import recurring_place
from ordersales.services.engine import ask
from ordersales.testing.contracts.promises import promise, same
from ordersales.testing.contracts.recurring_samples import (
    a_random_recurring_order,
    a_recurring_order,
    an_event_of_a_recurring_order,
    recurring_filters,
)
from ordersales.testing.contracts.samples import an_event
from ordersales.testing.contracts.storage.books import Books
from ordersales.values.identifiers import OrderNumber

_ALL: Final = 1000
_PER_PAGE: Final = 7
_THERE: Final = 30
_SORTS: Final = [RecurringSort(column, way) for column in RecurringColumn for way in (True, False)]


async def _page(
    books: Books,
    sort: RecurringSort,
    after: Place | None = None,
    wanted: OrderFilter = EVERYTHING,
    limit: int = _PER_PAGE,
) -> Slice[RecurringOrder]:
    async with books.open() as tx:
        return await ask(tx.recurring_orders.page, wanted, sort, after=after, limit=limit)


def _numbers(rows: Iterable[RecurringOrder]) -> list[int]:
    return [row.number for row in rows]


def _in_order(rows: Iterable[RecurringOrder], sort: RecurringSort) -> list[RecurringOrder]:
    """Sort by the library's own rules: the plainest way there is."""

    def by(row: RecurringOrder) -> Any:
        place = recurring_place(row, sort.column)
        return place.value, place.number

    return sorted(rows, key=by, reverse=sort.descending)


def _chunks(rows: Sequence[RecurringOrder], sort: RecurringSort) -> Iterator[Slice[RecurringOrder]]:
    """Yield the pages that a list of `rows` has."""
    for start in range(0, len(rows), _PER_PAGE):
        shown, more = tuple(rows[start : start + _PER_PAGE]), start + _PER_PAGE < len(rows)
        yield Slice(shown, recurring_place(shown[-1], sort.column) if more else None)


async def _added(books: Books, random: Random, count: int = _THERE) -> list[RecurringOrder]:
    """Add recurring orders that differ in what is sorted and filtered by."""
    async with books.open() as tx:
        numbers = [await ask(tx.orders.next_number) for _ in range(count)]
        made = [a_random_recurring_order(random, books.account, number) for number in numbers]
        return [await ask(tx.recurring_orders.add, recurring) for recurring in made]


class RecurringListPromises:
    """Pages of recurring orders are in the order of any column, meet, and are filtered."""

    @promise
    async def test_recurring_orders_come_in_the_order_of_each_column(self, books: Books) -> None:
        """They come sorted by any column either way, ties by number, page after page."""
        there = await _added(books, Random(1))
        for sort in _SORTS:
            after = None
            for expected in _chunks(_in_order(there, sort), sort):
                found = await _page(books, sort, after)
                same(_numbers(expected.rows), _numbers(found.rows), f"by {sort} after {after}")
                same(expected, found, f"by {sort} after {after}")
                after = found.last

    @promise
    async def test_recurring_orders_are_listed_as_they_stand(self, books: Books) -> None:
        """A list has them as they became, in a transaction as after it, and none of another's."""
        one, two = await _added(books, Random(2), 2)
        await _added(books.elsewhere, Random(3), 2)
        async with books.open() as tx:
            paused = evolve(one, status=RecurringStatus.PAUSED)
            paused = await ask(tx.recurring_orders.save, paused)
            number = await ask(tx.orders.next_number)
            new = await ask(tx.recurring_orders.add, a_recurring_order(books.account, number))
            inside = await ask(
                tx.recurring_orders.page, EVERYTHING, NEWEST_RECURRING, after=None, limit=_ALL
            )
            same(3, await ask(tx.recurring_orders.count, EVERYTHING), "the count, inside")
        expected = Slice((new, two, paused), None)
        same(expected, inside, "in the transaction that wrote them")
        same(expected, await _page(books, NEWEST_RECURRING), "after it")

    @promise
    async def test_recurring_orders_that_arrive_hide_and_repeat_none(self, books: Books) -> None:
        """What starts or is saved while pages are read neither repeats nor hides others."""
        random, there = Random(4), await _added(books, Random(5))
        for sort in (NEWEST_RECURRING, *_SORTS[2:5]):
            page = await _page(books, sort)
            found = _numbers(page.rows)
            while page.last is not None:
                async with books.open() as tx:
                    first = await ask(tx.recurring_orders.get, there[0].number)
                    await ask(tx.recurring_orders.save, first or there[0])
                await _added(books, random, 2)
                page = await _page(books, sort, page.last)
                found += _numbers(page.rows)
            same(sorted(set(found)), sorted(found), f"what came once, by {sort}")
            before, known = _numbers(_in_order(there, sort)), set(_numbers(there))
            same(before, [one for one in found if one in known], f"what was there, by {sort}")

    @promise
    async def test_pages_of_recurring_orders_filter(self, books: Books) -> None:
        """A page holds those that match, and only those."""
        there = await _added(books, Random(6))
        for wanted in recurring_filters(Random(7), there):
            page = await _page(books, NEWEST_RECURRING, wanted=wanted, limit=_ALL)
            expected = _numbers(row for row in reversed(there) if matches_recurring(row, wanted))
            same((expected, None), (_numbers(page.rows), page.last), f"by {wanted}")

    @promise
    async def test_count_of_recurring_orders_filters(self, books: Books) -> None:
        """The count is that of those that match."""
        there = await _added(books, Random(8))
        for wanted in recurring_filters(Random(9), there):
            async with books.open() as tx:
                found = await ask(tx.recurring_orders.count, wanted)
            expected = sum(matches_recurring(row, wanted) for row in there)
            same(expected, found, f"by {wanted}")

    @promise
    async def test_notes_of_a_recurring_order_are_erased(self, books: Books) -> None:
        """The notes of its own events so far are blanked, and nothing else changes."""
        order = await books.placed()
        recurring = a_recurring_order(books.account, order.number)
        other = a_recurring_order(books.account, OrderNumber(order.number + 1))
        secret = an_event_of_a_recurring_order(recurring, "secret")
        beside = an_event_of_a_recurring_order(other, "kept")
        of_the_order = an_event(order, "of the order")
        async with books.open() as tx:
            await ask(tx.events.append, [secret, beside, of_the_order])
        async with books.open() as tx:
            await ask(tx.events.append, [secret])
            await ask(tx.events.erase_recurring_notes, recurring.number)
            await ask(tx.events.append, [evolve(secret, note="later")])
            inside = await ask(tx.events.of_recurring, recurring.number)
        blank, later = evolve(secret, note=""), evolve(secret, note="later")
        same((blank, blank, later), inside, "in the transaction")
        async with books.open() as tx:
            found = await ask(tx.events.of_recurring, recurring.number)
            recorded = await ask(tx.events.after, 0, _ALL)
        same((blank, blank, later), found, "of the recurring order")
        everything = [blank, beside, of_the_order, blank, later]
        same(everything, [item.event for item in recorded], "for followers")
