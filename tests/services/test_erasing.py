"""Erasing personal data: what goes, what stays, and what is left anywhere in the store."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordersales import (
    AnyShare,
    BackOffice,
    CustomerId,
    EventKind,
    InvoiceNumber,
    InvoiceStatus,
    Manager,
    Money,
    OfferNumber,
    Order,
    OrderFilter,
    OrderNumber,
    Permission,
    UserId,
)
from ordersales.async_back_office import AsyncCustomers
from ordersales.back_office import Customers
from ordersales.errors import InvalidInput, OrdersalesError, PermissionMissing
from ordersales.models.charge import Accepted, Declined, Misconfigured, PaymentMethod, Withdrawn
from ordersales.models.customer_card import CustomerCard
from ordersales.models.filters import EVERYTHING
from ordersales.models.offer import ERASED
from ordersales.models.order import AttentionReason
from ordersales.models.refund import RefundRefused
from ordersales.models.stage import Stage
from ordersales.rules import erasing
from ordersales.services import erasing as service
from ordersales.testing import Play, RefundPlay, a_customer, a_manager, an_actor, an_offer
from ordersales.values.identifiers import GatewayId
from tests.drivers import ADA, BANK, BOSS, BUYER, CARDS, ByHand, Shop, eur, key, reference_of

#: Stands in every text that is personal; none of it may be left.
MARK: Final = "Lovelace"
BOB: Final = a_customer("bob", "Bob")
MIRA: Final = Manager(user=UserId("mira"), name="Mira")
CARD: Final = PaymentMethod(token=f"tok-{MARK}", stored=True)


@pytest.fixture
def shop() -> Shop:
    """Return a shop behind the synchronous door."""
    return Shop.behind(BackOffice)


def texts(value: object, seen: set[int] | None = None) -> Iterator[str]:
    """Yield every text in an object and in all that it holds, private or not."""
    seen = set() if seen is None else seen
    if isinstance(value, str):
        yield value
    elif id(value) not in seen:
        seen.add(id(value))
        for part in parts(value):
            yield from texts(part, seen)


def parts(value: object) -> Iterator[object]:
    """Yield what an object holds."""
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list | tuple | set | frozenset):
        yield from value
    elif type(value).__module__.startswith("ordersales"):
        yield from getattr(value, "__dict__", {}).values()
        slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
        yield from (getattr(value, name, None) for name in slots if name != "__weakref__")
    elif callable(value):
        yield getattr(value, "__self__", None)
        yield [cell.cell_contents for cell in getattr(value, "__closure__", None) or ()]


def traces(shop: Shop) -> list[str]:
    """Return the personal texts that are left in the store."""
    return [text for text in texts(shop.store) if MARK in text]


def erase(shop: Shop) -> int:
    """Erase Ada."""
    return shop.office.customers.erase(BOSS, ADA.id)


def figures(order: Order) -> object:
    """Return all that an order tells, less what is personal."""
    return (
        order.number,
        order.status,
        order.price,
        order.paid,
        order.pending,
        order.outstanding,
        order.waived,
        order.surplus,
        order.sale,
        order.quantity,
        order.offer,
        order.placed_at,
        order.customer.id,
        [(flag.reason, flag.at, flag.invoice) for flag in order.attention],
        order.decision and (order.decision.kind, order.decision.at, order.decision.by),
        [
            (
                item.number,
                item.status,
                item.amount,
                item.covers,
                item.fee,
                item.credited,
                item.returned,
                item.reserved,
                item.refundable,
                item.settled_at,
                item.one_click,
                item.gateway_id,
                item.error and item.error.code,
                item.attempt and (item.attempt.reference, item.attempt.stage),
                [
                    (part.number, part.kind, part.status, part.amount, part.excess, part.key)
                    for part in item.refunds
                ],
            )
            for item in order.invoices
        ],
    )


def impersonal(card: CustomerCard) -> object:
    """Return a customer's card as it would be without names and words."""
    rows = [attrs.evolve(row, customer=ADA) for row in card.orders]
    payments = [
        attrs.evolve(
            row,
            customer=ADA,
            comment="",
            error=row.error and attrs.evolve(row.error, message=""),
        )
        for row in card.payments
    ]
    return attrs.evolve(card, name=None, orders=tuple(rows), payments=tuple(payments))


