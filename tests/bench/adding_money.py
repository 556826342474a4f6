"""Subject: money is added, two amounts and a hundred."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from decimal import Decimal
from operator import add
from typing import Any, Final

from measure import Candidate, Table, each, side_by_side

from ordersales import Money

MANY: Final = 100


def _pairs(make: Callable[[str], Any]) -> Callable[[int], list[tuple[Any, Any]]]:
    return lambda n: [(make("12.34"), make(f"{i}.08")) for i in range(n)]


def _lists(make: Callable[[str], Any]) -> Callable[[int], list[list[Any]]]:
    return lambda n: [[make(f"{i}.08") for i in range(MANY)]] * n


def table_of_two(rounds: int) -> Table:
    """Measure one addition."""
    makers: dict[str, tuple[str, Callable[[str], Any], str | None]] = {
        "Money + Money": ("currencies compared, exact", lambda x: Money.of(x, "EUR"), None),
        "Decimal + Decimal": ("no currency, rounded by the context (C)", Decimal, None),
        **_others(),
    }
    return side_by_side(
        "Adding two amounts",
        [
            Candidate(
                name=name,
                does=does,
                prepare=_pairs(make),
                act=each(lambda pair: add(*pair)),
                package=package,
            )
            for name, (does, make, package) in makers.items()
        ],
        base="Decimal + Decimal",
        rounds=rounds,
        batch=1000,
    )


def table_of_many(rounds: int) -> Table:
    """Measure a sum."""
    euros = Money.zero("EUR")
    candidates = [
        Candidate(
            name="Money.total",
            does="each currency compared, ints added, one object made",
            prepare=_lists(lambda x: Money.of(x, "EUR")),
            act=each(lambda monies: Money.total(monies, "EUR")),
        ),
        Candidate(
            name="sum of Money",
            does="the same by `+`, an object for each step",
            prepare=_lists(lambda x: Money.of(x, "EUR")),
            act=each(lambda monies: sum(monies, euros)),
        ),
        Candidate(
            name="sum of Decimal",
            does="no currency, rounded by the context (C)",
            prepare=_lists(Decimal),
            act=each(sum),
        ),
    ]
    return side_by_side(
        "Adding a hundred amounts",
        candidates,
        base="sum of Decimal",
        rounds=rounds,
        batch=100,
    )


def _others() -> dict[str, tuple[str, Callable[[str], Any], str | None]]:
    """Return the money of other packages, as far as they are installed."""
    found: dict[str, tuple[str, Callable[[str], Any], str | None]] = {}
    for module, package in (("moneyed", "py-moneyed"), ("stockholm", "stockholm")):
        try:
            money = importlib.import_module(module).Money
        except ImportError:
            continue
        found[package] = ("currencies compared, Decimal inside", _maker(money), package)
    return found


def _maker(money: Any) -> Callable[[str], Any]:
    return lambda amount: money(amount, "EUR")
