"""Run one story through both front doors, and drive one script by hand.

A story is told once, against a `Shop`. Its office is the synchronous one, or the asynchronous one
on ports that really have to be awaited, behind a face that waits for each answer.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Protocol, Self, cast

import pytest
from attrs import define, frozen

from ordersales import (
    AccountId,
    Actor,
    AsyncBackOffice,
    BackOffice,
    IdempotencyKey,
    InFull,
    Money,
    Offer,
    Order,
    OrderNumber,
    Payment,
    PaymentMethod,
    PaymentSystem,
    SystemName,
    WebhookResult,
)
from ordersales.adapters.memory import MemoryStore
from ordersales.models.charge import Answer
from ordersales.models.filters import EVERYTHING, OrderSort, PaymentSort
from ordersales.models.offer import PaymentTerms
from ordersales.ports.clock import Clock
from ordersales.ports.payment_systems import NoRecoveryWarning, PaymentSystems, found_by
from ordersales.ports.storage import Store
from ordersales.services.desk import Desk
from ordersales.testing import MovableClock, ScriptedGateway, a_customer, a_manager, an_actor
from ordersales.testing import an_offer as offer_of
from ordersales.testing.simulator.by_hand import ByHand as ByHand  # noqa: PLC0414 - for tests
from ordersales.values.identifiers import AttemptReference

CARDS: Final = SystemName("Cards")
BANK: Final = SystemName("Bank transfer")
#: May do everything at the seller's.
BOSS: Final = a_manager()
#: May do nothing that asks for a permission: the buyer, whom the host lets in.
BUYER: Final = an_actor(user="ada")
ADA: Final = a_customer("ada", "Ada Lovelace")
IN_FULL: Final = InFull()


def a_card(*, stored: bool = False) -> PaymentMethod:
    """Return a card, entered now or stored before."""
    return PaymentMethod(token="tok-1", stored=stored)  # noqa: S106 - names a card, opens nothing


def eur(amount: str) -> Money:
    """Return so many euros."""
    return Money.of(amount, "EUR")


def key(text: str) -> IdempotencyKey:
    """Return a host's key."""
    return IdempotencyKey(text)


def through(gateway: Any, name: SystemName = CARDS) -> PaymentSystem:
    """Return a payment system of any gateway, a kind included that hosts are warned of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoRecoveryWarning)
        return PaymentSystem(name, gateway, without_recovery=True)


class AwaitedPort:
    """A port whose methods have to be awaited, each after a turn of the loop."""

    def __init__(self, port: object) -> None:
        self._port = port

    def __getattr__(self, name: str) -> object:
        """Return a method to be awaited; what is no method is told at once."""
        found = getattr(self._port, name)
        if not callable(found):
            return found

        async def awaited(*args: object, **kwargs: object) -> object:
            await asyncio.sleep(0)
            return found(*args, **kwargs)

        return awaited


class AwaitedTransaction:
    """A transaction that is entered and left by waiting."""

    def __init__(self, context: Any) -> None:
        self._context = context

    async def __aenter__(self) -> Self:
        await asyncio.sleep(0)
        inside = self._context.__enter__()
        self._inside = inside
        return self

    def __getattr__(self, name: str) -> AwaitedPort:
        """Return one of its ports, to be awaited."""
        if name.startswith("_"):
            raise AttributeError(name)
        return AwaitedPort(getattr(self._inside, name))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.sleep(0)
        self._context.__exit__(kind, error, trace)


class AwaitedStore:
    """A store all of whose answers have to be awaited."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def transaction(self, account: AccountId) -> Any:
        """Return a transaction to be awaited."""
        return AwaitedTransaction(self._store.transaction(account))

    async def accounts_to_charge(self, now: datetime, limit: int) -> Any:
        """Return the accounts in which a recurring order is due."""
        await asyncio.sleep(0)
        return self._store.accounts_to_charge(now, limit)

    async def accounts_to_check(self, now: datetime, limit: int) -> Any:
        """Return the accounts in which something is due."""
        await asyncio.sleep(0)
        return self._store.accounts_to_check(now, limit)


class AwaitedSystems:
    """Payment systems that have to be awaited, and so have their gateways."""

    def __init__(self, systems: PaymentSystems) -> None:
        self._systems = systems
        self._awaited: dict[object, Any] = {}

    async def find(self, account: AccountId, name: SystemName) -> PaymentSystem | None:
        """Return the payment system; one gateway has one awaited face, whoever uses it."""
        await asyncio.sleep(0)
        found = self._systems.find(account, name)
        if found is None or found.gateway is None:
            return found
        gateway = self._awaited.setdefault(found.gateway, AwaitedPort(found.gateway))
        return through(gateway, found.name)


def to_its_end(coroutine: Coroutine[Any, Any, object]) -> object:
    """Go through a coroutine to its end, without a loop: the front door asks for none of its own.

    Its ports give way by `asyncio.sleep(0)`, which hands nothing to a loop but the turn.
    """
    while True:
        try:
            coroutine.send(None)
        except StopIteration as end:
            return end.value


@frozen
class Waiting:
    """A group of an asynchronous front door, each method waited for to its end."""

    _group: object

    def __getattr__(self, name: str) -> Callable[..., object]:
        """Return a method that waits."""
        method = getattr(self._group, name)
        return lambda *args, **kwargs: to_its_end(method(*args, **kwargs))


