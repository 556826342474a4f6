"""Book what a gateway says of an attempt: the second of the two commits (rules C1, C4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from ordersales.errors import BrokenInvariant, NotFound, NotSent, OutcomeUnknown
from ordersales.models.charge import ChargeRequest, NotExecuted, Outcome, Unknown
from ordersales.models.invoice import Invoice
from ordersales.models.order import Order, Payment
from ordersales.ports.gateway import PaymentGateway
from ordersales.ports.storage import Transaction
from ordersales.rules import settlement
from ordersales.rules.charge_policy import may_send
from ordersales.services.desk import Desk, in_transaction, keep, order_of
from ordersales.services.engine import ask, ask_outside
from ordersales.values import checks
from ordersales.values.identifiers import AccountId, AttemptReference, InvoiceNumber, OrderNumber
from ordersales.values.moment import utc

#: An outcome is worth more patience than a question: losing it leaves money in doubt.
TRIES: Final = 50


async def charged(gateway: PaymentGateway, request: ChargeRequest) -> Outcome:
    """Return what the gateway says of `request`; an error of any kind is an outcome as well."""
    try:
        return await ask_outside(gateway.charge, request)
    except NotSent as error:
        return NotExecuted(reason=error.reason)
    except BrokenInvariant:
        raise  # a bug of ours, found before anything was sent
    except Exception as error:
        return Unknown(reason=reason_of(error))


async def held_up(desk: Desk, since: datetime, begun: float) -> NotExecuted | None:
    """Return that it has become too late to send what was begun then, or None if it may be sent.

    `since` and `begun` are what the clock's two faces said before the reservation.
    """
    by_wall = utc(await ask(desk.clock.now), "clock") - since
    # The larger of the two: one of them may stand still while a machine sleeps.
    waited = max(by_wall, timedelta(seconds=await ask(desk.clock.monotonic) - begun))
    if may_send(waited):
        return None
    return NotExecuted(reason=f"held up for {waited} before it was sent")


def reason_of(error: Exception) -> str:
    """Return an adapter's error in words."""
    return error.reason if isinstance(error, OutcomeUnknown) else repr(error)


async def looked_up(gateway: PaymentGateway, reference: AttemptReference) -> Outcome | None:
    """Return what the gateway has under `reference`: None if nothing, `Unknown` without a word."""
    if not gateway.capabilities.look_up:
        return Unknown(reason="the payment system can't be asked")
    try:
        return await ask_outside(gateway.look_up, reference)
    except BrokenInvariant:
        raise
    except Exception as error:
        return Unknown(reason=reason_of(error))


async def settle(
    desk: Desk,
    account: AccountId,
    number: OrderNumber,
    invoice_number: InvoiceNumber,
    outcome: Outcome,
    *,
    proven: bool = False,
    permit: int | None = None,
) -> Payment:
    """Apply `outcome` to an invoice and return it, with its order, as they then stand.

    `proven` says that it was looked up, `permit` to which send it is the answer.
    """
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> Payment:
        order = await order_of(tx, number)
        invoice = invoice_of(order, invoice_number)
        change = settlement.settle(order, invoice, outcome, now, proven=proven, permit=permit)
        if change is not None:
            order = await keep(tx, change)
        return Payment(order, invoice_of(order, invoice_number))

    return await in_transaction(desk, account, work, tries=TRIES)


def invoice_of(order: Order, number: InvoiceNumber) -> Invoice:
    """Return the invoice of `order` with that number.

    Raises:
        InvalidInput: It is no number (rule B1).
        NotFound: The order has none.
    """
    checks.refuse(checks.whole(number, "invoice", least=1))
    invoice = order.invoice(number)
    if invoice is None:
        raise NotFound("invoice", number)
    return invoice
