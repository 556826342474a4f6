"""Sums of facts on engines: where days are cut, what a filter asks, and sums beyond 64 bits."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import attrs
import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordersales import AccountId, Currency, Money
from ordersales.adapters.ibis import FactReports, summed, table_of
from ordersales.adapters.ibis.cutting import piece_of, runs
from ordersales.errors import InvalidInput
from ordersales.models.filters import OrderFilter, PaymentType
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import Order, OrderStatus
from ordersales.models.report import WHOLE, DateBasis, Dimension, Report, ReportScope
from ordersales.reports import roll_up
from ordersales.reports.days import Days
from ordersales.reports.exported import rows_of
from ordersales.reports.facts import ticks
from ordersales.services.reporting import DETAILS
from ordersales.values.identifiers import (
    CategoryNumber,
    CustomerId,
    OfferNumber,
    SystemName,
    UserId,
)
from tests.adapters.ibis.facts import MARCH, a_row
from tests.reports.engines import plain
from tests.reports.shops import orders, scopes, shops

ACME: Final = AccountId("acme")
ENGINES: Final = ["duckdb", "polars"]


@pytest.fixture(scope="module", params=ENGINES)
def connection(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Return a connection to each engine of this process."""
    found = getattr(ibis, request.param).connect()
    yield found
    found.disconnect()


def held(connection: Any, *rows: Any) -> Any:
    """Return facts as an engine's table."""
    return connection.create_table("facts", table_of(rows), overwrite=True)


def moments(zone: str, first: datetime, count: int) -> list[int]:
    """Return where each of so many days begins, and the ticks beside it."""
    days = Days(zone).edges(ticks(first), ticks(first + timedelta(days=count)), Dimension.DAY)
    return [begins + beside for _, begins, _ in days for beside in (-1, 0, 1)][3:]


@pytest.mark.rule("T7")
@pytest.mark.parametrize("unit", [Dimension.DAY, Dimension.WEEK, Dimension.MONTH])
@pytest.mark.parametrize(
    ("zone", "year"),
    [("UTC", 2026), ("Europe/Berlin", 2026), ("America/Havana", 2026), ("Pacific/Apia", 2011),
     ("Africa/Monrovia", 1972), ("Australia/Lord_Howe", 2026), ("America/Scoresbysund", 2024)],
)  # fmt: skip
def test_days_are_cut_as_plain_python_cuts_them(unit: Dimension, zone: str, year: int) -> None:
    """At each border of a day, an engine finds the day, week or month that plain Python finds."""
    at = moments(zone, datetime(year, 1, 1, tzinfo=UTC), 370)
    table = ibis.memtable({"at": at})
    edges = Days(zone).edges(min(at), max(at), unit)

    told = table.select("at", day=piece_of(table.at, runs(edges, unit))).order_by("at").to_pyarrow()

    begins = [(start, number) for number, start, _ in Days(zone).edges(min(at), max(at), unit)]
    expected = [max((s, n) for s, n in begins if s <= moment)[1] for moment in sorted(at)]
    assert expected == told["day"].to_pylist()


@pytest.mark.rule("T7")
def test_few_bounds_are_handed_over() -> None:
    """A year's days are told by as many bounds as its zone changes its clocks, about."""
    year = ticks(datetime(2026, 1, 1, tzinfo=UTC)), ticks(datetime(2026, 12, 31, tzinfo=UTC))

    assert 1 == len(runs(Days("UTC").edges(*year, Dimension.DAY), Dimension.DAY))
    assert len(runs(Days("Europe/Berlin").edges(*year, Dimension.DAY), Dimension.DAY)) <= 5
    assert 12 == len(runs(Days("UTC").edges(*year, Dimension.MONTH), Dimension.MONTH))


def test_zones_are_all_known() -> None:
    """What the cases above name are zones of this machine."""
    assert {"America/Havana", "Pacific/Apia"} <= zoneinfo.available_timezones()


