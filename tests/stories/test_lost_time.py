"""What a person or a worker did in the time that a restored backup has lost is not done again (C6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import attrs
import pytest

from ordersales.errors import PaymentUnderWay
from ordersales.models.charge import Withdrawn
from ordersales.models.explanation import ReasonCode
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.offer import AnyShare
from ordersales.models.order import OrderStatus
from ordersales.models.recurring_terms import ResumePolicy
from ordersales.models.refund import RefundStatus
from ordersales.ports.gateway import GatewayKind
from ordersales.rules.permissions import Operation
from ordersales.testing import Play, RefundPlay
from ordersales.values.cadence import Cadence, Unit
from ordersales.values.identifiers import OrderNumber
from tests.drivers import BOSS, BUYER, CARDS, Door, Shop, a_card, eur, key
from tests.restoring import (
    HOUR,
    LOOKED_UP,
    OTHER_CARD,
    adopt,
    go_on,
    held,
    restored,
    shop_behind,
    taken,
)
from tests.subscribing import DAY, FEBRUARY, MARCH, TERMS, due, orders_of, record, retry, subscribe

pytestmark = pytest.mark.rule("C6", "C2")

AFRESH: Final = ResumePolicy.START_AFRESH
#: Keys are forgotten by then.
LATER: Final = 3 * DAY
ONE: Final = OrderNumber(1)
BLIND: Final = (GatewayKind.KEY_ONLY, GatewayKind.NEITHER)


@pytest.mark.parametrize("kind", GatewayKind)
def test_an_order_that_was_paid(door: Door, kind: GatewayKind) -> None:
    """Its customer, who is asked again, is not charged again: it is found, or held for a person."""
    shop = shop_behind(door, kind)
    number, made_at = shop.place(), shop.clock.now()
    backup = restored(door, shop)
    shop.clock.advance(HOUR)
    shop.charge(number, method=a_card())
    shop.clock.advance(LATER)
    adopt(backup, made_at)
    begun = backup.charge(number, under="once more", method=a_card())
    assert begun.invoice.status is InvoiceStatus.PENDING
    go_on(backup, 1)
    assert taken(shop) == 1
    order = backup.look(number)
    assert held(order) is (kind in BLIND)
    assert order.status is (OrderStatus.OPEN if kind in BLIND else OrderStatus.COMPLETED)


def test_an_order_that_was_not_paid(door: Door) -> None:
    """It is looked up and then charged, once."""
    shop = shop_behind(door, GatewayKind.LOOK_UP_ONLY)
    number, made_at = shop.place(), shop.clock.now()
    backup = restored(door, shop)
    adopt(backup, made_at)
    backup.charge(number)
    assert taken(shop) == 0
    go_on(backup, 1)
    assert (taken(shop), backup.look(number).status) == (1, OrderStatus.COMPLETED)


@pytest.mark.parametrize("kind", LOOKED_UP[1:])
def test_a_part_that_was_paid(door: Door, kind: GatewayKind) -> None:
    """Each further payment of an order that the backup knows is looked up, the others too."""
    shop = shop_behind(door, kind)
    number = shop.place(AnyShare())
    shop.charge(number, "10.00", "part 1")
    backup, made_at = restored(door, shop), shop.clock.now()
    shop.charge(number, "30.00", "part 2")
    shop.charge(number, "60.00", "part 3")
    shop.clock.advance(LATER)
    adopt(backup, made_at)
    for part, share in enumerate(("30.00", "60.00")):
        backup.charge(number, share, f"again {part}")
        go_on(backup, 1)
    assert (taken(shop), backup.look(number).status) == (3, OrderStatus.COMPLETED)


def test_a_part_that_nothing_was_executed_of(door: Door) -> None:
    """A person who has looked says so once, and the order's payments go on as usual."""
    shop = shop_behind(door, GatewayKind.NEITHER)
    number, made_at = shop.place(AnyShare()), shop.clock.now()
    backup = restored(door, shop)
    adopt(backup, made_at)
    invoice = backup.charge(number, "30.00").invoice
    go_on(backup, 1)
    backup.office.payments.settle_held(BOSS, number, invoice.number, Withdrawn(), reason="looked")
    again = backup.charge(number, "30.00", "again").invoice
    assert (taken(shop), again.status) == (1, InvoiceStatus.PAID)


def test_what_comes_after_is_free_of_it(door: Door) -> None:
    """Orders that are placed after the adoption are charged at once, whatever the gateway."""
    shop = shop_behind(door, GatewayKind.NEITHER)
    backup, made_at = restored(door, shop), shop.clock.now()
    adopt(backup, made_at)
    backup.clock.advance(HOUR)
    number = backup.place()
    assert backup.charge(number).invoice.status is InvoiceStatus.PAID


