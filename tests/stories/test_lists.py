"""The people at the seller's look through their orders and payments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

import attrs
import pytest

from ordersales import (
    AnyShare,
    CustomerId,
    Event,
    EventKind,
    FixedShares,
    InFull,
    InvalidInput,
    InvoiceStatus,
    Money,
    Operation,
    OrderColumn,
    OrderFilter,
    OrderSort,
    OrderStatus,
    Page,
    PaymentSort,
    PaymentType,
    Permission,
    Share,
    SystemName,
    UserId,
)
from ordersales.errors import PermissionMissing
from ordersales.models.filters import EVERYTHING
from ordersales.models.order import Occurrence
from ordersales.testing import Play, a_customer, a_manager, an_actor, an_offer
from ordersales.testing.clock import START
from ordersales.values.identifiers import AccountId, InvoiceNumber, OrderNumber
from tests.drivers import ADA, BOSS, BUYER, CARDS, Shop, eur, key

IN_PARTS: Final = AnyShare(Share.percent(10))
PARTIAL: Final = OrderFilter(payment_type=PaymentType.PARTIAL)


def buys(shop: Shop, customer: str, name: str, price: str = "100.00") -> OrderNumber:
    """Let a customer place an order, and return its number."""
    bought = shop.office.orders.place(
        BUYER, an_offer(price), a_customer(customer, name), key=key(f"cart-{customer}-{price}")
    )
    return bought.number


def all_numbers(read: Callable[[str | None], Page[Any]]) -> list[int]:
    """Return the numbers of page after page."""
    page = read(None)
    found = [row.number for row in page.rows]
    while page.after is not None:
        page = read(page.after)
        found += [row.number for row in page.rows]
    return found


def as_occurrence(shop: Shop, number: OrderNumber) -> None:
    """Make an order one that a recurring order placed, directly in storage."""
    account = AccountId("acme")
    with shop.store.transaction(account) as tx:
        order = tx.orders.get(number)
        assert order is not None
        occurrence = Occurrence(recurring_order=1, index=2)
        regular = attrs.evolve(order, number=tx.orders.next_number(), key=key("rec-2"), version=0)
        tx.orders.add(attrs.evolve(regular, occurrence=occurrence, invoices=()))


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """Return a shop with six orders, placed an hour after one another, of every kind.

    Order 2 is paid, order 3 declined, and of order 5 another amount was taken.
    """
    whole = FixedShares((Share.percent(100),))
    for at, payment in enumerate([InFull(), IN_PARTS, InFull(), whole, InFull(), IN_PARTS], 1):
        customer = ADA if at % 2 else a_customer("bob", "Bob")
        shop.office.orders.place(BUYER, an_offer(payment=payment), customer, key=key(f"cart-{at}"))
        shop.clock.advance(timedelta(hours=1))
    shop.gateway.then(Play.SUCCEED, Play.DECLINE, Play.OTHER_AMOUNT)
    for number in map(OrderNumber, (2, 3, 5)):
        shop.charge(number, under=f"pay-{number}")
    return shop


@pytest.mark.rule("L3", "O6")
@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"statuses": {OrderStatus.OPEN}}, [6, 5, 4, 1]),
        ({"statuses": {OrderStatus.COMPLETED, OrderStatus.DECLINED}}, [3, 2]),
        ({"statuses": {OrderStatus.REFUND}}, []),
        ({"payment_statuses": {InvoiceStatus.FAILED, InvoiceStatus.PENDING}}, [5, 3]),
        ({"customer": CustomerId("bob")}, [6, 4, 2]),
        ({"customer": CustomerId("eve")}, []),
        ({"payment_type": PaymentType.PARTIAL}, [6, 4, 2]),
        ({"payment_type": PaymentType.FULL}, [5, 3, 1]),
        ({"needs_attention": True}, [5]),
        ({"needs_attention": False}, [6, 4, 3, 2, 1]),
        ({"placed_from": START + timedelta(hours=4)}, [6, 5]),
        ({"placed_before": START + timedelta(hours=1)}, [1]),
        (
            {
                "placed_from": datetime(2026, 1, 1, 14, tzinfo=timezone(timedelta(hours=1))),
                "placed_before": START + timedelta(hours=3),
            },
            [3, 2],
        ),
        ({"customer": CustomerId("ada"), "statuses": {OrderStatus.OPEN}}, [5, 1]),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 50])
def test_filters(busy: Shop, wanted: dict[str, Any], expected: list[int], limit: int) -> None:
    """A filter lets through what passes all its fields, page by page; the count tells how many."""
    found = OrderFilter(**wanted)

    assert expected == all_numbers(
        lambda after: busy.office.orders.page(BOSS, found, after=after, limit=limit)
    )
    assert len(expected) == busy.office.orders.count(BOSS, found)


@pytest.mark.rule("L4")
def test_a_page_that_is_just_full(busy: Shop) -> None:
    """A last page that is just full says that it is the last, on both lists."""
    orders = busy.office.orders.page(BOSS, limit=6)
    payments = busy.office.payments.page(BOSS, limit=3)

    assert ((6, None), (3, None)) == (
        (len(orders.rows), orders.after), (len(payments.rows), payments.after),
    )  # fmt: skip


@pytest.mark.rule("L1", "L3")
def test_payments_of_filtered_orders(busy: Shop) -> None:
    """What a filter asks of orders, Payments asks of the orders of its invoices."""
    rows = busy.office.payments.page(BOSS).rows
    partial = busy.office.payments.page(BOSS, PARTIAL).rows

    assert [(3, 5), (2, 3), (1, 2)] == [(row.number, row.order) for row in rows]
    assert [(1, 2)] == [(row.number, row.order) for row in partial]


@pytest.mark.rule("L1", "L2")
def test_the_morning_look(shop: Shop) -> None:
    """All orders shows the newest first, each with what a person needs to know of it."""
    first = shop.place(price="80.00", under="cart-1")
    shop.charge(first)
    shop.place(under="cart-2")

    page = shop.office.orders.page(BOSS)

    assert [2, 1] == [row.number for row in page.rows]
    assert page.after is None
    paid = page.rows[1]
    assert (OrderStatus.COMPLETED, eur("80.00"), eur("0.00")) == (
        paid.status, paid.price, paid.outstanding,
    )  # fmt: skip
    assert (ADA, "C-1", "Course", "7", 1) == (
        paid.customer, paid.offer_number, paid.offer_name, paid.category.number, paid.quantity,
    )  # fmt: skip
    assert (None, False) == (paid.sale.manager, paid.sale.confirmed)
    assert 2 == shop.office.orders.count(BOSS)


@pytest.mark.rule("L4")
def test_leafing_through_while_the_shop_sells(shop: Shop) -> None:
    """Orders that are placed between two pages neither repeat nor hide any that were there."""
    for at in range(5):
        shop.place(under=f"cart-{at}")

    def read(after: str | None) -> Page[Any]:
        page = shop.office.orders.page(BOSS, after=after, limit=2)
        shop.place(under=f"new-{after}")
        return page

    assert [5, 4, 3, 2, 1] == all_numbers(read)


@pytest.mark.rule("L3", "L4")
@pytest.mark.parametrize("descending", [True, False])
def test_sorting_by_price(shop: Shop, descending: bool) -> None:
    """A list sorted by price pages in that order, equal prices by number."""
    for at, price in enumerate(["5.00", "70.00", "5.00", "12.00"]):
        buys(shop, f"c{at}", "Someone", price)
    sort = OrderSort(OrderColumn.PRICE, descending)

    found = all_numbers(
        lambda after: shop.office.orders.page(BOSS, EVERYTHING, sort, after=after, limit=1)
    )

    assert ([2, 4, 3, 1] if descending else [1, 3, 4, 2]) == found


@pytest.mark.rule("L3")
def test_looking_for_somebody(shop: Shop) -> None:
    """A person types a name as well as they can, and finds the customer's orders."""
    number = buys(shop, "zoe", "Zoë Ångström")
    buys(shop, "ada", "Ada Lovelace")

    def found(**asked: Any) -> list[int]:
        return [row.number for row in shop.office.orders.page(BOSS, OrderFilter(**asked)).rows]

    assert [number] == found(text="angstrom zoe")
    assert [number] == found(customer=CustomerId("zoe"))
    assert [] == found(text="zoe", statuses={OrderStatus.COMPLETED})
    assert 1 == shop.office.orders.count(BOSS, OrderFilter(text="ZOË"))


