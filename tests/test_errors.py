"""The errors: one tree, told in the docstring, of records that compare, hash and travel."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import NoReturn

import attrs
import pytest

from ordersales import errors
from ordersales.errors import (
    AmountNotOffered,
    BrokenInvariant,
    CallerError,
    Conflict,
    ExceedsOutstanding,
    ExceedsRefundable,
    InvalidInput,
    KeyReused,
    MethodUnusable,
    NotFound,
    NothingPaid,
    NothingToRefund,
    NotSent,
    OrdersalesError,
    OutcomeUnknown,
    OutsideFailed,
    PaymentUnderWay,
    PermissionMissing,
    PersonNeeded,
    PlanTaken,
    Problem,
    RateMissing,
    RuleRefused,
    SaleConfirmed,
    StorageFailed,
    WebhookRejected,
    WrongInstallation,
    WrongStatus,
    WrongTerms,
)
from ordersales.values.money import Money

pytestmark = pytest.mark.rule("B1")

#: One of each error that is raised, and what it says.
LEAVES: list[tuple[OrdersalesError, str]] = [
    (
        InvalidInput((Problem("name", "''", "text"), Problem("offer.unit_price", "1", "money"))),
        "name: '' was given; allowed is text\noffer.unit_price: 1 was given; allowed is money",
    ),
    (NotFound("order", 17), "there is no order 17 in this account"),
    (
        KeyReused("k-1", ("offer", "quantity")),
        "the key 'k-1' was already used with other contents (offer, quantity); use a new key",
    ),
    (
        PermissionMissing("confirm the order", "confirm or decline partial orders"),
        "confirm the order needs the permission 'confirm or decline partial orders'",
    ),
    (
        PersonNeeded("check who made the sale"),
        "check who made the sale is for a person; the system itself can't do it",
    ),
    (
        WrongStatus("pay", "order 17", "Declined", ("Open", "Completed")),
        "pay is not possible: order 17 is Declined, and it has to be Open or Completed",
    ),
    (
        WrongTerms("confirm", "order 17", "orders that may be paid in parts"),
        "confirm is not possible for order 17: it applies to orders that may be paid in parts",
    ),
    (
        PaymentUnderWay("cancel", 17, 23),
        "cancel has to wait: invoice 23 of order 17 has no final answer yet",
    ),
    (
        ExceedsOutstanding(17, Money.of("60", "EUR"), Money.of("40", "EUR")),
        (
            "order 17: 60.00 EUR was asked for and at most 40.00 EUR may be, "
            "counting what is paid and what is pending"
        ),
    ),
    (
        AmountNotOffered(17, Money.of("9", "EUR"), "100.00 EUR at once"),
        "order 17: 9.00 EUR was asked for; the terms allow 100.00 EUR at once",
    ),
    (
        NothingToRefund("order 17"),
        (
            "nothing is left to refund of order 17: whatever was paid went back or is on its way "
            "back"
        ),
    ),
    (
        ExceedsRefundable("invoice 23", Money.of("60", "EUR"), Money.of("40", "EUR")),
        (
            "invoice 23: a refund of 60.00 EUR was asked for and at most 40.00 EUR may be, "
            "counting what went back and what is on its way back"
        ),
    ),
    (
        MethodUnusable(17, "no_method", "No payment method is stored."),
        (
            "recurring order 17 can't be charged now: No payment method is stored. "
            "Replace its payment method"
        ),
    ),
    (
        NothingPaid("check who made the sale", 17),
        "check who made the sale is not possible: nothing of order 17 is paid",
    ),
    (
        SaleConfirmed("add user", 17, "boss"),
        (
            "add user is not possible: boss has confirmed who made the sale of order 17; to "
            "correct it, check and confirm it again"
        ),
    ),
    (
        PlanTaken("ada", "C-1", "mira", "Mira"),
        (
            "the sales plan of Mira (mira) names customer ada and offer C-1; if it is wrong, "
            "withdraw it first"
        ),
    ),
    (
        WrongInstallation("pay", "shop-production", "shop-staging"),
        (
            "pay is not possible: the store carries the installation mark 'shop-production', and "
            "this host is configured as 'shop-staging'; a copy of the database sends nothing to "
            "a payment system"
        ),
    ),
    (
        WrongInstallation("refund", None, "shop-staging"),
        (
            "refund is not possible: the store carries no installation mark, and this host is "
            "configured as 'shop-staging'; a copy of the database sends nothing to a payment "
            "system"
        ),
    ),
    (
        WrongInstallation("reconcile", "shop-production", None),
        (
            "reconcile is not possible: the store carries the installation mark "
            "'shop-production', and this host is configured without one; a copy of the database "
            "sends nothing to a payment system"
        ),
    ),
    (Conflict("order 17"), "order 17 was changed by somebody else; read it again and retry"),
    (
        StorageFailed("committing", "the disk is full"),
        "the database failed at committing: the disk is full",
    ),
    (NotSent("refused"), "the payment system was not reached: refused"),
    (OutcomeUnknown("timeout"), "the payment system gave no certain answer: timeout"),
    (WebhookRejected("too old"), "the message was not accepted: too old"),
    (
        RateMissing("USD", "EUR", date(2026, 3, 29)),
        "there is no rate of USD in EUR for 2026-03-29",
    ),
    (BrokenInvariant("O5", "Open to Open"), "rule O5 does not hold: Open to Open"),
]
EACH = pytest.mark.parametrize(
    "error", [error for error, _ in LEAVES], ids=lambda error: type(error).__name__
)


def drawn() -> dict[str, str]:
    """Return each error of the tree in the docstring, with the one above it."""
    tree = (errors.__doc__ or "").partition("::\n")[2].partition("\n\nErrors")[0]
    above: dict[str, str] = {}
    path: list[str] = []
    for line in tree.splitlines():
        found = re.match(r"^ {4}([ │├└─]*)([A-Z]\w+)", line)
        if found is not None:
            depth = len(found[1]) // 4
            path[depth:] = [found[2]]
            above[found[2]] = path[depth - 1] if depth else "Exception"
    return above


def test_the_tree_is_as_it_is_drawn() -> None:
    """Every error of the module stands in the docstring, under its own base."""
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, OrdersalesError)
    ]

    assert drawn() == {kind.__name__: kind.__bases__[0].__name__ for kind in kinds}
    assert all(len(kind.__bases__) == 1 for kind in kinds)


def test_every_leaf_is_tested_here() -> None:
    """The table of this file names each error that has nothing below it."""
    leaves = set(drawn()) - set(drawn().values())

    assert leaves == {type(error).__name__ for error, _ in LEAVES}


def test_codes_are_unique() -> None:
    """Each error has a short name of its own, made of its class's."""
    codes = {type(error).__name__: error.code for error, _ in LEAVES}

    expected = {name: re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in codes}
    assert expected == codes
    assert len(codes) == len(set(codes.values()))
    assert "ordersales_error" not in codes.values()


