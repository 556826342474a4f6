"""The pytest plugin of this library: fixtures for a host's tests, and a word on contract suites.

It is loaded by itself where pytest runs and ``ordersales`` is installed. It imports nothing of the
library before a fixture is asked for.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ordersales.adapters.memory import MemoryStore
    from ordersales.testing.clock import MovableClock
    from ordersales.testing.gateway import ScriptedGateway


@pytest.fixture
def movable_clock() -> MovableClock:
    """A clock that stands still until it is moved."""
    from ordersales.testing.clock import MovableClock  # noqa: PLC0415 - not before it is asked for

    return MovableClock()


@pytest.fixture
def scripted_gateway() -> ScriptedGateway:
    """A gateway that takes all money, unless it is told otherwise by `then`."""
    from ordersales.testing.gateway import ScriptedGateway  # noqa: PLC0415 - as above

    return ScriptedGateway()


@pytest.fixture
def memory_store() -> MemoryStore:
    """An empty storage in memory."""
    from ordersales.adapters.memory import MemoryStore  # noqa: PLC0415 - as above

    return MemoryStore()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the promises of contract suites that were not held, since a skip is easily missed."""
    not_held: Counter[str] = Counter()
    for report in terminalreporter.getreports("skipped"):
        match report.longrepr:
            case (_, _, str() as told) if "not held: " in told:
                suite, reason = report.nodeid.rpartition("::")[0], told.partition("not held: ")[2]
                not_held[f"{suite}: {reason}"] += 1
            case _:
                pass  # skipped for a reason of its own
    if not_held:
        terminalreporter.section("promises not held")
    for line, checks in not_held.items():
        terminalreporter.line(f"{line} ({checks})")
