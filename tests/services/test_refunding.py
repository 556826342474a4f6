"""Refunds and their two commits: what is asked when, crashes in between, and races."""

from __future__ import annotations

import inspect
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final

import attrs
import pytest

from ordersales import (
    AccountId,
    AnyShare,
    BackOffice,
    InvoiceNumber,
    InvoiceStatus,
    Operation,
    OrderNumber,
    OrderStatus,
    PaymentSystem,
    RefundResult,
    RefundStatus,
    WebhookResult,
)
from ordersales.async_back_office import AsyncRefunds
from ordersales.back_office import Refunds
from ordersales.errors import (
    BrokenInvariant,
    Conflict,
    ExceedsRefundable,
    InvalidInput,
    KeyReused,
    NotFound,
    NothingToRefund,
    PermissionMissing,
    RuleRefused,
    WrongStatus,
    WrongTerms,
)
from ordersales.models.charge import Declined
from ordersales.models.event import EventKind
from ordersales.models.order import Occurrence, Order
from ordersales.models.refund import (
    Refund,
    RefundKind,
    RefundReference,
    RefundRefused,
    RefundRequest,
    RefundSucceeded,
    RefundTold,
    ReturnReported,
)
from ordersales.models.stage import Stage
from ordersales.ports.gateway import Capabilities
from ordersales.services import refunds
from ordersales.services.engine import Scope, run
from ordersales.services.refunds import RefundWish
from ordersales.testing import (
    Play,
    RefundPlay,
    ScriptedGateway,
    a_manager,
    an_actor,
)
from ordersales.values.identifiers import GatewayId
from tests.drivers import BANK, BOSS, BUYER, CARDS, ByHand, Shop, eur, key, snapshot

pytestmark = pytest.mark.rule("F1")

ONE: Final = InvoiceNumber(1)
FIRST: Final = OrderNumber(1)
ANY: Final = AnyShare()


@pytest.fixture
def shop() -> Shop:
    """Return a shop whose first order, of 100, has just been paid by card."""
    opened = Shop.behind(BackOffice)
    opened.charge(opened.place())
    return opened


def in_two(gateway: ScriptedGateway | None = None) -> Shop:
    """Return a shop whose first order was paid by card in two parts: 60, then 40."""
    shop = Shop.behind(BackOffice, gateway)
    number = shop.place(ANY)
    shop.charge(number, "60.00", "pay-1")
    shop.clock.advance(timedelta(minutes=1))
    shop.charge(number, "40.00", "pay-2")
    return shop


def wish(
    amount: str | None = None,
    under: str = "back-1",
    invoice: InvoiceNumber | None = ONE,
    reason: str = "late",
) -> RefundWish:
    """Return a wish for money of the first order."""
    money = None if amount is None else eur(amount)
    return RefundWish(order=FIRST, invoice=invoice, key=key(under), amount=money, reason=reason)


def refund(shop: Shop, wanted: RefundWish) -> RefundResult:
    """Let the boss refund."""
    return run(refunds.refund(shop.desk, BOSS, wanted))


def only(result: RefundResult) -> Refund:
    """Return the one refund of a result."""
    (item,) = result.refunds
    return item.refund


def kinds(shop: Shop) -> list[EventKind]:
    """Return what happened to the first order, as far as refunds go."""
    events = shop.office.orders.history(BOSS, FIRST)
    return [event.kind for event in events if "REFUND" in event.kind.name]


def hear(shop: Shop, message: tuple[bytes, dict[str, str]]) -> WebhookResult:
    """Deliver a message of the card gateway."""
    return shop.office.payments.hear(BOSS, CARDS, *message)


def reference(invoice: int = 1, number: int = 1) -> RefundReference:
    """Return what the gateway knows a refund by."""
    return RefundReference.parse(f"acme/1/{invoice}#{number}")


# Two commits


