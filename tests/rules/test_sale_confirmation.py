"""Who is credited with a sale, what *Check* proposes, and what confirming makes of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.errors import NothingPaid, PermissionMissing, PersonNeeded, PlanTaken, SaleConfirmed
from ordersales.models.actor import Actor
from ordersales.models.event import Event, EventKind
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import DecisionKind, Order, OrderStatus
from ordersales.models.sale import Basis, Manager, Proposal, Sale, SaleChange, SalesPlan
from ordersales.rules import permissions, sale_confirmation
from ordersales.rules.change import Change
from ordersales.rules.permissions import Operation
from ordersales.testing import a_manager, an_actor
from ordersales.values.identifiers import AccountId, UserId
from tests.rules.sold import (
    BOSS,
    CLERK,
    IN_PARTS,
    LATER,
    LATEST,
    MIRA,
    NOAH,
    NOON,
    a_plan,
    decided,
    eur,
    failed,
    paid,
    placed,
    started,
)

PERSON = a_manager()
THE_SYSTEM = Actor.system(AccountId("acme"))
CHECK = "check who made the sale"
BY_MIRA = Sale(manager=MIRA, basis=Basis.PLAN)


def by(manager: Manager | None, basis: Basis, *, confirmed: bool = False) -> Sale:
    """Return a sale, confirmed by the boss or not yet."""
    if not confirmed:
        return Sale(manager=manager, basis=basis)
    return Sale(manager=manager, basis=basis, confirmed_at=NOON, confirmed_by=BOSS)


def sold(sale: Sale) -> Order:
    """Return a paid order that is credited like this."""
    return attrs.evolve(paid(placed()), sale=sale)


@pytest.mark.rule("S1", "S2")
@pytest.mark.parametrize(
    ("named", "plan", "expected"),
    [
        (None, None, by(None, Basis.SYSTEM)),
        (None, a_plan(), by(MIRA, Basis.PLAN)),
        (NOAH, None, by(NOAH, Basis.CHECKOUT)),
        (NOAH, a_plan(), by(NOAH, Basis.CHECKOUT)),
    ],
    ids=["nobody", "a plan", "named at checkout", "both"],
)
def test_who_is_credited_at_placing(
    named: Manager | None, plan: SalesPlan | None, expected: Sale
) -> None:
    """The manager named at checkout, else the one of the plan, else the system; unconfirmed."""
    sale = placed(manager=named, plan=plan).sale

    assert expected == sale
    assert (False, None, None) == (sale.confirmed, sale.confirmed_at, sale.confirmed_by)


@pytest.mark.rule("S3")
@pytest.mark.parametrize(
    "order",
    [
        pytest.param(lambda: paid(placed()), id="completed"),
        pytest.param(lambda: placed(price="0.00"), id="free"),
        pytest.param(lambda: paid(placed(payment=IN_PARTS), eur("1.00")), id="a part is paid"),
        pytest.param(
            lambda: decided(placed(payment=IN_PARTS), DecisionKind.CONFIRMED), id="all waived"
        ),
        pytest.param(
            lambda: decided(paid(placed(payment=IN_PARTS), eur("1.00")), DecisionKind.DECLINED),
            id="declined after a part was paid",
        ),
        pytest.param(lambda: returned(paid(placed())), id="all returned"),
    ],
)
def test_a_paid_order_can_be_checked(order: Callable[[], Order]) -> None:
    """Check opens on what is completed, and on whatever brought money once."""
    assert sale_confirmation.check_refusal(order()) is None


@pytest.mark.rule("S3")
@pytest.mark.parametrize(
    "order",
    [
        pytest.param(placed, id="just placed"),
        pytest.param(lambda: started(placed()), id="pending"),
        pytest.param(lambda: failed(placed()), id="failed"),
        pytest.param(lambda: failed(placed(payment=IN_PARTS)), id="a part failed"),
        pytest.param(
            lambda: decided(placed(payment=IN_PARTS), DecisionKind.DECLINED), id="declined"
        ),
    ],
)
def test_an_unpaid_order_can_not_be_checked(order: Callable[[], Order]) -> None:
    """While nothing is paid there is no sale that anybody could have made."""
    refused = NothingPaid(CHECK, 7)

    with pytest.raises(NothingPaid) as proposing:
        sale_confirmation.propose(order(), a_plan())
    with pytest.raises(NothingPaid) as confirming:
        sale_confirmation.confirm(order(), None, MIRA, LATER, by=BOSS)

    assert refused == sale_confirmation.check_refusal(order())
    assert [refused, refused] == [proposing.value, confirming.value]
    assert f"{CHECK} is not possible: nothing of order 7 is paid" == str(refused)


def returned(order: Order) -> Order:
    """Return `order` with everything paid returned, as its records then stand."""
    back: tuple[Invoice, ...] = tuple(
        attrs.evolve(item, status=InvoiceStatus.REFUNDED) for item in order.invoices
    )
    return attrs.evolve(order, invoices=back, status=OrderStatus.REFUND)


@pytest.mark.rule("S3", "S1")
@pytest.mark.parametrize(
    ("standing", "plan", "manager", "basis"),
    [
        (by(None, Basis.SYSTEM), None, None, Basis.SYSTEM),
        (by(None, Basis.SYSTEM), a_plan(MIRA), MIRA, Basis.PLAN),
        (by(MIRA, Basis.PLAN), a_plan(MIRA), MIRA, Basis.PLAN),
        (by(MIRA, Basis.PLAN), a_plan(NOAH), NOAH, Basis.PLAN),
        (by(MIRA, Basis.PLAN), None, None, Basis.SYSTEM),
        (by(MIRA, Basis.CHECKOUT), a_plan(NOAH), MIRA, Basis.CHECKOUT),
        (by(MIRA, Basis.ADDED), a_plan(NOAH), MIRA, Basis.ADDED),
        (by(MIRA, Basis.ADDED), None, MIRA, Basis.ADDED),
    ],
    ids=[
        "nobody is named",
        "a plan was stated later",
        "the plan still stands",
        "the plan is another's by now",
        "the plan was withdrawn",
        "named at checkout",
        "an added user",
        "an added user and no plan",
    ],
)
def test_what_is_proposed(
    standing: Sale, plan: SalesPlan | None, manager: Manager | None, basis: Basis
) -> None:
    """Who was named for this very order, else whom the plan names now, else the system."""
    proposal = sale_confirmation.propose(sold(standing), plan)

    expected = Proposal(order=placed().number, manager=manager, basis=basis, standing=standing)
    assert expected == proposal


@pytest.mark.rule("S3", "S5")
@pytest.mark.parametrize("basis", Basis)
@pytest.mark.parametrize("plan", [None, a_plan(NOAH)], ids=["no plan", "a plan"])
def test_what_was_confirmed_is_proposed_again(basis: Basis, plan: SalesPlan | None) -> None:
    """A person's word stands against every plan until a person corrects it."""
    standing = by(MIRA, basis, confirmed=True)

    proposal = sale_confirmation.propose(sold(standing), plan)

    assert (MIRA, basis) == (proposal.manager, proposal.basis)


