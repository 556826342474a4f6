"""Recurring orders come from elsewhere, in batches, as often as needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from ordersales import (
    AccountId,
    EventKind,
    IdempotencyKey,
    InvalidInput,
    Money,
    OrderFilter,
    PaymentMethod,
    SystemName,
)
from ordersales.errors import PermissionMissing
from ordersales.models.actor import Permission
from ordersales.models.recurring_import import Imported, ImportProgress, ImportRow
from ordersales.models.recurring_order import RecurringStatus
from ordersales.testing import a_manager, an_actor, an_offer
from tests.drivers import ADA, BANK, BOSS, CARDS, Shop
from tests.subscribing import DAY, FEBRUARY, MARCH, START, TERMS, due, look, orders_of, record

pytestmark = pytest.mark.rule("R15")

COURSE = attrs.evolve(an_offer("10.00"), recurring=attrs.evolve(TERMS, payments=4))
CARD = PaymentMethod(token="tok-old")  # noqa: S106 - names a card, opens nothing


def a_row(key: str = "sub-1", **changed: Any) -> ImportRow:
    """Return a row that was paid once elsewhere."""
    given = {
        "key": IdempotencyKey(key),
        "customer": ADA,
        "offer": COURSE,
        "anchor": START,
        "payments_made": 1,
        "system": CARDS,
        "method": CARD,
    }
    return ImportRow(**{**given, **changed})


def test_from_elsewhere_to_the_last_payment(shop: Shop) -> None:
    """It stands still until it is released, then goes on with its dates and numbers."""
    shop.clock.advance_to(START)
    shop.place()
    (result,) = shop.office.recurring.import_rows(BOSS, [a_row()])

    assert (0, "sub-1", Imported.IMPORTED, 2, FEBRUARY) == (
        result.row,
        result.key,
        result.did,
        result.number,
        result.due_at,
    )
    assert [] == due(shop, FEBRUARY)
    assert RecurringStatus.PAUSED is look(shop, result.number).status
    shop.office.recurring.activate(BOSS, result.number)
    assert ["paid"] == due(shop, FEBRUARY)
    assert ["paid"] == due(shop, MARCH)
    assert ["paid"] == due(shop, MARCH + 30 * DAY)
    assert RecurringStatus.COMPLETED is look(shop, result.number).status
    assert [2, 3, 4] == [
        order.occurrence.index for order in orders_of(shop, result.number) if order.occurrence
    ]
    assert Money.of(30, "EUR") == shop.gateway.taken("EUR")
    card = shop.office.recurring.card(BOSS, result.number)
    assert (4, 0) == (card.recurring.payments_made, card.recurring.payments_remaining)
    history = shop.office.recurring.history(BOSS, result.number)
    assert EventKind.RECURRING_IMPORTED is history[0].kind


def test_a_row_in_error_is_reported_and_not_kept(shop: Shop) -> None:
    """The others are imported; of the row in error there is nothing, and all that is wrong is told."""
    rows = [
        a_row("sub-1"),
        a_row("sub-2", quantity=0, payments_made=9),
        a_row("sub-3", system=BANK),
        a_row("sub-4", system=SystemName("Nobody")),
        "sub-5",
        a_row("sub-6"),
    ]

    told = shop.office.recurring.import_rows(BOSS, rows)  # type: ignore[arg-type]

    assert [0, 1, 2, 3, 4, 5] == [result.row for result in told]
    wrong = Imported.IN_ERROR
    assert [Imported.IMPORTED, wrong, wrong, wrong, wrong, Imported.IMPORTED] == [
        result.did for result in told
    ]
    assert [[], ["quantity", "payments_made"], ["system"], ["system"], ["row"], []] == [
        [problem.field for problem in result.problems] for result in told
    ]
    assert ["sub-1", "sub-2", "sub-3", "sub-4", "", "sub-6"] == [result.key for result in told]
    assert 2 == shop.office.recurring.count(BOSS)
    assert [(1, FEBRUARY), (None, None)] == [(item.number, item.due_at) for item in told[:2]]


@pytest.mark.rule("C5")
def test_it_is_run_again(shop: Shop) -> None:
    """A second run finds what is there, whatever became of it, and imports what is new."""
    first = shop.office.recurring.import_rows(BOSS, [a_row("sub-1"), a_row("sub-2")])
    assert first[0].number is not None
    shop.office.recurring.activate(BOSS, first[0].number)
    due(shop, FEBRUARY)
    rows = [a_row("sub-1"), a_row("sub-2", payments_made=2), a_row("sub-3"), a_row("sub-3")]

    again = shop.office.recurring.import_rows(BOSS, rows)

    assert [
        Imported.ALREADY_THERE,
        Imported.IN_ERROR,
        Imported.IMPORTED,
        Imported.ALREADY_THERE,
    ] == [result.did for result in again]
    assert (first[0].number, MARCH) == (again[0].number, again[0].due_at)
    (problem,) = again[1].problems
    assert ("key", True) == (problem.field, "payments_made" in problem.allowed)
    assert again[2].number == again[3].number
    assert 3 == shop.office.recurring.count(BOSS)
    assert 1 == record(shop, first[0].number + 1).payments_made  # type: ignore[arg-type]


def test_batches_are_told(shop: Shop) -> None:
    """Rows may come one by one; after each hundred, what is committed is told."""
    told = list[tuple[ImportProgress, int]]()

    def rows() -> Iterator[ImportRow]:
        for at in range(250):
            yield a_row(f"sub-{at}", quantity=0 if at == 120 else 1)
        yield a_row("sub-0")

    def listen(progress: ImportProgress) -> None:
        with shop.store.transaction(BOSS.account) as tx:
            told.append((progress, tx.recurring_orders.count(OrderFilter())))

    results = shop.office.recurring.import_rows(BOSS, rows(), on_progress=listen)

    assert 251 == len(results)
    assert [
        (ImportProgress(rows=100, imported=100), 100),
        (ImportProgress(rows=200, imported=199, in_error=1), 199),
        (ImportProgress(rows=251, imported=249, already_there=1, in_error=1), 249),
    ] == told


def test_an_import_that_breaks_off_goes_on(shop: Shop) -> None:
    """What was told is kept when the rows end in an error; the next run finds it."""

    def rows() -> Iterator[ImportRow]:
        yield from (a_row(f"sub-{at}") for at in range(150))
        raise OSError("the file broke off")

    with pytest.raises(OSError, match="broke off"):
        shop.office.recurring.import_rows(BOSS, rows())
    assert 100 == shop.office.recurring.count(BOSS)

    results = shop.office.recurring.import_rows(BOSS, [a_row(f"sub-{at}") for at in range(150)])

    found = [result.did for result in results]
    assert [100, 50] == [found.count(item) for item in (Imported.ALREADY_THERE, Imported.IMPORTED)]


@pytest.mark.rule("A2", "A4")
def test_who_may_import(shop: Shop) -> None:
    """It asks for its permission, and what one account imports is not another's."""
    clerk = an_actor(Permission.SEE_ORDERS)
    with pytest.raises(PermissionMissing, match="manage recurring order statuses"):
        shop.office.recurring.import_rows(clerk, [a_row()])
    rival = a_manager("rival")

    (mine,) = shop.office.recurring.import_rows(BOSS, [a_row()])
    (theirs,) = shop.office.recurring.import_rows(rival, [a_row()])

    assert (Imported.IMPORTED, Imported.IMPORTED) == (mine.did, theirs.did)
    assert AccountId("acme") == record(shop, mine.number).account  # type: ignore[arg-type]


@pytest.mark.rule("B1")
def test_what_is_no_import(shop: Shop) -> None:
    """Rows that can't be gone through, and a callback that can't be called, are refused."""
    with pytest.raises(InvalidInput) as refused:
        shop.office.recurring.import_rows(BOSS, 5, on_progress="tell me")  # type: ignore[arg-type]

    assert ["rows", "on_progress"] == [problem.field for problem in refused.value.problems]
    assert () == shop.office.recurring.import_rows(BOSS, [])


def test_one_without_a_method(shop: Shop) -> None:
    """Without a method it is imported, and uses up its attempts until one is given."""
    shop.clock.advance_to(START)
    (result,) = shop.office.recurring.import_rows(BOSS, [a_row(method=None)])
    assert result.number is not None
    shop.office.recurring.activate(BOSS, result.number)

    assert ["skipped"] == due(shop, FEBRUARY)
    shop.office.recurring.replace_method(BOSS, result.number, CARD)
    assert ["paid"] == due(shop, FEBRUARY + DAY)
