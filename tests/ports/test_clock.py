"""The machine's own clock."""

from __future__ import annotations

from datetime import UTC, datetime

from ordersales.ports.clock import SystemClock


def test_it_tells_the_time_in_utc() -> None:
    """The wall clock is aware, in UTC, and that of the machine."""
    before = datetime.now(UTC)
    now = SystemClock().now()

    assert UTC is now.tzinfo
    assert before <= now <= datetime.now(UTC)


def test_it_counts_seconds_that_never_go_back() -> None:
    """The monotonic face only rises."""
    clock = SystemClock()

    assert clock.monotonic() <= clock.monotonic()
