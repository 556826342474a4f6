"""Make a database the one that this host charges from (rule C6)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from ordersales.errors import InvalidInput, Problem
from ordersales.models.actor import Actor
from ordersales.models.event import Event, EventKind
from ordersales.models.installation import Gap, Installation, Mark
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
    desk: Desk,
    actor: Actor,
    *,
    replacing: str | None,
    skip_numbers: int,
    restored_from: datetime | None,
) -> Installation:
    """Let the store carry the configured mark in place of `replacing`, and tell of it (E1)."""
    permissions.check(actor, Operation.ADOPT)
    checks.refuse(
        checks.text(desk.installation, "installation"),
        checks.optional(checks.text, replacing, "replacing"),
        checks.whole(skip_numbers, "skip_numbers", most=MOST_SKIPPED),
        checks.optional(checks.moment, restored_from, "restored_from"),
    )
    now = utc(await ask(desk.clock.now), "clock")
    lost = _lost(restored_from, skip_numbers, now)

    async def work(tx: Transaction) -> Installation:
        found = await installation_of(desk, tx)
        if found.matches:
            return found
        if found.carried != replacing:
            allowed = f"the mark that the store carries: {found.carried!r}"
            raise InvalidInput.of("replacing", replacing, allowed)
        # Of an earlier backup's gap, something may still wait to be looked up.
        gap = found.gap if lost is None else lost.with_earlier(found.gap)
        mark = Mark(found.configured, gap)
        await ask(tx.installation.adopt, mark, replacing=found.carried)
        await ask(tx.installation.skip_numbers, skip_numbers)
        note = f"{mark.name}, before: {found.carried}; numbers skipped: {skip_numbers}"
        if lost is not None:
            note = f"{note}; restored from a backup of {lost.since.isoformat()}"
        told = Event(
            account=actor.account,
            kind=EventKind.INSTALLATION_ADOPTED,
            at=now,
            by=actor.user,
            note=note,
        )
        await ask(tx.events.append, [told])
        return Installation(mark.name, found.configured, gap)

    return await in_transaction(desk, actor.account, work)


def _lost(restored_from: datetime | None, skip_numbers: int, now: datetime) -> Gap | None:
    """Return the time that is lost, if any: then numbers are lost as well, and only then (C6)."""
    if restored_from is None:
        problem = Problem.of("restored_from", None, "when the backup was made, as it lost numbers")
        checks.refuse(problem if skip_numbers else None)
        return None
    since = utc(restored_from, "restored_from")
    checks.refuse(
        None if since <= now else Problem.of("restored_from", since, f"a moment until {now}"),
        checks.whole(skip_numbers, "skip_numbers", least=1),
    )
    return Gap(since=since, until=now)
