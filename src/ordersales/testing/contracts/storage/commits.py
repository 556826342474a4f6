"""Atomic, apart, and read as written: what a transaction shows, and when."""

from __future__ import annotations

from ordersales.errors import Conflict
from ordersales.models.filters import EVERYTHING, NEWEST_ORDERS, NEWEST_PAYMENTS
from ordersales.models.order import Order
from ordersales.ports.storage import Transaction
from ordersales.services.engine import ask
from ordersales.testing.contracts.promises import holds, promise, same
from ordersales.testing.contracts.samples import (
    BANK,
    NOON,
    a_message,
    a_plan,
    a_refund,
    an_event,
    an_order,
)
from ordersales.testing.contracts.storage.books import Books
from ordersales.values.identifiers import IdempotencyKey, OrderNumber

_KEY = IdempotencyKey("paid-by-it")
_REFUND = IdempotencyKey("returned-by-it")
_FOLLOWER = "bookkeeping"
_PLAN = a_plan()


class _StruckError(Exception):
    """The host's own error."""


async def _write_everything(books: Books, tx: Transaction, earlier: Order) -> Order:
    """Change what there is, add what there was not, and tell of it."""
    order = await books.new(tx)
    await books.invoiced(tx, earlier, key=_KEY, refunds=(a_refund(_REFUND),))
    await ask(tx.sales_plans.save, _PLAN)
    await ask(tx.events.append, [an_event(order)])
    await ask(tx.events.erase_notes, earlier.number)
    await ask(tx.events.acknowledge, _FOLLOWER, 7)
    holds(await ask(tx.inbox.add, BANK, a_message(), NOON), "a new message was called known")
    return order


async def _placed(books: Books) -> Order:
    """Add an order and one event of it, with a note."""
    async with books.open() as tx:
        order = await books.new(tx)
        await ask(tx.events.append, [an_event(order, "noted")])
    return order


async def _shown(tx: Transaction, earlier: Order, order: OrderNumber) -> dict[str, object]:
    """Return every trace of `_write_everything` that can be read."""
    stored = await ask(tx.orders.get, earlier.number)
    added = await ask(tx.orders.get, order)
    by_key = await ask(tx.orders.find_by_key, IdempotencyKey(f"order-{order}"))
    by_payment = await ask(tx.orders.find_by_payment_key, _KEY)
    by_refund = await ask(tx.orders.find_by_refund_key, _REFUND)
    orders = await ask(tx.orders.page, EVERYTHING, NEWEST_ORDERS, after=None, limit=9)
    payments = await ask(tx.orders.payments, EVERYTHING, NEWEST_PAYMENTS, after=None, limit=9)
    plan = await ask(tx.sales_plans.get, _PLAN.customer, _PLAN.offer)
    noted = await ask(tx.events.of_order, earlier.number)
    return {
        "get of the saved order": None if stored is None else len(stored.invoices),
        "get of the added order": None if added is None else added.number,
        "find_by_key": None if by_key is None else by_key.number,
        "find_by_payment_key": None if by_payment is None else by_payment.number,
        "find_by_refund_key": None if by_refund is None else by_refund.number,
        "page": [row.number for row in orders.rows],
        "payments": [row.invoice.key for row in payments.rows],
        "count": await ask(tx.orders.count, EVERYTHING),
        "count_payments": await ask(tx.orders.count_payments, EVERYTHING),
        "sales plan": None if plan is None else plan.version,
        "sales plans": len(await ask(tx.sales_plans.of_customer, _PLAN.customer)),
        "events": [event.order for event in await ask(tx.events.of_order, order)],
        "notes": [event.note for event in noted],
        "acknowledged": await ask(tx.events.acknowledged, _FOLLOWER),
        "inbox": [event.event_id for _, event in await ask(tx.inbox.unmatched)],
    }


async def _followed(tx: Transaction) -> list[tuple[OrderNumber | None, str]]:
    """Return what a follower of the account's events is told."""
    found = await ask(tx.events.after, 0, 9)
    return [(recorded.event.order, recorded.event.note) for recorded in found]


def _all(earlier: Order, order: OrderNumber) -> dict[str, object]:
    return {
        "get of the saved order": 1,
        "get of the added order": order,
        "find_by_key": order,
        "find_by_payment_key": earlier.number,
        "find_by_refund_key": earlier.number,
        "page": [order, earlier.number],
        "payments": [_KEY],
        "count": 2,
        "count_payments": 1,
        "sales plan": 1,
        "sales plans": 1,
        "events": [order],
        "notes": [""],
        "acknowledged": 7,
        "inbox": ["evt_1"],
    }


