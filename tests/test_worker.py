"""The loop for hosts without a job engine: it does what is due, and ends behind a payment."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from ordersales import AsyncBackOffice, BackOffice, PaymentSystem
from ordersales.errors import Conflict, InvalidInput, WrongInstallation
from ordersales.models.charge import Answer, ChargeRequest
from ordersales.models.due import Did, DueResult
from ordersales.testing import ScriptedGateway
from ordersales.worker import AsyncWorker, Done, Worker
from tests.drivers import CARDS, Shop
from tests.subscribing import FEBRUARY, subscribe

pytestmark = pytest.mark.rule("C3")

SECOND: Final = timedelta(seconds=1)


class Hooked(ScriptedGateway):
    """Calls somebody while it charges."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def charge(self, request: ChargeRequest) -> Answer:
        """Take the money."""
        self.meanwhile()
        return super().charge(request)


def a_shop(due: int) -> Shop:
    """Return a shop in which so many recurring orders are due."""
    shop = Shop.behind(BackOffice, Hooked())
    for n in range(due):
        subscribe(shop, under=f"cart-{n}")
    if due:
        shop.clock.advance_to(FEBRUARY)
    return shop


def workers(
    shop: Shop, **more: Any
) -> tuple[Worker, Callable[[], tuple[Done, ...]], Callable[[], None]]:
    """Return a worker with what lets it work once and run."""
    worker = Worker(shop.office, **more)
    return worker, worker.once, worker.run


def async_workers(
    shop: Shop, **more: Any
) -> tuple[AsyncWorker, Callable[[], tuple[Done, ...]], Callable[[], None]]:
    """Return an asynchronous one likewise."""
    systems: Any = [PaymentSystem(CARDS, shop.gateway)]
    store: Any = shop.store
    worker = AsyncWorker(AsyncBackOffice(store, systems, shop.clock), **more)
    return (
        worker,
        lambda: asyncio.run(worker.once()),
        lambda: asyncio.run(worker.run(asyncio.sleep)),
    )


KINDS: Final = pytest.mark.parametrize("kind", [workers, async_workers], ids=["sync", "async"])


@KINDS
def test_once(kind: Any) -> None:
    """What is due is done, and told."""
    shop = a_shop(3)
    _, once, _ = kind(shop)
    done = once()
    assert [item.did for item in done if isinstance(item, DueResult)] == [Did.PAID] * 3
    assert once() == ()


@KINDS
def test_it_takes_a_batch_at_a_time(kind: Any) -> None:
    """The rest is done at the next turn."""
    _, once, _ = kind(a_shop(3), batch=2)
    assert [len(once()), len(once()), len(once())] == [2, 1, 0]


@KINDS
def test_it_ends_behind_the_payment_it_is_at(kind: Any) -> None:
    """In the middle of a batch: what was claimed and not begun is left to others."""
    shop = a_shop(5)
    told: list[Done] = []
    worker, _, run = kind(shop, on_done=told.append)
    calls = shop.gateway.calls

    def stop_at_the_second() -> None:
        if shop.gateway.calls == calls + 1:
            worker.stop()

    shop.gateway.meanwhile = stop_at_the_second  # type: ignore[attr-defined]
    run()
    assert shop.gateway.calls == calls + 2
    assert [item.did for item in told if isinstance(item, DueResult)] == [Did.PAID] * 2
    shop.clock.advance(timedelta(minutes=2))
    assert len(shop.office.recurring.run_due()) == 3


@KINDS
def test_it_sleeps_when_nothing_is_due_and_is_woken_by_stopping(kind: Any) -> None:
    """It does not sleep its time out."""
    worker, _, run = kind(a_shop(0), every=timedelta(minutes=5))
    timer = threading.Timer(0.2, worker.stop)
    timer.start()
    began = time.monotonic()
    run()
    assert time.monotonic() - began < 30


class Failing:
    """A store that can't be asked for a while."""

    def __init__(self, plain: Any, *errors: Exception) -> None:
        self._plain = plain
        self._errors = [*errors]

    def accounts_to_charge(self, now: Any, limit: int) -> Any:
        """Fail, or answer."""
        if self._errors:
            raise self._errors.pop(0)
        return self._plain.accounts_to_charge(now, limit)

    def __getattr__(self, name: str) -> Any:
        """Return what the store has."""
        return getattr(self._plain, name)


@KINDS
def test_a_storage_that_fails_is_tried_again(kind: Any, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the next turn does the work."""
    shop = a_shop(1)
    failing: Any = Failing(shop.store, Conflict("the database is restarting"))
    office = BackOffice(failing, [PaymentSystem(CARDS, shop.gateway)], shop.clock)
    broken = Shop(office, failing, shop.gateway, shop.clock)
    told: list[Done] = []
    worker, _, run = kind(
        broken, every=SECOND, on_done=lambda done: (told.append(done), worker.stop())
    )
    run()
    assert len(told) == 1
    assert "the next turn is in 0:00:01: the database is restarting" in caplog.text


@KINDS
def test_anything_else_is_raised(kind: Any) -> None:
    """A copy of the database is no outage."""
    shop = a_shop(1)
    systems = [PaymentSystem(CARDS, shop.gateway)]
    office = BackOffice(shop.store, systems, shop.clock, installation="staging")
    copy = Shop(office, shop.store, shop.gateway, shop.clock)
    if kind is async_workers:
        store: Any = shop.store
        front = AsyncBackOffice(store, systems, shop.clock, installation="staging")
        with pytest.raises(WrongInstallation):
            asyncio.run(AsyncWorker(front).run(asyncio.sleep))
    else:
        with pytest.raises(WrongInstallation):
            Worker(copy.office).run()


@pytest.mark.rule("B1")
@KINDS
@pytest.mark.parametrize(
    ("field", "value"),
    [("every", timedelta(0)), ("every", timedelta(minutes=6)), ("every", 30), ("batch", 0)],
)
def test_a_pace_that_keeps_no_promise(kind: Any, field: str, value: object) -> None:
    """The error names the field."""
    with pytest.raises(InvalidInput, match=field):
        kind(a_shop(0), **{field: value})


SCRIPT: Final = """
import sys
from ordersales import BackOffice
from ordersales.adapters.memory import MemoryStore
from ordersales.worker import Worker

class Told(Worker):
    def once(self):
        print("working", flush=True)
        return super().once()

Told(BackOffice(MemoryStore())).run()
print("ended", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(number: signal.Signals) -> None:
    """As a process manager does it: it ends by itself, with success."""
    process = subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "working\n"
    os.kill(process.pid, number)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "ended\n")


def test_the_signals_of_the_host_come_back() -> None:
    """What they did before, they do again."""
    before = signal.getsignal(signal.SIGTERM)
    worker = Worker(a_shop(0).office)
    worker.stop()
    worker.run()
    assert signal.getsignal(signal.SIGTERM) is before


def test_in_a_thread_no_signals_are_touched() -> None:
    """Only the main thread may."""
    worker = Worker(a_shop(0).office)
    worker.stop()
    thread = threading.Thread(target=worker.run)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
