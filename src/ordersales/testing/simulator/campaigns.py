"""Many seeds, over processes: how often everything held, and which seed broke what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from datetime import timedelta
from itertools import islice
from typing import Final

from attrs import field, frozen

from ordersales.testing.simulator.faults import FaultKind
from ordersales.testing.simulator.shrinking import replay
from ordersales.testing.simulator.simulation import Report, Simulation
from ordersales.testing.simulator.violations import Violation

#: How many seeds a process is handed at once.
_HANDFUL: Final = 20


@frozen(kw_only=True)
class Tally:
    """What many runs came to; two tallies add up."""

    runs: int = 0
    steps: int = 0
    charges: int = 0
    refunds: int = 0
    #: Differences between the books that a person sees.
    held: int = 0
    simulated: timedelta = timedelta()
    faults_by_kind: Mapping[FaultKind, int] = field(factory=dict[FaultKind, int])
    #: The seeds that broke something, with what they broke.
    violations: tuple[tuple[int, Violation], ...] = ()

    @classmethod
    def of(cls, report: Report) -> Tally:
        """Return the tally of one run."""
        broken = () if report.violation is None else ((report.seed, report.violation),)
        return cls(
            runs=1,
            steps=report.steps,
            charges=report.charges,
            refunds=report.refunds,
            held=len(report.held),
            simulated=report.simulated,
            faults_by_kind=report.faults_by_kind,
            violations=broken,
        )

    @property
    def faults(self) -> int:
        """How many faults were met in all."""
        return sum(self.faults_by_kind.values())

    def __add__(self, other: Tally) -> Tally:
        """Return the tally of both."""
        return Tally(
            runs=self.runs + other.runs,
            steps=self.steps + other.steps,
            charges=self.charges + other.charges,
            refunds=self.refunds + other.refunds,
            held=self.held + other.held,
            simulated=self.simulated + other.simulated,
            faults_by_kind=Counter(self.faults_by_kind) + Counter(other.faults_by_kind),
            violations=(*self.violations, *other.violations),
        )

    def __str__(self) -> str:
        """Return the figures in one line."""
        return (
            f"{self.runs:,} runs, {self.faults:,} faults, {self.charges:,} charges,"
            f" {self.refunds:,} refunds, {self.simulated.days:,} days, {self.held:,} held,"
            f" {len(self.violations):,} broken"
        )


#: Is told how far a campaign is.
Progress = Callable[[Tally], None]


def unwatched(so_far: Tally) -> None:
    """Let nobody be told."""


def campaign(
    simulation: Simulation,
    seeds: Iterable[int],
    *,
    processes: int = 1,
    progress: Progress = unwatched,
    until_broken: bool = False,
) -> Tally:
    """Run all `seeds`, by several processes where that is asked for, and return what came of it.

    `progress` is called with the tally so far, now and then. With `until_broken` nothing more is
    begun once an invariant was broken. What the simulation was given has to be importable by
    other processes: functions of a module, not lambdas.

    >>> campaign(Simulation(customers=1), range(3)).runs
    3
    """
    handfuls = _handfuls(seeds)
    tallies = (
        _here(simulation, handfuls) if processes == 1 else _there(simulation, handfuls, processes)
    )
    total = Tally()
    for tally in tallies:
        total += tally
        progress(total)
        if until_broken and total.violations:
            break
    return total


def _handfuls(seeds: Iterable[int]) -> Iterator[Sequence[int]]:
    left = iter(seeds)
    while handful := list(islice(left, _HANDFUL)):
        yield handful


def _here(simulation: Simulation, handfuls: Iterable[Sequence[int]]) -> Iterator[Tally]:
    return (tallied(simulation, handful) for handful in handfuls)


def _there(
    simulation: Simulation, handfuls: Iterator[Sequence[int]], processes: int
) -> Iterator[Tally]:
    """Run handfuls in other processes; twice as many as those are under way at once."""
    with ProcessPoolExecutor(processes) as pool:
        running: set[Future[Tally]] = set()
        try:
            while True:
                for handful in islice(handfuls, 2 * processes - len(running)):
                    running.add(pool.submit(tallied, simulation, handful))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        finally:
            pool.shutdown(cancel_futures=True)


def tallied(simulation: Simulation, seeds: Iterable[int]) -> Tally:
    """Run some seeds and return their tally."""
    return sum((Tally.of(simulation.run(seed)) for seed in seeds), Tally())


def check(simulation: Simulation, seeds: Iterable[int] = range(100)) -> Tally:
    """Run all `seeds`, and fail with the shortest story of the first that breaks an invariant.

    For a host's own tests, on its own store and its own wrapper of a gateway:

    >>> check(Simulation(customers=1), range(3)).violations
    ()

    Raises:
        AssertionError: An invariant was broken; the message is the story.
    """
    return _held(simulation, campaign(simulation, seeds, until_broken=True))


def _held(simulation: Simulation, tally: Tally) -> Tally:
    for seed, _ in tally.violations:
        raise AssertionError(str(replay(simulation, seed)))
    return tally
