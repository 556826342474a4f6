"""Records of every kind, with every field filled in one of them, as they are kept in files."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import attrs

from ordersales.errors import Problem
from ordersales.models.actor import Actor, Permission
from ordersales.models.charge import (
    Accepted,
    Declined,
    Misconfigured,
    PaymentMethod,
    Succeeded,
    WebhookEvent,
    Withdrawn,
)
from ordersales.models.customer_card import CustomerCard
from ordersales.models.due import Did, DueResult
from ordersales.models.event import Event, EventKind, RecordedEvent, RecurringMove
from ordersales.models.explanation import Awaited, Explanation, Reason, ReasonCode
from ordersales.models.filters import (
    OrderColumn,
    OrderFilter,
    OrderSort,
    PaymentColumn,
    PaymentSort,
    PaymentType,
    RecurringColumn,
    RecurringSort,
)
from ordersales.models.invoice import Attempt, Invoice, InvoiceStatus
from ordersales.models.offer import AnyShare, Category, Customer, FixedShares, InFull, Offer
from ordersales.models.order import (
    Attention,
    AttentionReason,
    Decision,
    DecisionKind,
    Occurrence,
    Order,
    OrderStatus,
    Payment,
    RefundResult,
)
from ordersales.models.recurring_card import RecurringCard
from ordersales.models.recurring_import import (
    Imported,
    ImportProgress,
    ImportResult,
    ImportRow,
)
from ordersales.models.recurring_order import (
    ImportedAs,
    RecurringOrder,
    RecurringResult,
    RecurringStatus,
)
from ordersales.models.recurring_preview import ComingKind, ComingPayment, Forecast, ForecastLine
from ordersales.models.recurring_terms import RecurringTerms, ResumePolicy
from ordersales.models.refund import (
    ChargebackWon,
    Refund,
    RefundAccepted,
    RefundKind,
    RefundReference,
    RefundRefused,
    RefundStatus,
    RefundSucceeded,
    RefundTold,
    ReturnReported,
)
from ordersales.models.report import (
    DateBasis,
    Details,
    Dimension,
    Overall,
    RateUsed,
    Report,
    ReportResult,
    ReportRow,
    ReportScope,
    ReportSort,
)
from ordersales.models.rows import OccurrenceRow, OrderRow, PaymentRow, RecurringRow
from ordersales.models.sale import Basis, Manager, Proposal, Sale, SaleChange, SalesPlan
from ordersales.models.stage import PaymentError, Retry, Stage
from ordersales.values.cadence import Cadence, Unit
from ordersales.values.currency import Currency
from ordersales.values.identifiers import (
    AccountId,
    AttemptReference,
    CategoryNumber,
    CustomerId,
    GatewayId,
    IdempotencyKey,
    InvoiceNumber,
    OfferNumber,
    OrderNumber,
    SystemName,
    UserId,
)
from ordersales.values.money import Money
from ordersales.values.share import Share

NOON: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
LATER: Final = NOON + timedelta(minutes=5, microseconds=1)
ACME: Final = AccountId("acme/north")
BOSS: Final = UserId("boss")
ADA: Final = Customer(id=CustomerId("ada"), name="Ada Ångström")
MIRA: Final = Manager(user=UserId("mira"), name="Mira")
SALE: Final = Sale(manager=MIRA, basis=Basis.PLAN, confirmed_at=LATER, confirmed_by=BOSS)
CATEGORY: Final = Category(number=CategoryNumber("7"), name="Learning")
NUMBER: Final = OrderNumber(17)
CARDS: Final = SystemName("Stripe EU")


def eur(minor: int) -> Money:
    """Return so many cents."""
    return Money(minor, Currency.of("EUR"))


def dinar(minor: int) -> Money:
    """Return so many fils, of which a dinar has a thousand."""
    return Money(minor, Currency.of("KWD"))


TERMS: Final = RecurringTerms(
    cadence=Cadence(2, Unit.WEEK),
    payments=12,
    first_retry=timedelta(hours=12),
    second_retry=timedelta(days=5, seconds=1),
    zone="Europe/Berlin",
    on_resume=ResumePolicy.COLLECT_ALL,
    retry_final_declines=True,
)
OFFERS: Final = tuple(
    Offer(
        number=OfferNumber(f"C-{at}"),
        name="Crème brûlée",
        category=CATEGORY,
        unit_price=eur(10_000),
        multiple_sales=at > 0,
        payment=terms,
        recurring=recurring,
    )
    for at, (terms, recurring) in enumerate(
        [
            (InFull(), None),
            (AnyShare(Share(Fraction(1, 10))), None),
            (FixedShares((Share(Fraction(1, 3)), Share(Fraction(2, 3)))), None),
            (InFull(), TERMS),
        ]
    )
)
KEPT: Final = PaymentMethod(token="tok_1", stored=True)  # noqa: S106 - opens nothing
ATTEMPT: Final = AttemptReference(ACME, OrderNumber(5), 2, occurrence=3)
REFUND: Final = Refund(
    number=1,
    kind=RefundKind.CHARGEBACK,
    amount=dinar(1_500),
    status=RefundStatus.PENDING,
    requested_at=NOON,
    reference=RefundReference(ATTEMPT, 1),
    key=IdempotencyKey("refund-1"),
    spread=True,
    stage=Stage.ACCEPTED,
    next_check=LATER,
    first_sent_at=NOON + timedelta(seconds=2),
    sent_at=LATER - timedelta(minutes=1),
    sends=2,
    permits=3,
    checks=1,
    excess=dinar(1),
    by=BOSS,
    reason="She asked",
    gateway_id=GatewayId("re_1"),
    error=PaymentError(code="account_closed", message="Closed."),
    settled_at=LATER,
)
INVOICE: Final = Invoice(
    number=InvoiceNumber(23),
    attempted_at=NOON,
    status=InvoiceStatus.PAID,
    amount=dinar(3_000),
    covers=eur(8_000),
    system=CARDS,
    key=IdempotencyKey("payment-1"),
    one_click=True,
    extra=True,
    comment="First\nof two",
    attempt=Attempt(
        reference=ATTEMPT,
        epoch=1,
        stage=Stage.CLOSED,
        method=KEPT,
        sent_at=NOON,
        next_check=LATER,
        first_sent_at=NOON - timedelta(minutes=1),
        sends=2,
        permits=4,
        checks=3,
        buyer_action="https://bank.example/3ds",
        kept_method=PaymentMethod(token="tok_2", stored=True),  # noqa: S106 - opens nothing
    ),
    gateway_id=GatewayId("ch_1"),
    fee=dinar(87),
    error=PaymentError(code="contradicted", retry=Retry.ANOTHER_METHOD),
    settled_at=LATER,
    refunds=(REFUND,),
)
BARE: Final = Invoice(
    number=InvoiceNumber(24),
    attempted_at=NOON,
    status=InvoiceStatus.PENDING,
    amount=eur(2_000),
    covers=eur(2_000),
    system=SystemName("Bank transfer"),
    key=IdempotencyKey("payment-2"),
)
ORDERS: Final = (
    Order(
        account=ACME,
        number=NUMBER,
        key=IdempotencyKey("cart-1"),
        placed_at=NOON,
        customer=ADA,
        offer=OFFERS[1],
        quantity=2,
        price=eur(20_000),
        status=OrderStatus.COMPLETED,
        sale=SALE,
        invoices=(INVOICE, BARE),
        decision=Decision(kind=DecisionKind.CONFIRMED, at=LATER, by=BOSS, reason="A regular"),
        attention=(
            Attention(
                reason=AttentionReason.OVERPAID,
                at=LATER,
                invoice=InvoiceNumber(23),
                detail="3.000 KWD arrived",
            ),
        ),
        occurrence=Occurrence(
            recurring_order=OrderNumber(5),
            index=3,
            due_at=NOON,
            attempts_allowed=1,
            retry_final_declines=True,
        ),
        searched_at=LATER,
        version=9,
    ),
    Order(
        account=ACME,
        number=OrderNumber(18),
        key=IdempotencyKey("cart-2"),
        placed_at=NOON,
        customer=ADA,
        offer=OFFERS[2],
        quantity=1,
        price=eur(10_000),
        status=OrderStatus.OPEN,
    ),
)
EVENTS: Final = (
    Event(
        account=ACME,
        order=NUMBER,
        kind=EventKind.SALE_CONFIRMED,
        at=LATER,
        by=BOSS,
        invoice=InvoiceNumber(23),
        before=OrderStatus.OPEN,
        after=OrderStatus.COMPLETED,
        amount=eur(20_000),
        sale=SaleChange(before=Sale(), after=SALE),
        note="A regular",
    ),
    Event(
        account=ACME,
        customer=ADA.id,
        offer=OfferNumber("C-1"),
        kind=EventKind.PLAN_STATED,
        at=NOON,
        sale=SaleChange(before=Sale(), after=Sale(manager=MIRA, basis=Basis.PLAN)),
    ),
    Event(
        account=ACME,
        recurring=RecurringMove(
            number=OrderNumber(5), before=RecurringStatus.PAUSED, after=RecurringStatus.ACTIVE
        ),
        kind=EventKind.RECURRING_ACTIVATED,
        at=LATER,
    ),
)
RECURRING: Final = (
    RecurringOrder(
        account=ACME,
        number=OrderNumber(5),
        key=IdempotencyKey("import-5"),
        imported_as=ImportedAs(
            price=eur(9_000),
            terms=TERMS,
            anchor=NOON,
            payments_made=1,
            paid_until=LATER,
            system=CARDS,
        ),
        status=RecurringStatus.FAILED,
        started_at=NOON,
        customer=ADA,
        offer=OFFERS[3],
        quantity=2,
        terms=TERMS,
        system=CARDS,
        method=KEPT,
        manager=MIRA,
        anchor=NOON,
        slot=2,
        due_at=NOON + timedelta(days=28),
        payments_made=2,
        occurrences=3,
        current=NUMBER,
        retry_at=LATER,
        given_up=NUMBER,
        just_activated=True,
        method_charged=(NOON, LATER),
        missed_since=NOON,
        version=4,
    ),
    RecurringOrder(
        account=ACME,
        number=OrderNumber(6),
        status=RecurringStatus.ACTIVE,
        started_at=NOON,
        customer=ADA,
        offer=OFFERS[3],
        quantity=1,
        terms=RecurringTerms(cadence=Cadence(1, Unit.MONTH)),
        system=CARDS,
        method=None,
        anchor=NOON,
        slot=1,
        due_at=LATER,
        payments_made=1,
        occurrences=1,
    ),
)
RECURRING_ROW: Final = RecurringRow(
    number=OrderNumber(5),
    started_at=NOON,
    customer=ADA,
    status=RecurringStatus.PROCESSING,
    offer_number=OfferNumber("C-3"),
    offer_name="Crème brûlée",
    category=CATEGORY,
    price=eur(20_000),
    unit_price=eur(10_000),
    quantity=2,
    cadence=TERMS.cadence,
    payments_made=2,
    payments_remaining=10,
    next_payment_at=LATER,
    system=CARDS,
    manager=MIRA,
    actions=("pause the recurring order",),
)
OCCURRENCE_ROW: Final = OccurrenceRow(
    number=NUMBER,
    index=3,
    placed_at=NOON,
    due_at=LATER,
    status=OrderStatus.OPEN,
    price=eur(20_000),
    system=CARDS,
    needs_attention=True,
    actions=("refund",),
)
IMPORT_ROW: Final = ImportRow(
    key=IdempotencyKey("import-5"),
    customer=ADA,
    offer=OFFERS[3],
    quantity=2,
    anchor=NOON,
    payments_made=1,
    paid_until=LATER,
    system=CARDS,
    method=KEPT,
    manager=MIRA,
)
ORDER_ROW: Final = OrderRow(
    number=NUMBER,
    placed_at=NOON,
    customer=ADA,
    status=OrderStatus.COMPLETED,
    offer_number=OfferNumber("C-1"),
    offer_name="Crème brûlée",
    category=CATEGORY,
    price=eur(20_000),
    unit_price=eur(10_000),
    quantity=2,
    outstanding=eur(0),
    sale=SALE,
    needs_attention=True,
    actions=("check who made the sale", "refund"),
)
PAYMENT_ROW: Final = PaymentRow(
    number=InvoiceNumber(23),
    order=NUMBER,
    attempted_at=NOON,
    customer=ADA,
    offer_number=OfferNumber("C-1"),
    offer_name="Crème brûlée",
    status=InvoiceStatus.PAID,
    amount=dinar(3_000),
    covers=eur(8_000),
    percent=Decimal("40.00"),
    credited=dinar(2_913),
    returned=dinar(0),
    one_click=True,
    system=CARDS,
    comment="First",
    gateway_id=GatewayId("ch_1"),
    error=PaymentError(code="contradicted", message="Told twice."),
    actions=("refund",),
)
PLAN: Final = SalesPlan(
    customer=ADA.id,
    offer=OfferNumber("C-1"),
    manager=MIRA,
    stated_at=NOON,
    stated_by=BOSS,
    version=3,
)
OUTCOMES: Final = (
    Succeeded(gateway_id=GatewayId("ch_1"), amount=dinar(3_000), fee=dinar(87), kept_method=KEPT),
    Declined(
        code="stolen_card",
        message="Not this one.",
        retry=Retry.FINAL,
        gateway_id=GatewayId("ch_1"),
    ),
    Accepted(gateway_id=GatewayId("ch_1"), buyer_action="https://bank.example/3ds"),
    Withdrawn(),
    Misconfigured(code="no_such_customer", message="Gone."),
    RefundTold(
        reference="acme/north/5.3/2#1", answer=RefundSucceeded(gateway_id=GatewayId("re_1"))
    ),
    RefundTold(reference="acme/north/5.3/2#1", answer=RefundAccepted(gateway_id=GatewayId("re_1"))),
    RefundTold(
        reference="acme/north/5.3/2#1", answer=RefundRefused(code="closed", message="Closed.")
    ),
    ReturnReported(kind=RefundKind.EXTERNAL, gateway_id=GatewayId("re_2"), amount=eur(1)),
    ChargebackWon(gateway_id=GatewayId("dp_1")),
)

REPORT: Final = Report(
    dimensions=[item for item in Dimension if item not in (Dimension.DAY, Dimension.WEEK)],
    scope=ReportScope(
        wanted=OrderFilter(system=CARDS),
        zone="Europe/Berlin",
        basis=DateBasis.PAID,
        first_day=date(2026, 1, 1),
        last_day=date(2026, 3, 31),
    ),
    columns=("month", "offer name", "currency", "net"),
    sort=ReportSort("net", descending=False),
    overall=Currency.of("EUR"),
)
FIGURES: Final = ReportRow(
    currency=Currency.of("KWD"),
    system=CARDS,
    offer_number=OfferNumber("C-1"),
    offer_name="Crème brûlée",
    category=CATEGORY,
    manager=MIRA,
    day=date(2026, 1, 1),
    orders=2,
    payments=3,
    units=4,
    gross=dinar(6_000),
    refunds=dinar(7_500),
    net=dinar(-1_500),
    commission=dinar(87),
    commission_unknown=1,
    credited=dinar(-1_587),
    average_order=dinar(3_000),
    share=Decimal("100.00"),
    completed=dinar(-1_500),
)
RESULT: Final = ReportResult(
    report=REPORT,
    rows=(FIGURES,),
    totals=(attrs.evolve(FIGURES, system=None, day=None),),
    left_out=(attrs.evolve(FIGURES, average_order=None, share=None, counted=False),),
    completed=(dinar(-1_500), eur(0)),
    overall=Overall(
        figures=attrs.evolve(FIGURES, currency=Currency.of("EUR")),
        rates=(
            RateUsed(
                day=date(2026, 1, 1),
                source=Currency.of("KWD"),
                target=Currency.of("EUR"),
                rate=Fraction("2.8314"),
            ),
        ),
    ),
)
BARE_RESULT: Final = ReportResult(report=Report(), rows=(), totals=())

#: By the name of each kind.
SAMPLES: Final[dict[str, tuple[Any, ...]]] = {
    "actor": (
        Actor(account=ACME, user=BOSS, permissions=Permission),
        Actor(account=ACME),
    ),
    "coming payment": (
        ComingPayment(kind=ComingKind.RETRY, at=LATER, due_at=NOON, amount=eur(20_000)),
    ),
    "customer": (ADA,),
    "customer card": (
        CustomerCard(
            customer=ADA.id,
            name=ADA.name,
            orders=(ORDER_ROW,),
            order_count=1,
            payments=(PAYMENT_ROW,),
            payment_count=1,
            recurring=(RECURRING_ROW,),
            recurring_count=1,
            plans=(PLAN,),
        ),
    ),
    "due result": (
        DueResult(
            account=ACME,
            recurring_order=OrderNumber(5),
            did=Did.IN_DOUBT,
            order=NUMBER,
            invoice=InvoiceNumber(23),
        ),
        DueResult(account=ACME, recurring_order=OrderNumber(6), did=Did.MOVED_ON),
    ),
    "event": EVENTS,
    "explanation": (
        Explanation(
            record="order 17",
            status="Open",
            reasons=(
                Reason(
                    code=ReasonCode.AWAITS_BUYER,
                    words="Payment 23 waits for the buyer.",
                    permission=Permission.MANAGE_REFUNDS,
                    allowed=("Open",),
                    invoice=InvoiceNumber(23),
                    amount=eur(8_000),
                    awaited=Awaited.BUYER,
                    since=NOON,
                    until=LATER,
                    by=BOSS,
                    error=PaymentError(code="slow"),
                    buyer_action="https://bank.example/3ds",
                ),
            ),
        ),
    ),
    "forecast": (
        Forecast(
            since=NOON,
            until=LATER,
            zone="Europe/Berlin",
            lines=(
                ForecastLine(
                    month=date(2026, 2, 1),
                    currency=Currency.of("EUR"),
                    payments=2,
                    amount=eur(40_000),
                ),
            ),
        ),
    ),
    "import progress": (ImportProgress(rows=6, imported=3, already_there=2, in_error=1),),
    "import result": (
        ImportResult(
            row=1,
            key="import-5",
            did=Imported.IMPORTED,
            number=OrderNumber(5),
            due_at=LATER,
        ),
        ImportResult(
            row=2,
            key="import-6",
            did=Imported.IN_ERROR,
            problems=(Problem("quantity", "0", "a whole number from 1"),),
        ),
    ),
    "import row": (IMPORT_ROW,),
    "invoice": (INVOICE, BARE),
    "manager": (MIRA,),
    "offer": OFFERS,
    "order": ORDERS,
    "order filter": (
        OrderFilter(
            number=NUMBER,
            statuses=[*OrderStatus],
            customer=ADA.id,
            offer=OfferNumber("C-1"),
            category=CATEGORY.number,
            placed_from=NOON,
            placed_before=LATER,
            invoice=InvoiceNumber(23),
            payment_statuses=[InvoiceStatus.PAID, InvoiceStatus.REFUNDED],
            paid_from=NOON,
            paid_before=LATER,
            system=CARDS,
            currency=Currency.of("EUR"),
            price_from=eur(1),
            price_to=eur(20_000),
            manager=MIRA.user,
            system_sale=False,
            confirmed=True,
            payment_type=PaymentType.PARTIAL,
            recurring_statuses={RecurringStatus.ACTIVE},
            recurring=False,
            needs_attention=True,
            text="brulee",
        ),
        OrderFilter(),
    ),
    "order row": (ORDER_ROW,),
    "order sort": (OrderSort(OrderColumn.PRICE, descending=False),),
    "payment": (Payment(ORDERS[0], INVOICE),),
    "payment method": (PaymentMethod(token="tok_1"),),  # noqa: S106 - opens nothing
    "payment row": (PAYMENT_ROW,),
    "payment sort": (PaymentSort(PaymentColumn.AMOUNT, descending=False),),
    "proposal": (Proposal(order=NUMBER, manager=MIRA, basis=Basis.ADDED, standing=SALE),),
    "recorded event": tuple(RecordedEvent(at, event) for at, event in enumerate(EVENTS, 101)),
    "recurring card": (
        RecurringCard(
            recurring=RECURRING_ROW,
            terms=TERMS,
            due_at=LATER,
            has_method=True,
            under_way=InvoiceNumber(23),
            orders=(OCCURRENCE_ROW,),
        ),
    ),
    "recurring order": RECURRING,
    "recurring result": (
        RecurringResult(
            recurring=RECURRING[0],
            status=RecurringStatus.PROCESSING,
            under_way=Payment(ORDERS[0], INVOICE),
        ),
    ),
    "recurring row": (RECURRING_ROW,),
    "recurring sort": (RecurringSort(RecurringColumn.CUSTOMER, descending=False),),
    "refund": (REFUND,),
    "refund result": (
        RefundResult(order=ORDERS[0], refunds=ORDERS[0].refunds_under(IdempotencyKey("refund-1"))),
    ),
    "report": (REPORT, Report()),
    "report details": (
        Details(
            by_currency=RESULT,
            by_payment_system=BARE_RESULT,
            by_offer=BARE_RESULT,
            by_category=BARE_RESULT,
            by_manager=BARE_RESULT,
        ),
    ),
    "report result": (RESULT, BARE_RESULT),
    "sales plan": (PLAN,),
    "webhook event": tuple(
        WebhookEvent(event_id=f"evt_{at}", reference=str(ATTEMPT) if at else None, outcome=outcome)
        for at, outcome in enumerate(OUTCOMES)
    ),
}
