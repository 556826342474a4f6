"""Where a copy of the database is noticed, and what it may still do."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.errors import WrongInstallation
from ordersales.models.actor import Actor
from ordersales.models.explanation import Awaited, ReasonCode
from ordersales.models.filters import OrderFilter, PaymentType
from ordersales.models.installation import Installation
from ordersales.models.order import Order, OrderStatus, Payment
from ordersales.rules import explain, offered_actions, rows
from ordersales.rules.installation import (
    ON_ORDERS,
    ON_PAYMENTS,
    ON_RECURRING,
    UNMARKED,
    order_refusal,
    payment_refusal,
    recurring_refusal,
    refusal,
)
from ordersales.rules.permissions import Operation
from tests.rules.lived import ACTORS, ANYBODY, ORDERS
from tests.rules.sold import IN_PARTS, eur, paid, placed, started

pytestmark = pytest.mark.rule("C6")

COPY = Installation("shop-production", "shop-staging")
PARTIAL = OrderFilter(payment_type=PaymentType.PARTIAL)


@pytest.mark.parametrize(
    ("carried", "configured", "matches"),
    [
        (None, None, True),
        ("a", "a", True),
        ("a", "b", False),
        ("a", None, False),
        (None, "a", False),
        ("a", "A", False),
    ],
)
def test_marks_match_to_the_letter(
    carried: str | None, configured: str | None, matches: bool
) -> None:
    """Only the very same mark, or none on both sides, lets anything be sent."""
    here = Installation(carried, configured)
    expected = None if matches else WrongInstallation("pay", carried, configured)

    assert matches is here.matches
    assert expected == refusal(here, "pay")


@pytest.mark.rule("A3", "A5")
@given(ACTORS, ORDERS, st.sampled_from([OrderFilter(), PARTIAL]))
def test_a_copy_offers_what_sends_nothing(actor: Actor, order: Order, wanted: OrderFilter) -> None:
    """A row in a copy offers what it offers elsewhere, but for what would ask a gateway."""
    flying = any(item.in_flight for item in order.invoices)
    by_gateway = any(item.attempt and item.refundable.is_positive for item in order.invoices)
    elsewhere = offered_actions.for_order(actor, order, wanted)
    gone = {Operation.DECLINE} if flying else set()
    gone |= {Operation.REFUND} if by_gateway else set()

    row = rows.order_row(actor, order, wanted, here=COPY)

    assert tuple(item for item in elsewhere if item not in gone) == row.actions
    for operation in offered_actions.ON_ORDERS:
        told = explain.why_not(actor, operation, order, wanted, here=COPY)
        assert (operation in row.actions) is (() == told.reasons)
        assert (operation in gone) is (ReasonCode.WRONG_INSTALLATION in told.codes)


@pytest.mark.rule("A3", "A5")
@given(ACTORS, ORDERS)
def test_a_copy_offers_on_payments_what_sends_nothing(actor: Actor, order: Order) -> None:
    """Of a payment in a copy, only the refund through a gateway is gone."""
    for invoice in order.invoices:
        payment = Payment(order, invoice)
        elsewhere = offered_actions.for_payment(actor, payment)
        gone = {Operation.REFUND} if invoice.attempt is not None else set()

        row = rows.payment_row(actor, payment, here=COPY)

        assert tuple(item for item in elsewhere if item not in gone) == row.actions
        for operation in offered_actions.ON_PAYMENTS:
            told = explain.why_not_on_payment(actor, operation, payment, here=COPY)
            assert (operation in row.actions) is (() == told.reasons)
            assert (operation in gone) is (ReasonCode.WRONG_INSTALLATION in told.codes)


@given(ORDERS)
def test_the_right_installation_changes_nothing(order: Order) -> None:
    """With its own mark, every order offers and explains what it does without any."""
    here = Installation("shop", "shop")

    for operation in Operation:
        assert order_refusal(operation, order, here) is None
        for invoice in order.invoices:
            assert payment_refusal(operation, invoice, here) is None
    assert explain.why_open(order, UNMARKED) == explain.why_open(order, here)


@pytest.mark.rule("A5")
def test_an_open_order_in_a_copy_says_so() -> None:
    """Why it is still open: also because nothing is sent from a copy, which is the host's turn."""
    order = started(placed(IN_PARTS), eur("40.00"))

    *reasons, last = explain.why_open(order, COPY).reasons

    assert tuple(reasons) == explain.why_open(order).reasons
    assert (ReasonCode.WRONG_INSTALLATION, Awaited.HOST) == (last.code, last.awaited)
    assert last.words.startswith("to ask a payment system is not possible: the store carries")
    ended = paid(placed(IN_PARTS))
    assert OrderStatus.COMPLETED is ended.status
    assert explain.why_open(ended) == explain.why_open(ended, COPY)


def test_the_tables_are_about_what_rows_offer() -> None:
    """What sends something is started on a row, and a manual payment sends nothing."""
    assert {*ON_ORDERS} <= {*offered_actions.ON_ORDERS}
    assert {*ON_PAYMENTS} <= {*offered_actions.ON_PAYMENTS}
    order = paid(placed(IN_PARTS))
    (invoice,) = order.invoices
    assert invoice.amount == eur("100.00")
    by_hand = attrs.evolve(order, invoices=(attrs.evolve(invoice, attempt=None),))

    why = WrongInstallation(Operation.REFUND, "shop-production", "shop-staging")
    assert why == order_refusal(Operation.REFUND, order, COPY)
    assert why == payment_refusal(Operation.REFUND, invoice, COPY)
    assert order_refusal(Operation.REFUND, by_hand, COPY) is None
    assert offered_actions.refusal(ANYBODY, Operation.REFUND, by_hand, here=COPY) is None


@pytest.mark.rule("R6")
def test_a_copy_retries_nothing() -> None:
    """Of what is started on a recurring order, only the retry would ask a gateway at once."""
    refused = {item for item in Operation if recurring_refusal(item, COPY) is not None}

    assert {Operation.RETRY} == refused == {*ON_RECURRING}
    assert recurring_refusal(Operation.RETRY, UNMARKED) is None
    expected = WrongInstallation(Operation.RETRY, "shop-production", "shop-staging")
    assert expected == recurring_refusal(Operation.RETRY, COPY)
