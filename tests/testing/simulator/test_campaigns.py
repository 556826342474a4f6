"""Many seeds: tallies add up, over processes as well, and a broken invariant is told as a story."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from io import StringIO
from itertools import count

import attrs
import pytest

from ordersales.testing.simulator import (
    FaultKind,
    Simulation,
    Story,
    Tally,
    campaign,
    check,
    replay,
)
from ordersales.testing.simulator.__main__ import KINDS, main
from ordersales.testing.simulator.campaigns import tallied
from ordersales.testing.simulator.shrinking import smallest
from tests.testing.planted_bugs import act_before_write

SMALL = Simulation(customers=1)


def test_a_tally_adds_up() -> None:
    """The tally of many runs is the sum of theirs, however they are handed out."""
    seen: list[Tally] = []
    total = campaign(SMALL, range(45), progress=seen.append)

    assert tallied(SMALL, range(20)) + tallied(SMALL, range(20, 45)) == total
    assert [20, 40, 45] == [tally.runs for tally in seen]
    assert total == seen[-1]
    reports = [SMALL.run(seed) for seed in range(45)]
    assert sum(len(report.faults) for report in reports) == total.faults
    assert (
        sum(report.faults_by_kind[FaultKind.FREEZE] for report in reports)
        == (total.faults_by_kind[FaultKind.FREEZE])
    )
    assert f"45 runs, {total.faults:,} faults, {total.charges} charges" in str(total)


def test_processes_find_the_same() -> None:
    """Several processes come to the same tally as one."""
    here, there = campaign(SMALL, range(90)), campaign(SMALL, range(90), processes=2)

    assert here == there


def test_a_campaign_stops_at_what_is_broken() -> None:
    """Nothing more is begun once an invariant was broken; otherwise all of them are told."""
    with act_before_write():
        stopped = campaign(SMALL, count(), until_broken=True)
        there = campaign(SMALL, range(10_000), until_broken=True, processes=2)
        whole = campaign(SMALL, range(60))

    assert 20 == stopped.runs <= there.runs < 10_000
    assert 60 == whole.runs
    assert stopped.violations == whole.violations[: len(stopped.violations)]
    assert {7} == {violation.number for _, violation in whole.violations}


def test_a_check_tells_the_story() -> None:
    """A host's test fails with the shortest story, and passes with the tally."""
    assert 30 == check(SMALL, range(30)).runs
    with act_before_write(), pytest.raises(AssertionError) as caught:
        check(SMALL)

    lines = str(caught.value).splitlines()
    assert lines[0].startswith("seed ")
    assert ", key and look-up: 7. nothing is asked of a gateway without" in lines[0]
    assert "2 of " in lines[1]
    assert ["places an order: begins", "places an order: commits"] == [
        line.split("  ada ")[1][: len(text)]
        for line, text in zip(
            lines[2:4], ["places an order: begins", "places an order: commits"], strict=True
        )
    ]
    assert "broken: 7. nothing is asked" in lines[-1]


def test_a_story_without_a_fault() -> None:
    """Where nothing is broken, all that happened is told."""
    story = replay(SMALL, 3)

    assert (len(story.report.acts), len(story.report.faults)) == (story.acts, story.faults)
    assert f"seed 3, key and look-up: nothing is broken\n({story.acts} of {story.acts}" in str(
        story
    )
    assert story.report.story
    assert isinstance(story, Story)


@pytest.mark.parametrize("needed", [[], [0], [6], [2, 3], [0, 3, 6], [*range(7)]])
def test_the_smallest_part(needed: list[int]) -> None:
    """What is left is what is needed, and nothing else."""
    asked: list[int] = []

    def breaks(some: object) -> bool:
        asked.append(1)
        return set(needed) <= set(some)  # type: ignore[arg-type]

    assert tuple(needed) == tuple(smallest(range(7), breaks))
    assert len(asked) < 30


def test_less_may_need_less() -> None:
    """What could not be left out alone is tried again once something else is gone."""

    def breaks(some: object) -> bool:
        left = set(some)  # type: ignore[arg-type]
        return 3 in left and (2 in left or 5 not in left)

    assert (3,) == tuple(smallest(range(6), breaks))


def told(*given: str, clock: object = None) -> tuple[int, str]:
    """Return how the command ends, and what it prints."""
    out = StringIO()
    more = {} if clock is None else {"clock": clock}
    return main(given, out, **more), out.getvalue()  # type: ignore[arg-type]


def test_the_command_runs_all_kinds() -> None:
    """A bar for each kind grows to its end, with the figures, and those of all."""
    code, text = told("--seeds", "40", "--customers", "1", "--days", "3")

    assert 0 == code
    lines = text.splitlines()
    assert len(KINDS) + 1 == len(lines)
    assert all(f"[{'#' * 30}] 40 runs" in line for line in lines[:-1])
    assert lines[-1].startswith("in all: 200 runs")


def test_the_command_counts_faults() -> None:
    """Too few faults are a failure, since then little was tried."""
    code, text = told("--seeds", "2", "--kind", "neither", "--faults", "100000")

    assert 1 == code
    assert "at least 100,000 faults were asked for" in text


def test_the_command_runs_for_a_time() -> None:
    """Given minutes it begins seeds until they are over, from the first that is wanted."""
    ticks = count()
    code, text = told(
        "--minutes", "1", "--kind", "key-only", "--first", "7", clock=lambda: next(ticks)
    )

    assert 0 == code
    runs = int(text.split("] ")[1].split()[0])
    assert 20 < runs < 60


def test_the_command_tells_a_story() -> None:
    """One seed is told; one that breaks something ends the command with 1."""
    code, text = told("--seed", "3", "--kind", "neither")
    assert (0, str(replay(Simulation(kind=KINDS["neither"]), 3)) + "\n") == (code, text)

    with act_before_write():
        code, text = told("--seed", "0", "--kind", "key-only")
        assert 1 == code
        assert "broken: 7." in text
        code, text = told("--seeds", "40", "--kind", "key-only")
        assert 1 == code
        assert "broken: 7." in text
        assert text.splitlines()[-1].startswith("in all: 20 runs")


def test_the_command_is_a_module() -> None:
    """It is started by its name."""
    ended = subprocess.run(
        [sys.executable, "-m", "ordersales.testing.simulator", "--seeds", "1", "--kind", "neither"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (0, "") == (ended.returncode, ended.stderr)
    assert "1 runs" in ended.stdout


def test_a_simulation_of_days() -> None:
    """A longer span takes longer, in the simulated time."""
    assert SMALL.run(1).simulated < attrs.evolve(SMALL, span=timedelta(days=400)).run(1).simulated
