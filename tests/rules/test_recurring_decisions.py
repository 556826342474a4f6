from datetime import UTC, datetime, timedelta

import attrs
import pytest

from ordersales.errors import InvalidInput, WrongStatus
from ordersales.models.charge import NotExecuted, Unknown
from ordersales.models.event import EventKind
from ordersales.models.installation import Gap
from ordersales.models.offer import Offer
from ordersales.models.order import DecisionKind, OrderStatus
from ordersales.models.recurring_order import RecurringStatus
from ordersales.models.recurring_terms import RecurringTerms, ResumePolicy
from ordersales.rules import decisions, recurring_decisions, recurring_lifecycle, schedule
from ordersales.rules.recurring_lifecycle import TRANSITIONS, What
from ordersales.testing.builders import an_offer
from ordersales.values.cadence import Cadence, Unit
from ordersales.values.identifiers import OrderNumber, SystemName, UserId
from tests.rules.agreements import (
    CARDS,
    DAY,
    KEPT,
    MONTHLY,
    NEVER,
    NO,
    OTHER_CARD,
    START,
    Agreement,
    yes,
)

BOSS = UserId("boss")
FEBRUARY = datetime(2026, 2, 28, 9, tzinfo=UTC)
MARCH = datetime(2026, 3, 31, 8, tzinfo=UTC)
JULY = datetime(2026, 7, 10, 12, tzinfo=UTC)
JUNE_30 = datetime(2026, 6, 30, 8, tzinfo=UTC)
JULY_31 = datetime(2026, 7, 31, 8, tzinfo=UTC)
ACTS = {
    What.PAUSED: recurring_decisions.pause,
    What.ACTIVATED: recurring_decisions.activate,
    What.COMPLETED: recurring_decisions.complete,
}


def act(agreement: Agreement, what: What, **more: object) -> Agreement:
    """Return it after a person did that."""
    change = ACTS[what](agreement.it, agreement.now, by=BOSS, reason="why", **more)  # type: ignore[operator]
    agreement.recurring = change.recurring
    agreement.events += change.events
    return agreement


@pytest.mark.rule("R3", "R4", "R10")
@pytest.mark.parametrize("what", ACTS)
@pytest.mark.parametrize(
    "status", [item for item in RecurringStatus if item is not RecurringStatus.PROCESSING]
)
def test_what_a_person_may_do(status: RecurringStatus, what: What) -> None:
    """Pause an active one, activate a paused or failed one, complete an active or paused one."""
    agreement = Agreement().started()
    agreement.recurring = attrs.evolve(agreement.it, status=status)
    refused = recurring_decisions.refusal(agreement.it, what)
    if (status, what) in TRANSITIONS:
        assert refused is None
        assert act(agreement, what).it.status is TRANSITIONS[status, what]
        event = agreement.events[-1]
        assert event.recurring is not None
        assert (event.recurring.before, event.recurring.after) == (status, agreement.it.status)
        assert (event.by, event.note, event.at) == (BOSS, "why", agreement.now)
    else:
        assert isinstance(refused, WrongStatus)
        assert refused.allowed == recurring_lifecycle.allowed_from(what)
        with pytest.raises(WrongStatus, match=f"recurring order 17 is {status}"):
            act(agreement, what)


@pytest.mark.rule("R4")
def test_nothing_is_due_while_it_stands_still() -> None:
    """Neither paused nor completed."""
    assert act(Agreement().started(), What.PAUSED).it.next_action is None
    assert act(Agreement().started(), What.COMPLETED).it.next_action is None


def paused(
    policy: ResumePolicy = ResumePolicy.CHARGE_ONE, *, cadence: Cadence | None = None
) -> Agreement:
    """Return one paused in February before its second payment; in July it is activated."""
    terms = attrs.evolve(MONTHLY, on_resume=policy, cadence=cadence or MONTHLY.cadence)
    return act(Agreement().started(terms).at(FEBRUARY - DAY), What.PAUSED).at(JULY)


@pytest.mark.rule("R5")
@pytest.mark.parametrize(
    ("policy", "anchor", "slot", "due_at"),
    [
        (ResumePolicy.CHARGE_ONE, START, 5, JUNE_30),
        (ResumePolicy.SKIP, START, 6, JULY_31),
        (ResumePolicy.COLLECT_ALL, START, 1, FEBRUARY),
        (ResumePolicy.START_AFRESH, JULY, 0, JULY),
    ],
)
def test_what_was_missed_is_charged_as_the_policy_says(
    policy: ResumePolicy, anchor: datetime, slot: int, due_at: datetime
) -> None:
    """Five dates were missed: one is charged, or none, or all, or one and the dates from there."""
    for chosen, standing in ((None, policy), (policy, ResumePolicy.COLLECT_ALL)):
        agreement = act(paused(standing), What.ACTIVATED, policy=chosen)
        recurring = agreement.it
        assert (recurring.anchor, recurring.slot, recurring.due_at) == (anchor, slot, due_at)
        assert recurring.just_activated
        assert recurring.unpaid_since == FEBRUARY
        assert recurring.payments_made == 1
        assert agreement.events[-1].kind is EventKind.RECURRING_ACTIVATED


