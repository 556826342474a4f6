"""What people read of recurring orders: the card, the list, what is coming (R9, L1, R13)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from ordersales.errors import InvalidInput
from ordersales.models.actor import Actor
from ordersales.models.filters import (
    OrderFilter,
    Page,
    Place,
    RecurringColumn,
    RecurringSort,
)
from ordersales.models.order import Order
from ordersales.models.recurring_card import RecurringCard
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.models.recurring_preview import ComingPayment, Forecast
from ordersales.models.recurring_terms import ResumePolicy
from ordersales.models.rows import RecurringRow
from ordersales.ports.storage import Transaction
from ordersales.rules import (
    filtering,
    permissions,
    recurring_decisions,
    recurring_forecast,
    recurring_preview,
    rows,
)
from ordersales.rules.permissions import Operation
from ordersales.rules.recurring_forecast import Going
from ordersales.services.cursors import Bookmark
from ordersales.services.desk import Desk, installation_of, returns_of
from ordersales.services.engine import ask, transaction
from ordersales.services.orders import LONGEST_PAGE
from ordersales.services.recurring import current_of, recurring_of
from ordersales.values import checks
from ordersales.values.identifiers import OrderNumber
from ordersales.values.moment import utc

#: How many coming payments may be asked for.
MOST_COMING: Final = 1000

#: How far ahead a forecast may look.
LONGEST_FORECAST: Final = timedelta(days=3660)

#: How many recurring orders one transaction of a forecast reads.
BATCH: Final = 1000

_ACTIVE: Final = OrderFilter(recurring_statuses={RecurringStatus.ACTIVE})
_OLDEST_FIRST: Final = RecurringSort(RecurringColumn.NUMBER, descending=False)


async def card(desk: Desk, actor: Actor, number: OrderNumber) -> RecurringCard:
    """Return a recurring order with its orders, the initial one on top (rule R9)."""
    permissions.check(actor, Operation.SEE)
    now = utc(await ask(desk.clock.now), "clock")
    async with transaction(desk.store, actor.account) as tx:
        recurring = await recurring_of(tx, number)
        orders = await ask(tx.orders.occurrences, recurring.number)
        here = await installation_of(desk, tx)
    invoices = [invoice for order in orders for invoice in order.invoices]
    returns = await returns_of(desk, actor.account, invoices)
    return rows.recurring_card(actor, recurring, orders, now, returns, here=here)


async def page(
    desk: Desk,
    actor: Actor,
    wanted: OrderFilter,
    sort: RecurringSort,
    *,
    after: str | None,
    limit: int,
) -> Page[RecurringRow]:
    """Return a page of the list of recurring orders (rules L1, L4)."""
    permissions.check(actor, Operation.SEE)
    check_page(wanted, sort, limit)
    bookmark = Bookmark(desk.cursor_secret, actor.account, "recurring", wanted, sort)
    place = bookmark.read(after)
    now = utc(await ask(desk.clock.now), "clock")
    async with transaction(desk.store, actor.account) as tx:
        found = await ask(tx.recurring_orders.page, wanted, sort, after=place, limit=limit)
        going = await with_current(tx, found.rows)
        here = await installation_of(desk, tx)
    shown = tuple(
        rows.recurring_row(actor, item, current, now, here=here) for item, current in going
    )
    return Page(shown, bookmark.write(found.last))


async def count(desk: Desk, actor: Actor, wanted: OrderFilter) -> int:
    """Return how many rows the list of recurring orders has (rule L1)."""
    permissions.check(actor, Operation.SEE)
    _check_filter(wanted)
    async with transaction(desk.store, actor.account) as tx:
        return await ask(tx.recurring_orders.count, wanted)


def check_page(wanted: OrderFilter, sort: RecurringSort, limit: int) -> None:
    """Refuse what no page of the list can be asked by.

    Raises:
        InvalidInput: With all that is wrong.
    """
    checks.refuse(
        checks.instance(wanted, "wanted", OrderFilter),
        checks.instance(sort, "sort", RecurringSort),
        checks.whole(limit, "limit", least=1, most=LONGEST_PAGE),
    )
    _check_filter(wanted)


def _check_filter(wanted: OrderFilter) -> None:
    checks.refuse(checks.instance(wanted, "wanted", OrderFilter))
    checks.refuse(*filtering.meaningless_on_recurring(wanted))


async def with_current(tx: Transaction, found: Iterable[RecurringOrder]) -> list[Going]:
    """Return each with the order of it that is open, if there is one."""
    return [(recurring, await current_of(tx, recurring)) for recurring in found]


async def preview(
    desk: Desk, actor: Actor, number: OrderNumber, *, count: int
) -> tuple[ComingPayment, ...]:
    """Return what an active recurring order brings next (rule R13)."""
    recurring, current, now = await _read(desk, actor, number, count)
    return tuple(islice(recurring_preview.coming(recurring, current, now), count))


async def preview_activation(
    desk: Desk, actor: Actor, number: OrderNumber, *, policy: ResumePolicy | None, count: int
) -> tuple[ComingPayment, ...]:
    """Return what activating would bring, under a policy; nothing is changed (rules R5, R13)."""
    permissions.check(actor, Operation.SEE)
    checks.refuse(checks.optional(checks.instance, policy, "policy", kind=ResumePolicy))
    recurring, current, now = await _read(desk, actor, number, count)
    change = recurring_decisions.activate(recurring, now, by=None, reason="", policy=policy)
    return tuple(islice(recurring_preview.coming(change.recurring, current, now), count))


async def _read(
    desk: Desk, actor: Actor, number: OrderNumber, count: int
) -> tuple[RecurringOrder, Order | None, datetime]:
    permissions.check(actor, Operation.SEE)
    checks.refuse(checks.whole(count, "count", least=1, most=MOST_COMING))
    now = utc(await ask(desk.clock.now), "clock")
    async with transaction(desk.store, actor.account) as tx:
        recurring = await recurring_of(tx, number)
        return recurring, await current_of(tx, recurring), now


async def forecast(desk: Desk, actor: Actor, until: datetime, *, zone: str) -> Forecast:
    """Return what all active recurring orders bring, by month and currency (rule R13).

    They are read batch by batch: what changes meanwhile may be in it as it was or as it became.
    """
    permissions.check(actor, Operation.FORECAST)
    now = utc(await ask(desk.clock.now), "clock")
    until = _within_reach(until, now)
    within, sums = recurring_forecast.months(now, until, zone), recurring_forecast.nothing()
    after: Place | None = None
    while True:
        async with transaction(desk.store, actor.account) as tx:
            found = await ask(
                tx.recurring_orders.page, _ACTIVE, _OLDEST_FIRST, after=after, limit=BATCH
            )
            going = await with_current(tx, found.rows)
        sums.merge(recurring_forecast.tally(going, within))
        after = found.last
        if after is None:
            lines = recurring_forecast.lines(sums, within)
            return Forecast(since=now, until=until, zone=zone, lines=lines)


def _within_reach(until: datetime, now: datetime) -> datetime:
    checks.refuse(checks.moment(until, "until"))
    if not now < until <= now + LONGEST_FORECAST:
        allowed = f"a moment within {LONGEST_FORECAST.days} days from now"
        raise InvalidInput.of("until", until, allowed)
    return utc(until, "until")
