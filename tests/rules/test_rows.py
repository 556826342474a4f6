"""What the rows of the lists show."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.models.filters import EVERYTHING, OrderFilter, PaymentType
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import Order, OrderStatus, Payment
from ordersales.models.rows import OrderRow, PaymentRow
from ordersales.models.sale import Sale
from ordersales.models.stage import PaymentError
from ordersales.rules.offered_actions import for_order, for_payment
from ordersales.rules.rows import order_row, payment_row
from ordersales.testing import a_manager, an_actor
from ordersales.values.currency import Currency
from ordersales.values.identifiers import GatewayId
from ordersales.values.money import Money
from tests.listed import MIRA, NOON, OFFERS, ZOE, an_invoice, an_order

EUR = Currency.of("EUR")
BOSS = a_manager()
PARTIAL = OrderFilter(payment_type=PaymentType.PARTIAL)


def cut(*covers: int, status: InvoiceStatus = InvoiceStatus.PAID) -> Order:
    """Return an order paid in these parts of its price."""
    whole = Money(sum(covers), EUR)
    offer = attrs.evolve(OFFERS[1], unit_price=whole)
    paid = [
        an_invoice(501 + at, status, covers=Money(minor, EUR)) for at, minor in enumerate(covers)
    ]
    return an_order(offer=offer, invoices=tuple(paid))


def percents(order: Order) -> list[Decimal]:
    """Return what the rows of an order's payments show."""
    return [payment_row(BOSS, Payment(order, item)).percent for item in order.invoices]


@pytest.mark.rule("L2")
def test_the_row_of_an_order() -> None:
    """A row of All orders shows what the order is about, and who made the sale."""
    sale = Sale(manager=MIRA, confirmed_at=NOON)
    order = an_order(7, customer=ZOE, quantity=3, sale=sale, attention=True)

    row = order_row(BOSS, order, EVERYTHING)

    told = OrderRow(
        number=order.number,
        placed_at=NOON,
        customer=ZOE,
        status=OrderStatus.OPEN,
        offer_number=order.offer.number,
        offer_name="Crème brûlée course",
        category=order.offer.category,
        price=Money.of(300, "EUR"),
        unit_price=Money.of(100, "EUR"),
        quantity=3,
        outstanding=Money.of(300, "EUR"),
        sale=sale,
        needs_attention=True,
        actions=for_order(BOSS, order, EVERYTHING),
    )
    assert told == row
    assert row.sale.confirmed


@pytest.mark.rule("A3", "P4")
def test_the_actions_of_a_row_are_the_readers() -> None:
    """A row offers what this reader may do, *Confirm* and *Decline* only among partial ones."""
    order = an_order(offer=OFFERS[1])
    stranger = an_actor()

    assert for_order(BOSS, order, PARTIAL) == order_row(BOSS, order, PARTIAL).actions
    assert order_row(BOSS, order, PARTIAL).actions != order_row(BOSS, order, EVERYTHING).actions
    assert () == order_row(stranger, order, PARTIAL).actions


@pytest.mark.rule("I1")
def test_the_row_of_a_payment() -> None:
    """A row of Payments shows the invoice, and what its order is about."""
    invoice = attrs.evolve(
        an_invoice(status=InvoiceStatus.PENDING, covers=Money.of(25, "EUR")),
        amount=Money.of("27.50", "USD"),
        attempted_at=NOON + timedelta(hours=1),
        fee=Money.of("0.50", "USD"),
        one_click=True,
        comment="Sent this morning",
        gateway_id=GatewayId("ch_1"),
        error=PaymentError(code="declined", message="No."),
    )
    payment = Payment(an_order(7, customer=ZOE, invoices=(invoice,)), invoice)

    row = payment_row(BOSS, payment)

    told = PaymentRow(
        number=invoice.number,
        order=payment.order.number,
        attempted_at=NOON + timedelta(hours=1),
        customer=ZOE,
        offer_number=payment.order.offer.number,
        offer_name="Crème brûlée course",
        status=InvoiceStatus.PENDING,
        amount=Money.of("27.50", "USD"),
        covers=Money.of(25, "EUR"),
        percent=Decimal("25.00"),
        credited=Money.of("27.00", "USD"),
        returned=Money.of(0, "USD"),
        one_click=True,
        system=invoice.system,
        comment="Sent this morning",
        gateway_id=GatewayId("ch_1"),
        error=PaymentError(code="declined", message="No."),
        actions=for_payment(BOSS, payment),
    )
    assert told == row


@pytest.mark.rule("I4")
def test_thirds_of_a_paid_order_add_up() -> None:
    """Each third shows 33.33, and the first of them what is missing to 100.00."""
    assert [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")] == percents(cut(1, 1, 1))


@pytest.mark.rule("I4")
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=8))
def test_a_fully_paid_order_shows_a_hundred(covers: list[int]) -> None:
    """Whatever the parts, what the rows of a fully paid order show adds up to 100.00."""
    assert Decimal("100.00") == sum(percents(cut(*covers)))


@pytest.mark.rule("I4")
def test_what_was_not_paid_stands_by_itself() -> None:
    """An attempt that failed shows what it would have covered, and changes no other's share."""
    order = cut(1, 1, 1)
    failed = an_invoice(600, InvoiceStatus.FAILED, covers=Money(1, EUR))

    shown = percents(attrs.evolve(order, invoices=(failed, *order.invoices)))

    assert [Decimal(text) for text in ("33.33", "33.34", "33.33", "33.33")] == shown


@pytest.mark.rule("I4")
def test_what_was_returned_was_paid() -> None:
    """A refunded payment keeps its share beside the others."""
    assert Decimal("100.00") == sum(percents(cut(1, 1, 1, status=InvoiceStatus.REFUNDED)))
