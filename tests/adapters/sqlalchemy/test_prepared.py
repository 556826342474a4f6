"""Statements are handed to the driver as it takes them; of a row, only what has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import bindparam, create_engine, select

from ordersales import Customer, CustomerId, Manager, Money, Sale, UserId
from ordersales.adapters.sqlalchemy.prepared import Prepared
from ordersales.adapters.sqlalchemy.rows import (
    differing,
    order_changes,
    order_row,
    recurring_changes,
    recurring_row,
)
from ordersales.models.order import Occurrence, OrderStatus
from ordersales.testing import an_offer
from ordersales.testing.contracts.recurring_samples import a_recurring_order
from ordersales.testing.contracts.samples import NOON, a_full_order, an_order
from ordersales.values.identifiers import AccountId, OrderNumber

EVA = Customer(id=CustomerId("eva"), name="Éva")
MIRA = Manager(user=UserId("mira"), name="Mira")


@pytest.mark.parametrize("names", [[], ["a"], ["b", "a"]])
def test_values_go_by_their_places(names: list[str]) -> None:
    """A statement may have no value, one, or several, each in its place."""
    statement = Prepared(select(*(bindparam(name) for name in ["b", "a", "b"] if name in names)))
    if not names:
        statement = Prepared(select(3))
    expected = {"a": 1, "b": 2}
    with create_engine("sqlite://").connect() as connection:
        found = statement.run(connection, {name: expected[name] for name in names}).one()
    assert (
        [3] if not names else [expected[name] for name in ["b", "a", "b"] if name in names]
    ) == [*found]


@pytest.mark.parametrize(
    ("order", "change"),
    [
        (an_order, {"customer": EVA}),
        (an_order, {"offer": an_offer("7.00", number="C-9", name="Éclair")}),
        (an_order, {"price": Money.of(7, "JPY")}),
        (an_order, {"quantity": 7}),
        (an_order, {"sale": Sale(manager=MIRA)}),
        (an_order, {"occurrence": Occurrence(recurring_order=OrderNumber(7), index=2)}),
        (an_order, {"status": OrderStatus.DECLINED, "version": 7}),
        (an_order, {}),
        (a_full_order, {"customer": EVA, "sale": Sale()}),
    ],
)
def test_what_has_changed_of_an_order(order: Callable[..., Any], change: dict[str, Any]) -> None:
    """The columns that are written are those in which the whole rows differ."""
    before = order(AccountId("acme"), OrderNumber(1))
    after = evolve(before, **change)
    expected = differing(order_row(before), order_row(after))
    expected.pop("record", None)
    assert expected == order_changes(before, after)


@pytest.mark.parametrize(
    "change",
    [
        {"customer": EVA},
        {"offer": an_offer("7.00", number="C-9", name="Éclair")},
        {"quantity": 7},
        {"manager": MIRA},
        {"due_at": NOON, "payments_made": 7, "version": 7},
        {},
    ],
)
def test_what_has_changed_of_a_recurring_order(change: dict[str, Any]) -> None:
    """Of recurring orders likewise."""
    before = a_recurring_order(AccountId("acme"), OrderNumber(1))
    after = evolve(before, **change)
    expected = differing(recurring_row(before), recurring_row(after))
    for name in ("record", "claim_at"):
        expected.pop(name, None)
    assert expected == recurring_changes(before, after)
