"""What each outcome does to an invoice, whatever is already known of it (rule C4)."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from ordersales.models.charge import (
    Accepted,
    Declined,
    Misconfigured,
    NotExecuted,
    Outcome,
    Succeeded,
    Unknown,
    Withdrawn,
)
from ordersales.models.event import Event, EventKind
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import Attention, AttentionReason, DecisionKind, Order, OrderStatus
from ordersales.models.stage import PaymentError, Stage
from ordersales.rules import settlement
from ordersales.rules.change import Change
from ordersales.rules.charge_policy import CHECKS, LEASE
from ordersales.values.identifiers import GatewayId, InvoiceNumber, SystemName
from ordersales.values.money import Money
from tests.rules.shop import (
    ACME,
    BOSS,
    CHARGE,
    IN_PARTS,
    LATER,
    NO,
    OTHER_CHARGE,
    an_invoice,
    an_order,
    arrived,
    decided,
    eur,
    failed,
    on_its_way,
    paid,
    returned,
    settled,
    staged,
    started,
    took,
    usd,
)

pytestmark = pytest.mark.rule("C4")

OPEN, COMPLETED, DECLINED, REFUND = OrderStatus
PENDING, PAID, FAILED, CANCELED, REFUNDED = InvoiceStatus

PAGE = "https://bank.example/3ds"
OK = Succeeded(gateway_id=CHARGE, amount=eur(100))
LESS = Succeeded(gateway_id=CHARGE, amount=eur(90))
TWICE = Succeeded(gateway_id=OTHER_CHARGE, amount=eur(100))
WITH_FEE = Succeeded(gateway_id=CHARGE, amount=eur(100), fee=eur(3))
ACCEPTED = Accepted(gateway_id=CHARGE, buyer_action=PAGE)
NOT_SENT = NotExecuted(reason="no connection")
WRONG = Misconfigured(code="no_such_customer", message="It was deleted.")
SILENCE = Unknown(reason="timeout")

Given = Callable[[], Order]


def event(
    kind: EventKind,
    before: OrderStatus,
    after: OrderStatus,
    *,
    amount: Money | None = None,
    note: str = "",
    invoice: int = 501,
) -> Event:
    """Return what is told of invoice 501 of order 7, a minute past noon."""
    return Event(
        account=ACME,
        order=an_order().number,
        kind=kind,
        at=LATER,
        invoice=InvoiceNumber(invoice),
        before=before,
        after=after,
        amount=amount,
        note=note,
    )


def flag(reason: AttentionReason, detail: str, invoice: int = 501) -> Attention:
    """Return a flag on invoice 501, raised a minute past noon."""
    return Attention(reason=reason, at=LATER, invoice=InvoiceNumber(invoice), detail=detail)


def settle(order: Order, outcome: Outcome, *, proven: bool = False) -> Change:
    """Return what `outcome` of the last invoice changes."""
    change = settlement.settle(order, order.invoices[-1], outcome, LATER, proven=proven)
    assert change is not None
    return change


# -- the first word -------------------------------------------------------------------------------


def in_doubt() -> Order:
    """Return an order whose one payment was sent, and has no answer yet."""
    return started(an_order())


def test_success() -> None:
    """What was asked for was taken: Paid, with the gateway's reference and the commission."""
    before = in_doubt()
    invoice = before.invoices[0]
    assert invoice.attempt is not None

    change = settle(before, WITH_FEE)

    closed = attrs.evolve(invoice.attempt, stage=Stage.CLOSED, next_check=None)
    settled_invoice = attrs.evolve(
        invoice,
        status=PAID,
        attempt=closed,
        gateway_id=CHARGE,
        fee=eur(3),
        settled_at=LATER,
    )
    expected = attrs.evolve(before, status=COMPLETED, invoices=(settled_invoice,))
    told = event(EventKind.PAYMENT_SUCCEEDED, OPEN, COMPLETED, amount=eur(100))
    assert Change(expected, (told,), before) == change


