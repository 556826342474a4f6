"""A copy of the database is noticed in time, and made a shop of its own by a person's word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from ordersales import (
    AccountId,
    Actor,
    AnyShare,
    BackOffice,
    Cadence,
    Did,
    EventKind,
    InvoiceStatus,
    Operation,
    OrderNumber,
    OrderStatus,
    PaymentSystem,
    Permission,
    RecurringStatus,
    RecurringTerms,
    Unit,
    WebhookResult,
    sentence,
)
from ordersales.adapters.memory import MemoryStore
from ordersales.errors import InvalidInput, PermissionMissing, WrongInstallation
from ordersales.models.charge import Accepted
from ordersales.models.installation import Gap, Installation, Mark
from ordersales.models.refund import RefundStatus
from ordersales.ports.gateway import GatewayKind
from ordersales.ports.storage import Store
from ordersales.services import payments
from ordersales.services.installation import MOST_SKIPPED
from ordersales.services.payments import Wish
from ordersales.testing import (
    PROFILES,
    Play,
    RefundPlay,
    ScriptedGateway,
    a_manager,
    an_actor,
    an_offer,
)
from ordersales.values.identifiers import AttemptReference
from tests.drivers import (
    BANK,
    BOSS,
    BUYER,
    CARDS,
    DOORS,
    ByHand,
    Door,
    Shop,
    a_card,
    eur,
    key,
    reference_of,
    snapshot,
)
from tests.services.watched import WatchedGateway, nothing

pytestmark = pytest.mark.rule("C6")

ANY: Final = AnyShare()
A_DAY: Final = timedelta(days=1)
LIVE: Final = "shop-production"
STAGING: Final = "shop-staging"


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    """Return either door."""
    opened: Door = request.param
    return opened


@pytest.fixture
def shop(door: Door) -> Shop:
    """Return a shop that has charged, and was never given a mark."""
    return Shop.behind(door)


def reopened(door: Door, shop: Shop, installation: str | None) -> Shop:
    """Return another host on the same store and merchants."""
    systems = [PaymentSystem(CARDS, shop.gateway), PaymentSystem(BANK)]
    office = door(shop.store, systems, shop.clock, installation=installation)
    return Shop(office, shop.store, shop.gateway, shop.clock)


def adopted(door: Door, shop: Shop, installation: str, replacing: str | None = None) -> Shop:
    """Return a host with a mark of its own, which the store carries."""
    host = reopened(door, shop, installation)
    host.office.installation.adopt(BOSS, replacing=replacing, skip_numbers=0)
    return host


def refused(start: Callable[[], object], operation: str, configured: str | None) -> None:
    """Hold that a call is refused because of the marks."""
    with pytest.raises(WrongInstallation) as caught:
        start()
    assert WrongInstallation(operation, LIVE, configured) == caught.value


@pytest.mark.parametrize("configured", [STAGING, None, LIVE.upper()])
def test_a_copy_sends_nothing(door: Door, shop: Shop, configured: str | None) -> None:
    """Whatever would ask a gateway is refused in a copy, and leaves nothing behind."""
    live = adopted(door, shop, LIVE)
    number = live.place(ANY)
    paid = live.charge(number, "40.00", "pay-paid")
    shop.gateway.then(Play.NOT_SENT, Play.PEND)
    live.charge(number, "10.00", "pay-unsent")
    waiting = live.place(ANY, under="cart-2")
    flying = reference_of(live.charge(waiting, "40.00", "pay-waiting"))
    shop.gateway.refunds.then(RefundPlay.NOT_SENT)
    with_refund = live.office.refunds.refund(
        BOSS, number, paid.invoice.number, key=key("back-1"), amount=eur("5.00"), reason="so"
    )
    assert with_refund.refunds[0].refund.status is RefundStatus.PENDING
    copy = reopened(door, shop, configured)
    office, before = copy.office, snapshot(shop.store)
    asked = (shop.gateway.charged, shop.gateway.refunds.calls)

    refused(lambda: copy.charge(number, "10.00", "pay-new"), "pay", configured)
    refused(lambda: copy.charge(number, "10.00", "pay-unsent"), "pay", configured)
    refund, refund_order = office.refunds.refund, office.refunds.refund_order
    for start in (
        lambda: refund(BOSS, number, paid.invoice.number, key=key("back-2"), reason="so"),
        lambda: refund(
            BOSS, number, paid.invoice.number, key=key("back-1"), amount=eur("5.00"), reason="so"
        ),
        lambda: refund_order(BOSS, number, key=key("back-3"), reason="so"),
    ):
        refused(start, "refund", configured)
    decline = "decline the order"
    refused(lambda: office.orders.decline(BOSS, waiting, reason="so"), decline, configured)

    assert before == snapshot(shop.store)
    assert asked == (shop.gateway.charged, shop.gateway.refunds.calls)
    assert isinstance(shop.gateway.look_up(flying), Accepted)


def agreed(shop: Shop, name: str) -> OrderNumber:
    """Return a recurring order that its first payment began just now, paid every day."""
    offer = an_offer(recurring=RecurringTerms(cadence=Cadence(1, Unit.DAY)))
    number = shop.order_of(offer, f"cart-{name}").number
    shop.charge(number, under=f"pay-{name}", method=a_card())
    return number


@pytest.mark.rule("R4", "A3")
def test_a_copy_charges_nothing_that_is_due(door: Door, shop: Shop) -> None:
    """What is due is neither charged nor claimed, and nobody can ask for it; pausing goes on."""
    live = adopted(door, shop, LIVE)
    number, other = agreed(live, "one"), agreed(live, "two")
    shop.clock.advance(A_DAY)
    shop.gateway.then(Play.DECLINE)
    live.office.recurring.run_due(1)
    copy = reopened(door, shop, STAGING)
    before, asked = snapshot(shop.store), shop.gateway.charged

    refused(copy.office.recurring.run_due, "charge what is due", STAGING)
    retry = "retry the payment now"
    refused(lambda: copy.office.recurring.retry_now(BOSS, number, key=key("now")), retry, STAGING)

    assert (before, asked) == (snapshot(shop.store), shop.gateway.charged)
    paused = copy.office.recurring.pause(BOSS, number)
    assert RecurringStatus.PAUSED is paused.status
    shop.gateway.then(Play.SUCCEED)
    assert [(other, Did.PAID)] == [
        (done.recurring_order, done.did) for done in live.office.recurring.run_due()
    ]


def test_a_store_that_is_adopted_elsewhere_is_charged_no_more(door: Door) -> None:
    """The mark is read again for each that was claimed, in the transaction that reserves."""
    gateway = WatchedGateway([])
    shop = Shop.behind(door, gateway)
    live = adopted(door, shop, LIVE)
    for name in ("one", "two"):
        agreed(live, name)
    shop.clock.advance(A_DAY)
    elsewhere = BackOffice(shop.store, (), shop.clock, installation=STAGING)
    begun = len(gateway.charged)

    def taken_over() -> None:
        gateway.meanwhile = nothing
        elsewhere.installation.adopt(BOSS, replacing=LIVE, skip_numbers=0)

    gateway.meanwhile = taken_over
    with pytest.raises(WrongInstallation) as caught:
        live.office.recurring.run_due()

    assert WrongInstallation("charge what is due", STAGING, LIVE) == caught.value
    assert begun + 1 == len(gateway.charged)


def test_reading_messages_and_work_by_hand_go_on_in_a_copy(door: Door, shop: Shop) -> None:
    """What asks no gateway for anything is done in a copy as anywhere."""
    live = adopted(door, shop, LIVE)
    number = live.place(ANY)
    shop.gateway.then(Play.PEND)
    pending = live.charge(number, "40.00")
    copy = reopened(door, shop, STAGING)
    office = copy.office

    shop.gateway.finish(reference_of(pending))
    assert WebhookResult.APPLIED is copy.hear(reference_of(pending))
    assert InvoiceStatus.PAID is copy.charge(number, "40.00").invoice.status
    announced = copy.announce(number, "60.00").invoice.number
    assert copy.announce(number, "60.00").invoice.number == announced
    office.payments.confirm(BOSS, number, announced)
    assert OrderStatus.COMPLETED is copy.look(number).status
    by_hand = office.refunds.refund(BOSS, number, announced, key=key("b-1"), reason="so")
    assert RefundStatus.SUCCEEDED is by_hand.refunds[0].refund.status
    other = copy.place(ANY, under="cart-2")
    assert OrderStatus.DECLINED is office.orders.decline(BOSS, other, reason="so").status
    assert 2 == len(office.orders.page(BOSS).rows)
    assert 2 == len(office.payments.page(BOSS).rows)
    assert Installation(LIVE, STAGING) == office.installation.look(BOSS)


def test_what_was_refunded_already_is_told_in_a_copy(door: Door, shop: Shop) -> None:
    """The same key gives the same answer, since nothing is sent for it (C5)."""
    live = adopted(door, shop, LIVE)
    number = live.place()
    live.charge(number)
    before = live.office.refunds.refund_order(BOSS, number, key=key("back"), reason="so")
    copy = reopened(door, shop, None)

    assert before == copy.office.refunds.refund_order(BOSS, number, key=key("back"), reason="so")


@pytest.mark.rule("A3", "A5")
def test_a_copy_offers_nothing_that_it_refuses(door: Door, shop: Shop) -> None:
    """Lists, cards, one order and *explain* all know that nothing is sent from a copy."""
    live = adopted(door, shop, LIVE)
    number = live.place()
    live.charge(number)
    copy = reopened(door, shop, STAGING)

    def offers(office: BackOffice) -> list[bool]:
        card = office.sales.customer_card(BOSS, live.look(number).customer.id)
        rows = [
            *office.orders.page(BOSS).rows, *office.payments.page(BOSS).rows,
            *card.orders, *card.payments,
        ]  # fmt: skip
        offered = [row.actions for row in rows]
        return ["refund" in item for item in [*offered, office.orders.offered(BOSS, number)]]

    assert [True] * 5 == offers(live.office)
    assert [False] * 5 == offers(copy.office)
    invoice = live.look(number).invoices[0].number
    for asked in (None, invoice):
        explained = copy.office.orders.explain_action
        told = explained(BOSS, number, Operation.REFUND, invoice=asked)
        assert ["wrong_installation"] == [*told.codes]
    still = copy.place(ANY, under="cart-2")
    assert "wrong_installation" in copy.office.orders.explain_open(BOSS, still).codes


def test_no_store_takes_a_mark_by_itself(door: Door, shop: Shop) -> None:
    """A host with a mark charges nothing from a store without one, not even from an empty one."""
    host = reopened(door, shop, LIVE)
    number = host.place()

    with pytest.raises(WrongInstallation) as caught:
        host.charge(number)

    assert WrongInstallation("pay", None, LIVE) == caught.value
    host.office.installation.adopt(BOSS, skip_numbers=0)
    assert InvoiceStatus.PAID is host.charge(number).invoice.status


class Swapped:
    """A store that can be swapped for another one behind a running office."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def transaction(self, account: AccountId) -> Any:
        """Return a transaction of the store that is there now."""
        return self.store.transaction(account)

    def accounts_to_charge(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return the accounts in which a recurring order is due."""
        return self.store.accounts_to_charge(now, limit)

    def accounts_to_check(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return the accounts in which something is due."""
        return self.store.accounts_to_check(now, limit)


def test_a_copy_that_is_swapped_in_is_noticed_by_a_running_office(door: Door) -> None:
    """The mark is read with each reservation, so a running process charges from no copy."""
    swapped, gateway = Swapped(MemoryStore()), ScriptedGateway()
    office = door(swapped, [PaymentSystem(CARDS, gateway)], installation=LIVE)
    office.installation.adopt(BOSS, skip_numbers=0)
    shop = Shop(office, MemoryStore(), gateway, Shop.behind(door).clock)
    shop.charge(shop.place())
    old, swapped.store = swapped.store, MemoryStore()
    number = shop.place()

    with pytest.raises(WrongInstallation):
        shop.charge(number)

    swapped.store = old
    assert InvoiceStatus.PAID is shop.charge(shop.place(under="cart-2"), under="p").invoice.status


def test_the_parts_of_a_refund_are_asked_for_one_by_one(door: Door, shop: Shop) -> None:
    """Once the store is adopted elsewhere, the parts not sent yet stay unsent."""
    live = adopted(door, shop, LIVE)
    number = live.place(ANY)
    for under in ("pay-1", "pay-2"):
        live.charge(number, "50.00", under)
    refund = shop.gateway.refund

    def refund_and_adopt(request: Any) -> Any:
        with shop.store.transaction(AccountId("platform")) as tx:
            tx.installation.adopt(Mark(STAGING), replacing=LIVE)
        return refund(request)

    shop.gateway.refund = refund_and_adopt  # type: ignore[method-assign]

    with pytest.raises(WrongInstallation):
        live.office.refunds.refund_order(BOSS, number, key=key("back"), reason="so")

    statuses = [item.status for item in live.look(number).refunds]
    assert [RefundStatus.PENDING, RefundStatus.SUCCEEDED] == statuses
    assert 1 == shop.gateway.refunds.calls


@pytest.mark.rule("C2")
def test_a_copy_reconciles_nothing(door: Door, shop: Shop) -> None:
    """What is in doubt in a copy stays as it is: neither sent again nor looked up."""
    shop.gateway.then(Play.TIME_OUT_BEFORE)
    live = adopted(door, shop, LIVE)
    number = live.place()
    live.charge(number)
    shop.clock.advance(timedelta(minutes=5))
    copy = reopened(door, shop, STAGING)
    before = snapshot(shop.store)

    refused(copy.office.payments.reconcile, "reconcile", STAGING)

    assert (before, ()) == (snapshot(shop.store), shop.gateway.charged)
    live.office.payments.reconcile()
    assert OrderStatus.COMPLETED is live.look(number).status


@pytest.mark.rule("C2")
def test_what_is_found_absent_is_sent_anew_only_here(door: Door) -> None:
    """Where the store is adopted elsewhere during a look-up, nothing is sent after it."""
    shop = Shop.behind(
        door,
        ScriptedGateway(Play.TIME_OUT_BEFORE, capabilities=PROFILES[GatewayKind.LOOK_UP_ONLY]),
    )
    live = adopted(door, shop, LIVE)
    number = live.place()
    live.charge(number)
    shop.clock.advance(timedelta(minutes=15))
    look_up = shop.gateway.look_up

    def look_up_and_adopt(reference: AttemptReference) -> Any:
        with shop.store.transaction(AccountId("platform")) as tx:
            tx.installation.adopt(Mark(STAGING), replacing=LIVE)
        return look_up(reference)

    shop.gateway.look_up = look_up_and_adopt  # type: ignore[method-assign]

    with pytest.raises(WrongInstallation):
        live.office.payments.reconcile()

    assert () == shop.gateway.charged
    assert OrderStatus.OPEN is live.look(number).status


@pytest.mark.rule("C1")
def test_the_mark_is_read_in_the_transaction_that_reserves() -> None:
    """It is read in the one that commits the reservation, and before anything is written."""
    shop = Shop.behind(BackOffice)
    wish = Wish(order=shop.place(), system=CARDS, key=key("pay-1"), covers=None, amount=None)
    script = ByHand(payments.charge(shop.desk, BUYER, wish))
    names: list[str] = []

    while script.asked is not None:
        names.append(script.asked.target.__name__)
        script.step()

    reserving = names[names.index("__enter__") : names.index("__exit__")]
    assert reserving.index("mark") < reserving.index("save")
    assert names.count("mark") == 1


@pytest.mark.rule("E1", "O4")
def test_adopting_is_told_and_skips_numbers(door: Door, shop: Shop) -> None:
    """The new mark, the old one and the skipped numbers stand in the log, with who did it."""
    live = adopted(door, shop, LIVE)
    live.charge(live.place())
    host = reopened(door, shop, "shop-production-2")
    made_at = shop.clock.now() - A_DAY

    found = host.office.installation.adopt(
        BOSS, replacing=LIVE, skip_numbers=1000, restored_from=made_at
    )

    gap = Gap(since=made_at, until=shop.clock.now())
    assert Installation("shop-production-2", "shop-production-2", gap) == found
    assert found == host.office.installation.look(BOSS)
    shop.clock.advance(timedelta(minutes=1))
    payment = host.charge(host.place(under="cart-2"), under="pay-2")
    assert (1002, 1002) == (payment.order.number, payment.invoice.number)
    other = a_manager("globex")
    placed = host.office.orders.place(
        other, payment.order.offer, payment.order.customer, key=key("x")
    )
    assert 1001 == placed.number
    told = [item.event for item in host.office.events.read(BOSS, "log")]
    first, second = (item for item in told if item.kind is EventKind.INSTALLATION_ADOPTED)
    assert (BOSS.account, BOSS.user, gap.until) == (second.account, second.by, second.at)
    assert (None, None, None) == (second.order, second.customer, second.offer)
    assert (
        "The store was adopted by an installation "
        "(shop-production, before: None; numbers skipped: 0)."
    ) == sentence(first)
    assert (
        "shop-production-2, before: shop-production; numbers skipped: 1000; "
        f"restored from a backup of {made_at.isoformat()}"
    ) == second.note
    assert () == host.office.events.read(other, "log")[1:]


def test_adopting_again_changes_nothing(door: Door, shop: Shop) -> None:
    """A program may adopt at each of its starts: a store that carries the mark stays as it is."""
    host = adopted(door, shop, LIVE)

    for _ in range(2):
        found = host.office.installation.adopt(
            BOSS, replacing="whatever", skip_numbers=9, restored_from=shop.clock.now()
        )

    assert Installation(LIVE, LIVE) == found
    assert 1 == host.place()
    events = host.office.events.read(BOSS, "log")
    assert [EventKind.INSTALLATION_ADOPTED, EventKind.ORDER_PLACED] == [
        item.event.kind for item in events
    ]


@pytest.mark.rule("B1")
def test_what_is_replaced_has_to_be_named(door: Door, shop: Shop) -> None:
    """Who takes the store for another one is told which mark it carries, and changes nothing."""
    adopted(door, shop, LIVE)
    host = reopened(door, shop, STAGING)

    for replacing in (None, "shop"):
        with pytest.raises(InvalidInput) as caught:
            host.office.installation.adopt(BOSS, replacing=replacing, skip_numbers=0)
        (problem,) = caught.value.problems
        assert ("replacing", repr(replacing)) == (problem.field, problem.given)
        assert "the mark that the store carries: 'shop-production'" == problem.allowed

    assert Installation(LIVE, STAGING) == host.office.installation.look(BOSS)


@pytest.mark.rule("B1")
def test_every_wrong_argument_is_told(door: Door, shop: Shop) -> None:
    """Without a mark of its own a host adopts nothing, and what it gives is checked."""
    adopt: Any = shop.office.installation.adopt

    for skip in (-1, MOST_SKIPPED + 1, True, "5", None):
        with pytest.raises(InvalidInput) as caught:
            adopt(BOSS, replacing="", skip_numbers=skip, restored_from="yesterday")
        fields = [item.field for item in caught.value.problems]
        assert ["installation", "replacing", "skip_numbers", "restored_from"] == fields
    host = reopened(door, shop, LIVE)
    now = shop.clock.now()
    assert host.office.installation.adopt(
        BOSS, skip_numbers=MOST_SKIPPED, restored_from=now
    ).matches


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("skip", "ago", "field"),
    [
        (1, None, "restored_from"),
        (1, -timedelta(microseconds=1), "restored_from"),
        (0, timedelta(0), "skip_numbers"),
    ],
    ids=["numbers alone", "the future", "a moment alone"],
)
def test_a_backup_has_lost_numbers_since_a_moment(
    door: Door, shop: Shop, skip: int, ago: timedelta | None, field: str
) -> None:
    """Whoever names one of the two has to name the other, and the moment is past."""
    host = reopened(door, shop, LIVE)
    made_at = None if ago is None else shop.clock.now() - ago

    with pytest.raises(InvalidInput) as caught:
        host.office.installation.adopt(BOSS, skip_numbers=skip, restored_from=made_at)

    assert [field] == [item.field for item in caught.value.problems]
    assert not host.office.installation.look(BOSS).matches


