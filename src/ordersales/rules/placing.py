"""Placing an order: what it costs, and whether the offer can be bought like that."""

from __future__ import annotations

from datetime import datetime

from ordersales.errors import Problem
from ordersales.models.event import EventKind
from ordersales.models.offer import Customer, Offer
from ordersales.models.order import Occurrence, Order, OrderStatus
from ordersales.models.sale import Manager, SalesPlan
from ordersales.rules.change import Change, told
from ordersales.rules.sale_confirmation import credited
from ordersales.values import checks
from ordersales.values.identifiers import AccountId, IdempotencyKey, OrderNumber, UserId
from ordersales.values.money import MOST_MINOR


def check_quantity(offer: Offer, quantity: int) -> Problem | None:
    """Return what is wrong with buying `quantity` of `offer`, or None (rules O2, O3)."""
    most = 1
    if offer.multiple_sales:
        # A price that a store could not keep is refused here, with the quantity that would fit.
        most = MOST_MINOR // max(1, offer.unit_price.minor)
    problem = checks.whole(quantity, "quantity", least=1, most=most)
    if problem is None or offer.multiple_sales:
        return problem
    return Problem.of("quantity", quantity, "1, since the offer does not allow multiple sales")


def place(
    *,
    account: AccountId,
    number: OrderNumber,
    key: IdempotencyKey,
    at: datetime,
    customer: Customer,
    offer: Offer,
    quantity: int,
    manager: Manager | None = None,
    plan: SalesPlan | None = None,
    occurrence: Occurrence | None = None,
    by: UserId | None = None,
) -> Change:
    """Return a new order: *Open*, or *Completed* if it costs nothing (rules O1, O2, O7).

    Credited, unconfirmed, is the manager named at checkout, else the one of the sales `plan` that
    names the customer and the offer, else the system (rules S1, S2).

    Raises:
        InvalidInput: The quantity is not one that the offer allows.
    """
    checks.refuse(check_quantity(offer, quantity))
    price = offer.unit_price * quantity
    order = Order(
        account=account,
        number=number,
        key=key,
        placed_at=at,
        customer=customer,
        offer=offer,
        quantity=quantity,
        price=price,
        status=OrderStatus.COMPLETED if price.is_zero else OrderStatus.OPEN,
        sale=credited(manager, plan),
        occurrence=occurrence,
    )
    return told(None, order, EventKind.ORDER_PLACED, at, by=by, amount=price)
