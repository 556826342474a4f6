"""Starting a payment, sending it again, and what the gateway is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs
import pytest

from ordersales.errors import (
    AmountNotOffered,
    BrokenInvariant,
    ExceedsOutstanding,
    PaymentUnderWay,
    RuleRefused,
    WrongStatus,
    WrongTerms,
)
from ordersales.models.capabilities import Capabilities, GatewayKind
from ordersales.models.charge import Accepted, ChargeRequest, Misconfigured, NotExecuted, Withdrawn
from ordersales.models.event import Event, EventKind
from ordersales.models.invoice import Attempt, Invoice, InvoiceStatus
from ordersales.models.offer import PaymentTerms
from ordersales.models.order import DecisionKind, Order, OrderStatus
from ordersales.models.stage import PaymentError, Stage
from ordersales.rules import attempts
from ordersales.rules.change import Change
from ordersales.testing import PROFILES
from ordersales.values.identifiers import (
    AttemptReference,
    IdempotencyKey,
    InvoiceNumber,
    OrderNumber,
    SystemName,
)
from ordersales.values.money import Money
from tests.rules.shop import (
    ACME,
    BOSS,
    CARD,
    CARDS,
    CHARGE,
    IN_FULL,
    IN_PARTS,
    IN_THREE,
    LATER,
    MINUTE,
    NO,
    NOON,
    an_order,
    decided,
    eur,
    failed,
    paid,
    returned,
    settled,
    staged,
    started,
    usd,
)

Given = Callable[[], Order]


def start(order: Order, covers: Money, *, amount: Money | None = None) -> Change:
    """Return what starting a manual payment of `covers` changes."""
    return attempts.start(
        order,
        number=InvoiceNumber(501),
        at=LATER,
        covers=covers,
        amount=amount or covers,
        system=SystemName("Bank transfer"),
        key=IdempotencyKey("pay-9"),
        attempt=None,
        comment="from my aunt's account",
        by=BOSS,
    )


ONE_OBJECT = PROFILES[GatewayKind.ONCE_ONLY]
NO_PART = WrongTerms(
    "charge a part",
    f"the payment system {CARDS!r}",
    "gateways with an object for each attempt; this takes all that is left, at once",
)


def by_bank(order: Order, covers: Money) -> Order:
    """Return `order` with so much of it sent by bank."""
    return start(order, covers).order


@pytest.mark.rule("P1")
@pytest.mark.parametrize(
    ("order", "covers", "refused"),
    [
        (an_order(payment=IN_PARTS), eur(100), None),
        (an_order(payment=IN_PARTS), eur(50), NO_PART),
        (an_order(payment=IN_THREE), eur(50), NO_PART),
        (failed(an_order(payment=IN_PARTS)), eur(100), None),
        (settled(started(an_order(payment=IN_PARTS)), Withdrawn()), eur(100), None),
        (paid(an_order(payment=IN_PARTS), eur(50)), eur(50), NO_PART),
        (returned(paid(an_order(payment=IN_PARTS), eur(50))), eur(50), NO_PART),
        (started(an_order(payment=IN_PARTS), eur(50)), eur(50), NO_PART),
        (by_bank(an_order(payment=IN_PARTS), eur(40)), eur(60), None),
        (by_bank(an_order(payment=IN_PARTS), eur(40)), eur(50), NO_PART),
    ],
    ids=[
        "all of it",
        "half of it",
        "the first of three",
        "all again, after a failure",
        "all again, after it was canceled",
        "the rest of what is paid there",
        "the rest of what was paid there and returned",
        "the rest of what is pending there",
        "the rest of what came by bank",
        "a part of the rest",
    ],
)
def test_one_object_takes_no_parts(
    order: Order, covers: Money, refused: RuleRefused | None
) -> None:
    """Where an order has one object, it is asked for all that is left, and only once."""
    assert refused == attempts.gateway_refusal(order, ONE_OBJECT, CARDS, covers)
    for able in (Capabilities(), attrs.evolve(ONE_OBJECT, once_per_attempt=True)):
        assert attempts.gateway_refusal(order, able, CARDS, covers) is None


@pytest.mark.rule("I1", "I5", "M1")
def test_start_manually() -> None:
    """A pending invoice keeps what is charged, what it covers, and the buyer's comment."""
    before = an_order(payment=IN_PARTS)

    change = start(before, eur(40), amount=usd(47))

    invoice = Invoice(
        number=InvoiceNumber(501),
        attempted_at=LATER,
        status=InvoiceStatus.PENDING,
        amount=usd(47),
        covers=eur(40),
        system=SystemName("Bank transfer"),
        key=IdempotencyKey("pay-9"),
        one_click=False,
        comment="from my aunt's account",
    )
    event = Event(
        account=ACME,
        order=OrderNumber(7),
        kind=EventKind.PAYMENT_STARTED,
        at=LATER,
        by=BOSS,
        invoice=InvoiceNumber(501),
        before=OrderStatus.OPEN,
        after=OrderStatus.OPEN,
        amount=usd(47),
    )
    assert Change(attrs.evolve(before, invoices=(invoice,)), (event,), before) == change
    assert eur(40) == change.order.pending


