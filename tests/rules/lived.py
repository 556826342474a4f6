"""Orders that lived through what may happen to them, and how every operation is really started."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hypothesis import strategies as st

from ordersales.errors import InvalidInput, RuleRefused
from ordersales.models.actor import Actor, Permission
from ordersales.models.charge import (
    Accepted,
    Misconfigured,
    NotExecuted,
    Outcome,
    Succeeded,
    Withdrawn,
)
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.offer import FixedShares
from ordersales.models.order import DecisionKind, Order, Payment
from ordersales.models.refund import RefundRefused, RefundStatus, RefundSucceeded
from ordersales.rules import (
    attention,
    decisions,
    held,
    manual_payments,
    permissions,
    recovering,
    refund_settlement,
    refunds,
    sale_confirmation,
)
from ordersales.rules.change import Change
from ordersales.rules.permissions import Operation
from ordersales.rules.recovering import Subject
from ordersales.rules.recovery import Step
from ordersales.testing import a_manager, an_actor
from ordersales.values.identifiers import AccountId, GatewayId, IdempotencyKey
from ordersales.values.money import Money
from ordersales.values.share import Share
from tests.rules.sold import (
    BOSS,
    IN_FULL,
    IN_PARTS,
    LATER,
    MIRA,
    NO,
    eur,
    failed,
    paid,
    placed,
    settled,
    started,
)

ANYBODY: Final = a_manager()
SYSTEM: Final = Actor.system(AccountId("acme"))
THIRDS: Final = FixedShares((Share.percent(50), Share.percent(30), Share.percent(20)))


def deciding(kind: DecisionKind) -> Callable[[Order], Change]:
    """Return how `kind` is decided about an order."""
    return lambda order: decisions.decide(order, kind, LATER, by=BOSS, reason="so")


def refunded(order: Order, parts: tuple[tuple[Invoice, Money], ...]) -> Change:
    """Return `order` with these parts about to be returned."""
    key = IdempotencyKey(f"back-{len(order.refunds)}")
    return refunds.start(order, parts, at=LATER, key=key, reason="so", by=BOSS)


#: How each operation is really started on an order, and on a payment.
STARTING: Final[dict[Operation, Callable[[Order], Change | None]]] = {
    Operation.CONFIRM: deciding(DecisionKind.CONFIRMED),
    Operation.DECLINE: deciding(DecisionKind.DECLINED),
    Operation.CANCEL: deciding(DecisionKind.CANCELED),
    Operation.EXPIRE: deciding(DecisionKind.EXPIRED),
    Operation.CHECK_SALE: lambda order: sale_confirmation.confirm(
        order, None, MIRA, LATER, by=BOSS
    ),
    Operation.ADD_USER: lambda order: sale_confirmation.add_user(order, MIRA, LATER, by=BOSS),
    Operation.REFUND: lambda order: refunded(order, refunds.spread(order, None)),
    Operation.CLEAR_ATTENTION: lambda order: attention.clear(order, LATER, by=BOSS, reason="so"),
}
STARTING_ON_A_PAYMENT: Final[dict[Operation, Callable[[Payment], Change]]] = {
    Operation.CONFIRM_PAYMENT: lambda payment: manual_payments.confirm(
        payment.order, payment.invoice, LATER, by=BOSS
    ),
    Operation.REJECT_PAYMENT: lambda payment: manual_payments.reject(
        payment.order, payment.invoice, LATER, by=BOSS, reason="so"
    ),
    Operation.SETTLE_PAYMENT: lambda payment: held.settle(
        payment.order, payment.invoice, Withdrawn(), LATER, by=BOSS, reason="so"
    ),
    Operation.SETTLE_REFUND: lambda payment: held.settle_refund(
        payment.order, payment.invoice, None, RefundRefused(code="no"), LATER, by=BOSS, reason="so"
    ),
    Operation.REFUND: lambda payment: refunded(
        payment.order, ((payment.invoice, refunds.part(payment.invoice, None)),)
    ),
}


def takes(order: Order, *, more: int = 0, charge: str = "ch-1") -> Outcome:
    """Return that the last payment's money was taken, or `more` than that."""
    asked = order.invoices[-1].amount
    return Succeeded(gateway_id=GatewayId(charge), amount=Money(asked.minor + more, asked.currency))


def last(order: Order) -> Payment:
    """Return the last payment of `order`."""
    return Payment(order, order.invoices[-1])


def then(order: Order, change: Change | None) -> Order:
    """Return the order after a change, if there was any."""
    return order if change is None else change.order


