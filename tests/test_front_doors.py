"""The two front doors: alike in everything but waiting, and locked to whoever lacks the key."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, NoReturn

import pytest

from ordersales import (
    AccountId,
    Actor,
    AnyShare,
    AsyncBackOffice,
    BackOffice,
    InvoiceNumber,
    Operation,
    OrderNumber,
    PaymentSystem,
    Permission,
    SystemName,
)
from ordersales import async_back_office as async_doors
from ordersales import back_office as doors
from ordersales.adapters.memory import MemoryStore
from ordersales.errors import PermissionMissing
from ordersales.models.charge import Withdrawn
from ordersales.ports.clock import SystemClock
from ordersales.rules.permissions import NEEDS
from ordersales.testing import ScriptedGateway, an_actor, an_offer
from tests.drivers import ADA, BANK, BOSS, CARDS, DOORS, Door, Shop, key

SYNC: Final = BackOffice(MemoryStore())
ASYNC: Final = AsyncBackOffice(MemoryStore())
GROUPS: Final = sorted(vars(SYNC))


def methods(group: object) -> dict[str, Callable[..., object]]:
    """Return the public methods of a group of a front door."""
    return {
        name: method
        for name, method in inspect.getmembers(type(group), inspect.isfunction)
        if not name.startswith("_")
    }


METHODS: Final = [(group, name) for group in GROUPS for name in methods(getattr(SYNC, group))]


def test_the_same_groups() -> None:
    """Both doors lead to the same groups, each with the same methods in the same order."""
    assert GROUPS == sorted(vars(ASYNC))
    for group in GROUPS:
        sync, waiting = getattr(SYNC, group), getattr(ASYNC, group)
        assert list(vars(type(sync))) == list(vars(type(waiting)))
        assert list(methods(sync)) == list(methods(waiting))
        assert f"Async{type(sync).__name__}" == type(waiting).__name__


@pytest.mark.parametrize(("group", "name"), METHODS)
def test_the_same_methods(group: str, name: str) -> None:
    """A method has the same arguments, defaults, answer and docstring behind both doors."""
    sync = methods(getattr(SYNC, group))[name]
    waiting = methods(getattr(ASYNC, group))[name]

    assert inspect.signature(sync) == inspect.signature(waiting)
    assert inspect.getdoc(sync) == inspect.getdoc(waiting)
    assert inspect.iscoroutinefunction(waiting)
    assert not inspect.iscoroutinefunction(sync)


@pytest.mark.parametrize(("group", "name"), METHODS)
def test_every_method_says_what_it_does(group: str, name: str) -> None:
    """Every public method has a docstring, and takes first the actor who asks."""
    method = methods(getattr(SYNC, group))[name]

    doc = inspect.getdoc(method)

    assert doc is not None
    assert doc[0].isupper()
    assert ["self", "actor"] == list(inspect.signature(method).parameters)[:2]


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


class Untouchable:
    """A store, payment systems and a clock, none of which may be used."""

    def _used(self) -> NoReturn:
        pytest.fail("it was used")

    def transaction(self, account: AccountId) -> NoReturn:
        """Fail."""
        self._used()

    def find(self, account: AccountId, name: SystemName) -> NoReturn:
        """Fail."""
        self._used()

    def now(self) -> datetime:
        """Fail."""
        self._used()

    def monotonic(self) -> float:
        """Fail."""
        self._used()


ORDER: Final = OrderNumber(1)
INVOICE: Final = InvoiceNumber(1)

#: Every method, with the operation that it is and a call of it; None asks for no permission.
CALLS: Final[dict[tuple[str, str], tuple[Operation | None, Callable[[Any, Actor], object]]]] = {
    ("orders", "place"): (
        Operation.PLACE,
        lambda group, actor: group.place(actor, an_offer(), ADA, key=key("cart-9")),
    ),
    ("orders", "get"): (Operation.SEE, lambda group, actor: group.get(actor, ORDER)),
    ("orders", "page"): (Operation.SEE, lambda group, actor: group.page(actor)),
    ("orders", "count"): (Operation.SEE, lambda group, actor: group.count(actor)),
    ("orders", "history"): (Operation.SEE, lambda group, actor: group.history(actor, ORDER)),
    ("orders", "offered"): (Operation.SEE, lambda group, actor: group.offered(actor, ORDER)),
    ("orders", "confirm"): (Operation.CONFIRM, lambda group, actor: group.confirm(actor, ORDER)),
    ("orders", "decline"): (
        Operation.DECLINE,
        lambda group, actor: group.decline(actor, ORDER, reason="No"),
    ),
    ("orders", "cancel"): (
        Operation.CANCEL,
        lambda group, actor: group.cancel(actor, ORDER, reason="No"),
    ),
    ("orders", "expire"): (
        Operation.EXPIRE,
        lambda group, actor: group.expire(actor, ORDER, reason="No"),
    ),
    ("payments", "charge"): (
        Operation.PAY,
        lambda group, actor: group.charge(actor, ORDER, CARDS, key=key("pay-9")),
    ),
    ("payments", "pay_manually"): (
        Operation.PAY,
        lambda group, actor: group.pay_manually(actor, ORDER, BANK, key=key("pay-9")),
    ),
    ("payments", "confirm"): (
        Operation.CONFIRM_PAYMENT,
        lambda group, actor: group.confirm(actor, ORDER, INVOICE),
    ),
    ("payments", "reject"): (
        Operation.REJECT_PAYMENT,
        lambda group, actor: group.reject(actor, ORDER, INVOICE, reason="No"),
    ),
    ("payments", "hear"): (
        Operation.HEAR,
        lambda group, actor: group.hear(actor, CARDS, *ScriptedGateway().webhook("x", Withdrawn())),
    ),
    ("payments", "page"): (Operation.SEE, lambda group, actor: group.page(actor)),
}


def needing(*, any_permission: bool) -> list[Any]:
    """Return the methods that ask for a permission, or those that ask for none."""
    found = []
    for (group, name), (operation, call) in CALLS.items():
        needed = NEEDS[operation]
        if (needed is not None) is any_permission:
            wanted = (group, call, operation, needed) if any_permission else (group, call)
            found.append(pytest.param(*wanted, id=f"{group}.{name}"))
    return found


def test_every_method_is_walked() -> None:
    """The table of calls knows every method, and every operation there is."""
    assert set(METHODS) == set(CALLS)
    assert set(Operation) == set(NEEDS) == {told for told, _ in CALLS.values()}


@pytest.mark.rule("A2")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("group", "call", "operation", "needed"), needing(any_permission=True))
def test_a_missing_permission(
    door: Door,
    group: str,
    *,
    call: Callable[[object, Actor], object],
    operation: Operation,
    needed: Permission,
) -> None:
    """Who lacks one permission is refused by its name, before anything is read or asked."""
    nothing: Any = Untouchable()
    office = door(nothing, nothing, nothing)
    actor = an_actor(*set(Permission) - {needed})

    with pytest.raises(PermissionMissing) as caught:
        call(getattr(office, group), actor)

    assert PermissionMissing(operation, needed) == caught.value
    assert str(caught.value).startswith(f"{operation} needs the permission")
    assert needed.value in str(caught.value)


@pytest.mark.rule("A2")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("group", "call", "operation", "needed"), needing(any_permission=True))
def test_the_permission_is_enough(
    door: Door,
    group: str,
    *,
    call: Callable[[object, Actor], object],
    operation: Operation,
    needed: Permission,
) -> None:
    """Who holds that one permission and no other is let in."""
    shop = Shop.behind(door)
    number = shop.place(AnyShare())
    if operation in (Operation.CONFIRM_PAYMENT, Operation.REJECT_PAYMENT):
        shop.announce(number)

    call(getattr(shop.office, group), an_actor(needed))

    assert shop.look(number)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("group", "call"), needing(any_permission=False))
def test_no_permission_needed(
    door: Door, group: str, call: Callable[[object, Actor], object]
) -> None:
    """Placing, paying and hearing ask for no permission: the host lets the buyer in."""
    shop = Shop.behind(door)
    shop.place(AnyShare())

    assert call(getattr(shop.office, group), an_actor())


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
