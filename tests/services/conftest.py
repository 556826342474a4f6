"""The shops in which services are tried."""

from __future__ import annotations

import pytest

from ordersales import BackOffice
from tests.drivers import Shop
from tests.services.watched import Watched


@pytest.fixture
def stage() -> Watched:
    """Return a watched shop."""
    return Watched()


@pytest.fixture
def shop() -> Shop:
    """Return a shop."""
    return Shop.behind(BackOffice)
