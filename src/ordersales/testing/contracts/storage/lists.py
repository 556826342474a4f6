"""Lists page by keyset, newest first, and filter as the library's own rules do."""

from __future__ import annotations

from random import Random
from typing import Final

from attrs import evolve

from ordersales.models.filters import EVERYTHING, OrderFilter, Page
from ordersales.models.order import Order, Payment
from ordersales.rules.filtering import matches
from ordersales.services.engine import ask
from ordersales.testing.builders import a_customer
from ordersales.testing.contracts.promises import promise, same
from ordersales.testing.contracts.samples import a_random_order, an_order, filters
from ordersales.testing.contracts.storage.books import Books

_NO_MORE: Final[tuple[list[int], bool]] = ([], False)


async def _page(books: Books, after: int | None, limit: int) -> Page[Order]:
    async with books.open() as tx:
        return await ask(tx.orders.page, EVERYTHING, after=after, limit=limit)


async def _payments(books: Books, after: int | None, limit: int) -> Page[Payment]:
    async with books.open() as tx:
        return await ask(tx.orders.payments, EVERYTHING, after=after, limit=limit)


def _told(page: Page[Order] | Page[Payment]) -> tuple[list[int], bool]:
    """Return the numbers in the rows, and whether there is more."""
    numbers: list[int] = [
        row.invoice.number if isinstance(row, Payment) else row.number for row in page.rows
    ]
    return numbers, page.after is not None


class PagePromises:
    """Pages of orders and of payments meet without a gap."""

    @promise
    async def test_orders_come_newest_first(self, books: Books) -> None:
        """A page has the orders with the highest numbers below `after`, as they now stand."""
        one = await books.placed()
        async with books.open() as tx:
            slow = await ask(tx.orders.next_number)
        three = await books.placed()
        one = await books.saved(one)
        async with books.open() as tx:  # a number may be committed after a later one
            two = await ask(tx.orders.add, an_order(books.account, slow))
        same((three, two, one), (await _page(books, None, 9)).rows, "all in one page")
        below = await _page(books, three.number, 9)
        same((two, one), below.rows, f"those below {three.number}")

    @promise
    async def test_pages_of_orders_meet(self, books: Books) -> None:
        """Each page goes on where the last one ended, and the last one says that it is."""
        one, two, three, four = [(await books.placed()).number for _ in range(4)]
        first = await _page(books, None, 2)
        same(([four, three], True), _told(first), "the first of two pages, and whether more")
        last = await _page(books, first.after, 2)
        same(([two, one], False), _told(last), "the second page, full, and whether more")
        rest = await _page(books, two, 2)
        same(([one], False), _told(rest), "a page with fewer, and whether more")
        same(_NO_MORE, _told(await _page(books, one, 2)), "a page below all, and whether more")

    @promise
    async def test_orders_that_arrive_hide_and_repeat_none(self, books: Books) -> None:
        """Orders that are placed or saved while pages are read neither repeat nor hide others."""
        one, two, three, four = [await books.placed() for _ in range(4)]
        first = await _page(books, None, 2)
        same([four.number, three.number], _told(first)[0], "the first page")
        await books.placed()
        await books.saved(one)
        await books.saved(four)
        second = await _page(books, first.after, 2)
        same([two.number, one.number], _told(second)[0], "the second, after changes")

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
        same(rows, (await _payments(books, None, 9)).rows, "all in one page")
        newest = newer.invoices[1].number
        same(rows[1:], (await _payments(books, newest, 9)).rows, f"those below {newest}")

    @promise
    async def test_pages_of_payments_meet(self, books: Books) -> None:
        """Pages of payments go on where the last one ended, and the last one says that it is."""
        order = await books.placed_with_invoices(4)
        one, two, three, four = [invoice.number for invoice in order.invoices]
        first = await _payments(books, None, 2)
        same(([four, three], True), _told(first), "the first of two pages, and whether more")
        last = await _payments(books, first.after, 2)
        same(([two, one], False), _told(last), "the second page, full, and whether more")
        rest = await _payments(books, two, 2)
        same(([one], False), _told(rest), "a page with fewer, and whether more")
        same(_NO_MORE, _told(await _payments(books, one, 2)), "a page below all, and whether more")

    @promise
    async def test_payments_that_arrive_hide_and_repeat_none(self, books: Books) -> None:
        """Invoices that are made while pages are read neither repeat nor hide others."""
        order = await books.placed_with_invoices(3)
        one, two, three = [invoice.number for invoice in order.invoices]
        first = await _payments(books, None, 2)
        same([three, two], _told(first)[0], "the first page")
        async with books.open() as tx:
            await books.invoiced(tx, order)
        await books.placed_with_invoices(1)
        same([one], _told(await _payments(books, first.after, 2))[0], "the second, after changes")


class FilterPromises:
    """Every list lets through what `ordersales.rules.filtering.matches` does."""

    @promise
    async def test_pages_filter(self, books: Books) -> None:
        """A page of orders holds those that match, and only those."""
        orders = await _random_orders(books)
        for wanted in filters(Random(2), 30):
            async with books.open() as tx:
                page = await ask(tx.orders.page, wanted, after=None, limit=99)
            expected = [order.number for order in reversed(orders) if matches(order, wanted)]
            same((expected, False), _told(page), f"by {wanted}")

    @promise
    async def test_pages_of_payments_filter(self, books: Books) -> None:
        """A page of payments holds the invoices of orders that match, and only those."""
        orders = await _random_orders(books)
        for wanted in filters(Random(3), 30):
            async with books.open() as tx:
                page = await ask(tx.orders.payments, wanted, after=None, limit=99)
            found = [order for order in reversed(orders) if matches(order, wanted)]
            expected = [item.number for order in found for item in reversed(order.invoices)]
            same((expected, False), _told(page), f"by {wanted}")

    @promise
    async def test_a_limit_counts_what_matches(self, books: Books) -> None:
        """A limit counts the rows that match, not those that were looked at."""
        grace = a_customer("cust-2", "Grace Hopper")
        one = await books.placed(customer=grace)
        await books.placed_with_invoices(1)
        await books.placed_with_invoices(1)
        four = await books.placed(customer=grace)
        async with books.open() as tx:
            page = await ask(tx.orders.page, OrderFilter(customer=grace.id), after=None, limit=2)
        same(([four.number, one.number], False), _told(page), "the matching rows, and whether more")

    @promise
    async def test_count_filters(self, books: Books) -> None:
        """The count is that of the orders that match."""
        orders = await _random_orders(books)
        for wanted in filters(Random(4), 30):
            async with books.open() as tx:
                found = await ask(tx.orders.count, wanted)
            same(sum(matches(order, wanted) for order in orders), found, f"by {wanted}")


async def _random_orders(books: Books) -> list[Order]:
    """Add orders that differ in what is filtered, all in one transaction."""
    random = Random(1)
    orders: list[Order] = []
    async with books.open() as tx:
        for _ in range(30):
            order = a_random_order(random, books.account, await ask(tx.orders.next_number))
            invoices = [await books.invoice(tx) for _ in range(random.randrange(3))]
            order = evolve(order, invoices=tuple(invoices))
            orders.append(await ask(tx.orders.add, order))
    return orders
