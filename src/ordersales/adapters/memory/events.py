"""The events as one transaction sees them; the contract is that of `ordersales.ports.storage`."""

from __future__ import annotations

from collections.abc import Sequence

from ordersales.adapters.memory.account import Account, without_note
from ordersales.models.event import Event, RecordedEvent
from ordersales.values.identifiers import OrderNumber


class MemoryEvents:
    """The events as committed, and what this transaction has written.

    A position is given at the commit, under the account's lock: so positions have the order of
    the commits, and whoever has read up to one has missed none.
    """

    def __init__(self, account: Account) -> None:
        """Start with nothing written."""
        self._account = account
        self._written: list[Event] = []
        # The orders, and the recurring orders, whose committed events lose their notes.
        self._erased: set[OrderNumber] = set()
        self._erased_recurring: set[OrderNumber] = set()
        self._acknowledged: dict[str, int] = {}

    def append(self, events: Sequence[Event]) -> None:
        """Write events."""
        self._written.extend(events)

    def of_order(self, number: OrderNumber) -> tuple[Event, ...]:
        """Return the events of one order, oldest first."""
        account = self._account
        with account.lock:
            kept = [account.events[at - 1] for at in account.positions_of.get(number, ())]
        if number in self._erased:
            kept = [without_note(event) for event in kept]
        return (*kept, *(event for event in self._written if event.order == number))

    def of_recurring(self, number: OrderNumber) -> tuple[Event, ...]:
        """Return the events of one recurring order, oldest first."""
        account = self._account
        with account.lock:
            positions = account.positions_of_recurring.get(number, ())
            kept = [account.events[at - 1] for at in positions]
        if number in self._erased_recurring:
            kept = [without_note(event) for event in kept]
        return (*kept, *(event for event in self._written if _is_of(event, number)))

    def after(self, position: int, limit: int) -> tuple[RecordedEvent, ...]:
        """Return the committed events behind a position."""
        with self._account.lock:
            found = self._account.events[position : position + limit]
        return tuple(RecordedEvent(at, event) for at, event in enumerate(found, position + 1))

    def newest(self, limit: int) -> tuple[RecordedEvent, ...]:
        """Return the last committed events, the newest first."""
        with self._account.lock:
            last = len(self._account.events)
            found = self._account.events[max(0, last - limit) :]
        places = range(last, last - len(found), -1)
        return tuple(map(RecordedEvent, places, reversed(found)))

    def acknowledged(self, follower: str) -> int:
        """Return how far a follower is, as written here or else as committed."""
        with self._account.lock:
            kept = self._account.acknowledged.get(follower, 0)
        return max(kept, self._acknowledged.get(follower, 0))

    def acknowledge(self, follower: str, position: int) -> None:
        """Write how far a follower is."""
        self._acknowledged[follower] = max(position, self._acknowledged.get(follower, 0))

    def erase_notes(self, number: OrderNumber) -> None:
        """Write that the notes of an order's events are blank."""
        self._erased.add(number)
        self._written = [
            without_note(event) if event.order == number else event for event in self._written
        ]

    def erase_recurring_notes(self, number: OrderNumber) -> None:
        """Write that the notes of a recurring order's events are blank."""
        self._erased_recurring.add(number)
        self._written = [
            without_note(event) if _is_of(event, number) else event for event in self._written
        ]

    def apply(self) -> None:
        """Make the writes visible; called under the lock."""
        account = self._account
        for number in self._erased:
            account.erase_notes(account.positions_of.get(number, ()))
        for number in self._erased_recurring:
            account.erase_notes(account.positions_of_recurring.get(number, ()))
        for event in self._written:
            account.keep_event(event)
        for follower, position in self._acknowledged.items():
            # Another transaction may have been further.
            account.acknowledged[follower] = max(position, account.acknowledged.get(follower, 0))


def _is_of(event: Event, recurring: OrderNumber) -> bool:
    return event.recurring is not None and event.recurring.number == recurring
