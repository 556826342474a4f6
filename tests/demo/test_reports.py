"""The reports of the demo agree with the input, and a check notices where one does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from ordersales import Money, ReportResult
from ordersales.adapters.memory import MemoryStore
from ordersales.demo.books import Books, read_back
from ordersales.demo.purchases import read
from ordersales.demo.reports import Reports, checks
from ordersales.demo.shop import run

pytestmark = pytest.mark.rule("T1", "T2", "T3", "T4")

CENT = Money.of("0.01", "USD")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Reports, Books]:
    """Return the reports and the books of a shop with some hundred purchases."""
    path: Path = tmp_path_factory.mktemp("demo") / "purchases.txt"
    lines = (
        f"{number % 200:05} 1997{1 + number // 400:02}01 {1 + number % 3} 20.75\n"
        for number in range(800)
    )
    path.write_text("".join(lines), "ascii")
    purchases = read(path)
    till = run(purchases, 3, MemoryStore(), lambda rows: rows).till
    return Reports.of(till.office), read_back(till, purchases)


def failing(reports: Reports, books: Books) -> list[str]:
    """Return the statements that do not hold."""
    return [check.statement for check in checks(reports, books) if not check.holds]


def spoilt(report: ReportResult, **changes: Callable[[Any], object]) -> ReportResult:
    """Return a report whose first row and total say something else."""

    def changed(rows: Any) -> Any:
        given = {name: change(getattr(rows[0], name)) for name, change in changes.items()}
        return (evolve(rows[0], **given), *rows[1:])

    return evolve(report, rows=changed(report.rows), totals=changed(report.totals))


def test_all_agree(shop: tuple[Reports, Books]) -> None:
    """Each report adds up to what was paid of the input."""
    assert [] == failing(*shop)
    assert 6 == len([*checks(*shop)])
    assert all(report.rows for report in shop[0].by_title.values())


@pytest.mark.parametrize(
    "title", ["by_currency", "by_payment_system", "by_offer", "by_category", "by_manager"]
)
def test_a_cent_too_much_is_noticed(title: str, shop: tuple[Reports, Books]) -> None:
    """A row that has a cent too much is noticed by its own check, and by that of all of them."""
    reports, books = shop
    wrong = spoilt(getattr(reports.details, title), gross=lambda gross: gross + CENT)
    details = evolve(reports.details, **{title: wrong})

    found = failing(evolve(reports, details=details), books)

    assert 2 == len(found)
    assert "each report: all of gross, refunds and completed" == found[1]


def test_a_refund_too_many_is_noticed(shop: tuple[Reports, Books]) -> None:
    """Refunds and completed orders are held for the report over time too."""
    reports, books = shop
    refunds = spoilt(reports.months, refunds=lambda refunds: refunds + CENT)
    completed = evolve(reports.months, completed=(reports.months.completed[0] + CENT,))

    for months in (refunds, completed):
        wrong = failing(evolve(reports, months=months), books)
        assert ["each report: all of gross, refunds and completed"] == wrong
