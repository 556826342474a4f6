"""A script that is driven one call at a time, and can be stopped at any of them, as by a crash."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from attrs import define, field

from ordersales.services.engine import Call, Guard, Scope

#: Tells a script how its call went.
Tell = Callable[[], object]


@define
class ByHand:
    """Drives one script; between two calls anything else may happen.

    >>> from ordersales.services.engine import ask
    >>> async def add() -> int:
    ...     return await ask(int, "1") + await ask(int, "2")
    >>> script = ByHand(add())
    >>> script.step()
    >>> script.asked.args, script.performed
    (('2',), 1)
    >>> script.finish()
    >>> script.result
    3
    """

    script: Coroutine[Any, Any, Any]
    #: The call that is asked for and not performed yet; None at the end.
    asked: Call | None = None
    #: How many calls were performed.
    performed: int = 0
    result: Any = None
    error: BaseException | None = None
    _guard: Guard = field(factory=Guard)

    def __attrs_post_init__(self) -> None:
        """Go to the first call."""
        self.go_on(lambda: self.script.send(None))

    @property
    def ended(self) -> bool:
        """Whether the script is at its end."""
        return self.asked is None

    def go_on(self, tell: Tell) -> None:
        """Tell the script how its call went, and go on to the next."""
        self.asked = None
        try:
            self.asked = self._guard.admit(tell())
        except StopIteration as finished:
            self.result = finished.value
        except Exception as error:  # noqa: BLE001 - whatever a script ends with is looked at later
            self.error = error

    def perform(self) -> Tell:
        """Perform the call that is asked for, and return how to tell the script of it."""
        call = self._asked()
        self.performed += 1
        try:
            answer = call.target(*call.args, **call.kwargs)
        except Exception as error:  # noqa: BLE001 - handed to the script, as a driver does
            return self.failed(error)
        if call.scope is Scope.ENTER:
            self._guard.entered()
        return lambda: self.script.send(answer)

    def failed(self, error: Exception) -> Tell:
        """Return how to tell the script that its call raised `error`."""
        return lambda: self.script.throw(error)

    def _asked(self) -> Call:
        assert self.asked is not None, "the script is at its end"
        return self.asked

    def step(self) -> None:
        """Perform one call and go on to the next."""
        self.go_on(self.perform())

    def steps(self, many: int) -> None:
        """Perform up to so many calls."""
        while many and not self.ended:
            self.step()
            many -= 1

    def finish(self) -> None:
        """Perform all that is left."""
        while not self.ended:
            self.step()

    def drop(self) -> None:
        """Stop here for ever, as a crash would."""
        self.script.close()
        self.asked = None
