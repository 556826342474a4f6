"""What every script works with: storage, payment systems and the clock."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from secrets import token_bytes
from typing import Any, Final, TypeVar, cast

from attrs import field, frozen

from ordersales.errors import Conflict, InvalidInput, NotFound, Problem
from ordersales.models.installation import Gap, Installation
from ordersales.models.invoice import Invoice
from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder
from ordersales.models.refund import Returns
from ordersales.ports.clock import Clock
from ordersales.ports.gateway import PaymentGateway
from ordersales.ports.payment_systems import PaymentSystem, PaymentSystems
from ordersales.ports.rates import RateSource
from ordersales.ports.storage import Store, Transaction
from ordersales.rules import installation
from ordersales.rules.change import Change, RecurringChange
from ordersales.rules.recurring_following import follow
from ordersales.services.engine import ask, transaction
from ordersales.values import checks
from ordersales.values.identifiers import AccountId, AttemptReference, OrderNumber, SystemName

T = TypeVar("T")

#: How often work is begun in all when other transactions keep being faster.
TRIES: Final = 5

_SHORTEST_SECRET: Final = 16

#: Why nothing is sent from a store that joins a transaction of the host's.
_JOINED: Final = "one that joins a transaction of the host's"
_COMMITS: Final = "one that commits what is to be sent before a payment system is asked"


def _secret(given: bytes | None) -> bytes:
    """Return the secret that was given, or one of this process.

    Raises:
        InvalidInput: It is not bytes, or short enough to be guessed.
    """
    if given is None:
        return token_bytes(_SHORTEST_SECRET)
    if not isinstance(given, bytes) or len(given) < _SHORTEST_SECRET:
        # Not shown: it may be a real one that lost its end.
        allowed = f"{_SHORTEST_SECRET} or more random bytes"
        raise InvalidInput((Problem("cursor_secret", "something else", allowed),))
    return given


@frozen
class Desk:
    """The ports that a back office was given, and what its cursors are sealed with.

    Raises:
        InvalidInput: One of them lacks what it is for (rule B1).
    """

    store: Store
    payment_systems: PaymentSystems
    clock: Clock
    cursor_secret: bytes = field(default=None, converter=_secret, repr=False)
    #: The mark that the store has to carry for anything to be sent from here (rule C6).
    installation: str | None = None
    #: Where rates for overall figures come from, if from anywhere (rule T2).
    rates: RateSource | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse what is no store or no clock, before the first order meets it."""
        checks.refuse(
            _offers(self.store, "store", "transaction"),
            _offers(self.store, "store", "accounts_to_check"),
            _offers(self.clock, "clock", "now"),
            _offers(self.clock, "clock", "monotonic"),
            checks.optional(checks.text, self.installation, "installation"),
            None if self.rates is None else _offers(self.rates, "rates", "rates"),
        )


def always() -> bool:
    """Go on, whatever happens: what a timer's work asks where nobody wants to stop it."""
    return True


def _offers(port: object, field: str, method: str) -> Problem | None:
    found = callable(getattr(port, method, None))
    return None if found else Problem.of(field, port, f"an object with a method {method}")


async def in_transaction(
    desk: Desk,
    account: AccountId,
    work: Callable[[Transaction], Coroutine[Any, Any, T]],
    *,
    tries: int = TRIES,
) -> T:
    """Do `work` in a transaction and return its answer, again from the start after a conflict.

    Raises:
        Conflict: Others were faster every time.
    """
    for _ in range(tries - 1):
        try:
            async with transaction(desk.store, account) as tx:
                return await work(tx)
        except Conflict:
            continue
    async with transaction(desk.store, account) as tx:
        return await work(tx)


async def installation_of(desk: Desk, tx: Transaction) -> Installation:
    """Return which mark the store carries, as read in this transaction, and which it should."""
    mark = await ask(tx.installation.mark)
    return Installation(mark.name, desk.installation, mark.gap)


async def check_installation(desk: Desk, tx: Transaction, operation: str) -> Gap | None:
    """Refuse what would send something to a payment system from a copy of the database (C6).

    Returned is the time that the store has lost, of which nothing is sent before it was looked up.
    Call it in the very transaction that reserves it, before anything is written. That has to be
    committed when it is sent, so it may be no part of a transaction of the host's (rule C1).

    Raises:
        WrongInstallation: The store carries another mark than is configured.
        InvalidInput: The store's transactions are parts of one of the host's.
    """
    if getattr(desk.store, "joined", False):
        raise InvalidInput((Problem("store", _JOINED, _COMMITS),))
    here = await installation_of(desk, tx)
    refused = installation.refusal(here, operation)
    if refused is not None:
        raise refused
    return here.gap


