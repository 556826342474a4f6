"""The scripted gateway keeps the contract of a gateway, whatever it declares."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ordersales.ports.gateway import Capabilities
from ordersales.testing import ScriptedGateway
from ordersales.testing.contracts import AsyncGatewayContract, GatewayContract
from tests.drivers import AwaitedPort
from tests.testing.scripted import Scripted


class TestOfEverything(Scripted, GatewayContract):
    """A gateway that can do all there is, and tells its commission."""

    @pytest.fixture
    def gateway(self) -> ScriptedGateway:
        """Return it."""
        return ScriptedGateway(fee_per_mille=29)


class TestOfKeysOnly(Scripted, GatewayContract):
    """A gateway that knows keys, and can't find what it charged."""

    @pytest.fixture
    def gateway(self) -> ScriptedGateway:
        """Return it."""
        return ScriptedGateway(capabilities=Capabilities(keys_kept_for=timedelta(hours=24)))


class TestOfLookUpOnly(Scripted, GatewayContract):
    """A gateway that finds what it charged, and knows no keys."""

    @pytest.fixture
    def gateway(self) -> ScriptedGateway:
        """Return it."""
        return ScriptedGateway(capabilities=Capabilities(look_up=True, cancel=True))


class TestOfNothing(Scripted, GatewayContract):
    """A gateway that charges, and no more."""

    @pytest.fixture
    def gateway(self) -> ScriptedGateway:
        """Return it."""
        return ScriptedGateway(capabilities=Capabilities())


class TestAwaited(Scripted, AsyncGatewayContract):
    """A gateway that has to be awaited."""

    @pytest.fixture
    def gateway(self) -> Any:
        """Return it."""
        return AwaitedPort(ScriptedGateway())


class TestAwaitedOfNothing(Scripted, AsyncGatewayContract):
    """A gateway that has to be awaited, and can do no more than charge."""

    @pytest.fixture
    def gateway(self) -> Any:
        """Return it."""
        return AwaitedPort(ScriptedGateway(capabilities=Capabilities()))
