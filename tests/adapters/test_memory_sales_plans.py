"""Sales plans in memory: what one transaction sees, what is committed, and who was faster."""

from __future__ import annotations

import attrs
import pytest

from ordersales.adapters.memory import MemoryStore
from ordersales.errors import Conflict
from ordersales.models.sale import SalesPlan
from ordersales.values.identifiers import AccountId, CustomerId, OfferNumber
from tests.rules.sold import MIRA, NOAH, NOON

pytestmark = pytest.mark.rule("S1")

ACME, GLOBEX = AccountId("acme"), AccountId("globex")
ADA, COURSE = CustomerId("ada"), OfferNumber("C-1")
RECORD = "the sales plan of customer 'ada' for offer 'C-1'"


def a_plan(offer: str = "C-1", customer: str = "ada") -> SalesPlan:
    """Return Mira's plan, not kept yet."""
    return SalesPlan(
        customer=CustomerId(customer),
        offer=OfferNumber(offer),
        manager=MIRA,
        stated_at=NOON,
        stated_by=None,
    )


def kept(store: MemoryStore, plan: SalesPlan, account: AccountId = ACME) -> SalesPlan:
    """Keep a plan and return it as it is kept."""
    with store.transaction(account) as tx:
        return tx.sales_plans.save(plan)


def look(store: MemoryStore, account: AccountId = ACME) -> SalesPlan | None:
    """Return the plan that is committed for Ada and the course."""
    with store.transaction(account) as tx:
        return tx.sales_plans.get(ADA, COURSE)


def test_a_plan_is_kept() -> None:
    """A new plan is found again, at version 1."""
    store = MemoryStore()

    saved = kept(store, a_plan())

    assert attrs.evolve(a_plan(), version=1) == saved == look(store)


def test_a_plan_becomes_another() -> None:
    """What a plan has become is kept in its place, at the next version."""
    store = MemoryStore()
    plan = kept(store, a_plan())

    kept(store, attrs.evolve(plan, manager=NOAH))

    assert attrs.evolve(a_plan(), manager=NOAH, version=2) == look(store)


def test_a_plan_is_forgotten() -> None:
    """A plan that was removed is gone, and a new one may take its place."""
    store = MemoryStore()
    plan = kept(store, a_plan())

    with store.transaction(ACME) as tx:
        tx.sales_plans.remove(plan)

    assert look(store) is None
    assert 1 == kept(store, a_plan()).version


def test_the_plans_of_a_customer() -> None:
    """They come by offer number, and no other customer's are among them."""
    store = MemoryStore()
    for plan in (a_plan("C-2"), a_plan("C-1"), a_plan("C-1", "grace"), a_plan("C-3")):
        kept(store, plan)

    with store.transaction(ACME) as tx:
        tx.sales_plans.save(a_plan("C-0"))
        tx.sales_plans.save(a_plan("C-0", "grace"))
        tx.sales_plans.remove(attrs.evolve(a_plan("C-2"), version=1))
        inside = tx.sales_plans.of_customer(ADA)
    with store.transaction(ACME) as tx:
        after = tx.sales_plans.of_customer(ADA)
        nobody = tx.sales_plans.of_customer(CustomerId("nobody"))

    assert ["C-0", "C-1", "C-3"] == [plan.offer for plan in inside]
    assert (inside, ()) == (after, nobody)


def test_a_transaction_sees_what_it_wrote() -> None:
    """Inside, a plan is there once it was saved, and gone once it was removed."""
    store = MemoryStore()

    with store.transaction(ACME) as tx:
        saved = tx.sales_plans.save(a_plan())
        found = tx.sales_plans.get(ADA, COURSE)
        tx.sales_plans.remove(saved)
        gone = tx.sales_plans.get(ADA, COURSE)
        again = tx.sales_plans.save(a_plan())

    assert (saved, None) == (found, gone)
    assert again == look(store)


def test_an_error_leaves_nothing_behind() -> None:
    """What was written is forgotten when an error leaves the transaction."""
    store = MemoryStore()

    def stumble() -> None:
        with store.transaction(ACME) as tx:
            tx.sales_plans.save(a_plan())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stumble()

    assert look(store) is None


@pytest.mark.rule("A4")
def test_accounts_are_apart() -> None:
    """One account's plan is not there for another, which may keep its own."""
    store = MemoryStore()
    kept(store, a_plan())

    assert look(store, GLOBEX) is None
    assert 1 == kept(store, a_plan(), GLOBEX).version


@pytest.mark.parametrize("version", [0, 2])
def test_an_old_version_is_not_saved(version: int) -> None:
    """Saving anything but what is there now is a conflict, at once."""
    store = MemoryStore()
    kept(store, a_plan())

    with store.transaction(ACME) as tx, pytest.raises(Conflict) as caught:
        tx.sales_plans.save(attrs.evolve(a_plan(), version=version))

    assert Conflict(RECORD) == caught.value
    assert attrs.evolve(a_plan(), version=1) == look(store)


@pytest.mark.parametrize(("stored", "version"), [(True, 0), (True, 2), (False, 0), (False, 1)])
def test_only_what_is_there_is_removed(stored: bool, version: int) -> None:
    """Removing an old version, or what is not there, is a conflict, at once."""
    store = MemoryStore()
    if stored:
        kept(store, a_plan())

    with store.transaction(ACME) as tx, pytest.raises(Conflict) as caught:
        tx.sales_plans.remove(attrs.evolve(a_plan(), version=version))

    assert Conflict(RECORD) == caught.value
    assert stored == (look(store) is not None)


def test_two_state_a_plan_at_once() -> None:
    """Of two transactions that begin a plan, the second one to leave is refused."""
    store = MemoryStore()

    def slowly() -> None:
        with store.transaction(ACME) as slow:
            slow.sales_plans.save(attrs.evolve(a_plan(), manager=NOAH))
            kept(store, a_plan())

    with pytest.raises(Conflict) as caught:
        slowly()

    assert Conflict(RECORD) == caught.value
    assert attrs.evolve(a_plan(), version=1) == look(store)


def test_a_plan_that_was_replaced_meanwhile() -> None:
    """A plan removed and stated anew is another plan, though its version is the same again."""
    store = MemoryStore()
    plan = kept(store, a_plan())

    def slowly() -> None:
        with store.transaction(ACME) as slow:
            slow.sales_plans.remove(plan)
            with store.transaction(ACME) as tx:
                tx.sales_plans.remove(plan)
            kept(store, attrs.evolve(a_plan(), manager=NOAH))

    with pytest.raises(Conflict):
        slowly()

    assert attrs.evolve(a_plan(), manager=NOAH, version=1) == look(store)


def test_reading_beside_writing() -> None:
    """What one transaction reads is not disturbed by what another commits."""
    store = MemoryStore()
    kept(store, a_plan())

    with store.transaction(ACME) as reading:
        before = reading.sales_plans.of_customer(ADA)
        kept(store, a_plan("C-2"))
        after = reading.sales_plans.of_customer(ADA)

    assert [1, 2] == [len(before), len(after)]
