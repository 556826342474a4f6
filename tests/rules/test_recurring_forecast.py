"""What many recurring orders will bring, against what is told of each."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.errors import InvalidInput
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.models.recurring_preview import Forecast, ForecastLine
from ordersales.rules.recurring_forecast import Going, lines, months, nothing, tally
from ordersales.rules.recurring_preview import coming
from ordersales.values.cadence import Cadence, Unit
from ordersales.values.currency import Currency
from ordersales.values.identifiers import OrderNumber
from ordersales.values.money import Money
from ordersales.values.zone import time_zone
from tests.agreed import DAY, a_recurring, its_order, recurring_offer, recurring_orders, zones
from tests.listed import NOON, OFFERS, moments

pytestmark = pytest.mark.rule("R13")

EUR, JPY = Currency.of("EUR"), Currency.of("JPY")


def going(recurring: RecurringOrder) -> Going:
    """Return an active recurring order with the order that it has open, if it has one."""
    recurring = attrs.evolve(recurring, status=RecurringStatus.ACTIVE)
    current = None
    if recurring.current is not None:
        current = its_order(recurring, recurring.current, price=2 * recurring.price)
    return recurring, current


def one_by_one(shop: list[Going], since: datetime, until: datetime, zone: str) -> object:
    """Return the same sums in the plainest way: what each brings, payment after payment."""
    payments: Counter[tuple[date, Currency]] = Counter()
    minor: Counter[tuple[date, Currency]] = Counter()
    for recurring, current in shop:
        for item in takewhile(lambda item: item.at < until, coming(recurring, current, since)):
            where = item.at.astimezone(time_zone(zone, "zone")).date().replace(day=1)
            payments[where, item.amount.currency] += 1
            minor[where, item.amount.currency] += item.amount.minor
    return [
        (month, currency, payments[month, currency], minor[month, currency])
        for month, currency in sorted(payments, key=lambda where: (where[0], where[1].code))
    ]


# Also on the calendar's corners: ends of months, a leap day, changes of clocks, a skipped day.
anchors = st.one_of(
    moments,
    st.datetimes(datetime(2011, 12, 1), datetime(2026, 2, 1), timezones=st.just(UTC)),
)
shops = st.lists(
    st.integers(1, 3).flatmap(lambda n: recurring_orders(n, anchors=anchors)), max_size=9
)


@given(shops, st.integers(1, 800), zones, st.integers(0, 9))
def test_the_sums_of_all_are_those_of_each(
    shop: list[RecurringOrder], days: int, zone: str, cut: int
) -> None:
    """Computed together, and in two batches, they bring what each brings by itself."""
    since, until = NOON, NOON + timedelta(days=days, hours=days % 24)
    all_of_them = [*map(going, shop)]
    within, sums = months(since, until, zone), nothing()

    sums.merge(tally(all_of_them[:cut], within))
    sums.merge(tally(all_of_them[cut:], within))

    found = [
        (line.month, line.currency, line.payments, line.amount.minor)
        for line in lines(sums, within)
    ]
    assert one_by_one(all_of_them, since, until, zone) == found


def test_a_forecast_in_words() -> None:
    """Two offers in two currencies, a monthly and a fortnightly one, over two months."""
    monthly = a_recurring(1)
    fortnightly = a_recurring(
        2, offer=recurring_offer(OFFERS[2], cadence=Cadence(2, Unit.WEEK), payments=4)
    )
    within = months(NOON, NOON + 60 * DAY, "UTC")

    found = lines(tally([(monthly, None), (fortnightly, None)], within), within)

    february, march = date(2026, 2, 1), date(2026, 3, 1)
    yen = Money.of(80, "JPY")
    expected = (
        ForecastLine(month=february, currency=EUR, payments=1, amount=Money.of(100, "EUR")),
        ForecastLine(month=february, currency=JPY, payments=2, amount=yen),
        ForecastLine(month=march, currency=EUR, payments=1, amount=Money.of(100, "EUR")),
        ForecastLine(month=march, currency=JPY, payments=1, amount=Money.of(40, "JPY")),
    )
    assert expected == found
    forecast = Forecast(since=NOON, until=within.until, zone="UTC", lines=found)
    assert Money.of(200, "EUR") == forecast.total(EUR)
    assert Money.of(120, "JPY") == forecast.total(JPY)


def test_an_open_order_that_is_attempted_later() -> None:
    """One whose next attempt lies behind the end of the forecast brings nothing in it."""
    waits = a_recurring(current=OrderNumber(8), retry_at=NOON + 9 * DAY)
    shop = [going(waits)]

    def brings(days: int) -> list[int]:
        within = months(NOON, NOON + timedelta(days=days), "UTC")
        return [line.payments for line in lines(tally(shop, within), within)]

    assert [] == brings(9)
    assert [1] == brings(10)


def test_a_month_begins_in_the_zone() -> None:
    """What is paid late on the last day in UTC is paid in the next month further east."""
    late = datetime(2026, 1, 31, 22, 30, tzinfo=UTC)
    daily = a_recurring(offer=recurring_offer(cadence=Cadence(1, Unit.DAY), payments=2), slot=0)
    daily = attrs.evolve(daily, anchor=late, due_at=late)

    for zone, month in (("UTC", 1), ("Europe/Berlin", 1), ("Europe/Helsinki", 2)):
        within = months(NOON, NOON + DAY, zone)
        (line,) = lines(tally([(daily, None)], within), within)
        assert date(2026, month, 1) == line.month


def test_the_months_of_a_year() -> None:
    """Months follow each other over the turn of the year, and one that begins at the end is out."""
    turn = datetime(2025, 11, 30, 23, 30, tzinfo=UTC)

    within = months(turn, datetime(2026, 2, 1, tzinfo=UTC), "Europe/Berlin")

    assert (date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)) == within.days
    assert datetime(2026, 1, 31, 23, tzinfo=UTC) == within.starts[-1]
    assert within.starts[1:] == months(turn, NOON + 2 * DAY, "Europe/Berlin").starts[1:]
    assert 2 == len(months(turn, datetime(2026, 1, 31, 23, tzinfo=UTC), "Europe/Berlin").days)


def test_a_zone_that_there_is_not() -> None:
    """A time zone that nobody knows is refused."""
    with pytest.raises(InvalidInput, match="zone"):
        months(NOON, NOON + DAY, "Berlin")


def test_where_the_calendar_ends() -> None:
    """One whose next date lies after the year 9999 brings what it still can."""
    rare = a_recurring(offer=recurring_offer(cadence=Cadence(9000, Unit.YEAR)), slot=0)
    within = months(NOON, NOON + DAY, "UTC")

    (line,) = lines(tally([(rare, None)], within), within)

    assert 1 == line.payments
