"""How the contract suite makes the scripted gateway answer in a certain way, awaited or not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ordersales.models.charge import ChargeRequest, Succeeded
from ordersales.models.refund import ChargebackWon, RefundKind, RefundRequest, ReturnReported
from ordersales.testing import Play, ScriptedGateway
from ordersales.testing.contracts.gateway.requests import Late, Message, Requests
from ordersales.testing.scripted_refunds import RefundPlay
from ordersales.values.identifiers import GatewayId
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

    def late(self, gateway: Any) -> Late:
        """Return a request that is executed late, and what executes it."""
        return self._next(gateway, Play.EXECUTE_LATE), itself(gateway).execute_late

    def failed(self, gateway: Any) -> ChargeRequest:
        """Return a request that is executed, and answered with an error."""
        return self._next(gateway, Play.SERVER_ERROR_AFTER)

    def duplicate(self, gateway: Any) -> ChargeRequest:
        """Return a request that is called a duplicate."""
        return self._next(gateway, Play.DUPLICATE)

    def message(self, gateway: Any, request: ChargeRequest) -> Message:
        """Return the message about a request."""
        return itself(gateway).webhook(request.reference)

    def aged_message(self, gateway: Any, request: ChargeRequest, age: timedelta) -> Message:
        """Return a message that was signed so long ago."""
        body, _ = self.message(gateway, request)
        return body, itself(gateway).signed(body, at=itself(gateway)._clock.now() - age)

    def rotated_message(self, gateway: Any, request: ChargeRequest) -> Message:
        """Return a message that was signed before the secret was replaced."""
        message = self.message(gateway, request)
        itself(gateway).rotate(b"new")
        return message

    def charges(self, gateway: Any, request: ChargeRequest) -> int:
        """Return how often a request was charged."""
        book = itself(gateway).charged
        return sum(charged.request.reference == request.reference for charged in book)

    def charges_of_order(self, gateway: Any, request: ChargeRequest) -> int:
        """Return how often money was taken for an order."""
        book, order = itself(gateway).charged, request.reference.order
        return sum(
            charged.request.reference.order == order and isinstance(charged.answer, Succeeded)
            for charged in book
        )

    def pending_refund(self, gateway: Any, refund: RefundRequest) -> RefundRequest:
        """Let the next refund stay open."""
        itself(gateway).refunds.then(RefundPlay.PEND)
        return refund

    def lost_refund(self, gateway: Any, refund: RefundRequest) -> RefundRequest:
        """Let the answer to the next refund get lost."""
        itself(gateway).refunds.then(RefundPlay.TIME_OUT_AFTER)
        return refund

    def refund_message(self, gateway: Any, refund: RefundRequest) -> Message:
        """Return the message about a refund."""
        return itself(gateway).refund_webhook(refund.reference)

    def return_message(self, gateway: Any, request: ChargeRequest, kind: RefundKind) -> Message:
        """Return the message that all money of a charge went back by itself."""
        told = ReturnReported(kind=kind, gateway_id=GatewayId("dp_1"), amount=request.amount)
        return itself(gateway).webhook(request.reference, told)

    def won_message(self, gateway: Any, request: ChargeRequest) -> Message:
        """Return the message that its chargeback was won back."""
        told = ChargebackWon(gateway_id=GatewayId("dp_1"))
        return itself(gateway).webhook(request.reference, told)
