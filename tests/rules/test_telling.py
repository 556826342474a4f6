"""Events in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import attrs
import pytest

from ordersales.models.event import Event, EventKind, RecurringMove
from ordersales.models.order import OrderStatus
from ordersales.models.recurring_order import RecurringStatus
from ordersales.models.sale import Basis, Manager, Sale, SaleChange
from ordersales.rules.telling import SENTENCES, sentence
from ordersales.values.identifiers import (
    AccountId,
    CustomerId,
    InvoiceNumber,
    OfferNumber,
    OrderNumber,
    UserId,
)
from ordersales.values.money import Money

NOON: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
MIRA: Final = Manager(user=UserId("mira"), name="Mira")
CONFIRMED: Final = Sale(
    manager=MIRA, basis=Basis.PLAN, confirmed_at=NOON, confirmed_by=UserId("boss")
)
TO_MIRA: Final = SaleChange(before=Sale(), after=CONFIRMED)
TO_SYSTEM: Final = SaleChange(before=CONFIRMED, after=Sale())

#: What each kind says of payment 23 of order 17, over 12.34 EUR, and of recurring order 5.
SAID: Final = {
    EventKind.ORDER_PLACED: "Order 17 was placed for 12.34 EUR.",
    EventKind.PAYMENT_STARTED: "Payment 23 of 12.34 EUR was started.",
    EventKind.PAYMENT_ACCEPTED: "Payment 23 of 12.34 EUR was accepted and will be answered later.",
    EventKind.PAYMENT_NOT_SENT: "Payment 23 of 12.34 EUR did not reach the payment system.",
    EventKind.PAYMENT_SENT_AGAIN: "Payment 23 of 12.34 EUR was sent again.",
    EventKind.PAYMENT_CHECKED: "Payment 23 of 12.34 EUR was looked after.",
    EventKind.PAYMENT_SUCCEEDED: "Payment 23 of 12.34 EUR succeeded.",
    EventKind.PAYMENT_FAILED: "Payment 23 of 12.34 EUR failed.",
    EventKind.PAYMENT_CANCELED: "Payment 23 of 12.34 EUR was canceled.",
    EventKind.FEE_TOLD: "The commission of payment 23 is 12.34 EUR.",
    EventKind.ATTENTION_RAISED: "Order 17 needs attention because of payment 23.",
    EventKind.ATTENTION_CLEARED: "What needed attention was dealt with.",
    EventKind.REFUND_STARTED: "A refund of 12.34 EUR for payment 23 was started.",
    EventKind.REFUND_ACCEPTED: (
        "A refund of 12.34 EUR for payment 23 was accepted and will be answered later."
    ),
    EventKind.REFUND_SENT: "A refund of 12.34 EUR for payment 23 was sent.",
    EventKind.REFUND_NOT_SENT: (
        "A refund of 12.34 EUR for payment 23 did not reach the payment system."
    ),
    EventKind.REFUND_SENT_AGAIN: "A refund of 12.34 EUR for payment 23 was sent again.",
    EventKind.REFUND_CHECKED: "A refund of 12.34 EUR for payment 23 was looked after.",
    EventKind.REFUND_SUCCEEDED: "A refund of 12.34 EUR for payment 23 succeeded.",
    EventKind.REFUND_FAILED: "A refund of 12.34 EUR for payment 23 failed.",
    EventKind.RETURN_REPORTED: (
        "A refund of 12.34 EUR for payment 23 was reported by the payment system."
    ),
    EventKind.CHARGEBACK_WON: "A chargeback of payment 23 was won back.",
    EventKind.SALE_ASSIGNED: (
        "The sale was assigned to Mira; before, it was that of the system, not confirmed."
    ),
    EventKind.SALE_CONFIRMED: (
        "The sale was confirmed as that of Mira; before, it was that of the system, not confirmed."
    ),
    EventKind.PLAN_STATED: (
        "A sales plan was stated: that customer ada pays for offer C-1 is thanks to Mira."
    ),
    EventKind.PLAN_WITHDRAWN: (
        "A sales plan was withdrawn: that customer ada pays for offer C-1 was thanks to the system."
    ),
    EventKind.CUSTOMER_ERASED: "The customer's personal data was erased.",
    EventKind.ORDER_CONFIRMED: "Order 17 was confirmed, and 12.34 EUR waived.",
    EventKind.ORDER_DECLINED: "Order 17 was declined.",
    EventKind.ORDER_CANCELED: "Order 17 was canceled.",
    EventKind.ORDER_EXPIRED: "Order 17 expired.",
    EventKind.RECURRING_STARTED: "Recurring order 5 started.",
    EventKind.RECURRING_IMPORTED: "Recurring order 5 was imported.",
    EventKind.RECURRING_PAUSED: "Recurring order 5 was paused.",
    EventKind.RECURRING_ACTIVATED: "Recurring order 5 was activated.",
    EventKind.RECURRING_COMPLETED: "Recurring order 5 was completed.",
    EventKind.RECURRING_FAILED: "Recurring order 5 failed.",
    EventKind.METHOD_REPLACED: "The payment method of recurring order 5 was replaced.",
    EventKind.TERMS_MOVED: "Recurring order 5 was moved to new terms.",
    EventKind.INSTALLATION_ADOPTED: "The store was adopted by an installation.",
}


def an_event(kind: EventKind, **fields: Any) -> Event:
    """Return an event with every fact that a sentence may tell."""
    event = Event(
        account=AccountId("acme"),
        order=OrderNumber(17),
        recurring=RecurringMove(number=OrderNumber(5), before=None, after=RecurringStatus.ACTIVE),
        customer=CustomerId("ada"),
        offer=OfferNumber("C-1"),
        kind=kind,
        at=NOON,
        invoice=InvoiceNumber(23),
        after=OrderStatus.OPEN,
        amount=Money.of("12.34", "EUR"),
        sale=TO_MIRA,
    )
    return attrs.evolve(event, **fields)


@pytest.mark.rule("E1")
@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_has_its_sentence(kind: EventKind) -> None:
    """Whatever happened is told in a sentence of its own."""
    assert SAID[kind] == sentence(an_event(kind))
    assert len(EventKind) == len(SENTENCES) == len(set(SENTENCES.values()))


@pytest.mark.rule("E1")
def test_the_status_before_and_after_is_told_where_it_changed() -> None:
    """A change of the order's status ends the sentence; one that is none is not told."""
    paid = EventKind.PAYMENT_SUCCEEDED
    moved = an_event(paid, before=OrderStatus.OPEN, after=OrderStatus.COMPLETED)
    stayed = an_event(paid, before=OrderStatus.OPEN, after=OrderStatus.OPEN)

    assert "Payment 23 of 12.34 EUR succeeded: the order was Open and is Completed." == sentence(
        moved
    )
    assert "Payment 23 of 12.34 EUR succeeded." == sentence(stayed)


