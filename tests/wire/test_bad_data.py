"""Plain data that is no record: everything wrong with it is told at once."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import attrs
import pytest

from ordersales.errors import InvalidInput, Problem
from ordersales.models.actor import Actor
from ordersales.models.charge import WebhookEvent
from ordersales.models.filters import OrderFilter
from ordersales.models.invoice import Invoice
from ordersales.models.offer import Offer
from ordersales.models.order import Order
from ordersales.models.recurring_preview import Forecast
from ordersales.models.rows import OrderRow, PaymentRow
from ordersales.models.sale import Manager
from ordersales.rules.permissions import Operation
from ordersales.wire import KINDS, VERSION, decode, encode
from ordersales.wire.envelope import opened
from tests.wire.samples import NOON, OFFERS, ORDER_ROW, ORDERS, PAYMENT_ROW, SAMPLES

ORDER: Final = encode(ORDERS[0])
LEFT_OUT: Final = object()


def problems(kind: type[Any], plain: object) -> dict[str, tuple[str, str]]:
    """Return what reading complains of, by field."""
    with pytest.raises(InvalidInput) as caught:
        decode(kind, plain)
    return {item.field: (item.given, item.allowed) for item in caught.value.problems}


def damaged(plain: dict[str, Any], **changes: object) -> dict[str, Any]:
    """Return an envelope whose record has other values at some paths, with __ for dots."""
    plain = deepcopy(plain)
    for path, value in changes.items():
        inner: Any = plain["record"]
        *steps, last = path.split("__")
        for step in steps:
            inner = inner[int(step.strip("n")) if isinstance(inner, list) else step]
        if value is LEFT_OUT:
            del inner[last]
        else:
            inner[last] = value
    return plain


@pytest.mark.rule("B1")
def test_everything_wrong_is_told_at_once() -> None:
    """Each problem names the path of its field, what was given, and what is allowed."""
    plain = damaged(
        ORDER,
        number="17",
        placed_at="yesterday",
        status="open",
        customer="Ada",
        invoices__n0__amount__minor=12.5,
        invoices__n0__amount__currency="EURO",
        invoices__n1__one_click=1,
        invoices__n0__attempt__reference="17/2",
        invoices__n0__refunds__n0__reference="17/2",
        offer__payment__minimum="10 %",
        offer__category__name=LEFT_OUT,
        attention={},
        colour="red",
    )

    told = problems(Order, plain)

    assert {
        "number": ("'17'", "a whole number"),
        "placed_at": (
            "'yesterday'",
            "a moment by ISO 8601 with its offset, as in '2026-01-31T12:00:00Z'",
        ),
        "status": ("'open'", "Open, Completed, Declined, Refund"),
        "customer": ("'Ada'", "an object with the fields id, name"),
        "invoices.0.amount.minor": ("12.5", "a whole number"),
        "invoices.1.one_click": ("1", "true or false"),
        "invoices.0.attempt.reference": (
            "'17/2'",
            "account/order/attempt, as in 'acme/17/2'",
        ),
        "invoices.0.refunds.0.reference": (
            "'17/2'",
            "attempt#refund, as in 'acme/17/2#1'",
        ),
        "offer.payment.minimum": ("'10 %'", "a fraction as numerator/denominator, as in '1/3'"),
        "offer.category.name": ("nothing", "a value"),
        "attention": ("{}", "a list"),
    } == {name: told[name] for name in told if name not in ("colour", "invoices.0.amount.currency")}
    assert told["invoices.0.amount.currency"][1].endswith("did you mean EUR?")
    given, allowed = told["colour"]
    assert ("a field", True) == (given, allowed.startswith("account, number, key, placed_at"))


@pytest.mark.rule("B1")
def test_what_a_record_itself_refuses_is_told_with_its_path() -> None:
    """A name that can't be shown, and shares that make no whole, are refused inside an order."""
    offer = encode(OFFERS[2])

    assert ["customer.name"] == [*problems(Order, damaged(ORDER, customer__name="\0"))]
    assert ["payment.shares"] == [*problems(Offer, damaged(offer, payment__shares=["1/3"]))]
    assert ["unit_price"] == [*problems(Offer, damaged(offer, unit_price__minor=-1))]


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    "money",
    [None, 5, "5 EUR", [], ["minor", "currency"], {}, {"minor": 5}, {"minor": 5, "code": "EUR"},
     {"minor": 5, "currency": "EUR", "exponent": 2}],
)  # fmt: skip
def test_what_is_no_money_is_told_as_a_whole(money: object) -> None:
    """Money has two fields, no more and no less."""
    assert {
        "price": (
            Problem.of("", money, "").given,
            'an object {"minor": whole number, "currency": code}',
        )
    } == problems(Order, damaged(ORDER, price=money))


@pytest.mark.rule("B1")
@pytest.mark.parametrize("code", ["eur", "XAU", 978, None, ["EUR"]])
def test_a_currency_is_the_code_of_one(code: object) -> None:
    """Of money and by itself; anything else is refused."""
    assert ["price.currency"] == [*problems(Order, damaged(ORDER, price__currency=code))]
    if code is not None:
        wanted = damaged(encode(OrderFilter()), currency=code)
        assert ["currency"] == [*problems(OrderFilter, wanted)]


