"""What a payment gateway can do, and what can be promised of it because of that."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from attrs import frozen


class GatewayKind(StrEnum):
    """The kinds of gateways: what can be promised of an attempt in doubt (rule C2)."""

    ONCE_ONLY = "once-only object"
    KEY_AND_LOOK_UP = "key and look-up"
    KEY_ONLY = "key only"
    LOOK_UP_ONLY = "look-up only"
    NEITHER = "neither"


@frozen(kw_only=True)
class Capabilities:
    """What a gateway can do; how an attempt in doubt is recovered follows from it (rule C2).

    >>> Capabilities(look_up=True).kind
    <GatewayKind.LOOK_UP_ONLY: 'look-up only'>
    """

    #: Whether the provider takes the money of one order, or of one occurrence, at most once,
    #: whatever it is asked: the adapter makes one object for each that can succeed only once.
    once_only: bool = False
    #: Whether such an object is made for each attempt on an order that is no occurrence, and not
    #: for the order: only then can the order be paid in parts, by a charge for each (rule P1).
    once_per_attempt: bool = False
    #: How long a repeated key is answered with the first answer; None if keys are not known.
    keys_kept_for: timedelta | None = None
    #: Whether a charge, and a refund, can be found by its reference.
    look_up: bool = False
    #: Whether a charge that has no final answer can be canceled.
    cancel: bool = False
    #: Whether money can be returned, and whether a part of a charge can.
    refund: bool = False
    partial_refund: bool = False
    #: Whether a stored method can be charged without card entry (rule I7).
    one_click: bool = False

    @property
    def takes_parts(self) -> bool:
        """Whether an order can be paid by several charges (rule P1)."""
        return self.once_per_attempt or not self.once_only

    @property
    def kind(self) -> GatewayKind:
        """Which kind of gateway this is."""
        keys = self.keys_kept_for is not None
        if self.once_only and keys and self.look_up:
            return GatewayKind.ONCE_ONLY
        if self.look_up:
            return GatewayKind.KEY_AND_LOOK_UP if keys else GatewayKind.LOOK_UP_ONLY
        return GatewayKind.KEY_ONLY if keys else GatewayKind.NEITHER
