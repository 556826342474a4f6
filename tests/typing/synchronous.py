"""A host that uses the synchronous front door; read by type checkers, never run.

A line that must be an error is marked with `type: ignore`, which mypy and pyright both take, and
both complain of once it is no error any more.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import assert_type

from ordersales import (
    AccountId,
    Actor,
    AnyShare,
    BackOffice,
    Category,
    CategoryNumber,
    Currency,
    Customer,
    CustomerId,
    Event,
    FixedShares,
    IdempotencyKey,
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
    OrderFilter,
    OrderNumber,
    OrderStatus,
    Page,
    Payment,
    PaymentMethod,
    PaymentSystem,
    PaymentType,
    Permission,
    Share,
    SystemName,
    UserId,
    WebhookResult,
    register_currency,
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
    assert_type(page, Page[Order])
    assert_type(page.rows[0].number, OrderNumber)
    office.orders.page(clerk, after=page.after)
    assert_type(office.orders.count(clerk), int)
    assert_type(office.orders.history(clerk, order.number), tuple[Event, ...])
    assert_type(office.orders.offered(clerk, order.number, partial), tuple[Operation, ...])

    assert_type(office.orders.confirm(clerk, order.number), Order)
    assert_type(office.orders.decline(clerk, order.number, reason="no"), Order)
    office.orders.decline(clerk, order.number)  # type: ignore[call-arg]
    assert_type(office.orders.cancel(clerk, order.number, reason="no"), Order)
    assert_type(office.orders.expire(clerk, order.number, reason="late"), Order)


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
    assert_type(office.payments.page(clerk), Page[Payment])


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
