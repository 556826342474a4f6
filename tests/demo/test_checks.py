"""Each check holds for what the shop did, and notices the fault that it is there for."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve

from ordersales import Money, OrderStatus, Payment
from ordersales.demo.books import Books, read_back
from ordersales.demo.checks import all_of, whole
from ordersales.demo.purchases import read
from ordersales.demo.shop import Shop, midday
from ordersales.demo.stories import KINDS
from ordersales.demo.till import Till

CENT = Money.of("0.01", "USD")


@pytest.fixture
def books(tmp_path: Path) -> Books:
    """Return the books of a shop where one order was paid in each way, for 10.01."""
    path = tmp_path / "purchases.txt"
    path.write_text("00001 19970101 1 10.01\n" * len(KINDS), "ascii")
    purchases = read(path)
    till = Till(midday(purchases[0].day), 1)
    shop = Shop(till)
    for purchase, kind in zip(purchases, KINDS, strict=True):
        shop.sell(purchase, kind, None)
    shop.wait_until(midday(purchases[0].day.replace(year=1999)))
    return read_back(till, purchases)


def failing(books: Books) -> set[str]:
    """Return the statements that don't hold, each by its first two words."""
    broken = [check.statement for check in all_of(books) if not check.holds]
    return {" ".join(statement.split()[:2]) for statement in broken}


def order_changed(books: Books, index: int, **changes: object) -> Books:
    """Return books in which one order says something else, oldest first."""
    orders = list(books.orders)
    at = len(orders) - 1 - index
    orders[at] = evolve(orders[at], **changes)  # type: ignore[arg-type]
    return evolve(books, orders=tuple(orders))


def invoice_changed(books: Books, **changes: object) -> Books:
    """Return books in which the first payment says something else."""
    *others, first = books.payments
    invoice = evolve(first.invoice, **changes)  # type: ignore[arg-type]
    return evolve(books, payments=(*others, Payment(first.order, invoice)))


def order_lost(books: Books) -> Books:
    """Return books without the newest order."""
    return evolve(books, orders=books.orders[1:])


def order_twice(books: Books) -> Books:
    """Return books in which the newest order stands twice."""
    return evolve(books, orders=(books.orders[0], *books.orders))


def payment_lost(books: Books) -> Books:
    """Return books without the newest payment, which was a manual one."""
    return evolve(books, payments=books.payments[1:])


def quantity_wrong(books: Books) -> Books:
    """Return books in which an order is for two at the price of one."""
    return order_changed(books, 0, quantity=2)


def amount_wrong(books: Books) -> Books:
    """Return books in which a cent more was charged than was covered."""
    amount = books.payments[-1].invoice.amount
    return invoice_changed(books, amount=amount + CENT)


def covers_wrong(books: Books) -> Books:
    """Return books in which a payment without known commission covers a cent less."""
    covers = books.payments[-1].invoice.covers
    return invoice_changed(books, covers=covers - CENT, fee=None)


def completed_without_cover(books: Books) -> Books:
    """Return books in which a declined order says it is completed."""
    index = next(
        at
        for at, order in enumerate(reversed(books.orders))
        if order.status is OrderStatus.DECLINED and not order.needs_attention
    )
    return order_changed(books, index, status=OrderStatus.COMPLETED)


def flag_lost(books: Books) -> Books:
    """Return books in which no flag tells that too much was paid."""
    index = next(at for at, order in enumerate(reversed(books.orders)) if order.surplus.is_positive)
    return order_changed(books, index, attention=())


def gateway_took_more(books: Books) -> Books:
    """Return books in which the gateway took a payment that nobody recorded."""
    (name, charged), *others = books.charged
    reference = evolve(charged.request.reference, attempt=9)
    stray = evolve(charged, request=evolve(charged.request, reference=reference))
    return evolve(books, charged=((name, charged), (name, stray), *others))


def input_changed(books: Books) -> Books:
    """Return books in which the first purchase was a cent more."""
    first, *others = books.purchases
    dearer = evolve(first, dollars=first.dollars + Decimal("0.01"))
    return evolve(books, purchases=(dearer, *others))


def test_every_check_holds(books: Books) -> None:
    """One order in each way of paying leaves nothing to complain about."""
    assert set() == failing(books)


@pytest.mark.parametrize(
    ("spoil", "noticed"),
    [
        (order_lost, {"each purchase"}),
        (order_twice, {"each purchase", "order numbers"}),
        (payment_lost, {"order: paid", "order: price", "the total"}),
        (quantity_wrong, {"price ="}),
        (amount_wrong, {"invoice: amount", "gateways' own"}),
        (covers_wrong, {"invoice: amount", "gateways' own"}),
        (completed_without_cover, {"completed: paid"}),
        (flag_lost, {"paid beyond"}),
        (gateway_took_more, {"gateways' own"}),
        (input_changed, {"each purchase", "the total"}),
    ],
)
def test_a_fault_is_noticed(
    books: Books, spoil: Callable[[Books], Books], noticed: set[str]
) -> None:
    """What is spoilt in the books makes the checks fail that are about it."""
    assert noticed <= failing(spoil(books))


def test_the_input_is_held_against_what_is_known_of_it(books: Books) -> None:
    """A file that is not whole is noticed, by its number of purchases and by its sum."""
    count, total = len(books.purchases), sum(purchase.dollars for purchase in books.purchases)

    assert whole(books, count, Decimal(total)).holds
    assert not whole(books, count + 1, Decimal(total)).holds
    assert not whole(books, count, Decimal("0.01")).holds
