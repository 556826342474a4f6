"""Refunds, answers and chargebacks in any order: what holds after each, and at the end."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from ordersales.errors import RuleRefused
from ordersales.models.charge import NotExecuted, Unknown
from ordersales.models.event import EventKind
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import DecisionKind, Order, OrderStatus
from ordersales.models.refund import (
    ChargebackWon,
    RefundAccepted,
    RefundKind,
    RefundRefused,
    RefundStatus,
    RefundSucceeded,
    ReturnReported,
)
from ordersales.rules import order_lifecycle, refund_settlement, refunds
from ordersales.rules.change import Change
from ordersales.rules.refund_settlement import RefundOutcome
from ordersales.values.identifiers import GatewayId, IdempotencyKey
from ordersales.values.money import Money
from tests.rules.refunding import (
    AFTER,
    BOSS,
    IN_PARTS,
    KEY,
    an_order,
    arrived,
    asked,
    begun,
    decided,
    eur,
    paid,
)

pytestmark = pytest.mark.rule("F1", "F2")

names = st.sampled_from(["re_1", "re_2", "dp_1", "dp_2"]).map(GatewayId)
amounts = st.integers(1, 6000).map(lambda cents: eur("0.01") * cents)


@frozen
class Ask:
    """A person asks for a refund."""

    invoice: int
    amount: Money


@frozen
class Word:
    """An outcome of a refund that was asked for here becomes known, if there is one."""

    invoice: int
    refund: int
    outcome: RefundOutcome
    proven: bool


@frozen
class Told:
    """The payment system tells of money that goes back, or comes back, by itself."""

    invoice: int
    said: ReturnReported | ChargebackWon


outcomes: st.SearchStrategy[RefundOutcome] = st.one_of(
    st.builds(RefundSucceeded, gateway_id=names),
    st.builds(RefundAccepted, gateway_id=names),
    st.just(RefundRefused(code="no")),
    st.just(NotExecuted(reason="no connection")),
    st.just(Unknown(reason="timed out")),
)
reports = st.builds(
    ReturnReported,
    kind=st.sampled_from([RefundKind.EXTERNAL, RefundKind.CHARGEBACK]),
    gateway_id=names,
    amount=amounts,
)
wins = st.builds(ChargebackWon, gateway_id=names)
steps = st.one_of(
    st.builds(Ask, st.integers(0, 1), amounts),
    st.builds(Word, st.integers(0, 1), st.integers(0, 3), outcomes, st.booleans()),
    st.builds(Told, st.integers(0, 1), reports | wins),
)


def taken(order: Order, step: Ask | Word | Told) -> Change | None:
    """Return what a step changes; None if nothing, or if it is refused."""
    invoice = order.invoices[step.invoice]
    if isinstance(step, Ask):
        key = IdempotencyKey(f"back-{len(order.refunds)}")
        part = [(invoice, step.amount)]
        try:
            return refunds.start(order, part, at=AFTER, key=key, reason="so", by=BOSS)
        except RuleRefused:
            return None
    if isinstance(step, Told):
        if isinstance(step.said, ReturnReported):
            return refund_settlement.report(order, invoice, step.said, AFTER)
        return refund_settlement.win_back(order, invoice, step.said, AFTER)
    refund = invoice.refund(step.refund + 1)
    if refund is None or refund.reference is None:
        return None
    return refund_settlement.settle(order, invoice, refund, step.outcome, AFTER, proven=step.proven)


def check(order: Order) -> None:
    """Assert what always holds of an order and its refunds."""
    for invoice in order.invoices:
        booked = invoice.returned + invoice.reserved
        assert booked <= (invoice.amount if invoice.captured else eur(0))
        assert not invoice.refundable.is_negative
        if invoice.captured:
            all_back = invoice.returned == invoice.amount
            assert all_back is (invoice.status is InvoiceStatus.REFUNDED)
        assert [*range(1, len(invoice.refunds) + 1)] == [item.number for item in invoice.refunds]
        for refund in invoice.refunds:
            assert (None if refund.status is RefundStatus.PENDING else AFTER) == refund.settled_at
            assert AFTER == refund.requested_at
        left_over = any(item.excess for item in invoice.refunds if counts(item.status))
        assert not left_over or invoice.refundable.is_zero or not invoice.captured
    fresh = attrs.evolve(order, status=OrderStatus.OPEN)
    assert order.status is order_lifecycle.derive_status(fresh, order.invoices, order.decision)


def counts(status: RefundStatus) -> bool:
    """Tell whether money of a refund in that status went back."""
    return status is RefundStatus.SUCCEEDED


def two_payments(decision: DecisionKind | None) -> Order:
    """Return an order of which 60 and 40 were paid, or 60 and 30 and then decided."""
    order = paid(an_order(IN_PARTS), eur(60))
    if decision is None:
        return paid(order, eur(40))
    return decided(paid(order, eur(30)), decision)


@given(
    st.sampled_from([None, DecisionKind.CONFIRMED, DecisionKind.DECLINED]),
    st.lists(steps, max_size=25),
)
def test_any_interleaving(
    decision: DecisionKind | None, taken_steps: Sequence[Ask | Word | Told]
) -> None:
    """Refunded and reserved never exceed what was captured, and statuses are as derived.

    Nothing but asking changes anything a second time, and every change leaves one event.
    """
    order = two_payments(decision)
    for step in taken_steps:
        change = taken(order, step)
        if change is None:
            continue
        (event,) = change.events
        number = order.invoices[step.invoice].number
        assert (order.account, order.number, number, AFTER) == (
            event.account, event.order, event.invoice, event.at,
        )  # fmt: skip
        assert isinstance(event.kind, EventKind)
        assert "None" not in event.note
        assert (order.status, change.order.status) == (
            event.before, event.after,
        )  # fmt: skip
        order = change.order
        check(order)
        if not isinstance(step, Ask):
            assert taken(order, step) is None


@given(st.data())
def test_any_order_of_the_same_words(data: st.DataObject) -> None:
    """However the same words come, late, early or twice, the same money is back at the end."""
    words: list[Told | Word | None] = [
        None,  # the second payment's own success
        Word(0, 0, data.draw(st.sampled_from([RefundSucceeded(gateway_id=GatewayId("re_9")),
                                              RefundRefused(code="no")])), proven=False),
        *(Told(at, ReturnReported(kind=kind, gateway_id=GatewayId(name), amount=amount))
          for at, kind, name, amount in (
              (0, RefundKind.EXTERNAL, "re_1", data.draw(amounts)),
              (0, RefundKind.CHARGEBACK, "dp_1", data.draw(amounts)),
              (1, RefundKind.CHARGEBACK, "dp_2", data.draw(amounts)),
          )),
        Told(data.draw(st.integers(0, 1)), ChargebackWon(gateway_id=GatewayId("dp_1"))),
        Told(1, ChargebackWon(gateway_id=GatewayId("dp_2"))),
    ]  # fmt: skip
    repeated = words + data.draw(st.lists(st.sampled_from(words), max_size=4))

    ends = {ended(repeated), ended(data.draw(st.permutations(repeated)))}

    assert 1 == len(ends)


def ended(words: Sequence[Told | Word | None]) -> tuple[object, ...]:
    """Return how an order stands that heard these words."""
    order = begun(paid(an_order(IN_PARTS), eur(60)), eur(40))
    order = asked(order, eur(25), at=0, key=KEY)
    for said in words:
        if said is None:
            pending = order.invoices[1].status is InvoiceStatus.PENDING
            order = arrived(order) if pending else order
        else:
            change = taken(order, said)
            order = order if change is None else change.order
    check(order)
    return order.status, *((item.status, item.returned) for item in order.invoices)


@given(
    st.lists(st.integers(1, 5000), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5000)), max_size=4),
    st.integers(1, 20_000),
)
def test_a_spread_adds_up(shares: list[int], gone: list[tuple[int, int]], cents: int) -> None:
    """The parts add up exactly, none exceeds what is left, and the newest give all of theirs."""
    order = an_order(IN_PARTS)
    order = attrs.evolve(order, price=eur("0.01") * sum(shares))
    for share in shares:
        order = paid(order, eur("0.01") * share)
    for at, some in gone:
        change = taken(order, Ask(at % len(shares), eur("0.01") * some))
        order = order if change is None else change.order
    amount = eur("0.01") * cents

    left = Money.total((item.refundable for item in order.invoices), "EUR")
    try:
        parts = refunds.spread(order, amount)
    except RuleRefused:
        assert amount > left
        return

    assert amount == Money.total((part for _, part in parts), "EUR")
    giving = [invoice.number for invoice, _ in parts]
    newest = [item.number for item in order.newest_payments if item.refundable.is_positive]
    assert newest[: len(giving)] == giving
    assert all(part == invoice.refundable for invoice, part in parts[:-1])
    assert all(eur(0) < part <= invoice.refundable for invoice, part in parts)