@pytest.mark.rule("C1")
def test_the_reservation_is_committed_before_the_gateway_is_asked(shop: Shop) -> None:
    """One commit reserves, then the gateway is asked outside of any, and one commit settles."""
    script, scopes = ByHand(refunds.refund(shop.desk, BOSS, wish("30.00"))), list[Scope]()
    while not script.ended:
        assert script.asked is not None
        scopes.append(script.asked.scope)
        if scopes[-1] is Scope.OUTSIDE:
            invoice = shop.look(FIRST).invoices[0]
            assert (eur("30.00"), eur("70.00")) == (invoice.reserved, invoice.refundable)
            assert Stage.IN_DOUBT is invoice.refunds[0].stage
        script.step()

    assert [Scope.ENTER, Scope.EXIT, Scope.OUTSIDE, Scope.ENTER, Scope.EXIT] == [
        scope for scope in scopes if scope is not Scope.PORT
    ]
    assert isinstance(script.result, RefundResult)
    assert RefundStatus.SUCCEEDED is only(script.result).status


@pytest.mark.rule("C1")
@pytest.mark.parametrize("performed", range(30))
def test_a_crash_anywhere(shop: Shop, performed: int) -> None:
    """Wherever a refund is dropped, asking again under its key never returns the money twice."""
    crashed = ByHand(refunds.refund(shop.desk, BOSS, wish("60.00")))
    crashed.steps(performed)
    if not crashed.ended:
        crashed.drop()

    again = only(refund(shop, wish("60.00")))
    hear_all(shop)

    assert shop.gateway.returned("EUR") <= eur("60.00")
    invoice = shop.look(FIRST).invoices[0]
    assert eur("60.00") == invoice.returned + invoice.reserved
    assert shop.gateway.returned("EUR") == invoice.returned
    assert again.status in (RefundStatus.PENDING, RefundStatus.SUCCEEDED)
    with pytest.raises(ExceedsRefundable):
        refund(shop, wish("60.00", "back-2"))


def hear_all(shop: Shop) -> None:
    """Deliver what the gateway has to tell of its refunds."""
    for item in shop.gateway.refunds.book:
        hear(shop, shop.gateway.refund_webhook(item.request.reference))


@pytest.mark.rule("C1")
@pytest.mark.parametrize("performed", range(45))
def test_a_crash_anywhere_in_a_spread(performed: int) -> None:
    """What of a spread was not sent when it was dropped is sent under the same key, once."""
    shop = in_two()
    crashed = ByHand(refunds.refund(shop.desk, BOSS, wish("70.00", invoice=None)))
    crashed.steps(performed)
    if not crashed.ended:
        crashed.drop()

    refund(shop, wish("70.00", invoice=None))
    hear_all(shop)

    order = shop.look(FIRST)
    booked = [(item.returned + item.reserved) for item in order.invoices]
    assert [eur("30.00"), eur("40.00")] == booked
    assert shop.gateway.returned("EUR") == order.invoices[0].returned + order.invoices[1].returned
    # Only the one under way at the crash may be left in doubt.
    assert 1 >= len([item for item in order.refunds if item.status is RefundStatus.PENDING])
    assert not [item for item in order.refunds if item.stage is Stage.RESERVED]


@pytest.mark.rule("C1")
@pytest.mark.parametrize("late", ["wall", "monotonic"])
def test_too_late_to_send(shop: Shop, late: str) -> None:
    """A refund that was held up after its reservation is not sent, and may be sent later."""
    script = ByHand(refunds.refund(shop.desk, BOSS, wish()))
    while not shop.look(FIRST).refunds:
        script.step()
    if late == "wall":
        shop.clock.sleep_machine(timedelta(seconds=31))
    else:
        shop.clock.advance(timedelta(seconds=31))
        shop.clock.set_wall_clock(shop.clock.now() - timedelta(seconds=31))
    script.finish()

    assert isinstance(script.result, RefundResult)
    held = only(script.result)
    assert (RefundStatus.PENDING, Stage.RESERVED) == (held.status, held.stage)
    assert 0 == shop.gateway.refunds.calls
    assert RefundStatus.SUCCEEDED is only(refund(shop, wish())).status
    assert [
        EventKind.REFUND_STARTED,
        EventKind.REFUND_NOT_SENT,
        EventKind.REFUND_SENT_AGAIN,
        EventKind.REFUND_SUCCEEDED,
    ] == kinds(shop)


# What the gateway does


