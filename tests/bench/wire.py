"""Subject: an order with three invoices becomes plain data, and an order again."""

from __future__ import annotations

import importlib.util
import json
from contextlib import suppress
from copy import deepcopy
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import attrs
from by_hand import order_in, order_out
from measure import Candidate, Goal, Table, each, side_by_side

from ordersales import (
    AnyShare,
    BackOffice,
    IdempotencyKey,
    InvalidInput,
    InvoiceStatus,
    Manager,
    Money,
    Order,
    OrderStatus,
    PaymentMethod,
    PaymentSystem,
    RefundKind,
    RefundStatus,
    Share,
    SystemName,
    UserId,
)
from ordersales.adapters.memory import MemoryStore
from ordersales.models.order import AttentionReason, DecisionKind
from ordersales.models.recurring_terms import ResumePolicy
from ordersales.models.sale import Basis
from ordersales.models.stage import Retry, Stage
from ordersales.testing import ScriptedGateway, a_customer, a_manager, an_offer
from ordersales.values.cadence import Unit
from ordersales.wire import decode, dumps, encode

OURS: Final = "ordersales.wire"
HAND: Final = "by hand"
CARDS: Final = SystemName("Cards")


def an_order() -> Order:
    """Return an order of a manager's, paid by card in three parts."""
    gateway = ScriptedGateway(fee_per_mille=29)
    office, boss = BackOffice(MemoryStore(), [PaymentSystem(CARDS, gateway)]), a_manager()
    order = office.orders.place(
        boss,
        an_offer("300.00", payment=AnyShare(Share.percent(10))),
        a_customer(),
        key=IdempotencyKey("order-1"),
        manager=Manager(user=UserId("mira"), name="Mira"),
    )
    for part in range(3):
        order = office.payments.charge(
            boss,
            order.number,
            CARDS,
            key=IdempotencyKey(f"payment-{part}"),
            covers=Money.of(100, "EUR"),
            method=PaymentMethod(token="tok_1", stored=True),  # noqa: S106 - opens nothing
        ).order
    return order


ORDER: Final = an_order()
PLAIN: Final = encode(ORDER)


def _orders(n: int) -> list[Order]:
    return [attrs.evolve(ORDER) for _ in range(n)]


def _plain(n: int) -> list[dict[str, Any]]:
    return [deepcopy(PLAIN) for _ in range(n)]


def _damaged(n: int) -> list[dict[str, Any]]:
    found = _plain(n)
    for plain in found:
        plain["record"]["invoices"][2]["amount"]["minor"] = "much"
    return found


def _refused(plain: dict[str, Any]) -> None:
    with suppress(InvalidInput):
        decode(Order, plain)


def _pydantic() -> type[Any] | None:
    """Return a model with the fields of an order, or None where pydantic is not installed."""
    if importlib.util.find_spec("pydantic") is None:
        return None
    from pydantic import BaseModel, ConfigDict, Field  # noqa: PLC0415 - it may be missing

    class Model(BaseModel):
        model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    class PlainMoney(Model):
        minor: int
        currency: str

    class Full(Model):
        type: Literal["in full"]

    class Anyhow(Model):
        type: Literal["any share"]
        minimum: str

    class Fixed(Model):
        type: Literal["fixed shares"]
        shares: tuple[str, ...]

    class Named(Model):
        number: str
        name: str

    class User(Model):
        user: str
        name: str

    class Buyer(Model):
        id: str
        name: str

    class Sale(Model):
        manager: User | None
        basis: Basis
        confirmed_at: datetime | None
        confirmed_by: str | None

    class Cadence(Model):
        every: int
        unit: Unit

    class Recurring(Model):
        cadence: Cadence
        payments: int | None
        first_retry: int
        second_retry: int
        zone: str
        on_resume: ResumePolicy
        retry_final_declines: bool

    class Offer(Model):
        number: str
        name: str
        category: Named
        unit_price: PlainMoney
        multiple_sales: bool
        payment: Annotated[Full | Anyhow | Fixed, Field(discriminator="type")]
        recurring: Recurring | None

    class Method(Model):
        token: str
        stored: bool

    class Attempt(Model):
        reference: str
        epoch: int
        stage: Stage
        method: Method | None
        sent_at: datetime
        next_check: datetime | None
        sends: int
        first_sent_at: datetime
        permits: int
        checks: int
        buyer_action: str | None
        kept_method: Method | None

    class Error(Model):
        code: str
        message: str
        retry: Retry

    class Refund(Model):
        number: int
        kind: RefundKind
        amount: PlainMoney
        status: RefundStatus
        requested_at: datetime
        reference: str | None
        key: str | None
        spread: bool
        stage: Stage
        next_check: datetime | None
        sent_at: datetime
        first_sent_at: datetime
        sends: int
        permits: int
        checks: int
        excess: PlainMoney | None
        by: str | None
        reason: str
        gateway_id: str | None
        error: Error | None
        settled_at: datetime | None

    class Invoice(Model):
        number: int
        attempted_at: datetime
        status: InvoiceStatus
        amount: PlainMoney
        covers: PlainMoney
        system: str
        key: str
        one_click: bool
        extra: bool
        comment: str
        attempt: Attempt | None
        gateway_id: str | None
        fee: PlainMoney | None
        error: Error | None
        settled_at: datetime | None
        refunds: tuple[Refund, ...]

    class Decision(Model):
        kind: DecisionKind
        at: datetime
        by: str | None
        reason: str

    class Flag(Model):
        reason: AttentionReason
        at: datetime
        invoice: int
        detail: str

    class Occurrence(Model):
        recurring_order: int
        index: int
        due_at: datetime | None
        attempts_allowed: int
        retry_final_declines: bool

    class PlainOrder(Model):
        account: str
        number: int
        key: str
        placed_at: datetime
        customer: Buyer
        offer: Offer
        quantity: int
        price: PlainMoney
        status: OrderStatus
        sale: Sale
        invoices: tuple[Invoice, ...]
        decision: Decision | None
        attention: tuple[Flag, ...]
        occurrence: Occurrence | None
        searched_at: datetime | None
        version: int

    return PlainOrder


