"""A host that uses the synchronous front door; read by type checkers, never run.

A line that must be an error is marked with `type: ignore`, which mypy and pyright both take, and
both complain of once it is no error any more.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import assert_type

from ordersales import (
    AccountId,
    Actor,
    AnyShare,
    BackOffice,
    Cadence,
    Category,
    CategoryNumber,
    ComingPayment,
    Csv,
    Currency,
    Customer,
    CustomerCard,
    CustomerId,
    Details,
    Did,
    Dimension,
    DueResult,
    Event,
    Explanation,
    FixedShares,
    Forecast,
    IdempotencyKey,
    ImportResult,
    ImportRow,
    InFull,
    Invoice,
    InvoiceNumber,
    InvoiceStatus,
    Manager,
    Money,
    Offer,
    OfferNumber,
    Operation,
    Order,
    OrderColumn,
    OrderFilter,
    OrderNumber,
    OrderRow,
    OrderSort,
    OrderStatus,
    Page,
    Payment,
    PaymentColumn,
    PaymentMethod,
    PaymentRow,
    PaymentSort,
    PaymentSystem,
    PaymentType,
    Permission,
    Proposal,
    Reason,
    ReasonCode,
    RecordedEvent,
    RecurringCard,
    RecurringOrder,
    RecurringResult,
    RecurringRow,
    RecurringSort,
    RecurringStatus,
    RecurringTerms,
    Refund,
    RefundResult,
    Report,
    ReportResult,
    ReportRow,
    ReportScope,
    ReportSort,
    ResumePolicy,
    SalesPlan,
    Share,
    SystemName,
    Traced,
    Unit,
    UserId,
    WebhookResult,
    register_currency,
    sentence,
    shown_shares,
)
from ordersales.adapters.memory import MemoryStore
from ordersales.errors import InvalidInput, OrdersalesError, Problem, WrongStatus
from ordersales.testing import ScriptedGateway

CARDS = SystemName("Cards")
KEY = IdempotencyKey("cart-1")


def values() -> None:
    """Money and shares are made of exact things, and mix with nothing else."""
    price = assert_type(Money.of("12.34", "EUR"), Money)
    Money.of(12, Currency.of("EUR"))
    Money.of(Decimal("12.34"), "EUR")
    Money.of(12.34, "EUR")  # type: ignore[arg-type]

    assert_type(price + price, Money)
    assert_type(price - price, Money)
    assert_type(2 * price, Money)
    assert_type(price * 2, Money)
    assert_type(-price, Money)
    assert_type(price < -price, bool)
    _ = price + 1  # type: ignore[operator]
    _ = 1 + price  # type: ignore[operator]
    _ = price * 1.5  # type: ignore[operator]
    _ = price < 5  # type: ignore[operator]
    price.minor = 5  # type: ignore[misc]

    assert_type(price.amount, Decimal)
    assert_type(price.allocate([1, 1]), tuple[Money, ...])
    assert_type(Money.total([price], "EUR"), Money)
    assert_type(Share.percent("12.5"), Share)
    Share.percent(12.5)  # type: ignore[arg-type]
    assert_type(shown_shares([Share.percent(100)]), tuple[Decimal, ...])
    assert_type(register_currency("MILES", 0), Currency)


def offers() -> Offer:
    """An offer is made of named fields; terms are one of three."""
    offer = Offer(
        number=OfferNumber("C-1"),
        name="Course",
        category=Category(number=CategoryNumber("7"), name="Learning"),
        unit_price=Money.of("100.00", "EUR"),
        multiple_sales=True,
        payment=AnyShare(Share.percent(10)),
    )
    FixedShares([Share.percent(50), Share.percent(50)])
    FixedShares((Share.percent(50), Share.percent(50)))
    FixedShares([50, 50])  # type: ignore[list-item]
    assert_type(offer.payment, InFull | AnyShare | FixedShares)
    offer.name = "Other"  # type: ignore[misc]
    return offer


def actors() -> Actor:
    """An actor belongs to an account, and holds permissions."""
    clerk = Actor(account=AccountId("acme"), user=UserId("u7"), permissions=[Permission.SEE_ORDERS])
    Actor(account=AccountId("acme"), permissions={Permission.SEE_ORDERS})
    assert_type(clerk.permissions, frozenset[Permission])
    assert_type(Actor.system(AccountId("acme")), Actor)
    customer = CustomerId("c-1")
    Actor.system(customer)  # type: ignore[arg-type]
    Actor.system("acme")  # type: ignore[arg-type]
    return clerk


def orders(office: BackOffice) -> None:
    """Orders are placed, read, listed and decided."""
    clerk, customer = actors(), Customer(id=CustomerId("c-1"), name="Ada")
    manager = Manager(user=UserId("boss"), name="Boss")
    order = office.orders.place(clerk, offers(), customer, key=KEY, quantity=2, manager=manager)
    assert_type(order, Order)
    assert_type(order.status, OrderStatus)
    assert_type(order.outstanding, Money)
    assert_type(order.placed_at, datetime)
    assert_type(order.invoices, tuple[Invoice, ...])
    assert_type(office.orders.get(clerk, order.number), Order)
    office.orders.get(clerk, 17)  # type: ignore[arg-type]
    order.status = OrderStatus.COMPLETED  # type: ignore[misc]

    partial = OrderFilter(payment_type=PaymentType.PARTIAL, statuses=[OrderStatus.OPEN])
    page = office.orders.page(clerk, partial, limit=10)
    assert_type(page, Page[OrderRow])
    assert_type(page.rows[0].number, OrderNumber)
    office.orders.page(clerk, after=page.after)
    office.orders.page(clerk, after=17)  # type: ignore[arg-type]
    assert_type(page.rows[0].actions, tuple[str, ...])
    assert_type(page.after, str | None)
    OrderFilter(payment_statuses=[InvoiceStatus.PAID], price_from=Money.of(5, "EUR"), text="ada")
    OrderFilter(price_from=5)  # type: ignore[arg-type]
    OrderFilter(statuses=[InvoiceStatus.PAID])  # type: ignore[list-item]
    office.orders.page(clerk, sort=OrderSort(OrderColumn.PRICE, descending=False))
    office.orders.page(clerk, sort=PaymentSort())  # type: ignore[arg-type]
    assert_type(office.orders.count(clerk), int)
    assert_type(office.orders.history(clerk, order.number), tuple[Event, ...])
    assert_type(office.orders.offered(clerk, order.number, partial), tuple[Operation, ...])
    told = office.orders.explain_action(clerk, order.number, Operation.CONFIRM, partial)
    assert_type(told, Explanation)
    assert_type(told.reasons, tuple[Reason, ...])
    assert_type(office.orders.explain_open(clerk, order.number).codes, tuple[ReasonCode, ...])
    office.orders.explain_action(clerk, order.number, "confirm the order")  # type: ignore[arg-type]

    assert_type(office.orders.confirm(clerk, order.number), Order)
    assert_type(office.orders.decline(clerk, order.number, reason="no"), Order)
    office.orders.decline(clerk, order.number)  # type: ignore[call-arg]
    assert_type(office.orders.cancel(clerk, order.number, reason="no"), Order)
    assert_type(office.orders.expire(clerk, order.number, reason="late"), Order)
    assert_type(office.orders.clear_attention(clerk, order.number, reason="done"), Order)
    office.orders.clear_attention(clerk, order.number)  # type: ignore[call-arg]
    history = office.orders.history(clerk, order.number)
    assert_type([sentence(event) for event in history], list[str])


def payments(office: BackOffice, order: OrderNumber) -> None:
    """Payments are made through systems, by number of order and invoice."""
    clerk = actors()
    payment = office.payments.charge(
        clerk,
        order,
        CARDS,
        key=KEY,
        covers=Money.of(50, "EUR"),
        amount=Money.of(58, "USD"),
        method=PaymentMethod(token=str(KEY), stored=True),
    )
    assert_type(payment, Payment)
    assert_type(payment.order, Order)
    assert_type(payment.invoice.status, InvoiceStatus)
    assert_type(payment.order.share(payment.invoice), Share)
    invoice = payment.invoice.number
    office.payments.charge(clerk, invoice, CARDS, key=KEY)  # type: ignore[arg-type]
    office.payments.charge(clerk, order, "Cards", key=KEY)  # type: ignore[arg-type]
    office.payments.charge(clerk, order, CARDS)  # type: ignore[call-arg]

    bank = office.payments.pay_manually(clerk, order, CARDS, key=KEY, comment="by wire")
    assert_type(bank.invoice.number, InvoiceNumber)
    office.payments.confirm(clerk, order, invoice, received=Money.of(49, "EUR"))
    office.payments.confirm(clerk, order, order)  # type: ignore[arg-type]
    office.payments.confirm(clerk, invoice, order)  # type: ignore[arg-type]
    assert_type(office.payments.reject(clerk, order, invoice, reason="no"), Payment)
    assert_type(office.payments.hear(clerk, CARDS, b"", {}), WebhookResult)
    office.payments.hear(clerk, CARDS, "", {})  # type: ignore[arg-type]
    assert_type(office.payments.page(clerk), Page[PaymentRow])
    office.payments.page(clerk, sort=PaymentSort(PaymentColumn.AMOUNT))
    assert_type(office.payments.count(clerk), int)


def refunds(office: BackOffice, order: OrderNumber, invoice: InvoiceNumber) -> None:
    """Money goes back of one payment or of the whole order, and a result tells of each part."""
    clerk = actors()
    back = office.refunds.refund(clerk, order, invoice, key=KEY, reason="late")
    assert_type(back, RefundResult)
    assert_type(back.order, Order)
    assert_type(back.refunds[0].refund, Refund)
    assert_type(back.refunds[0].invoice, Invoice)
    assert_type(back.ask_to_stop, OrderNumber | None)
    some = Money.of(5, "EUR")
    back = office.refunds.refund_order(clerk, order, key=KEY, reason="so", amount=some)
    office.refunds.refund(clerk, invoice, order, key=KEY, reason="so")  # type: ignore[arg-type]
    office.refunds.refund(clerk, order, invoice, key=KEY)  # type: ignore[call-arg]
    office.refunds.refund_order(clerk, order, key=KEY, reason="", amount=5)  # type: ignore[arg-type]


def terms() -> RecurringTerms:
    """Terms are a cadence with settings; waiting is a length of time, and never a number."""
    found = RecurringTerms(
        cadence=Cadence(1, Unit.MONTH), payments=12, first_retry=timedelta(days=2), zone="UTC"
    )
    RecurringTerms(cadence=Cadence(1, "month"))  # type: ignore[arg-type]
    RecurringTerms(cadence=Cadence(1, Unit.MONTH), first_retry=3600)  # type: ignore[arg-type]
    assert_type(found.payments, int | None)
    assert_type(found.on_resume, ResumePolicy)
    assert_type(offers().recurring, RecurringTerms | None)
    return found


def recurring(office: BackOffice, number: OrderNumber, method: PaymentMethod) -> None:
    """A person steers a recurring order by its number; the timer has no name."""
    clerk = actors()
    found = office.recurring.get(clerk, number)
    assert_type(found, RecurringResult)
    assert_type(found.recurring, RecurringOrder)
    assert_type(found.recurring.next_action, datetime | None)
    assert_type(found.status, RecurringStatus)
    assert_type(found.under_way, Payment | None)
    assert_type(office.recurring.history(clerk, number), tuple[Event, ...])
    assert_type(office.recurring.pause(clerk, number), RecurringResult)
    assert_type(office.recurring.activate(clerk, number), RecurringResult)
    office.recurring.activate(clerk, number, policy=ResumePolicy.SKIP, reason="so")
    office.recurring.activate(clerk, number, policy="skip")  # type: ignore[arg-type]
    assert_type(office.recurring.complete(clerk, number, reason="so"), RecurringResult)
    assert_type(office.recurring.retry_now(clerk, number, key=KEY), Payment)
    office.recurring.retry_now(clerk, number)  # type: ignore[call-arg]
    assert_type(office.recurring.replace_method(clerk, number, method), RecurringResult)
    office.recurring.replace_method(clerk, number, "tok_1")  # type: ignore[arg-type]
    assert_type(office.recurring.move(clerk, number, offers()), RecurringResult)
    done = office.recurring.run_due(10)
    assert_type(done, tuple[DueResult, ...])
    assert_type(done[0].did, Did)
    office.recurring.run_due(clerk)  # type: ignore[arg-type]


def sales(office: BackOffice, order: OrderNumber, customer: CustomerId, offer: OfferNumber) -> None:
    """Who made a sale is proposed and always said; a plan names a customer and an offer."""
    clerk, mira = actors(), Manager(user=UserId("mira"), name="Mira")
    proposal = office.sales.check(clerk, order)
    assert_type(proposal, Proposal)
    assert_type(office.sales.confirm(clerk, order, manager=proposal.manager), Order)
    office.sales.confirm(clerk, order)  # type: ignore[call-arg]
    assert_type(office.sales.add_user(clerk, order, mira), Order)
    office.sales.add_user(clerk, order, None)  # type: ignore[arg-type]
    assert_type(office.sales.state_plan(clerk, customer, offer, mira), SalesPlan)
    office.sales.state_plan(clerk, offer, customer, mira)  # type: ignore[arg-type]
    assert_type(office.sales.withdraw_plan(clerk, customer, offer), SalesPlan)
    assert_type(office.sales.plans_of(clerk, customer), tuple[SalesPlan, ...])
    assert_type(office.sales.customer_card(clerk, customer), CustomerCard)


def customers(office: BackOffice, customer: CustomerId, order: OrderNumber) -> None:
    """A customer is erased by the host's own name of them."""
    clerk = actors()
    assert_type(office.customers.erase(clerk, customer), int)
    assert_type(office.customers.unerased(clerk, customer), tuple[OrderNumber, ...])
    office.customers.erase(clerk, order)  # type: ignore[arg-type]


