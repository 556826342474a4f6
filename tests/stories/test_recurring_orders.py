from datetime import UTC, datetime, timedelta

import attrs
import pytest

from ordersales import (
    EventKind,
    Money,
    OrderStatus,
    PaymentMethod,
    Permission,
    SystemName,
)
from ordersales.errors import (
    InvalidInput,
    KeyReused,
    MethodUnusable,
    NotFound,
    PaymentUnderWay,
    PermissionMissing,
    WrongStatus,
    WrongTerms,
)
from ordersales.models.charge import Declined
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import AttentionReason
from ordersales.models.recurring_order import RecurringStatus
from ordersales.models.recurring_terms import ResumePolicy
from ordersales.models.stage import Retry
from ordersales.testing import Play, a_manager, an_actor, an_offer
from tests.drivers import ADA, BANK, BOSS, BUYER, CARDS, Shop, a_card, key, reference_of
from tests.subscribing import (
    DAY,
    FEBRUARY,
    MARCH,
    START,
    TERMS,
    due,
    look,
    orders_of,
    record,
    retry,
    subscribe,
)

NEW_CARD = PaymentMethod(token="tok-9", stored=True)  # noqa: S106 - names a card, opens nothing


@pytest.mark.rule("R2", "R7", "R8", "R14")
def test_a_course_in_four_payments(shop: Shop) -> None:
    """It appears with the first, keeps its dates, and is completed by the last."""
    number = subscribe(shop, attrs.evolve(TERMS, payments=4))
    assert record(shop, number).next_action == FEBRUARY
    assert due(shop, FEBRUARY - DAY) == []
    paid = [FEBRUARY, MARCH, datetime(2026, 4, 30, 8, tzinfo=UTC)]
    for moment in paid:
        assert due(shop, moment) == ["paid"]
        assert due(shop, moment) == []
    assert look(shop, number).status is RecurringStatus.COMPLETED
    assert shop.gateway.taken("EUR") == Money.of(40, "EUR")
    assert [order.occurrence.index for order in orders_of(shop, number) if order.occurrence] == [
        1,
        2,
        3,
        4,
    ]
    history = shop.office.recurring.history(BOSS, number)
    assert [event.kind for event in history] == [
        EventKind.RECURRING_STARTED,
        EventKind.RECURRING_COMPLETED,
    ]


@pytest.mark.rule("R2", "L1")
def test_a_first_payment_that_fails_leaves_a_declined_order(shop: Shop) -> None:
    """It stands among the regular ones, and there is no recurring order."""
    shop.gateway.then(Play.DECLINE)
    number = subscribe(shop)
    assert shop.look(number).status is OrderStatus.DECLINED
    with pytest.raises(NotFound, match="recurring order"):
        look(shop, number)
    assert shop.office.orders.count(BOSS) == 1
    assert due(shop, MARCH) == []


@pytest.mark.rule("R2", "L1")
def test_with_the_first_payment_it_leaves_the_regular_ones(shop: Shop) -> None:
    """All orders lists regular ones only."""
    shop.clock.advance_to(START)
    offer = attrs.evolve(an_offer("10.00"), recurring=TERMS)
    order = shop.office.orders.place(BUYER, offer, ADA, key=key("cart-1"))
    assert shop.office.orders.count(BOSS) == 1
    shop.charge(order.number, method=a_card())
    assert shop.office.orders.count(BOSS) == 0


@pytest.mark.rule("R2")
def test_a_manual_payment_system_can_charge_nothing_again(shop: Shop) -> None:
    """So none may begin a recurring order."""
    offer = attrs.evolve(an_offer("10.00"), recurring=TERMS)
    order = shop.office.orders.place(BUYER, offer, ADA, key=key("cart-1"))
    with pytest.raises(WrongTerms, match="payment systems with a gateway"):
        shop.announce(order.number)