@pytest.mark.parametrize(
    ("outcome", "error", "note"),
    [
        (
            NO,
            PaymentError(code="card_declined", message="The bank said no."),
            "card_declined: The bank said no.",
        ),
        (Declined(code="expired_card"), PaymentError(code="expired_card"), "expired_card"),
    ],
    ids=["with words", "code only"],
)
def test_decline(outcome: Declined, error: PaymentError, note: str) -> None:
    """The bank said no: Failed, with the error code and message."""
    before = in_doubt()
    invoice = before.invoices[0]
    assert invoice.attempt is not None

    change = settle(before, outcome)

    closed = attrs.evolve(invoice.attempt, stage=Stage.CLOSED, next_check=None)
    settled_invoice = attrs.evolve(
        invoice, status=FAILED, attempt=closed, error=error, settled_at=LATER
    )
    expected = attrs.evolve(before, status=DECLINED, invoices=(settled_invoice,))
    told = event(EventKind.PAYMENT_FAILED, OPEN, DECLINED, amount=eur(100), note=note)
    assert Change(expected, (told,), before) == change


def test_withdrawal() -> None:
    """The charge was canceled before any money moved: Canceled, without an error."""
    before = in_doubt()
    invoice = before.invoices[0]
    assert invoice.attempt is not None

    change = settle(before, Withdrawn())

    closed = attrs.evolve(invoice.attempt, stage=Stage.CLOSED, next_check=None)
    settled_invoice = attrs.evolve(invoice, status=CANCELED, attempt=closed, settled_at=LATER)
    expected = attrs.evolve(before, status=DECLINED, invoices=(settled_invoice,))
    told = event(EventKind.PAYMENT_CANCELED, OPEN, DECLINED, amount=eur(100))
    assert Change(expected, (told,), before) == change


def test_acceptance() -> None:
    """An answer comes later: Pending, with what the buyer has to do and a time to look again."""
    before = in_doubt()
    invoice = before.invoices[0]
    assert invoice.attempt is not None

    change = settle(before, ACCEPTED)

    attempt = attrs.evolve(
        invoice.attempt,
        stage=Stage.ACCEPTED,
        buyer_action=PAGE,
        next_check=LATER + CHECKS[0],
    )
    waiting = attrs.evolve(invoice, gateway_id=CHARGE, attempt=attempt)
    told = event(EventKind.PAYMENT_ACCEPTED, OPEN, OPEN)
    assert Change(attrs.evolve(before, invoices=(waiting,)), (told,), before) == change


def test_not_sent() -> None:
    """It certainly was not executed: Pending, to be sent again under the same key."""
    before = in_doubt()
    invoice = before.invoices[0]
    assert invoice.attempt is not None

    change = settle(before, NOT_SENT)

    attempt = attrs.evolve(invoice.attempt, stage=Stage.RESERVED, next_check=LATER + CHECKS[0])
    waiting = attrs.evolve(invoice, attempt=attempt)
    told = event(EventKind.PAYMENT_NOT_SENT, OPEN, OPEN, note="no connection")
    assert Change(attrs.evolve(before, invoices=(waiting,)), (told,), before) == change


def test_misconfigured() -> None:
    """Repeating can't help: Pending, never looked after by itself, and flagged for a person."""
    before = in_doubt()
    invoice = before.invoices[0]
    assert invoice.attempt is not None

    change = settle(before, WRONG)

    attempt = attrs.evolve(invoice.attempt, stage=Stage.BLOCKED, next_check=None)
    error = PaymentError(code="no_such_customer", message="It was deleted.")
    blocked = attrs.evolve(invoice, error=error, attempt=attempt)
    raised = flag(AttentionReason.MISCONFIGURED, "no_such_customer: It was deleted.")
    note = f"{AttentionReason.MISCONFIGURED}: no_such_customer: It was deleted."
    told = event(EventKind.ATTENTION_RAISED, OPEN, OPEN, note=note)
    expected = attrs.evolve(before, invoices=(blocked,), attention=(raised,))
    assert Change(expected, (told,), before) == change


@pytest.mark.rule("O6")
@pytest.mark.parametrize(
    ("outcome", "detail"),
    [
        (LESS, "90.00 EUR was taken by ch-1, not 100.00 EUR"),
        (
            Succeeded(gateway_id=CHARGE, amount=eur("100.01")),
            "100.01 EUR was taken by ch-1, not 100.00 EUR",
        ),
        (
            Succeeded(gateway_id=CHARGE, amount=usd(100), fee=usd(1)),
            "100.00 USD was taken by ch-1, not 100.00 EUR",
        ),
    ],
    ids=["less", "more", "another currency"],
)
def test_another_amount(outcome: Succeeded, detail: str) -> None:
    """Another amount than was asked for is not booked but held for a person, and flagged."""
    before = in_doubt()
    invoice = before.invoices[0]
    assert invoice.attempt is not None

    change = settle(before, outcome)

    attempt = attrs.evolve(invoice.attempt, stage=Stage.HELD, next_check=None)
    held = attrs.evolve(invoice, gateway_id=CHARGE, attempt=attempt)
    raised = flag(AttentionReason.AMOUNT_DIFFERS, detail)
    told = event(
        EventKind.ATTENTION_RAISED, OPEN, OPEN, note=f"{AttentionReason.AMOUNT_DIFFERS}: {detail}"
    )
    expected = attrs.evolve(before, invoices=(held,), attention=(raised,))
    assert Change(expected, (told,), before) == change


