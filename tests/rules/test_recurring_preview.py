"""What one recurring order will bring."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.models.recurring_preview import ComingKind, ComingPayment
from ordersales.models.recurring_terms import ResumePolicy
from ordersales.rules import recurring_decisions, schedule
from ordersales.rules.recurring_preview import coming
from ordersales.values.cadence import Cadence, Unit
from ordersales.values.money import Money
from tests.agreed import DAY, a_recurring, its_order, recurring_offer, recurring_orders
from tests.listed import HOUR, NOON, moments

pytestmark = pytest.mark.rule("R13")


def day(month: int, of: int, hour: int = 12) -> datetime:
    """Return a moment of the year 2026."""
    return datetime(2026, month, of, hour, tzinfo=UTC)


def kinds(found: list[ComingPayment]) -> list[ComingKind]:
    """Return why each of them comes."""
    return [payment.kind for payment in found]


def first(recurring: RecurringOrder, current: Order | None = None, **asked: Any) -> Any:
    """Return when the first payments come, and which dates they are for."""
    at, count = asked.get("at", NOON), asked.get("count", 4)
    return [(item.at, item.due_at) for item in islice(coming(recurring, current, at), count)]


def test_the_dates_keep_their_anchor() -> None:
    """One begun on the 31st comes on the last day of shorter months, each at the price (R8)."""
    recurring = a_recurring(quantity=3)
    dates = [day(2, 28), day(3, 31), day(4, 30), day(5, 31)]

    found = [*islice(coming(recurring, None, NOON), 4)]

    assert dates == [item.at for item in found] == [item.due_at for item in found]
    assert {Money.of("300.00", "EUR")} == {item.amount for item in found}
    assert [ComingKind.DATE] * 4 == kinds(found)


@pytest.mark.rule("R14")
def test_as_many_as_remain() -> None:
    """Of twelve payments with nine made three are to come."""
    recurring = a_recurring(offer=recurring_offer(payments=12), payments_made=9, slot=9)

    assert 3 == len([*coming(recurring, None, NOON)])


@pytest.mark.rule("R6")
def test_a_retry_comes_first() -> None:
    """What failed comes first, when it is retried and at its own price; its date is not passed."""
    recurring = a_recurring(
        offer=recurring_offer(payments=4), payments_made=2, current=9001, retry_at=day(3, 3)
    )
    current = its_order(recurring, 9001, price=Money.of("80.00", "EUR"))

    found = [*coming(recurring, current, day(3, 1))]

    assert [ComingKind.RETRY, ComingKind.DATE] == kinds(found)
    assert [(day(3, 3), day(2, 28)), (day(3, 31), day(3, 31))] == [
        (item.at, item.due_at) for item in found
    ]
    assert [Money.of("80.00", "EUR"), Money.of("100.00", "EUR")] == [item.amount for item in found]


@pytest.mark.rule("R3")
def test_a_payment_under_way_comes_first() -> None:
    """What is under way may bring its money now, and is one of those that remain."""
    recurring = a_recurring(offer=recurring_offer(payments=2), current=9001)

    (found,) = coming(recurring, its_order(recurring, 9001), day(3, 1))

    assert (ComingKind.UNDER_WAY, day(3, 1), day(2, 28)) == (found.kind, found.at, found.due_at)


def test_what_is_overdue_comes_at_once() -> None:
    """A date or a retry that has passed is charged when the timer next runs: now."""
    late = a_recurring()
    waiting = attrs.evolve(late, current=9001, retry_at=day(3, 1))

    assert (day(4, 2), day(2, 28)) == first(late, at=day(4, 2))[0]
    assert (day(4, 2), day(2, 28)) == first(waiting, its_order(late, 9001), at=day(4, 2))[0]


@pytest.mark.parametrize(
    "status", [it for it in RecurringStatus if it is not RecurringStatus.ACTIVE]
)
def test_nothing_comes_of_others(status: RecurringStatus) -> None:
    """Only an active one brings anything."""
    assert [] == first(attrs.evolve(a_recurring(), status=status))


def test_where_the_calendar_ends() -> None:
    """What would come after the year 9999 is left out."""
    recurring = a_recurring(offer=recurring_offer(cadence=Cadence(4000, Unit.YEAR)))

    assert [6026] == [at.year for at, _ in first(recurring)]


@pytest.mark.rule("R5")
@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (ResumePolicy.CHARGE_ONE, [(day(5, 15), day(4, 30)), (day(5, 31), day(5, 31))]),
        (ResumePolicy.SKIP, [(day(5, 31), day(5, 31)), (day(6, 30), day(6, 30))]),
        (
            ResumePolicy.COLLECT_ALL,
            [
                (day(5, 15), day(2, 28)),
                (day(5, 15), day(3, 31)),
                (day(5, 15), day(4, 30)),
                (day(5, 31), day(5, 31)),
            ],
        ),
        (ResumePolicy.START_AFRESH, [(day(5, 15), day(5, 15)), (day(6, 15), day(6, 15))]),
    ],
)
def test_what_activating_brings(
    policy: ResumePolicy, expected: list[tuple[datetime, datetime]]
) -> None:
    """After a pause the first payments are those of the resume policy."""
    paused = a_recurring(status=RecurringStatus.PAUSED)
    change = recurring_decisions.activate(paused, day(5, 15), by=None, reason="", policy=policy)

    assert expected == first(change.recurring, at=day(5, 15), count=len(expected))


@given(recurring_orders(7), moments, st.integers(1, 20))
def test_what_comes_is_in_order(recurring: RecurringOrder, at: datetime, count: int) -> None:
    """What comes is in order, none before now, each date once, and no more than remain."""
    current = None if recurring.current is None else its_order(recurring, recurring.current)
    found = [*islice(coming(recurring, current, at), count)]
    dates = [item.due_at for item in found]
    moments = [item.at for item in found]
    floor = moments[0] if current is not None and found else at

    assert sorted(moments) == moments
    assert sorted(set(dates)) == dates
    assert all(max(item.due_at, floor) == item.at for item in found if item.kind is ComingKind.DATE)
    remaining = recurring.payments_remaining
    if recurring.status is RecurringStatus.ACTIVE and remaining is not None and current is None:
        assert min(count, remaining) == len(found)
    terms = recurring.terms
    for item in found:
        k = schedule.occurrence_after(recurring.anchor, terms.cadence, terms.zone, item.due_at)
        assert recurring.slot < k


def test_the_moment_of_a_retry_is_kept() -> None:
    """A retry to come is told at its own moment, an hour or a day from now."""
    recurring = a_recurring(current=9001, retry_at=NOON + 30 * DAY + HOUR)

    assert NOON + 30 * DAY + HOUR == first(recurring, its_order(recurring, 9001))[0][0]