@pytest.mark.rule("R3", "R4")
def test_a_pause_in_the_middle_of_a_payment(shop: Shop) -> None:
    """The attempt under way may finish; the caller is told of it; nothing further is begun."""
    number = subscribe(shop)
    assert due(shop, FEBRUARY, Play.PEND) == ["accepted"]
    assert look(shop, number).status is RecurringStatus.PROCESSING
    paused = shop.office.recurring.pause(BOSS, number, reason="On holiday")
    assert paused.status is RecurringStatus.PROCESSING
    assert paused.recurring.status is RecurringStatus.PAUSED
    assert paused.under_way is not None
    reference = reference_of(paused.under_way)
    shop.gateway.finish(reference)
    shop.hear(reference)
    assert look(shop, number).status is RecurringStatus.PAUSED
    assert record(shop, number).payments_made == 2
    assert due(shop, datetime(2026, 6, 1, tzinfo=UTC)) == []


@pytest.mark.rule("R5")
def test_what_was_missed_is_charged_once_after_activation(shop: Shop) -> None:
    """And the dates go on as they were."""
    number = subscribe(shop)
    shop.office.recurring.pause(BOSS, number)
    assert due(shop, datetime(2026, 6, 15, tzinfo=UTC)) == []
    activated = shop.office.recurring.activate(BOSS, number)
    assert activated.status is RecurringStatus.ACTIVE
    assert due(shop, shop.clock.now()) == ["paid"]
    assert due(shop, shop.clock.now()) == []
    assert record(shop, number).due_at == datetime(2026, 6, 30, 8, tzinfo=UTC)
    assert record(shop, number).payments_made == 2


@pytest.mark.rule("R5")
def test_a_policy_may_be_chosen_at_activation(shop: Shop) -> None:
    """This once."""
    number = subscribe(shop)
    shop.office.recurring.pause(BOSS, number)
    shop.clock.advance_to(datetime(2026, 4, 1, tzinfo=UTC))
    shop.office.recurring.activate(BOSS, number, policy=ResumePolicy.COLLECT_ALL)
    assert due(shop, shop.clock.now()) == ["paid", "paid"]
    with pytest.raises(InvalidInput, match="policy"):
        shop.office.recurring.activate(BOSS, number, policy="all")  # type: ignore[arg-type]


@pytest.mark.rule("R6", "R10", "R11")
def test_three_attempts_a_new_card_and_afresh(shop: Shop) -> None:
    """The customer changes the card; the failed payment is attempted afresh."""
    number = subscribe(shop)
    assert due(shop, FEBRUARY, Play.DECLINE) == ["declined"]
    assert look(shop, number).status is RecurringStatus.ACTIVE
    assert due(shop, FEBRUARY + DAY, Play.DECLINE) == ["declined"]
    assert due(shop, FEBRUARY + 3 * DAY) == []
    assert due(shop, FEBRUARY + 4 * DAY, Play.DECLINE) == ["declined"]
    assert look(shop, number).status is RecurringStatus.FAILED
    failed = orders_of(shop, number)[-1]
    assert failed.status is OrderStatus.DECLINED
    assert len(failed.invoices) == 3

    shop.office.recurring.replace_method(BOSS, number, NEW_CARD)
    shop.office.recurring.activate(BOSS, number, reason="New card")
    assert due(shop, shop.clock.now()) == ["paid"]
    afresh = orders_of(shop, number)[-1]
    assert afresh.number != failed.number
    assert afresh.invoices[0].attempt is not None
    assert shop.gateway.charged[-1].request.method == NEW_CARD
    assert record(shop, number).due_at == MARCH
    assert record(shop, number).payments_made == 2


@pytest.mark.rule("R6")
def test_another_method_is_asked_for_and_not_given(shop: Shop) -> None:
    """The attempts are skipped and count; the gateway is left alone."""
    number = subscribe(shop)
    assert due(shop, FEBRUARY, Play.DECLINE_METHOD) == ["declined"]
    calls = shop.gateway.calls
    assert due(shop, FEBRUARY + DAY) == ["skipped"]
    assert due(shop, FEBRUARY + 4 * DAY) == ["skipped"]
    assert shop.gateway.calls == calls
    assert look(shop, number).status is RecurringStatus.FAILED


