"""XLSX files, read back by another library than the one that writes them (rules T5, T9)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from attrs import frozen

from ordersales import BackOffice, Report
from ordersales.adapters.memory import MemoryStore
from ordersales.adapters.xlsx import Xlsx
from ordersales.models.columns import Column, Shown
from ordersales.testing import a_manager
from ordersales.values.currency import Currency
from ordersales.values.money import Money
from tests.drivers import BOSS, Shop
from tests.subscribing import subscribe

pytestmark = pytest.mark.rule("T5", "T9")


@frozen
class Row:
    """A row with one value."""

    value: Any


def read_back(path: Path, values: list[Any], zone: str = "UTC", **how: Any) -> list[list[Any]]:
    """Return the cells of each sheet that is written of a column of values."""
    column = Column(name="value", label="=Label", shown=Shown.TEXT, path="value")
    with Xlsx(path, **how) as sheet:
        sheet.begin([column], ZoneInfo(zone))
        sheet.rows([Row(value) for value in values])
    book = openpyxl.load_workbook(path)
    return [[cell for (cell,) in sheet.iter_rows()] for sheet in book]


@pytest.mark.parametrize(
    ("value", "kind", "expected", "shown"),
    [
        ("=1+1", "s", "=1+1", "General"),
        ("http://x.example", "s", "http://x.example", "General"),
        ("0012", "s", "0012", "General"),
        (Money.of("-5.50", "EUR"), "n", -5.5, "#,##0.00"),
        (Money.of(900, "JPY"), "n", 900, "#,##0"),
        (Money(1, Currency.of("KWD")), "n", 0.001, "#,##0.000"),
        (Money(1234567890123456, Currency.of("EUR")), "s", "12345678901234.56", "General"),
        (17, "n", 17, "0"),
        (Decimal("33.30"), "n", 33.3, "0.00"),
        (True, "b", True, "General"),
        (date(2026, 3, 29), "d", datetime(2026, 3, 29), "yyyy-mm-dd"),
        (
            datetime(2026, 3, 29, 1, 0, 0, 5, tzinfo=UTC),
            "d",
            datetime(2026, 3, 29, 3),
            "yyyy-mm-dd hh:mm:ss",
        ),
        (date(1899, 3, 29), "s", "1899-03-29", "General"),
        (
            datetime(1899, 3, 29, 1, tzinfo=UTC),
            "s",
            "1899-03-29 02:00:00+01:00",
            "General",
        ),
    ],
)
def test_how_each_value_is_kept(
    tmp_path: Path, value: Any, kind: str, expected: Any, shown: str
) -> None:
    """Numbers are numbers with their decimals, moments the clock of the zone, text only text."""
    ((head, cell),) = read_back(tmp_path / "one.xlsx", [value], "Europe/Berlin")

    assert ("s", "=Label") == (head.data_type, head.value)
    assert (kind, expected, shown) == (cell.data_type, cell.value, cell.number_format)


def test_what_is_not_there_is_empty(tmp_path: Path) -> None:
    """A value that is not there leaves its cell empty."""
    ((_, empty, cell),) = read_back(tmp_path / "two.xlsx", [None, "x"])

    assert (None, "x") == (empty.value, cell.value)


def test_more_rows_than_a_sheet_takes(tmp_path: Path) -> None:
    """What one sheet can't take goes on in the next, under the same head."""
    sheets = read_back(tmp_path / "many.xlsx", [1, 2, 3, 4, 5], most_rows=3)

    assert [["=Label", 1, 2], ["=Label", 3, 4], ["=Label", 5]] == [
        [cell.value for cell in sheet] for sheet in sheets
    ]


def test_a_report_goes_there(tmp_path: Path) -> None:
    """A report is exported to it as to any other file."""
    office = BackOffice(MemoryStore())

    with Xlsx(tmp_path / "report.xlsx") as sheet:
        assert 0 == office.reports.export(a_manager(), Report(columns=["net"]), sheet)

    (only,) = openpyxl.load_workbook(tmp_path / "report.xlsx")
    assert [("Net",)] == [*only.values]


def test_the_list_of_recurring_orders_goes_there(tmp_path: Path) -> None:
    """Recurring orders are exported to it as they are listed, money and moments as such."""
    shop = Shop.behind(BackOffice)
    running, paused = subscribe(shop), subscribe(shop, under="cart-2")
    shop.office.recurring.pause(BOSS, paused)
    shown = ["number", "status", "price", "payments made", "payments remaining", "next payment"]

    with Xlsx(tmp_path / "recurring.xlsx") as sheet:
        count = shop.office.reports.export_recurring(
            BOSS, sheet, columns=shown, zone="Europe/Berlin"
        )

    (only,) = openpyxl.load_workbook(tmp_path / "recurring.xlsx")
    head, *rows = only.values
    assert (2, ("Number", "Status", "Price")) == (count, head[:3])
    assert [
        (paused, "Paused", 10, 1, None, None),
        (running, "Active", 10, 1, None, datetime(2026, 2, 28, 10)),
    ] == rows
    assert ["#,##0.00", "yyyy-mm-dd hh:mm:ss"] == [
        only[f"{column}3"].number_format for column in "CF"
    ]
