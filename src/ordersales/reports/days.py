"""The days of a time zone, for moments in microseconds (rule T7).

A day is the number of it that Python counts, `date.toordinal`; a week goes by its Monday and a
month by its first day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from ordersales.models.report import Dimension
from ordersales.reports.facts import ticks
from ordersales.values.zone import day_start, time_zone

_A_DAY: Final = 86_400_000_000
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


class Days:
    """The days as one zone begins them; it remembers those that it was asked about.

    >>> from datetime import UTC, datetime
    >>> days = Days("Europe/Berlin")
    >>> date.fromordinal(days.of(ticks(datetime(2026, 3, 28, 23, 30, tzinfo=UTC)))).isoformat()
    '2026-03-29'
    """

    def __init__(self, zone: str) -> None:
        """Know nothing yet but the zone."""
        self._zone = time_zone(zone, "zone")
        self._edges: dict[int, tuple[int, int, int]] = {}

    def of(self, at: int) -> int:
        """Return the day of a moment."""
        utc_day = at // _A_DAY
        edges = self._edges.get(utc_day) or self._look(utc_day)
        begins, ends, day = edges
        if at < begins:
            return day - 1
        return day if at < ends else day + 1

    def _look(self, utc_day: int) -> tuple[int, int, int]:
        """Return when the zone's day of this date begins and ends: no other cuts the UTC day."""
        day = utc_day + _EPOCH_DAY
        begins, ends = self.begin(day), self.begin(day + 1)
        found = self._edges[utc_day] = begins, ends, day
        return found

    def begin(self, day: int) -> int:
        """Return the moment at which a day begins; one that the zone skipped, where it ends."""
        return _begin(day, self._zone)

    def edges(self, first: int, last: int, unit: Dimension) -> Iterator[tuple[int, int, int]]:
        """Yield the days, weeks or months from the moment `first` to the moment `last`.

        Each as its number, the moment it begins at, and the moment that the next begins at: for
        an engine that has no clock of this zone, or another idea of it.
        """
        day = piece(self.of(first), unit)
        begins = self.begin(day)
        while begins <= last:
            following = piece(day + _LONGEST[unit], unit)
            ends = self.begin(following)
            yield day, begins, ends
            day, begins = following, ends


# Forty years of days: a database is told of each again whenever it cuts time.
@lru_cache(maxsize=16_384)
def _begin(day: int, zone: ZoneInfo) -> int:
    return ticks(day_start(date.fromordinal(day), zone))


#: How many days behind the first day of a piece it is certainly over, and the next is not.
_LONGEST: Final = {Dimension.DAY: 1, Dimension.WEEK: 7, Dimension.MONTH: 31}


def piece(day: int, unit: Dimension) -> int:
    """Return the first day of the day, week or month that `day` is in.

    >>> date.fromordinal(piece(date(2026, 3, 29).toordinal(), Dimension.WEEK)).isoformat()
    '2026-03-23'
    """
    if unit is Dimension.DAY:
        return day
    if unit is Dimension.WEEK:
        return day - (day - 1) % 7
    return day - date.fromordinal(day).day + 1
