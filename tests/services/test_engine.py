"""The engine: one script through any kind of port, its guards, and how it comes apart."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
import trio
from attrs import define, field

from ordersales.errors import BrokenInvariant, Conflict
from ordersales.services.engine import Call, ask, ask_outside, run, run_async, transaction
from ordersales.values.identifiers import AccountId

ACME = AccountId("acme")
Driver = Callable[[Coroutine[Any, Any, Any]], Any]


class StruckError(Exception):
    """The host's own error."""


class Stopped(BaseException):
    """Something that is no `Exception`, as a cancellation is none."""


def by_trio(script: Coroutine[Any, Any, Any]) -> Any:
    """Run a script in trio."""
    return trio.run(run_async, script)


def by_asyncio(script: Coroutine[Any, Any, Any]) -> Any:
    """Run a script in asyncio."""
    return asyncio.run(run_async(script))


@pytest.fixture(params=[run, by_asyncio, by_trio], ids=["run", "asyncio", "trio"])
def drive(request: pytest.FixtureRequest) -> Driver:
    """Every driver there is."""
    return request.param


@define
class Diary:
    """A store that notes what becomes of its transactions, and may refuse to commit."""

    refuses: BaseException | None = None
    notes: list[str] = field(factory=list)

    def _committed(self) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.notes.append("commit")

    def _rolled_back(self, error: BaseException) -> None:
        self.notes.append(f"rollback: {type(error).__name__}")

    @contextmanager
    def transaction(self, account: AccountId) -> Iterator[str]:
        """Open a transaction, entered and left at once."""
        self.notes.append("begin")
        try:
            yield f"tx of {account}"
            self._committed()
        except BaseException as error:
            self._rolled_back(error)
            raise


@define
class AwaitedDiary(Diary):
    """As `Diary`, awaited."""

    @asynccontextmanager
    async def transaction(self, account: AccountId) -> Any:
        """Open a transaction that is awaited."""
        self.notes.append("begin")
        try:
            yield f"tx of {account}"
            self._committed()
        except BaseException as error:
            self._rolled_back(error)
            raise


#: Each driver with each kind of store that it serves.
PAIRS = [
    pytest.param(run, Diary, id="run-sync"),
    pytest.param(by_asyncio, Diary, id="asyncio-sync"),
    pytest.param(by_trio, Diary, id="trio-sync"),
    pytest.param(by_asyncio, AwaitedDiary, id="asyncio-async"),
    pytest.param(by_trio, AwaitedDiary, id="trio-async"),
]


def double(number: int, *, plus: int = 0) -> int:
    """Answer at once."""
    return 2 * number + plus


async def awaited_double(number: int, *, plus: int = 0) -> int:
    """Answer when awaited."""
    return 2 * number + plus


def fail() -> None:
    """Raise in a port."""
    raise StruckError("in the port")


async def within(store: Any, work: Callable[[], Coroutine[Any, Any, object]]) -> object:
    """Do `work` in a transaction."""
    async with transaction(store, ACME) as tx:
        assert "tx of acme" == str(tx)
        return await work()


async def quietly() -> str:
    """Do nothing."""
    return "done"


def test_a_script_is_given_the_answers(drive: Driver) -> None:
    """Each `ask` returns what the port answered, also in a script that a script awaits."""

    async def inner(number: int) -> int:
        return await ask(double, number, plus=1)

    async def script() -> int:
        return await inner(await inner(5))

    assert 23 == drive(script())


@pytest.mark.parametrize("drive", [by_asyncio, by_trio])
def test_awaited_answers_are_awaited(drive: Driver) -> None:
    """Ports may be asynchronous, synchronous or both in one script."""

    async def script() -> int:
        return await ask(awaited_double, await ask(double, 5, plus=1))

    assert 22 == drive(script())


def test_an_asynchronous_port_behind_the_synchronous_door_is_refused() -> None:
    """The error names the port and the door it belongs behind; nothing is left unawaited."""

    async def script() -> int:
        return await ask(awaited_double, 5)

    with pytest.raises(BrokenInvariant, match=r"awaited_double.*belongs behind AsyncBackOffice"):
        run(script())