@pytest.mark.rule("B1")
@pytest.mark.parametrize("minor", [True, 5.0, "5", None, [5]])
def test_minor_units_are_a_whole_number(minor: object) -> None:
    """Neither true nor a float nor text is."""
    assert {"price.minor": (repr(minor), "a whole number")} == problems(
        Order, damaged(ORDER, price__minor=minor)
    )


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    "moment",
    ["2026-01-31T12:00:00", "2026-01-31", "", 1769860800, None, "0001-01-01T00:00:00+01:00"],
)
def test_a_moment_has_an_offset(moment: object) -> None:
    """A naive one, a date, a number and one before the year 1 are refused."""
    assert ["placed_at"] == [*problems(Order, damaged(ORDER, placed_at=moment))]


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    "share", ["1/0", "-1/2", "1", "0.5", 0.5, None, "1/2/3", f"{'9' * 1001}/1"]
)
def test_a_share_is_a_fraction(share: object) -> None:
    """Neither a decimal nor a percentage nor a division by zero is."""
    plain = damaged(ORDER, offer__payment__minimum=share)

    assert ["offer.payment.minimum"] == [*problems(Order, plain)]


@pytest.mark.rule("B1")
@pytest.mark.parametrize("percent", ["1e5", "NaN", 33.33, 33, None, " 1", "1."])
def test_a_decimal_stands_in_quotes(percent: object) -> None:
    """A bare number could have lost digits on its way."""
    assert ["percent"] == [*problems(PaymentRow, damaged(encode(PAYMENT_ROW), percent=percent))]


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    "terms", [None, "in full", [], {}, {"type": "free"}, {"type": ["in full"]}]
)
def test_terms_say_which_they_are(terms: object) -> None:
    """An unknown type of a record, or none, is refused."""
    told = problems(Order, damaged(ORDER, offer__payment=terms))

    assert 1 == len(told)
    (name,) = told
    assert name in ("offer.payment", "offer.payment.type")
    assert "in full, any share, fixed shares" in told[name][1]


@pytest.mark.rule("B1")
def test_an_outcome_has_the_fields_of_its_type() -> None:
    """What belongs to another outcome is refused, and what is missing is told."""
    plain = damaged(encode(SAMPLES["webhook event"][0]), outcome={"type": "declined", "fee": None})

    assert {
        "outcome.code": ("nothing", "a value"),
        "outcome.fee": ("a field", "code, message, retry, gateway_id"),
    } == problems(WebhookEvent, plain)


@pytest.mark.rule("B1")
def test_a_list_is_a_list() -> None:
    """Text, which could be walked as well, is none; nor is a set's number of other things."""
    row = encode(ORDER_ROW)
    actor = encode(SAMPLES["actor"][0])

    assert {"actions": ("'refund'", "a list")} == problems(OrderRow, damaged(row, actions="refund"))
    told = problems(Actor, damaged(actor, permissions=["see orders", "fly", 7, ["see orders"]]))
    assert ["permissions.1", "permissions.2", "permissions.3"] == [*told]


@pytest.mark.rule("B1")
def test_what_is_missing_has_its_default() -> None:
    """A short filter is as good as a full one; a misspelled field is no field left out."""
    wanted = {"kind": "order filter", "version": VERSION, "record": {"text": "ada"}}

    assert OrderFilter(text="ada") == decode(OrderFilter, wanted)
    assert ["statusses"] == [*problems(OrderFilter, damaged(wanted, statusses=["Open"]))]


@pytest.mark.rule("B1")
@pytest.mark.parametrize("day", ["2026-02-30", "20260201", "2026-W05-1", "2026-2-1", 20260201])
def test_a_day_is_one_of_the_calendar(day: object) -> None:
    """A day that there is not, or that is written in another way, is refused."""
    forecast = damaged(encode(SAMPLES["forecast"][0]), lines__n0__month=day)

    told = problems(Forecast, forecast)

    assert {"lines.0.month": "a day of the calendar, as in '2026-01-31'"} == {
        name: allowed for name, (_, allowed) in told.items()
    }


@pytest.mark.rule("B1")
def test_moments_are_read_with_any_offset_and_written_in_utc() -> None:
    """The same moment, however it is written or zoned, is written alike."""
    plain = damaged(ORDER, placed_at="2026-01-31T13:00:00+01:00")
    zoned = attrs.evolve(ORDERS[0], placed_at=NOON.astimezone(timezone(timedelta(hours=1))))

    assert ORDERS[0] == decode(Order, plain)
    assert UTC is decode(Order, plain).placed_at.tzinfo
    assert ORDER == encode(zoned)


@pytest.mark.rule("B1")
def test_a_naive_moment_is_not_written() -> None:
    """What a record should never have held is refused on the way out as well."""
    naive = attrs.evolve(ORDERS[0], placed_at=datetime(2026, 1, 31, 12))

    with pytest.raises(InvalidInput, match="moment: "):
        encode(naive)


