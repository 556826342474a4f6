"""Functions in straight lines, made as source from the fields of a record, as attrs makes its own.

Where very many records are read or written, a call for each field is most of what they cost. So
one function a kind of record is made, in which each field stands as one expression of `v`, its
value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, NewType, ParamSpec, TypeVar, Union, cast, get_args, get_origin

import attrs
from attrs import field, frozen

P = ParamSpec("P")
R = TypeVar("R")


def once(make: Callable[P, R]) -> Callable[P, R]:
    """Return what makes the same thing once; type checkers take a type for nothing hashable."""
    return cast("Callable[P, R]", cache(make))


@frozen
class Names:
    """The things that a function's source speaks of, by the names it has for them."""

    things: dict[str, Any] = field(factory=dict[str, Any])

    def of(self, thing: object) -> str:
        """Return a name for a thing."""
        name = f"_{len(self.things)}"
        self.things[name] = thing
        return name

    def function(self, name: str, lines: Sequence[str]) -> Callable[[Any], Any]:
        """Return the function of that name which the lines define."""
        made = dict(self.things)
        exec("\n".join(lines), made)  # noqa: S102 - source made of the names of fields, and nothing from outside
        found: Callable[[Any], Any] = made[name]
        return found


def fields_of(kind: type[Any]) -> tuple[attrs.Attribute[Any], ...]:
    """Return the fields of a record, with their types resolved."""
    found: tuple[attrs.Attribute[Any], ...] = attrs.fields(attrs.resolve_types(kind))
    return found


def is_enum(kind: Any) -> bool:
    """Tell whether a type is an enum of texts."""
    return isinstance(kind, type) and issubclass(kind, StrEnum)


def without_none(kind: Any) -> tuple[Any, bool]:
    """Return the type of a field but for None, and whether it may be None."""
    while isinstance(kind, NewType):
        kind = kind.__supertype__
    if not isinstance(kind, UnionType) and get_origin(kind) is not Union:
        return kind, False
    others = [item for item in get_args(kind) if item is not NoneType]
    rest, *more = others
    for item in more:
        rest |= item
    return without_none(rest)[0] if len(others) == 1 else rest, len(others) < len(get_args(kind))
