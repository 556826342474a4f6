"""One call tells what somebody has to look after, behind each door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import attrs
import pytest

from ordersales import (
    AnyShare,
    BackOffice,
    Cadence,
    Finding,
    Health,
    InvoiceNumber,
    OrderNumber,
    OrderStatus,
    PaymentSystem,
    Permission,
    RecurringTerms,
    Trouble,
    Unit,
)
from ordersales.errors import InvalidInput, PermissionMissing
from ordersales.models.installation import Installation
from ordersales.services.health import MOST
from ordersales.testing import Play, a_manager, an_actor, an_offer
from tests.drivers import BANK, BOSS, CARDS, DOORS, Door, Shop, a_card, key, reference_of, snapshot

pytestmark = pytest.mark.rule("C7")

ANY: Final = AnyShare()
MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)


@pytest.fixture(params=DOORS)
def shop(request: pytest.FixtureRequest) -> Shop:
    """Return a shop behind either door."""
    door: Door = request.param
    return Shop.behind(door)


def health(shop: Shop, **how: int) -> Health:
    """Return how the shop fares."""
    return shop.office.health(BOSS, **how)


def found(*findings: Finding) -> list[tuple[Trouble, int | None]]:
    """Return what is wrong with which order."""
    return [(item.trouble, item.order) for item in findings]


def test_an_empty_shop_is_healthy(shop: Shop) -> None:
    """There is nothing to look at, and so nothing is wrong."""
    told = health(shop)

    assert told.healthy
    assert [] == [*told]
    assert (shop.clock.now(), 0, True) == (told.at, told.audited, told.complete)
    assert Installation() == told.installation


def test_a_busy_shop_is_healthy(shop: Shop) -> None:
    """Payments that succeed, fail, wait their time or are returned are no trouble."""
    shop.charge(shop.place(under="paid"), under="p-1")
    shop.gateway.then(Play.DECLINE, Play.PEND, Play.NOT_SENT)
    shop.charge(shop.place(under="declined"), under="p-2")
    shop.charge(shop.place(under="waiting"), under="p-3")
    shop.charge(shop.place(under="unsent"), under="p-4")
    shop.announce(shop.place(under="announced"))
    returned = shop.place(under="returned")
    shop.charge(returned, under="p-5")
    shop.office.refunds.refund_order(BOSS, returned, key=key("back"), reason="so")

    told = health(shop)

    assert told.healthy
    assert 6 == told.audited


def test_what_nobody_looked_after(shop: Shop) -> None:
    """A payment in doubt whose check is ten minutes late is told, and since when."""
    shop.gateway.then(Play.TIME_OUT_BEFORE)
    number = shop.place()
    shop.charge(number)
    due = shop.look(number).next_check
    assert due is not None

    shop.clock.advance(due + 10 * MINUTE - MINUTE - shop.clock.now())
    assert health(shop).healthy
    shop.clock.advance(MINUTE)

    told = health(shop)
    assert [(Trouble.DUE_UNCLAIMED, number)] == found(*told)
    assert due == told.due_unclaimed.shown[0].since


def agreed(shop: Shop, name: str = "one") -> OrderNumber:
    """Return a recurring order that its first payment began just now, paid every day."""
    offer = an_offer(recurring=RecurringTerms(cadence=Cadence(1, Unit.DAY)))
    number = shop.order_of(offer, f"cart-{name}").number
    shop.charge(number, under=f"pay-{name}", method=a_card())
    return number


@pytest.mark.rule("C3")
def test_what_nobody_charged(shop: Shop) -> None:
    """A recurring order that is ten minutes late is told, and since when, until it is charged."""
    number = agreed(shop)
    due = shop.clock.now() + DAY
    shop.clock.advance(DAY + 9 * MINUTE)
    assert health(shop).healthy
    shop.clock.advance(MINUTE)

    (late,) = health(shop)

    assert (Trouble.DUE_UNCLAIMED, number, None) == (late.trouble, late.recurring_order, late.order)
    assert due == late.since
    shop.office.recurring.run_due()
    assert health(shop).healthy


@pytest.mark.rule("C3")
def test_what_was_claimed_and_not_charged(shop: Shop) -> None:
    """A worker that died, or found no payment system, leaves it claimed: that is told apart."""
    numbers = [agreed(shop, name) for name in ("one", "two", "three")]
    shop.clock.advance(DAY + 10 * MINUTE)
    now = shop.clock.now()
    with shop.store.transaction(BOSS.account) as tx:
        tx.recurring_orders.claim_due(now, now + 2 * MINUTE, 2)

    told = health(shop, limit=1)

    assert [numbers[0]] == [item.recurring_order for item in told.claimed_too_long.shown]
    assert (2, 1) == (told.claimed_too_long.at_least, told.due_unclaimed.at_least)
    assert [numbers[2]] == [item.recurring_order for item in told.due_unclaimed.shown]


@pytest.mark.rule("R5")
def test_what_was_activated_just_now_has_ten_minutes(shop: Shop) -> None:
    """A date that was missed while it was paused is late only ten minutes after activation."""
    number = agreed(shop)
    shop.office.recurring.pause(BOSS, number)
    shop.clock.advance(30 * DAY + 60 * MINUTE)
    shop.office.recurring.activate(BOSS, number)
    shop.clock.advance(9 * MINUTE)
    assert health(shop).healthy

    shop.clock.advance(MINUTE)

    assert [number] == [item.recurring_order for item in health(shop).due_unclaimed.shown]
    shop.office.recurring.run_due()
    assert health(shop).healthy


def test_what_is_due_longest_comes_first(shop: Shop) -> None:
    """Payments to look after and recurring orders to charge stand in one list."""
    recurring = agreed(shop)
    shop.gateway.then(Play.TIME_OUT_BEFORE)
    order = shop.place(under="cart-2")
    shop.charge(order, under="pay-2")
    shop.clock.advance(3 * DAY)

    shown = health(shop).due_unclaimed.shown

    assert [(order, None), (None, recurring)] == [
        (item.order, item.recurring_order) for item in shown
    ]


def test_what_is_pending_too_long(shop: Shop) -> None:
    """Whatever is pending is told when its time is over, the oldest first."""
    shop.announce(shop.place(ANY), "10.00")
    shop.clock.advance(MINUTE)
    shop.gateway.then(Play.PEND)
    shop.charge(shop.place(ANY, under="cart-2"))
    assert not health(shop).pending_too_long
    shop.clock.advance(8 * DAY)

    told = health(shop, limit=1)

    assert [(Trouble.PENDING_TOO_LONG, 1)] == found(*told.pending_too_long.shown)
    assert 2 == told.pending_too_long.at_least
    assert [1, 2] == [item.order for item in health(shop).pending_too_long.shown]
    assert InvoiceNumber(1) == told.pending_too_long.shown[0].invoice


def test_what_is_held_and_flagged(shop: Shop) -> None:
    """A payment that can't be carried out is held, and its order flagged, from the start."""
    shop.gateway.then(Play.MISCONFIGURED)
    number = shop.place()
    shop.charge(number)

    told = health(shop)

    assert [(Trouble.HELD, number)] == found(*told.held.shown)
    assert [(Trouble.FLAGGED, number)] == found(*told.flagged.shown)
    assert [*told.held.shown, *told.flagged.shown] == [*told]
    assert not told.healthy


