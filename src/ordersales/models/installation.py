"""Which installation a database belongs to, and which one asks (rule C6)."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen


@frozen(kw_only=True)
class Gap:
    """The time of which a restored backup knows nothing (rule C6)."""

    #: When the backup was made.
    since: datetime
    #: When it was adopted, and went on from there.
    until: datetime

    def with_earlier(self, other: Gap | None) -> Gap:
        """Return the time from the begin of the earlier one to the end of the later one."""
        if other is None:
            return self
        return Gap(since=min(self.since, other.since), until=max(self.until, other.until))


@frozen
class Mark:
    """What a store says of itself: whose it is, and what it has lost."""

    #: The name of the installation that it belongs to; None while it belongs to none.
    name: str | None = None
    #: None if it was never restored from a backup.
    gap: Gap | None = None


@frozen
class Installation:
    """The mark that the store carries, beside the one that the host's configuration gives.

    Where they differ, the database is a copy (a restored backup, a staging copy) or was adopted
    by another installation meanwhile, and nothing is sent to a payment system (rule C6).

    >>> Installation(carried="shop-production", configured="shop-staging").matches
    False
    """

    #: The mark that the store carries; None while it carries none.
    carried: str | None = None
    #: What the back office was given; None if it was given none.
    configured: str | None = None
    #: The time that the store has lost; None if it was never restored from a backup.
    gap: Gap | None = None

    @property
    def matches(self) -> bool:
        """Whether this host may send anything to a payment system, as far as the mark goes."""
        return self.carried == self.configured
