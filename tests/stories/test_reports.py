"""What a shop's reports tell, at both doors: breakdowns, traces, exports, and who may see them."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any, Final

import pytest
from attrs import evolve

from ordersales import (
    AnyShare,
    Csv,
    DateBasis,
    Dimension,
    ExportProgress,
    Manager,
    OrderFilter,
    OrderSort,
    PaymentSort,
    Report,
    ReportScope,
    ReportSort,
    UserId,
)
from ordersales.errors import InvalidInput
from ordersales.models.columns import MEASURES
from ordersales.models.filters import EVERYTHING, OrderColumn
from ordersales.reports import tracing
from ordersales.testing import an_offer
from tests.drivers import BANK, BOSS, BUYER, CARDS, Shop, eur, key

MIRA: Final = Manager(user=UserId("mira"), name="Mira")
BERLIN: Final = "Europe/Berlin"
A_DAY: Final = timedelta(days=1)


@pytest.fixture
def sold(shop: Shop) -> Shop:
    """Return a shop with payments in full and in parts, in two currencies, and refunds.

    Its clock starts at noon of 1 January, in UTC.
    """
    office = shop.office
    course = shop.place()
    shop.charge(course)
    parts = shop.place(AnyShare(), under="cart-2")
    shop.charge(parts, "30.00", under="pay-2")
    shop.clock.advance(A_DAY)
    bank = shop.announce(parts, "70.00", under="wire-2")
    office.payments.confirm(BOSS, parts, bank.invoice.number, commission=eur("1.00"))
    office.sales.confirm(BOSS, parts, manager=MIRA)
    yen = an_offer("900", "JPY", number="J-1", name="=Book", multiple_sales=True)
    book = office.orders.place(BUYER, yen, shop.look(course).customer, key=key("c3"), quantity=2)
    office.payments.charge(BUYER, book.number, CARDS, key=key("pay-3"))
    shop.clock.advance(31 * A_DAY)
    office.refunds.refund_order(BOSS, course, key=key("back"), reason="unhappy")
    return shop


@pytest.mark.rule("T1", "T2", "T3")
def test_by_currency(sold: Shop) -> None:
    """Payments count by the currency they were made in, with what became of them."""
    found = sold.office.reports.by_currency(BOSS)

    euros, yen = found.rows
    assert ("EUR", "JPY") == (euros.currency.code, yen.currency.code)
    assert (2, 3, 2) == (euros.orders, euros.payments, euros.units)
    assert eur("200.00") == euros.gross
    assert eur("100.00") == euros.refunds == euros.net == euros.average_order == euros.completed
    assert (eur("1.00"), 2, eur("99.00")) == (
        euros.commission,
        euros.commission_unknown,
        euros.credited,
    )
    assert (1, 1, 2, 1800) == (yen.orders, yen.payments, yen.units, yen.gross.minor)
    assert (euros.completed, yen.completed) == found.completed
    assert euros == found.total(euros.currency)


@pytest.mark.rule("T1")
def test_by_payment_system(sold: Shop) -> None:
    """Each payment system is told apart, and within it the currencies that were paid in."""
    found = sold.office.reports.by_payment_system(BOSS)

    assert [("Cards", "130.00 EUR"), ("Bank transfer", "70.00 EUR"), ("Cards", "1800 JPY")] == [
        (row.system, str(row.gross)) for row in found.rows
    ]


@pytest.mark.rule("T1")
def test_by_offer_and_category(sold: Shop) -> None:
    """Each offer and each category is told by number and name."""
    reports = sold.office.reports

    assert [("C-1", "Course"), ("J-1", "=Book")] == [
        (row.offer_number, row.offer_name) for row in reports.by_offer(BOSS).rows
    ]
    assert [("7", "Learning", "EUR"), ("7", "Learning", "JPY")] == [
        (row.category.number, row.category.name, row.currency.code)
        for row in reports.by_category(BOSS).rows
        if row.category
    ]


@pytest.mark.rule("T4")
def test_by_manager(sold: Shop) -> None:
    """Only what a person has confirmed counts for a manager; the rest is told beside."""
    found = sold.office.reports.by_manager(BOSS)

    assert [(MIRA, eur("100.00"))] == [(row.manager, row.gross) for row in found.rows]
    assert ["100.00 EUR", "1800 JPY"] == [str(row.gross) for row in found.left_out]
    assert sold.office.reports.by_currency(BOSS).completed == found.completed


@pytest.mark.rule("T1", "T7")
def test_over_time(sold: Shop) -> None:
    """A refund counts in its own month, or by choice in that of its payment."""
    reports = sold.office.reports

    def euros(basis: DateBasis, unit: str = "month") -> list[tuple[date | None, str, str]]:
        scope = ReportScope(basis=basis, wanted=OrderFilter(offer="C-1"))
        rows = reports.over_time(BOSS, unit, scope).rows
        return [(row.day, str(row.gross.amount), str(row.refunds.amount)) for row in rows]

    january, february = date(2026, 1, 1), date(2026, 2, 1)
    assert [(january, "200.00", "0.00"), (february, "0.00", "100.00")] == euros(DateBasis.MOVED)
    assert [(january, "200.00", "100.00")] == euros(DateBasis.PAID)
    assert [date(2025, 12, 29)] == [day for day, *_ in euros(DateBasis.PAID, "week")]
    assert [january, date(2026, 1, 2)] == [day for day, *_ in euros(DateBasis.PAID, "day")]
    with pytest.raises(InvalidInput, match="day, week or month"):
        reports.over_time(BOSS, "offer")
    with pytest.raises(InvalidInput, match="day, week or month"):
        reports.over_time(BOSS, [])  # type: ignore[arg-type] - that is what is refused


@pytest.mark.rule("T7")
def test_a_period_in_a_zone(sold: Shop) -> None:
    """A period is cut where the zone's days begin."""
    late = sold.place(under="cart-9")
    sold.clock.advance_to(sold.clock.now().replace(month=3, day=31, hour=22, minute=30))
    sold.charge(late, under="pay-9")

    def gross(zone: str) -> list[str]:
        april = ReportScope(first_day=date(2026, 4, 1), last_day=date(2026, 4, 30), zone=zone)
        return [str(row.gross) for row in sold.office.reports.by_currency(BOSS, april).rows]

    assert ["100.00 EUR"] == gross(BERLIN)
    assert [] == gross("UTC")


