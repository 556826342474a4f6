"""Every method of both front doors, asked by whoever may and whoever may not (rules A2, A4)."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn

import pytest
from attrs import define, frozen

from ordersales import (
    AccountId,
    Actor,
    AnyShare,
    AsyncBackOffice,
    BackOffice,
    Cadence,
    CustomerId,
    InvoiceNumber,
    Manager,
    OfferNumber,
    Operation,
    OrderFilter,
    OrderNumber,
    OrdersalesError,
    PaymentSystem,
    Permission,
    RecurringTerms,
    Report,
    SystemName,
    Unit,
    UserId,
)
from ordersales.adapters.memory import MemoryStore
from ordersales.errors import InvalidInput, NotFound, PermissionMissing, PersonNeeded, RuleRefused
from ordersales.models.charge import Succeeded, WebhookResult, Withdrawn
from ordersales.models.recurring_import import ImportRow
from ordersales.models.refund import RefundRefused
from ordersales.reports import roll_up
from ordersales.reports.csv_export import Csv
from ordersales.rules.permissions import NEEDS, ONLY_PEOPLE
from ordersales.testing import (
    MovableClock,
    Play,
    RefundPlay,
    ScriptedGateway,
    a_customer,
    a_manager,
    an_actor,
    an_offer,
)
from ordersales.testing.clock import START
from ordersales.values.identifiers import AttemptReference, GatewayId
from tests.drivers import (
    ADA,
    BANK,
    BOSS,
    BUYER,
    BY_THE_TIMER,
    CARDS,
    DOORS,
    Door,
    a_card,
    eur,
    key,
    snapshot,
)

MIRA: Final = Manager(user=UserId("mira"), name="Mira")
COURSE: Final = OfferNumber("C-1")
A_DAY: Final = timedelta(days=1)
DAILY: Final = RecurringTerms(cadence=Cadence(1, Unit.DAY))
DEARER: Final = an_offer("120.00", recurring=DAILY)
#: The orders that `a_shop` leaves, and their invoices where they have one.
OLD, OPEN, PAID, FLAGGED, LOST = map(OrderNumber, range(1, 6))
#: The recurring orders that it leaves: one that waits for a retry, one active, one paused. The
#: number between is that of the payment which is to be tried again.
WAITING, RUNNING, STOPPED = OrderNumber(6), OrderNumber(8), OrderNumber(9)
FROM_ELSEWHERE: Final = ImportRow(
    key=key("sub-1"),
    customer=ADA,
    offer=DEARER,
    anchor=MovableClock().now(),
    payments_made=1,
    system=CARDS,
)
A_ROW: Final = roll_up.row({"currency": "EUR"}, roll_up.NOTHING)
NOWHERE: Final = Csv(len)
SOON: Final = MovableClock().now() + 9 * A_DAY
ANNOUNCED, TAKEN, TOO_MUCH, _, RETURNED = map(InvoiceNumber, range(1, 6))


class TouchedError(Exception):
    """Something was read, changed or asked for."""


class Untouchable:
    """A store, payment systems and a clock, each of which fails on its first use."""

    def transaction(self, account: AccountId) -> NoReturn:
        """Fail."""
        raise TouchedError

    def accounts_to_charge(self, now: datetime, limit: int) -> NoReturn:
        """Fail."""
        raise TouchedError

    def accounts_to_check(self, now: datetime, limit: int) -> NoReturn:
        """Fail."""
        raise TouchedError

    def find(self, account: AccountId, name: SystemName) -> NoReturn:
        """Fail."""
        raise TouchedError

    def now(self) -> datetime:
        """Fail."""
        raise TouchedError

    def monotonic(self) -> float:
        """Fail."""
        raise TouchedError


@frozen
class Step:
    """One method of a front door, the operation that it is, and a call of it."""

    group: str
    name: str
    operation: Operation
    call: Callable[[Any, Actor], object]

    @property
    def needed(self) -> Permission | None:
        """The permission that the operation asks for."""
        return NEEDS[self.operation]

    def take(self, office: object, actor: Actor) -> object:
        """Call the method, of its group or of the office itself."""
        return self.call(getattr(office, self.group) if self.group else office, actor)


SEE: Final = Operation.SEE

#: Every method, on the records that `a_shop` leaves.
STEPS: Final = [
    Step(
        "orders",
        "place",
        Operation.PLACE,
        lambda orders, actor: orders.place(actor, an_offer(), ADA, key=key("cart-1")),
    ),
    Step("orders", "get", SEE, lambda orders, actor: orders.get(actor, OPEN)),
    Step("orders", "page", SEE, lambda orders, actor: orders.page(actor)),
    Step("orders", "count", SEE, lambda orders, actor: orders.count(actor)),
    Step("orders", "history", SEE, lambda orders, actor: orders.history(actor, OPEN)),
    Step("orders", "offered", SEE, lambda orders, actor: orders.offered(actor, OPEN)),
    Step(
        "orders",
        "explain_action",
        SEE,
        lambda orders, actor: orders.explain_action(actor, OPEN, Operation.CONFIRM),
    ),
    Step("orders", "explain_open", SEE, lambda orders, actor: orders.explain_open(actor, OPEN)),
    Step("orders", "confirm", Operation.CONFIRM, lambda orders, actor: orders.confirm(actor, OPEN)),
    Step(
        "orders",
        "decline",
        Operation.DECLINE,
        lambda orders, actor: orders.decline(actor, OPEN, reason="so"),
    ),
    Step(
        "orders",
        "cancel",
        Operation.CANCEL,
        lambda orders, actor: orders.cancel(actor, OPEN, reason="so"),
    ),
    Step(
        "orders",
        "expire",
        Operation.EXPIRE,
        lambda orders, actor: orders.expire(actor, OPEN, reason="so"),
    ),
    Step(
        "orders",
        "clear_attention",
        Operation.CLEAR_ATTENTION,
        lambda orders, actor: orders.clear_attention(actor, FLAGGED, reason="so"),
    ),
    Step(
        "payments",
        "charge",
        Operation.PAY,
        lambda payments, actor: payments.charge(actor, OPEN, CARDS, key=key("pay-9")),
    ),
    Step(
        "payments",
        "pay_manually",
        Operation.PAY,
        lambda payments, actor: payments.pay_manually(actor, OPEN, BANK, key=key("pay-9")),
    ),
    Step(
        "payments",
        "confirm",
        Operation.CONFIRM_PAYMENT,
        lambda payments, actor: payments.confirm(actor, OPEN, ANNOUNCED),
    ),
    Step(
        "payments",
        "reject",
        Operation.REJECT_PAYMENT,
        lambda payments, actor: payments.reject(actor, OPEN, ANNOUNCED, reason="so"),
    ),
    Step(
        "payments",
        "settle_held",
        Operation.SETTLE_PAYMENT,
        lambda payments, actor: payments.settle_held(
            actor, FLAGGED, TOO_MUCH, Withdrawn(), reason="so"
        ),
    ),
    Step(
        "payments",
        "hear",
        Operation.HEAR,
        lambda payments, actor: payments.hear(actor, CARDS, *message()),
    ),
    Step("payments", "page", SEE, lambda payments, actor: payments.page(actor)),
    Step("payments", "count", SEE, lambda payments, actor: payments.count(actor)),
    Step(
        "recurring",
        "get",
        SEE,
        lambda recurring, actor: recurring.get(actor, RUNNING),
    ),
    Step(
        "recurring",
        "card",
        SEE,
        lambda recurring, actor: recurring.card(actor, RUNNING),
    ),
    Step("recurring", "page", SEE, lambda recurring, actor: recurring.page(actor)),
    Step("recurring", "count", SEE, lambda recurring, actor: recurring.count(actor)),
    Step(
        "recurring",
        "explain",
        SEE,
        lambda recurring, actor: recurring.explain(actor, RUNNING),
    ),
    Step(
        "recurring",
        "explain_action",
        SEE,
        lambda recurring, actor: recurring.explain_action(actor, RUNNING, Operation.PAUSE),
    ),
    Step(
        "recurring",
        "preview",
        SEE,
        lambda recurring, actor: recurring.preview(actor, RUNNING),
    ),
    Step(
        "recurring",
        "preview_activation",
        SEE,
        lambda recurring, actor: recurring.preview_activation(actor, STOPPED),
    ),
    Step(
        "recurring",
        "forecast",
        Operation.FORECAST,
        lambda recurring, actor: recurring.forecast(actor, SOON),
    ),
    Step(
        "recurring",
        "import_rows",
        Operation.IMPORT,
        lambda recurring, actor: recurring.import_rows(actor, [FROM_ELSEWHERE]),
    ),
    Step(
        "recurring",
        "history",
        SEE,
        lambda recurring, actor: recurring.history(actor, RUNNING),
    ),
    Step(
        "recurring",
        "pause",
        Operation.PAUSE,
        lambda recurring, actor: recurring.pause(actor, RUNNING, reason="so"),
    ),
    Step(
        "recurring",
        "activate",
        Operation.ACTIVATE,
        lambda recurring, actor: recurring.activate(actor, STOPPED, reason="so"),
    ),
    Step(
        "recurring",
        "complete",
        Operation.COMPLETE,
        lambda recurring, actor: recurring.complete(actor, RUNNING, reason="so"),
    ),
    Step(
        "recurring",
        "retry_now",
        Operation.RETRY,
        lambda recurring, actor: recurring.retry_now(actor, WAITING, key=key("again")),
    ),
    Step(
        "recurring",
        "replace_method",
        Operation.REPLACE_METHOD,
        lambda recurring, actor: recurring.replace_method(actor, RUNNING, a_card()),
    ),
    Step(
        "recurring",
        "move",
        Operation.MOVE_TERMS,
        lambda recurring, actor: recurring.move(actor, RUNNING, DEARER, reason="so"),
    ),
    Step(
        "refunds",
        "refund",
        Operation.REFUND,
        lambda refunds, actor: refunds.refund(actor, PAID, TAKEN, key=key("back"), reason="so"),
    ),
    Step(
        "refunds",
        "refund_order",
        Operation.REFUND,
        lambda refunds, actor: refunds.refund_order(actor, PAID, key=key("back"), reason="so"),
    ),
    Step(
        "refunds",
        "settle_held",
        Operation.SETTLE_REFUND,
        lambda refunds, actor: refunds.settle_held(
            actor, LOST, RETURNED, RefundRefused(code="no"), reason="so"
        ),
    ),
    Step("sales", "check", Operation.CHECK_SALE, lambda sales, actor: sales.check(actor, PAID)),
    Step(
        "sales",
        "confirm",
        Operation.CHECK_SALE,
        lambda sales, actor: sales.confirm(actor, PAID, manager=None),
    ),
    Step(
        "sales",
        "add_user",
        Operation.ADD_USER,
        lambda sales, actor: sales.add_user(actor, PAID, MIRA),
    ),
    Step(
        "sales",
        "state_plan",
        Operation.KEEP_PLANS,
        lambda sales, actor: sales.state_plan(actor, ADA.id, OfferNumber("C-2"), MIRA),
    ),
    Step(
        "sales",
        "withdraw_plan",
        Operation.KEEP_PLANS,
        lambda sales, actor: sales.withdraw_plan(actor, ADA.id, COURSE),
    ),
    Step("sales", "plans_of", SEE, lambda sales, actor: sales.plans_of(actor, ADA.id)),
    Step("sales", "customer_card", SEE, lambda sales, actor: sales.customer_card(actor, ADA.id)),
    Step(
        "customers",
        "erase",
        Operation.ERASE,
        lambda customers, actor: customers.erase(actor, ADA.id),
    ),
    Step(
        "customers",
        "unerased",
        Operation.ERASE,
        lambda customers, actor: customers.unerased(actor, ADA.id),
    ),
    Step(
        "reports",
        "compute",
        Operation.REPORT,
        lambda reports, actor: reports.compute(actor, Report()),
    ),
    Step("reports", "by", Operation.REPORT, lambda reports, actor: reports.by(actor, "offer")),
    Step(
        "reports",
        "changed_facts",
        Operation.REPORT,
        lambda reports, actor: reports.changed_facts(actor),
    ),
    *(
        Step(
            "reports",
            name,
            Operation.REPORT,
            lambda reports, actor, name=name: getattr(reports, name)(actor),
        )
        for name in (
            "by_currency",
            "by_payment_system",
            "by_offer",
            "by_category",
            "by_manager",
            "details",
        )
    ),
    Step(
        "reports",
        "over_time",
        Operation.REPORT,
        lambda reports, actor: reports.over_time(actor, "day"),
    ),
    Step(
        "reports",
        "trace",
        Operation.REPORT,
        lambda reports, actor: reports.trace(actor, Report(), A_ROW),
    ),
    Step(
        "reports",
        "export",
        Operation.EXPORT,
        lambda reports, actor: reports.export(actor, Report(), NOWHERE),
    ),
    Step(
        "reports",
        "export_orders",
        Operation.EXPORT,
        lambda reports, actor: reports.export_orders(actor, NOWHERE),
    ),
    Step(
        "reports",
        "export_payments",
        Operation.EXPORT,
        lambda reports, actor: reports.export_payments(actor, NOWHERE),
    ),
    Step(
        "reports",
        "export_recurring",
        Operation.EXPORT,
        lambda reports, actor: reports.export_recurring(actor, NOWHERE),
    ),
    Step("installation", "look", SEE, lambda installation, actor: installation.look(actor)),
    Step(
        "installation",
        "adopt",
        Operation.ADOPT,
        lambda installation, actor: installation.adopt(actor, skip_numbers=0),
    ),
    Step("", "health", SEE, lambda office, actor: office.health(actor)),
    Step("events", "read", Operation.FOLLOW, lambda events, actor: events.read(actor, "mailer")),
    Step(
        "events",
        "acknowledge",
        Operation.FOLLOW,
        lambda events, actor: events.acknowledge(actor, "mailer", 3),
    ),
]

#: What reaches for a record of another account where no `STEPS` does: invoices, keys, filters.
REACHING: Final = [
    Step(
        "orders",
        "explain_action",
        SEE,
        lambda orders, actor: orders.explain_action(
            actor, OLD, Operation.REJECT_PAYMENT, invoice=TAKEN
        ),
    ),
    Step(
        "payments",
        "confirm",
        Operation.CONFIRM_PAYMENT,
        lambda payments, actor: payments.confirm(actor, OLD, ANNOUNCED),
    ),
    Step(
        "payments",
        "reject",
        Operation.REJECT_PAYMENT,
        lambda payments, actor: payments.reject(actor, OLD, TAKEN, reason="so"),
    ),
    Step(
        "refunds",
        "refund",
        Operation.REFUND,
        lambda refunds, actor: refunds.refund(actor, OLD, TAKEN, key=key("back"), reason="so"),
    ),
    Step(
        "payments",
        "charge, under a key of the other",
        Operation.PAY,
        lambda payments, actor: payments.charge(actor, OLD, CARDS, key=key("pay-paid")),
    ),
    Step(
        "refunds",
        "refund, under a key of the other",
        Operation.REFUND,
        lambda refunds, actor: refunds.refund_order(
            actor, OLD, key=key("back-old"), reason="other"
        ),
    ),
    Step(
        "orders",
        "place, under a key of the other",
        Operation.PLACE,
        lambda orders, actor: orders.place(
            actor, an_offer("5.00"), a_customer("bob"), key=key("cart-paid")
        ),
    ),
    *(
        Step(
            "orders",
            f"page, by {name}",
            SEE,
            lambda orders, actor, wanted=wanted: orders.page(actor, wanted),
        )
        for name, wanted in {
            "number": OrderFilter(number=PAID),
            "customer": OrderFilter(customer=ADA.id),
            "invoice": OrderFilter(invoice=TAKEN),
            "text": OrderFilter(text="Lovelace"),
        }.items()
    ),
    Step(
        "payments",
        "page, by invoice",
        SEE,
        lambda payments, actor: payments.page(actor, OrderFilter(invoice=TAKEN)),
    ),
]


def message() -> tuple[bytes, dict[str, str]]:
    """Return a message about the payment that was taken, as the merchant of either would sign."""
    reference = AttemptReference(AccountId("acme"), PAID, 1)
    told = Succeeded(gateway_id=GatewayId("ch_9"), amount=eur("100.00"))
    return ScriptedGateway().webhook(reference, told)


@define
class Merchants:
    """A merchant of its own for each account, and a bank account."""

    _gateways: dict[AccountId, ScriptedGateway]

    def find(self, account: AccountId, name: SystemName) -> PaymentSystem | None:
        """Return the payment system."""
        return PaymentSystem(name, self._gateways[account] if name == CARDS else None)


@define
class World:
    """An office with the store and the merchants behind it."""

    office: BackOffice
    store: MemoryStore
    clock: MovableClock
    merchants: dict[AccountId, ScriptedGateway]


def a_world(door: Door) -> World:
    """Return an office in which nothing has happened."""
    store, clock = MemoryStore(), MovableClock()
    merchants = {AccountId(name): ScriptedGateway() for name in ("acme", "rival")}
    office = door(store, Merchants(merchants), clock, installation="shop")
    office.installation.adopt(Actor.system(AccountId("platform")), skip_numbers=0)
    return World(office, store, clock, merchants)


def a_shop(door: Door) -> World:
    """Return an office in which Acme has orders, payments, a refund, a plan, and a follower."""
    world = a_world(door)
    office, gateway = world.office, world.merchants[AccountId("acme")]
    world.clock.set_wall_clock(START - timedelta(days=30))
    for name in ("old", "open", "paid", "flagged", "lost"):
        offer = an_offer(payment=AnyShare())
        office.orders.place(BUYER, offer, ADA, key=key(f"cart-{name}"))
    office.payments.pay_manually(BUYER, OPEN, BANK, key=key("wire"), covers=eur("30.00"))
    office.payments.charge(BUYER, PAID, CARDS, key=key("pay-paid"))
    gateway.then(Play.OTHER_AMOUNT)
    office.payments.charge(BUYER, FLAGGED, CARDS, key=key("pay-flagged"))
    gateway.then(Play.SUCCEED)
    office.payments.charge(BUYER, OLD, CARDS, key=key("pay-old"))
    office.refunds.refund_order(BOSS, OLD, key=key("back-old"), reason="so")
    gateway.then(Play.SUCCEED)
    office.payments.charge(BUYER, LOST, CARDS, key=key("pay-lost"))
    gateway.refunds.then(RefundPlay.PEND)
    office.refunds.refund_order(BOSS, LOST, key=key("back-lost"), reason="so")
    nobody_finds_out(world, LOST)
    for name in ("waiting", "running", "stopped"):
        begin_daily(office, name)
        if name == "waiting":
            world.clock.advance(A_DAY)
            gateway.then(Play.DECLINE)
            office.recurring.run_due()
            gateway.then(Play.SUCCEED)
    office.recurring.pause(BOSS, STOPPED)
    office.sales.state_plan(BOSS, ADA.id, COURSE, MIRA)
    office.events.acknowledge(BOSS, "mailer", 2)
    world.clock.advance_to(START)
    return world


def nobody_finds_out(world: World, number: OrderNumber) -> None:
    """Let time pass until nobody looks after anything of an order any more."""
    while at := world.office.orders.get(BOSS, number).next_check:
        world.clock.advance_to(at + A_DAY)
        world.office.payments.reconcile()


def begin_daily(office: BackOffice, name: str) -> None:
    """Let a recurring order begin with its first payment."""
    first = office.orders.place(BUYER, an_offer(recurring=DAILY), ADA, key=key(f"cart-{name}"))
    office.payments.charge(
        BUYER, first.number, CARDS, key=key(f"pay-{name}"), method=a_card(stored=False)
    )


def methods(office: BackOffice | AsyncBackOffice) -> set[tuple[str, str]]:
    """Return the public methods of a front door, each with its group."""
    groups = {name: of for name, of in vars(office).items() if not name.startswith("_")}
    return {
        (group, name)
        for group, of in [*groups.items(), ("", office)]
        for name, _ in inspect.getmembers(type(of), inspect.isfunction)
        if not name.startswith("_")
    }


@pytest.mark.rule("A2")
@pytest.mark.parametrize("office", [BackOffice, AsyncBackOffice])
def test_every_method_is_walked(office: Callable[..., BackOffice | AsyncBackOffice]) -> None:
    """The walk below knows every method that a person starts, and every operation there is."""
    walked = [(step.group, step.name) for step in STEPS]

    assert methods(office(MemoryStore())) - BY_THE_TIMER == {*walked}
    assert len(walked) == len({*walked})
    assert {*Operation} == {*NEEDS} == {step.operation for step in STEPS}


EVERY: Final = frozenset(Permission)
#: Which permissions somebody holds, by what the operation needs.
HELD: Final[dict[str, Callable[[Permission | None], frozenset[Permission]]]] = {
    "none": lambda _: frozenset(),
    "only the needed": lambda needed: EVERY & {needed},
    "all but the needed": lambda needed: EVERY - {needed},
    "all": lambda _: EVERY,
}


def named(steps: list[Step]) -> list[Any]:
    """Return the steps as parameters of a test."""
    return [pytest.param(step, id=f"{step.group}.{step.name}") for step in steps]


@pytest.mark.rule("A1", "A2")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("user", ["clerk", None], ids=["a person", "a program"])
@pytest.mark.parametrize("step", named(STEPS))
def test_who_is_let_in(door: Door, held: str, user: str | None, step: Step) -> None:
    """Who lacks the permission is told its name before anything is touched; others are let in."""
    nothing: Any = Untouchable()
    office = door(nothing, nothing, nothing, installation="shop")
    permissions = HELD[held](step.needed)
    expected: OrdersalesError | None = None
    if step.operation in ONLY_PEOPLE and user is None:
        expected = PersonNeeded(step.operation.value)
    if step.needed is not None and step.needed not in permissions:
        expected = PermissionMissing(step.operation.value, step.needed.value)

    with pytest.raises((TouchedError, RuleRefused)) as caught:
        step.take(office, an_actor(*permissions, user=user))

    if expected is None:
        assert isinstance(caught.value, TouchedError)
    else:
        assert expected == caught.value
        assert f"{step.operation} " in str(caught.value)


@pytest.mark.rule("A2")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("step", named(STEPS))
def test_the_permission_is_enough(door: Door, step: Step) -> None:
    """Who holds the one permission and no other gets the thing done; without it nothing changes."""
    shop = a_shop(door)
    before = snapshot(shop.store)
    if step.needed is not None:
        with pytest.raises(PermissionMissing):
            step.take(shop.office, an_actor(*(EVERY - {step.needed})))
    unchanged = snapshot(shop.store)

    step.take(shop.office, an_actor(*HELD["only the needed"](step.needed)))

    assert before == unchanged


def outcome(world: World, step: Step, actor: Actor) -> object:
    """Return what a call comes to: its answer, or its error."""
    try:
        return step.take(world.office, actor)
    except OrdersalesError as error:
        return error


@pytest.mark.thorough
@pytest.mark.rule("A4", "C5")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("own", [False, True], ids=["with nothing", "with an order"])
@pytest.mark.parametrize("step", named([*STEPS, *REACHING]))
def test_another_accounts_records(door: Door, own: bool, step: Step) -> None:
    """Who may do everything elsewhere sees the same whether Acme's records exist or not."""
    rival = a_manager("rival")
    worlds = [a_shop(door), a_world(door)]
    for world in worlds:
        if own:
            offer = an_offer("7.00", payment=AnyShare())
            world.office.orders.place(rival, offer, a_customer("bob", "Bob"), key=key("own"))
    store, gateway = worlds[0].store, worlds[0].merchants[AccountId("acme")]
    before, charged = snapshot(store), (gateway.charged, gateway.refunds.calls)

    beside_it, alone = (outcome(world, step, rival) for world in worlds)

    assert alone == beside_it
    assert str(alone) == str(beside_it)
    assert before == snapshot(store)
    assert charged == (gateway.charged, gateway.refunds.calls)
    assert snapshot(worlds[1].store, "rival") == snapshot(store, "rival")


