"""What is done next about what has no final word: one plan for each case (rule C2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import attrs
import pytest

from ordersales.models.capabilities import Capabilities, GatewayKind
from ordersales.models.invoice import Attempt
from ordersales.models.order import DecisionKind, Order
from ordersales.models.recurring_order import RecurringStatus
from ordersales.models.stage import PaymentError, Stage
from ordersales.rules import recovery
from ordersales.rules.charge_policy import CHECKS, LEASE
from ordersales.rules.recovery import Chargeable, Plan, Step
from ordersales.testing import PROFILES
from tests.rules.agreements import Agreement
from tests.rules.shop import IN_PARTS, NOON, an_invoice, an_order, decided, paid, started

pytestmark = pytest.mark.rule("C2")

NOW, LATER, NO_MORE, NEVER = Chargeable
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LAST: Final = len(CHECKS)
KINDS: Final = tuple(GatewayKind)
ONCE_ONLY, KEY_AND_LOOK_UP, KEY_ONLY, LOOK_UP_ONLY, NEITHER = KINDS


def asked(
    stage: Stage = Stage.IN_DOUBT,
    *,
    checks: int = 0,
    ago: timedelta = HOUR,
    first: timedelta | None = None,
) -> Attempt:
    """Return an attempt that was last sent so long ago, and first so long ago."""
    attempt = an_invoice(stage=stage).attempt
    assert attempt is not None
    return attrs.evolve(
        attempt, checks=checks, sent_at=NOON - ago, first_sent_at=NOON - (first or ago)
    )


def plan(
    kind: GatewayKind | None,
    attempt: Attempt,
    may: Chargeable = NOW,
    *,
    call_back: bool = False,
) -> Plan:
    """Return what is done at noon."""
    can = None if kind is None else PROFILES[kind]
    return recovery.plan(can, attempt, may, NOON, call_back=call_back)


def then(step: Step, checks: int = 1) -> Plan:
    """Return that `step` is done, with the usual time to the next check."""
    return Plan(step, NOON + CHECKS[checks])


# -- in doubt -------------------------------------------------------------------------------------

#: What is done about what is in doubt, by how it stands: within its key's window, past it, after
#: three resends, and where nothing may be sent any more.
DOUBT: Final[dict[GatewayKind, tuple[Step, Step, Step, Step]]] = {
    ONCE_ONLY: (Step.SEND, Step.LOOK_UP, Step.LOOK_UP, Step.LOOK_UP),
    KEY_AND_LOOK_UP: (Step.SEND, Step.LOOK_UP, Step.LOOK_UP, Step.LOOK_UP),
    KEY_ONLY: (Step.SEND, Step.HOLD, Step.SEND, Step.WAIT),
    LOOK_UP_ONLY: (Step.LOOK_UP, Step.LOOK_UP, Step.LOOK_UP, Step.LOOK_UP),
    NEITHER: (Step.HOLD, Step.HOLD, Step.HOLD, Step.HOLD),
}


@pytest.mark.parametrize("kind", KINDS)
def test_in_doubt(kind: GatewayKind) -> None:
    """Asked again under its key while that serves, then looked up; held where neither is left."""
    within, past, after_three, no_more = DOUBT[kind]

    steps = [
        plan(kind, asked()).step,
        plan(kind, asked(first=DAY)).step,
        plan(kind, asked(checks=3)).step,
        plan(kind, asked(), NO_MORE).step,
    ]

    assert [within, past, after_three, no_more] == steps
    assert no_more is plan(kind, asked(), LATER).step


@pytest.mark.rule("C6")
@pytest.mark.parametrize("kind", KINDS)
def test_what_may_have_been_sent_without_our_knowing(kind: GatewayKind) -> None:
    """It may have got another key meanwhile: it is looked up wherever that can be done."""
    within, past, *_ = DOUBT[kind]
    found = recovery.plan(PROFILES[kind], asked(), NOW, NOON, lost=True)
    assert (past if past is Step.LOOK_UP else within) is found.step


@pytest.mark.parametrize("kind", [ONCE_ONLY, KEY_AND_LOOK_UP, KEY_ONLY])
@pytest.mark.parametrize(
    ("first", "serves"), [(timedelta(0), True), (timedelta(microseconds=1), False)]
)
def test_a_key_serves_until_an_hour_before_it_is_forgotten(
    kind: GatewayKind, first: timedelta, serves: bool
) -> None:
    """Counted from when it was first sent: the two clocks may differ."""
    within, past, *_ = DOUBT[kind]
    last_moment = timedelta(hours=23) - timedelta(microseconds=1)

    assert (within if serves else past) is plan(kind, asked(first=last_moment + first)).step


def test_a_key_that_is_kept_for_no_time_serves_nothing() -> None:
    """A gateway that forgets within the margin is never sent the same again."""
    can = Capabilities(keys_kept_for=HOUR, look_up=True)

    found = recovery.plan(can, asked(), NOW, NOON)

    assert then(Step.LOOK_UP) == found


@pytest.mark.parametrize("resends", [0, 1, 2])
def test_three_resends_come_before_a_look_up(resends: int) -> None:
    """Resending is faster, and after three that brought no word it is looked up."""
    assert then(Step.SEND, resends + 1) == plan(KEY_AND_LOOK_UP, asked(checks=resends))


@pytest.mark.parametrize("kind", [KEY_AND_LOOK_UP, LOOK_UP_ONLY])
def test_nothing_is_looked_up_before_it_is_quiet(kind: GatewayKind) -> None:
    """What was sent may be executed for ten minutes; the wait is no check."""
    quiet = timedelta(minutes=10)
    fresh = asked(ago=quiet - MINUTE, first=DAY, checks=2)

    assert Plan(Step.WAIT, NOON + MINUTE, counts=False) == plan(kind, fresh)
    assert then(Step.LOOK_UP, 3) == plan(kind, asked(ago=quiet, first=DAY, checks=2))


def test_what_was_accepted_is_looked_up_at_any_time() -> None:
    """It was not lost: there is no quiet to be waited for."""
    assert then(Step.LOOK_UP) == plan(LOOK_UP_ONLY, asked(Stage.ACCEPTED, ago=MINUTE))


# -- other stages ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_accepted(kind: GatewayKind) -> None:
    """It is looked up where that can be, and otherwise waits for a message."""
    step = Step.LOOK_UP if PROFILES[kind].look_up else Step.WAIT

    assert then(step) == plan(kind, asked(Stage.ACCEPTED))


@pytest.mark.parametrize("kind", KINDS)
def test_two_final_words(kind: GatewayKind) -> None:
    """A contradiction is looked up where that can be, and otherwise is a person's."""
    found = plan(kind, asked(Stage.CLOSED))

    looked_up = PROFILES[kind].look_up
    assert (then(Step.LOOK_UP) if looked_up else Plan(Step.LEAVE, None)) == found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stage", [Stage.HELD, Stage.BLOCKED])
