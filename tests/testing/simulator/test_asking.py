"""Every question to a gateway is held against what is committed."""

from __future__ import annotations

import attrs
import pytest

from ordersales import AnyShare, BackOffice
from ordersales.models.charge import ChargeRequest
from ordersales.models.order import Order
from ordersales.models.refund import RefundRequest
from ordersales.models.stage import Stage
from ordersales.rules import attempts, refunds
from ordersales.testing import Play, RefundPlay, ScriptedGateway
from ordersales.testing.simulator.asking import Asked
from ordersales.testing.simulator.ledger import Ledger
from ordersales.testing.simulator.world import SECOND, World
from ordersales.values.identifiers import IdempotencyKey
from tests.drivers import BOSS, Shop, eur, key


class Stage_:  # noqa: N801 - a stage on which questions are asked
    """A committed order, and the gateway that is asked about it."""

    def __init__(self) -> None:
        shop = Shop.behind(BackOffice)
        shop.gateway.then(Play.SUCCEED, Play.TIME_OUT_BEFORE)
        shop.gateway.refunds.then(RefundPlay.TIME_OUT_BEFORE)
        number = shop.place(AnyShare())
        paid = shop.charge(number, "30.00", "pay-1").invoice.number
        shop.charge(number, "20.00", "pay-2")
        shop.office.refunds.refund(
            BOSS, number, paid, key=key("back-1"), amount=eur("5.00"), reason="Late"
        )
        self.order: Order = shop.look(number)
        self.world = World("17")
        self.ledger = Ledger(self.world)
        self.gateway = ScriptedGateway()
        self.asked = Asked(self.world, self.ledger, self.gateway)
        self.know(self.order)

    def know(self, order: Order) -> None:
        """Let the order be the one that is committed."""
        self.ledger.orders[order.account, order.number] = order

    @property
    def charge(self) -> ChargeRequest:
        """The question about the second payment, in doubt."""
        return attempts.request(self.order, self.order.invoices[1])

    @property
    def refund(self) -> RefundRequest:
        """The question about the refund, in doubt."""
        reference = self.order.invoices[0].refunds[0].reference
        assert reference is not None
        return refunds.request(self.order, reference)

    def staged(self, stage: Stage) -> Order:
        """Return the order with the payment and the refund at another stage."""
        first, second = self.order.invoices
        assert second.attempt is not None
        second = attrs.evolve(second, attempt=attrs.evolve(second.attempt, stage=stage))
        first = attrs.evolve(first, refunds=(attrs.evolve(first.refunds[0], stage=stage),))
        return attrs.evolve(self.order, invoices=(first, second))

    @property
    def broken(self) -> tuple[int, str]:
        """What was found."""
        found = self.world.violation
        assert found is not None
        return found.number, found.detail


@pytest.fixture
def stage() -> Stage_:
    """A committed order, and the gateway that is asked about it."""
    return Stage_()


def test_what_is_permitted_is_passed_on(stage: Stage_) -> None:
    """A question that is permitted reaches the gateway, and its answer the caller."""
    answer = stage.asked.charge(stage.charge)
    assert answer == stage.asked.look_up(stage.charge.reference)
    assert answer == stage.asked.cancel(stage.charge.reference)
    told = stage.asked.refund(attrs.evolve(stage.refund))
    assert told == stage.asked.look_up_refund(stage.refund.reference)
    body, headers = stage.gateway.webhook(stage.charge.reference)
    assert stage.asked.read_webhook(body, headers) is not None

    assert stage.world.violation is None
    assert stage.gateway.capabilities == stage.asked.capabilities


def test_a_charge_that_is_not_committed(stage: Stage_) -> None:
    """What is asked before it was written breaks 7."""
    stage.ledger.orders.clear()
    stage.asked.charge(stage.charge)

    assert (7, "acme/1/2~0 was asked before its attempt was committed") == stage.broken


@pytest.mark.parametrize(
    "changes", [{"key": IdempotencyKey("acme/1/2~1")}, {"amount": eur("21.00")}]
)
def test_a_charge_under_another_key(stage: Stage_, changes: dict[str, object]) -> None:
    """Another key than the attempt's, or another amount, breaks 5."""
    stage.asked.charge(attrs.evolve(stage.charge, **changes))

    assert 5 == stage.broken[0]
    assert "known is acme/1/2~0 for 20.00 EUR" in stage.broken[1]


def test_a_key_that_means_something_else(stage: Stage_) -> None:
    """Other contents under a key that was asked before break 5."""
    stage.asked.charge(stage.charge)
    with pytest.raises(Exception, match="key"):
        stage.asked.charge(attrs.evolve(stage.charge, description="Another course"))

    assert (5, "acme/1/2~0 was asked for something else before") == stage.broken


@pytest.mark.parametrize("at", [Stage.RESERVED, Stage.BLOCKED])
def test_a_charge_without_a_permission(stage: Stage_, at: Stage) -> None:
    """What is reserved or blocked may not be asked: it breaks 7."""
    stage.know(stage.staged(at))
    stage.asked.charge(stage.charge)

    assert (7, f"acme/1/2~0 was asked while its attempt is {at}") == stage.broken


@pytest.mark.parametrize(("seconds", "late"), [(32, False), (33, True)])
def test_a_charge_that_is_asked_late(stage: Stage_, seconds: int, *, late: bool) -> None:
    """A permission lasts for the send deadline, and a moment for the calls in between."""
    stage.world.after(seconds * SECOND, lambda: stage.asked.charge(stage.charge))
    stage.world.run()

    assert late == (stage.world.violation is not None)
    if late:
        assert (7, "acme/1/2~0 was asked 0:00:33 after it was permitted") == stage.broken


def test_a_refund_that_is_not_committed(stage: Stage_) -> None:
    """A refund asked for before it was written, or for another amount, breaks 7."""
    stage.asked.refund(attrs.evolve(stage.refund, amount=eur("6.00")))
    assert (7, "acme/1/1#1 was asked before it was committed") == stage.broken

    other = Stage_()
    other.ledger.orders.clear()
    other.asked.refund(other.refund)
    assert (7, "acme/1/1#1 was asked before it was committed") == other.broken


def test_a_refund_without_a_permission(stage: Stage_) -> None:
    """A refund that certainly did not reach its gateway is not asked for without a new one."""
    stage.know(stage.staged(Stage.RESERVED))
    stage.asked.refund(stage.refund)

    assert (7, "acme/1/1#1 was asked while it is reserved") == stage.broken


def test_a_refund_that_means_something_else(stage: Stage_) -> None:
    """Other contents under a reference that was asked before break 5."""
    stage.asked.refund(stage.refund)
    with pytest.raises(Exception, match="reference"):
        stage.asked.refund(attrs.evolve(stage.refund, reason="Broken"))

    assert (5, "acme/1/1#1 was asked for something else before") == stage.broken
