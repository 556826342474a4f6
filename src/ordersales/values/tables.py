"""Tables of text, for a terminal and for a notebook."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from html import escape


def as_text(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[bool]) -> str:
    """Return a table in plain text, its columns as wide as they need; `right` align right.

    >>> print(as_text(["Offer", "Net"], [["Course", "90.00"]], [False, True]))
    Offer     Net
    ------  -----
    Course  90.00
    """
    body = [list(row) for row in rows]
    widths = [max(map(_width, column)) for column in zip(head, *body, strict=True)]
    lines = [head, ["-" * width for width in widths], *body]
    return "\n".join(_line(line, widths, right) for line in lines)


def as_html(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[bool]) -> str:
    """Return a table in HTML, whatever the text is.

    >>> as_html(["Net"], [["<b>"]], [False])
    '<table><thead><tr><th>Net</th></tr></thead><tbody><tr><td>&lt;b&gt;</td></tr></tbody></table>'
    """
    body = "".join(_row(row, right, "td") for row in rows)
    return f"<table><thead>{_row(head, right, 'th')}</thead><tbody>{body}</tbody></table>"


def _row(cells: Sequence[str], right: Sequence[bool], tag: str) -> str:
    style = [' style="text-align:right"' if at_right else "" for at_right in right]
    parts = zip(cells, style, strict=True)
    return f"<tr>{''.join(f'<{tag}{how}>{escape(cell)}</{tag}>' for cell, how in parts)}</tr>"


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = (
        " " * (width - _width(cell)) + cell if at_right else cell + " " * (width - _width(cell))
        for cell, width, at_right in zip(cells, widths, right, strict=True)
    )
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Return how many places of a terminal a text takes: wide letters two, marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )
