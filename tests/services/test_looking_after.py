"""One look after what has no final word: what it does, and what it leaves when others move (C2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from attrs import evolve

from ordersales import AnyShare, BackOffice, InvoiceStatus, OrderNumber, PaymentSystem
from ordersales.errors import BrokenInvariant
from ordersales.models.capabilities import GatewayKind
from ordersales.models.charge import Answer
from ordersales.models.invoice import Attempt
from ordersales.models.order import AttentionReason
from ordersales.models.reconciled import Checked
from ordersales.models.stage import Stage
from ordersales.ports.payment_systems import PaymentSystems, found_by
from ordersales.rules import attempts
from ordersales.services.desk import Desk
from ordersales.services.engine import run
from ordersales.services.looking_after import look_after
from ordersales.services.reconciling import reconcile
from ordersales.testing import PROFILES, MovableClock, Play, ScriptedGateway
from ordersales.values.identifiers import AccountId, AttemptReference, SystemName
from tests.drivers import BOSS, CARDS, Shop, eur, through
from tests.services.watched import WatchedStore
from tests.subscribing import FEBRUARY, due, look, orders_of, subscribe

pytestmark = pytest.mark.rule("C2")

HOUR: Final = timedelta(hours=1)
ACME: Final = BOSS.account


def nothing() -> None:
    """Do nothing."""


class Interrupted(ScriptedGateway):
    """A gateway during whose look-ups and cancelings something else happens, once."""

    def __init__(self, kind: GatewayKind, *plays: Play, **more: Any) -> None:
        super().__init__(*plays, capabilities=PROFILES[kind], **more)
        self.meanwhile: Callable[[], None] = nothing
        self.broken = False

    def _happens(self) -> None:
        happens, self.meanwhile = self.meanwhile, nothing
        happens()

    def look_up(self, reference: AttemptReference) -> Answer | None:
        """Let it happen, and look up."""
        self._happens()
        return super().look_up(reference)

    def cancel(self, reference: AttemptReference) -> Answer | None:
        """Let it happen, and cancel; or break down."""
        self._happens()
        if self.broken:
            raise ConnectionError("no connection")
        return super().cancel(reference)


class Scene:
    """A shop behind such a gateway, in a store whose commits can be met by others."""

    def __init__(self, kind: GatewayKind, *plays: Play, **more: Any) -> None:
        self.clock = MovableClock()
        self.gateway = Interrupted(kind, *plays, clock=self.clock, **more)
        self.store = WatchedStore()
        office = BackOffice(self.store, [through(self.gateway)], self.clock)
        self.shop = Shop(office, self.store.plain, self.gateway, self.clock)

    def desk(self, systems: PaymentSystems | None = None) -> Desk:
        """Return the ports of the shop, with other payment systems where they are given."""
        return Desk(self.store, systems or found_by([through(self.gateway)]), self.clock)

    def in_doubt(self, covers: str = "100.00") -> OrderNumber:
        """Place an order whose one payment is played; an hour later it is to be looked after."""
        number = self.shop.place(AnyShare())
        self.shop.charge(number, covers)
        self.clock.advance(HOUR)
        return number

    def looks(self, number: OrderNumber, systems: PaymentSystems | None = None) -> Checked | None:
        """Look once, and return what was done."""
        found = run(look_after(self.desk(systems), ACME, number))
        return None if found is None else found[1]

    def attempt(self, number: OrderNumber, at: int = 0) -> Attempt:
        """Return what became of an attempt."""
        attempt = self.shop.look(number).invoices[at].attempt
        assert attempt is not None
        return attempt


# -- others are faster ----------------------------------------------------------------------------


def test_somebody_else_looks_at_the_same_moment() -> None:
    """The slower one stops quietly: its commit is a conflict, and it asks nobody."""
    scene = Scene(GatewayKind.KEY_ONLY, Play.TIME_OUT_BEFORE)
    number = scene.in_doubt()
    other = list[Checked | None]()
    scene.store.before_commit = lambda: other.append(scene.looks(number))

    assert scene.looks(number) is None

    assert [Checked.SENT] == other
    assert 2 == scene.gateway.calls
    assert eur("100.00") == scene.gateway.taken("EUR")


def test_nothing_is_due_any_more() -> None:
    """What was looked after meanwhile, or is not there at all, is left alone."""
    scene = Scene(GatewayKind.KEY_ONLY, Play.TIME_OUT_BEFORE)
    number = scene.in_doubt()
    scene.looks(number)

    assert scene.looks(number) is None
    assert scene.looks(OrderNumber(99)) is None


def test_a_word_that_comes_during_a_look_up() -> None:
    """What a look-up did not find is not charged anew once a message has told of it."""
    scene = Scene(GatewayKind.LOOK_UP_ONLY, Play.TIME_OUT_BEFORE)
    number = scene.in_doubt()
    reference = scene.attempt(number).reference
    scene.gateway.meanwhile = lambda: scene.shop.hear(
        reference, scene.gateway._answer(asked_of(scene, number))
    )

    assert Checked.LOOKED_UP is scene.looks(number)

    (invoice,) = scene.shop.look(number).invoices
    assert (InvoiceStatus.PAID, 1) == (invoice.status, scene.gateway.calls)


def asked_of(scene: Scene, number: OrderNumber) -> Any:
    """Return what the gateway was asked for."""
    order = scene.shop.look(number)
    return attempts.request(order, order.invoices[0])


def test_somebody_moves_between_the_look_up_and_what_follows_it() -> None:
    """The permission to charge anew is a commit by version: losing it, nothing is sent."""
    scene = Scene(GatewayKind.LOOK_UP_ONLY, Play.TIME_OUT_BEFORE)
    number = scene.in_doubt("40.00")

    def cancel_the_rest() -> None:
        scene.shop.office.orders.confirm(BOSS, number, reason="Enough")

    def before_the_next_commit() -> None:
        scene.store.before_commit = cancel_the_rest

    scene.gateway.meanwhile = before_the_next_commit

    assert Checked.LOOKED_UP is scene.looks(number)

    assert (Stage.IN_DOUBT, 0, 1) == (
        scene.attempt(number).stage, scene.attempt(number).epoch, scene.gateway.calls,
    )  # fmt: skip
    scene.clock.advance(HOUR)
    assert Checked.WITHDREW is scene.looks(number)


# -- what a look brings ---------------------------------------------------------------------------


def test_what_is_not_there_is_charged_anew() -> None:
    """Looked up after it had been quiet, it is sent at once, under a new key."""
    scene = Scene(GatewayKind.LOOK_UP_ONLY, Play.TIME_OUT_BEFORE)
    number = scene.in_doubt()

    assert Checked.SENT_ANEW is scene.looks(number)

    (invoice,) = scene.shop.look(number).invoices
    assert (InvoiceStatus.PAID, 1) == (invoice.status, scene.attempt(number).epoch)


@pytest.mark.rule("C1")
def test_what_became_too_late_is_not_sent() -> None:
    """Whoever freezes between the permission and the sending sends nothing."""
    scene = Scene(GatewayKind.KEY_ONLY, Play.NOT_SENT)
    number = scene.in_doubt()
    scene.store.after_commit = lambda: scene.clock.advance(timedelta(seconds=31))

    assert Checked.SENT is scene.looks(number)

    assert (Stage.RESERVED, 1) == (scene.attempt(number).stage, scene.gateway.calls)


@pytest.mark.parametrize("lag", [timedelta(), timedelta(days=1)], ids=["there", "not found yet"])
def test_what_was_accepted_is_never_taken_for_absent(lag: timedelta) -> None:
    """It was there, so not finding it proves nothing."""
    scene = Scene(GatewayKind.LOOK_UP_ONLY, Play.PEND, look_up_lag=lag)
    number = scene.in_doubt()

    assert Checked.LOOKED_UP is scene.looks(number)

    assert (Stage.ACCEPTED, 1) == (scene.attempt(number).stage, scene.gateway.calls)


# -- payment systems that can't be found ----------------------------------------------------------


class Unfindable:
    """Payment systems that can't be read now."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def find(self, account: AccountId, name: SystemName) -> PaymentSystem | None:
        """Break down."""
        raise self._error


def test_a_payment_system_that_can_not_be_found_is_waited_for() -> None:
    """One merchant that can't be read must not keep all others waiting."""
    scene = Scene(GatewayKind.KEY_ONLY, Play.TIME_OUT_BEFORE)
    number = scene.in_doubt()

    assert Checked.WAITED is scene.looks(number, Unfindable(ConnectionError("no database")))
    assert 1 == scene.attempt(number).checks
    scene.clock.advance(HOUR)
    assert Checked.WAITED is scene.looks(number, found_by([]))
    scene.clock.advance(HOUR)
    assert Checked.SENT is scene.looks(number)
    assert eur("100.00") == scene.gateway.taken("EUR")


def test_a_bug_is_no_payment_system_that_is_not_there() -> None:
    """It is raised, and nothing is committed."""
    scene = Scene(GatewayKind.KEY_ONLY, Play.TIME_OUT_BEFORE)
    number = scene.in_doubt()

    with pytest.raises(BrokenInvariant):
        scene.looks(number, Unfindable(BrokenInvariant("C2", "a bug")))

    assert 0 == scene.attempt(number).checks


# -- what is called back --------------------------------------------------------------------------


#: Why a gateway brings no word on a canceling: it knows of nothing, or it can't be reached.
SILENT: Final = pytest.mark.parametrize("broken", [False, True], ids=["nothing there", "broken"])