def test_another_amount_keeps_the_first_reference() -> None:
    """The charge that was accepted stays the one that is known."""
    after = settled(on_its_way(an_order()), Succeeded(gateway_id=OTHER_CHARGE, amount=eur(90)))

    assert CHARGE == after.invoices[0].gateway_id


@pytest.mark.parametrize("again", [0, 1, 7, 14, 15])
def test_looked_after_ever_more_seldom(again: int) -> None:
    """The next look is as far off as the table says for one looked after so often."""
    order = in_doubt()
    invoice = order.invoices[0]
    assert invoice.attempt is not None
    seen = attrs.evolve(invoice, attempt=attrs.evolve(invoice.attempt, checks=again))

    after = settled(attrs.evolve(order, invoices=(seen,)), ACCEPTED)

    assert after.invoices[0].attempt is not None
    expected = LATER + (CHECKS[again] if again < 15 else LEASE)
    assert expected == after.invoices[0].attempt.next_check


# -- every outcome at every stage -----------------------------------------------------------------

#: What a pending invoice becomes at each stage and after so many sends; "-" where nothing changes.
BECOMES: dict[tuple[Stage, int], dict[str, str]] = {
    (Stage.RESERVED, 1): {
        "accepted": "accepted",
        "not sent": "-",
        "misconfigured": "blocked",
    },
    (Stage.RESERVED, 2): {
        "accepted": "accepted",
        "not sent": "-",
        "misconfigured": "held for a person",
    },
    (Stage.IN_DOUBT, 1): {
        "accepted": "accepted",
        "not sent": "reserved",
        "misconfigured": "blocked",
    },
    (Stage.IN_DOUBT, 2): {
        "accepted": "accepted",
        "not sent": "-",
        "misconfigured": "held for a person",
    },
    (Stage.ACCEPTED, 1): {
        "accepted": "-",
        "not sent": "-",
        "misconfigured": "held for a person",
    },
    (Stage.ACCEPTED, 2): {
        "accepted": "-",
        "not sent": "-",
        "misconfigured": "held for a person",
    },
    (Stage.BLOCKED, 1): {"accepted": "accepted", "not sent": "-", "misconfigured": "-"},
    (Stage.HELD, 1): {"accepted": "-", "not sent": "-", "misconfigured": "-"},
}
SAID: dict[str, Outcome] = {
    "accepted": ACCEPTED,
    "not sent": NOT_SENT,
    "misconfigured": WRONG,
}


@pytest.mark.rule("C1")
@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize(("stage", "sends"), BECOMES)
def test_not_final(stage: Stage, sends: int, said: str) -> None:
    """Only one send can be proven not executed; what is held awaits its final word."""
    order = staged(in_doubt(), stage, sends)

    change = settlement.settle(order, order.invoices[0], SAID[said], LATER)

    expected = BECOMES[stage, sends][said]
    if expected == "-":
        assert change is None
        return
    assert change is not None
    assert change.order.invoices[0].attempt is not None
    assert expected == change.order.invoices[0].attempt.stage
    assert (PENDING, OPEN) == (change.order.invoices[0].status, change.order.status)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(OK, PAID), (NO, FAILED), (Withdrawn(), CANCELED), (LESS, PENDING)],
    ids=["succeeded", "declined", "withdrawn", "another amount"],
)
@pytest.mark.parametrize(("stage", "sends"), BECOMES)
def test_final(stage: Stage, sends: int, outcome: Outcome, status: InvoiceStatus) -> None:
    """The first final word wins, at whatever stage it comes; another amount is always held."""
    after = settled(staged(in_doubt(), stage, sends), outcome)

    assert after.invoices[0].attempt is not None
    expected = Stage.HELD if status is PENDING else Stage.CLOSED
    assert (status, expected) == (after.invoices[0].status, after.invoices[0].attempt.stage)


@pytest.mark.parametrize(("stage", "sends"), BECOMES)
def test_no_word(stage: Stage, sends: int) -> None:
    """No word is never a failure, and changes nothing."""
    order = staged(in_doubt(), stage, sends)

    assert settlement.settle(order, order.invoices[0], SILENCE, LATER) is None


