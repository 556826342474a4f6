"""Time zones: found by name, or refused with what is similar."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ordersales.errors import InvalidInput, Problem
from ordersales.values import zone
from ordersales.values.zone import time_zone

pytestmark = pytest.mark.rule("B1")

ALLOWED = "the name of a time zone, such as 'Europe/Berlin'"


def test_found() -> None:
    """A name is looked up; a ZoneInfo is taken as it is."""
    berlin = ZoneInfo.no_cache("Europe/Berlin")

    assert "Europe/Berlin" == time_zone("Europe/Berlin", "zone").key
    assert time_zone(berlin, "zone") is berlin


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("US/New York", "America/New_York"),
        ("Asia/Calcuta", "Asia/Calcutta"),
    ],
)
def test_suggested(given: str, meant: str) -> None:
    """An unknown name is refused with those that are like it, or whose city is."""
    with pytest.raises(InvalidInput) as caught:
        time_zone(given, "zone")

    [problem] = caught.value.problems
    assert ("zone", repr(given)) == (problem.field, problem.given)
    told, _, similar = problem.allowed.removesuffix("?").partition("; did you mean ")
    assert told == ALLOWED
    assert meant in similar.split(" or ")


@pytest.mark.parametrize(
    "given", ["", "~~", "\0", "../..", "/etc/passwd", "\ud800", "x" * 300], ids=ascii
)
def test_unlike_any(given: str) -> None:
    """Where nothing is similar, nothing is suggested."""
    with pytest.raises(InvalidInput) as caught:
        time_zone(given, "terms.zone")

    assert caught.value == InvalidInput((Problem.of("terms.zone", given, ALLOWED),))


def test_folder() -> None:
    """A folder of the database is no zone."""
    with pytest.raises(InvalidInput, match=r"^zone: 'Europe' was given"):
        time_zone("Europe", "zone")


@pytest.mark.parametrize("given", [None, 1, UTC, b"Europe/Berlin"], ids=str)
def test_no_name(given: Any) -> None:
    """What is neither text nor a ZoneInfo is refused."""
    with pytest.raises(InvalidInput) as caught:
        time_zone(given, "zone")

    allowed = "the name of a time zone, or a ZoneInfo"
    assert caught.value == InvalidInput((Problem("zone", repr(given), allowed),))


def test_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without zones is told what to install."""
    monkeypatch.setattr(zone, "available_timezones", set[str])
    with pytest.raises(InvalidInput) as caught:
        time_zone("Mars/Olympus", "zone")

    allowed = "a time zone, of which this machine has none: install the package tzdata"
    assert caught.value == InvalidInput((Problem("zone", "'Mars/Olympus'", allowed),))
