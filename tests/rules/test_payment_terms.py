"""Which amounts may be paid next, under each kind of payment terms."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.errors import AmountNotOffered, ExceedsOutstanding
from ordersales.models.offer import AnyShare, FixedShares, PaymentTerms
from ordersales.models.order import Order
from ordersales.rules import manual_payments, payment_terms
from ordersales.values.money import Money
from ordersales.values.share import Share
from tests.rules.shop import (
    IN_FULL,
    IN_PARTS,
    IN_THIRDS,
    IN_THREE,
    LATER,
    an_order,
    eur,
    failed,
    paid,
    returned,
    started,
)

Before = Callable[[], Order]


def fixed(*percent: str | int) -> FixedShares:
    """Return fixed shares of so many percent."""
    return FixedShares(tuple(Share.percent(part) for part in percent))


def received(order: Order, amount: str) -> Order:
    """Return `order` with one more manual payment, of which another amount came."""
    asked = started(order, manual=True)
    return manual_payments.confirm(
        asked, asked.invoices[-1], LATER, by=None, received=eur(amount)
    ).order


@pytest.mark.rule("P1")
@pytest.mark.parametrize(
    ("price", "payment", "expected"),
    [
        ("100.00", IN_THREE, ["50.00", "30.00", "20.00"]),
        ("99.99", IN_THREE, ["49.99", "30.00", "20.00"]),
        ("0.99", IN_THREE, ["0.49", "0.30", "0.20"]),
        ("100.00", IN_THIRDS, ["33.34", "33.33", "33.33"]),
        ("100.01", IN_THIRDS, ["33.34", "33.34", "33.33"]),
        ("0.05", IN_THIRDS, ["0.02", "0.02", "0.01"]),
        ("0.01", IN_THIRDS, ["0.01", "0.00", "0.00"]),
        ("0.01", fixed(50, 50), ["0.01", "0.00"]),
        ("0.03", fixed(50, 50), ["0.02", "0.01"]),
        ("0.01", fixed(1, 99), ["0.00", "0.01"]),
        ("9.99", fixed("33.5", "33.5", 33), ["3.35", "3.34", "3.30"]),
        ("9.99", fixed(100), ["9.99"]),
        ("9.99", IN_FULL, ["9.99"]),
        ("9.99", IN_PARTS, ["9.99"]),
    ],
)
def test_instalments(price: str, payment: PaymentTerms, expected: list[str]) -> None:
    """Fixed shares are paid in amounts by largest remainder, of equal ones the earlier first."""
    order = an_order(price, payment)

    assert [eur(part) for part in expected] == [*payment_terms.instalments(order)]


shares = st.lists(st.integers(1, 1000), min_size=1, max_size=12).map(
    lambda weights: FixedShares(tuple(Share(Fraction(part, sum(weights))) for part in weights))
)


@pytest.mark.rule("P1")
@given(shares, st.integers(1, 10**12))
def test_instalments_add_up(payment: FixedShares, minor: int) -> None:
    """Whatever the shares, their amounts make the price, each within a cent of its exact part."""
    price = Money(minor, eur(1).currency)

    parts = payment_terms.instalments(an_order(str(price.amount), payment))

    assert price == Money.total(parts, "EUR")
    for part, share in zip(parts, payment.shares, strict=True):
        assert abs(part.minor - share.fraction * minor) < 1


@pytest.mark.rule("P1")
@given(shares, st.integers(1, 10_000))
def test_paid_by_instalments(payment: FixedShares, minor: int) -> None:
    """Paying what is proposed, again and again, pays the price in at most as many payments."""
    order = an_order(str(Money(minor, eur(1).currency).amount), payment)
    expected = [part for part in payment_terms.instalments(order) if part.is_positive]

    while payment_terms.available(order).is_positive:
        order = paid(order)

    assert order.price == order.paid
    assert expected == [invoice.covers for invoice in order.invoices]


@pytest.mark.rule("I6")
@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (lambda: an_order(payment=IN_PARTS), "100"),
        (lambda: paid(an_order(payment=IN_PARTS), eur(40)), "60"),
        (lambda: started(an_order(payment=IN_PARTS), eur(40)), "60"),
        (lambda: started(paid(an_order(payment=IN_PARTS), eur(40)), eur(50)), "10"),
        (lambda: failed(an_order(payment=IN_PARTS), eur(40)), "100"),
        (lambda: returned(paid(an_order(payment=IN_PARTS), eur(40))), "60"),
        (lambda: started(an_order(payment=IN_PARTS)), "0"),
    ],
    ids=["all", "paid", "pending", "both", "failed", "returned", "nothing"],
)
def test_available(before: Before, expected: str) -> None:
    """What may be asked for is outstanding less pending."""
    assert eur(expected) == payment_terms.available(before())


@pytest.mark.rule("P1")
@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (lambda: an_order(payment=IN_THREE), ["50", "80", "100"]),
        (lambda: paid(an_order(payment=IN_THREE)), ["30", "50"]),
        (lambda: started(an_order(payment=IN_THREE)), ["30", "50"]),
        (lambda: started(paid(an_order(payment=IN_THREE))), ["20"]),
        (lambda: failed(an_order(payment=IN_THREE)), ["50", "80", "100"]),
        (lambda: paid(an_order(payment=IN_THREE), eur(80)), ["20"]),
        (lambda: paid(an_order(payment=IN_THREE), eur(100)), []),
        (lambda: received(an_order(payment=IN_THREE), "45"), ["5", "35", "55"]),
        (lambda: received(an_order(payment=IN_THREE), "55"), ["25", "45"]),
        (lambda: received(an_order(payment=IN_THREE), "120"), []),
        (lambda: an_order("0.01", IN_THIRDS), ["0.01"]),
        (lambda: an_order("0.02", IN_THIRDS), ["0.01", "0.02"]),
        (lambda: an_order("0.01", fixed(1, 99)), ["0.01"]),
        (lambda: an_order(payment=IN_PARTS), ["100"]),
        (lambda: paid(an_order(payment=IN_PARTS), eur(40)), ["60"]),
    ],
)
def test_next_amounts(before: Before, expected: list[str]) -> None:
    """The next share, or it and those after it; each amount once, and none of nothing."""
    assert [eur(amount) for amount in expected] == [*payment_terms.next_amounts(before())]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (an_order, "100"),
        (lambda: an_order(payment=IN_PARTS), "100"),
        (lambda: started(paid(an_order(payment=IN_PARTS), eur(40)), eur(25)), "35"),
        (lambda: an_order(payment=IN_THREE), "50"),
        (lambda: paid(an_order(payment=IN_THREE)), "30"),
        (lambda: started(paid(an_order(payment=IN_THREE))), "20"),
        (lambda: received(an_order(payment=IN_THREE), "45"), "5"),
        (lambda: started(an_order(payment=IN_THREE), eur(100)), "0"),
    ],
)
@pytest.mark.rule("P1")
def test_default_amount(before: Before, expected: str) -> None:
    """Who names no amount pays the next fixed share, or all that is left."""
    assert eur(expected) == payment_terms.default_amount(before())


TENTH_OF_ODD = AnyShare(Share.percent(10))


@pytest.mark.rule("P1")
@pytest.mark.parametrize(
    ("before", "covers"),
    [
        (an_order, "100"),
        (lambda: failed(an_order(attempts_allowed=2)), "100"),
        (lambda: an_order(payment=IN_PARTS), "10"),
        (lambda: an_order(payment=IN_PARTS), "10.01"),
        (lambda: an_order(payment=IN_PARTS), "100"),
        (lambda: paid(an_order(payment=IN_PARTS), eur(95)), "5"),
        (lambda: started(an_order(payment=IN_PARTS), eur("99.99")), "0.01"),
        (lambda: an_order("9.99", TENTH_OF_ODD), "1.00"),
        (lambda: an_order(payment=AnyShare()), "0.01"),
        (lambda: an_order(payment=AnyShare(Share.percent(100))), "100"),
        (lambda: an_order(payment=IN_THREE), "50"),
        (lambda: an_order(payment=IN_THREE), "80"),
        (lambda: an_order(payment=IN_THREE), "100"),
        (lambda: paid(an_order(payment=IN_THREE)), "30"),
        (lambda: received(an_order(payment=IN_THREE), "45"), "5"),
    ],
)
def test_amounts_that_are_offered(before: Before, covers: str) -> None:
    """The whole at once; any share from the minimum up, or the rest; fixed shares in order."""
    assert payment_terms.refusal(before(), eur(covers)) is None


@pytest.mark.rule("P1")
@pytest.mark.parametrize(
    ("before", "covers", "allowed"),
    [
        (an_order, "99.99", "100.00 EUR at once"),
        (an_order, "0.01", "100.00 EUR at once"),
        (
            lambda: an_order(payment=IN_PARTS),
            "9.99",
            "at least 10.00 EUR, or the rest, 100.00 EUR",
        ),
        (
            lambda: an_order("9.99", TENTH_OF_ODD),
            "0.99",
            "at least 1.00 EUR, or the rest, 9.99 EUR",
        ),
        (
            lambda: paid(an_order(payment=IN_PARTS), eur(95)),
            "4.99",
            "at least 10.00 EUR, or the rest, 5.00 EUR",
        ),
        (
            lambda: an_order(payment=AnyShare(Share.percent(100))),
            "99.99",
            "at least 100.00 EUR, or the rest, 100.00 EUR",
        ),
        (lambda: an_order(payment=IN_THREE), "25", "50.00 EUR or 80.00 EUR or 100.00 EUR"),
        (lambda: an_order(payment=IN_THREE), "30", "50.00 EUR or 80.00 EUR or 100.00 EUR"),
        (lambda: paid(an_order(payment=IN_THREE)), "20", "30.00 EUR or 50.00 EUR"),
        (lambda: an_order("0.02", IN_THIRDS), "0.00", "0.01 EUR or 0.02 EUR"),
    ],
)
def test_amounts_that_are_not_offered(before: Before, covers: str, allowed: str) -> None:
    """What the terms don't offer is refused with what they do, in amounts."""
    expected = AmountNotOffered(7, eur(covers), allowed)

    assert expected == payment_terms.refusal(before(), eur(covers))


