"""All that is left to chance, drawn from one seed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import accumulate
from random import Random
from typing import Final

from ordersales.testing.simulator.faults import PER_MILLE, Fault, FaultKind

_THOUSAND: Final = 1000
#: For each sort of calls, up to which draw of a thousand which fault is met.
_UP_TO: Final = {
    sort: tuple(zip(accumulate(rates.values()), rates, strict=True))
    for sort, rates in PER_MILLE.items()
}


def in_hundred(stream: Random, times: int) -> bool:
    """Tell whether what happens so many times in a hundred happens now."""
    return stream.random() * 100 < times


class Chances:
    """Streams of chance that don't disturb each other, and the faults that came of them.

    Each process and each request draws from a stream of its own name. What is left out of a run,
    to find a shorter one, therefore changes nothing of what the others draw.

    >>> Chances("17").stream("ada").random() == Chances("17").stream("ada").random()
    True
    """

    def __init__(self, seed: str, only: Collection[Fault] | None = None) -> None:
        """Draw from `seed`; of the faults let happen `only` these, where they are given."""
        self._seed = seed
        self._only = only
        #: Nothing goes wrong any more.
        self.calm: bool = False
        #: What went wrong so far.
        self.met: list[Fault] = []
        #: Is told of each fault.
        self.tell: Callable[[Fault], None] | None = None

    def stream(self, name: str) -> Random:
        """Return the stream of that name, at its beginning."""
        return Random(f"{self._seed} {name}")

    def draw(self, stream: Random, sort: str, where: str, call: int = 0) -> FaultKind | None:
        """Return the fault that a call of this sort meets, or None."""
        drawn = stream.random() * _THOUSAND
        for up_to, kind in _UP_TO[sort]:
            if drawn < up_to:
                return kind if self._meets(Fault(kind, where, call)) else None
        return None

    def _meets(self, fault: Fault) -> bool:
        if self.calm or (self._only is not None and fault not in self._only):
            return False
        self.met.append(fault)
        if self.tell is not None:
            self.tell(fault)
        return True
