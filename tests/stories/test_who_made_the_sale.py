"""A seller's people say who made the sale, as they live it, behind each door."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest

from ordersales import (
    AnyShare,
    Basis,
    EventKind,
    InvoiceStatus,
    Manager,
    OfferNumber,
    Operation,
    Order,
    OrderFilter,
    OrderNumber,
    PaymentType,
    Permission,
    UserId,
)
from ordersales.errors import NotFound, NothingPaid, PlanTaken, SaleConfirmed
from ordersales.models.stage import PaymentError
from ordersales.testing import Play, a_manager, an_actor, an_offer
from ordersales.testing.clock import START
from tests.drivers import ADA, BOSS, BUYER, Shop, eur, key

MIRA: Final = Manager(user=UserId("mira"), name="Mira")
NOAH: Final = Manager(user=UserId("noah"), name="Noah")
COURSE: Final = OfferNumber("C-1")
CLERK: Final = a_manager(user="clerk")
HOUR: Final = timedelta(hours=1)


def bought(shop: Shop, under: str = "cart-1") -> OrderNumber:
    """Let Ada buy a course and pay it."""
    return shop.charge(shop.place(under=under), under=f"pay-{under}").order.number


def cell(order: Order) -> tuple[str, str]:
    """Return the sales-manager cell of an order's row: a name, and its color."""
    manager = order.sale.manager
    return "system" if manager is None else manager.name, "green" if order.sale.confirmed else "red"


@pytest.mark.rule("S1", "S2", "S3")
def test_a_manager_brings_a_customer(shop: Shop) -> None:
    """Mira states a plan, Ada buys, the boss checks and confirms: the sale is Mira's."""
    shop.office.sales.state_plan(BOSS, ADA.id, COURSE, MIRA)
    number = bought(shop)
    before = cell(shop.look(number))

    proposal = shop.office.sales.check(BOSS, number)
    shop.clock.advance(HOUR)
    order = shop.office.sales.confirm(BOSS, number, manager=proposal.manager)

    assert (MIRA, Basis.PLAN) == (proposal.manager, proposal.basis)
    assert [("Mira", "red"), ("Mira", "green")] == [before, cell(order)]
    assert ("boss", START + HOUR) == (order.sale.confirmed_by, order.sale.confirmed_at)
    assert Basis.PLAN is order.sale.basis
    assert order == shop.look(number)


@pytest.mark.rule("S1", "S2", "S3")
def test_nobody_was_involved(shop: Shop) -> None:
    """Without a plan it is a system sale, which a person confirms all the same."""
    number = bought(shop)

    proposal = shop.office.sales.check(BOSS, number)
    order = shop.office.sales.confirm(BOSS, number, manager=proposal.manager)

    assert (None, Basis.SYSTEM) == (proposal.manager, proposal.basis)
    assert ("system", "green") == cell(order)


@pytest.mark.rule("S1")
def test_a_plan_is_for_one_customer_and_one_offer(shop: Shop) -> None:
    """Neither another customer's order nor another offer's is credited by it."""
    shop.office.sales.state_plan(BOSS, ADA.id, OfferNumber("C-2"), MIRA)

    course = shop.order_of(an_offer(), "cart-1")
    other = shop.order_of(an_offer(number="C-2"), "cart-2")

    assert [("system", "red"), ("Mira", "red")] == [cell(course), cell(other)]


@pytest.mark.rule("S1", "S3")
def test_a_plan_that_was_stated_too_late(shop: Shop) -> None:
    """An order placed before the plan stays the system's until Check proposes the manager."""
    number = bought(shop)
    shop.office.sales.state_plan(BOSS, ADA.id, COURSE, MIRA)

    before = cell(shop.look(number))
    proposal = shop.office.sales.check(BOSS, number)

    assert ("system", "red") == before
    assert (MIRA, Basis.PLAN) == (proposal.manager, proposal.basis)
    assert proposal.standing == shop.look(number).sale


@pytest.mark.rule("S1", "S3")
def test_a_plan_that_was_withdrawn(shop: Shop) -> None:
    """Orders credited under it stay red, and Check proposes the system; a person decides."""
    shop.office.sales.state_plan(BOSS, ADA.id, COURSE, MIRA)
    number = bought(shop)
    withdrawn = shop.office.sales.withdraw_plan(BOSS, ADA.id, COURSE)

    proposal = shop.office.sales.check(BOSS, number)
    later = bought(shop, "cart-2")

    assert MIRA == withdrawn.manager
    assert (None, MIRA) == (proposal.manager, proposal.standing.manager)
    assert ("system", "red") == cell(shop.look(later))
    with pytest.raises(NotFound):
        shop.office.sales.withdraw_plan(BOSS, ADA.id, COURSE)


