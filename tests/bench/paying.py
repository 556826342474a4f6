"""Subject: a gateway's yes is applied to an order with three invoices, two paid, one pending.

Every candidate begins with an order of 300 EUR and ends with it Completed. The inputs are made
beforehand, one for each call, so that nobody has to be reset and nobody works on a warm record.
"""

# ruff: noqa: PLC0415 - What is compared may be missing: each is imported where it is used.
from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import make_dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import attrs
from measure import Candidate, Goal, Table, each, side_by_side

from ordersales import AccountId, AnyShare, IdempotencyKey, InvoiceStatus, Order, OrderStatus
from ordersales.models.charge import Succeeded
from ordersales.models.event import Event, EventKind
from ordersales.models.invoice import Attempt, Invoice, Stage
from ordersales.rules import attempts, placing, settlement
from ordersales.testing import a_customer, an_offer
from ordersales.values.identifiers import GatewayId, InvoiceNumber, OrderNumber, SystemName
from ordersales.values.money import Money

AT: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
PART: Final = Money.of(100, "EUR")
YES: Final = Succeeded(gateway_id=GatewayId("ch_3"), amount=PART, fee=Money.of("2.90", "EUR"))

OURS: Final = "ordersales"
EVOLVE: Final = "attrs.evolve"


def an_order() -> Order:
    """Return an order with two paid invoices and a third one that a gateway was asked for."""
    order = placing.place(
        account=AccountId("acme"),
        number=OrderNumber(17),
        key=IdempotencyKey("order-17"),
        at=AT,
        customer=a_customer(),
        offer=an_offer("300.00", payment=AnyShare()),
        quantity=1,
    ).order
    for part in ("ch_1", "ch_2"):
        order = _settled(_asked(order), attrs.evolve(YES, gateway_id=GatewayId(part)))
    order = _asked(order)
    assert _settled(order).status is _evolved(order).status is OrderStatus.COMPLETED
    return order


def _asked(order: Order) -> Order:
    number = len(order.invoices) + 1
    at = AT + timedelta(days=number)
    return attempts.start(
        order,
        number=InvoiceNumber(number),
        at=at,
        covers=PART,
        amount=PART,
        system=SystemName("Cards"),
        key=IdempotencyKey(f"payment-{number}"),
        attempt=attempts.first_attempt(order, None, at),
    ).order


def _settled(order: Order, answer: Succeeded = YES) -> Order:
    change = settlement.settle(order, order.invoices[-1], answer, AT)
    assert change is not None
    return change.order


def _evolved(order: Order) -> Order:
    invoice = order.invoices[2]
    assert invoice.attempt is not None
    attempt = attrs.evolve(invoice.attempt, stage=Stage.CLOSED, next_check=None)
    paid = attrs.evolve(
        invoice,
        status=InvoiceStatus.PAID,
        attempt=attempt,
        gateway_id=YES.gateway_id,
        fee=YES.fee,
        settled_at=AT,
    )
    invoices = (*order.invoices[:2], paid)
    return attrs.evolve(order, status=OrderStatus.COMPLETED, invoices=invoices)


def _evolved_and_told(order: Order) -> Order:
    after = _evolved(order)
    Event(
        account=after.account,
        order=after.number,
        kind=EventKind.PAYMENT_SUCCEEDED,
        at=AT,
        invoice=after.invoices[2].number,
        before=order.status,
        after=after.status,
        amount=PART,
    )
    return after


KINDS: Final = {"Attempt": Attempt, "Invoice": Invoice, "Order": Order}


def _reshaped(value: Any, make: Callable[[str, dict[str, Any]], Any]) -> Any:
    """Return an order with it, its invoices and their attempts made anew by `make`."""
    if isinstance(value, tuple):
        return tuple(_reshaped(item, make) for item in value)
    kind = KINDS.get(type(value).__name__)
    if kind is None:
        return value
    names = [item.name for item in attrs.fields(kind)]
    return make(kind.__name__, {name: _reshaped(getattr(value, name), make) for name in names})


def _orders(make: Callable[[str, dict[str, Any]], Any] | None = None) -> Callable[[int], list[Any]]:
    def prepare(n: int) -> list[Any]:
        made = [an_order() for _ in range(n)]
        return made if make is None else [_reshaped(order, make) for order in made]

    return prepare


