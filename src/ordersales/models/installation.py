"""Which installation a database belongs to, and which one asks (rule C6)."""

from __future__ import annotations

from attrs import frozen


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

    @property
    def matches(self) -> bool:
        """Whether this host may send anything to a payment system, as far as the mark goes."""
        return self.carried == self.configured
