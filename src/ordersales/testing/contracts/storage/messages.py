"""What happened, in the order of the commits, and what payment systems told, each kept once."""

from __future__ import annotations

from attrs import evolve

from ordersales.errors import Conflict
from ordersales.services.engine import ask
from ordersales.testing.contracts.promises import holds, promise, same
from ordersales.testing.contracts.samples import BANK, NOON, a_message, an_event
from ordersales.testing.contracts.storage.books import Books
from ordersales.values.identifiers import OrderNumber, SystemName

_OTHER_BANK = SystemName("Other bank")


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
