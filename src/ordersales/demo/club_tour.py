"""What is shown of the record club's year, and whether its books agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from ordersales import Money, Order, OrderNumber, sentence
from ordersales.demo.checks import Check, in_words
from ordersales.demo.club import CLERK, DISC, MEMBERS, Club
from ordersales.demo.offers import CURRENCY
from ordersales.demo.purchases import Purchase
from ordersales.demo.screen import Screen
from ordersales.demo.tables import Table
from ordersales.models.charge import Succeeded
from ordersales.models.due import Did

_KINDS: Final = (Did.PAID, Did.DECLINED, Did.SKIPPED, Did.ACCEPTED, Did.IN_DOUBT, Did.NOT_SENT)
_MONTHS: Final = (*range(2, 13), 1)
_NAMES: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def year(screen: Screen, purchases: Sequence[Purchase], seed: int) -> tuple[Check, ...]:
    """Run the club for a year, show what became of it, and return what must hold of it."""
    names = list(dict.fromkeys(purchase.customer for purchase in purchases))[:MEMBERS]
    club = Club(names, seed)
    screen.heading(f"A year of recurring orders: {len(names)} members of a record club")
    screen.say(
        f"{DISC.name}, {DISC.unit_price}, on the last day of every month; cards by the seed."
    )
    for _ in screen.watch(range(club.length), "Running the club"):
        club.day()
    screen.table(_months(club))
    screen.say("Skipped: the card was declined for good and not replaced, so nobody was asked.")
    _crash(screen, club)
    screen.heading("How the members stand after a year")
    screen.table(_standing(club))
    member = max(club.members, key=lambda number: _worth_showing(club, number))
    screen.heading(f"Recurring order {member}: what happened to it, and its orders")
    for event in club.office.recurring.history(CLERK, member):
        screen.say(f"{event.at:%Y-%m-%d} {sentence(event)}")
    screen.table(_orders(club.orders(member)))
    return _checks(club)


def _months(club: Club) -> Table:
    columns = ("Month", *(f"{kind}".capitalize() for kind in _KINDS))
    lines = [
        (_NAMES[month - 1], *(f"{club.done[month, kind]:,}" for kind in _KINDS))
        for month in _MONTHS
    ]
    sums = [sum(club.done[month, kind] for month in _MONTHS) for kind in _KINDS]
    lines.append(("All", *(f"{number:,}" for number in sums)))
    return Table(columns, lines, right=frozenset(columns[1:]), total=True)


def _crash(screen: Screen, club: Club) -> None:
    screen.say(f"Workers that died while a card was being charged: {club.crashes}.")
    screen.say("What reconciling did about that crash, and about answers that were late or lost:")
    for what, count in sorted(club.settled.items()):
        screen.say(f"  {what}: {count:,}")


def _standing(club: Club) -> Table:
    counts = Counter(club.record(number).status for number in club.members)
    made: Counter[str] = Counter()
    for number in club.members:
        recurring = club.record(number)
        made[recurring.status] += recurring.payments_made
    lines = [(status, f"{counts[status]:,}", f"{made[status]:,}") for status in sorted(counts)]
    columns = ("Status", "Members", "Payments made")
    return Table(columns, lines, right=frozenset(columns[1:]))


def _worth_showing(club: Club, number: OrderNumber) -> tuple[int, int]:
    """Prefer a life with many turns, and with attempts that failed."""
    events = club.office.recurring.history(CLERK, number)
    return len(events), sum(len(order.invoices) for order in club.orders(number))


def _orders(orders: Sequence[Order]) -> Table:
    columns = ("Payment", "Order", "Due", "Status", "Attempts", "Paid")
    lines = [
        (
            "" if order.occurrence is None else str(order.occurrence.index),
            str(order.number),
            f"{(order.occurrence and order.occurrence.due_at) or order.placed_at:%Y-%m-%d}",
            order.status,
            ", ".join(invoice.status for invoice in order.invoices),
            in_words(order.paid),
        )
        for order in orders
    ]
    return Table(columns, lines, right=frozenset({"Payment", "Order", "Paid"}))


def _checks(club: Club) -> tuple[Check, ...]:
    orders = [order for number in club.members for order in club.orders(number)]
    booked = Money.total((order.paid for order in orders), CURRENCY)
    taken = club.cards.taken(CURRENCY)
    succeeded = [item for item in club.cards.charged if isinstance(item.answer, Succeeded)]
    dates = {item.request.reference.thing for item in succeeded}
    made = sum(club.record(number).payments_made for number in club.members)
    return (
        Check(
            "club: the gateway's book and ours agree",
            f"{in_words(taken)} taken, {in_words(booked)} booked",
            taken == booked,
        ),
        Check(
            "club: nobody was charged twice for one date",
            f"{len(succeeded):,} charges, {len(dates):,} dates",
            len(succeeded) == len(dates),
        ),
        Check(
            "club: payments made = charges that succeeded",
            f"{made:,} made, {len(succeeded):,} succeeded",
            made == len(succeeded),
        ),
    )
