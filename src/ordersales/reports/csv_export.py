"""Rows as CSV by RFC 4180 that no spreadsheet runs as a formula (rule T5).

Text that a spreadsheet could take for a formula gets an apostrophe in front, as OWASP advises: text
that begins with one of ``= + - @ | %``, a full-width or small form of them, a tab or a line break,
even behind blanks and signs without width. The same goes for what stands behind a semicolon, tab or
line break within a text, since where the comma is a decimal sign a spreadsheet splits there.
Numbers are written as numbers: a negative amount is no formula, and stays one to reckon with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from ordersales.models.columns import Column, Shown
from ordersales.values.money import Money

#: What spreadsheets take for the beginning of a formula, or of a call to another program.
_SIGNS: Final = "-=+@|%\uff1d\uff0b\uff0d\uff20\uff5c\uff05\ufe66\ufe62\ufe63\ufe6b\ufe6a\u2212"
#: What they skip before it: blanks, controls, and signs without width; not what parts cells.
_SKIPPED: Final = (
    r" \x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f"
    r"\u205f-\u206f\u3000\ufeff"
)
_FORMULA: Final = re.compile(
    rf"^(?=[\t\r\n])|(?:^|\r\n|[;\t\r\n])(?=[{_SKIPPED}]*[{re.escape(_SIGNS)}])"
)
#: What begins with a letter or digit and holds nothing that has to be looked at.
_PLAIN: Final = re.compile(r'[^\W_][^;,"\t\r\n]*')
_QUOTED: Final = re.compile(r'[,"\r\n]')

#: How many texts are remembered as they are written: names come again and again.
_REMEMBERED: Final = 4096

_BOM: Final = b"\xef\xbb\xbf"


class Csv:
    r"""Writes rows to a file as CSV, in UTF-8, holding no more than a batch of them.

    `write` is what takes the bytes: the method of a file that is open for them, or of anything
    else. With `bom` it begins with the mark by which spreadsheets know UTF-8.

    >>> import io
    >>> file = io.BytesIO()
    >>> column = Column(name="offer", label="Offer", shown=Shown.TEXT, path="real")
    >>> Csv(file.write).begin([column], ZoneInfo("UTC"))
    7
    >>> file.getvalue()
    b'Offer\r\n'
    """

    def __init__(self, write: Callable[[bytes], object], *, bom: bool = False) -> None:
        """Write nothing yet."""
        self._write = write
        self._bom = bom
        self._columns: list[tuple[Callable[[Any], Any], Callable[[Iterable[Any]], list[str]]]] = []

    def begin(self, columns: Sequence[Column], zone: ZoneInfo) -> object:
        """Write the labels of the columns."""
        self._columns = [(column.value, _writer(column.shown, zone)) for column in columns]
        head = _lines([[cell(column.label)] for column in columns])
        return self._write(_BOM + head if self._bom else head)

    def rows(self, batch: Sequence[object]) -> object:
        """Write rows."""
        return self._write(_lines([write(map(read, batch)) for read, write in self._columns]))


def _lines(columns: Sequence[Sequence[str]]) -> bytes:
    """Return the lines of cells that stand in columns."""
    if len(columns) == 1:
        # An empty line would be no row at all.
        columns = [[text or '""' for text in columns[0]]]
    lines = [",".join(row) for row in zip(*columns, strict=True)]
    lines.append("")
    # Half a surrogate pair, which records refuse, would else stop an export halfway.
    return "\r\n".join(lines).encode("utf-8", "replace")


def cell(text: str) -> str:
    """Return a text as it stands in a file: harmless, and quoted where it has to be.

    >>> cell("Course"), cell("=1+1"), cell('a "b", c'), cell("x;@SUM(1)")
    ('Course', "'=1+1", '"a ""b"", c"', "x;'@SUM(1)")
    """
    if not text or _PLAIN.fullmatch(text):
        return text
    safe = harmless(text)
    if _QUOTED.search(safe):
        doubled = safe.replace('"', '""')
        return f'"{doubled}"'
    return safe


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> harmless("  -2+3"), harmless("Ada")
    ("'  -2+3", 'Ada')
    """
    return _FORMULA.sub(r"\g<0>'", text)


def _writer(shown: Shown, zone: ZoneInfo) -> Callable[[Iterable[Any]], list[str]]:
    """Return what writes the values of a column."""
    if shown is Shown.TEXT:
        return _Texts().written
    if shown is Shown.MOMENT:
        return lambda values: ["" if item is None else _moment(item, zone) for item in values]
    return _WRITERS[shown]


class _Texts:
    """Writes texts, and remembers some of them."""

    def __init__(self) -> None:
        self._known: dict[str | None, str] = {None: ""}

    def written(self, values: Iterable[str | None]) -> list[str]:
        known = self._known
        if len(known) > _REMEMBERED:
            known.clear()
            known[None] = ""
        written = list[str]()
        for text in values:
            found = known.get(text)
            if found is None:
                found = known[text] = cell(str(text))
            written.append(found)
        return written


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(" ", "seconds")


def _amount(money: Money) -> str:
    """Return an amount in whole units with its currency's decimals; as `Money.amount`, faster."""
    exponent, minor = money.currency.exponent, money.minor
    if exponent == 0:
        return str(minor)
    whole, rest = divmod(abs(minor), money.currency.scale)
    return f"{'-' if minor < 0 else ''}{whole}.{rest:0{exponent}d}"


def _amounts(values: Iterable[Money | None]) -> list[str]:
    return ["" if item is None else _amount(item) for item in values]


def _numbers(values: Iterable[int | None]) -> list[str]:
    return ["" if item is None else str(item) for item in values]


def _percents(values: Iterable[Decimal | None]) -> list[str]:
    return ["" if item is None else f"{item:f}" for item in values]


def _days(values: Iterable[date | None]) -> list[str]:
    return ["" if item is None else item.isoformat() for item in values]


def _flags(values: Iterable[bool | None]) -> list[str]:
    return ["" if item is None else "yes" if item else "no" for item in values]


_WRITERS: Final[dict[Shown, Callable[[Iterable[Any]], list[str]]]] = {
    Shown.NUMBER: _numbers,
    Shown.COUNT: _numbers,
    Shown.MONEY: _amounts,
    Shown.PERCENT: _percents,
    Shown.DAY: _days,
    Shown.FLAG: _flags,
}
