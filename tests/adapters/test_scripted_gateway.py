"""The scripted gateway keeps the contract of a gateway, of whatever kind it is."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from ordersales.ports.gateway import Capabilities, GatewayKind
from ordersales.testing import PROFILES, ScriptedGateway
from ordersales.testing.contracts import AsyncGatewayContract, GatewayContract
from tests.drivers import AwaitedPort
from tests.testing.scripted import Scripted


class TestOfEachKind(Scripted, GatewayContract):
    """A gateway of each kind that can do all that its kind allows, and tells its commission."""

    @pytest.fixture(params=GatewayKind)
    def gateway(self, request: pytest.FixtureRequest) -> ScriptedGateway:
        """Return one of them."""
        return ScriptedGateway(capabilities=PROFILES[request.param], fee_per_mille=29)


class TestOfAnObjectForEachAttempt(Scripted, GatewayContract):
    """A gateway whose objects succeed once, and are made for each attempt on a regular order."""

    @pytest.fixture
    def gateway(self) -> ScriptedGateway:
        """Return it."""
        able = evolve(PROFILES[GatewayKind.ONCE_ONLY], once_per_attempt=True)
        return ScriptedGateway(capabilities=able)


class TestOfNothing(Scripted, GatewayContract):
    """A gateway that charges, and no more."""

    @pytest.fixture
    def gateway(self) -> ScriptedGateway:
        """Return it."""
        return ScriptedGateway(capabilities=Capabilities())


class TestAwaitedOfEachKind(Scripted, AsyncGatewayContract):
    """A gateway of each kind that has to be awaited."""

    @pytest.fixture(params=GatewayKind)
    def gateway(self, request: pytest.FixtureRequest) -> Any:
        """Return one of them."""
        return AwaitedPort(ScriptedGateway(capabilities=PROFILES[request.param]))


class TestAwaitedOfNothing(Scripted, AsyncGatewayContract):
    """A gateway that has to be awaited, and can do no more than charge."""

    @pytest.fixture
    def gateway(self) -> Any:
        """Return it."""
        return AwaitedPort(ScriptedGateway(capabilities=Capabilities()))