@frozen
class WaitingOffice:
    """An asynchronous front door with the face of the synchronous one."""

    _office: AsyncBackOffice

    def __getattr__(self, name: str) -> Waiting:
        """Return one of its groups."""
        return Waiting(getattr(self._office, name))

    def health(self, *args: Any, **kwargs: Any) -> object:
        """Wait for what is asked at the door itself."""
        return to_its_end(self._office.health(*args, **kwargs))


def awaited_office(
    store: Store,
    payment_systems: Iterable[PaymentSystem] | PaymentSystems = (),
    clock: Clock | None = None,
    *,
    installation: str | None = None,
) -> BackOffice:
    """Return the asynchronous front door, on awaited ports, to be used like the other."""
    systems = AwaitedSystems(found_by(payment_systems))
    office = AsyncBackOffice(
        cast("Any", AwaitedStore(store)), systems, clock, installation=installation
    )
    return cast("BackOffice", WaitingOffice(office))


class Door(Protocol):
    """How to open an office: by either door."""

    def __call__(
        self,
        store: Store,
        payment_systems: Iterable[PaymentSystem] | PaymentSystems = (),
        clock: Clock | None = None,
        *,
        installation: str | None = None,
    ) -> BackOffice:
        """Open an office."""
        ...


#: What the host's timer calls for all accounts, in the name of nobody: group and name.
BY_THE_TIMER: Final = {
    ("recurring", "run_due"),
    ("payments", "reconcile"),
}
DOORS: Final = [
    pytest.param(BackOffice, id="sync"),
    pytest.param(awaited_office, id="async"),
]


@define
class Shop:
    """A shop with a card merchant and a bank account, and what stands behind its office."""

    office: BackOffice
    store: MemoryStore
    gateway: ScriptedGateway
    clock: MovableClock

    @classmethod
    def behind(
        cls,
        door: Door,
        gateway: ScriptedGateway | None = None,
        clock: MovableClock | None = None,
    ) -> Shop:
        """Open a shop."""
        store, clock = MemoryStore(), clock or MovableClock()
        gateway = gateway or ScriptedGateway(clock=clock)
        systems = [through(gateway), PaymentSystem(BANK)]
        return cls(door(store, systems, clock), store, gateway, clock)

    def place(
        self, payment: PaymentTerms = IN_FULL, price: str = "100.00", under: str = "cart-1"
    ) -> OrderNumber:
        """Let Ada place an order for one course, and return its number."""
        return self.order_of(offer_of(price, payment=payment), under).number

    def order_of(self, offer: Offer, under: str = "cart-1", quantity: int = 1) -> Order:
        """Let Ada place an order for an offer."""
        return self.office.orders.place(BUYER, offer, ADA, key=key(under), quantity=quantity)

    def charge(
        self,
        order: OrderNumber,
        covers: str | None = None,
        under: str = "pay-1",
        method: PaymentMethod | None = None,
    ) -> Payment:
        """Let Ada pay with her card."""
        share = None if covers is None else eur(covers)
        return self.office.payments.charge(
            BUYER, order, CARDS, key=key(under), covers=share, method=method
        )

    def announce(
        self, order: OrderNumber, covers: str | None = None, under: str = "wire-1"
    ) -> Payment:
        """Let Ada say that she has sent the money from her bank."""
        share = None if covers is None else eur(covers)
        return self.office.payments.pay_manually(
            BUYER, order, BANK, key=key(under), covers=share, comment="Sent this morning"
        )

    def look(self, order: OrderNumber) -> Order:
        """Return the order as it now stands."""
        return self.office.orders.get(BOSS, order)

    def hear(
        self,
        reference: AttemptReference | str | None,
        answer: Answer | None = None,
        *,
        event_id: str | None = None,
        by: Actor = BOSS,
    ) -> WebhookResult:
        """Deliver a message of the card gateway to the host's webhook route."""
        body, headers = self.gateway.webhook(reference, answer, event_id=event_id)
        return self.office.payments.hear(by, CARDS, body, headers)

    @property
    def desk(self) -> Desk:
        """The same ports, for a script that is driven by hand."""
        systems = found_by([through(self.gateway), PaymentSystem(BANK)])
        return Desk(self.store, systems, self.clock)


def reference_of(payment: Payment) -> AttemptReference:
    """Return what the gateway knows a payment by."""
    assert payment.invoice.attempt is not None
    return payment.invoice.attempt.reference


def snapshot(store: Store, *accounts: str) -> object:
    """Return everything that a store keeps of some accounts, through its own contract."""
    kept = []
    for account in accounts or ("acme",):
        with store.transaction(AccountId(account)) as tx:
            orders = tx.orders.page(EVERYTHING, OrderSort(), after=None, limit=1000).rows
            events = [tx.events.of_order(order.number) for order in orders]
            payments = tx.orders.payments(EVERYTHING, PaymentSort(), after=None, limit=1000).rows
            buyers = sorted({order.customer.id for order in orders})
            plans = [tx.sales_plans.of_customer(buyer) for buyer in buyers]
            again = [tx.recurring_orders.of_customer(buyer) for buyer in buyers]
            told = [tx.events.of_recurring(item.number) for found in again for item in found]
            kept.append((orders, events, payments, plans, again, told, tx.inbox.unmatched()))
    return kept
