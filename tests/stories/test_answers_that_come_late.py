"""The payment system tells by itself what became of a payment: early, late, twice, or wrongly."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
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
    Payment,
    PaymentSystem,
    SystemName,
    WebhookResult,
)
from ordersales.adapters.memory import MemoryStore
from ordersales.errors import NotFound, WebhookRejected, WrongTerms
from ordersales.models.charge import (
    Accepted,
    Answer,
    ChargeRequest,
    Declined,
    Misconfigured,
    Succeeded,
    Withdrawn,
)
from ordersales.models.order import AttentionReason
from ordersales.models.stage import PaymentError, Stage
from ordersales.testing import MovableClock, Play, ScriptedGateway, a_manager, an_actor, an_offer
from ordersales.testing.clock import START
from ordersales.testing.gateway import EVERYTHING
from ordersales.values.identifiers import AttemptReference, GatewayId
from tests.drivers import (
    ADA,
    BANK,
    BOSS,
    BUYER,
    CARDS,
    Door,
    Shop,
    eur,
    key,
    reference_of,
    snapshot,
)

pytestmark = pytest.mark.rule("C4")

ANY: Final = AnyShare()
TAKEN: Final = Succeeded(gateway_id=GatewayId("ch_1"), amount=eur("100.00"))
REFUSED: Final = Declined(code="insufficient_funds")


def pending(shop: Shop, *, partial: bool = False) -> tuple[OrderNumber, AttemptReference]:
    """Let a buyer pay so that the answer comes later."""
    number = shop.place(ANY) if partial else shop.place()
    shop.gateway.then(Play.PEND)
    return number, reference_of(shop.charge(number))


def of(shop: Shop, number: OrderNumber) -> tuple[OrderStatus, InvoiceStatus]:
    """Return the statuses of the order and its only invoice."""
    order = shop.look(number)
    (invoice,) = order.invoices
    return order.status, invoice.status


def test_the_bank_asks_the_buyer_first(shop: Shop) -> None:
    """The payment is pending, with the page that the buyer has to open."""
    number, _ = pending(shop)

    (invoice,) = shop.look(number).invoices

    assert invoice.attempt is not None
    assert (InvoiceStatus.PENDING, Stage.ACCEPTED) == (invoice.status, invoice.attempt.stage)
    assert "https://bank.example/3ds" == invoice.attempt.buyer_action
    assert "ch_1" == invoice.gateway_id


@pytest.mark.rule("O5")
def test_the_answer_comes_later(shop: Shop) -> None:
    """The message completes the order, at the time it came."""
    number, reference = pending(shop)
    shop.gateway.finish(reference)
    shop.clock.advance(timedelta(hours=2))

    result = shop.hear(reference)

    assert WebhookResult.APPLIED is result
    assert (OrderStatus.COMPLETED, InvoiceStatus.PAID) == of(shop, number)
    assert START + timedelta(hours=2) == shop.look(number).invoices[0].settled_at


@pytest.mark.rule("O5")
@pytest.mark.parametrize(
    ("answer", "status"),
    [(REFUSED, InvoiceStatus.FAILED), (Withdrawn(), InvoiceStatus.CANCELED)],
    ids=["declined", "withdrawn"],
)
def test_the_answer_is_no(shop: Shop, answer: Answer, status: InvoiceStatus) -> None:
    """The message ends the only payment, and the order with it."""
    number, reference = pending(shop)

    assert WebhookResult.APPLIED is shop.hear(reference, answer)
    assert (OrderStatus.DECLINED, status) == of(shop, number)


@pytest.mark.rule("C1")
@pytest.mark.parametrize("play", [Play.TIME_OUT_AFTER, Play.BREAK])
def test_an_answer_got_lost(shop: Shop, play: Play) -> None:
    """What is in doubt is settled by the message."""
    shop.gateway.then(play)
    number = shop.place()
    payment = shop.charge(number)

    assert payment.invoice.attempt is not None
    assert Stage.IN_DOUBT is payment.invoice.attempt.stage
    assert WebhookResult.APPLIED is shop.hear(reference_of(payment), TAKEN)
    assert (OrderStatus.COMPLETED, InvoiceStatus.PAID) == of(shop, number)


class Hasty(ScriptedGateway):
    """A gateway whose message overtakes its answer."""

    tell: Callable[[AttemptReference], None]

    def charge(self, request: ChargeRequest) -> Answer:
        """Tell the host's webhook route, which runs elsewhere, before answering."""
        try:
            return super().charge(request)
        finally:
            messenger = Thread(target=self.tell, args=[request.reference])
            messenger.start()
            messenger.join()


