"""The reference pages that are made from tables are as the tables now are."""

from __future__ import annotations

import re
from typing import Final

import pytest

from docs.examples.http_answers import status_of
from docs.generated import (
    COMMAND,
    FOLDER,
    INVOICE_BEGINS,
    ORDER_BEGINS,
    RECURRING_BEGINS,
    REFUND_BEGINS,
    SALE_BEGINS,
    SALE_ROWS,
    _arrow,
    leaves,
    pages,
)
from ordersales import errors
from ordersales.errors import OrdersalesError, RuleRefused
from ordersales.models.event import EventKind
from ordersales.models.explanation import ReasonCode
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import Order, OrderStatus
from ordersales.models.recurring_order import RecurringStatus
from ordersales.models.refund import RefundStatus
from ordersales.rules import (
    invoice_lifecycle,
    offered_actions,
    order_lifecycle,
    recurring_lifecycle,
    refund_lifecycle,
    sale_confirmation,
)
from ordersales.rules.permissions import Operation
from ordersales.testing import a_manager
from tests.rules.lived import STARTING
from tests.rules.sold import BOSS, LATER, MIRA, paid, placed

PAGES: Final = pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_fresh(name: str) -> None:
    """The committed page is what the tables say."""
    committed = (FOLDER / name).read_text("utf-8")

    assert PAGES[name] == committed, f"docs/reference/{name} is stale; renew it with: {COMMAND}"


@pytest.mark.rule("O5", "I2", "F1", "F2")
def test_every_transition_is_drawn_and_listed() -> None:
    """Each step of each table has an arrow and a row on the page, and there are no others."""
    tables = [
        (ORDER_BEGINS, order_lifecycle.TRANSITIONS),
        (INVOICE_BEGINS, invoice_lifecycle.TRANSITIONS),
        (REFUND_BEGINS, refund_lifecycle.TRANSITIONS),
        (RECURRING_BEGINS, recurring_lifecycle.TRANSITIONS),
    ]
    sections = PAGES["transitions.md"].split("\n## ")[1:]
    for (begins, steps), section in zip(tables, sections, strict=False):
        arrows = re.findall(r"^    (\S+) --> (\w+): ", section, flags=re.MULTILINE)
        listed = re.findall(r"^\| (\S+) \| .* \| (\w+) \|$", section, flags=re.MULTILINE)[1:]
        expected = [(str(status), str(to)) for (status, _), to in steps.items()]

        assert [*(("[*]", status) for status in begins), *expected] == arrows
        assert [("-" if status == "[*]" else status, to) for status, to in arrows] == listed


@pytest.mark.rule("O7")
def test_what_begins_is_a_status() -> None:
    """Every beginning leads to a status that there is."""
    assert ORDER_BEGINS.keys() <= {*OrderStatus}
    assert INVOICE_BEGINS.keys() <= {*InvoiceStatus}
    assert REFUND_BEGINS.keys() <= {*RefundStatus}
    assert RECURRING_BEGINS.keys() <= {*RecurringStatus}
    assert {"Open", "Completed"} == {placed().status, placed(price="0.00").status}


@pytest.mark.rule("S2", "S4", "S5")
def test_what_happens_to_a_sale_is_what_the_rules_do() -> None:
    """The one table that is written for the page holds what the rules do, and all of it."""
    red = paid(placed())
    green = sale_confirmation.confirm(red, None, MIRA, LATER, by=BOSS).order
    steps = []
    for order in (red, green):
        for operation in (Operation.ADD_USER, Operation.CHECK_SALE):
            if offered_actions.refusal(a_manager(), operation, order) is None:
                change = STARTING[operation](order)
                assert change is not None
                steps.append((standing(order), operation, standing(change.order)))

    assert [*SALE_ROWS] == steps
    assert [standing(placed())] == [*SALE_BEGINS]


def standing(order: Order) -> str:
    """Return whether a person has confirmed who made the sale."""
    return "confirmed" if order.sale.confirmed else "unconfirmed"


@pytest.mark.rule("B1")
def test_every_error_has_its_line() -> None:
    """Each error that is raised is listed, with the HTTP status that our example answers."""
    tree = (errors.__doc__ or "").partition("::\n\n")[2].partition("\n\nErrors")[0]
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, OrdersalesError)
    ]

    told = leaves(tree)

    assert {kind for kind in kinds if not kind.__subclasses__()} == {*told}
    assert told == {kind: str(status_of(kind)) for kind in told}
    for kind in told:
        assert f"| `{kind.__name__}` | `{kind.code}` |" in PAGES["errors.md"]


@pytest.mark.rule("A1", "A5")
def test_everything_has_its_line() -> None:
    """Each operation, event and reason is listed on its page."""
    for operation in Operation:
        assert f"| `Operation.{operation.name}` |" in PAGES["permissions.md"]
    for kind in EventKind:
        assert f"| `EventKind.{kind.name}` |" in PAGES["events.md"]
    for code in ReasonCode:
        assert f"| `{code}` |" in PAGES["errors.md"]
    assert {kind.code for kind in RuleRefused.__subclasses__()} & {*ReasonCode}


@pytest.mark.parametrize(
    ("status", "label", "to"),
    [
        ("Open", "a: b", "Completed"),
        ("Open", "a;b", "Completed"),
        ("Open", "#a", "Completed"),
        ("Wide open", "a", "Completed"),
        ("Open", "a", "[*]"),
    ],
)
def test_what_mermaid_would_misread(status: str, label: str, to: str) -> None:
    """An arrow that Mermaid would cut off or not understand is refused, not drawn wrongly."""
    with pytest.raises(ValueError, match="can't be drawn"):
        _arrow(status, label, to)


def test_a_semicolon_is_drawn_as_a_comma() -> None:
    """A semicolon would end the arrow."""
    assert "    [*] --> Open: so, and so" == _arrow("[*]", "so; and so", "Open")
