"""A process dies at any call of any service: the store stays whole, and nothing is charged twice.

Each service is stopped at each of its calls, once before the call was performed and once after,
when its answer never came back. Then the same call is sent again, as a host would, and the
gateway's messages come in.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

import pytest

from ordersales import AccountId, AnyShare, BackOffice, EventKind, InvoiceStatus, Order, OrderStatus
from ordersales.errors import RuleRefused
from ordersales.models.charge import Answer, Declined, Succeeded, Withdrawn
from ordersales.models.event import Event
from ordersales.models.filters import EVERYTHING, NEWEST_ORDERS
from ordersales.models.order import AttentionReason, DecisionKind
from ordersales.models.refund import RefundRefused, RefundStatus, RefundSucceeded
from ordersales.models.sale import Manager
from ordersales.ports.gateway import Capabilities
from ordersales.rules.order_lifecycle import derive_status
from ordersales.rules.refunds import found as find
from ordersales.services import orders, payments, refunds, sales, webhooks
from ordersales.services.payments import Wish
from ordersales.services.refunds import RefundWish
from ordersales.testing import MovableClock, Play, RefundPlay, ScriptedGateway, an_offer
from ordersales.testing.gateway import EVERYTHING as ALL_THERE_IS
from ordersales.values.identifiers import GatewayId, UserId
from ordersales.values.money import Money
from tests.drivers import (
    ADA,
    BANK,
    BOSS,
    BUYER,
    CARDS,
    ByHand,
    Shop,
    eur,
    key,
    reference_of,
    snapshot,
)

pytestmark = pytest.mark.rule("C1")

ANY: Final = AnyShare()
MIRA: Final = Manager(user=UserId("mira"), name="Mira")
Script = Coroutine[Any, Any, Any]
#: Prepares a shop, and returns what starts the script that will be stopped.
Scene = Callable[[Shop], Callable[[], Script]]


def placing(shop: Shop) -> Callable[[], Script]:
    """Ada places an order."""
    return lambda: orders.place(
        shop.desk, BUYER, an_offer(), ADA, key=key("cart-1"), quantity=1, manager=None
    )


def charging(*plays: Play) -> Scene:
    """Ada pays by card, while the gateway plays."""

    def prepare(shop: Shop) -> Callable[[], Script]:
        number = shop.place(ANY)
        shop.charge(number, "10.00", "pay-0")
        shop.gateway.then(*plays)
        wish = Wish(order=number, system=CARDS, key=key("pay-1"), covers=eur("40.00"), amount=None)
        return lambda: payments.charge(shop.desk, BUYER, wish)

    return prepare


def sending_again(shop: Shop) -> Callable[[], Script]:
    """Ada pays once more what certainly did not reach the gateway."""
    start = charging(Play.NOT_SENT)(shop)
    ByHand(start()).finish()
    return start


def announcing(shop: Shop) -> Callable[[], Script]:
    """Ada says that she has sent the money."""
    wish = Wish(order=shop.place(ANY), system=BANK, key=key("wire-1"), covers=None, amount=None)
    return lambda: payments.pay_manually(shop.desk, BUYER, wish)


def confirming(shop: Shop) -> Callable[[], Script]:
    """The money has come."""
    number = shop.place(ANY)
    invoice = shop.announce(number).invoice.number
    return lambda: payments.confirm(
        shop.desk, BOSS, number, invoice, received=None, covers=None, commission=eur("1.00")
    )


def rejecting(shop: Shop) -> Callable[[], Script]:
    """The money has not come."""
    number = shop.place(ANY)
    invoice = shop.announce(number).invoice.number
    return lambda: payments.reject(shop.desk, BOSS, number, invoice, reason="Nothing came")


def deciding(kind: DecisionKind, *plays: Play) -> Scene:
    """A manager decides about an order that is paid in parts."""

    def prepare(shop: Shop) -> Callable[[], Script]:
        number = shop.place(ANY)
        shop.gateway.then(Play.SUCCEED, *plays)
        for n in range(1 + len(plays)):
            shop.charge(number, "20.00", f"pay-{n}")
        return lambda: orders.decide(shop.desk, BOSS, number, kind, reason="Enough")

    return prepare


def hearing(first: Answer | None) -> Scene:
    """The gateway says that it took the money, perhaps after it said something else."""

    def prepare(shop: Shop) -> Callable[[], Script]:
        shop.gateway.then(Play.PEND)
        reference = reference_of(shop.charge(shop.place(ANY), "40.00"))
        if first is not None:
            shop.hear(reference, first)
        shop.gateway.finish(reference)
        body, headers = shop.gateway.webhook(reference, event_id="evt-1")
        return lambda: webhooks.hear(shop.desk, BOSS, CARDS, body, headers)

    return prepare


def refunding(*plays: RefundPlay) -> Scene:
    """A part of what Ada paid by card goes back, while the gateway plays."""

    def prepare(shop: Shop) -> Callable[[], Script]:
        number = shop.place(ANY)
        invoice = shop.charge(number, "40.00").invoice.number
        shop.gateway.refunds.then(*plays)
        wish = RefundWish(
            order=number, invoice=invoice, key=key("back-1"), amount=eur("15.00"), reason="Late"
        )
        return lambda: refunds.refund(shop.desk, BOSS, wish)

    return prepare


def refunding_by_hand(shop: Shop) -> Callable[[], Script]:
    """All that came by bank goes back."""
    number = shop.place(ANY)
    invoice = shop.announce(number).invoice.number
    shop.office.payments.confirm(BOSS, number, invoice)
    wish = RefundWish(order=number, invoice=None, key=key("back-1"), amount=None, reason="Late")
    return lambda: refunds.refund(shop.desk, BOSS, wish)


def clearing(shop: Shop) -> Callable[[], Script]:
    """Less came than was to be paid at once, and a manager has dealt with it."""
    number = shop.place()
    invoice = shop.announce(number).invoice.number
    shop.office.payments.confirm(BOSS, number, invoice, received=eur("99.00"))
    return lambda: orders.clear_attention(shop.desk, BOSS, number, reason="Let it be")


def adding_a_user(shop: Shop) -> Callable[[], Script]:
    """Mira is assigned to an order."""
    number = shop.place(ANY)
    return lambda: sales.add_user(shop.desk, BOSS, number, MIRA)


def checking(shop: Shop) -> Callable[[], Script]:
    """A person confirms that Mira made the sale."""
    number = shop.place()
    shop.charge(number)
    return lambda: sales.confirm(shop.desk, BOSS, number, manager=MIRA)


SCENES: Final[dict[str, Scene]] = {
    "place": placing,
    **{f"charge: {play}": charging(play) for play in Play},
    "send again": sending_again,
    "announce": announcing,
    "confirm the payment": confirming,
    "reject the payment": rejecting,
    **{kind: deciding(kind) for kind in DecisionKind},
    "decline, and cancel at the gateway": deciding(DecisionKind.DECLINED, Play.PEND, Play.PEND),
    "decline in doubt": deciding(DecisionKind.DECLINED, Play.TIME_OUT_AFTER),
    "hear": hearing(None),
    "hear a contradiction": hearing(Declined(code="no")),
    **{f"refund: {play}": refunding(play) for play in RefundPlay},
    "refund by hand": refunding_by_hand,
    "clear what needs attention": clearing,
    "add a user": adding_a_user,
    "check who made the sale": checking,
}


def kept(shop: Shop) -> list[tuple[Order, tuple[Event, ...]]]:
    """Return every order with its events."""
    with shop.store.transaction(AccountId("acme")) as tx:
        found = tx.orders.page(EVERYTHING, NEWEST_ORDERS, after=None, limit=1000).rows
        return [(order, tx.events.of_order(order.number)) for order in found]


def assert_whole(shop: Shop) -> None:
    """Hold everything that has to be true of a store at any time."""
    for order, events in kept(shop):
        assert order.price == order.paid + order.outstanding + order.waived - order.surplus
        assert order.paid + order.pending <= order.price
        assert derive_status(order, order.invoices, order.decision) is order.status
        # One event for each change, each beginning where the one before ended.
        assert order.version == len(events)
        assert EventKind.ORDER_PLACED is events[0].kind
        assert [None, *(event.after for event in events)] == [
            *(event.before for event in events),
            order.status,
        ]
    assert_known(shop)


def assert_known(shop: Shop) -> None:
    """Hold that the gateway's book has nothing that the store would deny."""
    records = {order.number: order for order, _ in kept(shop)}
    for charged in shop.gateway.charged:
        reference = charged.request.reference
        invoice = records[reference.order].attempted(reference)
        assert invoice is not None
        assert invoice.attempt is not None
        assert (invoice.attempt.key, invoice.amount) == (
            charged.request.key, charged.request.amount,
        )  # fmt: skip
        believed = {
            InvoiceStatus.PAID: Succeeded,
            InvoiceStatus.CANCELED: Withdrawn,
        }
        if invoice.status is InvoiceStatus.PENDING:
            assert invoice.in_flight
        elif invoice.status in believed:
            assert isinstance(charged.answer, believed[invoice.status])
    for item in shop.gateway.refunds.book:
        invoice, refund = find(
            records[item.request.reference.attempt.order], item.request.reference
        )
        assert (invoice.gateway_id, refund.amount) == (item.request.charge, item.request.amount)
        waits = {RefundStatus.PENDING}
        assert refund.status in waits | {
            RefundSucceeded: {RefundStatus.SUCCEEDED},
            RefundRefused: {RefundStatus.FAILED},
        }.get(type(item.answer), set())


