"""After an answer got lost: the same key, a look-up, a cancellation; where they are declared."""

from __future__ import annotations

from ordersales.models.charge import Accepted, Succeeded, Withdrawn
from ordersales.services.engine import ask
from ordersales.testing.contracts.gateway.till import ANSWERS, Till
from ordersales.testing.contracts.promises import Meeting, holds, promise, same

_AT_ONCE = 4


class KeyPromises:
    """Held where `Capabilities.keys_kept_for` is declared."""

    @promise
    async def test_a_key_is_answered_alike(self, till: Till) -> None:
        """The same key again gives the same answer."""
        till.needs_keys()
        request = till.succeeding()
        first = await till.charge(request)
        same(first, await till.charge(request), "the second answer")

    @promise
    async def test_a_key_takes_money_once(self, till: Till) -> None:
        """The same key again takes nothing again."""
        till.needs_keys()
        request = till.succeeding()
        for _ in range(3):
            await till.charge(request)
        same(1, till.charges(request), "charges in the provider's book")

    @promise
    async def test_a_declined_key_stays_declined(self, till: Till) -> None:
        """The same key again after a decline gives the same decline."""
        till.needs_keys()
        request = till.declining()
        first = await till.charge(request)
        same(first, await till.charge(request), "the second answer")

    @promise
    async def test_a_lost_answer_is_given_under_its_key(self, till: Till) -> None:
        """The same key again after a lost answer tells that the money was taken."""
        till.needs_keys()
        request = till.lost()
        same(None, await till.charge_anyhow(request), "the first answer, which should be lost")
        answer = await till.charge(request)
        holds(isinstance(answer, Succeeded), f"it answered {answer!r}")

    @promise
    async def test_an_error_under_a_key_stays_unknown(self, till: Till) -> None:
        """The same key again after an error is unknown still, or tells what was taken."""
        till.needs_keys()
        request = till.failed()
        same(None, await till.charge_anyhow(request), "the first answer, which should be an error")
        answer = await till.charge_anyhow(request)
        holds(answer is None or isinstance(answer, Succeeded), f"it answered {answer!r}")

    @promise
    async def test_a_key_that_is_executed_late_takes_money_once(self, till: Till) -> None:
        """The same key again takes money once, though the first is executed after it."""
        till.needs_keys()
        request, execute = till.late()
        same(None, await till.charge_anyhow(request), "the first answer, which should be lost")
        await till.charge_anyhow(request)
        await ask(execute)
        same(1, till.charges(request), "charges in the provider's book")

    @promise
    def test_a_key_that_is_sent_at_once_takes_money_once(self, till: Till) -> None:
        """The same key sent several times at once takes money once; no answer tells otherwise."""
        till.needs_keys()
        request, meeting = till.succeeding(), Meeting(_AT_ONCE, till.drive)

        async def charge() -> object:
            await meeting.meet()
            return await till.charge_anyhow(request)

        answers = [item for item in till.drive(*(charge() for _ in range(_AT_ONCE))) if item]
        holds(answers, "nobody got an answer")
        same([answers[0]] * len(answers), answers, "the answers")
        same(1, till.charges(request), "charges in the provider's book")


class LookUpPromises:
    """Held where `Capabilities.look_up` is declared."""

    @promise
    async def test_a_success_is_found(self, till: Till) -> None:
        """A charge that succeeded is found by its reference, as it was answered."""
        till.needs_look_up()
        request = till.succeeding()
        answer = await till.charge(request)
        same(answer, await ask(till.gateway.look_up, request.reference), "what was found")

    @promise
    async def test_a_lost_answer_is_found(self, till: Till) -> None:
        """A charge whose answer was lost is found by its reference."""
        till.needs_look_up()
        request = till.lost()
        same(None, await till.charge_anyhow(request), "the answer, which should be lost")
        found = await ask(till.gateway.look_up, request.reference)
        holds(isinstance(found, Succeeded), f"it found {found!r}")

    @promise
    async def test_a_late_charge_is_found(self, till: Till) -> None:
        """A charge that was executed when its caller had given up is found by its reference."""
        till.needs_look_up()
        request, execute = till.late()
        same(None, await till.charge_anyhow(request), "the answer, which should be lost")
        await ask(execute)
        found = await ask(till.gateway.look_up, request.reference)
        holds(isinstance(found, Succeeded), f"it found {found!r}")

    @promise
    async def test_a_pending_charge_is_found(self, till: Till) -> None:
        """A charge without a final answer is found as accepted."""
        till.needs_look_up()
        request = till.pending()
        await till.charge(request)
        found = await ask(till.gateway.look_up, request.reference)
        holds(isinstance(found, Accepted), f"it found {found!r}")

    @promise
    async def test_nothing_is_found_of_what_was_never_asked(self, till: Till) -> None:
        """A reference that was never charged is answered with None, beside others that were."""
        till.needs_look_up()
        await till.charge(till.succeeding())
        unknown = till.requests.request().reference
        same(None, await ask(till.gateway.look_up, unknown), "what was found")


class CancelPromises:
    """Held where `Capabilities.cancel` is declared."""

    @promise
    async def test_a_pending_charge_can_be_canceled(self, till: Till) -> None:
        """Canceling a pending charge answers Withdrawn or what else became of it, or None."""
        till.needs_cancel()
        request = till.pending()
        await till.charge(request)
        answer = await ask(till.gateway.cancel, request.reference)
        final = isinstance(answer, ANSWERS) and not isinstance(answer, Accepted)
        holds(answer is None or final, f"it answered {answer!r}")

    @promise
    async def test_a_withdrawn_charge_takes_nothing(self, till: Till) -> None:
        """A charge that was told to be withdrawn is not found as anything else."""
        till.needs_cancel()
        till.needs_look_up()
        request = till.pending()
        await till.charge(request)
        answer = await ask(till.gateway.cancel, request.reference)
        found = await ask(till.gateway.look_up, request.reference)
        if isinstance(answer, Withdrawn):
            holds(found is None or isinstance(found, Withdrawn), f"it found {found!r}")

    @promise
    async def test_what_was_taken_is_not_withdrawn(self, till: Till) -> None:
        """Canceling a charge that succeeded answers Succeeded, since the money moved."""
        till.needs_cancel()
        request = till.succeeding()
        taken = await till.charge(request)
        same(taken, await ask(till.gateway.cancel, request.reference), "the answer")
