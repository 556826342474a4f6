from datetime import UTC, datetime, timedelta

import attrs
import pytest

from ordersales.models.charge import Accepted, Misconfigured, NotExecuted, Unknown, Withdrawn
from ordersales.models.event import EventKind
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import AttentionReason, Occurrence, OrderStatus
from ordersales.models.recurring_order import RecurringStatus
from ordersales.models.refund import RefundKind, ReturnReported
from ordersales.models.sale import Manager
from ordersales.models.stage import Stage
from ordersales.rules import recurring_decisions, recurring_following, refund_settlement
from ordersales.rules.recurring_lifecycle import What, moved
from ordersales.values.identifiers import GatewayId, OrderNumber, UserId
from tests.rules.agreements import (
    CARD,
    CARDS,
    DAY,
    KEPT,
    MONTHLY,
    NEVER,
    NO,
    OTHER_CARD,
    START,
    Agreement,
    euros,
    yes,
)

pytestmark = pytest.mark.rule("R2")

FEBRUARY = datetime(2026, 2, 28, 9, tzinfo=UTC)
MARCH = datetime(2026, 3, 31, 8, tzinfo=UTC)


def kinds(agreement: Agreement) -> list[EventKind]:
    """Return what happened to the recurring order itself."""
    return [event.kind for event in agreement.events if event.recurring is not None]


@pytest.mark.rule("R2", "R12", "R8")
def test_it_appears_with_the_first_payment() -> None:
    """Until then there is an order like any other; then it is the first of a recurring one."""
    agreement = Agreement()
    order = agreement.ask(agreement.buy())
    assert agreement.recurring is None
    assert order.occurrence is None
    agreement.at(START + DAY).hear(order, yes(order))
    recurring = agreement.it
    assert recurring.status is RecurringStatus.ACTIVE
    assert (recurring.account, recurring.number) == (order.account, order.number)
    assert (recurring.customer, recurring.offer) == (order.customer, order.offer)
    assert (recurring.quantity, recurring.price) == (2, euros("20.00"))
    assert (recurring.terms, recurring.system, recurring.method) == (MONTHLY, CARDS, KEPT)
    # The dates are counted from when it was asked for, whenever the answer was heard.
    assert (recurring.anchor, recurring.started_at) == (START, START + DAY)
    assert (recurring.slot, recurring.due_at) == (1, FEBRUARY)
    assert (recurring.payments_made, recurring.occurrences) == (1, 1)
    assert recurring.next_action == FEBRUARY
    assert recurring.manager is None
    assert agreement.newest.occurrence == Occurrence(recurring_order=OrderNumber(17), index=1)
    assert kinds(agreement) == [EventKind.RECURRING_STARTED]
    assert agreement.events[-1].recurring is not None
    assert agreement.events[-1].recurring.before is None


@pytest.mark.rule("R2")
@pytest.mark.parametrize("outcome", [NO, Withdrawn(), Unknown(reason="timed out")])
def test_a_first_payment_that_fails_leaves_an_order_alone(outcome: object) -> None:
    """Nothing recurs without a first payment."""
    agreement = Agreement()
    order = agreement.ask(agreement.buy())
    order = agreement.hear(order, outcome)  # type: ignore[arg-type]
    assert agreement.recurring is None
    assert order.occurrence is None
    assert kinds(agreement) == []


@pytest.mark.rule("R2", "O6")
def test_a_first_payment_that_arrives_late_starts_it_after_all() -> None:
    """The order was declined; a look-up proved that the money had been taken."""
    agreement = Agreement()
    order = agreement.hear(agreement.ask(agreement.buy()), NO)
    agreement.hear(order, yes(order), proven=True)
    assert agreement.it.payments_made == 1


def test_what_is_paid_once_starts_nothing() -> None:
    """An offer without recurring terms has no recurring order."""
    agreement = Agreement()
    once = agreement.buy()
    once = attrs.evolve(once, offer=attrs.evolve(once.offer, recurring=None))
    agreement.hear(agreement.ask(once), yes(once))
    assert agreement.recurring is None


def test_its_first_order_changes_nothing_later() -> None:
    """A refund of the first payment is the first order's own affair."""
    agreement = Agreement().started()
    order = agreement.newest
    before = agreement.it
    said = ReturnReported(
        kind=RefundKind.EXTERNAL, gateway_id=GatewayId("re-1"), amount=order.price
    )
    change = refund_settlement.report(order, order.invoices[0], said, agreement.now)
    assert change is not None
    assert agreement.keep(change).status is OrderStatus.REFUND
    assert agreement.it == before


