"""Every purchase fits an order whose price is its amount, to the cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales import InFull, Money
from ordersales.demo.offers import IN_FULL, IN_PARTS, IN_SHARES, Catalogue, Shape, shape_of
from ordersales.demo.purchases import Purchase
from ordersales.models.offer import PaymentTerms

pytestmark = pytest.mark.rule("O2")


def bought(units: int, dollars: str) -> Purchase:
    """Return a purchase."""
    return Purchase(2, "00001", date(1997, 1, 1), units, Decimal(dollars))


@pytest.mark.parametrize(
    ("units", "dollars", "shape", "offered"),
    [
        (1, "11.77", Shape.ONE, ("CD1177", "CD", "11.77", 1)),
        (5, "77.00", Shape.SEVERAL, ("CD1540", "CD", "15.40", 5)),
        (3, "20.75", Shape.BUNDLE, ("B3-2075", "3-CD bundle", "20.75", 1)),
        (1, "0.00", Shape.GIFT, ("GIFT", "CD as a gift", "0.00", 1)),
        (2, "0.00", Shape.GIFT, ("GIFT", "CD as a gift", "0.00", 2)),
    ],
)
def test_each_shape(
    units: int, dollars: str, shape: Shape, offered: tuple[str, str, str, int]
) -> None:
    """What can't be divided is one bundle at the whole amount."""
    purchase = bought(units, dollars)

    offer, quantity = Catalogue().find(purchase, shape_of(purchase), IN_FULL)

    assert shape is shape_of(purchase)
    assert offered == (offer.number, offer.name, str(offer.unit_price.amount), quantity)


@pytest.mark.parametrize(
    ("terms", "number"), [(IN_FULL, "CD1177"), (IN_PARTS, "CD1177p"), (IN_SHARES, "CD1177s")]
)
def test_terms_are_told_by_the_number(terms: PaymentTerms, number: str) -> None:
    """Two offers that may be paid differently are two offers; each is made once."""
    catalogue = Catalogue()
    offer, _ = catalogue.find(bought(1, "11.77"), Shape.ONE, terms)

    assert number == offer.number
    assert terms == offer.payment
    assert offer is catalogue.find(bought(1, "11.77"), Shape.ONE, terms)[0]


@given(st.integers(1, 100), st.integers(0, 200_000))
def test_unit_price_times_quantity_is_the_amount(units: int, cents: int) -> None:
    """Whatever was bought, nothing is rounded."""
    purchase = bought(units, f"{cents // 100}.{cents % 100:02}")

    offer, quantity = Catalogue().find(purchase, shape_of(purchase), InFull())

    assert Money.of(purchase.dollars, "USD") == offer.unit_price * quantity
