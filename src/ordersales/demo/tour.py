"""What a person sees at the back office: lists, an order, a sale to check, a customer's card."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from textwrap import wrap
from typing import Final

from ordersales import (
    BackOffice,
    CustomerId,
    Order,
    OrderFilter,
    OrderStatus,
    PaymentSort,
    PaymentType,
)
from ordersales.demo import sums, tables
from ordersales.demo.books import Books
from ordersales.demo.screen import WIDTH, Screen
from ordersales.demo.till import MANAGER

#: How many rows of each list are shown, and of each list on a customer's card.
_ROWS: Final = 6
_ON_CARD: Final = 4

_ALL: Final = OrderFilter()
_OPEN_IN_PARTS: Final = OrderFilter(statuses={OrderStatus.OPEN}, payment_type=PaymentType.PARTIAL)
_TO_CHECK: Final = OrderFilter(statuses={OrderStatus.COMPLETED}, system_sale=False, confirmed=False)
_OLDEST: Final = PaymentSort(descending=False)


def lists(screen: Screen, office: BackOffice, books: Books) -> None:
    """Show the lists, and one order opened, with its history in words."""
    _orders(screen, office, "All orders, newest first", _ALL)
    screen.say("? after the sales manager: no person has confirmed yet who made that sale.")
    offered = ", ".join(f"{letter} {what}" for what, letter in tables.LETTERS.items())
    _say(screen, f"What a row offers: {offered}.")
    _orders(screen, office, "Only Open, paid in parts: C and D are offered as well", _OPEN_IN_PARTS)
    for row in office.orders.page(MANAGER, _OPEN_IN_PARTS, limit=1).rows:
        reasons = office.orders.explain_open(MANAGER, row.number).reasons
        why = "; ".join(reason.words for reason in reasons)
        _say(screen, f"Why order {row.number} is still open: {why}.")
    order = max(books.orders, key=_worth_opening)
    if order.invoices:
        screen.heading(f"Order {order.number} opened to its invoices")
        payments = office.payments.page(MANAGER, OrderFilter(number=order.number), _OLDEST)
        screen.table(tables.opened_table(payments.rows))
        screen.heading(f"The history of order {order.number}")
        screen.table(tables.history_table(office.orders.history(MANAGER, order.number)))
    page = office.payments.page(MANAGER, limit=_ROWS)
    if page.rows:
        screen.heading(f"Payments, newest first ({len(page.rows)} of {len(books.payments):,})")
        screen.table(tables.payments_table(page.rows))


def _orders(screen: Screen, office: BackOffice, title: str, wanted: OrderFilter) -> None:
    page = office.orders.page(MANAGER, wanted, limit=_ROWS)
    if page.rows:
        count = office.orders.count(MANAGER, wanted)
        screen.heading(f"{title} ({len(page.rows)} of {count:,})")
        screen.table(tables.orders_table(page.rows))


def _worth_opening(order: Order) -> tuple[int, bool, int]:
    """Prefer what was paid in parts and partly returned, with a sale that somebody confirmed."""
    return min(len(order.refunds), 3), order.sale.confirmed, -len(order.invoices)


def sales(screen: Screen, office: BackOffice, books: Books) -> None:
    """Show whose sales there are, check one of them, and open a customer's card."""
    screen.heading("Who made the sales")
    screen.table(sums.sellers_table(books.orders))
    for row in office.orders.page(MANAGER, _TO_CHECK, limit=1).rows:
        waiting = office.orders.count(MANAGER, _TO_CHECK)
        screen.heading(f"Check opened on order {row.number}, one of {waiting:,} that wait for it")
        proposal = office.sales.check(MANAGER, row.number)
        name = tables.name_of(proposal.manager)
        screen.say(f"It proposes: sale by {name}. Why: {proposal.basis}.")
        order = office.sales.confirm(MANAGER, row.number, manager=proposal.manager)
        before, after = tables.seller(row.sale), tables.seller(order.sale)
        screen.say(f"Confirmed by {order.sale.confirmed_by}: {before} became {after}.")
    _card(screen, office, _worth_knowing(books.orders))


def _worth_knowing(orders: Sequence[Order]) -> CustomerId:
    """Return a customer whose few orders are of as many sorts as possible."""
    theirs: defaultdict[CustomerId, list[Order]] = defaultdict(list)
    for order in orders:
        theirs[order.customer.id].append(order)

    def sorts(customer: CustomerId) -> tuple[bool, int]:
        mine = theirs[customer]
        seen: set[object] = {order.status for order in mine}
        seen |= {invoice.status for order in mine for invoice in order.invoices}
        seen |= {(order.sale.basis, order.sale.confirmed) for order in mine}
        return len(mine) <= _ON_CARD, len(seen)

    return max(theirs, key=sorts)


def _card(screen: Screen, office: BackOffice, customer: CustomerId) -> None:
    card = office.sales.customer_card(MANAGER, customer, limit=_ON_CARD)
    screen.heading(
        f"The card of {card.name}: {card.order_count} orders, {card.payment_count} payments, "
        f"{len(card.plans)} sales plans"
    )
    for table in (
        tables.orders_table(card.orders),
        tables.payments_table(card.payments),
        tables.plans_table(card.plans[:_ON_CARD]),
    ):
        if table.rows:
            screen.table(table)


def _say(screen: Screen, text: str) -> None:
    for line in wrap(text, WIDTH):
        screen.say(line)
