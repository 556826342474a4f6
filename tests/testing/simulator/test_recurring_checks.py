"""Each check of a recurring order finds what it is for, and nothing on one that is sound."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import attrs
import pytest

from ordersales import BackOffice
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import Attention, AttentionReason, Order, OrderStatus
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.models.stage import Stage
from ordersales.testing import Play
from ordersales.testing.clock import START
from ordersales.testing.simulator.ledger import Ledger
from ordersales.testing.simulator.recurring_checks import CHECKS, of_orders
from ordersales.testing.simulator.watching import Written
from ordersales.testing.simulator.world import World
from ordersales.values.identifiers import InvoiceNumber, OrderNumber
from tests.drivers import BOSS, Shop
from tests.subscribing import FEBRUARY, TERMS, due, orders_of, record, subscribe

Break = Callable[[RecurringOrder], RecurringOrder]


def lived(*plays: Play) -> tuple[Shop, RecurringOrder, RecurringOrder]:
    """Return a shop, and its recurring order before and after the timer charged its second date."""
    shop = Shop.behind(BackOffice)
    number = subscribe(shop)
    before = record(shop, number)
    due(shop, FEBRUARY, *plays)
    return shop, before, record(shop, number)


def found(before: RecurringOrder | None, after: RecurringOrder) -> set[tuple[int, str]]:
    """Return what the checks find, with the invariants' numbers."""
    said = ((number, check(before, after)) for number, check in CHECKS)
    return {(number, words) for number, words in said if words is not None}


@pytest.mark.parametrize("play", [Play.SUCCEED, Play.DECLINE, Play.PEND])
def test_nothing_is_found_on_what_is_sound(play: Play) -> None:
    """A payment that came, failed or waits breaks nothing."""
    shop, before, after = lived(play)

    assert set() == found(before, after) == found(None, before)
    theirs = orders_of(shop, after.number)
    assert [] == list(of_orders(after, None, theirs[-1], theirs))


def changed(**changes: Any) -> Break:
    """Return what changes a recurring order."""
    return lambda recurring: attrs.evolve(recurring, **changes)


def earlier(recurring: RecurringOrder) -> RecurringOrder:
    """Return it due a month before the date that it was due at, with the anchor it had."""
    return attrs.evolve(recurring, slot=0, due_at=recurring.anchor)


