"""Time zones: found by name, or refused with what is similar; their offsets."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ordersales.errors import InvalidInput, Problem
from ordersales.values import zone
from ordersales.values.zone import offset_at, offset_on, time_zone

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


@pytest.mark.rule("R8")
@pytest.mark.parametrize(
    ("name", "moment", "hours"),
    [
        ("Europe/Berlin", "2026-03-28 12:00", 1),
        ("Europe/Berlin", "2026-03-29 00:59:59.999999", 1),
        ("Europe/Berlin", "2026-03-29 01:00", 2),
        ("Europe/Berlin", "2026-03-30 00:00", 2),
        ("Europe/Berlin", "2026-10-25 00:59:59.999999", 2),
        ("Europe/Berlin", "2026-10-25 01:00", 1),
        ("Asia/Kathmandu", "2026-01-01 18:15", 5.75),
        ("Pacific/Apia", "2011-12-30 09:59", -10),
        ("Pacific/Apia", "2011-12-30 10:00", 14),
        # An hour of the calendar's last day that the day's last hour would lead beyond it.
        ("Asia/Tokyo", "9999-12-31 14:59", 9),
        ("America/New_York", "0001-01-01 05:00", -(4 + 56 / 60 + 2 / 3600)),
    ],
)
def test_offset_at(name: str, moment: str, hours: float) -> None:
    """How far a zone's clock is ahead of UTC at a moment, to the very change."""
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    assert timedelta(hours=hours) == offset_at(at, ZoneInfo(name))


def test_offset_past_the_calendar() -> None:
    """Where the clock shows no year from 1 to 9999, there is none."""
    with pytest.raises(OverflowError):
        offset_at(datetime.max.replace(tzinfo=UTC), ZoneInfo("Asia/Tokyo"))


@pytest.mark.rule("R8")
@pytest.mark.parametrize(
    ("name", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-28", 1),
        ("Europe/Berlin", "2026-03-29", None),
        ("Europe/Berlin", "2026-03-30", 2),
        ("Europe/Berlin", "2026-10-25", None),
        ("America/Sao_Paulo", "2018-11-03", -3),
        ("America/Sao_Paulo", "2018-11-04", None),  # it began at 1:00
        ("America/Sao_Paulo", "2018-02-17", -2),  # its last hour came twice: the first
        ("America/Sao_Paulo", "2018-02-18", -3),
        ("Pacific/Apia", "2011-12-29", -10),
        ("Pacific/Apia", "2011-12-30", None),  # never was
        ("Pacific/Apia", "2011-12-31", 14),
        ("Asia/Tokyo", "9999-12-31", 9),
    ],
)
def test_offset_on(name: str, day: str, hours: float | None) -> None:
    """How far a zone's clock is ahead of UTC all day long, if it is the same all day."""
    expected = None if hours is None else timedelta(hours=hours)

    assert expected == offset_on(date.fromisoformat(day), ZoneInfo(name))
