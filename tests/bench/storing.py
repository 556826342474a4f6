"""Subject: how many bytes an order takes in memory storage, its events and indexes included."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any, Final

from bare import BareShop
from measure import EFFORT, Table

from ordersales import (
    AnyShare,
    BackOffice,
    IdempotencyKey,
    Money,
    PaymentSystem,
    Share,
    SystemName,
)
from ordersales.adapters.memory import MemoryStore
from ordersales.testing import (
    ScriptedGateway,
    a_customer,
    a_manager,
    an_offer,
)

ORDERS: Final = 1000
CARDS: Final = SystemName("Cards")
PRICE: Final = Money.of(300, "EUR")


def _orders() -> int:
    return min(ORDERS, EFFORT.batch)


def _stored(invoices: int) -> MemoryStore:
    """Return a store with orders, each paid by so many invoices."""
    store = MemoryStore()
    # By the real clock, as the dicts are: a clock that stands would share one moment among all.
    # The gateway's book goes when the function ends: only the store is measured.
    office = BackOffice(store, [PaymentSystem(CARDS, ScriptedGateway())])
    actor, customer = a_manager(), a_customer()
    offer = an_offer("300.00", payment=AnyShare(Share.percent(10)))
    for i in range(_orders()):
        order = office.orders.place(actor, offer, customer, key=IdempotencyKey(f"order-{i}"))
        for part in PRICE.allocate([1] * invoices):
            key = IdempotencyKey(f"payment-{i}-{part.minor}-{len(order.invoices)}")
            payment = office.payments.charge(actor, order.number, CARDS, key=key, covers=part)
            order = payment.order
        assert order.status == "Completed"
    return store


def _on_dicts(invoices: int) -> BareShop:
    """Return the same on bare dicts, which charge an order once: the rest is put beside it."""
    shop = BareShop()
    actor = {"account": "acme", "user": "boss", "permissions": {"see orders"}}
    offer = {"number": "C-1", "name": "Course", "unit_price": 30_000, "currency": "EUR"}
    customer = {"id": "cust-1", "name": "Ada Lovelace"}
    for i in range(_orders()):
        order = shop.place(actor, offer, customer, f"order-{i}")
        for at in range(invoices):
            order["status"] = "Open"
            for earlier in order["invoices"]:
                earlier["covers"] = 0
            shop.charge(actor, order["number"], CARDS, f"payment-{i}-{at}")
    shop.charge_at_gateway = dict  # its book is not storage
    return shop


def _bytes(fill: Callable[[int], Any], invoices: int) -> float:
    fill(invoices)  # what is made once and kept is no order's
    gc.collect()
    tracemalloc.start()
    kept = fill(invoices)
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return taken / _orders()


def table(invoices: int, rounds: int) -> Table:
    """Measure; bytes hardly differ between runs, so that two are enough."""
    counted = f"{invoices} invoice{'s' if invoices > 1 else ''}"
    ways: dict[str, tuple[Callable[[int], Any], str]] = {
        "MemoryStore": (_stored, "order, invoices, attempts, events, indexes"),
        "dicts": (_on_dicts, "the same as dicts, lists and ints"),
    }
    return Table(
        title=f"Memory of a stored order with {counted}",
        unit="bytes",
        base="dicts",
        does={name: does for name, (_, does) in ways.items()},
        rounds={
            name: [_bytes(fill, invoices) for _ in range(rounds)]
            for name, (fill, _) in ways.items()
        },
        notes="By tracemalloc; offers and customers are shared and counted for nobody.",
    )