@pytest.mark.rule("R6")
def test_a_person_retries_now(shop: Shop) -> None:
    """It uses up none of the attempts; the same key is the same attempt."""
    number = subscribe(shop)
    due(shop, FEBRUARY, Play.DECLINE)
    shop.gateway.then(Play.DECLINE)
    first = retry(shop, number)
    assert first.invoice.status is InvoiceStatus.FAILED
    assert retry(shop, number).invoice == first.invoice
    second = retry(shop, number, "once more")
    assert second.invoice.status is InvoiceStatus.PAID
    assert second.invoice.extra
    assert record(shop, number).payments_made == 2
    with pytest.raises(WrongStatus, match="not due"):
        retry(shop, number, "and again")
    with pytest.raises(InvalidInput, match="key"):
        retry(shop, number, "ordersales:17.2")


@pytest.mark.rule("C5", "R6")
def test_a_key_of_another_payment_retries_nothing(shop: Shop) -> None:
    """It is an error, and nothing is charged."""
    number = subscribe(shop)
    other = subscribe(shop, under="cart-2")
    due(shop, FEBRUARY, Play.DECLINE, Play.DECLINE)
    retry(shop, other)
    for used in ("again", "first-cart-1"):
        with pytest.raises(KeyReused):
            retry(shop, number, used)


@pytest.mark.rule("R6")
def test_no_retry_where_one_would_be_in_vain_or_double(shop: Shop) -> None:
    """The error says why, and what to do."""
    number = subscribe(shop)
    due(shop, FEBRUARY, Play.DECLINE_METHOD)
    with pytest.raises(MethodUnusable, match="Replace its payment method"):
        retry(shop, number)
    shop.office.recurring.replace_method(BOSS, number, NEW_CARD)
    shop.gateway.then(Play.TIME_OUT_AFTER)
    assert retry(shop, number).invoice.status is InvoiceStatus.PENDING
    with pytest.raises(PaymentUnderWay):
        retry(shop, number, "another")


@pytest.mark.rule("R6", "C1")
def test_what_was_not_sent_is_sent_again_at_a_persons_word(shop: Shop) -> None:
    """Under the gateway's same key: nothing was executed under it."""
    number = subscribe(shop)
    assert due(shop, FEBRUARY, Play.NOT_SENT) == ["not sent"]
    assert look(shop, number).status is RecurringStatus.ACTIVE
    (unsent,) = orders_of(shop, number)[-1].invoices
    assert unsent.attempt is not None
    payment = retry(shop, number)
    assert payment.invoice.status is InvoiceStatus.PAID
    assert payment.invoice.attempt is not None
    assert payment.invoice.attempt.key == unsent.attempt.key
    assert len(payment.order.invoices) == 1


@pytest.mark.rule("C5", "R6")
def test_a_second_click_on_what_was_not_sent(shop: Shop) -> None:
    """It is answered with the same payment, which is the person's and uses up no attempt."""
    number = subscribe(shop)
    due(shop, FEBRUARY, Play.NOT_SENT)
    shop.gateway.then(Play.DECLINE)

    first, calls = retry(shop, number), shop.gateway.calls
    second = retry(shop, number)

    assert (InvoiceStatus.FAILED, True) == (first.invoice.status, first.invoice.extra)
    assert (first.invoice, calls) == (second.invoice, shop.gateway.calls)
    assert key("again") == first.invoice.key
    told = shop.office.orders.history(BOSS, first.order.number)
    assert [BOSS.user] == [it.by for it in told if it.kind is EventKind.PAYMENT_SENT_AGAIN]
    # All three of the timer's are still to come.
    for days in (1, 4, 7):
        due(shop, FEBRUARY + timedelta(days=days), Play.DECLINE)
    assert look(shop, number).status is RecurringStatus.FAILED
    assert 4 == len(orders_of(shop, number)[-1].invoices)


