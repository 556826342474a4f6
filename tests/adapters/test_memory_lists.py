"""The lists of the memory store, against filtering and sorting all there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any, TypeVar

import attrs
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from ordersales.adapters.memory import MemoryStore, listing
from ordersales.adapters.memory.store import MemoryOrders
from ordersales.models.filters import (
    EVERYTHING,
    OrderColumn,
    OrderFilter,
    OrderSort,
    PaymentColumn,
    PaymentSort,
    Place,
    Slice,
)
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import Order, OrderStatus, Payment
from ordersales.models.sale import Sale
from ordersales.rules.filtering import matches, matches_payment
from ordersales.rules.sorting import order_place, payment_place
from ordersales.values.identifiers import OrderNumber
from tests.listed import ACME, HOUR, MIRA, NOON, an_invoice, an_order, filters, orders, shops

pytestmark = pytest.mark.rule("L3", "L4")

Row = TypeVar("Row")
order_sorts = st.builds(OrderSort, st.sampled_from(OrderColumn), st.booleans())
payment_sorts = st.builds(PaymentSort, st.sampled_from(PaymentColumn), st.booleans())
limits = st.integers(1, 5)


@frozen
class Look:
    """How somebody looks at both lists."""

    wanted: OrderFilter
    sort: OrderSort
    payment_sort: PaymentSort
    limit: int


looks = st.builds(Look, filters(), order_sorts, payment_sorts, limits)


@pytest.fixture(params=[5_000, 0], ids=["sorted", "climbed"], autouse=True)
def _both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every test run where the candidates are few, and as if they were many."""
    monkeypatch.setattr(listing, "_SORTED_AT_ONCE", request.param)


def kept(*placed: Order) -> MemoryStore:
    """Return a store in which these orders were committed one by one."""
    store = MemoryStore()
    for order in placed:
        add(store, order)
    return store


def add(store: MemoryStore, order: Order) -> None:
    """Commit an order."""
    with store.transaction(ACME) as tx:
        tx.orders.add(order)


def change(store: MemoryStore, number: int, **changed: Any) -> None:
    """Commit a change of an order."""
    with store.transaction(ACME) as tx:
        order = tx.orders.get(OrderNumber(number))
        assert order is not None
        tx.orders.save(attrs.evolve(order, **changed))


def pages(read: Callable[[Place | None], Slice[Row]], after: Place | None = None) -> Iterator[Row]:
    """Yield the rows of page after page."""
    while True:
        page = read(after)
        yield from page.rows
        if page.last is None:
            return
        after = page.last


def naively(
    rows: list[Row], fits: Callable[[Row], bool], place: Callable[[Row], Place], *, descending: bool
) -> list[Row]:
    """Return the rows that fit, in order: the plainest way there is."""

    def by(row: Row) -> Any:
        found = place(row)
        return found.value, found.number

    return sorted(filter(fits, rows), key=by, reverse=descending)


def listed(seen: MemoryOrders, wanted: OrderFilter, sort: OrderSort, limit: int) -> list[Order]:
    """Return all orders of a list, read page by page."""
    return [*pages(lambda after: seen.page(wanted, sort, after=after, limit=limit))]


def listed_payments(
    seen: MemoryOrders, wanted: OrderFilter, sort: PaymentSort, limit: int
) -> list[Payment]:
    """Return all payments of a list, read page by page."""
    return [*pages(lambda after: seen.payments(wanted, sort, after=after, limit=limit))]


def check(seen: MemoryOrders, there: list[Order], look: Look) -> None:
    """Hold the pages and the counts of both lists against the naive ones."""
    wanted, limit = look.wanted, look.limit
    expected = naively(
        there,
        lambda order: matches(order, wanted),
        lambda order: order_place(order, look.sort.column),
        descending=look.sort.descending,
    )
    assert expected == listed(seen, wanted, look.sort, limit)
    assert len(expected) == seen.count(wanted)

    paid = naively(
        [Payment(order, item) for order in there for item in order.invoices],
        lambda payment: matches_payment(payment, wanted),
        lambda payment: payment_place(payment, look.payment_sort.column),
        descending=look.payment_sort.descending,
    )
    assert paid == listed_payments(seen, wanted, look.payment_sort, limit)
    assert len(paid) == seen.count_payments(wanted)


def stored(order: Order, version: int = 1) -> Order:
    """Return an order as the store gives it back."""
    return attrs.evolve(order, version=version)


@given(shops(), looks)
def test_pages_are_the_whole_list(shop: list[Order], look: Look) -> None:
    """Whatever the shop, the filter, the sort and the page: nothing repeats, nothing is missing."""
    with kept(*shop).transaction(ACME) as tx:
        check(tx.orders, [stored(order) for order in shop], look)


