"""How long a charge may take, and when it is looked after."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ordersales.rules import charge_policy
from tests.rules.shop import NOON


def test_checks_are_those_of_the_protocol() -> None:
    """Two minutes twice, five, fifteen, an hour, 3, 6, 12, then daily for seven days."""
    minutes = [2, 2, 5, 15, 60, 180, 360, 720, *[1440] * 7]

    assert [timedelta(minutes=each) for each in minutes] == [*charge_policy.CHECKS]


@pytest.mark.parametrize(
    ("checks", "minutes"), [(0, 2), (1, 2), (2, 5), (3, 15), (7, 720), (8, 1440), (14, 1440)]
)
def test_next_check(checks: int, minutes: int) -> None:
    """The next look is counted from the one before."""
    assert NOON + timedelta(minutes=minutes) == charge_policy.next_check(NOON, checks)


@pytest.mark.parametrize("checks", [15, 16, 1000])
def test_no_next_check(checks: int) -> None:
    """After the last look it is left to a person."""
    assert charge_policy.next_check(NOON, checks) is None


@pytest.mark.rule("C1")
@pytest.mark.parametrize(
    ("waited", "expected"),
    [
        (timedelta(0), True),
        (timedelta(seconds=-1), True),
        (timedelta(seconds=30), True),
        (timedelta(seconds=30, microseconds=1), False),
        (timedelta(days=1), False),
    ],
)
def test_may_send(waited: timedelta, expected: bool) -> None:
    """A reservation is sent within thirty seconds, or not at all."""
    assert expected is charge_policy.may_send(waited)
