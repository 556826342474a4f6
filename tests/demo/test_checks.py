"""Each check holds for what the shop did, and notices the fault that it is there for."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve

from ordersales import InvoiceStatus, Money, OrderStatus, RefundStatus, Sale
from ordersales.adapters.memory import MemoryStore
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
    till = Till(midday(purchases[0].day), 1, MemoryStore())
    shop = Shop(till, 1)
    for purchase, kind in zip(purchases, KINDS, strict=True):
        shop.sell(purchase, kind)
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


def payment_changed(books: Books, **changes: object) -> Books:
    """Return books in which the first row of the payments says something else."""
    *others, first = books.payments
    return evolve(books, payments=(*others, evolve(first, **changes)))  # type: ignore[arg-type]


def refund_changed(books: Books, **changes: object) -> Books:
    """Return books in which the first refund says something else."""
    index, order = next((at, o) for at, o in enumerate(reversed(books.orders)) if o.refunds)
    (invoice,) = order.invoices
    refund = evolve(invoice.refunds[0], **changes)  # type: ignore[arg-type]
    return order_changed(books, index, invoices=(evolve(invoice, refunds=(refund,)),))


def order_lost(books: Books) -> Books:
    """Return books without the newest order."""
    return evolve(books, orders=books.orders[1:])


def order_twice(books: Books) -> Books:
    """Return books in which the newest order stands twice."""
    orders, rows = (books.orders[0], *books.orders), (books.rows[0], *books.rows)
    return evolve(books, orders=orders, rows=rows)


def payment_lost(books: Books) -> Books:
    """Return books without the newest payment whose money was taken."""
    lost = next(item for item in books.payments if item.status is InvoiceStatus.PAID)
    return evolve(books, payments=tuple(item for item in books.payments if item is not lost))


def quantity_wrong(books: Books) -> Books:
    """Return books in which an order is listed as for two at the price of one."""
    *others, first = books.rows
    return evolve(books, rows=(*others, evolve(first, quantity=2)))


def amount_wrong(books: Books) -> Books:
    """Return books in which a cent more was charged than was covered."""
    return payment_changed(books, amount=books.payments[-1].amount + CENT)


def covers_wrong(books: Books) -> Books:
    """Return books in which a payment without known commission covers a cent less."""
    return payment_changed(books, covers=books.payments[-1].covers - CENT, credited=None)


def share_wrong(books: Books) -> Books:
    """Return books in which the first order is shown as paid to less than a hundred percent."""
    return payment_changed(books, percent=Decimal("99.99"))


def returned_too_much(books: Books) -> Books:
    """Return books in which more went back than had come."""
    return refund_changed(books, amount=Money.of("10.02", "USD"))


def refund_forgotten(books: Books) -> Books:
    """Return books in which the gateway returned money and ours say that it refused."""
    return refund_changed(books, status=RefundStatus.FAILED)


def chargeback_unheard(books: Books) -> Books:
    """Return books in which a bank took money back that nobody recorded."""
    (known,) = books.chargebacks
    return evolve(books, chargebacks=(known, evolve(known, charge="ch_0")))


def confirmed_by_nobody(books: Books) -> Books:
    """Return books in which a sale is confirmed, and no person did it."""
    sale = Sale(confirmed_at=books.orders[0].placed_at)
    return order_changed(books, 0, sale=sale)


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
        (share_wrong, {"shown shares"}),
        (returned_too_much, {"returned +", "what gateways"}),
        (refund_forgotten, {"what gateways"}),
        (chargeback_unheard, {"what gateways"}),
        (confirmed_by_nobody, {"sale confirmed:"}),
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