def test_what_is_a_persons_is_left_to_them(kind: GatewayKind, stage: Stage) -> None:
    """Nobody looks at it again by themselves."""
    assert Plan(Step.LEAVE, None) == plan(kind, asked(stage))


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_not_sent(kind: GatewayKind) -> None:
    """It is sent, kept while it is paused, or withdrawn; only the first counts as a check."""
    unsent = asked(Stage.RESERVED)

    assert then(Step.SEND) == plan(kind, unsent)
    assert Plan(Step.WAIT, NOON + DAY, counts=False) == plan(kind, unsent, LATER)
    assert Plan(Step.WITHDRAW, None, counts=False) == plan(kind, unsent, NO_MORE)


@pytest.mark.parametrize("stage", [Stage.IN_DOUBT, Stage.ACCEPTED])
def test_what_a_person_declined_is_called_back(stage: Stage) -> None:
    """Where the gateway can cancel; where it can't it is looked after as ever."""
    assert then(Step.CANCEL) == plan(KEY_AND_LOOK_UP, asked(stage), NO_MORE, call_back=True)
    unasked = recovery.plan(PROFILES[KEY_AND_LOOK_UP], asked(stage), NO_MORE, NOON)
    assert then(Step.LOOK_UP) == unasked
    assert Step.CANCEL is not plan(KEY_ONLY, asked(stage), NO_MORE, call_back=True).step
    assert Step.CANCEL is not plan(KEY_AND_LOOK_UP, asked(stage), NO_MORE).step


@pytest.mark.parametrize("stage", [Stage.RESERVED, Stage.CLOSED, Stage.HELD, Stage.BLOCKED])
def test_what_is_not_in_flight_is_not_called_back(stage: Stage) -> None:
    """There is nothing to cancel."""
    assert Step.CANCEL is not plan(KEY_AND_LOOK_UP, asked(stage), NO_MORE, call_back=True).step


