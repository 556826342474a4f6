"""Drive one body of services through synchronous or asynchronous ports.

A service is an ``async def`` *script* that awaits nothing but `ask` or another script. `ask`
hands a `Call` to whoever drives the script: `run` performs it at once, `run_async` awaits the
answer where it is awaitable. No event loop is imported, so asyncio and trio both work, and a test
can stop a script at any `Call`, as a crash would.

A driver keeps two guards: it accepts nothing but a `Call`, and it refuses to call a payment
system while a transaction is open, since a gateway may take longer than a lock should live.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from enum import Enum
from inspect import isawaitable
from types import CoroutineType, TracebackType
from typing import Any, Final, ParamSpec, TypeVar, cast

from attrs import define, field

from ordersales.errors import BrokenInvariant
from ordersales.ports.storage import Store, Transaction
from ordersales.values.identifiers import AccountId

P = ParamSpec("P")
T = TypeVar("T")


class Scope(Enum):
    """What a call means to the guards."""

    PORT = "a port"
    ENTER = "entering a transaction"
    EXIT = "leaving a transaction"
    OUTSIDE = "a payment system"


# Every call is held against these, and finding a member in its class takes ten times as long.
_PORT: Final = Scope.PORT
_ENTER: Final = Scope.ENTER
_EXIT: Final = Scope.EXIT
_OUTSIDE: Final = Scope.OUTSIDE


# Not frozen: one is made for every question to a port, and is gone when it is answered.
@define
class Call:
    """A port's method with its arguments, waiting for a driver to perform it."""

    target: Callable[..., object]
    args: tuple[object, ...] = ()
    kwargs: dict[str, object] = field(factory=dict[str, object])
    scope: Scope = _PORT

    def __await__(self) -> Generator[Call, Any, Any]:
        """Hand the call to the driver and return its answer."""
        return (yield self)


async def ask(target: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what the port's method answers."""
    answer: T = await Call(target, args, kwargs)
    return answer


async def ask_outside(target: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what a payment system answers; refused while a transaction is open."""
    answer: T = await Call(target, args, kwargs, _OUTSIDE)
    return answer


@define
class transaction:  # noqa: N801 - reads as the statement it is: `async with transaction(…) as tx`
    """A store's transaction inside a script: committed at the end, rolled back by an error."""

    store: Store
    account: AccountId
    _context: Any = None

    async def __aenter__(self) -> Transaction:
        """Open the transaction through the driver."""
        self._context = self.store.transaction(self.account)
        enter = _method(self._context, "__enter__", "__aenter__")
        opened: Transaction = await Call(enter, (), {}, _ENTER)
        return opened

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Commit, or roll back if an error came."""
        leave = _method(self._context, "__exit__", "__aexit__")
        if kind is GeneratorExit:
            # The script was dropped: no driver is left to ask. A synchronous store is told at
            # once; an asynchronous one can't be awaited any more and rolls back by itself, when
            # it is told so by a method `drop`, or when it finds out.
            if hasattr(self._context, "__exit__"):
                leave(kind, error, trace)
            elif hasattr(self._context, "drop"):
                self._context.drop()
            return
        await Call(leave, (kind, error, trace), {}, _EXIT)


def _method(context: object, plain: str, awaited: str) -> Callable[..., object]:
    found: Callable[..., object] = getattr(context, plain, None) or getattr(context, awaited)
    return found


@define
class Guard:
    """What every driver checks of the calls of one script."""

    _open: int = 0

    def admit(self, call: object) -> Call:
        """Return `call` if it is one, and may be performed now.

        Raises:
            BrokenInvariant: A script awaited something else, or asks a payment system inside a
                transaction.
        """
        if type(call) is not Call:
            raise BrokenInvariant("engine", f"a service awaited {call!r}, which is no Call")
        if call.scope is _OUTSIDE and self._open:
            raise BrokenInvariant("C1", "a payment system was called inside a transaction")
        if call.scope is _EXIT:
            # Left even when the commit fails, or a retry after a conflict would be refused.
            self._open -= 1
        return call

    def entered(self) -> None:
        """Note that a transaction was opened."""
        self._open += 1


def run(script: Coroutine[Any, Any, T]) -> T:
    """Perform every call of `script` at once, in this thread, and return what it returns.

    Raises:
        BrokenInvariant: A port answered with a coroutine: it belongs behind `AsyncBackOffice`.
    """
    guard, resume, value = Guard(), script.send, None
    while True:
        try:
            call = resume(value)
        except StopIteration as finished:
            return cast("T", finished.value)
        try:
            # Most calls are plain ones of ports, which no guard has a word in.
            if type(call) is not Call or call.scope is not _PORT:
                call = guard.admit(call)
            answer = call.target(*call.args, **call.kwargs)
            if type(answer) is CoroutineType:
                answer.close()
                detail = f"{call.target!r} is asynchronous and belongs behind AsyncBackOffice"
                raise BrokenInvariant("engine", detail)
            if call.scope is _ENTER:
                guard.entered()
            resume, value = script.send, answer
        except BaseException as error:
            resume, value = cast("Any", script.throw), cast("Any", error)


async def run_async(script: Coroutine[Any, Any, T]) -> T:
    """Perform every call of `script`, awaiting answers that are awaitable.

    Cancelling the task that awaits this rolls an open transaction back.
    """
    guard, resume, value = Guard(), script.send, None
    while True:
        try:
            call = resume(value)
        except StopIteration as finished:
            return cast("T", finished.value)
        try:
            # Most calls are plain ones of ports, which no guard has a word in.
            if type(call) is not Call or call.scope is not _PORT:
                call = guard.admit(call)
            answer = call.target(*call.args, **call.kwargs)
            if isawaitable(answer):
                answer = await answer
            if call.scope is _ENTER:
                guard.entered()
            resume, value = script.send, answer
        except GeneratorExit:
            script.close()
            raise
        except BaseException as error:
            resume, value = cast("Any", script.throw), cast("Any", error)
