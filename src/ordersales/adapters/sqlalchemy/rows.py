"""What is kept of each record in columns: by it the record is found, sorted and summed.

Everything here is derived from the record, which stands whole in the last column.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ordersales.adapters.sqlalchemy.documents import written, written_event
from ordersales.models.event import Event
from ordersales.models.invoice import Invoice
from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder
from ordersales.models.refund import Refund, RefundStatus
from ordersales.models.sale import SalesPlan
from ordersales.rules.filtering import paid_at, payment_type
from ordersales.values.folding import folded

R = TypeVar("R")

#: A row by the names of its columns.
Row = dict[str, Any]


def differing(before: Row, after: Row) -> Row:
    """Return those columns of a row that were otherwise before, or were not there."""
    return {
        name: value for name, value in after.items() if name not in before or before[name] != value
    }


def its(row: Row, *names: str) -> Row:
    """Return the values of columns that say which row it is; they are not written."""
    return {f"its_{name}": row[name] for name in names}


def order_row(order: Order) -> Row:
    """Return the row of an order."""
    return {**_order_terms(order), **_order_state(order), "record": written(order)}


def order_changes(before: Order, after: Order) -> Row:
    """Return the columns in which the rows of two versions of an order differ, but for the record."""
    return _changes(before, after, _order_state, _agreed, _order_terms)


def _changes(
    before: R,
    after: R,
    state: Callable[[R], Row],
    agreed: Callable[[R], tuple[object, ...]],
    terms: Callable[[R], Row],
) -> Row:
    """Return the columns that differ; of the terms only if what they follow from is another.

    It hardly ever is, and so no name is folded to see that it is the same.
    """
    changed = differing(state(before), state(after))
    if agreed(before) == agreed(after):
        return changed
    return changed | differing(terms(before), terms(after))


def _agreed(order: Order) -> tuple[object, ...]:
    return order.customer, order.offer, order.price, order.quantity, order.sale, order.occurrence


def _order_terms(order: Order) -> Row:
    offer, manager, occurrence = order.offer, order.sale.manager, order.occurrence
    return {
        "customer": order.customer.id,
        "customer_folded": folded(order.customer.name),
        "offer": offer.number,
        "offer_name": offer.name,
        "offer_folded": folded(offer.name),
        "category": offer.category.number,
        "category_name": offer.category.name,
        "currency": order.price.currency.code,
        "price": order.price.minor,
        "unit_price": offer.unit_price.minor,
        "quantity": order.quantity,
        "manager": None if manager is None else manager.user,
        "manager_name": "" if manager is None else manager.name,
        "manager_folded": "" if manager is None else folded(manager.name),
        "confirmed": order.sale.confirmed,
        "payment_type": payment_type(order).value,
        "recurring_order": None if occurrence is None else occurrence.recurring_order,
        "occurrence": None if occurrence is None else occurrence.index,
    }


def _order_state(order: Order) -> Row:
    return {
        "account": order.account,
        "number": order.number,
        "version": order.version,
        "key": order.key,
        "placed_at": order.placed_at,
        "status": order.status.value,
        "needs_attention": order.needs_attention,
        "next_check": order.next_check,
    }


def invoice_rows(order: Order) -> dict[int, Row]:
    """Return the rows of an order's invoices, by their places."""
    opens = _opening(order)
    return {
        place: _invoice_row(order, place, invoice, opens=invoice is opens)
        for place, invoice in enumerate(order.invoices, 1)
    }


def _opening(order: Order) -> Invoice | None:
    """Return the invoice whose money was taken first; most orders have one that was."""
    taken = [invoice for invoice in order.invoices if invoice.captured]
    return order.newest_payments[-1] if len(taken) > 1 else next(iter(taken), None)


