"""A backup is restored that has lost what was charged after it was made (rule C6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import attrs
import pytest

from ordersales.adapters.memory import MemoryStore
from ordersales.errors import InvalidInput
from ordersales.models.due import Did
from ordersales.models.order import AttentionReason
from ordersales.ports.gateway import GatewayKind
from ordersales.testing import PROFILES, ScriptedGateway
from tests.drivers import BOSS, Door, Shop, through
from tests.subscribing import FEBRUARY, MARCH, orders_of, record, subscribe

pytestmark = pytest.mark.rule("C6", "C2")

HOUR: Final = timedelta(hours=1)


def restored(door: Door, shop: Shop) -> Shop:
    """Return the shop as it now is, in a store of its own, behind the same gateway."""
    store = MemoryStore()
    with shop.store.transaction(BOSS.account) as old, store.transaction(BOSS.account) as new:
        order, recurring = old.orders.get(new.orders.next_number()), old.recurring_orders.get(_ONE)
        assert order is not None
        assert recurring is not None
        new.orders.next_invoice_number()
        new.orders.add(attrs.evolve(order, version=0))
        new.recurring_orders.add(attrs.evolve(recurring, version=0))
    office = door(store, [through(shop.gateway)], shop.clock)
    return Shop(office, store, shop.gateway, shop.clock)


_ONE: Any = 1


def shop_of(door: Door, kind: GatewayKind) -> Shop:
    """Return a shop whose gateway is of a kind, with one recurring order."""
    shop = Shop.behind(door, ScriptedGateway(capabilities=PROFILES[kind]))
    subscribe(shop)
    return shop


def settle(shop: Shop) -> None:
    """Reconcile for half a day."""
    for _ in range(30):
        shop.office.payments.reconcile()
        shop.clock.advance(timedelta(minutes=24))


@pytest.mark.parametrize("lost", [True, False], ids=["charged before", "not charged before"])
@pytest.mark.parametrize("kind", GatewayKind)
def test_what_the_backup_has_lost_is_not_charged_again(
    door: Door, kind: GatewayKind, lost: bool
) -> None:
    """It is found under its reference, or held for a person; what was not charged is, once."""
    shop = shop_of(door, kind)
    backup, made_at = restored(door, shop), FEBRUARY - HOUR
    shop.clock.advance_to(FEBRUARY)
    if lost:
        assert [result.did for result in shop.office.recurring.run_due()] == [Did.PAID]
    shop.clock.advance(HOUR)
    done = backup.office.recurring.reconcile_since(made_at)
    assert [result.did for result in done] == [Did.IN_DOUBT]
    assert backup.office.recurring.reconcile_since(made_at) == ()
    settle(backup)
    assert backup.office.recurring.run_due() == ()
    (order,) = orders_of(backup, _ONE)[1:]
    held = AttentionReason.HELD in [flag.reason for flag in order.attention]
    assert held is (kind is GatewayKind.NEITHER)
    assert len(shop.gateway.charged) == (1 if held and not lost else 2)
    assert record(backup, _ONE).payments_made == (1 if held else 2)


@pytest.mark.parametrize(
    ("kind", "held"), [(GatewayKind.KEY_ONLY, True), (GatewayKind.KEY_AND_LOOK_UP, False)]
)
def test_a_backup_older_than_the_keys(door: Door, kind: GatewayKind, held: bool) -> None:
    """The key may be forgotten since: it is looked up, or held, and never sent again."""
    shop = shop_of(door, kind)
    backup, made_at = restored(door, shop), FEBRUARY - HOUR
    shop.clock.advance_to(FEBRUARY)
    shop.office.recurring.run_due()
    shop.clock.advance_to(MARCH - HOUR)
    calls = shop.gateway.calls
    backup.office.recurring.reconcile_since(made_at)
    settle(backup)
    assert shop.gateway.calls == calls
    assert record(backup, _ONE).payments_made == (1 if held else 2)


@pytest.mark.rule("B1")
def test_a_moment_has_a_time_zone(door: Door) -> None:
    """The error names the field."""
    shop = shop_of(door, GatewayKind.KEY_ONLY)
    with pytest.raises(InvalidInput, match="since"):
        shop.office.recurring.reconcile_since(FEBRUARY.replace(tzinfo=None))
    with pytest.raises(InvalidInput, match="limit"):
        shop.office.recurring.reconcile_since(FEBRUARY, 0)
