"""What is refused: with an error that says which field, what was given, and what is allowed.

Whatever is refused, the store is the same after it as before, and no gateway was called.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import pytest
from attrs.exceptions import FrozenInstanceError

from ordersales import (
    AccountId,
    Actor,
    AnyShare,
    CallerError,
    Category,
    CategoryNumber,
    Customer,
    CustomerId,
    FixedShares,
    InvoiceNumber,
    Manager,
    Money,
    Offer,
    OfferNumber,
    Operation,
    Order,
    OrderFilter,
    OrderNumber,
    OrdersalesError,
    OrderSort,
    PaymentMethod,
    PaymentSort,
    PaymentSystem,
    RuleRefused,
    Share,
    SystemName,
    UserId,
)
from ordersales.adapters.memory import MemoryStore
from ordersales.errors import (
    AmountNotOffered,
    ExceedsOutstanding,
    ExceedsRefundable,
    InvalidInput,
    KeyReused,
    NotFound,
    NothingPaid,
    NothingToRefund,
    PaymentUnderWay,
    Problem,
    WrongStatus,
    WrongTerms,
)
from ordersales.models.invoice import Attempt, Invoice
from ordersales.testing import Play, ScriptedGateway, a_manager, an_offer
from ordersales.testing.clock import MovableClock
from tests.drivers import ADA, BANK, BOSS, BUYER, CARDS, DOORS, Door, Shop, eur, key, snapshot

pytestmark = pytest.mark.rule("B1")

HUGE: Final = 2**63


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    """Return one front door after the other."""
    opened: Door = request.param
    return opened


@pytest.fixture
def shop(door: Door) -> Shop:
    """Return a shop with an order paid in parts, and invoices of each kind.

    Order 1 may be paid in parts: 20 are paid by card (invoice 1), 30 announced (invoice 2).
    Order 2 is to be paid in full, and its payment has no final answer (invoice 3).
    """
    shop = Shop.behind(door)
    parts = shop.place(AnyShare(Share.percent(10)))
    shop.charge(parts, "20.00")
    shop.announce(parts, "30.00")
    shop.gateway.then(Play.PEND)
    shop.charge(shop.place(under="cart-2"), under="pay-2")
    return shop


ONE: Final = OrderNumber(1)
MIRA: Final = Manager(user=UserId("mira"), name="Mira")
Call = Callable[[Shop], object]


def refused(shop: Shop, call: Call) -> OrdersalesError:
    """Return how `call` is refused, and hold that it changed nothing and says so helpfully."""
    before, calls = snapshot(shop.store, "acme", "globex"), shop.gateway.calls
    with pytest.raises(OrdersalesError) as caught:
        call(shop)
    error = caught.value
    assert before == snapshot(shop.store, "acme", "globex")
    assert calls == shop.gateway.calls
    assert error == pickle.loads(pickle.dumps(error))
    assert str(error)
    with pytest.raises(FrozenInstanceError):
        error.code = "another"  # type: ignore[misc]
    return error


def placing(**given: Any) -> Call:
    """Return a call that places an order with something else than usual."""
    usual = {"offer": an_offer(multiple_sales=True), "customer": ADA, "key": key("cart-9")}
    return lambda shop: shop.office.orders.place(BUYER, **{**usual, **given})


def charging(**given: Any) -> Call:
    """Return a call that charges with something else than usual."""
    usual = {"order": ONE, "system": CARDS, "key": key("pay-9")}
    return lambda shop: shop.office.payments.charge(BUYER, **{**usual, **given})


def announcing(**given: Any) -> Call:
    """Return a call that announces a transfer with something else than usual."""
    usual = {"order": ONE, "system": BANK, "key": key("pay-9")}
    return lambda shop: shop.office.payments.pay_manually(BUYER, **{**usual, **given})


def confirming(**given: Any) -> Call:
    """Return a call that confirms a payment with something else than usual."""
    usual = {"order": ONE, "invoice": InvoiceNumber(2)}
    return lambda shop: shop.office.payments.confirm(BOSS, **{**usual, **given})


def rejecting(**given: Any) -> Call:
    """Return a call that rejects a payment with something else than usual."""
    usual = {"order": ONE, "invoice": InvoiceNumber(2), "reason": "No"}
    return lambda shop: shop.office.payments.reject(BOSS, **{**usual, **given})


def of_orders(name: str, *args: Any, **kwargs: Any) -> Call:
    """Return a call of one of the methods for orders."""
    return lambda shop: getattr(shop.office.orders, name)(BOSS, *args, **kwargs)


def of_payments(name: str, *args: Any, **kwargs: Any) -> Call:
    """Return a call of one of the methods for payments."""
    return lambda shop: getattr(shop.office.payments, name)(BOSS, *args, **kwargs)


def of(group: str, name: str, *args: Any, **kwargs: Any) -> Call:
    """Return a call of one of the methods of any group."""
    return lambda shop: getattr(getattr(shop.office, group), name)(BOSS, *args, **kwargs)


def refunding(**given: Any) -> Call:
    """Return a call that refunds a payment with something else than usual."""
    usual = {"order": ONE, "invoice": InvoiceNumber(1), "key": key("back-9"), "reason": "Late"}
    return of("refunds", "refund", **{**usual, **given})


def refunding_all(**given: Any) -> Call:
    """Return a call that refunds an order with something else than usual."""
    usual = {"order": ONE, "key": key("back-9"), "reason": "Late"}
    return of("refunds", "refund_order", **{**usual, **given})


def stating(**given: Any) -> Call:
    """Return a call that states a sales plan with something else than usual."""
    usual = {"customer": ADA.id, "offer": OfferNumber("C-1"), "manager": MIRA}
    return of("sales", "state_plan", **{**usual, **given})


NO_TEXT: Final[list[Any]] = [None, "", "  ", 17, b"k", "a\0b", "x" * 201, "\ud800"]
NO_NUMBER: Final[list[Any]] = [None, "1", 1.0, True, 0, -1, HUGE, Decimal(1), [1]]
NO_MONEY: Final[list[Any]] = [
    *[30, 30.0, "30.00", Decimal(30), True, float("nan")],
    *[eur("0.00"), eur("-1.00"), Money(HUGE, eur("1.00").currency)],
]
NO_FILTER: Final[list[Any]] = [None, {}, "Open"]


@pytest.mark.parametrize(
    ("field", "calls"),
    [
        ("offer", [placing(offer=bad) for bad in [None, "C-1", eur("1.00")]]),
        ("customer", [placing(customer=bad) for bad in [None, "ada", 17]]),
        ("manager", [placing(manager=bad) for bad in ["mira", 17]]),
        ("key", [placing(key=bad) for bad in NO_TEXT]),
        (
            "quantity",
            [placing(quantity=bad) for bad in [0, -1, 1.0, 2.5, True, "2", None, HUGE]],
        ),
        ("quantity", [placing(offer=an_offer(), quantity=bad) for bad in [0, 2, 1.0, True]]),
        ("order", [charging(order=bad) for bad in NO_NUMBER]),
        ("system", [charging(system=bad) for bad in [*NO_TEXT, ["Cards"]]]),
        ("key", [charging(key=bad) for bad in NO_TEXT]),
        ("covers", [charging(covers=bad) for bad in NO_MONEY]),
        ("covers", [charging(covers=Money.of("30.00", "USD"))]),
        ("amount", [charging(amount=bad) for bad in NO_MONEY]),
        ("amount", [charging(amount=eur("30.00"), covers=eur("40.00"))]),
        ("covers", [charging(amount=Money.of("30.00", "USD"))]),
        ("method", [charging(method=bad) for bad in ["tok-1", 17]]),
        ("order", [announcing(order=bad) for bad in NO_NUMBER]),
        ("system", [announcing(system=bad) for bad in NO_TEXT]),
        ("key", [announcing(key=bad) for bad in NO_TEXT]),
        ("covers", [announcing(covers=bad) for bad in NO_MONEY]),
        ("amount", [announcing(amount=bad) for bad in NO_MONEY]),
        ("comment", [announcing(comment=bad) for bad in [None, 17, "a\0b", "x" * 2001]]),
        ("order", [confirming(order=bad) for bad in NO_NUMBER]),
        ("invoice", [confirming(invoice=bad) for bad in NO_NUMBER]),
        ("received", [confirming(received=bad) for bad in NO_MONEY]),
        ("covers", [confirming(covers=bad) for bad in NO_MONEY]),
        ("commission", [confirming(commission=bad) for bad in [3, 3.0, "3", eur("-1.00")]]),
        ("commission", [confirming(commission=eur("30.01"))]),
        ("order", [rejecting(order=bad) for bad in NO_NUMBER]),
        ("invoice", [rejecting(invoice=bad) for bad in NO_NUMBER]),
        ("reason", [rejecting(reason=bad) for bad in [None, "", "  ", 17, "x" * 2001]]),
        *[
            ("number", [of_orders(name, bad) for bad in NO_NUMBER])
            for name in ("get", "history", "offered", "confirm", "explain_open")
        ],
        ("number", [of_orders("explain_action", bad, Operation.CONFIRM) for bad in NO_NUMBER]),
        ("operation", [of_orders("explain_action", ONE, bad) for bad in [None, 7, "confirm"]]),
        ("operation", [of_orders("explain_action", ONE, Operation.SEE)]),
        ("wanted", [of_orders("explain_action", ONE, Operation.CANCEL, bad) for bad in NO_FILTER]),
        *[
            ("number", [of_orders(name, bad, reason="No") for bad in NO_NUMBER])
            for name in ("decline", "cancel", "expire", "clear_attention")
        ],
        *[
            ("reason", [of_orders(name, ONE, reason=bad) for bad in [None, "", " ", 17, "a\0"]])
            for name in ("decline", "cancel", "expire", "clear_attention")
        ],
        ("reason", [of_orders("confirm", ONE, reason=bad) for bad in [None, 17, "a\0"]]),
        *[
            ("wanted", [call("page", bad) for bad in NO_FILTER])
            for call in (of_orders, of_payments)
        ],
        *[
            ("wanted", [call("count", bad) for bad in NO_FILTER])
            for call in (of_orders, of_payments)
        ],
        ("sort", [of_orders("page", sort=bad) for bad in [None, "price", PaymentSort()]]),
        ("sort", [of_payments("page", sort=bad) for bad in [None, "amount", OrderSort()]]),
        ("wanted", [of_orders("offered", ONE, bad) for bad in NO_FILTER]),
        *[
            ("limit", [call("page", limit=bad) for bad in [0, -1, 1001, 1.5, None, "9", True]])
            for call in (of_orders, of_payments)
        ],
        *[
            ("after", [call("page", after=bad) for bad in [0, -1, 1.5, "", "9", b"9", True]])
            for call in (of_orders, of_payments)
        ],
        ("system", [of_payments("hear", bad, b"", {}) for bad in [None, 17, ""]]),
        ("body", [of_payments("hear", CARDS, bad, {}) for bad in [None, "{}", {"id": "e"}]]),
        *[("order", [call(order=bad) for bad in NO_NUMBER]) for call in (refunding, refunding_all)],
        ("invoice", [refunding(invoice=bad) for bad in NO_NUMBER if bad is not None]),
        *[("key", [call(key=bad) for bad in NO_TEXT]) for call in (refunding, refunding_all)],
        *[
            ("reason", [call(reason=bad) for bad in [None, "", "  ", 17, "a\0b", "x" * 2001]])
            for call in (refunding, refunding_all)
        ],
        *[
            ("amount", [call(amount=bad) for bad in [*NO_MONEY, Money.of("1.00", "USD")]])
            for call in (refunding, refunding_all)
        ],
        ("number", [of("sales", "check", bad) for bad in NO_NUMBER]),
        ("number", [of("sales", "confirm", bad, manager=None) for bad in NO_NUMBER]),
        ("manager", [of("sales", "confirm", ONE, manager=bad) for bad in ["mira", 17, ADA]]),
        ("number", [of("sales", "add_user", bad, MIRA) for bad in NO_NUMBER]),
        ("manager", [of("sales", "add_user", ONE, bad) for bad in [None, "mira", 17, ADA]]),
        ("customer", [stating(customer=bad) for bad in NO_TEXT]),
        ("offer", [stating(offer=bad) for bad in NO_TEXT]),
        ("manager", [stating(manager=bad) for bad in [None, "mira", 17]]),
        ("customer", [of("sales", "withdraw_plan", bad, "C-1") for bad in NO_TEXT]),
        ("offer", [of("sales", "withdraw_plan", "ada", bad) for bad in NO_TEXT]),
        *[
            ("customer", [of("sales", name, bad) for bad in NO_TEXT])
            for name in ("plans_of", "customer_card")
        ],
        ("wanted", [of("sales", "customer_card", "ada", bad) for bad in NO_FILTER]),
        (
            "limit",
            [
                of("sales", "customer_card", "ada", limit=bad)
                for bad in [0, -1, 1001, 1.5, None, "9", True]
            ],
        ),
        *[
            ("customer", [of("customers", name, bad) for bad in NO_TEXT])
            for name in ("erase", "unerased")
        ],
        ("follower", [of("events", "read", bad) for bad in NO_TEXT]),
        (
            "limit",
            [of("events", "read", "me", limit=bad) for bad in [0, -1, 1001, 1.5, None, True]],
        ),
        ("follower", [of("events", "acknowledge", bad, 1) for bad in NO_TEXT]),
        ("position", [of("events", "acknowledge", "me", bad) for bad in [-1, 1.5, None, True]]),
        ("position", [of("events", "acknowledge", "me", bad) for bad in [1_000, HUGE]]),
    ],
)
def test_one_field_is_wrong(shop: Shop, field: str, calls: list[Call]) -> None:
    """Every wrong argument of every method is named, with what was given and what is allowed."""
    for call in calls:
        error = refused(shop, call)

        assert isinstance(error, InvalidInput)
        assert [field] == [problem.field for problem in error.problems]
        assert all(problem.given and problem.allowed for problem in error.problems)


def test_all_that_is_wrong_is_told_at_once(shop: Shop) -> None:
    """A caller who got several fields wrong learns of each."""
    error = refused(shop, placing(offer=None, customer="ada", key="", manager=17))

    assert isinstance(error, InvalidInput)
    assert ["offer", "customer", "key", "manager"] == [item.field for item in error.problems]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            placing(quantity=0),
            Problem("quantity", "0", "a whole number from 1 to 922337203685477"),
        ),
        (
            placing(offer=an_offer(), quantity=2),
            Problem("quantity", "2", "1, since the offer does not allow multiple sales"),
        ),
        (
            charging(covers=30.0),
            Problem("covers", "30.0", "a Money, as Money.of('12.34', 'EUR') gives"),
        ),
        (
            charging(covers=Money.of("30.00", "USD")),
            Problem("covers", "Money.of('30.00', 'USD')", "money in EUR"),
        ),
        (
            of_orders("get", "1"),
            Problem("number", "'1'", f"a whole number from 1 to {HUGE - 1}"),
        ),
    ],
)
def test_a_message_that_helps(shop: Shop, call: Call, expected: Problem) -> None:
    """The error says in words what would have been accepted."""
    error = refused(shop, call)

    assert InvalidInput((expected,)) == error
    assert f"{expected.field}: {expected.given} was given; allowed is {expected.allowed}" == str(
        error
    )


@pytest.mark.parametrize(
    ("make", "fields"),
    [
        (lambda: Money.of(12.34, "EUR"), ["amount"]),  # type: ignore[arg-type]
        (lambda: Money.of(float("nan"), "EUR"), ["amount"]),  # type: ignore[arg-type]
        (lambda: Money.of(Decimal("NaN"), "EUR"), ["amount"]),
        (lambda: Money.of("Infinity", "EUR"), ["amount"]),
        (lambda: Money.of("12.345", "EUR"), ["amount"]),
        (lambda: Money.of("0.5", "JPY"), ["amount"]),
        (lambda: Money.of("0.0001", "KWD"), ["amount"]),
        (lambda: Money.of("1", "EURO"), ["currency"]),
        (lambda: Money.of("1", "XXX"), ["currency"]),
        (lambda: eur("1.00") + Money.of("1.00", "USD"), ["money"]),
        (lambda: FixedShares((Share.percent(50), Share.percent(49))), ["shares"]),
        (lambda: FixedShares((Share.percent(50), Share.percent(51))), ["shares"]),
        (lambda: FixedShares((Share.percent(100), Share.percent(0))), ["shares"]),
        (lambda: FixedShares(()), ["shares"]),
        (lambda: AnyShare(Share(Fraction(2))), ["minimum"]),
        (lambda: an_offer("-0.01"), ["unit_price"]),
        (lambda: OrderFilter(placed_from=datetime(2026, 1, 1)), ["placed_from"]),
        (lambda: Customer(id=CustomerId(""), name="\0"), ["id", "name"]),
        (lambda: Manager(user=UserId(""), name=""), ["user", "name"]),
        (lambda: Category(number=CategoryNumber(""), name=""), ["number", "name"]),
        (lambda: PaymentMethod(token="", stored=1), ["token", "stored"]),  # type: ignore[arg-type]
        (lambda: PaymentSystem(SystemName("")), ["name"]),
        (lambda: Actor(account=AccountId("")), ["account"]),
        (
            lambda: Offer(
                number=OfferNumber(""),
                name="",
                category="Books",  # type: ignore[arg-type]
                unit_price=9.99,  # type: ignore[arg-type]
                multiple_sales=1,  # type: ignore[arg-type]
                payment="in full",  # type: ignore[arg-type]
            ),
            ["number", "name", "category", "unit_price", "multiple_sales", "payment"],
        ),
    ],
)
def test_what_can_not_even_be_said(make: Callable[[], object], fields: list[str]) -> None:
    """A record with a wrong field does not come into being."""
    with pytest.raises(InvalidInput) as caught:
        make()

    assert len(fields) == len(caught.value.problems)
    if fields != ["money"]:
        assert fields == [problem.field for problem in caught.value.problems]


class NaiveClock(MovableClock):
    """A clock that forgot its time zone."""

    def now(self) -> datetime:
        """Return the time without a zone."""
        return super().now().replace(tzinfo=None)


@pytest.mark.parametrize(
    "call",
    [
        placing(),
        charging(),
        announcing(),
        confirming(),
        rejecting(),
        of_orders("confirm", ONE),
        of_orders("decline", ONE, reason="No"),
        refunding(),
        refunding_all(),
        of("sales", "confirm", ONE, manager=MIRA),
        of("sales", "add_user", ONE, MIRA),
        stating(),
        of("customers", "erase", ADA.id),
        lambda shop: shop.hear("acme/2/1", shop.gateway.charged[-1].answer),
    ],
)
def test_a_naive_clock(door: Door, shop: Shop, call: Call) -> None:
    """A clock without a time zone is refused before anything is changed."""
    systems = [PaymentSystem(CARDS, shop.gateway), PaymentSystem(BANK)]
    office = door(shop.store, systems, NaiveClock())

    error = refused(Shop(office, shop.store, shop.gateway, shop.clock), call)

    assert isinstance(error, InvalidInput)
    assert [("clock", "a datetime with tzinfo")] == [
        (problem.field, problem.allowed) for problem in error.problems
    ]


NOBODY: Final = SystemName("Nobody")
LOST: Final = OrderNumber(99)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (of_orders("get", LOST), NotFound("order", 99)),
        (of_orders("history", LOST), NotFound("order", 99)),
        (of_orders("offered", LOST), NotFound("order", 99)),
        (of_orders("confirm", LOST), NotFound("order", 99)),
        (of_orders("cancel", LOST, reason="No"), NotFound("order", 99)),
        (charging(order=LOST), NotFound("order", 99)),
        (announcing(order=LOST), NotFound("order", 99)),
        (confirming(order=LOST), NotFound("order", 99)),
        (rejecting(order=LOST), NotFound("order", 99)),
        (confirming(invoice=InvoiceNumber(99)), NotFound("invoice", 99)),
        (rejecting(invoice=InvoiceNumber(3)), NotFound("invoice", 3)),
        (of_orders("explain_action", LOST, Operation.CONFIRM), NotFound("order", 99)),
        (of_orders("explain_open", LOST), NotFound("order", 99)),
        (of_orders("clear_attention", LOST, reason="No"), NotFound("order", 99)),
        (refunding(order=LOST), NotFound("order", 99)),
        (refunding_all(order=LOST), NotFound("order", 99)),
        (refunding(invoice=InvoiceNumber(3)), NotFound("invoice", 3)),
        (of("sales", "check", LOST), NotFound("order", 99)),
        (of("sales", "confirm", LOST, manager=None), NotFound("order", 99)),
        (of("sales", "add_user", LOST, MIRA), NotFound("order", 99)),
        (charging(system=NOBODY), NotFound("payment system", "Nobody")),
        (announcing(system=NOBODY), NotFound("payment system", "Nobody")),
        (of_payments("hear", NOBODY, b"", {}), NotFound("payment system", "Nobody")),
    ],
)
def test_what_is_not_there(shop: Shop, call: Call, expected: NotFound) -> None:
    """An unknown order, invoice or payment system is not found, by the name it was given."""
    assert expected == refused(shop, call)


@pytest.mark.rule("A4")
@pytest.mark.parametrize(
    "call",
    [
        lambda shop, actor: shop.office.orders.get(actor, ONE),
        lambda shop, actor: shop.office.orders.history(actor, ONE),
        lambda shop, actor: shop.office.orders.offered(actor, ONE),
        lambda shop, actor: shop.office.orders.confirm(actor, ONE),
        lambda shop, actor: shop.office.orders.decline(actor, ONE, reason="No"),
        lambda shop, actor: shop.office.orders.cancel(actor, ONE, reason="No"),
        lambda shop, actor: shop.office.orders.expire(actor, ONE, reason="No"),
        lambda shop, actor: shop.office.payments.charge(actor, ONE, CARDS, key=key("pay-1")),
        lambda shop, actor: shop.office.payments.pay_manually(actor, ONE, BANK, key=key("wire-1")),
        lambda shop, actor: shop.office.payments.confirm(actor, ONE, InvoiceNumber(2)),
        lambda shop, actor: shop.office.payments.reject(actor, ONE, InvoiceNumber(2), reason="No"),
        lambda shop, actor: shop.office.orders.clear_attention(actor, ONE, reason="No"),
        lambda shop, actor: shop.office.orders.explain_open(actor, ONE),
        lambda shop, actor: shop.office.refunds.refund(
            actor, ONE, InvoiceNumber(1), key=key("back-1"), reason="No"
        ),
        lambda shop, actor: shop.office.refunds.refund_order(
            actor, ONE, key=key("back-1"), reason="No"
        ),
        lambda shop, actor: shop.office.sales.check(actor, ONE),
        lambda shop, actor: shop.office.sales.confirm(actor, ONE, manager=None),
        lambda shop, actor: shop.office.sales.add_user(actor, ONE, MIRA),
    ],
)
def test_the_records_of_another_account(
    door: Door, shop: Shop, call: Callable[[Shop, Actor], object]
) -> None:
    """What belongs to another account is refused just like what never was."""
    stranger = a_manager("globex")

    theirs = refused(shop, lambda shop: call(shop, stranger))
    empty = refused(Shop.behind(door), lambda shop: call(shop, stranger))

    assert NotFound("order", 1) == theirs == empty
    assert str(theirs) == str(empty)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (charging(covers=eur("50.01")), ExceedsOutstanding(1, eur("50.01"), eur("50.00"))),
        (announcing(covers=eur("80.00")), ExceedsOutstanding(1, eur("80.00"), eur("50.00"))),
        (
            charging(covers=eur("9.99")),
            AmountNotOffered(1, eur("9.99"), "at least 10.00 EUR, or the rest, 50.00 EUR"),
        ),
        (charging(order=OrderNumber(2)), PaymentUnderWay("pay", 2, 3)),
        (announcing(order=OrderNumber(2)), PaymentUnderWay("pay", 2, 3)),
        (of_orders("cancel", OrderNumber(2), reason="No"), PaymentUnderWay("cancel", 2, 3)),
        (of_orders("expire", OrderNumber(2), reason="No"), PaymentUnderWay("expire", 2, 3)),
        (
            of_orders("confirm", OrderNumber(2)),
            WrongTerms("confirm", "order 2", "orders that may be paid in parts"),
        ),
        (
            confirming(order=OrderNumber(2), invoice=InvoiceNumber(3)),
            WrongTerms("confirm the payment", "invoice 3", "payments of manual payment systems"),
        ),
        (
            charging(system=BANK),
            WrongTerms(
                "charge",
                "the payment system 'Bank transfer'",
                "payment systems with a gateway; use pay_manually",
            ),
        ),
        (
            announcing(system=CARDS),
            WrongTerms(
                "pay manually",
                "the payment system 'Cards'",
                "payment systems without a gateway; use charge",
            ),
        ),
        (placing(key=key("cart-1")), KeyReused("cart-1", ("offer",))),
        (charging(key=key("pay-1"), covers=eur("21.00")), KeyReused("pay-1", ("covers",))),
        (charging(key=key("pay-2")), KeyReused("pay-2", ("order",))),
        (announcing(key=key("wire-1")), KeyReused("wire-1", ("comment",))),
        (
            refunding(amount=eur("20.01")),
            ExceedsRefundable("invoice 1", eur("20.01"), eur("20.00")),
        ),
        (
            refunding_all(amount=eur("20.01")),
            ExceedsRefundable("order 1", eur("20.01"), eur("20.00")),
        ),
        (
            refunding(invoice=InvoiceNumber(2)),
            WrongStatus("refund", "invoice 2", "Pending", ("Paid",)),
        ),
        (refunding_all(order=OrderNumber(2)), NothingToRefund("order 2")),
        (
            of_orders("clear_attention", ONE, reason="No"),
            WrongStatus("clear what needs attention", "order 1", "not flagged", ("flagged",)),
        ),
        (
            of("sales", "check", OrderNumber(2)),
            NothingPaid("check who made the sale", 2),
        ),
        (
            of("sales", "confirm", OrderNumber(2), manager=MIRA),
            NothingPaid("check who made the sale", 2),
        ),
    ],
)
def test_what_a_rule_refuses(shop: Shop, call: Call, expected: OrdersalesError) -> None:
    """Overpayment, a second payment in flight, other terms, another use of a key: all frozen."""
    error = refused(shop, call)

    assert expected == error
    assert isinstance(error, RuleRefused | CallerError)


def test_what_is_over(shop: Shop) -> None:
    """What was given up can't be paid or decided about."""
    shop.office.orders.decline(BOSS, ONE, reason="No")

    pay = WrongStatus("pay", "order 1", "Declined", ("Open",))
    confirm = WrongStatus("confirm the payment", "invoice 2", "Canceled", ("Pending",))
    assert pay == refused(shop, charging())
    assert pay == refused(shop, announcing())
    assert confirm == refused(shop, confirming())