def shown(shop: Shop) -> object:
    """Return every figure, row, count and status of Ada's, and how the sums stand."""
    office = shop.office
    card = office.sales.customer_card(BOSS, ADA.id, limit=1000)
    counts = [
        (
            office.orders.count(BOSS, wanted),
            office.payments.count(BOSS, wanted),
        )
        for wanted in (
            EVERYTHING,
            OrderFilter(customer=ADA.id),
            *(OrderFilter(payment_statuses={status}) for status in InvoiceStatus),
            OrderFilter(needs_attention=True),
        )
    ]
    orders = [office.orders.get(BOSS, row.number) for row in card.orders]
    return impersonal(card), counts, [figures(order) for order in orders]


def a_life(shop: Shop) -> list[OrderNumber]:
    """Let Ada leave personal data wherever a text can be left, all of it finished."""
    office, gateway = shop.office, shop.gateway
    parts = an_offer("100.00", payment=AnyShare())
    numbers = [
        office.orders.place(BUYER, parts, ADA, key=key(f"cart-{at}")).number for at in range(5)
    ]
    paid, declined, manual, flagged, wired = numbers
    office.payments.charge(BUYER, paid, CARDS, key=key("p1"), covers=eur("60.00"), method=CARD)
    office.refunds.refund(
        BOSS, paid, InvoiceNumber(1), key=key("r1"), reason=f"Ms {MARK} asked", amount=eur("10.00")
    )
    gateway.refunds.then(RefundPlay.PEND)
    asked = office.refunds.refund(
        BOSS, paid, InvoiceNumber(1), key=key("r2"), reason=f"Ms {MARK} again", amount=eur("5.00")
    )
    reference = asked.refunds[0].refund.reference
    assert reference is not None
    refused = RefundRefused(code="no", message=f"{MARK} has no account")
    body, headers = gateway.refund_webhook(reference, refused)
    office.payments.hear(BOSS, CARDS, body, headers)
    office.orders.confirm(BOSS, paid, reason=f"a friend of {MARK}")
    gateway.then(Play.PEND)
    late = office.payments.charge(BUYER, declined, CARDS, key=key("p2"), method=CARD)
    shop.hear(reference_of(late), Declined(code="stolen", message=f"of {MARK}"))
    office.orders.decline(BOSS, declined, reason=f"{MARK} is no customer")
    first = office.payments.pay_manually(
        BUYER, manual, BANK, key=key("w1"), covers=eur("40.00"), comment=f"From {MARK}"
    )
    office.payments.confirm(BOSS, manual, first.invoice.number)
    second = office.payments.pay_manually(
        BUYER, manual, BANK, key=key("w2"), covers=eur("40.00"), comment=f"Also {MARK}"
    )
    office.payments.reject(BOSS, manual, second.invoice.number, reason=f"{MARK} never sent it")
    gateway.then(Play.MISCONFIGURED, Play.PEND)
    late = office.payments.charge(
        BUYER, flagged, CARDS, key=key("p3"), covers=eur("50.00"), method=CARD
    )
    shop.hear(reference_of(late), Misconfigured(code="gone", message=f"{MARK} was deleted"))
    shop.hear(reference_of(late), Withdrawn(), event_id="w")
    pending = office.payments.charge(
        BUYER, flagged, CARDS, key=key("p4"), covers=eur("50.00"), method=CARD
    )
    shop.hear(reference_of(pending), Misconfigured(code="gone", message=f"{MARK} was moved"))
    shop.hear(reference_of(pending), Withdrawn(), event_id="v")
    office.orders.cancel(BOSS, flagged, reason=f"as {MARK} wished")
    office.payments.pay_manually(BUYER, wired, BANK, key=key("w3"), comment=f"{MARK}, from home")
    office.payments.confirm(BOSS, wired, InvoiceNumber(7))
    office.refunds.refund(BOSS, wired, InvoiceNumber(7), key=key("r3"), reason=f"{MARK} left")
    return numbers


