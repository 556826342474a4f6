"""Subject: an order is placed and paid in full through the front door, on memory storage."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from bare import BareShop, CarefulShop
from measure import Candidate, Goal, Table, each, side_by_side

from ordersales import (
    AccountId,
    AsyncBackOffice,
    BackOffice,
    IdempotencyKey,
    OrderNumber,
    PaymentSystem,
    SystemName,
)
from ordersales.adapters.memory import MemoryStore
from ordersales.models.charge import ChargeRequest
from ordersales.testing import ScriptedGateway, a_customer, a_manager, an_offer
from ordersales.values.identifiers import AttemptReference

SYNC: Final = "BackOffice"
BARE: Final = "bare dicts"
CARDS: Final = SystemName("Cards")
ACTOR, OFFER, CUSTOMER = a_manager(), an_offer(), a_customer()

BARE_ACTOR: Final = {"account": "acme", "user": "boss", "permissions": {"see orders"}}
BARE_OFFER: Final = {"number": "C-1", "name": "Course", "unit_price": 10_000, "currency": "EUR"}
BARE_CUSTOMER: Final = {"id": "cust-1", "name": "Ada Lovelace"}

# Keys come from the host, which made them before the library was called.
Keys = tuple[IdempotencyKey, IdempotencyKey]


def _keys(n: int) -> list[Keys]:
    return [(IdempotencyKey(f"order-{i}"), IdempotencyKey(f"payment-{i}")) for i in range(n)]


def _in_one(open_shop: Callable[[], Any]) -> Callable[[int], list[tuple[Any, Keys]]]:
    """Return what opens one shop a round, so that no round works in a fuller one."""

    def prepare(n: int) -> list[tuple[Any, Keys]]:
        shop = open_shop()
        return [(shop, keys) for keys in _keys(n)]

    return prepare


def _sync(given: tuple[BackOffice, Keys]) -> None:
    office, (key, payment_key) = given
    order = office.orders.place(ACTOR, OFFER, CUSTOMER, key=key)
    office.payments.charge(ACTOR, order.number, CARDS, key=payment_key)


def _async(inputs: Sequence[tuple[AsyncBackOffice, Keys]]) -> None:
    async def all_of_them() -> None:
        for office, (key, payment_key) in inputs:
            order = await office.orders.place(ACTOR, OFFER, CUSTOMER, key=key)
            await office.payments.charge(ACTOR, order.number, CARDS, key=payment_key)

    asyncio.run(all_of_them())


def _on_dicts(given: tuple[BareShop, Keys]) -> None:
    shop, (key, payment_key) = given
    order = shop.place(BARE_ACTOR, BARE_OFFER, BARE_CUSTOMER, key)
    shop.charge(BARE_ACTOR, order["number"], CARDS, payment_key)


def _requests(n: int) -> list[tuple[ScriptedGateway, ChargeRequest]]:
    gateway = ScriptedGateway()
    return [
        (
            gateway,
            ChargeRequest(
                reference=AttemptReference(AccountId("acme"), OrderNumber(i), 1),
                key=IdempotencyKey(f"acme/{i}/1~0"),
                amount=OFFER.unit_price,
                method=None,
                description=f"Course, order {i}",
            ),
        )
        for i in range(1, n + 1)
    ]


def table(rounds: int) -> Table:
    """Measure."""
    candidates = [
        Candidate(
            name=SYNC,
            does="two commands: three transactions, three events, the scripted gateway",
            prepare=_in_one(
                lambda: BackOffice(MemoryStore(), [PaymentSystem(CARDS, ScriptedGateway())])
            ),
            act=each(_sync),
        ),
        Candidate(
            name="AsyncBackOffice",
            does="the same, awaited under asyncio on the same storage",
            prepare=_in_one(
                lambda: AsyncBackOffice(MemoryStore(), [PaymentSystem(CARDS, ScriptedGateway())])
            ),
            act=_async,
        ),
        Candidate(
            name="the scripted gateway alone",
            does="its share of both: one charge answered and booked",
            prepare=_requests,
            act=each(lambda given: given[0].charge(given[1])),
        ),
        Candidate(
            name=BARE,
            does="permission, keys, transitions, three events, a gateway of a dict; in place",
            prepare=_in_one(BareShop),
            act=each(_on_dicts),
        ),
        Candidate(
            name="bare dicts, carefully",
            does="also input checks, times in UTC, three atomic versioned commits, send deadline",
            prepare=_in_one(CarefulShop),
            act=each(_on_dicts),
        ),
    ]
    return side_by_side(
        "Placing and paying an order through the front door",
        candidates,
        base=BARE,
        rounds=rounds,
        batch=300,
        goals=(Goal(SYNC, BARE, 4),),
        notes="Microseconds for one order, placed and paid. A fresh shop each round.",
    )
