"""Sales plans: at most one for a customer and an offer, versioned as orders are (rule S1)."""

from __future__ import annotations

from attrs import evolve

from ordersales.models.sale import Manager, SalesPlan
from ordersales.ports.storage import Transaction
from ordersales.services.engine import ask
from ordersales.testing.contracts.promises import promise, same
from ordersales.testing.contracts.samples import a_plan
from ordersales.testing.contracts.storage.books import Books, conflicts
from ordersales.values.identifiers import UserId

_EVA = Manager(user=UserId("m7"), name="Eva")
_NEW = a_plan()


async def _saved(books: Books, *plans: SalesPlan) -> SalesPlan:
    """Save plans in one transaction, and return the last of them."""
    async with books.open() as tx:
        return [await ask(tx.sales_plans.save, plan) for plan in plans][-1]


async def _removed(books: Books, *plans: SalesPlan) -> None:
    async with books.open() as tx:
        for plan in plans:
            await ask(tx.sales_plans.remove, plan)


async def _kept(books: Books) -> SalesPlan | None:
    async with books.open() as tx:
        return await _of(tx)


async def _of(tx: Transaction) -> SalesPlan | None:
    return await ask(tx.sales_plans.get, _NEW.customer, _NEW.offer)


class PlanPromises:
    """What is stated is kept as it was, and changed only over what was read."""

    @promise
    async def test_a_sales_plan_is_kept_whole(self, books: Books) -> None:
        """A plan is returned with every field as it was saved, each time at the next version."""
        first = await _saved(books, _NEW)
        same(evolve(_NEW, version=1), first, "saving returned something else")
        same(first, await _kept(books), "reading returned another")
        second = await _saved(books, evolve(first, manager=_EVA, stated_by=None))
        same(evolve(first, manager=_EVA, stated_by=None, version=2), second, "saving it anew")
        same(second, await _kept(books), "reading it anew")

    @promise
    async def test_the_plans_of_a_customer_come_by_offer(self, books: Books) -> None:
        """The plans that name a customer come by offer number, and no other customer's."""
        offers = ("b", "C-2", "C-10", "B", "C-1")
        kept = {offer: await _saved(books, a_plan("ada", offer)) for offer in offers}
        other = await _saved(books, a_plan("Ada", "C-2"))
        async with books.open() as tx:
            kept["A"] = await ask(tx.sales_plans.save, a_plan("ada", "A"))
            await ask(tx.sales_plans.remove, kept.pop("C-2"))
            inside = await ask(tx.sales_plans.of_customer, kept["A"].customer)
        expected = tuple(kept[offer] for offer in sorted(kept))
        same(expected, inside, "in the transaction that changed some")
        async with books.open() as tx:
            same(expected, await ask(tx.sales_plans.of_customer, kept["A"].customer), "later")
            same((other,), await ask(tx.sales_plans.of_customer, other.customer), "another's")
            same((), await ask(tx.sales_plans.of_customer, _NEW.customer), "of one without plans")

    @promise
    async def test_a_removed_plan_is_gone(self, books: Books) -> None:
        """A plan that was removed is gone, at once and later, and may be stated anew."""
        plan = await _saved(books, _NEW)
        async with books.open() as tx:
            await ask(tx.sales_plans.remove, plan)
            same(None, await _of(tx), "in the transaction that removed it")
        same(None, await _kept(books), "later")
        again = await _saved(books, evolve(_NEW, manager=_EVA))
        same(evolve(_NEW, manager=_EVA, version=1), again, "stated anew")
        same(again, await _kept(books), "stated anew, it is kept")

    @promise
    async def test_a_stale_plan_conflicts(self, books: Books) -> None:
        """Saving a plan that has moved on since it was read raises Conflict, changing nothing."""
        read = await _saved(books, _NEW)
        newer = await _saved(books, evolve(read, manager=_EVA))
        await conflicts(_saved(books, read), "a save over something newer")
        script = _saved(books, newer, evolve(newer, stated_by=None))
        await conflicts(script, "the second of two saves from one reading")
        same(newer, await _kept(books), "the newer one was overwritten")

    @promise
    async def test_a_second_new_plan_conflicts(self, books: Books) -> None:
        """Saving a new plan where there is one raises Conflict, also in the same transaction."""
        await conflicts(_saved(books, _NEW, _NEW), "a second new plan in one transaction")
        first = await _saved(books, _NEW)
        await conflicts(_saved(books, evolve(_NEW, manager=_EVA)), "a second new plan")
        same(first, await _kept(books), "the first one was overwritten")

    @promise
    async def test_a_save_of_a_plan_that_is_gone_conflicts(self, books: Books) -> None:
        """Saving what a plan has become raises Conflict where the plan is gone."""
        plan = await _saved(books, _NEW)
        await _removed(books, plan)
        await conflicts(_saved(books, plan), "a save of a plan that was removed")
        same(None, await _kept(books), "it was added")

    @promise
    async def test_a_stale_removal_conflicts(self, books: Books) -> None:
        """Removing a plan that has moved on since it was read, or is gone, raises Conflict."""
        read = await _saved(books, _NEW)
        newer = await _saved(books, evolve(read, manager=_EVA))
        await conflicts(_removed(books, read), "a removal of something newer")
        same(newer, await _kept(books), "the newer one was removed")
        await conflicts(_removed(books, newer, newer), "the second of two removals")
        await _removed(books, newer)
        await conflicts(_removed(books, newer), "a removal of what was gone")
