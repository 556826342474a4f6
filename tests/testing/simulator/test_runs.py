"""A run: the same again from its seed, on any store, around any wrapper, with every fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

import attrs
import pytest

from ordersales import BackOffice, InvoiceNumber, InvoiceStatus, Order
from ordersales.adapters.memory import MemoryStore
from ordersales.models.charge import Answer, ChargeRequest, Declined, WebhookEvent
from ordersales.models.invoice import Invoice
from ordersales.models.order import Attention, AttentionReason
from ordersales.ports.gateway import GatewayKind, PaymentGateway
from ordersales.ports.storage import Store
from ordersales.rules import attempts, attention, settlement
from ordersales.rules.change import Change
from ordersales.services import webhooks
from ordersales.testing import Play, an_offer
from ordersales.testing.clock import START
from ordersales.testing.simulator import Fault, FaultKind, Simulation, campaign, check
from ordersales.testing.simulator.acts import CARDS
from ordersales.testing.simulator.ledger import Ledger
from ordersales.testing.simulator.plan import ACME
from ordersales.testing.simulator.timers import Timers
from ordersales.testing.simulator.watching import WatchedStore
from ordersales.testing.simulator.world import DAY, World
from ordersales.values.identifiers import AccountId, IdempotencyKey
from ordersales.values.money import Money
from tests.drivers import Shop
from tests.subscribing import MARCH, subscribe

SMALL = Simulation(customers=1)


@pytest.mark.parametrize("kind", GatewayKind)
def test_a_seed_is_the_same_run_again(kind: GatewayKind) -> None:
    """The same seed gives the same report, to the last line of its story; another one does not."""
    simulation = Simulation(kind=kind)

    assert simulation.run(3, telling=True) == simulation.run(3, telling=True)
    assert simulation.run(3, telling=True).story != simulation.run(4, telling=True).story


def test_telling_changes_nothing() -> None:
    """A run that is told is the run that was not told."""
    told = SMALL.run(5, telling=True)

    assert attrs.evolve(told, story=()) == SMALL.run(5)


def test_what_is_allowed_is_all_that_goes_wrong() -> None:
    """Of the faults only those happen that are named, and of the acts likewise."""
    whole = SMALL.run(1)
    assert whole.faults

    some = SMALL.run(1, acts=whole.acts[:2], faults=frozenset(whole.faults[:1]))

    assert whole.acts[:2] == some.acts
    assert set(some.faults) <= {whole.faults[0]}
    assert () == SMALL.run(1, faults=frozenset()).faults


@pytest.mark.thorough
def test_every_kind_of_fault_is_met() -> None:
    """A few hundred runs meet every fault there is, and time goes by."""
    total = campaign(Simulation(), range(150)) + campaign(
        Simulation(kind=GatewayKind.KEY_ONLY), range(150)
    )

    asked_again = {FaultKind.LOOK_UP_FAILED, FaultKind.LOOK_UP_LAGGED}
    assert set(FaultKind) - asked_again <= set(total.faults_by_kind)
    assert total.simulated > timedelta(days=300)


def test_a_long_run() -> None:
    """Years of many customers hold as well."""
    report = Simulation(customers=30, span=timedelta(days=3 * 365)).run(1)

    assert report.violation is None
    assert report.simulated > timedelta(days=3 * 365)
    assert len({name.split()[0] for name in report.acts}) > 8


class OneAtATime(MemoryStore):
    """A store with one transaction at a time, as where each locks what the others need."""

    def __init__(self) -> None:
        super().__init__()
        self.open = 0

    def transaction(self, account: AccountId) -> Any:
        """Return a transaction that refuses to be the second."""
        return Alone(self, super().transaction(account))


@attrs.define
class Alone(AbstractContextManager[Any]):
    """A transaction that refuses to be the second."""

    store: OneAtATime
    plain: AbstractContextManager[Any]

    def __enter__(self) -> Any:
        assert not self.store.open
        self.store.open += 1
        return self.plain.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.store.open -= 1
        self.plain.__exit__(kind, error, trace)


def test_a_store_whose_transactions_wait_for_each_other() -> None:
    """Where `locking` says so, none is left open while somebody else goes on, nor by a crash."""
    tally = campaign(attrs.evolve(SMALL, store=OneAtATime, locking=True), range(30))

    assert () == tally.violations
    assert tally.faults_by_kind[FaultKind.CRASH_BEFORE] > 0
    assert campaign(attrs.evolve(SMALL, store=OneAtATime), range(30)).violations


def test_a_store_that_waits_for_nobody() -> None:
    """Whoever asks nothing for too long finds its transaction gone, and nothing of it is kept."""
    impatient = Simulation(idle=timedelta(minutes=1))
    told = impatient.run(4, telling=True)
    gone = {line.who: line.at for line in told.story if "broken off" in line.what}
    ends = {line.who: line for line in told.story if "broken the transaction off" in line.what}

    assert 4 == len(gone) == len(ends)
    for who, at in gone.items():
        assert not [
            line.what for line in told.story if line.who == who and at < line.at < ends[who].at
        ]
    assert () == campaign(impatient, range(10)).violations


class Forgetful(MemoryStore):
    """A store that says it has saved."""

    def transaction(self, account: AccountId) -> Any:
        """Return a transaction that is never committed if it saved anything."""
        return Lost(super().transaction(account))


@attrs.define
class Lost(AbstractContextManager[Any]):
    """A transaction that is lost when an order was saved in it."""

    plain: Any

    def __enter__(self) -> Any:
        return self.plain.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if any(order.version > 1 for order in self.plain.orders._written.values()):
            return
        self.plain.__exit__(kind, error, trace)


class Leaky(MemoryStore):
    """A store that keeps everybody's records together."""

    def transaction(self, account: AccountId) -> Any:
        """Return a transaction on the records of them all."""
        return super().transaction(AccountId("acme"))


