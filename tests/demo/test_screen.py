"""Everything can be drawn, plain or by rich, and fits."""

from __future__ import annotations

import io
import sys

import pytest

from ordersales.demo.checks import Check
from ordersales.demo.rich_screen import RichScreen
from ordersales.demo.screen import PlainScreen, Screen, screen_on
from ordersales.demo.tables import SELLER, Table

TABLE = Table(
    ("What", "How\nmuch"), [("a thing", "1.00"), ("Open", "10.00"), ("All", "11.00")],
    right=frozenset({"How\nmuch"}), total=True,
)  # fmt: skip


def drawn(kind: type[PlainScreen | RichScreen]) -> str:
    """Return what a screen of that kind makes of one of everything."""
    out = io.StringIO()
    screen: Screen = kind(out)
    screen.heading("Heading")
    screen.say("A sentence with [brackets].")
    screen.table(TABLE)
    screen.table(Table(("Alone",), [("Ada ?",)]))
    screen.check(Check("it holds", "1 of 1", holds=True))
    screen.check(Check("it does not", "0 of 1", holds=False))
    assert list(range(500)) == list(screen.watch(range(500), "Working"))
    return out.getvalue()


def test_plain() -> None:
    """Plain text is ASCII, columns stand under their titles, a total under a line."""
    bar = "#" * 50

    assert f"""
Heading
=======
A sentence with [brackets].
          How
What     much
------- -----
a thing  1.00
Open    10.00
------- -----
All     11.00
Alone
-----
Ada ?
[ok] it holds                                               1 of 1
[NO] it does not                                            0 of 1
Working [{bar}] 500
""" == drawn(PlainScreen)


def test_rich() -> None:
    """Rich draws the same words and figures."""
    text = drawn(RichScreen)

    lines = [line.strip() for line in text.splitlines()]
    assert "A sentence with [brackets]." in lines
    assert "a thing  1.00" in lines
    assert "All     11.00" in lines
    assert "✓ it holds                                               1 of 1" in lines
    assert "✗ it does not                                            0 of 1" in lines
    assert "500/500" in text


@pytest.mark.rule("S2")
def test_rich_shows_confirmed_sales_green_and_others_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """The colour tells whether a person has confirmed who made the sale."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = io.StringIO()

    RichScreen(out).table(Table((SELLER,), [("Ada",), ("Ben ?",)]))

    assert "\x1b[32mAda" in out.getvalue()
    assert "\x1b[31mBen ?" in out.getvalue()


def test_rich_on_a_terminal_uses_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal lines go across it; elsewhere they are as wide as what is shown."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    on_terminal = drawn(RichScreen)
    monkeypatch.delenv("FORCE_COLOR")
    elsewhere = drawn(RichScreen)

    assert "─" * 41 not in on_terminal
    assert "─" * 41 in elsewhere


def test_rich_draws_where_it_can() -> None:
    """Rich is chosen where it is installed and the output takes its signs."""
    assert isinstance(screen_on(io.StringIO(), plain=False), RichScreen)


def test_plain_is_drawn_where_it_is_wanted() -> None:
    """--plain wins."""
    assert isinstance(screen_on(io.StringIO(), plain=True), PlainScreen)


def test_plain_is_drawn_where_ticks_cannot_be_written() -> None:
    """An output of another encoding than UTF gets ASCII."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")

    assert isinstance(screen_on(out, plain=False), PlainScreen)


def test_plain_is_drawn_without_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is not needed."""
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.delitem(sys.modules, "ordersales.demo.rich_screen")

    assert isinstance(screen_on(io.StringIO(), plain=False), PlainScreen)
