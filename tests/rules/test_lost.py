"""Which attempts a restored backup may have lost, and what becomes of them (rule C6)."""

from datetime import datetime, timedelta

import attrs
import pytest

from ordersales.models.installation import Gap
from ordersales.models.stage import Stage
from ordersales.rules import lost
from tests.rules.shop import LATER, NOON, an_order, started

pytestmark = pytest.mark.rule("C6")

TICK = timedelta(microseconds=1)
GAP = Gap(since=NOON - timedelta(days=1), until=NOON)


@pytest.mark.parametrize(("placed", "expected"), [(NOON, GAP), (NOON + TICK, None)])
def test_an_order_that_was_there(placed: datetime, expected: Gap | None) -> None:
    """What was placed until the end of the gap may have been charged in it."""
    order = attrs.evolve(an_order(), placed_at=placed)
    assert expected == lost.of(GAP, order)
    assert lost.of(None, order) is None


@pytest.mark.parametrize(("searched", "expected"), [(NOON, GAP), (NOON + TICK, None)])
def test_an_order_that_was_searched_for(searched: datetime, expected: Gap | None) -> None:
    """Who has looked after the gap has found all; a later gap is another one."""
    order = attrs.evolve(an_order(), placed_at=NOON, searched_at=searched)
    assert expected == lost.of(GAP, order)


def test_an_attempt_that_was_begun() -> None:
    """Its first permit counts, under the key that it has now."""
    order = started(an_order())
    attempt = order.invoices[0].attempt
    assert attempt is not None
    for first, expected in ((NOON, True), (NOON + TICK, False)):
        asked = attrs.evolve(attempt, first_sent_at=first, sent_at=LATER)
        assert expected is lost.asked(GAP, asked)
        unsent = attrs.evolve(order.invoices[0], attempt=asked)
        assert (GAP if expected else None) == lost.within(GAP, unsent)
    assert not lost.asked(None, attempt)
    by_hand = started(an_order(), manual=True)
    assert lost.within(GAP, by_hand.invoices[0]) is None


@pytest.mark.parametrize(("sends", "expected"), [(0, 1), (1, 1), (2, 2)])
def test_an_attempt_put_in_doubt(sends: int, expected: int) -> None:
    """It counts as sent at the end of the gap, at least once, so that no later no is believed."""
    attempt = started(an_order()).invoices[0].attempt
    assert attempt is not None
    unsent = attrs.evolve(attempt, stage=Stage.RESERVED, sends=sends, checks=15)
    doubted = lost.doubted(unsent, GAP, LATER)
    assert (Stage.IN_DOUBT, NOON, expected, LATER, 0) == (
        doubted.stage,
        doubted.sent_at,
        doubted.sends,
        doubted.next_check,
        doubted.checks,
    )
    assert attempt.first_sent_at == doubted.first_sent_at


def test_the_gaps_of_two_backups() -> None:
    """Together they last from the earlier begin to the later end."""
    earlier = Gap(since=NOON - timedelta(days=3), until=NOON - timedelta(days=2))
    both = Gap(since=earlier.since, until=GAP.until)
    assert (GAP, both, both) == (
        GAP.with_earlier(None),
        GAP.with_earlier(earlier),
        earlier.with_earlier(GAP),
    )