@pytest.mark.rule("E1")
def test_a_note_stands_in_parentheses() -> None:
    """Somebody's words follow what happened, whatever signs are in them."""
    event = an_event(EventKind.PAYMENT_FAILED, note="declined: {order} 100 %")

    assert "Payment 23 of 12.34 EUR failed (declined: {order} 100 %)." == sentence(event)


@pytest.mark.rule("E1")
def test_an_amount_that_is_not_known_is_left_out() -> None:
    """What is told without an amount is a sentence all the same."""
    sent = an_event(EventKind.PAYMENT_SENT_AGAIN, amount=None)
    back = an_event(EventKind.RETURN_REPORTED, amount=None)

    assert "Payment 23 was sent again." == sentence(sent)
    assert "A refund for payment 23 was reported by the payment system." == sentence(back)


@pytest.mark.rule("E1", "S5")
def test_who_was_credited_before_is_told() -> None:
    """A correction tells whose the sale was, and that it had been confirmed."""
    corrected = an_event(EventKind.SALE_CONFIRMED, sale=TO_SYSTEM)
    withdrawn = an_event(EventKind.PLAN_WITHDRAWN, sale=TO_SYSTEM)

    assert (
        "The sale was confirmed as that of the system; before, it was that of Mira, confirmed."
    ) == sentence(corrected)
    assert sentence(withdrawn).endswith("was thanks to Mira.")


@pytest.mark.rule("E1")
def test_an_event_that_lacks_who_was_credited_is_told_too() -> None:
    """A record made by hand, without its sale, does not break a page."""
    assert sentence(an_event(EventKind.SALE_ASSIGNED, sale=None)).startswith("The sale was")
