"""The synchronous front door: every thing the library does, one line a method.

`AsyncBackOffice` is its twin, method by method. Each method takes the `Actor` who asks first; the
records it reads and changes are those of the actor's account (rules A2, A4). Any method may raise
`PermissionMissing` before anything is read, `NotFound` for what the account does not have, and
`Conflict` when storage was contended beyond patience; in each case nothing was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from attrs import frozen

from ordersales.models.actor import Actor
from ordersales.models.charge import PaymentMethod, WebhookResult
from ordersales.models.customer_card import CustomerCard
from ordersales.models.due import DueResult
from ordersales.models.event import Event, RecordedEvent
from ordersales.models.explanation import Explanation
from ordersales.models.filters import (
    EVERYTHING,
    NEWEST_ORDERS,
    NEWEST_PAYMENTS,
    NEWEST_RECURRING,
    OrderFilter,
    OrderSort,
    Page,
    PaymentSort,
    RecurringSort,
)
from ordersales.models.health import Health
from ordersales.models.installation import Installation
from ordersales.models.offer import Customer, Offer
from ordersales.models.order import DecisionKind, Order, Payment, RefundResult
from ordersales.models.reconciled import Reconciled
from ordersales.models.recurring_card import RecurringCard
from ordersales.models.recurring_import import ImportProgress, ImportResult, ImportRow
from ordersales.models.recurring_order import RecurringResult
from ordersales.models.recurring_preview import ComingPayment, Forecast
from ordersales.models.recurring_terms import ResumePolicy
from ordersales.models.report import (
    WHOLE,
    Details,
    Dimension,
    ExportProgress,
    Report,
    ReportResult,
    ReportRow,
    ReportScope,
    Traced,
)
from ordersales.models.rows import OrderRow, PaymentRow, RecurringRow
from ordersales.models.sale import Manager, Proposal, SalesPlan
from ordersales.ports.clock import Clock, SystemClock
from ordersales.ports.payment_systems import PaymentSystem, PaymentSystems, found_by
from ordersales.ports.rates import RateSource
from ordersales.ports.row_sink import RowSink
from ordersales.ports.storage import Store
from ordersales.reports.exported import FactChanges
from ordersales.rules.held import Evidence, RefundEvidence
from ordersales.rules.permissions import Operation
from ordersales.services import (
    due,
    erasing,
    events,
    explaining,
    exporting,
    fact_changes,
    health,
    held,
    importing,
    installation,
    orders,
    payments,
    reconciling,
    recurring,
    recurring_reading,
    refunds,
    reporting,
    sales,
    webhooks,
)
from ordersales.services.desk import Desk
from ordersales.services.engine import run
from ordersales.services.payments import Wish
from ordersales.services.refunds import RefundWish
from ordersales.values.identifiers import (
    CustomerId,
    IdempotencyKey,
    InvoiceNumber,
    OfferNumber,
    OrderNumber,
    SystemName,
)
from ordersales.values.money import Money


@frozen
class Orders:
    """What is done with orders."""

    _desk: Desk

    def place(
        self,
        actor: Actor,
        offer: Offer,
        customer: Customer,
        *,
        key: IdempotencyKey,
        quantity: int = 1,
        manager: Manager | None = None,
    ) -> Order:
        """Place an order for `quantity` of `offer`; the same `key` again gives the same order.

        The price is the unit price times the quantity; one of zero completes at once. The sale
        is credited, unconfirmed, to the manager named here, otherwise to the one whose sales plan
        names the customer and the offer, otherwise to the system (rules O1-O4, O7, S1, S2, C5).

        Raises:
            InvalidInput: A field is malformed, or the offer does not allow that quantity.
            KeyReused: The key was used for another offer, customer or quantity.
        """
        script = orders.place(
            self._desk, actor, offer, customer, key=key, quantity=quantity, manager=manager
        )
        return run(script)

    def get(self, actor: Actor, number: OrderNumber) -> Order:
        """Return one order with its invoices."""
        return run(orders.get(self._desk, actor, number))

    def page(
        self,
        actor: Actor,
        wanted: OrderFilter = EVERYTHING,
        sort: OrderSort = NEWEST_ORDERS,
        *,
        after: str | None = None,
        limit: int = 50,
    ) -> Page[OrderRow]:
        """Return up to `limit` rows of *All orders* that match `wanted` (rules L1, L2, L4).

        Hand a page's ``after`` to the next call; orders placed meanwhile neither repeat nor hide
        others. An order whose sorted value changes meanwhile moves to its new place. Occurrences
        of recurring orders are listed only where `wanted` asks for them. At most 1000 rows are
        returned at once.

        Raises:
            InvalidInput: `limit` is out of range, or `after` comes from another list, filter,
                sort or account, or was changed.
        """
        script = orders.page(self._desk, actor, wanted, sort, after=after, limit=limit)
        return run(script)

    def count(self, actor: Actor, wanted: OrderFilter = EVERYTHING) -> int:
        """Return how many rows of *All orders* match `wanted` (rule L1)."""
        return run(orders.count(self._desk, actor, wanted))

    def history(self, actor: Actor, number: OrderNumber) -> tuple[Event, ...]:
        """Return what happened to one order, oldest first (rule E1).

        `ordersales.sentence` puts an event into words; who and when are fields of it.
        """
        return run(orders.history(self._desk, actor, number))

    def offered(
        self, actor: Actor, number: OrderNumber, wanted: OrderFilter = EVERYTHING
    ) -> tuple[Operation, ...]:
        """Return what a list filtered by `wanted` offers on the order's row (rules A3, P4)."""
        return run(orders.offered(self._desk, actor, number, wanted))

    def explain_action(
        self,
        actor: Actor,
        number: OrderNumber,
        operation: Operation,
        wanted: OrderFilter = EVERYTHING,
        *,
        invoice: InvoiceNumber | None = None,
    ) -> Explanation:
        """Return every reason why a list filtered by `wanted` does not offer `operation` (A5).

        They come from the checks that starting it goes through; none of them means that it is
        allowed. With an `invoice` it is about that payment's row.

        Raises:
            InvalidInput: The operation is not started on an order, or on an invoice.
        """
        script = explaining.why_not(self._desk, actor, number, operation, wanted, invoice=invoice)
        return run(script)

    def explain_open(self, actor: Actor, number: OrderNumber) -> Explanation:
        """Return why an order is still open, or why it is not open any more (rule A5).

        Of an open one: what is outstanding, each pending payment with what it waits for and
        since when, and what may be paid next.
        """
        return run(explaining.why_open(self._desk, actor, number))

    def confirm(self, actor: Actor, number: OrderNumber, *, reason: str = "") -> Order:
        """Complete a partial order though something is outstanding, which is waived (rule P2).

        Raises:
            WrongTerms: The order is to be paid in full.
            WrongStatus: It is not Open.
        """
        kind = DecisionKind.CONFIRMED
        return run(orders.decide(self._desk, actor, number, kind, reason=reason))

    def decline(self, actor: Actor, number: OrderNumber, *, reason: str) -> Order:
        """Reject a partial order; what is in flight is canceled where the gateway can (rule P3).

        Money paid stays recorded until it is refunded; money that still arrives is recorded and
        the order flagged (rule O6).

        Raises:
            WrongTerms: The order is to be paid in full.
            WrongStatus: It is not Open.
        """
        kind = DecisionKind.DECLINED
        return run(orders.decide(self._desk, actor, number, kind, reason=reason))

    def cancel(self, actor: Actor, number: OrderNumber, *, reason: str) -> Order:
        """Give an open order up, with a reason, while no gateway can take money (rule O5).

        Raises:
            WrongStatus: The order is not Open.
            PaymentUnderWay: A gateway was asked and has not finally answered.
        """
        kind = DecisionKind.CANCELED
        return run(orders.decide(self._desk, actor, number, kind, reason=reason))

    def expire(self, actor: Actor, number: OrderNumber, *, reason: str) -> Order:
        """Give an open order up because its time is over, by the rules of `cancel` (rule O5).

        Raises:
            WrongStatus: The order is not Open.
            PaymentUnderWay: A gateway was asked and has not finally answered.
        """
        kind = DecisionKind.EXPIRED
        return run(orders.decide(self._desk, actor, number, kind, reason=reason))

    def clear_attention(self, actor: Actor, number: OrderNumber, *, reason: str) -> Order:
        """Take the flags off an order, after a person dealt with what they are about (rule O6).

        Money and status stay as they are; the history keeps the flags and the reason.

        Raises:
            InvalidInput: The reason is blank.
            WrongStatus: The order is not flagged.
        """
        return run(orders.clear_attention(self._desk, actor, number, reason=reason))