@pytest.mark.rule("R11")
@pytest.mark.parametrize(
    ("method", "kept", "stored"),
    [
        (CARD, None, KEPT),
        (CARD, OTHER_CARD, OTHER_CARD),
        (None, OTHER_CARD, OTHER_CARD),
        (None, None, None),
    ],
)
def test_the_method_of_the_first_payment_is_kept(
    method: object, kept: object, stored: object
) -> None:
    """What the payment system names anew is charged from then on, else what was charged."""
    agreement = Agreement()
    order = agreement.ask(agreement.buy(), method)  # type: ignore[arg-type]
    agreement.hear(order, yes(order, kept=kept))  # type: ignore[arg-type]
    assert agreement.it.method == stored


def test_a_manual_first_payment_keeps_no_method() -> None:
    """A person may have confirmed the money; nothing can be charged until a method is given."""
    agreement = Agreement().started()
    payment = attrs.evolve(agreement.newest.invoices[0], attempt=None)
    assert recurring_following.kept_method(payment) is None


@pytest.mark.rule("S1")
def test_who_was_named_at_checkout_is_remembered() -> None:
    """Later payments credit the same manager."""
    mira = Manager(user=UserId("mira"), name="Mira")
    agreement = Agreement()
    order = agreement.ask(agreement.buy(manager=mira))
    agreement.hear(order, yes(order))
    assert agreement.it.manager == mira
    agreement.at(FEBRUARY).charge()
    assert agreement.newest.sale.manager == mira


@pytest.mark.rule("R8", "R14")
def test_a_payment_leads_to_the_next_date() -> None:
    """The anchor is kept: 28 February, and 31 March again."""
    agreement = Agreement().started().at(FEBRUARY)
    order = agreement.charge()
    assert order.status is OrderStatus.COMPLETED
    recurring = agreement.it
    assert (recurring.payments_made, recurring.slot, recurring.due_at) == (2, 2, MARCH)
    assert (recurring.current, recurring.retry_at) == (None, None)
    assert recurring.next_action == MARCH


@pytest.mark.rule("R7", "R14")
def test_the_last_payment_completes_it() -> None:
    """By itself; and there is no action any more."""
    agreement = Agreement().started(attrs.evolve(MONTHLY, payments=2))
    assert agreement.it.payments_remaining == 1
    agreement.at(FEBRUARY).charge()
    assert agreement.it.status is RecurringStatus.COMPLETED
    assert agreement.it.payments_remaining == 0
    assert agreement.it.next_action is None
    assert kinds(agreement) == [EventKind.RECURRING_STARTED, EventKind.RECURRING_COMPLETED]


@pytest.mark.rule("R7")
def test_one_payment_is_all_there_may_be() -> None:
    """It starts and is completed at once."""
    agreement = Agreement().started(attrs.evolve(MONTHLY, payments=1))
    assert agreement.it.status is RecurringStatus.COMPLETED
    assert kinds(agreement) == [EventKind.RECURRING_STARTED, EventKind.RECURRING_COMPLETED]


@pytest.mark.rule("R1")
def test_without_a_number_it_goes_on() -> None:
    """Nothing remains and nothing ends."""
    agreement = Agreement().started()
    agreement.at(FEBRUARY).charge()
    assert agreement.it.payments_remaining is None
    assert agreement.it.status is RecurringStatus.ACTIVE


@pytest.mark.parametrize(
    ("outcome", "stage"),
    [
        (Unknown(reason="timed out"), Stage.IN_DOUBT),
        (Accepted(gateway_id=GatewayId("ch-9")), Stage.ACCEPTED),
        (NotExecuted(reason="refused"), Stage.RESERVED),
        (Misconfigured(code="no_such_customer"), Stage.BLOCKED),
    ],
)
def test_no_final_word_begins_nothing(outcome: object, stage: Stage) -> None:
    """While an attempt is open the timer has nothing to do: the attempt is looked after."""
    agreement = Agreement().started().at(FEBRUARY)
    order = agreement.charge(outcome)  # type: ignore[arg-type]
    assert order.invoices[-1].attempt is not None
    assert order.invoices[-1].attempt.stage is stage
    assert agreement.it.current == order.number
    assert agreement.it.retry_at is None
    assert agreement.it.next_action is None
    assert agreement.it.payments_made == 1


