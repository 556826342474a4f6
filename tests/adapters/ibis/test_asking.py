"""Reports that are asked for again: made once, and answered by what is there then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import ibis
import pytest

from ordersales import AccountId
from ordersales.adapters.ibis import FactReports, table_of
from ordersales.models.report import Dimension, Report
from ordersales.reports.exported import Row
from tests.adapters.ibis.facts import MARCH, a_row

ACME: Final = AccountId("acme")
BY_DAY: Final = Report(dimensions=(Dimension.DAY,))


@pytest.fixture(scope="module", params=["duckdb", "polars"])
def connection(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Return a connection to each engine of this process."""
    found = getattr(ibis, request.param).connect()
    yield found
    found.disconnect()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what collects the SQL that Ibis makes."""
    queries = list[str]()
    monkeypatch.setattr(ibis.options, "verbose", True)
    monkeypatch.setattr(ibis.options, "verbose_log", queries.append)
    return queries


def held(connection: Any, *rows: Row) -> Any:
    """Return facts as an engine's table, in place of those that it had."""
    return connection.create_table("facts", table_of(rows), overwrite=True)


@pytest.mark.rule("T6")
def test_what_came_since_is_counted(connection: Any) -> None:
    """However often it is asked, a report counts the facts that the table has then."""
    rows = [a_row(1, 100)]
    reports = FactReports(held(connection, *rows), ACME)
    found = list[tuple[int, int]]()
    for number in range(2, 6):
        (total,) = reports.details().by_offer.totals
        days = reports.compute(BY_DAY).rows
        found.append((total.gross.minor, sum(row.gross.minor for row in days)))
        rows.append(a_row(number, 100, at=MARCH + timedelta(days=40 * number)))
        held(connection, *rows)

    assert [(100, 100), (200, 200), (300, 300), (400, 400)] == found


@pytest.mark.rule("T6")
def test_facts_that_outgrow_64_bits_meanwhile(connection: Any) -> None:
    """A report that is asked for again is added up wider as soon as there is need to."""
    reports = FactReports(held(connection, a_row(1, 2**61)), ACME)
    asked = [reports.details().by_currency.rows[0].gross.minor for _ in range(3)]
    held(connection, *(a_row(number, 2**61) for number in range(9)))
    asked += [reports.details().by_currency.rows[0].gross.minor for _ in range(3)]

    assert [2**61] * 3 + [9 * 2**61] * 3 == asked


@pytest.mark.rule("T6")
def test_facts_in_memory_alone() -> None:
    """A table that no engine holds is answered as often as any other."""
    reports = FactReports(ibis.memtable(table_of([a_row(1, 100), a_row(2, 50)])), ACME)

    first, *others = [reports.details() for _ in range(4)]

    assert 150 == first.by_currency.rows[0].gross.minor
    assert [first] * 3 == others


@pytest.mark.rule("T6")
def test_text_as_an_enum() -> None:
    """A table of DuckDB may keep text as numbers of a list, which is added up faster."""
    connection = ibis.duckdb.connect()
    plain = held(connection, a_row(1, 100), a_row(2, 300, offer="B-1", offer_name="Book"))
    connection.raw_sql("CREATE TYPE name AS ENUM ('B-1', 'C-1', 'Book', 'Course')")
    connection.raw_sql(
        "CREATE TABLE listed AS SELECT * REPLACE (offer::name AS offer, offer_name::name AS offer_name) FROM facts"
    )
    reports = FactReports(connection.table("listed"), ACME)

    expected = FactReports(plain, ACME).details()

    assert [expected] * 3 == [reports.details() for _ in range(3)]


def test_a_report_is_made_once(made: list[str]) -> None:
    """Nothing is made anew of a report that was asked before, and each of another is."""
    reports = FactReports(held(ibis.duckdb.connect(), a_row()), ACME)
    for _ in range(2):
        reports.compute(Report())
    made.clear()

    reports.compute(Report())
    again = len(made)
    reports.compute(Report(dimensions=(Dimension.OFFER,)))

    assert (0, 1) == (again, len(made))
    assert "offer_name" in made[0]


def test_groupings_share_no_part_of_their_query(made: list[str]) -> None:
    """Each grouping reads the table by itself: DuckDB would write down what they have in common."""
    FactReports(held(ibis.duckdb.connect(), a_row()), ACME).details()

    (query,) = [text for text in made if "UNION" in text]
    assert 2 == query.count('"facts"')
    assert "WITH" not in query
