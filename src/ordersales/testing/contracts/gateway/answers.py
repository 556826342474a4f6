"""Charging: answers are records, and errors say only what is certain."""

from __future__ import annotations

from datetime import timedelta

from attrs import evolve

from ordersales.errors import NotSent, OutcomeUnknown
from ordersales.models.charge import Accepted, ChargeRequest, Declined, Succeeded
from ordersales.ports.gateway import Capabilities, GatewayKind
from ordersales.testing.contracts.gateway.till import Till
from ordersales.testing.contracts.promises import holds, promise, same


class AnswerPromises:
    """What every gateway promises, whatever it declares."""

    @promise
    async def test_capabilities_never_change(self, till: Till) -> None:
        """What a gateway can do is told alike before and after a charge."""
        before = till.gateway.capabilities
        await till.charge(till.succeeding())
        holds(type(before) is Capabilities, f"it declares {before!r}, which is no Capabilities")
        same(before, till.gateway.capabilities, "after a charge it declares something else")

    @promise
    def test_what_is_declared_fits_together(self, till: Till) -> None:
        """What a gateway declares makes sense: once-only objects can be found, and keys last."""
        able = till.gateway.capabilities
        found = not able.once_only or able.kind is GatewayKind.ONCE_ONLY
        holds(found, "once-only objects need keys to be made by, and a look-up to be read by")
        lasting = able.keys_kept_for is None or able.keys_kept_for > timedelta()
        holds(lasting, f"keys that are kept for {able.keys_kept_for} are not kept")
        holds(able.refund or not able.partial_refund, "a part can be returned, and the whole not")

    @promise
    async def test_a_success_tells_what_was_taken(self, till: Till) -> None:
        """Money that was taken is answered with Succeeded, its amount and the provider's id."""
        request = till.succeeding()
        answer = await till.charge(request)
        if not isinstance(answer, Succeeded):
            raise AssertionError(f"it answered {answer!r}")
        same(request.amount, answer.amount, "the amount")
        holds(answer.gateway_id, "the provider's id is empty")

    @promise
    async def test_charges_are_told_apart(self, till: Till) -> None:
        """Two requests are two charges, each under an id of its own."""
        answers = [await till.charge(till.succeeding()) for _ in range(2)]
        ids = {answer.gateway_id for answer in answers if isinstance(answer, Succeeded)}
        same(2, len(ids), "different ids")

    @promise
    async def test_a_kept_method_is_charged_again(self, till: Till) -> None:
        """A method that was to be kept is charged again as stored, by the name it was given."""
        till.needs_one_click()
        request = evolve(till.succeeding(), keep_method=True)
        answer = await till.charge(request)
        named = answer.kept_method if isinstance(answer, Succeeded) else None
        kept = named or (request.method and evolve(request.method, stored=True))
        holds(kept and kept.stored, f"it kept {kept!r}, which is not stored")
        again = await till.charge(evolve(till.succeeding(), method=kept))
        holds(isinstance(again, Succeeded), f"charged again, it answered {again!r}")

    @promise
    async def test_a_decline_is_told_as_one(self, till: Till) -> None:
        """What the bank declined is answered with Declined and the provider's code."""
        answer = await till.charge(till.declining())
        if not isinstance(answer, Declined):
            raise AssertionError(f"it answered {answer!r}")
        holds(answer.code, "the code is empty")

    @promise
    async def test_what_is_pending_is_accepted(self, till: Till) -> None:
        """What has no final answer yet is answered with Accepted and the provider's id."""
        answer = await till.charge(till.pending())
        if not isinstance(answer, Accepted):
            raise AssertionError(f"it answered {answer!r}")
        holds(answer.gateway_id, "the provider's id is empty")

    @promise
    async def test_what_was_not_sent_is_told(self, till: Till) -> None:
        """What certainly was not executed raises NotSent, or OutcomeUnknown if it can't tell."""
        await self._raises((NotSent, OutcomeUnknown), till, till.unsent())

    @promise
    async def test_a_lost_answer_is_unknown(self, till: Till) -> None:
        """A lost answer raises OutcomeUnknown: it is no decline, and not certainly unsent."""
        await self._raises((OutcomeUnknown,), till, till.lost())

    @promise
    async def test_a_server_error_is_unknown(self, till: Till) -> None:
        """An error of the provider (5xx) raises OutcomeUnknown: the money may have been taken."""
        await self._raises((OutcomeUnknown,), till, till.failed())

    @promise
    async def test_a_duplicate_is_no_decline(self, till: Till) -> None:
        """What is called a duplicate raises OutcomeUnknown, or answers with the first charge."""
        try:
            answer = await till.charge(till.duplicate())
        except OutcomeUnknown:
            return
        holds(isinstance(answer, Succeeded | Accepted), f"it answered {answer!r}")

    async def _raises(
        self, kinds: tuple[type[Exception], ...], till: Till, request: ChargeRequest
    ) -> None:
        try:
            answer = await till.charge(request)
        except kinds:
            return
        raise AssertionError(f"it answered {answer!r}")
