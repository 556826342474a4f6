"""Take a person's word on what became of a payment or refund that is held (rule C2)."""

from __future__ import annotations

from ordersales.errors import NotFound, Problem
from ordersales.models.actor import Actor
from ordersales.models.order import Payment
from ordersales.ports.storage import Transaction
from ordersales.rules import held, permissions
from ordersales.rules.held import Evidence, RefundEvidence
from ordersales.rules.permissions import Operation
from ordersales.services.desk import Desk, in_transaction, keep, order_of
from ordersales.services.engine import ask
from ordersales.services.settling import invoice_of
from ordersales.values import checks
from ordersales.values.identifiers import InvoiceNumber, OrderNumber
from ordersales.values.moment import utc
from ordersales.values.money import Money


async def settle(
    desk: Desk,
    actor: Actor,
    order: OrderNumber,
    invoice: InvoiceNumber,
    outcome: Evidence,
    *,
    covers: Money | None,
    reason: str,
) -> Payment:
    """Book what a person has found out about a held payment."""
    permissions.check(actor, Operation.SETTLE_PAYMENT)
    checks.refuse(
        _one_of(outcome, isinstance(outcome, Evidence), "Succeeded, Declined or Withdrawn"),
        checks.text(reason, "reason", max_length=2000, lines=True),
    )
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> Payment:
        before = await order_of(tx, order, "order")
        change = held.settle(
            before,
            invoice_of(before, invoice),
            outcome,
            now,
            by=actor.user,
            reason=reason,
            covers=covers,
        )
        after = await keep(tx, change)
        return Payment(after, invoice_of(after, invoice))

    return await in_transaction(desk, actor.account, work)


async def settle_refund(
    desk: Desk,
    actor: Actor,
    order: OrderNumber,
    invoice: InvoiceNumber,
    outcome: RefundEvidence,
    *,
    refund: int | None,
    reason: str,
) -> Payment:
    """Book what a person has found out about a held refund."""
    permissions.check(actor, Operation.SETTLE_REFUND)
    checks.refuse(
        _one_of(outcome, isinstance(outcome, RefundEvidence), "RefundSucceeded or RefundRefused"),
        checks.optional(checks.whole, refund, "refund", least=1),
        checks.text(reason, "reason", max_length=2000, lines=True),
    )
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> Payment:
        before = await order_of(tx, order, "order")
        of = invoice_of(before, invoice)
        found = None if refund is None else of.refund(refund)
        if refund is not None and found is None:
            raise NotFound("refund", refund)
        change = held.settle_refund(before, of, found, outcome, now, by=actor.user, reason=reason)
        after = await keep(tx, change)
        return Payment(after, invoice_of(after, invoice))

    return await in_transaction(desk, actor.account, work)


def _one_of(outcome: object, fits: bool, allowed: str) -> Problem | None:  # noqa: FBT001
    return None if fits else Problem.of("outcome", outcome, allowed)