@pytest.mark.rule("R5", "R8")
def test_after_the_one_charge_the_dates_go_on() -> None:
    """The 31st again, and payments remaining were not reduced by what was missed."""
    agreement = act(paused(), What.ACTIVATED)
    agreement.charge()
    assert (agreement.it.payments_made, agreement.it.due_at) == (2, JULY_31)
    assert not agreement.it.just_activated


@pytest.mark.rule("R5")
def test_all_that_was_missed_is_collected_one_by_one() -> None:
    """Each has an order of its own, with the date that it fell due."""
    agreement = act(paused(ResumePolicy.COLLECT_ALL), What.ACTIVATED)
    due: list[datetime | None] = []
    while agreement.it.due_at <= JULY:
        order = agreement.charge()
        due.append(order.occurrence and order.occurrence.due_at)
    assert due == [schedule.date(START, MONTHLY.cadence, MONTHLY.zone, k) for k in range(1, 6)]


@pytest.mark.rule("R5")
def test_the_dates_that_start_afresh_count_from_then() -> None:
    """One is charged at once, the next a month later."""
    agreement = act(paused(ResumePolicy.START_AFRESH), What.ACTIVATED)
    agreement.charge()
    assert agreement.it.due_at == JULY.replace(month=8)


@pytest.mark.rule("R5")
@pytest.mark.parametrize("policy", ResumePolicy)
@pytest.mark.parametrize("moment", [FEBRUARY - DAY, FEBRUARY - timedelta(microseconds=1)])
def test_where_nothing_was_missed_nothing_changes(policy: ResumePolicy, moment: datetime) -> None:
    """A pause between two dates costs nothing, under any policy."""
    agreement = act(paused(policy).at(moment), What.ACTIVATED)
    assert (agreement.it.anchor, agreement.it.slot, agreement.it.due_at) == (START, 1, FEBRUARY)
    assert agreement.it.missed_since is None


@pytest.mark.rule("C6")
def test_what_was_missed_first_is_remembered_until_a_payment_is_made() -> None:
    """Through a second pause, and through payments that a restored backup had lost."""
    agreement = act(paused(ResumePolicy.START_AFRESH), What.ACTIVATED)
    act(act(agreement, What.PAUSED).at(JULY + 40 * DAY), What.ACTIVATED)
    assert agreement.it.missed_since == FEBRUARY
    act(act(agreement, What.PAUSED), What.ACTIVATED)
    assert agreement.it.missed_since == FEBRUARY
    begun = agreement.begin(Gap(since=START, until=JULY))
    agreement.hear(begun.order.order, yes(begun.order.order))
    assert (agreement.it.payments_made, agreement.it.missed_since) == (2, FEBRUARY)
    agreement.at(agreement.it.due_at).charge()
    assert (agreement.it.payments_made, agreement.it.missed_since) == (3, None)


@pytest.mark.rule("R5")
@pytest.mark.parametrize(
    ("policy", "anchor", "slot"),
    [
        (ResumePolicy.CHARGE_ONE, START, 5),
        (ResumePolicy.SKIP, START, 5),
        (ResumePolicy.COLLECT_ALL, START, 1),
        (ResumePolicy.START_AFRESH, JULY, 0),
    ],
)
def test_a_payment_begun_before_stands_for_the_missed(
    policy: ResumePolicy, anchor: datetime, slot: int
) -> None:
    """It is attempted again at its time, and what follows is as the policy says."""
    agreement = Agreement().started(attrs.evolve(MONTHLY, on_resume=policy)).at(FEBRUARY)
    order = agreement.charge(NO)
    retry_at = agreement.it.retry_at
    act(act(agreement, What.PAUSED).at(JULY), What.ACTIVATED)
    assert (agreement.it.anchor, agreement.it.slot) == (anchor, slot)
    assert agreement.it.current == order.number
    assert agreement.it.next_action == retry_at