BREAKS: Final[dict[str, tuple[Break, int, str]]] = {
    "another date": (
        lambda recurring: attrs.evolve(recurring, due_at=recurring.due_at + timedelta(hours=1)),
        13,
        "it is due at",
    ),
    "an earlier date": (earlier, 13, "it was due at"),
    "fewer payments": (changed(payments_made=0), 13, "became fewer"),
    "fewer orders": (changed(occurrences=0), 13, "became fewer"),
    "no new version": (changed(version=1), 14, "version 1 follows"),
    "another beginning": (changed(status=RecurringStatus.PAUSED), 14, "it was Completed and is"),
    "no end": (changed(terms=attrs.evolve(TERMS, payments=2)), 14, "nothing remains to be paid"),
    "too many": (
        changed(terms=attrs.evolve(TERMS, payments=1), status=RecurringStatus.COMPLETED),
        14,
        "2 of 1 payments were made",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_does_not_hold_is_found(name: str) -> None:
    """Each break is found under its number, in words."""
    _, before, after = lived()
    if name == "another beginning":
        before = attrs.evolve(before, status=RecurringStatus.COMPLETED)
    broken, number, words = BREAKS[name]

    seen = found(before, broken(after))

    assert any(which == number and words in said for which, said in seen), seen


def test_a_date_may_go_back_with_its_anchor() -> None:
    """What starts afresh has other dates."""
    _, before, after = lived()
    anchor = after.anchor - timedelta(days=300)
    afresh = attrs.evolve(after, anchor=anchor, slot=0, due_at=anchor)

    assert set() == found(before, afresh)


# -- with its orders ------------------------------------------------------------------------------


def waiting(order: Order) -> Order:
    """Return the order with its first attempt open again."""
    first = order.invoices[0]
    return attrs.evolve(
        order, invoices=(attrs.evolve(first, status=InvoiceStatus.PENDING), *order.invoices[1:])
    )


def test_two_open_attempts() -> None:
    """Of all its orders one attempt at most has no final word (1)."""
    shop, _, after = lived(Play.PEND)
    first, second = orders_of(shop, after.number)

    seen = dict(of_orders(after, first, first, [waiting(first), second]))

    assert "has open attempts" in seen[1]


def test_a_permission_while_it_stands_still() -> None:
    """Nothing is permitted but while it is active (7); what was never sent was not permitted."""
    shop, _, after = lived(Play.DECLINE)
    theirs = orders_of(shop, after.number)
    paused = attrs.evolve(after, status=RecurringStatus.PAUSED)

    assert 7 in dict(of_orders(paused, None, theirs[-1], theirs))
    assert 7 not in dict(of_orders(paused, theirs[-1], theirs[-1], theirs))
    (invoice,) = theirs[-1].invoices
    assert invoice.attempt is not None
    unsent = attrs.evolve(invoice.attempt, stage=Stage.RESERVED, sends=0)
    reserved = attrs.evolve(theirs[-1], invoices=(attrs.evolve(invoice, attempt=unsent),))
    assert 7 not in dict(of_orders(paused, None, reserved, theirs))


def test_payments_that_are_not_counted() -> None:
    """Its count is that of its paid orders (14); one paid anew for a date counts once."""
    shop, _, after = lived()
    first, second = orders_of(shop, after.number)
    fewer = attrs.evolve(after, payments_made=1)
    twice = attrs.evolve(
        second,
        attention=(
            Attention(
                reason=AttentionReason.CHARGED_TWICE,
                at=START,
                invoice=InvoiceNumber(2),
                detail="its date was charged anew by another order",
            ),
        ),
    )

    assert (
        "1 payments are counted, and 2 orders"
        in dict(of_orders(fewer, second, second, [first, second]))[14]
    )
    assert {} == dict(of_orders(fewer, twice, twice, [first, twice]))
    refunded = attrs.evolve(second, status=OrderStatus.REFUND)
    assert {} == dict(of_orders(after, refunded, refunded, [first, refunded]))


# -- in the ledger --------------------------------------------------------------------------------


def kept(*plays: Play) -> tuple[Shop, World, Ledger, list[Any]]:
    """Return a ledger that has what a shop did until its second date, and what is due in it."""
    shop, _, after = lived(*plays)
    world, expected = World("17"), list[Any]()
    books = Ledger(world, expected.append)
    for order in orders_of(shop, after.number):
        commit(books, attrs.evolve(after, payments_made=1), attrs.evolve(order, version=1), of=shop)
    assert world.violation is None
    return shop, world, books, expected


def commit(books: Ledger, recurring: RecurringOrder, *orders: Order, of: Shop) -> None:
    """Let the ledger see a commit."""
    known = books.recurring.get((recurring.account, recurring.number))
    version = recurring.version if known is None else known.version + 1
    events = [event for order in orders for event in of.office.orders.history(BOSS, order.number)]
    newer = attrs.evolve(recurring, version=version)
    books.committed(Written(BOSS.account, [*orders], events, [], [newer]), [*orders])


def test_a_commit_that_breaks_a_check() -> None:
    """It is broken under the check's number, with the recurring order's."""
    shop, world, books, _ = kept(Play.PEND)
    (recurring,) = books.recurring.values()

    commit(books, attrs.evolve(recurring, due_at=recurring.due_at + timedelta(hours=1)), of=shop)

    assert world.violation is not None
    words = f"recurring order {recurring.number}: it is due at"
    assert 13 == world.violation.number
    assert world.violation.detail.startswith(words)


def test_one_occurrence_in_two_orders() -> None:
    """An index names one order (3)."""
    shop, world, books, _ = kept(Play.PEND)
    (recurring,) = books.recurring.values()
    second = orders_of(shop, recurring.number)[-1]

    twin = attrs.evolve(second, number=OrderNumber(99), version=1)
    books.committed(Written(BOSS.account, [twin], [], [], []), [twin])

    assert world.violation is not None
    assert (3, f"occurrence 2 of {recurring.number} is there twice") == (
        world.violation.number, world.violation.detail,
    )  # fmt: skip


@pytest.mark.parametrize("calm", [False, True])
@pytest.mark.parametrize("stage", [Stage.RESERVED, Stage.IN_DOUBT])
@pytest.mark.parametrize("status", [RecurringStatus.PAUSED, RecurringStatus.ACTIVE])
def test_a_worker_comes_unless_all_is_to_wait(
    calm: bool, stage: Stage, status: RecurringStatus
) -> None:
    """In the end nobody comes day after day for what an activation alone would move."""
    shop, world, books, expected = kept(Play.PEND)
    (recurring,) = books.recurring.values()
    order = orders_of(shop, recurring.number)[-1]
    (invoice,) = order.invoices
    assert invoice.attempt is not None
    attempt = attrs.evolve(invoice.attempt, stage=stage, next_check=FEBRUARY)
    order = attrs.evolve(order, invoices=(attrs.evolve(invoice, attempt=attempt),))
    world.chances.calm = calm
    expected.clear()

    commit(books, attrs.evolve(recurring, status=status, retry_at=None), order, of=shop)

    waits = calm and stage is Stage.RESERVED and status is RecurringStatus.PAUSED
    assert waits is (FEBRUARY not in expected)


def test_what_is_found_of_its_orders_is_told() -> None:
    """A payment that is not counted breaks 14, with the first commit of it that the ledger hears."""
    shop, _, after = lived(Play.SUCCEED)
    world = World("17")
    books = Ledger(world)
    order = attrs.evolve(orders_of(shop, after.number)[-1], version=1)
    events = list(shop.office.orders.history(BOSS, order.number))
    written = Written(order.account, [order], events, recurring=[after])

    books.committed(written, [order])

    assert world.violation is not None
    assert (14, "2 payments are counted, and 1 orders are paid") == (
        world.violation.number, world.violation.detail,
    )  # fmt: skip
