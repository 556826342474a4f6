"""Billing dates: anchored, on the clock of their zone, strictly increasing (rule R8)."""

from __future__ import annotations

from calendar import isleap, monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import datetime_exists
from hypothesis import example, given
from hypothesis import strategies as st

from ordersales.errors import InvalidInput, Problem
from ordersales.rules import schedule
from ordersales.values.cadence import Cadence, Unit

pytestmark = pytest.mark.rule("R8")

DAILY, WEEKLY = Cadence(1, Unit.DAY), Cadence(1, Unit.WEEK)
MONTHLY, YEARLY = Cadence(1, Unit.MONTH), Cadence(1, Unit.YEAR)
ZONES: Final = (
    "Africa/Casablanca",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/London",
    "Pacific/Apia",
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def utc(text: str) -> datetime:
    """Return a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- tables written by hand -----------------------------------------------------------------

LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
LEAP_YEARS: Final = {1996, 2000, 2004, 2008, 2012, 2016, 2020, 2024, 2028, 2032, 2036, 2040}
#: The months of 1996 to 2040: year, month, and its last day.
MONTHS: Final = [
    (year, month, 29 if month == 2 and year in LEAP_YEARS else last)
    for year in range(1996, 2041)
    for month, last in enumerate(LENGTHS, 1)
]


@pytest.mark.parametrize("step", [1, 2, 3, 6, 12])
@pytest.mark.parametrize("started", [28, 29, 30, 31])
def test_month_ends(started: int, step: int) -> None:
    """A month too short is charged on its last day, and the next one on the anchor's day again."""
    cadence = Cadence(step, Unit.MONTH)
    for at, (year, month, last) in enumerate(MONTHS):
        if started <= last:
            anchor = datetime(year, month, started, 12, tzinfo=UTC)
            expected = tuple(
                datetime(year, month, min(started, last), 12, tzinfo=UTC)
                for year, month, last in MONTHS[at::step]
            )
            ks = range(len(expected))
            assert (expected,) == tuple(schedule.dates([anchor], cadence, "UTC", ks))
            assert expected[-1] == schedule.date(anchor, cadence, "UTC", ks[-1])


@pytest.mark.parametrize("started", sorted(LEAP_YEARS))
def test_leap_days(started: int) -> None:
    """29 February is the 28th in common years and the 29th again in the next leap year."""
    anchor = datetime(started, 2, 29, 12, tzinfo=UTC)

    for year in range(started, 2041):
        day = 29 if year in LEAP_YEARS else 28
        expected = datetime(year, 2, day, 12, tzinfo=UTC)
        assert expected == schedule.date(anchor, YEARLY, "UTC", year - started)


def test_centuries() -> None:
    """Of the full centuries only each fourth is a leap year."""
    anchor = utc("1996-02-29 12:00")
    centuries = Cadence(1, Unit.YEAR)

    for year in (1900 + 100 * n for n in range(1, 81)):
        found = schedule.date(anchor, centuries, "UTC", year - 1996)
        assert found.day == (29 if isleap(year) else 28) == monthrange(year, 2)[1]


#: So many hours zones are ahead of UTC in winter, and at that hour the one that came twice ends.
WINTER: Final = {"Europe/Berlin": (1, 3), "America/New_York": (-5, 2)}
#: When summer time began and ended, or will: months, then days for one year after the other.
SUMMERS: Final = [
    ("Europe/Berlin", 1996, (3, 10), "31-27 30-26 29-25 28-31 26-29 25-28 31-27 30-26 28-31 27-30"),
    ("Europe/Berlin", 2006, (3, 10), "26-29 25-28 30-26 29-25 28-31 27-30 25-28 31-27 30-26 29-25"),
    ("Europe/Berlin", 2016, (3, 10), "27-30 26-29 25-28 31-27 29-25 28-31 27-30 26-29 31-27 30-26"),
    ("Europe/Berlin", 2026, (3, 10), "29-25 28-31 26-29 25-28 31-27 30-26 28-31 27-30 26-29 25-28"),
    ("Europe/Berlin", 2036, (3, 10), "30-26 29-25 28-31 27-30 25-28"),
    ("America/New_York", 1996, (4, 10), "7-27 6-26 5-25 4-31 2-29 1-28 7-27 6-26 4-31 3-30 2-29"),
    ("America/New_York", 2007, (3, 11), "11-4 9-2 8-1 14-7 13-6 11-4 10-3 9-2 8-1 13-6 12-5 11-4"),
    ("America/New_York", 2019, (3, 11), "10-3 8-1 14-7 13-6 12-5 10-3 9-2 8-1 14-7 12-5 11-4 10-3"),
    ("America/New_York", 2031, (3, 11), "9-2 14-7 13-6 12-5 11-4 9-2 8-1 14-7 13-6 11-4"),
]


@pytest.mark.parametrize("clock", [time(0), time(1, 30), time(2, 30), time(12)], ids=str)
@pytest.mark.parametrize(("zone", "first", "months", "days"), SUMMERS)
def test_summer_time(
    zone: str, first: int, months: tuple[int, int], days: str, clock: time
) -> None:
    """On every day from 1996 to 2040 the clock shows the same, in summer an hour earlier in UTC.

    The hour after two is missing when summer time begins, and moved as if that were still to come.
    Of the hour that comes twice when summer time ends the first counts.
    """
    winter, until = WINTER[zone]
    expected = list[datetime]()
    for year, pair in enumerate(days.split(), first):
        begin, end = map(date, (year, year), months, map(int, pair.split("-")))
        begin, end = begin + (clock.hour < 3) * DAY, end + (clock.hour < until) * DAY
        for at in range(366 if year in LEAP_YEARS else 365):
            day = date(year, 1, 1) + at * DAY
            ahead = winter + (begin <= day < end)
            expected.append(datetime.combine(day, clock, UTC) - ahead * HOUR)

    [dates] = schedule.dates([expected[0]], DAILY, zone, range(len(expected)))

    assert tuple(expected) == dates
    assert expected == [schedule.date(dates[0], DAILY, zone, k) for k in range(len(expected))]


@pytest.mark.parametrize(
    ("zone", "anchor", "cadence", "k", "expected"),
    [
        # The wall keeps 09:00: 08:00 UTC in winter, 07:00 UTC in summer.
        ("Europe/Berlin", "2026-01-31 08:00", MONTHLY, 3, "2026-04-30 07:00"),
        # 02:30 on 29 March 2026 is missing, moved to 03:30; 25 October has two, the first counts.
        ("Europe/Berlin", "2026-01-29 01:30", MONTHLY, 2, "2026-03-29 01:30"),
        ("Europe/Berlin", "2026-09-25 00:30", MONTHLY, 1, "2026-10-25 00:30"),
        ("Europe/London", "2026-02-28 01:30", Cadence(29, Unit.DAY), 1, "2026-03-29 01:30"),
        ("America/New_York", "2026-03-07 07:30", DAILY, 1, "2026-03-08 07:30"),
        ("America/New_York", "2026-10-25 05:30", WEEKLY, 1, "2026-11-01 05:30"),
        # 00:01 was missing: St John's changed its clocks a minute after midnight until 2011.
        ("America/St_Johns", "2007-03-10 03:45", DAILY, 1, "2007-03-11 03:45"),
        # Half an hour: 02:15 becomes 02:45.
        ("Australia/Lord_Howe", "2026-10-02 15:45", DAILY, 1, "2026-10-03 15:45"),
        # The day began at 01:00.
        ("America/Sao_Paulo", "2018-11-03 03:00", DAILY, 1, "2018-11-04 03:00"),
        ("America/Sao_Paulo", "2018-11-03 03:00", DAILY, 2, "2018-11-05 02:00"),
        # A day that never was: noon of 30 December 2011.
        ("Pacific/Apia", "2011-11-30 22:00", MONTHLY, 1, "2011-12-30 22:00"),
        ("Pacific/Apia", "2011-12-28 22:00", DAILY, 1, "2011-12-29 22:00"),
        ("Pacific/Apia", "2011-12-28 22:00", DAILY, 2, "2011-12-30 10:00"),
        ("Pacific/Apia", "2011-12-28 22:00", DAILY, 3, "2011-12-30 22:00"),
        ("Pacific/Apia", "2011-12-27 22:00", Cadence(2, Unit.DAY), 1, "2011-12-29 22:00"),
        ("Pacific/Apia", "2011-12-28 22:00", Cadence(2, Unit.DAY), 1, "2011-12-30 22:00"),
        # Its midnights: that of the 30th falls between those of the 29th and the 31st.
        ("Pacific/Apia", "2011-12-29 10:00", DAILY, 1, "2011-12-29 22:00"),
        ("Pacific/Apia", "2011-12-29 10:00", DAILY, 2, "2011-12-30 10:00"),
        ("Asia/Kolkata", "2026-01-30 18:30", MONTHLY, 1, "2026-02-27 18:30"),
        # The anchor stays where it is, also in the second coming of its hour.
        ("Europe/Berlin", "2026-10-25 01:30", DAILY, 0, "2026-10-25 01:30"),
        ("Europe/Berlin", "2026-10-25 01:30", DAILY, 1, "2026-10-26 01:30"),
        ("Europe/Berlin", "2020-10-25 01:30", YEARLY, 6, "2026-10-25 00:30"),
        ("UTC", "2026-03-31 12:00", Cadence(3, Unit.MONTH), 1, "2026-06-30 12:00"),
        ("UTC", "2026-12-31 12:00", Cadence(2, Unit.MONTH), 1, "2027-02-28 12:00"),
        ("UTC", "2026-12-31 12:00", Cadence(2, Unit.WEEK), 3, "2027-02-11 12:00"),
    ],
)
def test_by_hand(zone: str, anchor: str, cadence: Cadence, k: int, expected: str) -> None:
    """Dates worked out by hand, one for each thing that clocks have done."""
    date = schedule.date(utc(anchor), cadence, zone, k)

    assert utc(expected) == date
    assert date.tzinfo is UTC
    assert (date,) == next(schedule.dates([utc(anchor)], cadence, zone, range(k, k + 1)))


# --- properties ------------------------------------------------------------------------------

cadences = st.builds(Cadence, st.integers(1, 40), st.sampled_from(Unit))
# Kwajalein and Kiritimati skipped a day too; Juneau had one twice.
zones = st.sampled_from(
    [*ZONES, "UTC", "Pacific/Kwajalein", "Pacific/Kiritimati", "America/Juneau"]
)
anchors = st.datetimes(datetime(1850, 1, 1), datetime(2040, 12, 31), timezones=st.just(UTC))
numbers = st.integers(0, 150)


@given(anchor=anchors, cadence=cadences, zone=zones, k=numbers)
@example(anchor=utc("2011-12-29 22:00"), cadence=DAILY, zone="Pacific/Apia", k=0)
@example(anchor=utc("2011-12-29 10:00"), cadence=DAILY, zone="Pacific/Apia", k=0)
@example(anchor=utc("2011-12-29 10:00"), cadence=DAILY, zone="Pacific/Apia", k=1)
def test_increasing(anchor: datetime, cadence: Cadence, zone: str, k: int) -> None:
    """Each date lies after the one before it; date 0 is the anchor."""
    dates = [schedule.date(anchor, cadence, zone, number) for number in (0, k, k + 1)]

    assert dates[0] == anchor
    assert dates[0] <= dates[1] < dates[2]


@pytest.mark.parametrize("cadence", [DAILY, Cadence(2, Unit.DAY), WEEKLY], ids=str)
@pytest.mark.parametrize("zone", ["Pacific/Apia", "Pacific/Kwajalein", "Pacific/Kiritimati"])
def test_increasing_over_skipped_days(cadence: Cadence, zone: str) -> None:
    """Also from any hour over a day that never was, where a daily one keeps one date a day."""
    for year in (1993, 1994, 2011):
        for quarter in range(96):
            anchor = datetime(year, 8, 1, tzinfo=UTC) + quarter * HOUR / 4
            [dates] = schedule.dates([anchor], cadence, zone, range(170))
            assert dates == tuple(sorted(set(dates)))
            assert len(dates) == 170


@given(anchor=anchors, cadence=cadences, zone=zones, k=numbers)
def test_wall_time(anchor: datetime, cadence: Cadence, zone: str, k: int) -> None:
    """The time on the wall is the anchor's, unless that is missing on the day."""
    there = ZoneInfo(zone)
    local = anchor.astimezone(there)
    date = schedule.date(anchor, cadence, zone, k).astimezone(there)

    if date.time() != local.time():
        assert not datetime_exists(datetime.combine(date, local.time(), there)) or not (
            datetime_exists(datetime.combine(date - DAY, local.time(), there))
        )
    assert k == 0 or date.fold == 0 or date.time() != local.time()


@given(anchor=anchors, cadence=cadences, zone=zones, moment=anchors)
def test_occurrence_after(anchor: datetime, cadence: Cadence, zone: str, moment: datetime) -> None:
    """What is found lies after the moment, and the one before it does not."""
    k = schedule.occurrence_after(anchor, cadence, zone, moment)

    assert schedule.date(anchor, cadence, zone, k) > moment
    assert k == 0 or schedule.date(anchor, cadence, zone, k - 1) <= moment


@given(anchor=anchors, cadence=cadences, zone=zones, k=numbers)
@example(anchor=utc("2018-10-31 02:30"), cadence=DAILY, zone="America/Sao_Paulo", k=4)
@example(anchor=utc("2011-12-29 10:00"), cadence=DAILY, zone="Pacific/Apia", k=1)
def test_inverse(anchor: datetime, cadence: Cadence, zone: str, k: int) -> None:
    """After date k comes k+1, and just before it comes k."""
    date = schedule.date(anchor, cadence, zone, k)

    assert k + 1 == schedule.occurrence_after(anchor, cadence, zone, date)
    assert k == schedule.occurrence_after(anchor, cadence, zone, date - date.resolution)


@given(st.lists(anchors, max_size=5), cadences, zones, numbers, st.integers(1, 5))
def test_bulk(many: list[datetime], cadence: Cadence, zone: str, first: int, step: int) -> None:
    """In bulk, each date is what it is alone."""
    ks = range(first, first + 30, step)

    found = [*schedule.dates(iter(many), cadence, zone, ks)]

    assert found == [tuple(schedule.date(a, cadence, zone, k) for k in ks) for a in many]


def test_bulk_shares_days_not_hours() -> None:
    """Schedules of one day share its calendar and keep their own times, second comings too."""
    anchors = [utc(f"2026-10-25 {hour:02}:30:15.000007") for hour in range(24)]
    ks = range(3)

    for anchor, dates in zip(
        anchors, schedule.dates(anchors, DAILY, "Europe/Berlin", ks), strict=True
    ):
        assert dates == tuple(schedule.date(anchor, DAILY, "Europe/Berlin", k) for k in ks)
    assert [(), ()] == [*schedule.dates(anchors[:2], DAILY, "Europe/Berlin", range(0))]


def test_bulk_keeps_a_fold_that_ends_with_the_day() -> None:
    """Where the hour before midnight comes twice, an anchor in its second coming stays there."""
    anchor = datetime(2018, 2, 17, 23, 30, fold=1, tzinfo=ZoneInfo("America/Sao_Paulo"))

    [dates] = schedule.dates([anchor], DAILY, "America/Sao_Paulo", range(2))

    assert (utc("2018-02-18 02:30"), utc("2018-02-19 02:30")) == dates


# --- the edges -------------------------------------------------------------------------------

BEYOND: Final = "one whose date is not after the year 9999"


def refused(call: Any, *given: Any) -> tuple[Problem, ...]:
    """Return with which problems a call is refused."""
    with pytest.raises(InvalidInput) as caught:
        call(*given)
    return caught.value.problems


@pytest.mark.parametrize(
    ("cadence", "k"), [(DAILY, 366), (WEEKLY, 53), (MONTHLY, 12), (YEARLY, 1), (DAILY, 10**30)]
)
def test_after_the_calendar(cadence: Cadence, k: int) -> None:
    """There is no date after the year 9999, alone or in bulk."""
    anchor = utc("9999-01-01 12:00")
    k = min(k, 2**63 - 1)

    assert (Problem("k", repr(k), BEYOND),) == refused(schedule.date, anchor, cadence, "UTC", k)
    ks = range(k, k + 1)
    assert (Problem.of("ks", ks, BEYOND),) == refused(
        next, schedule.dates([anchor], cadence, "UTC", ks)
    )
    assert ("moment",) == tuple(
        problem.field
        for problem in refused(
            schedule.occurrence_after, anchor, cadence, "UTC", utc("9999-12-31 13:00")
        )
    )


def test_last_days() -> None:
    """The calendar is used to its last day, as far as UTC has it."""
    anchor = utc("9999-11-30 12:00")

    assert utc("9999-12-31 12:00") == schedule.date(anchor, DAILY, "UTC", 31)
    assert [tuple(anchor + k * DAY for k in range(32))] == [
        *schedule.dates([anchor], DAILY, "UTC", range(32))
    ]
    assert 31 == schedule.occurrence_after(anchor, DAILY, "UTC", utc("9999-12-30 12:00"))
    late = utc("9999-11-01 03:00")
    assert ("k",) == tuple(
        problem.field for problem in refused(schedule.date, late, MONTHLY, "America/New_York", 2)
    )
    assert (
        Problem(
            "moment", repr(utc("9999-12-31 12:00")), "a moment with a date of the schedule after it"
        ),
    ) == refused(schedule.occurrence_after, anchor, DAILY, "UTC", utc("9999-12-31 12:00"))


def test_first_days() -> None:
    """So it is from its first day."""
    anchor = utc("0001-01-01 12:00")

    assert [tuple(anchor + k * DAY for k in range(5))] == [
        *schedule.dates([anchor], DAILY, "Europe/Berlin", range(5))
    ]


@pytest.mark.rule("B1")
def test_refused() -> None:
    """What is no schedule is refused, naming the field."""
    anchor, naive = utc("2026-01-31 12:00"), datetime(2026, 1, 31)
    cadence = Problem("cadence", "'monthly'", "an instance of Cadence")
    k = Problem("k", "-1", "a whole number from 0 to 9223372036854775807")
    ks = "a range that counts upwards from 0 or more"
    aware = "a datetime with tzinfo"
    edge = "a datetime from the year 1 to the year 9999 in the time zone"
    last = datetime.max.replace(tzinfo=UTC)

    date, dates, after = schedule.date, schedule.dates, schedule.occurrence_after
    assert (cadence, k) == refused(date, anchor, "monthly", "UTC", -1)
    assert (cadence,) == refused(date, anchor, "monthly", "UTC", 1)
    assert (Problem("k", "True", k.allowed),) == refused(date, anchor, DAILY, "UTC", True)
    assert (Problem("anchor", repr(naive), aware),) == refused(date, naive, DAILY, "UTC", 1)
    assert (Problem.of("anchor", last, edge),) == refused(date, last, DAILY, "Asia/Tokyo", 1)
    assert "zone" == refused(date, anchor, DAILY, "Mars", 1)[0].field
    for bad in (range(-1, 2), range(3, 0, -1), [0, 1]):
        assert (Problem.of("ks", bad, ks),) == refused(dates, [anchor], DAILY, "UTC", bad)
    assert (cadence,) == refused(dates, [anchor], "monthly", "UTC", range(1))
    assert "zone" == refused(dates, [anchor], DAILY, "Mars", range(1))[0].field
    assert "anchor" == refused(next, dates([naive], DAILY, "UTC", range(1)))[0].field
    ahead = dates([last], DAILY, "Asia/Tokyo", range(1))
    assert (Problem.of("anchor", last, edge),) == refused(next, ahead)
    assert (cadence,) == refused(after, anchor, "monthly", "UTC", anchor)
    assert "zone" == refused(after, anchor, DAILY, "Mars", anchor)[0].field
    assert "anchor" == refused(after, naive, DAILY, "UTC", anchor)[0].field
    assert (Problem("moment", repr(naive), aware),) == refused(after, anchor, DAILY, "UTC", naive)
    assert (Problem.of("anchor", last, edge),) == refused(after, last, DAILY, "Asia/Tokyo", anchor)
    assert (Problem.of("moment", last, edge),) == refused(after, anchor, DAILY, "Asia/Tokyo", last)
