"""Lists sort and filter as the library's own rules do, and page by place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from random import Random
from typing import Any, Final, TypeVar

from attrs import evolve

from ordersales.models.filters import (
    EVERYTHING,
    NEWEST_ORDERS,
    NEWEST_PAYMENTS,
    OrderColumn,
    OrderFilter,
    OrderSort,
    PaymentColumn,
    PaymentSort,
    Place,
    Slice,
)
from ordersales.models.order import Order, OrderStatus, Payment
from ordersales.ports.storage import Transaction
from ordersales.rules.filtering import matches, matches_payment
from ordersales.rules.sorting import order_place, payment_place
from ordersales.services.engine import ask
from ordersales.testing.builders import a_customer
from ordersales.testing.contracts.promises import promise, same
from ordersales.testing.contracts.samples import (
    a_random_invoice,
    a_random_order,
    an_order,
    filters,
)
from ordersales.testing.contracts.storage.books import Books, the_order
from ordersales.values.identifiers import OrderNumber

Row = TypeVar("Row", Order, Payment)

_ALL: Final = 1000
_PER_PAGE: Final = 7
_ORDERS: Final = 30
_SORTS: Final = [OrderSort(column, way) for column in OrderColumn for way in (True, False)]
_PAYMENT_SORTS: Final = [
    PaymentSort(column, way) for column in PaymentColumn for way in (True, False)
]


async def _page(
    books: Books, sort: OrderSort, after: Place | None, limit: int = _PER_PAGE
) -> Slice[Order]:
    async with books.open() as tx:
        return await ask(tx.orders.page, EVERYTHING, sort, after=after, limit=limit)


async def _payments(
    books: Books, sort: PaymentSort, after: Place | None, limit: int = _PER_PAGE
) -> Slice[Payment]:
    async with books.open() as tx:
        return await ask(tx.orders.payments, EVERYTHING, sort, after=after, limit=limit)


def _number(row: Order | Payment) -> int:
    return row.invoice.number if isinstance(row, Payment) else row.number


def _numbers(rows: Iterable[Order | Payment]) -> list[int]:
    return [_number(row) for row in rows]


def _place(row: Order | Payment, sort: OrderSort | PaymentSort) -> Place:
    if isinstance(row, Payment):
        return payment_place(row, PaymentColumn(sort.column))
    return order_place(row, OrderColumn(sort.column))


def _by(row: Order | Payment, sort: OrderSort | PaymentSort) -> Any:
    place = _place(row, sort)
    return place.value, place.number


def _in_order(rows: Iterable[Row], sort: OrderSort | PaymentSort) -> list[Row]:
    """Sort by the library's own rules: the plainest way there is."""
    return sorted(rows, key=partial(_by, sort=sort), reverse=sort.descending)


def _chunks(rows: Sequence[Row], sort: OrderSort | PaymentSort) -> Iterator[Slice[Row]]:
    """Yield the pages that a list of `rows` has."""
    for start in range(0, len(rows), _PER_PAGE):
        shown, more = tuple(rows[start : start + _PER_PAGE]), start + _PER_PAGE < len(rows)
        yield Slice(shown, _place(shown[-1], sort) if more else None)


def _payments_of(orders: Iterable[Order]) -> list[Payment]:
    return [Payment(order, invoice) for order in orders for invoice in order.invoices]