@given(shops(), looks, st.data())
def test_changes_move_rows(shop: list[Order], look: Look, data: st.DataObject) -> None:
    """After every order became another one, the lists are those of what they became."""
    store = kept(*shop)
    with store.transaction(ACME) as tx:  # the ladders are there before the change
        listed(tx.orders, EVERYTHING, look.sort, look.limit)
        listed_payments(tx.orders, EVERYTHING, look.payment_sort, look.limit)
    became: list[Order] = []
    for order in shop:
        other = data.draw(orders(order.number))
        paid = (*other.invoices, *order.invoices[len(other.invoices) :])
        # What an order is of stays as it was.
        now = attrs.evolve(
            other, offer=order.offer, placed_at=order.placed_at, occurrence=order.occurrence,
            price=order.price, quantity=order.quantity, invoices=paid, version=1,
        )  # fmt: skip
        with store.transaction(ACME) as tx:
            became.append(tx.orders.save(now))

    with store.transaction(ACME) as tx:
        check(tx.orders, became, look)


@given(shops(), shops(), looks)
def test_a_transaction_lists_its_own_writes(
    committed: list[Order], written: list[Order], look: Look
) -> None:
    """What a transaction has written stands in its lists in place of what is committed."""
    known = {order.number: order for order in committed}
    with kept(*committed).transaction(ACME) as tx:
        there = {number: stored(order) for number, order in known.items()}
        for order in written:
            earlier = known.get(order.number)
            if earlier is None:
                there[order.number] = tx.orders.add(order)
            elif len(earlier.invoices) <= len(order.invoices):
                there[order.number] = tx.orders.save(stored(order))
        check(tx.orders, [*there.values()], look)


@given(shops(), shops(), filters(), order_sorts, limits)
def test_what_arrives_meanwhile_disturbs_nothing(
    there: list[Order], arriving: list[Order], wanted: OrderFilter, sort: OrderSort, limit: int
) -> None:
    """With an order arriving between any two pages, none repeats and none that was there hides."""
    store = kept(*there)
    taken = {order.number for order in there}
    coming = [order for order in arriving if order.number not in taken]

    def read(after: Place | None) -> Slice[Order]:
        with store.transaction(ACME) as tx:
            page = tx.orders.page(wanted, sort, after=after, limit=limit)
        if coming:
            add(store, coming.pop())
        return page

    found = [order.number for order in pages(read)]

    assert len(set(found)) == len(found)
    assert {order.number for order in there if matches(order, wanted)} <= set(found)


@pytest.mark.parametrize("column", [OrderColumn.NUMBER, OrderColumn.CUSTOMER])
def test_pages_beside_other_threads(column: OrderColumn) -> None:
    """While other threads place and change orders, every page is whole and in order."""
    numbers = range(1, 301)
    store = kept(*map(an_order, numbers))
    errors: list[BaseException] = []

    def commit(first: int) -> None:
        try:
            for at in range(150):
                add(store, an_order(first + at))
                change(store, first + at, status=OrderStatus.COMPLETED, sale=Sale(manager=MIRA))
        except BaseException as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    threads = [Thread(target=commit, args=(first,)) for first in (1000, 2000)]
    for thread in threads:
        thread.start()
    wanted = OrderFilter(statuses={OrderStatus.OPEN, OrderStatus.COMPLETED})
    while any(thread.is_alive() for thread in threads):
        with store.transaction(ACME) as tx:
            found = [order.number for order in listed(tx.orders, wanted, OrderSort(column), 40)]
        assert sorted(found, reverse=True) == found
        assert len(set(found)) == len(found)
        assert set(numbers) <= set(found)
    assert [] == errors


def test_a_filter_and_a_column_that_go_hand_in_hand() -> None:
    """Where the wanted rows stand at the far end of the column, they are found all the same."""
    open_ones = [an_order(number, quantity=1) for number in range(1, 700)]
    rare = [an_order(number, quantity=2, status=OrderStatus.REFUND) for number in (700, 701)]
    wanted, sort = (
        OrderFilter(statuses={OrderStatus.REFUND}),
        OrderSort("quantity", descending=False),
    )

    with kept(*open_ones, *rare).transaction(ACME) as tx:
        assert [700, 701] == [order.number for order in listed(tx.orders, wanted, sort, 1)]


def test_what_changed_while_nobody_looked() -> None:
    """Of many orders that came and changed unseen, few are left for the next who looks to wait for."""
    store = MemoryStore()
    for number in range(1, 601):
        add(store, an_order(number, invoices=(an_invoice(number),)))
        change(store, number, status=OrderStatus.DECLINED)
    waiting = len(store._accounts[ACME].lists._behind._known)

    with store.transaction(ACME) as tx:
        assert tx.orders.count(OrderFilter(statuses={OrderStatus.DECLINED})) == 600
        assert tx.orders.count_payments(OrderFilter(statuses={OrderStatus.DECLINED})) == 600
    assert waiting < 256
    assert not store._accounts[ACME].lists._behind._known


