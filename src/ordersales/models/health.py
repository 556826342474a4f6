"""What one call tells of an account's health (rule C7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from attrs import frozen

from ordersales.models.installation import Installation
from ordersales.values.identifiers import InvoiceNumber, OrderNumber, SystemName


class Trouble(StrEnum):
    """What can be wrong, by names that stay the same between versions."""

    #: Something was to be looked after, and nobody did: no worker runs, or too few.
    DUE_UNCLAIMED = "due but unclaimed"
    #: A worker took it on and never finished: it died, or hangs.
    CLAIMED_TOO_LONG = "claimed too long"
    PENDING_TOO_LONG = "pending too long"
    #: Only a person, with evidence, or the payment system's own word can settle it.
    HELD = "held for a person"
    #: The records contradict each other: a bug, or somebody wrote into the database.
    DISAGREES = "status and money disagree"
    #: A person has to look at the order: a contradiction, or money that fits nowhere (rule O6).
    FLAGGED = "flagged"
    #: A payment system told of something that no attempt was found for.
    UNMATCHED = "unmatched message"


@frozen(kw_only=True)
class Finding:
    """One thing that somebody has to look at; what has no part in it is None."""

    trouble: Trouble
    #: Since when it is so, or since when it has been waiting.
    since: datetime
    order: OrderNumber | None = None
    #: The number of a recurring order, where it is about the whole of it.
    recurring_order: OrderNumber | None = None
    invoice: InvoiceNumber | None = None
    system: SystemName | None = None
    #: In words for a person.
    detail: str = ""

    def __str__(self) -> str:
        """Return it in one line, without the moment: the reader's time zone is the host's."""
        about = (
            ("order", self.order),
            ("recurring order", self.recurring_order),
            ("invoice", self.invoice),
            ("payment system", self.system),
        )
        named = ", ".join(f"{what} {which}" for what, which in about if which is not None)
        return ": ".join(filter(None, (self.trouble, named, self.detail)))


@frozen
class Findings:
    """What was found of one kind, up to the limit that was asked for."""

    #: That which waits longest first, as far as the list knows.
    shown: tuple[Finding, ...] = ()
    #: How many there are, at least.
    at_least: int = 0

    def __bool__(self) -> bool:
        """Tell whether anything was found."""
        return self.at_least > 0


#: Nothing was found.
NONE = Findings()


@frozen(kw_only=True)
class Health:
    """How one account fares: what is wrong, kind by kind; empty is healthy (rule C7)."""

    #: When it was looked at.
    at: datetime
    due_unclaimed: Findings = NONE
    claimed_too_long: Findings = NONE
    pending_too_long: Findings = NONE
    held: Findings = NONE
    disagreeing: Findings = NONE
    flagged: Findings = NONE
    unmatched: Findings = NONE
    #: Where the marks differ, this host sends nothing to a payment system (rule C6).
    installation: Installation
    #: How many orders were audited: those that changed last. Older ones were not looked at.
    audited: int
    #: Whether every pending payment was looked at; otherwise the oldest of them were.
    complete: bool

    @property
    def kinds(self) -> tuple[Findings, ...]:
        """What was found, kind by kind."""
        return (
            self.due_unclaimed,
            self.claimed_too_long,
            self.pending_too_long,
            self.held,
            self.disagreeing,
            self.flagged,
            self.unmatched,
        )

    @property
    def healthy(self) -> bool:
        """Whether nothing was found, and this host is the one that charges from this store."""
        return self.installation.matches and not any(self.kinds)

    def __iter__(self) -> Iterator[Finding]:
        """Return everything that is shown, kind by kind."""
        return (finding for kind in self.kinds for finding in kind.shown)