# -- where nobody can be asked, and at last -------------------------------------------------------


@pytest.mark.parametrize("stage", [Stage.RESERVED, Stage.IN_DOUBT, Stage.ACCEPTED, Stage.CLOSED])
def test_a_payment_system_that_is_not_there(stage: Stage) -> None:
    """It is waited for, and that counts."""
    assert then(Step.WAIT, 5) == plan(None, asked(stage, checks=4))


AT_LAST: Final = {
    Stage.RESERVED: Step.BLOCK,
    Stage.IN_DOUBT: Step.HOLD,
    Stage.ACCEPTED: Step.HOLD,
    Stage.BLOCKED: Step.LEAVE,
    Stage.HELD: Step.LEAVE,
    Stage.CLOSED: Step.LEAVE,
}


@pytest.mark.parametrize("kind", [*KINDS, None])
@pytest.mark.parametrize("stage", Stage)
def test_after_the_last_check(kind: GatewayKind | None, stage: Stage) -> None:
    """A person is told: nothing was sent, or nobody knows what became of it."""
    assert Plan(AT_LAST[stage], None) == plan(kind, asked(stage, checks=LAST))


def test_the_check_before_the_last() -> None:
    """There is one more, as soon as a check can be over."""
    assert Plan(Step.LOOK_UP, NOON + LEASE) == plan(
        KEY_AND_LOOK_UP, asked(checks=LAST - 1, first=DAY)
    )


def test_what_waits_for_an_activation_is_not_given_up() -> None:
    """However often it was looked after: it is kept, or withdrawn."""
    unsent = asked(Stage.RESERVED, checks=LAST)

    assert Step.WAIT is plan(KEY_ONLY, unsent, LATER).step
    assert Step.WITHDRAW is plan(KEY_ONLY, unsent, NO_MORE).step


# -- whether it may be sent, and is called back ---------------------------------------------------


@pytest.mark.rule("R4", "O5")
@pytest.mark.parametrize(
    ("status", "may"),
    [
        (RecurringStatus.ACTIVE, NOW),
        (RecurringStatus.PAUSED, LATER),
        (RecurringStatus.COMPLETED, NO_MORE),
        (RecurringStatus.FAILED, NO_MORE),
    ],
)
def test_the_payment_of_a_recurring_order(status: RecurringStatus, may: Chargeable) -> None:
    """It is sent while that is active, later while it is paused, and else not any more."""
    recurring = attrs.evolve(Agreement().started().it, status=status)

    assert may is recovery.chargeable(an_order(), recurring)
    assert NO_MORE is recovery.chargeable(paid(an_order()), recurring)


@pytest.mark.rule("C6")
@pytest.mark.parametrize("status", [item for item in RecurringStatus if item.value != "Processing"])
def test_what_is_begun_with_an_error(status: RecurringStatus) -> None:
    """It is looked up and never sent, until the recurring order is completed."""
    recurring = attrs.evolve(Agreement().started().it, status=status)
    plain = an_invoice()
    with_error = attrs.evolve(plain, error=PaymentError(code="no_method", message=""))
    ended = status is RecurringStatus.COMPLETED

    assert (NO_MORE if ended else NEVER) is recovery.chargeable(an_order(), recurring, with_error)
    usual = recovery.chargeable(an_order(), recurring)
    assert usual is recovery.chargeable(an_order(), recurring, plain)
    assert NOW is recovery.chargeable(an_order(), None, with_error)
    assert Step.LOOK_UP is plan(KEY_AND_LOOK_UP, asked(), NEVER).step
    assert Step.WAIT is plan(KEY_ONLY, asked(), NEVER).step


@pytest.mark.rule("O5")
def test_the_payment_of_an_order() -> None:
    """It is sent while the order is open."""
    assert NOW is recovery.chargeable(an_order())
    assert NO_MORE is recovery.chargeable(paid(an_order()))


def pending_and(kind: DecisionKind | None) -> Order:
    """Return an order with a payment under way that somebody decided about."""
    order = started(an_order(payment=IN_PARTS))
    return order if kind is None else decided(order, kind)


@pytest.mark.rule("P3")
@pytest.mark.parametrize("kind", [None, DecisionKind.CONFIRMED, DecisionKind.DECLINED])
def test_called_back(kind: DecisionKind | None) -> None:
    """What is in flight when a person declines is called back, and after no other word."""
    assert (kind is DecisionKind.DECLINED) is recovery.called_back(pending_and(kind))