def test_an_asynchronous_store_behind_the_synchronous_door_is_refused() -> None:
    """It is found out on entering, before anything is read or written."""
    store = AwaitedDiary()

    with pytest.raises(BrokenInvariant, match="belongs behind AsyncBackOffice"):
        run(within(store, quietly))

    assert [] == store.notes


def test_a_script_awaits_nothing_but_calls(drive: Driver) -> None:
    """Whatever else it awaits is refused, inside the script, so that it can clean up."""

    class Foreign:
        def __await__(self) -> Iterator[str]:
            yield "something else"

    cleaned: list[BrokenInvariant] = []

    async def script() -> None:
        try:
            await Foreign()
        except BrokenInvariant as error:
            cleaned.append(error)
            raise

    with pytest.raises(BrokenInvariant, match="'something else', which is no Call"):
        drive(script())
    assert 1 == len(cleaned)


def test_a_call_is_no_subclass_of_call(drive: Driver) -> None:
    """A record that only looks like a call could carry another scope, and is refused."""

    class Disguised(Call):
        pass

    async def script() -> None:
        await Disguised(double, (1,))

    with pytest.raises(BrokenInvariant, match="which is no Call"):
        drive(script())


@pytest.mark.rule("C1")
@pytest.mark.parametrize(("drive", "diary"), PAIRS)
def test_no_gateway_inside_a_transaction(drive: Driver, diary: type[Diary]) -> None:
    """A payment system is not called while a transaction is open, and that is rolled back."""
    store, called = diary(), []

    async def work() -> None:
        await ask_outside(called.append, "charged")

    with pytest.raises(BrokenInvariant, match="a payment system was called inside a transaction"):
        drive(within(store, work))

    assert [] == called
    assert ["begin", "rollback: BrokenInvariant"] == store.notes


@pytest.mark.rule("C1")
@pytest.mark.parametrize(("drive", "diary"), PAIRS)
def test_gateways_are_called_outside(drive: Driver, diary: type[Diary]) -> None:
    """Before a transaction, between two, and after an outer one of two was left."""
    store = diary()

    async def script() -> list[int]:
        answers = [await ask_outside(double, 1)]
        await within(store, lambda: within(store, quietly))
        return [*answers, await ask_outside(double, 2)]

    assert [2, 4] == drive(script())
    assert ["begin", "begin", "commit", "commit"] == store.notes


@pytest.mark.rule("C1")
@pytest.mark.parametrize(("drive", "diary"), PAIRS)
def test_the_inner_one_of_two_transactions_closes_only_itself(
    drive: Driver, diary: type[Diary]
) -> None:
    """As long as one is open, no payment system is called."""
    store = diary()

    async def work() -> None:
        await within(store, quietly)
        await ask_outside(double, 1)

    with pytest.raises(BrokenInvariant, match="inside a transaction"):
        drive(within(store, work))


@pytest.mark.parametrize(("drive", "diary"), PAIRS)
def test_after_a_conflict_on_leaving_the_transaction_is_over(
    drive: Driver, diary: type[Diary]
) -> None:
    """A refused commit ends the transaction like any other: the gateway may be called then."""
    store = diary(refuses=Conflict("order 1"))

    async def script() -> int:
        with pytest.raises(Conflict):
            await within(store, quietly)
        return await ask_outside(double, 2)

    assert 4 == drive(script())
    assert ["begin", "rollback: Conflict"] == store.notes


def test_a_transaction_that_could_not_be_entered_is_not_open(drive: Driver) -> None:
    """Where entering fails there is nothing to leave, and the gateway may be called."""

    class Closed:
        def transaction(self, account: AccountId) -> Any:
            return self

        def __enter__(self) -> None:
            raise Conflict("the database")

        __exit__ = None

    async def script() -> int:
        with pytest.raises(Conflict):
            await within(Closed(), quietly)
        return await ask_outside(double, 2)

    assert 4 == drive(script())


