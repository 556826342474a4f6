"""What happened, in the order of the commits, and what payment systems told, each kept once."""

from __future__ import annotations

from itertools import pairwise

from attrs import evolve

from ordersales.errors import Conflict
from ordersales.models.event import Event, RecordedEvent
from ordersales.services.engine import ask
from ordersales.testing.contracts.promises import holds, promise, same
from ordersales.testing.contracts.samples import (
    BANK,
    NOON,
    a_message,
    a_plan,
    an_event,
    an_event_of_a_plan,
)
from ordersales.testing.contracts.storage.books import Books
from ordersales.values.identifiers import OrderNumber, SystemName

_OTHER_BANK = SystemName("Other bank")
_FOLLOWER = "bookkeeping"


async def _told(books: Books, *events: Event) -> None:
    """Commit some events."""
    async with books.open() as tx:
        await ask(tx.events.append, events)


async def _after(books: Books, position: int, limit: int = 99) -> tuple[RecordedEvent, ...]:
    """Return what is committed behind a position."""
    async with books.open() as tx:
        return await ask(tx.events.after, position, limit)


async def _acknowledged(books: Books, *followers: str) -> list[int]:
    async with books.open() as tx:
        return [await ask(tx.events.acknowledged, follower) for follower in followers]


class EventPromises:
    """Events are kept with the change that they tell of."""

    @promise
    async def test_events_come_in_order(self, books: Books) -> None:
        """The events of an order are returned whole, oldest first, and no other order's."""
        order, other = await books.placed(), await books.placed()
        told = [an_event(order, note) for note in ("one", "two", "three", "four")]
        for events in (told[:2], told[2:3], told[3:]):
            async with books.open() as tx:
                await ask(tx.events.append, [*events, an_event(other)])
        async with books.open() as tx:
            same(tuple(told), await ask(tx.events.of_order, order.number), "the events")
            nobody = OrderNumber(other.number + 1000)
            same((), await ask(tx.events.of_order, nobody), "the events of no order")

    @promise
    async def test_events_are_kept_with_the_change_or_not_at_all(self, books: Books) -> None:
        """Where saving conflicts, the events of that transaction are not kept either."""
        read = await books.placed()
        saved = await books.saved(read)
        for order, note in ((read, "too late"), (saved, "in time")):
            try:
                async with books.open() as tx:
                    await ask(tx.events.append, [an_event(order, note)])
                    await ask(tx.orders.save, order)
            except Conflict:
                pass
        async with books.open() as tx:
            notes = [event.note for event in await ask(tx.events.of_order, read.number)]
        same(["in time"], notes, "the events tell")

    @promise
    async def test_events_have_rising_positions(self, books: Books) -> None:
        """Who reads events behind a position is told each whole, in the order of the commits."""
        order, other = await books.placed(), await books.placed()
        told = [
            an_event(order, "one"),
            an_event(other, "two"),
            an_event_of_a_plan(books.account, a_plan()),
            an_event(order, "four"),
        ]
        for events in (told[:2], told[2:3], told[3:]):
            await _told(books, *events)
        found = await _after(books, 0)
        same(told, [recorded.event for recorded in found], "the events")
        positions = [recorded.position for recorded in found]
        rising = all(one < two for one, two in pairwise((0, *positions)))
        holds(rising, f"the positions came as {positions}")
        for at, position in enumerate(positions, 1):
            same(found[at:], await _after(books, position), f"the events behind {position}")

    @promise
    async def test_events_are_read_up_to_a_limit(self, books: Books) -> None:
        """The events behind a position come up to a limit, the oldest of them first."""
        order, other = await books.placed(), await books.placed()
        for note in ("one", "two", "three"):
            await _told(books, an_event(order, note))
            await _told(books.elsewhere, an_event(other))
        found = await _after(books, 0)
        same(found[:2], await _after(books, 0, 2), "the first two")
        same(found[1:2], await _after(books, found[0].position, 1), "one behind the first")
        same(found[2:], await _after(books, found[1].position, 2), "two behind the second")

    @promise
    async def test_the_newest_events_come_newest_first(self, books: Books) -> None:
        """The last committed events are returned up to a limit, the newest first."""
        order, other = await books.placed(), await books.placed()
        for note in ("one", "two", "three"):
            await _told(books, an_event(order, note))
            await _told(books.elsewhere, an_event(other))
        followed = (await _after(books, 0))[::-1]
        async with books.open() as tx:
            await ask(tx.events.append, [an_event(order, "written")])
            for limit in (1, 2, 3, 99):
                same(followed[:limit], await ask(tx.events.newest, limit), f"up to {limit}")

    @promise
    async def test_only_committed_events_are_followed(self, books: Books) -> None:
        """An event has no position before it is committed, not even in its own transaction."""
        order = await books.placed()
        await _told(books, an_event(order, "committed"))
        async with books.open() as tx:
            await ask(tx.events.append, [an_event(order, "written")])
            found = await ask(tx.events.after, 0, 99)
        same(["committed"], [item.event.note for item in found], "in the transaction there are")
        found = await _after(books, found[-1].position)
        same(["written"], [item.event.note for item in found], "behind those there are later")

    @promise
    async def test_a_follower_never_goes_back(self, books: Books) -> None:
        """Each follower has its own position, 0 at first, and the furthest one stands."""
        same([0], await _acknowledged(books, _FOLLOWER), "at first")
        for positions, furthest in (((4, 9, 6), 9), ((7,), 9), ((10,), 10)):
            async with books.open() as tx:
                for position in positions:
                    await ask(tx.events.acknowledge, _FOLLOWER, position)
                inside = await ask(tx.events.acknowledged, _FOLLOWER)
            same(furthest, inside, f"after {positions}, in the transaction")
            found = await _acknowledged(books, _FOLLOWER, "another")
            same([furthest, 0], found, f"after {positions}, this one and another")

    @promise
    async def test_notes_are_erased(self, books: Books) -> None:
        """The notes that one order's events have so far are blanked, and nothing else changes."""
        order, other = await books.placed(), await books.placed()
        secret, kept, last = an_event(order, "secret"), an_event(other, "kept"), an_event(order)
        await _told(books, secret, kept, secret)
        before = await _after(books, 0)
        async with books.open() as tx:
            await ask(tx.events.append, [secret])
            await ask(tx.events.erase_notes, order.number)
            await ask(tx.events.append, [evolve(last, note="later")])
            inside = await ask(tx.events.of_order, order.number)
        blank = evolve(secret, note="")
        expected = (blank, blank, blank, evolve(last, note="later"))
        same(expected, inside, "in the transaction")
        async with books.open() as tx:
            same(expected, await ask(tx.events.of_order, order.number), "of the order")
        after = await _after(books, 0)
        found = [recorded.event for recorded in after]
        same([blank, kept, *expected[1:]], found, "for followers")
        was = [recorded.position for recorded in before]
        same(was, [recorded.position for recorded in after[:3]], "the positions")


