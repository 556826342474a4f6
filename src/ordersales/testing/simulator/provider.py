"""A payment provider of any of the five kinds, with a book of its own and all its bad days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from functools import partial
from itertools import count
from random import Random
from typing import Final, TypeVar

from attrs import evolve

from ordersales.errors import NotSent, OutcomeUnknown
from ordersales.models.charge import (
    Accepted,
    Answer,
    ChargeRequest,
    Declined,
    Misconfigured,
    Succeeded,
    WebhookEvent,
    Withdrawn,
)
from ordersales.models.refund import (
    ChargebackWon,
    RefundAccepted,
    RefundAnswer,
    RefundKind,
    RefundReference,
    RefundRefused,
    RefundRequest,
    RefundSucceeded,
    RefundTold,
    ReturnReported,
)
from ordersales.models.stage import Retry
from ordersales.ports.gateway import Capabilities, GatewayKind
from ordersales.testing import webhook_format
from ordersales.testing.gateway_profiles import PROFILES
from ordersales.testing.simulator.chances import in_hundred
from ordersales.testing.simulator.faults import FaultKind
from ordersales.testing.simulator.truth import Charge, Return, TruthBook
from ordersales.testing.simulator.world import DAY, HOUR, MINUTE, SECOND, World
from ordersales.testing.webhook_format import Told
from ordersales.values.identifiers import AttemptReference, GatewayId
from ordersales.values.money import Money

#: When a request that came too late for its caller is executed.
_LATE: Final = (35 * SECOND, 2 * MINUTE, 5 * MINUTE)
#: When a buyer's bank gives its final word.
_ANSWERED: Final = (20 * SECOND, 5 * MINUTE, 2 * HOUR, 2 * DAY)
#: When a message comes that does not come at once.
_MESSAGE_LATE: Final = (SECOND, 40 * SECOND, 10 * MINUTE, DAY, 3 * DAY)
#: How long a look-up may miss what was just executed.
_LAG: Final = 30 * SECOND
#: Of a hundred charges, up to which draw the bank says what.
_FATES: Final = ((55, "succeeds"), (80, "declines"), (86, "declines the method"),
                 (88, "declines for good"), (98, "waits"), (100, "refuses the set-up"))  # fmt: skip
_RETRY: Final = {
    "declines": ("insufficient_funds", Retry.ALLOWED),
    "declines the method": ("expired_card", Retry.ANOTHER_METHOD),
    "declines for good": ("stolen_card", Retry.FINAL),
}


class Objects(StrEnum):
    """What a provider with once-only objects makes one of, and what it says of that."""

    AN_ATTEMPT = "one for each attempt on an order"
    AN_ORDER = "one for each order"
    #: It breaks its word: two payments of an order are answered with one charge.
    AN_ORDER_UNTOLD = "one for each order, told to be one for each attempt"

    @property
    def told_for_an_attempt(self) -> bool:
        """Whether an order is said to be payable in parts."""
        return self is not Objects.AN_ORDER


#: What is executed at a time.
Executed = TypeVar("Executed", Charge, Return)

#: Hands a message over to be delivered: its name, and what the host's route is sent.
Deliver = Callable[[str, bytes, Mapping[str, str]], None]


class Provider:
    """Answers as a `PaymentGateway` and keeps its own book, which the simulation compares in the end.

    A key is answered with its first answer for as long as it is kept; a once-only object takes
    its money once, whatever it is asked, and is known by one name all the time.
    """

    def __init__(
        self, world: World, kind: GatewayKind, deliver: Deliver, objects: Objects | None = None
    ) -> None:
        """Open for business, with such `objects` as chance has it, if none are named."""
        drawn = world.chances.stream("once-only objects").choice(tuple(Objects))
        self._objects = objects or drawn
        able = PROFILES[kind]
        parts = able.once_only and self._objects.told_for_an_attempt
        self.capabilities: Capabilities = evolve(able, once_per_attempt=parts)
        self.kind: GatewayKind = kind
        self.book: TruthBook = TruthBook()
        #: Every message sent, lost or not, to be heard once more in the end.
        self.sent: list[tuple[str, AttemptReference, Told]] = []
        self._world = world
        self._deliver = deliver
        #: The first answer under each key, and when it was given; None is a stored error.
        self._keys: dict[str, tuple[Answer | None, int]] = {}
        self._refund_keys: dict[RefundReference, tuple[RefundAnswer, int]] = {}
        self._ids = count(1)
        self._asked = count(1)

    # Charges

    def charge(self, request: ChargeRequest) -> Answer:
        """Take the money, perhaps, and tell so, perhaps."""
        stream, fault = self._fault("charges", request.key)
        execute = partial(self._execute, request, stream, fault)
        if self._never_came(stream, fault, execute):
            raise OutcomeUnknown("timed out")
        answer = execute()
        if answer is None:
            raise OutcomeUnknown("HTTP 500")
        if fault is FaultKind.ANSWER_LOST:
            raise OutcomeUnknown("timed out")
        return answer

    def _fault(self, sort: str, name: str) -> tuple[Random, FaultKind | None]:
        asked = next(self._asked)
        stream = self._world.chances.stream(f"{name} {asked}")
        return stream, self._world.chances.draw(stream, sort, name, asked)

    def _never_came(
        self, stream: Random, fault: FaultKind | None, execute: Callable[[], object]
    ) -> bool:
        """Tell whether the caller gave up; the request may be executed all the same, later."""
        if fault is FaultKind.NOT_SENT:
            raise NotSent("connection refused")
        if fault is FaultKind.LATE:
            self._world.after(stream.choice(_LATE), lambda: _ignore(execute()))
        return fault in (FaultKind.REQUEST_LOST, FaultKind.LATE)

    def _execute(
        self, request: ChargeRequest, stream: Random, fault: FaultKind | None
    ) -> Answer | None:
        """Execute a request that arrived; None is answered with an error."""
        known = self._keys.get(request.key)
        if known is not None and self._kept(known[1]):
            return known[0]
        earlier = self._only_object(request)
        if earlier is not None:
            return earlier.answer
        answer = self._decided(request, stream, fault)
        told = None if fault in (FaultKind.ERROR_STORED, FaultKind.ERROR_CHARGED) else answer
        self._keys[request.key] = (told, self._world.now)
        return told

    def _kept(self, since: int) -> bool:
        kept_for = self.capabilities.keys_kept_for
        return kept_for is not None and timedelta(milliseconds=self._world.now - since) < kept_for

    def _only_object(self, request: ChargeRequest) -> Charge | None:
        """Return the charge that makes another one impossible."""
        if not self.capabilities.once_only:
            return None
        found = self._of_object(request.reference)
        return next((charge for charge in found if charge.may_take), None)

    def _of_object(self, reference: AttemptReference) -> list[Charge]:
        """Return the charges of the object that an attempt is made on."""
        if self._objects is Objects.AN_ATTEMPT:
            return self.book.for_the_same(reference)
        return self.book.of_thing(reference)

    def _name(self, request: ChargeRequest) -> GatewayId:
        """Return a new name, or that of the object that was declined before."""
        earlier = self._of_object(request.reference) if self.capabilities.once_only else []
        if earlier and isinstance(earlier[-1].answer, Declined):
            return earlier[-1].gateway_id
        return GatewayId(f"ch_{next(self._ids)}")

    def _decided(self, request: ChargeRequest, stream: Random, fault: FaultKind | None) -> Answer:
        """Decide what becomes of a new charge, and write it down if anything does."""
        drawn = stream.random() * 100
        fate = next(fate for up_to, fate in _FATES if drawn < up_to)
        refused = Misconfigured(code="no_such_customer", message="The customer was deleted.")
        if fate == "refuses the set-up" or fault is FaultKind.ERROR_STORED:
            return refused
        name = self._name(request)
        charge = Charge(request, name, self._answer(fate, request, name, fault), self._world.now)
        self.book.add(charge)
        self._world.tell("gateway", f"{request.key} for {request.amount} is {name}: it {fate}")
        self._taken_once(charge)
        if isinstance(charge.answer, Accepted):
            self._world.after(stream.choice(_ANSWERED), lambda: self._finish(charge, stream))
        else:
            self._tell_of(charge)
        return charge.answer

    def _answer(
        self, fate: str, request: ChargeRequest, name: GatewayId, fault: FaultKind | None
    ) -> Answer:
        if fate == "waits":
            return Accepted(gateway_id=name, buyer_action="https://bank.example/3ds")
        if fate in _RETRY:
            code, retry = _RETRY[fate]
            return Declined(code=code, retry=retry, gateway_id=name)
        taken = request.amount
        if fault is FaultKind.OTHER_AMOUNT:
            taken = Money(taken.minor + 1, taken.currency)
        return Succeeded(
            gateway_id=name, amount=taken, fee=Money(taken.minor // 50, taken.currency)
        )

    def _finish(self, charge: Charge, stream: Random) -> None:
        """Let the buyer's bank give its final word, unless the charge was canceled."""
        if isinstance(charge.answer, Accepted):
            fate = stream.choice(("succeeds", "succeeds", "declines"))
            charge.answer = self._answer(fate, charge.request, charge.gateway_id, None)
            self._world.tell("gateway", f"{charge.gateway_id}: the bank {fate} at last")
            self._taken_once(charge)
            self._tell_of(charge)

    def _taken_once(self, charge: Charge) -> None:
        """Hold that nothing is charged twice (3), and no attempt executed twice (2)."""
        same = self.book.for_the_same(charge.request.reference)
        if sum(item.taken is not None and self.book.left(item) > 0 for item in same) > 1:
            names = " and ".join(item.gateway_id for item in same if item.taken is not None)
            self._world.broken(3, f"{charge.request.reference} was charged as {names}")
        again = self.book.under(charge.request.reference)
        keys = [item.request.key for item in again if item.executed]
        if len(set(keys)) < len(keys):
            self._world.broken(2, f"the gateway executed {charge.request.key} more than once")

    def look_up(self, reference: AttemptReference) -> Answer | None:
        """Return what the book says; what was just executed may be missing still."""
        self._reachable(reference)
        charge = _standing(self._found(self._known(reference), reference))
        return None if charge is None else charge.answer

    def _known(self, reference: AttemptReference) -> list[Charge]:
        """Return what can be found of an attempt: its charges, and what took money by its object.

        That another attempt on the object was declined says nothing of this one.
        """
        own = self.book.under(reference)
        others = self._of_object(reference) if self.capabilities.once_only else []
        return [*own, *(charge for charge in others if charge.may_take and charge not in own)]

    def cancel(self, reference: AttemptReference) -> Answer | None:
        """Cancel a charge that has no final answer."""
        self._reachable(reference)
        charge = _standing(self._known(reference))
        if charge is None:
            return None
        if isinstance(charge.answer, Accepted):
            charge.answer = Withdrawn()
            self._world.tell("gateway", f"{charge.gateway_id} is canceled")
            self._tell_of(charge)
        return charge.answer

    # Refunds

    def refund(self, request: RefundRequest) -> RefundAnswer:
        """Return the money, perhaps, and tell so, perhaps."""
        stream, fault = self._fault("refunds", str(request.reference))
        execute = partial(self._return, request, stream)
        if self._never_came(stream, fault, execute):
            raise OutcomeUnknown("timed out")
        answer = execute()
        if fault is FaultKind.ANSWER_LOST:
            raise OutcomeUnknown("timed out")
        return answer

    def _return(self, request: RefundRequest, stream: Random) -> RefundAnswer:
        known = self._refund_keys.get(request.reference)
        if known is not None and self._kept(known[1]):
            return known[0]
        charge = self.book.named(request.charge)
        if charge is None or self.book.left(charge) < request.amount.minor:
            answer: RefundAnswer = RefundRefused(code="exceeds_charge")
        elif in_hundred(stream, 10):
            answer = RefundRefused(code="account_closed")
        else:
            answer = self._sent_back(charge, request, stream)
        self._refund_keys[request.reference] = (answer, self._world.now)
        return answer

    def _sent_back(self, charge: Charge, request: RefundRequest, stream: Random) -> RefundAnswer:
        name, waits = GatewayId(f"re_{next(self._ids)}"), in_hundred(stream, 15)
        answer = RefundAccepted(gateway_id=name) if waits else RefundSucceeded(gateway_id=name)
        back = Return(request, name, answer, self._world.now)
        self.book.returns.append(back)
        self._world.tell("gateway", f"{request.reference} returns {request.amount} as {name}")
        same = [item for item in self.book.returns if item.request.reference == request.reference]
        if sum(item.may_return for item in same) > 1:
            self._world.broken(3, f"the gateway returned {request.reference} twice")
        if waits:
            self._world.after(
                stream.choice(_ANSWERED), lambda: self._finish_return(charge, back, stream)
            )
        else:
            self._tell_of_return(charge, back)
        return answer

    def _finish_return(self, charge: Charge, back: Return, stream: Random) -> None:
        refused = in_hundred(stream, 30)
        back.answer = (
            RefundRefused(code="account_closed")
            if refused
            else RefundSucceeded(gateway_id=back.gateway_id)
        )
        self._tell_of_return(charge, back)

    def look_up_refund(self, reference: RefundReference) -> RefundAnswer | None:
        """Return what the book says."""
        self._reachable(reference)
        found = [item for item in self.book.returns if item.request.reference == reference]
        found = self._found(found, reference)
        return found[-1].answer if found else None

    def _reachable(self, reference: object) -> None:
        if self._fault("look-ups", str(reference))[1] is not None:
            raise OutcomeUnknown("HTTP 503")

    def _found(self, items: list[Executed], reference: object) -> list[Executed]:
        """Return what a look-up finds of `items`: perhaps not yet what was just executed."""
        settled = [item for item in items if self._world.now - item.at >= _LAG]
        if (
            len(settled) == len(items)
            or self._fault("look-ups of what is fresh", str(reference))[1] is None
        ):
            return items
        return settled

    def return_by_itself(self, charge: Charge, kind: RefundKind, minor: int) -> GatewayId:
        """Return money without our asking: made at the provider, or taken back by the bank."""
        name = GatewayId(f"dp_{next(self._ids)}")
        amount = Money(minor, charge.request.amount.currency)
        charge.back_by_itself[name] = amount
        self._world.tell("gateway", f"{amount} of {charge.gateway_id} goes back as {name} ({kind})")
        self._send(charge, ReturnReported(kind=kind, gateway_id=name, amount=amount))
        return name

    def win_back(self, charge: Charge, name: GatewayId) -> None:
        """Let a chargeback be won back."""
        charge.back_by_itself[name] = Money(0, charge.request.amount.currency)
        self._world.tell("gateway", f"chargeback {name} is won back")
        self._send(charge, ChargebackWon(gateway_id=name))

    # Messages

    def _tell_of(self, charge: Charge) -> None:
        self._send(charge, charge.answer)

    def _tell_of_return(self, charge: Charge, back: Return) -> None:
        told = RefundTold(reference=str(back.request.reference), answer=back.answer)
        self._send(charge, told)

    def _send(self, charge: Charge, told: Told) -> None:
        """Send a message about a charge, which comes late, twice or never."""
        reference = charge.request.reference
        name = f"message {len(self.sent) + 1} on {reference}"
        self.sent.append((name, reference, told))
        stream = self._world.chances.stream(name)
        fault = self._world.chances.draw(stream, "messages", name)
        if fault is FaultKind.WEBHOOK_LOST and not isinstance(told, ReturnReported | ChargebackWon):
            return
        copies = 1 + (fault is FaultKind.WEBHOOK_REPEATED) * stream.choice((1, 2))
        for copy in range(copies):
            late = fault is FaultKind.WEBHOOK_LATE or copy > 0
            delay = stream.choice(_MESSAGE_LATE) if late else 0
            self._world.after(delay, lambda: self.deliver(name, reference, told))

    def deliver(
        self, name: str, reference: AttemptReference, told: Told, event_id: str | None = None
    ) -> None:
        """Bring a message to the host's route."""
        body = webhook_format.written(str(reference), told, event_id or f"evt {name}")
        self._deliver(name, body, {})

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent | None:
        """Read a message; whether it is genuine is for the contract suite to ask."""
        return webhook_format.read(body)


def _standing(charges: list[Charge]) -> Charge | None:
    """Return the charge that tells how an attempt stands: what took money comes first."""
    found = (
        charge
        for kind in (Succeeded, Accepted, Declined, Withdrawn)
        for charge in charges
        if isinstance(charge.answer, kind)
    )
    return next(found, None)


def _ignore(answer: object) -> None:
    """Nobody is there any more to be answered."""
