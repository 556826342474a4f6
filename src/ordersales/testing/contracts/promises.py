"""How a check is written: a promise in words, a script or a function, and what it compares."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol, TypeVar

from ordersales.services.engine import ask
from ordersales.testing.contracts.drivers import Driver

#: How many pauses one side waits for the other; a store may make it wait in vain, by a lock.
_PAUSES: Final = 200


class Bench(Protocol):
    """What a check works on, and what runs its scripts."""

    @property
    def drive(self) -> Driver:
        """What runs the scripts."""
        ...


Suite = TypeVar("Suite")
OnBench = TypeVar("OnBench", bound=Bench)


def promise(
    check: Callable[[Suite, OnBench], Coroutine[Any, Any, None] | None],
) -> Callable[..., None]:
    """Make a test of `check`: a script is driven, and a failure begins with its docstring."""
    stated = " ".join((inspect.getdoc(check) or "").partition("\n\n")[0].split())

    @functools.wraps(check)
    def test(suite: Suite, *given: OnBench, **named: OnBench) -> None:
        # pytest hands over a fixture by its name, which is that in the check.
        (bench,) = (*given, *named.values())
        try:
            script = check(suite, bench)
            if script is not None:
                bench.drive(script)
        except AssertionError as error:
            error.args = (f"{stated} But {error}",)
            raise
        except Exception as error:
            raise AssertionError(f"{stated} But it raised {error!r}") from error

    return test


def same(expected: object, found: object, says: str) -> None:
    """Compare, and say in words what went wrong: pytest rewrites no assertions in here."""
    if expected != found:
        raise AssertionError(f"{says}: expected {expected!r}, found {found!r}")


def holds(fact: object, says: str) -> None:
    """Raise unless `fact` is true, and say in words what is wrong."""
    if not fact:
        raise AssertionError(says)


class Meeting:
    """Where scripts that run at once wait for each other, so that they race every time.

    A store may let one wait for the other's transaction to end, so nobody waits for long.
    """

    def __init__(self, parties: int, drive: Driver) -> None:
        """Wait until so many have come."""
        self._parties = parties
        self._drive = drive
        self._come: list[None] = []

    async def come(self) -> None:
        """Come, without waiting for the others."""
        self._come.append(None)

    async def wait(self) -> None:
        """Wait until all have come, or for a fifth of a second."""
        for _ in range(_PAUSES):
            if len(self._come) >= self._parties:
                return
            await ask(self._drive.pause)

    async def meet(self) -> None:
        """Come, and wait for the others."""
        await self.come()
        await self.wait()
