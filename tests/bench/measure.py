"""Measure several ways of doing one thing side by side, in interleaved rounds.

A machine that is shared or throttled changes its speed from one second to the next. So every
round times each candidate once, in an order that rotates, and a ratio is taken inside a round
before the rounds are put together: what slows one candidate down slows its neighbours too.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from statistics import median, quantiles
from time import perf_counter
from typing import Any, Final

from attrs import define, field, frozen


@define
class Effort:
    """How much is done at most of all that is measured."""

    #: In so many rounds.
    rounds: int = sys.maxsize
    #: With so many inputs in each.
    batch: int = sys.maxsize
    #: In so many processes that tell what memory they need.
    processes: int = sys.maxsize
    #: By so many clients of a database at once.
    clients: int = sys.maxsize
    #: With no garbage of others in the way, and with databases that reach the disk.
    careful: bool = True


#: `run.py --brief` asks for the least, to see that everything still runs.
EFFORT: Final = Effort()


@frozen(kw_only=True)
class Candidate:
    """One way of doing the thing that is measured."""

    name: str
    #: What it does, so that a reader can judge the comparison.
    does: str
    #: Return so many inputs, each to be used once; not timed.
    prepare: Callable[[int], Sequence[Any]]
    #: Do the thing with each of the inputs; see `each`.
    act: Callable[[Sequence[Any]], None]
    #: The package it is made with, whose version is told beside the results.
    package: str | None = None


def each(act: Callable[[Any], Any]) -> Callable[[Sequence[Any]], None]:
    """Return what does `act` with one input after the other."""

    def all_of_them(inputs: Sequence[Any]) -> None:
        for given in inputs:
            act(given)

    return all_of_them


@frozen
class Goal:
    """At most so many times another candidate."""

    ours: str
    other: str
    most: float


@frozen(kw_only=True)
class Spread:
    """The median of what was measured, and the middle half of it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return the spread of `values`."""
        low, _, high = quantiles(values, n=4)
        return cls(median=median(values), low=low, high=high)

    def __str__(self) -> str:
        """Return the median and, in brackets, the quartiles."""
        return f"{figure(self.median)} ({figure(self.low)}-{figure(self.high)})"


def figure(value: float) -> str:
    """Return `value` with three figures that mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


@frozen(kw_only=True)
class Table:
    """What was measured of one subject."""

    title: str
    unit: str
    #: The candidate that all are compared with.
    base: str
    #: What each candidate does, in the order of the rows.
    does: dict[str, str]
    #: A candidate's values, one for each round, in `unit`.
    rounds: dict[str, list[float]]
    goals: tuple[Goal, ...] = ()
    #: What a reader should know before believing it.
    notes: str = ""
    packages: frozenset[str] = field(default=frozenset())

    def ratio(self, name: str, other: str) -> Spread:
        """Return how many times `other` it costs, compared round by round."""
        pairs = zip(self.rounds[name], self.rounds[other], strict=True)
        return Spread.of([own / theirs for own, theirs in pairs])

    def verdicts(self) -> list[str]:
        """Return for each goal whether it is met, in words."""
        return [
            f"{goal.ours} ≤ {goal.most:g} × {goal.other}: {_verdict(ratio, goal.most)}"
            for goal in self.goals
            if goal.other in self.rounds
            for ratio in [self.ratio(goal.ours, goal.other)]
        ]

    def markdown(self) -> str:
        """Return the table as it is printed and published."""
        lines = [
            f"## {self.title}",
            "",
            f"| how | {self.unit} (quartiles) | × {self.base} | what it does |",
            "| --- | --- | --- | --- |",
            *(
                f"| {name} | {Spread.of(values)} | {self.ratio(name, self.base)} | {self.does[name]} |"
                for name, values in self.rounds.items()
            ),
        ]
        if self.notes:
            lines += ["", self.notes]
        if self.goals:
            lines += ["", "Goals:", "", *(f"- {line}" for line in self.verdicts())]
        return "\n".join(lines)


def _verdict(ratio: Spread, most: float) -> str:
    if ratio.median <= most:
        return f"**met**, {ratio} ×"
    return f"**missed** by {ratio.median / most - 1:.0%}, {ratio} ×"


def side_by_side(
    title: str,
    candidates: Sequence[Candidate],
    *,
    base: str,
    rounds: int,
    batch: int,
    goals: tuple[Goal, ...] = (),
    notes: str = "",
) -> Table:
    """Time `batch` inputs of each candidate in every one of `rounds`; microseconds each."""
    rounds, batch = min(rounds, EFFORT.rounds), min(batch, EFFORT.batch)
    for candidate in candidates:  # once unmeasured: caches fill, specialised bytecode is made
        _timed(candidate, batch)
    taken: dict[str, list[float]] = {candidate.name: [] for candidate in candidates}
    for turn in range(rounds):
        start = turn % len(candidates)
        for candidate in (*candidates[start:], *candidates[:start]):
            taken[candidate.name].append(_timed(candidate, batch) / batch * 1e6)
    return Table(
        title=title,
        unit="µs",
        base=base,
        does={candidate.name: candidate.does for candidate in candidates},
        rounds=taken,
        goals=goals,
        notes=notes,
        packages=frozenset(item.package for item in candidates if item.package),
    )


def milliseconds(acts: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median time of each, done in turns, so that all meet the same weather."""
    taken: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(min(rounds, EFFORT.rounds)):
        for name, act in acts.items():
            begun = perf_counter()
            act()
            taken[name].append(perf_counter() - begun)
    return {name: 1000 * median(times) for name, times in taken.items()}


def _timed(candidate: Candidate, batch: int) -> float:
    """Return the seconds that one batch takes, its garbage included and nobody else's."""
    inputs, act = candidate.prepare(batch), candidate.act
    if EFFORT.careful:
        gc.collect()
    gc.freeze()  # what the inputs hold is not looked through again and again
    begun = perf_counter()
    act(inputs)
    ended = perf_counter()
    gc.unfreeze()
    return ended - begun
