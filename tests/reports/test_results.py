"""What a report is asked for and answers: refused, sorted, shown, and cut to columns."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.errors import InvalidInput
from ordersales.models import columns
from ordersales.models.columns import KEYS, MEASURES, Column, Shown, chosen, text_of
from ordersales.models.filters import OrderColumn, PaymentColumn, RecurringColumn
from ordersales.models.report import (
    DateBasis,
    Details,
    Dimension,
    Report,
    ReportResult,
    ReportScope,
    ReportSort,
)
from ordersales.models.rows import OrderRow, PaymentRow, RecurringRow
from ordersales.reports import roll_up
from ordersales.reports.cells import Cell, Sums, added, fields_of, merged
from ordersales.values.currency import Currency
from ordersales.values.money import Money
from tests.reports.engines import ENGINES
from tests.reports.shops import breakdowns, scopes, shops

BY_OFFER: Final = Report(dimensions=[Dimension.OFFER])


def nameless() -> ZoneInfo:
    """Return a time zone that was read from a file of its own."""
    # No transitions, one kind of time, and its abbreviation of four bytes.
    counts = b"".join(number.to_bytes(4, "big") for number in (0, 0, 0, 0, 1, 4))
    return ZoneInfo.from_file(io.BytesIO(b"TZif" + bytes(16) + counts + bytes(6) + b"UTC\0"))


def sums(gross: int = 0, orders: int = 1, **changed: int) -> Sums:
    """Return what some payments add up to."""
    return roll_up.NOTHING._replace(gross=gross, orders=orders, payments=1, **changed)


def offered(number: str, name: str, code: str, gross: int, **changed: int) -> Cell:
    """Return a cell by offer."""
    return Cell((number, name, code), sums(gross, **changed))


CELLS: Final = (
    offered("B", "Äpfel", "EUR", 1000),
    offered("A", "Zebra", "EUR", 2000, orders=2, refunds=500),
    offered("C", "bread", "EUR", 1000, orders=0),
    offered("A", "Zebra", "JPY", 7),
    offered("D", "<b>=1+1</b>", "KWD", 1234),
)


def result(report: Report = BY_OFFER, cells: tuple[Cell, ...] = CELLS) -> ReportResult:
    """Return the answer to a report that is made of cells by its own dimensions."""
    return roll_up.result(report, cells, report.dimensions)


def offers(found: ReportResult) -> list[str | None]:
    """Return which offers the rows are about."""
    return [row.offer_number for row in found.rows]


@pytest.mark.rule("B1", "T1", "T5", "T7")
@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Report(dimensions=["colour"]), "dimensions"),
        (lambda: Report(dimensions=3), "dimensions"),
        (lambda: Report(dimensions=["offer", "offer"]), "dimensions"),
        (lambda: Report(dimensions=["day", "month"]), "dimensions"),
        (lambda: Report(columns=["colour"]), "columns"),
        (lambda: Report(columns=3), "columns"),
        (lambda: Report(columns=["net", "net"]), "columns"),
        (lambda: Report(columns=["offer name"]), "columns"),
        (lambda: Report(scope="all"), "scope"),
        (lambda: Report(sort="net"), "sort"),
        (lambda: Report(sort=ReportSort("offer name")), "column"),
        (lambda: Report(overall="EUR"), "overall"),
        (lambda: ReportSort("colour"), "column"),
        (lambda: ReportSort("net", descending=1), "descending"),
        (lambda: ReportScope(wanted="all"), "wanted"),
        (lambda: ReportScope(zone="Atlantis"), "zone"),
        (lambda: ReportScope(zone=nameless()), "zone"),
        (lambda: ReportScope(basis="paid"), "basis"),
        (lambda: ReportScope(first_day=datetime(2026, 1, 1, tzinfo=UTC)), "first_day"),
        (lambda: ReportScope(last_day="2026-01-01"), "last_day"),
        (lambda: ReportScope(last_day=date.max), "last_day"),
        (
            lambda: ReportScope(first_day=date(2026, 2, 1), last_day=date(2026, 1, 31)),
            "last_day",
        ),
    ],
)
def test_what_is_no_report(make: Any, field: str) -> None:
    """Whatever can't be computed or shown is refused at once, by the name of its field."""
    with pytest.raises(InvalidInput) as caught:
        make()

    assert [field] == [problem.field for problem in caught.value.problems]


