"""The synchronous front door: every thing the library does, one line a method.

`AsyncBackOffice` is its twin, method by method. Each method takes the `Actor` who asks first; the
records it reads and changes are those of the actor's account (rules A2, A4). Any method may raise
`PermissionMissing` before anything is read, `NotFound` for what the account does not have, and
`Conflict` when storage was contended beyond patience; in each case nothing was changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from ordersales.models.actor import Actor
from ordersales.models.charge import PaymentMethod, WebhookResult
from ordersales.models.event import Event
from ordersales.models.filters import EVERYTHING, OrderFilter, Page
from ordersales.models.offer import Customer, Offer
from ordersales.models.order import DecisionKind, Order, Payment
from ordersales.models.sale import Manager
from ordersales.ports.clock import Clock, SystemClock
from ordersales.ports.payment_systems import PaymentSystem, PaymentSystems, found_by
from ordersales.ports.storage import Store
from ordersales.rules.permissions import Operation
from ordersales.services import orders, payments, webhooks
from ordersales.services.desk import Desk
from ordersales.services.engine import run
from ordersales.services.payments import Wish
from ordersales.values.identifiers import (
    IdempotencyKey,
    InvoiceNumber,
    OrderNumber,
    SystemName,
)
from ordersales.values.money import Money


@frozen
class Orders:
    """What is done with orders."""

    _desk: Desk

    def place(
        self,
        actor: Actor,
        offer: Offer,
        customer: Customer,
        *,
        key: IdempotencyKey,
        quantity: int = 1,
        manager: Manager | None = None,
    ) -> Order:
        """Place an order for `quantity` of `offer`; the same `key` again gives the same order.

        The price is the unit price times the quantity; one of zero completes at once. A manager
        named here is credited with the sale, unconfirmed; otherwise the system is (rules O1-O4,
        O7, S1, C5).

        Raises:
            InvalidInput: A field is malformed, or the offer does not allow that quantity.
            KeyReused: The key was used for another offer, customer or quantity.
        """
        script = orders.place(
            self._desk, actor, offer, customer, key=key, quantity=quantity, manager=manager
        )
        return run(script)

    def get(self, actor: Actor, number: OrderNumber) -> Order:
        """Return one order with its invoices."""
        return run(orders.get(self._desk, actor, number))

    def page(
        self,
        actor: Actor,
        wanted: OrderFilter = EVERYTHING,
        *,
        after: int | None = None,
        limit: int = 50,
    ) -> Page[Order]:
        """Return up to `limit` orders that match `wanted`, newest first (rules L1, L4).

        Hand a page's ``after`` to the next call; orders placed meanwhile neither repeat nor hide
        others. At most 1000 are returned at once.

        Raises:
            InvalidInput: `limit` or `after` is out of range.
        """
        return run(orders.page(self._desk, actor, wanted, after=after, limit=limit))

    def count(self, actor: Actor, wanted: OrderFilter = EVERYTHING) -> int:
        """Return how many orders match `wanted`."""
        return run(orders.count(self._desk, actor, wanted))

    def history(self, actor: Actor, number: OrderNumber) -> tuple[Event, ...]:
        """Return what happened to one order, oldest first (rule E1)."""
        return run(orders.history(self._desk, actor, number))

    def offered(
        self, actor: Actor, number: OrderNumber, wanted: OrderFilter = EVERYTHING
    ) -> tuple[Operation, ...]:
        """Return what a list filtered by `wanted` offers on the order's row (rules A3, P4)."""
        return run(orders.offered(self._desk, actor, number, wanted))

    def confirm(self, actor: Actor, number: OrderNumber, *, reason: str = "") -> Order:
        """Complete a partial order though something is outstanding, which is waived (rule P2).

        Raises:
            WrongTerms: The order is to be paid in full.
            WrongStatus: It is not Open.
        """
        kind = DecisionKind.CONFIRMED
        return run(orders.decide(self._desk, actor, number, kind, reason=reason))

    def decline(self, actor: Actor, number: OrderNumber, *, reason: str) -> Order:
        """Reject a partial order; what is in flight is canceled where the gateway can (rule P3).

        Money paid stays recorded until it is refunded; money that still arrives is recorded and
        the order flagged (rule O6).

        Raises:
            WrongTerms: The order is to be paid in full.
            WrongStatus: It is not Open.
        """
        kind = DecisionKind.DECLINED
        return run(orders.decide(self._desk, actor, number, kind, reason=reason))

    def cancel(self, actor: Actor, number: OrderNumber, *, reason: str) -> Order:
        """Give an open order up, with a reason, while no gateway can take money (rule O5).

        Raises:
            WrongStatus: The order is not Open.
            PaymentUnderWay: A gateway was asked and has not finally answered.
        """
        kind = DecisionKind.CANCELED
        return run(orders.decide(self._desk, actor, number, kind, reason=reason))

    def expire(self, actor: Actor, number: OrderNumber, *, reason: str) -> Order:
        """Give an open order up because its time is over, by the rules of `cancel` (rule O5).

        Raises:
            WrongStatus: The order is not Open.
            PaymentUnderWay: A gateway was asked and has not finally answered.
        """
        kind = DecisionKind.EXPIRED
        return run(orders.decide(self._desk, actor, number, kind, reason=reason))


