"""The reports of the shop, and whether their totals are those of the input.

What is expected is added up from the amounts that stand in the file, less what was not paid of
them; of the orders it is only asked which row an amount belongs to, and of the gateways which
system it went through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from attrs import frozen

from ordersales import BackOffice, Details, Money, Order, OrderStatus, ReportResult, ReportRow
from ordersales.demo.books import Books
from ordersales.demo.checks import Check, in_words, unpaid
from ordersales.demo.offers import CURRENCY
from ordersales.demo.screen import Screen
from ordersales.demo.shop import key_of
from ordersales.demo.tables import Table
from ordersales.demo.till import MANAGER, TRANSFER
from ordersales.models.charge import Succeeded

#: How many rows of a report are shown.
_ROWS: Final = 6
_FIGURES: Final = (
    "Orders", "Payments", "Gross", "Refunds", "Net", "Commission", "Credited", "Share %"
)  # fmt: skip
_EMPTY: Final = "-"


@frozen
class Reports:
    """What the office reports of the shop, read when the books are."""

    details: Details
    months: ReportResult

    @classmethod
    def of(cls, office: BackOffice) -> Reports:
        """Ask for them."""
        months = office.reports.over_time(MANAGER, "month")
        return cls(office.reports.details(MANAGER), months)

    @property
    def by_title(self) -> dict[str, ReportResult]:
        """Each of them by what it is broken down by."""
        return {
            "currency": self.details.by_currency,
            "payment system": self.details.by_payment_system,
            "offer": self.details.by_offer,
            "category": self.details.by_category,
            "sales manager": self.details.by_manager,
            "month": self.months,
        }


def show(screen: Screen, reports: Reports) -> None:
    """Show each report, and the total that stands on all of them."""
    for title, report in reports.by_title.items():
        _show(screen, title, report)
    completed = in_words(Money.total(reports.details.completed, CURRENCY))
    screen.say(f"Completed orders, excluding refunds: {completed} {CURRENCY}.")


def _show(screen: Screen, title: str, report: ReportResult) -> None:
    rows = report.rows[:_ROWS]
    if not rows:
        return
    more = f" ({len(rows)} of {len(report.rows):,})" if len(rows) < len(report.rows) else ""
    screen.heading(f"Report by {title}, in {CURRENCY}{more}")
    lines = [_line(_name(row), row) for row in rows]
    lines += [_line("Total", row) for row in report.totals]
    screen.table(Table((title.capitalize(), *_FIGURES), lines, frozenset(_FIGURES), total=True))
    for row in report.left_out:
        screen.say(f"Not confirmed by a person, or sold by the system: {in_words(row.gross)}.")


def _line(name: str, row: ReportRow) -> tuple[str, ...]:
    amounts = (row.gross, row.refunds, row.net, row.commission, row.credited)
    share = _EMPTY if row.share is None else str(row.share)
    return name, f"{row.orders:,}", f"{row.payments:,}", *map(in_words, amounts), share


def _name(row: ReportRow) -> str:
    """Return what a row is about, in one word or two."""
    month = None if row.day is None else f"{row.day:%Y-%m}"
    category = None if row.category is None else row.category.name
    manager = None if row.manager is None else row.manager.name
    return month or category or manager or row.offer_number or row.system or row.currency.code


def checks(reports: Reports, books: Books) -> Iterator[Check]:
    """Yield whether each report agrees with the input."""
    paid, orders = _paid(books), books.orders

    def by(name: Callable[[Order], str | None]) -> Counter[str]:
        found = Counter[str]()
        for order in orders:
            if (about := name(order)) is not None:
                found[about] += paid[order.key]
        return +found

    expected = {
        "currency": by(lambda order: order.price.currency.code),
        "payment system": _by_system(books, paid.total()),
        "offer": by(lambda order: order.offer.number),
        "category": by(lambda order: order.offer.category.name),
        "sales manager": by(_confirmed),
    }
    by_title = reports.by_title
    for title, amounts in expected.items():
        found = Counter({_name(row): row.gross.minor for row in by_title[title].rows})
        yield _agree(f"report by {title}: gross = paid of the input", found, amounts)
    whole = {title: _whole(report) for title, report in by_title.items()}
    done = [order for order in orders if order.status is OrderStatus.COMPLETED]
    completed = sum(paid[order.key] for order in done) - _returned(done)
    known = paid.total(), _returned(orders), completed
    good = sum(found == known for found in whole.values())
    figures = f"{good:,} of {len(whole):,} reports, {_minor(completed)}"
    yield Check("each report: all of gross, refunds and completed", figures, good == len(whole))


def _whole(report: ReportResult) -> tuple[int, int, int]:
    """Return the gross and the refunds of all rows and what they leave out, and what is completed."""
    figures = (*report.totals, *report.left_out)
    return (
        sum(row.gross.minor for row in figures),
        sum(row.refunds.minor for row in figures),
        sum(money.minor for money in report.completed),
    )


def _paid(books: Books) -> Counter[str]:
    """Return what was paid of each purchase, by the key of its order."""
    rest = {order.key: unpaid(order) for order in books.orders}
    asked = {key_of(purchase): purchase.dollars for purchase in books.purchases}
    return Counter(
        {key: Money.of(dollars, CURRENCY).minor - rest[key] for key, dollars in asked.items()}
    )


def _by_system(books: Books, total: int) -> Counter[str]:
    """Return what the gateways took by their own books; what is left was transferred."""
    found = Counter[str]()
    for system, item in books.charged:
        if isinstance(item.answer, Succeeded):
            found[system] += item.answer.amount.minor
    found[TRANSFER] = total - sum(found.values())
    return +found


def _confirmed(order: Order) -> str | None:
    """Return who made a sale that a person has confirmed as that of a manager."""
    sale = order.sale
    return sale.manager.name if sale.confirmed and sale.manager is not None else None


def _returned(orders: Iterable[Order]) -> int:
    return sum(invoice.returned.minor for order in orders for invoice in order.invoices)


def _agree(statement: str, found: Counter[str], expected: Counter[str]) -> Check:
    good = sum(found[name] == amount for name, amount in expected.items())
    figures = f"{good:,} of {len(expected):,} sums, {_minor(expected.total())}"
    return Check(statement, figures, found == expected)


def _minor(amount: int) -> str:
    return in_words(Money(amount, Money.zero(CURRENCY).currency))
