"""Where the time comes from."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; services ask once, at the door, and use that moment throughout.

    Both faces are asked because each can be wrong alone: the wall clock may be set, and the
    monotonic one may stand still while a machine sleeps.
    """

    def now(self) -> datetime:
        """Return the time now, timezone-aware."""
        ...

    def monotonic(self) -> float:
        """Return seconds since some fixed moment, never going back."""
        ...


class SystemClock:
    """The machine's own clock: two names of the standard library, so no adapter of its own."""

    def now(self) -> datetime:
        """Return the time now, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since some fixed moment, never going back."""
        return time.monotonic()