@pytest.mark.rule("T1")
def test_a_report_is_data() -> None:
    """Reports compare and hash by what they ask for; the currency is always among it."""
    zone = ZoneInfo("Europe/Berlin")
    scope = ReportScope(zone=zone, basis=DateBasis.PAID)

    assert Report(dimensions=["month"], scope=scope) == Report(
        dimensions=(Dimension.MONTH, Dimension.CURRENCY),
        scope=ReportScope(zone="Europe/Berlin", basis=DateBasis.PAID),
    )
    assert {Report()} == {Report(dimensions=[Dimension.CURRENCY])}
    assert Dimension.MONTH is Report(dimensions=["month"]).time
    assert Report().time is None


@pytest.mark.rule("T5")
def test_the_usual_order() -> None:
    """Rows come by currency, the highest gross first; over time, by day first."""
    assert ["A", "B", "C", "A", "D"] == offers(result())
    by_day = Report(dimensions=["day"])
    days = tuple(Cell((day, "EUR"), sums(day)) for day in (737_000, 736_000, 738_000))
    assert [736_000, 737_000, 738_000] == [
        row.day.toordinal() for row in result(by_day, days).rows if row.day
    ]


@pytest.mark.rule("T5")
@pytest.mark.parametrize(
    ("column", "ascending"),
    [
        ("offer number", "AABCD"),
        # Whatever the case and the accents; letters and digits stand behind signs.
        ("offer name", "DBCAA"),
        ("currency", "ABCAD"),
        ("orders", "CBADA"),
        ("net", "BCAAD"),
        # Nobody ordered C in what is counted: it stands last both ways.
        ("average order", "ABADC"),
        ("share of total", "BCAAD"),
    ],
)
def test_every_column_sorts_both_ways(column: str, ascending: str) -> None:
    """Rows are sorted by any column; equal ones stay as they were, either way."""
    found = result()

    up = found.sorted_by(column, descending=False)
    down = found.sorted_by(column)

    assert ascending == "".join(str(number) for number in offers(up))
    read = chosen([column], found.report.available)[0].value
    filled = [read(row) for row in down.rows if read(row) is not None]
    assert [read(row) for row in up.rows if read(row) is not None] == sorted(
        filled, key=[read(row) for row in up.rows].index
    )
    same = Report(dimensions=["offer"], sort=ReportSort(column, descending=False))
    assert result(same) == up


@pytest.mark.rule("T5")
@given(st.sampled_from([column.name for column in Report(dimensions=["offer"]).available]))
def test_sorting_is_stable(column: str) -> None:
    """Rows with equal values keep the order that an earlier sort gave them, either way."""
    read = chosen([column], BY_OFFER.available)[0].value
    first = result().sorted_by("offer name")
    for descending in (True, False):
        again = first.sorted_by(column, descending=descending)
        for value in {read(row) for row in first.rows}:
            before = [row for row in first.rows if read(row) == value]
            assert before == [row for row in again.rows if read(row) == value]


@pytest.mark.rule("T5")
def test_columns_are_chosen_and_ordered() -> None:
    """A result shows the columns that are named, in that order; the figures stay."""
    found = result().with_columns("net", "offer name")

    assert ["Net", "Offer name"] == [column.label for column in found.columns]
    assert (Money.of(15, "EUR"), "Zebra") == next(found.values())
    assert result().rows == found.rows
    assert result() == found.with_columns()
    with pytest.raises(InvalidInput, match="'colour' was given"):
        found.with_columns("colour")


@pytest.mark.rule("T2", "T7")
def test_definitions_are_published() -> None:
    """Every column that is shown says what stands in it."""
    found = result()

    assert [column.name for column in found.columns] == list(found.definitions)
    assert all(found.definitions.values())
    assert "Gross less refunds." == found.definitions["net"]


@pytest.mark.rule("T2")
def test_measures_that_do_not_add_up() -> None:
    """The average order is rounded half-even; shares add up to a hundred in each currency."""
    odd = (offered("A", "a", "EUR", 5, orders=2), offered("B", "b", "EUR", 3, orders=2))

    found = result(cells=(*odd, offered("C", "c", "EUR", 1, orders=0), offered("D", "d", "USD", 0)))

    assert [Money(2, Currency.of("EUR")), Money(2, Currency.of("EUR")), None] == [
        row.average_order for row in found.rows[:3]
    ]
    assert [Decimal("55.56"), Decimal("33.33"), Decimal("11.11"), None] == [
        row.share for row in found.rows
    ]
    assert [Decimal("100.00"), None] == [row.share for row in found.totals]


