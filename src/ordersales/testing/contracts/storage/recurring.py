"""Recurring orders are kept by version, found by their names, and claimed by one at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from attrs import evolve

from ordersales.models.order import Occurrence, Order
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.ports.storage import Transaction
from ordersales.services.engine import ask
from ordersales.testing.builders import a_customer
from ordersales.testing.contracts.promises import Meeting, promise, same
from ordersales.testing.contracts.recurring_samples import (
    a_recurring_order,
    an_event_of_a_recurring_order,
)
from ordersales.testing.contracts.samples import NOON, an_event, an_order
from ordersales.testing.contracts.storage.books import Books, conflicts
from ordersales.values.identifiers import AccountId, IdempotencyKey, OrderNumber

_MINUTE: Final = timedelta(minutes=1)
_TICK: Final = timedelta(microseconds=1)
_LEASE: Final = NOON + 2 * _MINUTE
#: More than can be due, also in a database that serves other checks at the same time.
_ALL: Final = 10**6
_AT_ONCE: Final = 4
_KEY: Final = IdempotencyKey("from elsewhere")


async def _kept(books: Books, **changes: Any) -> RecurringOrder:
    """Keep a recurring order, which is due at noon."""
    async with books.open() as tx:
        number = await ask(tx.orders.next_number)
        recurring = a_recurring_order(books.account, number, **changes)
        due_at: datetime = changes.get("due_at", NOON)
        return await ask(tx.recurring_orders.add, evolve(recurring, due_at=due_at))


async def _saved(books: Books, recurring: RecurringOrder) -> RecurringOrder:
    async with books.open() as tx:
        return await ask(tx.recurring_orders.save, recurring)


async def _found(books: Books, number: OrderNumber) -> RecurringOrder | None:
    async with books.open() as tx:
        return await ask(tx.recurring_orders.get, number)


async def _claimed(
    books: Books, now: datetime = NOON, until: datetime = _LEASE, limit: int = _ALL
) -> tuple[RecurringOrder, ...]:
    async with books.open() as tx:
        return await ask(tx.recurring_orders.claim_due, now, until, limit)


async def _to_charge(books: Books, now: datetime = NOON) -> list[AccountId]:
    """Return which of the two accounts are named, in their order."""
    found = await ask(books.store.accounts_to_charge, now, _ALL)
    return [name for name in found if name in (books.account, books.other_account)]


async def _occurrence(books: Books, recurring: OrderNumber, index: int) -> Order:
    async with books.open() as tx:
        number = await ask(tx.orders.next_number)
        which = Occurrence(recurring_order=recurring, index=index, due_at=NOON)
        return await ask(tx.orders.add, an_order(books.account, number, occurrence=which))


async def _overdue(
    tx: Transaction, since: datetime = NOON, limit: int = _ALL
) -> list[tuple[int, datetime | None]]:
    """Return what is overdue, each with the end of its claim."""
    found = await ask(tx.recurring_orders.overdue, since, limit)
    return [(item.recurring.number, item.claimed_until) for item in found]


def _numbers(found: Iterable[RecurringOrder | Order]) -> list[int]:
    return [item.number for item in found]


class RecurringPromises:
    """What holds of orders holds of recurring ones, and they find their orders."""

    @promise
    async def test_a_recurring_order_is_kept_whole(self, books: Books) -> None:
        """Every field of it is read as it was written, at version 1, then 2, in its account only."""
        given: dict[str, Any] = {"just_activated": True, "method_charged": (NOON, NOON + _TICK)}
        recurring = await _kept(books, **given)
        plain = a_recurring_order(books.account, recurring.number, **given)
        expected = evolve(plain, due_at=NOON, version=1)
        same(expected, await _found(books, recurring.number), "what was added")
        after = await _saved(books, evolve(recurring, status=RecurringStatus.PAUSED, key=_KEY))
        same(after, await _found(books, recurring.number), "what was saved")
        same(2, after.version, "the next version")
        same(None, await _found(books.elsewhere, recurring.number), "in the other account")

    @promise
    async def test_an_older_recurring_order_is_not_saved(self, books: Books) -> None:
        """Saving one that somebody else saved meanwhile, or that is not there, is a conflict."""
        recurring = await _kept(books)
        saved = await _saved(books, recurring)
        await conflicts(_saved(books, recurring), "an older version")
        missing = evolve(recurring, number=OrderNumber(recurring.number + 1000))
        await conflicts(_saved(books, missing), "one that is not there")
        async with books.open() as tx:
            again = await ask(tx.recurring_orders.save, saved)
            same(saved.version + 1, again.version, "the version, saved once")
            twice = await ask(tx.recurring_orders.save, again)
            same(saved.version + 2, twice.version, "the version, saved twice")

    @promise
    async def test_numbers_and_keys_of_recurring_orders_are_unique(self, books: Books) -> None:
        """A second one under a number, or an imported one under a key, is a conflict."""
        recurring = await _kept(books, key=_KEY)

        async def add(**changes: Any) -> None:
            async with books.open() as tx:
                other = {"number": await ask(tx.orders.next_number), "key": None, "version": 0}
                await ask(tx.recurring_orders.add, evolve(recurring, **(other | changes)))

        await conflicts(add(number=recurring.number), "a number that is taken")
        await conflicts(add(key=_KEY), "a key that is taken")
        await add()
        async with books.open() as tx:
            found = await ask(tx.recurring_orders.find_by_key, _KEY)
            same(recurring, found, "by its key")
            unknown = await ask(tx.recurring_orders.find_by_key, IdempotencyKey("unknown"))
            same(None, unknown, "by another key")
        async with books.elsewhere.open() as tx:
            same(None, await ask(tx.recurring_orders.find_by_key, _KEY), "elsewhere")

    @promise
    async def test_a_customers_recurring_orders_are_found(self, books: Books) -> None:
        """Those of one customer, oldest first, with what this transaction has written."""
        first, second = await _kept(books), await _kept(books)
        other = await _kept(books, customer=a_customer("cust-9"))
        async with books.open() as tx:
            third = await ask(
                tx.recurring_orders.add,
                a_recurring_order(books.account, await ask(tx.orders.next_number)),
            )
            found = await ask(tx.recurring_orders.of_customer, first.customer.id)
            same(_numbers([first, second, third]), _numbers(found), "the customer's")
            same(
                (other,), await ask(tx.recurring_orders.of_customer, other.customer.id), "another's"
            )

    @promise
    async def test_occurrences_are_found(self, books: Books) -> None:
        """The orders of a recurring one come by their index, and each by its own."""
        one, other = await _kept(books), await _kept(books)
        second = await _occurrence(books, one.number, 2)
        first = await _occurrence(books, one.number, 1)
        await _occurrence(books, other.number, 1)
        await _occurrence(books.elsewhere, one.number, 3)
        async with books.open() as tx:
            await books.new(tx)
            third = await self._third(books, tx, one.number)
            found = await ask(tx.orders.occurrences, one.number)
            same(_numbers([first, second, third]), _numbers(found), "its orders")
            same(second, await ask(tx.orders.find_occurrence, one.number, 2), "the second")
            same(None, await ask(tx.orders.find_occurrence, one.number, 4), "the fourth")

    async def _third(self, books: Books, tx: Transaction, number: OrderNumber) -> Order:
        """Let an order become an occurrence, as the first one does when it is paid."""
        plain = await books.new(tx)
        which = Occurrence(recurring_order=number, index=3)
        return await ask(tx.orders.save, evolve(plain, occurrence=which))

    @promise
    async def test_an_occurrence_is_there_once(self, books: Books) -> None:
        """A second order for one occurrence of a recurring order is a conflict."""
        recurring = await _kept(books)
        await _occurrence(books, recurring.number, 1)
        await conflicts(_occurrence(books, recurring.number, 1), "a second first occurrence")

    @promise
    async def test_events_of_a_recurring_order_are_its_own(self, books: Books) -> None:
        """They come oldest first, and those of its orders, and of other ones, are not among them."""
        one, other = await _kept(books), await _kept(books)
        order = await books.placed()
        told = [an_event_of_a_recurring_order(one, note) for note in ("first", "second", "third")]
        apart = [an_event(order), an_event_of_a_recurring_order(other)]
        async with books.open() as tx:
            await ask(tx.events.append, (told[0], *apart, told[1]))
        async with books.open() as tx:
            await ask(tx.events.append, told[2:])
            same(tuple(told), await ask(tx.events.of_recurring, one.number), "its events")
            same((apart[0],), await ask(tx.events.of_order, order.number), "the order's events")
        async with books.elsewhere.open() as tx:
            same((), await ask(tx.events.of_recurring, one.number), "elsewhere")


class ClaimPromises:
    """What is due is claimed by one at a time, those just activated first (rules C3, R5)."""

    @promise
    async def test_what_is_due_is_claimed(self, books: Books) -> None:
        """Those whose next action has come are claimed, the longest due first, up to a limit."""
        last = await _kept(books)
        first = await _kept(books, due_at=NOON - 2 * _MINUTE)
        retried = await _kept(books, current=OrderNumber(10**9), retry_at=NOON - _MINUTE)
        for changes in (
            {"due_at": NOON + _TICK},
            {"status": RecurringStatus.PAUSED},
            {"status": RecurringStatus.FAILED},
            {"status": RecurringStatus.COMPLETED},
            {"current": OrderNumber(10**9)},
        ):
            await _kept(books, **changes)
        await _kept(books.elsewhere)
        same((first, retried), await _claimed(books, limit=2), "the first two")
        same((last,), await _claimed(books), "the rest")
        same((), await _claimed(books), "then")

    @promise
    async def test_those_just_activated_are_claimed_first(self, books: Books) -> None:
        """Before what has been due longer, and among themselves as all others."""
        long_due = await _kept(books, due_at=NOON - 9 * _MINUTE)
        second = await _kept(books, just_activated=True)
        first = await _kept(books, just_activated=True, due_at=NOON - _MINUTE)
        same(_numbers([first, second]), _numbers(await _claimed(books, limit=2)), "the first two")
        same(_numbers([long_due]), _numbers(await _claimed(books)), "then")

    @promise
    async def test_a_claim_ends(self, books: Books) -> None:
        """When its time has come, what was claimed and not saved is anybody's again."""
        recurring = await _kept(books)
        same((recurring,), await _claimed(books), "claimed")
        same((), await _claimed(books, _LEASE - _TICK, _LEASE + _MINUTE), "before its end")
        same((recurring,), await _claimed(books, _LEASE, _LEASE + _MINUTE), "at its end")
        same((), await _claimed(books, _LEASE, _LEASE + _MINUTE), "claimed again")

    @promise
    async def test_a_claim_that_is_not_committed_is_none(self, books: Books) -> None:
        """After an error, or where the commit is refused, all is claimed as it was before."""
        recurring = await _kept(books)
        await _left_by_an_error(books, NOON, _LEASE)
        same([books.account], await _to_charge(books), "after an error")
        same((recurring,), await _claimed(books), "claimed")
        await conflicts(_refused(books, _LEASE, _LEASE + _MINUTE), "what was changed since")
        told = [(recurring.number, _LEASE)]
        same(told, await books.open_and(_overdue), "after a commit that was refused")
        same((recurring,), await _claimed(books, _LEASE, _LEASE + _MINUTE), "claimed again")

    @promise
    async def test_saving_ends_a_claim(self, books: Books) -> None:
        """One that was saved is due when its record says so, and its version was not raised."""
        recurring = await _kept(books)
        await _claimed(books)
        saved = await _saved(books, recurring)
        same(recurring.version + 1, saved.version, "the version after a claim and a save")
        same((saved,), await _claimed(books), "still due")
        await _saved(books, evolve(saved, due_at=NOON + _MINUTE))
        same((), await _claimed(books), "due later")
        same(1, len(await _claimed(books, NOON + _MINUTE, _LEASE)), "claimed later")

    @promise
    async def test_what_is_overdue_is_told(self, books: Books) -> None:
        """What had to be done by then is told, claimed or not, longest due first, up to a limit."""
        just = await _kept(books, just_activated=True)
        first = await _kept(books, due_at=NOON - 2 * _MINUTE)
        await _kept(books, due_at=NOON + _TICK)
        await _kept(books, status=RecurringStatus.PAUSED)
        await _kept(books.elsewhere)
        await _claimed(books, NOON - _MINUTE, NOON + _MINUTE)
        told = [(first.number, NOON + _MINUTE), (just.number, None)]
        async with books.open() as tx:
            same(told, await _overdue(tx), "with the first one claimed")
            same(told[:1], await _overdue(tx, limit=1), "the first of them")
            same(told[:1], await _overdue(tx, NOON - _TICK), "a moment before")
            later = evolve(just, due_at=NOON - 3 * _MINUTE)
            await ask(tx.recurring_orders.save, later)
            own = [(just.number, None), told[0]]
            same(own, await _overdue(tx), "with another date, in its transaction")
        same(own, await books.open_and(_overdue), "with another date")
        await _claimed(books, NOON + _MINUTE, _LEASE)
        claimed = [(just.number, _LEASE), (first.number, _LEASE)]
        same(claimed, await books.open_and(_overdue), "with both claimed")
        await _saved(books, first)
        settled = [(just.number, _LEASE), (first.number, None)]
        same(settled, await books.open_and(_overdue), "with one saved")

    @promise
    async def test_accounts_to_charge_are_named(self, books: Books) -> None:
        """Those in which something can be claimed, the longest due first, and no more than wanted."""
        same([], await _to_charge(books), "with nothing")
        recurring = await _kept(books)
        await _kept(books.elsewhere, due_at=NOON - _MINUTE)
        same([books.other_account, books.account], await _to_charge(books), "with one due in each")
        same([books.other_account], await _to_charge(books, NOON - _TICK), "a moment before")
        same(1, len(await ask(books.store.accounts_to_charge, NOON, 1)), "of two, one was wanted")
        await _claimed(books.elsewhere)
        same([books.account], await _to_charge(books), "with one claimed")
        await _saved(books, evolve(recurring, status=RecurringStatus.PAUSED))
        same([], await _to_charge(books), "with the other paused")
        same([books.other_account], await _to_charge(books, _LEASE), "when the claim has ended")

    @promise
    def test_a_claim_is_won_once(self, books: Books) -> None:
        """Of transactions that claim at once, no two claim the same, and together they claim all."""
        there = [number for _ in range(2 * _AT_ONCE) for number in books.drive(_number_of(books))]
        meeting = Meeting(_AT_ONCE, books.drive)

        async def claim(tx: Transaction) -> list[int]:
            found = _numbers(await ask(tx.recurring_orders.claim_due, NOON, _LEASE, 3))
            await meeting.meet()
            return found

        async def claims() -> list[int]:
            found = await books.again(claim)
            while more := _numbers(await books.again(partial(_some, limit=3))):
                found += more
            return found

        won = [
            number
            for found in books.drive(*(claims() for _ in range(_AT_ONCE)))
            for number in found
        ]
        same(sorted(there), sorted(won), "what was claimed")


class _ChangedItsMindError(Exception):
    """What makes a transaction forget its writes."""


async def _left_by_an_error(books: Books, now: datetime, until: datetime) -> None:
    try:
        async with books.open() as tx:
            await ask(tx.recurring_orders.claim_due, now, until, _ALL)
            raise _ChangedItsMindError
    except _ChangedItsMindError:
        pass


async def _refused(books: Books, now: datetime, until: datetime) -> None:
    """Claim, and save an order that somebody else saves meanwhile."""
    order = await books.placed()
    await books.saved(order)
    async with books.open() as tx:
        await ask(tx.recurring_orders.claim_due, now, until, _ALL)
        await ask(tx.orders.save, order)


async def _number_of(books: Books) -> OrderNumber:
    return (await _kept(books)).number


async def _some(tx: Transaction, limit: int) -> tuple[RecurringOrder, ...]:
    return await ask(tx.recurring_orders.claim_due, NOON, _LEASE, limit)
