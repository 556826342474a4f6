"""What the lists of the memory store are made of: sets of numbers, and sorted keys."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ordersales.adapters.memory.facets import Selection
from ordersales.adapters.memory.ladder import Ladder
from ordersales.adapters.memory.listing import Key
from ordersales.adapters.memory.number_set import NumberSet, blocks_of, common, size, union

pytestmark = pytest.mark.rule("L4")

numbers = st.sets(st.integers(0, 4000), max_size=30)


many = st.lists(numbers, max_size=3)


@given(numbers, many, many, st.none() | st.integers(0, 4000), st.booleans())
def test_sets_of_numbers(
    first: set[int], others: list[set[int]], denied: list[set[int]], after: int | None, down: bool
) -> None:
    """Blocks are joined, intersected, counted and walked like the sets they stand for."""
    drawn = [first, *others]
    sources, without = ([blocks_of(numbers) for numbers in sets] for sets in (drawn, denied))
    left = set.intersection(*drawn).difference(*denied)
    beyond = {n for n in left if after is None or (n < after if down else n > after)}

    found = common(sources, without, after=after, descending=down)
    assert sorted(beyond, reverse=down) == [*found]
    assert len(left) == size(sources, without)
    assert len(first.union(*others)) == size([union(sources)], [])
    assert [blocks_of(numbers) for numbers in drawn] == sources
    chosen = Selection(tuple(sources), tuple(without), {})
    assert left == {number for number in range(4001) if number in chosen}


@given(numbers, numbers)
def test_numbers_come_and_go(come: set[int], gone: set[int]) -> None:
    """What was taken out is not in, and leaves no empty block behind."""
    kept = NumberSet()
    for number in come:
        kept.add(number)
    for number in gone:
        kept.discard(number)

    assert blocks_of(come - gone) == kept.blocks


class Ladders(RuleBasedStateMachine):
    """A ladder beside a sorted list."""

    _RUNG: Final = 3

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("ordersales.adapters.memory.ladder._RUNG", self._RUNG)
        self.keys: list[Key] = [("b", 1), ("a", 2), ("c", 3), ("b", 4)]
        self.ladder = Ladder(self.keys)
        self.keys.sort()

    @rule(text=st.sampled_from("abcde"), number=st.integers(5, 60))
    def come(self, text: str, number: int) -> None:
        """Put a key in, if it is not."""
        if (text, number) not in self.keys:
            self.ladder.add((text, number))
            self.keys.append((text, number))
            self.keys.sort()

    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        """Take a key out, if there is one."""
        if self.keys:
            key = data.draw(st.sampled_from(self.keys))
            self.ladder.remove(key)
            self.keys.remove(key)

    @rule(text=st.sampled_from("abcde"), number=st.integers(0, 60), descending=st.booleans())
    def climb(self, text: str, number: int, descending: bool) -> None:
        """Climb from anywhere to the end."""
        key: Any = (text, number)
        beyond: Any = [at for at in self.keys if (at < key if descending else at > key)]
        assert sorted(beyond, reverse=descending) == self.climbed(key, descending=descending)

    @invariant()
    def alike(self) -> None:
        """From end to end, both ways, it is the sorted list."""
        assert self.keys == self.climbed(None, descending=False)
        assert self.keys[::-1] == self.climbed(None, descending=True)

    def climbed(self, after: Key | None, *, descending: bool) -> list[Key]:
        """Return what is met beyond a key."""
        met: list[Key] = []
        while rung := self.ladder.rung(after, descending=descending):
            assert len(rung) <= 2 * self._RUNG
            met += rung
            after = rung[-1]
        return met

    def teardown(self) -> None:
        """Undo the short rungs."""
        self.patch.undo()


TestLadder = Ladders.TestCase
TestLadder.settings = settings(max_examples=30, stateful_step_count=40)


def test_an_empty_ladder_takes_its_first_key() -> None:
    """A list that nothing stands in yet, or any more, can be climbed once something comes."""
    ladder: Ladder[Key] = Ladder([])
    nothing, lowest = ladder.rung(None, descending=False), ladder.first

    ladder.add(("b", 1))
    ladder.add(("a", 1))

    assert ([], None) == (nothing, lowest)
    assert ("a", 1) == ladder.first
    assert [("a", 1), ("b", 1)] == ladder.rung(None, descending=False)
