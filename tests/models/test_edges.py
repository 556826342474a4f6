"""What records refuse at their edge: everything that is wrong, named at once (rule B1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest

from ordersales.errors import InvalidInput
from ordersales.models.actor import Actor, Permission
from ordersales.models.charge import PaymentMethod, Succeeded
from ordersales.models.filters import (
    OrderColumn,
    OrderFilter,
    OrderSort,
    PaymentColumn,
    PaymentSort,
    PaymentType,
)
from ordersales.models.offer import AnyShare, Category, Customer, FixedShares, InFull, Offer
from ordersales.models.order import OrderStatus
from ordersales.models.refund import RefundKind, RefundReference, ReturnReported
from ordersales.models.sale import Manager
from ordersales.values.identifiers import (
    AccountId,
    AttemptReference,
    CategoryNumber,
    CustomerId,
    GatewayId,
    OfferNumber,
    OrderNumber,
    UserId,
)
from ordersales.values.money import MOST_MINOR, Money
from ordersales.values.share import Share

pytestmark = pytest.mark.rule("B1")

Make = Callable[..., object]

EUR5 = Money.of(5, "EUR")
MONEY = "a Money, as Money.of('12.34', 'EUR') gives"
WHOLE = f"a whole number from 1 to {MOST_MINOR}"
TEXT = "text of 1 to 200 characters, without control characters"
LEARNING = Category(number=CategoryNumber("7"), name="Learning")
OFFER: dict[str, Any] = {
    "number": OfferNumber("C-1"),
    "name": "Course",
    "category": LEARNING,
    "unit_price": EUR5,
}
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def problems(make: Make, *args: object, **fields: object) -> list[tuple[str, str, str]]:
    """Return what is refused of a record, a row for each problem."""
    with pytest.raises(InvalidInput) as caught:
        make(*args, **fields)
    return [(found.field, found.given, found.allowed) for found in caught.value.problems]


@pytest.mark.parametrize(
    ("make", "fields"),
    [
        (Actor, {"account": AccountId("acme")}),
        (Actor, {"account": AccountId("acme"), "user": UserId("u7"), "permissions": []}),
        (Actor, {"account": AccountId("acme"), "permissions": iter(Permission)}),
        (PaymentMethod, {"token": "tok-1"}),
        (PaymentMethod, {"token": "tok-1", "stored": True}),
        (Succeeded, {"gateway_id": GatewayId("ch-1"), "amount": EUR5}),
        (Succeeded, {"gateway_id": GatewayId("ch-1"), "amount": EUR5, "fee": Money.zero("EUR")}),
        (OrderFilter, {}),
        (
            OrderFilter,
            {
                "statuses": [OrderStatus.OPEN],
                "customer": CustomerId("c"),
                "payment_type": PaymentType.FULL,
                "needs_attention": False,
                "placed_from": NOON,
                "placed_before": NOON,
            },
        ),
        (AnyShare, {}),
        (AnyShare, {"minimum": Share.percent(100)}),
        (FixedShares, {"shares": [Share.percent(100)]}),
        (FixedShares, {"shares": (Share(Fraction(1, 3)) for _ in range(3))}),
        (Category, {"number": CategoryNumber("7"), "name": "Learning"}),
        (Customer, {"id": CustomerId("c"), "name": "Ada"}),
        (Manager, {"user": UserId("u7"), "name": "Boss"}),
        (Offer, OFFER),
        (Offer, {**OFFER, "unit_price": Money.zero("EUR"), "multiple_sales": True}),
        (Offer, {**OFFER, "unit_price": Money(MOST_MINOR, EUR5.currency), "payment": AnyShare()}),
        (Offer, {**OFFER, "payment": InFull()}),
        (Offer, {**OFFER, "payment": FixedShares([Share.percent(100)])}),
    ],
)
def test_what_is_taken(make: Make, fields: dict[str, Any]) -> None:
    """Each record takes what its fields say."""
    assert make(**fields)


@pytest.mark.parametrize(
    ("make", "fields", "expected"),
    [
        (
            Actor,
            {"account": "", "user": "\0", "permissions": ["see orders"]},
            [
                ("account", "''", TEXT),
                ("user", r"'\x00'", TEXT),
                ("permissions", "'see orders'", "an instance of Permission"),
            ],
        ),
        (
            Actor,
            {"account": "acme", "permissions": None},
            [("permissions", "None", "permissions, as in {Permission.SEE_ORDERS}")],
        ),
        (
            Actor,
            {"account": "acme", "permissions": [[]]},
            [("permissions", "[[]]", "permissions, as in {Permission.SEE_ORDERS}")],
        ),
        (
            PaymentMethod,
            {"token": "", "stored": 1},
            [("token", "''", TEXT), ("stored", "1", "True or False")],
        ),
        (
            Succeeded,
            {"gateway_id": "ch-1", "amount": 5, "fee": 1},
            [("amount", "5", "a Money, as Money.of('12.34', 'EUR') gives")],
        ),
        (
            Succeeded,
            {"gateway_id": "ch-1", "amount": -EUR5},
            [("amount", "Money.of('-5.00', 'EUR')", "money of at least 0.00 EUR")],
        ),
        (
            Succeeded,
            {"gateway_id": "ch-1", "amount": EUR5, "fee": Money.of(1, "USD")},
            [("fee", "Money.of('1.00', 'USD')", "money in EUR")],
        ),
        (
            OrderFilter,
            {
                "statuses": ["Open"],
                "customer": 7,
                "payment_type": "Partial",
                "needs_attention": "no",
                "placed_from": datetime(2026, 1, 31, 12),
                "placed_before": "tomorrow",
            },
            [
                ("statuses", "'Open'", "an instance of OrderStatus"),
                ("customer", "7", TEXT),
                (
                    "placed_from",
                    "datetime.datetime(2026, 1, 31, 12, 0)",
                    "a datetime with tzinfo",
                ),
                ("placed_before", "'tomorrow'", "a datetime with tzinfo"),
                ("needs_attention", "'no'", "True or False"),
                ("payment_type", "'Partial'", "an instance of PaymentType"),
            ],
        ),
        (
            OrderFilter,
            {
                "number": 0,
                "invoice": True,
                "payment_statuses": ["Paid"],
                "offer": "",
                "category": 7,
                "system": None,
                "manager": b"mira",
                "text": "a\nb",
                "paid_from": "today",
                "paid_before": datetime(2026, 1, 31, 12),
                "system_sale": 0,
                "confirmed": "yes",
                "recurring": 1,
                "price_from": 5,
                "price_to": "5",
                "currency": "EUR",
            },
            [
                ("number", "0", WHOLE),
                ("invoice", "True", WHOLE),
                ("payment_statuses", "'Paid'", "an instance of InvoiceStatus"),
                ("offer", "''", TEXT),
                ("category", "7", TEXT),
                ("manager", "b'mira'", TEXT),
                ("text", r"'a\nb'", TEXT),
                ("paid_from", "'today'", "a datetime with tzinfo"),
                (
                    "paid_before",
                    "datetime.datetime(2026, 1, 31, 12, 0)",
                    "a datetime with tzinfo",
                ),
                ("system_sale", "0", "True or False"),
                ("confirmed", "'yes'", "True or False"),
                ("recurring", "1", "True or False"),
                ("price_from", "5", MONEY),
                ("price_to", "'5'", MONEY),
                ("currency", "'EUR'", "an instance of Currency"),
            ],
        ),
        (
            OrderFilter,
            {"price_from": EUR5, "price_to": Money.of(5, "USD")},
            [("price_to", "Money.of('5.00', 'USD')", "money in price_from's currency")],
        ),
        (OrderFilter, {"statuses": 1}, [("statuses", "1", "statuses, as in {OrderStatus.OPEN}")]),
        (
            OrderFilter,
            {"payment_statuses": 1},
            [("payment_statuses", "1", "statuses, as in {InvoiceStatus.PAID}")],
        ),
        (
            OrderSort,
            {"column": "colour"},
            [("column", "'colour'", ", ".join(OrderColumn))],
        ),
        (PaymentSort, {"column": []}, [("column", "[]", ", ".join(PaymentColumn))]),
        (OrderSort, {"descending": 1}, [("descending", "1", "True or False")]),
        (PaymentSort, {"descending": None}, [("descending", "None", "True or False")]),
        (
            ReturnReported,
            {"kind": RefundKind.REFUND, "gateway_id": "dp_1", "amount": Money.zero("EUR")},
            [
                (
                    "kind",
                    "<RefundKind.REFUND: 'refund'>",
                    "RefundKind.EXTERNAL or RefundKind.CHARGEBACK",
                ),
                ("amount", "Money.of('0.00', 'EUR')", "money of at least 0.01 EUR"),
            ],
        ),
        (
            RefundReference,
            {
                "attempt": AttemptReference(AccountId("acme"), OrderNumber(7), 1),
                "refund": 0,
            },
            [("refund", "0", WHOLE)],
        ),
        (AnyShare, {"minimum": 10}, [("minimum", "10", "an instance of Share")]),
        (
            AnyShare,
            {"minimum": Share.percent("100.01")},
            [("minimum", "'100.01 %'", "a share of at most 100 %")],
        ),
        (
            FixedShares,
            {"shares": [Share.percent(100), 0, "1"]},
            [
                ("shares", "0", "an instance of Share"),
                ("shares", "'1'", "an instance of Share"),
            ],
        ),
        (
            FixedShares,
            {"shares": 100},
            [("shares", "100", "shares, in the order they are paid")],
        ),
        (FixedShares, {"shares": []}, [("shares", "''", "shares above 0 % that add up to 100 %")]),
        (
            FixedShares,
            {"shares": [Share.percent(50), Share.percent("49.99")]},
            [("shares", "'50.00 %, 49.99 %'", "shares above 0 % that add up to 100 %")],
        ),
        (
            FixedShares,
            {"shares": [Share.percent(50), Share.percent("50.01")]},
            [("shares", "'50.00 %, 50.01 %'", "shares above 0 % that add up to 100 %")],
        ),
        (
            FixedShares,
            {"shares": [Share.percent(100), Share.percent(0)]},
            [("shares", "'100.00 %, 0.00 %'", "shares above 0 % that add up to 100 %")],
        ),
        (Category, {"number": 7, "name": ""}, [("number", "7", TEXT), ("name", "''", TEXT)]),
        (Customer, {"id": None, "name": 7}, [("id", "None", TEXT), ("name", "7", TEXT)]),
        (Manager, {"user": "\n", "name": b""}, [("user", r"'\n'", TEXT), ("name", "b''", TEXT)]),
        (
            Offer,
            {
                "number": "",
                "name": None,
                "category": "Learning",
                "unit_price": -EUR5,
                "multiple_sales": 0,
                "payment": "in full",
            },
            [
                ("number", "''", TEXT),
                ("name", "None", TEXT),
                ("category", "'Learning'", "an instance of Category"),
                ("unit_price", "Money.of('-5.00', 'EUR')", "money of at least 0.00 EUR"),
                ("multiple_sales", "0", "True or False"),
                ("payment", "'in full'", "InFull, AnyShare or FixedShares"),
            ],
        ),
        (
            Offer,
            {**OFFER, "unit_price": 5.0},
            [("unit_price", "5.0", "a Money, as Money.of('12.34', 'EUR') gives")],
        ),
    ],
)
def test_what_is_refused(
    make: Make, fields: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    """All that is wrong is named at once: the field, what was given, and what is allowed."""
    assert expected == problems(make, **fields)


def test_an_actor_may_what_it_was_given() -> None:
    """An actor holds the permissions it was given, and the system holds all."""
    clerk = Actor(account=AccountId("acme"), permissions=[Permission.SEE_ORDERS])

    held = [permission for permission in Permission if clerk.may(permission)]

    assert [Permission.SEE_ORDERS] == held
    assert all(map(Actor.system(AccountId("acme")).may, Permission))
    assert Actor.system(AccountId("acme")).user is None
