"""What is written is read again, whatever the record."""

from __future__ import annotations

import json
from typing import Any, Final

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ordersales.errors import InvalidInput
from ordersales.models.order import Order
from ordersales.wire import KINDS, decode, dumps, encode
from tests.wire.random_records import of_type
from tests.wire.samples import SAMPLES

PLAIN: Final = (dict, list, str, int, bool, type(None))


def leaves(plain: Any, path: str = "") -> dict[str, Any]:
    """Return every value that holds no other, by its path."""
    items = (
        plain.items()
        if isinstance(plain, dict)
        else enumerate(plain)
        if isinstance(plain, list)
        else ()
    )
    found = {
        name: value
        for key, inner in items
        for name, value in leaves(inner, f"{path}.{key}" if path else str(key)).items()
    }
    return found or {path: plain}


def types_in(plain: Any) -> set[type]:
    """Return the types of all that plain data is made of."""
    inner = plain.values() if isinstance(plain, dict) else plain if isinstance(plain, list) else ()
    keys = [*plain] if isinstance(plain, dict) else []
    return {type(plain), *map(type, keys)}.union(*map(types_in, inner))


def exact(value: Any) -> object:
    """Return a value with the types of all that it is made of: text equals an enum's member."""
    if isinstance(value, frozenset):
        return sorted(map(repr, value))
    if isinstance(value, tuple):
        return [exact(item) for item in value]
    if attrs.has(type(value)):
        fields = attrs.fields(type(value))
        return type(value), [exact(getattr(value, item.name)) for item in fields]
    return type(value), value


@pytest.mark.rule("B1", "E1")
@pytest.mark.parametrize("name", KINDS)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_what_is_written_is_read_again(name: str, data: st.DataObject) -> None:
    """A record of any kind goes through JSON and comes back, its types included."""
    kind = KINDS[name]
    record = data.draw(of_type(kind))

    plain = encode(record)
    again = decode(kind, json.loads(json.dumps(plain)))

    assert record == again
    assert exact(record) == exact(again)
    assert set() == types_in(plain) - set(PLAIN)
    assert plain == encode(again)
    assert json.dumps(plain, separators=(",", ":")) == dumps(record)


@pytest.mark.rule("B1")
@pytest.mark.parametrize("name", KINDS)
@given(st.data())
def test_every_field_that_is_wrong_is_named_by_its_path(name: str, data: st.DataObject) -> None:
    """However many values are replaced by something else, each of them is told."""
    kind = KINDS[name]
    plain = encode(data.draw(st.sampled_from(SAMPLES[name])))
    paths = [path for path in leaves(plain["record"]) if not path.endswith("type")]
    wrong = data.draw(st.sets(st.sampled_from(paths), min_size=1, max_size=5))
    for path in wrong:
        put(plain["record"], path.split("."), data.draw(st.sampled_from([{"no": 1}, 1.5, b"no"])))

    problems = problems_of(kind, plain)

    for path in wrong:
        assert [name for name in problems if name == path or name.startswith(f"{path}.")], path
    assert len(problems) >= len(wrong)


def put(plain: Any, path: list[str], value: object) -> None:
    """Put a value where a path leads."""
    for step in path[:-1]:
        plain = plain[int(step) if isinstance(plain, list) else step]
    plain[int(path[-1]) if isinstance(plain, list) else path[-1]] = value


def problems_of(kind: type[Any], plain: object) -> list[str]:
    """Return the fields that reading complains of."""
    with pytest.raises(InvalidInput) as caught:
        decode(kind, plain)
    return [problem.field for problem in caught.value.problems]


@pytest.mark.rule("B1")
def test_what_stands_in_many_records_is_made_once() -> None:
    """Orders of one offer share it, however many others were read in between."""
    order = SAMPLES["order"][0]
    first, again = (decode(Order, encode(order)) for _ in range(2))
    assert order.offer == first.offer
    assert first.offer is again.offer

    for number in range(1500):
        other = attrs.evolve(order, offer=attrs.evolve(order.offer, name=f"Course {number}"))
        assert other == decode(Order, encode(other))


@pytest.mark.rule("B1")
def test_a_number_is_not_taken_from_what_is_none() -> None:
    """What is no number is refused where one is written; no text comes of it that can't be read."""
    with pytest.raises(TypeError):
        dumps(attrs.evolve(SAMPLES["order"][0], quantity='1,"price":0'))


@pytest.mark.rule("B1")
def test_what_is_no_record_is_not_written() -> None:
    """Of anything else the kinds are told that there are."""
    with pytest.raises(InvalidInput, match="allowed is a record that is actor, coming payment"):
        dumps("order")