def _checked(model: type[Any] | None) -> None:
    """Make sure that all candidates do the same."""
    same = order_out(ORDER) == PLAIN and order_in(PLAIN) == ORDER == decode(Order, PLAIN)
    if model is not None:
        same = (
            same
            and model.model_validate(PLAIN["record"]).model_dump(mode="json") == PLAIN["record"]
        )
    if not same:
        raise AssertionError("the candidates differ")


def table_out(rounds: int) -> Table:
    """Measure what becomes plain data."""
    model = _pydantic()
    _checked(model)
    candidates = [
        Candidate(
            name=OURS,
            does="`encode`: by cattrs, in an envelope with kind and version",
            prepare=_orders,
            act=each(encode),
            package="cattrs",
        ),
        Candidate(
            name=f"{OURS}, to JSON",
            does="`dumps`: the text of the same, in straight lines, without the dicts",
            prepare=_orders,
            act=each(dumps),
        ),
        Candidate(
            name=f"{HAND}, to JSON",
            does="the dicts below, and `json.dumps` of them",
            prepare=_orders,
            act=each(lambda order: json.dumps(order_out(order))),
        ),
        Candidate(
            name=HAND,
            does="a dict display for each record, in the same envelope",
            prepare=_orders,
            act=each(order_out),
        ),
    ]
    if model is not None:
        record = model.model_validate(PLAIN["record"])
        candidates.append(
            Candidate(
                name="pydantic",
                does='`model_dump(mode="json")` of a model of the same fields',
                prepare=lambda n: [record.model_copy() for _ in range(n)],
                act=each(lambda order: order.model_dump(mode="json")),
                package="pydantic",
            )
        )
    return side_by_side(
        "An order with three invoices to plain data",
        candidates,
        base=HAND,
        rounds=rounds,
        batch=300,
        goals=(Goal(OURS, HAND, 1.5),),
    )


def table_in(rounds: int) -> Table:
    """Measure what becomes an order again."""
    model = _pydantic()
    _checked(model)
    candidates = [
        Candidate(
            name=OURS,
            does="`decode`: in straight lines, every type checked, unknown fields refused; an offer that was read before is shared",
            prepare=_plain,
            act=each(lambda plain: decode(Order, plain)),
            package="cattrs",
        ),
        Candidate(
            name=f"{OURS}, refused",
            does="the same with one amount that is text, found fast and explained slowly",
            prepare=_damaged,
            act=each(_refused),
            package="cattrs",
        ),
        Candidate(
            name=HAND,
            does="constructors called with the dict's values; types are taken for granted",
            prepare=_plain,
            act=each(order_in),
        ),
    ]
    if model is not None:
        validate = model.model_validate
        candidates.append(
            Candidate(
                name="pydantic",
                does="`model_validate` into models of the same fields, whose values stay int and str",
                prepare=lambda n: [plain["record"] for plain in _plain(n)],
                act=each(validate),
                package="pydantic",
            )
        )
    return side_by_side(
        "Plain data to an order with three invoices",
        candidates,
        base=HAND,
        rounds=rounds,
        batch=300,
        goals=(Goal(OURS, HAND, 1.8),),
        notes=(
            "Ours and the one by hand make the library's own records, with their checks, money, "
            "shares and references; pydantic makes neither of the last three."
        ),
    )