@pytest.mark.parametrize(
    ("play", "status"),
    [
        (Play.SUCCEED, (OrderStatus.COMPLETED, InvoiceStatus.PAID)),
        (Play.DECLINE, (OrderStatus.DECLINED, InvoiceStatus.FAILED)),
        (Play.PEND, (OrderStatus.OPEN, InvoiceStatus.PENDING)),
        (Play.TIME_OUT_AFTER, (OrderStatus.COMPLETED, InvoiceStatus.PAID)),
    ],
)
def test_the_message_overtakes_the_answer(
    door: Door, play: Play, status: tuple[OrderStatus, InvoiceStatus]
) -> None:
    """The first word settles the payment; the answer that follows changes nothing."""
    gateway = Hasty(play)
    shop, heard = Shop.behind(door, gateway), []
    gateway.tell = lambda reference: heard.append(shop.hear(reference))
    number = shop.place()

    payment = shop.charge(number)

    assert [WebhookResult.APPLIED] == heard
    assert status == of(shop, number) == (payment.order.status, payment.invoice.status)
    assert not payment.order.needs_attention
    kinds = [event.kind for event in shop.office.orders.history(BOSS, number)]
    assert [EventKind.ORDER_PLACED, EventKind.PAYMENT_STARTED] == kinds[:2]
    assert 3 == len(kinds)


def test_delivered_twice(shop: Shop) -> None:
    """The same message changes nothing the second time."""
    number, reference = pending(shop)
    shop.gateway.finish(reference)
    shop.hear(reference)
    before = snapshot(shop.store)

    assert WebhookResult.REPEATED is shop.hear(reference)
    assert before == snapshot(shop.store)
    assert eur("100.00") == shop.look(number).paid


def test_the_same_word_in_another_message(shop: Shop) -> None:
    """Another message with the same word changes nothing."""
    number, reference = pending(shop)
    shop.gateway.finish(reference)
    shop.hear(reference, event_id="evt-1")
    before = snapshot(shop.store)

    assert WebhookResult.UNCHANGED is shop.hear(reference, event_id="evt-2")
    assert before == snapshot(shop.store)
    assert eur("100.00") == shop.look(number).paid


@pytest.mark.parametrize(
    "final", [TAKEN, REFUSED, Withdrawn()], ids=["taken", "refused", "withdrawn"]
)
@pytest.mark.parametrize(
    "late", [Accepted(gateway_id=GatewayId("ch_1")), Misconfigured(code="no_such_customer")]
)
def test_out_of_order(shop: Shop, final: Answer, late: Answer) -> None:
    """What comes after the final word and is none changes nothing."""
    number, reference = pending(shop)
    shop.hear(reference, final)
    before = of(shop, number)

    assert WebhookResult.UNCHANGED is shop.hear(reference, late)
    assert before == of(shop, number)


@pytest.mark.rule("O5")
def test_contradicted_and_true(shop: Shop) -> None:
    """A success after a failure is flagged and looked up, and the gateway's book is believed."""
    number, reference = pending(shop)
    shop.hear(reference, REFUSED)
    shop.gateway.finish(reference)

    result = shop.hear(reference)

    assert WebhookResult.CONTRADICTED is result
    assert (OrderStatus.COMPLETED, InvoiceStatus.PAID) == of(shop, number)
    flags = [(flag.reason, flag.detail) for flag in shop.look(number).attention]
    assert [(AttentionReason.CONTRADICTION, "it succeeded, after it had failed")] == flags
    assert shop.look(number).invoices[0].error is None


def test_contradicted_and_false(shop: Shop) -> None:
    """A failure after a success is flagged and looked up, and the success stays."""
    number, reference = pending(shop)
    shop.gateway.finish(reference)
    shop.hear(reference)

    results = [shop.hear(reference, REFUSED), shop.hear(reference, Withdrawn())]

    assert [WebhookResult.CONTRADICTED] * 2 == results
    assert (OrderStatus.COMPLETED, InvoiceStatus.PAID) == of(shop, number)
    flags = [(flag.reason, flag.detail) for flag in shop.look(number).attention]
    assert [(AttentionReason.CONTRADICTION, "it was declined, after it had succeeded")] == flags


