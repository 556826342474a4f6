"""What many recurring orders will bring, by month and currency (rule R13).

The same as `recurring_preview` tells of each, added up: computed for those together that share a
cadence, a zone and the next date's place in their schedules, and merged batch by batch.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import chain, repeat, takewhile

from attrs import frozen

from ordersales.errors import InvalidInput
from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder
from ordersales.models.recurring_preview import ForecastLine
from ordersales.rules import recurring_preview, schedule
from ordersales.values.cadence import Cadence
from ordersales.values.currency import Currency
from ordersales.values.money import Money
from ordersales.values.zone import time_zone

#: An active recurring order, with the order of it that is open if there is one.
Going = tuple[RecurringOrder, Order | None]

#: What those share whose dates and amounts are counted together: the cadence, the zone, which
#: date is next, and the price.
_Alike = tuple[Cadence, str, int, int, str]


@frozen
class Months:
    """The months of a forecast: when each begins, and what day that is in its zone."""

    since: datetime
    until: datetime
    starts: tuple[datetime, ...]
    days: tuple[date, ...]


def months(since: datetime, until: datetime, zone: str) -> Months:
    """Return the months from that of `since` on, as far as `until`, as `zone` counts them."""
    known = time_zone(zone, "zone")
    day = since.astimezone(known).date().replace(day=1)
    starts, days = list[datetime](), list[date]()
    while True:
        begins = datetime(day.year, day.month, day.day, tzinfo=known).astimezone(UTC)
        if begins >= until:
            return Months(since, until, tuple(starts), tuple(days))
        starts.append(begins)
        days.append(day)
        day = day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)


@frozen
class Tally:
    """How many payments there are, and how many minor units, by month and currency code."""

    payments: Counter[tuple[int, str]]
    minor: Counter[tuple[int, str]]

    def merge(self, other: Tally) -> None:
        """Add another one to this."""
        self.payments.update(other.payments)
        self.minor.update(other.minor)


def nothing() -> Tally:
    """Return a tally to begin with."""
    return Tally(Counter(), Counter())


def tally(going: Iterable[Going], within: Months) -> Tally:
    """Return what these active recurring orders bring within those months."""
    sums = nothing()
    alike: defaultdict[_Alike, list[Going]] = defaultdict(list)
    for recurring, current in going:
        terms, price = recurring.terms, recurring.price
        slot = recurring_preview.next_slot(recurring, current)
        where = terms.cadence, terms.zone, slot, price.minor, price.currency.code
        alike[where].append((recurring, current))
    for (_, _, slot, minor, code), group in alike.items():
        coming = [*_coming(sums, group, slot, within)]
        _count(sums, within, minor, code, chain.from_iterable(coming))
    return sums


def _coming(
    sums: Tally, group: list[Going], slot: int, within: Months
) -> Iterator[Sequence[datetime]]:
    """Yield when each in the group pays for its dates; open orders are counted at once."""
    for (recurring, current), dates in zip(group, _dates(group, slot, within), strict=True):
        coming = dates[: bisect_left(dates, within.until)]
        coming = coming[: recurring_preview.left(recurring, current)]
        if current is None:
            yield coming
            continue
        first, price = recurring_preview.begun(recurring, current, within.since).at, current.price
        if first < within.until:
            _count(sums, within, price.minor, price.currency.code, [first])
            yield [max(moment, first) for moment in coming]


def _count(sums: Tally, within: Months, minor: int, code: str, moments: Iterable[datetime]) -> None:
    """Count payments of one amount: what is overdue is paid in the first month."""
    for place, times in Counter(map(bisect_right, repeat(within.starts), moments)).items():
        where = max(0, place - 1), code
        sums.payments[where] += times
        sums.minor[where] += times * minor


def _dates(group: list[Going], slot: int, within: Months) -> Iterator[Sequence[datetime]]:
    """Yield of each in the group its dates from `slot` on, at least as far as the months go."""
    anchors = [recurring.anchor for recurring, _ in group]
    terms = group[0][0].terms
    try:
        # In short months two that start on different days meet on one, the later maybe at an
        # earlier hour: so one that starts later may have a date more before the end, not two.
        last = schedule.occurrence_after(min(anchors), terms.cadence, terms.zone, within.until)
        yield from [*schedule.dates(anchors, terms.cadence, terms.zone, range(slot, last + 2))]
    except InvalidInput:  # the calendar ends before
        for recurring, _ in group:
            dates = recurring_preview.dates(recurring, slot)
            yield [*takewhile(lambda moment: moment < within.until, dates)]


def lines(sums: Tally, within: Months) -> tuple[ForecastLine, ...]:
    """Return the lines of a forecast, by month and currency."""
    return tuple(
        ForecastLine(
            month=within.days[month],
            currency=Currency.of(code),
            payments=sums.payments[month, code],
            amount=Money(sums.minor[month, code], Currency.of(code)),
        )
        for month, code in sorted(sums.payments)
    )