@pytest.mark.rule("T1", "T3")
def test_details_are_the_five_breakdowns(sold: Shop) -> None:
    """The page of details has what each breakdown by itself has, and what is completed."""
    reports = sold.office.reports
    scope = ReportScope(wanted=OrderFilter(offer="C-1"))

    found = reports.details(BOSS, scope)

    assert reports.by_currency(BOSS, scope) == found.by_currency
    assert reports.by_payment_system(BOSS, scope) == found.by_payment_system
    assert reports.by_offer(BOSS, scope) == found.by_offer
    assert reports.by_category(BOSS, scope) == found.by_category
    assert reports.by_manager(BOSS, scope) == found.by_manager
    assert (eur("100.00"),) == found.completed


@pytest.mark.rule("T1", "T5")
def test_by_several_and_sorted(sold: Shop) -> None:
    """A report may be by several dimensions, and asks for its columns and its order."""
    reports = sold.office.reports

    several = reports.by(BOSS, "month", Dimension.SYSTEM)
    asked = Report(
        dimensions=["month", "payment system"],
        columns=["month", "payment system", "net"],
        sort=ReportSort("net", descending=False),
    )

    assert several.rows == reports.by(BOSS, "month", "payment system").rows
    found = reports.compute(BOSS, asked)
    assert ["-100.00 EUR", "70.00 EUR", "130.00 EUR", "1800 JPY"] == [
        str(row.net) for row in found.rows
    ]
    assert 3 == len(next(found.values()))