@pytest.mark.rule("B1")
def test_members_of_enums_are_written_as_plain_text() -> None:
    """An operation among a row's actions becomes text that no reader has to know."""
    row = attrs.evolve(ORDER_ROW, actions=(Operation.REFUND,))

    (action,) = encode(row)["record"]["actions"]

    assert ("refund", str) == (action, type(action))
    assert row == decode(OrderRow, encode(row))


@pytest.mark.rule("B1")
@pytest.mark.parametrize("data", [None, [], "{}", b"{}", 5])
def test_an_envelope_is_an_object(data: object) -> None:
    """Anything else is refused."""
    assert ["data"] == [*problems(Order, data)]


@pytest.mark.rule("B1")
def test_all_that_is_wrong_with_an_envelope_is_told() -> None:
    """Its kind, its version, its record, and what does not belong there."""
    plain = {"kind": "offer", "version": VERSION + 1, "record": [], "note": "x", 5: "y"}

    assert {
        "kind": ("'offer'", "'order'"),
        "version": (str(VERSION + 1), f"a whole number from 1 to {VERSION}"),
        "record": ("[]", "an object"),
        "note": ("'x'", "no field but kind, version, record"),
        "5": ("'y'", "no field but kind, version, record"),
    } == problems(Order, plain)


@pytest.mark.rule("B1")
@pytest.mark.parametrize("version", [0, -1, None, "1", True, 1.0])
def test_a_version_is_a_number_that_there_was(version: object) -> None:
    """Anything else is refused."""
    assert ["version"] == [*problems(Order, {**ORDER, "version": version})]


@pytest.mark.rule("B1")
def test_only_kinds_are_written_and_read() -> None:
    """Neither what is no record nor a record that lies only inside others."""
    told = problems(dict, ORDER)
    with pytest.raises(InvalidInput, match=r"^record: .*allowed is a record that is actor, "):
        encode({"number": 17})
    with pytest.raises(InvalidInput):
        encode(ORDERS[0].offer.category)

    assert ["kind"] == [*told]
    assert "webhook event" in told["kind"][1]


# How an order would be read if version 2 had called its quantity units.
def units_for_quantity(kind: str, record: dict[str, Any]) -> dict[str, Any]:
    """Return a record of version 1 as that version 2 would have it."""
    if kind != "order":
        return record
    return {"units" if name == "quantity" else name: record[name] for name in record}


def without_account(_: str, record: dict[str, Any]) -> dict[str, Any]:
    """Return a record of version 2 as a version 3 without accounts would have it."""
    return {name: value for name, value in record.items() if name != record["left out"]}


@pytest.mark.rule("E1", "B1")
def test_an_older_version_goes_through_every_step() -> None:
    """The steps are taken in their order, from the version that was written on."""
    steps = {1: units_for_quantity, 2: without_account}
    first = {"kind": "order", "version": 1, "record": {"quantity": 2, "left out": "units"}}
    second = {**first, "version": 2}
    offer = {"kind": "offer", "version": 1, "record": {"quantity": 2}}

    assert {"left out": "units"} == opened("order", first, newest=3, upgrades=steps)
    assert {"quantity": 2, "left out": "units"} == opened("order", second, newest=3, upgrades=steps)
    assert {"quantity": 2} == opened("offer", offer, newest=2, upgrades=steps)
    assert {"quantity": 2, "left out": "units"} == opened(
        "order", {**first, "version": 3}, newest=3, upgrades=steps
    )


@pytest.mark.rule("B1")
def test_what_a_step_can_make_nothing_of_is_refused() -> None:
    """Data that never was of its version is bad input, not a crash."""
    with pytest.raises(InvalidInput, match=r"^record: .*order as version 2 of the format had it"):
        opened(
            "order",
            {"kind": "order", "version": 2, "record": {"quantity": 2}},
            newest=3,
            upgrades={2: without_account},
        )


@pytest.mark.rule("B1")
@pytest.mark.parametrize("name", KINDS)
def test_reading_leaves_what_it_was_given_as_it_was(name: str) -> None:
    """Neither a good nor a damaged envelope is changed by being read."""
    for record in SAMPLES[name]:
        plain = encode(record)
        before = deepcopy(plain)
        decode(KINDS[name], plain)
        assert before == plain
        plain["record"]["more"] = 1
        before = deepcopy(plain)
        assert ["more"] == [*problems(KINDS[name], plain)]
        assert before == plain


@pytest.mark.rule("B1")
def test_one_record_may_be_read_where_another_is_refused() -> None:
    """A manager is read; an invoice that has nothing of one is told field by field."""
    manager = SAMPLES["manager"][0]
    told = problems(Invoice, {"kind": "invoice", "version": VERSION, "record": {}})

    assert manager == decode(Manager, encode(manager))
    assert ["number", "attempted_at", "status", "amount", "covers", "system", "key"] == [*told]
