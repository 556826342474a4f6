"""The two-commit protocol: reserve, ask the gateway outside any transaction, settle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from types import SimpleNamespace, TracebackType
from typing import Any, Final, cast

import pytest
from attrs import evolve

from ordersales import (
    AccountId,
    AnyShare,
    AsyncBackOffice,
    BackOffice,
    EventKind,
    FixedShares,
    InvoiceStatus,
    Money,
    OrderNumber,
    OrderStatus,
    PaymentMethod,
    PaymentSystem,
    Share,
)
from ordersales.adapters.memory import MemoryStore
from ordersales.errors import (
    BrokenInvariant,
    Conflict,
    ExceedsOutstanding,
    InvalidInput,
    PaymentUnderWay,
)
from ordersales.models.charge import Answer, ChargeRequest, Declined, Succeeded
from ordersales.models.invoice import PaymentError, Stage
from ordersales.models.order import AttentionReason
from ordersales.ports.storage import Store, Transaction
from ordersales.rules.charge_policy import SEND_DEADLINE
from ordersales.services import desk as desks
from ordersales.services import payments, settling
from ordersales.services.payments import Wish
from ordersales.testing import MovableClock, Play, ScriptedGateway
from ordersales.testing.clock import START
from ordersales.testing.gateway import EVERYTHING
from ordersales.values.identifiers import AttemptReference, GatewayId
from tests.drivers import (
    BANK,
    BOSS,
    BUYER,
    CARDS,
    ByHand,
    Shop,
    a_card,
    eur,
    key,
    reference_of,
    snapshot,
)

ANY: Final = AnyShare()
SECOND: Final = timedelta(seconds=1)
LATE: Final = SEND_DEADLINE + SECOND


def nothing() -> None:
    """Do nothing."""


class WatchedTransaction:
    """A transaction that is written down, with room for something to happen around it."""

    def __init__(self, store: WatchedStore, context: AbstractContextManager[Transaction]) -> None:
        self._store = store
        self._context = context

    def __enter__(self) -> Transaction:
        self._store.log.append("begin")
        return self._context.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        happens, self._store.before_commit = self._store.before_commit, nothing
        happens()
        try:
            self._context.__exit__(kind, error, trace)
        except Conflict:
            self._store.log.append("conflict")
            raise
        self._store.log.append("commit" if kind is None else "roll back")
        happens, self._store.after_commit = self._store.after_commit, nothing
        happens()


class WatchedStore:
    """A store that writes down each transaction, and lets something happen once around one."""

    def __init__(self) -> None:
        self.plain = MemoryStore()
        self.log: list[str] = []
        self.before_commit: Callable[[], None] = nothing
        self.after_commit: Callable[[], None] = nothing

    def transaction(self, account: AccountId) -> WatchedTransaction:
        """Return a transaction that is written down."""
        return WatchedTransaction(self, self.plain.transaction(account))


class WatchedGateway(ScriptedGateway):
    """A gateway that writes down each call, and lets something happen during it."""

    def __init__(self, log: list[str], *plays: Play) -> None:
        super().__init__(*plays)
        self._log = log
        self.meanwhile: Callable[[], None] = nothing

    def charge(self, request: ChargeRequest) -> Answer:
        """Write it down."""
        self._log.append("charge")
        self.meanwhile()
        return super().charge(request)


class Watched:
    """A shop all of whose commits and calls are written down."""

    def __init__(self, *plays: Play) -> None:
        self.store = WatchedStore()
        self.gateway = WatchedGateway(self.store.log, *plays)
        self.clock = MovableClock()
        systems = [PaymentSystem(CARDS, self.gateway), PaymentSystem(BANK)]
        office = BackOffice(self.store, systems, self.clock)
        self.shop = Shop(office, self.store.plain, self.gateway, self.clock)

    def written_down(self) -> list[str]:
        """Return what was written down since the last time."""
        log = list(self.store.log)
        self.store.log.clear()
        return log


@pytest.fixture
def stage() -> Watched:
    """Return a watched shop."""
    return Watched()


@pytest.fixture
def shop() -> Shop:
    """Return a shop."""
    return Shop.behind(BackOffice)


@pytest.mark.rule("C1")
@pytest.mark.parametrize(
    "play", [Play.SUCCEED, Play.DECLINE, Play.PEND, Play.NOT_SENT, Play.MISCONFIGURED]
)
def test_two_commits_and_the_call_between_them(stage: Watched, play: Play) -> None:
    """One payment takes exactly two commits, and the gateway is asked between them."""
    number = stage.shop.place()
    stage.gateway.then(play)
    stage.written_down()

    stage.shop.charge(number)

    assert ["begin", "commit", "charge", "begin", "commit"] == stage.written_down()


@pytest.mark.rule("C1")
def test_the_reservation_is_committed_before_the_gateway_is_called(stage: Watched) -> None:
    """While the gateway is asked, everybody can read the attempt, in doubt, with its key."""
    number = stage.shop.place()
    seen = []

    def look() -> None:
        with stage.store.plain.transaction(AccountId("acme")) as tx:
            seen.append(tx.orders.get(number))

    stage.gateway.meanwhile = look
    stage.shop.charge(number, method=a_card())

    (order,) = seen
    assert order is not None
    (invoice,) = order.invoices
    assert (InvoiceStatus.PENDING, "pay-1", eur("100.00")) == (
        invoice.status, invoice.key, invoice.amount,
    )  # fmt: skip
    attempt = invoice.attempt
    assert attempt is not None
    assert (Stage.IN_DOUBT, 0, 1) == (attempt.stage, attempt.epoch, attempt.sends)
    assert (START, START + timedelta(minutes=2)) == (attempt.sent_at, attempt.next_check)
    assert AttemptReference(AccountId("acme"), number, 1) == attempt.reference
    (charged,) = stage.gateway.charged
    expected = ChargeRequest(
        reference=attempt.reference,
        key=attempt.key,
        amount=eur("100.00"),
        method=a_card(),
        description="Course, order 1",
    )
    assert expected == charged.request


def test_a_gateway_is_not_called_inside_a_transaction(shop: Shop) -> None:
    """A bug that would call the gateway inside a transaction is found before it is sent."""

    async def careless() -> None:
        async with desks.transaction(shop.store, AccountId("acme")):
            request = ChargeRequest(
                reference=AttemptReference(AccountId("acme"), OrderNumber(1), 1),
                key=key("k"),
                amount=eur("1.00"),
                method=None,
                description="",
            )
            await settling.charged(shop.gateway, request)

    script = ByHand(careless())
    script.finish()

    assert isinstance(script.error, BrokenInvariant)
    assert 0 == shop.gateway.calls


class Broken(ScriptedGateway):
    """A gateway that finds a bug of ours, whatever it is asked."""

    def charge(self, request: ChargeRequest) -> Answer:
        """Find it."""
        raise BrokenInvariant("C1", "a bug")

    def look_up(self, reference: AttemptReference) -> Answer | None:
        """Find it."""
        raise BrokenInvariant("C1", "a bug")

    def cancel(self, reference: AttemptReference) -> Answer | None:
        """Find it."""
        raise BrokenInvariant("C1", "a bug")


@pytest.mark.rule("C1")
@pytest.mark.parametrize(
    ("play", "status", "stage", "order_status", "reached"),
    [
        (Play.SUCCEED, InvoiceStatus.PAID, Stage.CLOSED, OrderStatus.COMPLETED, 1),
        (Play.DECLINE, InvoiceStatus.FAILED, Stage.CLOSED, OrderStatus.DECLINED, 1),
        (Play.DECLINE_METHOD, InvoiceStatus.FAILED, Stage.CLOSED, OrderStatus.DECLINED, 1),
        (Play.DECLINE_FINALLY, InvoiceStatus.FAILED, Stage.CLOSED, OrderStatus.DECLINED, 1),
        (Play.PEND, InvoiceStatus.PENDING, Stage.ACCEPTED, OrderStatus.OPEN, 1),
        (Play.TIME_OUT_AFTER, InvoiceStatus.PENDING, Stage.IN_DOUBT, OrderStatus.OPEN, 1),
        (Play.TIME_OUT_BEFORE, InvoiceStatus.PENDING, Stage.IN_DOUBT, OrderStatus.OPEN, 0),
        (Play.BREAK, InvoiceStatus.PENDING, Stage.IN_DOUBT, OrderStatus.OPEN, 0),
        (Play.NOT_SENT, InvoiceStatus.PENDING, Stage.RESERVED, OrderStatus.OPEN, 0),
        (Play.MISCONFIGURED, InvoiceStatus.PENDING, Stage.BLOCKED, OrderStatus.OPEN, 0),
        (Play.OTHER_AMOUNT, InvoiceStatus.PENDING, Stage.HELD, OrderStatus.OPEN, 1),
    ],
)
def test_whatever_the_gateway_does(
    shop: Shop,
    play: Play,
    *,
    status: InvoiceStatus,
    stage: Stage,
    order_status: OrderStatus,
    reached: int,
) -> None:
    """Only what the gateway says for certain is booked; no word is never a failure."""
    shop.gateway.then(play)
    number = shop.place()

    payment = shop.charge(number)

    assert payment.invoice.attempt is not None
    assert (status, stage, order_status) == (
        payment.invoice.status, payment.invoice.attempt.stage, payment.order.status,
    )  # fmt: skip
    assert (1, reached) == (shop.gateway.calls, len(shop.gateway.charged))
    assert payment.order == shop.look(number)


def test_every_play_is_tried() -> None:
    """The table above knows all that the scripted gateway can do."""
    (table,) = [
        mark.args[1]
        for mark in test_whatever_the_gateway_does.pytestmark  # type: ignore[attr-defined]
        if mark.name == "parametrize"
    ]

    assert set(Play) == {row[0] for row in table}


def test_repeating_is_no_use(shop: Shop) -> None:
    """A set-up that can't work is flagged for a person, with the gateway's own words."""
    shop.gateway.then(Play.MISCONFIGURED)

    payment = shop.charge(shop.place())

    error = PaymentError(code="no_such_customer", message="The customer was deleted.")
    assert error == payment.invoice.error
    assert [(AttentionReason.MISCONFIGURED, "no_such_customer: The customer was deleted.")] == [
        (flag.reason, flag.detail) for flag in payment.order.attention
    ]


@pytest.mark.rule("C1")
def test_a_bug_is_no_outcome(shop: Shop) -> None:
    """A broken invariant is not taken for a lost answer, wherever it is found."""
    broken = Shop.behind(BackOffice, Broken())
    number = broken.place(ANY)

    with pytest.raises(BrokenInvariant):
        broken.charge(number)
    with pytest.raises(BrokenInvariant):
        broken.office.orders.decline(BOSS, number, reason="No")
    with pytest.raises(BrokenInvariant):
        broken_look_up(broken, number)

    (invoice,) = broken.look(number).invoices
    assert InvoiceStatus.PAID is not invoice.status


def broken_look_up(shop: Shop, number: OrderNumber) -> None:
    """Let a contradiction be looked up."""
    (invoice,) = shop.look(number).invoices
    assert invoice.attempt is not None
    shop.hear(invoice.attempt.reference, Declined(code="no"))
    taken = Succeeded(gateway_id=GatewayId("ch_1"), amount=invoice.amount)
    shop.hear(invoice.attempt.reference, taken)


def by_wall_alone(clock: MovableClock, by: timedelta) -> None:
    """Let the machine sleep: only the wall clock goes on."""
    clock.sleep_machine(by)


def by_monotonic_alone(clock: MovableClock, by: timedelta) -> None:
    """Let time pass while the wall clock is set back by as much."""
    noon = clock.now()
    clock.advance(by)
    clock.set_wall_clock(noon)


def by_both(clock: MovableClock, by: timedelta) -> None:
    """Let time pass."""
    clock.advance(by)


Move = Callable[[MovableClock, timedelta], None]
MOVES: Final = [by_wall_alone, by_monotonic_alone, by_both]


@pytest.mark.rule("C1")
@pytest.mark.parametrize("move", MOVES)
def test_held_up_before_sending(stage: Watched, move: Move) -> None:
    """Held up beyond the deadline it is not sent, and later goes out under the same key."""
    number = stage.shop.place()
    stage.store.after_commit = lambda: move(stage.clock, LATE)

    held = stage.shop.charge(number)

    assert held.invoice.attempt is not None
    assert (InvoiceStatus.PENDING, Stage.RESERVED, 0) == (
        held.invoice.status, held.invoice.attempt.stage, stage.gateway.calls,
    )  # fmt: skip
    assert held.invoice.attempt.next_check == stage.clock.now() + timedelta(minutes=2)
    told = stage.shop.office.orders.history(BOSS, number)[-1]
    assert (EventKind.PAYMENT_NOT_SENT, "held up for 0:00:31 before it was sent") == (
        told.kind, told.note,
    )  # fmt: skip

    sent = stage.shop.charge(number)

    assert (InvoiceStatus.PAID, held.invoice.number) == (sent.invoice.status, sent.invoice.number)
    assert [held.invoice.attempt.key] == [charged.request.key for charged in stage.gateway.charged]


@pytest.mark.rule("C1")
@pytest.mark.parametrize("move", MOVES)
def test_just_in_time(stage: Watched, move: Move) -> None:
    """At the deadline it is still sent."""
    number = stage.shop.place()
    stage.store.after_commit = lambda: move(stage.clock, SEND_DEADLINE)

    assert InvoiceStatus.PAID is stage.shop.charge(number).invoice.status


def test_a_wall_clock_that_is_set_back(stage: Watched) -> None:
    """A wall clock that is set back does not stop a payment."""
    number = stage.shop.place()
    stage.store.after_commit = lambda: stage.clock.set_wall_clock(START - timedelta(days=1))

    assert InvoiceStatus.PAID is stage.shop.charge(number).invoice.status


@pytest.mark.rule("C1", "C5")
def test_held_up_a_second_time(stage: Watched) -> None:
    """What is sent again has to keep the deadline as well."""
    number = stage.shop.place()
    for _ in range(2):
        stage.store.after_commit = lambda: stage.clock.advance(LATE)
        held = stage.shop.charge(number)

    assert held.invoice.attempt is not None
    assert (Stage.RESERVED, 0) == (held.invoice.attempt.stage, stage.gateway.calls)


@pytest.mark.rule("C1", "C5")
@pytest.mark.parametrize("play", [Play.NOT_SENT, Play.MISCONFIGURED])
def test_certainly_not_executed(shop: Shop, play: Play) -> None:
    """The same host key sends it again, under the same gateway key, as the same invoice."""
    shop.gateway.then(play, play)
    number = shop.place()
    first = shop.charge(number, method=a_card())
    shop.clock.advance(timedelta(minutes=5))

    second = shop.charge(number, method=a_card())
    third = shop.charge(number, method=a_card())

    assert [InvoiceStatus.PENDING, InvoiceStatus.PENDING, InvoiceStatus.PAID] == [
        payment.invoice.status for payment in (first, second, third)
    ]
    assert 1 == len({payment.invoice.number for payment in (first, second, third)})
    assert first.invoice.attempt is not None
    assert third.invoice.attempt is not None
    assert [first.invoice.attempt.key] == [item.request.key for item in shop.gateway.charged]
    assert (START + timedelta(minutes=5), 3) == (
        third.invoice.attempt.sent_at, shop.gateway.calls,
    )  # fmt: skip
    assert third.invoice.error is None


@pytest.mark.rule("C1", "C5")
def test_certainly_not_executed_and_given_up(shop: Shop) -> None:
    """After its order was given up, the same host key sends nothing."""
    shop.gateway.then(Play.NOT_SENT)
    number = shop.place()
    shop.charge(number)
    order = shop.office.orders.cancel(BOSS, number, reason="Enough")

    again = shop.charge(number)

    assert (order, InvoiceStatus.CANCELED) == (again.order, again.invoice.status)
    assert 1 == shop.gateway.calls


@pytest.mark.rule("C1", "C5")
@pytest.mark.parametrize("play", [Play.TIME_OUT_AFTER, Play.TIME_OUT_BEFORE, Play.BREAK])
def test_no_word(shop: Shop, play: Play) -> None:
    """What may have been executed stays in doubt, and the same host key does not send it again."""
    shop.gateway.then(play)
    number = shop.place()

    first = shop.charge(number)
    shop.clock.advance(timedelta(days=1))
    again = shop.charge(number)

    assert first == again
    assert (InvoiceStatus.PENDING, 1) == (again.invoice.status, shop.gateway.calls)
    with pytest.raises(PaymentUnderWay):
        shop.charge(number, under="pay-2")


@pytest.mark.rule("C1")
def test_a_wrong_answer_is_no_word(shop: Shop) -> None:
    """A gateway that breaks its contract has given no word."""

    class Confused(ScriptedGateway):
        def charge(self, request: ChargeRequest) -> Answer:
            return None  # type: ignore[return-value]

    confused = Shop.behind(BackOffice, Confused())

    payment = confused.charge(confused.place())

    assert payment.invoice.attempt is not None
    assert Stage.IN_DOUBT is payment.invoice.attempt.stage


class Hanging(ScriptedGateway):
    """A gateway that takes the money and never answers."""

    async def wait(self, request: ChargeRequest) -> Answer:
        """Take the money, and hang."""
        super().charge(request)
        await asyncio.sleep(3600)
        raise AssertionError


@pytest.mark.rule("C1")
def test_a_host_that_loses_patience() -> None:
    """A task that is canceled while the gateway is asked leaves the attempt in doubt."""
    shop = Shop.behind(BackOffice, Hanging())
    number = shop.place()
    port: Any = SimpleNamespace(capabilities=EVERYTHING, charge=cast("Hanging", shop.gateway).wait)
    office = AsyncBackOffice(shop.store, [PaymentSystem(CARDS, port)], shop.clock)

    async def hurry() -> None:
        async with asyncio.timeout(0.01):
            await office.payments.charge(BUYER, number, CARDS, key=key("pay-1"))

    with pytest.raises(TimeoutError):
        asyncio.run(hurry())

    again = shop.charge(number)
    assert again.invoice.attempt is not None
    assert (InvoiceStatus.PENDING, Stage.IN_DOUBT) == (
        again.invoice.status, again.invoice.attempt.stage,
    )  # fmt: skip
    assert 1 == shop.gateway.calls


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


class Contended:
    """A store whose commits are refused a number of times."""

    def __init__(self, plain: Store) -> None:
        self._plain = plain
        self.refused = 0
        self.to_refuse = 0

    def transaction(self, account: AccountId) -> AbstractContextManager[Transaction]:
        """Return a transaction that may not be committed."""
        return ContendedTransaction(self, self._plain.transaction(account))


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


@pytest.mark.rule("I5")
def test_charged_in_another_currency(shop: Shop) -> None:
    """The buyer's currency is charged; the price is settled by what that covers."""
    number = shop.place(ANY)
    first, second = Money.of("32.55", "USD"), Money.of(11_340, "JPY")
    pay = shop.office.payments.charge

    pay(BUYER, number, CARDS, key=key("pay-1"), covers=eur("30.00"), amount=first)
    payment = pay(BUYER, number, CARDS, key=key("pay-2"), covers=eur("70.00"), amount=second)

    assert [(first, eur("30.00")), (second, eur("70.00"))] == [
        (invoice.amount, invoice.covers) for invoice in payment.order.invoices
    ]
    assert (OrderStatus.COMPLETED, eur("100.00")) == (payment.order.status, payment.order.paid)
    assert Share.percent(30) == payment.order.share(payment.order.invoices[0])
    assert (first, second) == (shop.gateway.taken("USD"), shop.gateway.taken("JPY"))


