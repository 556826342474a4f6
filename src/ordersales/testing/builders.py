"""Records for tests, with everything filled in that a test does not care about."""

from __future__ import annotations

from typing import Final

from ordersales.models.actor import Actor, Permission
from ordersales.models.offer import Category, Customer, InFull, Offer, PaymentTerms
from ordersales.models.recurring_terms import RecurringTerms
from ordersales.values.identifiers import (
    AccountId,
    CategoryNumber,
    CustomerId,
    OfferNumber,
    UserId,
)
from ordersales.values.money import Money

IN_FULL: Final = InFull()


def an_offer(
    price: str = "100.00",
    currency: str = "EUR",
    *,
    number: str = "C-1",
    name: str = "Course",
    payment: PaymentTerms = IN_FULL,
    multiple_sales: bool = False,
    recurring: RecurringTerms | None = None,
) -> Offer:
    """Return an offer, by default of one course for 100 EUR, to be paid in full.

    >>> str(an_offer("9.90", "CHF").unit_price)
    '9.90 CHF'
    """
    return Offer(
        number=OfferNumber(number),
        name=name,
        category=Category(number=CategoryNumber("7"), name="Learning"),
        unit_price=Money.of(price, currency),
        multiple_sales=multiple_sales,
        payment=payment,
        recurring=recurring,
    )


def a_customer(identifier: str = "cust-1", name: str = "Ada Lovelace") -> Customer:
    """Return a customer."""
    return Customer(id=CustomerId(identifier), name=name)


def an_actor(*permissions: Permission, account: str = "acme", user: str | None = "user-1") -> Actor:
    """Return a user of an account with exactly these permissions.

    >>> an_actor(Permission.SEE_ORDERS).may(Permission.MANAGE_REFUNDS)
    False
    """
    return Actor(
        account=AccountId(account),
        user=None if user is None else UserId(user),
        permissions=permissions,
    )


def a_manager(account: str = "acme", user: str = "boss") -> Actor:
    """Return a user of an account who may do everything."""
    return an_actor(*Permission, account=account, user=user)