@given(gross=st.integers(0, 10**9), orders=st.integers(1, 60))
@pytest.mark.rule("T2")
def test_the_average_order_is_rounded_half_even(gross: int, orders: int) -> None:
    """The average order is the fraction, rounded as Python rounds fractions."""
    euro = Currency.of("EUR")
    sums = roll_up.NOTHING._replace(gross=gross, orders=orders)

    assert Money(round(Fraction(gross, orders)), euro) == roll_up.average(sums, euro)


@given(shops(), breakdowns(), scopes())
@pytest.mark.rule("T2", "T3", "T4")
def test_rows_add_up_to_totals(orders: Any, dimensions: Any, scope: ReportScope) -> None:
    """The rows of a currency add up to its total, and with what is left out to the whole."""
    report = Report(dimensions=dimensions, scope=scope)
    found = result(report, ENGINES["plain"](orders, dimensions, scope))
    whole = result(Report(scope=scope), ENGINES["plain"](orders, Report().dimensions, scope))

    def added_up(rows: Any, code: str) -> tuple[int, ...]:
        mine = [row for row in rows if row.currency.code == code]
        counts = ("orders", "payments", "units", "commission_unknown")
        amounts = ("gross", "refunds", "net", "commission", "credited", "completed")
        return (
            *(sum(getattr(row, name) for row in mine) for name in counts),
            *(sum(getattr(row, name).minor for row in mine) for name in amounts),
        )

    for total in whole.totals:
        code = total.currency.code
        assert added_up(found.totals, code) == added_up(found.rows, code)
        assert added_up([total], code) == added_up((*found.totals, *found.left_out), code)
        shares = [row.share for row in found.rows if row.currency is total.currency]
        if None not in shares and shares:
            assert Decimal("100.00") == sum(filter(None, shares))
    assert whole.completed == found.completed
    assert [total.completed for total in whole.totals] == list(found.completed)


@pytest.mark.rule("T6")
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), max_size=8))
def test_cells_merge_in_any_order(drawn: list[tuple[str, int]]) -> None:
    """Cells of parts make the same whole in whatever order, and nothing changes it."""
    parts = [(Cell((key,), sums(number, newest=number)),) for key, number in drawn]

    whole = merged(*parts)

    assert set(whole) == set(merged(*reversed(parts)))
    assert set(whole) == set(merged(whole, ()))
    for cell in whole:
        assert cell.sums == added(cell.sums, roll_up.NOTHING)


def test_what_a_key_holds() -> None:
    """A key holds the fields of each dimension, in the order of the dimensions."""
    assert ("day", "manager", "manager_name", "confirmed", "currency") == fields_of(
        [Dimension.WEEK, Dimension.MANAGER, Dimension.CURRENCY]
    )


@pytest.mark.rule("T3")
def test_shown_in_a_terminal() -> None:
    """A result prints itself with decimals by currency, its totals, and what is completed."""
    found = result(cells=(*CELLS[:2], offered("C", "c", "JPY", 9, completed=9)))

    printed = str(found.with_columns("offer name", "currency", "gross", "average order"))

    expected = """\
Offer name  Currency  Gross  Average order
----------  --------  -----  -------------
Zebra       EUR       20.00          10.00
Äpfel       EUR       10.00          10.00
c           JPY           9              9
total       EUR       30.00          10.00
total       JPY           9              9
completed orders, excluding refunds: 0.00 EUR, 9 JPY"""
    assert expected == printed


@pytest.mark.rule("T3", "T9")
def test_shown_without_the_currency() -> None:
    """Where the currency is not among the columns each amount names it."""
    found = result(cells=CELLS[-1:])

    assert "1.234 KWD" in str(found.with_columns("gross"))
    assert "total" in str(found.with_columns("offer number", "gross"))
    assert "total" not in str(found.with_columns("gross"))


