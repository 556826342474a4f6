"""A small loop that does what falls due, for hosts that have no job engine.

Any number of workers may run, in threads, processes and on machines, beside any job engine that
calls the same two methods (rule C3)::

    from ordersales.worker import Worker

    Worker(office).run()  # until the process is told to end

A worker charges what is due and settles what is in doubt, sleeps a while if there was nothing, and
begins anew. Told to stop, it ends behind the payment it is at.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from attrs import define

from ordersales.async_back_office import AsyncBackOffice
from ordersales.back_office import BackOffice
from ordersales.errors import OutsideFailed
from ordersales.models.due import DueResult
from ordersales.models.reconciled import Reconciled
from ordersales.values import checks

#: How long a worker sleeps when nothing is due. With it what is activated is charged within ten
#: minutes (rule R5), whatever the gateway takes for those before it.
PACE: Final = timedelta(seconds=30)
#: How much it takes at a time.
BATCH: Final = 50

_LONGEST_PACE: Final = timedelta(minutes=5)
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_log: Final = logging.getLogger("ordersales.worker")

#: What a worker did.
Done = DueResult | Reconciled


def _ignore(_: Done) -> None:
    """Do nothing about what was done."""


@define
class _Settings:
    """What both workers have in common."""

    every: timedelta = PACE
    batch: int = BATCH
    #: Is told of everything that was done.
    on_done: Callable[[Done], None] = _ignore

    def __attrs_post_init__(self) -> None:
        """Refuse a pace that keeps no promise."""
        checks.refuse(
            checks.duration(self.every, "every", least=timedelta(seconds=1), most=_LONGEST_PACE),
            checks.whole(self.batch, "batch", least=1),
        )


class Worker:
    """Charges what is due and settles what is in doubt, again and again, in this thread.

    >>> from ordersales import BackOffice
    >>> from ordersales.adapters.memory import MemoryStore
    >>> worker = Worker(BackOffice(MemoryStore()))
    >>> worker.once()
    ()

    Raises:
        InvalidInput: It would sleep less than a second or more than five minutes, or take nothing
            at a time.
    """

    def __init__(
        self,
        office: BackOffice,
        *,
        every: timedelta = PACE,
        batch: int = BATCH,
        on_done: Callable[[Done], None] = _ignore,
    ) -> None:
        """Work for `office`; `on_done` is told of everything that was done."""
        self._office = office
        self._settings = _Settings(every, batch, on_done)
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End behind the payment it is at; callable from any thread and from a signal handler."""
        self._stopped.set()

    def once(self) -> tuple[Done, ...]:
        """Do what is due now, up to a batch of each kind, and return what was done.

        Raises:
            OutsideFailed: The storage failed.
            WrongInstallation: The store is a copy, from which nothing is charged (rule C6).
        """
        batch, carry_on = self._settings.batch, self._going
        charged = self._office.recurring.run_due(batch, carry_on=carry_on)
        settled = self._office.payments.reconcile(batch, carry_on=carry_on)
        return (*charged, *settled)

    def _going(self) -> bool:
        return not self._stopped.is_set()

    def run(self) -> None:
        """Work until `stop`, or until the process is told to end (SIGTERM, SIGINT).

        A storage that fails is tried again at the next turn; everything else is raised.
        """
        with _stopped_by_signals(self.stop):
            while self._going():
                if not self._turn():
                    self._stopped.wait(self._settings.every.total_seconds())

    def _turn(self) -> bool:
        """Work once; tell whether something was done."""
        try:
            done = self.once()
        except OutsideFailed as error:
            _log.warning("the next turn is in %s: %s", self._settings.every, error)
            return False
        for item in done:
            self._settings.on_done(item)
        return bool(done)


class AsyncWorker:
    """As `Worker`, for an asynchronous office; the event loop's own `sleep` is handed to `run`.

    Call `stop` from the loop's signal handlers.
    """

    def __init__(
        self,
        office: AsyncBackOffice,
        *,
        every: timedelta = PACE,
        batch: int = BATCH,
        on_done: Callable[[Done], None] = _ignore,
    ) -> None:
        """Work for `office`; `on_done` is told of everything that was done."""
        self._office = office
        self._settings = _Settings(every, batch, on_done)
        self._stopped = False

    def stop(self) -> None:
        """End behind the payment it is at, or within a second while it sleeps."""
        self._stopped = True

    async def once(self) -> tuple[Done, ...]:
        """As `Worker.once`."""
        batch, carry_on = self._settings.batch, self._going
        charged = await self._office.recurring.run_due(batch, carry_on=carry_on)
        settled = await self._office.payments.reconcile(batch, carry_on=carry_on)
        return (*charged, *settled)

    def _going(self) -> bool:
        return not self._stopped

    async def run(self, sleep: Callable[[float], Awaitable[object]]) -> None:
        """Work until `stop`; `sleep` is that of the event loop: `asyncio.sleep`, `trio.sleep`."""
        while self._going():
            if not await self._turn():
                await self._pause(sleep)

    async def _turn(self) -> bool:
        """Work once; tell whether something was done."""
        try:
            done = await self.once()
        except OutsideFailed as error:
            _log.warning("the next turn is in %s: %s", self._settings.every, error)
            return False
        for item in done:
            self._settings.on_done(item)
        return bool(done)

    async def _pause(self, sleep: Callable[[float], Awaitable[object]]) -> None:
        # A second at a time, since no event of any loop could be waited for by all of them.
        for _ in range(int(self._settings.every.total_seconds())):
            if self._going():
                await sleep(1)


@contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Generator[None]:
    """Let the signals that end a process stop the worker; only the main thread may do so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def told(_: int, __: object) -> None:
        stop()

    before = {number: signal.signal(number, told) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