@pytest.mark.parametrize("outcome", [ACCEPTED, NOT_SENT, WRONG, SILENCE], ids=repr)
def test_a_manual_payment_has_no_stage(outcome: Outcome) -> None:
    """What is not final says nothing about a payment that no gateway was asked for."""
    order = started(an_order(), manual=True)

    assert settlement.settle(order, order.invoices[0], outcome, LATER) is None


@pytest.mark.parametrize(
    "stage", [Stage.BLOCKED, Stage.HELD], ids=["blocked again", "held after all"]
)
def test_misconfigured_again(stage: Stage) -> None:
    """Sent again and misconfigured again, it is stopped again, though it is flagged only once."""
    blocked = settled(in_doubt(), WRONG)
    again = staged(blocked, Stage.IN_DOUBT, 1 if stage is Stage.BLOCKED else 2)

    change = settle(again, WRONG)

    assert change.order.invoices[0].attempt is not None
    assert stage is change.order.invoices[0].attempt.stage
    assert blocked.attention == change.order.attention
    note = f"{AttentionReason.MISCONFIGURED}: no_such_customer: It was deleted."
    assert (event(EventKind.ATTENTION_RAISED, OPEN, OPEN, note=note),) == change.events


# -- after a final word ---------------------------------------------------------------------------

#: What is said after the final word, and what is then flagged; "-" where nothing changes.
AFTERWARDS: dict[InvoiceStatus, dict[str, AttentionReason | InvoiceStatus | str]] = {
    PAID: {
        "succeeded": "-",
        "succeeded, with its fee": "fee",
        "succeeded, another charge": AttentionReason.CHARGED_TWICE,
        "succeeded, another amount": AttentionReason.AMOUNT_DIFFERS,
        "declined": AttentionReason.CONTRADICTION,
        "withdrawn": AttentionReason.CONTRADICTION,
    },
    REFUNDED: {
        "succeeded": "-",
        "succeeded, with its fee": "fee",
        "succeeded, another charge": AttentionReason.CHARGED_TWICE,
        "succeeded, another amount": AttentionReason.AMOUNT_DIFFERS,
        "declined": AttentionReason.CONTRADICTION,
        "withdrawn": AttentionReason.CONTRADICTION,
    },
    FAILED: {
        "succeeded": AttentionReason.CONTRADICTION,
        "succeeded, with its fee": AttentionReason.CONTRADICTION,
        "succeeded, another charge": AttentionReason.CONTRADICTION,
        "succeeded, another amount": AttentionReason.CONTRADICTION,
        "declined": "-",
        "withdrawn": "-",
    },
    CANCELED: {
        "succeeded": PAID,
        "succeeded, with its fee": PAID,
        "succeeded, another charge": PAID,
        "succeeded, another amount": AttentionReason.AMOUNT_DIFFERS,
        "declined": "-",
        "withdrawn": "-",
    },
}
WORDS: dict[str, Outcome] = {
    "succeeded": OK,
    "succeeded, with its fee": WITH_FEE,
    "succeeded, another charge": TWICE,
    "succeeded, another amount": LESS,
    "declined": NO,
    "withdrawn": Withdrawn(),
}
ENDED: dict[InvoiceStatus, Given] = {
    PAID: lambda: paid(an_order()),
    REFUNDED: lambda: returned(paid(an_order())),
    FAILED: lambda: failed(an_order()),
    CANCELED: lambda: settled(started(an_order()), Withdrawn()),
}


def to_look_up(order: Order) -> tuple[Invoice, ...]:
    """Return the one invoice of `order`, due to be looked up two minutes from now."""
    (invoice,) = order.invoices
    assert invoice.attempt is not None
    attempt = attrs.evolve(invoice.attempt, next_check=LATER + CHECKS[0], checks=0)
    return (attrs.evolve(invoice, attempt=attempt),)