def ended(shop: Shop) -> None:
    """Let February be attempted in vain, until it has failed."""
    for days in (0, 1, 4):
        assert due(shop, FEBRUARY + days * DAY, Play.DECLINE) == ["declined"]


def paused(shop: Shop) -> None:
    """Let February be missed by a pause."""
    shop.office.recurring.pause(BOSS, ONE)
    shop.clock.advance_to(FEBRUARY + 5 * DAY)


@pytest.mark.parametrize("policy", ResumePolicy)
@pytest.mark.parametrize("stand_still", [ended, paused])
@pytest.mark.parametrize("kind", GatewayKind)
def test_what_a_person_activated(
    door: Door, kind: GatewayKind, stand_still: Callable[[Shop], None], policy: ResumePolicy
) -> None:
    """Activated again, also when its next date is past, it is not charged again for that time."""
    shop = shop_behind(door, kind)
    subscribe(shop)
    stand_still(shop)
    backup, made_at = restored(door, shop), shop.clock.now()
    shop.office.recurring.activate(BOSS, ONE, policy=AFRESH)
    assert due(shop, shop.clock.now() + HOUR) == ["paid"]
    shop.clock.advance(LATER)
    adopt(backup, made_at)
    shop.clock.advance_to(MARCH + DAY)
    backup.office.recurring.activate(BOSS, ONE, policy=policy)
    go_on(backup, 2)
    skips = policy is ResumePolicy.SKIP and stand_still is paused
    collects = policy is ResumePolicy.COLLECT_ALL
    blind = kind in BLIND
    assert taken(shop) == 2 + (collects and not blind)
    assert record(backup, ONE).payments_made == (1 if blind or skips else 2 + collects)
    if not skips:
        assert held(orders_of(backup, ONE)[-1]) is blind


def test_several_that_were_charged(door: Door) -> None:
    """As long as payments are found, the next may have been made as well; then it is charged."""
    shop = shop_behind(door, GatewayKind.LOOK_UP_ONLY)
    subscribe(shop, attrs.evolve(TERMS, cadence=Cadence(1, Unit.WEEK)))
    shop.office.recurring.pause(BOSS, ONE)
    shop.clock.advance(20 * DAY)
    backup, made_at = restored(door, shop), shop.clock.now()
    shop.office.recurring.activate(BOSS, ONE, policy=AFRESH)
    go_on(shop, 8)
    assert taken(shop) == 3
    adopt(backup, made_at)
    backup.clock.advance(DAY)
    backup.office.recurring.activate(BOSS, ONE, policy=AFRESH)
    go_on(backup, 8)
    assert (taken(shop), record(backup, ONE).payments_made) == (3, 3)
    go_on(backup, 7)
    assert (taken(shop), record(backup, ONE).payments_made) == (4, 4)


@pytest.mark.parametrize("ask", ["a person", "the timer", "its customer"])
@pytest.mark.parametrize("kind", GatewayKind)
def test_a_retry_that_was_waited_for(door: Door, kind: GatewayKind, ask: str) -> None:
    """What a person asked for meanwhile is found, whoever asks for it again."""
    shop = shop_behind(door, kind)
    subscribe(shop)
    due(shop, FEBRUARY, Play.DECLINE)
    backup, made_at = restored(door, shop), shop.clock.now()
    shop.clock.advance(HOUR)
    retry(shop, ONE)
    adopt(backup, made_at)
    if ask == "a person":
        retry(backup, ONE)
    elif ask == "its customer":
        order = orders_of(backup, ONE)[1]
        backup.office.payments.charge(
            BUYER, order.number, CARDS, key=key("by hand"), method=a_card()
        )
    go_on(backup, 3)
    assert taken(shop) == 2
    # A key serves as long as it is remembered, and for the method that it was sent with.
    found = kind in LOOKED_UP or (kind is GatewayKind.KEY_ONLY and ask == "a person")
    assert record(backup, ONE).payments_made == (2 if found else 1)
    assert held(orders_of(backup, ONE)[1]) is not found


def again(shop: Shop, number: OrderNumber, how: str) -> None:
    """Let an attempt that has not reached its gateway be sent again."""
    if how == "a person":
        retry(shop, number)
    shop.office.payments.reconcile()


@pytest.mark.parametrize("pauses", [True, False], ids=["paused", "active"])
@pytest.mark.parametrize("how", ["a person", "a worker"])
@pytest.mark.parametrize("kind", GatewayKind)
def test_an_attempt_that_had_not_reached_its_gateway(
    door: Door, kind: GatewayKind, how: str, pauses: bool
) -> None:
    """It may have reached it since: it is looked up before it is sent again, or withdrawn."""
    shop = shop_behind(door, kind)
    subscribe(shop)
    assert due(shop, FEBRUARY, Play.NOT_SENT) == ["not sent"]
    backup, made_at = restored(door, shop), shop.clock.now()
    shop.clock.advance(HOUR)
    shop.office.payments.reconcile()
    assert taken(shop) == 2
    shop.clock.advance(LATER)
    adopt(backup, made_at)
    if pauses:
        backup.office.recurring.pause(BOSS, ONE)
    else:
        again(backup, ONE, how)
    go_on(backup, 2)
    assert taken(shop) == 2
    order = orders_of(backup, ONE)[1]
    if kind in LOOKED_UP:
        assert order.status is OrderStatus.COMPLETED
    elif not (pauses and kind is GatewayKind.KEY_ONLY):
        assert held(order)


