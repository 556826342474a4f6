"""The demo from beginning to end: read, sell, show, check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Final

from ordersales import BackOffice, Money, Order, OrderFilter, OrderStatus
from ordersales.demo import checks, club_tour, reports, sums, tables, tour
from ordersales.demo.books import Books, read_back
from ordersales.demo.keeping import opened
from ordersales.demo.offers import CURRENCY
from ordersales.demo.purchases import KNOWN_PURCHASES, KNOWN_TOTAL, Purchase, packaged, read
from ordersales.demo.screen import Screen
from ordersales.demo.shop import Shop, run
from ordersales.demo.till import MANAGER
from ordersales.ports.storage import Store

#: How many rows of each list are shown.
_ROWS: Final = 6

_FLAGGED: Final = OrderFilter(needs_attention=True)


def show(
    screen: Screen, path: Path | None, limit: int | None, seed: int, kept: Path | None = None
) -> bool:
    """Sell what is in the file and show what became of it; tell whether every check holds.

    The shop is in memory, or in the database file `kept`, which is made.

    Raises:
        Unusable: The purchases are missing, or malformed; or `kept` can't be made.
    """
    purchases = read(path or packaged(), limit)
    with opened(kept) as store:
        return _shown(screen, purchases, seed, store, whole=path is None and limit is None)


def _shown(
    screen: Screen, purchases: tuple[Purchase, ...], seed: int, store: Store, *, whole: bool
) -> bool:
    first, last = purchases[0].day, purchases[-1].day
    screen.say(f"{len(purchases):,} real purchases from {first} to {last}; seed {seed}")
    began = perf_counter()
    shop = run(purchases, seed, store, lambda rows: screen.watch(rows, "Placing and paying"))
    seconds = perf_counter() - began
    screen.say("Reading everything back, page by page ...")
    books, office = read_back(shop.till, purchases), shop.till.office
    # Before the tour below confirms a sale.
    added_up = reports.Reports.of(office)
    _what_was_done(screen, shop)
    tour.lists(screen, office, books)
    tour.sales(screen, office, books)
    _money(screen, office, books)
    reports.show(screen, added_up)
    added = reports.checks(added_up, books)
    found = (*checks.all_of(books), *added, *club_tour.year(screen, purchases, seed))
    if whole:
        found = (*found, checks.whole(books, KNOWN_PURCHASES, KNOWN_TOTAL))
    screen.heading("Is every cent still there?")
    for check in found:
        screen.check(check)
    _time(screen, purchases, books, seconds)
    return all(check.holds for check in found)


def _what_was_done(screen: Screen, shop: Shop) -> None:
    screen.heading("Each purchase became one order")
    screen.table(sums.counts_table("Purchase", shop.shapes.items()))
    screen.say("So price = unit price x quantity holds to the cent, with nothing rounded.")
    screen.heading("How they were paid")
    screen.table(sums.counts_table("Way of paying", shop.kinds.items()))


def _money(screen: Screen, office: BackOffice, books: Books) -> None:
    screen.heading(f"Where the money stands, in {CURRENCY}")
    screen.table(sums.money_table(books))
    owing = [order for order in books.orders if order.status is OrderStatus.OPEN]
    total = checks.in_words(Money.total((order.outstanding for order in owing), CURRENCY))
    screen.say(f"Still to be paid: {total} on {len(owing):,} open orders.")
    screen.say("What is outstanding on declined ones nobody owes; it makes the rows add up.")
    screen.say("What was paid stays paid when it goes back: a refund asks for no payment again.")
    refunded = [order for order in books.orders if order.refunds]
    if refunded:
        screen.heading(
            f"Money that went back: the newest of each sort, of {len(refunded):,} orders"
        )
        newest = {_sort(order): order for order in reversed(refunded)}.values()
        shown = sorted(newest, key=lambda order: order.number, reverse=True)
        screen.table(tables.refunds_table(shown))
    page = office.orders.page(MANAGER, _FLAGGED, limit=_ROWS)
    if page.rows:
        count = office.orders.count(MANAGER, _FLAGGED)
        screen.heading(f"Orders that a person has to look at ({len(page.rows)} of {count:,})")
        flagged = [office.orders.get(MANAGER, row.number) for row in page.rows]
        screen.table(tables.attention_table(flagged))


def _sort(order: Order) -> tuple[object, ...]:
    """Return what makes a returned order look different from others."""
    refund = order.refunds[0]
    return refund.kind, refund.status, refund.spread, order.status, refund.amount == order.price


def _time(screen: Screen, purchases: Sequence[Purchase], books: Books, seconds: float) -> None:
    orders, payments = len(purchases), len(books.payments)
    screen.heading("How long it took")
    screen.say(f"{orders:,} orders placed and {payments:,} payments made in {seconds:.1f} s:")
    each = 1_000_000 * seconds / orders
    screen.say(f"{each:.0f} microseconds an order, {orders / seconds:,.0f} orders a second.")