@pytest.mark.rule("T6")
def test_sums_beyond_64_bits(connection: Any) -> None:
    """Sums that 64 bits can't hold are still exact, with their signs and beside small ones."""
    large = 2**62
    rows = [a_row(number, large, commission=large - 1) for number in range(1, 6)]
    rows += [a_row(9, large, kind="refund", refund=1, opens_order=0), a_row(8, 1, currency="JPY")]

    cells = dict(summed(held(connection, *rows), [Dimension.CURRENCY], WHOLE))

    assert (5 * large, large, 5 * (large - 1)) == (
        cells["EUR",].gross,
        cells["EUR",].refunds,
        cells["EUR",].commission,
    )
    assert 4 * large == cells["EUR",].completed
    assert (1, 1, 0) == (cells["JPY",].gross, cells["JPY",].orders, cells["JPY",].commission)


@pytest.mark.rule("T6")
def test_commissions_alone_beyond_64_bits(connection: Any) -> None:
    """Commissions are watched like amounts, rebates as well."""
    rows = [a_row(number, 1, commission=-(2**62)) for number in range(1, 6)]

    ((_, sums),) = summed(held(connection, *rows), [Dimension.CURRENCY], WHOLE)

    assert -5 * 2**62 == sums.commission


@pytest.mark.parametrize("by", [[Dimension.CURRENCY], [Dimension.CURRENCY, Dimension.DAY]])
def test_no_facts(connection: Any, by: Sequence[Dimension]) -> None:
    """Without facts there are no cells."""
    assert () == summed(held(connection), by, WHOLE)


#: What each field of the filter may be, so that some facts pass and some don't.
WANTED: Final[dict[str, st.SearchStrategy[Any]]] = {
    "number": st.integers(1, 30),
    "customer": st.sampled_from([CustomerId("ada"), CustomerId("zoe")]),
    "statuses": st.frozensets(st.sampled_from(OrderStatus), min_size=1),
    "offer": st.sampled_from([OfferNumber("C-1"), OfferNumber("B-1")]),
    "category": st.sampled_from([CategoryNumber("7"), CategoryNumber("9")]),
    "placed_from": st.sampled_from([MARCH, datetime(2026, 10, 25, tzinfo=UTC)]),
    "placed_before": st.sampled_from([MARCH, datetime(2026, 10, 25, tzinfo=UTC)]),
    "currency": st.sampled_from([Currency.of("EUR"), Currency.of("JPY")]),
    "price_from": st.sampled_from([Money.of("80", "EUR"), Money.of("40", "JPY")]),
    "price_to": st.sampled_from([Money.of("80", "EUR"), Money.of("80", "JPY")]),
    "manager": st.sampled_from([UserId("mira"), UserId("noah")]),
    "system_sale": st.booleans(),
    "confirmed": st.booleans(),
    "payment_type": st.sampled_from(PaymentType),
    "recurring": st.booleans(),
    "needs_attention": st.booleans(),
    "invoice": st.integers(10, 60),
    "payment_statuses": st.frozensets(st.sampled_from(InvoiceStatus), min_size=1),
    "system": st.sampled_from([SystemName("Cards"), SystemName("Bank")]),
    "paid_from": st.sampled_from([MARCH, datetime(2026, 10, 25, tzinfo=UTC)]),
    "paid_before": st.sampled_from([MARCH, datetime(2026, 10, 25, tzinfo=UTC)]),
}


#: What nothing else asks for is measured here.
FIELDS: Final = [
    pytest.param(name, marks=[] if name in ("price_from", "price_to") else pytest.mark.thorough)
    for name in WANTED
]


@pytest.mark.rule("L3")
@pytest.mark.parametrize("field", FIELDS)
def test_each_field_of_the_filter(field: str) -> None:
    """Each field lets through on an engine what it lets through in the shop."""
    connection = ibis.duckdb.connect()

    @settings(max_examples=8)
    @given(shops(), WANTED[field])
    def passes(sold: list[Order], value: Any) -> None:
        scope = ReportScope(wanted=OrderFilter(**{field: value}))
        rows = [row for order in sold for row in rows_of(order)]
        expected = plain(sold, [Dimension.CURRENCY], scope)
        assert {*expected} == {*summed(held(connection, *rows), [Dimension.CURRENCY], scope)}

    passes()