@pytest.mark.parametrize("proven", [False, True], ids=["told", "looked up"])
@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("status", ENDED)
def test_after_the_final_word(status: InvoiceStatus, word: str, proven: bool) -> None:
    """The first final word stands; a contradiction is flagged, and money that came is booked."""
    before = ENDED[status]()
    expected = AFTERWARDS[status][word]
    if proven and status is FAILED:
        # A look-up is believed: what it says of money is booked, or held, as if it came first.
        expected = AFTERWARDS[CANCELED][word]

    change = settlement.settle(before, before.invoices[0], WORDS[word], LATER, proven=proven)

    if expected == "-":
        assert change is None
        return
    assert change is not None
    after = change.order
    if isinstance(expected, AttentionReason):
        assert [expected] == [found.reason for found in after.attention]
        disputed = expected is AttentionReason.CONTRADICTION and not proven
        invoices = to_look_up(before) if disputed else before.invoices
        assert (before.status, invoices) == (after.status, after.invoices)
    elif isinstance(expected, InvoiceStatus):
        assert (PAID, COMPLETED) == (after.invoices[0].status, after.status)
        assert not after.needs_attention
    else:
        assert eur(3) == after.invoices[0].fee
        assert before.status is after.status


@pytest.mark.parametrize("outcome", [ACCEPTED, NOT_SENT, WRONG, SILENCE], ids=repr)
@pytest.mark.parametrize("proven", [False, True], ids=["told", "looked up"])
@pytest.mark.parametrize("status", ENDED)
def test_what_is_not_final_comes_too_late(
    status: InvoiceStatus, outcome: Outcome, proven: bool
) -> None:
    """After the final word, anything less changes nothing."""
    order = ENDED[status]()

    assert settlement.settle(order, order.invoices[0], outcome, LATER, proven=proven) is None


@pytest.mark.parametrize(
    ("given", "outcome", "reason", "detail"),
    [
        (
            lambda: failed(an_order()),
            OK,
            AttentionReason.CONTRADICTION,
            "it succeeded, after it had failed",
        ),
        (
            lambda: paid(an_order()),
            NO,
            AttentionReason.CONTRADICTION,
            "it was declined, after it had succeeded",
        ),
        (
            lambda: paid(an_order()),
            Withdrawn(),
            AttentionReason.CONTRADICTION,
            "it was canceled, after it had succeeded",
        ),
        (
            lambda: paid(an_order()),
            TWICE,
            AttentionReason.CHARGED_TWICE,
            "charges ch-1 and ch-2",
        ),
        (
            lambda: paid(an_order()),
            LESS,
            AttentionReason.AMOUNT_DIFFERS,
            "90.00 EUR was taken by ch-1, not 100.00 EUR",
        ),
    ],
    ids=["late success", "late decline", "late withdrawal", "charged twice", "another amount"],
)
def test_flagged_once(given: Given, outcome: Outcome, reason: AttentionReason, detail: str) -> None:
    """A contradiction is told with what was found, and a second time not at all."""
    before = given()

    change = settle(before, outcome)

    told = event(
        EventKind.ATTENTION_RAISED, before.status, before.status, note=f"{reason}: {detail}"
    )
    disputed = reason is AttentionReason.CONTRADICTION
    invoices = to_look_up(before) if disputed else before.invoices
    expected = attrs.evolve(before, invoices=invoices, attention=(flag(reason, detail),))
    assert Change(expected, (told,), before) == change
    assert settlement.settle(change.order, change.order.invoices[0], outcome, LATER) is None


def test_each_reason_and_each_invoice_is_flagged() -> None:
    """A flag for one reason or on one invoice hides none for another."""
    order = paid(paid(an_order(payment=IN_PARTS), eur(40)), eur(60))
    first, second = order.invoices

    for at, invoice in enumerate([first, second]):
        order = settled(order, took(invoice, OTHER_CHARGE), at)
        order = settled(order, NO, at)

    expected = [
        (AttentionReason.CHARGED_TWICE, first.number),
        (AttentionReason.CONTRADICTION, first.number),
        (AttentionReason.CHARGED_TWICE, second.number),
        (AttentionReason.CONTRADICTION, second.number),
    ]
    assert expected == [(found.reason, found.invoice) for found in order.attention]


def two_halves(*, charge: GatewayId = CHARGE) -> Order:
    """Return an order whose first half is paid by `charge`, and whose second was asked for."""
    half = started(an_order(payment=IN_PARTS), eur(50))
    return started(settled(half, took(half.invoices[0], charge)), eur(50))