@frozen
class Payments:
    """What is done with payments."""

    _desk: Desk

    def charge(
        self,
        actor: Actor,
        order: OrderNumber,
        system: SystemName,
        *,
        key: IdempotencyKey,
        covers: Money | None = None,
        amount: Money | None = None,
        method: PaymentMethod | None = None,
    ) -> Payment:
        """Take money for an order through a gateway; the same `key` again takes nothing again.

        `covers` is what is settled of the price; left out, all that may still be paid, or the
        next of fixed shares. `amount` is what is charged where that is in another currency.
        Look at the invoice's status: *Paid*, *Failed*, or *Pending* where the answer comes later
        or got lost (rules C1, C5, I3-I7, P1).

        Raises:
            InvalidInput: An amount is not positive, in the wrong currency, or missing.
            WrongTerms: The payment system is manual, or takes an order at once and not in parts.
            WrongStatus: The order is not Open.
            PaymentUnderWay: One payment at a time is allowed, and one has no final answer.
            ExceedsOutstanding: With what is paid and pending it would exceed the price.
            AmountNotOffered: The order's terms don't allow this amount.
            KeyReused: The key was used for a payment with other contents.
        """
        wish = Wish(
            order=order, system=system, key=key, covers=covers, amount=amount, method=method
        )
        return run(payments.charge(self._desk, actor, wish))

    def pay_manually(
        self,
        actor: Actor,
        order: OrderNumber,
        system: SystemName,
        *,
        key: IdempotencyKey,
        covers: Money | None = None,
        amount: Money | None = None,
        comment: str = "",
    ) -> Payment:
        """Note that the buyer pays through a manual payment system, with a comment (rule M1).

        The invoice is *Pending* until a person confirms or rejects it. `covers` and `amount` are
        as for `charge`.

        Raises:
            InvalidInput: An amount is not positive, in the wrong currency, or missing.
            WrongTerms: The payment system has a gateway.
            WrongStatus: The order is not Open.
            PaymentUnderWay: One payment at a time is allowed, and one has no final answer.
            ExceedsOutstanding: With what is paid and pending it would exceed the price.
            AmountNotOffered: The order's terms don't allow this amount.
            KeyReused: The key was used for a payment with other contents.
        """
        wish = Wish(
            order=order, system=system, key=key, covers=covers, amount=amount, comment=comment
        )
        return run(payments.pay_manually(self._desk, actor, wish))

    def confirm(
        self,
        actor: Actor,
        order: OrderNumber,
        invoice: InvoiceNumber,
        *,
        received: Money | None = None,
        covers: Money | None = None,
        commission: Money | None = None,
    ) -> Payment:
        """Confirm that the money of a manual payment came (rule M1).

        `received` is what really came, if it is not what was asked for; `covers` what that
        settles of the price, needed only where the currencies differ; `commission` what the
        payment system kept.

        Raises:
            InvalidInput: An amount is malformed, in the wrong currency, or missing.
            WrongTerms: A gateway charges this invoice.
            WrongStatus: It is not Pending.
        """
        script = payments.confirm(
            self._desk,
            actor,
            order,
            invoice,
            received=received,
            covers=covers,
            commission=commission,
        )
        return run(script)

    def reject(
        self, actor: Actor, order: OrderNumber, invoice: InvoiceNumber, *, reason: str
    ) -> Payment:
        """Reject a manual payment, with a reason: the money did not come (rule M1).

        Raises:
            InvalidInput: The reason is blank.
            WrongTerms: A gateway charges this invoice.
            WrongStatus: It is not Pending.
        """
        return run(payments.reject(self._desk, actor, order, invoice, reason=reason))

    def settle_held(
        self,
        actor: Actor,
        order: OrderNumber,
        invoice: InvoiceNumber,
        outcome: Evidence,
        *,
        reason: str,
        covers: Money | None = None,
    ) -> Payment:
        """Say what became of a payment that is held or blocked, and on what evidence (rule C2).

        A person looks at the payment system's own pages: `Succeeded` with what was taken,
        `Declined`, or `Withdrawn` where it was never executed nor will be. It is booked as if the
        payment system had told it; should that later say otherwise, it is flagged. `covers` is
        what the money settles of the price, needed only where another amount came in another
        currency.

        Raises:
            InvalidInput: The outcome is none of these, an amount is malformed, in the wrong
                currency or missing, or the reason is blank.
            WrongTerms: A person confirms this invoice, and no gateway charges it.
            WrongStatus: It is not held, and not blocked.
            PersonNeeded: The system asks; what was found out is a person's word.
        """
        script = held.settle(
            self._desk, actor, order, invoice, outcome, covers=covers, reason=reason
        )
        return run(script)

    def hear(
        self, actor: Actor, system: SystemName, body: bytes, headers: Mapping[str, str]
    ) -> WebhookResult:
        """Take in a message of a gateway: verified, kept once, applied once (rule C4).

        Call it from the host's webhook route with the raw bytes and answer 200 whatever it
        returns, 400 to `WebhookRejected`, and 5xx to anything else, so that it comes again.

        Raises:
            WebhookRejected: The gateway did not sign the message.
            WrongTerms: The payment system is manual.
        """
        return run(webhooks.hear(self._desk, actor, system, body, headers))

    def reconcile(
        self, limit: int = 100, *, carry_on: Callable[[], bool] | None = None
    ) -> tuple[Reconciled, ...]:
        """Look after up to `limit` payments and refunds that have no final word (rule C2).

        Call it every minute from a timer, by as many workers as there are: no actor asks, and all
        accounts are looked after, what has been due longest first. What got lost is sent again
        under the same key, or looked up, as the payment system allows; what can't be settled that
        way is held for a person, and the order flagged. Kept messages are tried again as well.
        Returned is what was done; nothing means that all is quiet. Before each of them `carry_on`
        is asked, so that a worker can be stopped in between.

        Raises:
            InvalidInput: `limit` is not from 1 to 1000.
        """
        return run(reconciling.reconcile(self._desk, limit=limit, carry_on=carry_on))

    def page(
        self,
        actor: Actor,
        wanted: OrderFilter = EVERYTHING,
        sort: PaymentSort = NEWEST_PAYMENTS,
        *,
        after: str | None = None,
        limit: int = 50,
    ) -> Page[PaymentRow]:
        """Return up to `limit` rows of *Payments* that match `wanted` (rules L1, I1, L4).

        It lists the invoices of regular orders and occurrences alike, and pages as `orders.page`
        does.

        Raises:
            InvalidInput: `limit` is out of range, or `after` comes from another list, filter,
                sort or account, or was changed.
        """
        script = payments.page(self._desk, actor, wanted, sort, after=after, limit=limit)
        return run(script)

    def count(self, actor: Actor, wanted: OrderFilter = EVERYTHING) -> int:
        """Return how many rows of *Payments* match `wanted` (rule L1)."""
        return run(payments.count(self._desk, actor, wanted))


