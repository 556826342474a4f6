"""What is activated is charged within ten minutes, with the worker's own pace (rule R5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import pytest
from attrs import define, field

from ordersales import AsyncBackOffice, BackOffice, OrderNumber
from ordersales.adapters.memory import MemoryStore
from ordersales.models.charge import Answer, ChargeRequest
from ordersales.ports.gateway import Capabilities, GatewayKind
from ordersales.services import due
from ordersales.testing import PROFILES, MovableClock, ScriptedGateway
from ordersales.worker import AsyncWorker
from tests.drivers import BOSS, ByHand, Shop, through
from tests.subscribing import FEBRUARY, subscribe

pytestmark = pytest.mark.rule("R5")

TEN_MINUTES: Final = timedelta(minutes=10)
#: The longest that a gateway may take.
TIMEOUT: Final = timedelta(seconds=30)
#: Those that answer a repeated key: only with them the promise outlives a crash.
WITH_KEYS: Final = [kind for kind in GatewayKind if PROFILES[kind].keys_kept_for is not None]


class SlowGateway(ScriptedGateway):
    """Takes as long as it may for each charge, and writes down when each was asked for."""

    def __init__(self, capabilities: Capabilities, clock: MovableClock) -> None:
        super().__init__(capabilities=capabilities)
        self._time = clock
        self.takes = timedelta()
        self.asked: list[tuple[OrderNumber, datetime]] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def charge(self, request: ChargeRequest) -> Answer:
        """Take the money, after a while in which something else may happen."""
        self.asked.append((request.reference.order, self._time.now()))
        self._time.advance(self.takes)
        self.meanwhile()
        return super().charge(request)


@define
class Scene:
    """A shop with many recurring orders due, and one that is paused."""

    kind: GatewayKind
    others: int
    clock: MovableClock = field(factory=MovableClock)
    store: MemoryStore = field(factory=MemoryStore)
    gateway: SlowGateway = field(init=False)
    shop: Shop = field(init=False)
    paused: OrderNumber = field(init=False)
    activated_at: datetime | None = None

    def __attrs_post_init__(self) -> None:
        """Open it, and go to the moment when they are due."""
        self.gateway = SlowGateway(PROFILES[self.kind], self.clock)
        office = BackOffice(self.store, [through(self.gateway)], self.clock)
        self.shop = Shop(office, self.store, self.gateway, self.clock)
        self.paused = subscribe(self.shop, under="paused")
        for n in range(self.others):
            subscribe(self.shop, under=f"cart-{n}")
        office.recurring.pause(BOSS, self.paused)
        self.clock.advance_to(FEBRUARY)
        self.gateway.takes = TIMEOUT
        self.gateway.asked.clear()

    def activate(self) -> None:
        """Let a person activate the paused one, once."""
        if self.activated_at is None:
            self.activated_at = self.clock.now()
            self.shop.office.recurring.activate(BOSS, self.paused)

    def work(self) -> timedelta:
        """Let a worker run until it is charged, and return how long that took."""
        office = AsyncBackOffice(self.store, [through(self.gateway)], self.clock)  # type: ignore[arg-type]
        worker = AsyncWorker(office)

        async def sleep(seconds: float) -> None:
            self.clock.advance(timedelta(seconds=seconds))
            self._stop_when_charged(worker)

        self.gateway.meanwhile = lambda: self._during(worker)
        asyncio.run(worker.run(sleep))
        assert self.activated_at is not None
        return dict(self.gateway.asked)[self.paused] - self.activated_at

    def _during(self, worker: AsyncWorker) -> None:
        if len(self.gateway.asked) == 5:
            self.activate()
        self._stop_when_charged(worker)

    def _stop_when_charged(self, worker: AsyncWorker) -> None:
        if self.paused in dict(self.gateway.asked):
            worker.stop()


@pytest.mark.parametrize("kind", GatewayKind)
def test_while_the_worker_is_busy(kind: GatewayKind) -> None:
    """It goes before all that was due longer, however slow the gateway is for those under way."""
    scene = Scene(kind, others=60)
    assert scene.work() <= TEN_MINUTES / 2
    assert len(scene.gateway.asked) < 20


@pytest.mark.parametrize("kind", GatewayKind)
def test_while_the_worker_sleeps(kind: GatewayKind) -> None:
    """It is found at the next turn."""
    scene = Scene(kind, others=0)
    scene.activate()
    assert scene.work() <= timedelta(seconds=30)


@pytest.mark.parametrize("kind", WITH_KEYS)
@pytest.mark.parametrize("crashes", [1, 2])
def test_after_crashes(kind: GatewayKind, crashes: int) -> None:
    """A worker dies behind its reservation: the next one asks again under the same key."""
    scene = Scene(kind, others=0)
    scene.activate()
    for crash in range(crashes):
        _die(scene, reserving=crash == 0)
    assert scene.work() <= TEN_MINUTES


def _die(scene: Scene, *, reserving: bool) -> None:
    """Let a worker die just before it asks the gateway."""
    worker = ByHand(due.run_due(scene.shop.desk, limit=10))
    while worker.asked is not None and worker.asked.target.__name__ != "charge":
        worker.step()
    assert worker.ended is not reserving
    worker.drop()
    scene.clock.advance(timedelta(minutes=2))