@pytest.mark.rule("L1", "I1")
def test_the_payments_list(shop: Shop) -> None:
    """Payments shows every invoice, what failed and what is awaited as well."""
    order = shop.place(payment=IN_PARTS)
    shop.charge(order, "30.00", "pay-1")
    shop.gateway.then(Play.DECLINE)
    shop.charge(order, "20.00", "pay-2")
    shop.announce(order, "70.00")

    page = shop.office.payments.page(BOSS)

    assert [3, 2, 1] == [row.number for row in page.rows]
    awaited, failed, paid = page.rows
    assert (InvoiceStatus.PENDING, "Sent this morning", "Bank transfer") == (
        awaited.status, awaited.comment, awaited.system,
    )  # fmt: skip
    assert failed.error is not None
    assert "insufficient_funds" == failed.error.code
    assert (order, Decimal("30.00"), eur("30.00")) == (paid.order, paid.percent, paid.amount)
    assert 3 == shop.office.payments.count(BOSS)


@pytest.mark.rule("L3", "L4")
def test_what_came_by_card(shop: Shop) -> None:
    """The same filter on Payments speaks of the invoices, and pages like any list."""
    order = shop.place(payment=IN_PARTS)
    for at in range(3):
        shop.charge(order, "10.00", f"pay-{at}")
    shop.announce(order, "10.00")
    by_card = OrderFilter(system=CARDS, payment_statuses={InvoiceStatus.PAID})
    sort = PaymentSort("amount", descending=False)

    found = all_numbers(
        lambda after: shop.office.payments.page(BOSS, by_card, sort, after=after, limit=2)
    )

    assert [1, 2, 3] == found
    assert 3 == shop.office.payments.count(BOSS, by_card)
    assert 1 == shop.office.orders.count(BOSS, by_card)
    assert 0 == shop.office.payments.count(BOSS, OrderFilter(system=SystemName("Cash")))