@pytest.mark.parametrize("kind", [Order, Invoice, Attempt])
def test_records_can_not_be_changed_in_place(shop: Shop, kind: type) -> None:
    """What the library hands out is frozen: nobody changes an order by assigning to it."""
    order = shop.look(ONE)
    invoice = order.invoices[0]
    records: dict[type, object] = {Order: order, Invoice: invoice, Attempt: invoice.attempt}

    with pytest.raises(FrozenInstanceError):
        records[kind].version = 9  # type: ignore[attr-defined]


def test_a_message_that_is_not_signed(shop: Shop) -> None:
    """A body that the gateway did not sign is refused, however it looks."""
    for body in (b"", b"{}", b"\xff\xfe", b"[" * 10_000):
        error = refused(shop, of_payments("hear", CARDS, body, {"Signature": "x"}))
        assert "webhook_rejected" == error.code


def test_a_clock_that_does_not_go_back() -> None:
    """The movable clock refuses to be moved to the past by advancing."""
    with pytest.raises(InvalidInput):
        MovableClock().advance(-timedelta(seconds=1))


def test_nothing_is_known_before_the_first_record(door: Door) -> None:
    """An account that the store has never heard of is simply empty."""
    office = door(MemoryStore(), [PaymentSystem(CARDS, ScriptedGateway())], None)

    assert (0, ()) == (office.orders.count(BOSS), office.orders.page(BOSS).rows)