@pytest.mark.rule("C1")
@pytest.mark.parametrize(
    ("play", "status", "stage", "returned"),
    [
        (RefundPlay.SUCCEED, RefundStatus.SUCCEEDED, Stage.CLOSED, "100.00"),
        (RefundPlay.PEND, RefundStatus.PENDING, Stage.ACCEPTED, "0.00"),
        (RefundPlay.REFUSE, RefundStatus.FAILED, Stage.CLOSED, "0.00"),
        (RefundPlay.TIME_OUT_AFTER, RefundStatus.PENDING, Stage.IN_DOUBT, "100.00"),
        (RefundPlay.TIME_OUT_BEFORE, RefundStatus.PENDING, Stage.IN_DOUBT, "0.00"),
        (RefundPlay.NOT_SENT, RefundStatus.PENDING, Stage.RESERVED, "0.00"),
        (RefundPlay.BREAK, RefundStatus.PENDING, Stage.IN_DOUBT, "0.00"),
    ],
)
def test_every_answer(
    shop: Shop, play: RefundPlay, status: RefundStatus, stage: Stage, returned: str
) -> None:
    """Each thing a gateway may do leaves the refund where it can be settled from."""
    shop.gateway.refunds.then(play)

    made = only(refund(shop, wish()))

    assert (status, stage, eur(returned)) == (
        made.status, made.stage, shop.gateway.returned("EUR"),
    )  # fmt: skip
    free = status is RefundStatus.FAILED
    assert (eur("100.00") if free else eur("0.00")) == shop.look(FIRST).invoices[0].refundable


@pytest.mark.rule("C5")
@pytest.mark.parametrize("play", RefundPlay)
def test_the_same_key_again(shop: Shop, play: RefundPlay) -> None:
    """The same key gives the same refund; only what was certainly not sent is sent again."""
    shop.gateway.refunds.then(play)
    first = refund(shop, wish())
    calls = shop.gateway.refunds.calls

    again = refund(shop, wish())

    if play is RefundPlay.NOT_SENT:
        assert (RefundStatus.SUCCEEDED, calls + 1) == (
            only(again).status, shop.gateway.refunds.calls,
        )  # fmt: skip
    else:
        assert (first, calls) == (again, shop.gateway.refunds.calls)
    assert 1 == len(shop.look(FIRST).refunds)


@pytest.mark.rule("C5")
@pytest.mark.parametrize(
    ("other", "differs"),
    [
        (wish("30.01"), ("amount",)),
        (wish("30.00", reason="broken"), ("reason",)),
        (wish("30.00", invoice=None), ("invoice",)),
        (wish("30.00", invoice=InvoiceNumber(2)), ("invoice",)),
        (RefundWish(order=OrderNumber(2), invoice=ONE, key=key("back-1"), amount=None,
                    reason="late"), ("order",)),
    ],
)  # fmt: skip
def test_the_same_key_for_something_else(
    shop: Shop, other: RefundWish, differs: tuple[str, ...]
) -> None:
    """The same key with other contents is an error that names them, and changes nothing."""
    shop.place(under="cart-2")
    refund(shop, wish("30.00"))
    before = snapshot(shop.store)

    with pytest.raises(KeyReused) as caught:
        refund(shop, other)

    assert KeyReused("back-1", differs) == caught.value
    assert before == snapshot(shop.store)
    assert RefundStatus.SUCCEEDED is only(refund(shop, wish())).status


@pytest.mark.rule("C5")
def test_the_key_of_a_spread() -> None:
    """A refund of the order under one key is the same refund again, and not one of a payment."""
    shop = in_two()
    first = refund(shop, wish("70.00", invoice=None))

    assert first == refund(shop, wish("70.00", invoice=None))
    assert first == refund(shop, wish(invoice=None))
    with pytest.raises(KeyReused) as caught:
        refund(shop, wish("70.00"))
    assert ("invoice",) == caught.value.differs


@pytest.mark.rule("C5")
def test_one_key_for_two_orders(shop: Shop) -> None:
    """Two orders racing for one key can't both have it."""
    second = shop.place(under="cart-2")
    paid = shop.charge(second, under="pay-2")
    slow = ByHand(refunds.refund(shop.desk, BOSS, wish()))
    slow.steps(4)
    other = RefundWish(
        order=second, invoice=paid.invoice.number, key=key("back-1"), amount=None, reason="late"
    )

    refund(shop, other)
    slow.finish()

    assert isinstance(slow.error, KeyReused)
    assert eur("100.00") == shop.gateway.returned("EUR")


