"""A workbook that rows are exported to; the contract is that of `ordersales.ports.row_sink`.

Each cell is written by the kind of its column, and text always as text: nothing in it can become a
formula or a link. A spreadsheet keeps numbers as doubles, which hold 15 digits: a longer amount is
written as text, so that no digit is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from os import PathLike
from types import TracebackType
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from ordersales.models.columns import Column, Value, text_of
from ordersales.values.money import Money

#: The package says nothing of its types.
_Workbook: Final[Any] = import_module("xlsxwriter").Workbook

#: How many rows a sheet can have, its head included.
MOST_ROWS: Final = 1_048_576

_MOST_DIGITS: Final = 15
#: Before that day a spreadsheet counts no days.
_FIRST: Final = date(1900, 3, 1)

_HARMLESS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


class Xlsx:
    """Writes rows to an XLSX file, holding no more than one of them.

    Where there are more rows than a sheet can have, another sheet follows. Use it as a context:
    the file is complete when the context is left::

        with Xlsx("sales.xlsx") as sheet:
            office.reports.export(boss, report, sheet)
    """

    def __init__(self, path: str | PathLike[str], *, most_rows: int = MOST_ROWS) -> None:
        """Write nothing yet; `most_rows` is how many a sheet takes, its head included."""
        self._book = _Workbook(str(path), _HARMLESS)
        self._most = most_rows
        self._columns: Sequence[Column] = ()
        self._readers: list[Callable[[Any], Value]] = []
        self._zone = ZoneInfo("UTC")
        self._formats: dict[str, Any] = {}
        self._sheet: Any = None
        self._row = 0

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Complete the file."""
        self._book.close()

    def begin(self, columns: Sequence[Column], zone: ZoneInfo) -> None:
        """Take the columns, and write their labels."""
        self._columns, self._zone = columns, zone
        self._readers = [column.value for column in columns]
        self._begin_sheet()

    def rows(self, batch: Sequence[object]) -> None:
        """Write rows."""
        for row in batch:
            if self._row >= self._most:
                self._begin_sheet()
            self._write(read(row) for read in self._readers)

    def _begin_sheet(self) -> None:
        self._sheet, self._row = self._book.add_worksheet(), 0
        self._sheet.freeze_panes(1, 0)
        self._write(iter([column.label for column in self._columns]))

    def _write(self, values: Iterator[Value]) -> None:
        for at, value in enumerate(values):
            if value is not None:
                self._write_cell(self._sheet, at, value)
        self._row += 1

    def _write_cell(self, sheet: Any, at: int, value: Value) -> None:
        if isinstance(value, Money):
            decimals = f".{'0' * value.currency.exponent}" if value.currency.exponent else ""
            self._write_number(sheet, at, value.amount, f"#,##0{decimals}")
        elif isinstance(value, bool):
            sheet.write_boolean(self._row, at, value)
        elif isinstance(value, int):
            self._write_number(sheet, at, Decimal(value), "0")
        elif isinstance(value, Decimal):
            self._write_number(sheet, at, value, "0.00")
        elif isinstance(value, date):
            self._write_day(sheet, at, value)
        else:
            sheet.write_string(self._row, at, str(value))

    def _write_number(self, sheet: Any, at: int, number: Decimal, shown: str) -> None:
        if len(number.as_tuple().digits) > _MOST_DIGITS:
            sheet.write_string(self._row, at, f"{number:f}")
        else:
            sheet.write_number(self._row, at, number, self._format(shown))

    def _write_day(self, sheet: Any, at: int, day: date) -> None:
        """Write a day, or a moment as the zone's clock shows it: spreadsheets know no zones."""
        shown = "yyyy-mm-dd hh:mm:ss" if isinstance(day, datetime) else "yyyy-mm-dd"
        local = day.astimezone(self._zone) if isinstance(day, datetime) else None
        if (local.date() if local else day) < _FIRST:
            sheet.write_string(self._row, at, text_of(day, self._zone))
        else:
            wall = day if local is None else local.replace(tzinfo=None, microsecond=0)
            sheet.write_datetime(self._row, at, wall, self._format(shown))

    def _format(self, shown: str) -> Any:
        if shown not in self._formats:
            self._formats[shown] = self._book.add_format({"num_format": shown})
        return self._formats[shown]
