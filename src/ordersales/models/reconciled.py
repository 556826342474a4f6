"""What was done about payments and refunds that have no final word (rule C2)."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from ordersales.values.identifiers import AccountId, InvoiceNumber, OrderNumber


class Checked(StrEnum):
    """What looking after one of them came to."""

    SENT = "sent it under the same key"
    LOOKED_UP = "looked it up"
    SENT_ANEW = "found nothing, and sent it under a new key"
    SET_ASIDE = "found nothing, and kept it for when it may be sent"
    SKIPPED = "found nothing, and counted it as failed: its method may not be charged"
    WITHDREW = "withdrew it: it was not executed, and is not wanted any more"
    CALLED_BACK = "called it back"
    WAITED = "waited"
    HELD = "held it for a person"
    BLOCKED = "blocked it until its set-up is mended"
    LEFT = "left it to the person it was flagged for"
    MATCHED = "found what a kept message is about"


@frozen(kw_only=True)
class Reconciled:
    """One thing that was looked after; look at the order for what became of it."""

    account: AccountId
    order: OrderNumber
    invoice: InvoiceNumber
    #: Which refund of the invoice; None for the payment itself.
    refund: int | None = None
    what: Checked
