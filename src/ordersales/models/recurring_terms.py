"""On which terms an offer is paid again and again."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

from attrs import frozen

from ordersales.values import checks
from ordersales.values.cadence import Cadence
from ordersales.values.zone import time_zone

_SHORTEST_RETRY: Final = timedelta(minutes=10)
_LONGEST_RETRY: Final = timedelta(days=366)


class ResumePolicy(StrEnum):
    """What becomes of the payments that were missed while a recurring order stood still (R5)."""

    #: All that was missed is charged once, and the dates go on as they were.
    CHARGE_ONE = "charge one and keep the dates"
    SKIP = "skip what was missed"
    COLLECT_ALL = "collect all that was missed"
    #: One is charged at once, and the dates are counted anew from there.
    START_AFRESH = "start afresh from now"


@frozen(kw_only=True)
class RecurringTerms:
    """Each payment is made in full, on the dates of a cadence, a number of times (rule R1).

    >>> from ordersales.values.cadence import Unit
    >>> terms = RecurringTerms(cadence=Cadence(1, Unit.MONTH), payments=12, zone="Europe/Berlin")
    >>> terms.second_retry.days
    3

    Raises:
        InvalidInput: A value of the wrong kind, fewer payments than one, an unknown time zone, or
            a retry sooner than after 10 minutes or later than after 366 days (rule B1).
    """

    cadence: Cadence
    #: How many payments are to succeed, the first included; None is until somebody stops it.
    payments: int | None = None
    #: How long after a failed attempt the next one follows, and how long after that the last.
    first_retry: timedelta = timedelta(days=1)
    second_retry: timedelta = timedelta(days=3)
    #: The time zone that the dates are counted in: the name of it (rule R8).
    zone: str = "UTC"
    on_resume: ResumePolicy = ResumePolicy.CHARGE_ONE
    #: Whether a decline that the payment system calls final is retried all the same (rule R6).
    retry_final_declines: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse what is no agreement."""
        within = {"least": _SHORTEST_RETRY, "most": _LONGEST_RETRY}
        checks.refuse(
            checks.instance(self.cadence, "cadence", Cadence),
            checks.optional(checks.whole, self.payments, "payments", least=1),
            checks.duration(self.first_retry, "first_retry", **within),
            checks.duration(self.second_retry, "second_retry", **within),
            checks.instance(self.zone, "zone", str),
            checks.instance(self.on_resume, "on_resume", ResumePolicy),
            checks.flag(self.retry_final_declines, "retry_final_declines"),
        )
        time_zone(self.zone, "zone")
