"""What carries the contract suites: drivers, meetings, messages, and what a host leaves out."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import timedelta
from functools import partial
from typing import Any

import attrs
import pytest

from ordersales.adapters.memory import MemoryStore
from ordersales.errors import Conflict
from ordersales.models.charge import Succeeded
from ordersales.models.refund import RefundKind
from ordersales.services.engine import ask
from ordersales.testing import ScriptedGateway
from ordersales.testing.contracts import (
    AsyncGatewayContract,
    AsyncStoreContract,
    GatewayContract,
    StoreContract,
)
from ordersales.testing.contracts.drivers import Driver, TaskDriver, ThreadDriver
from ordersales.testing.contracts.gateway.requests import Requests
from ordersales.testing.contracts.gateway.till import Taken, Till
from ordersales.testing.contracts.promises import Meeting, holds, promise, same
from ordersales.testing.contracts.samples import a_full_occurrence, a_full_order
from ordersales.testing.contracts.storage.books import Books, conflicts, the_order
from ordersales.values.identifiers import AccountId, GatewayId, InvoiceNumber, OrderNumber
from ordersales.values.money import Money
from ordersales.values.share import Share

pytest_plugins = ["pytester"]


@pytest.fixture(params=["threads", "tasks"])
def drive(request: pytest.FixtureRequest) -> Any:
    """Each driver that comes with the suites, with little patience."""
    if request.param == "threads":
        yield ThreadDriver(patience=0.05)
        return
    with asyncio.Runner() as runner:
        yield TaskDriver(runner, patience=0.05)


async def saying(word: str) -> str:
    """Return a word."""
    return word


def test_a_driver_answers_in_order(drive: Driver) -> None:
    """What scripts return comes in the order of the scripts, one or many."""
    assert ["one"] == drive(saying("one"))
    assert ["one", "two", "three"] == drive(*map(saying, ("one", "two", "three")))


def test_a_driver_runs_scripts_at_once(drive: Driver) -> None:
    """Scripts that wait for each other come to an end."""
    come: list[str] = []

    async def meet(name: str) -> bool:
        come.append(name)
        while len(come) < 2:
            await ask(drive.pause)
        return True

    assert [True, True] == drive(meet("one"), meet("two"))


@pytest.mark.parametrize("count", [1, 2])
def test_a_driver_hands_on_what_a_script_raises(drive: Driver, count: int) -> None:
    """The error of a script is that of the driver."""

    async def fail() -> None:
        raise Conflict("order 1")

    with pytest.raises(Conflict):
        drive(*(fail() for _ in range(count)))


def test_a_driver_has_patience_and_not_for_ever(drive: Driver) -> None:
    """Scripts that never end are given up, and said to be stuck."""
    over: list[None] = []

    async def wait() -> None:
        while not over:
            await ask(drive.pause)

    with pytest.raises(AssertionError, match=r"had not ended after 0\.05 seconds"):
        drive(wait(), wait())
    over.append(None)


def test_threads_take_turns_as_before_afterwards() -> None:
    """Racing changes how threads take turns, and only while it lasts."""
    before = sys.getswitchinterval()

    ThreadDriver()(saying("one"), saying("two"))

    assert before == sys.getswitchinterval()


def test_a_meeting_does_not_wait_for_ever(drive: Driver) -> None:
    """Where the other is kept out by a lock, the one who waits goes on after a while."""
    drive = ThreadDriver()
    begun = time.monotonic()

    drive(Meeting(2, drive).meet())

    assert 0.1 < time.monotonic() - begun < 5


class Bench:
    """A bench with nothing on it."""

    drive = ThreadDriver()


class Suite:
    """Checks that end in each way."""

    @promise
    async def a_script(self, bench: Bench) -> None:
        """Scripts are driven.

        More is told about it here.
        """
        same(1, 2, "the number")

    @promise
    def a_function(self, bench: Bench) -> None:
        """Functions are called."""
        holds(False, "nothing holds")

    @promise
    async def a_crash(self, bench: Bench) -> None:
        """Errors count."""
        raise Conflict("order 1")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "a_script",
            "Scripts are driven. But the number: expected 1, found 2",
        ),
        ("a_function", "Functions are called. But nothing holds"),
        ("a_crash", "Errors count. But it raised Conflict(record='order 1')"),
    ],
)
def test_a_failure_begins_with_the_promise(name: str, expected: str) -> None:
    """A check that fails says which promise broke, and then what was found."""
    with pytest.raises(AssertionError) as caught:
        getattr(Suite(), name)(Bench())

    assert expected == str(caught.value)


def test_work_is_begun_again_and_not_for_ever() -> None:
    """A store that knows nothing but conflicts is told apart from one that is slow."""
    books = Books(MemoryStore(), AccountId("acme"), AccountId("other"), ThreadDriver())
    begun: list[None] = []

    async def work(tx: object) -> None:
        begun.append(None)
        raise Conflict("order 1")

    with pytest.raises(AssertionError, match="met a conflict 100 times over"):
        books.drive(books.again(work))
    assert 100 == len(begun)


def test_a_write_that_must_not_pass_is_told() -> None:
    """What should have met a conflict and did not is said in words."""
    with pytest.raises(AssertionError, match="a second order was let through"):
        ThreadDriver()(conflicts(saying("one"), "a second order"))


@pytest.mark.parametrize(
    ("suite", "fixture"),
    [
        (StoreContract, "store"),
        (AsyncStoreContract, "store"),
        (GatewayContract, "gateway"),
        (AsyncGatewayContract, "gateway"),
    ],
)
def test_a_suite_asks_for_what_it_tests(
    pytester: pytest.Pytester, suite: type, fixture: str
) -> None:
    """A host that gives no adapter is told which fixture to override."""
    pytester.makepyfile(
        f"""
        from ordersales.testing.contracts import {suite.__name__}

        class TestOurs({suite.__name__}):
            pass
        """
    )

    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-x")

    result.stdout.fnmatch_lines([f"*NotImplementedError: override the fixture `{fixture}` with*"])


def test_a_gateway_suite_asks_for_a_request_that_succeeds() -> None:
    """Every gateway can take money: nothing is held without a request for that."""
    with pytest.raises(NotImplementedError, match="override `succeeding`"):
        Requests().succeeding(ScriptedGateway())


@pytest.mark.parametrize(
    "name", ["declining", "pending", "unsent", "lost", "late", "failed", "duplicate"]
)
def test_a_request_that_a_host_can_not_make_is_skipped(name: str) -> None:
    """A check without its request says that it was not held, and why."""
    gateway = ScriptedGateway()
    till = Till(gateway, Requests(), ThreadDriver(), gateway)

    with pytest.raises(pytest.skip.Exception, match=f"not held: the suite overrides no `{name}`"):
        getattr(till, name)()


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("message", ()),
        ("aged_message", (timedelta(minutes=6),)),
        ("rotated_message", ()),
        ("charges", ()),
        ("charges_of_order", ()),
    ],
)
def test_what_a_host_can_not_tell_is_skipped(name: str, more: tuple[Any, ...]) -> None:
    """A check without the provider's message or book says so too."""
    gateway = ScriptedGateway()
    till = Till(gateway, Requests(), ThreadDriver(), gateway)

    with pytest.raises(pytest.skip.Exception, match=f"not held: the suite overrides no `{name}`"):
        getattr(till, name)(Requests().request(), *more)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("pending_refund", ()),
        ("lost_refund", ()),
        ("refund_message", ()),
        ("return_message", (RefundKind.CHARGEBACK,)),
        ("won_message", ()),
    ],
)
def test_what_a_host_can_not_show_of_refunds_is_skipped(name: str, more: tuple[Any, ...]) -> None:
    """A check of refunds that the host has nothing for says so too."""
    gateway = ScriptedGateway()
    till = Till(gateway, Requests(), ThreadDriver(), gateway)
    request = Requests().request()
    taken = Taken(request, Succeeded(gateway_id=GatewayId("ch_1"), amount=request.amount))
    about = taken.refund() if "refund" in name else request

    with pytest.raises(pytest.skip.Exception, match=f"not held: the suite overrides no `{name}`"):
        getattr(till, name)(about, *more)


