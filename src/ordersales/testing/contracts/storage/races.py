"""Transactions at once: nothing is lost, nothing is doubled, nothing is seen half."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from ordersales.errors import Conflict
from ordersales.models.event import Event, RecordedEvent
from ordersales.models.filters import EVERYTHING
from ordersales.models.order import Order
from ordersales.ports.storage import Transaction
from ordersales.services.engine import ask
from ordersales.testing.contracts.promises import Meeting, holds, promise, same
from ordersales.testing.contracts.samples import (
    BANK,
    NOON,
    a_message,
    a_plan,
    a_refund,
    an_event,
)
from ordersales.testing.contracts.storage.books import Books, the_order
from ordersales.values.identifiers import IdempotencyKey, OrderNumber

# Rivals meet when they have written and not yet left: before that nobody was committed, so that
# each has read the same.
_AT_ONCE = 4
_ROUNDS = 5
_KEY = IdempotencyKey("wanted-by-all")
_PLAN = a_plan()
_FOLLOWER = "bookkeeping"


class _ChangedItsMindError(Exception):
    """What makes a transaction forget its writes."""


class RacePromises:
    """What holds of transactions one after the other holds of transactions at once."""

    @promise
    def test_no_update_is_lost(self, books: Books) -> None:
        """Of transactions that change one order at once, each tried until it succeeds, all count."""
        (order,) = books.drive(books.placed())
        meeting = Meeting(_AT_ONCE, books.drive)

        async def change(tx: Transaction) -> None:
            read = await the_order(tx, order.number)
            await books.invoiced(tx, read)
            await meeting.meet()

        async def changes() -> None:
            for _ in range(_ROUNDS):
                await books.again(change)

        books.drive(*(changes() for _ in range(_AT_ONCE)))
        (found,) = books.drive(books.open_and(partial(the_order, number=order.number)))
        same(_AT_ONCE * _ROUNDS, len(found.invoices), "the changes that counted")
        same(_AT_ONCE * _ROUNDS, found.version - order.version, "the versions it rose by")

    @promise
    def test_numbers_taken_at_once_are_unique(self, books: Books) -> None:
        """Transactions that take numbers at once are each given others, and rising ones."""

        async def take(work: Callable[[Transaction], Coroutine[Any, Any, int]]) -> list[int]:
            return [await books.again(work) for _ in range(2 * _ROUNDS)]

        for series, work in (("order", _order_number), ("invoice", _invoice_number)):
            taken = books.drive(*(take(work) for _ in range(_AT_ONCE)))
            for numbers in taken:
                same(sorted(numbers), numbers, f"one after the other, the {series} numbers")
            together = [number for numbers in taken for number in numbers]
            same(len(together), len(set(together)), f"different {series} numbers")

    @promise
    def test_one_payment_key_is_won_once(self, books: Books) -> None:
        """Of transactions that give one key to payments of two orders at once, one succeeds."""
        (one,), (two,) = books.drive(books.placed()), books.drive(books.placed())

        async def pay(tx: Transaction, meeting: Meeting, order: Order) -> bool:
            free = await ask(tx.orders.find_by_payment_key, _KEY) is None
            if free:
                await books.invoiced(tx, order, key=_KEY)
            await meeting.meet()
            return free

        won = _raced(books, partial(pay, order=one), partial(pay, order=two))
        same(1, sum(won), "transactions that succeeded")
        numbers = (one.number, two.number)
        found = [
            books.drive(books.open_and(partial(the_order, number=item)))[0] for item in numbers
        ]
        same(won, [len(order.invoices) == 1 for order in found], "whose payment is kept")

    @promise
    def test_one_order_key_is_won_once(self, books: Books) -> None:
        """Of transactions that place an order under one key at once, one succeeds."""

        async def place(tx: Transaction, meeting: Meeting) -> bool:
            free = await ask(tx.orders.find_by_key, _KEY) is None
            if free:
                await books.new(tx, key=_KEY)
            await meeting.meet()
            return free

        same(1, sum(_raced(books, place, place)), "transactions that succeeded")
        same([1], books.drive(books.open_and(_count)), "the orders that there are")

    @promise
    def test_one_refund_key_is_won_once(self, books: Books) -> None:
        """Of transactions that give one key to refunds of two orders at once, one succeeds."""
        (one,), (two,) = books.drive(books.placed()), books.drive(books.placed())

        async def refund(tx: Transaction, meeting: Meeting, order: Order) -> bool:
            free = await ask(tx.orders.find_by_refund_key, _KEY) is None
            if free:
                await books.invoiced(tx, order, refunds=(a_refund(_KEY),))
            await meeting.meet()
            return free

        won = _raced(books, partial(refund, order=one), partial(refund, order=two))
        same(1, sum(won), "transactions that succeeded")

    @promise
    def test_one_sales_plan_is_stated_once(self, books: Books) -> None:
        """Of transactions that state a plan for one customer and offer at once, one succeeds."""

        async def state(tx: Transaction, meeting: Meeting) -> bool:
            free = await ask(tx.sales_plans.get, _PLAN.customer, _PLAN.offer) is None
            if free:
                await ask(tx.sales_plans.save, _PLAN)
            await meeting.meet()
            return free

        same(1, sum(_raced(books, state, state)), "transactions that succeeded")

    @promise
    def test_a_follower_misses_nothing(self, books: Books) -> None:
        """Who reads on behind the last event that was there is told of all committed since."""
        (order,) = books.drive(books.placed())
        written, read = Meeting(1, books.drive), Meeting(1, books.drive)
        told: list[RecordedEvent] = []

        async def write_slowly(tx: Transaction) -> None:
            await ask(tx.events.append, [an_event(order, "slow")])
            await written.come()
            await read.wait()

        async def slowly() -> None:
            await books.again(write_slowly)

        async def quickly() -> None:
            await written.wait()
            await books.again(partial(_tell, event=an_event(order, "quick")))
            told.extend(await books.again(partial(_behind, position=0)))
            await read.come()

        books.drive(slowly(), quickly())
        told.extend(books.drive(books.open_and(partial(_behind, position=told[-1].position)))[0])
        notes = sorted(recorded.event.note for recorded in told)
        same(["quick", "slow"], notes, "what was read, and then behind that")

    @promise
    def test_a_follower_goes_back_for_nobody(self, books: Books) -> None:
        """Of transactions that acknowledge for one follower at once, the furthest one stands."""

        async def acknowledge(tx: Transaction, meeting: Meeting, position: int) -> bool:
            await ask(tx.events.acknowledge, _FOLLOWER, position)
            await meeting.meet()
            return True

        # Either may be committed last, so it is tried often enough for each to have been.
        for ways in ((20, 10), (30, 40), (60, 50), (70, 80), (100, 90), (110, 120)):
            works = [partial(acknowledge, position=position) for position in ways]
            won = _raced(books, *works)
            furthest = max(position for position, done in zip(ways, won, strict=True) if done)
            (found,) = books.drive(books.open_and(_acknowledged))
            same(furthest, found, "the position")

    @promise
    def test_one_message_is_new_once(self, books: Books) -> None:
        """Of transactions that keep one message at once, one is told that it is new."""

        async def keep(tx: Transaction, meeting: Meeting) -> bool:
            new = await ask(tx.inbox.add, BANK, a_message(), NOON)
            await meeting.meet()
            return new

        same(1, sum(_raced(books, keep, keep)), "transactions that were told so")

    @promise
    def test_what_is_not_committed_is_not_seen(self, books: Books) -> None:
        """What a transaction has written is seen by no other before it is committed."""
        (order,) = books.drive(books.placed())
        written, read = Meeting(1, books.drive), Meeting(1, books.drive)

        async def write() -> None:
            try:
                async with books.open() as tx:
                    await ask(tx.orders.save, order)
                    await books.new(tx)
                    await ask(tx.events.append, [an_event(order)])
                    await ask(tx.inbox.add, BANK, a_message(), NOON)
                    await written.come()
                    await read.wait()
                    raise _ChangedItsMindError
            except _ChangedItsMindError:
                pass

        async def look() -> None:
            await written.wait()
            shown = await books.again(partial(_traces, number=order.number))
            await read.come()
            same((1, 1, 0, 0), shown, "the version, the orders, the events and the messages")

        books.drive(write(), look())

    @promise
    def test_a_commit_is_seen_whole(self, books: Books) -> None:
        """Who reads while others commit sees all that a commit wrote, or nothing of it."""
        (one,), (two,) = books.drive(books.placed()), books.drive(books.placed())
        numbers = (one.number, two.number)
        done: list[None] = []

        async def write() -> None:
            for _ in range(4 * _ROUNDS):
                await books.again(partial(_change_both, numbers=numbers))
                await ask(books.drive.pause)
            done.append(None)

        async def look() -> None:
            while not done:
                first, second, told = await books.again(partial(_see_both, numbers=numbers))
                holds(first <= second, f"one order is at {first}, the other still at {second}")
                holds(first <= told + 1, f"an order is at {first}, and {told} events tell of it")
                await ask(books.drive.pause)

        books.drive(write(), look(), look())


def _raced(
    books: Books, *works: Callable[[Transaction, Meeting], Coroutine[Any, Any, bool]]
) -> list[bool]:
    """Do each of `works` in a transaction, all at once, and return which were not refused."""
    meeting = Meeting(len(works), books.drive)

    async def attempt(work: Callable[[Transaction, Meeting], Coroutine[Any, Any, bool]]) -> bool:
        try:
            async with books.open() as tx:
                return await work(tx, meeting)
        except Conflict:
            return False

    return books.drive(*(attempt(work) for work in works))


async def _order_number(tx: Transaction) -> int:
    return await ask(tx.orders.next_number)


async def _invoice_number(tx: Transaction) -> int:
    return await ask(tx.orders.next_invoice_number)


async def _tell(tx: Transaction, event: Event) -> None:
    await ask(tx.events.append, [event])


async def _behind(tx: Transaction, position: int) -> tuple[RecordedEvent, ...]:
    return await ask(tx.events.after, position, 9)


async def _acknowledged(tx: Transaction) -> int:
    return await ask(tx.events.acknowledged, _FOLLOWER)


async def _count(tx: Transaction) -> int:
    return await ask(tx.orders.count, EVERYTHING)


async def _traces(tx: Transaction, number: OrderNumber) -> tuple[int, int, int, int]:
    """Return the order's version and how many orders, events and messages there are."""
    order = await the_order(tx, number)
    events = await ask(tx.events.of_order, number)
    return order.version, await _count(tx), len(events), len(await ask(tx.inbox.unmatched))


async def _change_both(tx: Transaction, numbers: tuple[OrderNumber, OrderNumber]) -> None:
    """Save two orders, and tell of it with an event of the second."""
    first, second = [await the_order(tx, number) for number in numbers]
    await ask(tx.orders.save, first)
    await ask(tx.events.append, [an_event(second)])
    await ask(tx.orders.save, second)


async def _see_both(
    tx: Transaction, numbers: tuple[OrderNumber, OrderNumber]
) -> tuple[int, int, int]:
    """Return the version of two orders and how many events tell of the second."""
    first, second = [await the_order(tx, number) for number in numbers]
    return first.version, second.version, len(await ask(tx.events.of_order, second.number))
