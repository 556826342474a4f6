"""Which orders and payments belong in a filtered list."""

from __future__ import annotations

import unicodedata
from datetime import timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.errors import InvalidInput
from ordersales.models.filters import EVERYTHING, OrderFilter, OrderSort, PaymentSort, PaymentType
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.offer import AnyShare, FixedShares
from ordersales.models.order import Order, OrderStatus, Payment
from ordersales.models.sale import Sale
from ordersales.rules.filtering import (
    all_orders,
    asked_of_invoices,
    matches,
    matches_payment,
    payment_type,
)
from ordersales.values.currency import Currency
from ordersales.values.folding import folded
from ordersales.values.money import Money
from ordersales.values.share import Share
from tests.listed import HOUR, MIRA, NOON, ZOE, an_invoice, an_offer, an_order, filters, orders

pytestmark = pytest.mark.rule("L3")

TICK = timedelta(microseconds=1)
EASTERN = timezone(timedelta(hours=-5))


def eur(amount: str) -> Money:
    """Return so many euros."""
    return Money.of(amount, "EUR")


THE_ORDER = an_order(
    7,
    customer=ZOE,
    offer=an_offer(parts=True),
    quantity=2,
    status=OrderStatus.COMPLETED,
    sale=Sale(manager=MIRA, confirmed_at=NOON),
    attention=True,
    recurring=True,
    invoices=(
        an_invoice(501, InvoiceStatus.FAILED, system="Bank", settled_at=NOON - HOUR),
        an_invoice(502, InvoiceStatus.REFUNDED, system="Cards", settled_at=NOON + HOUR),
    ),
)
PLAIN = an_order(8)


@pytest.mark.parametrize(
    ("field", "fits", "does_not"),
    [
        ("number", 7, 8),
        ("statuses", {OrderStatus.OPEN, OrderStatus.COMPLETED}, {OrderStatus.OPEN}),
        ("customer", "zoe", "Zoë Ångström"),
        ("offer", "C-1", "c-1"),
        ("category", "7", "Learning"),
        ("placed_from", NOON, NOON + TICK),
        ("placed_from", NOON.astimezone(EASTERN), (NOON + TICK).astimezone(EASTERN)),
        ("placed_before", NOON + TICK, NOON),
        ("invoice", 502, 503),
        ("payment_statuses", {InvoiceStatus.FAILED}, {InvoiceStatus.PAID}),
        ("paid_from", NOON + HOUR, NOON + HOUR + TICK),
        ("paid_before", NOON + HOUR + TICK, NOON + HOUR),
        ("system", "Bank", "bank"),
        ("currency", Currency.of("EUR"), Currency.of("USD")),
        ("price_from", eur("200.00"), eur("200.01")),
        ("price_from", eur("0.00"), Money.of("0.00", "USD")),
        ("price_to", eur("200.00"), eur("199.99")),
        ("price_to", eur("999.00"), Money.of("999.00", "USD")),
        ("manager", "mira", "Mira"),
        ("system_sale", False, True),
        ("confirmed", True, False),
        ("payment_type", PaymentType.PARTIAL, PaymentType.FULL),
        ("recurring", True, False),
        ("needs_attention", True, False),
        ("text", "ZOE", "zoey"),
    ],
)
def test_each_field(field: str, fits: Any, does_not: Any) -> None:
    """Each field lets through what is as it says, up to its very edge, and nothing else."""
    assert matches(THE_ORDER, OrderFilter(**{field: fits}))
    assert not matches(THE_ORDER, OrderFilter(**{field: does_not}))


@pytest.mark.parametrize(
    ("field", "fits"),
    [
        ("system_sale", True),
        ("confirmed", False),
        ("payment_type", PaymentType.FULL),
        ("recurring", False),
        ("needs_attention", False),
    ],
)
def test_what_is_asked_not_to_be(field: str, fits: Any) -> None:
    """False asks for those that are not, which is something else than asking nothing."""
    assert matches(PLAIN, OrderFilter(**{field: fits}))
    assert not matches(THE_ORDER, OrderFilter(**{field: fits}))


def test_a_sale_of_the_system_is_no_managers() -> None:
    """An order credited to the system is found by no manager."""
    assert not matches(PLAIN, OrderFilter(manager="mira"))


@given(orders(7))
def test_no_field_lets_everything_through(order: Order) -> None:
    """The empty filter asks nothing of an order or an invoice."""
    assert matches(order, EVERYTHING)
    assert all(matches_payment(Payment(order, item), EVERYTHING) for item in order.invoices)


@given(orders(7), filters(), filters())
def test_all_that_is_asked_has_to_be_so(order: Order, one: OrderFilter, other: OrderFilter) -> None:
    """Two filters that ask for different things of the order let through together what both do."""
    asked = {
        field.name: value
        for wanted in (one, other)
        for field in attrs.fields(OrderFilter)
        if (value := getattr(wanted, field.name)) not in (None, frozenset())
    }
    together = OrderFilter(**asked)
    alone = [OrderFilter(**{name: value}) for name, value in asked.items()]

    for invoice in order.invoices:
        payment = Payment(order, invoice)
        assert all(matches_payment(payment, wanted) for wanted in alone) == matches_payment(
            payment, together
        )


