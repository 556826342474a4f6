"""Where the next page begins: opaque, and good for nothing but what it was made for."""

from __future__ import annotations

import re
import subprocess
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta, timezone
from typing import Any, Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.adapters.memory import MemoryStore
from ordersales.async_back_office import AsyncBackOffice
from ordersales.back_office import BackOffice
from ordersales.errors import InvalidInput
from ordersales.models.filters import (
    EVERYTHING,
    OrderFilter,
    OrderSort,
    PaymentSort,
    Place,
)
from ordersales.models.order import OrderStatus
from ordersales.ports.clock import SystemClock
from ordersales.ports.payment_systems import found_by
from ordersales.services import cursors
from ordersales.services.cursors import Bookmark
from ordersales.services.desk import Desk
from ordersales.values.currency import Currency
from ordersales.values.identifiers import AccountId, OrderNumber
from ordersales.values.money import Money
from tests.listed import ACME, NOON, filters

pytestmark = pytest.mark.rule("L4")

SECRET: Final = b"0123456789abcdef"
WANTED: Final = OrderFilter(
    statuses={OrderStatus.OPEN, OrderStatus.REFUND, OrderStatus.DECLINED},
    placed_from=NOON,
    currency=Currency.of("EUR"),
    price_from=Money.of(1, "EUR"),
    text="Ångström",
)
HERE: Final = Place("zoë \N{SNOWMAN}", 7)
BOOKMARK: Final = Bookmark(SECRET, ACME, "orders", WANTED, OrderSort("customer"))

values = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.tuples(st.sampled_from(["EUR", "JPY"]), st.integers(-(2**63), 2**63 - 1)),
)


def written() -> str:
    """Return a cursor."""
    after = BOOKMARK.write(HERE)
    assert after is not None
    return after


def refused(bookmark: Bookmark, after: Any) -> bool:
    """Tell whether a cursor is refused, as it should be."""
    with pytest.raises(InvalidInput) as caught:
        bookmark.read(after)
    (problem,) = caught.value.problems
    assert "an earlier page of the same list" in problem.allowed
    return problem.field == "after"


@given(values, st.integers(1, 2**63 - 1), filters())
def test_a_place_comes_back_exactly(value: Any, number: int, wanted: OrderFilter) -> None:
    """What was written is read again to the last digit, with its type, as URL-safe text."""
    bookmark = Bookmark(SECRET, ACME, "orders", wanted, OrderSort())
    after = bookmark.write(Place(value, number))

    assert after is not None
    assert re.fullmatch(r"[A-Za-z0-9_-]+", after)
    place = bookmark.read(after)
    assert Place(value, number) == place
    assert place is not None
    assert type(value) is type(place.value)


def test_the_beginning_and_the_end() -> None:
    """Without a cursor a list begins at its beginning; behind the last page there is none."""
    assert BOOKMARK.read(None) is None
    assert BOOKMARK.write(None) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"secret": b"another secret!!"},
        {"account": AccountId("globex")},
        {"name": "payments"},
        {"wanted": EVERYTHING},
        {"wanted": attrs.evolve(WANTED, number=OrderNumber(1))},
        {"wanted": attrs.evolve(WANTED, statuses={OrderStatus.OPEN})},
        {"wanted": attrs.evolve(WANTED, placed_from=NOON + timedelta(microseconds=1))},
        {"wanted": attrs.evolve(WANTED, placed_from=None, placed_before=NOON)},
        {"wanted": attrs.evolve(WANTED, price_from=Money.of("1.01", "EUR"))},
        {"wanted": attrs.evolve(WANTED, currency=Currency.of("USD"))},
        {"wanted": attrs.evolve(WANTED, text="Angstrom")},
        {"sort": OrderSort("status")},
        {"sort": OrderSort("customer", descending=False)},
        {"sort": PaymentSort()},
    ],
    ids=lambda changed: next(iter(changed)),
)
@pytest.mark.rule("A4", "B1")
def test_a_cursor_of_something_else(changed: dict[str, Any]) -> None:
    """It fits one secret, account, list, filter and sort; with anything else it is refused."""
    assert refused(attrs.evolve(BOOKMARK, **changed), written())


