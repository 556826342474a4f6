"""Records to JSON, in straight lines: the text of what `encode` gives, without the dicts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from json import JSONEncoder
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Final, get_args, get_origin

import attrs

from ordersales.values.money import Money
from ordersales.wire.converters import writer
from ordersales.wire.kinds import TAG, named_in
from ordersales.wire.plain import FORMS, members, write_duration, write_moment
from ordersales.wire.straight import Names, fields_of, is_enum, once, without_none

#: Takes a record and returns it as text.
WriteText = Callable[[Any], str]

# All but ASCII is escaped: what no database takes as text (NUL) is kept like any other.
json_text: Final = JSONEncoder(separators=(",", ":"), check_circular=False).encode

#: The expressions that write `v`. A number is written by what refuses all else.
_INLINE: Final[dict[Any, str]] = {
    str: "quoted(v)",
    int: "whole(v)",
    bool: '"true" if v else "false"',
    datetime: "quoted(write_moment(v))",
    timedelta: "whole(write_duration(v))",
    Money: """f'{{"minor":{v.minor},"currency":"{v.currency.code}"}}'""",
}
#: What these speak of.
_NAMED: Final[dict[str, Any]] = {
    "json_text": json_text,
    "quoted": quoted,
    "whole": int.__repr__,
    "write_duration": write_duration,
    "write_moment": write_moment,
}


@once
def text_writer(kind: type[Any], tag: str | None = None) -> WriteText:
    """Return what writes records of `kind`; with a tag, as one of several that a field may hold."""
    names, lines = Names({**_NAMED}), ["def write(record):"]
    form = [] if tag is None else [f"{quoted(TAG)}:{quoted(tag)}"]
    for at, item in enumerate(fields_of(kind)):
        of, may_be_none = without_none(item.type)
        otherwise = '"null" if v is None else ' if may_be_none else ""
        lines += [f"    v = record.{item.name}", f"    f{at} = {otherwise}{_expression(names, of)}"]
        form.append(f"{quoted(item.name)}:{{f{at}}}")
    lines.append(f"    return f'{{{{{','.join(form)}}}}}'")
    return names.function("write", lines)


def _expression(names: Names, kind: Any) -> str:
    """Return the expression that writes `v`, a value of that type."""
    if kind in _INLINE:
        return _INLINE[kind]
    if get_origin(kind) is tuple:
        of, _ = without_none(get_args(kind)[0])
        items = f'",".join([{_expression(names, of)} for v in v])'
        return f'"[" + {items} + "]" if v else "[]"'
    if is_enum(kind):
        return f"{names.of({value: quoted(value) for value in members(kind)})}[v]"
    if kind not in FORMS and attrs.has(kind):
        return f"{names.of(text_writer(kind))}(v)"
    if kind in FORMS or get_origin(kind) is frozenset:
        return f"json_text({names.of(writer(kind))}(v))"
    writers = {of: text_writer(of, tag) for tag, of in named_in(kind).items()}
    return f"{names.of(writers)}[type(v)](v)"