@pytest.mark.rule("L3")
def test_every_field_is_asked_or_refused() -> None:
    """Whatever the filter has is answered; words in names are refused, since facts name nobody."""
    of_payments = {
        field.name for field in attrs.fields(OrderFilter) if field.name != "recurring_statuses"
    }
    table = ibis.memtable(table_of([a_row()]))

    with pytest.raises(InvalidInput) as caught:
        summed(table, [Dimension.CURRENCY], ReportScope(wanted=OrderFilter(text="ada")))

    assert of_payments == {*WANTED, "text"}
    assert ["text"] == [problem.field for problem in caught.value.problems]


@pytest.mark.rule("T1", "T3", "T6")
@settings(max_examples=15)
@given(shops(), scopes())
def test_details(sold: list[Order], scope: ReportScope) -> None:
    """All five breakdowns, of one query, are those that the shop rolls up."""
    scope = attrs.evolve(scope, wanted=attrs.evolve(scope.wanted, text=None))
    rows = [row for order in sold for row in rows_of(order)]
    cells = plain(sold, DETAILS, scope)

    found = FactReports(ibis.memtable(table_of(rows)), ACME).details(scope)

    for name, dimension in zip(attrs.fields_dict(type(found)), DETAILS, strict=True):
        report = Report(dimensions=(dimension,), scope=scope)
        assert roll_up.result(report, cells, DETAILS) == getattr(found, name)


@pytest.mark.rule("A4")
def test_one_account_alone(connection: Any) -> None:
    """Nobody else's facts are counted."""
    table = held(connection, a_row(1, 100), a_row(1, 999, account="other"))

    (row,) = FactReports(table, ACME).details().by_currency.rows

    assert Money(100, Currency.of("EUR")) == row.gross


@pytest.mark.rule("T1", "T6")
def test_a_report_of_one_kind(connection: Any) -> None:
    """A report is computed as the shop computes it, in its order and with its columns."""
    table = held(connection, a_row(1, 100), a_row(2, 300, offer="B-1", offer_name="Book"))
    report = Report(dimensions=("offer",), columns=["offer name", "net"])

    result = FactReports(table, ACME).compute(report)

    assert [("Book", 300), ("Course", 100)] == [
        (row.offer_name, row.net.minor) for row in result.rows
    ]
    assert report == result.report


@pytest.mark.rule("B1", "T2")
def test_an_overall_figure_is_the_shops(connection: Any) -> None:
    """Rates are the shop's to know."""
    with pytest.raises(InvalidInput) as caught:
        FactReports(held(connection), ACME).compute(Report(overall=Currency.of("EUR")))

    assert ["overall"] == [problem.field for problem in caught.value.problems]


@pytest.mark.rule("T7")
@pytest.mark.parametrize(
    ("basis", "day"), [(DateBasis.MOVED, date(2026, 3, 9)), (DateBasis.PAID, date(2026, 3, 5))]
)
def test_the_day_of_a_refund(connection: Any, basis: DateBasis, day: date) -> None:
    """A refund counts on its own day, or by choice on that of its payment."""
    later = ticks(MARCH + timedelta(days=4))
    back = dict(zip(("kind", "refund", "opens_order", "units"), ("refund", 1, 0, 0), strict=True))
    rows = [a_row(1, 100), (*a_row(1, 40, **back),)]
    at = [*rows[1]]
    at[rows[1].index(ticks(MARCH))] = later
    scope = ReportScope(basis=basis, first_day=day, last_day=day)

    cells = summed(held(connection, rows[0], tuple(at)), [Dimension.DAY], scope)

    assert [40] == [sums.refunds for _, sums in cells]


def test_orders_make_rows() -> None:
    """Each of an order's facts is a row; an order without money has none."""

    @settings(max_examples=30)
    @given(orders(7))
    def rows(order: Order) -> None:
        captured = sum(invoice.captured for invoice in order.invoices)
        assert (captured > 0) is bool(rows_of(order))

    rows()
