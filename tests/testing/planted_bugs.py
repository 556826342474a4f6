"""Bugs to plant in the library, each of which the simulator has to find.

Each is a context in which one of the library's own functions does what it must not do. They are
the mistakes that charging easily suffers from; the docs list them under *What was found*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import attrs

from ordersales.adapters.memory.store import MemoryOrders
from ordersales.models.charge import (
    ChargeRequest,
    Declined,
    NotExecuted,
    Outcome,
    Unknown,
    WebhookEvent,
)
from ordersales.models.invoice import Attempt
from ordersales.models.order import Occurrence, Order, OrderStatus
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.ports.gateway import GatewayKind, PaymentGateway
from ordersales.ports.storage import Transaction
from ordersales.rules import recovery, recurring_charging, settlement
from ordersales.rules.change import Change
from ordersales.rules.recovery import Chargeable, Step
from ordersales.services import payments, reconciling, refunds, settling, webhooks
from ordersales.services.desk import Desk
from ordersales.services.engine import ask
from ordersales.values.identifiers import IdempotencyKey

Bug = Callable[[], AbstractContextManager[None]]


@contextmanager
def planted(*patches: tuple[Any, str, object]) -> Iterator[None]:
    """Replace attributes, and put them back."""
    before = [(owner, name, vars(owner)[name]) for owner, name, _ in patches]
    for owner, name, value in patches:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)


def one_key_for_every_attempt() -> AbstractContextManager[None]:
    """The gateway is given the same key for each attempt on an order."""

    def key(attempt: Attempt) -> IdempotencyKey:
        return IdempotencyKey(f"{attempt.reference.account}/{attempt.reference.order}")

    return planted((Attempt, "key", property(key)))


def timeout_is_a_decline() -> AbstractContextManager[None]:
    """A gateway that can't tell is taken for one that said no."""
    charged = settling.charged

    async def guessed(gateway: PaymentGateway, request: ChargeRequest) -> Outcome:
        outcome = await charged(gateway, request)
        return Declined(code="timeout") if isinstance(outcome, Unknown) else outcome

    return planted((payments, "charged", guessed))


def act_before_write() -> AbstractContextManager[None]:
    """The gateway is asked before the reservation is written."""

    async def forgotten(tx: Transaction, change: Change) -> Order:
        return attrs.evolve(change.order, version=change.order.version + 1)

    return planted((payments, "keep", forgotten))


def no_version_check() -> AbstractContextManager[None]:
    """The last one to save wins, whatever was saved since it read."""

    def save(orders: MemoryOrders, order: Order) -> Order:
        return orders._write(order, order.version)

    return planted((MemoryOrders, "save", save), (MemoryOrders, "check", lambda _: None))


def no_send_deadline() -> AbstractContextManager[None]:
    """What was reserved is sent, however long ago that was."""

    async def never(desk: Desk, since: datetime, begun: float) -> NotExecuted | None:
        return None

    return planted((payments, "held_up", never), (refunds, "held_up", never))


def deadline_from_the_commit() -> AbstractContextManager[None]:
    """The deadline is measured from after the commit, not from before it."""
    held_up = settling.held_up

    async def late(desk: Desk, since: datetime, begun: float) -> NotExecuted | None:
        return await held_up(desk, await ask(desk.clock.now), await ask(desk.clock.monotonic))

    return planted((payments, "held_up", late), (refunds, "held_up", late))


def new_key_on_resend() -> AbstractContextManager[None]:
    """Sent again, it has another key than the first time."""

    def key(attempt: Attempt) -> IdempotencyKey:
        return IdempotencyKey(f"{attempt.reference}~{attempt.epoch}.{attempt.permits}")

    return planted((Attempt, "key", property(key)))


def pause_ignored() -> AbstractContextManager[None]:
    """A paused recurring order goes on being charged."""

    def next_action(recurring: RecurringOrder) -> datetime | None:
        if recurring.status not in (RecurringStatus.ACTIVE, RecurringStatus.PAUSED):
            return None
        return recurring.due_at if recurring.current is None else recurring.retry_at

    return planted((RecurringOrder, "next_action", property(next_action)))


