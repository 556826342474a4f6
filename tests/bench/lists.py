"""Subject: page 1 and page 10,000 of a million orders in memory storage, and how many there are.

It takes a minute or two and 1.5 GB to make a million orders. ``--orders 100000`` makes fewer, here
and in ``run.py``; the far page is then that much nearer. ``python tests/bench/lists.py`` measures
this subject alone.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any, Final

from attrs import frozen
from measure import milliseconds

from ordersales import (
    AccountId,
    CustomerId,
    IdempotencyKey,
    Invoice,
    InvoiceNumber,
    InvoiceStatus,
    Manager,
    Order,
    OrderColumn,
    OrderFilter,
    OrderNumber,
    OrderSort,
    OrderStatus,
    Sale,
    SystemName,
    UserId,
)
from ordersales.adapters.memory import MemoryStore
from ordersales.models.filters import Place
from ordersales.testing import a_customer, an_offer

ACME: Final = AccountId("acme")
BEGUN: Final = datetime(2024, 1, 1, tzinfo=UTC)
#: How many orders a transaction keeps while the store is filled.
BATCH: Final = 500
ROWS: Final = 50
FAR: Final = 10_000
ROUNDS: Final = 200
MILLION: Final = 1_000_000
#: How often a customer comes, and of a hundred orders how many end otherwise than Completed.
VISITS: Final = 3
OTHERWISE: Final = {7: OrderStatus.OPEN, 19: OrderStatus.REFUND, 41: OrderStatus.DECLINED}


def many_orders(count: int) -> Iterable[Order]:
    """Yield so many orders, each with an invoice, over two years."""
    offers = [an_offer(f"{9 + at}.90", number=f"C-{at}", name=f"Course {at}") for at in range(97)]
    customers = [a_customer(f"c-{at}", f"Customer {at}") for at in range(max(1, count // VISITS))]
    mira = Sale(manager=Manager(user=UserId("mira"), name="Mira"))
    cards, between = SystemName("Cards"), timedelta(days=730) / count
    for number in range(1, count + 1):
        offer, at = offers[number % len(offers)], BEGUN + number * between
        invoice = Invoice(
            number=InvoiceNumber(number),
            attempted_at=at,
            status=InvoiceStatus.PAID,
            amount=offer.unit_price,
            covers=offer.unit_price,
            system=cards,
            key=IdempotencyKey(f"pay-{number}"),
            settled_at=at,
        )
        yield Order(
            account=ACME,
            number=OrderNumber(number),
            key=IdempotencyKey(f"cart-{number}"),
            placed_at=at,
            customer=customers[number * 7919 % len(customers)],
            offer=offer,
            quantity=1,
            price=offer.unit_price,
            status=OTHERWISE.get(number % 100, OrderStatus.COMPLETED),
            sale=mira if number % 10 == 0 else Sale(),
            invoices=(invoice,),
        )


def filled(count: int) -> MemoryStore:
    """Return a store with so many orders, kept through its transactions."""
    store, waiting = MemoryStore(), iter(many_orders(count))
    for _ in range(0, count, BATCH):
        with store.transaction(ACME) as tx:
            for _, order in zip(range(BATCH), waiting, strict=False):
                tx.orders.add(order)
    return store


def measured(orders: Any, wanted: OrderFilter, sort: OrderSort, count: int) -> str:
    """Return a row of the table: a list's first page, a far one, and its count."""

    def page(after: Place | None) -> Callable[[], object]:
        return lambda: orders.page(wanted, sort, after=after, limit=ROWS)

    there = orders.count(wanted)
    # The far page begins where 9,999 pages of the whole list end, or in the middle of a short one.
    row = min((FAR - 1) * ROWS, there // 2, count // 2)
    far = place_of(orders, wanted, sort, row)
    times = milliseconds(
        {"near": page(None), "far": page(far), "count": lambda: orders.count(wanted)}, ROUNDS
    )
    ratio = times["far"] / times["near"]
    return (
        f"{times['near']:.3f} | {times['far']:.3f} | {row // ROWS + 1:,} | {ratio:.2f} "
        f"| {there:,} | {times['count']:.3f} |"
    )


def place_of(orders: Any, wanted: OrderFilter, sort: OrderSort, row: int) -> Place | None:
    """Return where a row of a list stands, by leafing to it."""
    after: Place | None = None
    while row >= 1:
        found = orders.page(wanted, sort, after=after, limit=min(row, 100_000))
        row -= len(found.rows)
        after = found.last
    return after


@frozen
class Lists:
    """What was measured, as it is printed and published."""

    orders: int
    #: The rows of the table, in Markdown.
    rows: tuple[str, ...]
    #: How many seconds it took to fill the store.
    filling: float

    def markdown(self) -> str:
        """Return the table."""
        return "\n".join(
            [
                f"## Lists of {self.orders:,} orders in memory, {ROWS} rows a page",
                "",
                "| list | page 1, ms | far page, ms | which | far ÷ 1 | rows | count, ms |",
                "| --- | --- | --- | --- | --- | --- | --- |",
                *self.rows,
                "",
                (
                    f"Storage alone; what making the {ROWS} rows costs besides stands under "
                    f"*What a row offers*. Medians of {ROUNDS} rounds. Filled in "
                    f"{self.filling:.0f} s, in transactions of {BATCH} orders with an invoice each."
                ),
            ]
        )


def table(count: int) -> Lists:
    """Fill a store and measure."""
    gc.disable()
    begun = perf_counter()
    store = filled(count)
    took = perf_counter() - begun
    gc.freeze()
    gc.enable()
    year = {"placed_from": datetime(2024, 6, 30, 22, tzinfo=UTC)}
    year["placed_before"] = datetime(2025, 6, 30, 22, tzinfo=UTC)
    newest, by_customer = OrderSort(), OrderSort(OrderColumn.CUSTOMER)
    lists = {
        "All orders": (OrderFilter(recurring=False), newest),
        "status Completed": (OrderFilter(statuses={OrderStatus.COMPLETED}), newest),
        "status Declined": (OrderFilter(statuses={OrderStatus.DECLINED}), newest),
        "one customer": (OrderFilter(customer=CustomerId("c-77")), newest),
        "placed within a year": (OrderFilter(**year), newest),
        "paid within a year": (
            OrderFilter(**{k.replace("placed", "paid"): v for k, v in year.items()}),
            newest,
        ),
        "one manager, Completed": (
            OrderFilter(manager=UserId("mira"), statuses={OrderStatus.COMPLETED}),
            newest,
        ),
        "All orders by customer": (OrderFilter(recurring=False), by_customer),
    }
    with store.transaction(ACME) as tx:
        rows = tuple(
            f"| {name} | {measured(tx.orders, wanted, sort, count)}"
            for name, (wanted, sort) in lists.items()
        )
    gc.unfreeze()
    return Lists(count, rows, took)


def main() -> None:
    """Measure, and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=MILLION)
    print(table(arguments.parse_args().orders).markdown())


if __name__ == "__main__":
    main()
