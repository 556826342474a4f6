"""Cadences: how much of the calendar lies between two payments."""

from __future__ import annotations

from datetime import MAXYEAR, date, timedelta
from enum import StrEnum
from typing import Final, final

from attrs import frozen

from ordersales.values import checks

#: How long each month is, January first, in common years and in leap years.
_COMMON: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LEAP: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
#: The lengths of the months of each year; the calendar repeats after 400.
_YEARS: Final = tuple(
    _LEAP if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else _COMMON
    for year in range(400)
)


class Unit(StrEnum):
    """What a cadence counts."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@final
@frozen
class Cadence:
    """Every so many days, weeks, months or years (rule R1).

    Twelve months fall on the dates of a year and are another cadence still: it is kept as it was
    said.

    >>> print(Cadence(2, Unit.WEEK))
    every 2 weeks

    Raises:
        InvalidInput: `every` is no whole number from 1, or `unit` no Unit (rule B1).
    """

    #: How many of the unit make one interval.
    every: int
    unit: Unit

    def __attrs_post_init__(self) -> None:
        """Refuse what is no number of a unit."""
        checks.refuse(
            checks.whole(self.every, "every", least=1),
            checks.instance(self.unit, "unit", Unit),
        )

    @property
    def months(self) -> int:
        """The months of one interval; 0 where it is counted in days."""
        unit = self.unit
        return self.every if unit is Unit.MONTH else 12 * self.every if unit is Unit.YEAR else 0

    @property
    def days(self) -> int:
        """The days of one interval; 0 where it is counted in months."""
        unit = self.unit
        return self.every if unit is Unit.DAY else 7 * self.every if unit is Unit.WEEK else 0

    def after(self, start: date, k: int) -> date:
        """Return the day `k` intervals after `start`, the last one of a month that is too short.

        >>> print(Cadence(1, Unit.MONTH).after(date(2026, 1, 31), 1))
        2026-02-28

        Raises:
            OverflowError: that day lies after the year 9999.
        """
        months = self.months
        if not months:
            return start + timedelta(self.days * k)
        year, month = divmod(12 * start.year + start.month - 1 + months * k, 12)
        if year > MAXYEAR:
            raise OverflowError
        return date(year, month + 1, min(start.day, _YEARS[year % 400][month]))

    def between(self, start: date, end: date) -> int:
        """Return how many whole intervals the calendar counts between two days or two months.

        >>> Cadence(1, Unit.MONTH).between(date(2026, 1, 31), date(2026, 3, 1))
        2
        """
        if not self.months:
            return (end - start).days // self.days
        return (12 * (end.year - start.year) + end.month - start.month) // self.months

    def __str__(self) -> str:
        """Return it in words, as in ``every month`` and ``every 2 weeks``."""
        return f"every {self.unit}" if self.every == 1 else f"every {self.every} {self.unit}s"
