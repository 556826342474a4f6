"""The recurring orders as one transaction sees them; the contract is `ordersales.ports.storage`."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

from attrs import evolve

from ordersales.adapters.memory.account import Account
from ordersales.adapters.memory.recurring_book import Claim
from ordersales.errors import Conflict
from ordersales.models.due import Overdue
from ordersales.models.filters import OrderFilter, Place, RecurringSort, Slice
from ordersales.models.recurring_order import RecurringOrder
from ordersales.values.identifiers import CustomerId, IdempotencyKey, OrderNumber


class MemoryRecurringOrders:
    """The recurring orders as this transaction sees them."""

    def __init__(self, account: Account) -> None:
        """Start with nothing written."""
        self._account = account
        self._written: dict[OrderNumber, RecurringOrder] = {}
        # The version each written one was read at; 0 for a new one.
        self._read_at: dict[OrderNumber, int] = {}
        self._claims: list[Claim] = []

    def add(self, recurring: RecurringOrder) -> RecurringOrder:
        """Write a new one."""
        if self.get(recurring.number) is not None:
            raise Conflict(f"recurring order {recurring.number}")
        if recurring.key is not None and self.find_by_key(recurring.key) is not None:
            raise Conflict(f"the key {recurring.key!r}")
        return self._write(recurring, 0)

    def get(self, number: OrderNumber) -> RecurringOrder | None:
        """Return one as written here, or else as committed."""
        with self._account.lock:
            return self._written.get(number) or self._account.recurring.by_number.get(number)

    def save(self, recurring: RecurringOrder) -> RecurringOrder:
        """Write what one has become."""
        stored = self.get(recurring.number)
        if stored is None or stored.version != recurring.version:
            raise Conflict(f"recurring order {recurring.number}")
        return self._write(recurring, self._read_at.get(recurring.number, recurring.version))

    def _write(self, recurring: RecurringOrder, read_at: int) -> RecurringOrder:
        saved = evolve(recurring, version=recurring.version + 1)
        self._written[recurring.number] = saved
        self._read_at[recurring.number] = read_at
        return saved

    def find_by_key(self, key: IdempotencyKey) -> RecurringOrder | None:
        """Return the one imported under `key`."""
        for recurring in self._written.values():
            if recurring.key == key:
                return recurring
        with self._account.lock:
            number = self._account.recurring.by_key.get(key)
            return None if number is None else self._account.recurring.by_number[number]

    def of_customer(self, customer: CustomerId) -> tuple[RecurringOrder, ...]:
        """Return a customer's, oldest first."""
        with self._account.lock:
            found = {item.number: item for item in self._account.recurring.of_customer(customer)}
        own = {item.number: item for item in self._written.values()}
        found |= {n: item for n, item in own.items() if item.customer.id == customer}
        return tuple(found[number] for number in sorted(found))

    def page(
        self, wanted: OrderFilter, sort: RecurringSort, *, after: Place | None, limit: int
    ) -> Slice[RecurringOrder]:
        """Return matching ones in the order of `sort`."""
        with self._account.lock:
            return self._account.recurring.list.rows.page(
                wanted,
                sort.column,
                descending=sort.descending,
                after=after,
                limit=limit,
                own=self._written.values(),
            )

    def count(self, wanted: OrderFilter) -> int:
        """Return how many match."""
        with self._account.lock:
            committed = self._account.recurring.by_number
            replaced = [committed[number] for number in self._written if number in committed]
            return self._account.recurring.list.rows.count(wanted, self._written.values(), replaced)

    def claim_due(self, now: datetime, until: datetime, limit: int) -> tuple[RecurringOrder, ...]:
        """Claim those that are due, at once, so that no other transaction can meanwhile."""
        with self._account.lock:
            claims = self._account.recurring.claim(now, until, limit)
            self._claims += claims
            self._account.tell_boards()
            return tuple(claim.recurring for claim in claims)

    def overdue(self, since: datetime, limit: int) -> tuple[Overdue, ...]:
        """Return those that should have been acted for, as written here or else as committed."""
        with self._account.lock:
            kept = self._account.recurring.overdue(since)
            found = (item for item in kept if item.recurring.number not in self._written)
            late = [*islice(found, limit)]
        late += [Overdue(recurring=item) for item in self._written.values()]
        due = [(at, item) for item in late if (at := item.recurring.next_action) and at <= since]
        due.sort(key=lambda pair: (pair[0], pair[1].recurring.number))
        return tuple(item for _, item in due[:limit])

    def check(self) -> None:
        """Raise `Conflict` if another transaction was faster; called under the lock."""
        book = self._account.recurring
        for number, recurring in self._written.items():
            stored = book.by_number.get(number)
            if (0 if stored is None else stored.version) != self._read_at[number]:
                raise Conflict(f"recurring order {number}")
            if recurring.key is not None and book.by_key.get(recurring.key, number) != number:
                raise Conflict(f"the key {recurring.key!r}")

    def give_back(self) -> None:
        """Undo the claims, since nothing is committed; called under the lock."""
        for claim in reversed(self._claims):
            self._account.recurring.give_back(claim)
        if self._claims:
            self._account.tell_boards()

    def apply(self) -> None:
        """Make the writes visible; called under the lock."""
        for recurring in self._written.values():
            self._account.recurring.keep(recurring)
