"""What is due is charged: by any number of workers, in any account, each attempt at most once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import attrs
import pytest

from ordersales import AccountId, BackOffice, OrderNumber, PaymentSystem, SystemName
from ordersales.adapters.memory import MemoryStore
from ordersales.errors import BrokenInvariant, Conflict, InvalidInput, WrongInstallation
from ordersales.models.due import Did, DueResult
from ordersales.models.recurring_terms import ResumePolicy
from ordersales.ports.payment_systems import found_by
from ordersales.services import due
from ordersales.services import recurring as services
from ordersales.services.desk import Desk
from ordersales.testing import Play, ScriptedGateway, a_manager
from tests.drivers import BOSS, CARDS, ByHand, Shop, a_card, key
from tests.subscribing import DAY, FEBRUARY, MARCH, TERMS, look, orders_of, record, subscribe

pytestmark = pytest.mark.rule("C3")


def at_february(shop: Shop, **terms: object) -> OrderNumber:
    """Let one recurring order be due now, and return its number."""
    number = subscribe(shop, attrs.evolve(TERMS, **terms))
    shop.clock.advance_to(FEBRUARY)
    return number


def worker(shop: Shop, limit: int = 100) -> ByHand:
    """Return a worker that stands before its first call."""
    return ByHand(due.run_due(shop.desk, limit=limit))


def taken(shop: Shop) -> list[str]:
    """Return the references under which the gateway took money."""
    return [str(item.request.reference) for item in shop.gateway.charged]


def test_what_it_tells(shop: Shop) -> None:
    """Which order was charged by which attempt, and what became of it."""
    number = at_february(shop)
    (done,) = shop.office.recurring.run_due()
    order = orders_of(shop, record(shop, number).number)[-1]
    assert done == DueResult(
        account=BOSS.account,
        recurring_order=record(shop, number).number,
        did=Did.PAID,
        order=order.number,
        invoice=order.invoices[0].number,
    )


@pytest.mark.parametrize(
    ("play", "did"),
    [
        (Play.SUCCEED, Did.PAID),
        (Play.DECLINE, Did.DECLINED),
        (Play.DECLINE_FINALLY, Did.DECLINED),
        (Play.PEND, Did.ACCEPTED),
        (Play.TIME_OUT_AFTER, Did.IN_DOUBT),
        (Play.TIME_OUT_BEFORE, Did.IN_DOUBT),
        (Play.BREAK, Did.IN_DOUBT),
        (Play.NOT_SENT, Did.NOT_SENT),
        (Play.MISCONFIGURED, Did.HELD),
        (Play.OTHER_AMOUNT, Did.HELD),
    ],
)
@pytest.mark.rule("C2", "R6")
def test_whatever_the_gateway_does_it_is_asked_once(shop: Shop, play: Play, did: Did) -> None:
    """A second worker, at once and a day later, finds nothing to begin while no word has come."""
    at_february(shop)
    calls = shop.gateway.calls
    shop.gateway.then(play)
    assert [result.did for result in shop.office.recurring.run_due()] == [did]
    assert shop.office.recurring.run_due() == ()
    assert shop.gateway.calls == calls + 1


def test_two_workers_at_any_two_places(shop: Shop) -> None:
    """One stops anywhere, another runs to its end, the first goes on: one charge."""
    whole = Shop.behind(BackOffice)
    at_february(whole)
    first = worker(whole)
    first.finish()
    for place in range(first.performed):
        shop = Shop.behind(BackOffice)
        number = at_february(shop)
        slow, fast = worker(shop), worker(shop)
        slow.steps(place)
        fast.finish()
        slow.finish()
        assert slow.error is None
        assert taken(shop) == [f"acme/{number}/1", f"acme/{number}.2/1"]
        assert record(shop, number).payments_made == 2


@pytest.mark.rule("C1")
def test_a_worker_that_dies_anywhere(shop: Shop) -> None:
    """Its claim ends, and another begins what was not begun; what was is not begun again."""
    whole = Shop.behind(BackOffice)
    at_february(whole)
    first = worker(whole)
    first.finish()
    for place in range(first.performed):
        for performed in (False, True):
            shop = Shop.behind(BackOffice)
            number = at_february(shop)
            dying = worker(shop)
            dying.steps(place)
            if performed:
                dying.perform()
            dying.drop()
            shop.clock.advance(due.CLAIMED_FOR)
            worker(shop).finish()
            shop.clock.advance(due.CLAIMED_FOR)
            worker(shop).finish()
            assert len(taken(shop)) <= 2
            assert len(orders_of(shop, number)) == 2
            assert len(orders_of(shop, number)[1].invoices) == 1


def test_real_threads(shop: Shop) -> None:
    """Eight of them, over eighty recurring orders."""
    numbers = [subscribe(shop, under=f"cart-{n}") for n in range(80)]
    shop.clock.advance_to(FEBRUARY)
    with ThreadPoolExecutor(8) as pool:
        works = [pool.submit(shop.office.recurring.run_due, 20) for _ in range(8)]
        done = [result for work in works for result in work.result()]
    done += shop.office.recurring.run_due()
    assert sorted(result.recurring_order for result in done) == numbers
    assert {result.did for result in done} == {Did.PAID}
    assert sorted(taken(shop)) == sorted({*taken(shop)})
    assert len(taken(shop)) == 160


@pytest.mark.rule("R4")
def test_a_pause_comes_before_the_reservation_or_after_it(shop: Shop) -> None:
    """Before it, nothing is charged; after it, the permitted attempt may finish."""
    whole = Shop.behind(BackOffice)
    at_february(whole)
    first = worker(whole)
    first.finish()
    told = set[Did]()
    for place in range(first.performed):
        shop = Shop.behind(BackOffice)
        number = at_february(shop)
        working = worker(shop)
        working.steps(place)
        paused = shop.office.recurring.pause(BOSS, number)
        begun = paused.under_way is not None
        working.finish()
        assert isinstance(working.result, tuple)
        told |= {result.did for result in working.result}
        made = record(shop, number).payments_made
        assert made == (2 if begun or len(taken(shop)) == 2 else 1)
        assert made == len(taken(shop))
    assert told == {Did.PAID, Did.MOVED_ON}


@pytest.mark.rule("R11")
def test_a_system_that_is_replaced_meanwhile(shop: Shop) -> None:
    """The claimed one is left alone, and charged through the other system at once."""
    other = ScriptedGateway()
    systems = found_by([PaymentSystem(CARDS, shop.gateway), PaymentSystem(SystemName("B"), other)])
    desk = Desk(shop.store, systems, shop.clock)
    number = at_february(shop)
    working = ByHand(due.run_due(desk, limit=10))
    while working.asked is not None and working.asked.target.__name__ != "find":
        working.step()
    ByHand(
        services.replace_method(desk, BOSS, number, a_card(stored=True), system=SystemName("B"))
    ).finish()
    working.finish()
    assert isinstance(working.result, tuple)
    assert [result.did for result in working.result] == [Did.MOVED_ON, Did.PAID]
    assert len(other.charged) == 1


@pytest.mark.rule("C1")
def test_what_is_held_up_is_not_sent(shop: Shop) -> None:
    """A worker that froze between its commit and the gateway leaves it to recovery."""
    number = at_february(shop)
    calls = shop.gateway.calls
    working = worker(shop)
    while working.asked is not None and not _commits(working):
        working.step()
    working.step()  # the claim
    while working.asked is not None and not _commits(working):
        working.step()
    working.step()  # the reservation
    shop.clock.advance(timedelta(seconds=31))
    working.finish()
    assert isinstance(working.result, tuple)
    assert [result.did for result in working.result] == [Did.NOT_SENT]
    assert shop.gateway.calls == calls
    assert look(shop, number).under_way is None


def _commits(working: ByHand) -> bool:
    return working.asked is not None and working.asked.target.__name__ == "__exit__"


def test_an_account_without_the_gateway(shop: Shop) -> None:
    """It is told, and the others go on; its claim keeps it from being met again at once."""
    number = at_february(shop)
    desk = Desk(shop.store, found_by([PaymentSystem(CARDS)]), shop.clock)
    for systems in (desk, Desk(shop.store, found_by([]), shop.clock)):
        shop.clock.advance(due.CLAIMED_FOR)
        working = ByHand(due.run_due(systems, limit=10))
        working.finish()
        assert working.result == (
            DueResult(account=BOSS.account, recurring_order=number, did=Did.NO_GATEWAY),
        )
    shop.clock.advance(due.CLAIMED_FOR)
    assert [result.did for result in shop.office.recurring.run_due()] == [Did.PAID]


@pytest.mark.rule("C6")
def test_a_copy_charges_nothing(shop: Shop) -> None:
    """Neither what is due nor what a person asks for."""
    number = at_february(shop)
    office = BackOffice(
        shop.store, [PaymentSystem(CARDS, shop.gateway)], shop.clock, installation="staging"
    )
    calls = shop.gateway.calls
    with pytest.raises(WrongInstallation):
        office.recurring.run_due()
    shop.gateway.then(Play.DECLINE)
    shop.office.recurring.run_due()
    with pytest.raises(WrongInstallation):
        office.recurring.retry_now(BOSS, number, key=key("again"))
    assert shop.gateway.calls == calls + 1


def test_no_more_than_the_limit(shop: Shop) -> None:
    """The rest is there for the next call."""
    for n in range(25):
        subscribe(shop, under=f"cart-{n}")
    shop.clock.advance_to(FEBRUARY)
    assert [len(shop.office.recurring.run_due(limit)) for limit in (3, 15, 100, 100)] == [
        3,
        15,
        7,
        0,
    ]


@pytest.mark.rule("R5")
def test_those_just_activated_go_first(shop: Shop) -> None:
    """Before those that have been due longer; after a charge they are as any other."""
    numbers = [subscribe(shop, under=f"cart-{n}") for n in range(3)]
    late = subscribe(shop, attrs.evolve(TERMS, on_resume=ResumePolicy.COLLECT_ALL), "late")
    shop.office.recurring.pause(BOSS, late)
    shop.clock.advance_to(MARCH)
    shop.office.recurring.activate(BOSS, late)
    done = [result.recurring_order for result in shop.office.recurring.run_due()]
    assert done[0] == late
    assert sorted(done) == sorted([*numbers * 2, late, late])


@pytest.mark.rule("A4")
def test_whatever_the_account(shop: Shop) -> None:
    """The account that has waited longest first; each is charged through its own records."""
    for name in ("north", "south"):
        boss = a_manager(account=name)
        offer = record(shop, subscribe(shop, under=name)).offer
        order = shop.office.orders.place(boss, offer, record(shop, 1).customer, key=key("k"))
        shop.office.payments.charge(boss, order.number, CARDS, key=key("p"), method=a_card())
        shop.clock.advance(DAY)
    shop.clock.advance_to(MARCH)
    accounts = [result.account for result in shop.office.recurring.run_due(100)]
    assert {*accounts} == {AccountId("acme"), AccountId("north"), AccountId("south")}
    assert accounts[0] == AccountId("acme")


def test_the_limit_holds_over_accounts(shop: Shop) -> None:
    """What is left over of it may be nothing."""
    for name in ("north", "south"):
        boss = a_manager(account=name)
        offer = attrs.evolve(record(shop, subscribe(shop, under=name)).offer)
        order = shop.office.orders.place(boss, offer, record(shop, 1).customer, key=key("k"))
        shop.office.payments.charge(boss, order.number, CARDS, key=key("p"), method=a_card())
    shop.clock.advance_to(FEBRUARY)
    assert len(shop.office.recurring.run_due(2)) == 2
    assert len(shop.office.recurring.run_due(100)) == 2


@pytest.mark.rule("B1")
@pytest.mark.parametrize("limit", [0, -1, 1.5, "ten", None])
def test_a_limit_that_is_none(shop: Shop, limit: Any) -> None:
    """It is refused before anything is read."""
    with pytest.raises(InvalidInput, match="limit"):
        shop.office.recurring.run_due(limit)


class ConflictingClaims:
    """A store whose claims are refused, or whose reservations are."""

    def __init__(self, plain: MemoryStore, fails: Callable[[int], bool]) -> None:
        self._plain = plain
        self._fails = fails
        self._begun = 0

    def accounts_to_charge(self, now: Any, limit: int) -> Any:
        """Return what is due."""
        return self._plain.accounts_to_charge(now, limit)

    def accounts_to_check(self, now: Any, limit: int) -> Any:
        """Return what is to be looked after."""
        return self._plain.accounts_to_check(now, limit)

    def transaction(self, account: AccountId) -> Any:
        """Return a transaction, which may fail to commit."""
        self._begun += 1
        found = self._plain.transaction(account)
        if self._fails(self._begun):
            object.__setattr__(found.orders, "check", _conflict)
        return found


def _conflict() -> None:
    raise Conflict("somebody else's record")


@pytest.mark.parametrize(
    ("which", "did"), [(1, []), (2, [Did.MOVED_ON])], ids=["the claim", "the reservation"]
)
def test_somebody_else_was_faster(shop: Shop, which: int, did: list[Did]) -> None:
    """Then it is theirs: nothing is charged here, and nothing is raised."""
    at_february(shop)
    calls = shop.gateway.calls
    store: Any = ConflictingClaims(shop.store, lambda begun: begun == which)
    desk = Desk(store, found_by([PaymentSystem(CARDS, shop.gateway)]), shop.clock)
    working = ByHand(due.run_due(desk, limit=1))
    working.finish()
    assert working.error is None
    assert isinstance(working.result, tuple)
    assert [result.did for result in working.result] == did
    assert shop.gateway.calls == calls


def test_a_bug_of_ours_is_not_swallowed(shop: Shop) -> None:
    """It is no outcome of a payment."""
    number = at_february(shop)
    with shop.store.transaction(BOSS.account) as tx:
        found = tx.recurring_orders.get(number)
        assert found is not None
        tx.recurring_orders.save(attrs.evolve(found, current=99, retry_at=FEBRUARY))
    with pytest.raises(BrokenInvariant, match="order 99"):
        shop.office.recurring.run_due()