@pytest.mark.rule("S2", "S3", "E1")
@pytest.mark.parametrize(
    ("standing", "choice", "basis"),
    [
        (BY_MIRA, MIRA, Basis.PLAN),
        (BY_MIRA, attrs.evolve(MIRA, name="Mira Married"), Basis.PLAN),
        (BY_MIRA, NOAH, Basis.CHOSEN),
        (BY_MIRA, None, Basis.CHOSEN),
        (by(NOAH, Basis.ADDED), NOAH, Basis.ADDED),
        (by(NOAH, Basis.ADDED), MIRA, Basis.CHOSEN),
    ],
    ids=[
        "as proposed", "renamed", "another", "the system", "the added user", "not the added user",
    ],
)  # fmt: skip
def test_a_person_confirms(standing: Sale, choice: Manager | None, basis: Basis) -> None:
    """The sale is the one the person says, green, and keeps who said so, when and why."""
    before = sold(standing)

    change = sale_confirmation.confirm(before, a_plan(), choice, LATEST, by=CLERK)

    sale = Sale(manager=choice, basis=basis, confirmed_at=LATEST, confirmed_by=CLERK)
    assert attrs.evolve(before, sale=sale) == change.order
    assert change.order.sale.confirmed
    told = Event(
        account=before.account,
        order=before.number,
        kind=EventKind.SALE_CONFIRMED,
        at=LATEST,
        by=CLERK,
        before=OrderStatus.COMPLETED,
        after=OrderStatus.COMPLETED,
        sale=SaleChange(before=standing, after=sale),
    )
    assert (told,) == change.events


