"""Bugs to plant in the library, each of which the simulator has to find.

Each is a context in which one of the library's own functions does what it must not do. They are
the mistakes that charging easily suffers from; the docs list them under *What was found*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, Final

import attrs

from ordersales.adapters.memory.store import MemoryOrders
from ordersales.models.charge import ChargeRequest, Declined, NotExecuted, Outcome, Unknown
from ordersales.models.invoice import Attempt
from ordersales.models.order import Order
from ordersales.ports.gateway import PaymentGateway
from ordersales.ports.storage import Transaction
from ordersales.rules.change import Change
from ordersales.services import payments, refunds, settling
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


#: Every bug by its name.
BUGS: Final[dict[str, Bug]] = {
    "one key for every attempt": one_key_for_every_attempt,
    "a timeout is booked as declined": timeout_is_a_decline,
    "act before write": act_before_write,
    "no version check": no_version_check,
    "no send deadline": no_send_deadline,
    "the deadline is measured after the commit": deadline_from_the_commit,
}