def assert_once(shop: Shop) -> None:
    """Hold that the gateway took no money twice for one attempt."""
    references = [charged.request.reference for charged in shop.gateway.charged]
    assert len(set(references)) == len(references)


def open_shop(capabilities: Capabilities) -> Shop:
    """Return a shop."""
    clock = MovableClock()
    gateway = ScriptedGateway(capabilities=capabilities, clock=clock)
    return Shop.behind(BackOffice, gateway, clock)


def stopped(scene: Scene, capabilities: Capabilities) -> list[tuple[Shop, Callable[[], Script]]]:
    """Return a shop for each place where the script can be stopped, stopped there."""
    found: list[tuple[Shop, Callable[[], Script]]] = []
    at, total = 0, 1
    while at < total:
        for performed in (False, True):
            shop = open_shop(capabilities)
            start = scene(shop)
            script = ByHand(start())
            script.steps(at)
            if performed:
                script.perform()
            script.drop()
            found.append((shop, start))
        whole = ByHand(scene(open_shop(capabilities))())
        whole.finish()
        at, total = at + 1, whole.performed
    return found


KINDS: Final = {"everything": ALL_THERE_IS, "nothing": Capabilities()}


@pytest.mark.thorough
@pytest.mark.rule("C5", "O5", "I6")
@pytest.mark.parametrize("capabilities", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_a_crash_at_any_call(scene: Scene, capabilities: Capabilities) -> None:
    """The store is whole after the crash, and after the same call was sent again."""
    for shop, start in stopped(scene, capabilities):
        assert_whole(shop)
        assert_once(shop)

        ByHand(start()).finish()

        assert_whole(shop)
        assert_once(shop)


@pytest.mark.thorough
@pytest.mark.rule("C4")
@pytest.mark.parametrize("capabilities", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_the_books_agree_in_the_end(scene: Scene, capabilities: Capabilities) -> None:
    """Once the gateway's messages have come in, its book and ours tell of the same money."""
    for shop, start in stopped(scene, capabilities):
        ByHand(start()).finish()
        for charged in shop.gateway.charged:
            shop.hear(charged.request.reference, charged.answer, event_id=None)
        for item in shop.gateway.refunds.book:
            told = shop.gateway.refund_webhook(item.request.reference)
            shop.office.payments.hear(BOSS, CARDS, *told)

        assert_whole(shop)
        booked = [
            invoice.amount
            for order, _ in kept(shop)
            for invoice in order.invoices
            if invoice.status is InvoiceStatus.PAID and invoice.attempt is not None
        ]
        differs = [
            flag
            for order, _ in kept(shop)
            for flag in order.attention
            if flag.reason in (AttentionReason.AMOUNT_DIFFERS, AttentionReason.CONTRADICTION)
        ]
        taken = shop.gateway.taken("EUR")
        # What was not asked for, or is contradicted and can't be looked up, is with a person.
        assert differs or taken.minor == sum(amount.minor for amount in booked)
        returned = [
            refund.amount
            for order, _ in kept(shop)
            for refund in order.refunds
            if refund.status is RefundStatus.SUCCEEDED and refund.reference is not None
        ]
        assert shop.gateway.returned("EUR") == Money.total(returned, "EUR")


@pytest.mark.parametrize("play", [Play.SUCCEED, Play.DECLINE, Play.PEND])
def test_an_attempt_that_may_have_been_sent(play: Play) -> None:
    """From its reservation to its outcome an attempt is recorded as in doubt, and held to."""
    seen: set[str] = set()
    for shop, start in stopped(charging(play), ALL_THERE_IS):
        ((order, _),) = kept(shop)
        invoices = [invoice for invoice in order.invoices if invoice.key == "pay-1"]
        called = shop.gateway.calls - 1
        if not invoices:
            assert 0 == called
            seen.add("nothing yet")
        elif invoices[0].in_flight and not called:
            seen.add("reserved")
        elif invoices[0].in_flight:
            seen.add("asked")
        else:
            seen.add("settled")
        before = shop.gateway.calls
        ByHand(start()).finish()
        # Only where nothing was reserved does the same key send anything.
        assert (0 if invoices else 1) == shop.gateway.calls - before

    assert {"nothing yet", "reserved", "asked"} <= seen
    assert ("settled" in seen) == (play is not Play.PEND)


@pytest.mark.rule("C4", "C5")
@pytest.mark.parametrize(
    ("scene", "refused"),
    [
        (placing, False),
        (announcing, False),
        (hearing(None), False),
        (confirming, True),
        (rejecting, True),
        *[(deciding(kind), True) for kind in DecisionKind],
        (refunding_by_hand, False),
        (clearing, True),
        (adding_a_user, False),
    ],
)
def test_all_or_nothing(scene: Scene, refused: bool) -> None:
    """A service of one commit has done all or nothing; sent again, it ends as if once."""
    calm = open_shop(ALL_THERE_IS)
    start = scene(calm)
    nothing = snapshot(calm.store)
    ByHand(start()).finish()
    everything = snapshot(calm.store)

    for shop, again in stopped(scene, ALL_THERE_IS):
        left = snapshot(shop.store)
        assert left in (nothing, everything)

        repeated = ByHand(again())
        repeated.finish()

        # Numbers used up in vain are not used again: the orders are compared without them.
        assert len(kept(calm)) == len(kept(shop))
        assert kept(calm)[0][0].status is kept(shop)[0][0].status
        assert len(kept(calm)[0][1]) == len(kept(shop)[0][1])
        done_before = left == everything
        assert (refused and done_before) == isinstance(repeated.error, RuleRefused)
        assert repeated.error is None or done_before


@pytest.mark.rule("P3", "O6")
def test_declined_and_not_yet_canceled() -> None:
    """A crash between the decision and the gateway's word leaves the payment pending, and told."""
    reasons = set()
    scene = deciding(DecisionKind.DECLINED, Play.PEND)
    for shop, _ in stopped(scene, ALL_THERE_IS):
        ((order, _),) = kept(shop)
        (pending,) = [invoice for invoice in order.invoices if invoice.key == "pay-1"]
        if order.status is OrderStatus.DECLINED and pending.in_flight:
            reasons.add("pending")
            assert pending.attempt is not None
            assert pending.attempt.next_check is not None
            told = Succeeded(gateway_id=GatewayId("ch_2"), amount=pending.amount)
            shop.hear(pending.attempt.reference, told)
            late = shop.look(order.number)
            assert (OrderStatus.DECLINED, eur("40.00")) == (late.status, late.paid)
            flags = [flag.reason for flag in late.attention]
            assert [AttentionReason.PAID_AFTER_DECLINE] == flags

    assert {"pending"} == reasons
