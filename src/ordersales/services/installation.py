"""Make a database the one that this host charges from (rule C6)."""

from __future__ import annotations

from typing import Final

from ordersales.errors import InvalidInput
from ordersales.models.actor import Actor
from ordersales.models.event import Event, EventKind
from ordersales.models.installation import Installation
from ordersales.ports.storage import Transaction
from ordersales.rules import permissions
from ordersales.rules.permissions import Operation
from ordersales.services.desk import Desk, in_transaction, installation_of
from ordersales.services.engine import ask, transaction
from ordersales.values import checks
from ordersales.values.moment import utc

#: More numbers than any shop has given between two backups, and few of those that there are.
MOST_SKIPPED: Final = 10**9


async def look(desk: Desk, actor: Actor) -> Installation:
    """Return which mark the store carries, and which one is configured."""
    permissions.check(actor, Operation.SEE)
    async with transaction(desk.store, actor.account) as tx:
        return await installation_of(desk, tx)


async def adopt(
    desk: Desk, actor: Actor, *, replacing: str | None, skip_numbers: int
) -> Installation:
    """Let the store carry the configured mark in place of `replacing`, and tell of it (E1)."""
    permissions.check(actor, Operation.ADOPT)
    checks.refuse(
        checks.text(desk.installation, "installation"),
        checks.optional(checks.text, replacing, "replacing"),
        checks.whole(skip_numbers, "skip_numbers", most=MOST_SKIPPED),
    )
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> Installation:
        found = await installation_of(desk, tx)
        if found.matches:
            return found
        if found.carried != replacing:
            allowed = f"the mark that the store carries: {found.carried!r}"
            raise InvalidInput.of("replacing", replacing, allowed)
        await ask(tx.installation.adopt, found.configured, replacing=found.carried)
        await ask(tx.installation.skip_numbers, skip_numbers)
        note = f"{found.configured}, before: {found.carried}; numbers skipped: {skip_numbers}"
        told = Event(
            account=actor.account,
            kind=EventKind.INSTALLATION_ADOPTED,
            at=now,
            by=actor.user,
            note=note,
        )
        await ask(tx.events.append, [told])
        return Installation(carried=found.configured, configured=found.configured)

    return await in_transaction(desk, actor.account, work)