@frozen
class Payments:
    """What is done with payments."""

    _desk: Desk

    def charge(
        self,
        actor: Actor,
        order: OrderNumber,
        system: SystemName,
        *,
        key: IdempotencyKey,
        covers: Money | None = None,
        amount: Money | None = None,
        method: PaymentMethod | None = None,
    ) -> Payment:
        """Take money for an order through a gateway; the same `key` again takes nothing again.

        `covers` is what is settled of the price; left out, all that may still be paid, or the
        next of fixed shares. `amount` is what is charged where that is in another currency.
        Look at the invoice's status: *Paid*, *Failed*, or *Pending* where the answer comes later
        or got lost (rules C1, C5, I3-I7, P1).

        Raises:
            InvalidInput: An amount is not positive, in the wrong currency, or missing.
            WrongTerms: The payment system is manual.
            WrongStatus: The order is not Open.
            PaymentUnderWay: One payment at a time is allowed, and one has no final answer.
            ExceedsOutstanding: With what is paid and pending it would exceed the price.
            AmountNotOffered: The order's terms don't allow this amount.
            KeyReused: The key was used for a payment with other contents.
        """
        wish = Wish(
            order=order, system=system, key=key, covers=covers, amount=amount, method=method
        )
        return run(payments.charge(self._desk, actor, wish))

    def pay_manually(
        self,
        actor: Actor,
        order: OrderNumber,
        system: SystemName,
        *,
        key: IdempotencyKey,
        covers: Money | None = None,
        amount: Money | None = None,
        comment: str = "",
    ) -> Payment:
        """Note that the buyer pays through a manual payment system, with a comment (rule M1).

        The invoice is *Pending* until a person confirms or rejects it. `covers` and `amount` are
        as for `charge`.

        Raises:
            InvalidInput: An amount is not positive, in the wrong currency, or missing.
            WrongTerms: The payment system has a gateway.
            WrongStatus: The order is not Open.
            PaymentUnderWay: One payment at a time is allowed, and one has no final answer.
            ExceedsOutstanding: With what is paid and pending it would exceed the price.
            AmountNotOffered: The order's terms don't allow this amount.
            KeyReused: The key was used for a payment with other contents.
        """
        wish = Wish(
            order=order, system=system, key=key, covers=covers, amount=amount, comment=comment
        )
        return run(payments.pay_manually(self._desk, actor, wish))

    def confirm(
        self,
        actor: Actor,
        order: OrderNumber,
        invoice: InvoiceNumber,
        *,
        received: Money | None = None,
        covers: Money | None = None,
        commission: Money | None = None,
    ) -> Payment:
        """Confirm that the money of a manual payment came (rule M1).

        `received` is what really came, if it is not what was asked for; `covers` what that
        settles of the price, needed only where the currencies differ; `commission` what the
        payment system kept.

        Raises:
            InvalidInput: An amount is malformed, in the wrong currency, or missing.
            WrongTerms: A gateway charges this invoice.
            WrongStatus: It is not Pending.
        """
        script = payments.confirm(
            self._desk,
            actor,
            order,
            invoice,
            received=received,
            covers=covers,
            commission=commission,
        )
        return run(script)

    def reject(
        self, actor: Actor, order: OrderNumber, invoice: InvoiceNumber, *, reason: str
    ) -> Payment:
        """Reject a manual payment, with a reason: the money did not come (rule M1).

        Raises:
            InvalidInput: The reason is blank.
            WrongTerms: A gateway charges this invoice.
            WrongStatus: It is not Pending.
        """
        return run(payments.reject(self._desk, actor, order, invoice, reason=reason))

    def hear(
        self, actor: Actor, system: SystemName, body: bytes, headers: Mapping[str, str]
    ) -> WebhookResult:
        """Take in a message of a gateway: verified, kept once, applied once (rule C4).

        Call it from the host's webhook route with the raw bytes and answer 200 whatever it
        returns, 400 to `WebhookRejected`, and 5xx to anything else, so that it comes again.

        Raises:
            WebhookRejected: The gateway did not sign the message.
            WrongTerms: The payment system is manual.
        """
        return run(webhooks.hear(self._desk, actor, system, body, headers))

    def page(
        self,
        actor: Actor,
        wanted: OrderFilter = EVERYTHING,
        *,
        after: int | None = None,
        limit: int = 50,
    ) -> Page[Payment]:
        """Return up to `limit` invoices of orders that match `wanted`, newest first (L1, L4).

        Raises:
            InvalidInput: `limit` or `after` is out of range.
        """
        return run(payments.page(self._desk, actor, wanted, after=after, limit=limit))


class BackOffice:
    """Orders and sales of a platform, on the storage and payment systems it is given.

    >>> from ordersales.adapters.memory import MemoryStore
    >>> from ordersales.testing import ScriptedGateway
    >>> cards = PaymentSystem(SystemName("Cards"), ScriptedGateway())
    >>> office = BackOffice(MemoryStore(), [cards])

    One may be shared by all threads of a process, as far as the store may.
    """

    def __init__(
        self,
        store: Store,
        payment_systems: Iterable[PaymentSystem] | PaymentSystems = (),
        clock: Clock | None = None,
    ) -> None:
        """Open the office.

        `payment_systems` are those that every account has; where accounts have merchants of
        their own, give an object that finds them (`PaymentSystems`). `clock` is the machine's
        own unless another is given, as in tests.
        """
        desk = Desk(store, found_by(payment_systems), clock or SystemClock())
        #: What is done with orders.
        self.orders: Orders = Orders(desk)
        #: What is done with payments.
        self.payments: Payments = Payments(desk)
