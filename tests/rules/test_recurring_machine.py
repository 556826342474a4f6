"""Whatever happens to a recurring order, in whatever order, what must hold of it holds."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ordersales.models.charge import (
    Accepted,
    Misconfigured,
    NotExecuted,
    Outcome,
    Unknown,
    Withdrawn,
)
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import AttentionReason, Order, OrderStatus
from ordersales.models.recurring_order import RecurringStatus
from ordersales.models.recurring_terms import ResumePolicy
from ordersales.rules import recurring_charging, recurring_decisions, schedule, settlement
from ordersales.rules.recurring_lifecycle import What
from ordersales.values.identifiers import GatewayId
from tests.rules.agreements import (
    CARDS,
    MONTHLY,
    NEVER,
    NO,
    NO_METHOD,
    OTHER_CARD,
    Agreement,
    yes,
)

OUTCOMES: tuple[Outcome, ...] = (
    NO,
    NO_METHOD,
    NEVER,
    Withdrawn(),
    NotExecuted(reason="refused"),
    Unknown(reason="timed out"),
    Accepted(gateway_id=GatewayId("ch-9")),
    Misconfigured(code="no_such_customer"),
)
PASSES = st.sampled_from([timedelta(minutes=1), timedelta(days=1), timedelta(days=40)])


@pytest.mark.rule("R3", "R6", "R7", "R8", "R14")
class OneRecurringOrder(RuleBasedStateMachine):
    """The timer, a person, the customer and the gateway at one recurring order."""

    @initialize(
        payments=st.none() | st.integers(1, 4),
        policy=st.sampled_from(ResumePolicy),
        final=st.booleans(),
    )
    def start(self, payments: int | None, policy: ResumePolicy, final: bool) -> None:
        """Let it start."""
        terms = attrs.evolve(
            MONTHLY, payments=payments, on_resume=policy, retry_final_declines=final
        )
        self.agreement = Agreement().started(terms)
        self.due_before = self.agreement.it.due_at
        self.settled: dict[tuple[int, int], InvoiceStatus] = {}

    @property
    def open_attempt(self) -> tuple[Order, Invoice] | None:
        """The attempt of it that has no final word, if there is one."""
        pending = [
            (order, invoice)
            for order in self.agreement.orders.values()
            for invoice in order.invoices
            if invoice.status is InvoiceStatus.PENDING
        ]
        assert len(pending) <= 1
        return pending[0] if pending else None

    @rule(by=PASSES)
    def time_passes(self, by: timedelta) -> None:
        """Let some pass."""
        self.agreement.now += by

    @rule()
    def timer(self) -> None:
        """Let the timer begin what is due."""
        if recurring_charging.due(self.agreement.it, self.agreement.now):
            assert self.open_attempt is None
            self.agreement.begin()

    @precondition(lambda self: self.open_attempt is not None)
    @rule(outcome=st.sampled_from([*OUTCOMES, None]))
    def gateway(self, outcome: Outcome | None) -> None:
        """Let a word about the open attempt come: None is that the money was taken."""
        found = self.open_attempt
        assert found is not None
        self.agreement.hear(found[0], outcome or yes(found[0]))

    @rule(data=st.data(), outcome=st.sampled_from([*OUTCOMES, None]), proven=st.booleans())
    def late_word(self, data: st.DataObject, outcome: Outcome | None, proven: bool) -> None:
        """Let a word come of any attempt there ever was."""
        order = data.draw(st.sampled_from(sorted(self.agreement.orders.values(), key=_number)))
        invoice = data.draw(st.sampled_from(order.invoices))
        change = settlement.settle(
            order, invoice, outcome or yes(order), self.agreement.now, proven=proven
        )
        if change is not None:
            self.agreement.keep(change)

    @rule(what=st.sampled_from([What.PAUSED, What.ACTIVATED, What.COMPLETED]))
    def person(self, what: What) -> None:
        """Let a person do what is allowed."""
        agreement = self.agreement
        if recurring_decisions.refusal(agreement.it, what) is not None:
            return
        act = {
            What.PAUSED: recurring_decisions.pause,
            What.ACTIVATED: recurring_decisions.activate,
            What.COMPLETED: recurring_decisions.complete,
        }[what]
        order = None if agreement.it.current is None else agreement.current
        agreement.recurring = act(agreement.it, agreement.now, by=None, reason="").recurring
        if what is What.COMPLETED and order is not None:
            closed = recurring_decisions.close(order, agreement.now, by=None, reason="stop")
            if closed is not None:
                agreement.orders[order.number] = closed.order
                agreement.recurring = recurring_decisions.after_closing(agreement.it, closed.order)
        if what is What.ACTIVATED:
            self.due_before = min(self.due_before, agreement.it.due_at)

    @rule()
    def replace_method(self) -> None:
        """Let a person replace the method."""
        if not self.agreement.it.ended:
            self.agreement.recurring = recurring_decisions.replace_method(
                self.agreement.it, OTHER_CARD, CARDS, self.agreement.now, by=None
            ).recurring

    @rule()
    def ask_again(self) -> None:
        """Let a person attempt now, where that is allowed and nothing is left unsent."""
        it = self.agreement.it
        order = None if it.current is None else self.agreement.current
        refused = recurring_charging.ask_again_refusals(it, order, self.agreement.now)
        if not refused and order is not None and recurring_charging.unsent(order) is None:
            self.agreement.again(f"again-{len(self.agreement.events)}")

    @invariant()
    def holds(self) -> None:
        """What must hold of the records, after every step."""
        it, orders = self.agreement.it, self.agreement.orders
        found = self.open_attempt
        assert (it.status is RecurringStatus.COMPLETED) or it.payments_remaining != 0
        if it.current is None:
            assert it.retry_at is None
        else:
            assert orders[it.current].status is OrderStatus.OPEN
            assert (found is None) is (it.retry_at is not None)
        if found is not None:
            assert it.current == found[0].number
        assert it.due_at == schedule.date(it.anchor, it.terms.cadence, it.terms.zone, it.slot)
        assert it.next_action is None or it.status is RecurringStatus.ACTIVE
        assert sorted(order.number for order in orders.values() if _open(order)) == (
            [] if it.current is None else [it.current]
        )

    @invariant()
    def counts(self) -> None:
        """Successes are counted once each; at most three attempts of an order count."""
        it, orders = self.agreement.it, self.agreement.orders.values()
        paid = [order for order in orders if order.status is OrderStatus.COMPLETED]
        twice = [order for order in paid if _charged_twice(order)]
        assert it.payments_made == len(paid) - len(twice)
        indexes = [order.occurrence.index for order in orders if order.occurrence is not None]
        assert sorted(indexes) == list(range(1, it.occurrences + 1))
        for order in orders:
            counted = [item for item in order.invoices if not item.extra and _failed(item)]
            assert len(counted) <= 3
            numbers = [item.attempt.reference.attempt for item in order.invoices if item.attempt]
            assert numbers == list(range(1, len(numbers) + 1))

    @invariant()
    def final_states_absorb(self) -> None:
        """A final word stays, but for money that did arrive."""
        for order in self.agreement.orders.values():
            for invoice in order.invoices:
                name = (order.number, invoice.number)
                before = self.settled.get(name)
                if before is InvoiceStatus.PAID:
                    assert invoice.status is InvoiceStatus.PAID
                elif before is not None:
                    assert invoice.status in (before, InvoiceStatus.PAID)
                if invoice.status is not InvoiceStatus.PENDING:
                    self.settled[name] = invoice.status


def _number(order: Order) -> int:
    return order.number


def _open(order: Order) -> bool:
    return order.status is OrderStatus.OPEN


def _failed(invoice: Invoice) -> bool:
    return invoice.status is InvoiceStatus.FAILED


def _charged_twice(order: Order) -> bool:
    words = "its date was charged anew by another order"
    return any(
        flag.reason is AttentionReason.CHARGED_TWICE and flag.detail == words
        for flag in order.attention
    )


TestOneRecurringOrder = OneRecurringOrder.TestCase
TestOneRecurringOrder.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
