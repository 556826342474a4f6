"""How long things may take while a payment system is asked, and when to look again.

The figures are those of the charging protocol, described in the docs under *Charging*.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

#: A charge is sent only this long after the moment its reservation was begun.
SEND_DEADLINE: Final = timedelta(seconds=30)

#: When an attempt without a final word is looked after, each counted from the one before; after
#: the last of them it is held for a person.
CHECKS: Final = (
    timedelta(minutes=2),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    *(timedelta(days=1),) * 7,
)

#: So often may one stored method be charged in so long a time. Visa fines merchants for more
#: than 15 attempts in 30 days on one card; Mastercard allows more.
MOST_CHARGES: Final = 15
CHARGES_WITHIN: Final = timedelta(days=30)
#: So long it is looked for what a message of a payment system is about.
MATCHED_WITHIN: Final = timedelta(days=7)

#: A check keeps others away for at least this time, longer than it can take.
LEASE: Final = timedelta(minutes=2)


def next_check(at: datetime, checks: int) -> datetime | None:
    """Return when an attempt already looked after `checks` times is to be looked after again.

    None means never by itself: it is held for a person, and webhooks are still heard.

    >>> from datetime import UTC, datetime
    >>> next_check(datetime(2026, 1, 1, tzinfo=UTC), 0).isoformat()
    '2026-01-01T00:02:00+00:00'
    """
    return at + CHECKS[checks] if checks < len(CHECKS) else None


def check_again(at: datetime, checks: int) -> datetime:
    """Return when to look again at what was looked after `checks` times, the last time at `at`.

    Until then nobody else looks, so it is never sooner than a check takes. After the last of the
    checks it is just that long: by then somebody has to hold it for a person.

    >>> from datetime import UTC, datetime
    >>> check_again(datetime(2026, 1, 1, tzinfo=UTC), 15).isoformat()
    '2026-01-01T00:02:00+00:00'
    """
    return max(at + LEASE, next_check(at, checks) or at)


def next_try(kept_at: datetime, now: datetime, tries: int) -> datetime | None:
    """Return when to look again for what a message is about that came at `kept_at` (rule C4).

    None after seven days: then it is left to a person.
    """
    again = next_check(now, tries)
    return None if again is None or again - kept_at > MATCHED_WITHIN else again


def may_send(waited: timedelta) -> bool:
    """Tell whether a reservation begun `waited` ago may still be sent (rule C1).

    A worker that froze in between finds out here, before its request can cross a later one.
    """
    return waited <= SEND_DEADLINE