@given(st.data())
def test_a_changed_cursor(data: st.DataObject) -> None:
    """Not one character can be changed, left out or added."""
    after = written()
    at = data.draw(st.integers(0, len(after) - 1))
    other = data.draw(st.characters(max_codepoint=127).filter(lambda letter: letter != after[at]))
    kept = data.draw(st.booleans())

    assert refused(BOOKMARK, after[:at] + other + after[at + kept :])
    assert refused(BOOKMARK, after[:at])


@pytest.mark.rule("B1")
@pytest.mark.parametrize("given_", ["", "AAAA", "A", "ö", "=", 7, b"AAAA", "A" * 10_000], ids=repr)
def test_what_is_no_cursor(given_: Any) -> None:
    """Whatever is given in place of a cursor is refused by the name of the field."""
    assert refused(BOOKMARK, given_)


def test_the_text_has_one_spelling() -> None:
    """Padding and blanks, which base64 forgives, make another text."""
    after = written()
    padded = after + "=" * (-len(after) % 4)

    assert padded != after
    assert refused(BOOKMARK, padded)
    assert refused(BOOKMARK, f"{after}\n")


def test_a_cursor_of_another_format(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cursor that an older version wrote is refused, not misread."""
    after = written()
    monkeypatch.setattr(cursors, "FORMAT", b"\x02")

    assert refused(BOOKMARK, after)
    assert written() != after


def test_the_version_is_sealed() -> None:
    """Giving a cursor another version's number does not make it one."""
    sealed = urlsafe_b64decode(written() + "==="[: -len(written()) % 4])
    forged = urlsafe_b64encode(b"\x02" + sealed[1:]).rstrip(b"=").decode()

    assert refused(BOOKMARK, forged)


def test_an_equal_filter_is_the_same_filter() -> None:
    """The same moment in another zone, and statuses in another order, ask for the same."""
    elsewhere = timezone(timedelta(hours=9))
    same = attrs.evolve(
        WANTED,
        placed_from=NOON.astimezone(elsewhere),
        statuses=[OrderStatus.REFUND, OrderStatus.DECLINED, OrderStatus.OPEN],
    )

    assert HERE == attrs.evolve(BOOKMARK, wanted=same).read(written())


def test_the_same_in_every_process() -> None:
    """Processes that share the secret read each other's cursors, however they hash."""
    program = "from tests.services.test_cursors import written; print(written())"

    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True, text=True, check=True,
        ).stdout.strip()
        for seed in ("1", "2", "3")
    }  # fmt: skip

    assert {written()} == told


def test_the_secret_is_not_shown() -> None:
    """Neither a bookmark nor a desk prints what cursors are sealed with."""
    desk = Desk(MemoryStore(), found_by(()), SystemClock(), SECRET)

    assert "0123456789" not in repr(BOOKMARK) + repr(desk)


def test_every_office_has_a_secret_of_its_own() -> None:
    """Where the host gives none, one is drawn at random."""
    one, other = (Desk(MemoryStore(), found_by(()), SystemClock()) for _ in range(2))

    assert one.cursor_secret != other.cursor_secret
    assert 16 == len(one.cursor_secret)


@pytest.mark.rule("B1")
@pytest.mark.parametrize("door", [BackOffice, AsyncBackOffice])
@pytest.mark.parametrize("secret", ["0123456789abcdef", b"", b"0123456789abcde"], ids=repr)
def test_a_secret_that_can_be_guessed(door: Any, secret: Any) -> None:
    """A secret that is short, or text, is refused when the office opens, and not shown."""
    with pytest.raises(InvalidInput, match="cursor_secret") as caught:
        door(MemoryStore(), cursor_secret=secret)

    assert "0123" not in str(caught.value)


@pytest.mark.parametrize("door", [BackOffice, AsyncBackOffice])
def test_a_secret_that_will_do(door: Any) -> None:
    """Sixteen bytes are taken, at either door."""
    assert door(MemoryStore(), cursor_secret=SECRET).orders._desk.cursor_secret == SECRET
