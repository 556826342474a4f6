"""Serial numbers: two series, each higher than all that were committed before (rule O4)."""

from __future__ import annotations

from itertools import pairwise

from ordersales.ports.storage import Transaction
from ordersales.services.engine import ask
from ordersales.testing.contracts.promises import holds, promise
from ordersales.testing.contracts.storage.books import Books


class _RolledBackError(Exception):
    """What makes a transaction forget its writes."""


async def _take(tx: Transaction) -> tuple[int, int]:
    """Return the next number of each series."""
    return await ask(tx.orders.next_number), await ask(tx.orders.next_invoice_number)


def _rise(taken: list[tuple[int, int]]) -> None:
    for series, numbers in zip(("order", "invoice"), zip(*taken, strict=True), strict=True):
        rising = all(earlier < later for earlier, later in pairwise((0, *numbers)))
        holds(rising, f"the {series} numbers came as {numbers}")


class NumberPromises:
    """Order numbers and invoice numbers are serial within an account."""

    @promise
    async def test_numbers_rise(self, books: Books) -> None:
        """Each number is higher than every one before, in one transaction and over several."""
        taken: list[tuple[int, int]] = []
        for _ in range(3):
            async with books.open() as tx:
                taken += [await _take(tx), await _take(tx)]
        _rise(taken)

    @promise
    async def test_numbers_are_never_reused(self, books: Books) -> None:
        """A committed number does not come again after a transaction that failed."""
        taken: list[tuple[int, int]] = []
        for _ in range(3):
            try:
                async with books.open() as tx:
                    await _take(tx)
                    raise _RolledBackError
            except _RolledBackError:
                pass
            async with books.open() as tx:
                order = await books.new(tx)
                taken.append((order.number, await ask(tx.orders.next_invoice_number)))
        _rise(taken)
