"""The shop sells each purchase on its day, and the same seed brings the same shop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ordersales import Order, OrderStatus
from ordersales.adapters.memory import MemoryStore
from ordersales.demo.books import Books, read_back
from ordersales.demo.offers import Shape
from ordersales.demo.purchases import Purchase, read
from ordersales.demo.shop import NOTHING_TO_PAY, Shop, run


def sold(path: Path, seed: int = 7) -> tuple[Shop, Books]:
    """Return the shop after all purchases, and its books."""
    purchases = read(path)

    def unwatched(rows: Sequence[Purchase]) -> Sequence[Purchase]:
        return rows

    shop = run(purchases, seed, MemoryStore(), unwatched)
    return shop, read_back(shop.till, purchases)


def test_orders_are_placed_on_their_days(purchases_file: Path) -> None:
    """An order is placed at midday of its purchase's date; the shop closes a day after the last."""
    shop, books = sold(purchases_file)

    days = [1, 2, 2, 4, 4, 4, 12, 12]
    assert [datetime(1997, 1, day, 12, tzinfo=UTC) for day in days] == [
        order.placed_at for order in reversed(books.orders)
    ]
    assert datetime(1997, 1, 13, 12, tzinfo=UTC) == shop.till.clock.now()


def test_purchases_that_are_alike_are_two_orders(purchases_file: Path) -> None:
    """One customer bought the same twice in a day: the line tells the two apart."""
    _, books = sold(purchases_file)

    alike = [order for order in books.orders if order.customer.id == "00001"]

    assert ["line-9", "line-2"] == [order.key for order in alike]


@pytest.mark.rule("O7")
def test_a_gift_is_completed_and_has_no_invoice(purchases_file: Path) -> None:
    """A purchase of zero value completes on placing."""
    shop, books = sold(purchases_file)

    gift = books.orders[-1]

    assert (OrderStatus.COMPLETED, ()) == (gift.status, gift.invoices)
    assert 1 == shop.kinds[NOTHING_TO_PAY]
    assert {Shape.ONE: 4, Shape.SEVERAL: 2, Shape.BUNDLE: 1, Shape.GIFT: 1} == shop.shapes


def test_a_seed_decides_all(tmp_path: Path) -> None:
    """The same seed gives the same orders; another one gives others."""
    path = tmp_path / "many.txt"
    path.write_text("00001 19970101 1 11.77\n" * 40, "ascii")

    def orders(seed: int) -> tuple[Order, ...]:
        return sold(path, seed)[1].orders

    assert orders(1) == orders(1)
    assert orders(1) != orders(2)


def test_lists_are_read_to_their_ends(tmp_path: Path) -> None:
    """More orders than fit on a page are all read back."""
    path = tmp_path / "many.txt"
    path.write_text("00001 19970101 1 0.00\n" * 1001, "ascii")

    assert list(range(1001, 0, -1)) == [order.number for order in sold(path)[1].orders]
