"""The committed recurring orders of one account, and which of them are due."""

from __future__ import annotations

from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import Final

from ordersales.adapters.memory.recurring_list import RecurringList
from ordersales.models.recurring_order import RecurringOrder
from ordersales.values.identifiers import CustomerId, IdempotencyKey, OrderNumber

#: A heap is built anew when so many of its places, and most of them, are stale.
_STALE: Final = 1000

#: Those just activated come first, then those due longest; the numbers make the order total.
_Place = tuple[datetime, OrderNumber]


class RecurringBook:
    """The committed recurring orders of one account; read and changed under its lock."""

    def __init__(self) -> None:
        """Start empty."""
        self.by_number: dict[OrderNumber, RecurringOrder] = {}
        self.by_key: dict[IdempotencyKey, OrderNumber] = {}
        self.list: RecurringList = RecurringList(self.by_number)
        self._of_customer: dict[CustomerId, dict[OrderNumber, None]] = {}
        # Places are never taken out when a record moves on; one that is not the record's present
        # place is passed over when it comes up.
        self._due: tuple[list[_Place], list[_Place]] = ([], [])
        self._claimed: dict[OrderNumber, datetime] = {}
        self._stale = 0

    def keep(self, recurring: RecurringOrder) -> None:
        """Keep one, claimed by nobody."""
        number = recurring.number
        before = self.by_number.get(number)
        self._stale += before is not None
        self.by_number[number] = recurring
        self.list.keep(before, recurring)
        if recurring.key is not None:
            self.by_key[recurring.key] = number
        self._of_customer.setdefault(recurring.customer.id, {})[number] = None
        self._claimed.pop(number, None)
        self._enter(recurring, recurring.next_action)
        if self._stale > _STALE and self._stale > len(self.by_number):
            self._rebuild()

    def _enter(self, recurring: RecurringOrder, at: datetime | None) -> None:
        if at is not None:
            heappush(self._due[not recurring.just_activated], (at, recurring.number))

    def _rebuild(self) -> None:
        places: tuple[list[_Place], list[_Place]] = ([], [])
        for recurring in self.by_number.values():
            at = self._place(recurring)
            if at is not None:
                places[not recurring.just_activated].append((at, recurring.number))
        for heap in places:
            heapify(heap)
        self._due, self._stale = places, 0

    def _place(self, recurring: RecurringOrder) -> datetime | None:
        """Return when one is to be claimed: when its action is due, or a claim of it ends."""
        at, claimed = recurring.next_action, self._claimed.get(recurring.number)
        return at if at is None or claimed is None else max(at, claimed)

    def _next(self, which: int) -> _Place | None:
        """Return the first place of a heap that is not stale."""
        heap = self._due[which]
        while heap:
            at, number = heap[0]
            recurring = self.by_number[number]
            if self._place(recurring) == at and recurring.just_activated is not bool(which):
                return heap[0]
            heappop(heap)
        return None

    def next_due(self) -> datetime | None:
        """Return when the next one is to be claimed; None if there is none."""
        first = [place[0] for place in (self._next(0), self._next(1)) if place is not None]
        return min(first, default=None)

    def claim(self, now: datetime, until: datetime, limit: int) -> tuple[RecurringOrder, ...]:
        """Claim up to `limit` of those that are due."""
        found: list[RecurringOrder] = []
        for which in (0, 1):
            while len(found) < limit:
                place = self._next(which)
                if place is None or place[0] > now:
                    break
                heappop(self._due[which])
                recurring = self.by_number[place[1]]
                found.append(recurring)
                self._claimed[recurring.number] = until
        for recurring in found:
            self._enter(recurring, until)
        return tuple(found)

    def of_customer(self, customer: CustomerId) -> list[RecurringOrder]:
        """Return a customer's, oldest first."""
        return [self.by_number[number] for number in sorted(self._of_customer.get(customer, ()))]