@frozen
class Sales:
    """What is done about who made a sale."""

    _desk: Desk

    def check(self, actor: Actor, number: OrderNumber) -> Proposal:
        """Open the confirmation of a paid order: who made the sale is proposed (rules S1, S3).

        A manager named at checkout or by *Add user* is proposed, otherwise the one whose sales
        plan now names the customer and the offer, otherwise the system. What was confirmed before
        is proposed again. Hand the person's choice to `confirm`.

        Raises:
            NothingPaid: Nothing of the order is paid.
            PersonNeeded: The system asks; who made a sale is a person's word.
        """
        return run(sales.check(self._desk, actor, number))

    def confirm(self, actor: Actor, number: OrderNumber, *, manager: Manager | None) -> Order:
        """Confirm who made a paid sale: it is green from now on (rules S2, S3, S5).

        `manager` is the one that `check` proposed, or another, or None for the system. It is
        always said, so that what is confirmed is what the person saw. A wrong confirmation is
        corrected by confirming again; the history shows both.

        Raises:
            NothingPaid: Nothing of the order is paid.
            PersonNeeded: The system asks; who made a sale is a person's word.
        """
        return run(sales.confirm(self._desk, actor, number, manager=manager))

    def add_user(self, actor: Actor, number: OrderNumber, manager: Manager) -> Order:
        """Assign a manager to an order, or change who is; it stays red until checked (rule S4).

        Raises:
            SaleConfirmed: A person has confirmed who made the sale; confirm it again instead.
        """
        return run(sales.add_user(self._desk, actor, number, manager))

    def state_plan(
        self, actor: Actor, customer: CustomerId, offer: OfferNumber, manager: Manager
    ) -> SalesPlan:
        """State that the customer pays for the offer thanks to the manager (rule S1).

        Orders placed from now on are credited to them, and it is proposed for earlier ones that
        are not confirmed. Stating it again changes nothing but the manager's name.

        Raises:
            PlanTaken: Another manager has stated the same; withdraw that plan if it is wrong.
        """
        return run(sales.state_plan(self._desk, actor, customer, offer, manager))

    def withdraw_plan(self, actor: Actor, customer: CustomerId, offer: OfferNumber) -> SalesPlan:
        """Withdraw a sales plan and return what it was; no order is changed by it (rule S1)."""
        return run(sales.withdraw_plan(self._desk, actor, customer, offer))

    def plans_of(self, actor: Actor, customer: CustomerId) -> tuple[SalesPlan, ...]:
        """Return the sales plans that name a customer, by offer number (rules S1, S6)."""
        return run(sales.plans_of(self._desk, actor, customer))

    def customer_card(
        self,
        actor: Actor,
        customer: CustomerId,
        wanted: OrderFilter = EVERYTHING,
        *,
        limit: int = 50,
    ) -> CustomerCard:
        """Return one customer's newest orders, payments and recurring orders, and plans (rule S6).

        `wanted` narrows the orders and the payments; recurring orders are shown whatever it is. The
        rows are those of the lists, with the same actions; *Confirm* and *Decline* likewise
        only while `wanted` filters by partial payment (rule P4). A customer of whom nothing is
        known has an empty card.

        Raises:
            InvalidInput: `limit` is not from 1 to 1000.
        """
        script = sales.customer_card(self._desk, actor, customer, wanted, limit=limit)
        return run(script)