@pytest.mark.rule("C5", "R6")
def test_two_people_retry_what_was_not_sent(shop: Shop) -> None:
    """The key of the first goes on standing for their payment, which was dropped for another."""
    number = subscribe(shop)
    due(shop, FEBRUARY, Play.DECLINE)
    shop.gateway.then(Play.NOT_SENT)
    first = retry(shop, number)

    second = retry(shop, number, "another")

    assert InvoiceStatus.PAID is second.invoice.status
    again = retry(shop, number)
    assert first.invoice.number == again.invoice.number
    assert InvoiceStatus.CANCELED is again.invoice.status


@pytest.mark.rule("R6", "R11", "C1")
def test_what_was_blocked_is_dropped_for_another_method(shop: Shop) -> None:
    """What is asked under one key never changes: the new method has an attempt of its own."""
    number = subscribe(shop)
    assert due(shop, FEBRUARY, Play.MISCONFIGURED) == ["held for a person"]
    shop.office.recurring.replace_method(BOSS, number, NEW_CARD, system=CARDS)
    payment = retry(shop, number)
    assert [item.status for item in payment.order.invoices] == [
        InvoiceStatus.CANCELED,
        InvoiceStatus.PAID,
    ]
    assert record(shop, number).payments_made == 2


@pytest.mark.rule("R11")
def test_a_method_goes_through_a_gateway(shop: Shop) -> None:
    """Neither a manual payment system nor one that is not there."""
    number = subscribe(shop)
    with pytest.raises(WrongTerms, match="payment systems with a gateway"):
        shop.office.recurring.replace_method(BOSS, number, NEW_CARD, system=BANK)
    with pytest.raises(NotFound, match="payment system"):
        shop.office.recurring.replace_method(BOSS, number, NEW_CARD, system=SystemName("None"))
    with pytest.raises(InvalidInput, match="method"):
        shop.office.recurring.replace_method(BOSS, number, "tok-9")  # type: ignore[arg-type]


@pytest.mark.rule("R6")
def test_the_customer_pays_by_themselves(shop: Shop) -> None:
    """Through any payment system; it settles the date and uses up nothing."""
    number = subscribe(shop)
    due(shop, FEBRUARY, Play.DECLINE)
    order = orders_of(shop, number)[-1]
    payment = shop.announce(order.number)
    assert payment.invoice.extra
    assert look(shop, number).status is RecurringStatus.PROCESSING
    assert due(shop, FEBRUARY + DAY) == []
    shop.office.payments.confirm(BOSS, order.number, payment.invoice.number)
    assert record(shop, number).due_at == MARCH
    assert record(shop, number).payments_made == 2


@pytest.mark.rule("R4")
def test_completing_early(shop: Shop) -> None:
    """The open order is given up; nothing is charged any more; who did it is kept."""
    number = subscribe(shop)
    due(shop, FEBRUARY, Play.DECLINE)
    done = shop.office.recurring.complete(BOSS, number, reason="Moved away")
    assert done.status is RecurringStatus.COMPLETED
    assert orders_of(shop, number)[-1].status is OrderStatus.DECLINED
    assert due(shop, MARCH) == []
    event = shop.office.recurring.history(BOSS, number)[-1]
    assert (event.kind, event.by, event.note) == (
        EventKind.RECURRING_COMPLETED,
        BOSS.user,
        "Moved away",
    )


@pytest.mark.rule("R4")
def test_completing_in_the_middle_of_a_payment(shop: Shop) -> None:
    """The attempt may finish: its success is booked, and nothing is reopened."""
    number = subscribe(shop)
    due(shop, FEBRUARY, Play.PEND)
    done = shop.office.recurring.complete(BOSS, number)
    assert done.under_way is not None
    reference = reference_of(done.under_way)
    shop.gateway.finish(reference)
    shop.hear(reference)
    assert look(shop, number).status is RecurringStatus.COMPLETED
    assert record(shop, number).payments_made == 2