class Mute(ScriptedGateway):
    """A gateway whose book can't be read just now."""

    def look_up(self, reference: AttemptReference) -> Answer | None:
        """Give no word."""
        raise TimeoutError


@pytest.mark.parametrize(
    ("gateway", "play"),
    [
        (lambda: ScriptedGateway(capabilities=evolve(EVERYTHING, look_up=False)), Play.PEND),
        (Mute, Play.PEND),
        (ScriptedGateway, Play.TIME_OUT_BEFORE),
    ],
    ids=["can't look up", "no word", "finds nothing"],
)
def test_contradicted_and_nobody_knows(
    door: Door, gateway: Callable[[], ScriptedGateway], play: Play
) -> None:
    """Where a look-up gives nothing, the first word stands, flagged for a person."""
    shop = Shop.behind(door, gateway())
    shop.gateway.then(play)
    number = shop.place(ANY)
    reference = reference_of(shop.charge(number))
    shop.hear(reference, REFUSED)

    assert WebhookResult.CONTRADICTED is shop.hear(reference, TAKEN)
    assert (OrderStatus.OPEN, InvoiceStatus.FAILED) == of(shop, number)
    flags = [flag.reason for flag in shop.look(number).attention]
    assert [AttentionReason.CONTRADICTION] == flags


@pytest.mark.rule("B1")
@pytest.mark.parametrize("headers", [{}, {"Signature": "0" * 64}, {"signature": "ü"}], ids=repr)
def test_forged(shop: Shop, headers: dict[str, str]) -> None:
    """A message that the gateway did not sign is refused, and changes nothing."""
    _, reference = pending(shop)
    body, _ = shop.gateway.webhook(reference, TAKEN)
    before = snapshot(shop.store)

    with pytest.raises(WebhookRejected):
        shop.office.payments.hear(BOSS, CARDS, body, headers)

    assert before == snapshot(shop.store)


def test_changed_on_the_way(shop: Shop) -> None:
    """A message is verified on its raw bytes."""
    _, reference = pending(shop)
    body, headers = shop.gateway.webhook(reference, REFUSED)
    before = snapshot(shop.store)

    with pytest.raises(WebhookRejected):
        shop.office.payments.hear(BOSS, CARDS, body.replace(b"declined", b"accepted"), headers)

    assert before == snapshot(shop.store)


@pytest.mark.parametrize(
    "reference",
    [
        None,
        "someone-elses-order-17",
        "acme/1/2",
        "acme/2/1",
        "acme/99/1",
        "globex/1/1",
        "acme/1/99999999999999999999",
    ],
)
def test_nobody_knows_what_it_is_about(shop: Shop, reference: str | None) -> None:
    """A message about no attempt of ours is kept for a person, once, and changes no order."""
    number, _ = pending(shop)
    shop.announce(shop.place(under="cart-2"))
    statuses = of(shop, number)

    first = shop.hear(reference, TAKEN, event_id="evt-1")
    second = shop.hear(reference, TAKEN, event_id="evt-1")

    assert (WebhookResult.UNMATCHED, WebhookResult.REPEATED) == (first, second)
    assert statuses == of(shop, number)
    account = "globex" if reference == "globex/1/1" else "acme"
    with shop.store.transaction(AccountId(account)) as tx:
        assert [("Cards", "evt-1")] == [
            (system, event.event_id) for system, event in tx.inbox.unmatched()
        ]


def test_what_is_matched_waits_for_nobody(shop: Shop) -> None:
    """A message that was applied is not among those kept for a person."""
    _, reference = pending(shop)
    shop.hear(reference, TAKEN)

    with shop.store.transaction(AccountId("acme")) as tx:
        assert () == tx.inbox.unmatched()


def test_it_speaks_of_no_charge(shop: Shop) -> None:
    """A genuine message about something else is answered, and nothing is kept."""
    body = json.dumps({"id": "evt-9", "about": "a payout"}).encode()
    headers = shop.gateway.signed(body)
    before = snapshot(shop.store)

    result = shop.office.payments.hear(BOSS, CARDS, body, headers)

    assert WebhookResult.IRRELEVANT is result
    assert before == snapshot(shop.store)


class Merchants:
    """Payment systems of several accounts, each with merchants of its own."""

    def __init__(self, merchants: dict[tuple[str, SystemName], ScriptedGateway | None]) -> None:
        self._merchants = merchants

    def find(self, account: AccountId, name: SystemName) -> PaymentSystem | None:
        """Return the merchant that the account calls so."""
        if (account, name) not in self._merchants:
            return None
        return PaymentSystem(name, self._merchants[account, name])


