"""Who made a sale: what is refused at the door, what others may do meanwhile, and two doors."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final

import pytest

from ordersales import (
    Actor,
    BackOffice,
    CustomerId,
    Manager,
    Offer,
    OfferNumber,
    OrderNumber,
    PaymentSystem,
    Permission,
    UserId,
)
from ordersales.adapters.memory import MemoryStore
from ordersales.async_back_office import AsyncSales
from ordersales.back_office import Sales
from ordersales.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    PermissionMissing,
    PersonNeeded,
    PlanTaken,
)
from ordersales.models.sale import Basis, SalesPlan
from ordersales.rules.permissions import Operation
from ordersales.services import sales
from ordersales.testing import MovableClock, ScriptedGateway, a_manager, an_actor, an_offer
from ordersales.values.identifiers import AccountId
from tests.drivers import ADA, BOSS, BUYER, CARDS, ByHand, Shop, key, snapshot

MIRA: Final = Manager(user=UserId("mira"), name="Mira")
NOAH: Final = Manager(user=UserId("noah"), name="Noah")
COURSE: Final = OfferNumber("C-1")
NOBODY: Final = an_actor()
SYSTEM: Final = Actor.system(AccountId("acme"))
ELSEWHERE: Final = a_manager("globex")
FIRST: Final = OrderNumber(1)

Call = Callable[[BackOffice, Actor], object]


def check(office: BackOffice, actor: Actor) -> object:
    """Check the first order."""
    return office.sales.check(actor, FIRST)


def confirm(office: BackOffice, actor: Actor) -> object:
    """Confirm the first order as Mira's."""
    return office.sales.confirm(actor, FIRST, manager=MIRA)


def add(office: BackOffice, actor: Actor) -> object:
    """Add Mira to the first order."""
    return office.sales.add_user(actor, FIRST, MIRA)


def state(office: BackOffice, actor: Actor) -> object:
    """State Noah's plan again."""
    return office.sales.state_plan(actor, ADA.id, COURSE, NOAH)


def withdraw(office: BackOffice, actor: Actor) -> object:
    """Withdraw Noah's plan."""
    return office.sales.withdraw_plan(actor, ADA.id, COURSE)


def plans(office: BackOffice, actor: Actor) -> object:
    """Look at Ada's plans."""
    return office.sales.plans_of(actor, ADA.id)


def card(office: BackOffice, actor: Actor) -> object:
    """Look at Ada's card."""
    return office.sales.customer_card(actor, ADA.id)


#: Each call, with the operation it is and the permission it asks for.
CALLS: Final = [
    pytest.param(check, Operation.CHECK_SALE, Permission.MANAGE_SALES, id="check"),
    pytest.param(confirm, Operation.CHECK_SALE, Permission.MANAGE_SALES, id="confirm"),
    pytest.param(add, Operation.ADD_USER, Permission.MANAGE_SALES, id="add user"),
    pytest.param(state, Operation.KEEP_PLANS, Permission.KEEP_SALES_PLANS, id="state"),
    pytest.param(withdraw, Operation.KEEP_PLANS, Permission.KEEP_SALES_PLANS, id="withdraw"),
    pytest.param(plans, Operation.SEE, Permission.SEE_ORDERS, id="plans"),
    pytest.param(card, Operation.SEE, Permission.SEE_ORDERS, id="card"),
]


@pytest.fixture
def shop() -> Shop:
    """Return a shop with one paid order, credited to the system, and one plan, Noah's."""
    shop = Shop.behind(BackOffice)
    shop.charge(shop.place())
    shop.office.sales.state_plan(BOSS, ADA.id, COURSE, NOAH)
    return shop


@pytest.mark.rule("A1", "A2")
@pytest.mark.parametrize(("call", "operation", "permission"), CALLS)
def test_the_permission_is_asked_for(
    shop: Shop, call: Call, operation: Operation, permission: Permission
) -> None:
    """Without the permission nothing happens, and all others together don't replace it."""
    before = snapshot(shop.store)

    for actor in (NOBODY, an_actor(*(set(Permission) - {permission}))):
        with pytest.raises(PermissionMissing) as caught:
            call(shop.office, actor)
        assert PermissionMissing(operation, permission) == caught.value

    assert before == snapshot(shop.store)
    call(shop.office, an_actor(permission))