@frozen
class Recurring:
    """What is done with recurring orders, by people and by the timer."""

    _desk: Desk

    def get(self, actor: Actor, number: OrderNumber) -> RecurringResult:
        """Return a recurring order as it stands, *Processing* while a payment is under way."""
        return run(recurring.get(self._desk, actor, number))

    def card(self, actor: Actor, number: OrderNumber) -> RecurringCard:
        """Return what there is to see of one, with its orders: the initial one on top (rule R9).

        It tells payments made and remaining, the next payment, and what is offered (rule A3). One
        that was imported has only the orders since.
        """
        return run(recurring_reading.card(self._desk, actor, number))

    def page(
        self,
        actor: Actor,
        wanted: OrderFilter = EVERYTHING,
        sort: RecurringSort = NEWEST_RECURRING,
        *,
        after: str | None = None,
        limit: int = 50,
    ) -> Page[RecurringRow]:
        """Return up to `limit` rows of *Recurring orders* that match `wanted` (rules L1, L3, L4).

        As `orders.page` does. A filter by status asks for the one that is kept; a row shows
        *Processing* in its place while a payment is under way.

        Raises:
            InvalidInput: As `orders.page` does; or `wanted` asks what only an order or an invoice
                knows, such as what was paid when.
        """
        script = recurring_reading.page(self._desk, actor, wanted, sort, after=after, limit=limit)
        return run(script)

    def count(self, actor: Actor, wanted: OrderFilter = EVERYTHING) -> int:
        """Return how many recurring orders match `wanted`, as `page` would list them (rule L1)."""
        return run(recurring_reading.count(self._desk, actor, wanted))

    def explain(self, actor: Actor, number: OrderNumber) -> Explanation:
        """Return why a recurring order is not charged now: every reason at once (rule A5).

        It is not due before a date; a payment is under way, or was not sent and is sent again;
        it waits for a retry; it is paused, failed or completed; its payment method or its
        payment system can't be charged. What is due and has none of them is charged when the
        worker next runs.
        """
        return run(explaining.why_not_charged(self._desk, actor, number))

    def explain_action(
        self, actor: Actor, number: OrderNumber, operation: Operation
    ) -> Explanation:
        """Return every reason why `actor` may not start `operation` on it now (rules A3, A5).

        None of them means that it is offered.

        Raises:
            InvalidInput: The operation is none that is started on a recurring order.
        """
        script = explaining.why_not_on_recurring(self._desk, actor, number, operation)
        return run(script)

    def preview(
        self, actor: Actor, number: OrderNumber, *, count: int = 12
    ) -> tuple[ComingPayment, ...]:
        """Return up to `count` payments that an active one brings next (rule R13).

        What was begun comes first: a payment under way, or a retry; then come its dates, as many
        as payments remain. Of one that is not active nothing comes.
        """
        return run(recurring_reading.preview(self._desk, actor, number, count=count))

    def preview_activation(
        self,
        actor: Actor,
        number: OrderNumber,
        *,
        policy: ResumePolicy | None = None,
        count: int = 12,
    ) -> tuple[ComingPayment, ...]:
        """Return what `activate` would bring now, under its terms or `policy` (rules R5, R13).

        Nothing is changed.

        Raises:
            WrongStatus: It is neither Paused nor Failed.
        """
        script = recurring_reading.preview_activation(
            self._desk, actor, number, policy=policy, count=count
        )
        return run(script)

    def forecast(self, actor: Actor, until: datetime, *, zone: str = "UTC") -> Forecast:
        """Return what all active ones bring until then, by month and currency (rule R13).

        Months begin in the time zone of that name. What is overdue is taken to be paid now, and
        every payment to succeed on its date; two currencies are never added.

        Raises:
            InvalidInput: `until` is not within 3660 days from now, or there is no such time zone.
        """
        return run(recurring_reading.forecast(self._desk, actor, until, zone=zone))

    def history(self, actor: Actor, number: OrderNumber) -> tuple[Event, ...]:
        """Return what happened to a recurring order as a whole, oldest first (rule E1).

        What happened to one of its payments is in the history of that order.
        """
        return run(recurring.history(self._desk, actor, number))

    def pause(self, actor: Actor, number: OrderNumber, *, reason: str = "") -> RecurringResult:
        """Pause an active one: nothing is begun until it is activated (rule R4).

        A payment under way may finish, and is told in the result.

        Raises:
            WrongStatus: It is not Active.
        """
        return run(recurring.pause(self._desk, actor, number, reason=reason))

    def activate(
        self,
        actor: Actor,
        number: OrderNumber,
        *,
        policy: ResumePolicy | None = None,
        reason: str = "",
    ) -> RecurringResult:
        """Activate a paused or a failed one; the timer charges what is due (rules R4, R5, R10).

        What was missed is treated as its terms say, or this once as `policy` says.

        Raises:
            WrongStatus: It is neither Paused nor Failed.
        """
        script = recurring.activate(self._desk, actor, number, policy=policy, reason=reason)
        return run(script)

    def complete(self, actor: Actor, number: OrderNumber, *, reason: str = "") -> RecurringResult:
        """Complete an active or a paused one early: nothing is begun any more (rule R4).

        Its open order is given up, unless a payment of it is under way, which may finish.

        Raises:
            WrongStatus: It is neither Active nor Paused.
        """
        return run(recurring.complete(self._desk, actor, number, reason=reason))

    def retry_now(self, actor: Actor, number: OrderNumber, *, key: IdempotencyKey) -> Payment:
        """Attempt the payment that failed at once; it uses up none of its attempts (rule R6).

        One that the timer began and certainly did not send becomes this one. The same `key` again
        is answered with the same payment (rule C5).

        Raises:
            WrongStatus: It is not Active, or no payment of it waits for an attempt.
            PaymentUnderWay: An attempt has no final word yet.
            MethodUnusable: The stored method can't be charged; replace it first.
            WrongInstallation: This host is not the one that charges from this store (rule C6).
        """
        return run(recurring.retry_now(self._desk, actor, number, key=key))

    def replace_method(
        self,
        actor: Actor,
        number: OrderNumber,
        method: PaymentMethod,
        *,
        system: SystemName | None = None,
    ) -> RecurringResult:
        """Charge another payment method from the next attempt on, maybe elsewhere (rule R11).

        Raises:
            WrongStatus: It is Completed.
            WrongTerms: The payment system has no gateway.
        """
        script = recurring.replace_method(self._desk, actor, number, method, system=system)
        return run(script)

    def move(
        self, actor: Actor, number: OrderNumber, offer: Offer, *, reason: str = ""
    ) -> RecurringResult:
        """Move it to the price and the terms that its offer now has (rule R12).

        They hold from its next order on. The next date stays; where the cadence or the zone is
        another one, the dates after it are counted from it.

        Raises:
            WrongStatus: It is Completed.
            InvalidInput: It is another offer, one without recurring terms, or one in another
                currency; it does not allow the quantity, or more payments than that were made.
        """
        return run(recurring.move(self._desk, actor, number, offer, reason=reason))

    def import_rows(
        self,
        actor: Actor,
        rows: Iterable[ImportRow],
        *,
        on_progress: Callable[[ImportProgress], object] | None = None,
    ) -> tuple[ImportResult, ...]:
        """Import recurring orders from elsewhere, and return what became of each row (rule R15).

        They are *Paused* until `activate` releases them. A row in error is reported, and nothing
        of it is kept. A hundred rows are committed at a time, and `on_progress` is told after
        each hundred. Run it again as often as needed: a row that came before is found by its key,
        whatever became of it; other contents under the same key are an error of that row.

        Raises:
            InvalidInput: `rows` can't be gone through, or `on_progress` not be called.
        """
        script = importing.import_rows(self._desk, actor, rows, on_progress=on_progress)
        return run(script)

    def run_due(
        self, limit: int = 100, *, carry_on: Callable[[], bool] | None = None
    ) -> tuple[DueResult, ...]:
        """Charge up to `limit` recurring orders that are due, in whatever account (rule C3).

        Safe to call at any rate, by any number of workers at once: each attempt is charged at
        most once. What has no final word afterwards is settled by `payments.reconcile`. Before
        each charge `carry_on` is asked, so that a worker can be stopped in between.

        Raises:
            InvalidInput: `limit` is no whole number from 1.
            WrongInstallation: The store is a copy, from which nothing is charged (rule C6).
        """
        return run(due.run_due(self._desk, limit=limit, carry_on=carry_on))


