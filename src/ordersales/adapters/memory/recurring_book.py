"""The committed recurring orders of one account, and which of them are due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from attrs import frozen

from ordersales.adapters.memory.due import Due
from ordersales.adapters.memory.recurring_list import RecurringList
from ordersales.models.due import Overdue
from ordersales.models.recurring_order import RecurringOrder
from ordersales.values.identifiers import CustomerId, IdempotencyKey, OrderNumber
from ordersales.values.moment import earlier


@frozen
class Claim:
    """What one transaction has claimed, and how it was claimed before."""

    recurring: RecurringOrder
    until: datetime
    #: Until when an earlier claim went that has ended; None if there was none since it was saved.
    before: datetime | None


class RecurringBook:
    """Every recurring order, and when each is to be claimed; changed under the account's lock."""

    def __init__(self) -> None:
        """Start empty."""
        self.by_number: dict[OrderNumber, RecurringOrder] = {}
        self.by_key: dict[IdempotencyKey, OrderNumber] = {}
        self.list: RecurringList = RecurringList(self.by_number)
        self._of_customer: dict[CustomerId, dict[OrderNumber, None]] = {}
        # Those just activated are claimed before all others (rule R5).
        self._activated, self._others = Due(), Due()
        # When each has to be acted for, claimed or not; and until when it was claimed.
        self._actions = Due()
        self._claimed: dict[OrderNumber, datetime] = {}

    def keep(self, recurring: RecurringOrder) -> None:
        """Keep one, claimed by nobody."""
        before = self.by_number.get(recurring.number)
        self.by_number[recurring.number] = recurring
        self.list.keep(before, recurring)
        if recurring.key is not None:
            self.by_key[recurring.key] = recurring.number
        self._of_customer.setdefault(recurring.customer.id, {})[recurring.number] = None
        self._put(recurring, recurring.next_action)
        self._actions.put(recurring.number, recurring.next_action)
        self._claimed.pop(recurring.number, None)

    def _put(self, recurring: RecurringOrder, at: datetime | None) -> None:
        first, number = recurring.just_activated, recurring.number
        self._activated.put(number, at if first else None)
        self._others.put(number, None if first else at)

    @property
    def first(self) -> datetime | None:
        """When the first of them is to be claimed; None if none is."""
        return earlier(self._activated.first, self._others.first)

    def claim(self, now: datetime, until: datetime, limit: int) -> list[Claim]:
        """Claim up to `limit` of those that are due: they are due again when the claim ends."""
        numbers = [number for _, number in islice(self._activated.until(now), limit)]
        numbers += [number for _, number in islice(self._others.until(now), limit - len(numbers))]
        found = [self.by_number[OrderNumber(number)] for number in numbers]
        claims = [Claim(item, until, self._claimed.get(item.number)) for item in found]
        for recurring in found:
            self._put(recurring, until)
            self._claimed[recurring.number] = until
        return claims

    def give_back(self, claim: Claim) -> None:
        """Let one be claimed as it was before, unless it was saved or claimed again meanwhile."""
        recurring = claim.recurring
        saved = self.by_number[recurring.number] is not recurring
        if saved or self._claimed.get(recurring.number) != claim.until:
            return
        self._put(recurring, claim.before or recurring.next_action)
        if claim.before is None:
            del self._claimed[recurring.number]
        else:
            self._claimed[recurring.number] = claim.before

    def overdue(self, since: datetime) -> Iterator[Overdue]:
        """Yield those that had to be acted for by `since`, the longest due first."""
        for _, number in self._actions.until(since):
            recurring = self.by_number[OrderNumber(number)]
            yield Overdue(recurring=recurring, claimed_until=self._claimed.get(recurring.number))

    def of_customer(self, customer: CustomerId) -> list[RecurringOrder]:
        """Return a customer's, oldest first."""
        return [self.by_number[number] for number in sorted(self._of_customer.get(customer, ()))]
