"""What people do in a simulated shop, each as a script that is begun at its time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import field, frozen

from ordersales.models.actor import Actor
from ordersales.models.charge import PaymentMethod, Succeeded
from ordersales.models.event import RecordedEvent
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.offer import Offer
from ordersales.models.order import DecisionKind, Order
from ordersales.models.refund import RefundKind
from ordersales.models.sale import Manager
from ordersales.services import events, orders, payments, refunds, sales
from ordersales.services.desk import Desk
from ordersales.services.payments import Wish
from ordersales.services.refunds import RefundWish
from ordersales.testing.builders import a_customer, a_manager, an_actor
from ordersales.testing.simulator.ledger import Ledger
from ordersales.testing.simulator.processes import Script
from ordersales.testing.simulator.provider import Provider
from ordersales.testing.simulator.truth import Charge
from ordersales.values.identifiers import AccountId, IdempotencyKey, SystemName, UserId
from ordersales.values.money import Money

CARDS: Final = SystemName("Cards")
BANK: Final = SystemName("Bank transfer")
CARD: Final = PaymentMethod(token="tok-1", stored=True)


@frozen
class Scene:
    """What an act finds when it begins."""

    desk: Desk
    ledger: Ledger
    provider: Provider
    #: What each follower was given so far, by account.
    followed: dict[AccountId, list[RecordedEvent]]
    #: What was asked to be returned under each key: asked again, it is asked alike.
    wishes: dict[tuple[AccountId, IdempotencyKey], RefundWish]


#: Begins an act, or finds that there is nothing to do.
Begin = Callable[[Scene], Script | None]


@frozen
class Act:
    """Something that somebody sets out to do at a time, in milliseconds since the beginning."""

    at: int
    #: Who does what, unlike every other act of the run.
    name: str
    account: AccountId
    begin: Begin = field(repr=False)


@frozen
class Cart:
    """A customer who buys something, and whatever is done about it."""

    account: AccountId
    who: str
    offer: Offer

    @property
    def key(self) -> IdempotencyKey:
        """The host's key of the order."""
        return IdempotencyKey(f"{self.who}'s cart")

    @property
    def buyer(self) -> Actor:
        """The customer, whom the host lets in."""
        return an_actor(account=self.account, user=self.who)

    @property
    def manager(self) -> Actor:
        """Somebody at the seller's who may do everything."""
        return a_manager(self.account)

    def found(self, scene: Scene) -> Order | None:
        """Return the order, if it was placed."""
        return scene.ledger.under(self.account, self.key)

    def place(self, scene: Scene) -> Script:
        """Place the order."""
        customer = a_customer(self.who, self.who.title())
        return orders.place(
            scene.desk, self.buyer, self.offer, customer, key=self.key, quantity=1, manager=None
        )

    def pay(self, under: str, share: int | None) -> Begin:
        """Pay by card: so many hundredths of the price, or what is due."""
        return lambda scene: self._paid(scene, CARDS, under, share)

    def announce(self, under: str, share: int | None) -> Begin:
        """Say that the money was sent by bank."""
        return lambda scene: self._paid(scene, BANK, under, share)

    def _paid(
        self, scene: Scene, system: SystemName, under: str, share: int | None
    ) -> Script | None:
        order = self.found(scene)
        if order is None:
            return None
        script = payments.charge if system == CARDS else payments.pay_manually
        method = CARD if system == CARDS else None
        wish = Wish(
            order=order.number,
            system=system,
            key=IdempotencyKey(f"{self.who}'s {under}"),
            covers=self._share(share),
            amount=None,
            method=method,
        )
        return script(scene.desk, self.buyer, wish)

    def _share(self, hundredths: int | None) -> Money | None:
        if hundredths is None:
            return None
        price = self.offer.unit_price
        return Money(max(1, price.minor * hundredths // 100), price.currency)

    def look_at_the_bank(self, *, came: bool) -> Begin:
        """Confirm or reject the oldest payment by bank that waits for it."""

        def begin(scene: Scene) -> Script | None:
            order = self.found(scene)
            waiting = [] if order is None else [
                item.number for item in order.invoices
                if item.attempt is None and item.status is InvoiceStatus.PENDING
            ]  # fmt: skip
            if order is None or not waiting:
                return None
            if not came:
                return payments.reject(
                    scene.desk, self.manager, order.number, waiting[0], reason="Nothing came"
                )
            return payments.confirm(
                scene.desk, self.manager, order.number, waiting[0],
                received=None, covers=None, commission=None,
            )  # fmt: skip

        return begin

    def decide(self, kind: DecisionKind) -> Begin:
        """Confirm, decline, cancel or expire the order."""

        def begin(scene: Scene) -> Script | None:
            order = self.found(scene)
            if order is None:
                return None
            return orders.decide(scene.desk, self.manager, order.number, kind, reason="Enough")

        return begin

    def refund(self, under: str, share: int | None, *, newest: bool) -> Begin:
        """Return a part of the price or all there is, of the newest payment or of the order."""

        def begin(scene: Scene) -> Script | None:
            order = self.found(scene)
            if order is None or not order.newest_payments:
                return None
            key = IdempotencyKey(f"{self.who}'s {under}")
            wish = RefundWish(
                order=order.number,
                invoice=order.newest_payments[0].number if newest else None,
                key=key,
                amount=self._share(share),
                reason="As agreed",
            )
            wish = scene.wishes.setdefault((self.account, key), wish)
            return refunds.refund(scene.desk, self.manager, wish)

        return begin

    def add_user(self, scene: Scene) -> Script | None:
        """Assign a manager to the order."""
        order = self.found(scene)
        mira = Manager(user=UserId("mira"), name="Mira")
        return (
            None if order is None else sales.add_user(scene.desk, self.manager, order.number, mira)
        )

    def take_back(self, kind: RefundKind, share: int) -> Begin:
        """Let money of a charge go back without our asking."""

        def begin(scene: Scene) -> None:
            taken = self._taken(scene)
            if taken and (left := scene.provider.book.left(taken[0])) > 0:
                scene.provider.return_by_itself(taken[0], kind, max(1, left * share // 100))

        return begin

    def win_back(self, scene: Scene) -> None:
        """Let a chargeback be won back."""
        lost = [
            (charge, name)
            for charge in self._taken(scene)
            for name, money in charge.back_by_itself.items()
            if money.minor
        ]
        for charge, name in lost[:1]:
            scene.provider.win_back(charge, name)

    def _taken(self, scene: Scene) -> list[Charge]:
        order = self.found(scene)
        number = None if order is None else order.number
        return [
            charge
            for charge in scene.provider.book.charges
            if isinstance(charge.answer, Succeeded)
            and charge.request.reference.account == self.account
            and charge.request.reference.order == number
        ]


def follow(account: AccountId) -> Begin:
    """Let the books follow what happens in an account."""
    return lambda scene: followed(scene, account)


async def followed(scene: Scene, account: AccountId) -> bool:
    """Read what happened since the last time, do it, and acknowledge it; tell if there was any."""
    actor = Actor.system(account)
    told = await events.read(scene.desk, actor, "books", limit=10)
    given = scene.followed.setdefault(account, [])
    known = given[-1].position if given else 0
    # Doing each position once is the follower's part (rule E1).
    given.extend(item for item in told if item.position > known)
    if told:
        await events.acknowledge(scene.desk, actor, "books", told[-1].position)
    return bool(told)
