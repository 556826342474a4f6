"""Write the reference pages that are read from literal tables: ``python -m docs.generated``.

They are committed, so that they can be read where nothing is built; a test fails when one is not
what this program writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import attrs

from ordersales import errors
from ordersales.errors import OrdersalesError
from ordersales.models import columns
from ordersales.models.actor import Permission
from ordersales.models.event import EventKind
from ordersales.rules import (
    invoice_lifecycle,
    order_lifecycle,
    recurring_lifecycle,
    refund_lifecycle,
)
from ordersales.rules.explain import MEANINGS
from ordersales.rules.offered_actions import (
    ON_ORDERS,
    ON_PAYMENTS,
    ON_RECURRING,
    ONLY_AMONG_PARTIAL,
)
from ordersales.rules.permissions import NEEDS, ONLY_PEOPLE, Operation
from ordersales.rules.telling import SENTENCES
from ordersales.testing.simulator.faults import PER_MILLE, FaultKind
from ordersales.testing.simulator.violations import INVARIANTS

FOLDER: Final = Path(__file__).parent / "reference"
COMMAND: Final = "python -m docs.generated"
#: What a web host answers, shown among the errors.
ANSWERS: Final = Path(__file__).parent / "examples" / "http_answers.py"

_MADE: Final = f"<!-- Made by `{COMMAND}` from tables in the code: change those, and run it. -->\n"
_ERROR: Final = re.compile(r"[ │├└─]*(?P<name>[A-Z]\w+) .*?(?:\(HTTP )?(?P<http>[\d, ]*)\)?")

#: What stands in a cell that says nothing.
_NOTHING: Final = "-"

#: From, what happens, to.
Row = tuple[str, str, str]

#: How a record begins, which is no transition of it.
ORDER_BEGINS: Final = {"Open": "placed", "Completed": "placed, and it costs nothing"}
INVOICE_BEGINS: Final = {"Pending": "a payment is started"}
REFUND_BEGINS: Final = {
    "Pending": "a gateway is asked",
    "Succeeded": "a person records it, or it is reported",
    "Reversed": "a chargeback is told to be won back before it is told itself",
}
RECURRING_BEGINS: Final = {"Active": "its first payment succeeds"}
SALE_BEGINS: Final = {"unconfirmed": "the order is placed"}

#: What happens to who is credited with a sale. Tests hold it against the rules.
SALE_ROWS: Final[tuple[Row, ...]] = (
    ("unconfirmed", Operation.ADD_USER, "unconfirmed"),
    ("unconfirmed", Operation.CHECK_SALE, "confirmed"),
    ("confirmed", Operation.CHECK_SALE, "confirmed"),
)


def pages() -> dict[str, str]:
    """Return every page by its file's name."""
    return {
        "transitions.md": _page(_transitions()),
        "permissions.md": _page(_permissions()),
        "events.md": _page(_events()),
        "errors.md": _page(_errors()),
        "simulator.md": _page(_simulator()),
        "columns.md": _page(_columns()),
    }


def _page(parts: Iterable[str]) -> str:
    return "\n".join([_MADE, *(f"{part.rstrip()}\n" for part in parts)])


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _code(text: str) -> str:
    return f"`{text}`"


def _columns() -> Iterator[str]:
    yield "# Columns"
    yield (
        "The one registry of columns (`ordersales.models.columns`), which lists, reports and files "
        "go by: what programs call a column, how its values are shown, and what exactly they are. "
        "Amounts have the decimals of their currency."
    )
    yield "## Reports: what a row is about"
    yield _table(("column", "shown as", "what it is"), map(_column, columns.KEYS))
    yield "## Reports: measures"
    yield _table(("column", "shown as", "what it is"), map(_column, columns.MEASURES))
    for title, found in (
        ("All orders", columns.ORDERS),
        ("Payments", columns.PAYMENTS),
        ("Recurring orders", columns.RECURRING),
    ):
        yield f"## {title}"
        rows = ((_code(column.name), column.shown.value) for column in found)
        yield _table(("column", "shown as"), rows)


def _column(column: columns.Column) -> tuple[str, str, str]:
    return _code(column.name), column.shown.value, column.definition