@pytest.mark.rule("L1")
def test_occurrences_are_listed_elsewhere(shop: Shop) -> None:
    """All orders shows regular ones, unless the filter asks for occurrences."""
    first = shop.place()
    as_occurrence(shop, first)
    recurring = OrderFilter(recurring=True)

    assert [1] == [row.number for row in shop.office.orders.page(BOSS).rows]
    assert 1 == shop.office.orders.count(BOSS, OrderFilter(customer=ADA.id))
    assert [2] == [row.number for row in shop.office.orders.page(BOSS, recurring).rows]


@pytest.mark.rule("P4", "A3")
def test_confirm_and_decline_among_partial_ones(shop: Shop) -> None:
    """*Confirm* and *Decline* are offered while the list is filtered by partial payment."""
    shop.place(payment=IN_PARTS)
    partial = OrderFilter(payment_type=PaymentType.PARTIAL)

    (row,) = shop.office.orders.page(BOSS, partial).rows
    (unfiltered,) = shop.office.orders.page(BOSS).rows

    both = {"confirm the order", "decline the order"}
    assert both <= set(row.actions)
    assert set() == both & set(unfiltered.actions)


@pytest.mark.rule("P4", "A3")
def test_what_a_row_does_not_offer(shop: Shop) -> None:
    """Nothing is offered that would be refused: to this person, on these terms, at this stage."""
    open_ = shop.place(IN_PARTS)
    whole, done = shop.place(under="c-2"), shop.place(IN_PARTS, under="c-3")
    shop.charge(done)
    clerk = an_actor(Permission.SEE_ORDERS)
    both = {Operation.CONFIRM, Operation.DECLINE}

    assert both <= {*shop.office.orders.offered(BOSS, open_, PARTIAL)}
    assert () == shop.office.orders.offered(clerk, open_, PARTIAL)
    for number, wanted in [
        (open_, EVERYTHING),
        (open_, OrderFilter(payment_type=PaymentType.FULL)),
        (whole, PARTIAL),
        (done, PARTIAL),
    ]:
        assert not both & {*shop.office.orders.offered(BOSS, number, wanted)}


