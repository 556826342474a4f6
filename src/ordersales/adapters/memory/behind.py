"""What a list is behind with: changes are noted in it when somebody looks, or when they are many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Generic, TypeVar

from ordersales.values.identifiers import OrderNumber

Record = TypeVar("Record")

# An order is saved three times until it is paid, and most are noted in one go. Few enough, all the
# same, that whoever looks next waits no more than some milliseconds.
_MOST: Final = 256


class Behind(Generic[Record]):
    """The records that came or changed since a list was looked at; used under the account's lock."""

    def __init__(
        self,
        committed: Mapping[OrderNumber, Record],
        note: Callable[[Record | None, Record], None],
    ) -> None:
        """Start up to date. `note` is told of each record as the list knows it, and as it is now."""
        self._committed = committed
        self._note = note
        self._known: dict[OrderNumber, Record | None] = {}

    def add(self, number: OrderNumber, before: Record | None, *, at_once: bool) -> None:
        """Remember that a record came, or changed from `before`.

        What personal data was erased of is noted `at_once`, so that nothing holds it as it was (E2).
        """
        self._known.setdefault(number, before)
        if at_once or len(self._known) >= _MOST:
            self.catch_up()

    def catch_up(self) -> None:
        """Note all of them in the list."""
        for number, before in self._known.items():
            self._note(before, self._committed[number])
        self._known.clear()