@pytest.mark.rule("R6")
def test_a_failed_attempt_is_followed_by_two_more() -> None:
    """At the configured intervals from the moment of each no; then it has failed."""
    terms = attrs.evolve(MONTHLY, first_retry=2 * DAY, second_retry=5 * DAY)
    agreement = Agreement().started(terms).at(FEBRUARY + timedelta(hours=3))
    agreement.charge(NO)
    first = FEBRUARY + timedelta(hours=3) + 2 * DAY
    assert agreement.it.next_action == agreement.it.retry_at == first
    agreement.at(first + DAY).charge(NO)
    second = first + DAY + 5 * DAY
    assert agreement.it.next_action == second
    order = agreement.at(second).charge(NO)
    assert order.status is OrderStatus.DECLINED
    assert [item.status for item in order.invoices] == [InvoiceStatus.FAILED] * 3
    recurring = agreement.it
    assert recurring.status is RecurringStatus.FAILED
    assert (recurring.current, recurring.given_up) == (None, order.number)
    assert recurring.next_action is None
    assert recurring.payments_made == 1
    assert kinds(agreement)[-1] is EventKind.RECURRING_FAILED


@pytest.mark.rule("R6")
def test_a_final_decline_is_not_retried() -> None:
    """A stolen card stays stolen."""
    agreement = Agreement().started().at(FEBRUARY)
    assert agreement.charge(NEVER).status is OrderStatus.DECLINED
    assert agreement.it.status is RecurringStatus.FAILED


@pytest.mark.rule("R6")
def test_unless_the_policy_says_so() -> None:
    """Then it counts as one of three."""
    agreement = Agreement().started(attrs.evolve(MONTHLY, retry_final_declines=True))
    order = agreement.at(FEBRUARY).charge(NEVER)
    assert order.status is OrderStatus.OPEN
    assert agreement.it.retry_at == FEBRUARY + DAY


@pytest.mark.rule("R6")
def test_what_was_canceled_uses_up_nothing_and_waits() -> None:
    """A charge that the gateway withdrew is no decline; the next one comes after the interval."""
    agreement = Agreement().started().at(FEBRUARY)
    agreement.charge(Withdrawn())
    assert agreement.it.retry_at == FEBRUARY + DAY
    agreement.at(FEBRUARY + DAY).charge(NO)
    assert agreement.it.retry_at == FEBRUARY + 2 * DAY
    agreement.at(FEBRUARY + 2 * DAY).charge(NO)
    assert agreement.it.retry_at == FEBRUARY + 5 * DAY


@pytest.mark.rule("R6")
def test_what_a_person_asks_for_uses_up_nothing() -> None:
    """Two more follow all the same; the interval is counted from the last no."""
    agreement = Agreement().started().at(FEBRUARY)
    agreement.charge(NO)
    agreement.at(FEBRUARY + timedelta(hours=5))
    order = agreement.again()
    assert order.invoices[-1].extra
    assert agreement.it.retry_at is None
    agreement.hear(order, NO)
    assert agreement.it.retry_at == FEBRUARY + timedelta(hours=5) + DAY
    agreement.at(agreement.it.retry_at or START).charge(NO)
    assert agreement.it.status is RecurringStatus.ACTIVE
    agreement.at(agreement.it.retry_at or START).charge(NO)
    assert agreement.it.status is RecurringStatus.FAILED


@pytest.mark.rule("R6")
def test_a_payment_that_the_customer_makes_settles_it() -> None:
    """With another card, while a retry is waited for; the stored method stays."""
    agreement = Agreement().started().at(FEBRUARY)
    agreement.charge(NO)
    order = agreement.ask(agreement.current, OTHER_CARD)
    agreement.hear(order, yes(order))
    assert (agreement.it.payments_made, agreement.it.due_at) == (2, MARCH)
    assert agreement.it.method == KEPT


@pytest.mark.rule("R11")
def test_a_method_that_is_renewed_is_charged_next() -> None:
    """Payment systems renew tokens with a payment; what a person has put in its place stays."""
    agreement = Agreement().started().at(FEBRUARY)
    begun = agreement.begin()
    order = agreement.orders[begun.order.order.number]
    renewed = attrs.evolve(OTHER_CARD, token="tok-3")  # noqa: S106 - as CARD
    replaced = recurring_decisions.replace_method(
        agreement.it, OTHER_CARD, CARDS, agreement.now, by=None
    )
    kept = agreement.it
    agreement.hear(order, yes(order, kept=renewed))
    assert agreement.it.method == renewed
    agreement.recurring = replaced.recurring
    agreement.orders[order.number] = order
    agreement.hear(order, yes(order, kept=renewed))
    assert agreement.it.method == OTHER_CARD
    assert kept.method == KEPT