def test_the_gaps_of_two_backups(door: Door, shop: Shop) -> None:
    """What the first one lost may still wait to be looked up: both lie in one time, for good."""
    gaps = []
    for made_after, mark, before in ((2, LIVE, None), (1, STAGING, LIVE), (None, "third", STAGING)):
        host = reopened(door, shop, mark)
        made_at = None if made_after is None else shop.clock.now() - made_after * A_DAY
        found = host.office.installation.adopt(
            BOSS, replacing=before, skip_numbers=int(bool(made_at)), restored_from=made_at
        )
        gaps.append(found.gap)
        shop.clock.advance(timedelta(hours=1))

    began = shop.clock.now() - timedelta(hours=3)
    first = Gap(since=began - 2 * A_DAY, until=began)
    both = Gap(since=first.since, until=began + timedelta(hours=1))
    assert [first, both, both] == gaps


@pytest.mark.rule("B1")
@pytest.mark.parametrize("mark", ["", " ", "a\0b", "x" * 201, 7, b"shop"])
def test_a_mark_is_text(door: Door, mark: Any) -> None:
    """A mark that could not be shown is refused when the office is opened."""
    with pytest.raises(InvalidInput) as caught:
        door(MemoryStore(), (), None, installation=mark)

    assert ["installation"] == [item.field for item in caught.value.problems]


@pytest.mark.rule("A1", "A2")
def test_adopting_asks_for_its_permission(door: Door, shop: Shop) -> None:
    """Whoever may do everything else can't adopt; the host's own code can."""
    host = reopened(door, shop, LIVE)
    others = an_actor(*(set(Permission) - {Permission.ADOPT_INSTALLATION}))

    with pytest.raises(PermissionMissing):
        host.office.installation.adopt(others, skip_numbers=0)

    assert Installation(None, LIVE) == host.office.installation.look(others)
    system = Actor.system(AccountId("acme"))
    assert host.office.installation.adopt(system, skip_numbers=0).matches
