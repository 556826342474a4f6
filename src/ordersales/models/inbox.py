"""What a payment system told, as it is kept until it is understood."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from ordersales.models.charge import WebhookEvent
from ordersales.values.identifiers import SystemName


@frozen(kw_only=True)
class KeptMessage:
    """A message of a payment system that no attempt has been found for yet (rule C4)."""

    system: SystemName
    event: WebhookEvent
    #: When it came.
    kept_at: datetime
    #: How often an attempt was looked for since.
    tries: int = 0
