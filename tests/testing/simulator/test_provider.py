"""The simulated provider keeps the word of its kind, and breaks only what chance says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
import pytest

from ordersales import AccountId
from ordersales.errors import NotSent, OrdersalesError, OutcomeUnknown
from ordersales.models.charge import (
    Accepted,
    Answer,
    ChargeRequest,
    Declined,
    Misconfigured,
    Succeeded,
    Withdrawn,
)
from ordersales.models.refund import (
    ChargebackWon,
    RefundAccepted,
    RefundKind,
    RefundReference,
    RefundRefused,
    RefundRequest,
    RefundSucceeded,
    RefundTold,
    ReturnReported,
)
from ordersales.ports.gateway import GatewayKind
from ordersales.testing.simulator.faults import FaultKind
from ordersales.testing.simulator.provider import Objects, Provider
from ordersales.testing.simulator.truth import Charge
from ordersales.testing.simulator.world import DAY, SECOND, World
from ordersales.values.identifiers import AttemptReference, GatewayId, IdempotencyKey, OrderNumber
from tests.drivers import eur

KEYED: Final = [GatewayKind.ONCE_ONLY, GatewayKind.KEY_AND_LOOK_UP, GatewayKind.KEY_ONLY]
FOUND: Final = [GatewayKind.ONCE_ONLY, GatewayKind.KEY_AND_LOOK_UP, GatewayKind.LOOK_UP_ONLY]


def a_request(order: int = 1, key: str | None = None) -> ChargeRequest:
    """Return what a gateway is asked."""
    reference = AttemptReference(AccountId("acme"), OrderNumber(order), 1)
    return ChargeRequest(
        reference=reference,
        key=IdempotencyKey(key or f"{reference}~0"),
        amount=eur("10.00"),
        method=None,
        description="A course",
    )


def opened(kind: GatewayKind, *, calm: bool = True) -> tuple[World, Provider]:
    """Return a provider that has good days only, unless it is not to be calm."""
    world = World("17")
    world.chances.calm = calm
    return world, Provider(world, kind, lambda *_: None)


def charged(provider: Provider, wanted: type[Answer]) -> tuple[ChargeRequest, Any]:
    """Charge until the answer is of that kind."""
    for order in range(1, 200):
        request = a_request(order)
        answer = provider.charge(request)
        if isinstance(answer, wanted):
            return request, answer
    raise AssertionError(f"no charge was {wanted}")


def wait(world: World, milliseconds: int) -> None:
    """Let so much time go by."""
    world.after(milliseconds, lambda: None)
    world.run()


@pytest.mark.parametrize("kind", GatewayKind)
def test_each_kind_declares_itself(kind: GatewayKind) -> None:
    """A provider can do what its kind says."""
    assert kind is opened(kind)[1].capabilities.kind


@pytest.mark.parametrize("kind", KEYED)
def test_a_key_is_answered_alike_while_it_is_kept(kind: GatewayKind) -> None:
    """The same key gives the same answer for a day, and is a new charge after it."""
    world, provider = opened(kind)
    request, answer = charged(provider, Declined)
    before = len(provider.book.charges)
    wait(world, DAY - SECOND)
    assert answer == provider.charge(request)
    assert before == len(provider.book.charges)

    wait(world, SECOND)
    provider.charge(request)

    assert world.violation is not None
    assert (2, before + 1) == (world.violation.number, len(provider.book.charges))


@pytest.mark.parametrize("kind", [GatewayKind.LOOK_UP_ONLY, GatewayKind.NEITHER])
def test_without_keys_each_call_is_a_charge(kind: GatewayKind) -> None:
    """Where keys are not known the same question takes the money again, which breaks 3."""
    world, provider = opened(kind)
    request, _ = charged(provider, Succeeded)
    broken = []
    for n in range(20):
        provider.charge(attrs.evolve(request, key=IdempotencyKey(f"again {n}")))
        broken.append(world.violation)

    assert broken[-1] is not None
    assert 3 == broken[-1].number


def test_an_object_takes_its_money_once() -> None:
    """A once-only object answers every key with its one charge, once it may take the money."""
    world, provider = opened(GatewayKind.ONCE_ONLY)
    request, answer = charged(provider, Succeeded)
    wait(world, 2 * DAY)

    assert answer == provider.charge(attrs.evolve(request, key=IdempotencyKey("another")))
    assert world.violation is None


def another(request: ChargeRequest, attempt: int, occurrence: int | None = None) -> ChargeRequest:
    """Return the request for another attempt on the same order, or occurrence."""
    reference = attrs.evolve(request.reference, attempt=attempt, occurrence=occurrence)
    return attrs.evolve(request, reference=reference, key=IdempotencyKey(f"{reference}~0"))


@pytest.mark.rule("P1")
@pytest.mark.parametrize(
    ("objects", "parts", "charges"),
    [
        (Objects.AN_ATTEMPT, True, 2),
        (Objects.AN_ORDER, False, 1),
        (Objects.AN_ORDER_UNTOLD, True, 1),
    ],
)
def test_what_an_object_is_made_for(objects: Objects, parts: bool, charges: int) -> None:
    """A second payment of an order takes money where it has an object of its own, and only there."""
    world = World("17")
    world.chances.calm = True
    provider = Provider(world, GatewayKind.ONCE_ONLY, lambda *_: None, objects)
    request, first = charged(provider, Succeeded)
    count = len(provider.book.charges)

    for attempt in range(2, 40):
        answer = provider.charge(another(request, attempt))
        if isinstance(answer, Succeeded):
            break

    assert parts is provider.capabilities.takes_parts
    assert isinstance(answer, Succeeded)
    assert (charges == 1) is (answer == first)
    assert (charges == 1) is (len(provider.book.charges) == count)


def test_an_object_of_an_occurrence_has_one_name() -> None:
    """Declined or paid, an occurrence is known by one name; only its money is told of others."""
    world, provider = opened(GatewayKind.ONCE_ONLY)
    declined, first = charged(provider, Declined)
    of_two = [another(declined, attempt, 2) for attempt in range(1, 60)]
    said = [provider.charge(request) for request in of_two]

    names = {getattr(answer, "gateway_id", None) for answer in said} - {None}
    paid = next(answer for answer in said if isinstance(answer, Succeeded | Accepted))
    assert 1 == len(names)
    assert first.gateway_id not in names
    assert paid.gateway_id in names
    assert isinstance(provider.look_up(of_two[-1].reference), Succeeded | Accepted)
    assert provider.look_up(another(declined, 1, 3).reference) is None
    assert world.violation is None


@pytest.mark.parametrize("kind", FOUND)
def test_a_charge_is_found_by_its_reference(kind: GatewayKind) -> None:
    """A look-up tells what there is: a success before a decline, and None for nothing."""
    _, provider = opened(kind)
    request, answer = charged(provider, Succeeded)
    earlier = Declined(code="no", gateway_id=GatewayId("ch_0"))
    provider.book.under(request.reference).insert(0, Charge(request, GatewayId("0"), earlier, 0))

    assert answer == provider.look_up(request.reference)
    assert provider.look_up(a_request(999).reference) is None
    assert provider.cancel(a_request(999).reference) is None
    # What is to be canceled is what may take money, and it did.
    assert answer == provider.cancel(request.reference)


def test_a_charge_that_waits_is_answered_or_canceled() -> None:
    """The bank's final word comes within days, unless the charge was canceled before."""
    world, provider = opened(GatewayKind.LOOK_UP_ONLY)
    first, _ = charged(provider, Accepted)
    assert isinstance(provider.cancel(first.reference), Withdrawn)
    for order in range(300, 400):
        provider.charge(a_request(order))
    wait(world, 3 * DAY)

    assert isinstance(provider.look_up(first.reference), Withdrawn)
    answers = {type(charge.answer) for charge in provider.book.charges}
    assert {Succeeded, Declined, Withdrawn} == answers


