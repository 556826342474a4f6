"""Others are faster: between two reads, between reading and committing, or all the time."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from types import TracebackType
from typing import Final

import pytest

from ordersales import (
    AccountId,
    AnyShare,
    BackOffice,
    FixedShares,
    InvoiceStatus,
    OrderNumber,
    OrderStatus,
    PaymentSystem,
    Share,
)
from ordersales.adapters.memory import MemoryStore
from ordersales.errors import Conflict, ExceedsOutstanding, WrongStatus
from ordersales.ports.storage import Store, Transaction
from ordersales.services import desk as desks
from ordersales.services import payments, settling
from ordersales.services.payments import Wish
from ordersales.testing import MovableClock, Play, ScriptedGateway
from tests.drivers import BOSS, BUYER, CARDS, ByHand, Shop, eur, key, snapshot
from tests.services.watched import Watched, WatchedGateway
from tests.subscribing import FEBRUARY, due, retry, subscribe

ANY: Final = AnyShare()


@pytest.mark.rule("C1")
def test_somebody_else_changes_the_order_while_it_is_settled(stage: Watched) -> None:
    """The outcome is applied again to what the order has become meanwhile; nothing is lost."""
    number = stage.shop.place(ANY)

    def announce() -> None:
        stage.shop.announce(number, "50.00")

    def meanwhile() -> None:
        stage.store.before_commit = announce

    stage.gateway.meanwhile = meanwhile
    stage.written_down()

    payment = stage.shop.charge(number, "50.00")

    theirs, again = ["begin", "commit"], ["conflict", "begin", "commit"]
    assert ["begin", "commit", "charge", "begin", *theirs, *again] == stage.written_down()
    assert [InvoiceStatus.PAID, InvoiceStatus.PENDING] == [
        invoice.status for invoice in payment.order.invoices
    ]
    assert 1 == stage.gateway.calls


@pytest.mark.rule("C1", "I6")
def test_somebody_else_pays_while_it_is_reserved(stage: Watched) -> None:
    """A reservation that lost a race is decided anew, on what the order has become."""
    number = stage.shop.place(ANY)

    def announce() -> None:
        stage.shop.announce(number, "60.00")

    stage.store.before_commit = announce

    with pytest.raises(ExceedsOutstanding) as caught:
        stage.shop.charge(number, "50.00")

    assert ExceedsOutstanding(number, eur("50.00"), eur("40.00")) == caught.value
    assert 0 == stage.gateway.calls


@pytest.mark.rule("R4", "R6")
def test_somebody_pauses_while_a_retry_is_permitted(stage: Watched) -> None:
    """What was not sent is not sent any more once the pause is committed."""
    shop = stage.shop
    number = subscribe(shop)
    assert ["not sent"] == due(shop, FEBRUARY, Play.NOT_SENT)
    asked = stage.gateway.calls

    def pause() -> None:
        shop.office.recurring.pause(BOSS, number)

    def soon() -> None:  # the first transaction only looks which payment system it is
        stage.store.before_commit = pause

    stage.store.before_commit = soon

    with pytest.raises(WrongStatus) as caught:
        retry(shop, number)

    assert WrongStatus("retry now", f"recurring order {number}", "Paused", ("Active",)) == (
        caught.value
    )
    assert asked == stage.gateway.calls


class Contended:
    """A store whose commits are refused a number of times."""

    def __init__(self, plain: Store) -> None:
        self._plain = plain
        self.refused = 0
        self.to_refuse = 0

    def transaction(self, account: AccountId) -> AbstractContextManager[Transaction]:
        """Return a transaction that may not be committed."""
        return ContendedTransaction(self, self._plain.transaction(account))

    def accounts_to_charge(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return the accounts in which a recurring order is due."""
        return self._plain.accounts_to_charge(now, limit)

    def accounts_to_check(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return the accounts in which something is due."""
        return self._plain.accounts_to_check(now, limit)


class ContendedTransaction(AbstractContextManager[Transaction]):
    """A transaction that may not be committed."""

    def __init__(self, store: Contended, context: AbstractContextManager[Transaction]) -> None:
        self._store = store
        self._context = context

    def __enter__(self) -> Transaction:
        return self._context.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._store.to_refuse:
            self._store.to_refuse -= 1
            self._store.refused += 1
            lost = Conflict("order 1")
            self._context.__exit__(Conflict, lost, None)
            raise lost
        self._context.__exit__(kind, error, trace)


@pytest.mark.rule("C1")
@pytest.mark.parametrize(
    ("conflicts", "kept"), [(settling.TRIES - 1, True), (settling.TRIES, False)]
)
def test_patience_with_an_outcome(conflicts: int, kept: bool) -> None:
    """An outcome is tried often; if it is lost in the end, the attempt still says in doubt."""
    store, gateway, clock = MemoryStore(), WatchedGateway([]), MovableClock()
    contended = Contended(store)
    office = BackOffice(contended, [PaymentSystem(CARDS, gateway)], clock)
    shop = Shop(office, store, gateway, clock)
    number = shop.place()

    def meanwhile() -> None:
        contended.to_refuse = conflicts

    gateway.meanwhile = meanwhile
    if kept:
        shop.charge(number)
    else:
        with pytest.raises(Conflict):
            shop.charge(number)

    (invoice,) = shop.look(number).invoices
    assert (InvoiceStatus.PAID if kept else InvoiceStatus.PENDING) is invoice.status
    assert (conflicts, 1) == (contended.refused, gateway.calls)


@pytest.mark.rule("C1")
@pytest.mark.parametrize(("conflicts", "kept"), [(desks.TRIES - 1, True), (desks.TRIES, False)])
def test_patience_with_a_question(conflicts: int, kept: bool) -> None:
    """A reservation is tried a few times; if it is not had, nobody was charged."""
    store, gateway, clock = MemoryStore(), ScriptedGateway(), MovableClock()
    contended = Contended(store)
    office = BackOffice(contended, [PaymentSystem(CARDS, gateway)], clock)
    shop = Shop(office, store, gateway, clock)
    number = shop.place()
    before = snapshot(store)
    contended.to_refuse = conflicts

    if kept:
        assert InvoiceStatus.PAID is shop.charge(number).invoice.status
    else:
        with pytest.raises(Conflict) as caught:
            shop.charge(number)
        assert Conflict("order 1") == caught.value
        assert (before, 0) == (snapshot(store), gateway.calls)
    assert conflicts == contended.refused


def a_wish(number: OrderNumber, covers: str, under: str) -> Wish:
    """Return what a buyer asks to be charged."""
    return Wish(
        order=number, system=CARDS, key=key(under), covers=eur(covers), amount=None, method=None
    )


def race(shop: Shop, first: ByHand, second: ByHand, at: int, until: int) -> None:
    """Let the first run to one call, the second to another, and then both to their ends."""
    first.steps(at)
    second.steps(until)
    first.finish()
    second.finish()


#: More calls than one payment takes, so that each place of each script is met.
CALLS: Final = 21


@pytest.mark.rule("I6", "C1")
@pytest.mark.parametrize("at", range(CALLS))
def test_a_race_for_the_last_share(at: int) -> None:
    """Two payments for the last share never both start, whichever is faster at any call."""
    for until in range(CALLS):
        shop = Shop.behind(BackOffice)
        number = shop.place(ANY)
        shop.charge(number, "60.00", "pay-0")
        scripts = [
            ByHand(payments.charge(shop.desk, BUYER, a_wish(number, "40.00", under)))
            for under in ("pay-1", "pay-2")
        ]

        race(shop, *scripts, at=at, until=until)

        assert 1 == sum(script.error is None for script in scripts)
        assert (eur("100.00"), 2) == (shop.gateway.taken("EUR"), len(shop.look(number).invoices))
        assert OrderStatus.COMPLETED is shop.look(number).status


@pytest.mark.rule("C5", "C1")
@pytest.mark.parametrize("at", range(CALLS))
def test_a_race_of_two_clicks(at: int) -> None:
    """Two calls under one key are one payment, whichever is faster at any call."""
    for until in range(CALLS):
        for play in (Play.SUCCEED, Play.NOT_SENT):
            shop = Shop.behind(BackOffice)
            number = shop.place(FixedShares((Share.percent(100),)))
            shop.gateway.then(play)
            scripts = [
                ByHand(payments.charge(shop.desk, BUYER, a_wish(number, "100.00", "pay-1")))
                for _ in range(2)
            ]

            race(shop, *scripts, at=at, until=until)

            assert [None, None] == [script.error for script in scripts]
            (invoice,) = shop.look(number).invoices
            assert invoice.attempt is not None
            assert {invoice.attempt.key} >= {item.request.key for item in shop.gateway.charged}
            assert shop.look(number).paid == shop.gateway.taken("EUR")


def test_the_race_meets_every_call(shop: Shop) -> None:
    """A payment takes fewer calls than the races step through."""
    script = ByHand(payments.charge(shop.desk, BUYER, a_wish(shop.place(ANY), "40.00", "pay-1")))

    script.finish()

    assert 10 < script.performed < CALLS