def test_a_taken_key_conflicts_in_storage(shop: Shop) -> None:
    """The account keeps one order to a refund key, and finds it, in and after its transaction."""
    second = shop.place(under="cart-2")
    shop.charge(second, under="pay-2")
    refund(shop, wish())
    one, two = shop.look(FIRST), shop.look(second)
    assert two.refunds == ()

    with shop.store.transaction(AccountId("acme")) as tx:
        assert FIRST == number_of(tx.orders.find_by_refund_key(key("back-1")))
        assert tx.orders.find_by_refund_key(key("back-2")) is None
        tx.orders.save(one)
        assert FIRST == number_of(tx.orders.find_by_refund_key(key("back-1")))
    stolen = attrs.evolve(two.invoices[0], refunds=one.invoices[0].refunds)
    with (
        pytest.raises(Conflict) as caught,
        shop.store.transaction(AccountId("acme")) as tx,
    ):
        tx.orders.save(attrs.evolve(two, invoices=(stolen,)))
    assert Conflict("the key 'back-1'") == caught.value


def number_of(order: Order | None) -> OrderNumber | None:
    """Return the number of an order, if there is one."""
    return None if order is None else order.number


# What is refused


@pytest.mark.rule("A2")
def test_without_the_permission(shop: Shop) -> None:
    """Nobody refunds without the permission, and nothing is read out or changed."""
    before = snapshot(shop.store)

    with pytest.raises(PermissionMissing) as caught:
        run(refunds.refund(shop.desk, an_actor(), wish()))

    assert PermissionMissing("refund", "manage refunds") == caught.value
    assert before == snapshot(shop.store)


@pytest.mark.rule("A4")
def test_of_another_account(shop: Shop) -> None:
    """Another account's order looks like one that does not exist."""
    with pytest.raises(NotFound) as caught:
        run(refunds.refund(shop.desk, a_manager("globex"), wish()))
    assert NotFound("order", FIRST) == caught.value

    with pytest.raises(NotFound):
        refund(shop, wish(invoice=InvoiceNumber(9)))


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (wish("0.00"), "amount"),
        (wish(reason=" "), "reason"),
        (wish(under=""), "key"),
    ],
)
def test_bad_input(shop: Shop, bad: RefundWish, field: str) -> None:
    """What is malformed is refused with the field's name, and nothing is half-done."""
    before = snapshot(shop.store)

    with pytest.raises(InvalidInput) as caught:
        refund(shop, bad)

    assert [field] == [problem.field for problem in caught.value.problems]
    assert before == snapshot(shop.store)


CANNOT: Final = Capabilities(keys_kept_for=timedelta(hours=24))
ONLY_WHOLE: Final = Capabilities(keys_kept_for=timedelta(hours=24), refund=True)


@pytest.mark.parametrize("invoice", [ONE, None])
def test_a_gateway_that_returns_nothing(invoice: InvoiceNumber | None) -> None:
    """Where the payment system can't return money, nothing is reserved."""
    shop = in_two(ScriptedGateway(capabilities=CANNOT))
    before = snapshot(shop.store)

    with pytest.raises(WrongTerms) as caught:
        refund(shop, wish(invoice=invoice))

    assert "refund" == caught.value.operation
    assert "payments of payment systems that can return money" == caught.value.allowed
    assert before == snapshot(shop.store)


def test_a_gateway_that_returns_only_all_of_it() -> None:
    """Where it can't return a part, a part is refused before anything is reserved; all is not."""
    shop = in_two(ScriptedGateway(capabilities=ONLY_WHOLE))
    before = snapshot(shop.store)

    for part in (wish("59.99"), wish("99.99", invoice=None)):
        with pytest.raises(WrongTerms) as caught:
            refund(shop, part)
        assert ("refund a part", "invoice 1, paid through 'Cards'") == (
            caught.value.operation, caught.value.record,
        )  # fmt: skip
    assert before == snapshot(shop.store)
    refund(shop, wish(invoice=None))
    assert OrderStatus.REFUND is shop.look(FIRST).status


