"""The workers of a shop: each comes when something is due, and looks once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from ordersales.ports.storage import Store
from ordersales.testing.simulator.chances import in_hundred
from ordersales.testing.simulator.world import MINUTE, World

#: How often a worker comes by where nothing is known to be due.
_POLL: Final = MINUTE
#: So often in a row, once nothing goes wrong any more, something may still be due after a look.
_PATIENCE: Final = 100


class Timers:
    """Lets workers come at the moments at which something becomes due, and not in between.

    A worker that looks every minute finds nothing most of the time; here it comes only where it
    may find something: within a minute of that moment, and every minute until nothing is due.
    """

    def __init__(self, world: World, store: Store, begin: Callable[[str], None]) -> None:
        """Look into `store`, and `begin` a worker under a name."""
        self._world = world
        self._store = store
        self._begin = begin
        self._expected: set[int] = set()
        self._in_a_row = 0

    def due(self, at: datetime) -> None:
        """Let a worker come when `at` has come."""
        ahead = (at - self._world.clock.now()) / timedelta(milliseconds=1)
        moment = self._world.now + max(0, int(ahead))
        if moment not in self._expected:
            self._expected.add(moment)
            late = self._world.chances.stream(f"due at {moment}").randrange(_POLL)
            self._world.after(moment + late - self._world.now, lambda: self._come(moment))

    def _come(self, moment: int) -> None:
        self._expected.discard(moment)
        self._look()

    def _look(self) -> None:
        """Begin a worker, or several at once, if anything is due; and come again."""
        now = self._world.clock.now()
        to_do = self._store.accounts_to_check(now, 1), self._store.accounts_to_charge(now, 1)
        if not any(to_do):
            self._in_a_row = 0
            return
        name = f"worker of {self._world.clock.now():%d %b %H:%M:%S}"
        self._begin(name)
        if in_hundred(self._world.chances.stream(name), 30):
            self._begin(f"{name} beside it")
        if self._world.chances.calm:
            self._in_a_row += 1
        if self._in_a_row > _PATIENCE:
            self._world.broken(9, "something stays due, whoever looks after it")
        else:
            self._world.after(_POLL, self._look)
