"""What each purchase becomes an order of, so that price = unit price times quantity (rule O2)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from ordersales import (
    AnyShare,
    Category,
    CategoryNumber,
    FixedShares,
    InFull,
    Money,
    Offer,
    OfferNumber,
    Share,
)
from ordersales.demo.purchases import Purchase
from ordersales.models.offer import PaymentTerms

CURRENCY: Final = "USD"

IN_FULL: Final = InFull()
IN_PARTS: Final = AnyShare(Share.percent(25))
IN_SHARES: Final = FixedShares((Share.percent(50), Share.percent(30), Share.percent(20)))
#: What tells offers apart that differ only in how they may be paid.
_LETTER: Final[dict[PaymentTerms, str]] = {IN_FULL: "", IN_PARTS: "p", IN_SHARES: "s"}

_DISCS: Final = Category(number=CategoryNumber("10"), name="CDs")
_BUNDLES: Final = Category(number=CategoryNumber("20"), name="Bundles")
_GIFTS: Final = Category(number=CategoryNumber("30"), name="Gifts")


class Shape(StrEnum):
    """How a purchase fits an order."""

    ONE = "one CD: quantity 1"
    SEVERAL = "several CDs at one unit price: that quantity"
    BUNDLE = "units don't divide the amount: one bundle at the whole amount"
    GIFT = "amount of zero: an order of price zero"


def shape_of(purchase: Purchase) -> Shape:
    """Return how `purchase` fits an order."""
    if not purchase.dollars:
        return Shape.GIFT
    if purchase.units == 1:
        return Shape.ONE
    cents = Money.of(purchase.dollars, CURRENCY).minor
    return Shape.BUNDLE if cents % purchase.units else Shape.SEVERAL


class Catalogue:
    """Makes each offer once."""

    def __init__(self) -> None:
        """Start empty."""
        self._offers: dict[tuple[Shape, int, int, PaymentTerms], Offer] = {}

    def find(self, purchase: Purchase, shape: Shape, terms: PaymentTerms) -> tuple[Offer, int]:
        """Return the offer that `purchase` is an order of, and the quantity."""
        amount = Money.of(purchase.dollars, CURRENCY)
        bundled, quantity = (purchase.units, 1) if shape is Shape.BUNDLE else (1, purchase.units)
        cents = amount.minor // quantity
        name = (shape, bundled, cents, terms)
        if name not in self._offers:
            self._offers[name] = _offer(*name)
        return self._offers[name], quantity


def _offer(shape: Shape, bundled: int, cents: int, terms: PaymentTerms) -> Offer:
    number, name, category = f"CD{cents}", "CD", _DISCS
    if shape is Shape.BUNDLE:
        number, name, category = f"B{bundled}-{cents}", f"{bundled}-CD bundle", _BUNDLES
    elif shape is Shape.GIFT:
        number, name, category = "GIFT", "CD as a gift", _GIFTS
    return Offer(
        number=OfferNumber(f"{number}{_LETTER[terms]}"),
        name=name,
        category=category,
        unit_price=Money(cents, Money.zero(CURRENCY).currency),
        multiple_sales=shape is not Shape.BUNDLE,
        payment=terms,
    )
