"""The installation mark as one transaction sees it; the contract is that of `ordersales.ports`."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from ordersales.errors import Conflict
from ordersales.models.installation import Mark

if TYPE_CHECKING:
    from ordersales.adapters.memory.account import Account


class House:
    """What all accounts of one store have in common; written under its `lock`.

    Whoever needs an account's lock as well takes that one first.
    """

    def __init__(self) -> None:
        """Start without a mark."""
        self.lock: Lock = Lock()
        self.mark: Mark = Mark()
        #: How many numbers were left out of each series so far.
        self.skipped: int = 0


class MemoryInstallation:
    """The mark as committed, under what this transaction has written."""

    def __init__(self, account: Account) -> None:
        """Start with nothing written."""
        self._house = account.house
        # The name before, and the mark after, once one was adopted here.
        self._adopted: tuple[str | None, Mark] | None = None
        self._skipped = 0

    def mark(self) -> Mark:
        """Return the mark as written here, or else as committed."""
        if self._adopted is not None:
            return self._adopted[1]
        with self._house.lock:
            return self._house.mark

    def adopt(self, mark: Mark, *, replacing: str | None) -> None:
        """Write another mark."""
        if self.mark().name != replacing:
            raise _conflict()
        before = replacing if self._adopted is None else self._adopted[0]
        self._adopted = before, mark

    def skip_numbers(self, count: int) -> None:
        """Write that numbers are left out."""
        self._skipped += count

    def check(self) -> None:
        """Raise `Conflict` if another transaction was faster; called under the house's lock."""
        if self._adopted is not None and self._adopted[0] != self._house.mark.name:
            raise _conflict()

    def apply(self) -> None:
        """Make the writes visible; called under the house's lock."""
        self._house.skipped += self._skipped
        if self._adopted is not None:
            self._house.mark = self._adopted[1]


def _conflict() -> Conflict:
    return Conflict("the installation mark")
