"""Each story is told once and happens twice: at the synchronous and at the asynchronous door."""

from __future__ import annotations

import pytest

from tests.drivers import DOORS, Door, Shop


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    """Return one front door after the other."""
    opened: Door = request.param
    return opened


@pytest.fixture
def shop(door: Door) -> Shop:
    """Return a shop that has just opened, behind each door."""
    return Shop.behind(door)