def _transitions() -> Iterator[str]:
    yield "# Transitions"
    yield (
        "Every status, and everything that changes one. A status is derived from what is "
        "recorded and never set by hand; a step that is not listed here is a bug and raises "
        "`BrokenInvariant`."
    )
    yield from _machine("An order", ORDER_BEGINS, _rows(order_lifecycle.TRANSITIONS))
    yield from _machine("An invoice", INVOICE_BEGINS, _rows(invoice_lifecycle.TRANSITIONS))
    yield (
        "*Failed* and *Canceled* are left only for money that did arrive. An invoice of which a "
        "part was returned stays *Paid* and shows how much."
    )
    yield from _machine("A refund", REFUND_BEGINS, _rows(refund_lifecycle.TRANSITIONS))
    yield from _machine(
        "A recurring order", RECURRING_BEGINS, _rows(recurring_lifecycle.TRANSITIONS)
    )
    yield (
        "*Processing* is shown in place of these while a payment is under way; it is never kept. "
        "A payment that succeeds after it was *Failed* or *Completed* is booked, and leaves the "
        "status as it is, unless it is the last of all."
    )
    yield from _machine("Who made the sale", SALE_BEGINS, SALE_ROWS)
    yield (
        "Unconfirmed is shown red, confirmed green. Only a person confirms; confirming again "
        "corrects, and the history keeps both."
    )


def _rows(transitions: Mapping[Any, str]) -> tuple[Row, ...]:
    return tuple((status, str(what), to) for (status, what), to in transitions.items())


def _machine(title: str, begins: Mapping[str, str], rows: Sequence[Row]) -> Iterator[str]:
    """Yield a heading, a diagram and a table."""
    yield f"## {title}"
    arrows = [
        *(_arrow("[*]", label, status) for status, label in begins.items()),
        *(_arrow(status, what, to) for status, what, to in rows),
    ]
    yield "\n".join(["```mermaid", "stateDiagram-v2", *arrows, "```"])
    first = [(_NOTHING, label, status) for status, label in begins.items()]
    yield _table(["from", "what happens", "to"], [*first, *rows])


def _arrow(status: str, label: str, to: str) -> str:
    # To Mermaid a semicolon ends the arrow, and a name with a space would need an alias.
    words = label.replace("; ", ", ")
    if not (status == "[*]" or status.isalpha()) or not to.isalpha() or set(words) & set(";:#"):
        raise ValueError(f"this can't be drawn: {status} - {label} - {to}")
    return f"    {status} --> {to}: {words}"


def _permissions() -> Iterator[str]:
    yield "# Permissions"
    yield (
        "What a person, or the host's own program, can start, and the permission that it asks "
        "for. Placing and paying are the buyer's, whom the host lets in, and messages are the "
        "payment system's, which signs them; they ask for none. The checks, the actions that a "
        "row offers and `explain_action` read the same table. "
        "How to map your roles to permissions is in [the guide](../guides/permissions.md)."
    )
    yield "## Operations"
    yield _table(
        ["operation", "in code", "permission", "who", "offered on the row of"],
        [
            [
                operation.value,
                _code(f"Operation.{operation.name}"),
                _NOTHING if needed is None else needed.value,
                "a person" if operation in ONLY_PEOPLE else "a person, a program",
                _offered_on(operation),
            ]
            for operation, needed in NEEDS.items()
        ],
    )
    yield "## What each permission allows"
    yield _table(
        ["permission", "in code", "allows to"],
        [
            [permission.value, _code(f"Permission.{permission.name}"), _allowed(permission)]
            for permission in Permission
        ],
    )


def _offered_on(operation: Operation) -> str:
    partial = operation in ONLY_AMONG_PARTIAL
    orders = 'an order, while the filter "payment type" is Partial' if partial else "an order"
    found = [
        *([orders] if operation in ON_ORDERS else []),
        *(["a payment"] if operation in ON_PAYMENTS else []),
        *(["a recurring order"] if operation in ON_RECURRING else []),
    ]
    return ", ".join(found) or _NOTHING


def _allowed(permission: Permission) -> str:
    allowed = [operation for operation, needed in NEEDS.items() if needed is permission]
    return ", ".join(allowed) or "nothing yet"


