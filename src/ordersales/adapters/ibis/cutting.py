"""Days, weeks and months as an engine can cut them: by bounds that are handed to it (rule T7).

What a day is stays the core's to say: `Days.edges` lists where each piece begins, and no engine's own
clock is asked. Pieces of even length are told by one division, so a year takes as many bounds as
its zone changes its clocks; those of uneven length are found by halving.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import frozen

from ordersales.adapters.ibis.untyped import Whole, ibis
from ordersales.models.report import Dimension

_A_DAY: Final = 86_400_000_000
#: How long an even piece is, in microseconds, and in days.
_EVEN: Final = {
    Dimension.DAY: (_A_DAY, 1),
    Dimension.WEEK: (7 * _A_DAY, 7),
    # No two months are alike enough to be worth a division.
    Dimension.MONTH: (0, 0),
}


@frozen
class Run:
    """Pieces that follow each other evenly: the first one's day, and when it begins."""

    day: int
    begins: int
    #: The length of each in microseconds and in days; (0, 0) for a single one of any length.
    length: int = 0
    days: int = 0


def runs(edges: Iterable[tuple[int, int, int]], unit: Dimension) -> list[Run]:
    """Return the pieces, as few runs as there can be."""
    length, days = _EVEN[unit]
    found: list[Run] = []
    count = 0
    for day, begins, ends in edges:
        even = 0 < ends - begins <= length
        if found and even and _follows(found[-1], count, day, begins):
            count += 1
            continue
        found.append(Run(day, begins, length, days) if even else Run(day, begins))
        count = 1
    return found


def _follows(run: Run, count: int, day: int, begins: int) -> bool:
    """Tell whether a piece begins where the next of `run` would, after so many."""
    expected = run.day + count * run.days, run.begins + count * run.length
    return run.length > 0 and (day, begins) == expected


def piece_of(at: Whole, among: Sequence[Run]) -> Whole:
    """Return the first day of the piece that the moment `at` is in; `among` cover all moments."""
    if len(among) > 1:
        middle = len(among) // 2
        earlier, later = piece_of(at, among[:middle]), piece_of(at, among[middle:])
        return ibis.ifelse(at < among[middle].begins, earlier, later)
    (run,) = among
    first = ibis.literal(run.day, "int64")
    return first + (at - run.begins) // run.length * run.days if run.length else first
