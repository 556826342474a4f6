"""Erasing a customer who pays again and again: what goes at once, and what is needed until the end."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given

from ordersales import BackOffice, EventKind, OrderNumber, PaymentMethod
from ordersales.models.offer import ERASED
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.rules.erasing import erased_recurring
from ordersales.testing import Play, a_customer
from tests.agreed import CARD, a_recurring, recurring_orders
from tests.drivers import ADA, BOSS, Shop
from tests.listed import NOON
from tests.services.test_erasing import MARK, erase, traces
from tests.services.watched import Watched
from tests.subscribing import FEBRUARY, due, look, orders_of, record, subscribe

pytestmark = pytest.mark.rule("E2")

SECRET = PaymentMethod(token=f"tok-{MARK}", stored=True)


@pytest.fixture
def shop() -> Shop:
    """Return a shop behind the synchronous door."""
    return Shop.behind(BackOffice)


def unerased(shop: Shop) -> tuple[OrderNumber, ...]:
    """Return which of Ada's orders hold personal data."""
    return shop.office.customers.unerased(BOSS, ADA.id)


def test_while_it_goes_on_only_the_method_is_left(shop: Shop) -> None:
    """The name and all reasons go at once; what it is charged on stays, and is named."""
    number = subscribe(shop)
    shop.office.recurring.replace_method(BOSS, number, SECRET)
    shop.office.recurring.pause(BOSS, number, reason=f"{MARK} is on holiday")
    shop.office.recurring.activate(BOSS, number)

    assert 2 == erase(shop)

    assert ERASED == record(shop, number).customer.name
    assert [SECRET.token] == traces(shop)
    assert (number,) == unerased(shop)
    notes = [event.note for event in shop.office.recurring.history(BOSS, number)]
    assert {""} == {*notes}
    assert 0 == erase(shop)


def test_what_is_placed_later_has_no_name(shop: Shop) -> None:
    """It goes on to be paid, without the name; the method is in each payment until the end."""
    number = subscribe(shop)
    erase(shop)

    assert ["paid"] == due(shop, FEBRUARY)

    assert {ERASED} == {order.customer.name for order in orders_of(shop, number)}
    assert 2 == record(shop, number).payments_made
    assert (number, OrderNumber(2)) == unerased(shop)


def test_when_it_is_completed_nothing_is_left(shop: Shop) -> None:
    """After its end the method goes as well, and so does the event of its erasing tell."""
    number = subscribe(shop)
    shop.office.recurring.replace_method(BOSS, number, SECRET)
    erase(shop)
    due(shop, FEBRUARY)
    shop.office.recurring.complete(BOSS, number, reason=f"{MARK} asked")

    assert 2 == erase(shop)

    assert [] == traces(shop)
    assert () == unerased(shop)
    assert None is record(shop, number).method
    (*_, last) = shop.office.recurring.history(BOSS, number)
    assert (EventKind.CUSTOMER_ERASED, RecurringStatus.COMPLETED, "boss") == (
        last.kind,
        last.recurring and last.recurring.after,
        last.by,
    )


def test_a_failed_one_may_be_charged_again(shop: Shop) -> None:
    """A failed one keeps its method, since a person may activate it."""
    number = subscribe(shop)
    due(shop, FEBRUARY, Play.DECLINE_FINALLY)

    erase(shop)

    assert RecurringStatus.FAILED is look(shop, number).status
    assert None is not record(shop, number).method
    assert number in unerased(shop)


def test_figures_stay(shop: Shop) -> None:
    """Nothing is changed that is counted or charged by."""
    number = subscribe(shop)
    shop.office.recurring.pause(BOSS, number, reason="so")
    before = record(shop, number)

    erase(shop)

    after = record(shop, number)
    assert attrs.evolve(before, customer=after.customer, version=after.version) == after
    assert ADA.id == after.customer.id


def test_another_customer_is_left_alone(shop: Shop) -> None:
    """Only the customer who asked is erased, and a customer without anything is no error."""
    number = subscribe(shop)

    assert 0 == shop.office.customers.erase(BOSS, a_customer("bob").id)

    assert ADA == record(shop, number).customer


def test_a_charge_meanwhile_is_not_lost() -> None:
    """Charged in between, the recurring order is read again, and erased as it then stands."""
    watched = Watched()
    shop = watched.shop
    number = subscribe(shop)
    shop.clock.advance_to(FEBRUARY)
    office = BackOffice(shop.store, shop.desk.payment_systems, shop.clock)
    # The first transaction only reads which there are.
    watched.store.after_commit = lambda: setattr(
        watched.store, "before_commit", office.recurring.run_due
    )

    assert 3 == erase(shop)

    assert (2, ERASED) == (record(shop, number).payments_made, record(shop, number).customer.name)
    assert "conflict" in watched.written_down()


@given(recurring_orders(7))
def test_erasing_twice_changes_nothing(recurring: RecurringOrder) -> None:
    """What is erased is erased, and the very same comes back."""
    once = erased_recurring(recurring)

    assert once is erased_recurring(once)
    assert (once.method is None) is recurring.ended
    assert None is erased_recurring(recurring, unfinished=True).method


def test_what_is_kept_of_a_plain_one() -> None:
    """An active one keeps its method, and everything else but the name."""
    plain = a_recurring()

    assert attrs.evolve(plain, customer=attrs.evolve(plain.customer, name=ERASED)) == (
        erased_recurring(plain)
    )
    assert (CARD, NOON) == (erased_recurring(plain).method, plain.started_at)
