"""Parts of a store that break the promises about recurring orders, each by the check it breaks."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from attrs import evolve

from ordersales.adapters.memory.events import MemoryEvents
from ordersales.adapters.memory.recurring_book import RecurringBook
from ordersales.adapters.memory.recurring_orders import MemoryRecurringOrders
from ordersales.adapters.memory.store import MemoryOrders, MemoryStore
from ordersales.models.due import Overdue
from ordersales.models.event import Event
from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder
from ordersales.values.identifiers import AccountId, CustomerId, OrderNumber


def nothing(*_: object) -> None:
    """Do nothing."""


def without_activation(self: MemoryRecurringOrders, recurring: RecurringOrder) -> RecurringOrder:
    """Forget a field."""
    return MemoryRecurringOrders.add(self, evolve(recurring, just_activated=False))


def whatever_the_version(self: MemoryRecurringOrders, recurring: RecurringOrder) -> RecurringOrder:
    """Save an older version."""
    stored = self.get(recurring.number)
    assert stored is not None
    return MemoryRecurringOrders.save(self, evolve(recurring, version=stored.version))


def whatever_the_key(self: MemoryRecurringOrders, recurring: RecurringOrder) -> RecurringOrder:
    """Add a second one under a key."""
    return self._write(recurring, 0)


def of_committed(self: MemoryRecurringOrders, customer: CustomerId) -> tuple[RecurringOrder, ...]:
    """Overlook what the transaction has written."""
    return tuple(self._account.recurring.of_customer(customer))


def as_placed(self: MemoryOrders, recurring_order: OrderNumber) -> tuple[Order, ...]:
    """Return the orders as they were placed."""
    found = MemoryOrders.occurrences(self, recurring_order)
    return tuple(sorted(found, key=lambda order: order.number))


def of_all_orders(self: MemoryEvents, number: OrderNumber) -> tuple[Event, ...]:
    """Return the events of anything that has that number."""
    committed = MemoryEvents.of_recurring(self, number)
    others = (event for event in self._account.events if event.recurring is None)
    return (*committed, *others)


def late(
    self: MemoryRecurringOrders, now: datetime, until: datetime, limit: int
) -> tuple[RecurringOrder, ...]:
    """Claim, in the order of their numbers."""
    found = MemoryRecurringOrders.claim_due(self, now, until, 10**6)
    return tuple(sorted(found, key=lambda item: item.number)[:limit])


def whoever_waits_longest(
    self: MemoryRecurringOrders, now: datetime, until: datetime, limit: int
) -> tuple[RecurringOrder, ...]:
    """Overlook who was just activated."""
    book = self._account.recurring
    found = sorted(
        (item for item in book.by_number.values() if (item.next_action or until) <= now),
        key=lambda item: item.next_action or until,
    )[:limit]
    for item in found:
        book._put(item, until)
    return tuple(found)


def for_ever(
    self: MemoryRecurringOrders, now: datetime, until: datetime, limit: int
) -> tuple[RecurringOrder, ...]:
    """Claim without an end."""
    return MemoryRecurringOrders.claim_due(self, now, until.replace(year=9999), limit)


def stays_claimed(self: MemoryRecurringOrders) -> None:
    """Keep records, and leave the claims as they are."""
    book = self._account.recurring
    for recurring in self._written.values():
        if recurring.number in book.by_number:
            book.by_number[recurring.number] = recurring
        else:
            book.keep(recurring)


def as_never_claimed(self: MemoryRecurringOrders) -> None:
    """Give claims back, and forget those that had ended before."""
    for claim in self._claims:
        self._account.recurring.give_back(evolve(claim, before=None))


def _place(book: RecurringBook, recurring: RecurringOrder) -> datetime:
    """Return when one is to be claimed."""
    found = book._activated._keys | book._others._keys
    at, _ = found[recurring.number]
    return at


def for_everybody(
    self: MemoryRecurringOrders, now: datetime, until: datetime, limit: int
) -> tuple[RecurringOrder, ...]:
    """Claim on leaving, so that another may claim the same before."""
    book = self._account.recurring
    due = [item for item in book.by_number.values() if _place(book, item) <= now][:limit]
    self.apply = lambda: [book._put(item, until) for item in due]  # type: ignore[method-assign, assign]
    return tuple(due)


def overdue_unclaimed(
    self: MemoryRecurringOrders, since: datetime, limit: int
) -> tuple[Overdue, ...]:
    """Tell only what nobody has claimed."""
    found = MemoryRecurringOrders.overdue(self, since, limit)
    return tuple(item for item in found if item.claimed_until is None)


def overdue_as_committed(
    self: MemoryRecurringOrders, since: datetime, limit: int
) -> tuple[Overdue, ...]:
    """Overlook what the transaction has written."""
    return MemoryRecurringOrders(self._account).overdue(since, limit)


def overdue_without_end(
    self: MemoryRecurringOrders, since: datetime, limit: int
) -> tuple[Overdue, ...]:
    """Tell everything."""
    return MemoryRecurringOrders.overdue(self, since, 10**6)


def overdue_but_for_activated(
    self: MemoryRecurringOrders, since: datetime, limit: int
) -> tuple[Overdue, ...]:
    """Leave out what was just activated."""
    found = MemoryRecurringOrders.overdue(self, since, limit)
    return tuple(item for item in found if not item.recurring.just_activated)


def overdue_as_if_unclaimed(
    self: MemoryRecurringOrders, since: datetime, limit: int
) -> tuple[Overdue, ...]:
    """Tell nothing of claims."""
    found = MemoryRecurringOrders.overdue(self, since, limit)
    return tuple(Overdue(recurring=item.recurring) for item in found)


class NamesByName(MemoryStore):
    """A store that names the accounts to charge by their names."""

    def accounts_to_charge(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Sort them."""
        return tuple(sorted(super().accounts_to_charge(now, 10**6))[:limit])