class InboxPromises:
    """Messages of payment systems are kept once."""

    @promise
    async def test_a_message_is_kept_once(self, books: Books) -> None:
        """A message that is kept already is told, and changes nothing."""
        first = a_message()
        again = evolve(first, reference="acme/9/9")
        for expected, event in ((True, first), (False, again)):
            async with books.open() as tx:
                same(expected, await ask(tx.inbox.add, BANK, event, NOON), "whether it is new")
        async with books.open() as tx:
            same(((BANK, first),), await ask(tx.inbox.unmatched), "the kept messages")

    @promise
    async def test_a_message_is_kept_once_in_a_transaction(self, books: Books) -> None:
        """A message that comes twice within one transaction is kept once."""
        async with books.open() as tx:
            new = [await ask(tx.inbox.add, BANK, a_message(), NOON) for _ in range(2)]
        same([True, False], new, "whether it is new")

    @promise
    async def test_payment_systems_number_their_messages_apart(self, books: Books) -> None:
        """Two payment systems may number their messages alike."""
        async with books.open() as tx:
            for system in (BANK, _OTHER_BANK):
                new = await ask(tx.inbox.add, system, a_message(), NOON)
                holds(new, f"the message of {system} was called known")
            await ask(tx.inbox.match, BANK, a_message())
        async with books.open() as tx:
            systems = [system for system, _ in await ask(tx.inbox.unmatched)]
        same([_OTHER_BANK], systems, "with one matched, there wait those of")

    @promise
    async def test_unmatched_messages_wait_oldest_first(self, books: Books) -> None:
        """What is not matched is returned as it came, oldest first."""
        told = [a_message("evt_z", None), a_message("evt_y"), a_message("evt_x")]
        for event in told:
            async with books.open() as tx:
                await ask(tx.inbox.add, BANK, event, NOON)
        async with books.open() as tx:
            waiting = await ask(tx.inbox.unmatched)
        same(tuple((BANK, event) for event in told), waiting, "those that wait")

    @promise
    async def test_a_matched_message_waits_no_more(self, books: Books) -> None:
        """A matched message leaves those that wait, and is still known when it comes again."""
        told = [a_message("evt_1"), a_message("evt_2"), a_message("evt_3")]
        async with books.open() as tx:
            for event in told:
                await ask(tx.inbox.add, BANK, event, NOON)
            await ask(tx.inbox.match, BANK, told[0])
            same(2, len(await ask(tx.inbox.unmatched)), "in the same transaction there wait")
        async with books.open() as tx:
            await ask(tx.inbox.match, BANK, told[1])
        async with books.open() as tx:
            same(((BANK, told[2]),), await ask(tx.inbox.unmatched), "those that wait")
            for event in told:
                new = await ask(tx.inbox.add, BANK, event, NOON)
                holds(not new, "a message that was matched was called new")
