"""What the demo draws on: plain text here, and rich where it is installed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Protocol, TextIO, TypeVar

from ordersales.demo.checks import Check
from ordersales.demo.tables import Table

Item = TypeVar("Item")

#: What everything shown fits in.
WIDTH: Final = 100
_BAR: Final = 50


class Screen(Protocol):
    """Shows headings, sentences, tables, checks and how far the work is."""

    def heading(self, text: str) -> None:
        """Begin a section."""
        ...

    def say(self, text: str) -> None:
        """Show a sentence."""
        ...

    def table(self, table: Table) -> None:
        """Show a table."""
        ...

    def check(self, check: Check) -> None:
        """Show a check with its figures, and whether it holds."""
        ...

    def watch(self, items: Sequence[Item], words: str) -> Iterator[Item]:
        """Yield `items` one by one, and show how many are done."""
        ...


class PlainScreen:
    """Draws in ASCII, by adding text at the end only, so that any file or pipe will do."""

    def __init__(self, out: TextIO) -> None:
        """Draw on `out`."""
        self._out = out

    def heading(self, text: str) -> None:
        """Begin a section with an underlined title."""
        self._line(f"\n{text}\n{'=' * len(text)}")

    def say(self, text: str) -> None:
        """Write a line."""
        self._line(text)

    def table(self, table: Table) -> None:
        """Write a table, its columns as wide as they need."""
        titles = [title.split("\n") for title in table.columns]
        height = max(map(len, titles))
        # Shorter titles stand on the lowest line, next to what they are about.
        head = [*zip(*([""] * (height - len(lines)) + lines for lines in titles), strict=True)]
        rule = tuple("-" * width for width in table.widths)
        body = [*table.rows[:-1], rule, table.rows[-1]] if table.total else table.rows
        for cells in table.fitted([*head, rule, *body]):
            self._line(" ".join(cells).rstrip())

    def check(self, check: Check) -> None:
        """Write a check on one line."""
        self._line(f"[{'ok' if check.holds else 'NO'}] {check.statement:<54} {check.figures}")

    def watch(self, items: Sequence[Item], words: str) -> Iterator[Item]:
        """Write a bar that grows."""
        self._out.write(f"{words} [")
        drawn = 0
        for done, item in enumerate(items, 1):
            yield item
            if (grown := _BAR * done // len(items)) > drawn:
                self._out.write("#" * (grown - drawn))
                self._out.flush()
                drawn = grown
        self._line(f"] {len(items):,}")

    def _line(self, text: str) -> None:
        self._out.write(f"{text}\n")


def screen_on(out: TextIO, *, plain: bool) -> Screen:
    """Return a screen drawn by rich, or a plain one if that is wanted, or rich is missing."""
    if plain or not _can_draw(out):
        return PlainScreen(out)
    try:
        from ordersales.demo.rich_screen import RichScreen  # noqa: PLC0415 - an extra brings it
    except ImportError:
        return PlainScreen(out)
    return RichScreen(out)


def _can_draw(out: TextIO) -> bool:
    """Tell whether lines and ticks can be written on `out`."""
    return (out.encoding or "utf-8").lower().startswith("utf")