@pytest.mark.rule("C4")
def test_a_contradiction_is_flagged(shop: Shop) -> None:
    """Two final words that differ stand in health until a person has dealt with them."""
    number = shop.place(ANY)
    shop.gateway.then(Play.DECLINE)
    payment = shop.charge(number, "40.00")
    shop.gateway.finish(reference_of(payment))
    shop.hear(reference_of(payment))

    told = health(shop)

    assert [(Trouble.FLAGGED, number)] == found(*told)
    assert "two different final words" in told.flagged.shown[0].detail
    shop.office.orders.clear_attention(BOSS, number, reason="looked at it")
    assert health(shop).healthy


def test_flags_are_counted_all(shop: Shop) -> None:
    """However few are shown, it is told how many there are."""
    for at in range(3):
        shop.gateway.then(Play.OTHER_AMOUNT)
        shop.charge(shop.place(under=f"cart-{at}"), under=f"pay-{at}")

    told = health(shop, limit=2).flagged

    assert ([1, 2], 3) == ([item.order for item in told.shown], told.at_least)


@pytest.mark.rule("C4")
def test_messages_that_nobody_understood(shop: Shop) -> None:
    """What no attempt was found for in seven days is told; there may be more than are shown."""
    told = shop.gateway.finish(reference_of(shop.charge(shop.place())))
    for at in range(3):
        shop.hear(f"acme/{at + 90}/1", told, event_id=f"evt-{at}")
        shop.clock.advance(MINUTE)
    shop.clock.advance(7 * DAY - 3 * MINUTE)

    assert ["message evt-0 names acme/90/1"] == [
        item.detail for item in health(shop).unmatched.shown
    ]
    shop.clock.advance(DAY)
    unmatched = health(shop, limit=1).unmatched
    assert (1, 2) == (len(unmatched.shown), unmatched.at_least)
    assert (Trouble.UNMATCHED, CARDS) == (unmatched.shown[0].trouble, unmatched.shown[0].system)


