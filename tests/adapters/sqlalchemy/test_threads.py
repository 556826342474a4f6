"""Many threads at work on one database, a SQLite file included."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from ordersales import BackOffice, Money, OrderNumber, OrderStatus, PaymentSystem
from ordersales.adapters.sqlalchemy import SqlStore
from ordersales.models.filters import EVERYTHING
from ordersales.testing import ScriptedGateway
from tests.drivers import ADA, BOSS, CARDS, key
from tests.offers import an_offer_of

THREADS, CARTS = 12, 60


@pytest.mark.rule("O4", "C5")
@pytest.mark.parametrize("engine", ["on_sqlite", "on_postgres"])
def test_every_order_is_placed_and_paid_once(engine: str, request: pytest.FixtureRequest) -> None:
    """Nobody is told that the database is busy, and what is asked twice at once is done once."""
    gateway = ScriptedGateway()
    store = SqlStore(request.getfixturevalue(engine))
    office = BackOffice(store, [PaymentSystem(CARDS, gateway)])

    def buy(turn: int) -> OrderNumber:
        """Buy a cart; each is bought by two threads, mostly at once."""
        cart = key(f"cart-{turn // 2}")
        order = office.orders.place(BOSS, an_offer_of(0), ADA, key=cart)
        office.payments.charge(BOSS, order.number, CARDS, key=cart)
        return order.number

    with ThreadPoolExecutor(THREADS) as threads:
        numbers = [*threads.map(buy, range(2 * CARTS))]

    assert CARTS == len(set(numbers)) == len(gateway.charged)
    assert numbers[::2] == numbers[1::2]
    assert CARTS == office.orders.count(BOSS, EVERYTHING)
    orders = [office.orders.get(BOSS, number) for number in numbers]
    assert {OrderStatus.COMPLETED} == {order.status for order in orders}
    assert Money.of(40 * CARTS, "EUR") == gateway.taken("EUR")