def _replacing(put: Callable[..., Any]) -> Callable[[Any], Any]:
    """Return what replaces the three records, each by ``put(record, **changes)``."""

    def act(order: Any) -> Any:
        invoice = order.invoices[2]
        paid = put(
            invoice,
            status=InvoiceStatus.PAID,
            attempt=put(invoice.attempt, stage=Stage.CLOSED, next_check=None),
            gateway_id=YES.gateway_id,
            fee=YES.fee,
            settled_at=AT,
        )
        return put(order, status=OrderStatus.COMPLETED, invoices=(*order.invoices[:2], paid))

    return act


def _dict_in_place(order: dict[str, Any]) -> None:
    invoice = order["invoices"][2]
    invoice["attempt"].update(stage=Stage.CLOSED, next_check=None)
    invoice.update(status=InvoiceStatus.PAID, gateway_id=YES.gateway_id, fee=YES.fee, settled_at=AT)
    order["status"] = OrderStatus.COMPLETED


def _without_a_package() -> list[Candidate]:
    dataclasses = {
        name: make_dataclass(
            name,
            [item.name for item in attrs.fields(kind)],
            frozen=True,
            slots=True,
            kw_only=True,
        )
        for name, kind in KINDS.items()
    }
    return [
        Candidate(
            name=OURS,
            does="rules checked, status derived, three records built, event",
            prepare=_orders(),
            act=each(_settled),
        ),
        Candidate(
            name=EVOLVE,
            does="the same three records replaced, nothing checked, no event",
            prepare=_orders(),
            act=each(_evolved),
            package="attrs",
        ),
        Candidate(
            name="attrs.evolve and an Event",
            does="the same, and the event made",
            prepare=_orders(),
            act=each(_evolved_and_told),
            package="attrs",
        ),
        Candidate(
            name="dataclasses.replace",
            does="three frozen slotted dataclasses of the same fields replaced, nothing checked",
            prepare=_orders(lambda name, values: dataclasses[name](**values)),
            act=each(_replacing(replace)),
        ),
        Candidate(
            name="dict in place",
            does="seven values of three dicts changed, nothing checked: the limit",
            prepare=_orders(lambda _, values: values),
            act=each(_dict_in_place),
        ),
    ]


def _msgspec() -> Candidate:
    import msgspec

    structs = {
        name: msgspec.defstruct(
            name, [item.name for item in attrs.fields(kind)], frozen=True, kw_only=True
        )
        for name, kind in KINDS.items()
    }
    return Candidate(
        name="msgspec replace",
        does="three frozen Structs of the same fields replaced (C), nothing checked",
        prepare=_orders(lambda name, values: structs[name](**values)),
        act=each(_replacing(msgspec.structs.replace)),
        package="msgspec",
    )


def _pydantic() -> Candidate:
    from pydantic import BaseModel, ConfigDict, create_model

    frozen = ConfigDict(frozen=True)
    models: dict[str, type[BaseModel]] = {
        name: create_model(
            name, __config__=frozen, **{item.name: (Any, ...) for item in attrs.fields(kind)}
        )
        for name, kind in KINDS.items()
    }
    return Candidate(
        name="pydantic model_copy",
        does="three frozen models of the same fields copied, nothing validated",
        prepare=_orders(lambda name, values: models[name].model_construct(**values)),
        act=each(_replacing(lambda model, **changes: model.model_copy(update=changes))),
        package="pydantic",
    )


class _Holder:
    """What a state machine keeps its state on; with the fields that a payment needs."""

    state: str

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)


def _transitions() -> Candidate:
    from transitions import Machine

    class _Order(_Holder):
        def covered(self, _: Any) -> bool:
            paid = sum(item.covers for item in self.invoices if item.state == "paid")
            return paid >= self.price

        def tell(self, invoice: Any) -> None:
            self.events.append(("payment succeeded", AT, invoice.number, invoice.amount))

    class _Invoice(_Holder):
        def fits(self, amount: int) -> bool:
            return amount == self.amount

        def note(self, _: int) -> None:
            self.gateway_id, self.fee, self.settled_at = YES.gateway_id, 290, AT

    def prepare(n: int) -> list[Any]:
        orders = [_Order(price=30_000, events=[], invoices=[]) for _ in range(n)]
        for order in orders:
            order.invoices += [
                _Invoice(number=at, amount=10_000, covers=10_000) for at in range(1, 4)
            ]
        of_invoices = Machine(
            [item for order in orders for item in order.invoices],
            states=["pending", "paid", "failed", "canceled", "refunded"],
            initial="pending",
            auto_transitions=False,
        )
        of_invoices.add_transition("succeed", "pending", "paid", conditions="fits", after="note")
        of_orders = Machine(
            orders,
            states=["open", "completed", "declined", "refund"],
            initial="open",
            auto_transitions=False,
        )
        of_orders.add_transition("pay", "open", "completed", conditions="covered", after="tell")
        of_orders.add_transition("pay", "open", None, after="tell")
        for order in orders:
            for item in order.invoices[:2]:
                item.succeed(10_000)
        return orders

    def act(order: Any) -> None:
        invoice = order.invoices[2]
        invoice.succeed(10_000)
        order.pay(invoice)

    return Candidate(
        name="transitions",
        does="two shared machines, amount and sum checked, objects changed in place, event tuple",
        prepare=prepare,
        act=each(act),
        package="transitions",
    )