@pytest.mark.rule("C1", "I1")
def test_start_at_a_gateway() -> None:
    """What the gateway will be asked under is kept with the invoice, before it is asked."""
    before = failed(an_order(attempts_allowed=2))
    attempt = attempts.first_attempt(before, CARD, LATER)

    change = attempts.start(
        before,
        number=InvoiceNumber(502),
        at=LATER,
        covers=eur(100),
        amount=eur(100),
        system=CARDS,
        key=IdempotencyKey("pay-9"),
        attempt=attempt,
        one_click=True,
    )

    invoice = Invoice(
        number=InvoiceNumber(502),
        attempted_at=LATER,
        status=InvoiceStatus.PENDING,
        amount=eur(100),
        covers=eur(100),
        system=CARDS,
        key=IdempotencyKey("pay-9"),
        one_click=True,
        comment="",
        attempt=attempt,
    )
    assert (*before.invoices, invoice) == change.order.invoices
    assert change.events[0].by is None
    assert invoice.in_flight


@pytest.mark.rule("C1")
def test_first_attempt() -> None:
    """Its reference is derived from the order and its place on it, never from chance."""
    before = failed(an_order(attempts_allowed=2))

    expected = Attempt(
        reference=AttemptReference(ACME, OrderNumber(3), 2, occurrence=1),
        epoch=0,
        stage=Stage.IN_DOUBT,
        method=CARD,
        sent_at=LATER,
        next_check=LATER + 2 * MINUTE,
        sends=1,
        checks=0,
    )
    assert expected == attempts.first_attempt(before, CARD, LATER)
    assert "acme/3.1/2~0" == expected.key
    assert attempts.first_attempt(before, None, LATER).method is None


@pytest.mark.rule("C1")
def test_first_attempt_on_a_regular_order() -> None:
    """That of an order which is no occurrence is derived from its own number."""
    before = failed(an_order(payment=IN_PARTS), eur(40))

    attempt = attempts.first_attempt(before, CARD, LATER)

    assert AttemptReference(ACME, OrderNumber(7), 2) == attempt.reference
    assert "acme/7/2~0" == attempt.key


@pytest.mark.rule("O5")
@pytest.mark.parametrize(
    ("given", "status"),
    [
        (lambda: paid(an_order()), OrderStatus.COMPLETED),
        (lambda: failed(an_order()), OrderStatus.DECLINED),
        (lambda: returned(paid(an_order())), OrderStatus.REFUND),
        (
            lambda: decided(an_order(payment=IN_PARTS), DecisionKind.DECLINED),
            OrderStatus.DECLINED,
        ),
        (
            lambda: decided(an_order(payment=IN_PARTS), DecisionKind.CONFIRMED),
            OrderStatus.COMPLETED,
        ),
    ],
)
def test_only_an_open_order_is_paid(given: Given, status: OrderStatus) -> None:
    """An order that is not Open takes no payment, whatever is outstanding."""
    order = given()

    with pytest.raises(WrongStatus) as caught:
        start(order, eur(100))

    assert WrongStatus("pay", "order 7", status, ("Open",)) == caught.value
    assert caught.value == attempts.refusal(order)


def not_sent(order: Order) -> Order:
    """Return `order` with its last payment certainly not sent."""
    return settled(order, NotExecuted(reason="no connection"))


@pytest.mark.rule("I3", "I6")
@pytest.mark.parametrize(
    "given",
    [
        lambda: started(an_order()),
        lambda: started(an_order(), manual=True),
        lambda: not_sent(started(an_order())),
        lambda: staged(started(an_order()), Stage.HELD),
        lambda: started(an_order(attempts_allowed=3)),
        lambda: started(an_order(payment=IN_PARTS, attempts_allowed=3), eur(100)),
    ],
    ids=["in flight", "manual", "not sent", "held", "occurrence", "occurrence in parts"],
)
def test_one_payment_at_a_time(given: Given) -> None:
    """Full terms and occurrences take no second payment while one has no final answer."""
    order = given()

    with pytest.raises(PaymentUnderWay) as caught:
        start(order, eur(100))

    assert PaymentUnderWay("pay", 7, 501) == caught.value


