"""A host that uses the asynchronous front door; read by type checkers, never run."""

from __future__ import annotations

from typing import assert_type

from ordersales import (
    Actor,
    AsyncBackOffice,
    Customer,
    DueResult,
    IdempotencyKey,
    InvoiceNumber,
    Offer,
    Order,
    OrderNumber,
    OrderRow,
    Page,
    Payment,
    PaymentRow,
    PaymentSystem,
    Proposal,
    RecordedEvent,
    RecurringResult,
    RefundResult,
    SystemName,
    WebhookResult,
)
from ordersales.adapters.memory import MemoryStore

CARDS = SystemName("Cards")
KEY = IdempotencyKey("cart-1")


async def orders(office: AsyncBackOffice, clerk: Actor, offer: Offer, customer: Customer) -> None:
    """Every answer is awaited, and then is what the synchronous door returns."""
    order = await office.orders.place(clerk, offer, customer, key=KEY)
    assert_type(order, Order)
    assert_type(await office.orders.page(clerk), Page[OrderRow])

    pending = office.orders.get(clerk, order.number)
    pending.status  # type: ignore[attr-defined]
    assert_type((await pending).number, OrderNumber)
    office.orders.get(clerk, order.number).number  # type: ignore[attr-defined]
    office.orders.confirm(clerk, order.number)  # type: ignore[unused-coroutine]


async def payments(office: AsyncBackOffice, clerk: Actor, order: OrderNumber) -> None:
    """As for orders."""
    payment = await office.payments.charge(clerk, order, CARDS, key=KEY)
    assert_type(payment, Payment)
    office.payments.charge(clerk, order, CARDS, key=KEY)  # type: ignore[unused-coroutine]
    office.payments.charge(clerk, order, CARDS, key=KEY).invoice  # type: ignore[attr-defined]
    invoice: InvoiceNumber = payment.invoice.number
    await office.payments.charge(clerk, invoice, CARDS, key=KEY)  # type: ignore[arg-type]
    assert_type(await office.payments.hear(clerk, CARDS, b"", {}), WebhookResult)
    assert_type(await office.payments.page(clerk), Page[PaymentRow])


async def the_rest(office: AsyncBackOffice, clerk: Actor, order: Order) -> None:
    """As for orders."""
    number, invoice = order.number, order.invoices[0].number
    back = await office.refunds.refund(clerk, number, invoice, key=KEY, reason="late")
    assert_type(back, RefundResult)
    office.refunds.refund_order(clerk, number, key=KEY, reason="so")  # type: ignore[unused-coroutine]
    assert_type(await office.recurring.pause(clerk, number), RecurringResult)
    office.recurring.pause(clerk, number)  # type: ignore[unused-coroutine]
    assert_type(await office.recurring.run_due(), tuple[DueResult, ...])
    office.recurring.run_due()  # type: ignore[unused-coroutine]
    assert_type(await office.sales.check(clerk, number), Proposal)
    assert_type(await office.sales.confirm(clerk, number, manager=None), Order)
    assert_type(await office.customers.erase(clerk, order.customer.id), int)
    assert_type(await office.events.read(clerk, "mailer"), tuple[RecordedEvent, ...])
    office.events.acknowledge(clerk, "mailer", 17)  # type: ignore[unused-coroutine]


def opening() -> AsyncBackOffice:
    """A synchronous store does behind it as well."""
    return AsyncBackOffice(MemoryStore(), [PaymentSystem(CARDS)])
