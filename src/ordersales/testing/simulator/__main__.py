"""``python -m ordersales.testing.simulator``: many seeds with a bar, or one with its story."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import count
from typing import Final, TextIO

from ordersales.ports.gateway import GatewayKind
from ordersales.testing.simulator.campaigns import Tally, campaign
from ordersales.testing.simulator.shrinking import replay
from ordersales.testing.simulator.simulation import Simulation

#: How a kind is named on the command line.
KINDS: Final = {kind.name.lower().replace("_", "-"): kind for kind in GatewayKind}
_BAR: Final = 30


def main(given: Sequence[str], out: TextIO, clock: Callable[[], float] = time.monotonic) -> int:
    """Do what the command line asks for; return 1 if an invariant was broken."""
    asked = _parser().parse_args(given)
    simulations = [_simulation(asked, kind) for kind in asked.kind or KINDS]
    if asked.seed is not None:
        stories = [replay(simulation, asked.seed) for simulation in simulations]
        out.write("\n\n".join(map(str, stories)) + "\n")
        return int(any(story.report.violation for story in stories))
    total = Tally()
    for simulation in simulations:
        tally = _campaign(simulation, asked, out, clock)
        total += tally
        out.writelines(f"{replay(simulation, seed)}\n" for seed, _ in tally.violations[:1])
    return _verdict(total, asked.faults, out)


def _verdict(total: Tally, least: int, out: TextIO) -> int:
    out.write(f"in all: {total}\n")
    if total.faults < least:
        out.write(f"at least {least:,} faults were asked for\n")
    return int(bool(total.violations) or total.faults < least)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m ordersales.testing.simulator", description=__doc__)
    parser.add_argument("--kind", action="append", choices=KINDS, help="default: all five")
    parser.add_argument("--seed", type=int, help="tell the story of this one")
    parser.add_argument("--seeds", type=int, default=200, help="of each kind")
    parser.add_argument("--minutes", type=float, help="in all, in place of a number of seeds")
    parser.add_argument("--first", type=int, default=0, help="the seed to begin with")
    parser.add_argument("--faults", type=int, default=0, help="fail if fewer were met in all")
    parser.add_argument("--customers", type=int, default=Simulation().customers)
    parser.add_argument("--days", type=int, default=Simulation().span.days)
    parser.add_argument("--processes", type=int, default=1)
    return parser


def _simulation(asked: Namespace, kind: str) -> Simulation:
    span = timedelta(days=asked.days)
    return Simulation(kind=KINDS[kind], customers=asked.customers, span=span)


def _campaign(
    simulation: Simulation, asked: Namespace, out: TextIO, clock: Callable[[], float]
) -> Tally:
    """Run the seeds of one kind, with a bar on one line."""
    begun, minutes = clock(), asked.minutes
    share = None if minutes is None else minutes * 60 / len(asked.kind or KINDS)

    def seeds() -> Iterator[int]:
        numbers = count(asked.first) if share else range(asked.first, asked.first + asked.seeds)
        for number in numbers:
            if share is not None and clock() - begun > share:
                return
            yield number

    drawn = 0

    def progress(so_far: Tally) -> None:
        nonlocal drawn
        done = (clock() - begun) / share if share else so_far.runs / asked.seeds
        grown = min(_BAR, int(done * _BAR))
        out.write("#" * (grown - drawn))
        out.flush()
        drawn = grown

    # It only ever adds text, so that any file or pipe will do.
    out.write(f"{simulation.kind:<16} [")
    tally = campaign(
        simulation, seeds(), processes=asked.processes, progress=progress, until_broken=True
    )
    out.write(f"{' ' * (_BAR - drawn)}] {tally}\n")
    return tally


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdout))
