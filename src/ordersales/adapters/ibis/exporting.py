"""Write the facts of an account to a lake, a batch at a time, from where it stopped (rules E1, T6)."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from typing import Final

from attrs import frozen

from ordersales.adapters.ibis.lake import Lake
from ordersales.back_office import BackOffice
from ordersales.models.actor import Actor
from ordersales.reports.exported import FIELDS, FactChanges, Row
from ordersales.services.events import MOST_AT_ONCE

#: How many facts are kept in memory before they are written.
BATCH: Final = 50_000

_ORDER: Final = FIELDS.index("order")


@frozen(kw_only=True)
class LakeProgress:
    """How far an export is: what is counted here is written."""

    #: How many events were read.
    events: int = 0
    #: How many orders were written, each as often as it was found changed.
    orders: int = 0
    facts: int = 0
    #: Up to which event the lake tells.
    position: int = 0


class FactExport:
    """One run over what has changed; the caller fetches it, in whichever way it waits.

    >>> export = FactExport(Lake("/nonexistent"), "acme")
    >>> export.position
    0
    """

    def __init__(
        self,
        lake: Lake,
        account: str,
        on_progress: Callable[[LakeProgress], object] | None = None,
    ) -> None:
        """Begin where the lake's last export ended."""
        self._lake, self._account, self._on_progress = lake, account, on_progress
        self._waiting: dict[object, list[Row]] = {}
        self._facts = 0
        self._events = 0
        #: Behind which event the next changes are to be fetched.
        self.position: int = lake.manifest(account).position
        #: What is written.
        self.done: LakeProgress = LakeProgress(position=self.position)

    def take(self, changes: FactChanges) -> bool:
        """Take what was fetched behind `position`; tell whether there may be more of it.

        It is written when there is enough of it, and at the end.
        """
        more = changes.events > 0
        self._events += changes.events
        self.position = changes.position
        for number, rows in _by_order(changes.rows).items():
            self._facts += len(rows) - len(self._waiting.get(number, ()))
            self._waiting[number] = rows
        if self._events and (self._facts >= BATCH or not more):
            self._write()
        if not more:
            self._lake.settle_if_due(self._account)
        return more

    def _write(self) -> None:
        rows = [row for rows in self._waiting.values() for row in rows]
        self._lake.add(self._account, rows, self.position)
        self.done = LakeProgress(
            events=self.done.events + self._events,
            orders=self.done.orders + len(self._waiting),
            facts=self.done.facts + len(rows),
            position=self.position,
        )
        self._waiting.clear()
        self._facts = self._events = 0
        if self._on_progress is not None:
            self._on_progress(self.done)


def export_facts(
    office: BackOffice,
    actor: Actor,
    folder: str | PathLike[str],
    *,
    on_progress: Callable[[LakeProgress], object] | None = None,
) -> LakeProgress:
    """Write what changed of the actor's account since the last export to the lake in `folder`.

    Run it as often as you like, one run at a time for each account: only orders that something
    happened to are written. It may be stopped at any point; the next run goes on behind what was
    written. Memory stays the same, however much there is.

    Args:
        office: The shop.
        actor: Who exports; needs the permission to see reports.
        folder: Where the lake is; it is made if need be.
        on_progress: Called after each batch with what is written.

    Raises:
        PermissionMissing: The actor may not see reports.
        InvalidInput: An amount is too large for 64 bits.
        Conflict: Somebody else has written to the account's lake meanwhile.
    """
    export = FactExport(Lake(folder), actor.account, on_progress)
    more = True
    while more:
        changes = office.reports.changed_facts(actor, after=export.position, limit=MOST_AT_ONCE)
        more = export.take(changes)
    return export.done


def _by_order(rows: tuple[Row, ...]) -> dict[object, list[Row]]:
    found: dict[object, list[Row]] = {}
    for row in rows:
        found.setdefault(row[_ORDER], []).append(row)
    return found
