"""How the databases cut time into the days, weeks and months of a report's zone (rule T7).

They are handed the moments at which the zone's days begin, as `ordersales.reports.days` has them,
and never asked for the zone's clock: their time zones are of other years than Python's, SQLite
has none, and where a clock goes back past midnight, AT TIME ZONE would cut a day in two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final, Protocol

from attrs import frozen
from sqlalchemy import ColumnElement, Integer, String, bindparam, case, func, literal, null
from sqlalchemy.dialects.postgresql import ARRAY

from ordersales.adapters.sqlalchemy.columns import Moment
from ordersales.models.report import Dimension
from ordersales.reports.days import Days
from ordersales.reports.facts import moment_of, ticks

_A_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
#: From which moment on, by how many seconds the clock is ahead of UTC.
Shift = tuple[datetime, int]


class Pieces(Protocol):
    """The days, weeks or months between two moments, as one database cuts them."""

    def of(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return what names the piece that a moment is in."""
        ...

    def day(self, name: Any) -> int | None:
        """Return the first day of the piece of that name; None if it is none of these."""
        ...


def pieces(
    first: datetime, last: datetime, zone: str, unit: Dimension, *, is_sqlite: bool
) -> Pieces:
    """Return those from the piece that `first` is in to the one that `last` is in."""
    of = Days(zone).of
    return _pieces(of(ticks(first)), of(ticks(last)), zone, unit, is_sqlite=is_sqlite)


# What is asked again and again is asked about the same days.
@lru_cache(maxsize=256)
def _pieces(first: int, last: int, zone: str, unit: Dimension, *, is_sqlite: bool) -> Pieces:
    """Return them from the day `first` to the day `last`."""
    days = Days(zone)
    span = days.begin(first), days.begin(last)
    if is_sqlite:
        return ByDate(tuple(_shifts(days, *span)), unit)
    found = [*days.edges(*span, unit)]
    return ByEdges(
        tuple(day for day, _, _ in found),
        (*(moment_of(begins) for _, begins, _ in found), moment_of(found[-1][2])),
    )


@frozen
class ByEdges:
    """As PostgreSQL finds them: by halving, among the moments that they begin at."""

    _days: tuple[int, ...]
    #: With the moment at which the last one is over.
    _edges: tuple[datetime, ...]

    def of(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return how many of the edges lie at or before the moment."""
        edges = bindparam("edges", self._edges, ARRAY(Moment()), unique=True)
        return func.width_bucket(moment, edges, type_=Integer())

    def day(self, name: int) -> int | None:
        """Return the day whose edge comes last."""
        return self._days[name - 1] if 0 < name <= len(self._days) else None


@frozen
class ByDate:
    """As SQLite finds them: by the date that the zone's clock shows, the clock set right by us."""

    #: The last one only says when it is over.
    _shifts: tuple[Shift, ...]
    _unit: Dimension

    def of(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the first date of the piece, as text."""
        # Without the fraction of its second, which SQLite would round.
        second = func.substr(moment, 1, 19, type_=String())
        edges = [since for since, _ in self._shifts]
        ahead = _chosen(moment, edges, [None, *(ahead for _, ahead in self._shifts[:-1]), None])
        return func.date(second, ahead, *_FIRST[self._unit], type_=String())

    def day(self, name: str | None) -> int | None:
        """Return the number of that date."""
        return None if name is None else date.fromisoformat(name).toordinal()


#: What makes the first date of a piece out of one that is in it.
_FIRST: Final[dict[Dimension, tuple[str, ...]]] = {
    Dimension.DAY: (),
    Dimension.WEEK: ("-6 days", "weekday 1"),
    Dimension.MONTH: ("start of month",),
}


def _shifts(days: Days, first: int, last: int) -> Iterator[Shift]:
    """Yield how a clock is set so that its date is that of the day, as long as that differs."""
    shift, over = None, first
    for day, begins, ends in days.edges(first, last, Dimension.DAY):
        midnight = datetime.combine(date.fromordinal(day), time.min, UTC)
        begun, over = moment_of(begins), ends
        ahead = (midnight - begun) // _SECOND
        if ends > begins and shift != ahead:
            yield begun, ahead
            shift = ahead
        longer = (moment_of(ends) - begun - _A_DAY) // _SECOND
        if longer > 0:
            # The end of a day of 25 hours would else be of the next date.
            shift = ahead - longer
            yield begun + _A_DAY, shift
    yield moment_of(over), 0


def _chosen(
    moment: ColumnElement[Any], edges: Sequence[datetime], leaves: Sequence[int | None]
) -> ColumnElement[Any]:
    """Return the shift at a moment, found by halving: each is between two edges."""
    if not edges:
        (ahead,) = leaves
        return null() if ahead is None else literal(f"{ahead:+} seconds")
    middle = len(edges) // 2
    before = _chosen(moment, edges[:middle], leaves[: middle + 1])
    after = _chosen(moment, edges[middle + 1 :], leaves[middle + 1 :])
    return case((moment < literal(edges[middle], Moment()), before), else_=after)
