"""Objects that succeed only once, where declared: one charge for each order, whatever is asked.

Where each attempt on an order has an object of its own, an occurrence of a recurring order stands
for it: that has one for all its attempts.
"""

from __future__ import annotations

from typing import Final

from ordersales.models.charge import Accepted, Answer, Succeeded
from ordersales.services.engine import ask
from ordersales.testing.contracts.gateway.till import Till
from ordersales.testing.contracts.promises import Meeting, holds, promise, same

_AT_ONCE: Final = 4


def _taken(answer: Answer | None) -> Succeeded:
    """Hold that an answer tells that money was taken."""
    if not isinstance(answer, Succeeded):
        raise AssertionError(f"it answered {answer!r}")
    return answer


class OnceOnlyPromises:
    """Held where `Capabilities.once_only` is declared; parts are held where it takes them."""

    @promise
    async def test_a_further_attempt_is_answered_with_the_first(self, till: Till) -> None:
        """Another attempt on an order that was paid is answered with the charge that paid it."""
        till.needs_once_only()
        request = till.on_an_object(till.succeeding())
        first = _taken(await till.charge(request))
        further = _taken(await till.charge(till.further(request)))
        same(first.gateway_id, further.gateway_id, "its id")

    @promise
    async def test_an_order_takes_money_once(self, till: Till) -> None:
        """Several attempts on one order, each under a key of its own, take its money once."""
        till.needs_once_only()
        request = till.on_an_object(till.succeeding())
        await till.charge(request)
        for attempt in (2, 3):
            await till.charge(till.further(request, attempt))
        same(1, till.charges_of_order(request), "charges in the provider's book")

    @promise
    async def test_a_pending_charge_answers_a_further_attempt(self, till: Till) -> None:
        """Another attempt on an order whose charge is pending is answered with that charge."""
        till.needs_once_only()
        request = till.on_an_object(till.pending())
        first = await till.charge(request)
        further = await till.charge(till.further(request))
        if not isinstance(further, Accepted | Succeeded):
            raise AssertionError(f"it answered {further!r}")
        same(getattr(first, "gateway_id", None), further.gateway_id, "its id")

    @promise
    async def test_a_lost_charge_answers_a_further_attempt(self, till: Till) -> None:
        """Another attempt, when the answer to the first was lost, is answered with the first."""
        till.needs_once_only()
        request = till.on_an_object(till.lost())
        same(None, await till.charge_anyhow(request), "the first answer, which should be lost")
        further = _taken(await till.charge(till.further(request)))
        first = _taken(await ask(till.gateway.look_up, request.reference))
        same(first.gateway_id, further.gateway_id, "its id")

    @promise
    async def test_a_declined_order_can_be_paid_again(self, till: Till) -> None:
        """Another attempt on an order that was declined takes its money."""
        till.needs_once_only()
        request = till.on_an_object(till.declining())
        await till.charge(request)
        _taken(await till.charge(till.further(request)))

    @promise
    async def test_each_part_is_charged(self, till: Till) -> None:
        """Two payments of an order in parts are two charges, each under an id of its own (P1)."""
        till.needs_parts()
        first = till.succeeding()
        answers = [_taken(await till.charge(request)) for request in (first, till.further(first))]
        same(2, len({answer.gateway_id for answer in answers}), "different ids")

    @promise
    async def test_each_occurrence_is_charged(self, till: Till) -> None:
        """Two occurrences of one recurring order are two charges, each under an id of its own."""
        till.needs_once_only()
        first = till.occurrence(till.succeeding().reference, 1)
        second = till.occurrence(first.reference, 2)
        answers = [_taken(await till.charge(request)) for request in (first, second)]
        same(2, len({answer.gateway_id for answer in answers}), "different ids")

    @promise
    def test_attempts_that_are_sent_at_once_take_money_once(self, till: Till) -> None:
        """Several attempts on one order at once take its money once; no answer tells otherwise."""
        till.needs_once_only()
        first = till.on_an_object(till.succeeding())
        meeting = Meeting(_AT_ONCE, till.drive)
        requests = [first, *(till.further(first, attempt) for attempt in range(2, _AT_ONCE + 1))]

        async def charge(index: int) -> object:
            await meeting.meet()
            return await till.charge_anyhow(requests[index])

        answers = till.drive(*(charge(index) for index in range(_AT_ONCE)))
        ids = {getattr(answer, "gateway_id", None) for answer in answers if answer is not None}
        holds(ids, "nobody got an answer")
        same(1, len(ids), "different ids")
        same(1, till.charges_of_order(first), "charges in the provider's book")