@pytest.mark.parametrize("lost", [True, False], ids=["sent since", "not sent since"])
@pytest.mark.parametrize("play", [Play.NOT_SENT, Play.MISCONFIGURED])
def test_a_payment_that_is_sent_again_under_its_key(door: Door, play: Play, lost: bool) -> None:
    """The buyer's second click finds what it paid meanwhile, and is sent if that is nothing."""
    shop = shop_behind(door, GatewayKind.LOOK_UP_ONLY)
    number = shop.place()
    shop.gateway.then(play)
    shop.charge(number)
    backup, made_at = restored(door, shop), shop.clock.now()
    shop.clock.advance(HOUR)
    if lost:
        shop.charge(number)
    adopt(backup, made_at)
    assert backup.charge(number).invoice.status is InvoiceStatus.PENDING
    go_on(backup, 1)
    assert (taken(shop), backup.look(number).status) == (1, OrderStatus.COMPLETED)


@pytest.mark.parametrize("kind", LOOKED_UP[:2])
def test_a_payment_that_got_another_key(door: Door, kind: GatewayKind) -> None:
    """In doubt in the backup, it was proven absent since and sent anew: its old key says nothing."""
    shop = shop_behind(door, kind)
    number = shop.place()
    shop.gateway.then(*[Play.TIME_OUT_BEFORE] * 4)
    shop.charge(number)
    backup, made_at = restored(door, shop), shop.clock.now()
    for _ in range(6):
        shop.clock.advance(timedelta(minutes=15))
        shop.office.payments.reconcile()
    assert taken(shop) == 1
    adopt(backup, made_at)
    go_on(backup, 1)
    assert (taken(shop), backup.look(number).status) == (1, OrderStatus.COMPLETED)


def test_a_person_can_not_ask_around_what_may_have_been_sent(door: Door) -> None:
    """With another card, *retry now* waits until the attempt before it was looked up."""
    shop = shop_behind(door, GatewayKind.LOOK_UP_ONLY)
    subscribe(shop)
    due(shop, FEBRUARY, Play.NOT_SENT)
    backup, made_at = restored(door, shop), shop.clock.now()
    shop.clock.advance(HOUR)
    shop.office.payments.reconcile()
    adopt(backup, made_at)
    assert Operation.RETRY in offered(backup)
    backup.office.recurring.replace_method(BOSS, ONE, OTHER_CARD)
    assert Operation.RETRY not in offered(backup)
    why = backup.office.recurring.explain_action(BOSS, ONE, Operation.RETRY)
    assert [reason.code for reason in why.reasons] == [ReasonCode.PAYMENT_UNDER_WAY]
    with pytest.raises(PaymentUnderWay):
        retry(backup, ONE)
    go_on(backup, 1)
    assert (taken(shop), record(backup, ONE).payments_made) == (2, 2)


def offered(shop: Shop) -> tuple[Operation, ...]:
    """Return what the recurring order's row offers the boss."""
    return shop.office.recurring.page(BOSS).rows[0].actions


@pytest.mark.rule("F1")
@pytest.mark.parametrize("sent", [True, False], ids=["sent since", "not sent since"])
@pytest.mark.parametrize("kind", LOOKED_UP)
def test_a_refund_that_had_not_reached_its_gateway(
    door: Door, kind: GatewayKind, sent: bool
) -> None:
    """It may have reached it since: it is looked up, and goes back once."""
    shop = shop_behind(door, kind)
    number = shop.place()
    paid = shop.charge(number)
    shop.gateway.refunds.then(RefundPlay.NOT_SENT)

    def ask(it: Shop) -> None:
        it.office.refunds.refund(
            BOSS, number, paid.invoice.number, key=key("back"), amount=eur("40.00"), reason="so"
        )

    ask(shop)
    backup, made_at = restored(door, shop), shop.clock.now()
    shop.clock.advance(HOUR)
    if sent:
        shop.office.payments.reconcile()
    shop.clock.advance(LATER)
    adopt(backup, made_at)
    asked = shop.gateway.refunds.calls
    ask(backup)
    assert shop.gateway.refunds.calls == asked
    go_on(backup, 1)
    assert shop.gateway.refunds.returned("EUR") == eur("40.00")
    assert backup.look(number).refunds[0].status is RefundStatus.SUCCEEDED
