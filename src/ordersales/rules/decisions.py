"""What a person, or the host, may decide about an open order (rules O5, P2, P3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ordersales.errors import PaymentUnderWay, RuleRefused, WrongStatus, WrongTerms
from ordersales.models.event import EventKind
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.offer import InFull
from ordersales.models.order import Decision, DecisionKind, Order, OrderStatus
from ordersales.rules import invoice_lifecycle, order_lifecycle
from ordersales.rules.change import Change, told
from ordersales.rules.order_lifecycle import What
from ordersales.values.identifiers import UserId

#: What each decision does to the order, and how it is told.
_MEANING = {
    DecisionKind.CONFIRMED: (What.CONFIRMED, EventKind.ORDER_CONFIRMED),
    DecisionKind.DECLINED: (What.DECLINED, EventKind.ORDER_DECLINED),
    DecisionKind.CANCELED: (What.ABANDONED, EventKind.ORDER_CANCELED),
    DecisionKind.EXPIRED: (What.ABANDONED, EventKind.ORDER_EXPIRED),
}
#: The verb of each decision, as it is spoken of in errors.
_VERBS = {
    DecisionKind.CONFIRMED: "confirm",
    DecisionKind.DECLINED: "decline",
    DecisionKind.CANCELED: "cancel",
    DecisionKind.EXPIRED: "expire",
}


def refusals(order: Order, kind: DecisionKind) -> Iterator[RuleRefused]:
    """Yield every reason why `kind` may not be decided about `order` now (rule O5).

    Confirming and declining are for partial terms only; canceling and expiring are for any, and
    wait until no gateway can still take money.
    """
    verb, record = _VERBS[kind], f"order {order.number}"
    if order.occurrence is not None:
        yield WrongTerms(verb, record, "orders that are no payment of a recurring order")
    by_a_person = kind in (DecisionKind.CONFIRMED, DecisionKind.DECLINED)
    if by_a_person and isinstance(order.offer.payment, InFull):
        yield WrongTerms(verb, record, "orders that may be paid in parts")
    if order.status is not OrderStatus.OPEN:
        yield WrongStatus(verb, record, order.status, (OrderStatus.OPEN,))
    elif not by_a_person:
        flying = (item.number for item in order.invoices if item.in_flight)
        yield from (PaymentUnderWay(verb, order.number, number) for number in flying)


def refusal(order: Order, kind: DecisionKind) -> RuleRefused | None:
    """Return the first of these reasons, or None if `kind` may be decided about `order` now."""
    return next(refusals(order, kind), None)


def decide(
    order: Order, kind: DecisionKind, at: datetime, *, by: UserId | None, reason: str
) -> Change:
    """Return `order` after the decision, with nothing left pending that nobody else decides.

    What was confirmed with something outstanding has it waived from now on (rule P2). Otherwise
    pending manual payments, and those certainly not sent to a gateway, are canceled here; one in
    flight stays pending until the gateway was asked to cancel it (rule P3).

    Raises:
        WrongTerms: Confirming or declining an order with full terms; any of these for a payment
            of a recurring order, which is itself paused or completed.
        WrongStatus: The order is not Open.
        PaymentUnderWay: Canceling or expiring while an attempt is in flight.
    """
    refused = refusal(order, kind)
    if refused is not None:
        raise refused
    return _decided(order, kind, at, by=by, reason=reason)


def give_up(occurrence: Order, at: datetime, *, by: UserId | None, reason: str) -> Change:
    """Return an open `occurrence` canceled, as its recurring order goes on without it (R4)."""
    return _decided(occurrence, DecisionKind.CANCELED, at, by=by, reason=reason)


def _decided(
    order: Order, kind: DecisionKind, at: datetime, *, by: UserId | None, reason: str
) -> Change:
    what, event = _MEANING[kind]
    confirmed = kind is DecisionKind.CONFIRMED
    after = order_lifecycle.changed(
        order,
        what,
        invoices=tuple(item if confirmed else _given_up(item, at) for item in order.invoices),
        decision=Decision(kind=kind, at=at, by=by, reason=reason),
        attention=order.attention,
    )
    amount = after.waived if confirmed else None
    return told(order, after, event, at, by=by, amount=amount, note=reason)


def _given_up(invoice: Invoice, at: datetime) -> Invoice:
    if invoice.status is not InvoiceStatus.PENDING or invoice.in_flight:
        return invoice
    return invoice_lifecycle.moved(invoice, invoice_lifecycle.What.WITHDRAWN, at)
