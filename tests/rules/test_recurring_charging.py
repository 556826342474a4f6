from datetime import UTC, datetime, timedelta

import attrs
import pytest

from ordersales.errors import MethodUnusable, PaymentUnderWay, WrongStatus
from ordersales.models.charge import Declined, Misconfigured, NotExecuted, Unknown
from ordersales.models.event import EventKind
from ordersales.models.installation import Gap
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import OrderStatus
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.models.sale import Basis, Manager, SalesPlan
from ordersales.models.stage import Retry, Stage
from ordersales.rules import attempts, recurring_charging, recurring_decisions
from ordersales.rules.charge_policy import CHARGES_WITHIN, MOST_CHARGES
from ordersales.values.identifiers import OrderNumber, SystemName, UserId
from tests.rules.agreements import (
    CARDS,
    DAY,
    KEPT,
    MONTHLY,
    NO,
    NO_METHOD,
    OTHER_CARD,
    Agreement,
    yes,
)

pytestmark = pytest.mark.rule("R6")

FEBRUARY = datetime(2026, 2, 28, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
MIRA = Manager(user=UserId("mira"), name="Mira")


def at_february() -> Agreement:
    """Return an agreement whose second payment is due now."""
    return Agreement().started().at(FEBRUARY)


def with_recurring(agreement: Agreement, **fields: object) -> Agreement:
    """Return it with some fields of the recurring order replaced."""
    agreement.recurring = attrs.evolve(agreement.it, **fields)  # type: ignore[arg-type]
    return agreement


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({}, True),
        ({"due_at": FEBRUARY + TICK}, False),
        ({"status": RecurringStatus.PAUSED}, False),
        ({"status": RecurringStatus.FAILED}, False),
        ({"status": RecurringStatus.COMPLETED}, False),
        ({"current": OrderNumber(18)}, False),
        ({"current": OrderNumber(18), "retry_at": FEBRUARY}, True),
        ({"current": OrderNumber(18), "retry_at": FEBRUARY + TICK}, False),
    ],
)
@pytest.mark.rule("R3", "R4", "R5")
def test_due(fields: dict[str, object], due: bool) -> None:
    """Active, with nothing under way, at the date or the time of the retry."""
    agreement = with_recurring(at_february(), **fields)
    assert recurring_charging.due(agreement.it, FEBRUARY) is due


@pytest.mark.rule("R1", "R12", "C1")
def test_an_occurrence_is_an_order_as_the_first_was() -> None:
    """Under a key of the library's own, and a reference derived from the recurring order."""
    agreement = at_february()
    begun = agreement.begin()
    order = begun.order.order
    assert order.occurrence is not None
    assert (order.occurrence.recurring_order, order.occurrence.index) == (17, 2)
    assert order.occurrence.due_at == FEBRUARY
    assert (order.key, order.invoices[0].key) == ("ordersales:17.2", "ordersales:17.2.1")
    assert order.invoices[0].attempt is not None
    assert str(order.invoices[0].attempt.reference) == "acme/17.2/1"
    assert order.invoices[0].attempt.method == KEPT
    assert (order.invoices[0].one_click, order.invoices[0].extra) == (True, False)
    assert (order.offer, order.quantity, order.price) == (
        agreement.it.offer,
        2,
        agreement.it.price,
    )
    assert [event.kind for event in begun.order.events] == [
        EventKind.ORDER_PLACED,
        EventKind.PAYMENT_STARTED,
    ]
    assert begun.order.before is None
    assert (begun.recurring.current, begun.recurring.occurrences) == (order.number, 2)
    assert begun.recurring.method_charged == (FEBRUARY,)
    request = attempts.request(order, order.invoices[0])
    assert request.keep_method