@pytest.mark.rule("E2")
def test_no_trace_is_left_and_no_figure_changes(shop: Shop) -> None:
    """Names, comments, reasons, messages and methods are gone; all else is as it was."""
    numbers = a_life(shop)
    before = shown(shop)
    assert traces(shop)

    erased = erase(shop)

    assert len(numbers) == erased
    assert [] == traces(shop)
    assert before == shown(shop)
    assert () == shop.office.customers.unerased(BOSS, ADA.id)
    assert [(ERASED, True)] * 5 == [
        (shop.look(number).customer.name, shop.look(number).customer.erased) for number in numbers
    ]


@pytest.mark.rule("E1", "E2")
def test_erasing_leaves_an_event_that_tells_nothing_personal(shop: Shop) -> None:
    """Each order's history ends with who erased it and when; earlier events keep their facts."""
    number = a_life(shop)[0]
    before = shop.office.orders.history(BOSS, number)

    erase(shop)

    *after, last = shop.office.orders.history(BOSS, number)
    assert [attrs.evolve(event, note="") for event in before] == after
    assert (EventKind.CUSTOMER_ERASED, BOSS.user, shop.clock.now(), "") == (
        last.kind,
        last.by,
        last.at,
        last.note,
    )
    assert last.before is last.after is shop.look(number).status


@pytest.mark.rule("E2")
def test_erasing_twice_changes_nothing_more(shop: Shop) -> None:
    """What is erased already is not counted, not saved and not told again."""
    numbers = a_life(shop)
    erase(shop)
    orders = [shop.look(number) for number in numbers]
    events = [shop.office.orders.history(BOSS, number) for number in numbers]

    assert 0 == erase(shop)
    assert orders == [shop.look(number) for number in numbers]
    assert events == [shop.office.orders.history(BOSS, number) for number in numbers]


@pytest.mark.rule("E2")
def test_others_are_left_alone(shop: Shop) -> None:
    """Another customer's order, and the same customer of another account, keep their names."""
    theirs = shop.office.orders.place(BUYER, an_offer(), BOB, key=key("bob")).number
    elsewhere = a_manager("globex")
    there = shop.office.orders.place(elsewhere, an_offer(), ADA, key=key("x")).number
    shop.place()

    assert 1 == erase(shop)

    assert BOB == shop.look(theirs).customer
    assert ADA == shop.office.orders.get(elsewhere, there).customer


@pytest.mark.rule("A4", "E2")
def test_an_unknown_customer_has_nothing_to_erase(shop: Shop) -> None:
    """Of a customer of another account there is as little to erase as of none."""
    shop.place()

    for actor, customer in ((BOSS, CustomerId("nobody")), (a_manager("globex"), ADA.id)):
        assert 0 == shop.office.customers.erase(actor, customer)
        assert () == shop.office.customers.unerased(actor, customer)


@pytest.mark.rule("E2")
def test_sales_plans_stay(shop: Shop) -> None:
    """A plan names a manager, an offer and the host's name of the customer; nothing is personal."""
    plan = shop.office.sales.state_plan(BOSS, ADA.id, OfferNumber("C-1"), MIRA)
    shop.place()

    erase(shop)

    assert (plan,) == shop.office.sales.plans_of(BOSS, ADA.id)


