"""Hear what a gateway tells by itself: early, late, twice or about something unknown (C4)."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from ordersales.errors import InvalidInput, WrongTerms
from ordersales.models.actor import Actor
from ordersales.models.charge import WebhookEvent, WebhookResult
from ordersales.models.order import Payment
from ordersales.ports.gateway import PaymentGateway
from ordersales.ports.storage import Transaction
from ordersales.rules import permissions, settlement
from ordersales.rules.permissions import Operation
from ordersales.services.desk import Desk, gateway_of, in_transaction, keep, payment_system_of
from ordersales.services.engine import ask, ask_outside
from ordersales.services.settling import looked_up, settle
from ordersales.values import checks
from ordersales.values.identifiers import AccountId, AttemptReference, SystemName
from ordersales.values.moment import utc


@frozen
class _Heard:
    """What one message did, and the payment it contradicts what is known of."""

    result: WebhookResult
    disputed: Payment | None = None


async def hear(
    desk: Desk, actor: Actor, name: SystemName, body: bytes, headers: Mapping[str, str]
) -> WebhookResult:
    """Verify a message, keep it, and apply it once; contradictions are looked up."""
    permissions.check(actor, Operation.HEAR)
    checks.refuse(checks.instance(body, "body", bytes))
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
    if reference is not None and heard.disputed is not None:
        await _believe_the_gateway(desk, gateway, reference, heard.disputed)
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
        found = await _attempted(tx, account, name, reference)
        if found is None:
            return _Heard(WebhookResult.UNMATCHED)
        await ask(tx.inbox.match, name, event)
        change = settlement.settle(found.order, found.invoice, event.outcome, now)
        if change is not None:
            await keep(tx, change)
        if settlement.contradicts(found.invoice, event.outcome):
            return _Heard(WebhookResult.CONTRADICTED, found)
        return _Heard(WebhookResult.UNCHANGED if change is None else WebhookResult.APPLIED)

    return await in_transaction(desk, account, work)


async def _attempted(
    tx: Transaction, account: AccountId, name: SystemName, reference: AttemptReference | None
) -> Payment | None:
    """Return the payment that the message is about, if it went through this payment system."""
    if reference is None or reference.account != account:
        return None
    order = await ask(tx.orders.get, reference.order)
    invoice = None if order is None else order.attempted(reference)
    if order is None or invoice is None or invoice.system != name:
        return None
    return Payment(order, invoice)


async def _believe_the_gateway(
    desk: Desk, gateway: PaymentGateway, reference: AttemptReference, disputed: Payment
) -> None:
    """Look up what really became of a charge of which two final words were told."""
    found = await looked_up(gateway, reference)
    if found is not None:
        order, invoice = disputed.order, disputed.invoice
        await settle(desk, order.account, order.number, invoice.number, found, proven=True)