async def order_of(tx: Transaction, number: OrderNumber, field: str = "number") -> Order:
    """Return the order with that number, which the caller gave as `field`.

    Raises:
        InvalidInput: It is no number (rule B1).
        NotFound: The account has none (rule A4).
    """
    checks.refuse(checks.whole(number, field, least=1))
    order = await ask(tx.orders.get, number)
    if order is None:
        raise NotFound("order", number)
    return order


async def order_under(tx: Transaction, reference: AttemptReference) -> Order | None:
    """Return the order that an attempt with that reference is for, or None."""
    if reference.occurrence is not None:
        return await ask(tx.orders.find_occurrence, reference.order, reference.occurrence)
    return await ask(tx.orders.get, reference.order)


async def keep(tx: Transaction, change: Change) -> Order:
    """Save a changed order together with the events that tell of it (rule E1).

    What it means to the recurring order that it is a payment of is saved with it (rule R2). Of what
    is told by nothing, it means nothing.
    """
    if not change.events:
        return await ask(tx.orders.save, change.order)
    if change.order.offer.recurring is None:
        saved = await ask(tx.orders.save, change.order)
        await ask(tx.events.append, change.events)
        return saved
    followed = follow(change, await recurring_of_order(tx, change.order), change.events[-1].at)
    return await keep_both(tx, followed.order, followed.recurring)


async def recurring_of_order(tx: Transaction, order: Order) -> RecurringOrder | None:
    """Return the recurring order that `order` is a payment of, or None."""
    which = order.occurrence
    return None if which is None else await ask(tx.recurring_orders.get, which.recurring_order)


async def hold_to_recurring(tx: Transaction, order: Order) -> None:
    """Save the recurring order of `order` as it stands: a pause at the same time conflicts (R4)."""
    recurring = await recurring_of_order(tx, order)
    if recurring is not None:
        await keep_recurring(tx, recurring)


async def keep_both(tx: Transaction, change: Change, beside: RecurringChange | None) -> Order:
    """Save an order, new or changed, and the recurring order beside it."""
    write = tx.orders.save if change.order.version else tx.orders.add
    saved = await ask(write, change.order)
    events = change.events if beside is None else (*change.events, *beside.events)
    await ask(tx.events.append, events)
    if beside is not None:
        await keep_recurring(tx, beside.recurring)
    return saved


async def keep_recurring(tx: Transaction, recurring: RecurringOrder) -> RecurringOrder:
    """Save a recurring order, new or changed, without its events."""
    write = tx.recurring_orders.save if recurring.version else tx.recurring_orders.add
    return await ask(write, recurring)


async def payment_system_of(desk: Desk, account: AccountId, name: SystemName) -> PaymentSystem:
    """Return the payment system that `account` calls `name`.

    Raises:
        InvalidInput: It is no name (rule B1).
        NotFound: The account has none.
    """
    checks.refuse(checks.text(name, "system"))
    found = await ask(desk.payment_systems.find, account, name)
    if found is None:
        raise NotFound("payment system", name)
    return found


async def returns_of(
    desk: Desk, account: AccountId, invoices: Iterable[Invoice]
) -> dict[SystemName, Returns]:
    """Return what the payment systems that took the money of `invoices` can send back (F1)."""
    names = {item.system for item in invoices if item.captured and item.attempt is not None}
    returns: dict[SystemName, Returns] = {}
    for name in sorted(names):
        gateway = await gateway_named(desk, account, name)
        if gateway is None or not gateway.capabilities.refund:
            returns[name] = Returns.NOTHING
        else:
            partly = gateway.capabilities.partial_refund
            returns[name] = Returns.PARTS if partly else Returns.WHOLE
    return returns


def gateway_of(system: PaymentSystem) -> PaymentGateway | None:
    """Return the gateway of `system` in its one face; the driver awaits where that is needed."""
    return cast("PaymentGateway | None", system.gateway)


async def gateway_named(desk: Desk, account: AccountId, name: SystemName) -> PaymentGateway | None:
    """Return the gateway of the payment system that `account` calls `name`, if there is one."""
    system = await ask(desk.payment_systems.find, account, name)
    return None if system is None else gateway_of(system)
