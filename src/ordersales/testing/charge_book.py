"""What a provider keeps of its charges, and what it answers with in place of a further one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import count
from typing import Final, NoReturn

from attrs import define, evolve, field, frozen

from ordersales.errors import InvalidInput, OutcomeUnknown
from ordersales.models.charge import Accepted, Answer, ChargeRequest, Declined, Succeeded
from ordersales.ports.clock import Clock
from ordersales.ports.gateway import Capabilities
from ordersales.testing.clock import START
from ordersales.testing.kept_keys import KeptKeys
from ordersales.values.identifiers import AttemptReference, GatewayId

#: Of several charges with one reference, which is found before the others.
_FOUND_FIRST: Final[dict[type, int]] = {Succeeded: 0, Accepted: 1, Declined: 2}


@frozen
class Charged:
    """One charge in the gateway's own book."""

    request: ChargeRequest
    answer: Answer
    #: When it was executed; charges are compared by what they are, and not by this.
    at: datetime = field(default=START, eq=False)


@define(eq=False)
class _Line:
    """A line of the book, which tells a charge as it now stands."""

    charged: Charged

    @property
    def pending(self) -> bool:
        return isinstance(self.charged.answer, Accepted)

    @property
    def may_take(self) -> bool:
        return isinstance(self.charged.answer, Succeeded | Accepted)


class ChargeBook:
    """The charges of a provider; what is asked again is answered as its kind of gateway would.

    A key is answered alike until it is forgotten, and an object that succeeds only once answers
    every further charge of its order, or of its occurrence of a recurring one; where each attempt
    on an order has an object of its own, only those on an occurrence share one. What becomes of
    a charge is said by whoever drives the book, a script or chance, who also sees to it that only
    one thread at a time does::

        named = book.id_for(request)
        answer = book.execute(request, Succeeded(gateway_id=named, amount=request.amount))
    """

    def __init__(
        self, capabilities: Capabilities, clock: Clock, *, look_up_lag: timedelta = timedelta()
    ) -> None:
        """Do what `capabilities` say, and find a charge only `look_up_lag` after it was executed.

        What is read from a once-only object is never behind.
        """
        self._once_only = capabilities.once_only
        self._once_per_attempt = capabilities.once_per_attempt
        self._lag = timedelta() if capabilities.once_only else look_up_lag
        self._clock = clock
        self._keys = KeptKeys[_Line](capabilities.keys_kept_for, clock)
        self._lines: list[_Line] = []
        self._by_reference: defaultdict[AttemptReference, list[_Line]] = defaultdict(list)
        self._by_object: defaultdict[str, list[_Line]] = defaultdict(list)
        self._ids = count(1)

    @property
    def charges(self) -> tuple[Charged, ...]:
        """Every charge that was executed, as it now stands, in their order."""
        return tuple(line.charged for line in self._lines)

    def id_for(self, request: ChargeRequest) -> GatewayId:
        """Return a name that no other charge has, or that of the object which was declined."""
        lines = self._of_object(request.reference)
        said = lines[-1].charged.answer if lines else None
        known = said.gateway_id if isinstance(said, Declined) else None
        return known or GatewayId(f"ch_{next(self._ids)}")

    def already(self, request: ChargeRequest) -> Answer | None:
        """Return what answers a request in place of a new charge; None where nothing does.

        Raises:
            OutcomeUnknown: Its key keeps an error.
            InvalidInput: Its key was used with other contents: a bug in the caller (rule C1).
        """
        kept = self._keys.recall(request)
        if kept is not None and kept.answer is None:
            raise OutcomeUnknown("a server error, kept under its key")
        line = self._object(request) if kept is None else kept.answer
        return None if line is None else line.charged.answer

    def _object(self, request: ChargeRequest) -> _Line | None:
        """Return the charge that succeeded, or still may, where an object can have only one."""
        for line in self._of_object(request.reference):
            if line.may_take:
                self._name(request, line)
                return line
        return None

    def _of_object(self, reference: AttemptReference) -> list[_Line]:
        """Return the charges of the object that an attempt is made on; none without objects."""
        return self._by_object[self._object_of(reference)] if self._once_only else []

    def _object_of(self, reference: AttemptReference) -> str:
        alone = self._once_per_attempt and reference.occurrence is None
        return str(reference) if alone else paid_for(reference)

    def execute(self, request: ChargeRequest, answer: Answer) -> Answer:
        """Return what answers a request already; otherwise execute it, with `answer`.

        Raises:
            OutcomeUnknown: Its key keeps an error.
            InvalidInput: Its key was used with other contents: a bug in the caller (rule C1).
        """
        return self.already(request) or self.enter(request, answer)

    def enter(self, request: ChargeRequest, answer: Answer) -> Answer:
        """Execute a request that nothing answers already, with `answer`."""
        line = _Line(Charged(request, answer, self._clock.now()))
        self._lines.append(line)
        self._by_object[self._object_of(request.reference)].append(line)
        self._name(request, line)
        return answer

    def _name(self, request: ChargeRequest, line: _Line) -> None:
        """Let a charge be known by the key and the reference of a request."""
        self._keys.keep(request, line)
        self._by_reference[request.reference].append(line)

    def fail(self, request: ChargeRequest, answer: Answer | None = None) -> NoReturn:
        """Answer with an error that the key keeps; with an `answer` it was executed all the same.

        Raises:
            OutcomeUnknown: Always.
        """
        if answer is not None:
            self.enter(request, answer)
        self._keys.keep(request, None)
        raise OutcomeUnknown("a server error")

    def find(
        self, reference: AttemptReference, gateway_id: GatewayId | None = None
    ) -> Charged | None:
        """Return the charge with a reference; of several that of a name, or that took money."""
        found = [line.charged for line in self._by_reference.get(reference, ())]
        named = [charged for charged in found if gateway_id and _id_of(charged) == gateway_id]
        return _first(named or found)

    def look_up(self, reference: AttemptReference) -> Charged | None:
        """As `find`, in what the provider's search has caught up with.

        An object also tells the money that another attempt took by it.
        """
        lines = (
            *self._by_reference.get(reference, ()),
            *(line for line in self._of_object(reference) if line.may_take),
        )
        found = [line.charged for line in lines]
        until = self._clock.now() - self._lag
        return _first(charged for charged in found if charged.at <= until)

    def end(self, reference: AttemptReference, final: Callable[[Charged], Answer]) -> Answer:
        """Let the charge with a reference end with what `final` makes of it.

        Of several, a pending one ends. A success keeps the name under which it was accepted.

        Raises:
            InvalidInput: There is no charge with that reference.
        """
        lines = self._by_reference.get(reference)
        if lines is None:
            raise InvalidInput.of("reference", str(reference), "that of a charge it was asked for")
        line = next((line for line in lines if line.pending), lines[0])
        before, answer = line.charged.answer, final(line.charged)
        if isinstance(answer, Succeeded) and isinstance(before, Accepted):
            answer = evolve(answer, gateway_id=before.gateway_id)
        line.charged = evolve(line.charged, answer=answer)
        return answer


def paid_for(reference: AttemptReference) -> str:
    """Return what an attempt pays for: an order, or an occurrence, of an account."""
    return f"{reference.account}/{reference.thing}"


def _id_of(charged: Charged) -> GatewayId | None:
    return getattr(charged.answer, "gateway_id", None)


def _first(found: Iterable[Charged]) -> Charged | None:
    return min(found, key=_rank, default=None)


def _rank(charged: Charged) -> int:
    return _FOUND_FIRST.get(type(charged.answer), len(_FOUND_FIRST))