#: For each check the part that is broken, what it is made of, and what is done wrong.
PARTS: Final[dict[str, tuple[str, type, dict[str, Any]]]] = {
    "test_a_recurring_order_is_kept_whole": (
        "recurring_orders",
        MemoryRecurringOrders,
        {"add": without_activation},
    ),
    "test_an_older_recurring_order_is_not_saved": (
        "recurring_orders",
        MemoryRecurringOrders,
        {"save": whatever_the_version},
    ),
    "test_numbers_and_keys_of_recurring_orders_are_unique": (
        "recurring_orders",
        MemoryRecurringOrders,
        {"add": whatever_the_key, "check": nothing},
    ),
    "test_a_customers_recurring_orders_are_found": (
        "recurring_orders",
        MemoryRecurringOrders,
        {"of_customer": of_committed},
    ),
    "test_occurrences_are_found": ("orders", MemoryOrders, {"occurrences": as_placed}),
    "test_an_occurrence_is_there_once": (
        "orders",
        MemoryOrders,
        {"_check_occurrence": nothing},
    ),
    "test_events_of_a_recurring_order_are_its_own": (
        "events",
        MemoryEvents,
        {"of_recurring": of_all_orders},
    ),
    "test_what_is_due_is_claimed": (
        "recurring_orders",
        MemoryRecurringOrders,
        {"claim_due": late},
    ),
    "test_those_just_activated_are_claimed_first": (
        "recurring_orders",
        MemoryRecurringOrders,
        {"claim_due": whoever_waits_longest},
    ),
    "test_a_claim_ends": ("recurring_orders", MemoryRecurringOrders, {"claim_due": for_ever}),
    "test_a_claim_that_is_not_committed_is_none": (
        "recurring_orders",
        MemoryRecurringOrders,
        {"give_back": stays_claimed},
    ),
    "test_saving_ends_a_claim": (
        "recurring_orders",
        MemoryRecurringOrders,
        {"apply": stays_claimed},
    ),
    "test_what_is_overdue_is_told": (
        "recurring_orders",
        MemoryRecurringOrders,
        {"overdue": overdue_unclaimed},
    ),
    "test_a_claim_is_won_once": (
        "recurring_orders",
        MemoryRecurringOrders,
        {"claim_due": for_everybody},
    ),
}
#: Further parts that break the promise of a check in another way.
MORE: Final[list[tuple[str, tuple[str, type[Any], dict[str, Any]]]]] = [
    ("test_what_is_overdue_is_told", ("recurring_orders", MemoryRecurringOrders, {"overdue": way}))
    for way in (
        overdue_as_committed,
        overdue_without_end,
        overdue_but_for_activated,
        overdue_as_if_unclaimed,
    )
]
MORE.append(
    (
        "test_a_claim_that_is_not_committed_is_none",
        ("recurring_orders", MemoryRecurringOrders, {"give_back": as_never_claimed}),
    )
)
#: The same for what the store itself does.
STORES: Final[dict[str, type[MemoryStore]]] = {"test_accounts_to_charge_are_named": NamesByName}