@pytest.mark.rule("C6")
@pytest.mark.parametrize(
    ("until", "missed", "lost"),
    [
        (FEBRUARY, None, True),
        (FEBRUARY - TICK, None, False),
        (FEBRUARY - TICK, FEBRUARY - TICK, True),
        (FEBRUARY - 2 * TICK, FEBRUARY - TICK, False),
    ],
)
def test_what_may_be_lost_is_looked_up_first(
    until: datetime, missed: datetime | None, lost: bool
) -> None:
    """An attempt for a date in the gap, or in the place of one, is begun as if sent in the gap."""
    gap = Gap(since=FEBRUARY - DAY, until=until)
    begun = with_recurring(at_february(), missed_since=missed).begin(gap)
    attempt = begun.order.order.invoices[0].attempt
    assert attempt is not None
    assert begun.send is (not lost)
    assert begun.recurring.method_charged == (FEBRUARY,)
    assert (attempt.stage, attempt.sends) == (Stage.IN_DOUBT, 1)
    moments = (attempt.first_sent_at, attempt.sent_at, attempt.next_check)
    if lost:
        assert moments == (gap.since, until, FEBRUARY)
    else:
        assert moments == (FEBRUARY, FEBRUARY, FEBRUARY + 2 * MINUTE)


@pytest.mark.rule("C6")
def test_a_lost_attempt_that_would_be_skipped() -> None:
    """It is begun with what speaks against it, which is known before anybody has looked it up."""
    agreement = at_february()
    agreement.charge(NO_METHOD)
    gap = Gap(since=FEBRUARY - DAY, until=FEBRUARY)
    begun = agreement.at(FEBRUARY + DAY).begin(gap)
    invoice = begun.order.order.invoices[1]
    assert invoice.attempt is not None
    assert invoice.error is not None
    assert (invoice.error.code, invoice.status) == ("method_not_replaced", InvoiceStatus.PENDING)
    assert (invoice.attempt.stage, begun.send) == (Stage.IN_DOUBT, False)
    assert begun.recurring.method_charged == (FEBRUARY,)


@pytest.mark.rule("C6")
def test_what_a_person_asks_for_may_be_lost_as_well() -> None:
    """It is looked up before it is sent, too."""
    agreement = at_february()
    agreement.charge(NO)
    gap = Gap(since=FEBRUARY - DAY, until=FEBRUARY)
    begun = agreement.at(FEBRUARY + TICK).ask_again(gap=gap)
    attempt = begun.order.order.invoices[1].attempt
    assert attempt is not None
    assert begun.send is False
    assert (attempt.first_sent_at, attempt.next_check) == (FEBRUARY - DAY, FEBRUARY + TICK)


@pytest.mark.rule("R6", "C1")
def test_a_retry_is_the_next_attempt_of_the_same_order() -> None:
    """Numbered without gaps, with a reference and a key of its own."""
    agreement = at_february()
    agreement.charge(NO)
    begun = agreement.at(FEBRUARY + DAY).begin()
    invoice = begun.order.order.invoices[1]
    assert invoice.attempt is not None
    assert (str(invoice.attempt.reference), invoice.key) == ("acme/17.2/2", "ordersales:17.2.2")
    assert [event.kind for event in begun.order.events] == [EventKind.PAYMENT_STARTED]
    assert begun.recurring.occurrences == 2
    assert begun.recurring.method_charged == (FEBRUARY, FEBRUARY + DAY)


@pytest.mark.rule("R12")
def test_the_policy_on_final_declines_is_frozen_with_the_order() -> None:
    """It is kept where the attempts are counted."""
    agreement = Agreement().started(attrs.evolve(MONTHLY, retry_final_declines=True))
    order = agreement.at(FEBRUARY).begin().order.order
    assert order.occurrence is not None
    assert order.occurrence.retry_final_declines