def resend_while_paused() -> AbstractContextManager[None]:
    """What is in doubt is sent again, whether its recurring order is paused or not."""

    def chargeable(order: Order, *_: object) -> Chargeable:
        return Chargeable.NOW if order.status is OrderStatus.OPEN else Chargeable.NO_MORE

    return planted((recovery, "chargeable", chargeable))


def four_attempts() -> AbstractContextManager[None]:
    """A payment is attempted once more than it may be."""
    return planted((recurring_charging, "Occurrence", partial(Occurrence, attempts_allowed=4)))


def absence_believed_at_once() -> AbstractContextManager[None]:
    """What a look-up does not find is taken for never executed, however fresh it is."""
    return planted((recovery, "QUIET", timedelta(0)))


def resend_after_the_window() -> AbstractContextManager[None]:
    """A key is trusted for longer than the gateway keeps it."""
    return planted((recovery, "_key_serves", lambda *_: True))


def resend_without_a_key() -> AbstractContextManager[None]:
    """What is in doubt is sent again where the gateway knows no keys."""
    return planted((recovery, "_in_doubt", lambda *_: Step.SEND))


def never_reconcile() -> AbstractContextManager[None]:
    """Nobody looks after what is in doubt."""

    async def nothing(*_: object, **__: object) -> tuple[()]:
        return ()

    return planted((reconciling, "reconcile", nothing))


def unmatched_messages_dropped() -> AbstractContextManager[None]:
    """A message is matched by the gateway's own name of the charge, or forgotten."""
    found = webhooks._applied

    def only_if_known(it: Any, event: WebhookEvent, now: datetime) -> Change | None:
        named = getattr(event.outcome, "gateway_id", None)
        return found(it, event, now) if named == it.invoice.gateway_id else None

    return planted((webhooks, "_applied", only_if_known))


def one_charge_pays_twice() -> AbstractContextManager[None]:
    """A charge that already pays one part of an order is booked as the money of another part."""
    return planted((settlement, "booked_already", lambda *_: None))


_KEYS: Final = (GatewayKind.ONCE_ONLY, GatewayKind.KEY_AND_LOOK_UP, GatewayKind.KEY_ONLY)
_LOOK_UPS: Final = (GatewayKind.LOOK_UP_ONLY,)

#: Every bug by its name, with the kinds of gateway that it does harm with.
BUGS: Final[dict[str, tuple[Bug, tuple[GatewayKind, ...]]]] = {
    "a new key on resend": (new_key_on_resend, (GatewayKind.KEY_AND_LOOK_UP, GatewayKind.KEY_ONLY)),
    "one key for every attempt": (one_key_for_every_attempt, tuple(GatewayKind)),
    "a timeout is booked as declined": (timeout_is_a_decline, tuple(GatewayKind)),
    "act before write": (act_before_write, tuple(GatewayKind)),
    "no version check": (no_version_check, tuple(GatewayKind)),
    "pause ignored": (pause_ignored, tuple(GatewayKind)),
    "resend while paused": (resend_while_paused, _KEYS),
    "four attempts": (four_attempts, tuple(GatewayKind)),
    "not found, believed at once": (absence_believed_at_once, _LOOK_UPS),
    "resend after the key's window": (resend_after_the_window, (GatewayKind.KEY_ONLY,)),
    "resend without a key": (
        resend_without_a_key,
        (GatewayKind.LOOK_UP_ONLY, GatewayKind.NEITHER),
    ),
    "never reconcile": (never_reconcile, (GatewayKind.KEY_AND_LOOK_UP,)),
    "no send deadline": (no_send_deadline, tuple(GatewayKind)),
    "the deadline is measured after the commit": (deadline_from_the_commit, tuple(GatewayKind)),
    "one charge pays twice": (one_charge_pays_twice, (GatewayKind.ONCE_ONLY,)),
    "unmatched messages are dropped": (unmatched_messages_dropped, tuple(GatewayKind)),
}
