"""What is a fact, and what is none: a table of cases (rule T2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest
from attrs import evolve

from ordersales.models.filters import OrderFilter
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import Decision, DecisionKind, OrderStatus, Payment
from ordersales.models.refund import Refund, RefundKind, RefundStatus
from ordersales.models.sale import Sale
from ordersales.reports.facts import (
    Fact,
    facts_of,
    facts_of_payment,
    facts_that_fit,
    moment_of,
    ticks,
)
from ordersales.values.identifiers import UserId
from ordersales.values.money import Money
from tests.listed import HOUR, MIRA, NOON, OFFERS, an_invoice, an_order

pytestmark = pytest.mark.rule("T2")

PARTS: Final = OFFERS[1]


def a_refund(
    number: int = 1,
    status: RefundStatus = RefundStatus.SUCCEEDED,
    kind: RefundKind = RefundKind.REFUND,
    amount: str = "4",
    **changed: Any,
) -> Refund:
    """Return a refund that was asked for an hour after noon, and done an hour later."""
    given = {
        "number": number,
        "kind": kind,
        "amount": Money.of(amount, "EUR"),
        "status": status,
        "requested_at": NOON + HOUR,
        "settled_at": NOON + 2 * HOUR,
    }
    return Refund(**{**given, **changed})


def of_one(invoice: Invoice, **changed: Any) -> tuple[Fact, ...]:
    """Return the facts of an order with this invoice."""
    return facts_of(an_order(invoices=(invoice,), **changed))


@pytest.mark.parametrize("status", InvoiceStatus)
def test_which_payments_are_facts(status: InvoiceStatus) -> None:
    """A payment is one while its money was taken, returned since or not."""
    found = of_one(an_invoice(status=status))

    taken = status in (InvoiceStatus.PAID, InvoiceStatus.REFUNDED)
    assert (["payment"] if taken else []) == [fact.kind for fact in found]


@pytest.mark.parametrize("kind", RefundKind)
@pytest.mark.parametrize("status", RefundStatus)
def test_which_refunds_are_facts(status: RefundStatus, kind: RefundKind) -> None:
    """A refund is one when it succeeded, of whatever kind: not a chargeback that was won back."""
    found = of_one(evolve(an_invoice(), refunds=(a_refund(status=status, kind=kind),)))

    returned = [kind.value] if status is RefundStatus.SUCCEEDED else []
    assert ["payment", *returned] == [fact.kind for fact in found]


def test_what_a_payment_fact_holds() -> None:
    """It tells of the order, of the offer, of who is credited, and of the money."""
    fee = Money.of("0.30", "EUR")
    order = an_order(
        offer=PARTS,
        quantity=2,
        status=OrderStatus.COMPLETED,
        sale=Sale(manager=MIRA, confirmed_at=NOON),
        invoices=(evolve(an_invoice(), fee=fee),),
    )

    (fact,) = facts_of(order)

    expected = Fact(
        account="acme",
        currency="EUR",
        system="Cards",
        offer="C-2",
        offer_name="Bread course",
        category="7",
        category_name="Learning",
        manager="mira",
        manager_name="Mira",
        confirmed=1,
        kind="payment",
        completed=1,
        opens_order=1,
        units=2,
        amount=1000,
        commission=30,
        order=7,
        invoice=501,
        refund=0,
        at=ticks(NOON),
        paid=ticks(NOON),
        customer="ada",
        recurring=0,
    )
    assert expected == fact


def test_what_a_refund_fact_holds() -> None:
    """It tells the same of the order, and when both payment and refund were made."""
    invoice = evolve(an_invoice(), fee=Money.of("0.30", "EUR"), refunds=(a_refund(3),))

    payment, returned = of_one(invoice, recurring=True)

    expected = payment._replace(
        kind="refund",
        opens_order=0,
        units=0,
        amount=400,
        commission=None,
        refund=3,
        at=ticks(NOON + 2 * HOUR),
    )
    assert expected == returned
    assert 1 == returned.recurring


def test_the_system_and_what_is_not_known() -> None:
    """Of a sale of the system no manager is told, nor a commission that nobody has told."""
    (fact,) = of_one(an_invoice())

    assert ("", "", 0, None) == (fact.manager, fact.manager_name, fact.confirmed, fact.commission)


def test_the_first_payment_opens_the_order() -> None:
    """The order and its units count with the payment paid first, not with the lowest number."""
    invoices = (
        an_invoice(1, InvoiceStatus.FAILED, settled_at=NOON - 2 * HOUR),
        an_invoice(2, settled_at=NOON + HOUR),
        an_invoice(3, settled_at=NOON),
        an_invoice(4, settled_at=NOON),
    )

    found = facts_of(an_order(offer=PARTS, quantity=3, invoices=invoices))

    assert [(2, 0, 0), (3, 1, 3), (4, 0, 0)] == [
        (fact.invoice, fact.opens_order, fact.units) for fact in found
    ]


def test_facts_come_by_their_numbers() -> None:
    """They come by invoice, and each payment before what was returned of it."""
    later = evolve(an_invoice(9), refunds=(a_refund(1), a_refund(2)))

    found = facts_of(an_order(invoices=(later, an_invoice(4))))

    assert [(4, 0), (9, 0), (9, 1), (9, 2)] == [(fact.invoice, fact.refund) for fact in found]


def test_what_was_waived_is_no_money() -> None:
    """Of an order that was confirmed with a rest, only what was paid is a fact (rule P2)."""
    waived = Decision(kind=DecisionKind.CONFIRMED, at=NOON, by=UserId("boss"))

    found = of_one(an_invoice(), offer=PARTS, decision=waived, status=OrderStatus.COMPLETED)

    assert [1000] == [fact.amount for fact in found]


def test_records_without_a_final_moment() -> None:
    """A payment that was kept without its moment counts when it was attempted, a refund when asked."""
    refund = a_refund(settled_at=None)
    invoice = evolve(an_invoice(settled_at=None), refunds=(refund,))

    assert [ticks(NOON), ticks(NOON + HOUR)] == [fact.at for fact in of_one(invoice)]


def test_the_filter_chooses_payments() -> None:
    """A refund is there where its payment is; without a payment that fits there is nothing."""
    refunded = evolve(an_invoice(8, system="Bank"), refunds=(a_refund(),))
    shop = [an_order(invoices=(an_invoice(7), refunded)), an_order(8)]

    everything = facts_that_fit(shop, OrderFilter())
    through_bank = facts_that_fit(shop, OrderFilter(system="Bank"))
    nowhere = facts_that_fit(shop, OrderFilter(system="Wallet"))

    assert [7, 8, 8] == [fact.invoice for fact in everything]
    assert [(8, 0), (8, 1)] == [(fact.invoice, fact.refund) for fact in through_bank]
    assert [] == [*nowhere]


def test_the_facts_of_one_payment() -> None:
    """One invoice may be asked about; whether it opens the order is told by all of them."""
    order = an_order(invoices=(an_invoice(7, settled_at=NOON + HOUR), an_invoice(8)))

    (fact,) = facts_of_payment(Payment(order, order.invoices[0]))

    assert (7, 0) == (fact.invoice, fact.opens_order)


def test_moments_come_back() -> None:
    """A moment is counted in microseconds, also before 1970."""
    for moment in (NOON, NOON - timedelta(days=40_000, microseconds=1)):
        assert moment == moment_of(ticks(moment))


def test_an_order_without_payments_has_none() -> None:
    """Neither an open order nor one without a price moves money."""
    assert () == facts_of(an_order())
