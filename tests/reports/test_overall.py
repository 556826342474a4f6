"""One figure over several currencies, by the rate of the day (rule T2)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import pytest
from attrs import frozen
from hypothesis import given

from ordersales.adapters.memory import MemoryStore
from ordersales.async_back_office import AsyncBackOffice
from ordersales.back_office import BackOffice
from ordersales.errors import InvalidInput, RateMissing
from ordersales.models.order import Order
from ordersales.models.report import DateBasis, RateUsed, Report, ReportScope
from ordersales.models.sale import Sale
from ordersales.values.currency import Currency
from ordersales.values.money import Money
from tests.drivers import BOSS, AwaitedPort, AwaitedStore
from tests.listed import MIRA, NOON, an_invoice, an_order
from tests.reports import by_hand
from tests.reports.shops import ACME, scopes, shops

pytestmark = pytest.mark.rule("T2")

EUR, USD, JPY = map(Currency.of, ("EUR", "USD", "JPY"))
DAY: Final = NOON.date()
IN_EUROS: Final = Report(overall=EUR)


@frozen
class Rates:
    """A rate source with a rate for each currency, or for some of its days."""

    known: Mapping[str, Any]

    def rates(
        self, source: Currency, target: Currency, days: Sequence[date]
    ) -> Mapping[date, Decimal | Fraction]:
        """Return the rates."""
        rate = self.known[source.code]
        if isinstance(rate, Mapping):
            return {day: rate[day] for day in days if day in rate}
        return dict.fromkeys(days, rate)


def a_store(orders: Sequence[Order]) -> MemoryStore:
    """Return a store that keeps these orders."""
    store = MemoryStore()
    with store.transaction(ACME) as tx:
        for order in orders:
            tx.orders.add(order)
    return store


def sold(number: int, amount: str, code: str, *, days: int = 0, **changed: Any) -> Order:
    """Return an order that was paid so many days after the first."""
    paid = NOON + timedelta(days=days)
    invoice = an_invoice(number * 10, covers=Money.of(amount, code), settled_at=paid)
    return an_order(number, invoices=(invoice,), **changed)


SOLD: Final = [
    sold(1, "10.00", "EUR"),
    sold(2, "1.00", "USD"),
    sold(3, "1.00", "USD", days=1),
    sold(4, "2000", "JPY"),
]
#: Half a cent on the first day, and a cent and a half on the second.
HALVES: Final = {DAY: Decimal("0.005"), DAY + timedelta(days=1): Fraction(3, 200)}


def test_converted_once_for_each_day() -> None:
    """Each day's sum is rounded half-even once; the rates that were used are told."""
    source = Rates({"USD": HALVES, "JPY": Fraction(1, 160)})

    found = BackOffice(a_store(SOLD), rates=source).reports.compute(BOSS, IN_EUROS).overall

    assert found is not None
    # 10.00 and 0.005, which is even at 0.00, and 0.015, which is at 0.02, and 12.50.
    assert Money.of("22.52", "EUR") == found.figures.gross == found.figures.net
    assert (4, 4, 4) == (found.figures.orders, found.figures.payments, found.figures.units)
    assert Money.of("5.63", "EUR") == found.figures.average_order
    later = DAY + timedelta(days=1)
    assert (
        RateUsed(day=DAY, source=JPY, target=EUR, rate=Fraction(1, 160)),
        RateUsed(day=DAY, source=USD, target=EUR, rate=Fraction(1, 200)),
        RateUsed(day=later, source=USD, target=EUR, rate=Fraction(3, 200)),
    ) == found.rates


def test_the_rate_of_the_day_in_the_zone() -> None:
    """The day whose rate counts is that of the report's zone."""
    zone = Report(overall=EUR, scope=ReportScope(zone="Pacific/Apia"))
    rates = Rates({"USD": {DAY: Decimal(2)}})

    # Noon in UTC is an hour past midnight there.
    with pytest.raises(RateMissing) as caught:
        BackOffice(a_store(SOLD[1:2]), rates=rates).reports.compute(BOSS, zone)

    assert RateMissing("USD", "EUR", DAY + timedelta(days=1)) == caught.value


