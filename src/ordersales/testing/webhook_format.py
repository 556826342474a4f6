"""How the scripted gateway writes its messages: JSON, as a real one would."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, assert_never

from ordersales.models.charge import (
    Accepted,
    Answer,
    Declined,
    Misconfigured,
    PaymentMethod,
    Succeeded,
    WebhookEvent,
    Withdrawn,
)
from ordersales.models.refund import (
    ChargebackWon,
    RefundAccepted,
    RefundAnswer,
    RefundKind,
    RefundRefused,
    RefundSucceeded,
    RefundTold,
    ReturnReported,
)
from ordersales.models.stage import Retry
from ordersales.values.currency import Currency
from ordersales.values.identifiers import GatewayId
from ordersales.values.money import Money

#: What a message may tell.
Told = Answer | RefundTold | ReturnReported | ChargebackWon


def written(reference: str | None, answer: Told, event_id: str | None) -> bytes:
    """Return the message that tells `answer` of the charge with that reference."""
    told = {"reference": reference, **_told(answer)}
    number = event_id or "evt_" + sha256(json.dumps(told).encode()).hexdigest()[:16]
    return json.dumps({"id": number, **told}).encode()


def _told(answer: Told) -> dict[str, object]:
    match answer:
        case RefundTold(reference=reference, answer=said):
            return {"status": "refund", "refund": reference, "said": _refund_told(said)}
        case ReturnReported(kind=kind, gateway_id=name, amount=amount):
            money = {"minor": amount.minor, "currency": amount.currency.code}
            return {"status": "returned", "kind": kind, "name": name, **money}
        case ChargebackWon(gateway_id=name):
            return {"status": "won", "name": name}
        case _:
            return _charge_told(answer)


def _charge_told(answer: Answer) -> dict[str, object]:
    match answer:
        case Succeeded(gateway_id=charge, amount=amount, fee=fee, kept_method=kept):
            return {
                "status": "succeeded",
                "charge": charge,
                "minor": amount.minor,
                "currency": amount.currency.code,
                "fee": None if fee is None else fee.minor,
                "kept": None if kept is None else {"token": kept.token, "stored": kept.stored},
            }
        case Declined(code=code, message=message, retry=retry, gateway_id=charge):
            return {
                "status": "declined",
                "code": code,
                "message": message,
                "retry": retry,
                "charge": charge,
            }
        case Accepted(gateway_id=charge, buyer_action=action):
            return {"status": "accepted", "charge": charge, "action": action}
        case Withdrawn():
            return {"status": "withdrawn"}
        case Misconfigured(code=code, message=message):
            return {"status": "misconfigured", "code": code, "message": message}
        case never:
            assert_never(never)


def _refund_told(answer: RefundAnswer) -> dict[str, object]:
    match answer:
        case RefundSucceeded(gateway_id=name):
            return {"status": "succeeded", "name": name}
        case RefundAccepted(gateway_id=name):
            return {"status": "accepted", "name": name}
        case RefundRefused(code=code, message=message):
            return {"status": "refused", "code": code, "message": message}
        case never:
            assert_never(never)


def read(body: bytes) -> WebhookEvent | None:
    """Return what a message tells; None for one that is about no charge."""
    told = json.loads(body)
    if "status" not in told:
        return None
    return WebhookEvent(event_id=told["id"], reference=told["reference"], outcome=_outcome(told))


def _outcome(told: dict[str, Any]) -> Told:
    match told["status"]:
        case "refund":
            return RefundTold(reference=told["refund"], answer=_refund_answer(told["said"]))
        case "returned":
            amount = Money(int(told["minor"]), Currency.of(told["currency"]))
            kind, name = RefundKind(told["kind"]), GatewayId(told["name"])
            return ReturnReported(kind=kind, gateway_id=name, amount=amount)
        case "won":
            return ChargebackWon(gateway_id=GatewayId(told["name"]))
        case _:
            return _answer(told)


def _answer(told: dict[str, Any]) -> Answer:
    charge = GatewayId(told.get("charge", ""))
    match told["status"]:
        case "succeeded":
            currency = Currency.of(told["currency"])
            fee = None if told["fee"] is None else Money(int(told["fee"]), currency)
            amount = Money(int(told["minor"]), currency)
            kept = None if told["kept"] is None else PaymentMethod(**told["kept"])
            return Succeeded(gateway_id=charge, amount=amount, fee=fee, kept_method=kept)
        case "declined":
            return Declined(
                code=told["code"],
                message=told["message"],
                retry=Retry(told["retry"]),
                gateway_id=charge or None,
            )
        case "accepted":
            return Accepted(gateway_id=charge, buyer_action=told["action"])
        case "withdrawn":
            return Withdrawn()
        case _:
            return Misconfigured(code=told["code"], message=told["message"])


def _refund_answer(said: dict[str, str]) -> RefundAnswer:
    match said["status"]:
        case "succeeded":
            return RefundSucceeded(gateway_id=GatewayId(said["name"]))
        case "accepted":
            return RefundAccepted(gateway_id=GatewayId(said["name"]))
        case _:
            return RefundRefused(code=said["code"], message=said["message"])
