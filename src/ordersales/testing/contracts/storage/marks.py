"""The installation mark: one for the whole store, adopted with its transaction or not at all.

The mark is the store's own and no account's, so a check puts back what it found; run the checks of
one database one after the other. The numbers that a check skips stay skipped.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from ordersales.errors import Conflict
from ordersales.models.installation import Gap, Mark
from ordersales.ports.storage import Transaction
from ordersales.services.engine import ask
from ordersales.testing.contracts.promises import Meeting, holds, promise, same
from ordersales.testing.contracts.storage.books import Books, conflicts

_OURS: Final = Mark("contract-ours")
_THEIRS: Final = Mark("contract-theirs")
_BEGAN: Final = datetime(2026, 1, 1, 3, tzinfo=UTC)
#: With a moment to the microsecond, that has to come back.
_LOST: Final = Gap(since=_BEGAN, until=_BEGAN + timedelta(days=1, microseconds=1))
#: More than a store leaves out by itself.
_SKIPPED: Final = 100


class _ChangedItsMindError(Exception):
    """What makes a transaction forget its writes."""


async def _mark(tx: Transaction) -> Mark:
    return await ask(tx.installation.mark)


async def _carry(tx: Transaction, mark: Mark) -> Mark:
    """Let the store carry `mark`, whatever it carries, and return what it carried."""
    found = await _mark(tx)
    await ask(tx.installation.adopt, mark, replacing=found.name)
    return found


async def _adopt(tx: Transaction, mark: Mark, replacing: str | None) -> None:
    await ask(tx.installation.adopt, mark, replacing=replacing)


async def _numbers(tx: Transaction) -> tuple[int, int]:
    return await ask(tx.orders.next_number), await ask(tx.orders.next_invoice_number)


async def _skip(tx: Transaction) -> None:
    await ask(tx.installation.skip_numbers, _SKIPPED)


async def _changed(books: Books) -> None:
    """Adopt, skip, and change the mind."""
    async with books.open() as tx:
        await _carry(tx, _THEIRS)
        await _skip(tx)
        raise _ChangedItsMindError


class MarkPromises:
    """The store carries one mark, and skips numbers in all accounts."""

    @promise
    async def test_every_account_sees_the_mark(self, books: Books) -> None:
        """The mark that was adopted last is seen by its transaction, and then by every account."""
        before = await books.open_and(partial(_carry, mark=_OURS))
        # With the time that a restored backup has lost, and again without.
        for mark in (_THEIRS, Mark(_OURS.name, _LOST), Mark()):
            async with books.open() as tx:
                await _carry(tx, mark)
                same(mark, await _mark(tx), "in its transaction the store carries")
            same(mark, await books.open_and(_mark), "later the store carries")
            same(mark, await books.elsewhere.open_and(_mark), "elsewhere the store carries")
        await books.open_and(partial(_carry, mark=before))

    @promise
    async def test_a_mark_is_adopted_only_over_the_one_it_replaces(self, books: Books) -> None:
        """To adopt a mark in place of one that the store does not carry is a conflict."""
        before = await books.open_and(partial(_carry, mark=_OURS))
        for replacing in (None, _THEIRS.name):
            adopting = partial(_adopt, mark=_THEIRS, replacing=replacing)
            await conflicts(books.open_and(adopting), f"a mark in place of {replacing!r}")
        same(_OURS, await books.open_and(_mark), "the store carries")
        await books.open_and(partial(_carry, mark=before))

    @promise
    async def test_a_mark_is_adopted_with_its_transaction_or_not_at_all(self, books: Books) -> None:
        """An error that leaves a transaction takes its mark and the skipping along."""
        before = await books.open_and(partial(_carry, mark=_OURS))
        first = await books.open_and(_numbers)
        with suppress(_ChangedItsMindError):
            await _changed(books)
        same(_OURS, await books.open_and(_mark), "the store carries")
        then = await books.open_and(_numbers)
        for was, now in zip(first, then, strict=True):
            holds(now < was + _SKIPPED, f"{now} came after {was}")
        await books.open_and(partial(_carry, mark=before))

    @promise
    def test_one_mark_is_adopted_once(self, books: Books) -> None:
        """Of transactions that adopt another mark at once, from two accounts, one succeeds."""
        (before,) = books.drive(books.open_and(partial(_carry, mark=_OURS)))
        meeting = Meeting(2, books.drive)

        async def adopt(own: Books, mark: Mark) -> bool:
            try:
                async with own.open() as tx:
                    await _adopt(tx, mark, _OURS.name)
                    await meeting.meet()
            except Conflict:
                await meeting.come()
                return False
            return True

        rivals = {_THEIRS: books, Mark("contract-others"): books.elsewhere}
        won = books.drive(*(adopt(own, mark) for mark, own in rivals.items()))
        same(1, sum(won), "transactions that succeeded")
        same(books.drive(books.open_and(_mark)), [[*rivals][won.index(True)]], "the winner's mark")
        books.drive(books.open_and(partial(_carry, mark=before)))

    @promise
    async def test_numbers_are_skipped_in_every_account(self, books: Books) -> None:
        """Skipped are numbers of both series: here, elsewhere, and of who never had one."""
        here = await books.open_and(_numbers)
        await books.open_and(_skip)
        await books.elsewhere.open_and(_skip)
        then, elsewhere = await books.open_and(_numbers), await books.elsewhere.open_and(_numbers)
        for was, now, first in zip(here, then, elsewhere, strict=True):
            holds(now > was + 2 * _SKIPPED, f"{now} came after {was}")
            holds(first > 2 * _SKIPPED, f"the first number elsewhere is {first}")