@pytest.mark.rule("O6", "P1")
@pytest.mark.parametrize("proven", [False, True], ids=["told", "looked up"])
@pytest.mark.parametrize("back", [None, eur(50)], ids=["paid", "returned since"])
@pytest.mark.parametrize("taken", [eur(50), eur(40)], ids=["as much", "another amount"])
def test_one_charge_is_the_money_of_one_payment(
    taken: Money, back: Money | None, proven: bool
) -> None:
    """A payment that is answered with the charge of another is held, and no money booked."""
    before = two_halves()
    before = before if back is None else returned(before, 0)
    outcome = Succeeded(gateway_id=CHARGE, amount=taken)

    change = settle(before, outcome, proven=proven)

    reason = AttentionReason.BOOKED_ALREADY
    second = before.invoices[1]
    assert second.attempt is not None
    held = attrs.evolve(second.attempt, stage=Stage.HELD, next_check=None)
    expected = attrs.evolve(
        before,
        invoices=(before.invoices[0], attrs.evolve(second, attempt=held)),
        attention=(flag(reason, "ch-1 is booked for invoice 501", 502),),
    )
    note = f"{reason}: ch-1 is booked for invoice 501"
    told = event(EventKind.ATTENTION_RAISED, OPEN, OPEN, note=note, invoice=502)
    assert Change(expected, (told,), before) == change
    assert settlement.settle(change.order, change.order.invoices[1], outcome, LATER) is None


def failed_half() -> Order:
    """Return an order whose second half failed, while its first is paid."""
    return settled(two_halves(), NO)


def canceled_half() -> Order:
    """Return an order whose second half was canceled, while its first is paid."""
    return settled(two_halves(), Withdrawn())


def both_halves() -> Order:
    """Return an order whose two halves are paid by two charges."""
    return settled(two_halves(), Succeeded(gateway_id=OTHER_CHARGE, amount=eur(50)))


@pytest.mark.parametrize("proven", [False, True], ids=["told", "looked up"])
@pytest.mark.parametrize("given", [failed_half, canceled_half, both_halves])
def test_the_charge_of_another_payment_tells_nothing_of_this_one(
    given: Given, proven: bool
) -> None:
    """After a final word it changes nothing and contradicts nothing: its money is booked."""
    order = given()
    second = order.invoices[1]
    outcome = took(second, CHARGE)

    assert settlement.settle(order, second, outcome, LATER, proven=proven) is None
    assert not settlement.contradicts(order, second, outcome)


def test_a_charge_that_nothing_is_paid_by_contradicts() -> None:
    """A further charge, after a failure, is as good a contradiction as ever."""
    order = failed_half()
    second = order.invoices[1]

    assert settlement.contradicts(order, second, took(second, OTHER_CHARGE))
    assert not settlement.contradicts(order, second, NO)


def test_a_dispute_that_is_settled_by_the_charge_of_another() -> None:
    """What was to be looked up is not looked up again, once it turns out to be booked."""
    order = failed_half()
    disputed = settled(order, took(order.invoices[1], OTHER_CHARGE))
    second = disputed.invoices[1]

    change = settle(disputed, took(second, CHARGE), proven=True)

    attempt = change.order.invoices[1].attempt
    assert attempt is not None
    assert (FAILED, None) == (change.order.invoices[1].status, attempt.next_check)
    assert ["it is as recorded"] == [told.note for told in change.events]


def test_a_charge_that_was_not_taken_is_no_ones_money() -> None:
    """What failed, or waits under the same name, keeps no other payment from being booked."""
    order = failed(an_order(payment=IN_PARTS), eur(50))
    first = attrs.evolve(order.invoices[0], gateway_id=CHARGE)
    order = started(attrs.evolve(order, invoices=(first,)), eur(50))

    assert PAID is settle(order, took(order.invoices[1], CHARGE)).order.invoices[1].status


def test_two_payment_systems_may_call_their_charges_alike() -> None:
    """The same name at another payment system is another charge."""
    order = two_halves()
    first = attrs.evolve(order.invoices[0], system=SystemName("Cards EU"))
    order = attrs.evolve(order, invoices=(first, order.invoices[1]))

    assert PAID is settle(order, took(order.invoices[1], CHARGE)).order.invoices[1].status


@pytest.mark.rule("I1")
def test_the_commission_is_told_later() -> None:
    """Funds credited are unknown until the commission is told, which is told once."""
    before = paid(an_order())
    assert before.invoices[0].credited is None

    change = settle(before, WITH_FEE)

    invoice = attrs.evolve(before.invoices[0], fee=eur(3))
    told = event(EventKind.FEE_TOLD, COMPLETED, COMPLETED, amount=eur(3))
    assert Change(attrs.evolve(before, invoices=(invoice,)), (told,), before) == change
    assert eur(97) == invoice.credited
    other = attrs.evolve(WITH_FEE, fee=eur(4))
    assert settlement.settle(change.order, invoice, other, LATER) is None


