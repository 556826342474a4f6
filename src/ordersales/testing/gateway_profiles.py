"""What gateways of each kind declare: a ready-made profile for each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from attrs import evolve

from ordersales.ports.gateway import Capabilities, GatewayKind

_DAY: Final = timedelta(hours=24)
#: What does not depend on the kind: money goes back, and a stored method is charged.
_COMMON: Final = Capabilities(refund=True, partial_refund=True, one_click=True)

#: A gateway of each kind that can do all that its kind allows.
PROFILES: Final[Mapping[GatewayKind, Capabilities]] = {
    GatewayKind.ONCE_ONLY: evolve(
        _COMMON, once_only=True, keys_kept_for=_DAY, look_up=True, cancel=True
    ),
    GatewayKind.KEY_AND_LOOK_UP: evolve(_COMMON, keys_kept_for=_DAY, look_up=True, cancel=True),
    GatewayKind.KEY_ONLY: evolve(_COMMON, keys_kept_for=_DAY),
    GatewayKind.LOOK_UP_ONLY: evolve(_COMMON, look_up=True, cancel=True),
    GatewayKind.NEITHER: _COMMON,
}

#: What most providers offer.
EVERYTHING: Final = PROFILES[GatewayKind.KEY_AND_LOOK_UP]
