"""Records made anew with some other values."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

__all__ = ["evolve"]

T = TypeVar("T")

if TYPE_CHECKING:
    # Type checkers know that one, and hold the changes against the record's fields.
    from attrs import evolve
else:

    def evolve(record: T, /, **changes: object) -> T:
        """Return `record` with `changes`, checked like any other that is made.

        As `attrs.evolve`, at hardly more than the price of the constructor: which value comes from
        where is looked up once for each record and set of changes, and is written down as code.

        >>> from ordersales.values.cadence import Cadence, Unit
        >>> evolve(Cadence(1, Unit.MONTH), every=3)
        Cadence(every=3, unit=<Unit.MONTH: 'month'>)
        """
        return _maker(type(record), tuple(changes))(record, changes)


@cache
def _maker(kind: type, changed: tuple[str, ...]) -> Callable[[Any, dict[str, Any]], Any]:
    """Return what makes a `kind` of another one, with what is `changed` taken from a dict."""
    fields = (item for item in attrs.fields(kind) if item.init)
    values = {item.alias: f"record.{item.name}" for item in fields}
    # A name that is no field's is passed on as well: the constructor refuses it.
    values |= {name: f"changes[{name!r}]" for name in changed}
    arguments = ", ".join(f"{name}={value}" for name, value in values.items())
    code = f"lambda record, changes: kind({arguments})"
    made: Callable[[Any, dict[str, Any]], Any] = eval(code, {"kind": kind})  # noqa: S307 - of names of fields alone
    return made
