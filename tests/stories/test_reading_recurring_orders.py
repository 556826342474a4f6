"""What people read of recurring orders: the card, the list, what is coming, and why not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest

from ordersales import (
    Csv,
    Currency,
    ExportProgress,
    InvalidInput,
    Money,
    Operation,
    OrderFilter,
    OrderStatus,
)
from ordersales.errors import NotFound, PermissionMissing, WrongStatus
from ordersales.models.actor import Permission
from ordersales.models.explanation import ReasonCode
from ordersales.models.filters import PaymentType, RecurringSort
from ordersales.models.recurring_order import RecurringStatus
from ordersales.models.recurring_preview import ComingKind, ForecastLine
from ordersales.models.recurring_terms import ResumePolicy
from ordersales.services import exporting, recurring_reading
from ordersales.testing import Play, an_actor, an_offer
from ordersales.values.identifiers import CustomerId
from tests.drivers import ADA, BOSS, BUYER, CARDS, Shop, a_card, key
from tests.subscribing import DAY, FEBRUARY, MARCH, START, TERMS, due, subscribe

APRIL = datetime(2026, 4, 30, 8, tzinfo=UTC)
CLERK = an_actor(Permission.SEE_ORDERS, user="clerk")
YEARLY = attrs.evolve(TERMS, payments=4)


def eur(amount: int) -> Money:
    """Return so many euros."""
    return Money.of(amount, "EUR")


@pytest.mark.rule("R9")
def test_the_card(shop: Shop) -> None:
    """The card shows what was paid and remains, and its orders with the initial one on top."""
    number = subscribe(shop, YEARLY)
    shop.place(under="beside")
    due(shop, FEBRUARY)
    due(shop, MARCH, Play.DECLINE)

    card = shop.office.recurring.card(BOSS, number)

    row = card.recurring
    assert (2, 2, MARCH + DAY) == (row.payments_made, row.payments_remaining, row.next_payment_at)
    assert (RecurringStatus.ACTIVE, MARCH, True, None) == (
        row.status,
        card.due_at,
        card.has_method,
        card.under_way,
    )
    assert (number, ADA, "Course", eur(10)) == (row.number, row.customer, row.offer_name, row.price)
    assert YEARLY == card.terms
    assert [(number, 1, START), (3, 2, FEBRUARY), (4, 3, MARCH)] == [
        (order.number, order.index, order.placed_at) for order in card.orders
    ]
    assert [OrderStatus.COMPLETED, OrderStatus.COMPLETED, OrderStatus.OPEN] == [
        order.status for order in card.orders
    ]
    assert [None, FEBRUARY, MARCH] == [order.due_at for order in card.orders]
    assert {(eur(10), CARDS)} == {(order.price, order.system) for order in card.orders}


@pytest.mark.rule("R3", "R9")
def test_the_card_while_a_payment_is_under_way(shop: Shop) -> None:
    """While the bank thinks it over, it is Processing, and nothing else is to come."""
    number = subscribe(shop, YEARLY)
    due(shop, FEBRUARY, Play.PEND)

    card = shop.office.recurring.card(BOSS, number)

    assert RecurringStatus.PROCESSING is card.recurring.status
    assert (None, FEBRUARY) == (card.recurring.next_payment_at, card.due_at)
    assert 2 == card.under_way
    (row,) = shop.office.recurring.page(BOSS).rows
    assert row == card.recurring
    active = OrderFilter(recurring_statuses={RecurringStatus.ACTIVE})
    assert (row,) == shop.office.recurring.page(BOSS, active).rows


@pytest.mark.rule("A3", "A2")
def test_what_the_card_offers(shop: Shop) -> None:
    """It offers what its reader may do now; who may only see is offered nothing."""
    number = subscribe(shop)

    offered = shop.office.recurring.card(BOSS, number)
    seen = shop.office.recurring.card(CLERK, number)

    assert (
        Operation.PAUSE,
        Operation.COMPLETE,
        Operation.REPLACE_METHOD,
        Operation.MOVE_TERMS,
    ) == offered.recurring.actions
    assert Operation.REFUND in offered.orders[0].actions
    assert () == seen.recurring.actions == seen.orders[0].actions


@pytest.mark.rule("S6", "R9")
def test_the_card_of_a_customer(shop: Shop) -> None:
    """It lists their recurring orders as the list does, whatever the rest is filtered by."""
    first, second = subscribe(shop), subscribe(shop, under="cart-2")
    others = attrs.evolve(ADA, id=CustomerId("bob"), name="Bob")
    offer = attrs.evolve(an_offer("10.00"), recurring=TERMS)
    theirs = shop.office.orders.place(BUYER, offer, others, key=key("cart-3"))
    shop.office.payments.charge(BUYER, theirs.number, CARDS, key=key("pay-3"), method=a_card())
    due(shop, FEBRUARY, Play.PEND)
    partial = OrderFilter(payment_type=PaymentType.PARTIAL)

    card = shop.office.sales.customer_card(BOSS, ADA.id)
    narrow = shop.office.sales.customer_card(BOSS, ADA.id, partial, limit=1)

    assert [second, first] == [row.number for row in card.recurring]
    listed = shop.office.recurring.page(BOSS, OrderFilter(customer=ADA.id)).rows
    assert (listed, 2) == (card.recurring, card.recurring_count)
    assert {RecurringStatus.PROCESSING, RecurringStatus.ACTIVE} == {
        row.status for row in card.recurring
    }
    assert (listed[:1], 2, ()) == (narrow.recurring, narrow.recurring_count, narrow.orders)
    assert ADA.name == narrow.name
    assert () == shop.office.sales.customer_card(CLERK, ADA.id).recurring[0].actions


@pytest.mark.rule("A4", "B1")
def test_a_card_that_is_not_there(shop: Shop) -> None:
    """A number without a recurring order has no card, and what is no number is refused."""
    regular = shop.place()

    with pytest.raises(NotFound, match="recurring order 1"):
        shop.office.recurring.card(BOSS, regular)
    with pytest.raises(InvalidInput, match="number"):
        shop.office.recurring.card(BOSS, "1")  # type: ignore[arg-type]


@pytest.mark.rule("L1", "L4")
def test_the_third_list(shop: Shop) -> None:
    """Recurring orders are listed by themselves, newest first, page after page, and counted."""
    numbers = [subscribe(shop, under=f"cart-{at}") for at in range(5)]
    shop.place(under="a regular one")
    shop.office.recurring.pause(BOSS, numbers[1])
    found, after = list[int](), None
    while True:
        page = shop.office.recurring.page(BOSS, after=after, limit=2)
        found += [row.number for row in page.rows]
        after = page.after
        if after is None:
            break

    assert numbers[::-1] == found
    assert 5 == shop.office.recurring.count(BOSS)
    paused = OrderFilter(recurring_statuses={RecurringStatus.PAUSED}, customer=ADA.id)
    assert 1 == shop.office.recurring.count(BOSS, paused)
    assert [numbers[1]] == [row.number for row in shop.office.recurring.page(BOSS, paused).rows]
    by_next = RecurringSort("next payment", descending=False)
    assert numbers[1] == shop.office.recurring.page(BOSS, sort=by_next).rows[-1].number


@pytest.mark.rule("T5", "R9", "R3")
def test_the_third_list_as_csv(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is written as it is shown, a batch at a time: what is under way is Processing there too."""
    monkeypatch.setattr(exporting, "BATCH", 2)
    numbers = [subscribe(shop, YEARLY, under=f"cart-{at}") for at in range(5)]
    shop.office.recurring.pause(BOSS, numbers[1])
    due(shop, FEBRUARY, Play.PEND, Play.DECLINE)
    parts, told = list[bytes](), list[ExportProgress]()
    shown = ["number", "status", "price", "payments remaining", "next payment", "sales manager"]

    count = shop.office.reports.export_recurring(
        BOSS,
        Csv(parts.append),
        sort=RecurringSort("number", descending=False),
        columns=shown,
        zone="Europe/Berlin",
        on_progress=told.append,
    )

    head, *rows = [line.split(",") for line in b"".join(parts).decode().splitlines()]
    assert (5, [1, 2, 2, 1]) == (count, [part.count(b"\r\n") for part in parts])
    assert [2, 4, 5] == [progress.rows for progress in told]
    assert ["Number", "Status", "Price"] == head[:3]
    listed = shop.office.recurring.page(BOSS, sort=RecurringSort("number", descending=False)).rows
    assert [[str(row.number), row.status.value] for row in listed] == [row[:2] for row in rows]
    assert {"Processing", "Paused", "Active"} == {row[1] for row in rows}
    assert ["10.00", "3", "", ""] == next(row for row in rows if row[1] == "Processing")[2:]