@pytest.mark.rule("A3", "A5")
@pytest.mark.parametrize("able", [CANNOT, ONLY_WHOLE])
def test_what_a_gateway_cannot_return_is_not_offered(able: Capabilities) -> None:
    """A row offers a refund, and explain denies it, by what the payment system can return."""
    shop = in_two(ScriptedGateway(capabilities=able))
    office, possible = shop.office, able.refund
    orders, payments = office.orders.page(BOSS).rows, office.payments.page(BOSS).rows
    card = office.sales.customer_card(BOSS, orders[0].customer.id)
    on_order = office.orders.explain_action(BOSS, FIRST, Operation.REFUND)
    on_payment = office.orders.explain_action(BOSS, FIRST, Operation.REFUND, invoice=ONE)

    offered = [
        *(Operation.REFUND in row.actions for row in (*orders, *payments)),
        *(Operation.REFUND in row.actions for row in (*card.orders, *card.payments)),
        Operation.REFUND in office.orders.offered(BOSS, FIRST),
        not on_order.reasons,
        not on_payment.reasons,
    ]

    assert {possible} == set(offered)


def without_cards(shop: Shop) -> Shop:
    """Return the same shop after its card merchant was taken out of the host's configuration."""
    office = BackOffice(shop.store, [PaymentSystem(BANK)], shop.clock)
    return Shop(office, shop.store, shop.gateway, shop.clock)


def test_a_payment_system_that_is_gone(shop: Shop) -> None:
    """Money is returned through the payment system that took it, or not at all."""
    with pytest.raises(WrongTerms):
        without_cards(shop).office.refunds.refund(BOSS, FIRST, ONE, key=key("b"), reason="late")

    shop.gateway.refunds.then(RefundPlay.NOT_SENT)
    refund(shop, wish())
    gone = without_cards(shop).office
    again = gone.refunds.refund(BOSS, FIRST, ONE, key=key("back-1"), reason="late")
    assert (Stage.RESERVED, 1) == (only(again).stage, shop.gateway.refunds.calls)