@pytest.mark.rule("S2")
@pytest.mark.parametrize("call", [check, confirm], ids=["check", "confirm"])
def test_the_system_confirms_nothing(shop: Shop, call: Call) -> None:
    """The host's own code holds every permission, and is no person."""
    before = snapshot(shop.store)

    with pytest.raises(PersonNeeded) as caught:
        call(shop.office, SYSTEM)

    assert PersonNeeded(Operation.CHECK_SALE) == caught.value
    assert "check who made the sale is for a person; the system itself can't do it" == str(
        caught.value
    )
    assert before == snapshot(shop.store)


@pytest.mark.rule("S4")
def test_the_system_may_add_a_user(shop: Shop) -> None:
    """The host's own code may assign a manager; a person still has to check."""
    sale = shop.office.sales.add_user(SYSTEM, FIRST, MIRA).sale

    assert (MIRA, Basis.ADDED, False) == (sale.manager, sale.basis, sale.confirmed)
    assert shop.office.orders.history(BOSS, FIRST)[-1].by is None


@pytest.mark.rule("A4")
@pytest.mark.parametrize("call", [check, confirm, add], ids=["check", "confirm", "add user"])
def test_another_accounts_order(shop: Shop, call: Call) -> None:
    """An order of another account looks like one that does not exist."""
    with pytest.raises(NotFound) as caught:
        call(shop.office, ELSEWHERE)

    assert NotFound("order", 1) == caught.value
    assert shop.look(FIRST).sale.manager is None


@pytest.mark.rule("A4", "S1", "S6")
def test_another_accounts_plans(shop: Shop) -> None:
    """A plan counts in its own account alone, and is neither seen nor withdrawn from another."""
    office = shop.office

    order = office.orders.place(ELSEWHERE, an_offer(), ADA, key=key("cart-1"))
    their_card = office.sales.customer_card(ELSEWHERE, ADA.id)
    with pytest.raises(NotFound) as caught:
        office.sales.withdraw_plan(ELSEWHERE, ADA.id, COURSE)

    assert order.sale.manager is None
    assert ([order.number], ()) == ([row.number for row in their_card.orders], their_card.plans)
    assert NotFound("sales plan", ("ada", "C-1")) == caught.value
    assert 1 == len(office.sales.plans_of(BOSS, ADA.id))


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("call", "fields"),
    [
        (lambda office: office.sales.confirm(BOSS, FIRST, manager="mira"), ["manager"]),
        (lambda office: office.sales.add_user(BOSS, FIRST, "mira"), ["manager"]),
        (lambda office: office.sales.add_user(BOSS, FIRST, None), ["manager"]),
        (
            lambda office: office.sales.state_plan(BOSS, "", 7, None),
            ["customer", "offer", "manager"],
        ),
        (lambda office: office.sales.withdraw_plan(BOSS, [], ""), ["customer", "offer"]),
        (lambda office: office.sales.plans_of(BOSS, ""), ["customer"]),
        (
            lambda office: office.sales.customer_card(BOSS, "", None, limit=0),
            ["customer", "wanted", "limit"],
        ),
        (lambda office: office.sales.customer_card(BOSS, "ada", limit=1001), ["limit"]),
    ],
)
def test_bad_input(shop: Shop, call: Callable[[Any], object], fields: list[str]) -> None:
    """What is malformed is refused with every field named, and nothing is changed."""
    before = snapshot(shop.store)

    with pytest.raises(InvalidInput) as caught:
        call(shop.office)

    assert fields == [problem.field for problem in caught.value.problems]
    assert before == snapshot(shop.store)


@pytest.mark.rule("S5")
def test_two_people_confirm_at_once(shop: Shop) -> None:
    """The slower one reads again and corrects the faster; the history shows both."""
    slow = ByHand(sales.confirm(shop.desk, BOSS, FIRST, manager=MIRA))
    slow.steps(4)
    shop.office.sales.confirm(a_manager(user="clerk"), FIRST, manager=None)

    slow.finish()

    assert slow.error is None
    last, latest = [event.sale for event in shop.office.orders.history(BOSS, FIRST)][-2:]
    assert last is not None
    assert latest is not None
    assert last.after == latest.before
    assert ("boss", MIRA) == (latest.after.confirmed_by, latest.after.manager)
    assert latest.after == shop.look(FIRST).sale