class Silent(MemoryStore):
    """A store that forgets what followers have to be told."""

    def transaction(self, account: AccountId) -> Any:
        """Return a transaction that tells followers of every second thing only."""
        tx = super().transaction(account)
        plain = tx.events.after
        tx.events.after = lambda position, limit: plain(position, limit)[::2]  # type: ignore[method-assign]
        return tx


class Changing(MemoryStore):
    """A store in which something changes when nobody looks."""

    def transaction(self, account: AccountId) -> Any:
        """Return a transaction whose pages show another price."""
        tx = super().transaction(account)
        plain = tx.orders.page

        def page(*given: Any, **named: Any) -> Any:
            found = plain(*given, **named)
            rows = tuple(attrs.evolve(row, quantity=row.quantity + 1) for row in found.rows)
            return attrs.evolve(found, rows=rows)

        tx.orders.page = page  # type: ignore[method-assign]
        return tx


@pytest.mark.parametrize(
    ("store", "broken"),
    [(Forgetful, {16}), (Leaky, {15}), (Silent, {12}), (Changing, {16})],
)
def test_a_store_that_breaks_its_word(store: Callable[[], Store], broken: set[int]) -> None:
    """A host's store that loses, mixes up or hides what was committed is found out."""
    tally = campaign(attrs.evolve(SMALL, customers=4, store=store), range(40))

    assert broken <= {violation.number for _, violation in tally.violations}
    with pytest.raises(AssertionError, match="places an order"):
        check(attrs.evolve(SMALL, customers=4, store=store), range(40))


class Wrapper:
    """A host's wrapper of a gateway, which passes on what it is asked."""

    def __init__(self, gateway: PaymentGateway) -> None:
        self.gateway = gateway
        self.capabilities = gateway.capabilities
        self.asked = 0

    def charge(self, request: ChargeRequest) -> Answer:
        """Pass it on."""
        self.asked += 1
        return self.gateway.charge(request)

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent | None:
        """Pass it on."""
        return self.gateway.read_webhook(body, headers)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.gateway, name)


