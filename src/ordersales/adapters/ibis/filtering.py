"""The filter of a report as questions to a table of facts (rule L3).

Each field of the filter has one line in the table below: what it asks of a row, as
`ordersales.rules.filtering` asks it of an order or an invoice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from ordersales.adapters.ibis.untyped import Table, Whether, Whole
from ordersales.errors import InvalidInput, Problem
from ordersales.models.filters import OrderFilter, PaymentType
from ordersales.models.report import DateBasis, ReportScope
from ordersales.reports.facts import ticks
from ordersales.rules.filtering import asked
from ordersales.values.money import Money


def in_scope(table: Table, scope: ReportScope) -> Table:
    """Return the facts that a report counts: chosen by its filter, on its days (rule T7).

    Raises:
        InvalidInput: The filter asks for words in a name: facts name no customer (rule E2).
    """
    questions = [*_asked(table, scope.wanted), *_days(table, scope)]
    return table.filter(questions) if questions else table


def counted_at(table: Table, scope: ReportScope) -> Whole:
    """Return the moments that facts are counted at."""
    return table["at" if scope.basis is DateBasis.MOVED else "paid"]


def _asked(table: Table, wanted: OrderFilter) -> Iterator[Whether]:
    filled_in = asked(wanted)
    allowed = "nothing: facts that were exported name no customer"
    unknown = [Problem.of(name, filled_in[name], allowed) for name in filled_in.keys() - _ASKS]
    InvalidInput.unless_empty(unknown)
    for name, value in filled_in.items():
        yield _ASKS[name](table, value)


def _days(table: Table, scope: ReportScope) -> Iterator[Whether]:
    at, since, before = counted_at(table, scope), scope.since, scope.before
    if since is not None:
        yield at >= ticks(since)
    if before is not None:
        yield at < ticks(before)


def _costs_at_least(table: Table, least: Money) -> Whether:
    return (table.price_currency == least.currency.code) & (table.price >= least.minor)


def _costs_at_most(table: Table, most: Money) -> Whether:
    return (table.price_currency == most.currency.code) & (table.price <= most.minor)


def _statuses(column: str) -> Callable[[Table, frozenset[str]], Whether]:
    return lambda table, statuses: table[column].isin(sorted(map(str, statuses)))


def _is(column: str) -> Callable[[Table, Any], Whether]:
    return lambda table, value: table[column] == value


def _flag(column: str) -> Callable[[Table, bool], Whether]:
    return lambda table, value: table[column] == int(value)


def _from(column: str) -> Callable[[Table, datetime], Whether]:
    return lambda table, moment: table[column] >= ticks(moment)


def _before(column: str) -> Callable[[Table, datetime], Whether]:
    return lambda table, moment: table[column] < ticks(moment)


#: What each field asks of a row.
_ASKS: Final[dict[str, Callable[[Table, Any], Whether]]] = {
    "number": _is("order"),
    "customer": _is("customer"),
    "statuses": _statuses("status"),
    "offer": _is("offer"),
    "category": _is("category"),
    "placed_from": _from("placed"),
    "placed_before": _before("placed"),
    "currency": lambda table, currency: table.price_currency == currency.code,
    "price_from": _costs_at_least,
    "price_to": _costs_at_most,
    "manager": _is("manager"),
    "system_sale": lambda table, yes: (table.manager == "") if yes else (table.manager != ""),
    "confirmed": _flag("confirmed"),
    "payment_type": lambda table, kind: table.partial == int(kind is PaymentType.PARTIAL),
    "recurring": _flag("recurring"),
    "needs_attention": _flag("needs_attention"),
    "invoice": _is("invoice"),
    "payment_statuses": _statuses("payment_status"),
    "system": _is("system"),
    "paid_from": _from("paid"),
    "paid_before": _before("paid"),
}
