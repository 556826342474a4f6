"""The messages of the scripted gateway: written by what its books say, signed, and read again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime

from ordersales.errors import InvalidInput
from ordersales.models.charge import WebhookEvent
from ordersales.models.refund import RefundAnswer, RefundReference, RefundTold
from ordersales.testing import webhook_format
from ordersales.testing.charge_book import ChargeBook
from ordersales.testing.scripted_refunds import ScriptedRefunds
from ordersales.testing.webhook_format import Told
from ordersales.testing.webhook_signature import Signatures
from ordersales.values.identifiers import AttemptReference


class ScriptedMessages(ABC):
    """What a gateway with these books writes and reads; `ScriptedGateway` inherits it."""

    def __init__(self, refunds: ScriptedRefunds, signatures: Signatures) -> None:
        """Tell of what is in the books."""
        #: What it was asked to return, with a script of its own: `then`, `book`, `calls`.
        self.refunds: ScriptedRefunds = refunds
        self._signatures = signatures

    @property
    @abstractmethod
    def book(self) -> ChargeBook:
        """What it keeps of the charges that it executed."""

    def webhook(
        self,
        reference: AttemptReference | str | None,
        answer: Told | None = None,
        *,
        event_id: str | None = None,
    ) -> tuple[bytes, dict[str, str]]:
        """Return the signed message that tells of a charge, to be delivered as often as wanted.

        Without an `answer` it tells what the book says; `ReturnReported` and `ChargebackWon` tell
        of money of that charge that goes back, or comes back, by itself. Two messages with one
        `event_id` are two deliveries of the same one; without it, the same word has the same
        number. It is believed for five minutes, and then has to be signed again, by `signed`.

        Raises:
            InvalidInput: No answer is given, and there is no charge with that reference.
        """
        told = answer or self._booked(reference)
        if told is None:
            raise InvalidInput.of("reference", reference, "that of a charge it was asked for")
        body = webhook_format.written(None if reference is None else str(reference), told, event_id)
        return body, self.signed(body)

    def _booked(self, reference: AttemptReference | str | None) -> Told | None:
        charged = self.book.find(reference) if isinstance(reference, AttemptReference) else None
        return None if charged is None else charged.answer

    def refund_webhook(
        self,
        reference: RefundReference,
        answer: RefundAnswer | None = None,
        *,
        event_id: str | None = None,
    ) -> tuple[bytes, dict[str, str]]:
        """Return the signed message that tells of a refund, by default what the book says.

        Raises:
            InvalidInput: No answer is given, and there is no refund with that reference.
        """
        told = answer or self.refunds.find(reference)
        if told is None:
            raise InvalidInput.of("reference", str(reference), "that of a refund it was asked for")
        outcome = RefundTold(reference=str(reference), answer=told)
        return self.webhook(reference.attempt, outcome, event_id=event_id)

    def rotate(self, secret: bytes) -> None:
        """Sign with a new secret from now on; the earlier ones are current still."""
        self._signatures.secrets = (secret, *self._signatures.secrets)

    def signed(self, body: bytes, *, at: datetime | None = None) -> dict[str, str]:
        """Return the headers of a message that it sends now, or sent at another moment."""
        return {"Signature": self._signatures.sign(body, at)}

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent | None:
        """Verify and read a message that `webhook` made.

        Raises:
            WebhookRejected: It is not signed with a current secret, or not within five minutes.
        """
        given = {name.lower(): value for name, value in headers.items()}
        self._signatures.verify(body, given.get("signature", ""))
        return webhook_format.read(body)
