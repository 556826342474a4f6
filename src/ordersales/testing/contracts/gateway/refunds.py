"""Refunds: money goes back once, never more than was taken, and is found; where it is declared."""

from __future__ import annotations

from ordersales.errors import OutcomeUnknown
from ordersales.models.refund import (
    RefundAccepted,
    RefundAnswer,
    RefundRefused,
    RefundRequest,
    RefundSucceeded,
)
from ordersales.services.engine import ask
from ordersales.testing.contracts.gateway.till import Taken, Till
from ordersales.testing.contracts.promises import holds, promise, same


def _goes_back(answer: RefundAnswer | None) -> RefundSucceeded | RefundAccepted:
    """Hold that money goes back, now or later, and is named."""
    if not isinstance(answer, RefundSucceeded | RefundAccepted):
        raise AssertionError(f"it answered {answer!r}")
    holds(answer.gateway_id, "the provider's id is empty")
    return answer


def _refused(answer: RefundAnswer) -> None:
    if not isinstance(answer, RefundRefused):
        raise AssertionError(f"it answered {answer!r}")
    holds(answer.code, "the code is empty")


def same_or_further(answer: RefundAnswer, found: RefundAnswer | None) -> None:
    """Hold that what is told of a refund is what it was answered with, or its end since."""
    if isinstance(answer, RefundAccepted):
        same(answer.gateway_id, _goes_back(found).gateway_id, "its id")
    else:
        same(answer, found, "what became of it")


class RefundPromises:
    """Held where `Capabilities.refund` is declared."""

    @promise
    async def test_money_is_returned(self, till: Till) -> None:
        """A refund of all that was taken is answered as done or accepted, with an id."""
        till.needs_refund()
        taken = await till.taken()
        _goes_back(await till.refund(taken.refund()))

    @promise
    async def test_a_refund_is_answered_alike(self, till: Till) -> None:
        """The same reference again gives the same answer, and not that there is nothing left."""
        till.needs_refund()
        refund = (await till.taken()).refund()
        first = await till.refund(refund)
        same(first, await till.refund(refund), "the second answer")

    @promise
    async def test_a_refund_returns_money_once(self, till: Till) -> None:
        """The same reference again returns nothing again, so that the rest is still there."""
        till.needs_partial_refund()
        taken, half = await _half_of(till)
        for _ in range(2):
            _goes_back(await till.refund(taken.refund(half)))
        rest = taken.answer.amount.minor - half
        _goes_back(await till.refund(taken.refund(rest, number=2)))

    @promise
    async def test_parts_are_returned_apart(self, till: Till) -> None:
        """Two parts of a charge are two refunds, each under an id of its own."""
        till.needs_partial_refund()
        taken, half = await _half_of(till)
        answers = [
            _goes_back(await till.refund(taken.refund(half, number=number))) for number in (1, 2)
        ]
        same(2, len({answer.gateway_id for answer in answers}), "different ids")

    @promise
    async def test_more_than_was_taken_is_refused(self, till: Till) -> None:
        """A refund of more than was taken is refused with a code, and takes no room."""
        till.needs_refund()
        taken = await till.taken()
        _refused(await till.refund(taken.refund(taken.answer.amount.minor + 1)))
        _goes_back(await till.refund(taken.refund(number=2)))

    @promise
    async def test_more_than_is_left_is_refused(self, till: Till) -> None:
        """A refund of more than is left, after a part went back, is refused with a code."""
        till.needs_partial_refund()
        taken, half = await _half_of(till)
        _goes_back(await till.refund(taken.refund(half)))
        _refused(await till.refund(taken.refund(number=2)))

    @promise
    async def test_a_pending_refund_is_accepted(self, till: Till) -> None:
        """A refund without a final answer is answered with RefundAccepted and an id."""
        till.needs_refund()
        taken = await till.taken()
        answer = await till.refund(till.pending_refund(taken.refund()))
        holds(isinstance(_goes_back(answer), RefundAccepted), f"it answered {answer!r}")

    @promise
    async def test_a_lost_refund_is_unknown(self, till: Till) -> None:
        """A refund whose answer is lost raises OutcomeUnknown: the money may have gone back."""
        till.needs_refund()
        await _lost(till)

    @promise
    async def test_a_lost_refund_is_answered_under_its_reference(self, till: Till) -> None:
        """The same reference again after a lost answer tells that the money went back."""
        till.needs_refund()
        refund = await _lost(till)
        _goes_back(await till.refund(refund))

    @promise
    async def test_a_refund_is_found(self, till: Till) -> None:
        """A refund is found by its reference, as it was answered."""
        till.needs_refund()
        till.needs_look_up()
        refund = (await till.taken()).refund()
        answer = await till.refund(refund)
        found = await ask(till.gateway.look_up_refund, refund.reference)
        same_or_further(answer, found)

    @promise
    async def test_a_lost_refund_is_found(self, till: Till) -> None:
        """A refund whose answer was lost is found by its reference."""
        till.needs_refund()
        till.needs_look_up()
        refund = await _lost(till)
        _goes_back(await ask(till.gateway.look_up_refund, refund.reference))

    @promise
    async def test_nothing_is_found_of_a_refund_that_was_never_asked(self, till: Till) -> None:
        """A reference that was never refunded is answered with None, beside others that were."""
        till.needs_refund()
        till.needs_look_up()
        taken = await till.taken()
        await till.refund(taken.refund())
        unknown = taken.refund(number=2).reference
        same(None, await ask(till.gateway.look_up_refund, unknown), "what was found")


async def _half_of(till: Till) -> tuple[Taken, int]:
    """Take money, and return about the half of it in minor units."""
    taken = await till.taken()
    return taken, taken.answer.amount.minor // 2


async def _lost(till: Till) -> RefundRequest:
    """Return money that was taken, and hold that the answer is lost."""
    refund = till.lost_refund((await till.taken()).refund())
    try:
        answer = await till.refund(refund)
    except OutcomeUnknown:
        return refund
    raise AssertionError(f"it answered {answer!r}")
