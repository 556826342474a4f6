"""How far the asking of a gateway got, and why it failed; of charges and refunds alike."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen


class Stage(StrEnum):
    """How far the asking of a gateway got."""

    #: Committed, and certainly not executed: it may be sent (again) under the same key.
    RESERVED = "reserved"
    #: Sent, and no word yet: never counted as failed.
    IN_DOUBT = "in doubt"
    #: The gateway accepted it and answers later.
    ACCEPTED = "accepted"
    #: Certainly not executed, and sending it again can't help before a person mends the set-up.
    BLOCKED = "blocked"
    #: Only a person, with evidence, or a webhook can settle it.
    HELD = "held for a person"
    #: The final word came.
    CLOSED = "closed"


class Retry(StrEnum):
    """What a decline says about trying again (rule R6)."""

    ALLOWED = "allowed"
    ANOTHER_METHOD = "with another method"
    FINAL = "final"


@frozen(kw_only=True)
class PaymentError:
    """Why an invoice failed, in the payment system's own code."""

    code: str
    message: str = ""
    retry: Retry = Retry.ALLOWED
