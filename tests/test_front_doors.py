"""The two front doors: alike in everything but waiting. Who is let in: the permission walk."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final

import pytest

from ordersales import (
    AccountId,
    Actor,
    AnyShare,
    AsyncBackOffice,
    BackOffice,
    PaymentSystem,
    SystemName,
)
from ordersales import async_back_office as async_doors
from ordersales import back_office as doors
from ordersales.adapters.memory import MemoryStore
from ordersales.ports.clock import SystemClock
from ordersales.testing import an_offer
from tests.drivers import ADA, BANK, BOSS, BY_THE_TIMER, DOORS, Door, Shop, key

SYNC: Final = BackOffice(MemoryStore())
ASYNC: Final = AsyncBackOffice(MemoryStore())
GROUPS: Final = sorted(name for name in vars(SYNC) if not name.startswith("_"))


def methods(group: object) -> dict[str, Callable[..., object]]:
    """Return the public methods of a group of a front door."""
    return {
        name: method
        for name, method in inspect.getmembers(type(group), inspect.isfunction)
        if not name.startswith("_")
    }


METHODS: Final = [
    *((group, name) for group in GROUPS for name in methods(getattr(SYNC, group))),
    # What is no matter of one group is asked at the door itself.
    *(("", name) for name in methods(SYNC)),
]


def twins(group: str, name: str) -> tuple[Callable[..., object], Callable[..., object]]:
    """Return one method of both doors, or of a group of both."""
    sync, waiting = (getattr(door, group) if group else door for door in (SYNC, ASYNC))
    return methods(sync)[name], methods(waiting)[name]


def test_the_same_groups() -> None:
    """Both doors lead to the same groups, each with the same methods in the same order."""
    assert vars(SYNC).keys() == vars(ASYNC).keys()
    for group in GROUPS:
        sync, waiting = getattr(SYNC, group), getattr(ASYNC, group)
        assert list(vars(type(sync))) == list(vars(type(waiting)))
        assert list(methods(sync)) == list(methods(waiting))
        assert f"Async{type(sync).__name__}" == type(waiting).__name__


@pytest.mark.parametrize(("group", "name"), METHODS)
def test_the_same_methods(group: str, name: str) -> None:
    """A method has the same arguments, defaults, answer and docstring behind both doors."""
    sync, waiting = twins(group, name)

    assert inspect.signature(sync) == inspect.signature(waiting)
    assert inspect.getdoc(sync) == inspect.getdoc(waiting)
    assert inspect.iscoroutinefunction(waiting)
    assert not inspect.iscoroutinefunction(sync)


@pytest.mark.parametrize(("group", "name"), METHODS)
def test_every_method_says_what_it_does(group: str, name: str) -> None:
    """Every public method has a docstring, and takes first the actor who asks, if anybody does."""
    method, _ = twins(group, name)

    doc = inspect.getdoc(method)

    assert doc is not None
    assert doc[0].isupper()
    parameters = list(inspect.signature(method).parameters)
    assert "self" == parameters[0]
    assert ("actor" == parameters[1]) is ((group, name) not in BY_THE_TIMER)


def test_the_doors_themselves_are_alike() -> None:
    """The doors open with the same arguments, and their docs differ in nothing but waiting."""

    def arguments(door: type) -> list[tuple[str, Any, object]]:
        found = inspect.signature(door).parameters.values()
        return [(item.name, item.kind, item.default) for item in found]

    def as_sync(doc: str | None) -> str:
        assert doc is not None
        words = {
            "AsyncBackOffice": "BackOffice", "all tasks of a process, under any event loop":
            "all threads of a process, as far as the store may",
        }  # fmt: skip
        for waiting, sync in words.items():
            doc = doc.replace(waiting, sync)
        return doc

    assert arguments(BackOffice) == arguments(AsyncBackOffice)
    assert BackOffice.__init__.__doc__ == AsyncBackOffice.__init__.__doc__
    assert BackOffice.__doc__ == as_sync(AsyncBackOffice.__doc__)
    for group in GROUPS:
        assert type(getattr(SYNC, group)).__doc__ == type(getattr(ASYNC, group)).__doc__
    assert doors.__doc__ is not None
    assert async_doors.__doc__ is not None
    assert doors.__doc__.splitlines()[3:] == async_doors.__doc__.splitlines()[3:]


@pytest.mark.parametrize("office", [SYNC, ASYNC], ids=["sync", "async"])
def test_the_clock_of_the_machine(office: BackOffice | AsyncBackOffice) -> None:
    """Without a clock of its own an office goes by the machine's."""
    assert isinstance(office.orders._desk.clock, SystemClock)


@pytest.mark.parametrize("door", DOORS)
def test_the_system_may_do_everything(door: Door) -> None:
    """The host's own code is let in everywhere, and leaves no name."""
    shop = Shop.behind(door)
    system = Actor.system(AccountId("acme"))
    number = shop.place(AnyShare())

    order = shop.office.orders.confirm(system, number)

    assert order.decision is not None
    assert order.decision.by is None


@pytest.mark.parametrize("door", DOORS)
def test_an_office_that_finds_its_payment_systems(door: Door) -> None:
    """Payment systems may be a plain list, or an object that finds them."""

    class Finder:
        def find(self, account: AccountId, name: SystemName) -> PaymentSystem | None:
            return PaymentSystem(name) if (account, name) == ("acme", BANK) else None

    for systems in ([PaymentSystem(BANK)], Finder()):
        office = door(MemoryStore(), systems, None)
        order = office.orders.place(BOSS, an_offer(), ADA, key=key("cart-1"))

        payment = office.payments.pay_manually(BOSS, order.number, BANK, key=key("wire-1"))

        assert BANK == payment.invoice.system
