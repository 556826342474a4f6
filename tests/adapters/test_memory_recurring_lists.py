"""The list of recurring orders in memory, against filtering and sorting all there is."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.adapters.memory import MemoryStore, listing
from ordersales.adapters.memory.recurring_orders import MemoryRecurringOrders
from ordersales.models.filters import (
    EVERYTHING,
    OrderFilter,
    Place,
    RecurringColumn,
    RecurringSort,
)
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.rules.filtering import matches_recurring
from ordersales.rules.sorting import recurring_place
from tests.agreed import a_recurring, agreements, recurring_filters, recurring_orders
from tests.listed import ACME

pytestmark = pytest.mark.rule("L1", "L3", "L4")

sorts = st.builds(RecurringSort, st.sampled_from(RecurringColumn), st.booleans())
limits = st.integers(1, 5)


@pytest.fixture(params=[5_000, 0], ids=["sorted", "climbed"], autouse=True)
def _both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every test run where the candidates are few, and as if they were many."""
    monkeypatch.setattr(listing, "_SORTED_AT_ONCE", request.param)


def kept(shop: list[RecurringOrder]) -> MemoryStore:
    """Return a store in which these were committed one by one."""
    store = MemoryStore()
    for recurring in shop:
        with store.transaction(ACME) as tx:
            tx.recurring_orders.add(recurring)
    return store


def stored(recurring: RecurringOrder) -> RecurringOrder:
    """Return one as the store gives it back."""
    return attrs.evolve(recurring, version=1)


def check(
    seen: MemoryRecurringOrders,
    there: list[RecurringOrder],
    wanted: OrderFilter,
    sort: RecurringSort,
    limit: int,
) -> None:
    """Hold pages and count against the plainest way there is."""

    def by(row: RecurringOrder) -> Any:
        place = recurring_place(row, sort.column)
        return place.value, place.number

    fitting = [row for row in there if matches_recurring(row, wanted)]
    found, after = list[RecurringOrder](), None
    while True:
        page = seen.page(wanted, sort, after=after, limit=limit)
        found += page.rows
        after = page.last
        if after is None:
            break
    assert sorted(fitting, key=by, reverse=sort.descending) == found
    assert len(fitting) == seen.count(wanted)


@given(agreements(), recurring_filters(), sorts, limits)
def test_pages_are_the_whole_list(
    shop: list[RecurringOrder], wanted: OrderFilter, sort: RecurringSort, limit: int
) -> None:
    """Whatever the shop, the filter, the sort and the page: nothing repeats, nothing is missing."""
    with kept(shop).transaction(ACME) as tx:
        check(tx.recurring_orders, [*map(stored, shop)], wanted, sort, limit)


@given(agreements(), recurring_filters(), sorts, limits, st.data())
def test_changes_move_rows(
    shop: list[RecurringOrder],
    wanted: OrderFilter,
    sort: RecurringSort,
    limit: int,
    data: st.DataObject,
) -> None:
    """After each became another one, of its customer, the list is that of what they became."""
    store = kept(shop)
    with store.transaction(ACME) as tx:  # the ladders are there before the change
        tx.recurring_orders.page(EVERYTHING, sort, after=None, limit=limit)
    became: list[RecurringOrder] = []
    for recurring in shop:
        other = data.draw(recurring_orders(recurring.number))
        now = attrs.evolve(other, customer=recurring.customer, version=1)
        with store.transaction(ACME) as tx:
            became.append(tx.recurring_orders.save(now))

    with store.transaction(ACME) as tx:
        check(tx.recurring_orders, became, wanted, sort, limit)


@given(agreements(), agreements(), recurring_filters(), sorts, limits)
def test_a_transaction_lists_its_own_writes(
    committed: list[RecurringOrder],
    written: list[RecurringOrder],
    wanted: OrderFilter,
    sort: RecurringSort,
    limit: int,
) -> None:
    """What a transaction has written stands in its list in place of what is committed."""
    with kept(committed).transaction(ACME) as tx:
        there = {row.number: stored(row) for row in committed}
        for row in written:
            write = tx.recurring_orders.save if row.number in there else tx.recurring_orders.add
            given_ = stored(row) if row.number in there else row
            there[row.number] = write(given_)
        check(tx.recurring_orders, [*there.values()], wanted, sort, limit)


def test_a_page_of_few_among_many() -> None:
    """A page of one status reads its own rows, not the list that they are picked from."""
    shop = [
        a_recurring(
            number,
            status=RecurringStatus.FAILED if number % 100 == 0 else RecurringStatus.ACTIVE,
        )
        for number in range(1, 1001)
    ]
    store, read = kept(shop), list[int]()
    rows = store._accounts[ACME].recurring.list.rows
    fetch = rows._fetch
    rows._fetch = lambda number: read.append(number) or fetch(number)  # type: ignore[func-returns-value]
    wanted = OrderFilter(recurring_statuses={RecurringStatus.FAILED})

    with store.transaction(ACME) as tx:
        page = tx.recurring_orders.page(wanted, RecurringSort(), after=Place(1000, 1000), limit=5)

    assert [900, 800, 700, 600, 500] == [row.number for row in page.rows]
    assert len(read) <= 6
