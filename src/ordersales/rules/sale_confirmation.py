"""Who made a sale: credited at placing, proposed by *Check*, confirmed by a person (S1-S5)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from attrs import evolve

from ordersales.errors import NothingPaid, PlanTaken, RuleRefused, SaleConfirmed
from ordersales.models.event import Event, EventKind
from ordersales.models.order import Order, OrderStatus
from ordersales.models.sale import Basis, Manager, Proposal, Sale, SaleChange, SalesPlan
from ordersales.rules.change import Change, told
from ordersales.rules.permissions import Operation
from ordersales.values.identifiers import AccountId, CustomerId, OfferNumber, UserId

#: Somebody named the manager for this very order, so that no sales plan overrules it.
NAMED: Final = frozenset({Basis.CHECKOUT, Basis.ADDED})


def credited(named: Manager | None, plan: SalesPlan | None) -> Sale:
    """Return who is credited at first, unconfirmed (rules S1, S2).

    The manager named at checkout, else the one whose sales plan it is, else the system.
    """
    if named is not None:
        return Sale(manager=named, basis=Basis.CHECKOUT)
    if plan is not None:
        return Sale(manager=plan.manager, basis=Basis.PLAN)
    return Sale()


def check_refusal(order: Order) -> RuleRefused | None:
    """Return why *Check* may not be opened on `order` now, or None if it may (rule S3).

    A paid order is a completed one, or one of which anything was ever paid: the money of a
    declined or a returned order is somebody's sale as well.
    """
    if order.status is OrderStatus.COMPLETED or any(item.captured for item in order.invoices):
        return None
    return NothingPaid(Operation.CHECK_SALE, order.number)


def add_user_refusal(order: Order) -> RuleRefused | None:
    """Return why nobody may be assigned to `order` now, or None if somebody may (rule S4)."""
    if not order.sale.confirmed:
        return None
    return SaleConfirmed(Operation.ADD_USER, order.number, order.sale.confirmed_by)


def propose(order: Order, plan: SalesPlan | None) -> Proposal:
    """Return what *Check* proposes, by the sales `plan` as it stands now (rule S3).

    What a person has confirmed, or somebody named for this very order, is proposed again.

    Raises:
        NothingPaid: Nothing of the order is paid.
    """
    refused = check_refusal(order)
    if refused is not None:
        raise refused
    standing = order.sale
    kept = standing.confirmed or standing.basis in NAMED
    sale = standing if kept else credited(None, plan)
    return Proposal(order=order.number, manager=sale.manager, basis=sale.basis, standing=standing)


def confirm(
    order: Order, plan: SalesPlan | None, manager: Manager | None, at: datetime, *, by: UserId
) -> Change:
    """Return `order` with its sale confirmed as that of `manager`, None being the system (S3).

    Confirming what is proposed keeps the reason it was proposed for; anybody else was chosen.
    Confirming again corrects, and the event tells what stood before (rule S5).

    Raises:
        NothingPaid: Nothing of the order is paid.
    """
    proposal = propose(order, plan)
    basis = proposal.basis if _user(manager) == _user(proposal.manager) else Basis.CHOSEN
    sale = Sale(manager=manager, basis=basis, confirmed_at=at, confirmed_by=by)
    return _sold_by(order, sale, EventKind.SALE_CONFIRMED, at, by)


def add_user(order: Order, manager: Manager, at: datetime, *, by: UserId | None) -> Change | None:
    """Return `order` with `manager` assigned, unconfirmed; None if nothing changes (rule S4).

    Raises:
        SaleConfirmed: A person has confirmed who made the sale.
    """
    refused = add_user_refusal(order)
    if refused is not None:
        raise refused
    sale = Sale(manager=manager, basis=Basis.ADDED)
    if sale == order.sale:
        return None
    return _sold_by(order, sale, EventKind.SALE_ASSIGNED, at, by)


def stated(
    standing: SalesPlan | None,
    *,
    customer: CustomerId,
    offer: OfferNumber,
    manager: Manager,
    at: datetime,
    by: UserId | None,
) -> SalesPlan:
    """Return the sales plan that stands once `manager` has stated theirs (rule S1).

    Stated again by the same manager it is the `standing` one, under the name they now have.

    Raises:
        PlanTaken: The standing plan is another manager's.
    """
    if standing is None:
        return SalesPlan(
            customer=customer, offer=offer, manager=manager, stated_at=at, stated_by=by
        )
    first = standing.manager
    if first.user != manager.user:
        raise PlanTaken(customer, offer, first.user, first.name)
    return standing if first == manager else evolve(standing, manager=manager)


def plan_told(
    account: AccountId,
    before: SalesPlan | None,
    after: SalesPlan | None,
    at: datetime,
    *,
    by: UserId | None,
) -> tuple[Event, ...]:
    """Return the event that tells that a sales plan was stated, or withdrawn (rules S1, E1).

    None of its own stands for a plan that is not there; nothing is told where nothing changed.
    """
    plan = after or before
    if plan is None or before is after:
        return ()
    event = Event(
        account=account,
        customer=plan.customer,
        offer=plan.offer,
        kind=EventKind.PLAN_WITHDRAWN if after is None else EventKind.PLAN_STATED,
        at=at,
        by=by,
        sale=SaleChange(before=credited(None, before), after=credited(None, after)),
    )
    return (event,)


def _user(manager: Manager | None) -> UserId | None:
    return None if manager is None else manager.user


def _sold_by(order: Order, sale: Sale, kind: EventKind, at: datetime, by: UserId | None) -> Change:
    # Who made the sale has no part in the status, so nothing is derived anew here.
    after = evolve(order, sale=sale)
    return told(order, after, kind, at, by=by, sale=SaleChange(before=order.sale, after=sale))
