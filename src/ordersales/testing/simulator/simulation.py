"""What is simulated, and what one run of it found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta

from attrs import field, frozen

from ordersales.adapters.memory import MemoryStore
from ordersales.ports.gateway import GatewayKind, PaymentGateway
from ordersales.ports.storage import Store
from ordersales.testing.simulator import plan
from ordersales.testing.simulator.acts import Act
from ordersales.testing.simulator.faults import Fault, FaultKind
from ordersales.testing.simulator.runs import Run
from ordersales.testing.simulator.violations import Violation
from ordersales.testing.simulator.world import Line, World


def as_it_is(gateway: PaymentGateway) -> PaymentGateway:
    """Return the simulated gateway as it is, without a wrapper of the host's own."""
    return gateway


@frozen(kw_only=True)
class Report:
    """What happened in one run."""

    seed: int
    kind: GatewayKind
    #: How many steps were taken: calls of scripts, and things that happened by themselves.
    steps: int
    #: How much time went by.
    simulated: timedelta
    #: How many charges the gateway executed, and how many refunds.
    charges: int
    refunds: int
    #: What went wrong on purpose, in its order.
    faults: tuple[Fault, ...] = field(repr=False)
    #: Who did what.
    acts: tuple[str, ...] = field(repr=False)
    #: Where the books don't agree and a person sees it.
    held: tuple[str, ...]
    #: The invariant that did not hold, or None.
    violation: Violation | None
    #: What happened, line by line, where it was asked for.
    story: tuple[Line, ...] = field(default=(), repr=False)

    @property
    def faults_by_kind(self) -> Mapping[FaultKind, int]:
        """How often which kind of fault was met."""
        return Counter(fault.kind for fault in self.faults)


@frozen(kw_only=True)
class Simulation:
    """A shop whose life is simulated from a seed.

    >>> report = Simulation().run(17)
    >>> report.violation is None
    True
    """

    #: The kind of gateway that takes the money.
    kind: GatewayKind = GatewayKind.KEY_AND_LOOK_UP
    #: Opens an empty store, for each run anew.
    store: Callable[[], Store] = MemoryStore
    #: Puts the host's own wrapper around the simulated gateway.
    wrap: Callable[[PaymentGateway], PaymentGateway] = as_it_is
    #: How many customers come, and during which time; nothing goes wrong after it.
    customers: int = 4
    span: timedelta = timedelta(days=4)
    #: Whether the store's transactions wait for each other (locks); then each is gone through
    #: without a step of anybody else.
    locking: bool = False
    #: After how long the store breaks a transaction off in which nothing is asked; None is never.
    idle: timedelta | None = None
    #: How many steps a run may take for each customer; one that takes more does not end.
    patience: int = 5_000

    def run(
        self,
        seed: int,
        *,
        acts: Collection[str] | None = None,
        faults: Collection[Fault] | None = None,
        telling: bool = False,
    ) -> Report:
        """Run one seed; of its acts and faults only those that are given, if any are."""
        patience = self.customers * self.patience
        world = World(f"{self.kind.name} {seed}", faults, telling=telling, patience=patience)
        idle = None if self.idle is None else _milliseconds(self.idle)
        run = Run(world, self.kind, self.store(), self.wrap, whole=self.locking, idle=idle)
        span = _milliseconds(self.span)
        planned = plan.drawn(world.chances, self.customers, span)
        wanted = [act for act in planned if acts is None or act.name in acts]
        for act in wanted:
            world.after(act.at, _beginning(run, act))
        world.after(span, world.calm_down)
        run.finish()
        return Report(
            seed=seed,
            kind=self.kind,
            steps=world.steps,
            simulated=timedelta(milliseconds=world.now),
            charges=len(run.provider.book.charges),
            refunds=len(run.provider.book.returns),
            faults=tuple(world.chances.met),
            acts=tuple(act.name for act in wanted),
            held=tuple(item.what for item in run.differences if item.seen),
            violation=world.violation,
            story=tuple(world.story or ()),
        )


def _milliseconds(time: timedelta) -> int:
    return int(time / timedelta(milliseconds=1))


def _beginning(run: Run, act: Act) -> Callable[[], None]:
    return lambda: run.begin(act)