def test_candidates_only_are_looked_at() -> None:
    """A page of the common filters reads its own rows, not the list they are picked from."""
    day = 24 * HOUR
    placed = [
        an_order(
            number,
            placed_at=NOON + number * day,
            status=OrderStatus.DECLINED if number % 100 == 0 else OrderStatus.COMPLETED,
            invoices=(an_invoice(number, settled_at=NOON + number * day),),
        )
        for number in range(1, 2001)
    ]
    store = kept(*placed)
    read: list[int] = []
    orders_there = store._accounts[ACME].lists.orders
    fetch = orders_there._fetch
    orders_there._fetch = lambda number: read.append(number) or fetch(number)  # type: ignore[func-returns-value]

    def looked_at(**asked: Any) -> int:
        read.clear()
        with store.transaction(ACME) as tx:
            assert tx.orders.page(OrderFilter(**asked), OrderSort(), after=None, limit=5).rows
        return len(read)

    assert looked_at() <= 6
    assert looked_at(statuses={OrderStatus.DECLINED}) <= 6
    assert looked_at(number=17) == 1
    assert looked_at(invoice=17) == 1
    assert looked_at(customer="ada", statuses={OrderStatus.DECLINED}) <= 6
    assert looked_at(placed_from=NOON + 40 * day, placed_before=NOON + 60 * day) <= 7
    assert looked_at(paid_from=NOON + 40 * day, paid_before=NOON + 60 * day) <= 7


def test_counting_looks_only_at_the_days_that_are_cut() -> None:
    """Whole days are counted by their sets; only on the days a period cuts are orders read."""
    placed = [an_order(number, placed_at=NOON + number * HOUR) for number in range(1, 241)]
    store = kept(*placed)
    read: list[int] = []
    orders_there = store._accounts[ACME].lists.orders
    fetch = orders_there._fetch
    orders_there._fetch = lambda number: read.append(number) or fetch(number)  # type: ignore[func-returns-value]

    def looked_at(**asked: Any) -> tuple[int, int]:
        read.clear()
        with store.transaction(ACME) as tx:
            counted = tx.orders.count(OrderFilter(**asked))
        return counted, len(read)

    midnight = NOON + 12 * HOUR
    assert (240, 0) == looked_at()
    assert (72, 0) == looked_at(placed_from=midnight, placed_before=midnight + 72 * HOUR)
    assert (72, 48) == looked_at(placed_from=NOON + 24 * HOUR, placed_before=NOON + 96 * HOUR)
    assert (0, 240) == looked_at(text="nobody")


@pytest.mark.parametrize("gone", [{"number": 99}, {"invoice": 99}])
def test_a_number_that_is_not_there(gone: dict[str, Any]) -> None:
    """A number that nobody has gives an empty list of orders and of payments."""
    with kept(an_order(1, invoices=(an_invoice(1),))).transaction(ACME) as tx:
        wanted = OrderFilter(**gone)
        assert Slice((), None) == tx.orders.page(wanted, OrderSort(), after=None, limit=5)
        assert Slice((), None) == tx.orders.payments(wanted, PaymentSort(), after=None, limit=5)
        assert (0, 0) == (tx.orders.count(wanted), tx.orders.count_payments(wanted))


def test_another_accounts_rows_are_not_there() -> None:
    """Lists hold the rows of one account and no other's."""
    store = kept(an_order(1, status=OrderStatus.OPEN))
    with store.transaction(attrs.evolve(an_order(), account="globex").account) as tx:
        assert 0 == tx.orders.count(EVERYTHING)
        assert () == tx.orders.page(EVERYTHING, OrderSort(), after=None, limit=5).rows


def test_an_invoice_is_found_while_its_order_changes() -> None:
    """A payment's row moves with its order, and with what becomes of itself."""
    first, second = an_invoice(1, InvoiceStatus.PENDING), an_invoice(2, InvoiceStatus.PENDING)
    store = kept(an_order(1, invoices=(first, second)))
    paid = attrs.evolve(second, status=InvoiceStatus.PAID)
    change(store, 1, invoices=(first, paid))
    change(store, 1, status=OrderStatus.COMPLETED)

    def numbers(**asked: Any) -> list[int]:
        with store.transaction(ACME) as tx:
            found = tx.orders.payments(OrderFilter(**asked), PaymentSort(), after=None, limit=5)
        return [payment.invoice.number for payment in found.rows]

    assert [2] == numbers(payment_statuses={InvoiceStatus.PAID})
    assert [1] == numbers(payment_statuses={InvoiceStatus.PENDING})
    assert [] == numbers(statuses={OrderStatus.OPEN})
    assert [2, 1] == numbers(statuses={OrderStatus.COMPLETED})