def charge(provider: Provider, n: int) -> object:
    """Charge, and return the error if there was one."""
    return tried(lambda: provider.charge(a_request(n)))


def tried(call: Callable[[], object]) -> object:
    """Return what a call answers, or raises."""
    try:
        return call()
    except OrdersalesError as error:
        return error


def test_every_bad_day_of_a_charge() -> None:
    """Chance brings each fault; each leaves its answer with the caller and its mark in the book."""
    world, provider = opened(GatewayKind.KEY_AND_LOOK_UP, calm=False)
    seen: dict[FaultKind, set[tuple[type, int]]] = {}
    for n in range(1, 600):
        met, before = len(world.chances.met), len(provider.book.charges)
        answer = charge(provider, n)
        for fault in world.chances.met[met : met + 1]:
            grown = len(provider.book.charges) - before
            seen.setdefault(fault.kind, set()).add((type(answer), grown))
    lost = OutcomeUnknown

    assert {(NotSent, 0)} == seen[FaultKind.NOT_SENT]
    assert {(lost, 0)} == seen[FaultKind.REQUEST_LOST] == seen[FaultKind.LATE]
    assert {(lost, 0)} == seen[FaultKind.ERROR_STORED]
    assert (lost, 1) in seen[FaultKind.ERROR_CHARGED]
    assert (lost, 1) in seen[FaultKind.ANSWER_LOST]
    before = len(provider.book.charges)
    wait(world, 3 * DAY)
    assert len(provider.book.charges) > before
    others = [
        charge for charge in provider.book.charges if charge.taken not in (None, eur("10.00"))
    ]
    assert all(eur("10.01") == charge.taken for charge in others)
    assert others


