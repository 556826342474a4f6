"""A backup is restored that has lost what was charged after it was made (rule C6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from ordersales.models.charge import Declined, Withdrawn
from ordersales.models.due import Did
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import AttentionReason
from ordersales.models.recurring_order import RecurringStatus
from ordersales.ports.gateway import GatewayKind
from ordersales.testing import Play
from ordersales.values.identifiers import OrderNumber
from tests.drivers import BOSS, BUYER, CARDS, Door, Shop, a_card, key
from tests.restoring import HOUR, LOOKED_UP, OTHER_CARD, adopt, go_on, restored, shop_behind, taken
from tests.subscribing import DAY, FEBRUARY, MARCH, due, orders_of, record, retry, subscribe

pytestmark = pytest.mark.rule("C6", "C2")

_ONE: Final = OrderNumber(1)
APRIL: Final = datetime(2026, 4, 30, 8, tzinfo=UTC)


def shop_of(door: Door, kind: GatewayKind) -> Shop:
    """Return a shop whose gateway is of a kind, with one recurring order."""
    shop = shop_behind(door, kind)
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
    adopt(backup, made_at)
    assert [result.did for result in backup.office.recurring.run_due()] == [Did.IN_DOUBT]
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
    shop.clock.advance_to(MARCH - 2 * HOUR)
    calls = shop.gateway.calls
    adopt(backup, made_at)
    backup.office.recurring.run_due()
    settle(backup)
    assert shop.gateway.calls == calls
    assert record(backup, _ONE).payments_made == (1 if held else 2)


def lost(shop: Shop, *plays: Play) -> None:
    """Let each of these happen to the payment of February, a day apart, after the backup."""
    for days, play in enumerate(plays):
        due(shop, FEBRUARY + days * DAY, play)


def with_a_lost_retry(door: Door, kind: GatewayKind) -> tuple[Shop, Shop]:
    """Return a shop in which February was declined, then paid, and its backup from before, asked."""
    shop = shop_of(door, kind)
    backup = restored(door, shop)
    lost(shop, Play.DECLINE, Play.SUCCEED)
    adopt(backup, FEBRUARY - HOUR)
    return shop, backup


@pytest.mark.parametrize("kind", LOOKED_UP)
def test_a_lost_retry_after_a_lost_decline(door: Door, kind: GatewayKind) -> None:
    """Each further attempt is looked up as well, and the money of the second is booked."""
    shop, backup = with_a_lost_retry(door, kind)
    go_on(backup, 3)
    statuses = [item.status for item in orders_of(backup, _ONE)[1].invoices]
    # The one object of the date tells at once that it has succeeded.
    tried = 0 if kind is GatewayKind.ONCE_ONLY else 1
    assert statuses == [InvoiceStatus.FAILED] * tried + [InvoiceStatus.PAID]
    assert taken(shop) == 2
    assert record(backup, _ONE).payments_made == 2


@pytest.mark.parametrize("kind", [GatewayKind.KEY_ONLY, GatewayKind.NEITHER])
def test_a_lost_retry_that_can_not_be_looked_up(door: Door, kind: GatewayKind) -> None:
    """It is held for a person each time, until they know that it never was executed."""
    shop, backup = with_a_lost_retry(door, kind)
    go_on(backup, 1)
    settle_by_hand(backup, 0, Declined(code="refused"))
    go_on(backup, 3)
    assert taken(shop) == 2
    settle_by_hand(backup, 1, Withdrawn())
    go_on(backup, 3)
    statuses = [item.status.value for item in orders_of(backup, _ONE)[1].invoices]
    assert statuses == ["Failed", "Canceled", "Paid"]


def settle_by_hand(shop: Shop, which: int, evidence: Declined | Withdrawn) -> None:
    """Let the boss say what they found about an attempt of February that is held."""
    order = orders_of(shop, _ONE)[1]
    number = order.invoices[which].number
    shop.office.payments.settle_held(BOSS, order.number, number, evidence, reason="looked")


def test_the_date_after_a_lost_payment(door: Door) -> None:
    """It is looked up as well if it lies in the gap, and not any more when it lies behind."""
    shop = shop_of(door, GatewayKind.LOOK_UP_ONLY)
    backup = restored(door, shop)
    due(shop, FEBRUARY)
    due(shop, MARCH)
    adopt(backup, FEBRUARY - HOUR)
    go_on(backup, 2)
    assert record(backup, _ONE).payments_made == 3
    assert taken(shop) == 3
    assert due(backup, APRIL) == ["paid"]
    assert taken(shop) == 4


def test_what_people_ask_for_after_a_lost_decline(door: Door) -> None:
    """It is in doubt at first, like what the timer begins, and looked up before it is sent."""
    shop = shop_of(door, GatewayKind.LOOK_UP_ONLY)
    asked = (
        lambda it: retry(it, _ONE),
        lambda it: it.office.payments.charge(
            BUYER, orders_of(it, _ONE)[1].number, CARDS, key=key("by hand"), method=a_card()
        ),
    )
    backups = [restored(door, shop) for _ in asked]
    lost(shop, Play.DECLINE, Play.SUCCEED)
    for ask, backup in zip(asked, backups, strict=True):
        adopt(backup, FEBRUARY - HOUR)
        backup.office.recurring.run_due()
        settle(backup)
        begun = ask(backup)
        assert begun.invoice.status is InvoiceStatus.PENDING
        settle(backup)
        assert orders_of(backup, _ONE)[1].invoices[1].status is InvoiceStatus.PAID
    assert taken(shop) == 2


def test_what_was_given_up_and_paid_after_all(door: Door) -> None:
    """The order that is begun afresh when a failed one is activated is looked up as well."""
    shop = shop_of(door, GatewayKind.LOOK_UP_ONLY)
    backup = restored(door, shop)
    for days in (0, 1, 4):
        assert due(shop, FEBRUARY + days * DAY, Play.DECLINE) == ["declined"]
    shop.office.recurring.activate(BOSS, _ONE)
    assert due(shop, FEBRUARY + 5 * DAY) == ["paid"]
    adopt(backup, FEBRUARY - HOUR)
    go_on(backup, 5)
    assert record(backup, _ONE).status is RecurringStatus.FAILED
    backup.office.recurring.activate(BOSS, _ONE)
    go_on(backup, 1)
    assert record(backup, _ONE).payments_made == 2
    assert taken(shop) == 2


@pytest.mark.rule("R6")
@pytest.mark.parametrize("replaced", [True, False], ids=["replaced", "not replaced"])
def test_a_method_that_was_declined_for_good(door: Door, replaced: bool) -> None:
    """It may have been replaced and charged since: an attempt is skipped only if it is not there."""
    shop = shop_of(door, GatewayKind.LOOK_UP_ONLY)
    backup = restored(door, shop)
    assert due(shop, FEBRUARY, Play.DECLINE_METHOD) == ["declined"]
    if replaced:
        shop.office.recurring.replace_method(BOSS, _ONE, OTHER_CARD)
        due(shop, FEBRUARY + DAY)
    calls = shop.gateway.calls
    adopt(backup, FEBRUARY - HOUR)
    go_on(backup, 8)
    assert shop.gateway.calls == calls
    order = orders_of(backup, _ONE)[1]
    if replaced:
        assert order.invoices[1].status is InvoiceStatus.PAID
    else:
        codes = [item.error and item.error.code for item in order.invoices]
        assert codes[1:] == ["method_not_replaced", "method_not_replaced"]
        assert record(backup, _ONE).status is RecurringStatus.FAILED


@pytest.mark.rule("R4")
def test_a_lost_attempt_while_it_is_completed(door: Door) -> None:
    """What is not there is withdrawn, whether its method may be charged or not."""
    shop = shop_of(door, GatewayKind.LOOK_UP_ONLY)
    backup = restored(door, shop)
    due(shop, FEBRUARY, Play.DECLINE_METHOD)
    adopt(backup, FEBRUARY - HOUR)
    backup.office.recurring.run_due()
    settle(backup)
    backup.clock.advance(DAY)
    assert [result.did for result in backup.office.recurring.run_due()] == [Did.IN_DOUBT]
    backup.office.recurring.complete(BOSS, _ONE)
    settle(backup)
    assert orders_of(backup, _ONE)[1].invoices[1].status is InvoiceStatus.CANCELED