@pytest.mark.rule("E2")
def test_what_a_payment_in_flight_needs_is_kept_until_its_end(shop: Shop) -> None:
    """The method of a payment in doubt stays, since it may be asked again; then it goes."""
    shop.gateway.then(Play.PEND)
    number = shop.place()
    payment = shop.charge(number, method=CARD)

    assert 1 == erase(shop)
    attempt = shop.look(number).invoices[0].attempt
    assert attempt is not None
    assert (CARD, Stage.ACCEPTED) == (attempt.method, attempt.stage)
    assert attempt.buyer_action is not None
    assert (number,) == shop.office.customers.unerased(BOSS, ADA.id)

    shop.gateway.finish(reference_of(payment))
    shop.hear(reference_of(payment))
    assert 1 == erase(shop)

    attempt = shop.look(number).invoices[0].attempt
    assert attempt is not None
    assert attempt.method is None
    assert () == shop.office.customers.unerased(BOSS, ADA.id)
    assert [] == traces(shop)


@pytest.mark.rule("E2", "M1")
def test_the_comment_of_an_announced_transfer_is_kept_until_its_end(shop: Shop) -> None:
    """A person finds the money by it; once it is confirmed the comment goes."""
    number = shop.place()
    invoice = shop.announce(number).invoice

    erase(shop)
    assert invoice.comment == shop.look(number).invoices[0].comment
    assert (number,) == shop.office.customers.unerased(BOSS, ADA.id)

    shop.office.payments.confirm(BOSS, number, invoice.number)
    assert 1 == erase(shop)
    assert "" == shop.look(number).invoices[0].comment


@pytest.mark.rule("E2", "F1")
def test_the_reason_of_a_refund_in_flight_is_kept_until_its_end(shop: Shop) -> None:
    """What is asked under one reference never changes, so it is sent again as it was."""
    number = shop.place()
    shop.charge(number, method=CARD)
    shop.gateway.refunds.then(RefundPlay.NOT_SENT)

    def refund() -> str:
        result = shop.office.refunds.refund(
            BOSS, number, InvoiceNumber(1), key=key("r"), reason=f"{MARK} asked"
        )
        return str(result.refunds[0].refund.status)

    assert "Pending" == refund()
    erase(shop)
    assert (number,) == shop.office.customers.unerased(BOSS, ADA.id)

    assert "Succeeded" == refund()
    assert [f"{MARK} asked"] == [item.request.reason for item in shop.gateway.refunds.book]
    assert 1 == erase(shop)
    assert [] == traces(shop)


@pytest.mark.rule("E2", "C5")
def test_a_late_double_click_still_gives_the_same_payment(shop: Shop) -> None:
    """What was erased can't be compared any more, so the same key is the same intention."""
    number = shop.place(AnyShare())
    paid = shop.charge(number, "40.00", method=CARD)
    sent = shop.announce(number, "40.00")
    shop.office.payments.confirm(BOSS, number, sent.invoice.number)
    back = shop.office.refunds.refund(
        BOSS, number, sent.invoice.number, key=key("r"), reason="She asked"
    )
    erase(shop)

    assert paid.invoice.number == shop.charge(number, "40.00", method=CARD).invoice.number
    assert sent.invoice.number == shop.announce(number, "40.00").invoice.number
    again = shop.office.refunds.refund(
        BOSS, number, sent.invoice.number, key=key("r"), reason="She asked"
    )
    assert back.refunds[0].refund.number == again.refunds[0].refund.number
    assert 1 == shop.gateway.calls


@pytest.mark.rule("E2")
def test_what_is_written_afterwards_can_be_erased_again(shop: Shop) -> None:
    """A note that came later, on an order or only in its history, is found and erased."""
    number = shop.place()
    payment = shop.charge(number)
    erase(shop)
    shop.hear(reference_of(payment), Declined(code="no", message=MARK))
    shop.office.orders.clear_attention(BOSS, number, reason=f"spoke to {MARK}")
    assert (number,) == shop.office.customers.unerased(BOSS, ADA.id)

    assert 1 == erase(shop)

    assert [] == traces(shop)
    assert () == shop.office.customers.unerased(BOSS, ADA.id)