def _invoice_row(order: Order, place: int, invoice: Invoice, *, opens: bool) -> Row:
    return {
        "account": order.account,
        "number": invoice.number,
        "order_number": order.number,
        "place": place,
        "key": invoice.key,
        "attempted_at": invoice.attempted_at,
        "status": invoice.status.value,
        "system": invoice.system,
        "currency": invoice.amount.currency.code,
        "amount": invoice.amount.minor,
        "covers": invoice.covers.minor,
        "commission": None if invoice.fee is None else invoice.fee.minor,
        "paid_at": paid_at(invoice),
        "opens_order": opens,
    }


def refund_rows(order: Order) -> dict[tuple[int, int], Row]:
    """Return the rows of the refunds of an order's invoices, by the places of both."""
    return {
        (place, which): _refund_row(order, invoice, refund)
        for place, invoice in enumerate(order.invoices)
        if invoice.refunds
        for which, refund in enumerate(invoice.refunds)
    }


def _refund_row(order: Order, invoice: Invoice, refund: Refund) -> Row:
    returned = refund.status is RefundStatus.SUCCEEDED
    return {
        "account": order.account,
        "invoice": invoice.number,
        "number": refund.number,
        "kind": refund.kind.value,
        "status": refund.status.value,
        "currency": refund.amount.currency.code,
        "amount": refund.amount.minor,
        "returned_at": (refund.settled_at or refund.requested_at) if returned else None,
    }


def refund_key_rows(order: Order) -> dict[str, Row]:
    """Return the rows of the keys under which an order's refunds were asked for."""
    keys = [refund.key for refund in order.refunds if refund.key is not None]
    return {
        key: {"account": order.account, "key": key, "order_number": order.number} for key in keys
    }


def recurring_row(recurring: RecurringOrder) -> Row:
    """Return the row of a recurring order that nobody has claimed."""
    return _recurring_terms(recurring) | _recurring_state(recurring) | unclaimed(recurring)


def unclaimed(recurring: RecurringOrder) -> Row:
    """Return what is written of a recurring order whenever it is saved."""
    return {
        "claimed_until": None,
        "claim_at": recurring.next_action,
        "record": written(recurring),
    }


def recurring_changes(before: RecurringOrder, after: RecurringOrder) -> Row:
    """Return the columns in which the rows of two versions of a recurring order differ.

    But for its record and who has claimed it.
    """
    return _changes(before, after, _recurring_state, _recurring_agreed, _recurring_terms)


def _recurring_agreed(recurring: RecurringOrder) -> tuple[object, ...]:
    return recurring.customer, recurring.offer, recurring.quantity, recurring.manager


def _recurring_terms(recurring: RecurringOrder) -> Row:
    offer, manager, price = recurring.offer, recurring.manager, recurring.price
    return {
        "customer": recurring.customer.id,
        "customer_folded": folded(recurring.customer.name),
        "offer": offer.number,
        "offer_folded": folded(offer.name),
        "category": offer.category.number,
        "currency": price.currency.code,
        "price": price.minor,
        "quantity": recurring.quantity,
        "manager": None if manager is None else manager.user,
    }


def _recurring_state(recurring: RecurringOrder) -> Row:
    return {
        "account": recurring.account,
        "number": recurring.number,
        "version": recurring.version,
        "key": recurring.key,
        "status": recurring.status.value,
        "started_at": recurring.started_at,
        "system": recurring.system,
        "payments_made": recurring.payments_made,
        "payments_remaining": recurring.payments_remaining,
        "next_action": recurring.next_action,
        "just_activated": recurring.just_activated,
    }


def plan_row(account: str, plan: SalesPlan) -> Row:
    """Return the row of a sales plan, which does not name its account by itself."""
    return {
        "account": account,
        "customer": plan.customer,
        "offer": plan.offer,
        "version": plan.version,
        "record": written(plan),
    }


def event_row(account: str, event: Event) -> Row:
    """Return the row of an event that has no position yet."""
    record, note = written_event(event)
    return {
        "account": account,
        "order_number": event.order,
        "recurring_order": None if event.recurring is None else event.recurring.number,
        "record": record,
        "note": note,
    }
