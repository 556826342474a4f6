"""One script on its way, in a process that may die, freeze or hear nothing at any of its calls."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from attrs import define, field

from ordersales.errors import Conflict
from ordersales.services.engine import Call, Scope
from ordersales.testing.clock import MovableClock
from ordersales.testing.simulator.by_hand import ByHand, Tell
from ordersales.testing.simulator.faults import FaultKind
from ordersales.testing.simulator.ledger import Ledger
from ordersales.testing.simulator.world import HOUR, MINUTE, SECOND, World
from ordersales.values.identifiers import AccountId

Script = Coroutine[Any, Any, Any]

#: How long a process freezes, or its machine sleeps.
FREEZES: Final = (5 * SECOND, 90 * SECOND, 30 * MINUTE, 7 * HOUR, 26 * HOUR)
#: How long a port takes, and a gateway.
_PORT_TAKES: Final = (0, 0, 0, 200, SECOND)
_GATEWAY_TAKES: Final = (300, 800, 2 * SECOND, 20 * SECOND)


class ProcessClock:
    """A process's view of the time: its monotonic face stands while the machine sleeps."""

    def __init__(self, clock: MovableClock) -> None:
        """Run with `clock`."""
        self._clock = clock
        self._slept = 0.0

    def now(self) -> datetime:
        """Return the time."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Return the seconds for which the machine was awake."""
        return self._clock.monotonic() - self._slept

    def sleep(self, milliseconds: int) -> None:
        """Let the machine sleep from now on, for so long."""
        self._slept += timedelta(milliseconds=milliseconds).total_seconds()


@define(eq=False)
class Process:
    """Runs one script through the faults that its stream of chance has for it."""

    world: World
    ledger: Ledger
    name: str
    #: Whose records it may touch; None is everybody's.
    account: AccountId | None
    clock: ProcessClock
    #: Whether a transaction is gone through in one go, since the store's own wait for each other.
    whole: bool
    #: For how many milliseconds the store lets a transaction be in which nothing is asked.
    idle: int | None
    #: Called at the end, whatever it is.
    on_end: Callable[[Process], None]
    crashed: bool = False
    _hand: ByHand | None = None
    _chance: Random = field(init=False)
    _tell: Tell | None = None
    _inside: bool = False
    #: The transaction that was entered last, and whether the store has broken it off.
    _transaction: Any = None
    _broken_off: bool = False

    def __attrs_post_init__(self) -> None:
        """Draw from the stream of its own name."""
        self._chance = self.world.chances.stream(self.name)

    def run(self, script: Script) -> None:
        """Begin with `script`."""
        self.ledger.at_work = (self.name, self.account)
        self._hand = ByHand(script)
        self._go_on()

    @property
    def error(self) -> BaseException | None:
        """What its script ended with."""
        return None if self._hand is None else self._hand.error

    @property
    def result(self) -> Any:
        """What its script returned."""
        return None if self._hand is None else self._hand.result

    def _go_on(self) -> None:
        """Hear the answer of the last call and make the next; in one event of the world."""
        hand, waits = self._hand, 0
        assert hand is not None, "a process runs once it has a script"
        self.ledger.at_work = (self.name, self.account)
        while True:
            if self._tell is not None:
                hand.go_on(self._tell)
            call = hand.asked
            if call is None:
                self.on_end(self)
                return
            # Nothing worse can happen to a transaction that is gone.
            fault = None if self._broken_off else self._meets(call)
            if fault is FaultKind.CRASH_BEFORE:
                self._die(call, left=False)
                return
            self._tell = self._performed(call, fault)
            if fault is FaultKind.CRASH_AFTER:
                self._die(call, left=True)
                return
            waits += self._takes(call, fault)
            if not (self.whole and self._inside):
                self.world.after(waits, self._go_on)
                return

    def _meets(self, call: Call) -> FaultKind | None:
        sort = _sort(call)
        performed = 0 if self._hand is None else self._hand.performed
        return self.world.chances.draw(self._chance, sort, self.name, performed + 1)

    def _performed(self, call: Call, fault: FaultKind | None) -> Tell:
        hand = self._hand
        assert hand is not None
        self._inside = self._inside if call.scope is Scope.PORT else call.scope is Scope.ENTER
        if self._broken_off:
            self._broken_off = call.scope is not Scope.EXIT
            return hand.failed(ConnectionError("the storage has broken the transaction off"))
        if call.scope is Scope.ENTER:
            self._transaction = getattr(call.target, "__self__", None)
        if fault is FaultKind.PORT_FAILED:
            self._inside = self._inside and call.scope is not Scope.ENTER
            return hand.failed(ConnectionError("the storage can't be reached"))
        if fault is FaultKind.CONFLICT:
            lost = Conflict("a record that somebody else was faster with")
            call.target(Conflict, lost, None)
            return hand.failed(lost)
        tell = hand.perform()
        if fault is FaultKind.COMMIT_LOST:
            return hand.failed(ConnectionError("the connection broke during the commit"))
        return tell

    def _takes(self, call: Call, fault: FaultKind | None) -> int:
        """Return for how long the process does not go on."""
        usual = _GATEWAY_TAKES if call.scope is Scope.OUTSIDE else _PORT_TAKES
        takes = usual[int(self._chance.random() * len(usual))]
        if fault is FaultKind.FREEZE or fault is FaultKind.SLEEP:
            frozen = FREEZES[int(self._chance.random() * len(FREEZES))]
            if fault is FaultKind.SLEEP:
                self.clock.sleep(frozen)
            takes += frozen
            asks_inside = call.scope is Scope.PORT and self._inside and not self.whole
            if asks_inside and self.idle is not None and takes > self.idle:
                self.world.after(self.idle, self._break_off)
        return takes

    def _break_off(self) -> None:
        """Have the store roll back what is open: it waits for nobody who asks nothing for long."""
        self.world.tell(self.name, "is silent for too long: its transaction is broken off")
        self._transaction.__exit__(GeneratorExit, GeneratorExit(), None)
        self._broken_off = True

    def _die(self, call: Call, *, left: bool) -> None:
        """Die; a storage notices that the connection is gone, and rolls back what is open."""
        assert self._hand is not None
        self._hand.drop()
        # A script that is dropped while it leaves can't tell the storage itself.
        if call.scope is Scope.EXIT and not left:
            call.target(GeneratorExit, GeneratorExit(), None)
        self.crashed = True
        self.on_end(self)


def _sort(call: Call) -> str:
    """Return which faults a call may meet."""
    if call.scope is Scope.EXIT:
        # A transaction that is rolled back anyway has nothing to lose.
        return "commits" if call.args[0] is None else "looks at a clock"
    if call.scope is Scope.OUTSIDE:
        return "calls of a gateway"
    at_a_clock = getattr(call.target, "__name__", "") in _CLOCK
    return "looks at a clock" if at_a_clock else "other calls"


_CLOCK: Final = ("now", "monotonic")