@pytest.mark.parametrize(("drive", "diary"), PAIRS)
def test_a_transaction_commits(drive: Driver, diary: type[Diary]) -> None:
    """A script that goes through commits, and returns what it returns."""
    store = diary()

    assert "done" == drive(within(store, quietly))
    assert ["begin", "commit"] == store.notes


@pytest.mark.parametrize(("drive", "diary"), PAIRS)
@pytest.mark.parametrize("kind", [StruckError, KeyboardInterrupt, Stopped])
def test_an_error_rolls_back(drive: Driver, diary: type[Diary], kind: type[BaseException]) -> None:
    """Whatever a port raises reaches the script, rolls its transaction back, and comes out."""
    store, raised = diary(), kind("in the port")

    def stop() -> None:
        raise raised

    async def work() -> None:
        await ask(stop)

    with pytest.raises(kind) as caught:
        drive(within(store, work))

    assert raised is caught.value
    assert ["begin", f"rollback: {kind.__name__}"] == store.notes


def test_an_error_comes_where_it_was_asked(drive: Driver) -> None:
    """An error is raised at the `ask`, can be caught there, and the script goes on."""

    async def script() -> int:
        with pytest.raises(StruckError):
            await ask(fail)
        return await ask(double, 1)

    assert 2 == drive(script())


def test_an_error_keeps_its_trace(drive: Driver) -> None:
    """The trace leads from the driver through the script into the port."""

    async def script() -> None:
        await ask(fail)

    with pytest.raises(StruckError) as caught:
        drive(script())

    frames = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert ["script", "ask", "__await__"] == [
        name for name in frames if name in {"script", "ask", "__await__"}
    ]
    assert "fail" == frames[-1]


def test_a_stop_iteration_of_a_port_ends_no_script(drive: Driver) -> None:
    """It would look like the script's own end, so Python turns it into an error."""

    async def script() -> str:
        await ask(next, iter(()))
        return "never"

    with pytest.raises(RuntimeError, match="StopIteration"):
        drive(script())


def test_cancelling_a_task_rolls_back_in_asyncio() -> None:
    """A cancelled task leaves its transaction by a rollback."""
    store = AwaitedDiary()

    async def forever() -> None:
        await ask(asyncio.sleep, 60)

    async def main() -> None:
        task = asyncio.create_task(run_async(within(store, forever)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())

    assert ["begin", "rollback: CancelledError"] == store.notes


def test_cancelling_a_scope_rolls_back_in_trio() -> None:
    """A cancelled scope leaves its transaction by a rollback."""
    store = AwaitedDiary()

    async def forever() -> None:
        await ask(trio.sleep_forever)

    async def main() -> None:
        with trio.move_on_after(0.01):
            await run_async(within(store, forever))

    trio.run(main)

    assert ["begin", "rollback: Cancelled"] == store.notes


@pytest.mark.parametrize(
    ("diary", "notes"), [(Diary, ["begin", "rollback: GeneratorExit"]), (AwaitedDiary, ["begin"])]
)
def test_a_dropped_script_writes_nothing(diary: type[Diary], notes: list[str]) -> None:
    """A script that is dropped inside a transaction tells a store that need not be awaited."""
    store = diary()

    async def hang() -> None:
        await ask(double, 1)

    script = within(store, hang)
    entering = script.send(None)
    answer = entering.target(*entering.args)
    if asyncio.iscoroutine(answer):
        with pytest.raises(StopIteration) as entered:
            answer.send(None)
        answer = entered.value.value
    script.send(answer)

    script.close()

    assert notes == store.notes


@pytest.mark.parametrize("diary", [Diary, AwaitedDiary])
def test_a_dropped_driver_drops_its_script(diary: type[Diary]) -> None:
    """Where a loop drops the driver while a port is awaited, nothing is committed either."""
    store = diary()

    class Waiting:
        def __await__(self) -> Iterator[None]:
            yield

    async def hang() -> None:
        await ask(Waiting)

    driver = run_async(within(store, hang))
    driver.send(None)

    driver.close()

    assert "begin" == store.notes[0]
    assert "commit" not in store.notes