#: The methods that are asked for one order, by its number.
OF_AN_ORDER: Final = [
    step
    for step in STEPS
    if (step.group, step.name)
    in {
        *(("orders", name) for name in ("get", "history", "offered", "confirm", "decline")),
        *(("orders", name) for name in ("cancel", "expire", "clear_attention")),
        *(("orders", name) for name in ("explain_action", "explain_open")),
        *(("payments", name) for name in ("charge", "pay_manually", "confirm", "reject")),
        *(("refunds", name) for name in ("refund", "refund_order")),
        *((group, "settle_held") for group in ("payments", "refunds")),
        *(("sales", name) for name in ("check", "confirm", "add_user")),
    }
]


@pytest.mark.rule("A4")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("step", named(OF_AN_ORDER))
def test_another_accounts_order_is_not_found(door: Door, step: Step) -> None:
    """An order of another account is not found, in the words for a number never given."""
    shop = a_shop(door)

    told = outcome(shop, step, a_manager("rival"))

    assert isinstance(told, NotFound)
    assert "order" == told.kind
    assert f"there is no order {told.given!r} in this account" == str(told)


@pytest.mark.rule("A4")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("step", named(REACHING[:4]))
def test_another_accounts_invoice_is_not_found(door: Door, step: Step) -> None:
    """An invoice of another account is not found on an order of one's own."""
    shop, rival = a_shop(door), a_manager("rival")
    shop.office.orders.place(rival, an_offer(), a_customer("bob"), key=key("own"))

    told = outcome(shop, step, rival)

    assert isinstance(told, NotFound)
    assert "invoice" == told.kind


