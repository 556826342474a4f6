"""A payment that was held up between its reservation and the gateway is not sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest

from ordersales import EventKind, InvoiceStatus
from ordersales.models.stage import Stage
from ordersales.rules.charge_policy import SEND_DEADLINE
from ordersales.testing import MovableClock
from ordersales.testing.clock import START
from tests.drivers import BOSS
from tests.services.watched import Watched

SECOND: Final = timedelta(seconds=1)
LATE: Final = SEND_DEADLINE + SECOND


def by_wall_alone(clock: MovableClock, by: timedelta) -> None:
    """Let the machine sleep: only the wall clock goes on."""
    clock.sleep_machine(by)


def by_monotonic_alone(clock: MovableClock, by: timedelta) -> None:
    """Let time pass while the wall clock is set back by as much."""
    noon = clock.now()
    clock.advance(by)
    clock.set_wall_clock(noon)


def by_both(clock: MovableClock, by: timedelta) -> None:
    """Let time pass."""
    clock.advance(by)


Move = Callable[[MovableClock, timedelta], None]
MOVES: Final = [by_wall_alone, by_monotonic_alone, by_both]


@pytest.mark.rule("C1")
@pytest.mark.parametrize("move", MOVES)
def test_held_up_before_sending(stage: Watched, move: Move) -> None:
    """Held up beyond the deadline it is not sent, and later goes out under the same key."""
    number = stage.shop.place()
    stage.store.after_commit = lambda: move(stage.clock, LATE)

    held = stage.shop.charge(number)

    assert held.invoice.attempt is not None
    assert (InvoiceStatus.PENDING, Stage.RESERVED, 0) == (
        held.invoice.status, held.invoice.attempt.stage, stage.gateway.calls,
    )  # fmt: skip
    assert held.invoice.attempt.next_check == stage.clock.now() + timedelta(minutes=2)
    told = stage.shop.office.orders.history(BOSS, number)[-1]
    assert (EventKind.PAYMENT_NOT_SENT, "held up for 0:00:31 before it was sent") == (
        told.kind, told.note,
    )  # fmt: skip

    sent = stage.shop.charge(number)

    assert (InvoiceStatus.PAID, held.invoice.number) == (sent.invoice.status, sent.invoice.number)
    assert [held.invoice.attempt.key] == [charged.request.key for charged in stage.gateway.charged]


@pytest.mark.rule("C1")
@pytest.mark.parametrize("move", MOVES)
def test_just_in_time(stage: Watched, move: Move) -> None:
    """At the deadline it is still sent."""
    number = stage.shop.place()
    stage.store.after_commit = lambda: move(stage.clock, SEND_DEADLINE)

    assert InvoiceStatus.PAID is stage.shop.charge(number).invoice.status


def test_a_wall_clock_that_is_set_back(stage: Watched) -> None:
    """A wall clock that is set back does not stop a payment."""
    number = stage.shop.place()
    stage.store.after_commit = lambda: stage.clock.set_wall_clock(START - timedelta(days=1))

    assert InvoiceStatus.PAID is stage.shop.charge(number).invoice.status


@pytest.mark.rule("C1", "C5")
def test_held_up_a_second_time(stage: Watched) -> None:
    """What is sent again has to keep the deadline as well."""
    number = stage.shop.place()
    for _ in range(2):
        stage.store.after_commit = lambda: stage.clock.advance(LATE)
        held = stage.shop.charge(number)

    assert held.invoice.attempt is not None
    assert (Stage.RESERVED, 0) == (held.invoice.attempt.stage, stage.gateway.calls)
