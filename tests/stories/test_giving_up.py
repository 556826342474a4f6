"""An order ends though it was not paid: confirmed, declined, canceled or expired."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest
from attrs import evolve

from ordersales import (
    AccountId,
    AnyShare,
    EventKind,
    InvoiceStatus,
    OrderNumber,
    OrderStatus,
    PaymentSystem,
    SystemName,
)
from ordersales.adapters.memory import MemoryStore
from ordersales.errors import PaymentUnderWay, WrongStatus, WrongTerms
from ordersales.models.charge import Answer, Succeeded
from ordersales.models.order import AttentionReason, Decision, DecisionKind, Order
from ordersales.models.stage import Stage
from ordersales.testing import MovableClock, Play, ScriptedGateway
from ordersales.testing.gateway import EVERYTHING
from ordersales.values.identifiers import AttemptReference, GatewayId, UserId
from tests.drivers import BOSS, CARDS, Door, Shop, eur, reference_of, snapshot

ANY: Final = AnyShare()
Decide = Callable[[Shop, OrderNumber], Order]


def confirm(shop: Shop, number: OrderNumber) -> Order:
    """Complete it though something is outstanding."""
    return shop.office.orders.confirm(BOSS, number)


def decline(shop: Shop, number: OrderNumber) -> Order:
    """Reject it."""
    return shop.office.orders.decline(BOSS, number, reason="No")


def cancel(shop: Shop, number: OrderNumber) -> Order:
    """Give it up."""
    return shop.office.orders.cancel(BOSS, number, reason="The buyer wrote")


def expire(shop: Shop, number: OrderNumber) -> Order:
    """Give it up because its time is over."""
    return shop.office.orders.expire(BOSS, number, reason="Seven days")


DECISIONS: Final = [confirm, decline, cancel, expire]


@pytest.mark.rule("P2", "P3", "O5")
@pytest.mark.parametrize(
    ("decide", "kind", "status", "event"),
    [
        (confirm, DecisionKind.CONFIRMED, OrderStatus.COMPLETED, EventKind.ORDER_CONFIRMED),
        (decline, DecisionKind.DECLINED, OrderStatus.DECLINED, EventKind.ORDER_DECLINED),
        (cancel, DecisionKind.CANCELED, OrderStatus.DECLINED, EventKind.ORDER_CANCELED),
        (expire, DecisionKind.EXPIRED, OrderStatus.DECLINED, EventKind.ORDER_EXPIRED),
    ],
)
def test_who_decided_what_and_why(
    shop: Shop, decide: Decide, kind: DecisionKind, status: OrderStatus, event: EventKind
) -> None:
    """The order keeps who decided, when and why; the money paid stays recorded."""
    number = shop.place(ANY)
    shop.charge(number, "30.00")
    shop.clock.advance(timedelta(days=7))

    order = decide(shop, number)

    reason = {decline: "No", cancel: "The buyer wrote", expire: "Seven days"}.get(decide, "")
    expected = Decision(kind=kind, at=shop.clock.now(), by=UserId("boss"), reason=reason)
    assert expected == order.decision
    assert (status, eur("30.00")) == (order.status, order.paid)
    assert order == shop.look(number)
    told = shop.office.orders.history(BOSS, number)[-1]
    assert (event, "boss", reason) == (told.kind, told.by, told.note)
    assert (OrderStatus.OPEN, status) == (told.before, told.after)


@pytest.mark.rule("P2", "P3")
@pytest.mark.parametrize("decide", [confirm, decline])
def test_only_partial_orders_are_decided_by_a_person(shop: Shop, decide: Decide) -> None:
    """An order to be paid in full is neither confirmed nor declined."""
    number = shop.place()
    before = snapshot(shop.store)

    with pytest.raises(WrongTerms) as caught:
        decide(shop, number)

    allowed = "orders that may be paid in parts"
    assert WrongTerms(decide.__name__, f"order {number}", allowed) == caught.value
    assert before == snapshot(shop.store)


@pytest.mark.rule("O5")
@pytest.mark.parametrize("decide", DECISIONS)
@pytest.mark.parametrize("earlier", [*DECISIONS, None])
def test_deciding_twice(shop: Shop, earlier: Decide | None, decide: Decide) -> None:
    """What is no longer open is not decided again, and neither is what was paid."""
    number = shop.place(ANY)
    ended = shop.charge(number).order if earlier is None else earlier(shop, number)
    before = snapshot(shop.store)

    with pytest.raises(WrongStatus) as caught:
        decide(shop, number)

    expected = WrongStatus(decide.__name__, f"order {number}", ended.status, ("Open",))
    assert expected == caught.value
    assert before == snapshot(shop.store)


@pytest.mark.rule("O5")
@pytest.mark.parametrize("decide", [cancel, expire])
@pytest.mark.parametrize(
    "play", [Play.PEND, Play.TIME_OUT_AFTER, Play.TIME_OUT_BEFORE, Play.OTHER_AMOUNT]
)
@pytest.mark.parametrize("terms", [ANY, None], ids=["in parts", "in full"])
def test_not_while_a_gateway_may_take_the_money(
    shop: Shop, terms: AnyShare | None, play: Play, decide: Decide
) -> None:
    """Neither canceled nor expired while an attempt has no final answer."""
    shop.gateway.then(play)
    number = shop.place() if terms is None else shop.place(terms)
    flying = shop.charge(number).invoice
    before = snapshot(shop.store)

    with pytest.raises(PaymentUnderWay) as caught:
        decide(shop, number)

    assert PaymentUnderWay(decide.__name__, number, flying.number) == caught.value
    assert before == snapshot(shop.store)


@pytest.mark.rule("O5")
@pytest.mark.parametrize("decide", [decline, cancel, expire])
@pytest.mark.parametrize("play", [Play.NOT_SENT, Play.MISCONFIGURED])
def test_what_was_never_sent_is_given_up_too(shop: Shop, play: Play, decide: Decide) -> None:
    """A payment that certainly never reached the gateway is canceled with its order."""
    shop.gateway.then(play)
    number = shop.place(ANY)
    shop.charge(number)

    order = decide(shop, number)

    assert [InvoiceStatus.CANCELED] == [invoice.status for invoice in order.invoices]
    assert [Stage.CLOSED] == [
        invoice.attempt.stage for invoice in order.invoices if invoice.attempt is not None
    ]
    assert shop.charge(number).order == order
    assert 1 == shop.gateway.calls


@pytest.mark.rule("P3", "M1")
@pytest.mark.parametrize("decide", [decline, cancel, expire])
def test_a_transfer_nobody_waits_for_any_more(shop: Shop, decide: Decide) -> None:
    """An announced transfer is canceled with its order."""
    number = shop.place(ANY)
    shop.announce(number)

    order = decide(shop, number)

    assert [InvoiceStatus.CANCELED] == [invoice.status for invoice in order.invoices]
    with pytest.raises(WrongStatus):
        shop.office.payments.confirm(BOSS, number, order.invoices[0].number)


def test_confirming_leaves_what_is_pending(shop: Shop) -> None:
    """A confirmed order still waits for an announced transfer."""
    number = shop.place(ANY)
    invoice = shop.announce(number, "50.00").invoice
    confirm(shop, number)

    payment = shop.office.payments.confirm(BOSS, number, invoice.number)

    assert (eur("50.00"), eur("50.00")) == (payment.order.paid, payment.order.waived)


@pytest.mark.rule("P3")
def test_declining_cancels_at_the_gateway(shop: Shop) -> None:
    """Every payment in flight is canceled where the gateway can, and what is paid stays."""
    number = shop.place(ANY)
    shop.charge(number, "10.00", "pay-0")
    shop.gateway.then(Play.PEND, Play.PEND)
    for n in (1, 2):
        shop.charge(number, "20.00", f"pay-{n}")

    order = decline(shop, number)

    assert [InvoiceStatus.PAID, InvoiceStatus.CANCELED, InvoiceStatus.CANCELED] == [
        invoice.status for invoice in order.invoices
    ]
    assert (eur("10.00"), eur("0.00"), OrderStatus.DECLINED) == (
        order.paid, order.pending, order.status,
    )  # fmt: skip
    assert order == shop.look(number)
    kinds = [event.kind for event in shop.office.orders.history(BOSS, number)]
    assert [EventKind.ORDER_DECLINED, *[EventKind.PAYMENT_CANCELED] * 2] == kinds[-3:]


@pytest.mark.rule("P3", "O6")
def test_declining_too_late(shop: Shop) -> None:
    """Canceling finds that the money was just taken: it is recorded, and the order flagged."""
    number = shop.place(ANY)
    shop.gateway.then(Play.PEND)
    shop.gateway.finish(reference_of(shop.charge(number)))

    order = decline(shop, number)

    assert (OrderStatus.DECLINED, eur("100.00")) == (order.status, order.paid)
    assert [AttentionReason.PAID_AFTER_DECLINE] == [flag.reason for flag in order.attention]


class Stubborn(ScriptedGateway):
    """A gateway whose canceling never works."""

    def cancel(self, reference: AttemptReference) -> Answer | None:
        """Give no word."""
        raise TimeoutError


@pytest.mark.rule("P3", "O6")
@pytest.mark.parametrize(
    ("gateway", "play"),
    [
        (Stubborn, Play.PEND),
        (lambda: ScriptedGateway(capabilities=evolve(EVERYTHING, cancel=False)), Play.PEND),
        (ScriptedGateway, Play.TIME_OUT_BEFORE),
    ],
    ids=["no word", "can't cancel", "knows nothing of it"],
)
def test_what_can_not_be_canceled(
    door: Door, gateway: Callable[[], ScriptedGateway], play: Play
) -> None:
    """It stays pending; money that still arrives is recorded, and the order asks for attention."""
    shop = Shop.behind(door, gateway())
    number = shop.place(ANY)
    shop.gateway.then(play)
    reference = reference_of(shop.charge(number))

    declined = decline(shop, number)
    taken = Succeeded(gateway_id=GatewayId("ch_1"), amount=eur("100.00"))
    shop.hear(reference, taken)

    order = shop.look(number)
    assert [InvoiceStatus.PENDING] == [invoice.status for invoice in declined.invoices]
    assert (OrderStatus.DECLINED, eur("100.00")) == (order.status, order.paid)
    assert [AttentionReason.PAID_AFTER_DECLINE] == [flag.reason for flag in order.attention]


class Fickle:
    """Payment systems that can be taken away."""

    def __init__(self, gateway: ScriptedGateway) -> None:
        self.there = {CARDS: PaymentSystem(CARDS, gateway)}

    def find(self, account: AccountId, name: SystemName) -> PaymentSystem | None:
        """Return what is still there."""
        return self.there.get(name)


@pytest.mark.rule("P3")
def test_the_merchant_account_is_gone(door: Door) -> None:
    """Without its payment system a payment can't be canceled, and the order is still declined."""
    gateway, store, clock = ScriptedGateway(Play.PEND), MemoryStore(), MovableClock()
    systems = Fickle(gateway)
    shop = Shop(door(store, systems, clock), store, gateway, clock)
    number = shop.place(ANY)
    shop.charge(number)
    systems.there.clear()

    order = decline(shop, number)

    assert OrderStatus.DECLINED is order.status
    assert [InvoiceStatus.PENDING] == [invoice.status for invoice in order.invoices]
