"""Cadences: how much of the calendar lies between two payments."""

from __future__ import annotations

from enum import StrEnum
from typing import final

from attrs import frozen

from ordersales.values import checks


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

    def __str__(self) -> str:
        """Return it in words, as in ``every month`` and ``every 2 weeks``."""
        return f"every {self.unit}" if self.every == 1 else f"every {self.every} {self.unit}s"