@pytest.mark.rule("R4")
def test_after_completing_a_decline_gives_the_order_up(shop: Shop) -> None:
    """No retry follows."""
    number = subscribe(shop)
    due(shop, FEBRUARY, Play.PEND)
    done = shop.office.recurring.complete(BOSS, number)
    assert done.under_way is not None
    shop.hear(reference_of(done.under_way), Declined(code="no", retry=Retry.ALLOWED))
    assert orders_of(shop, number)[-1].status is OrderStatus.DECLINED
    assert record(shop, number).current is None


@pytest.mark.rule("R12")
def test_moving_to_new_terms(shop: Shop) -> None:
    """Changing the offer changes only new ones; moving is an operation of its own."""
    number = subscribe(shop)
    dearer = attrs.evolve(an_offer("12.00"), recurring=TERMS)
    shop.office.orders.place(BUYER, dearer, ADA, key=key("cart-2"))
    assert str(record(shop, number).price) == "10.00 EUR"
    moved = shop.office.recurring.move(BOSS, number, dearer, reason="As agreed")
    assert str(moved.recurring.price) == "12.00 EUR"
    due(shop, FEBRUARY)
    assert str(orders_of(shop, number)[-1].price) == "12.00 EUR"
    with pytest.raises(InvalidInput, match="offer"):
        shop.office.recurring.move(BOSS, number, "C-1")  # type: ignore[arg-type]


@pytest.mark.rule("C4", "R6")
def test_a_webhook_tells_of_an_occurrence(shop: Shop) -> None:
    """It is found by its reference, though the answer was lost."""
    number = subscribe(shop)
    assert due(shop, FEBRUARY, Play.TIME_OUT_AFTER) == ["in doubt"]
    reference = shop.gateway.charged[-1].request.reference
    assert str(reference) == f"acme/{number}.2/1"
    shop.hear(reference)
    assert record(shop, number).payments_made == 2


@pytest.mark.rule("C4", "R10")
def test_a_success_after_it_failed_is_flagged(shop: Shop) -> None:
    """It is booked; the recurring order stays failed, and its date is not charged afresh."""
    number = subscribe(shop)
    assert due(shop, FEBRUARY, Play.DECLINE_FINALLY) == ["declined"]
    assert look(shop, number).status is RecurringStatus.FAILED
    reference = shop.gateway.charged[-1].request.reference
    shop.gateway.finish(reference)
    shop.hear(reference)
    order = orders_of(shop, number)[-1]
    assert AttentionReason.PAID_AFTER_GIVING_UP in [flag.reason for flag in order.attention]
    assert record(shop, number).due_at == MARCH
    assert look(shop, number).status is RecurringStatus.FAILED


@pytest.mark.rule("A1", "A2")
def test_who_may(shop: Shop) -> None:
    """The permission is checked before anything is read; seeing is another one."""
    number = subscribe(shop)
    office = shop.office.recurring
    clerk = an_actor(Permission.SEE_ORDERS)
    assert office.get(clerk, number).status is RecurringStatus.ACTIVE
    for attempt in (
        lambda: office.pause(clerk, number),
        lambda: office.activate(clerk, number),
        lambda: office.complete(clerk, number),
        lambda: office.retry_now(clerk, number, key=key("again")),
        lambda: office.replace_method(clerk, number, NEW_CARD),
        lambda: office.move(clerk, number, an_offer()),
    ):
        with pytest.raises(PermissionMissing, match="manage recurring order statuses"):
            attempt()
    with pytest.raises(PermissionMissing, match="see orders"):
        office.history(BUYER, number)


@pytest.mark.rule("A4", "B1")
def test_another_accounts_is_not_there(shop: Shop) -> None:
    """It looks exactly like one that does not exist."""
    number = subscribe(shop)
    other = a_manager(account="other")
    for act in (shop.office.recurring.get, shop.office.recurring.pause):
        with pytest.raises(NotFound) as caught:
            act(other, number)
        assert caught.value == NotFound("recurring order", number)
    with pytest.raises(InvalidInput, match="number"):
        shop.office.recurring.get(BOSS, 0)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="limit"):
        shop.office.recurring.run_due(0)
