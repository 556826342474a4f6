"""CSV by RFC 4180 that no spreadsheet runs as a formula (rules T5, T9)."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import frozen
from defusedcsv import csv as defused
from hypothesis import given
from hypothesis import strategies as st

from ordersales.models.columns import Column, Shown
from ordersales.reports.csv_export import Csv, cell, harmless
from ordersales.values.currency import Currency
from ordersales.values.money import Money

pytestmark = pytest.mark.rule("T5", "T9")

BERLIN = ZoneInfo("Europe/Berlin")


@frozen
class Row:
    """A row with one value."""

    value: Any


def column(shown: Shown, label: str = "Label") -> Column:
    """Return a column that shows the value of a row."""
    return Column(name="value", label=label, shown=shown, path="value")


def written(shown: Shown, *values: Any, **how: Any) -> bytes:
    """Return what is written of a column of values."""
    file = io.BytesIO()
    sink = Csv(file.write, **how)
    sink.begin([column(shown)], BERLIN)
    sink.rows([Row(value) for value in values])
    return file.getvalue()


def body(shown: Shown, value: Any) -> str:
    """Return how one value is written."""
    return written(shown, value).decode().removeprefix("Label\r\n").removesuffix("\r\n")


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-2+3",
        "@SUM(1)",
        "|calc",
        "%0A",
        "\t1",
        "\r1",
        "\n1",
        " =1",
        "\u00a0=1",
        "\u3000=1",
        "\u200b=1",
        "\ufeff=1",
        "\x00=1",
        "\u202e=1",
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1",
        "\uff20SUM",
        "\ufe661",
        "\ufe621",
        "\ufe631",
        "\ufe6bA",
        "\u22121",
        "-",
        '=HYPERLINK("http://x","y")',
        "=cmd|' /C calc'!A0",
    ],
)
def test_formulas_are_neutralised(text: str) -> None:
    """Whatever a spreadsheet could take for a formula begins with an apostrophe."""
    assert f"'{text}" == harmless(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a;=1", "a;'=1"),
        ("a; @x", "a;' @x"),
        ("a\t=1", "a\t'=1"),
        ("a\n-1", "a\n'-1"),
        ('a"\r\n=1', "a\"\r\n'=1"),
        (";;=1", ";;'=1"),
        ("\t=1", "'\t'=1"),
    ],
)
def test_formulas_behind_other_separators(text: str, expected: str) -> None:
    """Where another sign than the comma parts cells, nothing runs from within a text either."""
    assert expected == harmless(text)


@pytest.mark.parametrize(
    "text", ["Ada", "a=b", "a-b", "1-2", "a, =b", "x@y.example", "50 %", "'=1", "", "Ärger", "«-»"]
)
def test_other_text_stays(text: str) -> None:
    """Text in which such a sign stands elsewhere is written as it is."""
    assert text == harmless(text)


@given(st.text())
def test_a_second_opinion(text: str) -> None:
    """Another library that makes CSV harmless finds nothing more to escape."""
    ours = written(Shown.TEXT, text).decode()

    theirs = io.StringIO(newline="")
    again = defused.writer(theirs)
    for row in csv.reader(io.StringIO(ours, newline="")):
        again.writerow(row)
    assert ours == theirs.getvalue()


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2)))
def test_it_reads_back(texts: list[list[str]]) -> None:
    """A CSV reader gives back every row and text, made harmless, with the lines ending in CRLF."""
    file = io.BytesIO()
    sink = Csv(file.write)
    both = [
        Column(name=name, label=name, shown=Shown.TEXT, path=f"value.{name}")
        for name in ("real", "imag")
    ]
    sink.begin(both, BERLIN)

    @frozen
    class Pair:
        real: str
        imag: str

    sink.rows([Row(Pair(*pair)) for pair in texts])

    read = [*csv.reader(io.StringIO(file.getvalue().decode(), newline=""), strict=True)]
    assert [["real", "imag"], *([harmless(text) for text in pair] for pair in texts)] == read
    assert file.getvalue().endswith(b"\r\n")


@given(st.text())
def test_quotes_stand_where_they_have_to(text: str) -> None:
    """A cell is written as the csv module writes it, quoted where the RFC asks for it."""
    plain = io.StringIO(newline="")
    csv.writer(plain).writerow([harmless(text), "x"])

    assert plain.getvalue().removesuffix(",x\r\n") == cell(text)


@pytest.mark.parametrize(
    ("shown", "value", "expected"),
    [
        (Shown.MONEY, Money.of("-5.50", "EUR"), "-5.50"),
        (Shown.MONEY, Money.of("0.05", "EUR"), "0.05"),
        (Shown.MONEY, Money.of(-5, "JPY"), "-5"),
        (Shown.MONEY, Money(-1, Currency.of("KWD")), "-0.001"),
        (Shown.MONEY, Money(123_456_789, Currency.of("CLF")), "12345.6789"),
        (Shown.COUNT, -3, "-3"),
        (Shown.NUMBER, 17, "17"),
        (Shown.PERCENT, Decimal("33.30"), "33.30"),
        (Shown.DAY, date(2026, 3, 29), "2026-03-29"),
        (Shown.MOMENT, datetime(2026, 3, 29, 1, 0, 0, 5, tzinfo=UTC), "2026-03-29 03:00:00+02:00"),
        (Shown.FLAG, True, "yes"),
        (Shown.FLAG, False, "no"),
        (Shown.TEXT, "a,b", '"a,b"'),
    ],
)
def test_how_each_kind_is_written(shown: Shown, value: Any, expected: str) -> None:
    """Numbers stay numbers, with the decimals of their currency; moments stand in the zone."""
    assert expected == body(shown, value)


@given(st.integers(-(10**12), 10**12), st.sampled_from(["JPY", "EUR", "KWD", "CLF"]))
def test_amounts_are_those_of_money(minor: int, code: str) -> None:
    """An amount is written exactly as the money says it is."""
    money = Money(minor, Currency.of(code))

    assert f"{money.amount:f}" == body(Shown.MONEY, money)


@pytest.mark.parametrize("shown", Shown)
def test_what_is_not_there_is_empty(shown: Shown) -> None:
    """A value that is not there leaves its cell empty; a row of one cell is a row all the same."""
    assert b'Label\r\n""\r\n' == written(shown, None)


def test_the_mark_of_utf_8() -> None:
    """The mark that spreadsheets know UTF-8 by is written where it is asked for, once."""
    assert b"\xef\xbb\xbfLabel\r\n\xc3\xa4\r\n" == written(Shown.TEXT, "ä", bom=True)
    assert b"Label\r\n\xc3\xa4\r\n" == written(Shown.TEXT, "ä")


def test_labels_are_text_as_well() -> None:
    """The head is made harmless and quoted like everything else."""
    file = io.BytesIO()
    Csv(file.write).begin([column(Shown.TEXT, "=a,b"), column(Shown.TEXT)], BERLIN)

    assert b'"\'=a,b",Label\r\n' == file.getvalue()


def test_text_is_remembered_within_bounds() -> None:
    """However many different texts there are, each is written as it is and few are kept."""
    file = io.BytesIO()
    sink = Csv(file.write)
    sink.begin([column(Shown.TEXT)], BERLIN)

    for batch in range(12):
        sink.rows([Row(f"name {batch * 1000 + at}") for at in range(1000)])

    lines = file.getvalue().decode().splitlines()
    assert ["Label", *(f"name {at}" for at in range(12_000))] == lines
