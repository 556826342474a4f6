"""Plain data to records, fast: what is as `encode` writes it is read in straight lines.

Whatever is not raises some error, or is left to the reader that tells what is wrong.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, get_args, get_origin

import attrs

from ordersales.models.offer import Offer
from ordersales.models.recurring_terms import RecurringTerms
from ordersales.models.sale import Manager
from ordersales.wire.converters import a_list, telling_reader
from ordersales.wire.kinds import TAG, named_in
from ordersales.wire.plain import FORMS, members, moment, read_flag, read_text, read_whole
from ordersales.wire.straight import Names, fields_of, is_enum, once, without_none

#: Takes plain data and returns what it stands for.
Read = Callable[[Any], Any]

#: What stands alike in very many records, and is made once; it speaks of no customer (rule E2).
_REPEATED: Final = (Offer, Manager, RecurringTerms)
#: How many of each are remembered.
_MOST: Final = 1000

#: The expressions that read `v` without a call, as long as it is what it should be.
_INLINE: Final[dict[Any, str]] = {
    str: "v if type(v) is str else read_text(v, None)",
    int: "v if type(v) is int else read_whole(v, None)",
    bool: "v if v is True or v is False else read_flag(v, None)",
    datetime: "moment(v)",
}
#: What these speak of.
_NAMED: Final[dict[str, Any]] = {
    "a_list": a_list,
    "moment": moment,
    "read_flag": read_flag,
    "read_text": read_text,
    "read_whole": read_whole,
}


@once
def reader(kind: type[Any]) -> Read:
    """Return what reads records of `kind`, and raises some error where one is not as it should be.

    One with a field more or less is left to the reader that knows the defaults.
    """
    names, fields, lines = Names({**_NAMED}), fields_of(kind), list[str]()
    for at, item in enumerate(fields):
        of, may_be_none = without_none(item.type)
        otherwise = "None if v is None else " if may_be_none else ""
        lines += [
            f"    v = given[{item.name!r}]",
            f"    f{at} = {otherwise}{_expression(names, of)}",
        ]
    arguments = ", ".join(f"{item.alias}=f{at}" for at, item in enumerate(fields))
    head = [
        "def read(given):",
        f"    if type(given) is not dict or len(given) != {len(fields)}:",
        f"        return {names.of(telling_reader(kind))}(given, None)",
    ]
    read = names.function("read", [*head, *lines, f"    return {names.of(kind)}({arguments})"])
    return _remembering(read) if kind in _REPEATED else read


def _expression(names: Names, kind: Any) -> str:
    """Return the expression that reads `v` as a value of that type."""
    if kind in _INLINE:
        return _INLINE[kind]
    if get_origin(kind) in (tuple, frozenset):
        made, (of, _) = get_origin(kind).__name__, without_none(get_args(kind)[0])
        items = f"[{_expression(names, of)} for v in a_list(v)]"
        return f"{made}({items} if v else a_list(v))"
    if kind in FORMS:
        return f"{names.of(FORMS[kind].read)}(v, None)"
    if is_enum(kind):
        return f"{names.of(members(kind))}[v]"
    return f"{names.of(reader(kind) if attrs.has(kind) else _union_reader(kind))}(v)"


def _union_reader(kind: Any) -> Read:
    readers = {name: reader(one) for name, one in named_in(kind).items()}

    def read(given: Any) -> Any:
        fields = given.copy()
        return readers[fields.pop(TAG)](fields)

    return read


def _remembering(read: Read) -> Read:
    """Return what reads the same plain data once."""
    known: dict[bytes, Any] = {}

    def read_once(given: Any) -> Any:
        data = marshal.dumps(given)
        found = known.get(data)
        if found is None:
            if len(known) >= _MOST:
                known.clear()
            found = known[data] = read(given)
        return found

    return read_once
