"""Records made anew, against attrs' own way of doing it."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from attrs import field, frozen

from ordersales.errors import InvalidInput
from ordersales.values.cadence import Cadence, Unit
from ordersales.values.evolving import evolve


@frozen
class Drawer:
    """A record with a private field, one of every awkward name, and one that is made by itself."""

    _content: str
    record: int = 1
    changes: int = 2
    kind: int = 3
    counted: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Count."""
        object.__setattr__(self, "counted", self.record + self.changes + self.kind)


@pytest.mark.parametrize(
    "changes",
    [{}, {"content": "b"}, {"record": 5}, {"kind": 5, "changes": 6}, {"changes": 6, "kind": 5}],
)
def test_it_is_made_as_attrs_would(changes: dict[str, Any]) -> None:
    """What is not changed stays; the rest is taken as given, whatever the fields are called."""
    drawer = Drawer(content="a", kind=4)

    assert attrs.evolve(drawer, **changes) == evolve(drawer, **changes)
    assert Drawer(content="a", kind=4) == drawer


def test_a_changed_record_is_checked() -> None:
    """It is held against its own rules like one that is made from nothing."""
    with pytest.raises(InvalidInput, match="every: 0 was given"):
        evolve(Cadence(1, Unit.MONTH), every=0)


def test_a_field_that_there_is_not() -> None:
    """A name that the record does not have is refused, and not passed over."""
    with pytest.raises(TypeError, match="evry"):
        evolve(Cadence(1, Unit.MONTH), evry=2)  # type: ignore[call-arg]
