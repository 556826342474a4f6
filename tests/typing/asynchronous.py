"""A host that uses the asynchronous front door; read by type checkers, never run."""

from __future__ import annotations

from typing import assert_type

from ordersales import (
    Actor,
    AsyncBackOffice,
    Customer,
    IdempotencyKey,
    InvoiceNumber,
    Offer,
    Order,
    OrderNumber,
    Page,
    Payment,
    PaymentSystem,
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
    assert_type(await office.orders.page(clerk), Page[Order])

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


def opening() -> AsyncBackOffice:
    """A synchronous store does behind it as well."""
    return AsyncBackOffice(MemoryStore(), [PaymentSystem(CARDS)])