class Twice(Wrapper):
    """A wrapper that asks once more under another key when it got no answer."""

    def charge(self, request: ChargeRequest) -> Answer:
        """Ask, and ask again."""
        try:
            return super().charge(request)
        except Exception:  # noqa: BLE001 - whatever it was
            return super().charge(attrs.evolve(request, key=IdempotencyKey(f"{request.key}!")))


class Half(Wrapper):
    """A wrapper that charges less than it is asked for, and says that it was all."""

    def charge(self, request: ChargeRequest) -> Answer:
        """Ask for half."""
        half = Money(max(1, request.amount.minor // 2), request.amount.currency)
        answer = super().charge(attrs.evolve(request, amount=half))
        return attrs.evolve(answer, amount=request.amount) if hasattr(answer, "amount") else answer


def test_a_wrapper_of_the_hosts_own() -> None:
    """The host's wrapper stands between the library and the gateway."""
    made: list[Wrapper] = []

    def wrapped(gateway: PaymentGateway) -> Any:
        made.append(Wrapper(gateway))
        return made[-1]

    tally = check(attrs.evolve(SMALL, wrap=wrapped), range(20))

    assert 20 == tally.runs == len(made)
    assert tally.charges <= sum(wrapper.asked for wrapper in made)


@pytest.mark.parametrize(("wrapper", "broken"), [(Twice, 3), (Half, 4)])
def test_a_wrapper_that_breaks_its_word(wrapper: Callable[[Any], Any], broken: int) -> None:
    """A wrapper that charges twice, or another amount, is found out."""
    simulation = attrs.evolve(SMALL, wrap=wrapper, kind=GatewayKind.KEY_AND_LOOK_UP)
    tally = campaign(simulation, range(100))

    assert broken in {violation.number for _, violation in tally.violations}


def test_what_is_told_again_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that does something each time it is heard breaks 11."""
    plain = settlement.settle

    def eager(order: Order, invoice: Invoice, *given: Any, **named: Any) -> Change | None:
        change = plain(order, invoice, *given, **named)
        if change is not None or invoice.status is not InvoiceStatus.PAID:
            return change
        return attention.clear(flagged(order), START, by=None, reason="Again")

    def flagged(order: Order) -> Order:
        flag = Attention(
            reason=AttentionReason.UNDERPAID, at=START, invoice=InvoiceNumber(1), detail=""
        )
        return attrs.evolve(order, attention=(flag,))

    monkeypatch.setattr(settlement, "settle", eager)
    tally = campaign(Simulation(), range(40))

    assert 11 in {violation.number for _, violation in tally.violations}


def test_a_service_that_stumbles(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that is no answer to anybody breaks 16."""

    def stumble(order: Order, *given: object, **named: object) -> Change:
        raise KeyError(order.number)

    monkeypatch.setattr(attempts, "start", stumble)
    report = SMALL.run(1)

    assert report.violation is not None
    assert "ended with KeyError(1)" in str(report.violation)


def test_a_message_that_nobody_can_hear(monkeypatch: pytest.MonkeyPatch) -> None:
    """A route that stumbles breaks 16; the message was not heard, and is not brought again."""

    async def stumble(*_: object) -> None:
        raise KeyError("body")

    monkeypatch.setattr(webhooks, "hear", stumble)
    tally = campaign(Simulation(), range(10), until_broken=True)

    assert {16} == {violation.number for _, violation in tally.violations}


def test_a_word_that_is_heard_and_not_booked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A payment that waits for the word that came breaks 8, where nobody can be asked."""
    monkeypatch.setattr(webhooks, "_applied", lambda *_: None)
    tally = campaign(Simulation(kind=GatewayKind.NEITHER), range(20))

    assert 8 in {violation.number for _, violation in tally.violations}


class AlwaysDue(MemoryStore):
    """A store in which something is due, whatever is done."""

    def accounts_to_check(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return an account."""
        return (ACME,)


def test_what_stays_due() -> None:
    """Once nothing goes wrong any more, what is still due after a hundred looks breaks 9."""
    world, came = World("1"), list[str]()
    timers = Timers(world, AlwaysDue(), came.append)
    timers.due(START)
    world.after(DAY, world.calm_down)
    world.run()

    assert world.violation is not None
    assert (9, "something stays due, whoever looks after it") == (
        world.violation.number, world.violation.detail,
    )  # fmt: skip
    assert START + timedelta(minutes=1440 + 100) < world.clock.now()
    assert len(came) > 1440 + 100


def test_a_message_that_is_put_off_is_due() -> None:
    """A worker comes when a kept message is to be looked at again, if it is."""
    expected: list[datetime] = []
    watched = WatchedStore(MemoryStore(), Ledger(World("1"), expected.append))
    told = WebhookEvent(event_id="1", reference="acme/1/1", outcome=Declined(code="no"))
    with watched.transaction(ACME) as tx:
        tx.inbox.add(CARDS, told, START)
        tx.inbox.put_off(CARDS, told, START + timedelta(hours=1))
    with watched.transaction(ACME) as tx:
        tx.inbox.put_off(CARDS, told, None)

    assert [START + timedelta(hours=1)] == expected


def test_a_fault_speaks() -> None:
    """A fault says what it is, whom it met, and at which call."""
    assert "the process froze after the call (ada pays, call 3)" == str(
        Fault(FaultKind.FREEZE, "ada pays", 3)
    )
    assert "the gateway's message came late (message 1)" == str(
        Fault(FaultKind.WEBHOOK_LATE, "message 1")
    )


def test_the_watched_store_says_what_is_due() -> None:
    """What the host's store says of its accounts passes through."""
    shop = Shop.behind(BackOffice)
    watched = WatchedStore(shop.store, Ledger(World("1")))
    shop.gateway.then(Play.PEND)
    shop.charge(shop.place())
    soon = shop.clock.now() + timedelta(hours=1)

    assert ("acme",) == watched.accounts_to_check(soon, 9)
    assert () == watched.accounts_to_charge(soon, 9) == watched.accounts_to_check(soon, 0)
    shop.gateway.then(Play.SUCCEED)
    subscribe(shop, under="again")
    assert ("acme",) == watched.accounts_to_charge(MARCH, 9)
    assert () == watched.accounts_to_charge(MARCH, 0)


def test_an_order_that_is_saved_twice_at_once() -> None:
    """Of two saves in one transaction the last is what is committed."""
    store, world = MemoryStore(), World("1")
    ledger = Ledger(world)
    watched = WatchedStore(store, ledger)
    order = Shop.behind(BackOffice).order_of(an_offer())
    with watched.transaction(order.account) as tx:
        first = tx.orders.add(attrs.evolve(order, version=0))
        second = tx.orders.save(first)

    assert second == ledger.orders[order.account, order.number]


def test_what_does_not_end_is_a_violation() -> None:
    """Something that always has another step breaks 17, and no further step is taken."""
    world, done = World("17", patience=30, telling=True), list[int]()

    def again() -> None:
        done.append(world.now)
        world.after(1000, again)

    world.after(0, again)
    world.run()

    assert world.violation is not None
    assert (17, "after 30 steps there is still something to do") == (
        world.violation.number, world.violation.detail,
    )  # fmt: skip
    assert 30 == len(done)
    assert world.story is not None
    assert "everything comes to an end" in world.story[-1].what


def test_a_run_that_is_too_long_is_told() -> None:
    """The patience is the simulation's, for each customer, and the story tells what goes round."""
    hasty = attrs.evolve(SMALL, patience=20)

    with pytest.raises(AssertionError, match=r"17\. when nothing goes wrong any more"):
        check(hasty, range(5))
    assert () == check(attrs.evolve(hasty, patience=5000), range(5)).violations