def test_a_bug_of_ours_is_no_outcome(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken invariant is raised, not booked as an unknown outcome."""

    def broken(*_: object) -> None:
        raise BrokenInvariant("F1", "a bug")

    monkeypatch.setattr(shop.gateway, "refund", broken)
    with pytest.raises(BrokenInvariant):
        refund(shop, wish())


# Over several payments


def test_a_spread() -> None:
    """A refund of the order goes back over its payments, newest first, each by its own refund."""
    shop = in_two()

    result = refund(shop, wish("70.00", invoice=None))

    assert [(2, eur("40.00")), (1, eur("30.00"))] == [
        (item.invoice.number, item.refund.amount) for item in result.refunds
    ]
    assert [InvoiceStatus.REFUNDED, InvoiceStatus.PAID] == [
        item.invoice.status for item in result.refunds
    ]
    assert ["acme/1/2#1", "acme/1/1#1"] == [
        str(item.request.reference) for item in shop.gateway.refunds.book
    ]
    assert result.order == shop.look(FIRST)
    assert [
        EventKind.REFUND_STARTED,
        EventKind.REFUND_STARTED,
        EventKind.REFUND_SUCCEEDED,
        EventKind.REFUND_SENT,
        EventKind.REFUND_SUCCEEDED,
    ] == kinds(shop)


def test_a_spread_of_which_a_part_fails() -> None:
    """Each part succeeds or fails by itself, and what was not sent is not tried for ever."""
    shop = in_two()
    shop.gateway.refunds.then(RefundPlay.NOT_SENT, RefundPlay.REFUSE)

    result = refund(shop, wish(invoice=None))

    assert [RefundStatus.PENDING, RefundStatus.FAILED] == [
        item.refund.status for item in result.refunds
    ]
    assert 2 == shop.gateway.refunds.calls
    assert [RefundStatus.SUCCEEDED, RefundStatus.FAILED] == [
        item.refund.status for item in refund(shop, wish(invoice=None)).refunds
    ]


def test_a_slow_gateway_makes_no_part_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part has a permission of its own, however long the one before it took."""
    shop = in_two()
    ask = shop.gateway.refund

    def slow(request: Any) -> object:
        shop.clock.advance(timedelta(seconds=29))
        return ask(request)

    monkeypatch.setattr(shop.gateway, "refund", slow)
    result = refund(shop, wish(invoice=None))

    assert [RefundStatus.SUCCEEDED] * 2 == [item.refund.status for item in result.refunds]


def test_by_hand_and_by_card() -> None:
    """What was paid by hand is recorded as returned; only the rest is asked of a gateway."""
    shop = Shop.behind(BackOffice)
    number = shop.place(ANY)
    shop.charge(number, "60.00")
    announced = shop.announce(number)
    shop.clock.advance(timedelta(minutes=1))
    shop.office.payments.confirm(BOSS, number, announced.invoice.number)

    result = refund(shop, wish(invoice=None))

    assert [None, reference()] == [item.refund.reference for item in result.refunds]
    assert OrderStatus.REFUND is result.order.status
    assert eur("60.00") == shop.gateway.returned("EUR")


@pytest.mark.parametrize(("index", "expected"), [(1, 3), (2, None), (None, None)])
def test_the_first_payment_of_a_recurring_order(
    shop: Shop, index: int | None, expected: int | None
) -> None:
    """Refunding a first payment tells which recurring order to ask about stopping."""
    occurrence = None if index is None else Occurrence(recurring_order=3, index=index)
    with shop.store.transaction(AccountId("acme")) as tx:
        tx.orders.save(attrs.evolve(shop.look(FIRST), occurrence=occurrence))

    assert expected == refund(shop, wish()).ask_to_stop


# Races


@pytest.mark.parametrize("head_start", range(40))
def test_two_refunds_racing(shop: Shop, head_start: int) -> None:
    """However far the one got before the other came, both can't win the same money."""
    slow = ByHand(refunds.refund(shop.desk, BOSS, wish("60.00", "back-1")))
    slow.steps(head_start)
    quick = ByHand(refunds.refund(shop.desk, BOSS, wish("60.00", "back-2")))
    quick.finish()
    slow.finish()

    lost = [script.error for script in (slow, quick) if script.error is not None]
    assert [ExceedsRefundable("invoice 1", eur("60.00"), eur("40.00"))] == lost
    assert eur("60.00") == shop.gateway.returned("EUR") == shop.look(FIRST).invoices[0].returned


@pytest.mark.rule("C5")
@pytest.mark.parametrize("head_start", range(40))
def test_two_clicks_racing(shop: Shop, head_start: int) -> None:
    """However far the one got before its twin came, one key returns the money once."""
    slow = ByHand(refunds.refund(shop.desk, BOSS, wish("30.00")))
    slow.steps(head_start)
    twin = ByHand(refunds.refund(shop.desk, BOSS, wish("30.00")))
    twin.finish()
    slow.finish()

    assert (None, None) == (slow.error, twin.error)
    assert 1 == len(shop.look(FIRST).refunds)
    assert eur("30.00") == shop.gateway.returned("EUR")


@pytest.mark.parametrize("head_start", range(40))
def test_a_chargeback_racing(shop: Shop, head_start: int) -> None:
    """A chargeback that comes in between is recorded, and neither is booked twice."""
    slow = ByHand(refunds.refund(shop.desk, BOSS, wish("60.00")))
    slow.steps(head_start)
    told = shop.gateway.webhook("acme/1/1", chargeback("60.00"))
    assert WebhookResult.APPLIED is hear(shop, told)
    slow.finish()

    invoice = shop.look(FIRST).invoices[0]
    assert invoice.returned + invoice.reserved <= eur("100.00")
    assert eur("60.00") == next(item.whole for item in invoice.refunds if item.gateway_id == "dp_1")


def chargeback(amount: str) -> ReturnReported:
    """Return what a payment system reports of a chargeback."""
    return ReturnReported(
        kind=RefundKind.CHARGEBACK, gateway_id=GatewayId("dp_1"), amount=eur(amount)
    )


def test_threads_racing(shop: Shop) -> None:
    """Of eight threads with a key each, as many win as there is money."""

    def one(n: int) -> RuleRefused | None:
        try:
            refund(shop, wish("30.00", f"back-{n}"))
        except RuleRefused as error:
            return error
        return None

    with ThreadPoolExecutor(8) as pool:
        lost = [error for error in pool.map(one, range(8)) if error is not None]

    assert 5 == len(lost)
    assert eur("90.00") == shop.gateway.returned("EUR") == shop.look(FIRST).invoices[0].returned


@pytest.mark.rule("C5")
def test_threads_with_one_key(shop: Shop) -> None:
    """Of eight threads with one key, one refund comes."""
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: refund(shop, wish("60.00")), range(8)))

    assert {only(results[0]).number} == {only(result).number for result in results}
    assert eur("60.00") == shop.gateway.returned("EUR") == shop.look(FIRST).invoices[0].returned
    assert 1 == shop.gateway.refunds.calls


