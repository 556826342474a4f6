"""The simulator finds every planted bug, and nothing where none is planted.

Slow checks are those of the session `simulated`, which has the seeds of CI; the others see that
they can fail.
"""

import pytest

from ordersales.ports.gateway import GatewayKind
from ordersales.testing.simulator import Simulation, campaign, replay
from tests.testing.planted_bugs import BUGS, Bug, timeout_is_a_decline

#: So many seeds of each kind are run in CI where no bug is planted; a bug shows within as many.
SEEDS = 2000


PLANTED = [
    pytest.param(bug, kind, id=f"{name}, {kind}")
    for name, (bug, kinds) in BUGS.items()
    for kind in kinds
]


@pytest.mark.slow
@pytest.mark.rule("C1", "C2", "C3", "R4", "R6")
@pytest.mark.parametrize(("bug", "kind"), PLANTED)
def test_a_planted_bug_is_found(bug: Bug, kind: GatewayKind) -> None:
    """A bug is found within the seeds that CI runs."""
    with bug():
        assert campaign(Simulation(kind=kind), range(SEEDS), until_broken=True).violations


def test_the_story_of_a_planted_bug() -> None:
    """Its story breaks the same invariant with fewer acts and faults, each time the same."""
    simulation = Simulation()
    with timeout_is_a_decline():
        tally = campaign(simulation, range(SEEDS), until_broken=True)
        seed, violation = tally.violations[0]
        story = replay(simulation, seed)

        assert story.report.violation is not None
        assert violation.number == story.report.violation.number == 4
        assert story.acts + story.faults > len(story.report.acts) + len(story.report.faults)
        assert f"{violation.number}. {violation.invariant}" in str(story)
        assert str(story) == str(replay(simulation, seed))


@pytest.mark.rule("C1", "C4", "C5", "E1", "F1", "F2", "I6", "O5")
@pytest.mark.parametrize("kind", GatewayKind)
def test_nothing_is_found_where_no_bug_is_planted(kind: GatewayKind) -> None:
    """Everything holds."""
    tally = campaign(Simulation(kind=kind), range(20))

    assert () == tally.violations
    assert 20 == tally.runs
    assert tally.faults > 100