@pytest.mark.rule("L3", "B1")
def test_what_no_file_of_the_third_list_is_asked(shop: Shop) -> None:
    """What the list is not asked is refused before anything is written."""
    parts = list[bytes]()
    wrong = OrderFilter(needs_attention=True)

    with pytest.raises(InvalidInput, match="needs_attention"):
        shop.office.reports.export_recurring(BOSS, Csv(parts.append), wrong)
    with pytest.raises(InvalidInput, match="sort"):
        shop.office.reports.export_recurring(BOSS, Csv(parts.append), sort="number")  # type: ignore[arg-type] - text in place of a sort is refused

    assert [] == parts


@pytest.mark.rule("L3", "B1")
@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (OrderFilter(statuses={OrderStatus.OPEN}), "statuses"),
        (OrderFilter(needs_attention=True), "needs_attention"),
        (OrderFilter(paid_from=START), "paid_from"),
        ("all", "wanted"),
    ],
)
def test_what_the_third_list_is_not_asked(shop: Shop, wanted: Any, field: str) -> None:
    """What only orders and invoices know is refused there, and so is what is no filter."""
    for ask in (shop.office.recurring.page, shop.office.recurring.count):
        with pytest.raises(InvalidInput) as refused:
            ask(BOSS, wanted)

        assert [field] == [problem.field for problem in refused.value.problems]


