"""Why not, and why still open: the reasons are those of the checks, all of them, with facts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.errors import Problem, RuleRefused
from ordersales.models.actor import Actor, Permission
from ordersales.models.charge import NotExecuted, Withdrawn
from ordersales.models.explanation import Awaited, Explanation, Reason, ReasonCode
from ordersales.models.filters import EVERYTHING, OrderFilter, PaymentType
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import DecisionKind, Order, OrderStatus, Payment
from ordersales.models.refund import RefundStatus
from ordersales.models.stage import PaymentError
from ordersales.rules import (
    attempts,
    explain,
    manual_payments,
    offered_actions,
    payment_terms,
    permissions,
    refunds,
    sale_confirmation,
)
from ordersales.rules.charge_policy import next_check
from ordersales.rules.explain import MEANINGS
from ordersales.rules.offered_actions import ON_ORDERS, ON_PAYMENTS
from ordersales.rules.permissions import Operation
from ordersales.testing import an_actor
from ordersales.values.identifiers import IdempotencyKey, InvoiceNumber
from tests.rules.lived import (
    ACTORS,
    ANYBODY,
    ASKS_THE_BUYER,
    BAD_SET_UP,
    ORDERS,
    STARTING,
    STARTING_ON_A_PAYMENT,
    SYSTEM,
    THIRDS,
    WAITS,
    last,
    refused,
    takes,
)
from tests.rules.sold import (
    BOSS,
    IN_PARTS,
    LATER,
    LATEST,
    MIRA,
    NOON,
    decided,
    eur,
    failed,
    paid,
    placed,
    settled,
    started,
)

pytestmark = pytest.mark.rule("A5")

PARTIAL: Final = OrderFilter(payment_type=PaymentType.PARTIAL)
FULL: Final = OrderFilter(payment_type=PaymentType.FULL)
NOBODY: Final = an_actor()
#: What says what became of the asking of a pending invoice.
PENDING: Final = {
    ReasonCode.AWAITS_MANAGER,
    ReasonCode.AWAITS_BUYER,
    ReasonCode.AWAITS_PAYMENT_SYSTEM,
    ReasonCode.IN_DOUBT,
    ReasonCode.RESERVED,
    ReasonCode.BLOCKED,
    ReasonCode.HELD,
}
#: What says why an order ended, with the status that it then has.
ENDED: Final = {
    ReasonCode.FREE: OrderStatus.COMPLETED,
    ReasonCode.PAID: OrderStatus.COMPLETED,
    ReasonCode.CONFIRMED: OrderStatus.COMPLETED,
    ReasonCode.DECLINED: OrderStatus.DECLINED,
    ReasonCode.CANCELED: OrderStatus.DECLINED,
    ReasonCode.EXPIRED: OrderStatus.DECLINED,
    ReasonCode.ATTEMPTS_USED_UP: OrderStatus.DECLINED,
    ReasonCode.RETURNED: OrderStatus.REFUND,
}


def pay(order: Order) -> object:
    """Really start the payment that the terms propose."""
    return started(order, payment_terms.default_amount(order))


@pytest.mark.rule("A3", "P4")
@given(ACTORS, ORDERS, st.sampled_from([EVERYTHING, PARTIAL, FULL]))
def test_no_reason_means_allowed(actor: Actor, order: Order, wanted: OrderFilter) -> None:
    """There is no reason against exactly what the row offers; the first is what starting raises."""
    offered = offered_actions.for_order(actor, order, wanted)
    for operation in ON_ORDERS:
        told = explain.why_not(actor, operation, order, wanted)
        error = refused(actor, operation, lambda start=STARTING[operation]: start(order))

        assert (not told.reasons) is (operation in offered)
        assert f"order {order.number}" == told.record
        assert order.status is told.status
        if error is not None:
            assert (error.code, str(error)) == (told.reasons[0].code, told.reasons[0].words)
        assert (ReasonCode.ONLY_AMONG_PARTIAL in told.codes) is (
            not offered_actions.listed(operation, wanted)
        )


@pytest.mark.rule("A3", "M1", "F1")
@given(ACTORS, ORDERS)
def test_no_reason_means_allowed_on_a_payment(actor: Actor, order: Order) -> None:
    """There is no reason against exactly what the row of the payment offers."""
    for invoice in order.invoices:
        payment = Payment(order, invoice)
        offered = offered_actions.for_payment(actor, payment)
        for operation, start in STARTING_ON_A_PAYMENT.items():
            told = explain.why_not_on_payment(actor, operation, payment)
            error = refused(actor, operation, lambda start=start, on=payment: start(on))

            assert (not told.reasons) is (operation in offered)
            assert (f"invoice {invoice.number}", invoice.status) == (told.record, told.status)
            if error is not None:
                assert (error.code, str(error)) == (told.reasons[0].code, told.reasons[0].words)


@pytest.mark.rule("A3", "I3", "P1")
@given(ORDERS)
def test_no_reason_means_payable(order: Order) -> None:
    """A payment that nothing is said against can be started, and no other."""
    told = explain.why_not(NOBODY, Operation.PAY, order, EVERYTHING)
    error = refused(NOBODY, Operation.PAY, lambda: pay(order))

    assert [error.code] * bool(error) if error else [] == [*told.codes]
    assert (error is None) is (not told.reasons)


@pytest.mark.rule("O5")
@given(ORDERS)
def test_why_it_is_open_is_told_of_every_order(order: Order) -> None:
    """An open order names what is owed and each pending invoice; another one why it ended."""
    told = explain.why_open(order)

    assert (f"order {order.number}", order.status) == (told.record, told.status)
    if order.status is not OrderStatus.OPEN:
        (code,) = told.codes
        assert ENDED[code] is order.status
        assert told.reasons[0].since is not None
        return
    first = told.reasons[0]
    assert (ReasonCode.OUTSTANDING, order.outstanding) == (first.code, first.amount)
    waiting = [item.number for item in order.invoices if item.status is InvoiceStatus.PENDING]
    assert waiting == [reason.invoice for reason in told.reasons if reason.code in PENDING]
    assert len(set(told.reasons)) == len(told.reasons) > 1
    payable = explain.why_not(NOBODY, Operation.PAY, order, EVERYTHING)
    if not payable.reasons and payment_terms.available(order).is_positive:
        assert ReasonCode.NOT_STARTED is told.codes[-1]


@given(ACTORS, ORDERS)
def test_every_reason_is_in_the_table(actor: Actor, order: Order) -> None:
    """A reason is worded by the table or by the error, and says whose turn it is by the table."""
    explained = [
        explain.why_open(order),
        *(explain.why_not(actor, operation, order, EVERYTHING) for operation in ON_ORDERS),
    ]
    for reason in (reason for told in explained for reason in told.reasons):
        if reason.code is ReasonCode.PAYMENT_UNDER_WAY:
            assert reason.awaited is not None
        else:
            assert MEANINGS[reason.code].awaited is reason.awaited
        assert reason.words == reason.words.strip()


def test_the_table_is_whole() -> None:
    """Every reason has its line, in the order of the codes, and no two say the same."""
    assert [*ReasonCode] == [*MEANINGS]
    assert len(ReasonCode) == len({meaning.words for meaning in MEANINGS.values()})
    # A refusal's code and the code of its reason are one.
    codes = {kind.code for kind in RuleRefused.__subclasses__()}
    assert {code for code in ReasonCode if code in codes} == {*ReasonCode} - PENDING - {*ENDED} - {
        ReasonCode.ONLY_AMONG_PARTIAL,
        ReasonCode.OUTSTANDING,
        ReasonCode.NOT_STARTED,
        ReasonCode.UNDERPAID,
        ReasonCode.LAST_ATTEMPT_FAILED,
        ReasonCode.LAST_ATTEMPT_CANCELED,
        ReasonCode.NOT_DUE,
        ReasonCode.DUE,
        ReasonCode.WAITS_FOR_RETRY,
        ReasonCode.PAUSED,
        ReasonCode.FAILED,
        ReasonCode.ALL_PAID,
        ReasonCode.ENDED_EARLY,
        ReasonCode.NO_GATEWAY,
    }


def test_all_reasons_at_once() -> None:
    """The permission, the terms, the status and the filter are told together, in that order."""
    order = paid(placed())

    told = explain.why_not(NOBODY, Operation.CONFIRM, order, FULL)

    assert (
        Explanation(
            record="order 7",
            status=OrderStatus.COMPLETED,
            reasons=(
                Reason(
                    code=ReasonCode.PERMISSION_MISSING,
                    words="confirm the order needs the permission "
                    "'confirm or decline partial orders'",
                    permission=Permission.DECIDE_ORDERS,
                ),
                Reason(
                    code=ReasonCode.WRONG_TERMS,
                    words="confirm is not possible for order 7: it applies to orders that may be "
                    "paid in parts",
                ),
                Reason(
                    code=ReasonCode.WRONG_STATUS,
                    words="confirm is not possible: order 7 is Completed, and it has to be Open",
                    allowed=(OrderStatus.OPEN,),
                ),
                Reason(
                    code=ReasonCode.ONLY_AMONG_PARTIAL,
                    words='confirm the order is offered only while the filter "payment type" is '
                    "Partial",
                ),
            ),
        )
        == told
    )
    assert str(told) == "\n".join(reason.words for reason in told.reasons)
    assert told.codes == tuple(reason.code for reason in told.reasons)


def test_a_person_and_a_permission_are_missing() -> None:
    """A program without the permission lacks both, and neither hides the other."""
    program = an_actor(user=None)

    told = [refusal.code for refusal in permissions.refusals(program, Operation.CHECK_SALE)]
    explained = explain.why_not(program, Operation.CHECK_SALE, placed(), EVERYTHING)

    assert ["permission_missing", "person_needed"] == told
    assert (*told, "nothing_paid") == explained.codes
    assert ("person_needed",) == explain.why_not(
        SYSTEM, Operation.CHECK_SALE, paid(placed()), EVERYTHING
    ).codes


def test_a_manual_payment_has_two_reasons() -> None:
    """What a gateway took is neither manual nor pending."""
    told = explain.why_not_on_payment(ANYBODY, Operation.CONFIRM_PAYMENT, last(paid(placed())))

    assert (ReasonCode.WRONG_TERMS, ReasonCode.WRONG_STATUS) == told.codes
    assert (InvoiceStatus.PENDING,) == told.reasons[1].allowed
    assert ("invoice 501", "Paid") == (told.record, told.status)


def test_every_payment_under_way_is_named() -> None:
    """Canceling waits for two payments, and says what each of them waits for."""
    order = settled(started(placed(IN_PARTS), eur("30.00")), ASKS_THE_BUYER)
    order = started(started(order, eur("10.00")), eur("5.00"), manual=True)

    told = explain.why_not(ANYBODY, Operation.CANCEL, order, EVERYTHING)

    first, second = told.reasons
    assert {ReasonCode.PAYMENT_UNDER_WAY} == {*told.codes}
    assert (501, eur("30.00"), Awaited.BUYER) == (first.invoice, first.amount, first.awaited)
    assert "https://pay/9" == first.buyer_action
    assert "cancel has to wait: invoice 501 of order 7 has no final answer yet" == first.words
    assert (502, Awaited.PAYMENT_SYSTEM) == (second.invoice, second.awaited)
    assert (NOON, next_check(NOON, 0)) == (second.since, second.until)


def test_who_confirmed_the_sale_and_when() -> None:
    """That a sale is confirmed is told with who did it, and when."""
    order = sale_confirmation.confirm(paid(placed()), None, MIRA, LATEST, by=BOSS).order

    (reason,) = explain.why_not(ANYBODY, Operation.ADD_USER, order, EVERYTHING).reasons

    assert (ReasonCode.SALE_CONFIRMED, BOSS, LATEST) == (reason.code, reason.by, reason.since)


@pytest.mark.parametrize(
    ("operation", "order", "expected"),
    [
        (Operation.REFUND, placed(), ReasonCode.NOTHING_TO_REFUND),
        (Operation.CHECK_SALE, placed(), ReasonCode.NOTHING_PAID),
        (Operation.CLEAR_ATTENTION, placed(), ReasonCode.WRONG_STATUS),
        (Operation.PAY, started(placed()), ReasonCode.PAYMENT_UNDER_WAY),
        (Operation.PAY, paid(placed()), ReasonCode.WRONG_STATUS),
    ],
)
def test_one_reason(operation: Operation, order: Order, expected: ReasonCode) -> None:
    """What a single rule refuses has a single reason."""
    assert (expected,) == explain.why_not(ANYBODY, operation, order, EVERYTHING).codes


def underpaid() -> Order:
    """Return an order to be paid in full of which a manager received less."""
    order = started(placed(), manual=True)
    return manual_payments.confirm(
        order, order.invoices[0], LATER, by=BOSS, received=eur("60.00")
    ).order


def test_underpaid_under_full_terms() -> None:
    """Less came than the price, and the terms let nothing more be paid: a manager has to act."""
    order = underpaid()

    told = explain.why_open(order)

    assert (ReasonCode.OUTSTANDING, ReasonCode.UNDERPAID) == told.codes
    assert (
        Reason(
            code=ReasonCode.UNDERPAID,
            words="40.00 EUR is missing, and the payment terms let nothing more be paid; cancel "
            "the order and return what came",
            amount=eur("40.00"),
            awaited=Awaited.MANAGER,
        )
        == told.reasons[1]
    )
    assert (ReasonCode.AMOUNT_NOT_OFFERED,) == explain.why_not(
        NOBODY, Operation.PAY, order, EVERYTHING
    ).codes


@pytest.mark.parametrize("operation", [item for item in Operation if item not in ON_ORDERS])
def test_what_is_not_started_on_an_order(operation: Operation) -> None:
    """Asking about anything else is a mistake, which names what can be asked about."""
    told = explain.problem(operation, None)

    if operation is Operation.PAY:
        assert told is None
    elif operation in ON_PAYMENTS:
        assert Problem.of("invoice", None, f"the number of an invoice, to {operation}") == told
    else:
        allowed = f"one that is started on an order: {', '.join([*ON_ORDERS, Operation.PAY])}"
        assert Problem.of("operation", operation, allowed) == told


@pytest.mark.parametrize("operation", Operation)
def test_what_is_not_started_on_an_invoice(operation: Operation) -> None:
    """Asking of an invoice about what is started on an order is a mistake as well."""
    told = explain.problem(operation, InvoiceNumber(1))

    allowed = f"one that is started on an invoice: {', '.join(ON_PAYMENTS)}"
    expected = None if operation in ON_PAYMENTS else Problem.of("operation", operation, allowed)
    assert expected == told


@pytest.mark.parametrize("operation", ON_ORDERS)
def test_what_is_started_on_an_order(operation: Operation) -> None:
    """Whatever a row may offer can be asked about."""
    assert explain.problem(operation, None) is None


OWED: Final = Reason(
    code=ReasonCode.OUTSTANDING,
    words="100.00 EUR of 100.00 EUR is outstanding",
    amount=eur("100.00"),
    since=NOON,
)
NEXT: Final = Reason(
    code=ReasonCode.NOT_STARTED,
    words="100.00 EUR may be paid next, and no payment of it is under way",
    amount=eur("100.00"),
    awaited=Awaited.BUYER,
)


def test_nothing_was_tried() -> None:
    """An order just placed waits for its buyer to pay."""
    assert (OWED, NEXT) == explain.why_open(placed()).reasons


def test_the_next_of_fixed_shares() -> None:
    """What may be paid next is the next share, not all that is left."""
    told = explain.why_open(paid(placed(THIRDS), eur("50.00")))

    owed, coming = told.reasons
    assert ("50.00 EUR of 100.00 EUR is outstanding", eur("50.00")) == (owed.words, owed.amount)
    assert (ReasonCode.NOT_STARTED, eur("30.00")) == (coming.code, coming.amount)


CARD: Final = "invoice 501 over 100.00 EUR through Cards"
HELD_FOR: Final = (
    "the payment system took another amount than was asked for: 100.01 EUR was taken by ch-1, "
    "not 100.00 EUR"
)


@pytest.mark.rule("I2")
@pytest.mark.parametrize(
    ("order", "code", "words", "awaited"),
    [
        pytest.param(
            started(placed(), manual=True),
            ReasonCode.AWAITS_MANAGER,
            "invoice 501 over 100.00 EUR through Bank transfer waits for a manager to confirm "
            "that the money came, or to reject it",
            Awaited.MANAGER,
            id="announced",
        ),
        pytest.param(
            settled(started(placed()), ASKS_THE_BUYER),
            ReasonCode.AWAITS_BUYER,
            f"{CARD} waits for the buyer, who has to act on a page of the payment system",
            Awaited.BUYER,
            id="the buyer's turn",
        ),
        pytest.param(
            settled(started(placed()), WAITS),
            ReasonCode.AWAITS_PAYMENT_SYSTEM,
            f"{CARD} waits for the payment system, which has accepted it and answers later",
            Awaited.PAYMENT_SYSTEM,
            id="accepted",
        ),
        pytest.param(
            started(placed()),
            ReasonCode.IN_DOUBT,
            f"{CARD} is in doubt: it was sent, no word came back, and it may have been executed",
            Awaited.PAYMENT_SYSTEM,
            id="in doubt",
        ),
        pytest.param(
            settled(started(placed()), NotExecuted(reason="connection refused")),
            ReasonCode.RESERVED,
            f"{CARD} is reserved and certainly was not sent; the same key again sends it",
            Awaited.HOST,
            id="not sent",
        ),
        pytest.param(
            settled(started(placed()), BAD_SET_UP),
            ReasonCode.BLOCKED,
            f"{CARD} is blocked: it can't be carried out before its set-up is mended "
            "(no_such_customer: It was deleted.)",
            Awaited.MANAGER,
            id="blocked",
        ),
        pytest.param(
            settled(started(placed()), takes(started(placed()), more=1)),
            ReasonCode.HELD,
            f"{CARD} is held: only a person with evidence, or the payment system's word, can "
            f"settle it ({HELD_FOR})",
            Awaited.MANAGER,
            id="held",
        ),
    ],
)
def test_what_a_pending_invoice_waits_for(
    order: Order, code: ReasonCode, words: str, awaited: Awaited
) -> None:
    """Each stage of the asking has its reason, with the invoice, whose turn it is, and since."""
    (invoice,) = order.invoices

    owed, waiting = explain.why_open(order).reasons

    attempt = invoice.attempt
    assert OWED == owed
    assert (
        Reason(
            code=code,
            words=words,
            invoice=InvoiceNumber(501),
            amount=eur("100.00"),
            awaited=awaited,
            since=NOON,
            until=None if attempt is None else attempt.next_check,
            error=invoice.error,
            buyer_action=None if attempt is None else attempt.buyer_action,
        )
        == waiting
    )
    checked = (ReasonCode.AWAITS_BUYER, ReasonCode.AWAITS_PAYMENT_SYSTEM, ReasonCode.RESERVED)
    assert code not in checked or waiting.until == next_check(LATER, 0)


def test_sent_again() -> None:
    """A payment that was sent again is in doubt since then, not since it was begun."""
    order = settled(started(placed()), NotExecuted(reason="connection refused"))
    order = attempts.resume(order, order.invoices[0], LATEST).order

    _, waiting = explain.why_open(order).reasons

    assert (ReasonCode.IN_DOUBT, LATEST) == (waiting.code, waiting.since)
    assert next_check(LATEST, 0) == waiting.until


def test_only_the_flags_of_the_invoice_are_told() -> None:
    """A held payment is explained by its own flags, and not by those of another one."""
    order = started(placed(IN_PARTS), eur("30.00"))
    order = settled(order, takes(order, more=1))
    order = started(order, eur("20.00"))
    order = settled(order, takes(order, more=3, charge="ch-2"))

    _, first, second, coming = explain.why_open(order).reasons

    assert ["30.01 EUR was taken by ch-1", "20.03 EUR was taken by ch-2"] == [
        reason.words.partition("asked for: ")[2].partition(",")[0] for reason in (first, second)
    ]
    assert second.words.count("was taken") == 1
    assert (ReasonCode.NOT_STARTED, eur("50.00")) == (coming.code, coming.amount)


def test_two_flags_of_one_invoice() -> None:
    """All that a person has to know of a held payment is told."""
    order = started(placed())
    order = settled(order, takes(order, more=1))
    (flag,) = order.attention
    order = attrs.evolve(order, attention=(flag, attrs.evolve(flag, detail="and more")))

    _, held = explain.why_open(order).reasons

    assert held.words.endswith(f"({HELD_FOR}; {flag.reason}: and more)")


@pytest.mark.parametrize(
    ("order", "code", "words"),
    [
        (
            failed(placed(IN_PARTS), eur("30.00")),
            ReasonCode.LAST_ATTEMPT_FAILED,
            "failed, and another payment is allowed (card_declined)",
        ),
        (
            settled(started(placed(IN_PARTS), eur("30.00")), Withdrawn()),
            ReasonCode.LAST_ATTEMPT_CANCELED,
            "was canceled, and another payment is allowed",
        ),
    ],
)
def test_the_last_attempt_came_to_nothing(order: Order, code: ReasonCode, words: str) -> None:
    """That the last payment failed is told before what may be paid next."""
    owed, tried, coming = explain.why_open(order).reasons

    assert (OWED, NEXT) == (owed, coming)
    assert (
        Reason(
            code=code,
            words=f"invoice 501 over 30.00 EUR through Cards {words}",
            invoice=InvoiceNumber(501),
            amount=eur("30.00"),
            since=LATER,
            error=order.invoices[0].error,
        )
        == tried
    )


def test_an_older_failure_is_history() -> None:
    """Once another payment was tried, an earlier failure is no reason any more."""
    order = paid(failed(placed(IN_PARTS), eur("30.00")), eur("30.00"))

    assert (ReasonCode.OUTSTANDING, ReasonCode.NOT_STARTED) == explain.why_open(order).codes


def paid_by_hand(order: Order, covers: str, at: datetime) -> Order:
    """Return `order` with one more payment, confirmed at that moment."""
    order = started(order, eur(covers), manual=True)
    return manual_payments.confirm(order, order.invoices[-1], at, by=BOSS).order


def paid_in_three(*, more: bool) -> Order:
    """Return an order paid in two parts, confirmed in the other order, and perhaps once more."""
    order = started(placed(IN_PARTS), eur("30.00"), manual=True)
    order = started(order, eur("70.00"), manual=True)
    for invoice, at in zip(reversed(order.invoices), (LATER, LATEST), strict=True):
        order = manual_payments.confirm(order, invoice, at, by=BOSS).order
    extra = attrs.evolve(
        order.invoices[0], number=InvoiceNumber(503), settled_at=LATEST + timedelta(days=1)
    )
    return attrs.evolve(order, invoices=(*order.invoices, extra)) if more else order


@pytest.mark.rule("O5", "O7", "P2", "P3")
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        pytest.param(
            placed(price="0.00"),
            Reason(
                code=ReasonCode.FREE, words="order 7 is Completed: it costs nothing", since=NOON
            ),
            id="free",
        ),
        pytest.param(
            paid(placed()),
            Reason(
                code=ReasonCode.PAID,
                words="order 7 is Completed: what is paid covers the price",
                invoice=InvoiceNumber(501),
                amount=eur("100.00"),
                since=LATER,
            ),
            id="paid",
        ),
        pytest.param(
            paid_in_three(more=False),
            Reason(
                code=ReasonCode.PAID,
                words="order 7 is Completed: what is paid covers the price",
                invoice=InvoiceNumber(501),
                amount=eur("100.00"),
                since=LATEST,
            ),
            id="paid in parts",
        ),
        pytest.param(
            paid_in_three(more=True),
            Reason(
                code=ReasonCode.PAID,
                words="order 7 is Completed: what is paid covers the price",
                invoice=InvoiceNumber(501),
                amount=eur("130.00"),
                since=LATEST,
            ),
            id="paid, and more came later",
        ),
        pytest.param(
            settled(
                attrs.evolve(
                    decided(
                        settled(started(placed()), NotExecuted(reason="no")), DecisionKind.EXPIRED
                    )
                ),
                takes(started(placed())),
            ),
            Reason(
                code=ReasonCode.PAID,
                words="order 7 is Completed: what is paid covers the price",
                invoice=InvoiceNumber(501),
                amount=eur("100.00"),
                since=LATER,
            ),
            id="expired, and paid late",
        ),
        pytest.param(
            decided(paid(placed(IN_PARTS), eur("30.00")), DecisionKind.CONFIRMED),
            Reason(
                code=ReasonCode.CONFIRMED,
                words="order 7 is Completed: a manager confirmed it before all was paid (so)",
                amount=eur("70.00"),
                since=LATER,
                by=BOSS,
            ),
            id="confirmed",
        ),
        *(
            pytest.param(
                decided(placed(IN_PARTS), kind),
                Reason(code=code, words=f"order 7 is Declined: {words} (so)", since=LATER, by=BOSS),
                id=kind,
            )
            for kind, code, words in [
                (DecisionKind.DECLINED, ReasonCode.DECLINED, "a manager declined it"),
                (DecisionKind.CANCELED, ReasonCode.CANCELED, "it was canceled"),
                (DecisionKind.EXPIRED, ReasonCode.EXPIRED, "it expired"),
            ]
        ),
        pytest.param(
            failed(placed()),
            Reason(
                code=ReasonCode.ATTEMPTS_USED_UP,
                words="order 7 is Declined: the last allowed payment did not succeed "
                "(card_declined)",
                invoice=InvoiceNumber(501),
                since=LATER,
                error=PaymentError(code="card_declined"),
            ),
            id="failed",
        ),
        pytest.param(
            settled(started(placed()), Withdrawn()),
            Reason(
                code=ReasonCode.ATTEMPTS_USED_UP,
                words="order 7 is Declined: the last allowed payment did not succeed",
                invoice=InvoiceNumber(501),
                since=LATER,
            ),
            id="withdrawn",
        ),
    ],
)
def test_why_it_is_not_open(order: Order, expected: Reason) -> None:
    """An order that is not open says what ended it, when, and who decided so."""
    told = explain.why_open(order)

    assert (expected,) == told.reasons
    assert order.status is told.status
    assert expected.words == str(told)


@pytest.mark.rule("F1")
def test_everything_was_returned() -> None:
    """What was returned says since when all of it is back, whatever refund failed after."""
    order = paid_by_hand(paid_by_hand(placed(IN_PARTS), "30.00", LATER), "70.00", LATER)
    first, second = order.invoices
    for number, (invoice, at) in enumerate([(second, LATEST), (first, LATER)]):
        order = refunds.start(
            order,
            ((invoice, invoice.amount),),
            at=at,
            key=IdempotencyKey(f"back-{number}"),
            reason="so",
            by=BOSS,
        ).order
    (back,) = order.invoices[0].refunds
    hour = timedelta(hours=1)
    back = attrs.evolve(back, settled_at=LATEST + hour)
    late = attrs.evolve(
        back, status=RefundStatus.FAILED, settled_at=LATEST + timedelta(days=1), number=2
    )
    invoice = attrs.evolve(order.invoices[0], refunds=(back, late))
    order = attrs.evolve(order, invoices=(invoice, order.invoices[1]))

    (reason,) = explain.why_open(order).reasons

    assert (
        Reason(
            code=ReasonCode.RETURNED,
            words="order 7 is Refund: everything paid was returned",
            since=LATEST + hour,
        )
        == reason
    )
