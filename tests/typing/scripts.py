"""A script as our services are written; read by type checkers, never run."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, assert_type

from ordersales import AccountId, Order, OrderNumber
from ordersales.ports.gateway import PaymentGateway
from ordersales.ports.storage import Store, Transaction
from ordersales.services.engine import ask, ask_outside, run, run_async, transaction
from ordersales.values.identifiers import AttemptReference


async def script(store: Store, account: AccountId, number: OrderNumber) -> Order | None:
    """What a port answers comes typed through `ask`, and its arguments are checked."""
    async with transaction(store, account) as tx:
        assert_type(tx, Transaction)
        order = await ask(tx.orders.get, number)
        assert_type(order, Order | None)
        ask(tx.orders.get, number)  # type: ignore[unused-coroutine]
        await ask(tx.orders.get, "17")  # type: ignore[arg-type]
        await ask(tx.orders.get)  # type: ignore[call-arg]
        return order


async def outside(gateway: PaymentGateway, reference: AttemptReference) -> None:
    """A payment system is asked alike, and a forgotten await is an error as well."""
    await ask_outside(gateway.look_up, reference)
    ask_outside(gateway.look_up, reference)  # type: ignore[unused-coroutine]


async def drivers(one: Coroutine[Any, Any, int], two: Coroutine[Any, Any, int]) -> None:
    """Both drivers return what the script returns."""
    assert_type(run(one), int)
    assert_type(await run_async(two), int)