@pytest.mark.parametrize(("error", "message"), LEAVES, ids=lambda value: type(value).__name__)
def test_message(error: OrdersalesError, message: str) -> None:
    """The message is made of the fields, and says what was wrong."""
    assert message == str(error)


@EACH
def test_equal_by_value(error: OrdersalesError) -> None:
    """Two errors with the same facts are equal and hash alike; other facts differ."""
    fields = {item.name: getattr(error, item.name) for item in attrs.fields(type(error))}
    same = type(error)(**fields)

    assert error is not same
    assert error == same
    assert hash(error) == hash(same)
    for name, value in fields.items():
        changed = Money.of(1, "USD") if isinstance(value, Money) else ("other",)
        assert error != type(error)(**{**fields, name: changed})


@EACH
def test_travels(error: OrdersalesError) -> None:
    """An error survives pickling and copying, as between worker processes."""
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert error == pickle.loads(pickle.dumps(error, protocol))
    assert error == copy.copy(error)
    assert error == copy.deepcopy(error)


@EACH
def test_frozen(error: OrdersalesError) -> None:
    """The facts of an error can't be changed after it was raised."""
    name = attrs.fields(type(error))[0].name

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(error, name, "other")


@contextmanager
def passing_through() -> Iterator[None]:
    """Let errors pass through a generator, which sets their traceback anew."""
    yield


@EACH
def test_raised_as_any_exception(error: OrdersalesError) -> None:
    """It can be raised through context managers, carry notes and have a cause."""

    def stumble() -> NoReturn:
        with passing_through():
            raise error from KeyError("below")

    with pytest.raises(OrdersalesError) as caught:
        stumble()

    caught.value.add_note("while importing")
    assert error is caught.value
    assert isinstance(error.__cause__, KeyError)
    assert error.__notes__ == ["while importing"]


@pytest.mark.parametrize(
    "kind", [OrdersalesError, CallerError, RuleRefused, OutsideFailed], ids=lambda k: k.__name__
)
def test_the_upper_levels_can_be_raised(kind: type[OrdersalesError]) -> None:
    """A host's own adapter may raise one of the upper levels, and it travels as well."""
    error = kind()

    assert type(error) is type(pickle.loads(pickle.dumps(error)))
    assert kind.code == "ordersales_error"


class Nameless:
    """An object that can't be shown."""

    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Ada", "'Ada'"),
        (None, "None"),
        ("a" * 78, "'" + "a" * 78 + "'"),
        ("a" * 79, "'" + "a" * 76 + "..."),
        (Nameless(), "<Nameless>"),
        (10**5000, "<int>"),
    ],
    ids=["text", "nothing", "long", "too long", "unshowable", "too many digits"],
)
def test_what_was_given_is_shown(given: object, shown: str) -> None:
    """A problem shows what was given, cut to 80 characters, whatever it was."""
    problem = Problem.of("name", given, "text")

    assert Problem("name", shown, "text") == problem
    assert len(problem.given) <= 80
    assert InvalidInput((problem,)) == InvalidInput.of("name", given, "text")


def test_no_problem_no_error() -> None:
    """Without a problem there is nothing to raise; with some, all are raised at once."""
    InvalidInput.unless_empty([])
    problems = [Problem("a", "1", "2"), Problem("b", "3", "4")]

    with pytest.raises(InvalidInput) as caught:
        InvalidInput.unless_empty(problems)

    assert InvalidInput(tuple(problems)) == caught.value
