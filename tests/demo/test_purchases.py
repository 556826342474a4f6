"""Purchases are read exactly, in the order of their dates, or refused by their line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ordersales.demo.purchases import INSTALL, Purchase, Unusable, packaged, read


def test_a_file_is_read_by_date(purchases_file: Path) -> None:
    """Purchases stand by date, those of one day as in the file; the header is none."""
    found = read(purchases_file)

    assert [7, 5, 6, 2, 8, 9, 3, 4] == [purchase.line for purchase in found]
    assert Purchase(5, "00003", date(1997, 1, 2), 3, Decimal("20.76")) == found[1]
    assert Decimal("165.82") == sum(purchase.dollars for purchase in found)


def test_a_limit_takes_the_first_of_the_file(purchases_file: Path) -> None:
    """The limit counts lines of the file, not days."""
    assert [2, 3] == [purchase.line for purchase in read(purchases_file, 2)]


def test_line_ends_and_empty_lines_do_not_matter(tmp_path: Path) -> None:
    """The real file ends its lines in the way of Windows, and may end in an empty one."""
    path = tmp_path / "purchases.txt"
    path.write_bytes(b"00001 19970101 1 11.77\r\n\r\n")

    assert (Purchase(1, "00001", date(1997, 1, 1), 1, Decimal("11.77")),) == read(path)


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("00001 19970101 1", "3 cells stand there; allowed are 4: customer, date, units, dollars"),
        ("00001 19970101 1 11.77 x", "5 cells stand there; allowed are 4"),
        ("Ada 19970101 1 11.77", "customer: 'Ada' stands there; allowed is a number"),
        ("00001 1997-1-1 1 11.77", "date: '1997-1-1' stands there; allowed is a date such as"),
        ("00001 19970229 1 11.77", "date: '19970229' stands there; allowed is a day of the"),
        ("00001 19970101 0 11.77", "units: '0' stands there; allowed is a whole number from 1"),
        ("00001 19970101 -1 11.77", "units: '-1' stands there"),
        ("00001 19970101 1.5 11.77", "units: '1.5' stands there"),
        ("00001 19970101 1 -11.77", "dollars: '-11.77' stands there; allowed is dollars and cents"),
        ("00001 19970101 1 11.7", "dollars: '11.7' stands there"),
        ("00001 19970101 1 NaN", "dollars: 'NaN' stands there"),
        ("00001 19970101 1 1e3", "dollars: '1e3' stands there"),
        ("00001 19970101 \u0661 11.77", "units: '\ufffd\ufffd' stands there"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str, told: str) -> None:
    """The error names the file, the line, the cell, what stands there and what may."""
    path = tmp_path / "purchases.txt"
    path.write_text(f"00001 19970101 1 11.77\n{line}\n", "utf-8")

    with pytest.raises(Unusable) as caught:
        read(path)

    assert str(caught.value).startswith(f"{path}, line 2: {told}")


def test_a_malformed_line_behind_the_limit_is_not_met(tmp_path: Path) -> None:
    """No more of the file is read than is wanted."""
    path = tmp_path / "purchases.txt"
    path.write_text("00001 19970101 1 11.77\nmalformed\n", "ascii")

    assert 1 == len(read(path, 1))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The error names the file and says what the system said."""
    with pytest.raises(Unusable, match=r"none\.txt can't be read: No such file"):
        read(tmp_path / "none.txt")


def test_a_file_without_purchases(tmp_path: Path) -> None:
    """A file that holds nothing is no input."""
    path = tmp_path / "empty.txt"
    path.write_text("", "ascii")

    with pytest.raises(Unusable, match="holds no purchases"):
        read(path)


def test_the_package_is_found_and_not_imported(packages: Path) -> None:
    """The file is found inside the package, whose code is never run."""
    path = packages / "lifetimes" / "datasets" / "CDNOW_master.txt"
    path.parent.mkdir(parents=True)
    path.write_text("", "ascii")
    (packages / "lifetimes" / "__init__.py").write_text("raise ImportError('pandas')", "ascii")

    assert path == packaged()


@pytest.mark.parametrize("there", [None, "lifetimes.py", "lifetimes/__init__.py"])
def test_a_missing_package_is_told_with_the_command(packages: Path, there: str | None) -> None:
    """Without the package, or the file in it, the error says how to get it."""
    if there is not None:
        path = packages / there
        path.parent.mkdir(exist_ok=True)
        path.write_text("", "ascii")

    with pytest.raises(Unusable) as caught:
        packaged()

    assert INSTALL in str(caught.value)
    assert "--purchases FILE" in str(caught.value)
