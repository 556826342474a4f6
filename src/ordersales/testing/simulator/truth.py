"""The gateway's own book in a simulation: what really happened to the money."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, field

from ordersales.models.charge import Accepted, Answer, ChargeRequest, Declined, Succeeded
from ordersales.models.refund import RefundAnswer, RefundRefused, RefundRequest, RefundSucceeded
from ordersales.values.identifiers import AccountId, AttemptReference, GatewayId
from ordersales.values.money import Money


@define(eq=False)
class Charge:
    """One charge as the gateway has it."""

    request: ChargeRequest
    gateway_id: GatewayId
    answer: Answer
    #: When it was executed, in milliseconds since the beginning.
    at: int
    #: What went back without our asking, by the gateway's name of it.
    back_by_itself: dict[GatewayId, Money] = field(factory=dict[GatewayId, Money])

    @property
    def taken(self) -> Money | None:
        """The money that was taken, or None."""
        return self.answer.amount if isinstance(self.answer, Succeeded) else None

    @property
    def may_take(self) -> bool:
        """Whether the money was taken, or may still be."""
        return isinstance(self.answer, Succeeded | Accepted)

    @property
    def executed(self) -> bool:
        """Whether it came as far as the buyer's bank."""
        return isinstance(self.answer, Succeeded | Accepted | Declined)


@define(eq=False)
class Return:
    """One refund as the gateway has it."""

    request: RefundRequest
    gateway_id: GatewayId
    answer: RefundAnswer
    at: int

    @property
    def may_return(self) -> bool:
        """Whether the money went back, or may still."""
        return not isinstance(self.answer, RefundRefused)

    @property
    def returned(self) -> bool:
        """Whether the money went back."""
        return isinstance(self.answer, RefundSucceeded)


class TruthBook:
    """Every charge and every refund that was really executed."""

    def __init__(self) -> None:
        """Start empty."""
        self.charges: list[Charge] = []
        self.returns: list[Return] = []
        self._under: dict[AttemptReference, list[Charge]] = {}
        self._of_thing: dict[tuple[AccountId, str], list[Charge]] = {}
        self._by_id: dict[GatewayId, Charge] = {}

    def add(self, charge: Charge) -> None:
        """Write a charge down."""
        self.charges.append(charge)
        self._under.setdefault(charge.request.reference, []).append(charge)
        self._by_id[charge.gateway_id] = charge
        reference = charge.request.reference
        place = (reference.account, reference.thing)
        self._of_thing.setdefault(place, []).append(charge)

    def under(self, reference: AttemptReference) -> list[Charge]:
        """Return the charges that were made under `reference`, in their order."""
        return self._under.get(reference, [])

    def for_the_same(self, reference: AttemptReference) -> list[Charge]:
        """Return the charges of an attempt; of an occurrence, those of all its attempts."""
        if reference.occurrence is None:
            return self.under(reference)
        return self.of_thing(reference)

    def of_thing(self, reference: AttemptReference) -> list[Charge]:
        """Return the charges of all attempts on an order, or on an occurrence."""
        return self._of_thing.get((reference.account, reference.thing), [])

    def named(self, gateway_id: GatewayId | None) -> Charge | None:
        """Return the charge that the gateway calls so, or None."""
        return None if gateway_id is None else self._by_id.get(gateway_id)

    def left(self, charge: Charge) -> int:
        """Return how much of a charge neither went back nor is on its way, in minor units."""
        taken = 0 if charge.taken is None else charge.taken.minor
        asked = sum(item.request.amount.minor for item in self.of(charge) if item.may_return)
        return taken - asked - sum(money.minor for money in charge.back_by_itself.values())

    def of(self, charge: Charge) -> Iterator[Return]:
        """Return the refunds of a charge."""
        return (item for item in self.returns if item.request.charge == charge.gateway_id)