@pytest.mark.rule("E1")
def test_history(shop: Shop) -> None:
    """Every change has left an event: what, when, who, before and after."""
    shop.gateway.then(Play.SUCCEED, Play.NOT_SENT, Play.SUCCEED)
    number = shop.place(IN_PARTS)
    shop.clock.advance(timedelta(minutes=1))
    shop.charge(number, "30.00", "pay-1")
    shop.clock.advance(timedelta(minutes=1))
    shop.charge(number, "30.00", "pay-2")
    shop.charge(number, "30.00", "pay-2")
    shop.clock.advance(timedelta(minutes=1))
    shop.office.orders.confirm(BOSS, number, reason="Enough")

    def event(kind: EventKind, minute: int, **more: Any) -> Event:
        at = START + timedelta(minutes=minute)
        told = {"before": OrderStatus.OPEN, "after": OrderStatus.OPEN, **more}
        return Event(account=BOSS.account, order=number, kind=kind, at=at, **told)

    ada, thirty = UserId("ada"), eur("30.00")
    first, second = {"invoice": 1, "amount": thirty}, {"invoice": 2, "amount": thirty}
    expected = (
        event(EventKind.ORDER_PLACED, 0, by=ada, amount=eur("100.00"), before=None),
        event(EventKind.PAYMENT_STARTED, 1, by=ada, **first),
        event(EventKind.PAYMENT_SUCCEEDED, 1, **first),
        event(EventKind.PAYMENT_STARTED, 2, by=ada, **second),
        event(EventKind.PAYMENT_NOT_SENT, 2, invoice=2, note="connection refused"),
        event(EventKind.PAYMENT_SENT_AGAIN, 2, invoice=2),
        event(EventKind.PAYMENT_SUCCEEDED, 2, **second),
        event(
            EventKind.ORDER_CONFIRMED,
            3,
            by=UserId("boss"),
            amount=eur("40.00"),
            note="Enough",
            after=OrderStatus.COMPLETED,
        ),
    )
    assert expected == shop.office.orders.history(BOSS, number)


@pytest.mark.rule("A4", "L4")
def test_a_cursor_is_good_for_its_list_only(shop: Shop) -> None:
    """A cursor is refused by another account, another list, another filter and another sort."""
    order = shop.place(payment=IN_PARTS)
    shop.place(under="cart-2")
    for at in range(2):
        shop.charge(order, "10.00", f"pay-{at}")
    orders, payments = shop.office.orders, shop.office.payments
    after = orders.page(BOSS, limit=1).after
    of_payments = payments.page(BOSS, limit=1).after

    assert [1] == [row.number for row in orders.page(BOSS, after=after, limit=10).rows]
    for misuse in (
        lambda: orders.page(a_manager(account="globex"), after=after),
        lambda: orders.page(BOSS, OrderFilter(recurring=True), after=after),
        lambda: orders.page(BOSS, sort=OrderSort("price"), after=after),
        lambda: orders.page(BOSS, after=of_payments),
        lambda: payments.page(BOSS, after=after),
        lambda: payments.page(BOSS, sort=PaymentSort("status"), after=of_payments),
    ):
        with pytest.raises(InvalidInput, match="after"):
            misuse()


