"""Run the scripts of a check, alone or several at once, through either kind of port."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Coroutine, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from typing import Any, Final, Protocol, TypeVar

from ordersales.services.engine import run, run_async

T = TypeVar("T")

#: Seconds after which transactions that wait for each other are taken to wait for ever.
PATIENCE: Final = 30.0
#: Seconds between two looks at whether the other side has moved.
_PAUSE: Final = 0.001
#: Threads take turns this often, in seconds, so that they meet where it hurts.
_TURN: Final = 1e-5


class Driver(Protocol):
    """Runs scripts; implement it for an event loop that this module does not know."""

    def __call__(self, *scripts: Coroutine[Any, Any, T]) -> list[T]:
        """Run all `scripts` at once and return what they return, in their order.

        Raises:
            AssertionError: They don't come to an end.
        """
        ...

    def pause(self) -> object:
        """Let the others go on for about a millisecond; a script asks for it as of a port."""
        ...


class ThreadDriver:
    """Runs scripts through synchronous ports: one here, several in a thread each."""

    def __init__(self, patience: float = PATIENCE) -> None:
        """Wait at most `patience` seconds for threads to end."""
        self._patience = patience

    def __call__(self, *scripts: Coroutine[Any, Any, T]) -> list[T]:
        """Run all `scripts` at once and return what they return, in their order."""
        if len(scripts) == 1:
            return [run(scripts[0])]
        ends: list[Future[T]] = [Future() for _ in scripts]
        with _short_turns():
            for script, end in zip(scripts, ends, strict=True):
                # A thread that hangs must not keep the tests from ending.
                Thread(target=_finish, args=(script, end), daemon=True).start()
            return [self._of(end) for end in ends]

    def _of(self, end: Future[T]) -> T:
        try:
            return end.result(self._patience)
        except TimeoutError:
            raise AssertionError(_stuck(self._patience)) from None

    def pause(self) -> None:
        """Let the other threads go on."""
        time.sleep(_PAUSE)


def _finish(script: Coroutine[Any, Any, T], end: Future[T]) -> None:
    try:
        end.set_result(run(script))
    except BaseException as error:  # noqa: BLE001 - told where the answer is waited for
        end.set_exception(error)


@contextmanager
def _short_turns() -> Generator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


class TaskDriver:
    """Runs scripts through asynchronous ports in one asyncio loop, several in a task each."""

    def __init__(self, runner: asyncio.Runner, patience: float = PATIENCE) -> None:
        """Use the loop of `runner`, and wait at most `patience` seconds for tasks to end."""
        self._runner = runner
        self._patience = patience

    def __call__(self, *scripts: Coroutine[Any, Any, T]) -> list[T]:
        """Run all `scripts` at once and return what they return, in their order."""
        return self._runner.run(self._together(*scripts))

    async def _together(self, *scripts: Coroutine[Any, Any, T]) -> list[T]:
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.gather(*(run_async(script) for script in scripts))
        except TimeoutError:
            raise AssertionError(_stuck(self._patience)) from None

    def pause(self) -> Coroutine[Any, Any, None]:
        """Let the other tasks go on."""
        return asyncio.sleep(_PAUSE)


def _stuck(patience: float) -> str:
    return f"transactions that ran at once had not ended after {patience} seconds"