def declined(
    scene: Scene, play: Play, *, wait: timedelta = HOUR, broken: bool = True
) -> OrderNumber:
    """Return an order that a person declined while its gateway could not be reached to cancel."""
    scene.gateway.then(play)
    number = scene.shop.place(AnyShare())
    scene.shop.charge(number)
    scene.gateway.broken = True
    scene.shop.office.orders.decline(BOSS, number, reason="No stock")
    scene.gateway.broken = broken
    scene.clock.advance(wait)
    return number


@pytest.mark.rule("P3")
@pytest.mark.parametrize("play", [Play.PEND, Play.TIME_OUT_AFTER])
@pytest.mark.parametrize("kind", [GatewayKind.KEY_AND_LOOK_UP, GatewayKind.LOOK_UP_ONLY])
def test_what_was_declined_is_called_back(kind: GatewayKind, play: Play) -> None:
    """The gateway says what it then is: canceled, or paid after all."""
    scene = Scene(kind)
    number = declined(scene, play, broken=False)

    assert Checked.CALLED_BACK is scene.looks(number)

    order = scene.shop.look(number)
    paid = play is Play.TIME_OUT_AFTER
    assert (InvoiceStatus.PAID if paid else InvoiceStatus.CANCELED) is order.invoices[0].status
    assert [AttentionReason.PAID_AFTER_DECLINE] * paid == [flag.reason for flag in order.attention]


@pytest.mark.rule("P3")
@SILENT
def test_what_can_not_be_called_back_is_looked_up(broken: bool) -> None:
    """No word on the canceling: the look-up tells what it is."""
    scene = Scene(GatewayKind.KEY_AND_LOOK_UP)
    number = declined(scene, Play.TIME_OUT_BEFORE, broken=broken)

    assert Checked.WITHDREW is scene.looks(number)
    assert InvoiceStatus.CANCELED is scene.shop.look(number).invoices[0].status


@pytest.mark.rule("P3")
@SILENT
def test_what_can_not_be_called_back_yet_waits(broken: bool) -> None:
    """Too fresh to be looked up, it is called back again at the next check."""
    scene = Scene(GatewayKind.KEY_AND_LOOK_UP)
    soon = timedelta(minutes=3)
    number = declined(scene, Play.TIME_OUT_BEFORE, wait=soon, broken=broken)

    assert Checked.CALLED_BACK is scene.looks(number)

    assert (Stage.IN_DOUBT, 1) == (scene.attempt(number).stage, scene.attempt(number).checks)
    scene.clock.advance(HOUR)
    assert Checked.WITHDREW is scene.looks(number)