@pytest.mark.rule("R10")
@pytest.mark.parametrize(
    ("policy", "due_at"),
    [
        (ResumePolicy.CHARGE_ONE, JUNE_30),
        (ResumePolicy.SKIP, JUNE_30),
        (ResumePolicy.COLLECT_ALL, FEBRUARY),
        (ResumePolicy.START_AFRESH, JULY),
    ],
)
def test_a_failed_one_is_attempted_afresh(policy: ResumePolicy, due_at: datetime) -> None:
    """Under an order of its own, with three attempts again."""
    agreement = Agreement().started(attrs.evolve(MONTHLY, on_resume=policy)).at(FEBRUARY)
    given_up = agreement.charge(NEVER)
    act(agreement.at(JULY), What.ACTIVATED)
    assert (agreement.it.status, agreement.it.due_at) == (RecurringStatus.ACTIVE, due_at)
    agreement.recurring = attrs.evolve(agreement.it, method=OTHER_CARD)
    order = agreement.charge(NO)
    assert order.number != given_up.number
    assert order.occurrence is not None
    assert order.occurrence.index == 3
    assert agreement.it.status is RecurringStatus.ACTIVE
    assert agreement.it.given_up == given_up.number


@pytest.mark.rule("R4")
@pytest.mark.parametrize(
    ("outcome", "closed"),
    [(NO, True), (NotExecuted(reason="refused"), True), (Unknown(reason="timed out"), False)],
)
def test_completing_gives_the_open_order_up(outcome: object, closed: bool) -> None:
    """Unless money may be moving: then the attempt may finish."""
    agreement = Agreement().started().at(FEBRUARY)
    order = agreement.charge(outcome)  # type: ignore[arg-type]
    act(agreement, What.COMPLETED)
    change = recurring_decisions.close(order, agreement.now, by=BOSS, reason="stopped")
    assert (change is not None) is closed
    after = order if change is None else change.order
    recurring = recurring_decisions.after_closing(agreement.it, after)
    assert (recurring.current is None) is closed
    assert recurring.status is RecurringStatus.COMPLETED
    if closed:
        assert after.status is OrderStatus.DECLINED
        assert after.decision is not None
        assert (after.decision.kind, after.decision.reason) == (DecisionKind.CANCELED, "stopped")
        assert recurring.retry_at is None


@pytest.mark.rule("R4")
@pytest.mark.parametrize("kind", DecisionKind)
def test_a_payment_of_a_recurring_order_is_not_decided_about(kind: DecisionKind) -> None:
    """The recurring order is, instead."""
    agreement = Agreement().started().at(FEBRUARY)
    order = agreement.charge(NO)
    refused = decisions.refusal(order, kind)
    assert refused is not None
    expected = "orders that are no payment of a recurring order"
    assert expected in str(refused)


@pytest.mark.rule("R11")
def test_a_method_is_replaced() -> None:
    """The count of how often it was charged begins anew, for another one only."""
    agreement = Agreement().started().at(FEBRUARY)
    agreement.charge(NO)
    same = recurring_decisions.replace_method(agreement.it, KEPT, CARDS, FEBRUARY, by=BOSS)
    assert same.recurring.method_charged == (FEBRUARY,)
    elsewhere = SystemName("Others")
    for method, system in ((OTHER_CARD, CARDS), (KEPT, elsewhere)):
        change = recurring_decisions.replace_method(agreement.it, method, system, FEBRUARY, by=BOSS)
        assert (change.recurring.method, change.recurring.system) == (method, system)
        assert change.recurring.method_charged == ()
        assert change.events[0].kind is EventKind.METHOD_REPLACED
        assert change.events[0].by == BOSS


def changed(offer: Offer, **terms: object) -> Offer:
    """Return the offer with other recurring terms."""
    assert offer.recurring is not None
    return attrs.evolve(offer, recurring=attrs.evolve(offer.recurring, **terms))  # type: ignore[arg-type]


@pytest.mark.rule("R12")
def test_moving_takes_the_price_and_keeps_the_dates() -> None:
    """From its next order on."""
    agreement = Agreement().started()
    dearer = attrs.evolve(agreement.it.offer, unit_price=an_offer("12.00").unit_price)
    change = recurring_decisions.move(agreement.it, dearer, START, by=BOSS, reason="prices rose")
    moved = change.recurring
    assert str(moved.price) == "24.00 EUR"
    assert (moved.anchor, moved.slot, moved.due_at) == (START, 1, FEBRUARY)
    event = change.events[0]
    assert (event.kind, event.amount, event.note) == (
        EventKind.TERMS_MOVED,
        moved.price,
        "prices rose",
    )
    agreement.recurring = moved
    assert agreement.at(FEBRUARY).charge().price == moved.price