@frozen
class Refunds:
    """What is done to give money back."""

    _desk: Desk

    def refund(
        self,
        actor: Actor,
        order: OrderNumber,
        invoice: InvoiceNumber,
        *,
        key: IdempotencyKey,
        reason: str,
        amount: Money | None = None,
    ) -> RefundResult:
        """Return `amount`, or all that is left, of a paid invoice; the same `key` again does not.

        It goes through the payment system that took the money, in the currency that was charged;
        of a manual one it is recorded, and the person returns the money by hand. Look at the
        refund's status: *Succeeded*, *Failed*, or *Pending* where the answer comes later or got
        lost. One that certainly never reached its gateway is sent again under the same key
        (rules F1, C1, C5).

        Raises:
            InvalidInput: The amount is not positive or in the wrong currency, or the reason is
                blank.
            WrongTerms: The payment system can't return money, or not a part of it.
            WrongStatus: The invoice is not Paid.
            NothingToRefund: All of it went back, or is on its way back.
            ExceedsRefundable: More than what is left of it.
            KeyReused: The key was used for a refund with other contents.
        """
        wish = RefundWish(order=order, invoice=invoice, key=key, amount=amount, reason=reason)
        return run(refunds.refund(self._desk, actor, wish))

    def refund_order(
        self,
        actor: Actor,
        order: OrderNumber,
        *,
        key: IdempotencyKey,
        reason: str,
        amount: Money | None = None,
    ) -> RefundResult:
        """Return `amount`, or all that is left, of an order, spread over its payments.

        The newest payment gives all that is left of it before the next one gives anything; the
        parts add up exactly. Each is a refund of its own and may succeed or fail by itself
        (rule F1).

        Raises:
            InvalidInput: The amount is not positive or in the wrong currency, or the reason is
                blank.
            WrongTerms: The payments were made in several currencies, or a payment system that is
                needed can't return money, or not a part of it; nothing was returned through the
                others either.
            NothingToRefund: All that was paid went back or is on its way back, or nothing was.
            ExceedsRefundable: More than what is left of all payments.
            KeyReused: The key was used for a refund with other contents.
        """
        wish = RefundWish(order=order, invoice=None, key=key, amount=amount, reason=reason)
        return run(refunds.refund(self._desk, actor, wish))

    def settle_held(
        self,
        actor: Actor,
        order: OrderNumber,
        invoice: InvoiceNumber,
        outcome: RefundEvidence,
        *,
        reason: str,
        refund: int | None = None,
    ) -> Payment:
        """Say what became of a refund that is held or blocked, and on what evidence (rule C2).

        `RefundSucceeded` where the money went back, `RefundRefused` where it did not nor will,
        which frees what was reserved. `refund` is its number; left out, the first one of the
        invoice that is held.

        Raises:
            InvalidInput: The outcome is none of these, or the reason is blank.
            WrongStatus: It is not held, and not blocked.
            PersonNeeded: The system asks; what was found out is a person's word.
        """
        script = held.settle_refund(
            self._desk, actor, order, invoice, outcome, refund=refund, reason=reason
        )
        return run(script)


