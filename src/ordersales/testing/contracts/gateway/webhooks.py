"""Messages: read if they are the provider's own, rejected whenever they may not be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from ordersales.errors import WebhookRejected
from ordersales.models.charge import WebhookEvent
from ordersales.models.refund import ChargebackWon, RefundKind, RefundTold, ReturnReported
from ordersales.services.engine import ask
from ordersales.testing.contracts.gateway.refunds import same_or_further
from ordersales.testing.contracts.gateway.requests import Message
from ordersales.testing.contracts.gateway.till import Taken, Till
from ordersales.testing.contracts.promises import holds, promise, same

#: Messages are believed for five minutes either way; a sandbox may be slow, so not to the second.
_ON_ITS_WAY: Final = timedelta(minutes=4)
_TOO_FAR: Final = timedelta(minutes=6)


class WebhookPromises:
    """Held where the suite can make a genuine message."""

    @promise
    async def test_a_genuine_message_is_read(self, till: Till) -> None:
        """A genuine message tells the reference that was sent, and what became of the charge."""
        request = till.succeeding()
        answer = await till.charge(request)
        event = await _read(till, till.message(request))
        same(str(request.reference), event.reference, "the reference")
        same(answer, event.outcome, "what became of it")

    @promise
    async def test_a_message_keeps_its_number(self, till: Till) -> None:
        """A message that is delivered twice carries the same number, and another one another."""
        numbers: list[str] = []
        for _ in range(2):
            request = till.succeeding()
            await till.charge(request)
            body, headers = till.message(request)
            for _ in range(2):
                event = await ask(till.gateway.read_webhook, body, headers)
                numbers.append("" if event is None else event.event_id)
        same([numbers[0], numbers[0], numbers[2], numbers[2]], numbers, "the numbers")
        same(2, len({*numbers}), "different numbers")

    @promise
    async def test_a_message_may_come_late(self, till: Till) -> None:
        """A message that was on its way for four minutes is read as one that comes at once."""
        request = till.succeeding()
        await till.charge(request)
        event = await _read(till, till.aged_message(request, _ON_ITS_WAY))
        same(await _read(till, till.message(request)), event, "what it tells")

    @promise
    def test_an_old_message_is_rejected(self, till: Till) -> None:
        """A message that was signed more than five minutes ago raises WebhookRejected."""
        self._too_far(till, _TOO_FAR)

    @promise
    def test_a_message_from_the_future_is_rejected(self, till: Till) -> None:
        """A message that is signed for more than five minutes ahead raises WebhookRejected."""
        self._too_far(till, -_TOO_FAR)

    @staticmethod
    def _too_far(till: Till, age: timedelta) -> None:
        request = till.succeeding()
        till.drive(till.charge(request))
        till.drive(_rejected(till, *till.aged_message(request, age)))

    @promise
    async def test_every_current_secret_is_believed(self, till: Till) -> None:
        """A message that is signed with another current secret is read, while one is replaced."""
        request = till.succeeding()
        answer = await till.charge(request)
        event = await _read(till, till.rotated_message(request))
        same(answer, event.outcome, "what became of the charge")

    @promise
    async def test_a_message_about_a_refund_is_read(self, till: Till) -> None:
        """A message about a refund that was asked for tells its reference, and what became of it."""
        till.needs_refund()
        refund = (await till.taken()).refund()
        answer = await till.refund(refund)
        told = (await _read(till, till.refund_message(refund))).outcome
        if not isinstance(told, RefundTold):
            raise AssertionError(f"it tells {told!r}")
        same(str(refund.reference), told.reference, "the refund's reference")
        same_or_further(answer, told.answer)

    @promise
    async def test_a_refund_at_the_provider_is_read(self, till: Till) -> None:
        """A message about a refund made at the provider tells the charge, the sum and an id."""
        await _reported(till, RefundKind.EXTERNAL)

    @promise
    async def test_a_chargeback_is_read(self, till: Till) -> None:
        """A message about a chargeback tells the charge, the sum and an id."""
        await _reported(till, RefundKind.CHARGEBACK)

    @promise
    async def test_a_chargeback_that_was_won_is_read(self, till: Till) -> None:
        """A message about a chargeback that was won back names it as it was told before."""
        taken, lost = await _reported(till, RefundKind.CHARGEBACK)
        event = await _read(till, till.won_message(taken.request))
        same(str(taken.request.reference), event.reference, "the charge's reference")
        same(ChargebackWon(gateway_id=lost.gateway_id), event.outcome, "what it tells")

    @promise
    def test_an_altered_message_is_rejected(self, till: Till) -> None:
        """A message whose body was altered raises WebhookRejected, wherever it was altered."""
        ((body, headers),) = till.drive(_message(till))
        middle = len(body) // 2
        flipped = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
        for altered in (body + b" ", body[1:], flipped, b""):
            till.drive(_rejected(till, altered, headers))

    @promise
    def test_a_forged_message_is_rejected(self, till: Till) -> None:
        """A message without the provider's signature raises WebhookRejected."""
        ((body, headers),) = till.drive(_message(till))
        other = {name: _forged(value) for name, value in headers.items()}
        empty = dict.fromkeys(headers, "")
        for forged in (other, empty, {}):
            till.drive(_rejected(till, body, forged))


async def _read(till: Till, message: Message) -> WebhookEvent:
    """Read a genuine message, and hold that it tells something."""
    event = await ask(till.gateway.read_webhook, *message)
    if event is None:
        raise AssertionError("it tells nothing about a charge")
    return event


async def _reported(till: Till, kind: RefundKind) -> tuple[Taken, ReturnReported]:
    """Take money, and hold how its going back by itself is told."""
    taken = await till.taken()
    event = await _read(till, till.return_message(taken.request, kind))
    same(str(taken.request.reference), event.reference, "the charge's reference")
    told = event.outcome
    if not isinstance(told, ReturnReported):
        raise AssertionError(f"it tells {told!r}")
    same((kind, taken.answer.amount), (told.kind, told.amount), "what went back")
    holds(told.gateway_id, "the provider's id is empty")
    return taken, told


async def _message(till: Till) -> Message:
    """Return a genuine message."""
    request = till.succeeding()
    await till.charge(request)
    return till.message(request)


def _forged(value: str) -> str:
    """Return a value of the same length, with another last character."""
    return value[:-1] + ("0" if value[-1:] != "0" else "1")


async def _rejected(till: Till, body: bytes, headers: Mapping[str, str]) -> None:
    try:
        event: WebhookEvent | None = await ask(till.gateway.read_webhook, body, headers)
    except WebhookRejected:
        return
    raise AssertionError(f"it was read as {event!r}, with the headers {dict(headers)!r}")