@pytest.mark.rule("S2")
def test_a_person_is_one_with_a_name() -> None:
    """Whoever gives a person's word is named, and the permission is asked for first."""
    assert "boss" == permissions.person(PERSON, Operation.ADD_USER)
    with pytest.raises(PersonNeeded) as unnamed:
        permissions.person(THE_SYSTEM, Operation.ADD_USER)
    with pytest.raises(PermissionMissing):
        permissions.person(an_actor(user=None), Operation.ADD_USER)

    assert PersonNeeded(Operation.ADD_USER) == unnamed.value


@pytest.mark.rule("S3")
def test_a_system_sale_is_confirmed() -> None:
    """Where nobody is named, the system is proposed and can be taken."""
    sale = sale_confirmation.confirm(paid(placed()), None, None, LATER, by=BOSS).order.sale

    assert (None, Basis.SYSTEM, True) == (sale.manager, sale.basis, sale.confirmed)


@pytest.mark.rule("S5")
def test_confirming_again_corrects() -> None:
    """The later word counts, and each event tells what stood before it."""
    first = sale_confirmation.confirm(paid(placed()), a_plan(), MIRA, LATER, by=BOSS)
    second = sale_confirmation.confirm(first.order, a_plan(), NOAH, LATEST, by=CLERK)

    sale = second.order.sale
    assert (NOAH, CLERK, LATEST) == (sale.manager, sale.confirmed_by, sale.confirmed_at)
    assert [SaleChange(before=first.order.sale, after=sale)] == [
        event.sale for event in second.events
    ]


@pytest.mark.rule("S4", "E1")
@pytest.mark.parametrize(
    "order",
    [placed(), paid(placed()), placed(plan=a_plan(NOAH)), placed(manager=NOAH), failed(placed())],
    ids=["system", "paid", "planned", "named", "declined"],
)
def test_adding_a_user(order: Order) -> None:
    """A manager is assigned to an order in any status, or changed, and it stays red."""
    change = sale_confirmation.add_user(order, MIRA, LATEST, by=CLERK)

    assert change is not None
    sale = Sale(manager=MIRA, basis=Basis.ADDED)
    assert attrs.evolve(order, sale=sale) == change.order
    assert not change.order.sale.confirmed
    (event,) = change.events
    assert (EventKind.SALE_ASSIGNED, LATEST, CLERK) == (event.kind, event.at, event.by)
    assert SaleChange(before=order.sale, after=sale) == event.sale


@pytest.mark.rule("S4")
def test_adding_the_same_user_twice() -> None:
    """A double click changes nothing the second time."""
    once = sale_confirmation.add_user(placed(), MIRA, LATER, by=BOSS)
    assert once is not None

    assert sale_confirmation.add_user(once.order, MIRA, LATEST, by=BOSS) is None
    assert sale_confirmation.add_user(once.order, NOAH, LATEST, by=BOSS) is not None


@pytest.mark.rule("S4", "S5")
@pytest.mark.parametrize("manager", [MIRA, NOAH])
def test_adding_a_user_to_a_confirmed_sale(manager: Manager) -> None:
    """What a person confirmed is corrected by confirming again, which the refusal says."""
    order = sale_confirmation.confirm(paid(placed()), None, MIRA, LATER, by=BOSS).order

    with pytest.raises(SaleConfirmed) as caught:
        sale_confirmation.add_user(order, manager, LATEST, by=CLERK)

    assert SaleConfirmed("add user", 7, "boss") == caught.value
    assert caught.value == sale_confirmation.add_user_refusal(order)
    assert (
        "add user is not possible: boss has confirmed who made the sale of order 7; "
        "to correct it, check and confirm it again"
    ) == str(caught.value)


WORDS = st.one_of(
    st.tuples(st.just("confirm"), st.sampled_from([MIRA, NOAH, None])),
    st.tuples(st.just("add"), st.sampled_from([MIRA, NOAH])),
)


