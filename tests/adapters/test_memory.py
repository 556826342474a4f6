"""The memory store keeps the contract of storage, behind both doors and from many threads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import pytest
import trio
from attrs import evolve

from ordersales.adapters.memory import MemoryStore
from ordersales.errors import Conflict
from ordersales.models.filters import EVERYTHING
from ordersales.services.engine import run_async
from ordersales.testing.contracts import AsyncStoreContract, StoreContract
from ordersales.testing.contracts.recurring_samples import a_recurring_order
from ordersales.testing.contracts.samples import BANK, NOON, a_message, an_invoice, an_order
from ordersales.values.identifiers import AccountId
from tests.drivers import AwaitedStore

ACME = AccountId("acme")


class TestInThreads(StoreContract):
    """As a synchronous host uses it."""

    @pytest.fixture
    def store(self) -> MemoryStore:
        """Return an empty one."""
        return MemoryStore()


class TestInTasks(AsyncStoreContract):
    """As an asynchronous host uses it: it never has to be awaited."""

    @pytest.fixture
    def store(self) -> Any:
        """Return an empty one."""
        return MemoryStore()


class TestAwaited(AsyncStoreContract):
    """As a store of an asynchronous host: each answer has to be awaited."""

    @pytest.fixture
    def store(self) -> Any:
        """Return an empty one."""
        return AwaitedStore(MemoryStore())


class OneAtATime(MemoryStore):
    """A store that lets one transaction in at a time, as a database with coarse locks does."""

    def __init__(self) -> None:
        super().__init__()
        self._entrance = Lock()

    @contextmanager
    def transaction(self, account: AccountId) -> Iterator[Any]:
        """Wait for the one before to leave."""
        with self._entrance, super().transaction(account) as tx:
            yield tx


class TestOneAtATime(StoreContract):
    """The contract asks for no particular way: waiting for each other is one, too."""

    @pytest.fixture
    def store(self) -> Any:
        """Return an empty one."""
        return OneAtATime()


class TrioDriver:
    """Runs scripts in trio, several of them in a task each: what a host's own driver may be."""

    def __call__(self, *scripts: Any) -> list[Any]:
        """Run all `scripts` at once and return what they return, in their order."""
        answers: list[Any] = [None] * len(scripts)

        async def one(at: int, script: Any) -> None:
            answers[at] = await run_async(script)

        async def together() -> None:
            async with trio.open_nursery() as nursery:
                for at, script in enumerate(scripts):
                    nursery.start_soon(one, at, script)

        trio.run(together)
        return answers

    def pause(self) -> Any:
        """Let the other tasks go on."""
        return trio.sleep(0.001)  # noqa: ASYNC105 - awaited by the driver


class TestInTrio(AsyncStoreContract):
    """As a host of another event loop uses it."""

    @pytest.fixture
    def store(self) -> Any:
        """Return an empty one."""
        return MemoryStore()

    @pytest.fixture
    def drive(self) -> TrioDriver:
        """Run scripts in trio."""
        return TrioDriver()


@pytest.mark.rule("O4")
def test_threads_that_open_an_account_at_once_share_it() -> None:
    """An account is made by its first transaction, and made once."""
    for _ in range(50):
        store = MemoryStore()

        def take(_: int, store: MemoryStore = store) -> int:
            with store.transaction(ACME) as tx:
                return tx.orders.next_number()

        with ThreadPoolExecutor(8) as pool:
            assert list(range(1, 9)) == sorted(pool.map(take, range(8)))


@pytest.mark.rule("C5", "O4")
def test_a_conflict_names_what_is_taken() -> None:
    """Who reads a log learns which order, key or number it was."""
    store = MemoryStore()
    with store.transaction(ACME) as tx:
        order = tx.orders.add(an_order(ACME, tx.orders.next_number()))
        paid = tx.orders.save(
            evolve(order, invoices=(an_invoice(tx.orders.next_invoice_number()),))
        )
        other = tx.orders.add(an_order(ACME, tx.orders.next_number()))
    invoice = paid.invoices[0]

    def saving(changed: Any) -> str:
        with pytest.raises(Conflict) as caught, store.transaction(ACME) as tx:
            tx.orders.save(changed)
        return caught.value.record

    def adding(new: Any) -> str:
        with pytest.raises(Conflict) as caught, store.transaction(ACME) as tx:
            tx.orders.add(new)
        return caught.value.record

    assert "order 1" == saving(order)
    assert "order 1" == adding(evolve(an_order(ACME, order.number), version=0))
    assert "the key 'order-1'" == adding(an_order(ACME, 9, key=order.key))
    assert "the key 'payment-1'" == saving(evolve(other, invoices=(evolve(invoice, number=9),)))
    assert "invoice 1" == saving(evolve(other, invoices=(evolve(invoice, key="another"),)))


@pytest.mark.rule("C3")
def test_what_became_of_a_claim_stands_when_its_commit_is_refused() -> None:
    """It is given back, unless it has ended meanwhile: saved, or claimed by another."""
    store, minute = MemoryStore(), timedelta(minutes=1)
    with store.transaction(ACME) as tx:
        order = tx.orders.add(an_order(ACME, tx.orders.next_number()))
        numbers = [tx.orders.next_number() for _ in range(3)]
        for number in numbers:
            tx.recurring_orders.add(evolve(a_recurring_order(ACME, number), due_at=NOON))

    def claimed(now: datetime) -> list[int]:
        with store.transaction(ACME) as tx:
            found = tx.recurring_orders.claim_due(now, now + minute, 1)
            return [item.number for item in found]

    def refused() -> None:
        with store.transaction(ACME) as tx:
            there = tx.recurring_orders.claim_due(NOON, NOON + minute, 2)
            tx.orders.save(order)
            with store.transaction(ACME) as faster:
                faster.orders.save(order)
                faster.recurring_orders.save(evolve(there[0], due_at=NOON + 9 * minute))
            assert claimed(NOON) == numbers[2:]
            assert claimed(NOON + minute) == numbers[1:2]

    with pytest.raises(Conflict, match="order 1"):
        refused()
    assert claimed(NOON + minute) == numbers[2:]
    assert claimed(NOON + minute) == []
    assert claimed(NOON + 9 * minute) == numbers[1:2]


@pytest.mark.rule("C4")
def test_a_message_that_is_matched_meanwhile_is_not_put_off() -> None:
    """Who found what it is about comes before who has looked in vain, in whatever order they commit."""
    store, message = MemoryStore(), a_message()
    with store.transaction(ACME) as tx:
        tx.inbox.add(BANK, message, NOON)
        tx.inbox.put_off(BANK, message, NOON)
    with store.transaction(ACME) as slow:
        slow.inbox.put_off(BANK, message, NOON)
        with store.transaction(ACME) as fast:
            fast.inbox.match(BANK, message)
    with store.transaction(ACME) as tx:
        assert tx.inbox.to_match(NOON, 9) == ()
        assert tx.inbox.unmatched() == ()


def test_readers_see_no_half_of_a_commit_that_is_being_applied() -> None:
    """A transaction that reads while another commits waits until all of it is there."""
    store = MemoryStore()
    with store.transaction(ACME) as tx:
        tx.orders.next_number()
    account = store._accounts[ACME]

    def count() -> int:
        with store.transaction(ACME) as tx:
            return tx.orders.count(EVERYTHING)

    with ThreadPoolExecutor(1) as pool:
        with account.lock:
            reading = pool.submit(count)
            account.keep(an_order(ACME, 1, version=1))
            assert not reading.done()
            account.keep(an_order(ACME, 2, version=1))
        assert 2 == reading.result(timeout=5)
