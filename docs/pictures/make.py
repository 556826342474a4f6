"""Draw the pictures of the guide to pictures, from a shop that is always the same.

``python docs/pictures/make.py`` writes them beside this file.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from ordersales.adapters.pictures import Picture, draw
from ordersales.models.filters import OrderFilter
from ordersales.models.report import Details, Dimension, Report, ReportResult, ReportScope
from ordersales.reports import overall, roll_up
from ordersales.reports.cells import Cell
from ordersales.reports.facts import PAYMENT, Fact, ticks
from ordersales.reports.fold import Tally
from ordersales.services.reporting import DETAILS
from ordersales.values.currency import Currency

HERE: Final = Path(__file__).parent
BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
OFFERS: Final = (
    ("C-1", "Course in bread", "7", "Learning", 12000),
    ("C-2", "Course in pastry", "7", "Learning", 18000),
    ("B-1", "The book of bread", "9", "Books", 3200),
    ("K-4", "Kitchen scales", "11", "Tools", 5900),
    ("K-9", "Proofing basket", "11", "Tools", 2400),
)
#: Of a hundred payments.
RETURNED: Final = 7
EUR: Final = Currency.of("EUR")
SCOPE: Final = ReportScope(zone="Europe/Berlin")
#: What one of each was worth in euros, on every day.
RATES: Final = {"USD": Decimal("0.86"), "JPY": Decimal("0.0055")}
MONEY: Final = ("gross", "refunds", "net")
MANAGERS: Final = (("mira", "Mira Lund"), ("noah", "Noah Weiss"), ("", ""))


def facts() -> Iterator[Fact]:
    """Yield the facts of half a year."""
    chance = random.Random(26)  # noqa: S311 - the same shop every time, no secret
    for number in range(1, 1501):
        offer, name, category, category_name, price = chance.choice(OFFERS)
        user, manager = chance.choice(MANAGERS)
        currency, scale = chance.choice([("EUR", 1.0), ("EUR", 1.0), ("USD", 1.1), ("JPY", 1.6)])
        growth = 0.6 + number / 1500
        at = ticks(BEGIN + timedelta(minutes=174 * number + chance.randint(0, 900)))
        system = chance.choice(["Cards", "Cards", "Cards", "Bank transfer", "Wallet"])
        paid = Fact(
            account="acme", kind=PAYMENT, currency=currency, system=system, offer=offer, offer_name=name,
            category=category, category_name=category_name, manager=user, manager_name=manager,
            confirmed=int(bool(user)), completed=1, opens_order=1, units=1,
            amount=int(price * scale * growth), commission=price // 50, at=at, paid=at, order=number,
            invoice=number, refund=0, customer="ada", recurring=0,
        )  # fmt: skip
        yield paid
        if chance.randint(1, 100) <= RETURNED:
            later = at + 86_400_000_000 * chance.randint(1, 20)
            yield paid._replace(
                kind="refund", opens_order=0, units=0, commission=None, at=later, refund=1
            )


SOLD: Final = [*facts()]


def cells(by: Sequence[Dimension], scope: ReportScope = SCOPE) -> tuple[Cell, ...]:
    """Return what the facts add up to; of a scope for one currency, those in it."""
    only = scope.wanted.currency
    tally = Tally(by, scope)
    tally.add(fact for fact in SOLD if only is None or fact.currency == only.code)
    return tally.cells()


def report(*dimensions: Dimension, sort: str | None = None) -> ReportResult:
    """Return a report of the shop."""
    asked = Report(dimensions=dimensions, scope=SCOPE)
    result = roll_up.result(asked, cells(asked.dimensions), asked.dimensions)
    return result if sort is None else result.sorted_by(sort)


def details() -> Details:
    """Return the page of details, of what was paid in euros."""
    scope = ReportScope(zone=SCOPE.zone, wanted=OrderFilter(currency=EUR))
    added = cells(DETAILS, scope)
    parts = [
        roll_up.result(Report(dimensions=(by,), scope=scope), added, DETAILS) for by in DETAILS
    ]
    currency, system, offer, category, manager = parts
    return Details(
        by_currency=currency,
        by_payment_system=system,
        by_offer=offer,
        by_category=category,
        by_manager=manager,
    )


def by_currency_and_overall() -> ReportResult:
    """Return the report by currency, with an overall figure in euros."""
    asked = Report(dimensions=(Dimension.CURRENCY,), scope=SCOPE, overall=EUR)
    dated = overall.by_day(cells((Dimension.CURRENCY, Dimension.DAY)))
    rates = {code: dict.fromkeys(dated[code], rate) for code, rate in RATES.items()}
    total = overall.overall(dated, EUR, rates)
    return roll_up.result(asked, cells(asked.dimensions), asked.dimensions, total)


def pictures() -> Iterator[tuple[str, Picture]]:
    """Yield each picture with its name, drawn and not yet laid out, which takes longest."""
    yield "by-currency", draw(report(Dimension.CURRENCY), *MONEY, title="By currency")
    systems = report(Dimension.SYSTEM)
    yield "by-system", draw(systems, "gross", "net", title="By payment system: gross and net")
    offers = report(Dimension.OFFER)
    yield "by-offer", draw(offers, "gross", "refunds", title="By offer: gross and refunds")
    categories = report(Dimension.CATEGORY)
    yield "by-category", draw(categories, "share of total", title="By category: share of the gross")
    managers = report(Dimension.MANAGER)
    yield "by-manager", draw(managers, title="Net of confirmed sales, by sales manager")
    yield "by-month", draw(report(Dimension.MONTH), "gross", "net", title="By month")
    weeks = report(Dimension.WEEK, Dimension.SYSTEM)
    yield "by-week-and-system", draw(weeks, title="Net by week and payment system")
    both = report(Dimension.CATEGORY, Dimension.SYSTEM, sort="net")
    yield "by-several", draw(both, most=5, title="Net by category and payment system")
    yield "details", draw(details(), most=5, title="Details of what was paid in euros: net")
    yield "overall", draw(by_currency_and_overall(), *MONEY, title="By currency, and overall")


def main(folder: Path = HERE) -> None:
    """Draw them all."""
    for name, picture in pictures():
        picture.save(folder / f"{name}.svg")


if __name__ == "__main__":
    main()
