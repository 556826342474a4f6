"""The record club's year: what members and workers do, and that its books agree."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest

from ordersales.demo import club_tour
from ordersales.demo.club import CLERK, Club
from ordersales.demo.purchases import Purchase
from ordersales.demo.screen import PlainScreen
from ordersales.models.charge import Declined
from ordersales.models.event import EventKind


@pytest.fixture(scope="module")
def club() -> Club:
    """Return a club of sixty members, after its year."""
    club = Club([f"{number:05}" for number in range(60)], seed=3)
    for _ in range(club.length):
        club.day()
    return club


@pytest.mark.rule("R5", "R6", "R8", "C2")
def test_a_year(club: Club) -> None:
    """Every month has payments; people paused, came back and brought cards; a worker died."""
    assert all(club.done[month, "paid"] for month in range(2, 13))
    assert club.crashes == 1
    assert sum(club.settled.values()) > 0
    kinds = {
        event.kind
        for number in club.members
        for event in club.office.recurring.history(CLERK, number)
    }
    assert {
        EventKind.RECURRING_PAUSED,
        EventKind.RECURRING_ACTIVATED,
        EventKind.RECURRING_FAILED,
        EventKind.METHOD_REPLACED,
    } <= kinds
    made = [club.record(number).payments_made for number in club.members]
    assert max(made) == 12


def test_the_books_agree(club: Club) -> None:
    """What is shown as checks, holds."""
    assert all(check.holds for check in club_tour._checks(club))


def test_a_mistake_would_be_found() -> None:
    """Money that the gateway took and nobody booked breaks two of the checks."""
    club = Club(["00001", "00002"], seed=1)
    for _ in range(40):
        club.day()
    charged = club.cards.charged[-1]
    club.cards.finish(charged.request.reference, Declined(code="no"))
    assert [check.holds for check in club_tour._checks(club)] == [False, True, False]


def test_what_is_shown() -> None:
    """The months, the crash, how members stand and one of them; however few they are."""
    out = io.StringIO()
    dollars = Decimal("11.77")
    bought = Purchase(1, "00001", date(1997, 1, 1), 1, dollars)
    checks = club_tour.year(PlainScreen(out), [bought], seed=1)
    assert all(check.holds for check in checks)
    told = out.getvalue()
    assert "A year of recurring orders: 1 members of a record club" in told
    assert "How the members stand after a year" in told
