"""A process dies at any call, and nobody sends anything again: recovery alone settles it (C2).

Every scene is stopped at each of its calls, for each kind of gateway. Then time passes, and
workers look after what is due until nothing is: nothing was taken twice, the gateway's book and
ours tell of the same money, and where a gateway allows no proof a person is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final

import pytest
from attrs import frozen

from ordersales import BackOffice, InvoiceStatus, Order
from ordersales.models.capabilities import GatewayKind
from ordersales.models.charge import Accepted, Succeeded
from ordersales.models.invoice import Invoice
from ordersales.models.order import AttentionReason, DecisionKind
from ordersales.models.reconciled import Reconciled
from ordersales.models.refund import RefundAccepted, RefundStatus, RefundSucceeded
from ordersales.models.stage import Stage
from ordersales.rules.refunds import found
from ordersales.services import payments
from ordersales.services.payments import Wish
from ordersales.services.reconciling import reconcile
from ordersales.testing import PROFILES, MovableClock, Play, RefundPlay, ScriptedGateway
from tests.drivers import BUYER, CARDS, DOORS, ByHand, Door, Shop, key
from tests.services.test_crashes import (
    Scene,
    Script,
    assert_whole,
    charging,
    deciding,
    kept,
    open_shop,
    refunding,
    sending_again,
    stopped,
)

pytestmark = pytest.mark.rule("C2")


def charging_in_full(*plays: Play) -> Scene:
    """Ada pays all of it by card, while the gateway plays."""

    def prepare(shop: Shop) -> Callable[[], Script]:
        number = shop.place()
        shop.gateway.then(*plays)
        wish = Wish(order=number, system=CARDS, key=key("pay-1"), covers=None, amount=None)
        return lambda: payments.charge(shop.desk, BUYER, wish)

    return prepare


#: A once-only object is one for each order, which has to be paid in full then.
IN_FULL: Final[dict[str, Scene]] = {
    **{f"charge: {play}": charging_in_full(play) for play in Play},
    "two silent sends": charging_in_full(Play.TIME_OUT_BEFORE, Play.TIME_OUT_BEFORE),
    "many silent sends": charging_in_full(*[Play.TIME_OUT_BEFORE] * 6),
    "never a word": charging_in_full(*[Play.TIME_OUT_BEFORE] * 100),
    "never there": charging_in_full(*[Play.NOT_SENT] * 100),
    "late, and late again": charging_in_full(*[Play.EXECUTE_LATE] * 3),
    "errors that are kept": charging_in_full(*[Play.SERVER_ERROR_BEFORE] * 3),
}
IN_PARTS: Final[dict[str, Scene]] = {
    **{f"charge: {play}": charging(play) for play in Play},
    "send again": sending_again,
    "decline, and cancel at the gateway": deciding(DecisionKind.DECLINED, Play.PEND, Play.PEND),
    "decline in doubt": deciding(DecisionKind.DECLINED, Play.TIME_OUT_AFTER),
    "decline before it came": deciding(DecisionKind.DECLINED, Play.TIME_OUT_BEFORE),
    "confirm before it came": deciding(DecisionKind.CONFIRMED, Play.TIME_OUT_BEFORE),
    **{f"refund: {play}": refunding(play) for play in RefundPlay},
}
SCENES: Final = [
    *(
        pytest.param(scene, kind, id=f"{name}, {kind}")
        for kind in GatewayKind
        for name, scene in IN_FULL.items()
    ),
    *(
        pytest.param(scene, kind, id=f"in parts: {name}, {kind}")
        for kind in GatewayKind
        for name, scene in IN_PARTS.items()
        if kind is not GatewayKind.ONCE_ONLY
    ),
]
#: Longer than anything is looked after.
MONTH: Final = timedelta(days=30)


def next_checks(shop: Shop) -> list[Any]:
    """Return when the orders that are to be looked after are."""
    return [order.next_check for order, _ in kept(shop) if order.next_check is not None]


def until_quiet(shop: Shop) -> list[Reconciled]:
    """Let time pass, and workers look after what is due, until nothing is."""
    done: list[Reconciled] = []
    end = shop.clock.now() + MONTH
    while moments := next_checks(shop):
        assert min(moments) < end, "it never ends"
        shop.clock.advance_to(max(min(moments), shop.clock.now()))
        did = shop.office.payments.reconcile()
        assert did, "it is due, and nobody looks"
        assert_once(shop)
        done += did
    shop.clock.advance(MONTH)
    assert () == shop.office.payments.reconcile()
    return done


@frozen
class Asked:
    """An attempt or a refund, and whether it was executed by the gateway's own book."""

    order: Order
    invoice: Invoice
    #: Whether it is open by our books, and whether our books say that the money moved.
    stage: Stage
    pending: bool
    done: bool
    #: Whether the gateway's book says so, and whether it says that the end is open.
    executed: bool
    accepted: bool

    @property
    def flagged(self) -> bool:
        """Whether a person is told of it."""
        return any(flag.invoice == self.invoice.number for flag in self.order.attention)


