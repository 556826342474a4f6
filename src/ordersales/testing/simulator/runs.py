"""One run of one seed: the shop is opened, everything happens, and the books are compared."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from typing import Final, TypeGuard

from ordersales.errors import NotFound, OutsideFailed, RuleRefused
from ordersales.models.actor import Actor
from ordersales.models.charge import Declined, Succeeded
from ordersales.models.event import RecordedEvent
from ordersales.models.filters import EVERYTHING, NEWEST_ORDERS
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import AttentionReason, Order
from ordersales.ports.gateway import GatewayKind, PaymentGateway
from ordersales.ports.payment_systems import NoRecoveryWarning, PaymentSystem, found_by
from ordersales.ports.storage import Store
from ordersales.rules import settlement
from ordersales.services import due, health, reconciling, webhooks
from ordersales.services.desk import Desk
from ordersales.services.refunds import RefundWish
from ordersales.testing.simulator import plan
from ordersales.testing.simulator.acts import BANK, CARDS, Act, Scene, followed
from ordersales.testing.simulator.asking import Asked
from ordersales.testing.simulator.books import Difference, compared
from ordersales.testing.simulator.by_hand import ByHand
from ordersales.testing.simulator.ledger import Ledger
from ordersales.testing.simulator.processes import Process, ProcessClock
from ordersales.testing.simulator.provider import Provider
from ordersales.testing.simulator.timers import Timers
from ordersales.testing.simulator.watching import WatchedStore
from ordersales.testing.simulator.world import DAY, HOUR, MINUTE, SECOND, World
from ordersales.testing.webhook_format import Told
from ordersales.values.identifiers import AccountId, IdempotencyKey, InvoiceNumber, OrderNumber

#: How often something is tried again whose process died or whose call failed, and when.
_TRIES: Final = 4
_AGAIN: Final = (5 * SECOND, 2 * MINUTE, HOUR, DAY)
_SECRET: Final = b"a secret for simulated cursors"


class Run:
    """What happens under one seed."""

    def __init__(
        self,
        world: World,
        kind: GatewayKind,
        store: Store,
        wrap: Callable[[PaymentGateway], PaymentGateway],
        *,
        whole: bool,
        idle: int | None = None,
    ) -> None:
        """Open the shop."""
        self.world: World = world
        self._timers = Timers(world, store, self._work)
        self.ledger: Ledger = Ledger(world, self._timers.due)
        self.provider: Provider = Provider(world, kind, self._deliver)
        self.followed: dict[AccountId, list[RecordedEvent]] = {}
        self._wishes: dict[tuple[AccountId, IdempotencyKey], RefundWish] = {}
        self._plain = store
        self._store = WatchedStore(store, self.ledger)
        gateway = Asked(world, self.ledger, wrap(self.provider))
        with warnings.catch_warnings():  # every kind of gateway is simulated knowingly
            warnings.simplefilter("ignore", NoRecoveryWarning)
            cards = PaymentSystem(CARDS, gateway, without_recovery=True)
        self._systems = found_by([cards, PaymentSystem(BANK)])
        self._whole = whole
        self._idle = idle
        self._deliveries: Counter[str] = Counter()
        #: The messages that the host took.
        self.heard: set[str] = set()
        self.differences: tuple[Difference, ...] = ()

    def _desk(self, clock: ProcessClock) -> Desk:
        return Desk(self._store, self._systems, clock, _SECRET)

    def begin(self, act: Act, tries: int = 1) -> None:
        """Begin an act in a process of its own; if that dies, somebody begins it again."""
        name = act.name if tries == 1 else f"{act.name}, try {tries}"
        process = self._process(name, act.account, partial(self._ended, act, tries))
        script = act.begin(self._scene(process))
        if script is not None:
            self.world.tell(name, "begins")
            process.run(script)

    def _scene(self, process: Process) -> Scene:
        desk = self._desk(process.clock)
        return Scene(desk, self.ledger, self.provider, self.followed, self._wishes)

    def _process(
        self, name: str, account: AccountId | None, on_end: Callable[[Process], None]
    ) -> Process:
        clock = ProcessClock(self.world.clock)
        ways = (self._whole, self._idle)
        return Process(self.world, self.ledger, name, account, clock, *ways, on_end)

    def _ended(self, act: Act, tries: int, process: Process) -> None:
        if self._to_be_repeated(process) and tries < _TRIES:
            stream = self.world.chances.stream(f"{process.name} again")
            self.world.after(stream.choice(_AGAIN), lambda: self.begin(act, tries + 1))

    def _to_be_repeated(self, process: Process) -> bool:
        """Tell whether the caller was left without an answer, and hold that nothing stumbled."""
        error = process.error
        if error is not None:
            self.world.tell(process.name, f"ends with {error!r}")
        if process.crashed or isinstance(error, OutsideFailed | ConnectionError):
            return True
        if error is not None and not isinstance(error, RuleRefused | NotFound):
            self.world.broken(16, f"{process.name} ended with {error!r}")
        return False

    def _work(self, name: str) -> None:
        """Let a worker look once after what is due, and charge what is due, each at its pace."""
        process = self._process(name, None, self._worked)
        process.run(reconciling.reconcile(self._desk(process.clock), limit=10))
        if self._store.accounts_to_charge(self.world.clock.now(), 1):
            charging = self._process(f"{name} charging", None, self._charged)
            charging.run(due.run_due(self._desk(charging.clock), limit=10))

    def _charged(self, process: Process) -> None:
        self._to_be_repeated(process)  # it is not: the next one comes anyway
        for item in process.result or ():
            self.world.tell(process.name, f"recurring order {item.recurring_order}: {item.did}")

    def _worked(self, process: Process) -> None:
        self._to_be_repeated(process)  # it is not: the next one comes anyway
        for item in process.result or ():
            self.world.tell(process.name, f"order {item.order}: {item.what}")

    def _deliver(self, name: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Bring a message to the host's route; the provider comes again if it isn't taken."""
        self._deliveries[name] += 1
        times = self._deliveries[name]
        process = self._process(f"{name}, delivery {times}", None, self._heard(name, body, headers))
        actor = Actor.system(plan.ACME)
        process.run(webhooks.hear(self._desk(process.clock), actor, CARDS, body, headers))

    def _heard(
        self, name: str, body: bytes, headers: Mapping[str, str]
    ) -> Callable[[Process], None]:
        def ended(process: Process) -> None:
            if self._to_be_repeated(process):
                self.world.after(HOUR, lambda: self._deliver(name, body, headers))
            elif process.result is not None:
                self.heard.add(name)
                self.world.tell(process.name, f"is {process.result}")

        return ended

    def finish(self) -> None:
        """Let followers catch up, hear every message once more, and compare the books."""
        world = self.world
        world.run()
        if world.violation is not None:
            return
        for account in sorted({account for account, _ in self.ledger.orders}):
            self._followed_up(account)
            self._as_stored(account)
        before = dict(self.ledger.orders)
        for number, (name, reference, told) in enumerate(self.provider.sent):
            if name in self.heard:
                self.provider.deliver(f"{name}, once more", reference, told, f"again {number}")
        world.run()
        for place, order in before.items():
            now = self.ledger.orders[place]
            if now != order and not contradicted(order):
                world.broken(11, f"order {order.number} changed when it was told again")
        shown = self._shown()
        self._heard_is_booked()
        self.differences = tuple(
            compared(self.provider.book, self.ledger.orders.values(), shown.__contains__)
        )
        for difference in self.differences:
            if not difference.seen:
                world.broken(4, difference.what)

    def _heard_is_booked(self) -> None:
        """Hold that no payment waits for a word that came (8)."""
        for name, reference, told in self.provider.sent:
            order = self.ledger.order_under(reference)
            invoice = None if order is None else order.attempted(reference)
            if name not in self.heard or order is None or invoice is None:
                continue
            if not _final(told, invoice) or settlement.booked_already(order, invoice, told):
                continue
            if invoice.status is InvoiceStatus.PENDING:
                self.world.broken(8, f"{reference} is pending, though {name} said {told}")

    def _shown(self) -> set[tuple[AccountId, OrderNumber, InvoiceNumber]]:
        """Return the invoices that health shows to a person, itself or by a flag (rule C7)."""
        shown: set[tuple[AccountId, OrderNumber, InvoiceNumber]] = set()
        self.ledger.at_work = ("health", None)
        for account in sorted({account for account, _ in self.ledger.orders}):
            desk = self._desk(ProcessClock(self.world.clock))
            script = ByHand(health.look(desk, Actor.system(account), limit=1000, audit=0))
            script.finish()
            found = [(at.order, at.invoice) for at in script.result if at.order is not None]
            for number, invoice in found:
                order = self.ledger.orders.get((account, number))
                if order is None:
                    self.world.broken(15, f"{account} is shown order {number}")
                    continue
                named = [invoice, *(flag.invoice for flag in order.attention)]
                shown.update((account, number, of) for of in named if of)
        return shown

    def _followed_up(self, account: AccountId) -> None:
        """Let the follower read to the end, and hold that it was given everything (12)."""
        given, told = self.followed.setdefault(account, []), True
        turns = count(1)
        while told:
            # What is told again was read before somebody died, and acknowledged only now.
            name = f"books of {account} follow on, turn {next(turns)}"
            process = self._process(name, account, self._read_on)
            process.run(followed(self._scene(process), account))
            self.world.run()
            told = bool(process.result)
        with self._plain.transaction(account) as tx:
            every = tx.events.after(0, 1000)
        if any(item.event.account != account for item in given):
            self.world.broken(15, f"a follower of {account} was given another's events")
        elif tuple(given) != tuple(every):
            detail = f"a follower was given {len(given)} of {len(every)} events"
            self.world.broken(12, detail)

    def _read_on(self, process: Process) -> None:
        self._to_be_repeated(process)  # nothing goes wrong any more

    def _as_stored(self, account: AccountId) -> None:
        """Hold that the store has just what was committed (16)."""
        with self._plain.transaction(account) as tx:
            found = tx.orders.page(EVERYTHING, NEWEST_ORDERS, after=None, limit=1000).rows
        stored = {(order.account, order.number): order for order in found}
        known = {place: order for place, order in self.ledger.orders.items() if place[0] == account}
        if stored != known:
            self.world.broken(16, f"{account} has other records than were committed")


def _final(told: Told, invoice: Invoice) -> TypeGuard[Succeeded | Declined]:
    """Tell whether a message says for certain what became of a charge, as it was asked for."""
    if isinstance(told, Succeeded):
        return told.amount == invoice.amount
    return isinstance(told, Declined)


def contradicted(order: Order) -> bool:
    """Tell whether two final words were told of a payment: a look-up may still settle it."""
    return any(flag.reason is AttentionReason.CONTRADICTION for flag in order.attention)
