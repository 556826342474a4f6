"""Each check of an order finds what it is for, and nothing on an order that is sound."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import attrs
import pytest

from ordersales import AccountId, AnyShare, BackOffice, InFull, InvoiceStatus, OrderStatus
from ordersales.models.order import Occurrence, Order
from ordersales.models.refund import RefundStatus
from ordersales.models.stage import Stage
from ordersales.testing import Play, RefundPlay
from ordersales.testing.simulator import INVARIANTS
from ordersales.testing.simulator.chances import Chances
from ordersales.testing.simulator.ledger import Ledger
from ordersales.testing.simulator.order_checks import CHECKS, charges_apart, told
from ordersales.testing.simulator.watching import Written
from ordersales.testing.simulator.world import World
from ordersales.values.identifiers import (
    AttemptReference,
    GatewayId,
    IdempotencyKey,
    InvoiceNumber,
    SystemName,
)
from tests.drivers import BOSS, Shop, eur, key

Break = Callable[[Order], Order]


def lived() -> tuple[Order, Order]:
    """Return an order in parts before and after a payment: paid, refunded in part, and pending."""
    shop = Shop.behind(BackOffice)
    shop.gateway.then(Play.SUCCEED, Play.PEND, Play.DECLINE)
    shop.gateway.refunds.then(RefundPlay.SUCCEED, RefundPlay.PEND)
    number = shop.place(AnyShare())
    paid = shop.charge(number, "30.00", "pay-1").invoice.number
    for n in (1, 2):
        shop.office.refunds.refund(
            BOSS, number, paid, key=key(f"back-{n}"), amount=eur("5.00"), reason="Late"
        )
    before = shop.look(number)
    shop.charge(number, "20.00", "pay-2")
    shop.charge(number, "20.00", "pay-3")
    after = shop.look(number)
    return before, attrs.evolve(after, version=before.version + 1)


def invoice(place: int, **changes: object) -> Break:
    """Return what changes one invoice."""

    def broken(order: Order) -> Order:
        invoices = list(order.invoices)
        invoices[place] = attrs.evolve(invoices[place], **changes)
        return attrs.evolve(order, invoices=tuple(invoices))

    return broken


def attempt(place: int, **changes: object) -> Break:
    """Return what changes the attempt of one invoice."""

    def broken(order: Order) -> Order:
        before = order.invoices[place].attempt
        assert before is not None
        return invoice(place, attempt=attrs.evolve(before, **changes))(order)

    return broken


def refund(place: int, **changes: object) -> Break:
    """Return what changes a refund of the first invoice."""

    def broken(order: Order) -> Order:
        refunds = list(order.invoices[0].refunds)
        refunds[place] = attrs.evolve(refunds[place], **changes)
        return invoice(0, refunds=tuple(refunds))(order)

    return broken


def order(**changes: object) -> Break:
    """Return what changes the order."""
    return lambda before: attrs.evolve(before, **changes)


def of_terms(payment: object) -> Break:
    """Return what makes it an order of other terms."""
    return lambda before: attrs.evolve(before, offer=attrs.evolve(before.offer, payment=payment))


def both(*breaks: Break) -> Break:
    """Return what does all of it."""

    def broken(order: Order) -> Order:
        for one in breaks:
            order = one(order)
        return order

    return broken


PENDING: Final = invoice(2, status=InvoiceStatus.PENDING)
FAILED: Final = invoice(1, status=InvoiceStatus.FAILED)


def four_failed(order: Order) -> Order:
    """Return the order with four failed attempts."""
    failed = FAILED(order).invoices[1]
    numbers = range(failed.number, failed.number + 4)
    return attrs.evolve(order, invoices=tuple(attrs.evolve(failed, number=n) for n in numbers))


FOUR_FAILED: Final = four_failed
OCCURRENCE: Final = Occurrence(recurring_order=1, index=1, attempts_allowed=1)
BREAKS: Final[dict[str, tuple[int, Break]]] = {
    "two pending in full": (1, both(of_terms(InFull()), PENDING)),
    "two pending of an occurrence": (1, both(order(occurrence=OCCURRENCE), PENDING)),
    "two failed in full": (2, both(of_terms(InFull()), FAILED)),
    "four failed of an occurrence": (2, both(order(occurrence=OCCURRENCE), FOUR_FAILED)),
    "out of place": (
        2,
        attempt(2, reference=AttemptReference(AccountId("acme"), 1, 7)),
    ),
    "one reference twice": (5, attempt(2, reference=AttemptReference(AccountId("acme"), 1, 2))),
    "one refund key twice": (5, refund(1, key=IdempotencyKey("back-1"))),
    "another reference": (5, attempt(0, reference=AttemptReference(AccountId("acme"), 1, 9))),
    "no attempt any more": (5, invoice(0, attempt=None)),
    "another amount": (5, invoice(0, amount=eur("31.00"))),
    "a final word undone": (6, invoice(0, status=InvoiceStatus.FAILED)),
    "a refund undone": (6, refund(0, status=RefundStatus.PENDING)),
    "closed and pending": (9, attempt(1, stage=Stage.CLOSED)),
    "nobody looks": (9, attempt(1, next_check=None)),
    "nobody looks at a refund": (9, refund(1, next_check=None)),
    "more back than came": (10, refund(0, amount=eur("26.00"))),
    "more than the price": (10, invoice(1, covers=eur("71.00"))),
    "another price": (10, order(price=eur("101.00"))),
    "one charge for two": (
        10,
        invoice(1, status=InvoiceStatus.PAID, gateway_id=GatewayId("ch_1")),
    ),
    "another status": (14, order(status=OrderStatus.COMPLETED)),
    "the same version": (14, lambda order: attrs.evolve(order, version=order.version - 1)),
    "an invoice gone": (14, lambda order: attrs.evolve(order, invoices=())),
}


def found(before: Order | None, after: Order) -> set[int]:
    """Return the numbers of the invariants that don't hold."""
    return {number for number, check in CHECKS if check(before, after) is not None}


