"""Import recurring orders from elsewhere, a batch of rows at a time (rule R15)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from attrs import field, frozen

from ordersales.errors import Problem
from ordersales.models.actor import Actor
from ordersales.models.recurring_import import (
    Imported,
    ImportProgress,
    ImportResult,
    ImportRow,
)
from ordersales.models.recurring_order import RecurringOrder
from ordersales.ports.storage import Transaction
from ordersales.rules import permissions, recurring_import
from ordersales.rules.permissions import Operation
from ordersales.services.desk import Desk, gateway_of, in_transaction
from ordersales.services.engine import ask
from ordersales.values import checks
from ordersales.values.identifiers import SystemName
from ordersales.values.moment import utc

#: How many rows one transaction imports at most.
BATCH: Final = 100


@frozen
class _Checked:
    """A row, where it stands, and what is wrong with it before storage is asked."""

    at: int
    row: ImportRow
    problems: tuple[Problem, ...]


async def import_rows(
    desk: Desk,
    actor: Actor,
    rows: Iterable[ImportRow],
    *,
    on_progress: Callable[[ImportProgress], object] | None,
) -> tuple[ImportResult, ...]:
    """Import rows, and return what became of each (rule R15).

    Every batch is committed by itself; who runs it again finds those already there.
    """
    permissions.check(actor, Operation.IMPORT)
    checks.refuse(
        None if isinstance(rows, Iterable) else Problem.of("rows", rows, "ImportRows"),
        None
        if on_progress is None or callable(on_progress)
        else Problem.of("on_progress", on_progress, "a function, or None"),
    )
    results = list[ImportResult]()
    counted = Counter[Imported]()
    systems = _Systems(desk, actor)
    for batch in _batches(rows):
        checked = [await _checked(at, row, systems) for at, row in batch]
        done = await _import(desk, actor, checked)
        results += done
        counted.update(result.did for result in done)
        if on_progress is not None:
            await ask(on_progress, _progress(counted))
    return tuple(results)


def _batches(rows: Iterable[ImportRow]) -> Iterator[list[tuple[int, ImportRow]]]:
    """Yield the rows, each with its place, as many at a time as one transaction takes."""
    numbered = enumerate(rows)
    while batch := [*islice(numbered, BATCH)]:
        yield batch


@frozen
class _Systems:
    """Which payment systems of the account have a gateway, each asked for once."""

    _desk: Desk
    _actor: Actor
    _known: dict[SystemName, bool] = field(factory=dict[SystemName, bool])

    async def charge(self, name: SystemName) -> bool:
        """Tell whether the payment system of that name can charge by itself."""
        if name not in self._known:
            found = await ask(self._desk.payment_systems.find, self._actor.account, name)
            self._known[name] = found is not None and gateway_of(found) is not None
        return self._known[name]


async def _checked(at: int, row: ImportRow, systems: _Systems) -> _Checked:
    problems = recurring_import.problems(row)
    if not problems and not await systems.charge(row.system):
        allowed = "the name of a payment system with a gateway"
        problems = (Problem.of("system", row.system, allowed),)
    return _Checked(at, row, problems)


async def _import(desk: Desk, actor: Actor, checked: list[_Checked]) -> list[ImportResult]:
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> list[ImportResult]:
        return [await _one(tx, actor, item, now) for item in checked]

    return await in_transaction(desk, actor.account, work)


async def _one(tx: Transaction, actor: Actor, item: _Checked, now: datetime) -> ImportResult:
    row = item.row
    if item.problems:
        return _in_error(item, item.problems)
    known = await ask(tx.recurring_orders.find_by_key, row.key)
    if known is not None:
        return _again(item, known)
    number = await ask(tx.orders.next_number)
    change = recurring_import.imported(
        row, account=actor.account, number=number, at=now, by=actor.user
    )
    await ask(tx.recurring_orders.add, change.recurring)
    await ask(tx.events.append, change.events)
    return _there(item, change.recurring, Imported.IMPORTED)


def _again(item: _Checked, known: RecurringOrder) -> ImportResult:
    """Return what becomes of a row whose key is taken (rule C5)."""
    differences = recurring_import.differences(item.row, known)
    if not differences:
        return _there(item, known, Imported.ALREADY_THERE)
    allowed = f"another key, since other {', '.join(differences)} came under it before"
    return _in_error(item, (Problem.of("key", item.row.key, allowed),))


def _there(item: _Checked, recurring: RecurringOrder, did: Imported) -> ImportResult:
    return ImportResult(
        row=item.at, key=item.row.key, did=did, number=recurring.number, due_at=recurring.due_at
    )


def _in_error(item: _Checked, problems: tuple[Problem, ...]) -> ImportResult:
    key = str(getattr(item.row, "key", ""))
    return ImportResult(row=item.at, key=key, did=Imported.IN_ERROR, problems=problems)


def _progress(counted: Counter[Imported]) -> ImportProgress:
    return ImportProgress(
        rows=counted.total(),
        imported=counted[Imported.IMPORTED],
        already_there=counted[Imported.ALREADY_THERE],
        in_error=counted[Imported.IN_ERROR],
    )