@frozen
class Events:
    """What the host's own programs follow."""

    _desk: Desk

    def read(self, actor: Actor, follower: str, *, limit: int = 100) -> tuple[RecordedEvent, ...]:
        """Return up to `limit` events after the last one that `follower` acknowledged (rule E1).

        They come in the order of their commits, so those of one order in the order in which they
        happened; none is left out. Nothing is acknowledged by reading: a follower that stops
        halfway is given the same again, and has to do each position once. A follower is any name
        that the host chooses; a new one begins with the account's first event. At most 1000
        events are returned at once.

        Raises:
            InvalidInput: `follower` is no text that can be shown, or `limit` is out of range.
        """
        return run(events.read(self._desk, actor, follower, limit=limit))

    def acknowledge(self, actor: Actor, follower: str, position: int) -> None:
        """Note that `follower` is done with every event up to `position` (rule E1).

        It never goes back: an earlier position than was acknowledged before changes nothing.

        Raises:
            InvalidInput: `follower` is no text that can be shown, or no event has come that far.
        """
        run(events.acknowledge(self._desk, actor, follower, position))


@frozen
class Customers:
    """What is done with customers' personal data."""

    _desk: Desk

    def erase(self, actor: Actor, customer: CustomerId) -> int:
        """Erase what is personal of a customer's orders, and return of how many (rule E2).

        Recurring orders are among them, and counted by themselves. The customer's name reads
        ``(erased)`` from then on; comments, reasons, the words of errors, payment methods and the
        notes of the history are blank. Every figure, status and count stays, and so does the
        host's own name of the customer, which should tell nobody who it is. There is no way back.

        What a payment or refund without a final word still needs is kept until then, and what a
        recurring order is charged on until that is *Completed*: look for it with `unerased`, and
        erase again. It may be run again at any time, after an error too; what is erased already
        is not counted again.

        Raises:
            InvalidInput: `customer` is no text that can be shown.
        """
        return run(erasing.erase(self._desk, actor, customer))

    def unerased(self, actor: Actor, customer: CustomerId) -> tuple[OrderNumber, ...]:
        """Return the customer's orders that hold personal data, oldest first (rule E2).

        After `erase` these are orders with a payment or refund that has no final word yet,
        recurring orders that are not *Completed* (one may have the number of its first order), and
        those on which somebody has written something since.

        Raises:
            InvalidInput: `customer` is no text that can be shown.
        """
        return run(erasing.unerased(self._desk, actor, customer))