def events(office: BackOffice) -> None:
    """A follower reads what was recorded, and says how far it came."""
    clerk = actors()
    recorded = office.events.read(clerk, "mailer", limit=10)
    assert_type(recorded, tuple[RecordedEvent, ...])
    assert_type(recorded[0].event, Event)
    office.events.acknowledge(clerk, "mailer", recorded[-1].position)
    office.events.acknowledge(clerk, "mailer", recorded[-1])  # type: ignore[arg-type]


def opening() -> BackOffice:
    """An office is opened on a store and payment systems; its clock may be left out."""
    cards = PaymentSystem(CARDS, ScriptedGateway())
    PaymentSystem(SystemName("Bank transfer"))
    PaymentSystem(CARDS, object())  # type: ignore[arg-type]
    BackOffice(MemoryStore())
    BackOffice(cards)  # type: ignore[arg-type]
    return BackOffice(MemoryStore(), [cards])


def errors(office: BackOffice) -> int:
    """Errors are caught by whose turn it is, and carry their facts as fields."""
    try:
        orders(office)
    except InvalidInput as refused:
        assert_type(refused.problems, tuple[Problem, ...])
        return len(refused.problems)
    except WrongStatus as refused:
        assert_type(refused.allowed, tuple[str, ...])
        return 409
    except OrdersalesError as error:
        assert_type(error.code, str)
        return 500
    return 200