@pytest.mark.rule("A4", "L4")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("group", ["orders", "payments", "recurring"])
def test_another_accounts_cursor(door: Door, group: str) -> None:
    """A cursor of another account is refused as one that nobody ever wrote."""
    office = a_shop(door).office
    rival = a_manager("rival")
    cursor = getattr(office, group).page(BOSS, limit=1).after
    assert cursor is not None
    errors = []

    for after in (cursor, "A" * len(cursor)):
        with pytest.raises(InvalidInput) as caught:
            getattr(office, group).page(rival, after=after)
        errors.append([(item.field, item.allowed) for item in caught.value.problems])

    assert errors[0] == errors[1]
    assert getattr(office, group).page(BOSS, after=cursor).rows


@pytest.mark.rule("A4")
@pytest.mark.parametrize("door", DOORS)
def test_a_message_about_another_accounts_payment(door: Door) -> None:
    """A merchant of its own can't speak of another's payments: nothing of the kind is known."""
    shop = a_shop(door)

    heard = shop.office.payments.hear(a_manager("rival"), CARDS, *message())

    assert WebhookResult.UNMATCHED is heard


@pytest.mark.rule("A4")
@pytest.mark.parametrize("door", DOORS)
def test_another_accounts_events_and_plans(door: Door) -> None:
    """Neither what happened elsewhere, nor who follows it, nor whose plan stands, is told."""
    office = a_shop(door).office
    rival = a_manager("rival")

    assert not office.events.read(rival, "mailer")
    assert not office.sales.plans_of(rival, ADA.id)
    assert 0 == office.customers.erase(rival, CustomerId("ada"))
    other = Manager(user=UserId("noah"), name="Noah")
    assert other == office.sales.state_plan(rival, ADA.id, COURSE, other).manager
    assert [3] == [item.position for item in office.events.read(BOSS, "mailer", limit=1)]