def _eventsourcing() -> Candidate:
    from eventsourcing.domain import Aggregate, event

    class _Order(Aggregate):
        @event("Placed")
        def __init__(self, price: int) -> None:
            self.price = price
            self.status = "Open"
            self.invoices: dict[int, dict[str, Any]] = {}

        @event("PaymentStarted")
        def start(self, number: int, amount: int) -> None:
            self.invoices[number] = {"amount": amount, "status": "Pending"}

        @event("PaymentSucceeded")
        def succeed(self, number: int, amount: int, gateway_id: str, fee: int) -> None:
            invoice = self.invoices[number]
            if invoice["status"] != "Pending" or amount != invoice["amount"]:
                raise ValueError(number)
            invoice.update(status="Paid", gateway_id=gateway_id, fee=fee, settled_at=AT)
            paid = sum(x["amount"] for x in self.invoices.values() if x["status"] == "Paid")
            if paid >= self.price:
                self.status = "Completed"

    def prepare(n: int) -> list[Any]:
        orders = []
        for _ in range(n):
            order = _Order(30_000)
            for number in (1, 2, 3):
                order.start(number, 10_000)
                if number < 3:
                    order.succeed(number, 10_000, "ch", 290)
            order.collect_events()
            orders.append(order)
        return orders

    return Candidate(
        name="eventsourcing",
        does="aggregate: status and amount checked, event triggered and applied in place",
        prepare=prepare,
        act=each(lambda order: order.succeed(3, 10_000, "ch_3", 290)),
        package="eventsourcing",
    )


def _getpaid() -> Candidate:
    from getpaid_core.enums import PaymentEvent
    from getpaid_core.fsm import apply_payment_update
    from getpaid_core.types import PaymentUpdate

    whole, two_parts = Decimal("300.00"), Decimal("200.00")
    update = PaymentUpdate(
        payment_event=PaymentEvent.PAYMENT_CAPTURED,
        paid_amount=whole,
        external_id="ch_3",
        provider_event_id="evt_3",
    )

    def prepare(n: int) -> list[Any]:
        return [
            _Holder(
                status="partially_paid",
                amount_required=whole,
                amount_paid=two_parts,
                amount_locked=Decimal("0.00"),
                amount_refunded=Decimal("0.00"),
                external_id="ch_2",
                fraud_status="unknown",
                fraud_message="",
                provider_data={"applied_event_ids": ["evt_1", "evt_2"]},
            )
            for _ in range(n)
        ]

    return Candidate(
        name="getpaid-core",
        does="apply_payment_update: snapshot, message kept once, amount checked, changed in place",
        prepare=prepare,
        act=each(lambda payment: apply_payment_update(payment, update)),
        package="python-getpaid-core",
    )


#: What is measured where the module can be imported.
WITH_PACKAGES: Final[dict[str, Callable[[], Candidate]]] = {
    "msgspec": _msgspec,
    "pydantic": _pydantic,
    "transitions": _transitions,
    "eventsourcing": _eventsourcing,
    "getpaid_core": _getpaid,
}


def there(modules: Sequence[str]) -> list[str]:
    """Return those of `modules` that are installed."""
    return [name for name in modules if importlib.util.find_spec(name) is not None]


def table(rounds: int) -> Table:
    """Measure."""
    return side_by_side(
        "A payment applied to an order",
        [*_without_a_package(), *(WITH_PACKAGES[name]() for name in there([*WITH_PACKAGES]))],
        base=EVOLVE,
        rounds=rounds,
        batch=300,
        goals=(
            Goal(OURS, EVOLVE, 1.5),
            Goal(OURS, "getpaid-core", 0.6),
            Goal(OURS, "eventsourcing", 0.4),
            Goal(OURS, "transitions", 0.4),
        ),
        notes=(
            "The last three change objects in place and keep nothing of what was before; ours and "
            "those above dicts make new records. getpaid-core knows one payment, and neither an "
            "order of several invoices nor an event."
        ),
    )