def returned(order: Order) -> Order:
    """Return `order` after every refund that is pending went through."""
    said = RefundSucceeded(gateway_id=GatewayId("re-1"))
    for invoice in order.invoices:
        for refund in invoice.refunds:
            now = order.invoice(invoice.number)
            assert now is not None
            order = then(order, refund_settlement.settle(order, now, refund, said, LATER))
    return order


def stopped(order: Order, step: Step) -> Order:
    """Return `order` after nobody found out in time what became of its last payment, or refund."""
    invoice = order.invoices[-1]
    waiting = [item for item in invoice.refunds if item.status is RefundStatus.PENDING]
    if not waiting and (invoice.attempt is None or invoice.status is not InvoiceStatus.PENDING):
        return order
    subject = Subject(invoice.number, waiting[0].number if waiting else None)
    return recovering.held(order, subject, step, LATER).order


WAITS: Final = Accepted(gateway_id=GatewayId("ch-9"))
ASKS_THE_BUYER: Final = Accepted(gateway_id=GatewayId("ch-9"), buyer_action="https://pay/9")
BAD_SET_UP: Final = Misconfigured(code="no_such_customer", message="It was deleted.")

#: What may happen to an order between its placing and somebody's looking at its row.
STEPS: Final[dict[str, Callable[[Order], Order | None]]] = {
    "pays": paid,
    "pays a part": lambda order: paid(order, eur("30.00")),
    "a payment fails": lambda order: failed(order, eur("10.00")),
    "the only payment fails": failed,
    "a payment is pending": lambda order: settled(started(order), WAITS),
    "the buyer has to act": lambda order: settled(started(order), ASKS_THE_BUYER),
    "a payment is in doubt": started,
    "a part is in doubt": lambda order: started(order, eur("25.00")),
    "a payment is not sent": lambda order: settled(started(order), NotExecuted(reason="refused")),
    "a payment is blocked": lambda order: settled(started(order), BAD_SET_UP),
    "it is canceled": lambda order: answered(order, Withdrawn()),
    "announces": lambda order: started(order, eur("20.00"), manual=True),
    "announces all": lambda order: started(order, manual=True),
    "the money comes": lambda order: answered(order, takes(order)),
    "other money comes": lambda order: answered(order, takes(order, more=1)),
    "less money is confirmed": lambda order: then(
        order,
        manual_payments.confirm(order, order.invoices[-1], LATER, by=BOSS, received=eur("15.00")),
    ),
    "what goes back arrives": returned,
    "nobody finds out": lambda order: stopped(order, Step.HOLD),
    "nobody is there": lambda order: stopped(order, Step.BLOCK),
    "it comes twice": lambda order: answered(order, takes(order, charge="ch-2")),
    "it fails after all": lambda order: answered(order, NO),
    **{
        str(operation): lambda order, start=start: then(order, start(order))
        for operation, start in STARTING.items()
    },
    **{
        f"last: {operation}": lambda order, start=start: then(order, start(last(order)))
        for operation, start in STARTING_ON_A_PAYMENT.items()
    },
}


def answered(order: Order, outcome: Outcome) -> Order:
    """Return `order` after a gateway said that of its last payment, if one was asked."""
    return order if order.invoices[-1].attempt is None else settled(order, outcome)


def lived(order: Order, steps: list[str]) -> Order:
    """Return `order` after as many of these steps as were possible."""
    for step in steps:
        try:
            order = STEPS[step](order) or order
        except (RuleRefused, InvalidInput, AssertionError, IndexError):
            continue
    return order


ORDERS: Final = st.builds(
    lived,
    st.builds(
        placed,
        payment=st.sampled_from([IN_FULL, IN_PARTS, THIRDS]),
        price=st.sampled_from(["0.00", "100.00", "100.00", "100.00"]),
        manager=st.sampled_from([None, MIRA]),
    ),
    st.lists(st.sampled_from(sorted(STEPS)), max_size=8),
)
PEOPLE: Final = st.sets(st.sampled_from(Permission)).map(lambda some: an_actor(*some))
ACTORS: Final = st.one_of(st.just(ANYBODY), st.just(SYSTEM), PEOPLE)


def refused(actor: Actor, operation: Operation, start: Callable[[], object]) -> RuleRefused | None:
    """Return why `actor` can't really start an operation, or None if it was done."""
    try:
        permissions.check(actor, operation)
        start()
    except RuleRefused as error:
        return error
    return None
