"""Orders that a shop has from before are loaded fast, whole, and once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from attrs import evolve
from hypothesis import given, settings
from sqlalchemy import Engine, create_engine

from ordersales.adapters.sqlalchemy import SqlStore, bulk, sqlite_engine
from ordersales.adapters.sqlalchemy.bulk import Loaded
from ordersales.errors import Conflict, InvalidInput, StorageFailed
from ordersales.models.filters import EVERYTHING, NEWEST_ORDERS, NEWEST_PAYMENTS
from ordersales.models.offer import Customer
from ordersales.models.order import Order
from ordersales.ports.storage import Transaction
from ordersales.services.engine import ask
from ordersales.testing.contracts.samples import a_refund
from ordersales.values.identifiers import (
    AccountId,
    CustomerId,
    IdempotencyKey,
    InvoiceNumber,
    SystemName,
)
from ordersales.values.money import Money
from tests.adapters.sqlalchemy.doors import Door, Everywhere, adding
from tests.listed import an_invoice, an_order, shops
from tests.postgres import Database

DOORS = ["SQLite", "SQLite, awaited", "PostgreSQL", "PostgreSQL, awaited"]


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest, everywhere: Everywhere) -> Door:
    """Return one way to a SQL database after the other."""
    return next(item for item in everywhere.doors if item.name == request.param)


@pytest.fixture
def account() -> AccountId:
    """Return an account that nobody has used."""
    return AccountId(f"loaded-{uuid4()}")


def load(door: Door, account: AccountId, orders: Iterable[Any], **ways: Any) -> Loaded:
    """Load orders through a door."""
    store: Any = door.store

    async def whole() -> Loaded:
        return await ask(store.load, account, orders, **ways)

    loaded: Loaded = door.drive(whole())
    return loaded


def some(account: AccountId, count: int, begin: int = 1) -> list[Order]:
    """Return orders of an account, each with an invoice of which a part went back."""
    return [
        an_order(
            number,
            account=account,
            invoices=(evolve(an_invoice(500 + number), refunds=(a_refund(f"back {number}"),)),),
        )
        for number in range(begin, begin + count)
    ]


def agreeing(order: Order) -> Order:
    """Return an order whose invoices cover its price in its currency."""
    currency = order.price.currency
    invoices = [evolve(item, covers=Money(item.covers.minor, currency)) for item in order.invoices]
    return evolve(order, invoices=tuple(invoices))


async def everything(tx: Transaction) -> list[Any]:
    """Return all orders and payments, and an order by each of its names."""
    return [
        await ask(tx.orders.page, EVERYTHING, NEWEST_ORDERS, after=None, limit=99),
        await ask(tx.orders.payments, EVERYTHING, NEWEST_PAYMENTS, after=None, limit=99),
        await ask(tx.orders.find_by_key, IdempotencyKey("cart-2")),
        await ask(tx.orders.find_by_payment_key, IdempotencyKey("pay-20")),
        await ask(tx.orders.find_by_refund_key, IdempotencyKey("back 2")),
        await ask(tx.orders.occurrences, 3),
    ]


async def how_many(tx: Transaction) -> int:
    """Return how many orders there are."""
    return await ask(tx.orders.count, EVERYTHING)


@settings(max_examples=20)
@given(shops())
def test_what_is_loaded_is_as_if_it_was_added(everywhere: Everywhere, shop: list[Order]) -> None:
    """Orders that were loaded are read as those that were added one by one."""
    shop = [*map(agreeing, shop)]
    accounts = [AccountId(f"loaded-{uuid4()}") for _ in DOORS]
    memory, *doors = everywhere.doors
    for door, account in zip(doors, accounts, strict=True):
        memory.do(account, adding(shop, account, "orders"))
        loaded = load(door, account, [evolve(order, account=account) for order in shop])
        assert Loaded(added=len(shop)) == loaded
        assert memory.do(account, everything) == door.do(account, everything)


def test_refunds_are_loaded(door: Door, everywhere: Everywhere, account: AccountId) -> None:
    """Refunds and their keys are loaded with their orders."""
    shop = some(account, 3)
    load(door, account, shop)
    memory = everywhere.doors[0]
    memory.do(account, adding(shop, account, "orders"))
    expected = memory.do(account, everything)
    assert shop[1].key == expected[4].key
    assert expected == door.do(account, everything)


def test_a_load_that_broke_off_is_begun_again(
    door: Door, account: AccountId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches are kept as they come, and passed over when they come again."""
    monkeypatch.setattr(bulk, "BATCH", 2)
    shop, told = some(account, 7), list[int]()

    def breaking_off() -> Iterator[Order]:
        yield from shop[:5]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        load(door, account, breaking_off(), on_progress=told.append)
    assert ([2, 4], 4) == (told, door.do(account, how_many))

    async def change(tx: Transaction) -> None:
        order = await ask(tx.orders.get, shop[0].number)
        assert order is not None
        await ask(tx.orders.save, evolve(order, customer=Customer(id=CustomerId("x"), name="X")))

    door.do(account, change)
    assert Loaded(added=3, known=4) == load(door, account, shop, on_progress=told.append)
    assert [2, 4, 2, 4, 6, 7] == told
    assert Loaded(known=7) == load(door, account, shop)


