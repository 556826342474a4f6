"""An offer of each sort that there is."""

from __future__ import annotations

from typing import Final

from ordersales import AnyShare, Cadence, Offer, RecurringTerms, Share, Unit
from ordersales.testing import an_offer

#: A recurring order is over after so many payments.
PAYMENTS: Final = 3


def an_offer_of(cart: int) -> Offer:
    """Return what is in a cart: paid in full, in parts, or again and again."""
    match cart % 3:
        case 0:
            return an_offer("40.00", number="FULL")
        case 1:
            return an_offer("90.00", number="PARTS", payment=AnyShare(Share.percent(10)))
        case _:
            monthly = RecurringTerms(cadence=Cadence(1, Unit.MONTH), payments=PAYMENTS)
            return an_offer("15.00", number="AGAIN", recurring=monthly)