@given(orders(7), filters())
def test_an_order_is_listed_where_one_of_its_invoices_is(order: Order, wanted: OrderFilter) -> None:
    """What is asked of invoices, one and the same invoice has to pass."""
    listed = [matches_payment(Payment(order, item), wanted) for item in order.invoices]

    if asked_of_invoices(wanted):
        assert any(listed) == matches(order, wanted)
    else:
        assert {matches(order, wanted)} >= set(listed)


def test_one_and_the_same_invoice() -> None:
    """A failed one through the bank and a paid one by card are no payment through the bank."""
    paid_through_bank = OrderFilter(system="Bank", paid_from=NOON - HOUR)

    assert not matches(THE_ORDER, paid_through_bank)
    assert matches(THE_ORDER, OrderFilter(system="Cards", paid_from=NOON - HOUR))


@pytest.mark.parametrize("status", InvoiceStatus)
def test_paid_is_what_was_taken_returned_since_or_not(status: InvoiceStatus) -> None:
    """Only money that was taken has a moment of payment; a failure's final word is none."""
    order = an_order(invoices=(an_invoice(status=status),))

    taken = status in (InvoiceStatus.PAID, InvoiceStatus.REFUNDED)
    assert taken is matches(order, OrderFilter(paid_from=NOON))
    assert taken is matches(order, OrderFilter(paid_before=NOON + HOUR))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("zoe", True),
        ("ZOË", True),
        ("angstrom", True),
        ("Brulee", True),
        ("zoe creme", True),
        ("creme   zoe", True),
        ("zo rème", True),
        ("zoe lovelace", False),
        ("zoe-creme", False),
        ("C-1", False),
    ],
)
def test_free_text(text: str, found: bool) -> None:
    """Every word is in the customer's or the offer's name, whatever its case and accents."""
    assert found is matches(THE_ORDER, OrderFilter(text=text))


@pytest.mark.parametrize(
    ("text", "as_compared"),
    [
        ("Zoë", "zoe"),
        ("ANGSTRÖM", "angstrom"),
        ("STRASSE Straße ẞ", "strasse strasse ss"),
        ("İstanbul ısı", "istanbul isi"),
        ("Łódź Øre Ærø Œuvre Đorđe Þór Ħal", "lodz ore aero oeuvre dorde thor hal"),
        ("ﬁne Ｗｉｄｅ", "fine wide"),
        ("Ω ΑΘΉΝΑ Йод", "ω αθηνα иод"),
        ("plain", "plain"),
    ],
)
def test_folded(text: str, as_compared: str) -> None:
    """Text is compared without case, accents, strokes and joined letters."""
    assert as_compared == folded(text)


@given(st.text())
def test_folding_is_one_for_all_spellings(text: str) -> None:
    """Folding twice is folding once, and composed letters fold like those with marks apart."""
    assert folded(text) == folded(folded(text))
    assert folded(unicodedata.normalize("NFC", text)) == folded(unicodedata.normalize("NFD", text))


def test_payment_type() -> None:
    """Every terms but in full are partial."""
    halves = FixedShares((Share.percent(50), Share.percent(50)))
    partial = [attrs.evolve(an_offer(), payment=terms) for terms in (AnyShare(), halves)]

    assert [PaymentType.PARTIAL] * 2 == [payment_type(an_order(offer=offer)) for offer in partial]
    assert PaymentType.FULL is payment_type(PLAIN)


@pytest.mark.rule("L1")
def test_all_orders_are_the_regular_ones() -> None:
    """All orders lists regular ones, unless the filter says which; the rest of it stays."""
    mine = OrderFilter(customer="zoe")

    assert OrderFilter(customer="zoe", recurring=False) == all_orders(mine)
    for recurring in (True, False):
        wanted = OrderFilter(recurring=recurring)
        assert wanted == all_orders(wanted)


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", 0),
        ("statuses", {"Open"}),
        ("customer", 7),
        ("placed_from", NOON.replace(tzinfo=None)),
        ("invoice", "501"),
        ("payment_statuses", {OrderStatus.OPEN}),
        ("currency", "EUR"),
        ("price_from", 100),
        ("confirmed", 1),
        ("payment_type", "Full"),
        ("text", " "),
    ],
)
def test_a_field_of_the_wrong_kind(field: str, value: Any) -> None:
    """A filter refuses what it can't compare with, and names the field."""
    with pytest.raises(InvalidInput) as caught:
        OrderFilter(**{field: value})

    assert [field] == [problem.field for problem in caught.value.problems]


@pytest.mark.rule("B1")
def test_amounts_in_two_currencies() -> None:
    """A range of amounts is in one currency."""
    with pytest.raises(InvalidInput, match="price_from's currency"):
        OrderFilter(price_from=eur("1"), price_to=Money.of("2", "USD"))


@pytest.mark.rule("L4", "B1")
@pytest.mark.parametrize(
    ("kind", "named"),
    [(OrderSort, "sales manager"), (PaymentSort, "payment system")],
)
def test_a_column_that_does_not_sort(kind: Any, named: str) -> None:
    """A sort by an unknown column is refused with the names there are, and so is no direction."""
    assert named == kind(named).column.value
    with pytest.raises(InvalidInput) as caught:
        kind("colour")
    (problem,) = caught.value.problems
    assert ("column", "'colour'") == (problem.field, problem.given)
    assert {"number", named} <= set(problem.allowed.split(", "))
    with pytest.raises(InvalidInput, match="descending"):
        kind("number", "down")
