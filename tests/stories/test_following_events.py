"""A host's own programs follow what happens, as they live it, behind each door."""

from __future__ import annotations

from random import Random
from typing import Final

import pytest

from ordersales import (
    AnyShare,
    EventKind,
    OrderNumber,
    Permission,
    RecordedEvent,
    sentence,
)
from ordersales.errors import PermissionMissing
from ordersales.testing import Play, an_actor
from tests.drivers import BOSS, Shop

MAIL: Final = "mail"
PROGRAM: Final = an_actor(Permission.FOLLOW_EVENTS, user=None)


def read(shop: Shop, limit: int = 100, follower: str = MAIL) -> tuple[RecordedEvent, ...]:
    """Let a follower read."""
    return shop.office.events.read(PROGRAM, follower, limit=limit)


def acknowledge(shop: Shop, position: int, follower: str = MAIL) -> None:
    """Let a follower acknowledge."""
    shop.office.events.acknowledge(PROGRAM, follower, position)


@pytest.mark.rule("E1")
def test_a_program_reads_what_happened_and_goes_on_where_it_was(shop: Shop) -> None:
    """Each batch begins behind what was acknowledged; at the end there is nothing to read."""
    order = shop.place()
    shop.charge(order)

    first = read(shop, 2)
    acknowledge(shop, first[-1].position)
    second = read(shop, 2)
    acknowledge(shop, second[-1].position)

    assert [
        EventKind.ORDER_PLACED,
        EventKind.PAYMENT_STARTED,
        EventKind.PAYMENT_SUCCEEDED,
    ] == [item.event.kind for item in (*first, *second)]
    assert () == read(shop)
    assert shop.office.orders.history(BOSS, order) == tuple(
        item.event for item in (*first, *second)
    )


@pytest.mark.rule("E1")
def test_a_program_that_crashed_is_told_again(shop: Shop) -> None:
    """What was read and not acknowledged comes again, unchanged, and so does the rest."""
    shop.place()
    before = read(shop)

    shop.place(under="cart-2")
    again = read(shop)

    assert before == again[:1]
    assert 2 == len(again)


@pytest.mark.rule("E1")
def test_programs_follow_apart(shop: Shop) -> None:
    """What one has acknowledged another still has to read; a new one begins at the first event."""
    shop.place()
    acknowledge(shop, 1)

    assert () == read(shop)
    assert [1] == [item.position for item in read(shop, follower="search")]


@pytest.mark.rule("E1")
def test_acknowledging_never_goes_back(shop: Shop) -> None:
    """A late worker that acknowledges an earlier batch repeats nothing for the others."""
    for number in range(3):
        shop.place(under=f"cart-{number}")
    acknowledge(shop, 3)
    acknowledge(shop, 1)

    assert () == read(shop)


@pytest.mark.rule("E1")
def test_a_program_needs_the_permission(shop: Shop) -> None:
    """Seeing orders is not enough to follow everything."""
    shop.place()

    with pytest.raises(PermissionMissing):
        shop.office.events.read(an_actor(Permission.SEE_ORDERS), MAIL)


@pytest.mark.rule("E1")
def test_every_event_reaches_an_idempotent_follower_exactly_once(shop: Shop) -> None:
    """However often it crashes between reading, doing and acknowledging, nothing is left out.

    It does each position once, and the events of each order in the order in which they happened.
    """
    chance, done = Random(7), list[RecordedEvent]()  # noqa: S311 - no secret
    orders = [shop.place(AnyShare(), under=f"cart-{number}") for number in range(5)]

    def follow() -> None:
        batch = read(shop, chance.randint(1, 4))
        for item in batch:
            if chance.random() < 0.2:
                return  # crashed: what is done is remembered, and not acknowledged
            if not done or item.position > done[-1].position:
                done.append(item)
        if batch and chance.random() < 0.7:
            acknowledge(shop, batch[-1].position)

    for turn in range(40):
        shop.gateway.then(chance.choice([Play.SUCCEED, Play.DECLINE]))
        shop.charge(chance.choice(orders), "1.00", under=f"pay-{turn}")
        follow()
    while read(shop):
        follow()

    everything = read(shop, 1000, "everything")
    assert list(everything) == done
    for order in orders:
        told = tuple(item.event for item in done if item.event.order == order)
        assert shop.office.orders.history(BOSS, order) == told


@pytest.mark.rule("E1")
def test_a_history_that_a_person_reads(shop: Shop) -> None:
    """The story of one order, in words."""
    shop.gateway.then(Play.DECLINE)
    order = shop.place(AnyShare())
    shop.charge(order, "40.00", under="pay-1")
    shop.charge(order, "40.00", under="pay-2")
    shop.office.orders.confirm(BOSS, order, reason="a regular")

    assert [
        "Order 1 was placed for 100.00 EUR.",
        "Payment 1 of 40.00 EUR was started.",
        ("Payment 1 of 40.00 EUR failed (insufficient_funds: The bank said: insufficient funds.)."),
        "Payment 2 of 40.00 EUR was started.",
        "Payment 2 of 40.00 EUR succeeded.",
        (
            "Order 1 was confirmed, and 60.00 EUR waived (a regular): "
            "the order was Open and is Completed."
        ),
    ] == [sentence(event) for event in shop.office.orders.history(BOSS, OrderNumber(order))]