def _events() -> Iterator[str]:
    yield "# Events"
    yield (
        "What an event can tell, with the sentence that a person reads. In italics: what the "
        "event fills in. The event's note follows in parentheses, and then the order's new status "
        "where it changed; who did it and when are fields beside."
    )
    yield _table(
        ["kind", "in code", "sentence"],
        [
            [kind.value, _code(f"EventKind.{kind.name}"), _sentence(SENTENCES[kind])]
            for kind in EventKind
        ],
    )


def _sentence(template: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: f"*{found[1].replace('_', ' ')}*", template)


def _errors() -> Iterator[str]:
    doc = errors.__doc__ or ""
    tree = doc.partition("::\n\n")[2].partition("\n\nErrors")[0]
    yield "# Errors and reasons"
    yield (
        "Everything that this library raises stands in one tree; its second level says whose turn "
        "it is to act. Nothing has been changed when one of them is raised. Catch a branch, and "
        "answer with the number at its right, or with the one at the branch where there is none."
    )
    yield "\n".join(["```text", *(line.removeprefix("    ") for line in tree.splitlines()), "```"])
    yield "## Errors"
    yield (
        "The code stays the same between versions. The facts are fields; the message is made of "
        "them."
    )
    yield _table(
        ["error", "code", "HTTP", "when", "facts"],
        [_error(kind, http) for kind, http in leaves(tree).items()],
    )
    yield "## In a web host"
    yield (
        "The same numbers as code, for whatever framework you have; the guides to hosts use it. "
        "It is the file `docs/examples/http_answers.py`: put it beside yours."
    )
    yield f"```python\n{ANSWERS.read_text('utf-8')}```"
    yield "## Reasons"
    yield (
        "What `explain_action`, `explain_open` and `recurring.explain` answer, each about its own "
        "subject: an amount, an invoice, the order. The reason for a refusal has the code of the error that starting "
        "it would raise, and its words; of a payment under way it is the turn of whoever that "
        "payment waits for."
    )
    yield _table(
        ["code", "says", "whose turn it is"],
        [
            [_code(code), meaning.words, meaning.awaited or _NOTHING]
            for code, meaning in MEANINGS.items()
        ],
    )


def _simulator() -> Iterator[str]:
    yield "# The simulator"
    yield (
        "What the crash simulator holds a shop to, and what it does to it. How it goes about that "
        "is [explained](../explanation/simulator.md), and how to run it on your own storage and "
        "gateway is in [the guide](../guides/simulating.md)."
    )
    yield "## What must hold"
    yield "A violation names the invariant by its number and its words."
    rows = ([str(number), words] for number, words in INVARIANTS.items())
    yield _table(["number", "invariant"], rows)
    yield "## What goes wrong"
    yield "Of a thousand calls of a sort, so many meet the fault."
    yield _table(
        ["fault", "in code", "of a thousand"],
        [[fault.value, _code(f"FaultKind.{fault.name}"), _rates(fault)] for fault in FaultKind],
    )


def _rates(fault: FaultKind) -> str:
    found = [f"{rates[fault]} {sort}" for sort, rates in PER_MILLE.items() if fault in rates]
    return ", ".join(found)


def leaves(tree: str) -> dict[type[OrdersalesError], str]:
    """Return every error that is raised, as drawn, with the HTTP status to answer with."""
    numbers: dict[type[OrdersalesError], str] = {}
    for line in tree.splitlines():
        found = _ERROR.fullmatch(line.rstrip())
        if found is None:  # the root, to which nothing is said
            continue
        kind: type[OrdersalesError] = getattr(errors, found["name"])
        numbers[kind] = found["http"].strip() or numbers[kind.__mro__[1]]
    branches = {kind.__mro__[1] for kind in numbers}
    return {kind: http for kind, http in numbers.items() if kind not in branches}


def _error(kind: type[OrdersalesError], http: str) -> list[str]:
    summary = (kind.__doc__ or "").splitlines()[0].rstrip(".")
    facts = ", ".join(_code(item.name) for item in attrs.fields(cast("Any", kind)))
    return [_code(kind.__name__), _code(kind.code), http, summary, facts]


def main() -> None:
    """Write every page."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