@pytest.mark.rule("S4", "S5")
@pytest.mark.parametrize("steps", range(9))
def test_a_user_is_added_while_another_confirms(shop: Shop, steps: int) -> None:
    """Adding a user never undoes a confirmation, whenever that comes in between."""
    slow = ByHand(sales.add_user(shop.desk, BOSS, FIRST, MIRA))
    slow.steps(steps)
    shop.office.sales.confirm(BOSS, FIRST, manager=NOAH)

    slow.finish()

    assert (NOAH, True) == (shop.look(FIRST).sale.manager, shop.look(FIRST).sale.confirmed)


@pytest.mark.rule("S1")
def test_two_state_a_plan_at_once(shop: Shop) -> None:
    """The faster one's plan stands, and the slower one is told whose it is."""
    offer = OfferNumber("C-2")
    slow = ByHand(sales.state_plan(shop.desk, BOSS, ADA.id, offer, MIRA))
    slow.steps(3)
    shop.office.sales.state_plan(BOSS, ADA.id, offer, NOAH)

    slow.finish()

    assert PlanTaken("ada", "C-2", "noah", "Noah") == slow.error
    assert NOAH == shop.office.sales.plans_of(BOSS, ADA.id)[1].manager


@pytest.mark.rule("S1")
def test_two_withdraw_a_plan_at_once(shop: Shop) -> None:
    """The slower one finds no plan, like anybody who comes later."""
    slow = ByHand(sales.withdraw_plan(shop.desk, BOSS, ADA.id, COURSE))
    slow.steps(3)
    shop.office.sales.withdraw_plan(BOSS, ADA.id, COURSE)

    slow.finish()

    assert NotFound("sales plan", ("ada", "C-1")) == slow.error


@pytest.mark.rule("S1")
def test_a_plan_is_read_with_the_placing(shop: Shop) -> None:
    """The plan is looked up in the transaction that keeps the order, under any manager's name."""
    offer: Offer = an_offer()
    placed = shop.office.orders.place(BUYER, offer, ADA, key=key("cart-2"))
    named = shop.office.orders.place(BUYER, offer, ADA, key=key("cart-3"), manager=MIRA)
    again = shop.office.orders.place(BUYER, offer, ADA, key=key("cart-3"))

    assert (NOAH, Basis.PLAN) == (placed.sale.manager, placed.sale.basis)
    assert (MIRA, Basis.CHECKOUT) == (named.sale.manager, named.sale.basis)
    assert named == again


def test_storage_that_is_never_quiet(shop: Shop) -> None:
    """Where others are faster every time, it ends in a conflict and changes nothing."""

    class Busy(MemoryStore):
        """A store in which everything is a conflict."""

        def transaction(self, account: AccountId) -> Any:
            """Refuse."""
            raise Conflict(f"account {account}")

    office = BackOffice(Busy(), [PaymentSystem(CARDS, ScriptedGateway())], MovableClock())

    with pytest.raises(Conflict):
        office.sales.confirm(BOSS, FIRST, manager=None)


@pytest.mark.parametrize("name", [name for name in vars(Sales) if not name.startswith("_")])
def test_both_doors_are_alike(name: str) -> None:
    """Each method has the same arguments and the same words at both doors."""
    plain, awaited = getattr(Sales, name), getattr(AsyncSales, name)

    assert inspect.signature(plain) == inspect.signature(awaited)
    assert plain.__doc__ == awaited.__doc__
    assert inspect.iscoroutinefunction(awaited)


def test_a_plan_says_who_wrote_it_down(shop: Shop) -> None:
    """A plan keeps when it was stated and by whom, also where somebody else stated it."""
    expected = SalesPlan(
        customer=CustomerId("ada"),
        offer=COURSE,
        manager=NOAH,
        stated_at=shop.clock.now(),
        stated_by=UserId("boss"),
        version=1,
    )

    assert (expected,) == shop.office.sales.plans_of(BOSS, ADA.id)