@pytest.mark.rule("I5", "B1")
@pytest.mark.parametrize(
    ("covers", "amount", "field", "allowed"),
    [
        (None, Money.of("32.55", "USD"), "covers", "what 32.55 USD covers of the price, in EUR"),
        (Money.of("30.00", "USD"), None, "covers", "money in EUR"),
        (Money.of("30.00", "USD"), Money.of("30.00", "USD"), "covers", "money in EUR"),
        (
            eur("30.00"),
            eur("31.00"),
            "amount",
            "30.00 EUR, as it covers, since both are in EUR",
        ),
    ],
)
def test_two_currencies_that_say_too_little(
    shop: Shop, covers: Money | None, amount: Money | None, *, field: str, allowed: str
) -> None:
    """What a foreign amount covers has to be said, and one currency has one amount."""
    number = shop.place(ANY)
    before = snapshot(shop.store)

    with pytest.raises(InvalidInput) as caught:
        shop.office.payments.charge(
            BUYER, number, CARDS, key=key("pay-1"), covers=covers, amount=amount
        )

    assert [(field, allowed)] == [(item.field, item.allowed) for item in caught.value.problems]
    assert before == snapshot(shop.store)


@pytest.mark.rule("I7")
@pytest.mark.parametrize(
    ("offers", "method", "one_click"),
    [
        (True, a_card(stored=True), True),
        (True, a_card(stored=False), False),
        (True, None, False),
        (False, a_card(stored=True), False),
        (False, a_card(stored=False), False),
    ],
)
def test_one_click(offers: bool, method: PaymentMethod | None, one_click: bool) -> None:
    """One-click needs a payment system that offers it and a stored method."""
    gateway = ScriptedGateway(capabilities=evolve(EVERYTHING, one_click=offers))
    shop = Shop.behind(BackOffice, gateway)

    payment = shop.charge(shop.place(), method=method)

    assert one_click is payment.invoice.one_click


