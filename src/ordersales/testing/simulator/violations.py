"""What must hold at any time, and the record of its not having held."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from attrs import frozen

#: The invariants, numbered as in the docs under *What the simulator checks*.
INVARIANTS: Final = {
    1: "of what is paid by one attempt at a time, at most one has no final word",
    2: "attempts are numbered without gaps, and no more are executed than may be",
    3: "no attempt and no occurrence takes the money twice, by the gateway's own book",
    4: "when all is quiet the gateway's book and ours agree, or a person sees the difference",
    5: "a key names one attempt and epoch, and what is asked under it never changes",
    6: "a final word stays",
    7: "nothing is asked of a gateway without a permission that is committed and holds",
    8: "a final word that was heard is booked",
    9: "every open attempt has a next check, and what is held is seen",
    10: "sums add up: of the price, of refunds, and of both books",
    11: "hearing every message once more changes nothing",
    12: "a follower is given every event, in order, and each change has its event",
    13: "each date is the anchor and its slot, and dates go forward",
    14: "statuses are those derived, numbers are unique, and versions rise by one",
    15: "no operation of one account reads or changes another's records",
    16: "no service stumbles, and what was committed is what is read",
    17: "when nothing goes wrong any more, everything comes to an end",
}


@frozen
class Violation:
    """An invariant that did not hold."""

    number: int
    detail: str
    at: datetime

    @property
    def invariant(self) -> str:
        """The invariant in words."""
        return INVARIANTS[self.number]

    def __str__(self) -> str:
        """Return the invariant and what was found instead."""
        return f"{self.number}. {self.invariant}: {self.detail}"