def test_nothing_is_shown_as_nothing() -> None:
    """A report of nothing has no rows, and says so."""
    printed = str(result(Report(), ()).with_columns("currency", "net"))

    assert "Currency  Net\n--------  ---\ncompleted orders, excluding refunds: nothing" == printed
    assert result(Report(), ()).total(Currency.of("EUR")) is None


@pytest.mark.rule("T4")
def test_what_is_left_out_is_told() -> None:
    """By sales manager a result tells how much it leaves out; the whole is in what is completed."""
    by_manager = Report(dimensions=["sales manager"])
    cells = (
        Cell(("mira", "Mira", 1, "EUR"), sums(100, completed=100)),
        Cell(("mira", "Mira", 0, "EUR"), sums(30, completed=30)),
        Cell(("", "", 1, "EUR"), sums(5, completed=5)),
    )

    found = result(by_manager, cells)

    assert [Money.of(1, "EUR")] == [row.gross for row in found.rows]
    assert [Money.of("0.35", "EUR")] == [row.gross for row in found.left_out]
    assert [None] == [row.share for row in found.left_out]
    assert [False] == [row.counted for row in found.left_out]
    assert (Money.of("1.35", "EUR"),) == found.completed
    assert "not in these rows: 0.35 EUR gross, 0.35 EUR net" in str(found)


def test_shown_in_a_notebook() -> None:
    """A notebook shows a table in which names are text, whatever they hold."""
    shown = result(cells=CELLS[-1:]).with_columns("offer name", "gross", "currency")._repr_html_()

    assert "<b>" not in shown
    assert "&lt;b&gt;=1+1&lt;/b&gt;" in shown
    assert '<td style="text-align:right">1.234</td>' in shown


def test_details_print_all_of_it() -> None:
    """The five breakdowns are printed one below the other."""
    part = result()
    details = Details(
        by_currency=part,
        by_payment_system=part,
        by_offer=part,
        by_category=part,
        by_manager=part,
    )

    printed = str(details)

    assert 5 == printed.count("Zebra  ") / 2
    assert printed.startswith("By currency\n\nOffer number")
    assert part.completed == details.completed


@pytest.mark.rule("T9")
@pytest.mark.parametrize("table", ["ORDERS", "PAYMENTS", "RECURRING", "KEYS", "MEASURES"])
def test_the_registry_of_columns(table: str) -> None:
    """Every column has a name of its own in its table, and a label that people read."""
    found: tuple[Column, ...] = getattr(columns, table)

    assert len(found) == len({column.name for column in found})
    for column in found:
        assert column.label.lower() == column.name
        assert column.name.strip() == column.name != ""


@pytest.mark.rule("T9")
@pytest.mark.parametrize(
    ("table", "sorted_by", "row"),
    [
        (columns.ORDERS, OrderColumn, OrderRow),
        (columns.PAYMENTS, PaymentColumn, PaymentRow),
        (columns.RECURRING, RecurringColumn, RecurringRow),
    ],
)
def test_lists_are_in_the_registry(
    table: tuple[Column, ...], sorted_by: Any, row: type[Any]
) -> None:
    """What a list sorts by is a column of it, and every column is a field of its rows."""
    assert {item.value for item in sorted_by} <= {column.name for column in table}
    fields = {attribute.name for attribute in row.__attrs_attrs__}
    assert {column.path.partition(".")[0] for column in table} <= fields


@pytest.mark.rule("T9")
def test_how_values_are_shown() -> None:
    """Amounts have the decimals of their currency, moments stand in the zone of the reader."""
    noon = datetime(2026, 1, 31, 12, tzinfo=UTC)

    assert ["7", "0.07", "0.007", "0.07 EUR"] == [
        text_of(Money(7, Currency.of("JPY"))),
        text_of(Money(7, Currency.of("EUR"))),
        text_of(Money(7, Currency.of("KWD"))),
        text_of(Money(7, Currency.of("EUR")), code=True),
    ]
    assert "2026-01-31 13:00:00+01:00" == text_of(noon, ZoneInfo("Europe/Berlin"))
    assert "2026-01-31 12:00:00+00:00" == text_of(noon)
    assert ["", "yes", "no", "x", "3"] == [text_of(value) for value in (None, True, False, "x", 3)]
    assert {Shown.MONEY, Shown.COUNT, Shown.PERCENT} == {
        column.shown for column in MEASURES if column.right
    }
    assert not any(column.right for column in KEYS)
