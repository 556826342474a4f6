"""The demo from beginning to end: read, sell, show, check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Final

from ordersales import BackOffice, Money, Operation, Order, OrderFilter, OrderStatus, PaymentType
from ordersales.demo import checks, tables
from ordersales.demo.books import Books, read_back
from ordersales.demo.offers import CURRENCY
from ordersales.demo.purchases import KNOWN_PURCHASES, KNOWN_TOTAL, Purchase, packaged, read
from ordersales.demo.screen import Screen
from ordersales.demo.shop import Shop, run
from ordersales.demo.till import MANAGER

#: How many rows of each list are shown.
_ROWS: Final = 6

_ALL: Final = OrderFilter()
_OPEN_IN_PARTS: Final = OrderFilter(statuses={OrderStatus.OPEN}, payment_type=PaymentType.PARTIAL)
_FLAGGED: Final = OrderFilter(needs_attention=True)


def show(screen: Screen, path: Path | None, limit: int | None, seed: int) -> bool:
    """Sell what is in the file and show what became of it; tell whether every check holds.

    Raises:
        Unusable: The purchases are missing, or malformed.
    """
    purchases = read(path or packaged(), limit)
    first, last = purchases[0].day, purchases[-1].day
    screen.say(f"{len(purchases):,} real purchases from {first} to {last}; seed {seed}")
    began = perf_counter()
    shop = run(purchases, seed, lambda rows: screen.watch(rows, "Placing and paying"))
    seconds = perf_counter() - began
    screen.say("Reading everything back, page by page ...")
    books = read_back(shop.till, purchases)
    _what_was_done(screen, shop)
    _lists(screen, shop.till.office, books)
    _money(screen, shop.till.office, books)
    found = checks.all_of(books)
    if path is None and limit is None:
        found = (*found, checks.whole(books, KNOWN_PURCHASES, KNOWN_TOTAL))
    _checks(screen, found)
    _time(screen, purchases, books, seconds)
    return all(check.holds for check in found)


def _what_was_done(screen: Screen, shop: Shop) -> None:
    screen.heading("Each purchase became one order")
    screen.table(tables.counts_table("Purchase", shop.shapes.items()))
    screen.say("So price = unit price x quantity holds to the cent, with nothing rounded.")
    screen.heading("How they were paid")
    screen.table(tables.counts_table("Way of paying", shop.kinds.items()))


def _lists(screen: Screen, office: BackOffice, books: Books) -> None:
    _orders(screen, office, "All orders, newest first", _ALL)
    screen.say("? after the sales manager: no person has confirmed yet who made that sale.")
    _orders(screen, office, "Only Open, paid in parts: Confirm, Decline offered", _OPEN_IN_PARTS)
    order = max(books.orders, key=_worth_opening)
    if order.invoices:
        screen.heading(f"Order {order.number} opened to its invoices")
        screen.table(tables.invoices_table(order))
    page = office.payments.page(MANAGER, limit=_ROWS)
    if page.rows:
        screen.heading(f"Payments, newest first ({len(page.rows)} of {len(books.payments):,})")
        screen.table(tables.payments_table(page.rows))


def _orders(screen: Screen, office: BackOffice, title: str, wanted: OrderFilter) -> None:
    def offered(order: Order) -> tuple[Operation, ...]:
        return office.orders.offered(MANAGER, order.number, wanted)

    page = office.orders.page(MANAGER, wanted, limit=_ROWS)
    if page.rows:
        count = office.orders.count(MANAGER, wanted)
        screen.heading(f"{title} ({len(page.rows)} of {count:,})")
        screen.table(tables.orders_table(page.rows, offered))


def _worth_opening(order: Order) -> tuple[bool, int]:
    """Prefer what was paid in full, in as many parts as possible."""
    return bool(order.invoices) and order.paid == order.price, len(order.invoices)


def _money(screen: Screen, office: BackOffice, books: Books) -> None:
    screen.heading(f"Where the money stands, in {CURRENCY}")
    screen.table(tables.money_table(books))
    owing = [order for order in books.orders if order.status is OrderStatus.OPEN]
    total = checks.in_words(Money.total((order.outstanding for order in owing), CURRENCY))
    screen.say(f"Still to be paid: {total} on {len(owing):,} open orders.")
    screen.say("What is outstanding on declined ones nobody owes; it makes the rows add up.")
    page = office.orders.page(MANAGER, _FLAGGED, limit=_ROWS)
    if page.rows:
        count = office.orders.count(MANAGER, _FLAGGED)
        screen.heading(f"Orders that a person has to look at ({len(page.rows)} of {count:,})")
        screen.table(tables.attention_table(page.rows))


def _checks(screen: Screen, found: Sequence[checks.Check]) -> None:
    screen.heading("Is every cent still there?")
    for check in found:
        screen.check(check)


def _time(screen: Screen, purchases: Sequence[Purchase], books: Books, seconds: float) -> None:
    orders, payments = len(purchases), len(books.payments)
    screen.heading("How long it took")
    screen.say(f"{orders:,} orders placed and {payments:,} payments made in {seconds:.1f} s:")
    each = 1_000_000 * seconds / orders
    screen.say(f"{each:.0f} microseconds an order, {orders / seconds:,.0f} orders a second.")
