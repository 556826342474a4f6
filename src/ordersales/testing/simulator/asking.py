"""The gateway as the library sees it: every question is held against what is committed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from ordersales.models.charge import Answer, ChargeRequest, WebhookEvent
from ordersales.models.invoice import Invoice
from ordersales.models.refund import Refund, RefundAnswer, RefundReference, RefundRequest
from ordersales.models.stage import Stage
from ordersales.ports.gateway import Capabilities, PaymentGateway
from ordersales.rules.charge_policy import SEND_DEADLINE
from ordersales.testing.simulator.ledger import Ledger
from ordersales.testing.simulator.world import World
from ordersales.values.identifiers import AttemptReference

#: What the calls between the last look at the clocks and the question may take.
_SLACK: Final = timedelta(seconds=2)
_NOT_ASKED: Final = (Stage.RESERVED, Stage.BLOCKED)


class Asked:
    """Passes every question on to a gateway, after it was checked (5, 7)."""

    def __init__(self, world: World, ledger: Ledger, gateway: PaymentGateway) -> None:
        """Stand before `gateway`, which may be the host's own wrapper of the simulated one."""
        self._world = world
        self._ledger = ledger
        self._gateway = gateway
        self._charges: dict[str, ChargeRequest] = {}
        self._refunds: dict[RefundReference, RefundRequest] = {}

    @property
    def capabilities(self) -> Capabilities:
        """What the gateway can do."""
        return self._gateway.capabilities

    def charge(self, request: ChargeRequest) -> Answer:
        """Hold that the charge is permitted, and that its key never meant another."""
        if self._charges.setdefault(request.key, request) != request:
            self._world.broken(5, f"{request.key} was asked for something else before")
        invoice = self._ledger.attempted(request.reference)
        if invoice is None or invoice.attempt is None:
            self._world.broken(7, f"{request.key} was asked before its attempt was committed")
        elif (invoice.attempt.key, invoice.amount) != (request.key, request.amount):
            known = f"{invoice.attempt.key} for {invoice.amount}"
            self._world.broken(5, f"{request.key} was asked for {request.amount}; known is {known}")
        else:
            self._in_time(request.key, invoice.attempt.stage, invoice.attempt.sent_at)
        self._world.tell(self._ledger.at_work[0], f"asks for {request.amount} as {request.key}")
        return self._gateway.charge(request)

    def _in_time(self, name: str, stage: Stage, permitted_at: datetime) -> None:
        late = self._world.clock.now() - permitted_at
        if stage in _NOT_ASKED:
            self._world.broken(7, f"{name} was asked while its attempt is {stage}")
        elif late > SEND_DEADLINE + _SLACK:
            self._world.broken(7, f"{name} was asked {late} after it was permitted")

    def refund(self, request: RefundRequest) -> RefundAnswer:
        """Hold that the refund is permitted, and that its reference never meant another."""
        if self._refunds.setdefault(request.reference, request) != request:
            self._world.broken(5, f"{request.reference} was asked for something else before")
        refund = _refund(self._ledger.attempted(request.reference.attempt), request)
        if refund is None or refund.amount != request.amount:
            self._world.broken(7, f"{request.reference} was asked before it was committed")
        elif refund.stage in _NOT_ASKED:
            self._world.broken(7, f"{request.reference} was asked while it is {refund.stage}")
        who = self._ledger.at_work[0]
        self._world.tell(who, f"asks to return {request.amount} as {request.reference}")
        return self._gateway.refund(request)

    def look_up(self, reference: AttemptReference) -> Answer | None:
        """Pass the question on."""
        self._world.tell(self._ledger.at_work[0], f"looks {reference} up")
        return self._gateway.look_up(reference)

    def cancel(self, reference: AttemptReference) -> Answer | None:
        """Pass the question on."""
        self._world.tell(self._ledger.at_work[0], f"asks to cancel {reference}")
        return self._gateway.cancel(reference)

    def look_up_refund(self, reference: RefundReference) -> RefundAnswer | None:
        """Pass the question on."""
        return self._gateway.look_up_refund(reference)

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent | None:
        """Pass the message on."""
        return self._gateway.read_webhook(body, headers)


def _refund(invoice: Invoice | None, request: RefundRequest) -> Refund | None:
    return None if invoice is None else invoice.refund(request.reference.refund)
