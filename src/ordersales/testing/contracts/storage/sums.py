"""Sums and facts are those that the library's own rules make of the orders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Final

from attrs import evolve

from ordersales.models.filters import OrderFilter
from ordersales.models.invoice import Invoice
from ordersales.models.order import Order
from ordersales.models.refund import RefundKind, RefundStatus
from ordersales.models.report import WHOLE, DateBasis, Dimension, ReportScope
from ordersales.reports.cells import merged
from ordersales.reports.facts import Fact, facts_that_fit
from ordersales.reports.fold import Tally, within
from ordersales.services.engine import ask
from ordersales.testing.contracts.promises import holds, promise, same
from ordersales.testing.contracts.samples import (
    a_random_invoice,
    a_random_order,
    a_refund,
    filters,
)
from ordersales.testing.contracts.storage.books import Books
from ordersales.values.identifiers import AccountId, InvoiceNumber, OrderNumber
from ordersales.values.money import Money

_ORDERS: Final = 30
#: Around the ends of days, weeks and months, where the clocks of some zones go forward or back, and
#: where a zone skipped a day.
_MIDNIGHTS: Final = tuple(
    datetime(*day, tzinfo=UTC)
    for day in ((2026, 1, 31), (2026, 3, 8), (2026, 3, 29), (2026, 10, 25), (2011, 12, 30))
)
_ZONES: Final = (
    "UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "America/Havana", "Asia/Kathmandu",
)  # fmt: skip
_NAMES: Final = ("Course", "Bread — the course", "Ärmel")
_BREAKDOWNS: Final = (
    *((dimension, Dimension.CURRENCY) for dimension in Dimension if dimension != "currency"),
    (Dimension.CURRENCY,),
    (Dimension.CURRENCY, Dimension.DAY),
    (Dimension.CATEGORY, Dimension.MONTH, Dimension.CURRENCY, Dimension.MANAGER),
    (
        Dimension.CURRENCY,
        Dimension.SYSTEM,
        Dimension.OFFER,
        Dimension.CATEGORY,
        Dimension.MANAGER,
    ),
)


class SumPromises:
    """Sums are those of `ordersales.reports.facts.facts_of`, by whatever they are broken down."""

    @promise
    async def test_sums_by_every_dimension(self, books: Books) -> None:
        """The sums of all facts are right by every dimension, and by several at once."""
        orders = await _sold(books)
        for by in _BREAKDOWNS:
            await _hold(books, orders, by, WHOLE)

    @promise
    async def test_sums_of_a_filter(self, books: Books) -> None:
        """The sums are those of the invoices that match the filter, with their refunds."""
        orders = await _sold(books)
        for wanted in filters(Random(6), orders):
            await _hold(books, orders, (Dimension.CURRENCY,), ReportScope(wanted=wanted))

    @promise
    async def test_sums_of_days(self, books: Books) -> None:
        """Days, weeks, months and periods begin as the zone's clock says, by either basis."""
        orders = await _sold(books)
        for scope in _scopes():
            for unit in (Dimension.DAY, Dimension.WEEK, Dimension.MONTH):
                await _hold(books, orders, (unit, Dimension.CURRENCY), scope)

    @promise
    async def test_sums_of_what_was_just_written(self, books: Books) -> None:
        """Inside a transaction the sums and facts have what it wrote, once and as it became."""
        orders = await _sold(books)
        by = (Dimension.OFFER, Dimension.CURRENCY)
        async with books.open() as tx:
            changed = [_changed(order) for order in orders[: _ORDERS // 2]]
            for order in changed:
                await ask(tx.orders.save, order)
            number = await ask(tx.orders.next_number)
            numbers = [await ask(tx.orders.next_invoice_number) for _ in range(3)]
            added = await ask(tx.orders.add, _order(Random(8), books.account, number, numbers))
            now = [*changed, *orders[_ORDERS // 2 :], added]
            found = await ask(tx.orders.summed, by, WHOLE)
            facts = await ask(tx.orders.facts, WHOLE, after=(0, 0), limit=10_000)
        same(_cells(now, by, WHOLE), dict(found), "what is summed while it is written")
        same(_facts(now, WHOLE), facts, "what is listed while it is written")

    @promise
    async def test_sums_of_one_account(self, books: Books) -> None:
        """Neither sums nor facts have anything of another account."""
        orders = await _sold(books)
        await _sold(books.elsewhere)
        await _hold(books, orders, (Dimension.CURRENCY,), WHOLE)
        async with books.open() as tx:
            facts = await ask(tx.orders.facts, WHOLE, after=(0, 0), limit=10_000)
        same(_facts(orders, WHOLE), facts, "the facts of one account")

    @promise
    async def test_pages_of_facts_meet(self, books: Books) -> None:
        """Facts come by invoice and refund, page after page, without a gap within an invoice."""
        orders = await _sold(books)
        everything = _facts(orders, WHOLE)
        for limit in (1, 7, len(everything), len(everything) + 1):
            found, after = list[Fact](), (0, 0)
            while True:
                async with books.open() as tx:
                    page = await ask(tx.orders.facts, WHOLE, after=after, limit=limit)
                holds(len(page) <= limit, f"{len(page)} facts came, {limit} at a time")
                found.extend(page)
                if len(page) < limit:
                    break
                after = page[-1].invoice, page[-1].refund
            same(everything, tuple(found), f"{limit} at a time")

    @promise
    async def test_facts_of_a_scope(self, books: Books) -> None:
        """The facts listed are those that are summed: of the filter, the period and the basis."""
        orders = await _sold(books)
        for wanted in [*filters(Random(7), orders)][::4]:
            await _hold_facts(books, orders, ReportScope(wanted=wanted))
        for scope in _scopes():
            await _hold_facts(books, orders, scope)


async def _hold(
    books: Books, orders: Sequence[Order], by: Sequence[Dimension], scope: ReportScope
) -> None:
    async with books.open() as tx:
        found = await ask(tx.orders.summed, by, scope)
    same(len(dict(found)), len(found), f"one cell for each key, by {by} in {scope}")
    same(_cells(orders, by, scope), dict(found), f"by {', '.join(by)} in {scope}")


async def _hold_facts(books: Books, orders: Sequence[Order], scope: ReportScope) -> None:
    async with books.open() as tx:
        found = await ask(tx.orders.facts, scope, after=(0, 0), limit=10_000)
    same(_facts(orders, scope), found, f"in {scope}")


def _cells(orders: Sequence[Order], by: Sequence[Dimension], scope: ReportScope) -> object:
    """Return the sums by the library's own rules."""
    tally = Tally(by, scope)
    tally.add(facts_that_fit(orders, scope.wanted))
    return dict(merged(tally.cells()))


def _facts(orders: Sequence[Order], scope: ReportScope) -> tuple[Fact, ...]:
    """Return the facts by the library's own rules."""
    found = within(facts_that_fit(orders, scope.wanted), scope)
    return tuple(sorted(found, key=lambda fact: (fact.invoice, fact.refund)))


def _scopes() -> Iterator[ReportScope]:
    for zone in _ZONES:
        for basis in DateBasis:
            yield ReportScope(zone=zone, basis=basis)
            yield ReportScope(
                zone=zone, basis=basis, first_day=date(2026, 1, 31), last_day=date(2026, 3, 28)
            )
    yield ReportScope(
        wanted=OrderFilter(paid_from=_MIDNIGHTS[2]),
        zone="Europe/Berlin",
        first_day=date(2026, 3, 29),
    )


async def _sold(books: Books) -> list[Order]:
    """Add orders that differ in what is summed, all in one transaction."""
    random, orders = Random(7), list[Order]()
    async with books.open() as tx:
        for _ in range(_ORDERS):
            number = await ask(tx.orders.next_number)
            numbers = [await ask(tx.orders.next_invoice_number) for _ in range(random.randrange(4))]
            order = _order(random, books.account, number, numbers)
            orders.append(await ask(tx.orders.add, order))
    return orders


def _order(
    random: Random, account: AccountId, number: OrderNumber, numbers: Sequence[InvoiceNumber]
) -> Order:
    """Return an order with invoices of these numbers, some of them paid and returned."""
    order = a_random_order(random, account, number)
    offer = evolve(order.offer, name=random.choice(_NAMES))
    invoices = tuple(_moved(random, a_random_invoice(random, item)) for item in numbers)
    return evolve(order, offer=offer, invoices=invoices)


def _moved(random: Random, invoice: Invoice) -> Invoice:
    """Return the invoice as paid at some moment, with whatever refunds it may have had."""
    if not invoice.captured:
        return invoice
    currency = invoice.amount.currency
    refunds = [
        a_refund(
            None,
            number=at + 1,
            kind=random.choice([*RefundKind]),
            status=random.choice([*RefundStatus, RefundStatus.SUCCEEDED]),
            amount=Money(random.randrange(1, 400), currency),
            settled_at=_a_moment(random),
        )
        for at in range(random.randrange(3))
    ]
    return evolve(
        invoice,
        settled_at=_a_moment(random),
        fee=random.choice([None, Money(random.randrange(50), currency)]),
        refunds=tuple(refunds),
    )


def _changed(order: Order) -> Order:
    """Return an order as it is once its first payment has got another commission."""
    invoices = order.invoices
    if not invoices:
        return order
    fee = Money(99, invoices[0].amount.currency)
    return evolve(order, invoices=(evolve(invoices[0], fee=fee), *invoices[1:]))


def _a_moment(random: Random) -> datetime:
    return random.choice(_MIDNIGHTS) + random.randrange(-60, 60) * timedelta(minutes=30)