def mall(door: Door, merchants: dict[tuple[str, SystemName], ScriptedGateway | None]) -> Shop:
    """Open an office for several accounts; the shop's gateway is that of acme."""
    store, clock = MemoryStore(), MovableClock()
    gateway = merchants["acme", CARDS]
    assert gateway is not None
    return Shop(door(store, Merchants(merchants), clock), store, gateway, clock)


def in_flight_at_acme(shop: Shop, system: SystemName = CARDS) -> Payment:
    """Let a buyer of acme pay so that the answer comes later."""
    number = shop.place()
    shop.gateway.then(Play.PEND)
    return shop.office.payments.charge(BUYER, number, system, key=key("pay-1"))


@pytest.mark.rule("A4")
@pytest.mark.parametrize("theirs", ["of their own", "none"])
def test_a_seller_forges_a_payment_of_another(door: Door, theirs: str) -> None:
    """What another seller's merchant signs says nothing about our payments."""
    forger = ScriptedGateway(secret=b"the forger's own")
    merchants: dict[tuple[str, SystemName], ScriptedGateway | None]
    merchants = {("acme", CARDS): ScriptedGateway(), ("globex", SystemName("Fake")): forger}
    if theirs == "of their own":
        merchants["globex", CARDS] = forger
    shop = mall(door, merchants)
    payment = in_flight_at_acme(shop)
    before = snapshot(shop.store)
    name = CARDS if theirs == "of their own" else SystemName("Fake")
    body, headers = forger.webhook(reference_of(payment), TAKEN)

    result = shop.office.payments.hear(a_manager("globex"), name, body, headers)

    assert WebhookResult.UNMATCHED is result
    assert before == snapshot(shop.store)


@pytest.mark.rule("A4")
def test_one_merchant_for_all_accounts(door: Door) -> None:
    """A shared merchant's message reaches the account it is about, whatever route it took."""
    shared = ScriptedGateway()
    shop = mall(door, {("acme", CARDS): shared, ("globex", CARDS): shared})
    payment = in_flight_at_acme(shop)
    shared.finish(reference_of(payment))

    result = shop.hear(reference_of(payment), by=a_manager("globex"))

    assert WebhookResult.APPLIED is result
    assert (OrderStatus.COMPLETED, InvoiceStatus.PAID) == of(shop, payment.order.number)


def test_another_payment_system_of_the_same_seller(door: Door) -> None:
    """One merchant says nothing about what went through another one."""
    other = SystemName("Cards EU")
    shop = mall(door, {("acme", CARDS): ScriptedGateway(), ("acme", other): ScriptedGateway()})
    payment = in_flight_at_acme(shop)
    body, headers = shop.gateway.webhook(reference_of(payment), TAKEN)

    result = shop.office.payments.hear(BOSS, other, body, headers)

    assert WebhookResult.UNMATCHED is result
    assert InvoiceStatus.PENDING is of(shop, payment.order.number)[1]


def test_a_bank_sends_no_messages(shop: Shop) -> None:
    """A manual payment system has nobody who could send a message; an unknown one even less."""
    with pytest.raises(WrongTerms) as manual:
        shop.office.payments.hear(BOSS, BANK, b"{}", {})
    with pytest.raises(NotFound) as unknown:
        shop.office.payments.hear(BOSS, SystemName("Nobody"), b"{}", {})

    terms = "the payment system 'Bank transfer'", "payment systems with a gateway"
    assert WrongTerms("hear", *terms) == manual.value
    assert NotFound("payment system", "Nobody") == unknown.value


@pytest.mark.rule("O6")
def test_another_amount_was_taken(shop: Shop) -> None:
    """What was not asked for is not booked: it is held for a person."""
    shop.gateway.then(Play.OTHER_AMOUNT)
    number = shop.place()

    payment = shop.charge(number)

    assert payment.invoice.attempt is not None
    assert (InvoiceStatus.PENDING, Stage.HELD) == (
        payment.invoice.status, payment.invoice.attempt.stage,
    )  # fmt: skip
    assert [(AttentionReason.AMOUNT_DIFFERS, "100.01 EUR was taken by ch_1, not 100.00 EUR")] == [
        (flag.reason, flag.detail) for flag in payment.order.attention
    ]
    assert eur("0.00") == payment.order.paid
    assert WebhookResult.APPLIED is shop.hear(reference_of(payment), TAKEN)
    assert (OrderStatus.COMPLETED, InvoiceStatus.PAID) == of(shop, number)


