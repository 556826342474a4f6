"""The checks at the edge: what passes, what doesn't, and what is said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.errors import InvalidInput, Problem
from ordersales.values import checks
from ordersales.values.currency import Currency
from ordersales.values.money import Money

pytestmark = pytest.mark.rule("B1")

EUR = Currency.of("EUR")
LARGEST = 2**63 - 1


class Text(str):
    """Text by another name."""

    __slots__ = ()


def test_refuse_nothing() -> None:
    """Without a problem nothing is raised."""
    checks.refuse()
    checks.refuse(None, None)


def test_refuse_all_at_once() -> None:
    """All problems are raised in one error, in the order of the checks."""
    first, second = Problem("a", "1", "2"), Problem("b", "3", "4")

    with pytest.raises(InvalidInput) as caught:
        checks.refuse(None, first, None, second)

    assert InvalidInput((first, second)) == caught.value


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        ("A", {}),
        (" Ada Lovelace ", {}),
        ("Ærø 日本 🎉 a\u0301", {}),
        ("a\xa0b~", {}),
        ("a" * 200, {}),
        ("a" * 3, {"max_length": 3}),
        ("", {"empty": True}),
        ("  ", {"empty": True}),
        ("one\r\n\ttwo\n", {"lines": True}),
        ("\ud7ff\ue000", {}),
    ],
    ids=repr,
)
def test_text(value: str, limits: dict[str, Any]) -> None:
    """Text of any script passes up to its length, lines and emptiness where they are allowed."""
    assert checks.text(value, "name", **limits) is None


@pytest.mark.parametrize(
    ("value", "limits", "allowed"),
    [
        ("", {}, "text of 1 to 200 characters, without control characters"),
        (" \u3000", {}, "text of 1 to 200 characters, without control characters"),
        ("a" * 201, {}, "text of 1 to 200 characters, without control characters"),
        ("abcd", {"max_length": 3}, "text of 1 to 3 characters, without control characters"),
        (None, {"empty": True}, "text of 0 to 200 characters, without control characters"),
        (b"Ada", {}, "text of 1 to 200 characters, without control characters"),
        (7, {}, "text of 1 to 200 characters, without control characters"),
        (Text("Ada"), {}, "text of 1 to 200 characters, without control characters"),
        (
            "a\0b",
            {"lines": True},
            "text of 1 to 200 characters, without other control characters than line breaks",
        ),
        (
            "",
            {"lines": True},
            "text of 1 to 200 characters, without other control characters than line breaks",
        ),
    ],
    ids=repr,
)
def test_no_text(value: object, limits: dict[str, Any], allowed: str) -> None:
    """Blank text, too long text and what is no text is refused, and the limits are said."""
    assert Problem.of("name", value, allowed) == checks.text(value, "name", **limits)


@given(st.characters(categories=["Cc", "Cs"]))
def test_unfit_characters(character: str) -> None:
    """No control character and no half of a surrogate pair is text; line breaks are on demand."""
    assert checks.text(f"a{character}b", "name") is not None
    refused = checks.text(f"a{character}b", "name", lines=True) is not None
    assert (character not in "\t\n\r") == refused


@given(st.characters(exclude_categories=["Cc", "Cs"]))
def test_fit_characters(character: str) -> None:
    """Every other character is text."""
    assert checks.text(f"a{character}b", "name") is None
    assert checks.text(f"a{character}b", "name", lines=True) is None


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        (0, {}),
        (LARGEST, {}),
        (1, {"least": 1}),
        (9, {"most": 9}),
        (-5, {"least": -5, "most": -5}),
    ],
)
def test_whole(value: int, limits: dict[str, int]) -> None:
    """An int within the limits passes, the limits included."""
    assert checks.whole(value, "quantity", **limits) is None


@pytest.mark.parametrize(
    ("value", "limits", "allowed"),
    [
        (-1, {}, f"a whole number from 0 to {LARGEST}"),
        (LARGEST + 1, {}, f"a whole number from 0 to {LARGEST}"),
        (0, {"least": 1, "most": 9}, "a whole number from 1 to 9"),
        (10, {"least": 1, "most": 9}, "a whole number from 1 to 9"),
        (True, {}, f"a whole number from 0 to {LARGEST}"),
        (1.0, {}, f"a whole number from 0 to {LARGEST}"),
        ("1", {}, f"a whole number from 0 to {LARGEST}"),
        (Decimal(1), {}, f"a whole number from 0 to {LARGEST}"),
        (None, {}, f"a whole number from 0 to {LARGEST}"),
    ],
)
def test_not_whole(value: object, limits: dict[str, int], allowed: str) -> None:
    """A number outside the limits, a bool and a float are refused, and the limits are said."""
    assert Problem("quantity", repr(value), allowed) == checks.whole(value, "quantity", **limits)


def test_flag() -> None:
    """Only True and False are flags."""
    for flag in (True, False):
        assert checks.flag(flag, "one_click") is None
    for value in (1, 0, None, "true"):
        expected = Problem("one_click", repr(value), "True or False")
        assert expected == checks.flag(value, "one_click")


@pytest.mark.parametrize(
    ("minor", "limits"),
    [
        (0, {}),
        (LARGEST, {}),
        (1, {"least": 1}),
        (-LARGEST, {"least": -LARGEST}),
        (5, {"currency": EUR}),
        (5, {"currency": Currency("EUR", 2)}),
    ],
)
def test_money(minor: int, limits: dict[str, Any]) -> None:
    """Money within the limits and in the right currency passes."""
    assert checks.money(Money(minor, EUR), "price", **limits) is None


@pytest.mark.parametrize(
    ("value", "limits", "allowed"),
    [
        ("1.00", {}, "a Money, as Money.of('12.34', 'EUR') gives"),
        (None, {}, "a Money, as Money.of('12.34', 'EUR') gives"),
        (Money(-1, EUR), {}, "money of at least 0.00 EUR"),
        (Money(0, EUR), {"least": 1}, "money of at least 0.01 EUR"),
        (Money(1, EUR), {"currency": Currency.of("USD")}, "money in USD"),
        (Money(LARGEST + 1, EUR), {}, "money of at most 92233720368547758.07 EUR"),
    ],
    ids=["text", "none", "negative", "zero", "currency", "large"],
)
def test_no_money(value: object, limits: dict[str, Any], allowed: str) -> None:
    """Less than the least, another currency and what is no money is refused."""
    assert Problem.of("price", value, allowed) == checks.money(value, "price", **limits)


def test_moment() -> None:
    """An aware datetime of any zone passes; a naive one or a bare date is refused."""
    aware = datetime(2026, 1, 31, tzinfo=timezone(timedelta(hours=2)))

    assert checks.moment(aware, "paid_at") is None
    assert checks.moment(aware.astimezone(UTC), "paid_at") is None
    for value in (aware.replace(tzinfo=None), date(2026, 1, 31), "2026-01-31", None):
        expected = Problem.of("paid_at", value, "a datetime with tzinfo")
        assert expected == checks.moment(value, "paid_at")


def test_instance() -> None:
    """An instance of the kind passes, anything else is refused with the kind's name."""
    assert checks.instance(EUR, "currency", Currency) is None
    assert checks.instance(Text("a"), "number", str) is None
    expected = Problem("currency", "'EUR'", "an instance of Currency")
    assert expected == checks.instance("EUR", "currency", Currency)


def test_optional() -> None:
    """None passes; anything else is checked with the given limits."""
    assert checks.optional(checks.whole, None, "limit", least=1) is None
    assert checks.optional(checks.whole, 1, "limit", least=1) is None
    expected = Problem("limit", "0", "a whole number from 1 to 9")
    assert expected == checks.optional(checks.whole, 0, "limit", least=1, most=9)
