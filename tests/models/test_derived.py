"""What records tell of themselves: sums, shares, and what can be looked up."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.models.invoice import Attempt, Invoice, InvoiceStatus
from ordersales.models.offer import AnyShare
from ordersales.models.order import (
    Attention,
    AttentionReason,
    Decision,
    DecisionKind,
    Occurrence,
    Order,
    OrderStatus,
)
from ordersales.models.refund import Refund, RefundKind, RefundStatus
from ordersales.models.sale import Manager, Sale
from ordersales.models.stage import Stage
from ordersales.testing.builders import a_customer, an_offer
from ordersales.values.identifiers import (
    AccountId,
    AttemptReference,
    IdempotencyKey,
    InvoiceNumber,
    OrderNumber,
    SystemName,
    UserId,
)
from ordersales.values.money import Money
from ordersales.values.share import Share, shown_shares

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
PENDING, PAID, FAILED, CANCELED, REFUNDED = InvoiceStatus


def eur(amount: str | int) -> Money:
    """Return so many euros."""
    return Money.of(amount, "EUR")


def an_attempt(stage: Stage = Stage.CLOSED, place: int = 1, epoch: int = 0) -> Attempt:
    """Return an attempt on order 7."""
    return Attempt(
        reference=AttemptReference(AccountId("acme"), OrderNumber(7), place),
        epoch=epoch,
        stage=stage,
        method=None,
        sent_at=NOON,
        next_check=None,
    )


def an_invoice(
    status: InvoiceStatus,
    covers: Money,
    *,
    place: int = 1,
    attempt: Attempt | None = None,
    refunds: tuple[Refund, ...] = (),
) -> Invoice:
    """Return an invoice in any status."""
    return Invoice(
        number=InvoiceNumber(500 + place),
        attempted_at=NOON,
        status=status,
        amount=covers,
        covers=covers,
        system=SystemName("Cards"),
        key=IdempotencyKey(f"pay-{place}"),
        attempt=attempt,
        refunds=refunds,
    )


def an_order(*invoices: Invoice, price: Money | None = None) -> Order:
    """Return an order of 100 EUR with these invoices."""
    price = price or eur(100)
    return Order(
        account=AccountId("acme"),
        number=OrderNumber(7),
        key=IdempotencyKey("cart-7"),
        placed_at=NOON,
        customer=a_customer(),
        offer=an_offer(str(price.amount), payment=AnyShare()),
        quantity=1,
        price=price,
        status=OrderStatus.OPEN,
        invoices=invoices,
    )


def a_refund(amount: str, status: RefundStatus) -> Refund:
    """Return a refund in any status."""
    return Refund(
        number=1, kind=RefundKind.REFUND, amount=eur(amount), status=status, requested_at=NOON
    )


def decided(order: Order, kind: DecisionKind) -> Order:
    """Return `order` with a decision."""
    return attrs.evolve(order, decision=Decision(kind=kind, at=NOON, by=None))


@pytest.mark.rule("P2")
@pytest.mark.parametrize(
    ("states", "kind", "expected"),
    [
        ([], None, ["0", "0", "100", "0", "0"]),
        ([(PENDING, "60")], None, ["0", "60", "100", "0", "0"]),
        ([(PAID, "60")], None, ["60", "0", "40", "0", "0"]),
        ([(REFUNDED, "60")], None, ["60", "0", "40", "0", "0"]),
        ([(FAILED, "60"), (CANCELED, "10")], None, ["0", "0", "100", "0", "0"]),
        ([(PAID, "60"), (PENDING, "30")], None, ["60", "30", "40", "0", "0"]),
        ([(PAID, "60"), (REFUNDED, "40")], None, ["100", "0", "0", "0", "0"]),
        ([(PAID, "60"), (PAID, "41")], None, ["101", "0", "0", "0", "1"]),
        ([(PAID, "60")], DecisionKind.CONFIRMED, ["60", "0", "0", "40", "0"]),
        ([(PAID, "101")], DecisionKind.CONFIRMED, ["101", "0", "0", "0", "1"]),
        ([(PAID, "60")], DecisionKind.DECLINED, ["60", "0", "40", "0", "0"]),
        ([(PAID, "60")], DecisionKind.CANCELED, ["60", "0", "40", "0", "0"]),
        ([(PAID, "60")], DecisionKind.EXPIRED, ["60", "0", "40", "0", "0"]),
    ],
)
def test_sums(
    states: list[tuple[InvoiceStatus, str]], kind: DecisionKind | None, expected: list[str]
) -> None:
    """Paid, pending, outstanding, waived and surplus follow from invoices and decision."""
    order = an_order(*(an_invoice(status, eur(covers)) for status, covers in states))
    if kind is not None:
        order = decided(order, kind)

    sums = [order.paid, order.pending, order.outstanding, order.waived, order.surplus]

    assert [eur(amount) for amount in expected] == sums


@pytest.mark.rule("P2", "O6")
@given(
    st.lists(st.tuples(st.sampled_from(InvoiceStatus), st.integers(1, 20_000)), max_size=6),
    st.none() | st.sampled_from(DecisionKind),
)
def test_money_is_conserved(
    states: list[tuple[InvoiceStatus, int]], kind: DecisionKind | None
) -> None:
    """The price is paid + outstanding + waived - surplus, whatever is recorded."""
    invoices = (an_invoice(status, Money(minor, eur(1).currency)) for status, minor in states)
    order = an_order(*invoices)
    if kind is not None:
        order = decided(order, kind)

    assert order.price == order.paid + order.outstanding + order.waived - order.surplus
    assert order.outstanding.is_zero or order.waived.is_zero


@pytest.mark.rule("I4")
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=12))
def test_the_shown_shares_of_a_paid_order_make_a_hundred(covers: list[int]) -> None:
    """Whatever parts an order was paid in, the percentages shown add up to 100.00."""
    parts = [Money(minor, eur(1).currency) for minor in covers]
    invoices = [an_invoice(PAID, part) for part in parts]
    order = an_order(*invoices, price=Money.total(parts, "EUR"))

    shares = [order.share(invoice) for invoice in order.invoices]

    assert Share.percent(100).fraction == sum(share.fraction for share in shares)
    assert "100.00" == str(sum(shown_shares(shares)))


@pytest.mark.rule("I4")
def test_share_is_exact() -> None:
    """What an invoice covers of the price is kept as a fraction, and shown rounded."""
    order = an_order(an_invoice(PAID, eur("33.33")), price=eur("99.99"))

    share = order.share(order.invoices[0])

    assert Share.of(eur(1), eur(3)) == share
    assert "33.33 %" == str(share)


@pytest.mark.rule("I1")
def test_credited() -> None:
    """Funds credited are the amount less the commission, unknown until it is told."""
    invoice = an_invoice(PAID, eur(100))

    assert invoice.credited is None
    assert eur(97) == attrs.evolve(invoice, fee=eur(3)).credited
    assert eur(100) == attrs.evolve(invoice, fee=eur(0)).credited


@pytest.mark.rule("I2")
@pytest.mark.parametrize(
    ("status", "stage", "expected"),
    [
        (PENDING, Stage.RESERVED, False),
        (PENDING, Stage.IN_DOUBT, True),
        (PENDING, Stage.ACCEPTED, True),
        (PENDING, Stage.BLOCKED, False),
        (PENDING, Stage.HELD, True),
        (PENDING, None, False),
        (PAID, Stage.CLOSED, False),
        (FAILED, Stage.CLOSED, False),
        (CANCELED, Stage.CLOSED, False),
        (REFUNDED, Stage.CLOSED, False),
        (FAILED, Stage.IN_DOUBT, False),
    ],
)
def test_in_flight(status: InvoiceStatus, stage: Stage | None, expected: bool) -> None:
    """A gateway may still take the money unless it certainly was not asked, or has answered."""
    attempt = None if stage is None else an_attempt(stage)

    assert expected is an_invoice(status, eur(1), attempt=attempt).in_flight


@pytest.mark.rule("I2")
@pytest.mark.parametrize("status", InvoiceStatus)
def test_captured(status: InvoiceStatus) -> None:
    """Money was taken by what is Paid, and by what was Refunded since."""
    assert (status in (PAID, REFUNDED)) is an_invoice(status, eur(1)).captured


@pytest.mark.rule("I2", "O1")
def test_refunds() -> None:
    """Only what really went back counts as returned, what may go back is reserved, no other."""
    done = a_refund("30", RefundStatus.SUCCEEDED)
    more = a_refund("0.01", RefundStatus.SUCCEEDED)
    waiting = a_refund("5", RefundStatus.PENDING)
    refused = a_refund("7", RefundStatus.FAILED)
    first = an_invoice(PAID, eur(60), refunds=(done, waiting, refused, more))
    second = an_invoice(PAID, eur(40), place=2, refunds=(waiting,))

    assert eur("30.01") == first.returned
    assert eur(0) == second.returned
    assert (eur(5), eur(5)) == (first.reserved, second.reserved)
    assert (eur("24.99"), eur(35)) == (first.refundable, second.refundable)
    assert (done, waiting, refused, more, waiting) == an_order(first, second).refunds


@pytest.mark.rule("O1")
def test_looking_up_an_invoice() -> None:
    """An invoice is found by its number, and by the reference a gateway was given."""
    manual = an_invoice(PAID, eur(40))
    asked = an_invoice(PENDING, eur(60), place=2, attempt=an_attempt(Stage.IN_DOUBT, 2))
    order = an_order(manual, asked)

    assert manual is order.invoice(InvoiceNumber(501))
    assert asked is order.invoice(InvoiceNumber(502))
    assert order.invoice(InvoiceNumber(503)) is None
    assert asked is order.attempted(an_attempt(place=2).reference)
    assert order.attempted(an_attempt(place=1).reference) is None


@pytest.mark.rule("C1")
def test_key_of_an_attempt() -> None:
    """The key is the reference and the epoch: another epoch is another key."""
    assert "acme/7/2~0" == an_attempt(place=2).key
    assert "acme/7/2~1" == an_attempt(place=2, epoch=1).key


@pytest.mark.rule("O6")
def test_needs_attention() -> None:
    """One flag is enough."""
    flag = Attention(
        reason=AttentionReason.OVERPAID, at=NOON, invoice=InvoiceNumber(501), detail="so"
    )

    assert not an_order().needs_attention
    assert attrs.evolve(an_order(), attention=(flag,)).needs_attention


@pytest.mark.rule("O1")
def test_defaults_of_an_order() -> None:
    """A bare order is credited to the system, has no invoices, and was never saved."""
    order = an_order()

    assert (Sale(), (), None, (), None, 0) == (
        order.sale,
        order.invoices,
        order.decision,
        order.attention,
        order.occurrence,
        order.version,
    )
    assert eur(100) == order.unit_price
    assert 3 == Occurrence(recurring_order=OrderNumber(1), index=1).attempts_allowed


def test_a_sale_is_confirmed_by_a_person() -> None:
    """It is confirmed once it says when."""
    manager = Manager(user=UserId("boss"), name="Boss")

    assert not Sale(manager=manager).confirmed
    assert Sale(manager=manager, confirmed_at=NOON, confirmed_by=UserId("boss")).confirmed


@pytest.mark.rule("O1")
def test_records_are_values() -> None:
    """An order can't be changed in place, equals one with the same contents, and hashes alike."""
    order = an_order(an_invoice(PAID, eur(1)))

    assert order == an_order(an_invoice(PAID, eur(1)))
    assert hash(order) == hash(an_order(an_invoice(PAID, eur(1))))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(order, "status", OrderStatus.COMPLETED)  # noqa: B010 - as a type checker forbids it
