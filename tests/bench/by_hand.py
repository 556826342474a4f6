"""An order as plain data and back, written by hand: as short and as fast as one would write it.

Nothing is checked but what the records check themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, TypeVar

from ordersales import (
    AnyShare,
    Category,
    Currency,
    Customer,
    FixedShares,
    InFull,
    Invoice,
    InvoiceStatus,
    Manager,
    Money,
    Offer,
    Order,
    OrderStatus,
    PaymentMethod,
    Refund,
    RefundKind,
    RefundStatus,
    Share,
)
from ordersales.models.invoice import Attempt
from ordersales.models.offer import PaymentTerms
from ordersales.models.order import (
    Attention,
    AttentionReason,
    Decision,
    DecisionKind,
    Occurrence,
)
from ordersales.models.recurring_terms import RecurringTerms, ResumePolicy
from ordersales.models.refund import RefundReference
from ordersales.models.sale import Basis, Sale
from ordersales.models.stage import PaymentError, Retry, Stage
from ordersales.values.cadence import Cadence, Unit
from ordersales.values.identifiers import AttemptReference

T = TypeVar("T")
R = TypeVar("R")
_SECOND = timedelta(seconds=1)
Plain = dict[str, Any]


def _or_none(act: Callable[[T], R], value: T | None) -> R | None:
    return None if value is None else act(value)


def _money_out(money: Money) -> Plain:
    return {"minor": money.minor, "currency": money.currency.code}


def _moment_out(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _share_out(share: Share) -> str:
    return f"{share.fraction.numerator}/{share.fraction.denominator}"


def _terms_out(terms: PaymentTerms) -> Plain:
    match terms:
        case InFull():
            return {"type": "in full"}
        case AnyShare(minimum=minimum):
            return {"type": "any share", "minimum": _share_out(minimum)}
        case FixedShares(shares=shares):
            return {"type": "fixed shares", "shares": [_share_out(share) for share in shares]}


def _manager_out(manager: Manager) -> Plain:
    return {"user": manager.user, "name": manager.name}


def _sale_out(sale: Sale) -> Plain:
    return {
        "manager": _or_none(_manager_out, sale.manager),
        "basis": sale.basis.value,
        "confirmed_at": _or_none(_moment_out, sale.confirmed_at),
        "confirmed_by": sale.confirmed_by,
    }


def _recurring_out(terms: RecurringTerms) -> Plain:
    return {
        "cadence": {"every": terms.cadence.every, "unit": terms.cadence.unit.value},
        "payments": terms.payments,
        "first_retry": terms.first_retry // _SECOND,
        "second_retry": terms.second_retry // _SECOND,
        "zone": terms.zone,
        "on_resume": terms.on_resume.value,
        "retry_final_declines": terms.retry_final_declines,
    }


def _offer_out(offer: Offer) -> Plain:
    return {
        "number": offer.number,
        "name": offer.name,
        "category": {"number": offer.category.number, "name": offer.category.name},
        "unit_price": _money_out(offer.unit_price),
        "multiple_sales": offer.multiple_sales,
        "payment": _terms_out(offer.payment),
        "recurring": _or_none(_recurring_out, offer.recurring),
    }


def _method_out(method: PaymentMethod) -> Plain:
    return {"token": method.token, "stored": method.stored}


def _attempt_out(attempt: Attempt) -> Plain:
    return {
        "reference": str(attempt.reference),
        "epoch": attempt.epoch,
        "stage": attempt.stage.value,
        "method": _or_none(_method_out, attempt.method),
        "sent_at": _moment_out(attempt.sent_at),
        "next_check": _or_none(_moment_out, attempt.next_check),
        "sends": attempt.sends,
        "first_sent_at": _moment_out(attempt.first_sent_at),
        "permits": attempt.permits,
        "checks": attempt.checks,
        "buyer_action": attempt.buyer_action,
        "kept_method": _or_none(_method_out, attempt.kept_method),
    }


def _error_out(error: PaymentError) -> Plain:
    return {"code": error.code, "message": error.message, "retry": error.retry.value}


def _refund_out(refund: Refund) -> Plain:
    return {
        "number": refund.number,
        "kind": refund.kind.value,
        "amount": _money_out(refund.amount),
        "status": refund.status.value,
        "requested_at": _moment_out(refund.requested_at),
        "reference": _or_none(str, refund.reference),
        "key": refund.key,
        "spread": refund.spread,
        "stage": refund.stage.value,
        "next_check": _or_none(_moment_out, refund.next_check),
        "sent_at": _moment_out(refund.sent_at),
        "first_sent_at": _moment_out(refund.first_sent_at),
        "sends": refund.sends,
        "permits": refund.permits,
        "checks": refund.checks,
        "excess": _or_none(_money_out, refund.excess),
        "by": refund.by,
        "reason": refund.reason,
        "gateway_id": refund.gateway_id,
        "error": _or_none(_error_out, refund.error),
        "settled_at": _or_none(_moment_out, refund.settled_at),
    }


def _invoice_out(invoice: Invoice) -> Plain:
    return {
        "number": invoice.number,
        "attempted_at": _moment_out(invoice.attempted_at),
        "status": invoice.status.value,
        "amount": _money_out(invoice.amount),
        "covers": _money_out(invoice.covers),
        "system": invoice.system,
        "key": invoice.key,
        "one_click": invoice.one_click,
        "extra": invoice.extra,
        "comment": invoice.comment,
        "attempt": _or_none(_attempt_out, invoice.attempt),
        "gateway_id": invoice.gateway_id,
        "fee": _or_none(_money_out, invoice.fee),
        "error": _or_none(_error_out, invoice.error),
        "settled_at": _or_none(_moment_out, invoice.settled_at),
        "refunds": [_refund_out(refund) for refund in invoice.refunds],
    }


def _decision_out(decision: Decision) -> Plain:
    return {
        "kind": decision.kind.value,
        "at": _moment_out(decision.at),
        "by": decision.by,
        "reason": decision.reason,
    }


def _flag_out(flag: Attention) -> Plain:
    return {
        "reason": flag.reason.value,
        "at": _moment_out(flag.at),
        "invoice": flag.invoice,
        "detail": flag.detail,
    }


def _occurrence_out(occurrence: Occurrence) -> Plain:
    return {
        "recurring_order": occurrence.recurring_order,
        "index": occurrence.index,
        "due_at": _or_none(_moment_out, occurrence.due_at),
        "attempts_allowed": occurrence.attempts_allowed,
        "retry_final_declines": occurrence.retry_final_declines,
    }


def order_out(order: Order) -> Plain:
    """Return an order as plain data, in the envelope that the library writes."""
    record = {
        "account": order.account,
        "number": order.number,
        "key": order.key,
        "placed_at": _moment_out(order.placed_at),
        "customer": {"id": order.customer.id, "name": order.customer.name},
        "offer": _offer_out(order.offer),
        "quantity": order.quantity,
        "price": _money_out(order.price),
        "status": order.status.value,
        "sale": _sale_out(order.sale),
        "invoices": [_invoice_out(invoice) for invoice in order.invoices],
        "decision": _or_none(_decision_out, order.decision),
        "attention": [_flag_out(flag) for flag in order.attention],
        "occurrence": _or_none(_occurrence_out, order.occurrence),
        "searched_at": _or_none(_moment_out, order.searched_at),
        "version": order.version,
    }
    return {"kind": "order", "version": 2, "record": record}


def _money_in(plain: Plain) -> Money:
    return Money(plain["minor"], Currency.of(plain["currency"]))


def _share_in(plain: str) -> Share:
    numerator, denominator = plain.split("/")
    return Share(Fraction(int(numerator), int(denominator)))


def _terms_in(plain: Plain) -> PaymentTerms:
    match plain["type"]:
        case "in full":
            return InFull()
        case "any share":
            return AnyShare(_share_in(plain["minimum"]))
        case "fixed shares":
            return FixedShares(tuple(_share_in(share) for share in plain["shares"]))
        case unknown:
            raise ValueError(unknown)


def _sale_in(plain: Plain) -> Sale:
    return Sale(
        manager=_or_none(lambda manager: Manager(**manager), plain["manager"]),
        basis=Basis(plain["basis"]),
        confirmed_at=_or_none(datetime.fromisoformat, plain["confirmed_at"]),
        confirmed_by=plain["confirmed_by"],
    )


def _recurring_in(plain: Plain) -> RecurringTerms:
    return RecurringTerms(
        cadence=Cadence(plain["cadence"]["every"], Unit(plain["cadence"]["unit"])),
        payments=plain["payments"],
        first_retry=timedelta(seconds=plain["first_retry"]),
        second_retry=timedelta(seconds=plain["second_retry"]),
        zone=plain["zone"],
        on_resume=ResumePolicy(plain["on_resume"]),
        retry_final_declines=plain["retry_final_declines"],
    )


def _offer_in(plain: Plain) -> Offer:
    return Offer(
        number=plain["number"],
        name=plain["name"],
        category=Category(**plain["category"]),
        unit_price=_money_in(plain["unit_price"]),
        multiple_sales=plain["multiple_sales"],
        payment=_terms_in(plain["payment"]),
        recurring=_or_none(_recurring_in, plain["recurring"]),
    )


def _attempt_in(plain: Plain) -> Attempt:
    return Attempt(
        reference=AttemptReference.parse(plain["reference"]),
        epoch=plain["epoch"],
        stage=Stage(plain["stage"]),
        method=_or_none(lambda method: PaymentMethod(**method), plain["method"]),
        sent_at=datetime.fromisoformat(plain["sent_at"]),
        next_check=_or_none(datetime.fromisoformat, plain["next_check"]),
        sends=plain["sends"],
        first_sent_at=datetime.fromisoformat(plain["first_sent_at"]),
        permits=plain["permits"],
        checks=plain["checks"],
        buyer_action=plain["buyer_action"],
        kept_method=_or_none(lambda method: PaymentMethod(**method), plain["kept_method"]),
    )


def _error_in(plain: Plain) -> PaymentError:
    return PaymentError(code=plain["code"], message=plain["message"], retry=Retry(plain["retry"]))


def _refund_in(plain: Plain) -> Refund:
    return Refund(
        number=plain["number"],
        kind=RefundKind(plain["kind"]),
        amount=_money_in(plain["amount"]),
        status=RefundStatus(plain["status"]),
        requested_at=datetime.fromisoformat(plain["requested_at"]),
        reference=_or_none(RefundReference.parse, plain["reference"]),
        key=plain["key"],
        spread=plain["spread"],
        stage=Stage(plain["stage"]),
        next_check=_or_none(datetime.fromisoformat, plain["next_check"]),
        sent_at=datetime.fromisoformat(plain["sent_at"]),
        first_sent_at=datetime.fromisoformat(plain["first_sent_at"]),
        sends=plain["sends"],
        permits=plain["permits"],
        checks=plain["checks"],
        excess=_or_none(_money_in, plain["excess"]),
        by=plain["by"],
        reason=plain["reason"],
        gateway_id=plain["gateway_id"],
        error=_or_none(_error_in, plain["error"]),
        settled_at=_or_none(datetime.fromisoformat, plain["settled_at"]),
    )


def _invoice_in(plain: Plain) -> Invoice:
    return Invoice(
        number=plain["number"],
        attempted_at=datetime.fromisoformat(plain["attempted_at"]),
        status=InvoiceStatus(plain["status"]),
        amount=_money_in(plain["amount"]),
        covers=_money_in(plain["covers"]),
        system=plain["system"],
        key=plain["key"],
        one_click=plain["one_click"],
        extra=plain["extra"],
        comment=plain["comment"],
        attempt=_or_none(_attempt_in, plain["attempt"]),
        gateway_id=plain["gateway_id"],
        fee=_or_none(_money_in, plain["fee"]),
        error=_or_none(_error_in, plain["error"]),
        settled_at=_or_none(datetime.fromisoformat, plain["settled_at"]),
        refunds=tuple([_refund_in(refund) for refund in plain["refunds"]]),
    )


def _decision_in(plain: Plain) -> Decision:
    return Decision(
        kind=DecisionKind(plain["kind"]),
        at=datetime.fromisoformat(plain["at"]),
        by=plain["by"],
        reason=plain["reason"],
    )


def _flag_in(plain: Plain) -> Attention:
    return Attention(
        reason=AttentionReason(plain["reason"]),
        at=datetime.fromisoformat(plain["at"]),
        invoice=plain["invoice"],
        detail=plain["detail"],
    )


def _occurrence_in(plain: Plain) -> Occurrence:
    return Occurrence(
        recurring_order=plain["recurring_order"],
        index=plain["index"],
        due_at=_or_none(datetime.fromisoformat, plain["due_at"]),
        attempts_allowed=plain["attempts_allowed"],
        retry_final_declines=plain["retry_final_declines"],
    )


def order_in(plain: Plain) -> Order:
    """Return the order that `order_out` wrote."""
    plain = plain["record"]
    return Order(
        account=plain["account"],
        number=plain["number"],
        key=plain["key"],
        placed_at=datetime.fromisoformat(plain["placed_at"]),
        customer=Customer(**plain["customer"]),
        offer=_offer_in(plain["offer"]),
        quantity=plain["quantity"],
        price=_money_in(plain["price"]),
        status=OrderStatus(plain["status"]),
        sale=_sale_in(plain["sale"]),
        invoices=tuple([_invoice_in(invoice) for invoice in plain["invoices"]]),
        decision=_or_none(_decision_in, plain["decision"]),
        attention=tuple([_flag_in(flag) for flag in plain["attention"]]),
        occurrence=_or_none(_occurrence_in, plain["occurrence"]),
        searched_at=_or_none(datetime.fromisoformat, plain["searched_at"]),
        version=plain["version"],
    )
