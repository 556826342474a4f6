"""Events in memory storage: positions, followers, erased notes."""

from __future__ import annotations

from threading import Thread
from typing import Final

import pytest

from ordersales.adapters.memory import MemoryStore
from ordersales.models.event import Event, EventKind, RecordedEvent
from ordersales.values.identifiers import AccountId, CustomerId, OfferNumber, OrderNumber
from tests.listed import NOON

ACME, GLOBEX = AccountId("acme"), AccountId("globex")
FIRST, SECOND = OrderNumber(1), OrderNumber(2)
WEB: Final = "web"


def an_event(order: int | None = 1, note: str = "") -> Event:
    """Return an event of an order, or of a sales plan."""
    if order is None:
        kind = EventKind.PLAN_STATED
        return Event(
            account=ACME, customer=CustomerId("ada"), offer=OfferNumber("C-1"), kind=kind, at=NOON
        )
    return Event(
        account=ACME, order=OrderNumber(order), kind=EventKind.ORDER_PLACED, at=NOON, note=note
    )


def told(store: MemoryStore, *events: Event, account: AccountId = ACME) -> None:
    """Commit some events."""
    with store.transaction(account) as tx:
        tx.events.append(events)


def read(store: MemoryStore, position: int = 0, limit: int = 100) -> tuple[RecordedEvent, ...]:
    """Return what is behind a position."""
    with store.transaction(ACME) as tx:
        return tx.events.after(position, limit)


@pytest.mark.rule("E1")
def test_positions_have_the_order_of_the_commits() -> None:
    """What was begun first and committed last has the later position."""
    store = MemoryStore()
    slow = store.transaction(ACME)
    slow.events.append([an_event(1)])
    told(store, an_event(2), an_event(None))

    with slow:
        assert (1, 2) == tuple(item.position for item in read(store))

    assert [(1, 2), (2, None), (3, 1)] == [
        (item.position, item.event.order) for item in read(store)
    ]


@pytest.mark.rule("E1")
def test_a_page_of_events_begins_behind_a_position() -> None:
    """As many as are asked for come, and none where there are no more."""
    store = MemoryStore()
    told(store, *(an_event(number) for number in range(1, 6)))

    assert [3, 4] == [item.position for item in read(store, 2, 2)]
    assert [5] == [item.position for item in read(store, 4, 2)]
    assert () == read(store, 5, 2)


@pytest.mark.rule("E1")
def test_what_is_not_committed_has_no_position() -> None:
    """An order's history shows what its transaction wrote; followers see what is committed."""
    store = MemoryStore()
    told(store, an_event(1, "first"))

    with store.transaction(ACME) as tx:
        tx.events.append([an_event(1, "second"), an_event(2)])
        assert ["first", "second"] == [event.note for event in tx.events.of_order(FIRST)]
        assert [1] == [item.position for item in tx.events.after(0, 100)]

    assert [1, 2, 3] == [item.position for item in read(store)]


@pytest.mark.rule("E1")
def test_events_of_a_failed_transaction_never_happened() -> None:
    """Neither events nor acknowledgements outlive an error."""
    store = MemoryStore()
    tx = store.transaction(ACME)
    tx.events.append([an_event(1)])
    tx.events.acknowledge(WEB, 1)
    tx.__exit__(RuntimeError, RuntimeError(), None)

    with store.transaction(ACME) as tx:
        assert 0 == tx.events.acknowledged(WEB)
    assert () == read(store)


@pytest.mark.rule("E1")
def test_a_follower_never_goes_back() -> None:
    """The furthest position stands, in one transaction and between two."""
    store = MemoryStore()
    told(store, *(an_event(number) for number in range(1, 6)))
    late = store.transaction(ACME)
    late.events.acknowledge(WEB, 2)

    with store.transaction(ACME) as tx:
        tx.events.acknowledge(WEB, 4)
        tx.events.acknowledge(WEB, 3)
        assert 4 == tx.events.acknowledged(WEB)
    with late:
        pass

    with store.transaction(ACME) as tx:
        assert (4, 0) == (tx.events.acknowledged(WEB), tx.events.acknowledged("mail"))


@pytest.mark.rule("A4", "E1")
def test_accounts_count_their_own_events() -> None:
    """Positions and followers of one account say nothing of another's."""
    store = MemoryStore()
    told(store, an_event(1), an_event(2), account=GLOBEX)
    told(store, an_event(1))
    with store.transaction(GLOBEX) as tx:
        tx.events.acknowledge(WEB, 2)

    with store.transaction(ACME) as tx:
        assert (0, 1) == (tx.events.acknowledged(WEB), len(tx.events.after(0, 100)))


@pytest.mark.rule("E2")
def test_notes_are_erased_where_they_are() -> None:
    """The notes of one order are gone, of what is committed and written; positions stay."""
    store = MemoryStore()
    told(store, an_event(1, "secret"), an_event(2, "kept"), an_event(1))

    with store.transaction(ACME) as tx:
        tx.events.append([an_event(1, "secret too"), an_event(2, "kept too")])
        tx.events.erase_notes(FIRST)
        tx.events.append([an_event(1, "after")])
        assert ["", "", "", "after"] == [event.note for event in tx.events.of_order(FIRST)]
        assert ["secret", "kept", ""] == [item.event.note for item in tx.events.after(0, 100)]

    found = read(store)
    assert ["", "kept", "", "", "kept too", "after"] == [item.event.note for item in found]
    assert [1, 2, 3, 4, 5, 6] == [item.position for item in found]


@pytest.mark.rule("E2")
def test_erasing_the_notes_of_an_unknown_order_does_nothing() -> None:
    """There is nothing to erase where nothing happened."""
    store = MemoryStore()
    told(store, an_event(1, "kept"))

    with store.transaction(ACME) as tx:
        tx.events.erase_notes(SECOND)

    assert ["kept"] == [item.event.note for item in read(store)]


@pytest.mark.rule("E1")
def test_many_threads_leave_no_gap() -> None:
    """Whoever reads on from the last position it saw has seen every event, once."""
    store, seen = MemoryStore(), list[RecordedEvent]()

    def write(number: int) -> None:
        for _ in range(50):
            told(store, an_event(number), an_event(number))

    writers = [Thread(target=write, args=(number,)) for number in range(1, 5)]
    for thread in writers:
        thread.start()
    while len(seen) < 400:
        seen += read(store, seen[-1].position if seen else 0, 7)
    for thread in writers:
        thread.join()

    assert list(range(1, 401)) == [item.position for item in seen]
