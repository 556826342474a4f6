"""The status of an order: the table of rule O5 row by row, and what it is derived from."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from ordersales.errors import BrokenInvariant
from ordersales.models.charge import NotExecuted, Withdrawn
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.offer import PaymentTerms
from ordersales.models.order import (
    Attention,
    AttentionReason,
    Decision,
    DecisionKind,
    Order,
    OrderStatus,
)
from ordersales.models.sale import Manager, Sale
from ordersales.rules import order_lifecycle
from ordersales.rules.order_lifecycle import TRANSITIONS, What
from tests.rules.shop import (
    BOSS,
    IN_FULL,
    IN_PARTS,
    IN_THREE,
    LATER,
    NO,
    an_invoice,
    an_order,
    arrived,
    charged_back,
    decided,
    eur,
    failed,
    on_its_way,
    paid,
    returned,
    settled,
    started,
    won_back,
)

pytestmark = pytest.mark.rule("O5")

OPEN, COMPLETED, DECLINED, REFUND = OrderStatus
CONFIRM, DECLINE, CANCEL, EXPIRE = DecisionKind
PENDING, PAID, FAILED, CANCELED, REFUNDED = InvoiceStatus

#: By what an order leaves *Refund*: what went back is ours again (rule F2).
WAYS_BACK = (What.REGAINED, What.REGAINED_DECLINED)

Given = Callable[[], Order]
Step = Callable[[Order], Order]


def decision(kind: DecisionKind) -> Decision:
    """Return what the boss decided."""
    return Decision(kind=kind, at=LATER, by=BOSS, reason="so")


def not_sent(payment: PaymentTerms = IN_FULL, covers: str = "100.00") -> Order:
    """Return an order whose one payment certainly did not reach the gateway."""
    return settled(
        started(an_order(payment=payment), eur(covers)), NotExecuted(reason="no connection")
    )


def test_the_table_is_that_of_the_rule() -> None:
    """The transitions are those that the rule states, and no others."""
    stated = [
        (OPEN, What.PAID, COMPLETED),
        (OPEN, What.CONFIRMED, COMPLETED),
        (OPEN, What.ATTEMPT_FAILED, DECLINED),
        (OPEN, What.DECLINED, DECLINED),
        (OPEN, What.ABANDONED, DECLINED),
        (DECLINED, What.PAID, COMPLETED),
        (COMPLETED, What.RETURNED, REFUND),
        (DECLINED, What.RETURNED, REFUND),
        (REFUND, What.REGAINED, COMPLETED),
        (REFUND, What.REGAINED_DECLINED, DECLINED),
    ]

    assert sorted(stated) == sorted((was, what, then) for (was, what), then in TRANSITIONS.items())


@pytest.mark.parametrize(
    ("given", "step", "was", "then"),
    [
        pytest.param(lambda: started(an_order()), arrived, OPEN, COMPLETED, id="all is paid"),
        pytest.param(
            lambda: started(paid(an_order(payment=IN_PARTS), eur(40))),
            arrived,
            OPEN,
            COMPLETED,
            id="the last part is paid",
        ),
        pytest.param(
            lambda: started(failed(an_order(attempts_allowed=2))),
            arrived,
            OPEN,
            COMPLETED,
            id="a later attempt succeeds",
        ),
        pytest.param(
            lambda: paid(an_order(payment=IN_THREE)),
            lambda order: decided(order, CONFIRM),
            OPEN,
            COMPLETED,
            id="a manager confirms",
        ),
        pytest.param(
            lambda: started(an_order()),
            lambda order: settled(order, NO),
            OPEN,
            DECLINED,
            id="the only attempt fails",
        ),
        pytest.param(
            lambda: started(an_order()),
            lambda order: settled(order, Withdrawn()),
            OPEN,
            DECLINED,
            id="the only attempt is withdrawn",
        ),
        pytest.param(
            lambda: started(failed(failed(an_order(attempts_allowed=3)))),
            lambda order: settled(order, NO),
            OPEN,
            DECLINED,
            id="the third attempt fails",
        ),
        pytest.param(
            lambda: paid(an_order(payment=IN_PARTS), eur(40)),
            lambda order: decided(order, DECLINE),
            OPEN,
            DECLINED,
            id="a manager declines",
        ),
        pytest.param(
            an_order,
            lambda order: decided(order, CANCEL),
            OPEN,
            DECLINED,
            id="the host cancels",
        ),
        pytest.param(
            lambda: paid(an_order(payment=IN_PARTS), eur(40)),
            lambda order: decided(order, EXPIRE),
            OPEN,
            DECLINED,
            id="it expires",
        ),
        pytest.param(
            lambda: failed(an_order()),
            lambda order: arrived(order, proven=True),
            DECLINED,
            COMPLETED,
            id="money came after all",
        ),
        pytest.param(
            lambda: decided(not_sent(), CANCEL),
            arrived,
            DECLINED,
            COMPLETED,
            id="money came though the host had canceled",
        ),
        pytest.param(
            lambda: decided(not_sent(IN_PARTS), EXPIRE),
            arrived,
            DECLINED,
            COMPLETED,
            id="money came though it had expired",
        ),
        pytest.param(
            lambda: paid(an_order()), returned, COMPLETED, REFUND, id="a completed one is returned"
        ),
        pytest.param(
            lambda: decided(paid(an_order(payment=IN_PARTS), eur(40)), CONFIRM),
            returned,
            COMPLETED,
            REFUND,
            id="a confirmed one is returned",
        ),
        pytest.param(
            lambda: decided(paid(an_order(payment=IN_PARTS), eur(40)), DECLINE),
            returned,
            DECLINED,
            REFUND,
            id="a declined one is returned",
        ),
        pytest.param(
            lambda: charged_back(paid(an_order())),
            won_back,
            REFUND,
            COMPLETED,
            id="a completed one is won back",
        ),
        pytest.param(
            lambda: charged_back(decided(paid(an_order(payment=IN_PARTS), eur(40)), CONFIRM)),
            won_back,
            REFUND,
            COMPLETED,
            id="a confirmed one is won back",
        ),
        pytest.param(
            lambda: charged_back(decided(paid(an_order(payment=IN_PARTS), eur(40)), DECLINE)),
            won_back,
            REFUND,
            DECLINED,
            id="a declined one is won back",
        ),
        pytest.param(
            lambda: decided(charged_back(paid(an_order(payment=IN_PARTS), eur(40))), EXPIRE),
            won_back,
            REFUND,
            DECLINED,
            id="one that expired after it was charged back is won back",
        ),
    ],
)
def test_what_changes_the_status(
    given: Given, step: Step, was: OrderStatus, then: OrderStatus
) -> None:
    """Each row of the table is taken by what the library does."""
    before = given()

    after = step(before)

    assert (was, then) == (before.status, after.status)


@pytest.mark.parametrize(
    ("given", "step", "status"),
    [
        pytest.param(an_order, started, OPEN, id="a payment is started"),
        pytest.param(
            lambda: started(an_order(payment=IN_PARTS), eur(40)), arrived, OPEN, id="a part is paid"
        ),
        pytest.param(
            lambda: started(an_order(payment=IN_PARTS), eur(40)),
            lambda order: settled(order, NO),
            OPEN,
            id="a part fails",
        ),
        pytest.param(
            lambda: started(an_order(payment=IN_THREE)),
            lambda order: settled(order, Withdrawn()),
            OPEN,
            id="a part is withdrawn",
        ),
        pytest.param(
            lambda: started(failed(an_order(attempts_allowed=3))),
            lambda order: settled(order, NO),
            OPEN,
            id="the second of three attempts fails",
        ),
        pytest.param(
            lambda: started(failed(failed(an_order(attempts_allowed=3)))),
            lambda order: settled(order, Withdrawn()),
            OPEN,
            id="an attempt that is withdrawn uses up nothing",
        ),
        pytest.param(
            lambda: decided(on_its_way(an_order(payment=IN_PARTS)), DECLINE),
            arrived,
            DECLINED,
            id="money comes though a manager had declined",
        ),
        pytest.param(
            lambda: paid(an_order()),
            lambda order: returned(order, amount=eur("99.99")),
            COMPLETED,
            id="all but a cent is returned",
        ),
        pytest.param(
            lambda: paid(paid(an_order(payment=IN_PARTS), eur(40))),
            returned,
            COMPLETED,
            id="one of two payments is returned",
        ),
        pytest.param(
            lambda: paid(an_order(payment=IN_PARTS), eur(40)),
            returned,
            OPEN,
            id="all is returned while it is open",
        ),
        pytest.param(
            lambda: returned(
                decided(on_its_way(paid(an_order(payment=IN_PARTS), eur(40))), CONFIRM), 0
            ),
            arrived,
            REFUND,
            id="money comes after all was returned",
        ),
        pytest.param(
            lambda: charged_back(paid(an_order()), amount=eur("99.99")),
            won_back,
            COMPLETED,
            id="a part is won back",
        ),
        pytest.param(
            lambda: charged_back(paid(an_order(payment=IN_PARTS), eur(40))),
            won_back,
            OPEN,
            id="all is won back while it is open",
        ),
    ],
)
def test_what_does_not_change_the_status(given: Given, step: Step, status: OrderStatus) -> None:
    """What is in no row of the table leaves the status as it is."""
    before = given()

    after = step(before)

    assert (status, status) == (before.status, after.status)
    assert before != after


@pytest.mark.parametrize("kind", DecisionKind)
def test_giving_up_what_had_been_returned(kind: DecisionKind) -> None:
    """An open order of which all was returned goes on to Refund as soon as it is decided."""
    before = returned(paid(an_order(payment=IN_PARTS), eur(40)))

    after = decided(before, kind)

    assert (OPEN, REFUND) == (before.status, after.status)


#: Records that imply each status, for an order of 100 EUR that may be paid in parts.
IMPLYING: dict[OrderStatus, tuple[tuple[Invoice, ...], Decision | None]] = {
    OPEN: ((an_invoice(PAID, "40"),), None),
    COMPLETED: ((an_invoice(PAID),), None),
    DECLINED: ((an_invoice(PAID, "40"),), decision(DECLINE)),
    REFUND: ((an_invoice(REFUNDED),), None),
}


def allowed(was: OrderStatus, what: What | None) -> set[OrderStatus]:
    """Return the statuses that `what` may lead to, by the table."""
    there = TRANSITIONS.get((was, what), was)
    # All of it may have been returned before: then the next row is taken with the first, or with
    # money that arrives and moves nothing by itself.
    goes_on = there != was or what is What.PAID
    return {was, there, TRANSITIONS.get((there, What.RETURNED), there) if goes_on else was}


def check_step(was: OrderStatus, what: What | None, then: OrderStatus) -> None:
    """Check the step from `was` that records take which imply `then`."""
    order = attrs.evolve(an_order(payment=IN_PARTS), status=was)
    invoices, person = IMPLYING[then]

    if then in allowed(was, what):
        changed = order_lifecycle.changed(
            order, what, invoices=invoices, decision=person, attention=()
        )
        assert then is changed.status
        return

    with pytest.raises(BrokenInvariant) as caught:
        order_lifecycle.changed(order, what, invoices=invoices, decision=person, attention=())
    assert BrokenInvariant("O5", f"order 7 went {was} → {then} ({what})") == caught.value


@pytest.mark.parametrize("then", OrderStatus)
@pytest.mark.parametrize("what", [None, *What])
@pytest.mark.parametrize("was", [OPEN, COMPLETED, DECLINED])
def test_a_step_outside_the_table_raises(
    was: OrderStatus, what: What | None, then: OrderStatus
) -> None:
    """Whatever the records imply, a status is only ever reached by a row of the table."""
    check_step(was, what, then)


@pytest.mark.rule("F2")
@pytest.mark.parametrize("then", OrderStatus)
@pytest.mark.parametrize("what", WAYS_BACK)
def test_refund_is_left_by_a_row_of_the_table(what: What, then: OrderStatus) -> None:
    """Money that is ours again leads back to where its row says, and nowhere else."""
    check_step(REFUND, what, then)


@pytest.mark.parametrize("implied", OrderStatus)
@pytest.mark.parametrize("what", [None, *(what for what in What if what not in WAYS_BACK)])
def test_refund_is_the_end(what: What | None, implied: OrderStatus) -> None:
    """Nothing leaves Refund but money that is ours again, whatever else becomes known."""
    order = attrs.evolve(an_order(payment=IN_PARTS), status=REFUND)
    invoices, person = IMPLYING[implied]

    after = order_lifecycle.changed(order, what, invoices=invoices, decision=person, attention=())

    assert REFUND is after.status


@pytest.mark.rule("O1")
def test_everything_else_is_kept() -> None:
    """A change brings new records and a status; all that was agreed stays as it was."""
    manager = Manager(user=BOSS, name="Boss")
    before = attrs.evolve(an_order(attempts_allowed=2), sale=Sale(manager=manager), version=4)
    flag = Attention(
        reason=AttentionReason.OVERPAID, at=LATER, invoice=an_invoice().number, detail="so"
    )

    after = order_lifecycle.changed(
        before,
        What.PAID,
        invoices=(an_invoice(PAID),),
        decision=decision(CONFIRM),
        attention=(flag,),
    )

    expected = attrs.evolve(
        before,
        status=COMPLETED,
        invoices=(an_invoice(PAID),),
        decision=decision(CONFIRM),
        attention=(flag,),
    )
    assert expected == after


def invoices(*states: tuple[InvoiceStatus, str]) -> tuple[Invoice, ...]:
    """Return an invoice for each status and what it covers."""
    return tuple(
        an_invoice(status, covers, number=501 + at) for at, (status, covers) in enumerate(states)
    )


@pytest.mark.parametrize(
    ("payment", "states", "kind", "expected"),
    [
        (IN_FULL, [], None, OPEN),
        (IN_FULL, [(PENDING, "100")], None, OPEN),
        (IN_FULL, [(PAID, "100")], None, COMPLETED),
        (IN_FULL, [(PAID, "99.99")], None, OPEN),
        (IN_FULL, [(PAID, "100.01")], None, COMPLETED),
        (IN_FULL, [(FAILED, "100")], None, DECLINED),
        (IN_FULL, [(CANCELED, "100")], None, DECLINED),
        (IN_FULL, [(REFUNDED, "100")], None, REFUND),
        (IN_FULL, [(FAILED, "100"), (PAID, "100")], None, COMPLETED),
        (IN_FULL, [], CANCEL, DECLINED),
        (IN_FULL, [], EXPIRE, DECLINED),
        (IN_FULL, [(PAID, "100")], CANCEL, COMPLETED),
        (IN_FULL, [(PAID, "100")], EXPIRE, COMPLETED),
        (IN_PARTS, [(PAID, "40"), (PENDING, "60")], None, OPEN),
        (IN_PARTS, [(PAID, "40"), (FAILED, "60")], None, OPEN),
        (IN_PARTS, [(PAID, "40"), (CANCELED, "60")], None, OPEN),
        (IN_PARTS, [(PAID, "40"), (PAID, "60")], None, COMPLETED),
        (IN_PARTS, [(PAID, "40")], CONFIRM, COMPLETED),
        (IN_PARTS, [], CONFIRM, COMPLETED),
        (IN_PARTS, [(PAID, "40")], DECLINE, DECLINED),
        (IN_PARTS, [(PAID, "100")], DECLINE, DECLINED),
        (IN_PARTS, [(PAID, "40")], CANCEL, DECLINED),
        (IN_PARTS, [(PAID, "40")], EXPIRE, DECLINED),
        (IN_PARTS, [(REFUNDED, "40")], None, OPEN),
        (IN_PARTS, [(REFUNDED, "40"), (PAID, "60")], None, COMPLETED),
        (IN_PARTS, [(PAID, "40"), (REFUNDED, "60")], None, COMPLETED),
        (IN_PARTS, [(REFUNDED, "40"), (REFUNDED, "60")], None, REFUND),
        (IN_PARTS, [(REFUNDED, "40"), (FAILED, "60")], DECLINE, REFUND),
        (IN_PARTS, [(REFUNDED, "40")], CONFIRM, REFUND),
    ],
)
def test_status_is_derived(
    payment: PaymentTerms,
    states: list[tuple[InvoiceStatus, str]],
    kind: DecisionKind | None,
    expected: OrderStatus,
) -> None:
    """The status follows from the terms, the invoices and the decision alone."""
    person = None if kind is None else decision(kind)

    assert expected is order_lifecycle.derive_status(
        an_order(payment=payment), invoices(*states), person
    )


@pytest.mark.rule("I3")
@pytest.mark.parametrize(
    ("allowed_attempts", "states", "expected"),
    [
        (1, [], False),
        (1, [PENDING], False),
        (1, [FAILED], True),
        (2, [FAILED], False),
        (2, [FAILED, CANCELED, PENDING], False),
        (2, [FAILED, FAILED], True),
        (3, [FAILED, FAILED], False),
        (3, [FAILED, FAILED, FAILED], True),
        (3, [FAILED, FAILED, FAILED, FAILED], True),
        (None, [], False),
        (None, [PENDING], False),
        (None, [PAID], False),
        (None, [FAILED], True),
        (None, [CANCELED], True),
        (None, [FAILED, PENDING], True),
    ],
)
def test_attempts_are_used_up(
    allowed_attempts: int | None, states: list[InvoiceStatus], expected: bool
) -> None:
    """Full terms allow one attempt, an occurrence as many failed ones as it says."""
    order = an_order(attempts_allowed=allowed_attempts)
    made = invoices(*((status, "100") for status in states))

    assert expected is order_lifecycle.attempts_used_up(order, made)


@pytest.mark.rule("I3")
@pytest.mark.parametrize("payment", [IN_PARTS, IN_THREE], ids=["any share", "fixed shares"])
def test_partial_terms_allow_any_number_of_attempts(payment: PaymentTerms) -> None:
    """However many parts failed, another may be tried."""
    made = invoices(*[(FAILED, "50"), (CANCELED, "50")] * 20)

    assert not order_lifecycle.attempts_used_up(an_order(payment=payment), made)
