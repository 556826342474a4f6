"""Which recurring orders belong in a filtered list, and by what it is sorted."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given

from ordersales.errors import InvalidInput
from ordersales.models.filters import (
    EVERYTHING,
    OrderFilter,
    PaymentType,
    Place,
    RecurringColumn,
    RecurringSort,
    SortValue,
)
from ordersales.models.order import OrderStatus
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.rules.filtering import (
    asked_of_recurring,
    matches_recurring,
    meaningless_on_orders,
    meaningless_on_recurring,
)
from ordersales.rules.sorting import recurring_place
from ordersales.values.checks import MOST_WHOLE
from ordersales.values.currency import Currency
from ordersales.values.money import Money
from tests.agreed import a_recurring, agreements, recurring_filters, recurring_offer
from tests.listed import HOUR, MIRA, NOON, ZOE

MONTH_ON = 1_772_280_000_000_000  # the last of February at noon, in microseconds

THE_ONE = a_recurring(
    7, customer=ZOE, quantity=2, manager=MIRA, offer=recurring_offer(payments=12), payments_made=3
)


def eur(amount: str) -> Money:
    """Return so many euros."""
    return Money.of(amount, "EUR")


@pytest.mark.rule("L3")
@pytest.mark.parametrize(
    ("fitting", "other"),
    [
        ({"number": 7}, {"number": 8}),
        (
            {"recurring_statuses": {RecurringStatus.ACTIVE, RecurringStatus.PAUSED}},
            {"recurring_statuses": {RecurringStatus.FAILED}},
        ),
        ({"customer": "zoe"}, {"customer": "ada"}),
        ({"offer": "C-1"}, {"offer": "C-2"}),
        ({"category": "7"}, {"category": "9"}),
        ({"placed_from": NOON}, {"placed_from": NOON + HOUR}),
        ({"placed_before": NOON + HOUR}, {"placed_before": NOON}),
        ({"system": "Cards"}, {"system": "Bank"}),
        ({"currency": Currency.of("EUR")}, {"currency": Currency.of("JPY")}),
        ({"price_from": eur("200.00")}, {"price_from": eur("200.01")}),
        ({"price_to": eur("200.00")}, {"price_to": eur("199.99")}),
        ({"price_to": eur("300.00")}, {"price_to": Money.of(300, "JPY")}),
        ({"manager": "mira"}, {"manager": "noah"}),
        ({"system_sale": False}, {"system_sale": True}),
        ({"payment_type": PaymentType.FULL}, {"payment_type": PaymentType.PARTIAL}),
        ({"recurring": True}, {"recurring": False}),
        ({"text": "angstrom creme"}, {"text": "angstrom bread"}),
    ],
)
def test_what_each_field_asks(fitting: dict[str, Any], other: dict[str, Any]) -> None:
    """Each field lets through what it asks for, and nothing else."""
    assert matches_recurring(THE_ONE, OrderFilter(**fitting))
    assert not matches_recurring(THE_ONE, OrderFilter(**other))


@pytest.mark.rule("L3")
def test_one_without_a_manager() -> None:
    """A recurring order that nobody is credited with is a sale of the system."""
    plain = a_recurring()

    assert matches_recurring(plain, OrderFilter(system_sale=True))
    assert not matches_recurring(plain, OrderFilter(manager="mira"))
    assert matches_recurring(plain, EVERYTHING)


@pytest.mark.rule("L3")
@given(agreements(), recurring_filters())
def test_all_that_is_asked_must_be_so(shop: list[RecurringOrder], wanted: OrderFilter) -> None:
    """A filter lets through what each of its fields lets through."""
    parts = [OrderFilter(**{name: value}) for name, value in asked_of_recurring(wanted).items()]

    for recurring in shop:
        each = all(matches_recurring(recurring, part) for part in parts)
        assert each == matches_recurring(recurring, wanted)


@pytest.mark.rule("L3", "B1")
def test_what_a_list_knows_nothing_of() -> None:
    """What asks nothing of a list's rows is named, and what asks something is not."""
    wanted = OrderFilter(
        number=7,
        system="Cards",
        recurring_statuses={RecurringStatus.ACTIVE},
        statuses={OrderStatus.OPEN},
        invoice=3,
    )

    on_recurring = [problem.field for problem in meaningless_on_recurring(wanted)]
    on_orders = [problem.field for problem in meaningless_on_orders(wanted)]

    assert ["statuses", "invoice"] == on_recurring
    assert ["recurring_statuses"] == on_orders
    (problem,) = meaningless_on_orders(wanted)
    assert "nothing, on a list of orders or payments" == problem.allowed
    assert [] == [*meaningless_on_orders(EVERYTHING), *meaningless_on_recurring(EVERYTHING)]


@pytest.mark.rule("B1")
@pytest.mark.parametrize("given_", [5, ["Active"], {RecurringStatus.PROCESSING}])
def test_statuses_that_none_is_kept_with(given_: Any) -> None:
    """A filter by what is no status that is kept is refused: Processing is shown only."""
    with pytest.raises(InvalidInput) as refused:
        OrderFilter(recurring_statuses=given_)

    (problem,) = refused.value.problems
    assert "recurring_statuses" == problem.field


@pytest.mark.rule("L4")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        (RecurringColumn.NUMBER, 7),
        (RecurringColumn.STARTED_AT, 1_769_860_800_000_000),
        (RecurringColumn.CUSTOMER, "zoe angstrom"),
        (RecurringColumn.STATUS, "Active"),
        (RecurringColumn.OFFER, "creme brulee course"),
        (RecurringColumn.OFFER_NUMBER, "C-1"),
        (RecurringColumn.CATEGORY, "7"),
        (RecurringColumn.PRICE, ("EUR", 20_000)),
        (RecurringColumn.QUANTITY, 2),
        (RecurringColumn.PAYMENTS_MADE, 3),
        (RecurringColumn.PAYMENTS_REMAINING, 9),
        (RecurringColumn.NEXT_PAYMENT, MONTH_ON),
        (RecurringColumn.SYSTEM, "Cards"),
    ],
)
def test_where_it_stands(column: RecurringColumn, value: SortValue) -> None:
    """Each column has its value, beside the number."""
    assert Place(value, 7) == recurring_place(THE_ONE, column)


@pytest.mark.rule("L4")
def test_what_never_comes_stands_last() -> None:
    """Without a next payment, or without an end, it stands behind all that have one."""
    paused = attrs.evolve(a_recurring(), status=RecurringStatus.PAUSED)

    assert MOST_WHOLE == recurring_place(paused, RecurringColumn.NEXT_PAYMENT).value
    assert MOST_WHOLE == recurring_place(paused, RecurringColumn.PAYMENTS_REMAINING).value


@pytest.mark.rule("L4", "B1")
def test_how_it_is_sorted() -> None:
    """Columns are named, and anything else is refused with their names."""
    assert RecurringColumn.NEXT_PAYMENT is RecurringSort("next payment").column

    with pytest.raises(InvalidInput, match="payments remaining"):
        RecurringSort("shoe size")
    with pytest.raises(InvalidInput, match="descending"):
        RecurringSort(descending="up")  # type: ignore[arg-type]