def test_a_stored_error_is_told_again() -> None:
    """An error is the first answer of its key, for as long as it is kept."""
    world, provider = opened(GatewayKind.KEY_ONLY, calm=False)
    for n in range(1, 600):
        charge(provider, n)
        if any(FaultKind.ERROR_CHARGED is fault.kind for fault in world.chances.met):
            break
    world.chances.calm = True

    assert OutcomeUnknown("HTTP 500") == charge(provider, n)


def a_refund(request: ChargeRequest, answer: Succeeded, number: int = 1) -> RefundRequest:
    """Return what a gateway is asked to return."""
    return RefundRequest(
        reference=RefundReference(request.reference, number),
        charge=answer.gateway_id,
        amount=eur("1.00"),
        reason="Late",
    )


@pytest.mark.parametrize("kind", [GatewayKind.ONCE_ONLY, GatewayKind.KEY_ONLY])
def test_a_refund_is_made_once(kind: GatewayKind) -> None:
    """The same reference is answered alike; more than there is, or of no charge, is refused."""
    _, provider = opened(kind)
    request, answer = charged(provider, Succeeded)
    wanted = a_refund(request, answer)
    first = provider.refund(wanted)

    assert first == provider.refund(wanted)
    none = provider.refund(attrs.evolve(a_refund(request, answer, 8), charge=GatewayId("ch_none")))
    much = provider.refund(attrs.evolve(a_refund(request, answer, 9), amount=eur("10.01")))
    assert RefundRefused(code="exceeds_charge") == none == much


def test_a_refund_that_is_made_twice() -> None:
    """Where keys are not known a second question returns the money again, which breaks 3."""
    world, provider = opened(GatewayKind.NEITHER)
    request, answer = charged(provider, Succeeded)
    for _ in range(5):
        provider.refund(a_refund(request, answer))

    assert world.violation is not None
    assert 3 == world.violation.number


def test_every_bad_day_of_a_refund() -> None:
    """Chance brings each fault and each answer, and a refund that waits is answered in the end."""
    world, provider = opened(GatewayKind.KEY_AND_LOOK_UP)
    charges = [charged(provider, Succeeded)]
    for order in range(200, 600):
        answer = provider.charge(a_request(order))
        if isinstance(answer, Succeeded):
            charges.append((a_request(order), answer))
    world.chances.calm = False
    answers = [tried(lambda item=item: provider.refund(a_refund(*item))) for item in charges]
    kinds = {RefundSucceeded, RefundAccepted, RefundRefused, OutcomeUnknown, NotSent}

    assert kinds == {type(answer) for answer in answers}
    world.chances.calm = True
    wait(world, 3 * DAY)
    ends = {type(item.answer) for item in provider.book.returns}
    assert {RefundSucceeded, RefundRefused} == ends
    found = [provider.look_up_refund(item.request.reference) for item in provider.book.returns]
    assert [item.answer for item in provider.book.returns] == found
    assert provider.look_up_refund(RefundReference(charges[0][0].reference, 9)) is None


