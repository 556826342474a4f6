"""A message about something unknown is kept, and tried again until its attempt is found (C4)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from ordersales import BackOffice, InvoiceStatus, WebhookResult
from ordersales.models.charge import Declined, Succeeded
from ordersales.models.order import AttentionReason
from ordersales.models.reconciled import Checked
from ordersales.models.refund import RefundRefused
from ordersales.rules import refund_settlement
from ordersales.testing import Play
from ordersales.values.identifiers import GatewayId
from tests.drivers import BOSS, CARDS, Shop, eur, key
from tests.rules.refunding import LATER, asked, the

pytestmark = pytest.mark.rule("C4", "C2")

TAKEN = Succeeded(gateway_id=GatewayId("ch_1"), amount=eur("100.00"))


def test_what_was_not_known_is_found_later(shop: Shop) -> None:
    """The message came before its order; the next look matches and books it."""
    assert shop.hear("acme/1/1", TAKEN) is WebhookResult.UNMATCHED
    shop.gateway.then(Play.TIME_OUT_BEFORE)
    number = shop.place()
    shop.charge(number)
    shop.clock.advance(timedelta(hours=1))
    done = shop.office.payments.reconcile()
    assert Checked.MATCHED in [item.what for item in done]
    assert shop.look(number).invoices[0].status is InvoiceStatus.PAID
    assert shop.office.payments.reconcile() == ()


def test_what_stays_unknown_is_left_to_a_person(shop: Shop) -> None:
    """For seven days it is tried again; then health tells of it, and nobody looks any more."""
    shop.hear("acme/9/1", TAKEN)
    for _ in range(40):
        shop.clock.advance(timedelta(hours=6))
        assert shop.office.payments.reconcile() == ()
    with shop.store.transaction(BOSS.account) as tx:
        assert tx.inbox.to_match(shop.clock.now() + timedelta(days=99), 10) == ()
        assert len(tx.inbox.unmatched()) == 1
    assert not shop.office.health(BOSS).healthy


def test_what_contradicts_when_it_is_found_is_looked_up(shop: Shop) -> None:
    """The gateway is believed."""
    assert shop.hear("acme/1/1", Declined(code="no")) is WebhookResult.UNMATCHED
    number = shop.place()
    shop.charge(number)
    shop.clock.advance(timedelta(hours=1))
    shop.office.payments.reconcile()
    order = shop.look(number)
    assert order.invoices[0].status is InvoiceStatus.PAID
    assert [flag.reason for flag in order.attention] == [AttentionReason.CONTRADICTION]


def test_what_contradicts_can_not_be_looked_up_without_a_gateway(shop: Shop) -> None:
    """The payment system was taken away meanwhile: it stays flagged, and waits to be looked up."""
    shop.hear("acme/1/1", Declined(code="no"))
    number = shop.place()
    shop.charge(number)
    shop.clock.advance(timedelta(hours=1))
    without = BackOffice(shop.store, (), clock=shop.clock)
    assert [Checked.MATCHED] == [item.what for item in without.payments.reconcile()]
    (invoice,) = shop.look(number).invoices
    assert invoice.status is InvoiceStatus.PAID
    assert invoice.next_check == shop.clock.now() + timedelta(minutes=2)


def test_looking_after_stops_where_it_is_told_to(shop: Shop) -> None:
    """A worker that is told to end leaves the rest to others."""
    shop.gateway.then(Play.TIME_OUT_AFTER)
    number = shop.place()
    shop.office.payments.charge(BOSS, number, CARDS, key=key("pay"))
    shop.clock.advance(timedelta(minutes=3))
    assert shop.office.payments.reconcile(carry_on=lambda: False) == ()
    assert shop.look(number).invoices[0].status is InvoiceStatus.PENDING
    assert len(shop.office.payments.reconcile(carry_on=lambda: True)) == 1


def test_a_refusal_of_an_earlier_send_is_not_the_last_word() -> None:
    """What was sent again meanwhile may still return the money."""
    order = asked()
    invoice, refund = the(order)
    again = evolve(refund, permits=refund.permits + 1)
    invoice = evolve(invoice, refunds=(again,))
    order = evolve(order, invoices=(invoice,))
    refused = RefundRefused(code="no")
    assert refund_settlement.settle(order, invoice, again, refused, LATER, permit=1) is None
    told = refund_settlement.settle(order, invoice, again, refused, LATER, permit=again.permits)
    assert told is not None