def test_only_what_the_rows_count() -> None:
    """By sales manager the overall figure is that of confirmed sales, as its rows are (T4)."""
    mine = [sold(1, "1.00", "USD", sale=Sale(manager=MIRA, confirmed_at=NOON))]
    report = Report(dimensions=["sales manager"], overall=EUR)
    rates = Rates({"USD": Decimal(2), "JPY": Decimal(1)})

    office = BackOffice(a_store([*mine, *SOLD[1:]]), rates=rates)

    overall = office.reports.compute(BOSS, report).overall
    assert overall is not None
    assert Money.of("2.00", "EUR") == overall.figures.gross


def test_a_missing_rate_is_named() -> None:
    """Without a rate for one of the days there is no overall figure, and the error says which."""
    rates = Rates({"USD": {DAY: Decimal(1)}, "JPY": Decimal(1)})

    with pytest.raises(RateMissing) as caught:
        BackOffice(a_store(SOLD), rates=rates).reports.compute(BOSS, IN_EUROS)

    assert RateMissing("USD", "EUR", DAY + timedelta(days=1)) == caught.value


@pytest.mark.parametrize("rate", [1.1, 0, Decimal(0), Decimal(-1), Decimal("NaN"), "1.1", True])
def test_what_is_no_rate(rate: object) -> None:
    """A rate is exact and above zero, or refused by its name."""
    with pytest.raises(InvalidInput, match=f"rate of USD in EUR on {DAY}"):
        BackOffice(a_store(SOLD[1:2]), rates=Rates({"USD": rate})).reports.compute(BOSS, IN_EUROS)


def test_a_source_that_knows_no_rates() -> None:
    """What is no rate source is refused when the office opens."""
    with pytest.raises(InvalidInput, match="rates"):
        BackOffice(MemoryStore(), rates=object())  # type: ignore[arg-type] - it is refused


def test_rates_that_are_awaited() -> None:
    """The asynchronous door asks a rate source that has to be awaited."""
    source: Any = AwaitedPort(Rates({"USD": Decimal(2), "JPY": Decimal(1)}))
    store: Any = AwaitedStore(a_store(SOLD))

    found = asyncio.run(AsyncBackOffice(store, rates=source).reports.compute(BOSS, IN_EUROS))

    assert found.overall is not None
    assert Money.of("2014.00", "EUR") == found.overall.figures.gross


@given(shops(), scopes())
def test_it_is_the_sum_of_the_days(orders: list[Order], scope: ReportScope) -> None:
    """Random shops give what a loop gives that converts each day's sum by itself."""
    rate = {"EUR": Fraction(1), "USD": Fraction(9, 10), "JPY": Fraction(1, 163), "KWD": Fraction(3)}
    scale = {"EUR": 100, "USD": 100, "JPY": 1, "KWD": 1000}
    report = Report(scope=scope, overall=EUR)

    found = BackOffice(a_store(orders), rates=Rates(rate)).reports.compute(BOSS, report).overall

    gross, refunds = defaultdict[Any, int](int), defaultdict[Any, int](int)
    for one_day in _by_day(orders, scope):
        key, amount, came = one_day
        (gross if came else refunds)[key] += amount
    assert found is not None
    for sums, figure in ((gross, found.figures.gross), (refunds, found.figures.refunds)):
        converted = (
            round(amount * rate[code] * Fraction(100, scale[code]))
            for (code, _), amount in sums.items()
        )
        assert sum(converted) == figure.minor
    assert {(item.source.code, item.day) for item in found.rates} == {
        key for key in (*gross, *refunds) if key[0] != "EUR"
    }


def _by_day(orders: list[Order], scope: ReportScope) -> Any:
    """Yield currency and day, amount, and whether it came, of all that is counted."""
    for order in orders:
        for invoice in by_hand.taken(order):
            if not by_hand.matches_payment(by_hand.Payment(order, invoice), scope.wanted):
                continue
            for at, amount, came in by_hand.movements(order, invoice):
                moved = invoice.settled_at if scope.basis is DateBasis.PAID else at
                assert moved is not None
                day = by_hand.day_of(moved, scope)
                late = scope.last_day is not None and day > scope.last_day
                if not late and (scope.first_day is None or day >= scope.first_day):
                    yield (invoice.amount.currency.code, day), amount, came
