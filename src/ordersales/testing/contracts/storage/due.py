"""What is due: named with the longest due first, and no more once it was looked after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from attrs import evolve

from ordersales.models.inbox import KeptMessage
from ordersales.models.invoice import Attempt, Invoice
from ordersales.models.order import Order
from ordersales.models.stage import Stage
from ordersales.ports.storage import Transaction
from ordersales.services.engine import ask
from ordersales.testing.contracts.promises import holds, promise, same
from ordersales.testing.contracts.samples import BANK, NOON, a_message, a_refund
from ordersales.testing.contracts.storage.books import Books
from ordersales.values.identifiers import AccountId, AttemptReference, OrderNumber

_MINUTE: Final = timedelta(minutes=1)
#: More than can be due, also in a database that serves other checks at the same time.
_ALL: Final = 10**6
#: A message that came a minute past noon, and was tried once.
_EVT_2: Final = [("evt_2", 1, 1)]


def _asked(order: Order, invoice: Invoice, at: datetime | None) -> Invoice:
    """Return an invoice that a gateway was asked for, to be looked after then."""
    reference = AttemptReference(order.account, order.number, len(order.invoices) + 1)
    attempt = Attempt(
        reference=reference,
        epoch=0,
        stage=Stage.CLOSED if at is None else Stage.IN_DOUBT,
        method=None,
        sent_at=NOON,
        next_check=at,
    )
    return evolve(invoice, attempt=attempt)


async def _with_attempts(books: Books, *moments: datetime | None) -> Order:
    """Keep an order with an attempt for each of the moments at which one is to be checked."""
    async with books.open() as tx:
        order = await books.new(tx)
        for at in moments:
            invoice = _asked(order, await books.invoice(tx), at)
            order = await ask(tx.orders.save, evolve(order, invoices=(*order.invoices, invoice)))
    return order


async def _with_refund(books: Books, at: datetime | None) -> Order:
    """Keep an order with a refund that is to be checked then."""
    async with books.open() as tx:
        order = await books.new(tx)
        refund = a_refund(f"refund-{order.number}", next_check=at)
        return await books.invoiced(tx, order, refunds=(refund,))


async def _to_check(
    books: Books, now: datetime = NOON, limit: int = _ALL
) -> tuple[OrderNumber, ...]:
    async with books.open() as tx:
        return await ask(tx.orders.to_check, now, limit)


async def _named(books: Books, now: datetime = NOON) -> list[AccountId]:
    """Return which of the two accounts are named, in their order."""
    found = await ask(books.store.accounts_to_check, now, _ALL)
    return [name for name in found if name in (books.account, books.other_account)]


async def _put_off(books: Books, name: str, *until: datetime | None) -> None:
    """Keep a message, and put it off as often as there are moments."""
    event = a_message(name)
    async with books.open() as tx:
        await ask(tx.inbox.add, BANK, event, NOON)
    for at in until:
        async with books.open() as tx:
            await ask(tx.inbox.put_off, BANK, event, at)


async def _tried(tx: Transaction, now: datetime = NOON, limit: int = _ALL) -> list[tuple[str, int]]:
    """Return what is to be tried, each with how often it was tried."""
    found = await ask(tx.inbox.to_match, now, limit)
    return [(kept.event.event_id, kept.tries) for kept in found]


async def _waiting(tx: Transaction, past: int, limit: int = _ALL) -> list[tuple[str, int, int]]:
    """Return what waits since so many minutes past noon: when each came, and how often tried."""
    found = await ask(tx.inbox.waiting_since, NOON + past * _MINUTE, limit)
    return [(kept.event.event_id, (kept.kept_at - NOON) // _MINUTE, kept.tries) for kept in found]


def _numbers(*orders: Order) -> tuple[OrderNumber, ...]:
    return tuple(order.number for order in orders)


class CheckPromises:
    """Orders are named for as long as something of them is to be looked after."""

    @promise
    async def test_orders_to_check_come_longest_due_first(self, books: Books) -> None:
        """Orders whose next check has come are named, the longest due first, up to a limit."""
        later = await _with_attempts(books, NOON + _MINUTE)
        last = await _with_attempts(books, NOON)
        await _with_attempts(books, None)
        first = await _with_attempts(books, NOON + _MINUTE, NOON - 2 * _MINUTE, None)
        second = await _with_attempts(books, NOON - _MINUTE, NOON - _MINUTE)
        await _with_attempts(books.elsewhere, NOON - 3 * _MINUTE)
        for limit, expected in ((_ALL, (first, second, last)), (2, (first, second))):
            same(_numbers(*expected), await _to_check(books, limit=limit), f"up to {limit}")
        same(_numbers(later), (await _to_check(books, NOON + _MINUTE))[3:], "a minute later also")

    @promise
    async def test_refunds_are_checked_as_attempts_are(self, books: Books) -> None:
        """An order is named as well where it is a refund that is to be looked after."""
        attempt = await _with_attempts(books, NOON - _MINUTE)
        refund = await _with_refund(books, NOON - 2 * _MINUTE)
        await _with_refund(books, None)
        same(_numbers(refund, attempt), await _to_check(books), "those to check")

    @promise
    async def test_what_was_looked_after_is_not_named_again(self, books: Books) -> None:
        """An order whose next check was moved is named when that has come, and not before."""
        order, other = await _with_attempts(books, NOON), await _with_attempts(books, NOON)
        later = [_asked(order, item, NOON + _MINUTE) for item in order.invoices]
        async with books.open() as tx:
            await ask(tx.orders.save, evolve(order, invoices=tuple(later)))
            found = await ask(tx.orders.to_check, NOON, _ALL)
            same(_numbers(other), found, "in the same transaction there are")
            found = await ask(tx.orders.to_check, NOON + _MINUTE, _ALL)
            same(_numbers(other, order), found, "in the same transaction, a minute later")
        same(_numbers(other), await _to_check(books), "once it is committed there are")
        same(_numbers(other, order), await _to_check(books, NOON + _MINUTE), "a minute later")

    @promise
    async def test_accounts_in_which_something_is_due_are_named(self, books: Books) -> None:
        """An account is named while an order of it is to be checked, or a message to be matched."""
        order = await _with_attempts(books, NOON)
        await _with_attempts(books.elsewhere, NOON + _MINUTE)
        same([books.account], await _named(books), "with one order due")
        settled = [_asked(order, item, None) for item in order.invoices]
        await books.saved(evolve(order, invoices=tuple(settled)))
        same([], await _named(books), "with nothing due")
        await _put_off(books, "evt_1", NOON)
        same([books.account], await _named(books), "with one message due")
        async with books.open() as tx:
            await ask(tx.inbox.match, BANK, a_message())
        same([], await _named(books), "with the message matched")

    @promise
    async def test_accounts_come_longest_due_first(self, books: Books) -> None:
        """The account with what has been due longest is named first, and no more than wanted."""
        both: Sequence[Books] = (books, books.elsewhere)
        for at, place in enumerate((*both, *both)):
            await _with_attempts(place, NOON - at * _MINUTE)
            expected = [books.account] if at == 0 else [place.account, both[at % 2 - 1].account]
            same(expected, await _named(books), f"with {at + 1} orders due")
        found = await ask(books.store.accounts_to_check, NOON, 1)
        holds(len(found) == 1, f"one was wanted, and {len(found)} were named")


class TryPromises:
    """Messages that no attempt was found for are tried again when it is time."""

    @promise
    async def test_a_message_that_was_put_off_is_tried_again(self, books: Books) -> None:
        """What was put off is returned whole when its time has come, the earliest first."""
        await _put_off(books, "evt_later", NOON + _MINUTE)
        await _put_off(books, "evt_2", NOON)
        await _put_off(books, "evt_1", NOON - _MINUTE)
        await _put_off(books, "evt_never")
        kept = KeptMessage(system=BANK, event=a_message("evt_1"), kept_at=NOON, tries=1)
        async with books.open() as tx:
            same([("evt_1", 1), ("evt_2", 1)], await _tried(tx), "those to try")
            same((kept,), await ask(tx.inbox.to_match, NOON, 1), "the first of them")

    @promise
    async def test_tries_of_a_message_are_counted(self, books: Books) -> None:
        """Putting a message off counts as a try, and moves when it is tried again."""
        await _put_off(books, "evt_1", NOON - _MINUTE, NOON)
        async with books.open() as tx:
            same([("evt_1", 2)], await _tried(tx), "put off twice")
            await ask(tx.inbox.put_off, BANK, a_message("evt_1"), NOON + _MINUTE)
            same([], await _tried(tx), "put off again, in the same transaction")
        async with books.open() as tx:
            same([("evt_1", 3)], await _tried(tx, NOON + _MINUTE), "put off three times")

    @promise
    async def test_messages_that_wait_long_are_named(self, books: Books) -> None:
        """Unmatched messages that came that long ago are returned, tried again or not, oldest first."""
        for at, name in enumerate(("evt_3", "evt_2", "evt_1", "evt_0")):
            async with books.open() as tx:
                event = a_message(name)
                new = await ask(tx.inbox.add, BANK, event, NOON + at * _MINUTE)
                holds(new, "a new message was called known")
        async with books.open() as tx:
            await ask(tx.inbox.put_off, BANK, a_message("evt_2"), None)
            await ask(tx.inbox.match, BANK, a_message("evt_3"))
            same(_EVT_2, await _waiting(tx, 1), "in the same transaction, with one matched")
        async with books.open() as tx:
            same(_EVT_2, await _waiting(tx, 1), "since a minute past noon")
            same([*_EVT_2, ("evt_1", 2, 0)], await _waiting(tx, 2), "since two past noon")
            same(_EVT_2, await _waiting(tx, 3, limit=1), "of three, the first")
            await ask(tx.inbox.add, BANK, a_message("evt_9"), NOON)
            named = [name for name, _, _ in await _waiting(tx, 0)]
            same(["evt_9"], named, "what was added in the same transaction")

    @promise
    async def test_a_message_that_is_not_tried_again_is_kept(self, books: Books) -> None:
        """What is not to be tried again is kept unmatched, and what is matched stays matched."""
        await _put_off(books, "evt_1", NOON, None)
        await _put_off(books, "evt_2", NOON)
        async with books.open() as tx:
            await ask(tx.inbox.match, BANK, a_message("evt_2"))
            same([], await _tried(tx), "in the same transaction there are to try")
        async with books.open() as tx:
            await ask(tx.inbox.put_off, BANK, a_message("evt_2"), NOON)
        async with books.open() as tx:
            same([], await _tried(tx), "to try")
            waiting = [event.event_id for _, event in await ask(tx.inbox.unmatched)]
            same(["evt_1"], waiting, "the kept messages")