# Messages


@pytest.mark.rule("C4")
def test_a_message_about_a_refund(shop: Shop) -> None:
    """A message of the final word settles a pending refund, once."""
    shop.gateway.refunds.then(RefundPlay.PEND)
    refund(shop, wish())
    shop.gateway.finish_refund(reference())
    message = shop.gateway.refund_webhook(reference())

    assert [WebhookResult.APPLIED, WebhookResult.REPEATED] == [
        hear(shop, message), hear(shop, message),
    ]  # fmt: skip
    again = shop.gateway.refund_webhook(reference(), event_id="evt_other")
    assert WebhookResult.UNCHANGED is hear(shop, again)
    assert OrderStatus.REFUND is shop.look(FIRST).status


@pytest.mark.rule("C4")
@pytest.mark.parametrize(
    "name", ["acme/1/1#2", "acme/1/2#1", "acme/2/1#1", "globex/1/1#1", "acme/1/1", "1#1", "x"]
)
def test_a_message_about_no_refund_of_ours(shop: Shop, name: str) -> None:
    """A message about a refund that is not known is kept for a person."""
    refund(shop, wish())
    told = RefundTold(reference=name, answer=RefundSucceeded(gateway_id=GatewayId("re_7")))

    assert WebhookResult.UNMATCHED is hear(shop, shop.gateway.webhook(None, told))


@pytest.mark.rule("C4")
def test_a_message_about_what_was_reported(shop: Shop) -> None:
    """A refund that was only reported to us has no reference to be told about by."""
    hear(shop, shop.gateway.webhook("acme/1/1", chargeback("60.00")))
    answer = RefundSucceeded(gateway_id=GatewayId("re_7"))

    told = shop.gateway.refund_webhook(reference(), answer)

    assert WebhookResult.UNMATCHED is hear(shop, told)


@pytest.mark.rule("C4")
def test_a_contradiction_is_looked_up(shop: Shop) -> None:
    """Of two final words, that is believed which the gateway's own book has."""
    refund(shop, wish())
    no = RefundRefused(code="account_closed")
    shop.gateway.finish_refund(reference(), no)

    assert WebhookResult.CONTRADICTED is hear(shop, shop.gateway.refund_webhook(reference()))

    order = shop.look(FIRST)
    assert (OrderStatus.COMPLETED, RefundStatus.FAILED) == (order.status, order.refunds[0].status)
    assert order.needs_attention