def everything_asked(shop: Shop) -> Iterator[Asked]:
    """Yield all that a gateway was ever asked for."""
    for order, _ in kept(shop):
        for invoice in order.invoices:
            if invoice.attempt is None:
                continue
            of = [
                item.answer
                for item in shop.gateway.charged
                if item.request.reference == invoice.attempt.reference
            ]
            yield Asked(
                order,
                invoice,
                stage=invoice.attempt.stage,
                pending=invoice.status is InvoiceStatus.PENDING,
                done=invoice.captured,
                executed=any(isinstance(answer, Succeeded) for answer in of),
                accepted=any(isinstance(answer, Accepted) for answer in of),
            )
    for item in shop.gateway.refunds.book:
        number = item.request.reference.attempt.order
        (order,) = [order for order, _ in kept(shop) if order.number == number]
        invoice, refund = found(order, item.request.reference)
        yield Asked(
            order,
            invoice,
            stage=refund.stage,
            pending=refund.status is RefundStatus.PENDING,
            done=refund.status is RefundStatus.SUCCEEDED,
            executed=isinstance(item.answer, RefundSucceeded),
            accepted=isinstance(item.answer, RefundAccepted),
        )


def assert_once(shop: Shop) -> None:
    """Hold that no attempt took money twice."""
    took = Counter(
        item.request.reference
        for item in shop.gateway.charged
        if isinstance(item.answer, Succeeded)
    )
    assert [] == [reference for reference, times in took.items() if times > 1]


def assert_settled(shop: Shop, kind: GatewayKind) -> None:
    """Hold that our books and the gateway's agree, or that a person is told."""
    for asked in everything_asked(shop):
        if asked.pending:
            # Nobody looks any more, so a person has to.
            assert asked.stage in (Stage.HELD, Stage.BLOCKED)
            assert asked.flagged
            # Money that can be looked up is not left unbooked, but where it is another amount.
            reasons = {flag.reason for flag in asked.order.attention}
            hidden = kind in (GatewayKind.KEY_ONLY, GatewayKind.NEITHER)
            assert hidden or not asked.executed or AttentionReason.AMOUNT_DIFFERS in reasons
        else:
            assert asked.executed is asked.done or asked.flagged


@pytest.mark.thorough
@pytest.mark.rule("C1", "C4")
@pytest.mark.parametrize(("scene", "kind"), SCENES)
def test_a_crash_at_any_call(scene: Scene, kind: GatewayKind) -> None:
    """Recovery settles what a crash left, with no word from the host or the gateway."""
    for shop, _ in stopped(scene, PROFILES[kind]):
        until_quiet(shop)

        assert_whole(shop)
        assert_settled(shop, kind)


@pytest.mark.thorough
@pytest.mark.parametrize(("scene", "kind"), SCENES)
def test_a_crash_at_any_call_of_recovery(scene: Scene, kind: GatewayKind) -> None:
    """Recovery that dies itself, at any call of its first look, is recovered by the next."""
    at, total = 0, 1
    while at < total:
        for performed in (False, True):
            shop = dead_in_the_middle(scene, kind)
            script = ByHand(reconcile(shop.desk, limit=100))
            script.steps(at)
            if performed and not script.ended:
                script.perform()
            script.drop()

            until_quiet(shop)

            assert_whole(shop)
            assert_settled(shop, kind)
        whole = ByHand(reconcile(dead_in_the_middle(scene, kind).desk, limit=100))
        whole.finish()
        at, total = at + 1, whole.performed


