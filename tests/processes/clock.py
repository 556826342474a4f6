"""A clock that several processes share: the machine's, put forward by what stands in a file."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from attrs import frozen

#: The moment from which it is put forward.
START: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)


@frozen
class SharedClock:
    """Tells the time by what stands in a file, and by the seconds since that was written."""

    path: Path

    @classmethod
    def starting(cls, path: Path) -> SharedClock:
        """Return a clock that begins now."""
        clock = cls(path)
        clock._stand_at(0)
        return clock

    def now(self) -> datetime:
        """Return the time now, in UTC."""
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Return the seconds that have passed since the start, put forward or not."""
        forward, begun = map(float, self.path.read_text("ascii").split())
        return forward + time.time() - begun

    def advance(self, by: timedelta) -> None:
        """Put it forward, for all processes at once."""
        self._stand_at(self.monotonic() + by.total_seconds())

    def _stand_at(self, seconds: float) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.write_text(f"{seconds} {time.time()}", "ascii")
        fresh.replace(self.path)