@frozen
class Reports:
    """What is read of the money: figures that add up, and what stands behind them.

    Every row, and every total, is of one currency. What each figure means stands in
    `ReportResult.definitions`; the total of completed orders, excluding refunds, on every result
    (rules T2, T3).
    """

    _desk: Desk

    def compute(self, actor: Actor, report: Report) -> ReportResult:
        """Return what `report` asks for (rules T1-T7).

        Raises:
            InvalidInput: `report` is none, its filter asks what payments know nothing of, or it
                asks for an overall figure and this office was given no rate source.
            RateMissing: The rate source has no rate for a day on which money moved.
        """
        return run(reporting.compute(self._desk, actor, report))

    def by(
        self, actor: Actor, *dimensions: Dimension | str, scope: ReportScope = WHOLE
    ) -> ReportResult:
        """Return the figures by several dimensions at once: a row for each combination (rule T1).

        Raises:
            InvalidInput: There is no such dimension, or one is named twice.
        """
        report = Report(dimensions=dimensions, scope=scope)
        return run(reporting.compute(self._desk, actor, report))

    def by_currency(self, actor: Actor, scope: ReportScope = WHOLE) -> ReportResult:
        """Return the figures of each currency in which payments were made (rule T1)."""
        report = Report(dimensions=(Dimension.CURRENCY,), scope=scope)
        return run(reporting.compute(self._desk, actor, report))

    def by_payment_system(self, actor: Actor, scope: ReportScope = WHOLE) -> ReportResult:
        """Return the figures of each payment system and currency it was paid in (rule T1)."""
        report = Report(dimensions=(Dimension.SYSTEM,), scope=scope)
        return run(reporting.compute(self._desk, actor, report))

    def by_offer(self, actor: Actor, scope: ReportScope = WHOLE) -> ReportResult:
        """Return the figures of each offer (rule T1)."""
        report = Report(dimensions=(Dimension.OFFER,), scope=scope)
        return run(reporting.compute(self._desk, actor, report))

    def by_category(self, actor: Actor, scope: ReportScope = WHOLE) -> ReportResult:
        """Return the figures of each offer category (rule T1)."""
        report = Report(dimensions=(Dimension.CATEGORY,), scope=scope)
        return run(reporting.compute(self._desk, actor, report))

    def by_manager(self, actor: Actor, scope: ReportScope = WHOLE) -> ReportResult:
        """Return the figures of each sales manager, of confirmed sales only (rule T4).

        What that leaves out stands in `ReportResult.left_out`.
        """
        report = Report(dimensions=(Dimension.MANAGER,), scope=scope)
        return run(reporting.compute(self._desk, actor, report))

    def over_time(
        self, actor: Actor, unit: Dimension | str, scope: ReportScope = WHOLE
    ) -> ReportResult:
        """Return the figures of each *day*, *week* or *month* of the scope's zone (rules T1, T7).

        One in which no money moved has no row.

        Raises:
            InvalidInput: `unit` is none of the three.
        """
        report = reporting.over_time(unit, scope)
        return run(reporting.compute(self._desk, actor, report))

    def details(self, actor: Actor, scope: ReportScope = WHOLE) -> Details:
        """Return the five breakdowns of the same payments at once (rules T1, T3).

        They are rolled up from one pass, which costs about as much as the finest of them.
        """
        return run(reporting.details(self._desk, actor, scope))

    def trace(
        self,
        actor: Actor,
        report: Report,
        row: ReportRow,
        measure: str | None = None,
        *,
        after: str | None = None,
        limit: int = 50,
    ) -> Page[Traced]:
        """Return the payments and refunds that make a figure of a row (rule T8).

        `row` is one of the rows, totals or left out ones that `report` was answered with, and
        `measure` the name of one of its columns; left out, everything that is counted in the row.
        They come by the number of their invoice. Hand a page's ``after`` to the next call.

        Raises:
            InvalidInput: There is no such measure, `limit` is out of range, or `after` comes
                from another filter or account, or was changed.
        """
        script = reporting.trace(self._desk, actor, report, row, measure, after=after, limit=limit)
        return run(script)

    def export(
        self,
        actor: Actor,
        report: Report,
        to: RowSink,
        *,
        on_progress: Callable[[ExportProgress], object] | None = None,
    ) -> int:
        """Write the rows of `report` as they are shown, and return how many there are (rule T5).

        `Csv(file.write)` writes them as CSV that is safe to open in a spreadsheet.

        Raises:
            InvalidInput: As for `compute`, or `to` takes no rows.
            RateMissing: As for `compute`.
        """
        script = exporting.report(self._desk, actor, report, to, on_progress=on_progress)
        return run(script)

    def export_orders(
        self,
        actor: Actor,
        to: RowSink,
        wanted: OrderFilter = EVERYTHING,
        sort: OrderSort = NEWEST_ORDERS,
        *,
        columns: Sequence[str] = (),
        zone: str = "UTC",
        on_progress: Callable[[ExportProgress], object] | None = None,
    ) -> int:
        """Write *All orders* as `orders.page` lists it; return how many rows there are (rule T5).

        `columns` are names of `ordersales.models.columns.ORDERS`, all of them where none are
        given. Rows are read and written a thousand at a time, and `on_progress` is told after
        each; what changes meanwhile may be in the file as it was or as it became.

        Raises:
            InvalidInput: There is no such column or zone, or `to` takes no rows.
        """
        script = exporting.orders(
            self._desk,
            actor,
            to,
            wanted,
            sort,
            columns=columns,
            zone=zone,
            on_progress=on_progress,
        )
        return run(script)

    def export_payments(
        self,
        actor: Actor,
        to: RowSink,
        wanted: OrderFilter = EVERYTHING,
        sort: PaymentSort = NEWEST_PAYMENTS,
        *,
        columns: Sequence[str] = (),
        zone: str = "UTC",
        on_progress: Callable[[ExportProgress], object] | None = None,
    ) -> int:
        """Write *Payments* as `payments.page` lists it, likewise (rule T5).

        `columns` are names of `ordersales.models.columns.PAYMENTS`.

        Raises:
            InvalidInput: There is no such column or zone, or `to` takes no rows.
        """
        script = exporting.payments(
            self._desk,
            actor,
            to,
            wanted,
            sort,
            columns=columns,
            zone=zone,
            on_progress=on_progress,
        )
        return run(script)

    def export_recurring(
        self,
        actor: Actor,
        to: RowSink,
        wanted: OrderFilter = EVERYTHING,
        sort: RecurringSort = NEWEST_RECURRING,
        *,
        columns: Sequence[str] = (),
        zone: str = "UTC",
        on_progress: Callable[[ExportProgress], object] | None = None,
    ) -> int:
        """Write *Recurring orders* as `recurring.page` lists it, likewise (rule T5).

        `columns` are names of `ordersales.models.columns.RECURRING`.

        Raises:
            InvalidInput: There is no such column or zone, `to` takes no rows, or the filter asks
                what a recurring order can't answer.
        """
        script = exporting.recurring_orders(
            self._desk,
            actor,
            to,
            wanted,
            sort,
            columns=columns,
            zone=zone,
            on_progress=on_progress,
        )
        return run(script)

    def changed_facts(self, actor: Actor, *, after: int = 0, limit: int = 1000) -> FactChanges:
        """Return the facts of the orders that something happened to behind a position (rule E1).

        A copy of the facts elsewhere is kept up to date by them: what it has of these orders is
        replaced, and the next call goes on behind their `position`, until no events are left.

        Raises:
            InvalidInput: `limit` is not from 1 to 1000, or `after` is no position.
        """
        return run(fact_changes.changed(self._desk, actor, after=after, limit=limit))


