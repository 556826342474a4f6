"""Records in envelopes that say of what kind they are and which version of the format they have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar, cast

from ordersales.errors import InvalidInput, Problem
from ordersales.values import checks
from ordersales.wire.converters import telling_reader, writer
from ordersales.wire.kinds import KINDS
from ordersales.wire.plain import is_object
from ordersales.wire.reading import reader
from ordersales.wire.upgrades import UPGRADES, VERSION, Data, Upgrade, upgraded
from ordersales.wire.writing import text_writer

T = TypeVar("T")

_NAMES: Final = {kind: name for name, kind in KINDS.items()}
_ENVELOPE: Final = ("kind", "version", "record")


def encode(record: object) -> Data:
    """Return a record as plain data: dicts, lists, text, whole numbers, true, false and None.

    Equal records are written alike. Money is written in minor units, moments in UTC, and every
    field is written, whether it has its default or not.

    >>> from ordersales.models.sale import Manager
    >>> from ordersales.values.identifiers import UserId
    >>> encode(Manager(user=UserId("mira"), name="Mira"))
    {'kind': 'manager', 'version': 2, 'record': {'user': 'mira', 'name': 'Mira'}}

    Raises:
        InvalidInput: It is no record of `KINDS` (rule B1).
    """
    name = _name_of(record)
    return {"kind": name, "version": VERSION, "record": writer(type(record))(record)}


def dumps(record: object) -> str:
    """Return a record as JSON: what `encode` gives, without spaces, and sooner.

    >>> from ordersales.models.sale import Manager
    >>> from ordersales.values.identifiers import UserId
    >>> dumps(Manager(user=UserId("mira"), name="Mira"))
    '{"kind":"manager","version":2,"record":{"user":"mira","name":"Mira"}}'

    Raises:
        InvalidInput: It is no record of `KINDS` (rule B1).
    """
    name = _name_of(record)
    return f'{{"kind":"{name}","version":{VERSION},"record":{text_writer(type(record))(record)}}}'


def _name_of(record: object) -> str:
    name = _NAMES.get(type(record))
    if name is None:
        raise InvalidInput.of("record", record, f"a record that is {', '.join(KINDS)}")
    return name


def decode(kind: type[T], data: object) -> T:
    """Return the record of `kind` that `encode` wrote as `data`, in this or an older version.

    A field that is missing has its default, if there is one; a field that is unknown is refused.

    >>> from ordersales.models.sale import Manager
    >>> record = {"user": "mira", "name": "Mira"}
    >>> decode(Manager, {"kind": "manager", "version": 2, "record": record}).name
    'Mira'

    Raises:
        InvalidInput: With all that is wrong, each by the path of its field, such as
            ``invoices.0.amount.minor`` (rule B1).
    """
    name = _NAMES.get(kind)
    if name is None:
        raise InvalidInput.of("kind", kind, f"a class that KINDS has: {', '.join(KINDS)}")
    record = opened(name, data)
    try:
        return cast("T", reader(kind)(record))
    except Exception:  # noqa: BLE001 - whatever it is, the slower reader meets it again
        return cast("T", telling_reader(kind)(record, kind))


def opened(
    name: str,
    data: object,
    *,
    newest: int = VERSION,
    upgrades: Mapping[int, Upgrade] = UPGRADES,
) -> Data:
    """Return the record in the envelope of a kind, as version `newest` of the format has it.

    Raises:
        InvalidInput: The envelope is of another kind or a newer version, or is none (rule B1).
    """
    if not is_object(data):
        raise InvalidInput.of("data", data, f"an object with the fields {', '.join(_ENVELOPE)}")
    given = cast("Data", data)
    kind, version, record = given.get("kind"), given.get("version"), given.get("record")
    if (
        kind == name
        and type(version) is int
        and version == newest
        and is_object(record)
        and len(given) == len(_ENVELOPE)
    ):
        return cast("Data", record)
    checks.refuse(
        None if kind == name else Problem.of("kind", kind, repr(name)),
        checks.whole(version, "version", least=1, most=newest),
        None if is_object(record) else Problem.of("record", record, "an object"),
        *(
            Problem.of(str(part), given[part], f"no field but {', '.join(_ENVELOPE)}")
            for part in given
            if part not in _ENVELOPE
        ),
    )
    return upgraded(name, cast("Data", record), cast("int", version), to=newest, upgrades=upgrades)