@pytest.mark.rule("C4")
@pytest.mark.parametrize("why", ["can't look up", "no word", "nothing there"])
def test_a_contradiction_that_can_not_be_looked_up(
    monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """Where the gateway can't tell, the first word stands, and the order is flagged."""
    able = Capabilities(refund=True, partial_refund=True, look_up=why != "can't look up")
    shop = Shop.behind(BackOffice, ScriptedGateway(capabilities=able))
    shop.charge(shop.place())
    refund(shop, wish())

    def no_word(_: object) -> None:
        if why == "no word":
            raise TimeoutError

    monkeypatch.setattr(shop.gateway, "look_up_refund", no_word)
    message = shop.gateway.refund_webhook(reference(), RefundRefused(code="x"))
    assert WebhookResult.CONTRADICTED is hear(shop, message)

    order = shop.look(FIRST)
    assert (OrderStatus.REFUND, True) == (order.status, order.needs_attention)


def test_a_bug_of_ours_is_no_look_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken invariant while looking up is raised."""
    refund(shop, wish())

    def broken(*_: object) -> None:
        raise BrokenInvariant("F1", "a bug")

    monkeypatch.setattr(shop.gateway, "look_up_refund", broken)
    with pytest.raises(BrokenInvariant):
        hear(shop, shop.gateway.refund_webhook(reference(), RefundRefused(code="x")))


@pytest.mark.rule("C4")
def test_a_charge_that_contradicts_itself_is_still_looked_up(shop: Shop) -> None:
    """Messages about charges are heard as before."""
    told = shop.gateway.webhook("acme/1/1", Declined(code="no"))

    assert WebhookResult.CONTRADICTED is hear(shop, told)


# The gateway for tests


def test_the_scripted_gateway_knows_what_it_took(shop: Shop) -> None:
    """It refuses what it never took, more than it took, and other contents under a reference."""
    gateway = shop.gateway
    refund(shop, wish("60.00"))
    made = gateway.refunds.book[0].request

    def with_(**changes: Any) -> RefundRequest:
        return attrs.evolve(made, **changes)

    more = with_(reference=reference(number=2), amount=eur("40.01"))
    assert RefundRefused(code="exceeds_charge", message="More than was charged.") == (
        gateway.refund(more)
    )
    never = with_(reference=reference(invoice=2))
    assert RefundRefused(code="no_such_charge", message="There is no such charge.") == (
        gateway.refund(never)
    )
    assert gateway.look_up_refund(made.reference) == gateway.refund(made)
    with pytest.raises(InvalidInput):
        gateway.refund(with_(amount=eur("1.00")))
    for unknown in (gateway.finish_refund, gateway.refund_webhook):
        with pytest.raises(InvalidInput):
            unknown(reference(number=9))
    rest = with_(reference=reference(number=3), amount=eur("40.00"))
    assert isinstance(gateway.refund(rest), RefundSucceeded)


@pytest.mark.parametrize("play", [Play.PEND, Play.DECLINE])
def test_the_scripted_gateway_returns_only_what_it_took(play: Play) -> None:
    """A charge that did not succeed has nothing to return."""
    shop = Shop.behind(BackOffice, ScriptedGateway(play))
    shop.charge(shop.place())
    request = RefundRequest(reference=reference(), charge=None, amount=eur("1.00"), reason="x")

    assert isinstance(shop.gateway.refund(request), RefundRefused)


def test_a_pending_refund_that_is_refused_at_last(shop: Shop) -> None:
    """The gateway may finish with a no, and has then no name for it but its own."""
    shop.gateway.refunds.then(RefundPlay.REFUSE)
    refund(shop, wish())

    assert RefundSucceeded(gateway_id=GatewayId("re_late")) == (
        shop.gateway.finish_refund(reference())
    )


# Two doors, one body


def test_the_two_doors_are_alike() -> None:
    """Both front doors offer the same refunds, with the same arguments and words."""
    for name in ("refund", "refund_order"):
        plain, awaited = getattr(Refunds, name), getattr(AsyncRefunds, name)
        assert inspect.signature(plain) == inspect.signature(awaited)
        assert plain.__doc__ == awaited.__doc__
        assert inspect.iscoroutinefunction(awaited)


@pytest.mark.rule("O6")
def test_clearing_needs_a_permission_and_a_reason(shop: Shop) -> None:
    """Only who may decide about orders clears them, and says why."""
    hear(shop, shop.gateway.webhook("acme/1/1", chargeback("160.00")))

    with pytest.raises(PermissionMissing):
        shop.office.orders.clear_attention(BUYER, FIRST, reason="dealt with")
    with pytest.raises(InvalidInput):
        shop.office.orders.clear_attention(BOSS, FIRST, reason="")
    shop.office.orders.clear_attention(BOSS, FIRST, reason="dealt with")
    with pytest.raises(WrongStatus):
        shop.office.orders.clear_attention(BOSS, FIRST, reason="dealt with")


def test_errors_speak() -> None:
    """The errors of refunds say what was asked for and what may be."""
    assert (
        "invoice 1: a refund of 60.00 EUR was asked for and at most 40.00 EUR may be, counting "
        "what went back and what is on its way back"
    ) == str(ExceedsRefundable("invoice 1", eur("60.00"), eur("40.00")))
    assert (
        "nothing is left to refund of order 1: whatever was paid went back or is on its way back"
    ) == str(NothingToRefund("order 1"))