def dead_in_the_middle(scene: Scene, kind: GatewayKind) -> Shop:
    """Return a shop whose process died when the gateway had done what it was asked for."""
    shop = open_shop(PROFILES[kind])
    script = ByHand(scene(shop)())
    before = calls_of(shop)
    while not script.ended and calls_of(shop) == before:
        told = script.perform()
        if calls_of(shop) == before:
            script.go_on(told)
    script.drop()
    moments = next_checks(shop)
    if moments:
        shop.clock.advance_to(max(min(moments), shop.clock.now()))
    return shop


def calls_of(shop: Shop) -> int:
    """Return how often the gateway was asked for anything that moves money."""
    return shop.gateway.calls + shop.gateway.refunds.calls


#: What becomes of a payment of which no word came back, by the kind of the gateway; how often it
#: was sent, and how long it took.
WITHOUT_A_WORD: Final = {
    GatewayKind.ONCE_ONLY: (InvoiceStatus.PAID, 2, timedelta(minutes=2)),
    GatewayKind.KEY_AND_LOOK_UP: (InvoiceStatus.PAID, 2, timedelta(minutes=2)),
    GatewayKind.KEY_ONLY: (InvoiceStatus.PAID, 2, timedelta(minutes=2)),
    GatewayKind.LOOK_UP_ONLY: (InvoiceStatus.PAID, 1, timedelta(minutes=10)),
    GatewayKind.NEITHER: (InvoiceStatus.PENDING, 1, timedelta(minutes=2)),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", WITHOUT_A_WORD)
def test_an_answer_that_was_lost(door: Door, kind: GatewayKind) -> None:
    """A payment whose answer was lost is found again, or held where nothing can be proven."""
    shop = a_shop(door, kind, Play.TIME_OUT_AFTER)
    number, begun = shop.place(), shop.clock.now()
    shop.charge(number)

    until_settled(shop)

    (invoice,) = shop.look(number).invoices
    took = shop.clock.now() - begun
    assert WITHOUT_A_WORD[kind] == (invoice.status, shop.gateway.calls, took)
    assert 1 == len(shop.gateway.charged)


@pytest.mark.parametrize(
    ("kind", "sends", "took"),
    [
        (GatewayKind.ONCE_ONLY, 5, timedelta(minutes=24)),
        (GatewayKind.KEY_AND_LOOK_UP, 5, timedelta(minutes=24)),
        (GatewayKind.LOOK_UP_ONLY, 5, timedelta(minutes=45)),
    ],
)
def test_requests_that_never_arrived(kind: GatewayKind, sends: int, took: timedelta) -> None:
    """What is proven never to have been executed is sent under a new key, and taken once."""
    shop = a_shop(BackOffice, kind, *[Play.TIME_OUT_BEFORE] * 4)
    number, begun = shop.place(), shop.clock.now()
    shop.charge(number)

    until_settled(shop)

    (invoice,) = shop.look(number).invoices
    assert (InvoiceStatus.PAID, sends) == (invoice.status, shop.gateway.calls)
    (charged,) = shop.gateway.charged
    assert invoice.attempt is not None
    assert charged.request.key == invoice.attempt.key
    assert took == shop.clock.now() - begun


def until_settled(shop: Shop) -> None:
    """Let time pass, and workers look after what is due, until nothing is; and no longer."""
    while moments := next_checks(shop):
        shop.clock.advance_to(max(min(moments), shop.clock.now()))
        shop.office.payments.reconcile()


def a_shop(door: Door, kind: GatewayKind, *plays: Play) -> Shop:
    """Return a shop behind a door, with a gateway of a kind that plays."""
    clock = MovableClock()
    gateway = ScriptedGateway(*plays, capabilities=PROFILES[kind], clock=clock)
    return Shop.behind(door, gateway, clock)
