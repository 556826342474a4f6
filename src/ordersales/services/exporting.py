"""Reports and lists as files, a batch of rows at a time (rule T5)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, Generic, TypeVar

from attrs import frozen

from ordersales.errors import Problem
from ordersales.models.actor import Actor
from ordersales.models.columns import ORDERS, PAYMENTS, RECURRING, Column, chosen
from ordersales.models.filters import (
    OrderFilter,
    OrderSort,
    PaymentSort,
    Place,
    RecurringSort,
    Slice,
)
from ordersales.models.order import Order, Payment
from ordersales.models.report import ExportProgress, Report
from ordersales.ports.row_sink import RowSink
from ordersales.ports.storage import Transaction
from ordersales.rules import filtering, permissions, rows
from ordersales.rules.permissions import Operation
from ordersales.rules.recurring_forecast import Going
from ordersales.services import recurring_reading, reporting
from ordersales.services.desk import Desk
from ordersales.services.engine import ask, transaction
from ordersales.services.orders import check_page
from ordersales.values import checks
from ordersales.values.zone import time_zone

T = TypeVar("T")

#: Called with how far an export is.
OnProgress = Callable[[ExportProgress], object]

#: How many rows one transaction reads.
BATCH: Final = 1000


async def report(
    desk: Desk, actor: Actor, wanted: Report, to: RowSink, *, on_progress: OnProgress | None
) -> int:
    """Write a report's rows as they are shown, and return how many there are."""
    permissions.check(actor, Operation.EXPORT)
    _check(to, on_progress)
    answer = await reporting.compute(desk, actor, wanted)
    await ask(to.begin, answer.columns, time_zone(wanted.scope.zone, "zone"))
    for first in range(0, len(answer.rows), BATCH):
        batch = answer.rows[first : first + BATCH]
        await ask(to.rows, batch)
        await _tell(on_progress, first + len(batch), len(answer.rows))
    return len(answer.rows)


async def orders(
    desk: Desk,
    actor: Actor,
    to: RowSink,
    wanted: OrderFilter,
    sort: OrderSort,
    *,
    columns: Sequence[str],
    zone: str,
    on_progress: OnProgress | None,
) -> int:
    """Write *All orders* as it is listed, and return how many rows there are (rule L2)."""
    permissions.check(actor, Operation.EXPORT)
    check_page(wanted, sort, OrderSort, BATCH)
    listed = filtering.all_orders(wanted)

    async def page(tx: Transaction, after: Place | None) -> Slice[Order]:
        return await ask(tx.orders.page, listed, sort, after=after, limit=BATCH)

    async def count(tx: Transaction) -> int:
        return await ask(tx.orders.count, listed)

    listing = _Listing(ORDERS, page, count, rows.order_line)
    return await _written(
        desk, actor, to, listing, columns=columns, zone=zone, on_progress=on_progress
    )


async def payments(
    desk: Desk,
    actor: Actor,
    to: RowSink,
    wanted: OrderFilter,
    sort: PaymentSort,
    *,
    columns: Sequence[str],
    zone: str,
    on_progress: OnProgress | None,
) -> int:
    """Write *Payments* as it is listed, and return how many rows there are (rule I1)."""
    permissions.check(actor, Operation.EXPORT)
    check_page(wanted, sort, PaymentSort, BATCH)

    async def page(tx: Transaction, after: Place | None) -> Slice[Payment]:
        return await ask(tx.orders.payments, wanted, sort, after=after, limit=BATCH)

    async def count(tx: Transaction) -> int:
        return await ask(tx.orders.count_payments, wanted)

    listing = _Listing(PAYMENTS, page, count, rows.payment_line)
    return await _written(
        desk, actor, to, listing, columns=columns, zone=zone, on_progress=on_progress
    )


async def recurring_orders(
    desk: Desk,
    actor: Actor,
    to: RowSink,
    wanted: OrderFilter,
    sort: RecurringSort,
    *,
    columns: Sequence[str],
    zone: str,
    on_progress: OnProgress | None,
) -> int:
    """Write the list of recurring orders, and return how many rows there are (rule R9)."""
    permissions.check(actor, Operation.EXPORT)
    recurring_reading.check_page(wanted, sort, BATCH)

    async def page(tx: Transaction, after: Place | None) -> Slice[Going]:
        found = await ask(tx.recurring_orders.page, wanted, sort, after=after, limit=BATCH)
        return Slice(tuple(await recurring_reading.with_current(tx, found.rows)), found.last)

    async def count(tx: Transaction) -> int:
        return await ask(tx.recurring_orders.count, wanted)

    listing = _Listing(RECURRING, page, count, lambda going: rows.recurring_line(*going))
    return await _written(
        desk, actor, to, listing, columns=columns, zone=zone, on_progress=on_progress
    )


@frozen
class _Listing(Generic[T]):
    """A list to be written: its columns, what reads it, and what makes its rows."""

    columns: tuple[Column, ...]
    page: Callable[[Transaction, Place | None], Coroutine[Any, Any, Slice[T]]]
    count: Callable[[Transaction], Coroutine[Any, Any, int]]
    line: Callable[[T], object]


async def _written(
    desk: Desk,
    actor: Actor,
    to: RowSink,
    listing: _Listing[T],
    *,
    columns: Sequence[str],
    zone: str,
    on_progress: OnProgress | None,
) -> int:
    """Write a list page by page; what changes meanwhile is in it as pages show it (rule L4)."""
    _check(to, on_progress)
    shown, clock = chosen(columns, listing.columns), time_zone(zone, "zone")
    async with transaction(desk.store, actor.account) as tx:
        of = await listing.count(tx)
    await ask(to.begin, shown, clock)
    written, after = 0, None
    while True:
        async with transaction(desk.store, actor.account) as tx:
            found = await listing.page(tx, after)
        if found.rows:
            await ask(to.rows, [listing.line(item) for item in found.rows])
        written, after = written + len(found.rows), found.last
        await _tell(on_progress, written, of)
        if after is None:
            return written


def _check(to: object, on_progress: object) -> None:
    """Refuse what can't be written to, or told of progress."""
    sink = all(callable(getattr(to, name, None)) for name in ("begin", "rows"))
    told = on_progress is None or callable(on_progress)
    checks.refuse(
        None if sink else Problem.of("to", to, "what takes rows, as Csv(file.write) does"),
        None if told else Problem.of("on_progress", on_progress, "a function, or None"),
    )


async def _tell(on_progress: OnProgress | None, written: int, of: int) -> None:
    if on_progress is not None:
        await ask(on_progress, ExportProgress(rows=written, of=max(written, of)))
