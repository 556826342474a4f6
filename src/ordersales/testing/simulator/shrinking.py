"""Make a failing run short: leave out what is not needed to break the same invariant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from attrs import frozen

from ordersales.testing.simulator.faults import Fault
from ordersales.testing.simulator.simulation import Report, Simulation
from ordersales.testing.simulator.violations import Violation

T = TypeVar("T")


@frozen
class Story:
    """The shortest run found that breaks the same invariant, line by line."""

    report: Report
    #: Of how many acts and faults the run consisted before it was made short.
    acts: int
    faults: int

    def __str__(self) -> str:
        """Return the story as it is printed."""
        report = self.report
        found = report.violation or "nothing is broken"
        left = (
            f"{len(report.acts)} of {self.acts} acts, {len(report.faults)} of {self.faults} faults"
        )
        head = f"seed {report.seed}, {report.kind}: {found}\n({left})"
        return "\n".join([head, *map(str, report.story)])


def replay(simulation: Simulation, seed: int) -> Story:
    """Return what happens under `seed`: all of it, or only what breaks an invariant.

    >>> story = replay(Simulation(), 17)
    >>> story.report.violation is None
    True
    """
    whole = simulation.run(seed, telling=True)
    acts, faults = len(whole.acts), len(whole.faults)
    if whole.violation is None:
        return Story(whole, acts, faults)
    return Story(_short(simulation, whole), acts, faults)


def _short(simulation: Simulation, whole: Report) -> Report:
    """Return the run with what is left of its acts and faults."""

    def breaks(acts: Sequence[str], faults: Sequence[Fault]) -> bool:
        tried = simulation.run(whole.seed, acts=frozenset(acts), faults=frozenset(faults))
        return _same(tried.violation, whole.violation)

    # Twice, since fewer faults may need fewer acts.
    acts = without_words(whole.acts, lambda some: breaks(some, whole.faults))
    acts = smallest(acts, lambda some: breaks(some, whole.faults))
    faults = smallest(whole.faults, lambda some: breaks(acts, some))
    left = smallest(acts, lambda some: breaks(some, faults))
    return simulation.run(whole.seed, acts=frozenset(left), faults=frozenset(faults), telling=True)


def _same(one: Violation | None, other: Violation | None) -> bool:
    return one is not None and other is not None and one.number == other.number


def without_words(names: Sequence[str], breaks: Callable[[Sequence[str]], bool]) -> Sequence[str]:
    """Leave out all names with the same word, for as long as it breaks: one customer, say.

    >>> without_words(["ada pays", "ben pays", "ben waits"], lambda some: "ben pays" in some)
    ('ben pays',)
    """
    found = tuple(names)
    for word in dict.fromkeys(word for name in names for word in name.split()):
        left = tuple(name for name in found if word not in name.split())
        if len(left) < len(found) and breaks(left):
            found = left
    return found


def smallest(items: Sequence[T], breaks: Callable[[Sequence[T]], bool]) -> Sequence[T]:
    """Return a part of `items` that still breaks, of which nothing more can be left out alone.

    >>> smallest(range(10), lambda some: 3 in some and 7 in some)
    (3, 7)
    """
    found, size = tuple(items), max(1, len(items))
    while True:
        at, before = 0, len(found)
        while at < len(found):
            without = (*found[:at], *found[at + size :])
            if breaks(without):
                found = without
            else:
                at += size
        if size == 1 and len(found) == before:
            return found
        size = max(1, size // 2)
