"""Messages: read if they are the provider's own, rejected whenever they may not be."""

from __future__ import annotations

from collections.abc import Mapping

from ordersales.errors import WebhookRejected
from ordersales.models.charge import WebhookEvent
from ordersales.services.engine import ask
from ordersales.testing.contracts.gateway.till import Till
from ordersales.testing.contracts.promises import promise, same


class WebhookPromises:
    """Held where the suite can make a genuine message."""

    @promise
    async def test_a_genuine_message_is_read(self, till: Till) -> None:
        """A genuine message tells the reference that was sent, and what became of the charge."""
        request = till.succeeding()
        answer = await till.charge(request)
        event = await ask(till.gateway.read_webhook, *till.message(request))
        if event is None:
            raise AssertionError("it says nothing about a charge")
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


async def _message(till: Till) -> tuple[bytes, Mapping[str, str]]:
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
