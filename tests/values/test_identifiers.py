"""Identifiers: the reference of an attempt is read back as it was written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ordersales.errors import InvalidInput, Problem
from ordersales.values.identifiers import AccountId, AttemptReference, OrderNumber

pytestmark = pytest.mark.rule("C1")

LARGEST = 2**63 - 1
accounts = (
    st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.just("/"), min_size=1, max_size=200)
    .filter(str.strip)
    .map(AccountId)
)
orders = st.integers(1, LARGEST).map(OrderNumber)
references = st.builds(AttemptReference, accounts, orders, st.integers(1, LARGEST))


@pytest.mark.parametrize(
    ("written", "account", "order", "attempt"),
    [
        ("acme/17/2", "acme", 17, 2),
        ("acme/1/2/3", "acme/1", 2, 3),
        ("//1/1", "/", 1, 1),
        (f"a/{LARGEST}/{LARGEST}", "a", LARGEST, LARGEST),
    ],
)
def test_written_and_read(written: str, account: str, order: int, attempt: int) -> None:
    """A reference is account, order and attempt; the account may hold slashes."""
    reference = AttemptReference(AccountId(account), OrderNumber(order), attempt)

    assert written == str(reference)
    assert reference == AttemptReference.parse(written)


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    "written",
    [
        *["", "acme", "acme/17", "/17/2", "acme/17/", "acme//2", "17/2", "acme 17 2"],
        *["acme/017/2", "acme/17/02", "acme/0/1", "acme/1/0", "acme/+1/1", "acme/-1/1"],
        *["acme/1/1 ", "acme/1/1\n", "acme/ 1/1", "acme/1_0/1", "acme/\uff11/1", "acme/1/x"],
        *["acme/12345678901234567890/1", "acme/1/12345678901234567890", "a/1/" + "9" * 5000],
        *[None, 17, b"acme/17/2"],
    ],
    ids=lambda written: repr(written)[:40],
)
def test_malformed(written: str) -> None:
    """Anything that would not be written so again is refused."""
    with pytest.raises(InvalidInput) as caught:
        AttemptReference.parse(written)

    expected = Problem.of("reference", written, "account/order/attempt, as in 'acme/17/2'")
    assert (expected,) == caught.value.problems


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("written", "fields"),
    [
        (f"a/{LARGEST + 1}/1", ["order"]),
        (f"a/1/{LARGEST + 1}", ["attempt"]),
        ("a\nb/1/1", ["account"]),
        (" /1/1", ["account"]),
        ("a" * 201 + "/1/1", ["account"]),
        (f"\0/{LARGEST + 1}/{LARGEST + 1}", ["account", "order", "attempt"]),
    ],
    ids=["order", "attempt", "line", "blank", "long", "all"],
)
def test_parts_out_of_bounds(written: str, fields: list[str]) -> None:
    """A reference of the right form with a part out of bounds is refused, with every field."""
    with pytest.raises(InvalidInput) as caught:
        AttemptReference.parse(written)

    assert fields == [problem.field for problem in caught.value.problems]


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("account", "order", "attempt", "fields"),
    [
        ("", 0, 0, ["account", "order", "attempt"]),
        (None, True, 1.0, ["account", "order", "attempt"]),
        ("a", 1, 0, ["attempt"]),
        ("a", 0, 1, ["order"]),
    ],
)
def test_made_of_wrong_parts(account: Any, order: Any, attempt: Any, fields: list[str]) -> None:
    """A reference can't be made of what could not be read back."""
    with pytest.raises(InvalidInput) as caught:
        AttemptReference(account, order, attempt)

    assert fields == [problem.field for problem in caught.value.problems]


@given(references)
def test_parse_undoes_str(reference: AttemptReference) -> None:
    """What is written is read back as the same reference."""
    assert reference == AttemptReference.parse(str(reference))


@given(st.text() | st.from_regex(r"\A[a-c/]{0,4}/[0-9]{1,3}/[0-9]{1,3}\Z"))
@example("a/1/2")
def test_str_undoes_parse(written: str) -> None:
    """Whatever can be read at all is written the same again."""
    try:
        reference = AttemptReference.parse(written)
    except InvalidInput:
        return

    assert written == str(reference)
