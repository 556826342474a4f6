"""A process dies at any call, and nobody sends anything again: recovery alone settles it (C2).

Every scene is stopped at each of its calls, for each kind of gateway. Then the clock moves on, and
workers look after what is due until nothing is: the gateway's book and ours agree, nothing was
taken twice, and where a gateway allows no proof a person is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import pytest
from attrs import frozen

from ordersales import AccountId, BackOffice, InvoiceStatus, OrderStatus, Payment
from ordersales.models.capabilities import Capabilities, GatewayKind
from ordersales.models.charge import Accepted, Succeeded
from ordersales.models.order import AttentionReason, DecisionKind
from ordersales.models.reconciled import Reconciled
from ordersales.models.refund import RefundStatus, RefundSucceeded
from ordersales.models.stage import Stage
from ordersales.testing import Play, RefundPlay, ScriptedGateway
from tests.drivers import Shop
from tests.services.test_crashes import (
    Scene,
    assert_once,
    assert_whole,
    charging,
    deciding,
    kept,
    refunding,
    sending_again,
    stopped,
)

pytestmark = pytest.mark.rule("C2")

_REST: Final = {"cancel": True, "refund": True, "partial_refund": True}
_DAY: Final = timedelta(hours=24)
KINDS: Final = {
    GatewayKind.ONCE_ONLY: Capabilities(once_only=True, keys_kept_for=_DAY, look_up=True, **_REST),
    GatewayKind.KEY_AND_LOOK_UP: Capabilities(keys_kept_for=_DAY, look_up=True, **_REST),
    GatewayKind.KEY_ONLY: Capabilities(keys_kept_for=_DAY, **_REST),
    GatewayKind.LOOK_UP_ONLY: Capabilities(look_up=True, **_REST),
    GatewayKind.NEITHER: Capabilities(**_REST),
}
SCENES: Final[dict[str, Scene]] = {
    **{f"charge: {play}": charging(play) for play in Play},
    "send again": sending_again,
    "decline, and cancel at the gateway": deciding(DecisionKind.DECLINED, Play.PEND, Play.PEND),
    "decline in doubt": deciding(DecisionKind.DECLINED, Play.TIME_OUT_AFTER),
    **{f"refund: {play}": refunding(play) for play in RefundPlay},
}


def until_quiet(shop: Shop) -> list[Reconciled]:
    """Let workers look after what is due until nothing is, for at most a month."""
    done: list[Reconciled] = []
    end = shop.clock.now() + timedelta(days=30)
    while True:
        moments = [order.next_check for order, _ in kept(shop) if order.next_check is not None]
        if not moments:
            return done
        assert min(moments) < end, kept(shop)
        shop.clock.advance_to(max(min(moments), shop.clock.now()))
        did = shop.office.payments.reconcile()
        assert did
        done += did


def waiting(shop: Shop) -> list[Stage]:
    """Return how far the asking got of all that has no final word."""
    found: list[Stage] = []
    for order, _ in kept(shop):
        for invoice in order.invoices:
            if invoice.attempt is not None and invoice.status is InvoiceStatus.PENDING:
                found.append(invoice.attempt.stage)
            found += [item.stage for item in invoice.refunds if item.status is RefundStatus.PENDING]
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_a_crash_at_any_call(scene: Scene, kind: GatewayKind) -> None:
    for shop, _ in stopped(scene, KINDS[kind]):
        until_quiet(shop)
        assert_whole(shop)
        print(
            kind,
            waiting(shop),
            [f.reason for o, _ in kept(shop) for f in o.attention],
            shop.gateway.calls,
            len(shop.gateway.charged),
        )