@pytest.mark.rule("I3")
@pytest.mark.parametrize(
    "given",
    [
        an_order,
        lambda: failed(an_order(attempts_allowed=2)),
        lambda: settled(started(an_order(attempts_allowed=1)), Withdrawn()),
        lambda: started(an_order(payment=IN_PARTS), eur(40)),
        lambda: started(started(an_order(payment=IN_THREE))),
        lambda: failed(an_order(payment=IN_PARTS)),
    ],
    ids=["new", "second attempt", "withdrawn attempt", "parts", "fixed shares", "failed part"],
)
def test_a_payment_may_be_started(given: Given) -> None:
    """Parts may be under way side by side; an occurrence is attempted again."""
    assert attempts.refusal(given()) is None


@pytest.mark.rule("I6")
def test_two_payments_race_for_the_last_share() -> None:
    """With one of them pending, what is left is too little for the other."""
    order = started(paid(an_order(payment=IN_PARTS), eur(40)), eur(60))

    with pytest.raises(ExceedsOutstanding) as caught:
        start(order, eur(60))

    assert ExceedsOutstanding(7, eur(60), eur(0)) == caught.value


@pytest.mark.rule("P1")
@pytest.mark.parametrize(
    ("payment", "error"),
    [
        (IN_FULL, AmountNotOffered(7, eur(9), "100.00 EUR at once")),
        (IN_PARTS, AmountNotOffered(7, eur(9), "at least 10.00 EUR, or the rest, 100.00 EUR")),
        (IN_THREE, AmountNotOffered(7, eur(9), "50.00 EUR or 80.00 EUR or 100.00 EUR")),
    ],
    ids=["full", "any share", "fixed shares"],
)
def test_the_terms_refuse_an_amount(payment: PaymentTerms, error: RuleRefused) -> None:
    """An amount that the terms don't offer starts nothing."""
    with pytest.raises(AmountNotOffered) as caught:
        start(an_order(payment=payment), eur(9))

    assert error == caught.value


WRONG = Misconfigured(code="no_such_customer")


@pytest.mark.rule("C5")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (lambda: not_sent(started(an_order())), True),
        (lambda: settled(started(an_order()), WRONG), True),
        (lambda: started(an_order()), False),
        (lambda: settled(started(an_order()), Accepted(gateway_id=CHARGE)), False),
        (lambda: staged(started(an_order()), Stage.HELD), False),
        (lambda: started(an_order(), manual=True), False),
        (lambda: paid(an_order()), False),
        (lambda: settled(started(an_order(payment=IN_PARTS)), NO), False),
        (lambda: staged(settled(started(an_order(payment=IN_PARTS)), NO), Stage.RESERVED), False),
        (
            lambda: decided(not_sent(started(an_order(payment=IN_PARTS))), DecisionKind.CONFIRMED),
            False,
        ),
    ],
    ids=[
        "not sent",
        "blocked",
        "in doubt",
        "accepted",
        "held",
        "manual",
        "paid",
        "failed",
        "failed before it was sent",
        "the order is confirmed",
    ],
)
def test_resumable(given: Given, expected: bool) -> None:
    """Only what certainly never reached its gateway is sent again, while the order is open."""
    order = given()

    assert expected is attempts.resumable(order, order.invoices[-1])


@pytest.mark.rule("C5")
@pytest.mark.parametrize("stopped", [NotExecuted(reason="throttled"), WRONG], ids=repr)
def test_resume(stopped: NotExecuted | Misconfigured) -> None:
    """It is in doubt again, under the same key, and keeps no earlier error."""
    first = started(an_order(payment=IN_PARTS), eur(40))
    before = settled(started(first, eur(60)), stopped, 0)
    invoice = before.invoices[0]
    assert invoice.attempt is not None
    at = LATER + MINUTE

    change = attempts.resume(before, invoice, at)

    attempt = attrs.evolve(
        invoice.attempt,
        stage=Stage.IN_DOUBT,
        sent_at=at,
        first_sent_at=at,
        permits=2,
        next_check=at + 2 * MINUTE,
    )
    again = attrs.evolve(invoice, error=None, attempt=attempt)
    event = Event(
        account=ACME,
        order=OrderNumber(7),
        kind=EventKind.PAYMENT_SENT_AGAIN,
        at=at,
        invoice=InvoiceNumber(501),
        before=OrderStatus.OPEN,
        after=OrderStatus.OPEN,
    )
    expected = attrs.evolve(before, invoices=(again, before.invoices[1]))
    assert Change(expected, (event,), before) == change
    assert attempts.request(before, invoice) == attempts.request(change.order, again)


@pytest.mark.rule("C5")
def test_resume_a_copy() -> None:
    """An invoice read elsewhere is the same one by its number."""
    before = not_sent(started(an_order()))

    change = attempts.resume(before, attrs.evolve(before.invoices[0]), LATER)

    assert change.order.invoices[0].in_flight