@pytest.mark.rule("E2")
def test_a_flag_made_of_figures_keeps_them(shop: Shop) -> None:
    """What a person needs to deal with money that differs is no personal data."""
    shop.gateway.then(Play.OTHER_AMOUNT)
    number = shop.place()
    shop.charge(number)
    before = shop.look(number).attention

    erase(shop)

    assert before == shop.look(number).attention
    assert AttentionReason.AMOUNT_DIFFERS is before[0].reason


@pytest.mark.thorough
@pytest.mark.rule("E2")
def test_many_orders_are_erased_in_batches(shop: Shop) -> None:
    """One transaction erases at most a batch, and all of them together every order."""
    count = 2 * service.BATCH + 1
    for at in range(count):
        shop.place(under=f"cart-{at}")
    script = ByHand(service.erase(shop.desk, BOSS, ADA.id))

    left = [count]
    while not script.ended:
        script.step()
        names = [
            row.customer.name
            for row in shop.office.orders.page(BOSS, limit=1000).rows
            if row.customer.name == ADA.name
        ]
        if len(names) != left[-1]:
            left.append(len(names))

    assert count == script.result
    assert [count, service.BATCH + 1, 1, 0] == left


@pytest.mark.rule("E2")
def test_a_run_that_crashed_is_run_again(shop: Shop) -> None:
    """Dropped anywhere, it has erased whole batches or nothing of them; the next one goes on."""
    for at in range(service.BATCH + 5):
        shop.place(under=f"cart-{at}")
    numbers = shop.office.customers.unerased(BOSS, ADA.id)
    steps = 0
    while len(shop.office.customers.unerased(BOSS, ADA.id)) == len(numbers):
        steps += 40
        script = ByHand(service.erase(shop.desk, BOSS, ADA.id))
        script.steps(steps)
        assert not script.ended
        script.drop()

    assert numbers[service.BATCH :] == shop.office.customers.unerased(BOSS, ADA.id)
    assert 5 == erase(shop)
    assert () == shop.office.customers.unerased(BOSS, ADA.id)


@pytest.mark.rule("E2")
def test_an_order_that_changes_meanwhile_is_erased_as_it_has_become(shop: Shop) -> None:
    """A payment that comes between reading and saving is not lost: the batch begins again."""
    number = shop.place()
    script = ByHand(service.erase(shop.desk, BOSS, ADA.id))
    while script.asked is None or getattr(script.asked.target, "__name__", "") != "__exit__":
        script.step()
    shop.charge(number)

    script.finish()

    order = shop.look(number)
    assert (None, 1) == (script.error, script.result)
    assert (ERASED, eur("100.00")) == (order.customer.name, order.paid)


@pytest.mark.rule("A2", "E2")
def test_erasing_asks_for_its_permission(shop: Shop) -> None:
    """Whoever may do everything else can neither erase nor look for what is left."""
    shop.place()
    others = an_actor(*(set(Permission) - {Permission.ERASE_CUSTOMERS}))

    for call in (shop.office.customers.erase, shop.office.customers.unerased):
        with pytest.raises(PermissionMissing) as caught:
            call(others, ADA.id)
        assert Permission.ERASE_CUSTOMERS == caught.value.permission


@pytest.mark.rule("B1")
@pytest.mark.parametrize("customer", ["", "a\0", None, 7])
def test_a_customer_is_named(shop: Shop, customer: Any) -> None:
    """What names no customer is refused."""
    for call in (shop.office.customers.erase, shop.office.customers.unerased):
        with pytest.raises(InvalidInput, match=r"^customer: "):
            call(BOSS, customer)


