"""What a row offers, tried for real at the door: it is allowed, and nothing else is."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordersales import (
    Actor,
    AnyShare,
    BackOffice,
    InFull,
    Manager,
    Operation,
    Order,
    OrderFilter,
    OrderNumber,
    OrdersalesError,
    PaymentType,
    Permission,
    RuleRefused,
    UserId,
)
from ordersales.models.charge import Withdrawn
from ordersales.models.filters import EVERYTHING
from ordersales.models.offer import PaymentTerms
from ordersales.models.refund import RefundRefused
from ordersales.rules.offered_actions import ON_ORDERS, ON_PAYMENTS
from ordersales.testing import Play, RefundPlay, a_manager, an_actor
from ordersales.values.identifiers import AccountId, InvoiceNumber
from tests.drivers import BOSS, Shop, eur, key, reference_of, snapshot

pytestmark = pytest.mark.rule("A3")

MIRA: Final = Manager(user=UserId("mira"), name="Mira")
FIRST: Final = OrderNumber(1)
PARTIAL: Final = OrderFilter(payment_type=PaymentType.PARTIAL)
SYSTEM: Final = Actor.system(AccountId("acme"))
IN_FULL: Final = InFull()

#: How each operation is started on the first order.
STARTING: Final[dict[Operation, Callable[[BackOffice, Actor], object]]] = {
    Operation.CONFIRM: lambda office, actor: office.orders.confirm(actor, FIRST),
    Operation.DECLINE: lambda office, actor: office.orders.decline(actor, FIRST, reason="so"),
    Operation.CANCEL: lambda office, actor: office.orders.cancel(actor, FIRST, reason="so"),
    Operation.EXPIRE: lambda office, actor: office.orders.expire(actor, FIRST, reason="so"),
    Operation.CHECK_SALE: lambda office, actor: office.sales.confirm(actor, FIRST, manager=None),
    Operation.ADD_USER: lambda office, actor: office.sales.add_user(actor, FIRST, MIRA),
    Operation.REFUND: lambda office, actor: office.refunds.refund_order(
        actor, FIRST, key=key("back-all"), reason="so"
    ),
    Operation.CLEAR_ATTENTION: lambda office, actor: office.orders.clear_attention(
        actor, FIRST, reason="so"
    ),
}

#: How each operation is started on a payment of it.
STARTING_ON_A_PAYMENT: Final[
    dict[Operation, Callable[[BackOffice, Actor, InvoiceNumber], object]]
] = {
    Operation.CONFIRM_PAYMENT: lambda office, actor, number: office.payments.confirm(
        actor, FIRST, number
    ),
    Operation.REJECT_PAYMENT: lambda office, actor, number: office.payments.reject(
        actor, FIRST, number, reason="so"
    ),
    Operation.SETTLE_PAYMENT: lambda office, actor, number: office.payments.settle_held(
        actor, FIRST, number, Withdrawn(), reason="so"
    ),
    Operation.SETTLE_REFUND: lambda office, actor, number: office.refunds.settle_held(
        actor, FIRST, number, RefundRefused(code="no"), reason="so"
    ),
    Operation.REFUND: lambda office, actor, number: office.refunds.refund(
        actor, FIRST, number, key=key("back-one"), reason="so"
    ),
}


def charge(shop: Shop, play: Play, covers: str | None, under: str) -> None:
    """Let Ada pay by card, with this outcome."""
    shop.gateway.then(play)
    shop.charge(FIRST, covers, under)


def told(shop: Shop, order: Order) -> None:
    """Let the card gateway finish what it accepted, and tell of it."""
    for invoice in order.invoices:
        if invoice.in_flight and invoice.attempt is not None:
            shop.gateway.finish(invoice.attempt.reference)
            shop.hear(invoice.attempt.reference)


def nobody_finds_out(shop: Shop) -> None:
    """Let time pass until nobody looks after anything any more."""
    while at := shop.look(FIRST).next_check:
        shop.clock.advance_to(at)
        shop.office.payments.reconcile()


def waits_to_go_back(shop: Shop, under: str) -> None:
    """Ask for a part to go back, which is accepted."""
    shop.gateway.refunds.then(RefundPlay.PEND)
    shop.office.refunds.refund_order(BOSS, FIRST, key=key(under), reason="so", amount=eur("5.00"))


#: What may happen to the order; each takes a key that was not used yet.
STEPS: Final[dict[str, Callable[[Shop, str], object]]] = {
    "pays": lambda shop, under: charge(shop, Play.SUCCEED, None, under),
    "pays a part": lambda shop, under: charge(shop, Play.SUCCEED, "30.00", under),
    "is declined": lambda shop, under: charge(shop, Play.DECLINE, "10.00", under),
    "waits": lambda shop, under: charge(shop, Play.PEND, "20.00", under),
    "waits with all": lambda shop, under: charge(shop, Play.PEND, None, under),
    "pays too much": lambda shop, under: charge(shop, Play.OTHER_AMOUNT, None, under),
    "announces": lambda shop, under: shop.announce(FIRST, "20.00", under),
    "the gateway ends": lambda shop, _: told(shop, shop.look(FIRST)),
    "a part waits to go back": waits_to_go_back,
    "nobody finds out": lambda shop, _: nobody_finds_out(shop),
    "the money is confirmed": lambda shop, _: shop.office.payments.confirm(
        BOSS, FIRST, shop.look(FIRST).invoices[-1].number
    ),
    "a part goes back": lambda shop, under: shop.office.refunds.refund_order(
        BOSS, FIRST, key=key(under), reason="so", amount=eur("5.00")
    ),
    "all goes back": lambda shop, under: shop.office.refunds.refund_order(
        BOSS, FIRST, key=key(under), reason="so"
    ),
    **{
        str(operation): lambda shop, _, start=start: start(shop.office, BOSS)
        for operation, start in STARTING.items()
        # Under the same key the same refund would be asked for, and not another one.
        if operation is not Operation.REFUND
    },
}


def lived(payment: PaymentTerms, price: str, steps: list[str]) -> Shop:
    """Return a shop with one order, after as many of these steps as were possible."""
    shop = Shop.behind(BackOffice)
    shop.place(payment, price)
    for under, step in enumerate(steps):
        try:
            STEPS[step](shop, f"step-{under}")
        except (OrdersalesError, IndexError):
            continue
    return shop


Life = tuple[PaymentTerms, str, list[str]]
LIVES: Final = st.tuples(
    st.sampled_from([IN_FULL, AnyShare()]),
    st.sampled_from(["0.00", "100.00", "100.00"]),
    st.lists(st.sampled_from(sorted(STEPS)), max_size=6),
)
ACTORS: Final = st.one_of(
    st.just(a_manager()),
    st.just(SYSTEM),
    st.sets(st.sampled_from(Permission)).map(lambda held: an_actor(*held, Permission.SEE_ORDERS)),
)


def allowed(shop: Shop, start: Callable[[BackOffice], object]) -> bool:
    """Tell whether an operation can really be started; a refused one changes nothing."""
    before = snapshot(shop.store)
    try:
        start(shop.office)
    except RuleRefused:
        assert before == snapshot(shop.store)
        return False
    return True


@pytest.mark.rule("A2", "P4")
@settings(max_examples=50)
@given(ACTORS, LIVES)
def test_what_an_order_offers(actor: Actor, life: Life) -> None:
    """Of every operation on an order: what is offered is allowed, what is allowed is offered."""
    done = {
        operation
        for operation in ON_ORDERS
        if allowed(lived(*life), lambda office, on=operation: STARTING[on](office, actor))
    }

    office = lived(*life).office

    assert done == {*office.orders.offered(actor, FIRST, PARTIAL)}
    unfiltered = done - {Operation.CONFIRM, Operation.DECLINE}
    assert unfiltered == {*office.orders.offered(actor, FIRST)}
    assert unfiltered == {*office.orders.page(actor).rows[0].actions}
    for row in office.orders.page(actor, PARTIAL).rows:
        assert done == {*row.actions}


@pytest.mark.rule("A2", "M1", "F1")
@settings(max_examples=50)
@given(ACTORS, LIVES)
def test_what_a_payment_offers(actor: Actor, life: Life) -> None:
    """Of every operation on a payment: what is offered is allowed, and the other way round."""
    rows = lived(*life).office.payments.page(actor).rows
    for row, operation in itertools.product(rows, ON_PAYMENTS):
        start = STARTING_ON_A_PAYMENT[operation]

        can = allowed(
            lived(*life), lambda office, start=start, on=row.number: start(office, actor, on)
        )

        assert can == (operation in row.actions)


def test_the_lives_are_lively() -> None:
    """The steps above do lead to every operation being possible on some order."""
    lives: list[Life] = [
        (AnyShare(), "100.00", []),
        (IN_FULL, "100.00", ["pays"]),
        (IN_FULL, "100.00", ["pays too much"]),
        (AnyShare(), "100.00", ["announces"]),
        (AnyShare(), "100.00", ["waits", "nobody finds out"]),
        (IN_FULL, "100.00", ["pays", "a part waits to go back", "nobody finds out"]),
    ]

    offices = [lived(*life).office for life in lives]

    on_orders = {
        action for office in offices for action in office.orders.offered(BOSS, FIRST, PARTIAL)
    }
    on_payments = {
        action
        for office in offices
        for row in office.payments.page(BOSS, EVERYTHING).rows
        for action in row.actions
    }
    assert {*ON_ORDERS} == on_orders
    assert {*ON_PAYMENTS} == on_payments


@pytest.mark.rule("S2")
def test_a_sale_is_not_offered_to_the_system() -> None:
    """Check is a person's, so that the host's own code is not offered it, with every permission."""
    shop = lived(IN_FULL, "100.00", ["pays"])

    assert Operation.CHECK_SALE in shop.office.orders.offered(BOSS, FIRST)
    assert Operation.CHECK_SALE not in shop.office.orders.offered(SYSTEM, FIRST)


def test_a_pending_payment_at_a_gateway_is_not_a_persons() -> None:
    """Nobody confirms by hand what a gateway is to answer."""
    shop = Shop.behind(BackOffice)
    shop.gateway.then(Play.PEND)
    payment = shop.charge(shop.place())

    (row,) = shop.office.payments.page(BOSS).rows

    assert () == row.actions
    assert reference_of(payment).order == row.order