ERROR: Final = PaymentError(code="throttled", message="")


def waiting(**changes: Any) -> Order:
    """Return an order with a failed payment, and one that is looked after in a week."""
    order = started(failed(an_order(payment=IN_PARTS)))
    first, last = order.invoices
    assert last.attempt is not None
    later = NOON + 7 * 24 * 60 * MINUTE
    attempt = attrs.evolve(last.attempt, **{"next_check": later, **changes})
    return attrs.evolve(order, invoices=(first, attrs.evolve(last, attempt=attempt, error=ERROR)))


@pytest.mark.rule("R5")
@pytest.mark.parametrize(("after", "check"), [(5, 5), (2, 2), (1, 2), (0, 2)])
def test_what_is_looked_after_late_is_hurried(after: int, check: int) -> None:
    """It is looked after at once, but not before whoever sent it last has had their answer."""
    before = waiting(stage=Stage.ACCEPTED, buyer_action="https://bank.example/3ds")
    last = before.invoices[1]

    change = attempts.hurried(before, NOON + after * MINUTE)

    assert last.attempt is not None
    soon = attrs.evolve(last.attempt, next_check=NOON + check * MINUTE)
    event = Event(
        account=ACME,
        order=OrderNumber(7),
        kind=EventKind.PAYMENT_CHECKED,
        at=NOON + after * MINUTE,
        invoice=last.number,
        before=OrderStatus.OPEN,
        after=OrderStatus.OPEN,
        note="its recurring order was activated",
    )
    invoices = (before.invoices[0], attrs.evolve(last, attempt=soon))
    assert Change(attrs.evolve(before, invoices=invoices), (event,), before) == change


@pytest.mark.rule("R5")
@pytest.mark.parametrize(
    "given",
    [
        an_order,
        lambda: started(an_order(), manual=True),
        lambda: paid(an_order()),
        lambda: failed(an_order(payment=IN_PARTS)),
        lambda: waiting(stage=Stage.HELD, next_check=None),
    ],
    ids=["none", "manual", "paid", "failed", "held"],
)
def test_nothing_to_hurry(given: Given) -> None:
    """What has its final word, or waits for a person, is not looked after."""
    assert attempts.hurried(given(), LATER) is None


@pytest.mark.rule("R6", "C5")
def test_a_person_takes_over_what_the_timer_did_not_send() -> None:
    """It is sent as it would have been, stands under the person's key and uses up no attempt."""
    before = not_sent(started(an_order()))
    (invoice,) = before.invoices

    change = attempts.take_over(before, invoice, LATER, key=IdempotencyKey("mine"), by=BOSS)

    resumed = attempts.resume(before, invoice, LATER)
    (sent,) = resumed.order.invoices
    taken = attrs.evolve(sent, key=IdempotencyKey("mine"), extra=True)
    assert attrs.evolve(resumed.order, invoices=(taken,)) == change.order
    assert tuple(attrs.evolve(event, by=BOSS) for event in resumed.events) == change.events
    assert before == change.before


@pytest.mark.rule("R5")
def test_what_is_looked_after_soon_is_not_hurried() -> None:
    """Whoever sent it last may be waiting for the answer for two minutes, whatever is activated."""
    order = started(an_order())
    attempt = order.invoices[0].attempt
    assert attempt is not None
    assert attempt.next_check == attempt.sent_at + 2 * MINUTE

    assert attempts.hurried(order, attempt.sent_at) is None
    assert attempts.hurried(order, attempt.sent_at + MINUTE) is None


@pytest.mark.rule("C1")
def test_request() -> None:
    """The gateway is asked for the amount charged, under a key it can de-duplicate on."""
    order = started(failed(an_order(attempts_allowed=2)), amount=usd(117))

    expected = ChargeRequest(
        reference=AttemptReference(ACME, OrderNumber(3), 2, occurrence=1),
        key=IdempotencyKey("acme/3.1/2~0"),
        amount=usd(117),
        method=CARD,
        description="Course, order 3, payment 1",
    )
    assert expected == attempts.request(order, order.invoices[-1])
    # Under the same reference the same is asked for, whatever number the order has.
    renumbered = attrs.evolve(order, number=OrderNumber(1007))
    assert expected == attempts.request(renumbered, order.invoices[-1])


@pytest.mark.rule("C1")
def test_a_manual_payment_is_not_sent() -> None:
    """There is nothing to ask any gateway about a manual payment."""
    order = started(an_order(), manual=True)

    with pytest.raises(BrokenInvariant) as caught:
        attempts.request(order, order.invoices[-1])

    assert BrokenInvariant("C1", "invoice 501 has no attempt to send") == caught.value
