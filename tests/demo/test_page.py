"""The page about the demo tells what the demo does now."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordersales.demo.books import Books
from ordersales.demo.checks import all_of, whole
from ordersales.demo.offers import Shape
from ordersales.demo.purchases import INSTALL, KNOWN_PURCHASES, KNOWN_TOTAL
from ordersales.demo.shop import NOTHING_TO_PAY
from ordersales.demo.stories import KINDS

PAGE = (Path(__file__).parents[2] / "docs" / "start" / "demo.md").read_text("utf-8")
NO_BOOKS = Books(
    purchases=(), rows=(), payments=(), orders=(), charged=(), returned=(), chargebacks=()
)
BREAKDOWNS = ("currency", "payment system", "offer", "category", "sales manager")
TOLD = [
    *(kind.words for kind in KINDS),
    NOTHING_TO_PAY,
    *Shape,
    *(check.statement for check in all_of(NO_BOOKS)),
    *(f"report by {title}: gross = paid of the input" for title in BREAKDOWNS),
    "each report: all of gross, refunds and completed",
    whole(NO_BOOKS, KNOWN_PURCHASES, KNOWN_TOTAL).statement,
    INSTALL,
    f"{KNOWN_TOTAL:,} read, {KNOWN_TOTAL:,} found",
]


@pytest.mark.parametrize("words", TOLD)
def test_the_page_tells(words: str) -> None:
    """Every way of paying, every shape and every check stands on the page."""
    assert words in PAGE