def cancels_and_forgets(*plays: Play) -> Scene:
    """Return a shop whose gateway can cancel, and knows neither keys nor a look-up."""
    scene = Scene(GatewayKind.NEITHER, *plays)
    scene.gateway.capabilities = evolve(scene.gateway.capabilities, cancel=True)
    return scene


@pytest.mark.rule("P3", "C7")
@SILENT
def test_what_nobody_can_tell_of_is_held(broken: bool) -> None:
    """It can't be called back, resent or looked up: a person has to find out."""
    scene = cancels_and_forgets()
    number = declined(scene, Play.TIME_OUT_BEFORE, broken=broken)

    assert Checked.HELD is scene.looks(number)

    assert (Stage.HELD, None) == (scene.attempt(number).stage, scene.attempt(number).next_check)
    assert [AttentionReason.HELD] == [flag.reason for flag in scene.shop.look(number).attention]


@pytest.mark.rule("P3", "C4")
def test_a_word_that_comes_while_it_is_called_back() -> None:
    """It is not held: it was settled by the message."""
    scene = cancels_and_forgets()
    number = declined(scene, Play.PEND)
    reference = scene.attempt(number).reference

    def told() -> None:
        scene.shop.hear(reference, scene.gateway.finish(reference))

    scene.gateway.meanwhile = told

    assert Checked.CALLED_BACK is scene.looks(number)

    order = scene.shop.look(number)
    assert InvoiceStatus.PAID is order.invoices[0].status
    assert [AttentionReason.PAID_AFTER_DECLINE] == [flag.reason for flag in order.attention]


# -- reconciling ----------------------------------------------------------------------------------


def test_a_worker_that_is_to_stop_looks_no_further() -> None:
    """It is asked before each look, and tells what it did until then."""
    scene = Scene(GatewayKind.KEY_ONLY, Play.TIME_OUT_BEFORE, Play.TIME_OUT_BEFORE)
    for under in ("cart-1", "cart-2"):
        scene.shop.charge(scene.shop.place(under=under), under=under)
    scene.clock.advance(HOUR)
    going = iter([True, False])

    done = run(reconcile(scene.desk(), limit=10, carry_on=lambda: next(going)))

    assert [(1, Checked.SENT)] == [(item.order, item.what) for item in done]


def test_a_worker_that_was_slower_tells_nothing() -> None:
    """What another one looked after since it was found is not told twice."""
    scene = Scene(GatewayKind.KEY_ONLY, Play.TIME_OUT_BEFORE)
    number = scene.in_doubt()
    other = list[Checked | None]()
    scene.store.after_commit = lambda: other.append(scene.looks(number))

    assert () == run(reconcile(scene.desk(), limit=10))
    assert [Checked.SENT] == other


@pytest.mark.rule("R4")
def test_what_was_asked_for_before_a_pause_waits_for_the_activation() -> None:
    """Proven absent while it is paused, it is set aside each day and sent once it goes on.

    Nothing happens meanwhile, so its history grows no longer.
    """
    scene = Scene(GatewayKind.LOOK_UP_ONLY)
    number = subscribe(scene.shop)
    due(scene.shop, FEBRUARY, Play.TIME_OUT_BEFORE)
    scene.shop.office.recurring.pause(BOSS, number)
    occurrence = orders_of(scene.shop, number)[-1].number

    scene.clock.advance(HOUR)
    did = [scene.looks(occurrence)]
    told = scene.shop.office.orders.history(BOSS, occurrence)
    for _ in range(3):
        scene.clock.advance(timedelta(days=1))
        did.append(scene.looks(occurrence))
    assert told == scene.shop.office.orders.history(BOSS, occurrence)
    scene.shop.office.recurring.activate(BOSS, number)
    scene.clock.advance(HOUR)
    did.append(scene.looks(occurrence))

    assert [Checked.SET_ASIDE, *[Checked.WAITED] * 3, Checked.SENT] == did
    assert 2 == look(scene.shop, number).recurring.payments_made
    assert CARDS == look(scene.shop, number).recurring.system