def test_a_sound_order() -> None:
    """Nothing is found on an order that was only used."""
    before, after = lived()

    assert set() == found(before, after)
    assert set() == found(None, attrs.evolve(after, version=1))


@pytest.mark.parametrize(("number", "broken"), BREAKS.values(), ids=BREAKS)
def test_each_check_finds_what_it_is_for(number: int, broken: Break) -> None:
    """What was broken is found under its number, and is described."""
    before, after = lived()

    assert number in found(before, broken(after))
    assert number in INVARIANTS


def test_a_price_that_is_not_the_sum() -> None:
    """Paid, outstanding and waived less surplus are the price, or it is found."""
    _, after = lived()

    class Odd(Order):
        """An order that shows less outstanding than there is."""

        @property
        def outstanding(self) -> object:  # type: ignore[override]
            return eur("1.00")

    fields = {item.name: getattr(after, item.name) for item in attrs.fields(Order)}
    assert 10 in found(None, Odd(**fields | {"version": 1}))


@pytest.mark.parametrize("change", [{"permits": 2}])
def test_a_permission_on_an_order_that_is_not_open(change: dict[str, object]) -> None:
    """On an order that is not open nothing new is permitted, by whichever sign."""
    before, after = lived()
    declined = attrs.evolve(after, status=OrderStatus.DECLINED, version=before.version)
    reserved = attempt(1, stage=Stage.RESERVED)(declined)
    now = attrs.evolve(attempt(1, **change)(reserved), version=declined.version + 1)

    assert 7 not in found(reserved, attrs.evolve(reserved, version=now.version))
    assert 7 in found(reserved, now)
    assert 7 in found(attrs.evolve(declined, invoices=declined.invoices[:2]), now)


def test_two_payment_systems_may_call_their_charges_alike() -> None:
    """One name at two payment systems is two charges; a manual payment has none."""
    _, after = lived()
    paid = InvoiceStatus.PAID
    elsewhere = invoice(1, status=paid, gateway_id=GatewayId("ch_1"), system=SystemName("Others"))(
        after
    )
    by_hand = both(invoice(0, gateway_id=None), invoice(1, status=paid, gateway_id=None))(after)

    assert charges_apart(None, elsewhere) is None
    assert charges_apart(None, by_hand) is None


