"""What is due, and since when: found by its moment, however much there is that is not due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from threading import Lock

from ordersales.adapters.memory.ladder import Ladder
from ordersales.values.identifiers import AccountId

#: A moment, and the number of what is due then.
Key = tuple[datetime, int]


class Due:
    """Numbers, each with the moment at which something is to be done about it.

    >>> from datetime import UTC
    >>> due, noon = Due(), datetime(2026, 1, 31, 12, tzinfo=UTC)
    >>> due.put(17, noon)
    >>> [*due.until(noon)]
    [(datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.timezone.utc), 17)]
    """

    def __init__(self) -> None:
        """Start empty."""
        self._ladder: Ladder[Key] = Ladder([])
        self._keys: dict[int, Key] = {}

    def put(self, number: int, at: datetime | None) -> None:
        """Note when a number is due from now on; None if it is not to be looked for any more."""
        before = self._keys.pop(number, None)
        if before is not None:
            self._ladder.remove(before)
        if at is not None:
            key = self._keys[number] = at, number
            self._ladder.add(key)

    def until(self, now: datetime) -> Iterator[Key]:
        """Yield what is due by `now`, that which has been due longest first."""
        rung = self._ladder.rung(None, descending=False)
        while rung:
            for key in rung:
                if key[0] > now:
                    return
                yield key
            rung = self._ladder.rung(rung[-1], descending=False)

    @property
    def first(self) -> datetime | None:
        """When the first of them is due; None if nothing is."""
        key = self._ladder.first
        return None if key is None else key[0]


class Board:
    """The accounts of a store in which something is due, for those who look for work."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = Lock()
        self._due = Due()
        self._names: list[AccountId] = []

    def enter(self, name: AccountId) -> Seat:
        """Return where an account notes from now on when its first thing is due."""
        with self._lock:
            self._names.append(name)
            return Seat(self, len(self._names) - 1)

    def note(self, number: int, first: datetime | None) -> None:
        """Note when the first thing in an account is due."""
        with self._lock:
            self._due.put(number, first)

    def due(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return the accounts in which something is due, the one that waits longest first."""
        with self._lock:
            return tuple(self._names[number] for _, number in islice(self._due.until(now), limit))


class Seat:
    """One account's place at a board; used under the account's lock."""

    def __init__(self, board: Board, number: int) -> None:
        """Start with nothing noted."""
        self._board = board
        self._number = number
        self._noted: datetime | None = None

    def tell(self, first: datetime | None) -> None:
        """Note when the account's first thing is due, where that has changed."""
        if first != self._noted:
            self._noted = first
            self._board.note(self._number, first)
