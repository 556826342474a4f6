"""One figure over several currencies, by the rate of the day (rule T2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from ordersales.errors import InvalidInput, RateMissing
from ordersales.models.report import Overall, RateUsed
from ordersales.reports.cells import Cell, Sums, added
from ordersales.reports.roll_up import NOTHING, row
from ordersales.values.currency import Currency

#: What cells of one currency add up to, by day.
ByDay = Mapping[str, Mapping[date, Sums]]

#: The rates of each currency, by day; those of the target itself are not needed.
Rates = Mapping[str, Mapping[date, Decimal | Fraction]]


def by_day(cells: Iterable[Cell]) -> ByDay:
    """Return the sums of cells whose keys begin with a currency and a day."""
    found = defaultdict[str, defaultdict[date, Sums]](lambda: defaultdict(lambda: NOTHING))
    for (code, day, *_), sums in cells:
        days = found[str(code)]
        when = date.fromordinal(int(day))
        days[when] = added(days[when], sums)
    return found


def overall(sums: ByDay, target: Currency, rates: Rates) -> Overall:
    """Return the sums of all currencies in `target`.

    Raises:
        RateMissing: There is no rate for a day on which money moved.
        InvalidInput: A rate is a float, or not above zero.
    """
    total, used = NOTHING, list[RateUsed]()
    for code, days in sums.items():
        source = Currency.of(code)
        for day, part in days.items():
            if source == target:
                total = added(total, part)
                continue
            rate = _rate(source, target, day, rates[code])
            used.append(RateUsed(day=day, source=source, target=target, rate=rate))
            total = added(total, _converted(part, rate * Fraction(target.scale, source.scale)))
    used.sort(key=lambda item: (item.day, item.source.code))
    return Overall(figures=row({"currency": target.code}, total), rates=tuple(used))


def _rate(
    source: Currency, target: Currency, day: date, known: Mapping[date, Decimal | Fraction]
) -> Fraction:
    rate = known.get(day)
    if rate is None:
        raise RateMissing(source.code, target.code, day)
    good = isinstance(rate, Fraction) or (isinstance(rate, Decimal) and rate.is_finite())
    if not good or rate <= 0:
        where = f"rate of {source.code} in {target.code} on {day}"
        raise InvalidInput.of(where, rate, "a Decimal or Fraction above zero")
    return Fraction(rate)


def _converted(sums: Sums, factor: Fraction) -> Sums:
    """Return sums whose amounts are those of another currency, each rounded half-even."""
    # round() of a Fraction is half-even.
    return sums._replace(
        gross=round(sums.gross * factor),
        refunds=round(sums.refunds * factor),
        commission=round(sums.commission * factor),
        completed=round(sums.completed * factor),
    )
