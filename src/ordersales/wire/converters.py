"""What cattrs puts together: writers, and readers that are slow and tell all that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, cast, get_args, get_origin

import attrs
from cattrs import Converter

from ordersales.errors import InvalidInput, Problem
from ordersales.wire.kinds import TAG, UNIONS
from ordersales.wire.plain import FORMS, is_list, is_object, under

#: Takes plain data and the type that is expected, and returns what it stands for.
Read = Callable[[Any, Any], Any]
#: Takes a record or a value, and returns it as plain data.
Write = Callable[[Any], Any]


def _converter() -> Converter:
    """Return a converter whose readers raise `InvalidInput` with all that is wrong.

    It reads records field by field in functions of ours: what cattrs collects it keeps as notes on
    the errors, and ours are frozen.
    """
    made = Converter(detailed_validation=False)
    for kind, form in FORMS.items():
        if form.write is not None:
            made.register_unstructure_hook(kind, form.write)
        made.register_structure_hook(kind, form.read)
    made.register_structure_hook_factory(_is_many, partial(_many_reader, made))
    made.register_unstructure_hook_factory(_is_many, partial(_many_writer, made))
    made.register_structure_hook_factory(attrs.has, partial(_record_reader, made))
    for union, names in UNIONS:
        made.register_structure_hook(union, _union_reader(made, names))
        made.register_unstructure_hook(union, _union_writer(made, names))
    return made


def _is_many(kind: Any) -> bool:
    return get_origin(kind) in (tuple, frozenset)


def _many_writer(converter: Converter, kind: Any) -> Write:
    write = converter.get_unstructure_hook(get_args(kind)[0])
    if get_origin(kind) is tuple:
        return lambda values: [write(item) for item in values]
    # In an order that is the same in every process.
    return lambda values: sorted(write(item) for item in values)


def _many_reader(converter: Converter, kind: Any) -> Read:
    made, of = cast("Callable[[Iterable[Any]], Any]", get_origin(kind)), get_args(kind)[0]
    read = converter.get_structure_hook(of)

    def read_all(values: Any, _: object) -> Any:
        found: list[Any] = []
        problems: list[Problem] = []
        for at, item in enumerate(a_list(values)):
            try:
                found.append(read(item, of))
            except InvalidInput as error:
                problems += under(str(at), error)
        InvalidInput.unless_empty(problems)
        return made(found)

    return read_all


def a_list(values: Any) -> list[Any]:
    """Return what is a list."""
    if not is_list(values):
        raise InvalidInput.of("", values, "a list")
    found: list[Any] = values
    return found


def _record_reader(converter: Converter, kind: Any) -> Read:
    attrs.resolve_types(kind)
    fields: dict[str, attrs.Attribute[Any]] = {item.name: item for item in attrs.fields(kind)}
    reads = {name: converter.get_structure_hook(item.type) for name, item in fields.items()}
    names = ", ".join(fields)

    def read(name: str, value: dict[str, Any]) -> dict[str, Any]:
        """Return the argument for one field; none where its default does."""
        if name in value:
            return {name: reads[name](value[name], fields[name].type)}
        if fields[name].default is attrs.NOTHING:
            raise InvalidInput((Problem("", "nothing", "a value"),))
        return {}

    def read_record(value: Any, _: object) -> Any:
        if not is_object(value):
            raise InvalidInput.of("", value, f"an object with the fields {names}")
        found: dict[str, Any] = {}
        problems: list[Problem] = []
        for name in fields:
            try:
                found |= read(name, value)
            except InvalidInput as error:
                problems += under(name, error)
        problems += [Problem(str(name), "a field", names) for name in value if name not in fields]
        InvalidInput.unless_empty(problems)
        return kind(**found)

    return read_record


def _union_writer(converter: Converter, names: dict[str, type[Any]]) -> Write:
    writers = {kind: (name, converter.get_unstructure_hook(kind)) for name, kind in names.items()}

    def write(record: Any) -> Any:
        name, fields = writers[type(record)]
        return {TAG: name, **fields(record)}

    return write


def _union_reader(converter: Converter, names: dict[str, type[Any]]) -> Read:
    readers = {name: (kind, converter.get_structure_hook(kind)) for name, kind in names.items()}
    allowed = ", ".join(names)

    def read(value: Any, _: object) -> Any:
        if not is_object(value):
            raise InvalidInput.of("", value, f"an object with the field {TAG}: {allowed}")
        fields: dict[str, Any] = {**value}
        name = fields.pop(TAG, None)
        if not isinstance(name, str) or name not in readers:
            raise InvalidInput.of(TAG, name, allowed)
        kind, read_fields = readers[name]
        return read_fields(fields, kind)

    return read


_CONVERTER: Final = _converter()


def writer(kind: type[Any]) -> Write:
    """Return what writes records of `kind`."""
    return _CONVERTER.get_unstructure_hook(kind)


def telling_reader(kind: type[Any]) -> Read:
    """Return what reads records of `kind`, and raises `InvalidInput` with all that is wrong."""
    return _CONVERTER.get_structure_hook(kind)
