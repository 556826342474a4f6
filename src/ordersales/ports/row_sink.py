"""Where exported rows go: a file of one format or another (rule T5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from ordersales.models.columns import Column


class RowSink(Protocol):
    """Takes the rows of one table, a batch at a time; `ordersales.reports.csv_export.Csv` is one.

    It reads each cell by its column (`Column.value`) and shows it by the column's kind. Text may
    be anybody's words: whatever opens the file later must not run any of it as a formula.
    """

    def begin(self, columns: Sequence[Column], zone: ZoneInfo) -> object:
        """Take the columns, in their order, once and before any row; moments are shown in `zone`.

        What it returns is awaited behind `AsyncBackOffice` where that can be, and not looked at:
        methods of either kind will do there.
        """
        ...

    def rows(self, batch: Sequence[object]) -> object:
        """Take further rows, likewise, and keep none of them."""
        ...
