"""Which rows can be imported, and what they become."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.models.charge import PaymentMethod
from ordersales.models.event import EventKind, RecurringMove
from ordersales.models.recurring_import import ImportRow
from ordersales.models.recurring_order import RecurringStatus
from ordersales.models.sale import Manager
from ordersales.rules import schedule
from ordersales.rules.recurring_import import differences, imported, problems
from ordersales.values.cadence import Cadence, Unit
from ordersales.values.identifiers import IdempotencyKey, OrderNumber, SystemName, UserId
from ordersales.values.money import Money
from tests.agreed import DAY, MONTHLY, recurring_offer, terms
from tests.listed import ACME, ADA, HOUR, NOON, OFFERS, ZOE

pytestmark = pytest.mark.rule("R15")

MARCH = datetime(2026, 3, 31, 12, tzinfo=UTC)
ENTERED = PaymentMethod(token="tok-1")  # noqa: S106 - names a card, opens nothing
A_YEAR = recurring_offer(payments=12)


def a_row(**changed: Any) -> ImportRow:
    """Return a row: twelve payments from the end of January on, of which two were made."""
    given_ = {
        "key": IdempotencyKey("sub-1"),
        "customer": ADA,
        "offer": A_YEAR,
        "anchor": NOON,
        "payments_made": 2,
        "system": SystemName("Cards"),
        "method": ENTERED,
    }
    return ImportRow(**{**given_, **changed})


def become(row: ImportRow) -> Any:
    """Return the change that a row makes."""
    number = OrderNumber(7)
    return imported(row, account=ACME, number=number, at=MARCH, by=UserId("boss"))


def test_what_a_row_becomes() -> None:
    """It is paused, goes on after what was paid, and counts what was paid."""
    change = become(a_row())
    recurring, (event,) = change.recurring, change.events

    assert (RecurringStatus.PAUSED, MARCH, None) == (
        recurring.status,
        recurring.started_at,
        recurring.next_action,
    )
    assert (2, 10, 2) == (
        recurring.payments_made,
        recurring.payments_remaining,
        recurring.occurrences,
    )
    assert (NOON, 2, MARCH) == (recurring.anchor, recurring.slot, recurring.due_at)
    assert (7, "sub-1", ADA) == (recurring.number, recurring.key, recurring.customer)
    assert (A_YEAR, A_YEAR.recurring) == (recurring.offer, recurring.terms)
    assert RecurringMove(number=7, before=None, after=RecurringStatus.PAUSED) == event.recurring
    assert (EventKind.RECURRING_IMPORTED, "boss", Money.of(100, "EUR")) == (
        event.kind,
        event.by,
        event.amount,
    )


@pytest.mark.rule("I7")
def test_a_method_from_elsewhere_is_a_stored_one() -> None:
    """Nobody enters a card for what is imported; one without a method waits for one."""
    assert attrs.evolve(ENTERED, stored=True) == become(a_row()).recurring.method
    assert None is become(a_row(method=None)).recurring.method


@pytest.mark.rule("R8")
@pytest.mark.parametrize(
    ("paid_until", "slot"),
    [
        (None, 2),
        (NOON - 9 * DAY, 0),
        (NOON, 0),
        (NOON + HOUR, 1),
        (datetime(2026, 2, 28, 12, tzinfo=UTC), 1),
        (datetime(2026, 2, 28, 12, 0, 1, tzinfo=UTC), 2),
        (datetime(2026, 3, 31, 14, tzinfo=timezone(timedelta(hours=2))), 2),
        (datetime(2026, 12, 1, tzinfo=UTC), 11),
    ],
)
def test_the_next_date_is_the_first_that_is_not_paid(
    paid_until: datetime | None, slot: int
) -> None:
    """It goes on with the first of its dates that is not before what was paid."""
    recurring = become(a_row(paid_until=paid_until)).recurring

    assert slot == recurring.slot
    assert schedule.date(NOON, MONTHLY, "UTC", slot) == recurring.due_at
    assert 2 == recurring.payments_made


@given(terms(), st.integers(0, 40), st.integers(0, 10**6))
def test_dates_before_are_paid_and_the_next_is_not(agreed: Any, made: int, minutes: int) -> None:
    """Whatever the terms, the next date is the first from what was paid on."""
    agreed = attrs.evolve(agreed, payments=None)
    until = NOON + timedelta(minutes=minutes)
    offer = attrs.evolve(OFFERS[0], recurring=agreed)
    row = a_row(offer=offer, payments_made=made, paid_until=until)
    if problems(row):  # its dates leave the calendar
        return

    recurring = become(row).recurring

    assert until <= recurring.due_at
    before = recurring.slot - 1
    if before >= 0:
        assert schedule.date(NOON, agreed.cadence, agreed.zone, before) < until


def test_nothing_wrong() -> None:
    """A row that is whole has no problems, with or without what may be left out."""
    assert () == problems(a_row())
    assert () == problems(a_row(method=None, paid_until=MARCH, payments_made=0))
    manager = Manager(user=UserId("mira"), name="Mira")
    assert () == problems(a_row(manager=manager, quantity=3, payments_made=11))


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"key": ""}, "key"),
        ({"key": "ordersales:7.2"}, "key"),
        ({"customer": "Ada"}, "customer"),
        ({"offer": "C-1"}, "offer"),
        ({"offer": OFFERS[0]}, "offer.recurring"),
        ({"quantity": 0}, "quantity"),
        ({"offer": attrs.evolve(A_YEAR, multiple_sales=False), "quantity": 2}, "quantity"),
        ({"anchor": datetime(2026, 1, 31)}, "anchor"),
        ({"anchor": "2026-01-31"}, "anchor"),
        ({"payments_made": -1}, "payments_made"),
        ({"payments_made": 12}, "payments_made"),
        ({"payments_made": "2"}, "payments_made"),
        ({"paid_until": "March"}, "paid_until"),
        ({"system": None}, "system"),
        ({"method": "tok-1"}, "method"),
        ({"manager": "mira"}, "manager"),
        ({"offer": recurring_offer(), "payments_made": 10**6}, "k"),
        (
            {"offer": recurring_offer(cadence=Cadence(9000, Unit.YEAR)), "paid_until": MARCH},
            "moment",
        ),
    ],
)
def test_what_is_wrong_with_a_row(changed: dict[str, Any], field: str) -> None:
    """Each thing that is wrong is named by its field."""
    assert [field] == [problem.field for problem in problems(a_row(**changed))]


@pytest.mark.rule("B1")
def test_everything_wrong_is_told_at_once() -> None:
    """A row tells all that is wrong with it; what is no row at all is told, too."""
    found = problems(a_row(key="", quantity=0, payments_made=99, system=""))

    assert ["key", "quantity", "payments_made", "system"] == [problem.field for problem in found]
    assert ["row"] == [problem.field for problem in problems({"key": "sub-1"})]


@pytest.mark.rule("C5")
def test_the_same_row_is_known_again() -> None:
    """The same row says nothing new, whatever became of the recurring order since."""
    known = become(a_row()).recurring
    moved_on = attrs.evolve(
        known,
        offer=attrs.evolve(A_YEAR, unit_price=Money.of(120, "EUR")),
        anchor=MARCH,
        payments_made=5,
        method=None,
        system=SystemName("Wallet"),
        status=RecurringStatus.COMPLETED,
    )

    assert () == differences(a_row(), known)
    assert () == differences(a_row(), moved_on)
    zoned = NOON.astimezone(timezone(timedelta(hours=9)))
    mended = attrs.evolve(ADA, name="Ada King")
    assert () == differences(a_row(anchor=zoned, customer=mended, method=None), known)


@pytest.mark.rule("C5")
@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"customer": ZOE}, "customer"),
        ({"offer": attrs.evolve(A_YEAR, number="C-9")}, "offer"),
        ({"quantity": 2}, "quantity"),
        ({"offer": attrs.evolve(A_YEAR, unit_price=Money.of(99, "EUR"))}, "price"),
        ({"offer": recurring_offer(payments=13)}, "terms"),
        ({"anchor": NOON + HOUR}, "anchor"),
        ({"payments_made": 3}, "payments_made"),
        ({"paid_until": MARCH}, "paid_until"),
        ({"system": SystemName("Wallet")}, "system"),
    ],
)
def test_another_row_under_the_same_key(changed: dict[str, Any], name: str) -> None:
    """What a second row says otherwise is named."""
    assert (name,) == differences(a_row(**changed), become(a_row()).recurring)
