"""The demo's screen drawn by rich, which the extra ``rich`` brings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TextIO, TypeVar

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as RichTable
from rich.text import Text

from ordersales.demo.checks import Check
from ordersales.demo.screen import WIDTH
from ordersales.demo.tables import SELLER, Table

Item = TypeVar("Item")

#: How often the progress bar is told of progress.
_EVERY: Final = 200
_STYLES: Final = {
    "Completed": "green",
    "Paid": "green",
    "Succeeded": "green",
    "Open": "yellow",
    "Pending": "yellow",
    "Declined": "red",
    "Failed": "red",
    "Refund": "magenta",
    "Refunded": "magenta",
    "-": "dim",
}


class RichScreen:
    """Draws with colours, lines and a progress bar that moves."""

    def __init__(self, out: TextIO) -> None:
        """Draw on `out`; where that is no terminal, in the width that everything fits in."""
        self._console = Console(file=out, highlight=False)
        if not self._console.is_terminal:
            self._console.width = WIDTH

    def heading(self, text: str) -> None:
        """Begin a section with a line across."""
        self._console.print()
        self._console.rule(Text(text, style="bold"), align="left", style="cyan")

    def say(self, text: str) -> None:
        """Write a sentence."""
        self._console.print(Text(text))

    def table(self, table: Table) -> None:
        """Draw a table under a line."""
        drawn = RichTable(
            box=box.SIMPLE,
            padding=0,
            show_edge=False,
            show_footer=table.total,
            header_style="cyan",
            footer_style="bold",
        )
        fitted = table.fitted(table.rows)
        rows = [
            [
                Text(cell, style=_style(title, cell.strip()))
                for title, cell in zip(table.columns, row, strict=True)
            ]
            for row in fitted
        ]
        totals = rows.pop() if table.total else [Text()] * len(table.columns)
        for title, total in zip(table.columns, totals, strict=True):
            number = title in table.right
            drawn.add_column(
                Text(title, justify="right" if number else "left"),
                total,
                vertical="bottom",
                overflow="fold",
                no_wrap=number,  # only words are folded where the terminal is narrow
            )
        for row in rows:
            drawn.add_row(*row)
        self._console.print(drawn)

    def check(self, check: Check) -> None:
        """Write a check on one line, with a tick or a cross."""
        mark = Text("✓", style="bold green") if check.holds else Text("✗", style="bold red")
        self._console.print(mark, Text(f"{check.statement:<54} {check.figures}"))

    def watch(self, items: Sequence[Item], words: str) -> Iterator[Item]:
        """Draw a bar that fills."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self._console) as progress:
            task = progress.add_task(words, total=len(items))
            for done, item in enumerate(items, 1):
                yield item
                if done % _EVERY == 0:
                    progress.update(task, completed=done)
            progress.update(task, completed=len(items))


def _style(title: str, cell: str) -> str:
    """Return how a cell looks; a sale that a person has confirmed is green, others red (S2)."""
    if title == SELLER:
        return "red" if cell.endswith(" ?") else "green"
    return _STYLES.get(cell, "")
