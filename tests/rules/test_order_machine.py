"""One order through anything that may happen to it, in any order, as often as it likes."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from ordersales.errors import ExceedsOutstanding, InvalidInput, RuleRefused
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
from ordersales.models.offer import InFull, PaymentTerms
from ordersales.models.order import (
    AttentionReason,
    DecisionKind,
    Order,
    OrderStatus,
)
from ordersales.models.refund import (
    ChargebackWon,
    Refund,
    RefundAccepted,
    RefundKind,
    RefundRefused,
    RefundSucceeded,
    ReturnReported,
)
from ordersales.models.stage import Stage
from ordersales.rules import (
    attempts,
    decisions,
    invoice_lifecycle,
    manual_payments,
    order_lifecycle,
    payment_terms,
    refund_settlement,
    refunds,
    settlement,
)
from ordersales.rules.change import Change
from ordersales.rules.refund_settlement import RefundOutcome
from ordersales.values.identifiers import GatewayId, IdempotencyKey, InvoiceNumber
from ordersales.values.money import Money
from tests.rules.shop import (
    BOSS,
    CARD,
    CARDS,
    IN_FULL,
    IN_PARTS,
    IN_THIRDS,
    IN_THREE,
    NO,
    NOON,
    OTHER_CHARGE,
    an_order,
    charge_of,
    eur,
    usd,
)

CENT = eur("0.01")

#: The steps that the tables of rules O5 and I2 allow.
ORDER_STEPS = {(was, then) for (was, _), then in order_lifecycle.TRANSITIONS.items()}
INVOICE_STEPS = {(was, then) for (was, _), then in invoice_lifecycle.TRANSITIONS.items()}
#: What may end an open order of which all had been returned: it goes on to Refund at once.
ENDINGS = {
    EventKind.ORDER_CONFIRMED,
    EventKind.ORDER_DECLINED,
    EventKind.ORDER_CANCELED,
    EventKind.ORDER_EXPIRED,
    EventKind.PAYMENT_FAILED,
    EventKind.PAYMENT_CANCELED,
}

TERMS: list[tuple[PaymentTerms, int | None]] = [
    (IN_FULL, None),
    (IN_PARTS, None),
    (IN_THREE, None),
    (IN_THIRDS, None),
    (IN_FULL, 1),
    (IN_FULL, 3),
]

WORDS = [
    "succeeded",
    "succeeded, with a fee",
    "succeeded, another charge",
    "succeeded, less",
    "declined",
    "withdrawn",
    "accepted",
    "not sent",
    "misconfigured",
    "no word",
]


def said(word: str, invoice: Invoice) -> Outcome:
    """Return what a gateway says of `invoice` in one word; another charge is one of several."""
    asked, charge = invoice.amount, charge_of(invoice)
    fee = Money(asked.minor // 50, asked.currency)
    less = Money(asked.minor - 1, asked.currency)
    return {
        "succeeded": Succeeded(gateway_id=charge, amount=asked),
        "succeeded, with a fee": Succeeded(gateway_id=charge, amount=asked, fee=fee),
        "succeeded, another charge": Succeeded(gateway_id=OTHER_CHARGE, amount=asked),
        "succeeded, less": Succeeded(gateway_id=charge, amount=less),
        "declined": NO,
        "withdrawn": Withdrawn(),
        "accepted": Accepted(gateway_id=charge),
        "not sent": NotExecuted(reason="no connection"),
        "misconfigured": Misconfigured(code="no_such_customer"),
        "no word": Unknown(reason="timeout"),
    }[word]


class OneOrder(RuleBasedStateMachine):
    """An order, and beside it what a bookkeeper who knows no rules would have noted."""

    order: Order
    now: datetime = NOON
    #: What each invoice covers whose money came.
    came: dict[InvoiceNumber, Money]
    #: Why a person has to look, and at which invoice.
    flags: list[tuple[AttentionReason, InvoiceNumber]]
    events: list[Event]
    #: What went back, and what is on its way back, of each refund of each invoice.
    returned: dict[tuple[InvoiceNumber, int], Money]
    reserved: dict[tuple[InvoiceNumber, int], Money]
    #: The chargebacks that may still be won back.
    charged_back: dict[tuple[InvoiceNumber, int], GatewayId]

    @initialize(
        terms=st.sampled_from(TERMS), minor=st.integers(1, 20_000) | st.sampled_from([1, 2, 10_000])
    )
    def place(self, terms: tuple[PaymentTerms, int | None], minor: int) -> None:
        """Place the order."""
        payment, attempts_allowed = terms
        price = Money(minor, CENT.currency)
        self.order = an_order(str(price.amount), payment, attempts_allowed=attempts_allowed)
        self.came, self.flags, self.events = {}, [], []
        self.returned, self.reserved, self.charged_back = {}, {}, {}

    def book(self, change: Change) -> None:
        """Take a change over, and check that it is one step, told by one event."""
        before, after = self.order, change.order
        (event,) = change.events
        self.events.append(event)
        assert (before.account, before.number, self.now) == (event.account, event.order, event.at)
        assert (before.status, after.status) == (event.before, event.after)
        assert before != after
        self.check_step(before, after, event)
        for was, then in zip(before.invoices, after.invoices, strict=False):
            assert was.number == then.number
            assert was.status is then.status or (was.status, then.status) in INVOICE_STEPS
            if (was.status, then.status) == (InvoiceStatus.REFUNDED, InvoiceStatus.PAID):
                assert event.kind is EventKind.CHARGEBACK_WON
        grown = len(after.invoices) - len(before.invoices)
        assert (1 if event.kind is EventKind.PAYMENT_STARTED else 0) == grown
        assert before.attention == after.attention[: len(before.attention)]
        self.order = after

    def check_step(self, before: Order, after: Order, event: Event) -> None:
        """Check that the status changed by a row of the table, or not at all."""
        step = (before.status, after.status)
        if step == (OrderStatus.OPEN, OrderStatus.REFUND):
            kept = [item for item in before.invoices if item.status is InvoiceStatus.PAID]
            assert [] == kept
            assert event.kind in ENDINGS
        else:
            assert before.status is after.status or step in ORDER_STEPS
            if before.status is OrderStatus.REFUND and after.status is not OrderStatus.REFUND:
                assert event.kind is EventKind.CHARGEBACK_WON

    def tick(self) -> datetime:
        """Let some time pass."""
        self.now += timedelta(minutes=1)
        return self.now

    # -- what may happen ---------------------------------------------------------------------------

    @rule(
        manual=st.booleans(),
        wish=st.sampled_from(["default", "next", "rest", "more", "cent", "half"]),
        foreign=st.booleans(),
    )
    def start(self, manual: bool, wish: str, foreign: bool) -> None:
        """Start a payment of what may be right or wrong."""
        order, now = self.order, self.tick()
        rest = payment_terms.available(order)
        covers = {
            "default": payment_terms.default_amount(order),
            "next": next(iter(payment_terms.next_amounts(order)[1:]), rest),
            "rest": rest,
            "more": rest + CENT,
            "cent": CENT,
            "half": Money(max(1, rest.minor // 2), rest.currency),
        }[wish]
        number = len(order.invoices) + 1
        try:
            change = attempts.start(
                order,
                number=InvoiceNumber(500 + number),
                at=now,
                covers=covers,
                amount=usd(covers.amount) if foreign else covers,
                system=CARDS,
                key=IdempotencyKey(f"pay-{number}"),
                attempt=None if manual else attempts.first_attempt(order, CARD, now),
            )
        except ExceedsOutstanding:
            assert covers > rest or not rest.is_positive
            return
        except RuleRefused:
            return
        assert OrderStatus.OPEN is order.status
        assert covers.is_positive
        assert change.order.paid + change.order.pending <= order.price
        if isinstance(order.offer.payment, InFull):
            assert (order.price, CENT - CENT) == (covers, order.pending)
        self.book(change)

    def asked(self) -> list[int]:
        """Return the places of the invoices that a gateway was asked for."""
        return [at for at, item in enumerate(self.order.invoices) if item.attempt is not None]

    @precondition(lambda self: self.asked())
    @rule(data=st.data(), word=st.sampled_from(WORDS), proven=st.booleans())
    def hear(self, data: st.DataObject, word: str, proven: bool) -> None:
        """Hear an answer, a webhook or a look-up; hearing it twice is as good as once."""
        invoice = self.order.invoices[data.draw(st.sampled_from(self.asked()))]
        outcome, now = said(word, invoice), self.tick()
        before = self.order
        self.note(invoice, outcome, proven=proven)

        change = settlement.settle(before, invoice, outcome, now, proven=proven)
        if change is None:
            return
        self.book(change)
        settled = self.order.invoice(invoice.number)
        assert settled is not None
        assert settlement.settle(self.order, settled, outcome, self.tick(), proven=proven) is None

    def note(self, invoice: Invoice, outcome: Outcome, *, proven: bool) -> None:
        """Note what a bookkeeper makes of an outcome, from what is told and nothing else."""
        status, attempt = invoice.status, invoice.attempt
        assert attempt is not None
        match outcome:
            case Succeeded() if self.paid_by(outcome.gateway_id) not in (None, invoice.number):
                if status is InvoiceStatus.PENDING:
                    self.flag(AttentionReason.BOOKED_ALREADY, invoice)
            case Succeeded() if status is InvoiceStatus.FAILED and not proven:
                self.flag(AttentionReason.CONTRADICTION, invoice)
            case Succeeded() if invoice.captured and invoice.gateway_id != outcome.gateway_id:
                self.flag(AttentionReason.CHARGED_TWICE, invoice)
            case Succeeded() if outcome.amount != invoice.amount:
                self.flag(AttentionReason.AMOUNT_DIFFERS, invoice)
            case Succeeded() if not invoice.captured:
                self.note_money(invoice, invoice.covers)
            case Declined() | Withdrawn() if invoice.captured:
                self.flag(AttentionReason.CONTRADICTION, invoice)
            case Misconfigured() if status is InvoiceStatus.PENDING:
                # Of what was sent twice, a message may be about the first time.
                if attempt.stage not in (Stage.HELD, Stage.BLOCKED) and attempt.permits == 1:
                    self.flag(AttentionReason.MISCONFIGURED, invoice)
            case _:
                pass

    def paid_by(self, charge: GatewayId) -> InvoiceNumber | None:
        """Return the invoice whose money a charge is."""
        taken = [item for item in self.order.invoices if item.captured]
        return next((item.number for item in taken if item.gateway_id == charge), None)

    def note_money(self, invoice: Invoice, covers: Money) -> None:
        """Note that money came, and whether it leaves something to do."""
        self.came[invoice.number] = covers
        total = Money.total(self.came.values(), "EUR")
        decision, price = self.order.decision, self.order.price
        ended = self.order.status is OrderStatus.DECLINED
        if self.order.status is OrderStatus.REFUND:
            self.flag(AttentionReason.PAID_AFTER_REFUND, invoice)
        elif decision is not None and decision.kind is DecisionKind.DECLINED:
            self.flag(AttentionReason.PAID_AFTER_DECLINE, invoice)
        elif total < price and (ended or isinstance(self.order.offer.payment, InFull)):
            self.flag(AttentionReason.UNDERPAID, invoice)
        if total > price:
            self.flag(AttentionReason.OVERPAID, invoice)

    def flag(self, reason: AttentionReason, invoice: Invoice) -> None:
        """Note that a person has to look, once for each reason and invoice."""
        if (reason, invoice.number) not in self.flags:
            self.flags.append((reason, invoice.number))

    def resumable(self) -> list[Invoice]:
        """Return the invoices that may be sent again."""
        return [item for item in self.order.invoices if attempts.resumable(self.order, item)]

    @precondition(lambda self: self.resumable())
    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        """Send again what certainly never reached its gateway."""
        invoice = data.draw(st.sampled_from(self.resumable()))
        asked = attempts.request(self.order, invoice)
        self.book(attempts.resume(self.order, invoice, self.tick()))
        again = self.order.invoice(invoice.number)
        assert again is not None
        assert again.in_flight
        assert asked == attempts.request(self.order, again)

    # An order that is given up at once has little left to tell.
    @precondition(lambda self: len(self.order.invoices) > 1)
    @rule(kind=st.sampled_from(DecisionKind))
    def decide(self, kind: DecisionKind) -> None:
        """Confirm, decline, cancel or expire it."""
        order = self.order
        person = kind in (DecisionKind.CONFIRMED, DecisionKind.DECLINED)
        in_flight = any(item.in_flight for item in order.invoices)
        full = isinstance(order.offer.payment, InFull)
        free = order.occurrence is None and order.status is OrderStatus.OPEN
        may = free and not (full if person else in_flight)
        try:
            change = decisions.decide(order, kind, self.tick(), by=BOSS, reason="so")
        except RuleRefused:
            assert not may
            return
        assert may
        self.book(change)
        assert order.paid == self.order.paid
        if kind is not DecisionKind.CONFIRMED:
            waiting = [item for item in self.order.invoices if item.status is InvoiceStatus.PENDING]
            assert all(item.in_flight for item in waiting)

    def manual(self) -> list[Invoice]:
        """Return the payments that only a person can settle."""
        return [item for item in self.order.invoices if item.attempt is None]

    @precondition(lambda self: self.manual())
    @rule(data=st.data(), difference=st.sampled_from([-1, 0, 1, 5000]))
    def confirm(self, data: st.DataObject, difference: int) -> None:
        """Confirm a manual payment, of which another amount may have come."""
        invoice = data.draw(st.sampled_from(self.manual()))
        received = Money(invoice.amount.minor + difference, invoice.amount.currency)
        foreign = received.currency != invoice.covers.currency
        covers = invoice.covers if difference == 0 or foreign else received
        pending, now = invoice.status is InvoiceStatus.PENDING, self.tick()
        try:
            change = manual_payments.confirm(
                self.order,
                invoice,
                now,
                by=BOSS,
                received=received if difference else None,
                covers=covers if foreign else None,
            )
        except RuleRefused:
            assert not pending
            return
        except InvalidInput:
            assert not received.is_positive
            return
        assert pending
        self.note_money(invoice, covers)
        self.book(change)
        assert BOSS == self.events[-1].by

    @precondition(lambda self: self.manual())
    @rule(data=st.data())
    def reject(self, data: st.DataObject) -> None:
        """Reject a manual payment."""
        invoice = data.draw(st.sampled_from(self.manual()))
        pending = invoice.status is InvoiceStatus.PENDING
        try:
            change = manual_payments.reject(
                self.order, invoice, self.tick(), by=BOSS, reason="nothing came"
            )
        except RuleRefused:
            assert not pending
            return
        assert pending
        self.book(change)

    @precondition(lambda self: self.came)
    @rule(data=st.data(), part=st.sampled_from(["all", "cent", "more"]))
    def give_back(self, data: st.DataObject, part: str) -> None:
        """Ask for a part of what came, all that is left of it, or more, to be returned."""
        invoice = self.captured(data)
        left = invoice.amount - self.gone(invoice) - self.waiting(invoice)
        assert left == invoice.refundable
        cent = Money(1, left.currency)
        amount = {"all": left, "cent": cent, "more": left + cent}[part]
        key = IdempotencyKey(f"back-{invoice.number}-{len(invoice.refunds) + 1}")
        try:
            change = refunds.start(
                self.order, [(invoice, amount)], at=self.tick(), key=key, reason="so", by=BOSS
            )
        except RuleRefused:
            assert invoice.status is InvoiceStatus.REFUNDED or amount > left or left.is_zero
            return
        assert amount <= left
        number = len(invoice.refunds) + 1
        held = self.returned if invoice.attempt is None else self.reserved
        held[invoice.number, number] = amount
        self.book(change)
        assert BOSS == self.events[-1].by

    def waiting_refunds(self) -> list[tuple[InvoiceNumber, int]]:
        """Return the refunds that have no final word."""
        return sorted(self.reserved)

    @precondition(lambda self: self.reserved)
    @rule(data=st.data(), word=st.sampled_from(["succeeded", "refused", "accepted", "no word"]))
    def hear_of_a_refund(self, data: st.DataObject, word: str) -> None:
        """Hear of a refund that was asked for; hearing it twice is as good as once."""
        at, number = data.draw(st.sampled_from(self.waiting_refunds()))
        name = GatewayId(f"re-{at}-{number}")
        outcome: RefundOutcome = {
            "succeeded": RefundSucceeded(gateway_id=name),
            "refused": RefundRefused(code="account_closed"),
            "accepted": RefundAccepted(gateway_id=name),
            "no word": Unknown(reason="timeout"),
        }[word]
        invoice, refund = self.refund(at, number)
        change = refund_settlement.settle(self.order, invoice, refund, outcome, self.tick())
        if change is None:
            assert word == "no word" or (word, refund.stage) == ("accepted", Stage.ACCEPTED)
            return
        if word in ("succeeded", "refused"):
            amount = self.reserved.pop((at, number))
            if word == "succeeded":
                self.returned[at, number] = amount
        self.book(change)
        invoice, refund = self.refund(at, number)
        again = refund_settlement.settle(self.order, invoice, refund, outcome, self.tick())
        assert again is None

    @precondition(lambda self: self.came)
    @rule(data=st.data(), part=st.sampled_from(["all", "cent"]))
    def charge_back(self, data: st.DataObject, part: str) -> None:
        """Let the buyer's bank take a part of what is left back, or all of it."""
        invoice = self.captured(data)
        left = invoice.refundable
        amount = Money(1, left.currency) if part == "cent" else left
        if not left.is_positive:
            return  # more than there is: test_refund_properties.py
        number = len(invoice.refunds) + 1
        name = GatewayId(f"dp-{invoice.number}-{number}")
        said = ReturnReported(kind=RefundKind.CHARGEBACK, gateway_id=name, amount=amount)
        change = refund_settlement.report(self.order, invoice, said, self.tick())
        assert change is not None
        self.returned[invoice.number, number] = amount
        self.charged_back[invoice.number, number] = name
        self.book(change)

    @precondition(lambda self: self.charged_back)
    @rule(data=st.data())
    def win_back(self, data: st.DataObject) -> None:
        """Win a chargeback back: the money is ours again."""
        at, number = data.draw(st.sampled_from(sorted(self.charged_back)))
        said = ChargebackWon(gateway_id=self.charged_back.pop((at, number)))
        invoice, _ = self.refund(at, number)
        change = refund_settlement.win_back(self.order, invoice, said, self.tick())
        assert change is not None
        del self.returned[at, number]
        self.book(change)
        invoice, _ = self.refund(at, number)
        assert refund_settlement.win_back(self.order, invoice, said, self.tick()) is None

    def captured(self, data: st.DataObject) -> Invoice:
        """Return an invoice whose money came."""
        invoice = self.order.invoice(data.draw(st.sampled_from([*self.came])))
        assert invoice is not None
        return invoice

    def refund(self, at: InvoiceNumber, number: int) -> tuple[Invoice, Refund]:
        """Return a refund with its invoice, as they stand."""
        invoice = self.order.invoice(at)
        assert invoice is not None
        refund = invoice.refund(number)
        assert refund is not None
        return invoice, refund

    def gone(self, invoice: Invoice) -> Money:
        """Return what a bookkeeper knows to have gone back of `invoice`."""
        parts = [amount for (at, _), amount in self.returned.items() if at == invoice.number]
        return Money.total(parts, invoice.amount.currency)

    def waiting(self, invoice: Invoice) -> Money:
        """Return what a bookkeeper knows to be on its way back of `invoice`."""
        parts = [amount for (at, _), amount in self.reserved.items() if at == invoice.number]
        return Money.total(parts, invoice.amount.currency)

    # -- what always holds -------------------------------------------------------------------------

    @invariant()
    def no_charge_is_booked_twice(self) -> None:
        """Each charge of the gateway is the money of one invoice."""
        charges = [
            item.gateway_id for item in self.order.invoices if item.captured and item.attempt
        ]
        assert len(charges) == len(set(charges))

    @invariant()
    def status_is_derived(self) -> None:
        """The status is what follows from the records; where money came too late, from earlier."""
        order = self.order
        assert order.status is order_lifecycle.derive_status(order, order.invoices, order.decision)
        late = AttentionReason.PAID_AFTER_REFUND in dict(self.flags)
        fresh = attrs.evolve(order, status=OrderStatus.OPEN)
        derived = order_lifecycle.derive_status(fresh, order.invoices, order.decision)
        assert derived is order.status or (late and order.status is OrderStatus.REFUND)

    @invariant()
    def money_adds_up(self) -> None:
        """Price = paid + outstanding + waived - surplus, and none of them is negative."""
        order = self.order
        parts = [order.paid, order.outstanding, order.waived, order.surplus, order.pending]
        assert not any(part.is_negative for part in parts)
        assert order.price == order.paid + order.outstanding + order.waived - order.surplus

    @invariant()
    def money_that_came_is_recorded(self) -> None:
        """All that came is on the order, in the invoices it came by, and nothing else."""
        assert Money.total(self.came.values(), "EUR") == self.order.paid
        captured = {item.number: item.covers for item in self.order.invoices if item.captured}
        assert self.came == captured

    @invariant()
    def attention_is_needed_where_it_is(self) -> None:
        """A person is called exactly for what a bookkeeper would call one for."""
        flagged = [(flag.reason, flag.invoice) for flag in self.order.attention]
        assert self.flags == flagged
        assert bool(self.flags) is self.order.needs_attention
        assert self.order.surplus.is_zero or AttentionReason.OVERPAID in dict(self.flags)

    @invariant()
    def invoices_are_numbered(self) -> None:
        """Numbers are unique, and attempts are numbered by their place, without gaps."""
        invoices = self.order.invoices
        assert len(invoices) == len({item.number for item in invoices})
        for place, invoice in enumerate(invoices, start=1):
            if invoice.attempt is not None:
                assert place == invoice.attempt.reference.attempt
                assert self.order.attempted(invoice.attempt.reference) is invoice

    @invariant()
    def final_is_closed(self) -> None:
        """What is pending has no moment of settling; what is final has, and nothing left to do.

        Unless two final words were told: then it is looked up.
        """
        for invoice in self.order.invoices:
            pending = invoice.status is InvoiceStatus.PENDING
            assert pending is (invoice.settled_at is None)
            if invoice.attempt is not None:
                closed = invoice.attempt.stage is Stage.CLOSED
                assert pending is not closed
                disputed = (AttentionReason.CONTRADICTION, invoice.number) in self.flags
                assert disputed or not closed or invoice.attempt.next_check is None
            returned = invoice.returned == invoice.amount
            assert returned is (invoice.status is InvoiceStatus.REFUNDED)

    @invariant()
    def what_went_back_is_recorded(self) -> None:
        """All that went back, or is on its way, is on its invoice, and never more than came."""
        for invoice in self.order.invoices:
            gone, waiting = self.gone(invoice), self.waiting(invoice)
            assert (gone, waiting) == (invoice.returned, invoice.reserved)
            left = invoice.amount if invoice.captured else Money(0, invoice.amount.currency)
            assert invoice.refundable == left - gone - waiting
            assert not invoice.refundable.is_negative


OneOrder.TestCase.settings = settings(stateful_step_count=30)
TestOneOrder = pytest.mark.rule("O5", "O6", "I2", "I6", "C4", "F1", "F2")(OneOrder.TestCase)