@pytest.mark.rule("S1")
@pytest.mark.parametrize(
    ("named", "plan", "credited", "basis"),
    [
        (None, None, None, Basis.SYSTEM),
        (MIRA, None, MIRA, Basis.CHECKOUT),
        (None, MIRA, MIRA, Basis.PLAN),
        (Manager(user=UserId("max"), name="Max"), MIRA, MIRA, Basis.PLAN),
    ],
)
def test_who_is_credited(
    named: Manager | None, plan: Manager | None, credited: Manager | None, basis: Basis
) -> None:
    """The sales plan's manager, else the one of the first checkout, else the system."""
    agreement = with_recurring(at_february(), manager=named)
    stated = plan and SalesPlan(
        customer=agreement.it.customer.id,
        offer=agreement.it.offer.number,
        manager=plan,
        stated_at=FEBRUARY,
        stated_by=None,
    )
    placed = recurring_charging.place(agreement.it, OrderNumber(18), FEBRUARY, stated)
    assert (placed.order.sale.manager, placed.order.sale.basis) == (credited, basis)


def test_after_another_method_is_asked_for_the_slot_is_skipped() -> None:
    """The attempt counts, nobody is asked, and the one after that is on the calendar."""
    agreement = at_february()
    agreement.charge(NO_METHOD)
    begun = agreement.at(FEBRUARY + DAY).begin()
    assert not begun.send
    skipped = agreement.current.invoices[-1]
    assert skipped.status is InvoiceStatus.FAILED
    assert skipped.error is not None
    assert skipped.error.code == "method_not_replaced"
    assert skipped.attempt is not None
    assert (skipped.attempt.sends, skipped.attempt.stage) == (0, Stage.CLOSED)
    assert begun.recurring.method_charged == (FEBRUARY,)
    assert agreement.it.retry_at == FEBRUARY + 4 * DAY
    assert not agreement.at(FEBRUARY + 4 * DAY).begin().send
    assert agreement.it.status is RecurringStatus.FAILED
    assert agreement.newest.status is OrderStatus.DECLINED


@pytest.mark.rule("R11")
def test_a_replaced_method_is_charged_again() -> None:
    """The slot stayed on the calendar, and is used."""
    agreement = at_february()
    agreement.charge(NO_METHOD)
    replaced = recurring_decisions.replace_method(
        agreement.it, OTHER_CARD, CARDS, agreement.now, by=None
    )
    agreement.recurring = replaced.recurring
    begun = agreement.at(FEBRUARY + DAY).begin()
    assert begun.send
    invoice = begun.order.order.invoices[-1]
    assert invoice.attempt is not None
    assert invoice.attempt.method == OTHER_CARD
    assert begun.recurring.method_charged == (FEBRUARY + DAY,)


def test_another_card_of_the_customer_rules_nothing_out() -> None:
    """They paid with one that the bank refused for good; the stored one is another."""
    agreement = at_february()
    agreement.charge(NO)
    agreement.hear(agreement.ask(agreement.current, OTHER_CARD), NO_METHOD)
    assert agreement.at(agreement.it.retry_at or FEBRUARY).begin().send


def test_a_final_decline_of_an_extra_attempt_rules_the_method_out() -> None:
    """What a person asked for uses up nothing, but the bank's word holds."""
    agreement = at_february()
    agreement.charge(NO)
    agreement.hear(agreement.again(), Declined(code="stolen_card", retry=Retry.FINAL))
    assert agreement.it.status is RecurringStatus.ACTIVE
    assert not agreement.at(agreement.it.retry_at or FEBRUARY).begin().send


def test_a_final_decline_may_be_tried_again_by_policy() -> None:
    """Then it rules nothing out."""
    agreement = Agreement().started(attrs.evolve(MONTHLY, retry_final_declines=True))
    agreement.at(FEBRUARY).charge(Declined(code="stolen_card", retry=Retry.FINAL))
    assert agreement.at(FEBRUARY + DAY).begin().send


