"""The scripted gateway as each of the five kinds: keys, objects, look-ups, and what comes late."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from ordersales.errors import InvalidInput, OutcomeUnknown
from ordersales.models.charge import Answer, ChargeRequest, Declined, Succeeded, Withdrawn
from ordersales.models.refund import RefundReference, RefundRefused, RefundRequest, RefundSucceeded
from ordersales.ports.gateway import Capabilities, GatewayKind
from ordersales.testing import PROFILES, MovableClock, Play, ScriptedGateway
from ordersales.values.identifiers import (
    AccountId,
    AttemptReference,
    GatewayId,
    IdempotencyKey,
    OrderNumber,
)
from ordersales.values.money import Money

EUR_10 = Money.of("10.00", "EUR")
DAY = timedelta(hours=24)
TICK = timedelta(microseconds=1)
WITH_KEYS = [kind for kind in GatewayKind if PROFILES[kind].keys_kept_for is not None]
WITHOUT_KEYS = [kind for kind in GatewayKind if kind not in WITH_KEYS]
WITH_LOOK_UP = [kind for kind in GatewayKind if PROFILES[kind].look_up]
WITHOUT_LOOK_UP = [kind for kind in GatewayKind if kind not in WITH_LOOK_UP]
#: Those that forget which order a new key is for.
OFTEN = [kind for kind in GatewayKind if kind is not GatewayKind.ONCE_ONLY]


def request_for(attempt: int = 1, *, order: int = 1, epoch: int = 0) -> ChargeRequest:
    """Return the request for an attempt on an order."""
    reference = AttemptReference(AccountId("acme"), OrderNumber(order), attempt)
    return ChargeRequest(
        reference=reference,
        key=IdempotencyKey(f"{reference}~{epoch}"),
        amount=EUR_10,
        method=None,
        description="Course",
    )


FIRST, SECOND, OTHER = request_for(1), request_for(2), request_for(1, order=2)
NEXT_EPOCH = request_for(epoch=1)


def gateway_of(
    kind: GatewayKind,
    *plays: Play,
    clock: MovableClock | None = None,
    look_up_lag: timedelta = timedelta(),
) -> ScriptedGateway:
    """Return a gateway of a kind."""
    declared = PROFILES[kind]
    return ScriptedGateway(*plays, capabilities=declared, clock=clock, look_up_lag=look_up_lag)


def anyhow(gateway: ScriptedGateway, request: ChargeRequest) -> Answer | None:
    """Charge, and return None for an answer that got lost."""
    try:
        return gateway.charge(request)
    except OutcomeUnknown:
        return None


def charged(times: int) -> Money:
    """Return the money of so many charges."""
    return EUR_10 * times


@pytest.mark.parametrize("kind", GatewayKind)
def test_each_kind_has_a_profile_of_its_kind(kind: GatewayKind) -> None:
    """What is declared for a kind makes a gateway of that kind."""
    assert kind is PROFILES[kind].kind
    assert list(GatewayKind) == list(PROFILES)


@pytest.mark.parametrize("kind", WITH_KEYS)
def test_a_key_is_forgotten_when_its_time_is_over(kind: GatewayKind) -> None:
    """Until then it gives the same answer; then it is as good as new, except for an object."""
    clock = MovableClock()
    gateway = gateway_of(kind, Play.DECLINE, Play.SUCCEED, clock=clock)
    first = gateway.charge(FIRST)

    clock.advance(DAY - TICK)
    assert first == gateway.charge(FIRST)
    clock.advance(TICK)
    assert isinstance(gateway.charge(FIRST), Succeeded)


@pytest.mark.parametrize(
    ("kind", "times"),
    [
        (GatewayKind.ONCE_ONLY, 1),
        (GatewayKind.KEY_AND_LOOK_UP, 2),
        (GatewayKind.KEY_ONLY, 2),
    ],
)
def test_a_forgotten_key_charges_again(kind: GatewayKind, times: int) -> None:
    """Whoever resends past the window is charged twice, but for the object that succeeds once."""
    clock = MovableClock()
    gateway = gateway_of(kind, Play.TIME_OUT_AFTER, clock=clock)
    anyhow(gateway, FIRST)
    clock.advance(DAY)
    gateway.charge(FIRST)

    assert charged(times) == gateway.taken("EUR")


def test_a_forgotten_key_may_stand_for_something_else() -> None:
    """What it was used for is forgotten with it."""
    clock = MovableClock()
    gateway = gateway_of(GatewayKind.KEY_ONLY, clock=clock)
    gateway.charge(FIRST)
    changed = evolve(FIRST, description="Another course")

    with pytest.raises(InvalidInput, match="a key not yet used with other contents"):
        gateway.charge(changed)
    clock.advance(DAY)
    assert isinstance(gateway.charge(changed), Succeeded)


def test_without_a_clock_nothing_is_forgotten() -> None:
    """Time stands still, so a key stays what it is."""
    gateway = ScriptedGateway(capabilities=Capabilities(keys_kept_for=timedelta(microseconds=1)))

    assert gateway.charge(FIRST) == gateway.charge(FIRST)


@pytest.mark.parametrize("kind", WITHOUT_KEYS)
def test_without_keys_each_request_is_a_charge(kind: GatewayKind) -> None:
    """The same key again takes the money again."""
    gateway = gateway_of(kind, Play.TIME_OUT_AFTER)
    anyhow(gateway, FIRST)
    gateway.charge(FIRST)

    assert charged(2) == gateway.taken("EUR")


@pytest.mark.parametrize("again", [SECOND, NEXT_EPOCH], ids=["attempt", "epoch"])
@pytest.mark.parametrize("play", [Play.SUCCEED, Play.PEND, Play.TIME_OUT_AFTER])
def test_an_object_succeeds_once(play: Play, again: ChargeRequest) -> None:
    """A further charge of the order, by whatever key, is answered with the one there is."""
    gateway = gateway_of(GatewayKind.ONCE_ONLY, play, Play.DECLINE)
    anyhow(gateway, FIRST)

    answer = gateway.charge(again)

    assert (gateway.charged[0].answer,) == (answer,)
    assert 1 == len(gateway.charged)
    assert answer == gateway.look_up(again.reference) == gateway.charge(again)
    assert isinstance(gateway.charge(OTHER), Declined)


@pytest.mark.parametrize("kind", OFTEN)
def test_other_kinds_charge_each_attempt(kind: GatewayKind) -> None:
    """They know nothing of orders: another attempt is another charge."""
    gateway = gateway_of(kind)
    gateway.charge(FIRST)
    gateway.charge(SECOND)

    assert charged(2) == gateway.taken("EUR")


@pytest.mark.parametrize("end", [Declined(code="do_not_honor"), Withdrawn()])
def test_an_object_that_took_nothing_can_be_charged_again(end: Answer) -> None:
    """Only what succeeded, or still may, stands in the way of a further charge."""
    gateway = gateway_of(GatewayKind.ONCE_ONLY, Play.PEND)
    gateway.charge(FIRST)
    gateway.finish(FIRST.reference, end)

    assert end == gateway.look_up(FIRST.reference)
    answer = gateway.charge(SECOND)
    assert isinstance(answer, Succeeded)
    # The object is read: it is one and the same for both.
    assert answer == gateway.look_up(FIRST.reference)


def test_a_declined_object_keeps_its_name() -> None:
    """It is made once, and confirmed as often as it takes; a withdrawn one is made anew."""
    gateway = gateway_of(GatewayKind.ONCE_ONLY, Play.DECLINE, Play.PEND, Play.SUCCEED)
    first, second = gateway.charge(FIRST), gateway.charge(SECOND)
    gateway.cancel(SECOND.reference)
    third = gateway.charge(request_for(3))

    names = [getattr(answer, "gateway_id", None) for answer in (first, second, third)]
    assert names[0] == names[1] != names[2]


@pytest.mark.rule("P1")
def test_an_object_for_each_attempt() -> None:
    """Where it is declared an order is paid by several charges, and an occurrence still by one."""
    able = evolve(PROFILES[GatewayKind.ONCE_ONLY], once_per_attempt=True)
    gateway = ScriptedGateway(capabilities=able)
    for request in (FIRST, SECOND, FIRST):
        gateway.charge(request)
    for attempt in (1, 2):
        reference = evolve(FIRST.reference, occurrence=1, attempt=attempt)
        gateway.charge(evolve(FIRST, reference=reference, key=IdempotencyKey(str(reference))))

    assert able.takes_parts
    assert charged(3) == gateway.taken("EUR")


def test_an_object_belongs_to_one_account() -> None:
    """Two accounts have orders of the same number."""
    gateway = gateway_of(GatewayKind.ONCE_ONLY)
    gateway.charge(FIRST)
    reference = evolve(FIRST.reference, account=AccountId("globex"))
    gateway.charge(evolve(FIRST, reference=reference, key=IdempotencyKey("globex")))

    assert charged(2) == gateway.taken("EUR")


def test_each_occurrence_has_an_object_of_its_own() -> None:
    """A recurring order is charged once for each of its occurrences, whatever the attempt."""
    gateway = gateway_of(GatewayKind.ONCE_ONLY)
    for occurrence in (1, 2):
        for attempt in (1, 2, 3):
            reference = evolve(FIRST.reference, occurrence=occurrence, attempt=attempt)
            gateway.charge(evolve(FIRST, reference=reference, key=IdempotencyKey(str(reference))))

    assert charged(2) == gateway.taken("EUR")


@pytest.mark.parametrize("kind", WITHOUT_LOOK_UP)
def test_without_look_up_there_is_no_word(kind: GatewayKind) -> None:
    """Who asks all the same hears nothing, though the book knows."""
    gateway = gateway_of(kind)
    gateway.charge(FIRST)

    with pytest.raises(OutcomeUnknown):
        gateway.look_up(FIRST.reference)
    with pytest.raises(OutcomeUnknown):
        gateway.look_up_refund(RefundReference(FIRST.reference, 1))
    assert gateway.book.find(FIRST.reference) == gateway.charged[0]


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [
        (GatewayKind.ONCE_ONLY, 0),
        (GatewayKind.KEY_AND_LOOK_UP, 30),
        (GatewayKind.LOOK_UP_ONLY, 30),
    ],
)
def test_a_look_up_may_lag(kind: GatewayKind, seconds: int) -> None:
    """A search finds a charge some time after it was executed; an object is read at once."""
    clock, lag = MovableClock(), timedelta(seconds=30)
    gateway = gateway_of(kind, Play.TIME_OUT_AFTER, clock=clock, look_up_lag=lag)
    anyhow(gateway, FIRST)

    found = []
    for _ in range(31):
        found.append(gateway.look_up(FIRST.reference) is not None)
        clock.advance(timedelta(seconds=1))

    assert [False] * seconds + [True] * (31 - seconds) == found


@pytest.mark.parametrize("plays", [(Play.DECLINE, Play.SUCCEED), (Play.SUCCEED, Play.PEND)])
def test_of_several_charges_what_took_money_is_found(plays: tuple[Play, Play]) -> None:
    """Where one reference was charged twice, the success is what matters."""
    gateway = gateway_of(GatewayKind.LOOK_UP_ONLY, *plays)
    gateway.charge(FIRST)
    gateway.charge(FIRST)

    assert isinstance(gateway.look_up(FIRST.reference), Succeeded)


def test_of_several_charges_the_pending_one_ends() -> None:
    """The one that succeeded has ended already."""
    gateway = gateway_of(GatewayKind.LOOK_UP_ONLY, Play.SUCCEED, Play.PEND)
    gateway.charge(FIRST)
    gateway.charge(FIRST)
    gateway.finish(FIRST.reference)

    assert charged(2) == gateway.taken("EUR")


@pytest.mark.parametrize("on", ["word", "clock"])
@pytest.mark.parametrize("kind", GatewayKind)
def test_a_charge_may_be_executed_late(kind: GatewayKind, on: str) -> None:
    """After the caller gave up it is executed when the test says so, or two minutes later."""
    clock = MovableClock()
    gateway = gateway_of(kind, Play.EXECUTE_LATE, clock=clock)
    assert anyhow(gateway, FIRST) is None
    clock.advance(timedelta(minutes=2) - TICK)
    before = gateway.charged

    if on == "word":
        gateway.execute_late()
    else:
        clock.advance(TICK)

    assert () == before
    assert charged(1) == gateway.taken("EUR")
    gateway.execute_late()
    assert charged(1) == gateway.taken("EUR")
    assert clock.now() == gateway.charged[0].at


@pytest.mark.parametrize(
    ("kind", "times"),
    [(kind, 1 if kind in WITH_KEYS else 2) for kind in GatewayKind],
)
def test_what_was_resent_meanwhile_is_not_executed_late(kind: GatewayKind, times: int) -> None:
    """The key that was sent again is answered alike; without keys both are executed."""
    gateway = gateway_of(kind, Play.EXECUTE_LATE)
    anyhow(gateway, FIRST)
    gateway.charge(FIRST)
    gateway.execute_late()

    assert charged(times) == gateway.taken("EUR")


def test_an_object_that_succeeded_is_not_charged_late() -> None:
    """By another key than the one that is late, too."""
    gateway = gateway_of(GatewayKind.ONCE_ONLY, Play.EXECUTE_LATE)
    anyhow(gateway, FIRST)
    gateway.charge(SECOND)
    gateway.execute_late()

    assert charged(1) == gateway.taken("EUR")


def test_a_late_charge_may_find_an_error_under_its_key() -> None:
    """Nobody hears of it, and nothing is executed."""
    gateway = gateway_of(GatewayKind.KEY_ONLY, Play.EXECUTE_LATE, Play.SERVER_ERROR_BEFORE)
    anyhow(gateway, FIRST)
    anyhow(gateway, FIRST)
    gateway.execute_late()

    assert () == gateway.charged


@pytest.mark.parametrize("kind", WITH_KEYS)
@pytest.mark.parametrize(
    ("play", "times"), [(Play.SERVER_ERROR_AFTER, 1), (Play.SERVER_ERROR_BEFORE, 0)]
)
def test_a_key_may_keep_an_error(kind: GatewayKind, play: Play, times: int) -> None:
    """A resend is answered with the same error, whatever was executed, until it is forgotten."""
    clock = MovableClock()
    gateway = gateway_of(kind, play, clock=clock)
    answers = [anyhow(gateway, FIRST) for _ in range(3)]

    assert [None] * 3 == answers
    assert charged(times) == gateway.taken("EUR")
    with pytest.raises(InvalidInput):
        gateway.charge(evolve(FIRST, description="Another course"))
    clock.advance(DAY)
    assert isinstance(gateway.charge(FIRST), Succeeded)


@pytest.mark.parametrize("kind", WITHOUT_KEYS)
def test_without_keys_an_error_is_kept_by_nothing(kind: GatewayKind) -> None:
    """The next request is a charge of its own."""
    gateway = gateway_of(kind, Play.SERVER_ERROR_AFTER)
    assert anyhow(gateway, FIRST) is None
    gateway.charge(FIRST)

    assert charged(2) == gateway.taken("EUR")


def test_behind_a_kept_error_the_charge_is_found() -> None:
    """A look-up tells what the key does not."""
    gateway = gateway_of(GatewayKind.KEY_AND_LOOK_UP, Play.SERVER_ERROR_AFTER)
    anyhow(gateway, FIRST)

    assert isinstance(gateway.look_up(FIRST.reference), Succeeded)


def refund_of(request: ChargeRequest, charge: str | None, *, number: int = 1) -> RefundRequest:
    """Return the request for all money of a charge."""
    return RefundRequest(
        reference=RefundReference(request.reference, number),
        charge=None if charge is None else GatewayId(charge),
        amount=EUR_10,
        reason="sent back",
    )


def test_two_attempts_on_one_object_share_its_money() -> None:
    """What went back of the one charge is gone, whichever attempt is named."""
    gateway = gateway_of(GatewayKind.ONCE_ONLY)
    gateway.charge(FIRST)
    gateway.charge(SECOND)

    assert isinstance(gateway.refund(refund_of(FIRST, "ch_1")), RefundSucceeded)
    assert isinstance(gateway.refund(refund_of(SECOND, None)), RefundRefused)


def test_a_charge_is_refunded_by_its_own_name() -> None:
    """Where one reference was charged twice, both can go back."""
    gateway = gateway_of(GatewayKind.NEITHER)
    gateway.charge(FIRST)
    gateway.charge(FIRST)

    answers = [gateway.refund(refund_of(FIRST, f"ch_{n}", number=n)) for n in (1, 2)]

    assert [RefundSucceeded] * 2 == [type(answer) for answer in answers]
    assert gateway.taken("EUR") == gateway.returned("EUR")


def test_a_name_that_it_does_not_know_stands_for_its_reference() -> None:
    """Whoever knows the attempt is given its money, under whatever name; and nobody else."""
    gateway = gateway_of(GatewayKind.NEITHER)
    gateway.charge(FIRST)

    assert isinstance(gateway.refund(refund_of(SECOND, "ch_1")), RefundRefused)
    assert isinstance(gateway.refund(refund_of(FIRST, "ch_9")), RefundSucceeded)
