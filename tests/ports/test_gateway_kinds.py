from datetime import timedelta

import pytest

from ordersales.ports.gateway import Capabilities, GatewayKind

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("capabilities", "kind"),
    [
        (Capabilities(once_only=True, keys_kept_for=DAY, look_up=True), GatewayKind.ONCE_ONLY),
        (Capabilities(keys_kept_for=DAY, look_up=True), GatewayKind.KEY_AND_LOOK_UP),
        (Capabilities(keys_kept_for=DAY), GatewayKind.KEY_ONLY),
        (Capabilities(look_up=True), GatewayKind.LOOK_UP_ONLY),
        (Capabilities(), GatewayKind.NEITHER),
        # An object that can't be asked for again, or read, is worth what is left of it.
        (Capabilities(once_only=True, keys_kept_for=DAY), GatewayKind.KEY_ONLY),
        (Capabilities(once_only=True, look_up=True), GatewayKind.LOOK_UP_ONLY),
    ],
)
def test_a_gateway_is_of_the_kind_that_its_abilities_make_it(
    capabilities: Capabilities, kind: GatewayKind
) -> None:
    """How an attempt in doubt is recovered follows from the kind (rule C2)."""
    assert capabilities.kind is kind
