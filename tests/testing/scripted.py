"""How the contract suite makes the scripted gateway answer in a certain way, awaited or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ordersales.models.charge import ChargeRequest
from ordersales.testing import Play, ScriptedGateway
from ordersales.testing.contracts.gateway.till import Requests
from tests.drivers import AwaitedPort


def itself(gateway: Any) -> ScriptedGateway:
    """Return the scripted gateway, also where it has to be awaited."""
    return gateway._port if isinstance(gateway, AwaitedPort) else gateway


class Scripted(Requests):
    """Tells the scripted gateway what to do with the request that comes next."""

    def _next(self, gateway: Any, play: Play) -> ChargeRequest:
        itself(gateway).then(play)
        return self.request()

    def succeeding(self, gateway: Any) -> ChargeRequest:
        """Return a request that succeeds."""
        return self._next(gateway, Play.SUCCEED)

    def declining(self, gateway: Any) -> ChargeRequest:
        """Return a request that is declined."""
        return self._next(gateway, Play.DECLINE)

    def pending(self, gateway: Any) -> ChargeRequest:
        """Return a request that stays open."""
        return self._next(gateway, Play.PEND)

    def unsent(self, gateway: Any) -> ChargeRequest:
        """Return a request that is not executed."""
        return self._next(gateway, Play.NOT_SENT)

    def lost(self, gateway: Any) -> ChargeRequest:
        """Return a request whose answer is lost."""
        return self._next(gateway, Play.TIME_OUT_AFTER)

    def message(self, gateway: Any, request: ChargeRequest) -> tuple[bytes, Mapping[str, str]]:
        """Return the message about a request."""
        return itself(gateway).webhook(request.reference)

    def charges(self, gateway: Any, request: ChargeRequest) -> int:
        """Return how often a request was charged."""
        book = itself(gateway).charged
        return sum(charged.request.reference == request.reference for charged in book)
