"""Moments: always aware, always UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.errors import InvalidInput, Problem
from ordersales.values.moment import earlier, utc

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
# An offset is at most a day, so that within these no moment leaves the calendar.
YEAR_2 = NOON.replace(year=2, tzinfo=None)
YEAR_9998 = NOON.replace(year=9998, tzinfo=None)


class NoOffset(tzinfo):
    """A time zone that does not know its offset."""

    def utcoffset(self, dt: datetime | None) -> None:
        """Return None, as a time zone may."""

    dst = utcoffset

    def tzname(self, dt: datetime | None) -> None:
        """Return None, as a time zone may."""


class HostDatetime(datetime):
    """A datetime as a host's library may derive it."""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (NOON.replace(tzinfo=ZoneInfo("Europe/Berlin")), NOON.replace(hour=11)),
        (NOON.replace(tzinfo=timezone(timedelta(hours=-5))), NOON.replace(hour=17)),
        (NOON.replace(tzinfo=ZoneInfo("UTC")), NOON),
        (HostDatetime(2026, 1, 31, 12, tzinfo=UTC), NOON),
        (
            datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        ),
    ],
    ids=["zone", "offset", "zone-utc", "derived", "second-hour"],
)
def test_same_instant_in_utc(given: datetime, expected: datetime) -> None:
    """An aware datetime is the same instant in UTC."""
    moment = utc(given, "placed_at")

    assert expected == moment
    assert moment.tzinfo is UTC


def test_utc_is_kept() -> None:
    """A datetime that is in UTC already is returned as it is."""
    assert NOON is utc(NOON, "placed_at")


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    "given",
    [
        NOON.replace(tzinfo=None),
        NOON.replace(tzinfo=NoOffset()),
        date(2026, 1, 31),
        "2026-01-31T12:00Z",
        0,
        None,
    ],
    ids=["naive", "no-offset", "date", "text", "int", "none"],
)
def test_no_moment(given: Any) -> None:
    """A naive datetime, a bare date and anything else is refused, with the field's name."""
    with pytest.raises(InvalidInput) as caught:
        utc(given, "placed_at")

    assert (Problem.of("placed_at", given, "a datetime with tzinfo"),) == caught.value.problems


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    "given",
    [
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
    ],
    ids=["before", "after"],
)
def test_outside_of_utc(given: datetime) -> None:
    """A moment that UTC's calendar does not have is refused, not left to overflow."""
    with pytest.raises(InvalidInput) as caught:
        utc(given, "placed_at")

    allowed = "a datetime from the year 1 to the year 9999 in UTC"
    assert (Problem.of("placed_at", given, allowed),) == caught.value.problems
    assert caught.value.__suppress_context__


@given(st.datetimes(YEAR_2, YEAR_9998, timezones=st.timezones()))
def test_utc_is_the_instant(value: datetime) -> None:
    """Converting changes neither the instant nor, done again, anything."""
    moment = utc(value, "at")

    assert value.timestamp() == moment.timestamp()
    assert moment is utc(moment, "at")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (None, None, None),
        (NOON, None, NOON),
        (None, NOON, NOON),
        (NOON, NOON + timedelta(hours=1), NOON),
        (NOON + timedelta(hours=1), NOON, NOON),
    ],
)
def test_the_earlier_of_two(
    one: datetime | None, other: datetime | None, expected: datetime | None
) -> None:
    """Of two moments it is the first; one that is none does not count."""
    assert expected == earlier(one, other)
