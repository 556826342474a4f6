"""Sets of serial numbers, as the bits of whole numbers: cheap to keep, to join and to count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

#: Blocks of numbers, each with a bit for every number that is in.
Blocks = dict[int, int]

# A block holds 1024 numbers: small enough to be copied when one bit changes, and a million
# numbers are a thousand blocks.
_SHIFT: Final = 10
_WITHIN: Final = (1 << _SHIFT) - 1


class NumberSet:
    """A set of numbers."""

    __slots__ = ("blocks",)

    def __init__(self) -> None:
        """Start empty."""
        self.blocks: Blocks = {}

    def add(self, number: int) -> None:
        """Put a number in, if it is not."""
        block = number >> _SHIFT
        self.blocks[block] = self.blocks.get(block, 0) | 1 << (number & _WITHIN)

    def discard(self, number: int) -> None:
        """Take a number out, if it is in."""
        block = number >> _SHIFT
        left = self.blocks.get(block, 0) & ~(1 << (number & _WITHIN))
        if left:
            self.blocks[block] = left
        else:
            self.blocks.pop(block, None)


def blocks_of(numbers: Iterable[int]) -> Blocks:
    """Return the blocks of a few numbers."""
    kept = NumberSet()
    for number in numbers:
        kept.add(number)
    return kept.blocks


def union(sources: Iterable[Blocks]) -> Blocks:
    """Return what is in any of `sources`; a single one as it is, not copied."""
    first, *others = [*sources] or [{}]
    if not others:
        return first
    joined = first.copy()
    for blocks in others:
        for block, bits in blocks.items():
            joined[block] = joined.get(block, 0) | bits
    return joined


def common(
    sources: Sequence[Blocks], without: Sequence[Blocks], *, after: int | None, descending: bool
) -> Iterator[int]:
    """Yield the numbers that are in all of `sources` and in none `without`, beyond `after`.

    They come in order. No more is looked at than what is yielded, besides the numbers of the
    blocks of the smallest source.
    """
    for block in _blocks(min(sources, key=len), after, descending=descending):
        bits = _left(block, sources, without)
        if after is not None and block == after >> _SHIFT:
            bits &= _beyond(after & _WITHIN, descending=descending)
        yield from _numbers(block, bits, descending=descending)


def size(sources: Sequence[Blocks], without: Sequence[Blocks]) -> int:
    """Return how many numbers are in all of `sources` and in none `without`."""
    smallest = min(sources, key=len)
    return sum(_left(block, sources, without).bit_count() for block in smallest)


def _left(block: int, sources: Sequence[Blocks], without: Sequence[Blocks]) -> int:
    """Return the bits of a block that all of `sources` have and none `without`."""
    bits = -1
    for source in sources:
        bits &= source.get(block, 0)
    for source in without:
        bits &= ~source.get(block, 0)
    return bits


def holds(source: Blocks, number: int) -> bool:
    """Tell whether a number is in."""
    return bool(source.get(number >> _SHIFT, 0) >> (number & _WITHIN) & 1)


def _blocks(source: Blocks, after: int | None, *, descending: bool) -> list[int]:
    """Return the numbers of the blocks from that of `after` on, in order."""
    known = list(source)
    if after is not None:
        edge = after >> _SHIFT
        known = [block for block in known if (block <= edge if descending else block >= edge)]
    known.sort(reverse=descending)
    return known


def _beyond(bit: int, *, descending: bool) -> int:
    """Return the bits of a block that lie beyond `bit`."""
    return (1 << bit) - 1 if descending else -1 << (bit + 1)


def _numbers(block: int, bits: int, *, descending: bool) -> Iterator[int]:
    while bits:
        bit = (bits if descending else bits & -bits).bit_length() - 1
        yield block << _SHIFT | bit
        bits ^= 1 << bit