@pytest.mark.rule("I7")
def test_a_transfer_is_never_one_click(shop: Shop) -> None:
    """A manual payment system has no stored methods."""
    assert False is shop.announce(shop.place()).invoice.one_click


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
CALLS: Final = 20


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


@pytest.mark.rule("C1")
def test_each_attempt_has_its_own_key(shop: Shop) -> None:
    """Attempts of one order are told apart at the gateway, by a reference that is never random."""
    shop.gateway.then(Play.DECLINE)
    number = shop.place(ANY)
    for n in (1, 2, 3):
        shop.charge(number, "30.00", f"pay-{n}")

    assert ["acme/1/1~0", "acme/1/2~0", "acme/1/3~0"] == [
        charged.request.key for charged in shop.gateway.charged
    ]
    order = shop.look(number)
    assert ["acme/1/1", "acme/1/2", "acme/1/3"] == [
        str(invoice.attempt.reference) for invoice in order.invoices if invoice.attempt is not None
    ]


@pytest.mark.rule("C4")
def test_an_outcome_applied_twice(shop: Shop) -> None:
    """Settling the same outcome again changes nothing."""
    payment = shop.charge(shop.place())
    (charged,) = shop.gateway.charged
    before = snapshot(shop.store)

    script = ByHand(
        settling.settle(
            shop.desk,
            AccountId("acme"),
            payment.order.number,
            payment.invoice.number,
            charged.answer,
        )
    )
    script.finish()

    assert payment == script.result
    assert before == snapshot(shop.store)
    assert reference_of(payment) == charged.request.reference
