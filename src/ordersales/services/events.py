"""Follow what happened in an account: read in batches, and acknowledge (rule E1)."""

from __future__ import annotations

from typing import Final

from ordersales.errors import InvalidInput, Problem
from ordersales.models.actor import Actor
from ordersales.models.event import RecordedEvent
from ordersales.ports.storage import Transaction
from ordersales.rules import permissions
from ordersales.rules.permissions import Operation
from ordersales.services.desk import Desk, in_transaction
from ordersales.services.engine import ask, transaction
from ordersales.values import checks

#: The most events that may be read at once.
MOST_AT_ONCE: Final = 1000


async def read(desk: Desk, actor: Actor, follower: str, *, limit: int) -> tuple[RecordedEvent, ...]:
    """Return what happened after all that a follower has acknowledged, in order (rule E1)."""
    permissions.check(actor, Operation.FOLLOW)
    checks.refuse(_name(follower), checks.whole(limit, "limit", least=1, most=MOST_AT_ONCE))
    async with transaction(desk.store, actor.account) as tx:
        position = await ask(tx.events.acknowledged, follower)
        return await ask(tx.events.after, position, limit)


async def acknowledge(desk: Desk, actor: Actor, follower: str, position: int) -> None:
    """Note that a follower is done with everything up to a position (rule E1)."""
    permissions.check(actor, Operation.FOLLOW)
    checks.refuse(_name(follower), checks.whole(position, "position"))

    async def work(tx: Transaction) -> None:
        # Positions may have gaps, so the last one is not counted but looked for.
        if position and not await ask(tx.events.after, position - 1, 1):
            allowed = "a position that was read, at most that of the last event"
            raise InvalidInput.of("position", position, allowed)
        await ask(tx.events.acknowledge, follower, position)

    await in_transaction(desk, actor.account, work)


def _name(follower: object) -> Problem | None:
    return checks.text(follower, "follower")
