"""Sales are credited by sales plans, at checkout and by *Add user*, and some are checked."""

from __future__ import annotations

from collections import Counter

import pytest

from ordersales import Basis, CustomerId, EventKind, OrderStatus
from ordersales.adapters.memory import MemoryStore
from ordersales.demo.books import Books, read_back
from ordersales.demo.purchases import read
from ordersales.demo.shop import Shop, run
from ordersales.demo.sums import sellers_table
from ordersales.demo.till import MANAGER


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, Books]:
    """Return a shop where 500 customers bought twice, and its books."""
    path = tmp_path_factory.mktemp("sellers") / "purchases.txt"
    lines = [f"{at:05} 1997{month}01 1 11.77\n" for month in ("01", "04") for at in range(500)]
    path.write_text("".join(lines), "ascii")
    purchases = read(path)
    shop = run(purchases, 3, MemoryStore(), lambda rows: rows)
    return shop, read_back(shop.till, purchases)


@pytest.mark.rule("S1", "S4")
def test_sales_are_credited_for_every_reason(sold: tuple[Shop, Books]) -> None:
    """Most to the system, some by a sales plan, at checkout, by Add user or chosen when checked."""
    _, books = sold

    bases = Counter(order.sale.basis for order in books.orders)

    assert set(Basis) == set(bases)
    assert [Basis.SYSTEM, Basis.PLAN] == [basis for basis, _ in bases.most_common(2)]


@pytest.mark.rule("S1")
def test_a_customer_has_one_manager(sold: tuple[Shop, Books]) -> None:
    """All sales plans of one customer are of the manager who looks after them."""
    shop, books = sold
    planned = {order.customer.id for order in books.orders if order.sale.basis is Basis.PLAN}

    for customer in planned:
        plans = shop.till.office.sales.plans_of(MANAGER, CustomerId(customer))
        assert 1 == len({plan.manager for plan in plans})


@pytest.mark.rule("S2", "S3")
def test_what_is_confirmed_was_checked_by_a_person(sold: tuple[Shop, Books]) -> None:
    """Confirmed and unconfirmed stand side by side; only what was paid was confirmed."""
    shop, books = sold
    confirmed = [order for order in books.orders if order.sale.confirmed]

    assert 0 < len(confirmed) < len(books.orders)
    for order in confirmed:
        assert OrderStatus.COMPLETED is order.status or order.paid.is_positive
        (event,) = [
            event
            for event in shop.till.office.orders.history(MANAGER, order.number)
            if event.kind is EventKind.SALE_CONFIRMED
        ]
        assert "ada" == event.by


def test_the_table_of_sellers_counts_each_order_once(sold: tuple[Shop, Books]) -> None:
    """The rows add up to the last one, which is all orders."""
    _, books = sold

    *rows, total = sellers_table(books.orders).rows

    assert {"Ada", "Ben", "Cleo", "system"} == {row[0] for row in rows}
    assert total[1:-1] == tuple(
        f"{sum(int(row[at].replace(',', '')) for row in rows):,}" for at in range(1, len(total) - 1)
    )


def test_a_seed_decides_who_sells(sold: tuple[Shop, Books]) -> None:
    """The same seed credits and confirms the same sales."""
    _, books = sold
    again = run(books.purchases, 3, MemoryStore(), lambda rows: rows)

    orders = read_back(again.till, books.purchases).orders

    assert [order.sale for order in books.orders] == [order.sale for order in orders]