@pytest.mark.rule("T8")
def test_every_figure_can_be_traced(sold: Shop) -> None:
    """The payments and refunds that are named for a figure make it."""
    office = sold.office
    for dimensions in (["currency"], ["month"], ["week", "payment system"], ["sales manager"]):
        report = Report(dimensions=dimensions, scope=ReportScope(zone=BERLIN))
        found = office.reports.compute(BOSS, report)
        for row in (*found.rows, *found.left_out):
            for measure in MEASURES:
                page = office.reports.trace(BOSS, report, row, measure.name)
                assert page.after is None
                assert made_of(page.rows, measure.name) == measure.value(row) or (
                    measure.name in {"share of total", "completed", "average order"}
                )
            everything = office.reports.trace(BOSS, report, row).rows
            paid = [item for item in everything if item.kind == "payment"]
            assert row.gross.minor == sum(item.amount.minor for item in paid)
    assert {column.name for column in MEASURES} == tracing.MAKES.keys()


def made_of(rows: Any, measure: str) -> object:
    """Return the figure that payments and refunds make."""
    if measure in {"orders", "payments", "commission unknown"}:
        return len(rows)
    if measure == "units":
        return sum(item.units for item in rows)
    sums = [
        (-1 if item.kind != "payment" and measure != "refunds" else 1) * item.amount
        for item in rows
    ]
    if measure in {"commission", "credited"}:
        known = [item.commission for item in rows if item.commission is not None]
        sums = known if measure == "commission" else [*sums, *(-fee for fee in known)]
    return sum(sums[1:], sums[0]) if sums else zero(measure)


def zero(measure: str) -> object:
    """Compare with no amount, whatever its currency."""

    class Zero:
        def __eq__(self, other: object) -> bool:
            return getattr(other, "minor", None) == 0

        __hash__ = None  # type: ignore[assignment] - compared only

    return Zero()


@pytest.mark.rule("T8")
def test_traces_come_in_pages(sold: Shop) -> None:
    """What makes a figure is listed page by page, each payment before what it returned."""
    office, report = sold.office, Report()
    row = office.reports.compute(BOSS, report).rows[0]

    found, after = [], None
    while True:
        page = office.reports.trace(BOSS, report, row, after=after, limit=1)
        found += page.rows
        after = page.after
        if after is None:
            break

    assert office.reports.trace(BOSS, report, row).rows == tuple(found)
    assert [(1, None), (1, 1), (2, None), (3, None)] == [
        (item.invoice, item.refund) for item in found
    ]
    assert ["payment", "refund", "payment", "payment"] == [item.kind for item in found]


@pytest.mark.rule("T8")
def test_what_is_no_row_of_the_report(sold: Shop) -> None:
    """A row that contradicts the report's filter or period is made of nothing."""
    office = sold.office
    report = Report(dimensions=["payment system", "month"])
    row = office.reports.compute(BOSS, report).rows[0]

    def traced(scope: ReportScope) -> tuple[Any, ...]:
        return office.reports.trace(BOSS, evolve(report, scope=scope), row).rows

    assert () != traced(ReportScope(wanted=OrderFilter(system=row.system)))
    assert () == traced(ReportScope(wanted=OrderFilter(system="Wallet")))
    assert () == traced(ReportScope(first_day=date(2026, 3, 1)))
    assert () != traced(ReportScope(first_day=date(2026, 1, 1), last_day=date(2026, 3, 1)))


@pytest.mark.rule("B1")
def test_what_is_refused(sold: Shop) -> None:
    """What is no report, row, measure, limit, filter or sink is refused by its name."""
    reports: Any = sold.office.reports
    row = reports.by_currency(BOSS).rows[0]
    senseless = ReportScope(wanted=OrderFilter(recurring_statuses=frozenset()))
    cases: list[tuple[str, Any]] = [
        ("report", lambda: reports.compute(BOSS, "all")),
        ("scope", lambda: reports.details(BOSS, "all")),
        ("overall", lambda: reports.compute(BOSS, Report(overall=row.currency))),
        ("report", lambda: reports.trace(BOSS, "all", row)),
        ("row", lambda: reports.trace(BOSS, Report(), "one")),
        ("measure", lambda: reports.trace(BOSS, Report(), row, "colour")),
        ("limit", lambda: reports.trace(BOSS, Report(), row, limit=0)),
        ("after", lambda: reports.trace(BOSS, Report(), row, after="there")),
        ("to", lambda: reports.export(BOSS, Report(), io.BytesIO())),
        ("on_progress", lambda: reports.export(BOSS, Report(), Csv(len), on_progress=3)),
        ("columns", lambda: reports.export_orders(BOSS, Csv(len), columns=["colour"])),
        ("zone", lambda: reports.export_orders(BOSS, Csv(len), zone="Atlantis")),
        ("sort", lambda: reports.export_orders(BOSS, Csv(len), sort=PaymentSort())),
        ("wanted", lambda: reports.export_payments(BOSS, Csv(len), "all")),
    ]
    for field, call in cases:
        with pytest.raises(InvalidInput) as caught:
            call()
        assert [field] == [problem.field for problem in caught.value.problems]
    assert () != reports.by_currency(BOSS, senseless).rows


