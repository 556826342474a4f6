"""A shop whose database is lost, and the backup of it that goes on behind the same gateway."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import attrs

from ordersales.adapters.memory import MemoryStore
from ordersales.models.charge import Succeeded
from ordersales.models.order import AttentionReason, Order
from ordersales.ports.gateway import GatewayKind
from ordersales.testing import PROFILES, ScriptedGateway
from tests.drivers import BOSS, Door, Shop, a_card, through

HOUR: Final = timedelta(hours=1)
#: What a customer pays with when their first card is refused.
OTHER_CARD: Final = attrs.evolve(a_card(stored=True), token="tok-2")  # noqa: S106 - names a card, opens nothing

#: Those that can be asked what they have under a reference.
LOOKED_UP: Final = (
    GatewayKind.ONCE_ONLY,
    GatewayKind.KEY_AND_LOOK_UP,
    GatewayKind.LOOK_UP_ONLY,
)


def shop_behind(door: Door, kind: GatewayKind) -> Shop:
    """Return a shop whose gateway is of a kind."""
    return Shop.behind(door, ScriptedGateway(capabilities=PROFILES[kind]))


def restored(door: Door, shop: Shop) -> Shop:
    """Return the shop as it now is, in a store of its own, behind the same gateway."""
    store = MemoryStore()
    with shop.store.transaction(BOSS.account) as old, store.transaction(BOSS.account) as new:
        while (order := old.orders.get(new.orders.next_number())) is not None:
            new.orders.add(attrs.evolve(order, version=0))
            for _ in order.invoices:
                new.orders.next_invoice_number()
            recurring = old.recurring_orders.get(order.number)
            if recurring is not None:
                new.recurring_orders.add(attrs.evolve(recurring, version=0))
    office = door(store, [through(shop.gateway)], shop.clock, installation="shop-restored")
    return Shop(office, store, shop.gateway, shop.clock)


def adopt(backup: Shop, made_at: datetime) -> None:
    """Let a restored backup go to work, an hour after the last that happened."""
    backup.clock.advance(HOUR)
    backup.office.installation.adopt(BOSS, skip_numbers=1000, restored_from=made_at)


def go_on(shop: Shop, days: int) -> None:
    """Let a worker run for days."""
    for _ in range(days * 24):
        shop.office.recurring.run_due()
        shop.office.payments.reconcile()
        shop.clock.advance(HOUR)


def taken(shop: Shop) -> int:
    """Return how often the payment system took the money."""
    return sum(isinstance(item.answer, Succeeded) for item in shop.gateway.charged)


def held(order: Order) -> bool:
    """Tell whether a person has to find out what became of a payment."""
    return AttentionReason.HELD in [flag.reason for flag in order.attention]