@pytest.mark.rule("R12", "R8")
@pytest.mark.parametrize(
    "other", [{"cadence": Cadence(1, Unit.WEEK)}, {"zone": "America/New_York"}]
)
def test_moving_to_another_calendar_counts_from_the_next_date(other: dict[str, object]) -> None:
    """The next date stays, and is the anchor of those after it."""
    agreement = Agreement().started()
    offer = changed(agreement.it.offer, **other)
    moved = recurring_decisions.move(agreement.it, offer, START, by=BOSS, reason="").recurring
    assert (moved.anchor, moved.slot, moved.due_at) == (FEBRUARY, 0, FEBRUARY)
    assert moved.terms == offer.recurring
    agreement.recurring = moved
    agreement.at(FEBRUARY).charge()
    terms = moved.terms
    assert agreement.it.due_at == schedule.date(FEBRUARY, terms.cadence, terms.zone, 1)


@pytest.mark.rule("R12", "B1")
@pytest.mark.parametrize(
    ("offer", "field"),
    [
        (an_offer(), "offer"),
        (attrs.evolve(an_offer(number="C-2"), recurring=MONTHLY), "offer"),
        (attrs.evolve(an_offer("10.00", "USD"), recurring=MONTHLY), "offer.unit_price"),
        (attrs.evolve(an_offer(), recurring=MONTHLY), "offer.multiple_sales"),
        (
            attrs.evolve(
                an_offer(multiple_sales=True), recurring=attrs.evolve(MONTHLY, payments=1)
            ),
            "offer.recurring.payments",
        ),
    ],
)
def test_moving_to_what_does_not_fit_is_refused(offer: Offer, field: str) -> None:
    """The error names the field."""
    agreement = Agreement().started()
    with pytest.raises(InvalidInput) as caught:
        recurring_decisions.move(agreement.it, offer, START, by=BOSS, reason="")
    assert [problem.field for problem in caught.value.problems] == [field]


@pytest.mark.rule("R11", "R12")
def test_a_completed_one_is_left_alone() -> None:
    """Neither its method nor its terms change any more."""
    agreement = act(Agreement().started(), What.COMPLETED)
    allowed = (RecurringStatus.ACTIVE, RecurringStatus.PAUSED, RecurringStatus.FAILED)
    with pytest.raises(WrongStatus) as caught:
        recurring_decisions.replace_method(agreement.it, OTHER_CARD, CARDS, START, by=BOSS)
    assert caught.value.allowed == allowed
    with pytest.raises(WrongStatus, match="move is not possible"):
        recurring_decisions.move(agreement.it, agreement.it.offer, START, by=BOSS, reason="")


@pytest.mark.rule("R3")
def test_processing_is_shown_while_money_may_be_moving() -> None:
    """And is never kept: what certainly did not arrive is not under way."""
    agreement = Agreement().started()
    assert recurring_lifecycle.shown(agreement.it, None) is RecurringStatus.ACTIVE
    for outcome, shown in (
        (Unknown(reason="timed out"), RecurringStatus.PROCESSING),
        (NotExecuted(reason="refused"), RecurringStatus.ACTIVE),
        (NO, RecurringStatus.ACTIVE),
    ):
        agreement = Agreement().started().at(FEBRUARY)
        order = agreement.charge(outcome)  # type: ignore[arg-type]
        assert recurring_lifecycle.shown(agreement.it, order) is shown
        still = attrs.evolve(agreement.it, status=RecurringStatus.PAUSED)
        expected = shown if shown is RecurringStatus.PROCESSING else RecurringStatus.PAUSED
        assert recurring_lifecycle.shown(still, order) is expected


@pytest.mark.rule("R1", "B1")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cadence", "monthly"),
        ("payments", 0),
        ("payments", 1.5),
        ("first_retry", timedelta(minutes=9)),
        ("second_retry", timedelta(days=367)),
        ("first_retry", timedelta(days=1, microseconds=1)),
        ("second_retry", 86400),
        ("zone", None),
        ("zone", "Berlin"),
        ("on_resume", "skip"),
        ("retry_final_declines", 1),
    ],
)
def test_terms_that_are_none_are_refused(field: str, value: object) -> None:
    """The error names the field."""
    with pytest.raises(InvalidInput) as caught:
        RecurringTerms(**{"cadence": MONTHLY.cadence, field: value})  # type: ignore[arg-type]
    assert [problem.field for problem in caught.value.problems] == [field]


@pytest.mark.rule("R1")
def test_the_recurring_order_is_numbered_as_its_first_order() -> None:
    """A newcomer finds one by the other."""
    assert Agreement().started().it.number == OrderNumber(17)
