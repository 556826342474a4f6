"""The statements of lists ask what the rules ask, in a form that databases answer fast."""

from __future__ import annotations

import pytest
from sqlalchemy.dialects import postgresql, sqlite

from ordersales.adapters.sqlalchemy import filtering, lists, tables
from ordersales.models.filters import NEWEST_ORDERS, OrderFilter
from ordersales.models.invoice import InvoiceStatus
from ordersales.rules import filtering as rules
from tests.listed import ACME, HOUR, NOON

pytestmark = pytest.mark.rule("L3", "L4")


def said(wanted: OrderFilter, dialect: str = "sqlite") -> str:
    """Return the statement of the first page of a list."""
    page = lists.order_page(tables(), ACME, wanted, NEWEST_ORDERS, after=None, limit=5)
    known = {"sqlite": sqlite, "postgresql": postgresql}
    return str(page.compile(dialect=known[dialect].dialect()))


@pytest.mark.parametrize("table", ["_OF_THE_ORDER", "_OF_AN_INVOICE", "_OF_A_RECURRING"])
def test_every_field_has_a_line(table: str) -> None:
    """What the rules ask of a record is asked of its rows, field by field."""
    assert [*getattr(rules, table)] == [*getattr(filtering, table)]


@pytest.mark.parametrize(
    ("wanted", "few"),
    [
        (OrderFilter(invoice=7), True),
        (OrderFilter(payment_statuses={InvoiceStatus.PENDING}), True),
        (OrderFilter(payment_statuses={InvoiceStatus.PENDING, InvoiceStatus.PAID}), False),
        (OrderFilter(paid_from=NOON, paid_before=NOON + HOUR), True),
        (OrderFilter(paid_from=NOON), False),
        (OrderFilter(paid_before=NOON), False),
        (OrderFilter(system="Cards"), False),
    ],
)
def test_the_few_are_found_first(wanted: OrderFilter, few: bool) -> None:
    """Where few invoices can pass they are found first; elsewhere each order's are looked at."""
    assert (few, not few) == ("number IN (SELECT" in said(wanted), "EXISTS" in said(wanted))


def test_only_sqlite_is_led() -> None:
    """A plus keeps SQLite from an index that does not help; PostgreSQL is told plainly."""
    wanted = OrderFilter(system="Cards")
    assert "+ordersales_invoices.system = ?" in said(wanted)
    assert "ordersales_invoices.system = %" in said(wanted, "postgresql")
    assert "+ordersales" not in said(wanted, "postgresql")


@pytest.mark.parametrize(
    ("wanted", "joined"),
    [(OrderFilter(system="Cards"), False), (OrderFilter(customer="ada"), True)],
)
def test_payments_are_counted_alone_where_they_can_be(wanted: OrderFilter, joined: bool) -> None:
    """The orders of payments are looked at only if something is asked of them."""
    assert joined == ("JOIN" in str(lists.payment_count(tables(), ACME, wanted)))


def test_words_without_letters_ask_nothing() -> None:
    """Text of which nothing is left when it is folded lets everything through."""
    assert "LIKE" not in said(OrderFilter(text="\N{COMBINING ACUTE ACCENT}"))
    assert "/%" in str(
        lists.order_count(tables(), ACME, OrderFilter(text="50%"))
        .compile(dialect=sqlite.dialect())
        .params
    )
