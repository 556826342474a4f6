"""Time, and what happens in it: a heap of events on a clock that is moved from one to the next."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from attrs import frozen

from ordersales.testing.clock import MovableClock
from ordersales.testing.simulator.chances import Chances
from ordersales.testing.simulator.faults import Fault
from ordersales.testing.simulator.violations import Violation

#: Times are counted in whole milliseconds, so that they are the same on every machine.
SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


@frozen
class Line:
    """One line of a story: when, who, what."""

    at: datetime
    who: str
    what: str

    def __str__(self) -> str:
        """Return the line as it is printed."""
        return f"{self.at:%d %b %H:%M:%S}.{self.at.microsecond // 1000:03}  {self.who}: {self.what}"


class World:
    """What all that happens in one run has in common."""

    def __init__(
        self,
        seed: str,
        only: Collection[Fault] | None = None,
        *,
        telling: bool = False,
        patience: int = 100_000,
    ) -> None:
        """Start at the beginning of time, with nothing to happen, and take `patience` steps."""
        self.clock: MovableClock = MovableClock()
        self.chances: Chances = Chances(seed, only)
        #: Milliseconds since the beginning.
        self.now: int = 0
        self.steps: int = 0
        self._patience = patience
        self.violation: Violation | None = None
        #: What happened so far, if it is to be told.
        self.story: list[Line] | None = None
        if telling:
            self.story = []
            self.chances.tell = lambda fault: self.tell(fault.where, f"FAULT: {fault.kind}")
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()

    def after(self, delay: int, do: Callable[[], None]) -> None:
        """Let `do` happen in so many milliseconds."""
        heapq.heappush(self._events, (self.now + delay, next(self._order), do))

    def run(self) -> None:
        """Let everything happen, until nothing is left to happen or an invariant is broken."""
        while self._events and self.violation is None:
            at, _, do = heapq.heappop(self._events)
            if at > self.now:
                self.clock.advance(timedelta(milliseconds=at - self.now))
                self.now = at
            self.steps += 1
            if self.steps > self._patience:
                self.broken(17, f"after {self.steps - 1:,} steps there is still something to do")
                return
            do()

    def calm_down(self) -> None:
        """Let nothing go wrong any more."""
        self.chances.calm = True
        self.tell("world", "nothing goes wrong any more")

    def broken(self, number: int, detail: str) -> None:
        """Note that an invariant does not hold; the first one counts."""
        if self.violation is None:
            violation = Violation(number, detail, self.clock.now())
            self.tell("broken", str(violation))
            self.violation = violation

    def tell(self, who: str, what: str) -> None:
        """Add a line to the story, if there is to be one; it ends with what is broken."""
        if self.story is not None and self.violation is None:
            self.story.append(Line(self.clock.now(), who, what))