@pytest.mark.rule("S2", "S4", "S5")
@given(st.lists(WORDS), st.sampled_from([None, a_plan(MIRA), a_plan(NOAH)]))
def test_the_history_is_a_chain(
    words: list[tuple[str, Manager | None]], plan: SalesPlan | None
) -> None:
    """Each event begins where the one before ended; green once is green for good."""
    order, told, green = paid(placed(plan=plan)), list[SaleChange | None](), False
    first = order.sale
    for word, manager in words:
        if word == "add" and green:
            assert sale_confirmation.add_user_refusal(order) is not None
            continue
        change: Change | None
        if word == "add" and manager is not None:
            change = sale_confirmation.add_user(order, manager, LATER, by=BOSS)
        else:
            change, green = sale_confirmation.confirm(order, plan, manager, LATER, by=BOSS), True
        if change is not None:
            order = change.order
            told += [event.sale for event in change.events]
        assert (manager, green) == (order.sale.manager, order.sale.confirmed)

    chain = [first, *(item.after for item in told if item is not None)]
    steps = [SaleChange(before=was, after=then) for was, then in itertools.pairwise(chain)]
    assert steps == told


@pytest.mark.rule("S1")
def test_stating_a_plan() -> None:
    """A plan keeps whom it names, what for, when it was stated and by whom."""
    plan = stated(None, MIRA, by_whom=CLERK)

    expected = SalesPlan(
        customer=a_plan().customer,
        offer=a_plan().offer,
        manager=MIRA,
        stated_at=LATER,
        stated_by=CLERK,
    )
    assert expected == plan


def stated(
    standing: SalesPlan | None, manager: Manager, *, by_whom: UserId | None = None
) -> SalesPlan:
    """Return the plan that stands once `manager` has stated theirs."""
    return sale_confirmation.stated(
        standing,
        customer=a_plan().customer,
        offer=a_plan().offer,
        manager=manager,
        at=LATER,
        by=by_whom,
    )


@pytest.mark.rule("S1")
def test_stating_a_plan_again() -> None:
    """The same manager's plan stands as it was, but for a name that has changed."""
    standing, married = a_plan(), attrs.evolve(MIRA, name="Mira Married")

    assert stated(standing, MIRA) is standing
    assert attrs.evolve(standing, manager=married) == stated(standing, married)


@pytest.mark.rule("S1")
def test_two_managers_and_one_customer() -> None:
    """The second one's statement is refused, naming the first and what to do."""
    with pytest.raises(PlanTaken) as caught:
        stated(a_plan(MIRA), NOAH)

    assert PlanTaken("cust-1", "C-1", "mira", "Mira") == caught.value
    assert (
        "the sales plan of Mira (mira) names customer cust-1 and offer C-1; "
        "if it is wrong, withdraw it first"
    ) == str(caught.value)


MARRIED = attrs.evolve(MIRA, name="Mira Married")


@pytest.mark.rule("S1", "E1")
@pytest.mark.parametrize(
    ("before", "after", "kind", "sale"),
    [
        (None, a_plan(), EventKind.PLAN_STATED, SaleChange(before=Sale(), after=BY_MIRA)),
        (
            a_plan(),
            a_plan(MARRIED),
            EventKind.PLAN_STATED,
            SaleChange(before=BY_MIRA, after=by(MARRIED, Basis.PLAN)),
        ),
        (a_plan(), None, EventKind.PLAN_WITHDRAWN, SaleChange(before=BY_MIRA, after=Sale())),
    ],
    ids=["stated", "under a new name", "withdrawn"],
)
def test_what_is_told_of_a_plan(
    before: SalesPlan | None, after: SalesPlan | None, kind: EventKind, sale: SaleChange
) -> None:
    """One event tells whose plan it is, for which offer, and who would be credited by it."""
    account = AccountId("acme")

    event = Event(
        account=account,
        customer=a_plan().customer,
        offer=a_plan().offer,
        kind=kind,
        at=LATER,
        by=BOSS,
        sale=sale,
    )
    assert (event,) == sale_confirmation.plan_told(account, before, after, LATER, by=BOSS)


@pytest.mark.rule("S1", "E1")
@pytest.mark.parametrize("plan", [None, a_plan()], ids=["no plan", "the same plan"])
def test_nothing_is_told_of_a_plan_that_stays(plan: SalesPlan | None) -> None:
    """Where nothing changed, nothing is told."""
    assert () == sale_confirmation.plan_told(AccountId("acme"), plan, plan, LATER, by=BOSS)
