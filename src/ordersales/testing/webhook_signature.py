"""How the scripted gateway signs its messages, and which signatures it believes."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from ordersales.errors import WebhookRejected
from ordersales.ports.clock import Clock

#: How old a message may be, and how far ahead the clock of who sent it.
TOLERANCE: Final = timedelta(seconds=300)
_WRITTEN: Final = re.compile("t=([0-9]{1,10}),v1=([0-9a-f]{64})")


class Signatures:
    """Signs with the first of its secrets, and believes each of them: they are all current."""

    def __init__(self, secrets: Iterable[bytes], clock: Clock) -> None:
        """Begin with these secrets, the newest first."""
        self.secrets: tuple[bytes, ...] = tuple(secrets)
        self._clock = clock

    def sign(self, body: bytes, at: datetime | None = None) -> str:
        """Return the signature of a message that is sent now, or at another moment."""
        seconds = str(int((at or self._clock.now()).timestamp()))
        return f"t={seconds},v1={_signed(self.secrets[0], seconds, body)}"

    def verify(self, body: bytes, signature: str) -> None:
        """Return if the message was signed with a current secret, about now.

        Raises:
            WebhookRejected: It was not.
        """
        written = _WRITTEN.fullmatch(signature)
        if written is None:
            raise WebhookRejected("there is no signature")
        seconds, given = written.groups()
        # All of them are compared, so that the time it takes doesn't tell which one is near.
        fits = [
            hmac.compare_digest(given, _signed(secret, seconds, body)) for secret in self.secrets
        ]
        if not any(fits):
            raise WebhookRejected("the signature is not that of the body")
        if abs(self._clock.now() - datetime.fromtimestamp(int(seconds), UTC)) > TOLERANCE:
            raise WebhookRejected("it was signed too long ago, or ahead of time")


def _signed(secret: bytes, seconds: str, body: bytes) -> str:
    return hmac.new(secret, seconds.encode() + b"." + body, sha256).hexdigest()