@pytest.mark.rule("S1")
def test_two_managers_and_one_customer(shop: Shop) -> None:
    """The second one's plan is refused and names the first; a wrong one is withdrawn first."""
    sales = shop.office.sales
    first = sales.state_plan(BOSS, ADA.id, COURSE, MIRA)
    with pytest.raises(PlanTaken) as caught:
        sales.state_plan(BOSS, ADA.id, COURSE, NOAH)
    again = sales.state_plan(BOSS, ADA.id, COURSE, MIRA)
    sales.withdraw_plan(BOSS, ADA.id, COURSE)
    second = sales.state_plan(BOSS, ADA.id, COURSE, NOAH)

    assert PlanTaken("ada", "C-1", "mira", "Mira") == caught.value
    assert first == again
    assert (second,) == sales.plans_of(BOSS, ADA.id)


@pytest.mark.rule("S1")
def test_a_manager_with_a_new_name(shop: Shop) -> None:
    """The same manager's plan takes their new name; orders keep the one they were sold under."""
    sales = shop.office.sales
    sales.state_plan(BOSS, ADA.id, COURSE, MIRA)
    number = bought(shop)
    renamed = Manager(user=MIRA.user, name="Mira Berg")

    sales.state_plan(BOSS, ADA.id, COURSE, renamed)

    assert ("Mira", "red") == cell(shop.look(number))
    assert renamed == sales.check(BOSS, number).manager


@pytest.mark.rule("S3")
def test_the_person_knows_better(shop: Shop) -> None:
    """Instead of what is proposed, a person takes another manager, or the system."""
    shop.office.sales.state_plan(BOSS, ADA.id, COURSE, MIRA)
    first, second = bought(shop, "cart-1"), bought(shop, "cart-2")

    other = shop.office.sales.confirm(BOSS, first, manager=NOAH)
    system = shop.office.sales.confirm(BOSS, second, manager=None)

    assert [("Noah", "green"), ("system", "green")] == [cell(other), cell(system)]
    assert [Basis.CHOSEN, Basis.CHOSEN] == [other.sale.basis, system.sale.basis]


@pytest.mark.rule("S3")
def test_nothing_is_paid_yet(shop: Shop) -> None:
    """An unpaid order can't be checked; one paid in part can."""
    number = shop.place(AnyShare())
    with pytest.raises(NothingPaid):
        shop.office.sales.check(BOSS, number)
    with pytest.raises(NothingPaid):
        shop.office.sales.confirm(BOSS, number, manager=MIRA)

    shop.charge(number, "10.00")

    assert shop.office.sales.check(BOSS, number).manager is None


@pytest.mark.rule("S4")
def test_adding_a_user(shop: Shop) -> None:
    """A clerk adds Mira, then thinks of Noah; it stays red, and Check proposes Noah."""
    number = bought(shop)

    first = shop.office.sales.add_user(CLERK, number, MIRA)
    second = shop.office.sales.add_user(CLERK, number, NOAH)
    proposal = shop.office.sales.check(BOSS, number)
    order = shop.office.sales.confirm(BOSS, number, manager=proposal.manager)

    assert [("Mira", "red"), ("Noah", "red")] == [cell(first), cell(second)]
    assert (NOAH, Basis.ADDED) == (proposal.manager, proposal.basis)
    assert (("Noah", "green"), Basis.ADDED) == (cell(order), order.sale.basis)


@pytest.mark.rule("S4")
def test_an_added_user_against_a_plan(shop: Shop) -> None:
    """Who was added to this very order is proposed, whatever the plan says; clicks don't add up."""
    shop.office.sales.state_plan(BOSS, ADA.id, COURSE, MIRA)
    number = bought(shop)

    shop.office.sales.add_user(CLERK, number, NOAH)
    again = shop.office.sales.add_user(CLERK, number, NOAH)

    assert NOAH == shop.office.sales.check(BOSS, number).manager
    assert again == shop.look(number)
    kinds = [event.kind for event in shop.office.orders.history(BOSS, number)]
    assert 1 == kinds.count(EventKind.SALE_ASSIGNED)


