"""Which orders a filter lets through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ordersales.models.filters import EVERYTHING, OrderFilter, PaymentType
from ordersales.models.offer import PaymentTerms
from ordersales.models.order import Order, OrderStatus
from ordersales.rules import filtering
from ordersales.values.identifiers import CustomerId
from tests.rules.shop import (
    IN_FULL,
    IN_PARTS,
    IN_THREE,
    LATER,
    MINUTE,
    NO,
    NOON,
    an_order,
    paid,
    settled,
)

OPEN, COMPLETED, DECLINED, REFUND = OrderStatus


def flagged() -> Order:
    """Return an order of cust-1, completed and flagged."""
    return settled(paid(an_order()), NO)


def fresh() -> Order:
    """Return an order of cust-1, placed at noon in parts, open and not flagged."""
    return an_order(payment=IN_PARTS)


@pytest.mark.parametrize(
    ("payment", "expected"),
    [
        (IN_FULL, PaymentType.FULL),
        (IN_PARTS, PaymentType.PARTIAL),
        (IN_THREE, PaymentType.PARTIAL),
    ],
    ids=["full", "any share", "fixed shares"],
)
def test_payment_type(payment: PaymentTerms, expected: PaymentType) -> None:
    """Terms that allow less than the whole at once are partial."""
    assert expected is filtering.payment_type(an_order(payment=payment))


@pytest.mark.parametrize(
    ("wanted", "given", "expected"),
    [
        ({}, fresh, True),
        ({}, flagged, True),
        ({"statuses": {OPEN}}, fresh, True),
        ({"statuses": {OPEN}}, flagged, False),
        ({"statuses": {COMPLETED, REFUND}}, flagged, True),
        ({"statuses": {COMPLETED, REFUND}}, fresh, False),
        ({"customer": CustomerId("cust-1")}, fresh, True),
        ({"customer": CustomerId("cust-2")}, fresh, False),
        ({"payment_type": PaymentType.PARTIAL}, fresh, True),
        ({"payment_type": PaymentType.FULL}, fresh, False),
        ({"payment_type": PaymentType.FULL}, flagged, True),
        ({"placed_from": NOON}, fresh, True),
        ({"placed_from": NOON - MINUTE}, fresh, True),
        ({"placed_from": LATER}, fresh, False),
        ({"placed_before": NOON}, fresh, False),
        ({"placed_before": LATER}, fresh, True),
        ({"placed_from": NOON, "placed_before": LATER}, fresh, True),
    ],
)
def test_matches(wanted: dict[str, Any], given: Callable[[], Order], expected: bool) -> None:
    """A field that is filled in lets through what fits it; from is inclusive, before is not."""
    assert expected is filtering.matches(given(), OrderFilter(**wanted))


@pytest.mark.rule("O6")
@pytest.mark.parametrize(
    ("needs_attention", "given", "expected"),
    [
        (True, flagged, True),
        (True, fresh, False),
        (False, flagged, False),
        (False, fresh, True),
        (None, flagged, True),
        (None, fresh, True),
    ],
)
def test_orders_that_need_attention(
    needs_attention: bool | None, given: Callable[[], Order], expected: bool
) -> None:
    """Orders flagged for a person are listed by that filter, or left out by it."""
    assert expected is filtering.matches(given(), OrderFilter(needs_attention=needs_attention))


FITTING: dict[str, Any] = {
    "statuses": {OPEN},
    "customer": CustomerId("cust-1"),
    "payment_type": PaymentType.PARTIAL,
    "needs_attention": False,
    "placed_from": NOON,
    "placed_before": LATER,
}
UNFIT: dict[str, Any] = {
    "statuses": {DECLINED},
    "customer": CustomerId("cust-2"),
    "payment_type": PaymentType.FULL,
    "needs_attention": True,
    "placed_from": LATER,
    "placed_before": NOON,
}


@pytest.mark.parametrize("field", UNFIT)
def test_every_field_counts(field: str) -> None:
    """One field that does not fit is enough to be left out."""
    assert filtering.matches(fresh(), OrderFilter(**FITTING))
    assert not filtering.matches(fresh(), OrderFilter(**{**FITTING, field: UNFIT[field]}))


def test_everything() -> None:
    """The filter without a field is the one that lets everything through."""
    assert OrderFilter() == EVERYTHING