@pytest.mark.rule("L3", "B1")
def test_what_the_other_lists_are_not_asked(shop: Shop) -> None:
    """The status of a recurring order is asked of none of the other lists, and of no card."""
    wanted = OrderFilter(recurring_statuses={RecurringStatus.ACTIVE})
    office = shop.office
    asks = (
        office.orders.page,
        office.orders.count,
        office.payments.page,
        office.payments.count,
        lambda actor, wanted: office.sales.customer_card(actor, ADA.id, wanted),
    )

    for ask in asks:
        with pytest.raises(InvalidInput, match="recurring_statuses"):
            ask(BOSS, wanted)


@pytest.mark.rule("L4", "B1")
def test_pages_that_can_not_be_read(shop: Shop) -> None:
    """A sort of another list, a limit out of range and a cursor of another list are refused."""
    subscribe(shop, under="cart-1")
    subscribe(shop, under="cart-2")
    cursor = shop.office.orders.page(BOSS, OrderFilter(recurring=True), limit=1).after

    for asked in ({"sort": "number"}, {"limit": 0}, {"limit": 1001}, {"after": cursor}):
        with pytest.raises(InvalidInput):
            shop.office.recurring.page(BOSS, **asked)  # type: ignore[arg-type]


@pytest.mark.rule("R13")
def test_a_preview(shop: Shop) -> None:
    """What comes is told with its dates and amounts, as many as remain, the retry first."""
    number = subscribe(shop, YEARLY)
    assert [FEBRUARY, MARCH] == [
        item.at for item in shop.office.recurring.preview(CLERK, number, count=2)
    ]
    due(shop, FEBRUARY, Play.DECLINE)

    coming = shop.office.recurring.preview(CLERK, number)

    assert [ComingKind.RETRY, ComingKind.DATE, ComingKind.DATE] == [item.kind for item in coming]
    assert [(FEBRUARY + DAY, FEBRUARY), (MARCH, MARCH), (APRIL, APRIL)] == [
        (item.at, item.due_at) for item in coming
    ]
    assert {eur(10)} == {item.amount for item in coming}
    shop.office.recurring.pause(BOSS, number)
    assert () == shop.office.recurring.preview(CLERK, number)


@pytest.mark.rule("R5", "R13")
def test_a_preview_of_activating(shop: Shop) -> None:
    """Before activating it is told what comes, by the terms or another policy; then it comes."""
    number = subscribe(shop)
    shop.office.recurring.pause(BOSS, number)
    shop.clock.advance_to(MARCH + DAY)
    before = shop.office.recurring.get(BOSS, number)

    by_terms = shop.office.recurring.preview_activation(CLERK, number, count=2)
    skipping = shop.office.recurring.preview_activation(
        CLERK, number, policy=ResumePolicy.SKIP, count=2
    )

    assert before == shop.office.recurring.get(BOSS, number)
    assert [(MARCH + DAY, MARCH), (APRIL, APRIL)] == [(item.at, item.due_at) for item in by_terms]
    assert [APRIL, datetime(2026, 5, 31, 8, tzinfo=UTC)] == [item.at for item in skipping]
    shop.office.recurring.activate(BOSS, number, policy=ResumePolicy.SKIP)
    assert skipping == shop.office.recurring.preview(CLERK, number, count=2)


