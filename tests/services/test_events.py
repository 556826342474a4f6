"""Following events: what is refused at the door, and what every change leaves behind."""

from __future__ import annotations

import inspect
from typing import Any, Final

import pytest

from ordersales import (
    Actor,
    BackOffice,
    EventKind,
    Manager,
    OfferNumber,
    Permission,
    RecordedEvent,
    UserId,
)
from ordersales.adapters.memory import MemoryStore
from ordersales.async_back_office import AsyncEvents
from ordersales.back_office import Events
from ordersales.errors import InvalidInput, PermissionMissing, PlanTaken
from ordersales.models.sale import Basis, Sale, SaleChange
from ordersales.testing import a_manager, an_actor
from tests.drivers import ADA, BOSS, Shop

WEB: Final = "web"
FOLLOWER: Final = an_actor(Permission.FOLLOW_EVENTS, user=None)
MIRA: Final = Manager(user=UserId("mira"), name="Mira")
COURSE: Final = OfferNumber("C-1")


@pytest.fixture
def shop() -> Shop:
    """Return a shop behind the synchronous door."""
    return Shop.behind(BackOffice)


def everything(shop: Shop, actor: Actor = FOLLOWER) -> tuple[RecordedEvent, ...]:
    """Return all that happened."""
    return shop.office.events.read(actor, "everything", limit=1000)


@pytest.mark.rule("A2", "E1")
def test_following_asks_for_its_permission() -> None:
    """Whoever may do everything else can neither read nor acknowledge."""
    office = BackOffice(MemoryStore())
    others = an_actor(*(set(Permission) - {Permission.FOLLOW_EVENTS}))

    for call in (
        lambda: office.events.read(others, WEB),
        lambda: office.events.acknowledge(others, WEB, 0),
    ):
        with pytest.raises(PermissionMissing) as caught:
            call()
        assert Permission.FOLLOW_EVENTS == caught.value.permission


@pytest.mark.rule("B1")
@pytest.mark.parametrize("name", ["", " ", "a\0b", "x" * 201, None, 7])
def test_a_follower_has_a_name(shop: Shop, name: Any) -> None:
    """A name that could not be shown is refused by both."""
    for call in (
        lambda: shop.office.events.read(FOLLOWER, name),
        lambda: shop.office.events.acknowledge(FOLLOWER, name, 0),
    ):
        with pytest.raises(InvalidInput) as caught:
            call()
        assert ["follower"] == [problem.field for problem in caught.value.problems]


@pytest.mark.rule("B1")
@pytest.mark.parametrize("limit", [0, -1, 1001, True, "5", None])
def test_a_limit_is_from_one_to_a_thousand(shop: Shop, limit: Any) -> None:
    """Anything else is refused."""
    with pytest.raises(InvalidInput, match=r"limit: .* from 1 to 1000"):
        shop.office.events.read(FOLLOWER, WEB, limit=limit)


@pytest.mark.rule("B1", "E1")
@pytest.mark.parametrize("position", [-1, 2, 10**6, True, "1", None])
def test_what_has_not_come_is_not_acknowledged(shop: Shop, position: Any) -> None:
    """A position beyond the last event is refused, and nothing is acknowledged."""
    shop.place()

    with pytest.raises(InvalidInput, match=r"^position: "):
        shop.office.events.acknowledge(FOLLOWER, WEB, position)

    assert [1] == [item.position for item in shop.office.events.read(FOLLOWER, WEB)]


@pytest.mark.rule("E1")
def test_the_last_position_and_none_at_all_can_be_acknowledged(shop: Shop) -> None:
    """Zero is where everybody begins, even before anything happened."""
    shop.office.events.acknowledge(FOLLOWER, WEB, 0)
    shop.place()
    shop.office.events.acknowledge(FOLLOWER, WEB, 0)

    shop.office.events.acknowledge(FOLLOWER, WEB, 1)

    assert () == shop.office.events.read(FOLLOWER, WEB)


@pytest.mark.rule("A4", "E1")
def test_another_account_is_not_followed(shop: Shop) -> None:
    """A follower of one account reads nothing of another, and acknowledges nothing there."""
    shop.place()
    elsewhere = a_manager("globex")

    assert () == everything(shop, elsewhere)
    with pytest.raises(InvalidInput):
        shop.office.events.acknowledge(elsewhere, WEB, 1)


@pytest.mark.rule("E1", "S1")
def test_sales_plans_leave_events(shop: Shop) -> None:
    """Stating, renaming and withdrawing a plan are told; restating and a refusal are not."""
    noah = Manager(user=UserId("noah"), name="Noah")
    mira = Manager(user=MIRA.user, name="Mira Married")
    sales = shop.office.sales
    sales.state_plan(BOSS, ADA.id, COURSE, MIRA)
    sales.state_plan(BOSS, ADA.id, COURSE, MIRA)
    with pytest.raises(PlanTaken):
        sales.state_plan(BOSS, ADA.id, COURSE, noah)
    sales.state_plan(BOSS, ADA.id, COURSE, mira)
    sales.withdraw_plan(BOSS, ADA.id, COURSE)

    events = [item.event for item in everything(shop)]

    by_mira, by_new_name = (Sale(manager=who, basis=Basis.PLAN) for who in (MIRA, mira))
    assert [
        (EventKind.PLAN_STATED, SaleChange(before=Sale(), after=by_mira)),
        (EventKind.PLAN_STATED, SaleChange(before=by_mira, after=by_new_name)),
        (EventKind.PLAN_WITHDRAWN, SaleChange(before=by_new_name, after=Sale())),
    ] == [(event.kind, event.sale) for event in events]
    for event in events:
        assert (None, ADA.id, COURSE) == (event.order, event.customer, event.offer)
        assert (BOSS.account, BOSS.user, shop.clock.now()) == (event.account, event.by, event.at)
        assert (None, None) == (event.before, event.after)


@pytest.mark.rule("E1")
def test_both_doors_are_alike() -> None:
    """The two groups have the same methods, arguments and docstrings."""
    for name, method in inspect.getmembers(Events, inspect.isfunction):
        if not name.startswith("_"):
            twin = getattr(AsyncEvents, name)
            assert inspect.signature(method) == inspect.signature(twin)
            assert inspect.getdoc(method) == inspect.getdoc(twin)
    assert Events.__doc__ == AsyncEvents.__doc__