def test_without_a_method_nothing_is_charged() -> None:
    """The attempt is skipped, and says so."""
    agreement = with_recurring(at_february(), method=None)
    assert not agreement.begin().send
    error = agreement.newest.invoices[-1].error
    assert error is not None
    assert error.code == "no_method"


@pytest.mark.parametrize(
    ("ago", "sent"),
    [(CHARGES_WITHIN - TICK, False), (CHARGES_WITHIN, True)],
)
def test_a_method_is_not_charged_too_often(ago: timedelta, sent: bool) -> None:
    """Card networks fine those who hammer; the oldest fall out of the count."""
    charged = (FEBRUARY - ago, *(FEBRUARY - DAY,) * (MOST_CHARGES - 1))
    agreement = with_recurring(at_february(), method_charged=charged)
    begun = agreement.begin()
    assert begun.send is sent
    if sent:
        assert begun.recurring.method_charged == (*charged[1:], FEBRUARY)
    else:
        error = agreement.newest.invoices[-1].error
        assert error is not None
        assert error.code == "charged_too_often"


def refusals(agreement: Agreement) -> list[type]:
    """Return of which kind the reasons are that no attempt may be asked for now."""
    it = agreement.it
    order = None if it.current is None else agreement.current
    return [
        type(found) for found in recurring_charging.ask_again_refusals(it, order, agreement.now)
    ]


def test_when_a_person_may_ask_again() -> None:
    """While an order of it waits for a retry, on a method that can be charged."""
    agreement = at_february()
    assert refusals(agreement) == [WrongStatus]
    agreement.charge(NO)
    assert refusals(agreement) == []
    assert refusals(with_recurring(agreement, status=RecurringStatus.PAUSED)) == [WrongStatus]
    assert refusals(with_recurring(agreement, status=RecurringStatus.ACTIVE, method=None)) == [
        MethodUnusable
    ]


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (Unknown(reason="timed out"), [PaymentUnderWay]),
        (NotExecuted(reason="refused"), []),
        (Misconfigured(code="no_such_customer"), []),
    ],
)
def test_what_certainly_did_not_arrive_may_be_asked_for_again(
    outcome: object, kind: list[type]
) -> None:
    """An attempt that may have arrived has to be waited for."""
    agreement = at_february()
    agreement.charge(outcome)  # type: ignore[arg-type]
    assert refusals(agreement) == kind
    unsent = recurring_charging.unsent(agreement.current)
    assert (unsent is None) is bool(kind)
    if unsent is not None:
        assert recurring_charging.may_be_taken_over(unsent, agreement.it)
        elsewhere = attrs.evolve(agreement.it, system=SystemName("Others"))
        assert not recurring_charging.may_be_taken_over(unsent, elsewhere)
        replaced: RecurringOrder = attrs.evolve(agreement.it, method=OTHER_CARD)
        assert not recurring_charging.may_be_taken_over(unsent, replaced)
        persons = attrs.evolve(unsent, extra=True)
        assert not recurring_charging.may_be_taken_over(persons, agreement.it)


def test_what_a_person_asks_for_is_told_of_them() -> None:
    """Under the host's key, by the person, and charged to the count of the method."""
    agreement = at_february()
    agreement.charge(NO)
    begun = agreement.ask_again("key-9", by="mira")
    order = begun.order.order
    assert begun.send is True
    assert order.invoices[-1].number == order.invoices[-2].number + 1
    assert order.invoices[-1].one_click
    invoice = order.invoices[-1]
    assert (invoice.key, invoice.extra) == ("key-9", True)
    assert agreement.events[-1].by == "mira"
    assert len(agreement.it.method_charged) == 2
    agreement.hear(order, yes(order))
    assert agreement.it.payments_made == 2


def test_the_error_says_what_to_do() -> None:
    """In words, beside the code."""
    error = MethodUnusable(17, "no_method", "No payment method is stored.")
    assert str(error) == (
        "recurring order 17 can't be charged now: No payment method is stored. "
        "Replace its payment method"
    )