@frozen
class Installations:
    """What is done so that a copy of the database never charges."""

    _desk: Desk

    def look(self, actor: Actor) -> Installation:
        """Return the mark that the store carries, beside the one this office was given (rule C6).

        Where they differ, whatever would ask a payment system for something (a payment, a refund,
        a cancellation) raises `WrongInstallation` before anything is reserved. Reading, the
        messages of payment systems and work by hand go on.
        """
        return run(installation.look(self._desk, actor))

    def adopt(
        self,
        actor: Actor,
        *,
        replacing: str | None = None,
        skip_numbers: int,
        restored_from: datetime | None = None,
    ) -> Installation:
        """Let the store carry the mark that this office was given, in place of `replacing`.

        No store takes a mark by itself. Adopt a new one once, with no numbers skipped; adopt a
        restored backup under a new mark, and skip more order and invoice numbers than it can
        have lost, so that the payment systems are not asked about other payments under the
        references of lost ones. `restored_from` is when the backup was made: what may have been
        charged since, on an order that the backup knows, is looked up at its payment system
        before it is sent, or held for a person where that can't be done. All of this concerns
        every account of the store; the event is the actor's account's. Where the store carries
        the mark already, nothing is changed, whatever else is asked for.

        Raises:
            InvalidInput: This office was given no mark, the store carries another one than
                `replacing`, `skip_numbers` is not from 0 to 1000000000, `restored_from` has no
                time zone or is not past, or one of these two is given without the other.
        """
        script = installation.adopt(
            self._desk,
            actor,
            replacing=replacing,
            skip_numbers=skip_numbers,
            restored_from=restored_from,
        )
        return run(script)


class BackOffice:
    """Orders and sales of a platform, on the storage and payment systems it is given.

    >>> from ordersales.adapters.memory import MemoryStore
    >>> from ordersales.testing import ScriptedGateway
    >>> cards = PaymentSystem(SystemName("Cards"), ScriptedGateway())
    >>> office = BackOffice(MemoryStore(), [cards])

    One may be shared by all threads of a process, as far as the store may.
    """

    def __init__(
        self,
        store: Store,
        payment_systems: Iterable[PaymentSystem] | PaymentSystems = (),
        clock: Clock | None = None,
        *,
        cursor_secret: bytes | None = None,
        installation: str | None = None,
        rates: RateSource | None = None,
    ) -> None:
        """Open the office.

        `payment_systems` are those that every account has; where accounts have merchants of
        their own, give an object that finds them (`PaymentSystems`). `clock` is the machine's
        own unless another is given, as in tests. `cursor_secret`, of 16 bytes or more, seals
        where a page ends; give the same to every process that answers for one list. Without it
        one is drawn at random, and no cursor outlives the process. `installation` is the mark
        that the store has to carry for anything to be sent to a payment system (rule C6); take
        it from where a copy of the database does not get it from, and see `installation.adopt`.
        `rates` tells what currencies were worth, for reports with an overall figure.

        Raises:
            InvalidInput: `cursor_secret` is not bytes, or too short, or `installation` is no
                text that can be shown.
        """
        desk = Desk(
            store,
            found_by(payment_systems),
            clock or SystemClock(),
            cursor_secret,
            installation,
            rates,
        )
        self._desk = desk
        #: What is done with orders.
        self.orders: Orders = Orders(desk)
        #: What is done with payments.
        self.payments: Payments = Payments(desk)
        #: What is done to give money back.
        self.refunds: Refunds = Refunds(desk)
        #: What is done with recurring orders, by people and by the timer.
        self.recurring: Recurring = Recurring(desk)
        #: What is done about who made a sale.
        self.sales: Sales = Sales(desk)
        #: What is done with customers' personal data.
        self.customers: Customers = Customers(desk)
        #: What the host's own programs follow.
        self.events: Events = Events(desk)
        #: What is read of the money.
        self.reports: Reports = Reports(desk)
        #: What is done so that a copy of the database never charges.
        self.installation: Installations = Installations(desk)

    def health(self, actor: Actor, *, limit: int = 20, audit: int = 100) -> Health:
        """Return what somebody has to look after in the account; empty is healthy (rule C7).

        Up to `limit` of each kind are shown, beside how many there are at least. The records of
        the last orders that changed, as the newest `audit` events tell, are held against their
        status; of pending payments the 1000 oldest are looked at. It asks no payment system, and
        costs a look at each order that is audited.

        Raises:
            InvalidInput: `limit` is not from 1 to 1000, or `audit` not from 0 to 1000.
        """
        return run(health.look(self._desk, actor, limit=limit, audit=audit))