def test_an_epoch_that_falls() -> None:
    """An epoch grows; a higher one may ask for the same under another key."""
    before, after = lived()
    second = attempt(0, epoch=1)

    assert set() == found(before, second(after))
    assert 5 in found(second(before), after)


def test_a_manual_payment_has_no_attempt() -> None:
    """What is paid by bank has neither key nor check."""
    shop = Shop.behind(BackOffice)
    number = shop.place(AnyShare())
    shop.announce(number, "10.00")
    before = shop.look(number)

    assert set() == found(before, attrs.evolve(before, version=before.version + 1))


def test_what_waits_to_be_sent_is_put_off_without_an_event() -> None:
    """Nothing has happened then; whatever else changes is told."""
    before, _ = lived()
    number, last = len(before.invoices) - 1, before.invoices[-1]
    assert last.attempt is not None
    for stage, excused in ((Stage.RESERVED, True), (Stage.IN_DOUBT, False)):
        waiting = attrs.evolve(last.attempt, stage=stage, next_check=before.placed_at)
        was = invoice(number, attempt=waiting)(before)
        later = attrs.evolve(waiting, next_check=before.placed_at + timedelta(days=1))
        after = next_version(invoice(number, attempt=later)(was))
        assert (told(was, after, ()) is None) is excused
        more = attrs.evolve(later, checks=later.checks + 1)
        assert told(was, invoice(number, attempt=more)(after), ()) is not None
        assert told(was, next_version(after), ()) is not None


def next_version(order: Order) -> Order:
    """Return it as it is kept after one more change."""
    return attrs.evolve(order, version=order.version + 1)


def test_events_that_do_not_lead_there() -> None:
    """A change has its events, each beginning where the one before ended."""
    shop = Shop.behind(BackOffice)
    number = shop.place()
    shop.charge(number)
    after, events = shop.look(number), shop.office.orders.history(BOSS, number)

    assert told(None, after, events) is None
    assert "without an event" in str(told(None, after, ()))
    assert "don't lead to Completed" in str(told(None, after, events[:-1]))
    assert "don't lead to Completed" in str(told(after, after, events))


def ledger() -> tuple[World, Ledger]:
    """Return an empty ledger."""
    world = World("17")
    return world, Ledger(world)


def test_accounts_are_kept_apart() -> None:
    """Who works for one account and opens another's records breaks 15; who works for all may."""
    world, books = ledger()
    books.at_work = ("a timer", None)
    books.opened(AccountId("acme"))
    books.at_work = ("ada", AccountId("acme"))
    books.opened(AccountId("acme"))
    assert world.violation is None

    books.opened(AccountId("other"))

    assert world.violation is not None
    assert (15, "ada works for acme and opened the records of other") == (
        world.violation.number, world.violation.detail,
    )  # fmt: skip


def test_two_invoices_of_one_number() -> None:
    """An invoice number is used once in an account."""
    shop = Shop.behind(BackOffice)
    orders = [shop.place(under=f"cart-{n}") for n in (1, 2)]
    for n, number in enumerate(orders):
        shop.charge(number, under=f"pay-{n}")
    world, books = ledger()
    for number in orders:
        order = shop.look(number)
        first = attrs.evolve(order.invoices[0], number=InvoiceNumber(1))
        order = attrs.evolve(order, invoices=(first,), version=1)
        events = list(shop.office.orders.history(BOSS, number))
        books.committed(Written(order.account, [order], events), [order])

    assert world.violation is not None
    assert "two invoices have the number 1" == world.violation.detail


def test_what_is_read_is_what_was_committed() -> None:
    """A store that reads something else than was committed breaks 16; the first finding counts."""
    shop = Shop.behind(BackOffice)
    order = shop.look(shop.place())
    world, books = ledger()
    books.committed(Written(order.account, [order], []), [None])

    assert world.violation is not None
    assert 16 == world.violation.number
    assert "2. " in str(attrs.evolve(world.violation, number=2))
    assert "is read as None" in str(world.violation)


def test_chances_are_streams() -> None:
    """A stream of one name is the same whoever else draws."""
    chances = Chances("17")
    first = chances.stream("ada").random()
    chances.stream("ben").random()

    assert first == chances.stream("ada").random() != chances.stream("ben").random()
