"""Keys kept in order, in rungs short enough that one comes and goes quickly among a million."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from typing import Any, Final, Generic, TypeVar

#: A sorted value and the number it belongs to; no two keys are the same.
Key = TypeVar("Key", bound=tuple[Any, int])

_RUNG: Final = 512


class Ladder(Generic[Key]):
    """Sorted keys."""

    def __init__(self, keys: Iterable[Key]) -> None:
        """Start with `keys`, in any order."""
        steps = sorted(keys)
        starts = range(0, len(steps), _RUNG)
        self._rungs: list[list[Key]] = [steps[start : start + _RUNG] for start in starts]
        # The highest key of each rung.
        self._tops: list[Key] = [rung[-1] for rung in self._rungs]

    def add(self, key: Key) -> None:
        """Put a key in."""
        if not self._rungs:
            self._rungs, self._tops = [[key]], [key]
            return
        at = min(bisect_left(self._tops, key), len(self._rungs) - 1)
        insort(self._rungs[at], key)
        if len(self._rungs[at]) > 2 * _RUNG:
            self._rungs[at : at + 1] = self._rungs[at][:_RUNG], self._rungs[at][_RUNG:]
            self._tops.insert(at, self._rungs[at][-1])
            at += 1
        self._tops[at] = self._rungs[at][-1]

    def remove(self, key: Key) -> None:
        """Take a key out that is in."""
        at = bisect_left(self._tops, key)
        rung = self._rungs[at]
        del rung[bisect_left(rung, key)]
        if rung:
            self._tops[at] = rung[-1]
        else:
            del self._rungs[at], self._tops[at]

    @property
    def first(self) -> Key | None:
        """The lowest key; None if there is none."""
        return self._rungs[0][0] if self._rungs else None

    def rung(self, after: Key | None, *, descending: bool) -> list[Key]:
        """Return the next keys beyond `after`, in order, as many as are at hand; [] at the end."""
        return self._below(after) if descending else self._above(after)

    def _above(self, after: Key | None) -> list[Key]:
        at = 0 if after is None else bisect_right(self._tops, after)
        if at == len(self._rungs):
            return []
        rung = self._rungs[at]
        return rung[0 if after is None else bisect_right(rung, after) :]

    def _below(self, after: Key | None) -> list[Key]:
        last = len(self._rungs) - 1
        at = last if after is None else min(bisect_left(self._tops, after), last)
        while at >= 0:
            rung = self._rungs[at]
            below = rung[: len(rung) if after is None else bisect_left(rung, after)]
            if below:
                return below[::-1]
            at -= 1
        return []