def spoilt(shop: Shop, number: OrderNumber) -> None:
    """Write a status into the store that the records don't imply, as nobody should."""
    with shop.store.transaction(BOSS.account) as tx:
        order = tx.orders.get(number)
        assert order is not None
        tx.orders.save(attrs.evolve(order, status=OrderStatus.COMPLETED))


def test_a_status_that_disagrees_is_found_among_the_newest(shop: Shop) -> None:
    """The audit looks at the orders of the newest events, as many as it is told, and says so."""
    first, second = shop.place(), shop.place(under="cart-2")
    spoilt(shop, first)

    told = health(shop)

    assert [(Trouble.DISAGREES, first)] == found(*told)
    assert "the order is Completed, and its records say Open" == told.disagreeing.shown[0].detail
    assert shop.clock.now() == told.disagreeing.shown[0].since
    assert (2, False) == (told.audited, told.healthy)
    newest = health(shop, audit=1)
    assert (1, True) == (newest.audited, newest.healthy)
    assert (0, True) == (health(shop, audit=0).audited, health(shop, audit=0).healthy)
    spoilt(shop, second)
    disagreeing = health(shop, limit=1).disagreeing
    assert (2, 2) == (disagreeing.shown[0].order, disagreeing.at_least)


@pytest.mark.rule("C6")
@pytest.mark.parametrize("door", DOORS)
def test_a_copy_of_the_database_is_not_healthy(door: Door) -> None:
    """A host that may charge nothing is told so, though no record is wrong."""
    shop = Shop.behind(door)
    systems = [PaymentSystem(CARDS, shop.gateway), PaymentSystem(BANK)]
    office = door(shop.store, systems, shop.clock, installation="shop")

    told = office.health(BOSS)

    assert Installation(None, "shop") == told.installation
    assert ([], False) == ([*told], told.healthy)


@pytest.mark.thorough
def test_more_is_pending_than_is_looked_at() -> None:
    """Beyond a bound the newer pending payments are left, which is told."""
    shop = Shop.behind(BackOffice)
    number = shop.place(ANY, "9999.00")
    for at in range(MOST):
        shop.announce(number, "1.00", f"wire-{at}")
    assert health(shop).complete

    shop.announce(number, "1.00", "one-more")
    shop.clock.advance(8 * DAY)

    told = health(shop)
    assert (False, MOST) == (told.complete, told.pending_too_long.at_least)


@pytest.mark.rule("A4")
def test_another_account_fares_by_itself(shop: Shop) -> None:
    """What is wrong elsewhere is neither told nor counted."""
    shop.gateway.then(Play.MISCONFIGURED)
    number = shop.place()
    shop.charge(number)
    spoilt(shop, number)
    paid = shop.charge(shop.place(under="cart-2"), under="pay-2")
    shop.hear("acme/99/1", shop.gateway.finish(reference_of(paid)))
    shop.clock.advance(30 * DAY)

    told = shop.office.health(a_manager("globex"))

    assert told.healthy
    assert 0 == told.audited
    assert not health(shop).healthy


def test_looking_changes_nothing(shop: Shop) -> None:
    """It asks no payment system and writes nothing."""
    shop.gateway.then(Play.PEND)
    shop.charge(shop.place())
    shop.clock.advance(30 * DAY)
    before, asked = snapshot(shop.store), shop.gateway.charged

    assert not health(shop).healthy

    assert before == snapshot(shop.store)
    assert asked == shop.gateway.charged


@pytest.mark.rule("B1")
def test_every_wrong_argument_is_told(shop: Shop) -> None:
    """Both bounds are checked, and told together."""
    look: Any = shop.office.health
    for limit, audit in ((0, -1), (MOST + 1, MOST + 1), (True, None), ("5", 1.0)):
        with pytest.raises(InvalidInput) as caught:
            look(BOSS, limit=limit, audit=audit)
        assert ["limit", "audit"] == [item.field for item in caught.value.problems]
    assert look(BOSS, limit=MOST, audit=MOST).healthy


@pytest.mark.rule("A2")
def test_who_sees_orders_sees_their_health(shop: Shop) -> None:
    """It is for whoever may see orders, such as a program that watches."""
    with pytest.raises(PermissionMissing):
        shop.office.health(an_actor(*(set(Permission) - {Permission.SEE_ORDERS})))

    assert shop.office.health(an_actor(Permission.SEE_ORDERS, user=None)).healthy
