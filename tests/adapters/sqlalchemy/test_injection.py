"""SQL in what somebody writes stays text: nothing changes, and the answers are those of memory."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import product
from typing import Any, Final
from uuid import uuid4

import attrs
import pytest
from sqlalchemy import Engine, MetaData, func, inspect, select

from ordersales.adapters.sqlalchemy import SqlStore, sqlite_engine, tables
from ordersales.back_office import BackOffice
from ordersales.errors import InvalidInput
from ordersales.models.charge import WebhookEvent
from ordersales.models.filters import (
    OrderFilter,
    OrderSort,
    PaymentSort,
    Place,
    RecurringSort,
)
from ordersales.models.offer import Category, Customer
from ordersales.models.order import Order
from ordersales.models.sale import Manager, Sale, SalesPlan
from ordersales.ports.storage import Transaction
from ordersales.services.engine import ask
from ordersales.testing import a_manager
from ordersales.testing.contracts.samples import a_message, a_plan, an_event
from tests.adapters.sqlalchemy.doors import Everywhere
from tests.agreed import a_recurring
from tests.listed import NOON, OFFERS, an_invoice, an_order

pytestmark = pytest.mark.rule("B1", "A4")

#: Each would do harm, or find too much, where it became a part of a statement.
HOSTILE: Final = (
    "'; DROP TABLE ordersales_orders; --",
    "' OR '1'='1",
    '" OR ""="',
    "x' UNION SELECT record FROM ordersales_orders --",
    "'); DELETE FROM ordersales_invoices; --",
    "%",
    "_",
    "/%",
    "\\",
    "\\'; DELETE FROM ordersales_orders; --",
    "%s %(account)s :account ? $1 {} [POSTCOMPILE_status_1]",
    "1; PRAGMA writable_schema=ON",
    "$$; SELECT pg_sleep(60); $$",
    "ʼ OR 1=1 ʻ＇",
)

#: Each list by columns that hold text, and by one that does not.
SORTS: Final = (
    [OrderSort("customer"), OrderSort("offer number"), OrderSort("price")],
    [PaymentSort("payment system"), PaymentSort("status"), PaymentSort("amount")],
)


def written_by(text: str, number: int) -> Order:
    """Return an order in which everything that somebody can write is that text."""
    offer: Any = attrs.evolve(
        OFFERS[0], number=text, name=text, category=Category(number=text, name=text)
    )
    paid: Any = attrs.evolve(
        an_invoice(10 + number, system=text), key=f"{text} pays", comment=text, gateway_id=text
    )
    return an_order(
        number,
        account=text,
        key=f"{text} places",
        customer=Customer(id=text, name=text),
        offer=offer,
        sale=Sale(manager=Manager(user=text, name=text)),
        invoices=(paid,),
    )


def filters_of(text: str) -> Iterator[OrderFilter]:
    """Yield a filter for each field that takes text."""
    for name in ("customer", "offer", "category", "system", "manager", "text"):
        yield OrderFilter(**{name: text})


@pytest.mark.thorough
@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text(
    everywhere: Everywhere, on_sqlite: Engine, on_postgres: Engine, text: str
) -> None:
    """Records full of SQL are written, found, listed and counted like any others; nothing is harmed."""
    order, plain = written_by(text, 1), an_order(2, account=text)
    recurring = attrs.evolve(a_recurring(3), account=text, customer=order.customer, key=text)
    message: WebhookEvent = attrs.evolve(a_message(text), reference=text)
    plan: SalesPlan = a_plan(text, text)

    async def write(tx: Transaction) -> None:
        await ask(tx.orders.add, order)
        await ask(tx.orders.add, plain)
        await ask(tx.recurring_orders.add, recurring)
        await ask(tx.sales_plans.save, plan)
        await ask(tx.events.append, [an_event(order, note=text)])
        await ask(tx.events.acknowledge, text, 1)
        await ask(tx.inbox.add, order.invoices[0].system, message, NOON)

    async def read(tx: Transaction) -> list[Any]:
        found: list[Any] = [
            await ask(tx.orders.find_by_key, order.key),
            await ask(tx.orders.find_by_payment_key, order.invoices[0].key),
            await ask(tx.orders.find_by_refund_key, order.key),
            await ask(tx.recurring_orders.find_by_key, order.key),
            await ask(tx.recurring_orders.of_customer, order.customer.id),
            await ask(tx.sales_plans.get, order.customer.id, order.offer.number),
            await ask(tx.sales_plans.of_customer, order.customer.id),
            await ask(tx.events.of_order, order.number),
            await ask(tx.events.acknowledged, text),
            await ask(tx.events.acknowledged, "somebody else"),
            await ask(tx.inbox.unmatched),
        ]
        for wanted in filters_of(text):
            for sort, by in zip(*SORTS, strict=True):
                found += [await ask(tx.orders.page, wanted, sort, after=None, limit=9)]
                found += [await ask(tx.orders.payments, wanted, by, after=None, limit=9)]
            found += [await ask(tx.orders.count, wanted)]
            found += [await ask(tx.orders.count_payments, wanted)]
        return found

    async def begin_there(tx: Transaction) -> list[Any]:
        """Begin pages behind a place that is that text, which no cursor of ours would hold."""
        found: list[Any] = []
        everything, worded = OrderFilter(), Place(text, 1)
        for descending in (True, False):
            for name in ("customer", "status", "offer name", "category number", "sales manager"):
                sort = OrderSort(name, descending)
                found.append(await ask(tx.orders.page, everything, sort, after=worded, limit=9))
            for place, name in ((worded, "payment system"), (Place((text, 1), 1), "amount")):
                by = PaymentSort(name, descending)
                found.append(await ask(tx.orders.payments, everything, by, after=place, limit=9))
            agreed = RecurringSort("offer number", descending)
            found.append(
                await ask(tx.recurring_orders.page, everything, agreed, after=worded, limit=9)
            )
        return found

    everywhere.told(order.account, write)
    everywhere.same(order.account, read)
    everywhere.same(order.account, begin_there)
    for engine in (on_sqlite, on_postgres):
        ours, there = tables(), set(inspect(engine).get_table_names())
        assert {table.name for table in ours.in_order} <= there
        with engine.connect() as connection:
            kept = select(func.count()).where(ours.orders.c.account == text)
            assert 2 == connection.execute(kept).scalar_one()


def test_a_column_is_one_of_ours() -> None:
    """By what a list is sorted is chosen from a list; nobody's words come into the statement."""
    for sort, text in product((OrderSort, PaymentSort, RecurringSort), HOSTILE):
        with pytest.raises(InvalidInput, match="column"):
            sort(text)


