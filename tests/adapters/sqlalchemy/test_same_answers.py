"""Memory, SQLite and PostgreSQL give the same answers, through either door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import attrs
import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from ordersales.models.event import Event
from ordersales.models.filters import (
    OrderColumn,
    OrderFilter,
    OrderSort,
    PaymentColumn,
    PaymentSort,
    Place,
    RecurringColumn,
    RecurringSort,
    Slice,
)
from ordersales.models.invoice import Invoice
from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder
from ordersales.models.refund import Refund
from ordersales.ports.storage import Transaction
from ordersales.services.engine import ask
from ordersales.values.identifiers import AccountId, IdempotencyKey, InvoiceNumber, OrderNumber
from tests.adapters.sqlalchemy.doors import Everywhere, adding
from tests.agreed import agreements, recurring_filters
from tests.listed import filters, moments, orders, shops
from tests.wire.random_records import of_type

#: Each is written and read five times over.
EXAMPLES: Final = settings(max_examples=25)
MOST: Final = 1000
THE_END: Final = datetime.max.replace(tzinfo=UTC)


def somebody() -> AccountId:
    """Return an account that nobody has used."""
    return AccountId(f"same-{uuid4()}")


@frozen
class Look:
    """How somebody looks at a list."""

    wanted: OrderFilter
    sort: Any
    limit: int


def looks(
    wanted: st.SearchStrategy[OrderFilter], sort: type[Any], column: type[Any]
) -> st.SearchStrategy[list[Look]]:
    """Make a few ways to look at a list."""
    sorts = st.builds(sort, st.sampled_from(column), st.booleans())
    return st.lists(st.builds(Look, wanted, sorts, st.integers(1, 5)), min_size=1, max_size=4)


def every_page(everywhere: Everywhere, account: AccountId, read: Callable[..., Any]) -> None:
    """Hold page after page of a list against that of memory."""
    after: Place | None = None
    while True:

        async def page(tx: Transaction, after: Place | None = after) -> Slice[Any]:
            return await read(tx, after)

        after = everywhere.same(account, page).last
        if after is None:
            return


@pytest.mark.rule("L3", "L4", "A4")
@EXAMPLES
@given(
    st.tuples(shops(), orders(5)),
    looks(filters(), OrderSort, OrderColumn),
    looks(filters(), PaymentSort, PaymentColumn),
    st.integers(0, 1),
)
def test_orders_and_payments(
    everywhere: Everywhere,
    both: tuple[list[Order], Order],
    order_looks: list[Look],
    payment_looks: list[Look],
    which: int,
) -> None:
    """Pages and counts of orders and payments are those of memory, whatever is asked."""
    (shop, neighbours), account, neighbour = both, somebody(), somebody()
    everywhere.told(account, adding(shop, account, "orders"), which)
    everywhere.told(neighbour, adding([neighbours], neighbour, "orders"), which)
    for look in order_looks:

        async def page(tx: Transaction, after: Place | None, look: Look = look) -> Slice[Any]:
            return await ask(tx.orders.page, look.wanted, look.sort, after=after, limit=look.limit)

        async def count(tx: Transaction, look: Look = look) -> int:
            return await ask(tx.orders.count, look.wanted)

        every_page(everywhere, account, page)
        everywhere.same(account, count)
    for look in payment_looks:

        async def payments(tx: Transaction, after: Place | None, look: Look = look) -> Slice[Any]:
            return await ask(
                tx.orders.payments, look.wanted, look.sort, after=after, limit=look.limit
            )

        async def count_payments(tx: Transaction, look: Look = look) -> int:
            return await ask(tx.orders.count_payments, look.wanted)

        every_page(everywhere, account, payments)
        everywhere.same(account, count_payments)


@pytest.mark.rule("L1", "L3", "L4", "A4")
@EXAMPLES
@given(agreements(), looks(recurring_filters(), RecurringSort, RecurringColumn), moments)
def test_recurring_orders(
    everywhere: Everywhere, shop: list[RecurringOrder], some: list[Look], now: datetime
) -> None:
    """Pages and counts of recurring orders are those of memory, and so is what is due."""
    account = somebody()
    everywhere.told(account, adding(shop, account, "recurring_orders"))
    for look in some:

        async def page(tx: Transaction, after: Place | None, look: Look = look) -> Slice[Any]:
            return await ask(
                tx.recurring_orders.page, look.wanted, look.sort, after=after, limit=look.limit
            )

        async def count(tx: Transaction, look: Look = look) -> int:
            return await ask(tx.recurring_orders.count, look.wanted)

        every_page(everywhere, account, page)
        everywhere.same(account, count)

    async def each(tx: Transaction) -> list[Any]:
        found: list[Any] = [await ask(tx.recurring_orders.overdue, now, limit) for limit in (2, 99)]
        for item in shop:
            found.append(await ask(tx.recurring_orders.get, item.number))
            found.append(await ask(tx.recurring_orders.of_customer, item.customer.id))
        return found

    everywhere.same(account, each)


@st.composite
def lives(draw: st.DrawFn) -> list[Order]:
    """Make what one order is in the course of its life, each field of it anything at all."""
    records = draw(st.lists(of_type(Order), min_size=1, max_size=3))
    number = draw(st.integers(1, 2**63 - 1))
    lived: list[Order] = []
    invoices: tuple[Invoice, ...] = ()
    for record in records:
        invoices = grown(draw, invoices)
        lived.append(
            attrs.evolve(
                record,
                number=OrderNumber(number),
                key=records[0].key,
                # It is the same one all its life.
                occurrence=records[0].occurrence,
                invoices=invoices,
                version=0,
            )
        )
    return lived


def grown(draw: st.DrawFn, before: tuple[Invoice, ...]) -> tuple[Invoice, ...]:
    """Return the invoices, of which some have changed, and perhaps one more."""
    count = len(before) + draw(st.integers(0, 1))
    found: list[Invoice] = []
    for at in range(count):
        if at < len(before) and draw(st.booleans()):
            found.append(before[at])
            continue
        known = before[at].refunds if at < len(before) else ()
        refunds = [
            attrs.evolve(
                draw(of_type(Refund)),
                number=which + 1,
                key=draw(st.sampled_from([None, "refund", f"refund {at}"])),
            )
            for which in range(len(known) + draw(st.integers(0, 1)))
        ]
        found.append(
            attrs.evolve(
                draw(of_type(Invoice)),
                number=InvoiceNumber(101 + at),
                key=IdempotencyKey(f"pay {at}"),
                refunds=tuple(refunds),
            )
        )
    return tuple(found)


@pytest.mark.rule("O1", "I1", "E1", "C5")
@EXAMPLES
@given(lives(), st.lists(of_type(Event), max_size=3), st.integers(0, 1))
def test_the_life_of_an_order(
    everywhere: Everywhere, life: list[Order], told: list[Event], which: int
) -> None:
    """What an order becomes is read again as it was written, by each of its names."""
    account = somebody()
    for version, state in enumerate(life):
        order = attrs.evolve(state, account=account, version=version)
        events = [attrs.evolve(item, account=account, order=order.number) for item in told]

        async def write(
            tx: Transaction, order: Order = order, events: list[Event] = events
        ) -> None:
            await ask(tx.orders.save if order.version else tx.orders.add, order)
            await ask(tx.events.append, events)

        async def read(tx: Transaction, order: Order = order) -> list[Any]:
            found: list[Any] = [
                await ask(tx.orders.get, order.number),
                await ask(tx.orders.find_by_key, order.key),
                await ask(tx.orders.find_by_payment_key, IdempotencyKey("pay 0")),
                await ask(tx.orders.find_by_refund_key, IdempotencyKey("refund")),
                await ask(tx.orders.to_check, THE_END, MOST),
                await ask(tx.events.of_order, order.number),
            ]
            if order.occurrence is not None:
                whose, index = order.occurrence.recurring_order, order.occurrence.index
                found.append(await ask(tx.orders.find_occurrence, whose, index))
                found.append(await ask(tx.orders.occurrences, whose))
            return found

        everywhere.told(account, write, which)
        found = everywhere.same(account, read)
        assert [attrs.evolve(order, version=version + 1)] * 2 == found[:2]
