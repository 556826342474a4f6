"""A clock that stands still until it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from ordersales.errors import InvalidInput
from ordersales.values.moment import utc

#: When a clock stands if nothing else is said: a Thursday, at noon.
START: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)


class MovableClock:
    """Tells the time it was set to, by both of its faces.

    >>> clock = MovableClock()
    >>> clock.advance(timedelta(days=30))
    >>> clock.now()
    datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.timezone.utc)
    """

    def __init__(self, start: datetime = START) -> None:
        """Stand at `start`, which has a time zone."""
        self._now = utc(start, "start")
        self._elapsed = timedelta()

    def now(self) -> datetime:
        """Return the time it stands at, in UTC."""
        return self._now

    def monotonic(self) -> float:
        """Return the seconds it was advanced so far."""
        return self._elapsed.total_seconds()

    def advance(self, by: timedelta) -> None:
        """Let `by` pass.

        Raises:
            InvalidInput: Time does not go back; use `set_wall_clock` for a clock that is set.
        """
        self.sleep_machine(by)
        self._elapsed += by

    def advance_to(self, moment: datetime) -> None:
        """Let time pass until `moment`.

        Raises:
            InvalidInput: It lies in the past, or has no time zone.
        """
        self.advance(utc(moment, "moment") - self._now)

    def set_wall_clock(self, moment: datetime) -> None:
        """Set what `now` says, either way, while no time passes: the monotonic face stays."""
        self._now = utc(moment, "moment")

    def sleep_machine(self, by: timedelta) -> None:
        """Let the wall clock go on while the monotonic face stands, as in a sleeping machine.

        Raises:
            InvalidInput: Time does not go back; use `set_wall_clock` for a clock that is set.
        """
        if by < timedelta():
            raise InvalidInput.of("by", by, "a time that passes, not negative")
        self._now += by