def reading(office: BackOffice, number: OrderNumber, rows: list[ImportRow]) -> None:
    """What is read of recurring orders, and what comes from elsewhere."""
    clerk = Actor(account=AccountId("acme"))
    assert_type(office.recurring.card(clerk, number), RecurringCard)
    page = office.recurring.page(clerk, OrderFilter(), RecurringSort("next payment"))
    assert_type(page, Page[RecurringRow])
    office.recurring.page(clerk, sort=OrderSort())  # type: ignore[arg-type]
    assert_type(office.recurring.count(clerk), int)
    assert_type(office.recurring.preview(clerk, number), tuple[ComingPayment, ...])
    assert_type(office.recurring.preview_activation(clerk, number), tuple[ComingPayment, ...])
    assert_type(office.recurring.explain(clerk, number), Explanation)
    forecast = office.recurring.forecast(clerk, datetime.now(UTC), zone="Europe/Berlin")
    assert_type(forecast, Forecast)
    assert_type(forecast.total(Currency.of("EUR")), Money)
    told = office.recurring.import_rows(clerk, rows, on_progress=print)
    assert_type(told, tuple[ImportResult, ...])
    office.recurring.import_rows(clerk, ["a row"])  # type: ignore[list-item]


def reports(office: BackOffice, clerk: Actor, scope: ReportScope) -> None:
    """Reports are asked for by data, and answer with records."""
    by_offer = office.reports.by_offer(clerk, scope)
    assert_type(by_offer, ReportResult)
    assert_type(by_offer.rows, tuple[ReportRow, ...])
    assert_type(by_offer.sorted_by("net").with_columns("net").rows[0].net, Money)
    assert_type(office.reports.by(clerk, "month", Dimension.OFFER), ReportResult)
    assert_type(office.reports.details(clerk, scope), Details)
    report = Report(dimensions=["offer"], columns=["net"], sort=ReportSort("net"), scope=scope)
    assert_type(office.reports.trace(clerk, report, by_offer.rows[0]), Page[Traced])
    assert_type(office.reports.export(clerk, report, Csv(print)), int)
    office.reports.export(clerk, report, print)  # type: ignore[arg-type]
