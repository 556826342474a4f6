"""Hear what a gateway tells by itself: early, late, twice or about something unknown (C4)."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from ordersales.errors import InvalidInput, WrongTerms
from ordersales.models.actor import Actor
from ordersales.models.charge import WebhookEvent, WebhookResult
from ordersales.models.invoice import Invoice
from ordersales.models.order import Order
from ordersales.ports.gateway import PaymentGateway
from ordersales.ports.storage import Transaction
from ordersales.rules import settlement
from ordersales.services.desk import Desk, gateway_of, in_transaction, keep, payment_system_of
from ordersales.services.engine import ask, ask_outside
from ordersales.services.settling import looked_up, settle
from ordersales.values.identifiers import AccountId, AttemptReference, SystemName
from ordersales.values.moment import utc


@frozen
class _Heard:
    """What one message did, and to which invoice."""

    result: WebhookResult
    order: Order | None = None
    invoice: Invoice | None = None


async def hear(
    desk: Desk, actor: Actor, name: SystemName, body: bytes, headers: Mapping[str, str]
) -> WebhookResult:
    """Verify a message, keep it, and apply it once; contradictions are looked up."""
    system = await payment_system_of(desk, actor.account, name)
    gateway = gateway_of(system)
    if gateway is None:
        raise WrongTerms("hear", f"the payment system {name!r}", "payment systems with a gateway")
    event = await ask_outside(gateway.read_webhook, body, headers)
    if event is None:
        return WebhookResult.IRRELEVANT
    reference = _parsed(event.reference)
    account = await _account_of(desk, actor.account, name, gateway, reference)
    heard = await _kept(desk, account, name, event, reference)
    if heard.result is WebhookResult.CONTRADICTED:
        await _believe_the_gateway(desk, gateway, heard)
    return heard.result


def _parsed(reference: str | None) -> AttemptReference | None:
    try:
        return None if reference is None else AttemptReference.parse(reference)
    except InvalidInput:
        return None  # a charge that this library did not make


async def _account_of(
    desk: Desk,
    account: AccountId,
    name: SystemName,
    gateway: PaymentGateway,
    reference: AttemptReference | None,
) -> AccountId:
    """Return the account that the message may speak of.

    A message is signed by one merchant. It reaches another account than the one it was
    delivered to only where both use that same merchant; otherwise a seller could forge
    payments of another (rule A4).
    """
    if reference is None or reference.account == account:
        return account
    other = await ask(desk.payment_systems.find, reference.account, name)
    return reference.account if other is not None and other.gateway is gateway else account


async def _kept(
    desk: Desk,
    account: AccountId,
    name: SystemName,
    event: WebhookEvent,
    reference: AttemptReference | None,
) -> _Heard:
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> _Heard:
        if not await ask(tx.inbox.add, name, event, now):
            return _Heard(WebhookResult.REPEATED)
        order, invoice = await _attempted(tx, account, name, reference)
        if order is None or invoice is None:
            return _Heard(WebhookResult.UNMATCHED)
        await ask(tx.inbox.match, name, event)
        contradicts = settlement.contradicts(invoice, event.outcome)
        change = settlement.settle(order, invoice, event.outcome, now)
        if change is not None:
            await keep(tx, change)
        if contradicts:
            return _Heard(WebhookResult.CONTRADICTED, order, invoice)
        return _Heard(WebhookResult.UNCHANGED if change is None else WebhookResult.APPLIED)

    return await in_transaction(desk, account, work)


async def _attempted(
    tx: Transaction, account: AccountId, name: SystemName, reference: AttemptReference | None
) -> tuple[Order | None, Invoice | None]:
    """Return the invoice that the message is about, and its order."""
    if reference is None or reference.account != account:
        return None, None
    order = await ask(tx.orders.get, reference.order)
    invoice = None if order is None else order.attempted(reference)
    if invoice is None or invoice.system != name:
        return None, None
    return order, invoice


async def _believe_the_gateway(desk: Desk, gateway: PaymentGateway, heard: _Heard) -> None:
    """Look up what really became of a charge of which two final words were told."""
    order, invoice = heard.order, heard.invoice
    if order is None or invoice is None or invoice.attempt is None:
        return
    found = await looked_up(gateway, invoice.attempt.reference)
    if found is not None:
        await settle(desk, order.account, order.number, invoice.number, found, proven=True)