@pytest.mark.rule("S4", "S5", "E1")
def test_a_wrong_confirmation(shop: Shop) -> None:
    """Adding a user can't undo it; confirming again does, and the history shows all of it."""
    number = bought(shop)
    shop.office.sales.add_user(CLERK, number, MIRA)
    shop.office.sales.confirm(CLERK, number, manager=MIRA)

    with pytest.raises(SaleConfirmed) as caught:
        shop.office.sales.add_user(BOSS, number, NOAH)
    proposal = shop.office.sales.check(BOSS, number)
    order = shop.office.sales.confirm(BOSS, number, manager=NOAH)

    assert SaleConfirmed("add user", number, "clerk") == caught.value
    assert (MIRA, True) == (proposal.manager, proposal.standing.confirmed)
    assert ("Noah", "green") == cell(order)
    told = [event for event in shop.office.orders.history(BOSS, number) if event.sale is not None]
    assert [EventKind.SALE_ASSIGNED, EventKind.SALE_CONFIRMED, EventKind.SALE_CONFIRMED] == [
        event.kind for event in told
    ]
    assert ["clerk", "clerk", "boss"] == [event.by for event in told]
    assert [(None, "Mira"), ("Mira", "Mira"), ("Mira", "Noah")] == [
        (named(event.sale.before.manager), named(event.sale.after.manager))
        for event in told
        if event.sale is not None
    ]


def named(manager: Manager | None) -> str | None:
    """Return the manager's name."""
    return None if manager is None else manager.name


@pytest.mark.rule("S6", "I1")
def test_the_customer_card(shop: Shop) -> None:
    """Ada's card has her orders and payments, newest first, with error codes, and her plans."""
    plan = shop.office.sales.state_plan(BOSS, ADA.id, COURSE, MIRA)
    shop.gateway.then(Play.DECLINE)
    declined = bought(shop, "cart-1")
    completed = bought(shop, "cart-2")

    card = shop.office.sales.customer_card(BOSS, ADA.id)

    assert ("ada", "Ada Lovelace", (plan,)) == (card.customer, card.name, card.plans)
    assert [completed, declined] == [row.number for row in card.orders]
    assert [MIRA, MIRA] == [row.sale.manager for row in card.orders]
    assert [completed, declined] == [row.order for row in card.payments]
    assert [InvoiceStatus.PAID, InvoiceStatus.FAILED] == [row.status for row in card.payments]
    error = PaymentError(code="insufficient_funds", message="The bank said: insufficient funds.")
    assert [None, error] == [row.error for row in card.payments]
    assert (2, 2) == (card.order_count, card.payment_count)


@pytest.mark.rule("S6", "A3", "P4")
def test_the_actions_of_the_customer_card(shop: Shop) -> None:
    """A row of the card offers what the row of the list does, by the same filter."""
    sales, orders = shop.office.sales, shop.office.orders
    paid, parts = bought(shop), shop.place(AnyShare(), under="cart-2")
    partial = OrderFilter(payment_type=PaymentType.PARTIAL)

    rows = {row.number: row.actions for row in sales.customer_card(BOSS, ADA.id).orders}
    (filtered,) = sales.customer_card(BOSS, ADA.id, partial).orders

    assert Operation.CHECK_SALE in rows[paid]
    assert Operation.CHECK_SALE not in rows[parts]
    assert {number: orders.offered(BOSS, number) for number in rows} == rows
    assert parts == filtered.number
    assert orders.offered(BOSS, parts, partial) == filtered.actions
    assert {Operation.CONFIRM, Operation.DECLINE} == {*filtered.actions} - {*rows[parts]}


@pytest.mark.rule("S6", "A3")
def test_the_card_of_a_clerk_who_may_only_look(shop: Shop) -> None:
    """Who may see orders sees the card, and is offered nothing on it."""
    bought(shop)

    card = shop.office.sales.customer_card(an_actor(Permission.SEE_ORDERS), ADA.id)

    assert [()] == [row.actions for row in card.orders]
    assert [()] == [row.actions for row in card.payments]


@pytest.mark.rule("S6")
def test_the_card_of_somebody_new(shop: Shop) -> None:
    """A customer without orders has an empty card, on which a plan can be stated."""
    plan = shop.office.sales.state_plan(BOSS, ADA.id, COURSE, MIRA)

    card = shop.office.sales.customer_card(BOSS, ADA.id)

    assert (None, (), 0, (), 0) == (
        card.name, card.orders, card.order_count, card.payments, card.payment_count,
    )  # fmt: skip
    assert (plan,) == card.plans


@pytest.mark.rule("S6")
def test_the_card_of_a_good_customer(shop: Shop) -> None:
    """The card shows the newest, says how many there are, and has the newest name."""
    for n in range(5):
        bought(shop, f"cart-{n}")
    married = type(ADA)(id=ADA.id, name="Ada King")
    newest = shop.office.orders.place(BUYER, an_offer(), married, key=key("cart-5")).number

    card = shop.office.sales.customer_card(BOSS, ADA.id, limit=2)

    assert [newest, newest - 1] == [row.number for row in card.orders]
    assert [newest - 1, newest - 2] == [row.order for row in card.payments]
    assert (6, 5, "Ada King") == (card.order_count, card.payment_count, card.name)
    assert eur("100.00") == card.orders[0].outstanding
