"""Each way of paying comes to the end it is meant to come to."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ordersales import InvoiceStatus, Order, OrderStatus, RefundKind, RefundStatus
from ordersales.adapters.memory import MemoryStore
from ordersales.demo.books import read_back
from ordersales.demo.checks import all_of
from ordersales.demo.purchases import Purchase
from ordersales.demo.shop import Shop
from ordersales.demo.stories import KINDS, Kind
from ordersales.demo.till import MANAGER, Till

OPEN, COMPLETED, DECLINED = OrderStatus.OPEN, OrderStatus.COMPLETED, OrderStatus.DECLINED
P, F, W = InvoiceStatus.PAID, InvoiceStatus.FAILED, InvoiceStatus.PENDING
REFUND, R = OrderStatus.REFUND, InvoiceStatus.REFUNDED
BY_WORDS = {kind.words: kind for kind in KINDS}
CASES = [
    ("card, paid at once", COMPLETED, [P], "10.01", "0.00"),
    ("stored card, one click", COMPLETED, [P], "10.01", "0.00"),
    ("card, clicked twice: one key, one charge", COMPLETED, [P], "10.01", "0.00"),
    ("card, gateway not reached: sent again, same key", COMPLETED, [P], "10.01", "0.00"),
    ("card declined: insufficient funds", DECLINED, [F], "0.00", "0.00"),
    ("card declined for good: stolen", DECLINED, [F], "0.00", "0.00"),
    ("card, answer lost after charging: webhook settled it", COMPLETED, [P], "10.01", "0.00"),
    ("wallet, settled by a webhook a day later", COMPLETED, [P], "10.01", "0.00"),
    ("wallet, that webhook delivered twice", COMPLETED, [P], "10.01", "0.00"),
    ("wallet, declined by webhook", DECLINED, [F], "0.00", "0.00"),
    ("wallet, buyer never came back", OPEN, [W], "0.00", "0.00"),
    ("bank transfer, confirmed with its commission", COMPLETED, [P], "10.01", "0.00"),
    ("bank transfer, rejected: never came", DECLINED, [F], "0.00", "0.00"),
    ("bank transfer of 1.00 too much", COMPLETED, [P], "11.01", "0.00"),
    ("in shares of 50/30/20 %, monthly", COMPLETED, [P, P, P], "10.01", "0.00"),
    ("in parts as the buyer likes, from 25 %", COMPLETED, [P, P, P], "10.01", "0.00"),
    (
        "in parts, the first declined, then tried again",
        COMPLETED,
        [F, P, P, P],
        "10.01",
        "0.00",
    ),
    ("one part paid, buyer stopped", OPEN, [P], "3.31", "0.00"),
    ("one part paid, manager waived the rest", COMPLETED, [P], "3.31", "6.70"),
    ("one part paid, manager declined", DECLINED, [P], "3.31", "0.00"),
    ("card, half of it refunded two weeks later", COMPLETED, [P], "10.01", "0.00"),
    ("card, all of it refunded two weeks later", REFUND, [R], "10.01", "0.00"),
    ("card, refunded, answer lost: webhook settled it", REFUND, [R], "10.01", "0.00"),
    ("card, refund still under way", COMPLETED, [P], "10.01", "0.00"),
    ("card, charged back by the buyer's bank", REFUND, [R], "10.01", "0.00"),
    ("in parts, then refunded over its payments", REFUND, [R, R, R], "10.01", "0.00"),
    ("manager declined, then the money turned up", DECLINED, [P], "10.01", "0.00"),
]


def told(kind: Kind, dollars: str, seed: int = 1) -> tuple[Order, Till, Purchase]:
    """Return the order, long after one purchase was paid like that."""
    till = Till(datetime(1997, 1, 1, tzinfo=UTC), seed, MemoryStore())
    shop, purchase = Shop(till, seed), Purchase(2, "00001", date(1997, 1, 1), 1, Decimal(dollars))
    shop.sell(purchase, kind)
    shop.wait_until(datetime(1999, 1, 1, tzinfo=UTC))
    (row,) = till.office.orders.page(MANAGER).rows
    return till.office.orders.get(MANAGER, row.number), till, purchase


@pytest.mark.parametrize(("words", "status", "invoices", "paid", "waived"), CASES)
def test_each_kind(
    words: str, status: OrderStatus, invoices: list[InvoiceStatus], paid: str, waived: str
) -> None:
    """The order's status, its invoices and its money are those that the words tell."""
    order, till, purchase = told(BY_WORDS[words], "10.01")

    assert status is order.status
    assert invoices == [invoice.status for invoice in order.invoices]
    assert (paid, waived) == (str(order.paid.amount), str(order.waived.amount))
    assert all(check.holds for check in all_of(read_back(till, (purchase,))))


def test_every_kind_is_tested() -> None:
    """The table above leaves none out, and the weights are out of ten thousand."""
    assert set(BY_WORDS) == {case[0] for case in CASES}
    assert 10_000 == sum(kind.weight for kind in KINDS)
    assert len(KINDS) == len(BY_WORDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.words)
def test_one_cent_can_be_paid_in_every_way(kind: Kind) -> None:
    """A price too small to be paid in parts breaks no story."""
    order, till, purchase = told(kind, "0.01")

    assert order.invoices
    assert all(check.holds for check in all_of(read_back(till, (purchase,))))


@pytest.mark.rule("I7")
def test_a_stored_card_is_one_click() -> None:
    """Only the card that was kept is charged without card entry."""
    new, _, _ = told(BY_WORDS["card, paid at once"], "1.00")
    kept, _, _ = told(BY_WORDS["stored card, one click"], "1.00")

    assert [False, True] == [new.invoices[0].one_click, kept.invoices[0].one_click]


@pytest.mark.rule("F1", "F2")
@pytest.mark.parametrize(
    ("words", "refunds", "returned", "reserved"),
    [
        ("card, half of it refunded two weeks later", 1, "5.01", "0.00"),
        ("card, all of it refunded two weeks later", 1, "10.01", "0.00"),
        ("card, refunded, answer lost: webhook settled it", 1, "10.01", "0.00"),
        ("card, refund still under way", 1, "0.00", "10.01"),
        ("card, charged back by the buyer's bank", 1, "10.01", "0.00"),
        ("in parts, then refunded over its payments", 3, "10.01", "0.00"),
    ],
)
def test_what_went_back(words: str, refunds: int, returned: str, reserved: str) -> None:
    """As much went back, or is on its way back, as the words tell; the gateway says the same."""
    order, till, _ = told(BY_WORDS[words], "10.01")

    settled = [item for item in order.refunds if item.status is RefundStatus.SUCCEEDED]
    asked = [item for item in settled if item.kind is RefundKind.REFUND]
    by_gateways = sum(gateway.returned("USD").minor for gateway in till.gateways.values())
    assert refunds == len(order.refunds)
    assert Decimal(returned) == sum(item.amount.amount for item in settled)
    assert Decimal(reserved) == sum(invoice.reserved.amount for invoice in order.invoices)
    assert by_gateways == sum(item.amount.minor for item in asked)


@pytest.mark.rule("O6")
@pytest.mark.parametrize(
    "words", ["bank transfer of 1.00 too much", "manager declined, then the money turned up"]
)
def test_what_a_person_has_to_look_at(words: str) -> None:
    """Money that can't complete its order is flagged."""
    order, _, _ = told(BY_WORDS[words], "1.00")

    assert order.needs_attention