@pytest.mark.rule("E2")
def test_both_doors_are_alike() -> None:
    """The two groups have the same methods, arguments and docstrings."""
    for name, method in inspect.getmembers(Customers, inspect.isfunction):
        if not name.startswith("_"):
            twin = getattr(AsyncCustomers, name)
            assert inspect.signature(method) == inspect.signature(twin)
            assert inspect.getdoc(method) == inspect.getdoc(twin)
    assert Customers.__doc__ == AsyncCustomers.__doc__


MOVES: Final = st.lists(
    st.tuples(
        st.sampled_from(
            ["pay", "announce", "confirm", "reject", "refund", "decide", "decline", "hear", "erase"]
        ),
        st.integers(0, 2),
        st.sampled_from(list(Play)),
        st.sampled_from(list(RefundPlay)),
    ),
    max_size=25,
)


def moves_of(shop: Shop, at: int, number: OrderNumber) -> dict[str, Callable[[], object]]:
    """Return what can be done with an order, by its name."""
    office, order = shop.office, shop.look(number)
    newest = order.invoices[-1].number if order.invoices else InvoiceNumber(1)
    attempt = order.invoices[-1].attempt if order.invoices else None
    share, under, because = Money(1 + at * 100, order.price.currency), key(str(at)), f"{MARK} {at}"
    no = Declined(code="no", message=because)
    pay, back, decide = office.payments, office.refunds, office.orders
    return {
        "pay": lambda: pay.charge(BUYER, number, CARDS, key=under, covers=share, method=CARD),
        "announce": lambda: pay.pay_manually(
            BUYER, number, BANK, key=under, covers=share, comment=because
        ),
        "confirm": lambda: pay.confirm(BOSS, number, newest),
        "reject": lambda: pay.reject(BOSS, number, newest, reason=because),
        "refund": lambda: back.refund(BOSS, number, newest, key=under, reason=because),
        "decide": lambda: decide.confirm(BOSS, number, reason=because),
        "decline": lambda: decide.decline(BOSS, number, reason=because),
        # A message that no attempt is found for can't be told to be Ada's (decision 9).
        "hear": lambda: attempt and shop.hear(attempt.reference, no),
        "erase": lambda: erase(shop),
    }


@pytest.mark.rule("E2")
@settings(max_examples=60)
@given(MOVES)
def test_whatever_happened_erasing_changes_no_figure(moves: list[Any]) -> None:
    """After any history figures stay, and nothing personal does but what is unfinished."""
    shop = Shop.behind(BackOffice)
    numbers = [shop.place(AnyShare(), under=f"cart-{at}") for at in range(3)]
    for at, (what, which, play, refund) in enumerate(moves):
        shop.gateway.then(play)
        shop.gateway.refunds.then(refund)
        with suppress(OrdersalesError):
            moves_of(shop, at, numbers[which])[what]()
    before = shown(shop)

    erase(shop)

    assert before == shown(shop)
    orders = [shop.look(number) for number in numbers]
    unfinished = [
        order.number for order in orders if erasing.erased(order, unfinished=True) is not order
    ]
    assert tuple(unfinished) == shop.office.customers.unerased(BOSS, ADA.id)
    assert all(waits(shop.look(number)) for number in unfinished)
    assert bool(unfinished) or not traces(shop)


def waits(order: Order) -> bool:
    """Tell whether a payment or a refund of an order has no final word."""
    pending = [item.status == "Pending" for item in (*order.invoices, *order.refunds)]
    return any(pending)


@pytest.mark.rule("E2")
def test_an_answer_that_tells_what_the_buyer_has_to_do_is_kept_until_the_end() -> None:
    """The page that the buyer has to open is needed while the payment waits for them."""
    shop = Shop.behind(BackOffice)
    shop.gateway.then(Play.PEND)
    number = shop.place()
    payment = shop.charge(number)
    page = f"https://bank.example/{MARK}"
    shop.hear(reference_of(payment), Accepted(gateway_id=GatewayId("c"), buyer_action=page))

    erase(shop)

    assert (number,) == shop.office.customers.unerased(BOSS, ADA.id)