class PagePromises:
    """Pages of orders and of payments are in the order of any column, and meet without a gap."""

    @promise
    async def test_orders_come_newest_first(self, books: Books) -> None:
        """By number, a page has the orders with the highest numbers first, as they now stand."""
        one = await books.placed()
        async with books.open() as tx:
            slow = await ask(tx.orders.next_number)
        three = await books.placed()
        one = await books.saved(one)
        async with books.open() as tx:  # a number may be committed after a later one
            two = await ask(tx.orders.add, an_order(books.account, slow))
        all_of_them = await _page(books, NEWEST_ORDERS, None)
        same(Slice((three, two, one), None), all_of_them, "all in one page")
        below = await _page(books, NEWEST_ORDERS, Place(three.number, three.number))
        same(Slice((two, one), None), below, f"those below {three.number}")

    @promise
    async def test_orders_come_in_the_order_of_each_column(self, books: Books) -> None:
        """Orders come sorted by any column either way, ties by number, page after page."""
        orders = await _random_orders(books)
        for sort in _SORTS:
            after = None
            for expected in _chunks(_in_order(orders, sort), sort):
                found = await _page(books, sort, after)
                same(_numbers(expected.rows), _numbers(found.rows), f"by {sort} after {after}")
                same(expected, found, f"by {sort} after {after}")
                after = found.last

    @promise
    async def test_pages_of_orders_meet(self, books: Books) -> None:
        """Each page goes on where the last one ended, and the last one says that it is."""
        one, two, three, four = [await books.placed() for _ in range(4)]
        places = [Place(order.number, order.number) for order in (one, two, three, four)]
        read = partial(_page, books, NEWEST_ORDERS, limit=2)
        same(Slice((four, three), places[2]), await read(None), "the first of two pages")
        same(Slice((two, one), None), await read(places[2]), "the second page, full, and the last")
        same(Slice((one,), None), await read(places[1]), "a page with fewer")
        same(Slice((), None), await read(places[0]), "a page below all")

    @promise
    async def test_orders_that_arrive_hide_and_repeat_none(self, books: Books) -> None:
        """Orders that are placed or saved while pages are read neither repeat nor hide others."""
        random, orders = Random(5), await _random_orders(books)
        for sort in (NEWEST_ORDERS, *_SORTS[2:5]):
            found: list[int] = []
            page = await _page(books, sort, None)
            while page.last is not None:
                found += _numbers(page.rows)
                await books.open_and(partial(_save_again, number=orders[0].number))
                await _random_orders(books, random, 2)
                page = await _page(books, sort, page.last)
            _nothing_hid(_numbers(_in_order(orders, sort)), [*found, *_numbers(page.rows)], sort)

    @promise
    async def test_a_page_begins_behind_its_place(self, books: Books) -> None:
        """A page begins behind its place, also where the row that stood there has moved."""
        one, two, three, four = [await books.placed() for _ in range(4)]
        sort = OrderSort(OrderColumn.STATUS)
        first = await _page(books, sort, None, limit=2)
        same((four, three), first.rows, "the first page")
        moved = await books.saved(evolve(three, status=OrderStatus.COMPLETED))
        second = await _page(books, sort, first.last, limit=9)
        same((two, one, moved), second.rows, "the second, after the last of the first has moved")

    @promise
    async def test_payments_come_newest_first(self, books: Books) -> None:
        """A page of payments has the highest invoices first, each with its order as it stands."""
        older, newer = await books.placed(), await books.placed()
        async with books.open() as tx:
            newer = await books.invoiced(tx, newer)
            older = await books.invoiced(tx, older)
        async with books.open() as tx:
            newer = await books.invoiced(tx, newer)
        rows = (
            Payment(newer, newer.invoices[1]),
            Payment(older, older.invoices[0]),
            Payment(newer, newer.invoices[0]),
        )
        found = await _payments(books, NEWEST_PAYMENTS, None)
        same(Slice(rows, None), found, "all in one page")
        newest = newer.invoices[1].number
        below = await _payments(books, NEWEST_PAYMENTS, Place(newest, newest))
        same(Slice(rows[1:], None), below, f"those below {newest}")

    @promise
    async def test_payments_come_in_the_order_of_each_column(self, books: Books) -> None:
        """Payments come sorted by any column either way, ties by number, page after page."""
        payments = _payments_of(await _random_orders(books))
        for sort in _PAYMENT_SORTS:
            after = None
            for expected in _chunks(_in_order(payments, sort), sort):
                found = await _payments(books, sort, after)
                same(_numbers(expected.rows), _numbers(found.rows), f"by {sort} after {after}")
                same(expected, found, f"by {sort} after {after}")
                after = found.last

    @promise
    async def test_pages_of_payments_meet(self, books: Books) -> None:
        """Pages of payments go on where the last one ended, and the last one says that it is."""
        order = await books.placed_with_invoices(4)
        one, two, three, four = [Payment(order, invoice) for invoice in order.invoices]
        places = [Place(number, number) for number in _numbers((one, two, three, four))]
        read = partial(_payments, books, NEWEST_PAYMENTS, limit=2)
        same(Slice((four, three), places[2]), await read(None), "the first of two pages")
        same(Slice((two, one), None), await read(places[2]), "the second page, full, and the last")
        same(Slice((one,), None), await read(places[1]), "a page with fewer")
        same(Slice((), None), await read(places[0]), "a page below all")

    @promise
    async def test_payments_that_arrive_hide_and_repeat_none(self, books: Books) -> None:
        """Invoices that are made while pages are read neither repeat nor hide others."""
        random, orders = Random(6), await _random_orders(books)
        payments = _payments_of(orders)
        for sort in (NEWEST_PAYMENTS, *_PAYMENT_SORTS[2:5]):
            found: list[int] = []
            page = await _payments(books, sort, None)
            while page.last is not None:
                found += _numbers(page.rows)
                await books.open_and(partial(_invoice_more, books, number=orders[0].number))
                await _random_orders(books, random, 2)
                page = await _payments(books, sort, page.last)
            _nothing_hid(_numbers(_in_order(payments, sort)), [*found, *_numbers(page.rows)], sort)


