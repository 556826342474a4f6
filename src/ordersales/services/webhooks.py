"""Hear what a gateway tells by itself: early, late, twice or about something unknown (C4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import frozen

from ordersales.errors import InvalidInput, WrongTerms
from ordersales.models.actor import Actor
from ordersales.models.charge import Unknown, WebhookEvent, WebhookResult
from ordersales.models.inbox import KeptMessage
from ordersales.models.invoice import Invoice
from ordersales.models.order import Order, Payment
from ordersales.models.refund import (
    ChargebackWon,
    Refund,
    RefundReference,
    RefundTold,
    ReturnReported,
)
from ordersales.ports.gateway import PaymentGateway
from ordersales.ports.storage import Transaction
from ordersales.rules import charge_policy, permissions, refund_settlement, settlement
from ordersales.rules.change import Change
from ordersales.rules.permissions import Operation
from ordersales.services import refunds
from ordersales.services.desk import (
    Desk,
    gateway_named,
    gateway_of,
    in_transaction,
    keep,
    order_under,
    payment_system_of,
)
from ordersales.services.engine import ask, ask_outside
from ordersales.services.settling import looked_up, settle
from ordersales.values import checks
from ordersales.values.identifiers import AccountId, AttemptReference, SystemName
from ordersales.values.moment import utc


@frozen
class _Meant:
    """What a message names: an attempt, or a refund of one."""

    attempt: AttemptReference | None
    refund: RefundReference | None = None


@frozen
class _Found:
    """What a message is about, as it is recorded."""

    attempt: AttemptReference
    order: Order
    invoice: Invoice
    refund: Refund | None = None


@frozen
class _Heard:
    """What one message did, what it is about, and that again where it contradicts it."""

    result: WebhookResult
    found: _Found | None = None
    disputed: _Found | None = None


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
    meant = _meant(event)
    account = await _account_of(desk, actor.account, name, gateway, meant.attempt)
    heard = await _kept(desk, account, name, event, meant)
    if heard.disputed is not None:
        await _believe_the_gateway(desk, gateway, heard.disputed)
    return heard.result


async def try_again(desk: Desk, account: AccountId, kept: KeptMessage) -> Payment | None:
    """Look again for what a kept message is about, and return that if it was found (rule C4).

    After seven days it is left to a person, whom *health* tells of it.
    """
    meant, now = _meant(kept.event), utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> _Heard:
        heard = await _matched(tx, account, kept.system, kept.event, meant, now=now)
        if heard.found is None:
            until = charge_policy.next_try(kept.kept_at, now, kept.tries)
            await ask(tx.inbox.put_off, kept.system, kept.event, until)
        return heard

    heard = await in_transaction(desk, account, work)
    if heard.disputed is not None:
        gateway = await gateway_named(desk, account, kept.system)
        if gateway is not None:
            await _believe_the_gateway(desk, gateway, heard.disputed)
    found = heard.found
    return None if found is None else Payment(found.order, found.invoice)


def _meant(event: WebhookEvent) -> _Meant:
    try:
        if isinstance(event.outcome, RefundTold):
            refund = RefundReference.parse(event.outcome.reference)
            return _Meant(refund.attempt, refund)
        return _Meant(None if event.reference is None else AttemptReference.parse(event.reference))
    except InvalidInput:
        return _Meant(None)  # a charge that this library did not make


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
    meant: _Meant,
) -> _Heard:
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> _Heard:
        if not await ask(tx.inbox.add, name, event, now):
            return _Heard(WebhookResult.REPEATED)
        heard = await _matched(tx, account, name, event, meant, now=now)
        if heard.found is None and _may_come(meant, account):
            await ask(tx.inbox.put_off, name, event, charge_policy.next_try(now, now, 0))
        return heard

    return await in_transaction(desk, account, work)


def _may_come(meant: _Meant, account: AccountId) -> bool:
    """Tell whether what a message is about may still come: it names something of this account."""
    return meant.attempt is not None and meant.attempt.account == account


async def _matched(
    tx: Transaction,
    account: AccountId,
    name: SystemName,
    event: WebhookEvent,
    meant: _Meant,
    *,
    now: datetime,
) -> _Heard:
    """Apply a kept message to what it is about, if that is there."""
    found = await _found(tx, account, name, meant)
    if found is None:
        return _Heard(WebhookResult.UNMATCHED)
    await ask(tx.inbox.match, name, event)
    change = _applied(found, event, now)
    if change is not None:
        await keep(tx, change)
    if _contradicts(found, event):
        return _Heard(WebhookResult.CONTRADICTED, found, found)
    return _Heard(WebhookResult.UNCHANGED if change is None else WebhookResult.APPLIED, found)


async def _found(
    tx: Transaction, account: AccountId, name: SystemName, meant: _Meant
) -> _Found | None:
    """Return what the message is about, if it went through this payment system."""
    reference = meant.attempt
    if reference is None or reference.account != account:
        return None
    order = await order_under(tx, reference)
    invoice = None if order is None else order.attempted(reference)
    if order is None or invoice is None or invoice.system != name:
        return None
    if meant.refund is None:
        return _Found(reference, order, invoice)
    refund = invoice.refund(meant.refund.refund)
    if refund is None or refund.reference is None:
        return None
    return _Found(reference, order, invoice, refund)


def _applied(found: _Found, event: WebhookEvent, now: datetime) -> Change | None:
    order, invoice, refund = found.order, found.invoice, found.refund
    match event.outcome:
        case RefundTold(answer=answer):
            book = refund_settlement.settle
            return None if refund is None else book(order, invoice, refund, answer, now)
        case ReturnReported() as said:
            return refund_settlement.report(order, invoice, said, now)
        case ChargebackWon() as said:
            return refund_settlement.win_back(order, invoice, said, now)
        case outcome:
            return settlement.settle(order, invoice, outcome, now)


def _contradicts(found: _Found, event: WebhookEvent) -> bool:
    match event.outcome:
        case RefundTold(answer=answer):
            refund = found.refund
            return refund is not None and refund_settlement.contradicts(refund, answer)
        case ReturnReported() | ChargebackWon():
            return False
        case outcome:
            return settlement.contradicts(found.order, found.invoice, outcome)


async def _believe_the_gateway(desk: Desk, gateway: PaymentGateway, disputed: _Found) -> None:
    """Look up what really became of something of which two final words were told."""
    order, refund = disputed.order, disputed.refund
    if refund is not None and refund.reference is not None:
        said = await refunds.looked_up(gateway, refund.reference)
        if said is not None and not isinstance(said, Unknown):
            await refunds.settle(desk, order, refund.reference, said, proven=True)
        return
    found = await looked_up(gateway, disputed.attempt)
    if found is not None and not isinstance(found, Unknown):
        number = disputed.invoice.number
        await settle(desk, order.account, order.number, number, found, proven=True)