@pytest.mark.rule("R13", "B1")
def test_previews_that_are_not_to_be_had(shop: Shop) -> None:
    """Activating an active one, nothing, too much, and an unknown policy are refused."""
    number = subscribe(shop)
    office = shop.office.recurring

    with pytest.raises(WrongStatus, match="activate"):
        office.preview_activation(BOSS, number)
    for count in (0, 1001):
        with pytest.raises(InvalidInput, match="count"):
            office.preview(BOSS, number, count=count)
    with pytest.raises(InvalidInput, match="policy"):
        office.preview_activation(BOSS, number, policy="skip")  # type: ignore[arg-type]


@pytest.mark.rule("R13")
def test_a_forecast(shop: Shop) -> None:
    """What all active ones bring is told by month, and what stands still is not in it."""
    three = [subscribe(shop, YEARLY, under=f"cart-{at}") for at in range(3)]
    shop.office.recurring.complete(BOSS, three[0])
    due(shop, FEBRUARY, Play.DECLINE, Play.SUCCEED)

    told = shop.office.recurring.forecast(BOSS, APRIL, zone="Europe/Berlin")

    euro = Currency.of("EUR")
    assert (
        ForecastLine(month=date(2026, 3, 1), currency=euro, payments=3, amount=eur(30)),
    ) == told.lines
    assert eur(30) == told.total(euro)
    assert (FEBRUARY, APRIL, "Europe/Berlin") == (told.since, told.until, told.zone)
    later = shop.office.recurring.forecast(BOSS, APRIL + timedelta(seconds=1))
    assert [3, 2] == [line.payments for line in later.lines]


@pytest.mark.rule("R13", "A2", "B1")
def test_forecasts_that_are_not_to_be_had(shop: Shop) -> None:
    """It is for those who see reports; the past, the far future and a strange zone are refused."""
    now = shop.clock.now()
    with pytest.raises(PermissionMissing, match="see and export reports"):
        shop.office.recurring.forecast(CLERK, APRIL)
    for until in (now, now + timedelta(days=3661), datetime(2030, 1, 1), "2030"):
        with pytest.raises(InvalidInput, match="until"):
            shop.office.recurring.forecast(BOSS, until)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="zone"):
        shop.office.recurring.forecast(BOSS, now + DAY, zone="Mars/Olympus")
    with pytest.raises(InvalidInput, match="zone"):
        shop.office.recurring.forecast(BOSS, now + DAY, zone=None)  # type: ignore[arg-type]


@pytest.mark.rule("A5")
def test_why_it_was_not_charged(shop: Shop) -> None:
    """From its start to its failure, it says what it waits for."""
    number = subscribe(shop)

    def codes() -> list[ReasonCode]:
        return [*shop.office.recurring.explain(CLERK, number).codes]

    assert [ReasonCode.NOT_DUE] == codes()
    shop.clock.advance_to(FEBRUARY)
    assert [ReasonCode.DUE] == codes()
    due(shop, FEBRUARY, Play.NOT_SENT)
    assert [ReasonCode.RESERVED] == codes()
    shop.office.recurring.retry_now(BOSS, number, key="again")  # type: ignore[arg-type]
    due(shop, MARCH, Play.DECLINE_METHOD)
    assert [ReasonCode.WAITS_FOR_RETRY, ReasonCode.METHOD_UNUSABLE] == codes()
    due(shop, MARCH + DAY)
    due(shop, MARCH + 4 * DAY)
    told = shop.office.recurring.explain(CLERK, number)
    assert (ReasonCode.FAILED,) == told.codes
    assert "Failed" == told.status
    error = told.reasons[0].error
    assert error is not None
    assert "method_not_replaced" == error.code


@pytest.mark.rule("A5", "A3")
def test_why_something_is_not_offered(shop: Shop) -> None:
    """Each reason is told that starting it would be refused for; of what is offered there is none."""
    number = subscribe(shop)
    explain = shop.office.recurring.explain_action

    assert () == explain(BOSS, number, Operation.PAUSE).reasons
    assert (ReasonCode.PERMISSION_MISSING,) == explain(CLERK, number, Operation.PAUSE).codes
    assert (ReasonCode.WRONG_STATUS,) == explain(BOSS, number, Operation.ACTIVATE).codes
    for wrong in (Operation.REFUND, "pause"):
        with pytest.raises(InvalidInput, match="operation"):
            explain(BOSS, number, wrong)  # type: ignore[arg-type]


@pytest.mark.rule("R13")
def test_a_forecast_of_many(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, read a few at a time, each is in it once."""
    monkeypatch.setattr(recurring_reading, "BATCH", 2)
    for at in range(5):
        subscribe(shop, YEARLY, under=f"cart-{at}")

    told = shop.office.recurring.forecast(BOSS, FEBRUARY + DAY)

    assert [(5, eur(50))] == [(line.payments, line.amount) for line in told.lines]