@pytest.mark.rule("A2")
def test_who_may_not_see(shop: Shop) -> None:
    """Without the permission to see orders, no list opens and nothing is counted."""
    shop.place()
    stranger = an_actor(*(set(Permission) - {Permission.SEE_ORDERS}))
    office = shop.office

    for look in (
        office.orders.page, office.orders.count, office.payments.page, office.payments.count,
    ):  # fmt: skip
        with pytest.raises(PermissionMissing, match="see orders"):
            look(stranger)


@pytest.mark.rule("A4")
def test_another_account_sees_nothing(shop: Shop) -> None:
    """Another account's lists are as empty as if nothing had been sold."""
    shop.charge(shop.place())
    elsewhere = a_manager(account="globex")

    assert (0, 0) == (
        shop.office.orders.count(elsewhere, OrderFilter(number=OrderNumber(1))),
        shop.office.payments.count(elsewhere, OrderFilter(invoice=InvoiceNumber(1))),
    )
    assert () == shop.office.orders.page(elsewhere).rows
    assert () == shop.office.payments.page(elsewhere).rows


@pytest.mark.rule("B1", "L4")
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"wanted": {"number": 1}}, "wanted"),
        ({"sort": "price"}, "sort"),
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"limit": True}, "limit"),
        ({"after": 7}, "after"),
        ({"after": "7"}, "after"),
    ],
    ids=str,
)
def test_a_page_that_can_not_be_read(shop: Shop, given: dict[str, Any], field: str) -> None:
    """What is no filter, sort, cursor or length is refused by its name, on both lists."""
    for read in (shop.office.orders.page, shop.office.payments.page):
        with pytest.raises(InvalidInput) as caught:
            read(BOSS, **given)
        assert [field] == [problem.field for problem in caught.value.problems]


@pytest.mark.rule("B1")
def test_counting_by_no_filter(shop: Shop) -> None:
    """Counting refuses what is no filter."""
    wrong: Any = {"status": "Open"}
    for count in (shop.office.orders.count, shop.office.payments.count):
        with pytest.raises(InvalidInput, match="wanted"):
            count(BOSS, wrong)


@pytest.mark.rule("L4", "B1")
def test_sorts_of_the_other_list(shop: Shop) -> None:
    """A list is sorted by its own columns, not by those of the other."""
    orders_sort: Any = OrderSort()
    payments_sort: Any = PaymentSort()

    with pytest.raises(InvalidInput, match="OrderSort"):
        shop.office.orders.page(BOSS, sort=payments_sort)
    with pytest.raises(InvalidInput, match="PaymentSort"):
        shop.office.payments.page(BOSS, sort=orders_sort)


@pytest.mark.rule("L4")
def test_a_thousand_rows_at_once(shop: Shop) -> None:
    """The longest page has a thousand rows, the shortest one."""
    shop.place(payment=InFull())

    assert 1 == len(shop.office.orders.page(BOSS, limit=1000).rows)
    assert 1 == len(shop.office.orders.page(BOSS, limit=1).rows)


@pytest.mark.rule("L3")
def test_the_price_range_is_in_its_currency(shop: Shop) -> None:
    """A range of prices finds those of its currency and no others."""
    buys(shop, "ada", "Ada", "50.00")
    shop.office.orders.place(BUYER, an_offer("50", "USD"), ADA, key=key("usd"))

    assert 1 == shop.office.orders.count(BOSS, OrderFilter(price_from=Money.of(50, "EUR")))
    assert 1 == shop.office.orders.count(BOSS, OrderFilter(price_to=Money.of(50, "USD")))
    assert 0 == shop.office.orders.count(BOSS, OrderFilter(price_from=Money.of(51, "EUR")))
