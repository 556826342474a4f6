"""Versioned and unique: who comes second is told, and overwrites nothing."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from ordersales.models.order import Order
from ordersales.ports.storage import Transaction
from ordersales.services.engine import ask
from ordersales.testing.contracts.promises import promise, same
from ordersales.testing.contracts.samples import (
    a_full_occurrence,
    a_full_order,
    a_refund,
    an_order,
)
from ordersales.testing.contracts.storage.books import Books, conflicts
from ordersales.values.identifiers import IdempotencyKey

_KEY = IdempotencyKey("clicked-once")


class VersionPromises:
    """What is kept is returned as it was, and saved only over what was read."""

    @promise
    async def test_an_order_is_kept_whole(self, books: Books) -> None:
        """An order is returned with every field as it was added, at version 1."""
        for full in (a_full_order, a_full_occurrence):
            async with books.open() as tx:
                numbers = [await ask(tx.orders.next_invoice_number) for _ in range(2)]
                number = await ask(tx.orders.next_number)
                order = full(books.account, number, *numbers)
                added = await ask(tx.orders.add, order)
            same(evolve(order, version=1), added, "adding returned something else")
            same(evolve(order, version=1), await books.get(number), "reading returned another")

    @promise
    async def test_a_save_is_kept_whole(self, books: Books) -> None:
        """An order is returned with every field as it was saved, at the next version."""
        before = await books.placed()
        async with books.open() as tx:
            invoice = await ask(tx.orders.next_invoice_number)
            full = a_full_order(books.account, before.number, invoice)
            saved = await ask(tx.orders.save, evolve(full, version=before.version))
        same(evolve(full, version=2), saved, "saving returned something else")
        same(evolve(full, version=2), await books.get(before.number), "reading returned another")

    @promise
    async def test_every_save_raises_the_version(self, books: Books) -> None:
        """Each save is one version more, also within one transaction."""
        order = await books.placed()
        async with books.open() as tx:
            for _ in range(2):
                order = await ask(tx.orders.save, order)
        same(3, order.version, "after two saves in one transaction, the version is off")
        same(4, (await books.saved(order)).version, "after one more, the version is off")

    @promise
    async def test_a_stale_save_conflicts(self, books: Books) -> None:
        """Saving an order that has moved on since it was read raises Conflict, changing nothing."""
        read = await books.placed()
        saved = await books.saved(read)
        await conflicts(books.saved(evolve(read, quantity=7)), "a save over something newer")
        same(saved, await books.get(read.number), "the newer one was overwritten")

    @promise
    async def test_a_stale_save_conflicts_with_its_own_transaction(self, books: Books) -> None:
        """Saving twice from one reading raises Conflict, also within one transaction."""
        read = await books.placed()

        async def twice() -> None:
            async with books.open() as tx:
                await ask(tx.orders.save, read)
                await ask(tx.orders.save, read)

        await conflicts(twice(), "the second of two saves from one reading")

    @promise
    async def test_a_save_of_what_was_never_added_conflicts(self, books: Books) -> None:
        """Saving an order that was never added raises Conflict, and does not add it."""
        async with books.open() as tx:
            number = await ask(tx.orders.next_number)
        await conflicts(books.saved(an_order(books.account, number)), "a save of an unknown order")
        same(None, await books.get(number), "it was added")


class KeyPromises:
    """A key or a number stands for one thing in an account."""

    @promise
    async def test_orders_are_found_by_key(self, books: Books) -> None:
        """An order is found by its own key, as it now stands, and by no other."""
        await books.placed()
        order = await books.saved(await books.placed(key=_KEY))
        async with books.open() as tx:
            same(order, await ask(tx.orders.find_by_key, _KEY), "by its key")
            other = IdempotencyKey("never-used")
            same(None, await ask(tx.orders.find_by_key, other), "by an unknown key")
            same(None, await ask(tx.orders.find_by_payment_key, _KEY), "as a payment's key")

    @promise
    async def test_orders_are_found_by_payment_key(self, books: Books) -> None:
        """An order is found by the key of each of its invoices, as it now stands."""
        await books.placed_with_invoices(1)
        order = await books.placed_with_invoices(1)
        async with books.open() as tx:
            order = await books.invoiced(tx, order, key=_KEY)
        async with books.open() as tx:
            for invoice in order.invoices:
                found = await ask(tx.orders.find_by_payment_key, invoice.key)
                same(order, found, f"by the key {invoice.key!r}")
            other = IdempotencyKey("never-used")
            same(None, await ask(tx.orders.find_by_payment_key, other), "by an unknown key")
            same(None, await ask(tx.orders.find_by_key, _KEY), "as an order's key")

    @promise
    async def test_orders_are_found_by_a_new_payment_key(self, books: Books) -> None:
        """An invoice that came to have another key is found by that, and not by the old one."""
        order = await books.placed_with_invoices(2)
        old, taken = order.invoices[0], evolve(order.invoices[0], key=_KEY)
        order = await books.saved(evolve(order, invoices=(taken, *order.invoices[1:])))
        async with books.open() as tx:
            same(order, await ask(tx.orders.find_by_payment_key, _KEY), "by its new key")
            same(None, await ask(tx.orders.find_by_payment_key, old.key), "by its old key")

    @promise
    async def test_orders_are_found_by_refund_key(self, books: Books) -> None:
        """An order is found by the key of each refund of each invoice, as it now stands."""
        await books.placed_with_invoices(1)
        order = await books.placed_with_invoices(2)
        # A refund that was spread has one key on several invoices.
        keys = [("spread", None, "three"), ("spread", "two")]
        invoices = tuple(
            evolve(invoice, refunds=tuple(a_refund(key, number=at) for at, key in enumerate(of, 1)))
            for invoice, of in zip(order.invoices, keys, strict=True)
        )
        order = await books.saved(evolve(order, invoices=invoices))
        order = await books.saved(order)
        async with books.open() as tx:
            for text in ("spread", "two", "three"):
                found = await ask(tx.orders.find_by_refund_key, IdempotencyKey(text))
                same(order, found, f"by the key {text!r}")
            same(None, await ask(tx.orders.find_by_refund_key, _KEY), "by an unknown key")
            of_invoice = order.invoices[0].key
            same(None, await ask(tx.orders.find_by_refund_key, of_invoice), "by a payment's key")
            two = IdempotencyKey("two")
            same(None, await ask(tx.orders.find_by_payment_key, two), "as a payment's key")

    @promise
    async def test_a_taken_order_number_conflicts(self, books: Books) -> None:
        """Adding an order under a number that is taken raises Conflict."""
        taken = await books.placed()
        order = an_order(books.account, taken.number, key=_KEY)
        await conflicts(
            books.open_and(lambda tx: ask(tx.orders.add, order)), "a second order under one number"
        )
        same(taken, await books.get(taken.number), "the first one was overwritten")

    @promise
    async def test_a_taken_order_key_conflicts(self, books: Books) -> None:
        """Adding an order under a key that is taken raises Conflict."""
        first = await books.placed(key=_KEY)
        await conflicts(books.placed(key=_KEY), "a second order under one key")
        async with books.open() as tx:
            same(first, await ask(tx.orders.find_by_key, _KEY), "the key was given away")

    @promise
    async def test_two_new_orders_under_one_key_conflict(self, books: Books) -> None:
        """Adding two orders under one key raises Conflict, also within one transaction."""

        async def two(tx: Transaction) -> tuple[Order, Order]:
            return await books.new(tx, key=_KEY), await books.new(tx, key=_KEY)

        await conflicts(books.open_and(two), "a second order under one key")

    @promise
    async def test_a_payment_key_of_another_order_conflicts(self, books: Books) -> None:
        """An invoice under a key that another order's invoice has raises Conflict."""
        paid, other = await books.placed_with_invoices(1), await books.placed()
        script = _invoiced(books, other, key=paid.invoices[0].key)
        await conflicts(script, "a second invoice under one key")

    @promise
    async def test_a_new_payment_key_that_is_taken_conflicts(self, books: Books) -> None:
        """An invoice that is to have the key of another order's invoice raises Conflict."""
        paid, other = await books.placed_with_invoices(1), await books.placed_with_invoices(1)
        invoice = evolve(other.invoices[0], key=paid.invoices[0].key)
        script = books.saved(evolve(other, invoices=(invoice,)))
        await conflicts(script, "a second invoice under one key")

    @promise
    async def test_a_payment_key_of_the_same_order_conflicts(self, books: Books) -> None:
        """An invoice under a key that an earlier one of its order has raises Conflict."""
        paid = await books.placed_with_invoices(1)
        script = _invoiced(books, paid, key=paid.invoices[0].key)
        await conflicts(script, "a second invoice under one key")

    @promise
    async def test_two_new_invoices_under_one_key_conflict(self, books: Books) -> None:
        """New invoices under one key raise Conflict, also within one transaction."""
        one, two = await books.placed(), await books.placed()
        await conflicts(_invoiced(books, one, two, key=_KEY), "a second invoice under one key")

    @promise
    async def test_an_invoice_number_of_another_order_conflicts(self, books: Books) -> None:
        """An invoice under a number that another order's invoice has raises Conflict."""
        paid, other = await books.placed_with_invoices(1), await books.placed()
        script = _invoiced(books, other, number=paid.invoices[0].number)
        await conflicts(script, "a second invoice under one number")

    @promise
    async def test_an_invoice_number_of_the_same_order_conflicts(self, books: Books) -> None:
        """An invoice under a number that an earlier one of its order has raises Conflict."""
        paid = await books.placed_with_invoices(1)
        script = _invoiced(books, paid, number=paid.invoices[0].number)
        await conflicts(script, "a second invoice under one number")

    @promise
    async def test_a_refund_key_of_another_order_conflicts(self, books: Books) -> None:
        """A refund under a key that another order's refund has raises Conflict."""
        await _invoiced(books, await books.placed(), refunds=(a_refund(_KEY),))
        script = _invoiced(books, await books.placed(), refunds=(a_refund(_KEY),))
        await conflicts(script, "a refund under a key of another order")

    @promise
    async def test_two_new_refunds_under_one_key_conflict(self, books: Books) -> None:
        """Refunds of two orders under one key raise Conflict, also within one transaction."""
        one, two = await books.placed(), await books.placed()
        script = _invoiced(books, one, two, refunds=(a_refund(_KEY),))
        await conflicts(script, "a second order's refund under one key")


async def _invoiced(books: Books, *orders: Order, **changes: Any) -> None:
    async with books.open() as tx:
        for order in orders:
            await books.invoiced(tx, order, **changes)
