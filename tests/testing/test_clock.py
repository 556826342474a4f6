"""The movable clock: two faces, moved together or apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ordersales.errors import InvalidInput
from ordersales.testing import MovableClock
from ordersales.testing.clock import START

HOUR = timedelta(hours=1)


def test_it_stands_still() -> None:
    """Asked twice, it tells the same."""
    clock = MovableClock()

    assert (START, 0.0) == (clock.now(), clock.monotonic())
    assert (START, 0.0) == (clock.now(), clock.monotonic())


def test_it_starts_where_it_is_set_and_tells_utc() -> None:
    """A start in any time zone is told in UTC."""
    clock = MovableClock(datetime(2026, 7, 1, 12, tzinfo=timezone(2 * HOUR)))

    assert datetime(2026, 7, 1, 10, tzinfo=UTC) == clock.now()
    assert UTC is clock.now().tzinfo


def test_time_passes_on_both_faces() -> None:
    """Advancing moves both by the same."""
    clock = MovableClock()

    clock.advance(HOUR)
    clock.advance(timedelta())

    assert (START + HOUR, 3600.0) == (clock.now(), clock.monotonic())


def test_time_passes_until_a_moment() -> None:
    """Advancing to a moment moves both faces by what is missing."""
    clock = MovableClock()

    clock.advance_to((START + HOUR).astimezone(timezone(-5 * HOUR)))

    assert (START + HOUR, 3600.0) == (clock.now(), clock.monotonic())


def test_a_clock_that_is_set_makes_no_time_pass() -> None:
    """The wall clock may be set either way; the monotonic face stays."""
    clock = MovableClock()
    clock.advance(HOUR)

    clock.set_wall_clock(START - HOUR)

    assert (START - HOUR, 3600.0) == (clock.now(), clock.monotonic())


def test_a_sleeping_machine_counts_no_seconds() -> None:
    """While a machine sleeps only the wall clock goes on."""
    clock = MovableClock()

    clock.sleep_machine(HOUR)

    assert (START + HOUR, 0.0) == (clock.now(), clock.monotonic())


@pytest.mark.parametrize("way", ["advance", "sleep_machine"])
def test_time_does_not_go_back(way: str) -> None:
    """A negative time is refused, and nothing moves."""
    clock = MovableClock()

    with pytest.raises(InvalidInput, match="a time that passes, not negative"):
        getattr(clock, way)(-HOUR)

    assert (START, 0.0) == (clock.now(), clock.monotonic())


def test_the_past_is_not_reached() -> None:
    """Advancing to a moment that has been is refused."""
    with pytest.raises(InvalidInput, match="a time that passes, not negative"):
        MovableClock().advance_to(START - HOUR)


@pytest.mark.parametrize(
    "move",
    [
        MovableClock,
        lambda moment: MovableClock().advance_to(moment),
        lambda moment: MovableClock().set_wall_clock(moment),
    ],
    ids=["start", "advance_to", "set_wall_clock"],
)
def test_a_time_without_a_zone_is_refused(move: object) -> None:
    """A naive moment names no instant."""
    with pytest.raises(InvalidInput, match="a datetime with tzinfo"):
        move(datetime(2026, 1, 1))