@pytest.mark.rule("I6")
@pytest.mark.parametrize(
    ("before", "covers", "available"),
    [
        (an_order, "100.01", "100"),
        (lambda: an_order(payment=IN_PARTS), "100.01", "100"),
        (lambda: paid(an_order(payment=IN_PARTS), eur(40)), "60.01", "60"),
        (lambda: started(an_order(payment=IN_PARTS), eur(40)), "60.01", "60"),
        (lambda: started(an_order(payment=IN_PARTS)), "0.01", "0"),
        (lambda: paid(an_order(payment=IN_THREE)), "80", "50"),
    ],
    ids=["full", "more than the price", "more than is left", "pending", "nothing left", "fixed"],
)
def test_more_than_is_left(before: Before, covers: str, available: str) -> None:
    """More than is outstanding and not pending is refused, under any terms."""
    expected = ExceedsOutstanding(7, eur(covers), eur(available))

    assert expected == payment_terms.refusal(before(), eur(covers))


@pytest.mark.rule("I6")
@pytest.mark.parametrize("payment", [IN_PARTS, IN_THREE], ids=["any share", "fixed shares"])
def test_nothing_is_not_paid(payment: PaymentTerms) -> None:
    """While all that is left is pending, not even a payment of nothing may start."""
    order = started(an_order(payment=payment), eur(100))

    nothing = payment_terms.default_amount(order)

    assert ExceedsOutstanding(7, eur(0), eur(0)) == payment_terms.refusal(order, nothing)
