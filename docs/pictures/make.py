"""Draw the pictures of the guide to pictures, from a shop that is always the same.

``python docs/pictures/make.py`` writes them beside this file.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from ordersales.adapters.pictures import draw
from ordersales.models.report import Dimension, Report, ReportResult, ReportScope
from ordersales.reports import roll_up
from ordersales.reports.facts import PAYMENT, Fact, ticks
from ordersales.reports.fold import Tally

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


def report(*dimensions: Dimension, sort: str | None = None) -> ReportResult:
    """Return a report of the shop."""
    asked = Report(dimensions=dimensions, scope=ReportScope(zone="Europe/Berlin"))
    tally = Tally(asked.dimensions, asked.scope)
    tally.add(facts())
    result = roll_up.result(asked, tally.cells(), asked.dimensions)
    return result if sort is None else result.sorted_by(sort)


def main(folder: Path = HERE) -> None:
    """Draw them all."""
    offers = draw(report(Dimension.OFFER), "gross", "refunds", title="By offer: gross and refunds")
    offers.save(folder / "by-offer.svg")
    offers.save(folder / "by-offer.png")
    months = draw(report(Dimension.MONTH), "gross", "net", title="By month")
    months.save(folder / "by-month.svg")
    weeks = draw(report(Dimension.WEEK, Dimension.SYSTEM), title="Net by week and payment system")
    weeks.save(folder / "by-week-and-system.svg")
    managers = draw(report(Dimension.MANAGER), title="Net of confirmed sales, by sales manager")
    managers.save(folder / "by-manager.svg")


if __name__ == "__main__":
    main()
