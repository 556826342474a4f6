"""What the scripted gateway can be told to do with a charge, and what it then says."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from ordersales.errors import NotSent, OutcomeUnknown
from ordersales.models.charge import (
    Accepted,
    Answer,
    ChargeRequest,
    Declined,
    Misconfigured,
    Succeeded,
)
from ordersales.models.stage import Retry
from ordersales.values.identifiers import GatewayId
from ordersales.values.money import Money


class Play(StrEnum):
    """What the gateway does with the next charge."""

    SUCCEED = "takes the money"
    DECLINE = "declines; trying again may help"
    DECLINE_METHOD = "declines this method"
    DECLINE_FINALLY = "declines for good"
    PEND = "accepts, and answers later"
    TIME_OUT_AFTER = "takes the money, and the answer is lost"
    TIME_OUT_BEFORE = "never gets the request, and the caller can't tell"
    EXECUTE_LATE = "takes the money when the caller has given up"
    SERVER_ERROR_AFTER = "takes the money, and answers with an error that the key keeps"
    SERVER_ERROR_BEFORE = "takes nothing, and answers with an error that the key keeps"
    DUPLICATE = "calls it a duplicate of another one, and takes nothing"
    NOT_SENT = "certainly never gets the request"
    MISCONFIGURED = "refuses: repeating can't help"
    OTHER_AMOUNT = "takes one minor unit too much"
    BREAK = "fails in a way that its adapter did not foresee"


#: What is raised where nothing comes into the book.
NOTHING_DONE: Final[dict[Play, tuple[type[Exception], str]]] = {
    Play.TIME_OUT_BEFORE: (OutcomeUnknown, "timed out"),
    Play.DUPLICATE: (OutcomeUnknown, "duplicate transaction"),
    Play.NOT_SENT: (NotSent, "connection refused"),
    Play.BREAK: (RuntimeError, "the adapter stumbled"),
}
_DECLINES: Final = {
    Play.DECLINE: ("insufficient_funds", Retry.ALLOWED),
    Play.DECLINE_METHOD: ("expired_card", Retry.ANOTHER_METHOD),
    Play.DECLINE_FINALLY: ("stolen_card", Retry.FINAL),
}
REFUSAL: Final = Misconfigured(code="no_such_customer", message="The customer was deleted.")


def answer_to(
    request: ChargeRequest, play: Play, gateway_id: GatewayId, *, fee_per_mille: int | None
) -> Answer:
    """Return what becomes of a charge that is executed, its answer lost or not."""
    if play in _DECLINES:
        code, retry = _DECLINES[play]
        message = f"The bank said: {code.replace('_', ' ')}."
        return Declined(code=code, message=message, retry=retry, gateway_id=gateway_id)
    if play is Play.PEND:
        return Accepted(gateway_id=gateway_id, buyer_action="https://bank.example/3ds")
    taken = request.amount
    if play is Play.OTHER_AMOUNT:
        taken = Money(taken.minor + 1, taken.currency)
    return Succeeded(gateway_id=gateway_id, amount=taken, fee=_fee(taken, fee_per_mille))


def _fee(amount: Money, per_mille: int | None) -> Money | None:
    if per_mille is None:
        return None
    return Money(amount.minor * per_mille // 1000, amount.currency)