def table(written: bytes) -> list[list[str]]:
    """Return the cells of a CSV file."""
    return [*csv.reader(io.StringIO(written.decode(), newline=""), strict=True)]


@pytest.mark.rule("T5", "T9")
def test_a_report_as_csv(sold: Shop) -> None:
    """A file has the rows as they are shown: the same columns, order and decimals."""
    file, told = io.BytesIO(), list[ExportProgress]()
    report = Report(
        dimensions=["offer"],
        columns=["offer name", "gross", "currency"],
        sort=ReportSort("gross", descending=False),
    )

    count = sold.office.reports.export(BOSS, report, Csv(file.write), on_progress=told.append)

    assert 2 == count
    expected = [
        ["Offer name", "Gross", "Currency"],
        ["Course", "200.00", "EUR"],
        ["'=Book", "1800", "JPY"],
    ]
    assert expected == table(file.getvalue())
    assert [ExportProgress(rows=2, of=2)] == told


@pytest.mark.rule("T5", "T7")
def test_lists_as_csv(sold: Shop) -> None:
    """The lists are written as they are shown, filtered and sorted, with moments in the zone."""
    orders, payments = io.BytesIO(), io.BytesIO()
    reports = sold.office.reports

    assert 3 == reports.export_orders(
        BOSS,
        Csv(orders.write),
        sort=OrderSort(OrderColumn.NUMBER, descending=False),
        columns=["number", "placed at", "price", "sales manager", "confirmed"],
        zone=BERLIN,
    )
    assert 1 == reports.export_payments(
        BOSS,
        Csv(payments.write),
        OrderFilter(system=BANK),
        columns=["order", "amount", "payment %"],
    )

    assert [
        ["Number", "Placed at", "Price", "Sales manager", "Confirmed"],
        ["1", "2026-01-01 13:00:00+01:00", "100.00", "", "no"],
        ["2", "2026-01-01 13:00:00+01:00", "100.00", "Mira", "yes"],
        ["3", "2026-01-02 13:00:00+01:00", "1800", "", "no"],
    ] == table(orders.getvalue())
    assert [["Order", "Amount", "Payment %"], ["2", "70.00", "70.00"]] == table(payments.getvalue())


@pytest.mark.rule("T5")
def test_long_exports_are_written_in_parts(shop: Shop) -> None:
    """A list is read and written a thousand rows at a time, and its progress is told."""
    for at in range(1001):
        shop.place(price="1.00", under=f"cart-{at}")
    parts, told = list[bytes](), list[ExportProgress]()

    count = shop.office.reports.export_orders(
        BOSS, Csv(parts.append), columns=["number"], on_progress=told.append
    )

    assert 1001 == count
    assert [1, 1000, 1] == [part.count(b"\r\n") for part in parts]
    assert [ExportProgress(rows=1000, of=1001), ExportProgress(rows=1001, of=1001)] == told
    newest_first = [str(number) for number in range(1001, 0, -1)]
    assert ["Number", *newest_first] == [row for (row,) in table(b"".join(parts))]


@pytest.mark.rule("T5")
def test_nothing_as_csv(shop: Shop) -> None:
    """Of nothing the file has its head."""
    file, told = io.BytesIO(), list[ExportProgress]()

    sink = Csv(file.write)
    assert 0 == shop.office.reports.export_payments(BOSS, sink, EVERYTHING, columns=["number"])
    assert 0 == shop.office.reports.export(BOSS, Report(), Csv(len), on_progress=told.append)

    assert b"Number\r\n" == file.getvalue()
    assert [] == told