def test_an_order_that_is_gone_is_told() -> None:
    """What was kept and can't be read any more is said in words."""
    books = Books(MemoryStore(), AccountId("acme"), AccountId("other"), ThreadDriver())

    with pytest.raises(AssertionError, match="order 7 is gone"):
        books.drive(books.open_and(partial(the_order, number=OrderNumber(7))))


def unfilled(record: Any) -> set[str]:
    """Return the fields of a record, and of records in it, that are as if never filled."""
    if isinstance(record, tuple):
        left = [unfilled(item) for item in record]
        return set.intersection(*left) if left else set()
    if not attrs.has(type(record)) or isinstance(record, Money | Share):
        return set()
    name, found = type(record).__name__, set[str]()
    for item in attrs.fields(type(record)):
        value, default = getattr(record, item.name), item.default
        if value == (() if default is attrs.NOTHING else default):
            found.add(f"{name}.{item.name}")
        found |= unfilled(value)
    return found


def test_the_full_order_has_every_field_filled() -> None:
    """A new field of an order, or of anything in it, has to be filled in the suite's sample."""
    named = AccountId("acme"), OrderNumber(1), InvoiceNumber(1)

    left = unfilled((a_full_order(*named), a_full_occurrence(*named)))

    assert {"Order.version"} == left  # that is the store's to fill


def test_no_request_is_used_twice() -> None:
    """A sandbox remembers what it was asked, so each request has a reference of its own."""
    made = [Requests().request() for _ in range(3)]

    assert 3 == len({request.reference for request in made})
    assert 3 == len({request.key for request in made})
