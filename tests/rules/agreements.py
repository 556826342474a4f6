"""A recurring order that is driven by the rules alone: no storage, no gateway, no clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import attrs
from attrs import define, field

from ordersales.models.charge import Declined, Outcome, PaymentMethod, Succeeded
from ordersales.models.event import Event
from ordersales.models.installation import Gap
from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder
from ordersales.models.recurring_terms import RecurringTerms
from ordersales.models.stage import Retry
from ordersales.rules import attempts, placing, recurring_charging, settlement
from ordersales.rules.change import Change
from ordersales.rules.recurring_charging import Begun
from ordersales.rules.recurring_following import follow
from ordersales.testing.builders import a_customer, an_offer
from ordersales.values.cadence import Cadence, Unit
from ordersales.values.identifiers import (
    AccountId,
    GatewayId,
    IdempotencyKey,
    InvoiceNumber,
    OrderNumber,
    SystemName,
    UserId,
)
from ordersales.values.money import Money

#: The 31st, so that every short month shows whether the anchor is kept.
START: Final = datetime(2026, 1, 31, 9, tzinfo=UTC)
DAY: Final = timedelta(days=1)
MONTHLY: Final = RecurringTerms(cadence=Cadence(1, Unit.MONTH), zone="Europe/Berlin")
CARDS: Final = SystemName("Cards")
CARD: Final = PaymentMethod(token="tok-1")  # noqa: S106 - a name the gateway gave, no secret
KEPT: Final = attrs.evolve(CARD, stored=True)
OTHER_CARD: Final = PaymentMethod(token="tok-2", stored=True)  # noqa: S106 - as CARD

NO: Final = Declined(code="insufficient_funds")
NO_METHOD: Final = Declined(code="expired_card", retry=Retry.ANOTHER_METHOD)
NEVER: Final = Declined(code="stolen_card", retry=Retry.FINAL)


def yes(order: Order, *, kept: PaymentMethod | None = None) -> Succeeded:
    """Return that the whole price of `order` was taken."""
    charge = GatewayId(f"ch-{order.number}-{len(order.invoices)}")
    return Succeeded(gateway_id=charge, amount=order.price, kept_method=kept)


@define
class Agreement:
    """One recurring order, its orders and the time; each step is what a service would save."""

    now: datetime = START
    recurring: RecurringOrder | None = None
    orders: dict[OrderNumber, Order] = field(factory=dict)
    events: list[Event] = field(factory=list)
    _invoices: int = 0

    @property
    def it(self) -> RecurringOrder:
        """The recurring order, which has started."""
        assert self.recurring is not None
        return self.recurring

    @property
    def current(self) -> Order:
        """Its order that is open."""
        assert self.it.current is not None
        return self.orders[self.it.current]

    @property
    def newest(self) -> Order:
        """The order placed last."""
        return self.orders[max(self.orders)]

    def number(self) -> InvoiceNumber:
        """Return the next invoice number."""
        self._invoices += 1
        return InvoiceNumber(self._invoices)

    def keep(self, change: Change, beside: RecurringOrder | None = None) -> Order:
        """Keep a changed order, and what follows for the recurring order."""
        recurring = beside or self.recurring
        followed = follow(change, recurring, self.now)
        self.orders[followed.order.order.number] = followed.order.order
        self.events += followed.order.events
        self.recurring = recurring
        if followed.recurring is not None:
            self.recurring = followed.recurring.recurring
            self.events += followed.recurring.events
        return followed.order.order

    def buy(self, terms: RecurringTerms = MONTHLY, **more: object) -> Order:
        """Place the first order."""
        placed = placing.place(
            account=AccountId("acme"),
            number=OrderNumber(17),
            key=IdempotencyKey("order"),
            at=self.now,
            customer=a_customer(),
            offer=attrs.evolve(an_offer("10.00"), recurring=terms, multiple_sales=True),
            quantity=2,
            **more,  # type: ignore[arg-type]
        )
        self.orders[placed.order.number] = placed.order
        return placed.order

    def ask(self, order: Order, method: PaymentMethod | None = CARD) -> Order:
        """Let the customer begin to pay `order` by themselves."""
        invoice = self.number()
        return self.keep(
            attempts.start(
                order,
                number=invoice,
                at=self.now,
                covers=order.price,
                amount=order.price,
                system=CARDS,
                key=IdempotencyKey(f"pay-{invoice}"),
                attempt=attempts.first_attempt(order, method, self.now),
                extra=order.occurrence is not None,
            )
        )

    def hear(self, order: Order, outcome: Outcome, *, proven: bool = False) -> Order:
        """Let the outcome of the newest attempt of `order` become known."""
        change = settlement.settle(order, order.invoices[-1], outcome, self.now, proven=proven)
        return order if change is None else self.keep(change)

    def started(self, terms: RecurringTerms = MONTHLY) -> Agreement:
        """Return itself after the first payment."""
        order = self.ask(self.buy(terms))
        self.hear(order, yes(order))
        return self

    def at(self, moment: datetime) -> Agreement:
        """Return itself, at another time."""
        self.now = moment
        return self

    def begin(self, gap: Gap | None = None) -> Begun:
        """Let the timer begin the next attempt, in a store that may have lost some time."""
        assert recurring_charging.due(self.it, self.now)
        placed = self._placed()
        begun = recurring_charging.begin(
            self.it, placed, self.now, invoice=self.number(), one_click=True, gap=gap
        )
        self.keep(begun.order, begun.recurring)
        return begun

    def _placed(self) -> Change:
        if self.it.current is not None:
            return Change(self.current, (), self.current)
        return recurring_charging.place(self.it, OrderNumber(max(self.orders) + 1), self.now, None)

    def charge(self, outcome: Outcome | None = None) -> Order:
        """Let the timer charge what is due, by default with success."""
        begun = self.begin()
        order = self.orders[begun.order.order.number]
        return self.hear(order, outcome or yes(order)) if begun.send else order

    def again(self, key: str = "again", by: str = "boss") -> Order:
        """Let a person attempt the open order now."""
        begun = self.ask_again(key, by)
        return self.orders[begun.order.order.number]

    def ask_again(self, key: str = "again", by: str = "boss", gap: Gap | None = None) -> Begun:
        """Let a person begin an attempt on the open order."""
        begun = recurring_charging.ask_again(
            self.it,
            Change(self.current, (), self.current),
            self.now,
            invoice=self.number(),
            key=IdempotencyKey(key),
            one_click=True,
            by=UserId(by),
            gap=gap,
        )
        self.keep(begun.order, begun.recurring)
        return begun


def euros(amount: str) -> Money:
    """Return so many euros."""
    return Money.of(amount, "EUR")
