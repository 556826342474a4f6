"""The comparison of the gateway's book with ours, payment by payment, when all is quiet (4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from attrs import frozen

from ordersales.models.charge import Accepted, Declined, Succeeded
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import Order
from ordersales.models.refund import RefundStatus
from ordersales.models.stage import Stage
from ordersales.testing.simulator.truth import Charge, TruthBook
from ordersales.values.identifiers import (
    AccountId,
    AttemptReference,
    InvoiceNumber,
    OrderNumber,
)


@frozen
class Difference:
    """Where the books don't agree; seen where a person is shown it, otherwise a violation."""

    what: str
    seen: bool


#: Tells whether a person is shown that something is to be done about an invoice.
Seen = Callable[[tuple[AccountId, OrderNumber, InvoiceNumber]], bool]


def compared(book: TruthBook, orders: Iterable[Order], seen: Seen) -> Iterator[Difference]:
    """Return every difference between the gateway's book and the orders."""
    known: set[str] = set()
    for order in orders:
        for invoice in order.invoices:
            if invoice.attempt is not None:
                reference = invoice.attempt.reference
                known.add(str(reference))
                is_seen = seen((order.account, order.number, invoice.number))
                yield from _payment(order, invoice, book, seen=is_seen)
                yield from _refunds(invoice, book, seen=is_seen)
    for charge in book.charges:
        if str(charge.request.reference) not in known:
            yield Difference(f"{charge.request.reference} is charged and not known", seen=False)


def _payment(
    order: Order, invoice: Invoice, book: TruthBook, *, seen: bool
) -> Iterator[Difference]:
    """Compare one payment; its money may be booked for another one of the order, but once."""
    assert invoice.attempt is not None
    reference = invoice.attempt.reference
    charges = book.under(reference)
    booked = {other.gateway_id: other for other in order.invoices if other.captured}
    for charge in charges:
        paid = booked.get(charge.gateway_id)
        if charge.taken is None or (paid is not None and paid.amount == charge.taken):
            continue
        if invoice.captured:
            yield Difference(f"{charge.gateway_id} took {charge.taken} as well", seen)
        else:
            what = f"{charge.gateway_id} took {charge.taken}, and invoice {invoice.number}"
            yield Difference(f"{what} is {invoice.status}", seen)
    own = book.named(invoice.gateway_id)
    if invoice.captured and (own is None or not _pays(own, reference)):
        yield Difference(f"invoice {invoice.number} is paid, and no money was taken", seen=False)
    if _declined(invoice) and not _any(charges, Declined):
        yield Difference(f"invoice {invoice.number} failed, and nothing was declined", seen=False)
    if invoice.status is InvoiceStatus.PENDING and not _any(charges, Succeeded):
        yield from _waiting(invoice, charges, seen=seen)


def _pays(charge: Charge, reference: AttemptReference) -> bool:
    """Tell whether a charge took the money of what an attempt pays for."""
    theirs = charge.request.reference
    same = (theirs.account, theirs.thing) == (reference.account, reference.thing)
    return same and charge.taken is not None


def _declined(invoice: Invoice) -> bool:
    """Tell whether the gateway is said to have declined; a skipped attempt was never sent."""
    failed = invoice.status is InvoiceStatus.FAILED
    return failed and invoice.attempt is not None and invoice.attempt.sends > 0


def _any(charges: list[Charge], kind: type) -> bool:
    return any(isinstance(charge.answer, kind) for charge in charges)


def _waiting(invoice: Invoice, charges: list[Charge], *, seen: bool) -> Iterator[Difference]:
    """Find a payment that waits for nothing."""
    assert invoice.attempt is not None
    unsent = invoice.attempt.stage is Stage.RESERVED
    if not unsent and not _any(charges, Accepted):
        found = charges[-1].answer if charges else "nothing"
        yield Difference(f"invoice {invoice.number} is pending, and the gateway has {found}", seen)


def _refunds(invoice: Invoice, book: TruthBook, *, seen: bool) -> Iterator[Difference]:
    """Compare what went back of one payment."""
    charge = book.named(invoice.gateway_id)
    if charge is None or not invoice.captured:
        return
    truth = {item.gateway_id: item.request.amount for item in book.of(charge) if item.returned}
    truth.update((name, money) for name, money in charge.back_by_itself.items() if money.minor)
    ours = {
        refund.gateway_id: refund.whole
        for refund in invoice.refunds
        if refund.status is RefundStatus.SUCCEEDED and refund.gateway_id is not None
    }
    for name, money in truth.items():
        if ours.get(name) != money:
            what = f"{money} went back as {name}, and invoice {invoice.number} has {ours.get(name)}"
            yield Difference(what, seen)
    for name in ours.keys() - truth.keys():
        what = f"refund {name} of invoice {invoice.number} did not go back"
        yield Difference(what, seen)