def test_look_ups_have_bad_days() -> None:
    """A look-up may fail, and may miss what was executed half a minute ago."""
    world, provider = opened(GatewayKind.LOOK_UP_ONLY)
    request, answer = charged(provider, Succeeded)
    provider.refund(a_refund(request, answer))
    world.chances.calm = False
    calls: list[Callable[[], object]] = [
        lambda: provider.look_up(request.reference),
        lambda: provider.cancel(request.reference),
        lambda: provider.look_up_refund(RefundReference(request.reference, 1)),
    ]
    fresh = [{str(tried(call)) for _ in range(60)} for call in calls]
    wait(world, 40 * SECOND)
    settled = [{str(tried(call)) for _ in range(60)} for call in calls]

    assert [True, False, True] == ["None" in told for told in fresh]
    assert [False] * 3 == ["None" in told for told in settled]
    failed = str(OutcomeUnknown("HTTP 503"))
    assert all(failed in told for told in (*fresh, *settled))


def test_messages_are_lost_late_and_repeated() -> None:
    """A message comes never, once or more often, and what it says can be read."""
    world = World("17")
    came: list[tuple[str, bytes]] = []

    def deliver(name: str, body: bytes, headers: Mapping[str, str]) -> None:
        came.append((name, body))

    provider = Provider(world, GatewayKind.KEY_AND_LOOK_UP, deliver)
    world.chances.calm = True
    taken = [charged(provider, Succeeded)]
    world.chances.calm = False
    for n in range(500, 700):
        charge(provider, n)
    world.run()
    times = {name: [one for one, _ in came].count(name) for name, *_ in provider.sent}

    assert {0, 1, 2, 3} == set(times.values())
    request, answer = taken[0]
    event = provider.read_webhook(came[0][1], {})
    assert event is not None
    assert (str(request.reference), answer) == (event.reference, event.outcome)
    assert f"evt {came[0][0]}" == event.event_id


def test_money_goes_back_by_itself() -> None:
    """What goes back without our asking is told, never lost, and may be won back."""
    world = World("17")
    came: list[object] = []

    def deliver(name: str, body: bytes, headers: Mapping[str, str]) -> None:
        event = provider.read_webhook(body, headers)
        came.append(None if event is None else event.outcome)

    provider = Provider(world, GatewayKind.NEITHER, deliver)
    world.chances.calm = True
    charged(provider, Succeeded)
    world.chances.calm = False
    charge = provider.book.charges[-1]
    names = [provider.return_by_itself(charge, RefundKind.CHARGEBACK, 10) for _ in range(40)]
    assert 600 == provider.book.left(charge)
    provider.win_back(charge, names[0])
    world.run()

    reports = {item.gateway_id for item in came if isinstance(item, ReturnReported)}
    assert set(names) == reports
    assert ChargebackWon(gateway_id=names[0]) in came
    assert 610 == provider.book.left(charge)


def test_a_refund_is_told() -> None:
    """The final word on a refund is told by its reference."""
    world = World("17")
    world.chances.calm = True
    came: list[object] = []

    def deliver(name: str, body: bytes, headers: Mapping[str, str]) -> None:
        event = provider.read_webhook(body, headers)
        came.append(None if event is None else event.outcome)

    provider = Provider(world, GatewayKind.NEITHER, deliver)
    request, answer = charged(provider, Succeeded)
    told = [provider.refund(a_refund(request, answer, n)) for n in range(1, 8)]
    world.run()

    assert any(isinstance(item, RefundAccepted) for item in told)
    references = {item.reference for item in came if isinstance(item, RefundTold)}
    assert {str(item.request.reference) for item in provider.book.returns} == references


def test_a_set_up_that_is_refused_leaves_no_charge() -> None:
    """What is misconfigured is not in the book."""
    _, provider = opened(GatewayKind.NEITHER)
    request, answer = charged(provider, Misconfigured)

    assert "no_such_customer" == answer.code
    assert [] == provider.book.under(request.reference)