async def _save_again(tx: Transaction, number: OrderNumber) -> None:
    """Save an order as it is."""
    await ask(tx.orders.save, await the_order(tx, number))


async def _invoice_more(books: Books, tx: Transaction, number: OrderNumber) -> None:
    """Give an order that is there one more invoice, which changes nothing that is sorted by."""
    await books.invoiced(tx, await the_order(tx, number))


def _nothing_hid(before: list[int], found: list[int], sort: OrderSort | PaymentSort) -> None:
    """Hold what pages showed against what was there before the first was read."""
    same(sorted(set(found)), sorted(found), f"what came once, by {sort}")
    known = set(before)
    same(before, [number for number in found if number in known], f"what was there, by {sort}")


class FilterPromises:
    """Every list and count lets through what `ordersales.rules.filtering` does."""

    @promise
    async def test_pages_filter(self, books: Books) -> None:
        """A page of orders holds those that match, and only those."""
        orders = await _random_orders(books)
        for wanted in filters(Random(2), orders):
            async with books.open() as tx:
                page = await ask(tx.orders.page, wanted, NEWEST_ORDERS, after=None, limit=_ALL)
            expected = _numbers(order for order in reversed(orders) if matches(order, wanted))
            same((expected, None), (_numbers(page.rows), page.last), f"by {wanted}")

    @promise
    async def test_pages_of_payments_filter(self, books: Books) -> None:
        """A page of payments holds the invoices that match, and only those."""
        orders = await _random_orders(books)
        for wanted in filters(Random(3), orders):
            async with books.open() as tx:
                page = await ask(
                    tx.orders.payments, wanted, NEWEST_PAYMENTS, after=None, limit=_ALL
                )
            found = (row for row in _payments_of(orders) if matches_payment(row, wanted))
            expected = sorted(_numbers(found), reverse=True)
            same((expected, None), (_numbers(page.rows), page.last), f"by {wanted}")

    @promise
    async def test_a_limit_counts_what_matches(self, books: Books) -> None:
        """A limit counts the rows that match, not those that were looked at."""
        grace = a_customer("cust-2", "Grace Hopper")
        one = await books.placed(customer=grace)
        await books.placed_with_invoices(1)
        await books.placed_with_invoices(1)
        four = await books.placed(customer=grace)
        wanted = OrderFilter(customer=grace.id)
        async with books.open() as tx:
            page = await ask(tx.orders.page, wanted, NEWEST_ORDERS, after=None, limit=2)
        same(Slice((four, one), None), page, "the matching rows")

    @promise
    async def test_count_filters(self, books: Books) -> None:
        """The count is that of the orders that match."""
        orders = await _random_orders(books)
        for wanted in filters(Random(4), orders):
            async with books.open() as tx:
                found = await ask(tx.orders.count, wanted)
            same(sum(matches(order, wanted) for order in orders), found, f"by {wanted}")

    @promise
    async def test_count_of_payments_filters(self, books: Books) -> None:
        """The count of payments is that of the invoices that match."""
        orders = await _random_orders(books)
        payments = _payments_of(orders)
        for wanted in filters(Random(5), orders):
            async with books.open() as tx:
                found = await ask(tx.orders.count_payments, wanted)
            expected = sum(matches_payment(payment, wanted) for payment in payments)
            same(expected, found, f"by {wanted}")


async def _random_orders(
    books: Books, random: Random | None = None, count: int = _ORDERS
) -> list[Order]:
    """Add orders that differ in what is sorted and filtered by, all in one transaction."""
    random = random or Random(1)
    orders: list[Order] = []
    async with books.open() as tx:
        for _ in range(count):
            order = a_random_order(random, books.account, await ask(tx.orders.next_number))
            numbers = [await ask(tx.orders.next_invoice_number) for _ in range(random.randrange(3))]
            invoices = [a_random_invoice(random, number) for number in numbers]
            order = evolve(order, invoices=tuple(invoices))
            orders.append(await ask(tx.orders.add, order))
    return orders
