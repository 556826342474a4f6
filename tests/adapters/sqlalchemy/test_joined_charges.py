"""From a transaction of the host's nothing is sent to a payment system."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import create_async_engine

from ordersales import AsyncBackOffice, BackOffice, OrderStatus, PaymentSystem
from ordersales.adapters.sqlalchemy import AsyncSqlStore, SqlStore
from ordersales.errors import InvalidInput
from ordersales.testing import ScriptedGateway, an_offer
from tests.drivers import ADA, BOSS, CARDS, key
from tests.postgres import Database


@pytest.mark.rule("C1")
def test_an_attempt_that_is_not_committed_is_not_sent(on_each: Engine) -> None:
    """Nobody was asked, nothing is written, and the order of the same transaction stands."""
    gateway, store = ScriptedGateway(), SqlStore(on_each)
    systems = [PaymentSystem(CARDS, gateway)]
    with on_each.begin() as connection:
        inside = BackOffice(store.joining(connection), systems)
        number = inside.orders.place(BOSS, an_offer(), ADA, key=key("inside")).number
        with pytest.raises(InvalidInput, match="commits what is to be sent before"):
            inside.payments.charge(BOSS, number, CARDS, key=key("inside"))

    order = BackOffice(store, systems).orders.get(BOSS, number)
    assert (OrderStatus.OPEN, (), 0) == (order.status, order.invoices, gateway.calls)


@pytest.mark.rule("C1")
def test_nor_by_an_asynchronous_host(on_postgres: Engine, module_database: Database) -> None:
    """The asynchronous store says so as well."""
    gateway = ScriptedGateway()

    async def host() -> None:
        engine = create_async_engine(module_database.url)
        async with engine.begin() as connection:
            joined = AsyncSqlStore(engine).joining(connection)
            inside = AsyncBackOffice(joined, [PaymentSystem(CARDS, gateway)])
            order = await inside.orders.place(BOSS, an_offer(), ADA, key=key("awaited"))
            with pytest.raises(InvalidInput, match="store: one that joins a transaction"):
                await inside.payments.charge(BOSS, order.number, CARDS, key=key("awaited"))
        await engine.dispose()

    asyncio.run(host())

    assert 0 == gateway.calls