@pytest.mark.rule("I1")
def test_the_commission_is_told_later(shop: Shop) -> None:
    """A commission that comes after the success makes known what is credited."""
    number = shop.place()
    reference = reference_of(shop.charge(number))

    result = shop.hear(reference, evolve(TAKEN, fee=eur("3.20")))

    assert WebhookResult.APPLIED is result
    assert eur("96.80") == shop.look(number).invoices[0].credited


def test_charged_twice(shop: Shop) -> None:
    """A second charge for one payment is flagged, and the order is paid once."""
    number = shop.place()
    reference = reference_of(shop.charge(number))

    result = shop.hear(reference, evolve(TAKEN, gateway_id=GatewayId("ch_2")))

    order = shop.look(number)
    assert WebhookResult.APPLIED is result
    assert (eur("100.00"), OrderStatus.COMPLETED) == (order.paid, order.status)
    assert [(AttentionReason.CHARGED_TWICE, "charges ch_1 and ch_2")] == [
        (flag.reason, flag.detail) for flag in order.attention
    ]


@pytest.mark.rule("O5", "O6")
def test_money_after_the_host_gave_the_order_up(shop: Shop) -> None:
    """A payment thought not sent arrives after all; nobody had declined it, so it completes."""
    shop.gateway.then(Play.NOT_SENT)
    number = shop.place()
    reference = reference_of(shop.charge(number))
    canceled = shop.office.orders.cancel(BOSS, number, reason="The buyer wrote")

    result = shop.hear(reference, TAKEN)

    order = shop.look(number)
    assert (OrderStatus.DECLINED, WebhookResult.APPLIED) == (canceled.status, result)
    assert (OrderStatus.COMPLETED, InvoiceStatus.PAID) == of(shop, number)
    assert not order.needs_attention


@pytest.mark.rule("O6")
def test_money_beyond_the_price(shop: Shop) -> None:
    """Money that comes when the price is paid already is recorded and flagged."""
    shop.gateway.then(Play.PEND)
    number = shop.place(ANY)
    reference = reference_of(shop.charge(number, "50.00"))
    wire = shop.announce(number, "50.00").invoice.number
    shop.office.payments.confirm(BOSS, number, wire, received=eur("100.00"))
    shop.gateway.finish(reference)

    shop.hear(reference)

    order = shop.look(number)
    assert (eur("150.00"), eur("50.00"), OrderStatus.COMPLETED) == (
        order.paid, order.surplus, order.status,
    )  # fmt: skip
    assert [AttentionReason.OVERPAID] == [flag.reason for flag in order.attention]


@pytest.mark.parametrize("play", [Play.PEND, Play.TIME_OUT_BEFORE])
def test_a_message_that_repeating_is_no_use(shop: Shop, play: Play) -> None:
    """The gateway finds later that it can't carry the payment out; a person has to see to it."""
    shop.gateway.then(play)
    number = shop.place()
    reference = reference_of(shop.charge(number))

    result = shop.hear(reference, Misconfigured(code="account_closed", message="Closed."))

    (invoice,) = shop.look(number).invoices
    assert WebhookResult.APPLIED is result
    assert PaymentError(code="account_closed", message="Closed.") == invoice.error
    flags = [flag.reason for flag in shop.look(number).attention]
    assert [AttentionReason.MISCONFIGURED] == flags


def test_any_user_of_the_account_may_deliver(shop: Shop) -> None:
    """The host's webhook route needs no permission: the gateway's signature is what counts."""
    number, reference = pending(shop)

    assert WebhookResult.APPLIED is shop.hear(reference, TAKEN, by=BUYER)
    assert (OrderStatus.COMPLETED, InvoiceStatus.PAID) == of(shop, number)


def test_accounts_with_equal_numbers(shop: Shop) -> None:
    """A message about one account's first order leaves another account's first order alone."""
    globex = an_actor(account="globex")
    number, reference = pending(shop)
    other = shop.office.orders.place(globex, an_offer(), ADA, key=key("cart-1"))
    shop.office.payments.charge(globex, other.number, CARDS, key=key("pay-1"))

    shop.hear(reference, REFUSED)

    assert (other.number, OrderStatus.DECLINED) == (number, shop.look(number).status)
    theirs = shop.office.orders.get(a_manager("globex"), other.number)
    assert OrderStatus.COMPLETED is theirs.status