@pytest.mark.rule("O4")
def test_numbers_go_on_above_what_was_loaded(door: Door, account: AccountId) -> None:
    """New orders and invoices have numbers above those that were loaded, and never go back."""

    async def next_ones(tx: Transaction) -> tuple[int, int]:
        return await ask(tx.orders.next_number), await ask(tx.orders.next_invoice_number)

    load(door, account, some(account, 3, begin=40))
    assert (43, 543) == door.do(account, next_ones)
    load(door, account, some(account, 3))
    load(door, account, [an_order(50, account=account)])
    assert (51, 544) == door.do(account, next_ones)


@pytest.mark.rule("B1", "A4", "O2")
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"account": AccountId("somebody else's")}, "account"),
        ({"number": 0}, "number"),
        ({"key": ""}, "key"),
        ({"price": Money.of(99, "EUR")}, "price"),
        ({"invoices": (evolve(an_invoice(), number=InvoiceNumber(0)),)}, "invoices.number"),
        ({"invoices": (evolve(an_invoice(), key=IdempotencyKey("")),)}, "invoices.key"),
        ({"invoices": (an_invoice(covers=Money.of(1, "JPY")),)}, "invoices.covers"),
    ],
)
def test_what_is_no_order_of_the_account(
    door: Door, account: AccountId, changed: dict[str, Any], field: str
) -> None:
    """An order that can't be one of the account's is refused, and nothing of its batch is kept."""
    *good, bad = some(account, 3)
    with pytest.raises(InvalidInput) as refused:
        load(door, account, [*good, evolve(bad, **changed)])
    assert [field] == [problem.field for problem in refused.value.problems]
    assert 0 == door.do(account, how_many)


@pytest.mark.rule("B1")
def test_what_is_no_order(door: Door, account: AccountId) -> None:
    """Anything but an order is refused."""
    with pytest.raises(InvalidInput, match="orders"):
        load(door, account, [{"number": 1}])


@pytest.mark.rule("B1")
def test_what_is_told_of_progress(door: Door, account: AccountId) -> None:
    """What can't be called is refused before anything is kept."""
    with pytest.raises(InvalidInput) as refused:
        load(door, account, some(account, 1), on_progress="print")
    (problem,) = refused.value.problems
    assert ("on_progress", "a function, or None") == (problem.field, problem.allowed)
    assert 0 == door.do(account, how_many)


@pytest.mark.rule("O4", "C5")
@pytest.mark.parametrize(
    "others",
    [
        {"key": IdempotencyKey("cart-1")},
        {"number": 1, "key": IdempotencyKey("another")},
        {"invoices": (an_invoice(501),)},
        {"invoices": (evolve(an_invoice(999), key=IdempotencyKey("pay-501")),)},
    ],
)
def test_what_is_taken(door: Door, account: AccountId, others: dict[str, Any]) -> None:
    """A number or a key that another has is a conflict, and nothing of its batch is kept."""
    load(door, account, some(account, 2))
    *good, bad = some(account, 3, begin=3)
    with pytest.raises(Conflict):
        load(door, account, [*good, evolve(bad, **others)])
    assert 2 == door.do(account, how_many)


def test_the_same_twice_in_one_load(door: Door, account: AccountId) -> None:
    """An order that is given twice is a conflict."""
    (order,) = some(account, 1)
    with pytest.raises(Conflict, match="orders 1 to 1"):
        load(door, account, [order, order])
    assert 0 == door.do(account, how_many)


@pytest.mark.parametrize("name", DOORS[2:])
def test_what_postgres_refuses(everywhere: Everywhere, account: AccountId, name: str) -> None:
    """What the database can't keep is an error of ours, without values, and the next load works."""
    door = next(item for item in everywhere.doors if item.name == name)
    *good, bad = some(account, 3)
    unfit = evolve(bad, invoices=(evolve(bad.invoices[0], system=SystemName("Ca\0rds")),))
    with pytest.raises(StorageFailed, match="loading orders") as failed:
        load(door, account, [*good, unfit])
    assert "cart" not in str(failed.value)
    assert Loaded(added=2) == load(door, account, good)


@pytest.mark.parametrize("when", ["writing", "looking"])
def test_a_database_that_fails(
    tmp_path: Any, account: AccountId, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database without our tables, or one that fails at the end, is an error of ours."""
    engine = sqlite_engine(tmp_path / "shop.sqlite")
    store = SqlStore(engine)
    if when == "looking":
        store.create_tables()
        monkeypatch.setattr(bulk, "_named", lambda *_: "nothing there")
        monkeypatch.setattr(bulk, "_write", lambda *_: None)
    with pytest.raises(StorageFailed, match="loading orders"):
        store.load(account, some(account, 1))
    engine.dispose()


def test_another_driver(on_postgres: Engine, module_database: Database, account: AccountId) -> None:
    """A driver that is not known to COPY is told to insert."""
    engine = create_engine(module_database.url)
    engine.dialect.driver = "another"
    store = SqlStore(engine)
    assert Loaded(added=2) == store.load(account, some(account, 2))
    with store.transaction(account) as tx:
        assert 2 == tx.orders.count(EVERYTHING)
    engine.dispose()
