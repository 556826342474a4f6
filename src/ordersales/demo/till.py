"""The shop's back office with its payment systems, and what buyers and managers do there."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Final

from attrs import frozen

from ordersales import (
    AccountId,
    Actor,
    BackOffice,
    IdempotencyKey,
    Money,
    Order,
    PaymentMethod,
    PaymentSystem,
    Permission,
    RefundKind,
    Share,
    SystemName,
    UserId,
)
from ordersales.models.charge import Answer
from ordersales.models.refund import ReturnReported
from ordersales.ports.storage import Store
from ordersales.testing import MovableClock, Play, RefundPlay, ScriptedGateway
from ordersales.values.identifiers import AttemptReference, GatewayId

CARDS: Final = SystemName("Cards")
WALLET: Final = SystemName("Wallet")
TRANSFER: Final = SystemName("Transfer")

_ACCOUNT: Final = AccountId("cdnow")
#: Whoever comes through the shop's own pages: buyers and payment systems.
FRONT: Final = Actor(account=_ACCOUNT)
MANAGER: Final = Actor(
    account=_ACCOUNT,
    user=UserId("ada"),
    permissions={
        Permission.SEE_ORDERS,
        Permission.DECIDE_ORDERS,
        Permission.MANAGE_MANUAL_PAYMENTS,
        Permission.MANAGE_REFUNDS,
        Permission.MANAGE_SALES,
        Permission.KEEP_SALES_PLANS,
        Permission.SEE_REPORTS,
    },
)
_NEW_CARD: Final = PaymentMethod(token="card_new")  # noqa: S106 - no secret: a name for a card
_STORED_CARD: Final = PaymentMethod(token="card_kept", stored=True)  # noqa: S106 - as above


@frozen
class Chargeback:
    """What a bank took back: in its own book, and in the gateway's message about it."""

    charge: GatewayId
    dispute: GatewayId
    amount: Money


class Till:
    """Where orders are paid. Gateways play what they are told and keep books of their own."""

    def __init__(self, opened: datetime, seed: int, store: Store) -> None:
        """Open at a moment, with nothing in `store` yet; all chance follows from `seed`."""
        self.chance: Random = Random(seed)  # noqa: S311 - the same seed has to bring the same shop
        self.clock: MovableClock = MovableClock(opened)
        self.gateways: dict[SystemName, ScriptedGateway] = {
            CARDS: ScriptedGateway(fee_per_mille=29),
            WALLET: ScriptedGateway(fee_per_mille=34),
        }
        #: The banks' book of what they took back.
        self.chargebacks: list[Chargeback] = []
        systems = [PaymentSystem(name, gateway) for name, gateway in self.gateways.items()]
        self.office: BackOffice = BackOffice(
            store, [*systems, PaymentSystem(TRANSFER)], clock=self.clock
        )

    def charge(
        self,
        order: Order,
        play: Play = Play.SUCCEED,
        *,
        system: SystemName = CARDS,
        covers: Money | None = None,
        stored: bool = False,
        times: int = 1,
    ) -> Order:
        """Charge for `order`, the gateway doing as `play` says; `times` under one and same key."""
        self.gateways[system].then(play)
        key = IdempotencyKey(f"pay-{order.number}-{len(order.invoices) + 1}")
        method = _STORED_CARD if stored else _NEW_CARD
        for _ in range(times):
            order = self.office.payments.charge(
                FRONT, order.number, system, key=key, covers=covers, method=method
            ).order
        return order

    def finish(self, order: Order, answer: Answer | None = None) -> None:
        """Let the buyer come back from the bank's page; the gateway knows, the shop does not."""
        invoice = order.invoices[-1]
        self.gateways[invoice.system].finish(_reference(order), answer)

    def hear(self, order: Order, *, times: int = 1) -> None:
        """Receive the gateway's message about the latest payment of `order`, so many times."""
        system = order.invoices[-1].system
        body, headers = self.gateways[system].webhook(_reference(order))
        for _ in range(times):
            self.office.payments.hear(FRONT, system, body, headers)

    def transfer(self, order: Order) -> Order:
        """Let the buyer say that they sent a bank transfer."""
        key = IdempotencyKey(f"pay-{order.number}-1")
        comment = f"from customer {order.customer.id}"
        return self.office.payments.pay_manually(
            FRONT, order.number, TRANSFER, key=key, comment=comment
        ).order

    def received(self, order: Order, received: Money, commission: Money) -> None:
        """Let a manager confirm that the transfer came."""
        number = order.invoices[-1].number
        self.office.payments.confirm(
            MANAGER, order.number, number, received=received, commission=commission
        )

    def missing(self, order: Order) -> None:
        """Let a manager reject the transfer: it never came."""
        number = order.invoices[-1].number
        reason = "nothing arrived within a week"
        self.office.payments.reject(MANAGER, order.number, number, reason=reason)

    def refund(
        self, order: Order, amount: Money | None = None, play: RefundPlay = RefundPlay.SUCCEED
    ) -> Order:
        """Let a manager return `amount`, or all, of the latest payment of `order`."""
        invoice, key = order.invoices[-1], IdempotencyKey(f"refund-{order.number}")
        self.gateways[invoice.system].refunds.then(play)
        return self.office.refunds.refund(
            MANAGER, order.number, invoice.number, key=key, reason="sent back", amount=amount
        ).order

    def refund_all(self, order: Order) -> None:
        """Let a manager return all that was paid for `order`, whatever the payments were."""
        key, reason = IdempotencyKey(f"refund-{order.number}"), "never delivered"
        self.office.refunds.refund_order(MANAGER, order.number, key=key, reason=reason)

    def hear_refund(self, order: Order) -> None:
        """Receive the gateway's message about the latest refund of `order`."""
        system, reference = order.invoices[-1].system, order.refunds[-1].reference
        assert reference is not None  # noqa: S101 - a gateway was asked for it
        body, headers = self.gateways[system].refund_webhook(reference)
        self.office.payments.hear(FRONT, system, body, headers)

    def charge_back(self, order: Order) -> None:
        """Let the buyer's bank take the latest payment back, and receive the message about it."""
        invoice = order.invoices[-1]
        assert invoice.gateway_id is not None  # noqa: S101 - a gateway took the money
        dispute = GatewayId(f"dp_{len(self.chargebacks) + 1}")
        self.chargebacks.append(Chargeback(invoice.gateway_id, dispute, invoice.amount))
        told = ReturnReported(kind=RefundKind.CHARGEBACK, gateway_id=dispute, amount=invoice.amount)
        body, headers = self.gateways[invoice.system].webhook(_reference(order), told)
        self.office.payments.hear(FRONT, invoice.system, body, headers)

    def part_of(self, order: Order) -> Money:
        """Return a part of the price that a buyer might choose to pay next."""
        part = Share.percent(self.chance.randint(25, 60)).least_amount_of(order.price)
        return min(part, order.outstanding)


def _reference(order: Order) -> AttemptReference:
    return [item.attempt.reference for item in order.invoices if item.attempt is not None][-1]