def test_the_second_charge_of_an_unknown_first_is_no_second() -> None:
    """Where no reference was known, none differs."""
    order = paid(an_order())
    nameless = attrs.evolve(order.invoices[0], gateway_id=None)
    before = attrs.evolve(order, invoices=(nameless,))

    assert settlement.settle(before, nameless, TWICE, LATER) is None


@pytest.mark.rule("O6")
def test_proven_success_after_failure() -> None:
    """A look-up proves that money came after all: Paid, without the error it failed with."""
    before = failed(an_order())

    change = settle(before, WITH_FEE, proven=True)

    expected = attrs.evolve(
        before.invoices[0], status=PAID, error=None, gateway_id=CHARGE, fee=eur(3)
    )
    assert (expected,) == change.order.invoices
    told = event(EventKind.PAYMENT_SUCCEEDED, DECLINED, COMPLETED, amount=eur(100))
    assert (told,) == change.events


@pytest.mark.parametrize("status", InvoiceStatus)
@pytest.mark.parametrize(
    "outcome",
    [OK, LESS, NO, Withdrawn(), ACCEPTED, NOT_SENT, WRONG, SILENCE],
    ids=lambda outcome: type(outcome).__name__,
)
def test_contradicts(status: InvoiceStatus, outcome: Outcome) -> None:
    """Success after failure contradicts, and so does a no after success; nothing else does."""
    expected = {
        FAILED: isinstance(outcome, Succeeded),
        PAID: isinstance(outcome, Declined | Withdrawn),
        REFUNDED: isinstance(outcome, Declined | Withdrawn),
    }

    invoice = an_invoice(status)
    order = attrs.evolve(an_order(), invoices=(invoice,))
    assert expected.get(status, False) is settlement.contradicts(order, invoice, outcome)


# -- money that can't complete the order ----------------------------------------------------------


def declined_by_a_person() -> Order:
    """Return an order that was declined while 60 of 100 EUR were on their way."""
    return decided(
        on_its_way(paid(an_order(payment=IN_PARTS), eur(40)), eur(60)), DecisionKind.DECLINED
    )


def declined_unpaid() -> Order:
    """Return an order that was declined while 60 of 100 EUR were on their way, and none paid."""
    return decided(on_its_way(an_order(payment=IN_PARTS), eur(60)), DecisionKind.DECLINED)


def refunded_with_more_to_come() -> Order:
    """Return an order of which all was returned, while 60 of 100 EUR were on their way."""
    order = on_its_way(paid(an_order(payment=IN_PARTS), eur(40)), eur(60))
    return returned(decided(order, DecisionKind.CONFIRMED), 0)


def refunded_after_a_decline() -> Order:
    """Return a declined order of which all was returned, with 60 of 100 EUR on their way."""
    return returned(declined_by_a_person(), 0)


def paid_otherwise() -> Order:
    """Return an occurrence that was paid by its second attempt, its first having failed."""
    return paid(failed(an_order(attempts_allowed=2)))


def refunded_in_full() -> Order:
    """Return an occurrence whose second attempt was paid and returned, its first having failed."""
    return returned(paid_otherwise())


def canceled_unsent(covers: str) -> Order:
    """Return an order canceled while a part of it had not reached the gateway."""
    order = settled(started(an_order(payment=IN_PARTS), eur(covers)), NOT_SENT)
    return decided(order, DecisionKind.CANCELED)


