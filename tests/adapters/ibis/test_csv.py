"""Facts as CSV: cell for cell as plain Python writes them."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import ibis
import pytest
from defusedcsv import csv as defused
from hypothesis import example, given
from hypothesis import strategies as st

from ordersales.adapters.ibis import Lake, table_of, write_csv
from ordersales.adapters.ibis import csv as csv_of
from ordersales.errors import InvalidInput
from ordersales.reports.csv_export import harmless
from ordersales.reports.exported import FIELDS, Row
from tests.adapters.ibis.facts import a_row

CONNECTION: Final = ibis.duckdb.connect()


def written(*rows: Row, **ways: Any) -> bytes:
    """Return the facts as CSV, read from DuckDB."""
    table = CONNECTION.create_table("facts", table_of(rows), overwrite=True)
    file = io.BytesIO()
    assert len(rows) == write_csv(table.order_by("order"), file.write, **ways)
    return file.getvalue()


@pytest.mark.rule("T5", "T9")
def test_every_field() -> None:
    """Amounts have their currency's decimals, moments their zone, flags words, None an empty cell."""
    text = written(a_row(7, -1234, commission=5, manager="mira"), zone="Europe/Berlin").decode()

    head, values, rest = text.split("\r\n")
    told = dict(zip(head.split(","), values.split(","), strict=True))
    assert "" == rest
    assert list(FIELDS) == head.split(",")
    expected = {
        "amount": "-12.34",
        "commission": "0.05",
        "at": "2026-03-05 13:00:00+01:00",
        "completed": "yes",
        "confirmed": "no",
        "manager": "mira",
        "manager_name": "",
        "order": "7",
        "price": "10.00",
    }
    assert expected == {name: told[name] for name in expected}


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_any_table(engine: str, tmp_path: Path) -> None:
    """A table of any engine is written, one without facts as well."""
    connection = getattr(ibis, engine).connect()
    files = [io.BytesIO(), io.BytesIO()]
    lake = Lake(tmp_path)

    for file in files:
        write_csv(lake.table(connection), file.write, columns=["order"])
        lake.add("acme", [a_row(7)], 1)

    assert [b"order\r\n", b"order\r\n7\r\n"] == [file.getvalue() for file in files]


@pytest.mark.rule("T9")
@pytest.mark.parametrize(
    ("currency", "minor", "shown"),
    [("JPY", 5, "5"), ("JPY", -5, "-5"), ("KWD", 5, "0.005"), ("KWD", -12345, "-12.345"),
     ("EUR", 0, "0.00"), ("CLF", 10001, "1.0001")],
)  # fmt: skip
def test_decimals(currency: str, minor: int, shown: str) -> None:
    """Each currency has its own decimals, beside another with others in the same file."""
    rows = a_row(1, minor, currency=currency), a_row(2, 100)

    assert f"amount\r\n{shown}\r\n1.00\r\n" == written(*rows, columns=["amount"]).decode()


@pytest.mark.rule("T5")
@given(st.text(alphabet=st.sampled_from("=+-@|%\t\r\n;,\"' aé中\u200b\uff1d0"), max_size=8))
@example("=1+1")
@example("a;=1")
@example("-1")
@example("")
def test_no_formula(name: str) -> None:
    """Whatever an offer is called is read back as the harmless form that plain Python writes."""
    (_, (cell, order)) = csv.reader(
        io.StringIO(written(a_row(1, offer_name=name), columns=["offer_name", "order"]).decode(), "")
    )  # fmt: skip

    assert (harmless(name), "1") == (cell, order)


@pytest.mark.rule("T5")
@pytest.mark.parametrize("name", ["=1+1", "+1+1", "@SUM(1)", "|cmd", "%x"])
def test_a_second_opinion(name: str) -> None:
    """What another library holds to be dangerous is not left as it was."""
    file = io.StringIO()
    defused.writer(file).writerow([name])

    text = written(a_row(offer_name=name), columns=["offer_name"]).decode()

    assert name not in text.split("\r\n")
    assert file.getvalue().strip() != name


@pytest.mark.rule("T5")
def test_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are written a batch at a time, and each is told of; spreadsheets may get their mark."""
    told: list[int] = []
    monkeypatch.setattr(csv_of, "BATCH", 2)

    text = written(*map(a_row, range(1, 6)), columns=["order"], bom=True, on_progress=told.append)

    assert b"\xef\xbb\xbforder\r\n1\r\n2\r\n3\r\n4\r\n5\r\n" == text
    assert told == sorted(told)
    assert (5, True) == (told[-1], len(told) > 1)


def test_moments_of_another_zone() -> None:
    """A moment is shown as its zone's clock does, with the seconds and the offset."""
    moment = datetime(2026, 7, 1, 23, 30, 59, tzinfo=UTC)

    text = written(a_row(at=moment), columns=["paid"], zone="Asia/Kathmandu").decode()

    local = moment.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert f"paid\r\n{local.isoformat(' ', 'seconds')}\r\n" == text


@pytest.mark.rule("B1")
@pytest.mark.parametrize("columns", [["gross"], ["amount", "amount"]])
def test_columns_that_are_not_there(columns: list[str]) -> None:
    """Fields that are not there, or named twice, are refused by name, and nothing is written."""
    file = io.BytesIO()

    with pytest.raises(InvalidInput) as caught:
        write_csv(ibis.memtable(table_of([a_row()])), file.write, columns=columns)

    assert ["columns"] == [problem.field for problem in caught.value.problems]
    assert b"" == file.getvalue()