def _nothing(earlier: Order) -> dict[str, object]:
    return {
        "get of the saved order": 0,
        "get of the added order": None,
        "find_by_key": None,
        "find_by_payment_key": None,
        "find_by_refund_key": None,
        "page": [earlier.number],
        "payments": [],
        "count": 1,
        "count_payments": 0,
        "sales plan": None,
        "sales plans": 0,
        "events": [],
        "notes": ["noted"],
        "acknowledged": 0,
        "inbox": [],
    }


async def _broken_off(books: Books, earlier: Order, by: BaseException) -> OrderNumber:
    """Write everything, break off, and return the number of the order that should not be."""
    order = earlier
    try:
        async with books.open() as tx:
            order = await _write_everything(books, tx, earlier)
            raise by
    except type(by):
        return order.number


class CommitPromises:
    """What a transaction writes is seen whole or not at all, by itself and by others."""

    @promise
    async def test_a_commit_shows_all_of_it(self, books: Books) -> None:
        """What was written in a transaction is there once it was left."""
        earlier = await _placed(books)
        async with books.open() as tx:
            order = await _write_everything(books, tx, earlier)
        async with books.open() as tx:
            same(_all(earlier, order.number), await _shown(tx, earlier, order.number), "it shows")
            told = [(earlier.number, ""), (order.number, "")]
            same(told, await _followed(tx), "a follower is told of")

    @promise
    async def test_an_error_leaves_nothing_written(self, books: Books) -> None:
        """An error that leaves a transaction takes all that was written in it along."""
        earlier = await _placed(books)
        number = await _broken_off(books, earlier, _StruckError())
        async with books.open() as tx:
            same(_nothing(earlier), await _shown(tx, earlier, number), "it shows")
            same([(earlier.number, "noted")], await _followed(tx), "a follower is told of")

    @promise
    async def test_a_crash_leaves_nothing_written(self, books: Books) -> None:
        """A transaction whose script was dropped halfway has written nothing."""
        earlier = await _placed(books)
        # What a script is told when it is dropped; an asynchronous store is not told at all.
        number = await _broken_off(books, earlier, GeneratorExit())
        async with books.open() as tx:
            same(_nothing(earlier), await _shown(tx, earlier, number), "it shows")
            same([(earlier.number, "noted")], await _followed(tx), "a follower is told of")

    @promise
    async def test_a_conflict_leaves_nothing_written(self, books: Books) -> None:
        """A transaction that ends in a conflict has written nothing, whatever else it held."""
        earlier, stale = await _placed(books), await books.placed()
        await books.saved(stale)
        order = earlier
        try:
            async with books.open() as tx:
                order = await _write_everything(books, tx, earlier)
                await ask(tx.orders.save, stale)
        except Conflict:
            pass
        async with books.open() as tx:
            shown = await _shown(tx, earlier, order.number)
        both = {"page": [stale.number, earlier.number], "count": 2}
        same(_nothing(earlier) | both, shown, "it shows")

    @promise
    async def test_a_transaction_reads_its_own_writes(self, books: Books) -> None:
        """Inside a transaction, reading shows what it wrote."""
        earlier = await _placed(books)
        async with books.open() as tx:
            order = await _write_everything(books, tx, earlier)
            same(_all(earlier, order.number), await _shown(tx, earlier, order.number), "it shows")

    @promise
    async def test_accounts_are_apart(self, books: Books) -> None:
        """A transaction sees one account's records and no other's."""
        earlier = await _placed(books)
        async with books.open() as tx:
            order = await _write_everything(books, tx, earlier)
        async with books.elsewhere.open() as tx:
            shown = await _shown(tx, earlier, order.number)
            same([], await _followed(tx), "a follower of another account is told of")
        nothing: dict[str, object] = {
            "get of the saved order": None,
            "page": [],
            "count": 0,
            "notes": [],
        }
        same(_nothing(earlier) | nothing, shown, "another account shows")

    @promise
    async def test_accounts_share_no_keys(self, books: Books) -> None:
        """What is taken in one account (a number, a key, a plan, a message) is free in another."""
        earlier = await _placed(books)
        async with books.open() as tx:
            order = await _write_everything(books, tx, earlier)
            invoice = await books.invoice(tx, key=_KEY, refunds=(a_refund(_REFUND),))
        async with books.elsewhere.open() as tx:
            await ask(tx.orders.add, an_order(books.other_account, earlier.number))
            theirs = an_order(books.other_account, order.number, invoices=(invoice,))
            await ask(tx.orders.add, theirs)
            await ask(tx.sales_plans.save, _PLAN)
            new = await ask(tx.inbox.add, BANK, a_message(), NOON)
            holds(new, "a message that another account keeps was called known")