def test_a_cursor_is_one_of_ours(on_sqlite: Engine, on_postgres: Engine) -> None:
    """A cursor that somebody has made is refused before storage is asked."""
    account = f"cursor-{uuid4()}"
    forged = base64.urlsafe_b64encode(b"\x01" + bytes(16) + b'["1 OR 1=1",1]').decode()
    for engine in (on_sqlite, on_postgres):
        office = BackOffice(SqlStore(engine), cursor_secret=b"of this test" * 3)
        for after in (*HOSTILE, forged.rstrip("="), forged):
            with pytest.raises(InvalidInput, match="after"):
                office.orders.page(a_manager(account=account), after=after)


@pytest.mark.parametrize("prefix", ["shop'_", 'a"b_', "x; DROP TABLE y; --"])
def test_a_prefix_is_a_name(prefix: str) -> None:
    """What a host puts in front of the names of tables is quoted as a name is."""
    engine = sqlite_engine(":memory:")
    store = SqlStore(engine, tables(MetaData(), prefix=prefix))
    store.create_tables()
    order = an_order(1)
    with store.transaction(order.account) as tx:
        tx.orders.add(order)
        assert order.key == (tx.orders.find_by_key(order.key) or order).key
        assert 1 == tx.orders.count(OrderFilter(text="course"))
    assert f"{prefix}orders" in inspect(engine).get_table_names()
    engine.dispose()