@pytest.mark.rule("O6")
@pytest.mark.parametrize(
    ("given", "at", "status", "reasons"),
    [
        (declined_by_a_person, 1, DECLINED, [AttentionReason.PAID_AFTER_DECLINE]),
        (declined_unpaid, 0, DECLINED, [AttentionReason.PAID_AFTER_DECLINE]),
        (refunded_with_more_to_come, 1, REFUND, [AttentionReason.PAID_AFTER_REFUND]),
        (refunded_after_a_decline, 1, REFUND, [AttentionReason.PAID_AFTER_REFUND]),
        (paid_otherwise, 0, COMPLETED, [AttentionReason.OVERPAID]),
        (
            refunded_in_full,
            0,
            REFUND,
            [AttentionReason.PAID_AFTER_REFUND, AttentionReason.OVERPAID],
        ),
        (lambda: canceled_unsent("60"), 0, DECLINED, [AttentionReason.UNDERPAID]),
        (lambda: canceled_unsent("100"), 0, COMPLETED, []),
        (lambda: failed(an_order()), 0, COMPLETED, []),
        (lambda: started(an_order(payment=IN_PARTS), eur(60)), 0, OPEN, []),
        (lambda: started(paid(an_order(payment=IN_PARTS), eur(40))), 1, COMPLETED, []),
        (
            lambda: decided(
                on_its_way(an_order(payment=IN_PARTS), eur(60)), DecisionKind.CONFIRMED
            ),
            0,
            COMPLETED,
            [],
        ),
    ],
    ids=[
        "a person declined it, part paid",
        "a person declined it, unpaid",
        "returned",
        "declined and returned",
        "paid otherwise",
        "paid otherwise and returned",
        "canceled, a part",
        "canceled, all",
        "failed",
        "open, a part",
        "open, the rest",
        "confirmed, a part",
    ],
)
def test_money_that_arrives_is_recorded(
    given: Given, at: int, status: OrderStatus, reasons: list[AttentionReason]
) -> None:
    """Money is booked whatever the order's status, and flagged where it can't complete it."""
    before = given()
    invoice = before.invoices[at]

    change = settlement.settle(before, invoice, took(invoice), LATER, proven=True)

    assert change is not None
    after = change.order
    assert PAID is after.invoices[at].status
    assert status is after.status
    assert before.paid + invoice.covers == after.paid
    expected = [flag(reason, f"{invoice.amount} arrived", invoice.number) for reason in reasons]
    assert expected == [*after.attention]
    told = event(
        EventKind.PAYMENT_SUCCEEDED,
        before.status,
        status,
        amount=invoice.amount,
        note="; ".join(reasons),
        invoice=invoice.number,
    )
    assert (told,) == change.events


@pytest.mark.rule("O6")
def test_flags_add_up() -> None:
    """What was flagged before stays flagged when money arrives, and when a payment fails."""
    order = settled(paid_otherwise(), OK, 0)
    assert [AttentionReason.CONTRADICTION] == [found.reason for found in order.attention]

    order = arrived(order, 0, proven=True)

    expected = [AttentionReason.CONTRADICTION, AttentionReason.OVERPAID]
    assert expected == [found.reason for found in order.attention]

    held = settled(started(an_order()), LESS)
    assert held.attention == settled(held, NO).attention
    assert held.attention != ()


@pytest.mark.rule("O6", "I5")
@pytest.mark.parametrize("cents", [-1, 0, 1])
def test_a_person_confirms_around_the_price(cents: int) -> None:
    """A cent too much or too little on full terms is flagged; the very price is not."""
    order = started(an_order(), manual=True)
    received = eur(100) + Money(cents, eur(1).currency)
    after = attrs.evolve(
        order.invoices[0], status=PAID, amount=received, covers=received, settled_at=LATER
    )

    change = settlement.paid(order, after, LATER, BOSS)

    expected = {-1: [AttentionReason.UNDERPAID], 0: [], 1: [AttentionReason.OVERPAID]}[cents]
    assert expected == [found.reason for found in change.order.attention]
    assert (OPEN if cents < 0 else COMPLETED) is change.order.status
    assert BOSS == change.events[0].by


@pytest.mark.rule("I5")
def test_the_price_is_settled_by_what_is_covered() -> None:
    """A charge in another currency covers what it was said to cover, and no converted figure."""
    order = started(an_order(payment=IN_PARTS), eur(60), amount=usd(71))

    after = settled(order, Succeeded(gateway_id=CHARGE, amount=usd(71), fee=usd(2)))

    assert (eur(60), eur(40)) == (after.paid, after.outstanding)
    assert usd(69) == after.invoices[0].credited


def test_only_its_own_invoice_changes() -> None:
    """Another invoice of the order stays as it was."""
    order = started(started(an_order(payment=IN_PARTS), eur(40)), eur(60))

    for outcome in (NO, ACCEPTED, NOT_SENT, WRONG, Withdrawn(), took(order.invoices[0])):
        after = settled(order, outcome, 0)
        assert order.invoices[1] == after.invoices[1]
        assert order.invoices[0] != after.invoices[0]


def test_deciding_is_remembered() -> None:
    """Whatever becomes known later, what a person decided stays."""
    order = declined_by_a_person()
    assert order.decision is not None

    for outcome in (NO, Withdrawn(), took(order.invoices[1]), WRONG):
        assert order.decision == settled(order, outcome).decision
    twice = settled(order, took(order.invoices[0], GatewayId("ch-9")), 0)
    assert order.decision == twice.decision
    told = settled(order, took(order.invoices[0], fee=eur(1)), 0)
    assert order.decision == told.decision