@pytest.mark.rule("R4")
def test_the_attempt_under_way_may_finish_after_a_pause() -> None:
    """Its success is booked; its failure waits, or is the last."""
    agreement = Agreement().started().at(FEBRUARY)
    begun = agreement.begin()
    order = agreement.orders[begun.order.order.number]
    paused = recurring_decisions.pause(agreement.it, agreement.now, by=None, reason="").recurring
    agreement.recurring = paused
    agreement.hear(order, yes(order))
    assert agreement.it.status is RecurringStatus.PAUSED
    assert (agreement.it.payments_made, agreement.it.next_action) == (2, None)
    agreement.recurring, agreement.orders[order.number] = paused, order
    agreement.hear(order, NO)
    assert (agreement.it.retry_at, agreement.it.next_action) == (FEBRUARY + DAY, None)
    agreement.recurring, agreement.orders[order.number] = paused, order
    agreement.hear(order, NEVER)
    assert agreement.it.status is RecurringStatus.FAILED


@pytest.mark.rule("R4")
def test_after_completing_a_failure_closes_the_order() -> None:
    """Nothing follows; a success is booked and does not reopen it."""
    agreement = Agreement().started().at(FEBRUARY)
    begun = agreement.begin()
    order = agreement.orders[begun.order.order.number]
    done = recurring_decisions.complete(agreement.it, agreement.now, by=None, reason="").recurring
    agreement.recurring = done
    assert agreement.hear(order, NO).status is OrderStatus.DECLINED
    assert agreement.it.status is RecurringStatus.COMPLETED
    assert (agreement.it.current, agreement.it.retry_at) == (None, None)
    agreement.recurring, agreement.orders[order.number] = done, order
    assert agreement.hear(order, NEVER).status is OrderStatus.DECLINED
    assert (agreement.it.status, agreement.it.current) == (RecurringStatus.COMPLETED, None)
    agreement.recurring, agreement.orders[order.number] = done, order
    assert agreement.hear(order, yes(order)).status is OrderStatus.COMPLETED
    assert agreement.it.status is RecurringStatus.COMPLETED
    assert agreement.it.payments_made == 2


@pytest.mark.rule("R4", "O6")
def test_money_for_what_was_given_up_at_completing_is_booked() -> None:
    """It counts, is no surprise to anybody, and reopens nothing."""
    agreement = Agreement().started().at(FEBRUARY)
    order = agreement.charge(NO)
    done = recurring_decisions.complete(agreement.it, agreement.now, by=None, reason="").recurring
    closed = recurring_decisions.close(order, agreement.now, by=None, reason="stop")
    assert closed is not None
    agreement.recurring = recurring_decisions.after_closing(done, closed.order)
    order = agreement.hear(closed.order, yes(order), proven=True)
    assert (order.status, order.attention) == (OrderStatus.COMPLETED, ())
    assert (agreement.it.status, agreement.it.payments_made) == (RecurringStatus.COMPLETED, 2)


@pytest.mark.rule("R10", "O6")
def test_money_that_arrives_after_giving_up_is_booked_and_flagged() -> None:
    """Its date counts as paid, so that it is not charged afresh; a person is told."""
    agreement = Agreement().started().at(FEBRUARY)
    order = agreement.charge(NEVER)
    order = agreement.hear(order, yes(order), proven=True)
    assert order.status is OrderStatus.COMPLETED
    assert [flag.reason for flag in order.attention] == [AttentionReason.PAID_AFTER_GIVING_UP]
    assert agreement.it.status is RecurringStatus.FAILED
    assert (agreement.it.payments_made, agreement.it.due_at) == (2, MARCH)
    assert agreement.it.given_up is None


@pytest.mark.rule("R7", "R10")
def test_money_that_arrives_late_may_be_the_last() -> None:
    """Nothing remains to be paid, so nothing has failed."""
    agreement = Agreement().started(attrs.evolve(MONTHLY, payments=2)).at(FEBRUARY)
    order = agreement.charge(NEVER)
    agreement.hear(order, yes(order), proven=True)
    assert agreement.it.status is RecurringStatus.COMPLETED


@pytest.mark.rule("R10", "O6")
def test_money_for_a_date_that_is_being_paid_anew_is_to_be_given_back() -> None:
    """The date was attempted afresh meanwhile: it is not counted twice."""
    agreement = Agreement().started().at(FEBRUARY)
    first = agreement.charge(NEVER)
    activated = recurring_decisions.activate(agreement.it, agreement.now, by=None, reason="")
    agreement.recurring = activated.recurring
    agreement.charge()
    assert agreement.it.payments_made == 2
    first = agreement.hear(first, yes(first), proven=True)
    assert [flag.reason for flag in first.attention] == [AttentionReason.CHARGED_TWICE]
    assert agreement.it.payments_made == 2


def test_a_step_outside_the_table_is_a_bug() -> None:
    """*Completed* is final."""
    agreement = Agreement().started(attrs.evolve(MONTHLY, payments=1))
    with pytest.raises(Exception, match="rule R3 does not hold: recurring order 17 is Completed"):
        moved(agreement.it, What.PAUSED)
