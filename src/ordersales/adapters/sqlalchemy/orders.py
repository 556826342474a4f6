"""The orders as one transaction sees them; the contract is that of `ordersales.ports.storage`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from attrs import evolve
from sqlalchemy import Integer, Select, bindparam, select

from ordersales.adapters.sqlalchemy import figures, lists
from ordersales.adapters.sqlalchemy.documents import read, written
from ordersales.adapters.sqlalchemy.line import Line
from ordersales.adapters.sqlalchemy.numbers import Numbers
from ordersales.adapters.sqlalchemy.prepared import Prepared
from ordersales.adapters.sqlalchemy.rows import (
    Row,
    differing,
    invoice_rows,
    its,
    order_changes,
    order_row,
    refund_key_rows,
    refund_rows,
)
from ordersales.adapters.sqlalchemy.tables import Tables
from ordersales.models.filters import OrderFilter, OrderSort, PaymentSort, Place, Slice
from ordersales.models.order import Order, Payment
from ordersales.models.report import Dimension, ReportScope
from ordersales.reports.cells import Cell
from ordersales.reports.facts import Fact
from ordersales.rules.sorting import order_place, payment_place
from ordersales.values.identifiers import (
    IdempotencyKey,
    InvoiceNumber,
    OrderNumber,
)

K = TypeVar("K")


class OrderStatements:
    """What is asked of the tables of orders; made once, so that SQLAlchemy compiles it once."""

    def __init__(self, tables: Tables) -> None:
        """Ask these tables."""
        self.tables = tables
        orders, invoices, refunds = tables.orders.c, tables.invoices.c, tables.refunds.c
        keys = tables.refund_keys.c
        found = select(orders.record).where(orders.account == bindparam("account"))
        self.get: Prepared = Prepared(found.where(orders.number == bindparam("number")))
        self.by_key: Prepared = Prepared(found.where(orders.key == bindparam("key")))
        self.by_payment_key: Prepared = Prepared(
            found.where(
                invoices.account == orders.account,
                invoices.order_number == orders.number,
                invoices.key == bindparam("key"),
            )
        )
        self.by_refund_key: Prepared = Prepared(
            found.where(
                keys.account == orders.account,
                keys.order_number == orders.number,
                keys.key == bindparam("key"),
            )
        )
        occurrences: Select[Any] = found.where(
            orders.recurring_order == bindparam("recurring_order")
        ).order_by(orders.occurrence)
        self.occurrences: Prepared = Prepared(occurrences)
        self.occurrence: Prepared = Prepared(
            occurrences.where(orders.occurrence == bindparam("index"))
        )
        self.to_check: Prepared = Prepared(
            select(orders.number)
            .where(orders.account == bindparam("account"), orders.next_check <= bindparam("now"))
            .order_by(orders.next_check, orders.number)
            .limit(bindparam("limit", type_=Integer))
        )
        self.add: Prepared = Prepared(tables.orders.insert())
        self.save: Prepared = Prepared(
            tables.orders.update().where(
                orders.account == bindparam("its_account"),
                orders.number == bindparam("its_number"),
                orders.version == bindparam("its_version"),
            )
        )
        self.add_invoices: Prepared = Prepared(tables.invoices.insert())
        self.save_invoices: Prepared = Prepared(
            tables.invoices.update().where(
                invoices.account == bindparam("its_account"),
                invoices.number == bindparam("its_number"),
            )
        )
        self.add_refunds: Prepared = Prepared(tables.refunds.insert())
        self.save_refunds: Prepared = Prepared(
            tables.refunds.update().where(
                refunds.account == bindparam("its_account"),
                refunds.invoice == bindparam("its_invoice"),
                refunds.number == bindparam("its_number"),
            )
        )
        self.add_refund_keys: Prepared = Prepared(tables.refund_keys.insert())


class SqlOrders:
    """The orders of one account."""

    def __init__(self, line: Line, statements: OrderStatements, numbers: Numbers) -> None:
        """Read and write through a transaction's line."""
        self._line = line
        self._ask = statements
        self._numbers = numbers
        # As they were read or written here, so that saving knows which rows have changed.
        self._known: dict[OrderNumber, Order] = {}

    def next_number(self) -> OrderNumber:
        """Return the next order number."""
        return OrderNumber(self._numbers.next(self._line, self._numbers.next_order))

    def next_invoice_number(self) -> InvoiceNumber:
        """Return the next invoice number."""
        return InvoiceNumber(self._numbers.next(self._line, self._numbers.next_invoice))

    def add(self, order: Order) -> Order:
        """Write a new order."""
        added = evolve(order, version=order.version + 1)
        self._line.run(self._ask.add, order_row(added), _naming(added))
        self._write_parts(None, added)
        return self._remembered(added)

    def get(self, number: OrderNumber) -> Order | None:
        """Return the order with that number."""
        return self._one(self._ask.get, number=number)

    def save(self, order: Order) -> Order:
        """Write what an order has become."""
        before = self._known.get(order.number)
        if before is None or before.version != order.version:
            before = self.get(order.number)
        if before is None or before.version != order.version:
            raise self._line.conflict(f"order {order.number}")
        saved = evolve(order, version=order.version + 1)
        values = order_changes(before, saved) | {
            "record": written(saved),
            "its_account": before.account,
            "its_number": before.number,
            "its_version": before.version,
        }
        if self._line.run(self._ask.save, values, _naming(saved)).rowcount != 1:
            raise self._line.conflict(f"order {order.number}")
        self._write_parts(before, saved)
        return self._remembered(saved)

    def _write_parts(self, before: Order | None, after: Order) -> None:
        """Write those rows of invoices and refunds that are new or have changed."""
        if after.invoices == (() if before is None else before.invoices):
            return
        new, changed = _compared(invoice_rows, before, after)
        self._write(self._ask.add_invoices, new, "number", "invoice")
        self._rewrite(self._ask.save_invoices, changed, "account", "number")
        new, changed = _compared(refund_rows, before, after)
        self._write(self._ask.add_refunds, new, "number", "refund")
        self._rewrite(self._ask.save_refunds, changed, "account", "invoice", "number")
        new, _ = _compared(refund_key_rows, before, after)
        self._write(self._ask.add_refund_keys, new, "key", "refund")

    def _write(self, statement: Prepared, rows: list[Row], name: str, what: str) -> None:
        def taken(constraint: str) -> str:
            keyed = name == "key" or constraint.endswith(("_key", ".key"))
            field, words = ("key", "the key") if keyed else (name, what)
            return f"{words} {' or '.join(repr(row[field]) for row in rows)}"

        if rows:
            self._line.run(statement, rows if len(rows) > 1 else rows[0], taken)

    def _rewrite(self, statement: Prepared, changed: list[tuple[Row, Row]], *names: str) -> None:
        """Write what is new in rows of which each is found by `names`."""
        columns = {name: None for rows in changed for name in differing(*rows)}
        values = [
            its(after, *names) | {name: after[name] for name in columns} for _, after in changed
        ]
        if values:
            self._line.run(statement, values if len(values) > 1 else values[0])

    def find_by_key(self, key: IdempotencyKey) -> Order | None:
        """Return the order placed under `key`."""
        return self._one(self._ask.by_key, key=key)

    def find_by_payment_key(self, key: IdempotencyKey) -> Order | None:
        """Return the order with an invoice under `key`."""
        return self._one(self._ask.by_payment_key, key=key)

    def find_by_refund_key(self, key: IdempotencyKey) -> Order | None:
        """Return the order with a refund under `key`."""
        return self._one(self._ask.by_refund_key, key=key)

    def find_occurrence(self, recurring_order: OrderNumber, index: int) -> Order | None:
        """Return that occurrence of a recurring order."""
        return self._one(self._ask.occurrence, recurring_order=recurring_order, index=index)

    def occurrences(self, recurring_order: OrderNumber) -> tuple[Order, ...]:
        """Return all orders of a recurring order, by their index."""
        found = self._line.rows(self._ask.occurrences, recurring_order=recurring_order)
        return tuple(self._remembered(read(Order, text)) for (text,) in found)

    def to_check(self, now: datetime, limit: int) -> tuple[OrderNumber, ...]:
        """Return the orders whose next check has come."""
        found = self._line.rows(self._ask.to_check, now=now, limit=limit)
        return tuple(number for (number,) in found)

    def page(
        self, wanted: OrderFilter, sort: OrderSort, *, after: Place | None, limit: int
    ) -> Slice[Order]:
        """Return matching orders in the order of `sort`."""
        statement = lists.order_page(
            self._ask.tables, self._line.account, wanted, sort, after=after, limit=limit
        )
        found = [read(Order, text) for (text,) in self._line.run(statement)]
        return lists.sliced(found, limit, lambda order: order_place(order, sort.column))

    def payments(
        self, wanted: OrderFilter, sort: PaymentSort, *, after: Place | None, limit: int
    ) -> Slice[Payment]:
        """Return matching invoices in the order of `sort`."""
        statement = lists.payment_page(
            self._ask.tables, self._line.account, wanted, sort, after=after, limit=limit
        )
        orders: dict[str, Order] = {}
        found: list[Payment] = []
        for row in self._line.run(statement):
            # An order with several invoices on the page is read once.
            order = orders[row.record] = orders.get(row.record) or read(Order, row.record)
            found += [Payment(order, item) for item in order.invoices if item.number == row.number]
        return lists.sliced(found, limit, lambda payment: payment_place(payment, sort.column))

    def count(self, wanted: OrderFilter) -> int:
        """Return how many orders match."""
        statement = lists.order_count(self._ask.tables, self._line.account, wanted)
        return int(self._line.run(statement).scalar_one())

    def count_payments(self, wanted: OrderFilter) -> int:
        """Return how many invoices match."""
        statement = lists.payment_count(self._ask.tables, self._line.account, wanted)
        return int(self._line.run(statement).scalar_one())

    def summed(self, dimensions: Sequence[Dimension], scope: ReportScope) -> tuple[Cell, ...]:
        """Return the sums of all facts in `scope`, by `dimensions`."""
        return figures.summed(self._line, self._ask.tables, dimensions, scope)

    def facts(self, scope: ReportScope, *, after: tuple[int, int], limit: int) -> tuple[Fact, ...]:
        """Return the facts that are summed, by invoice and refund, behind `after`."""
        return figures.facts(self._line, self._ask.tables, scope, after, limit)

    def _one(self, statement: Any, **values: object) -> Order | None:
        text = self._line.value(statement, **values)
        return None if text is None else self._remembered(read(Order, text))

    def _remembered(self, order: Order) -> Order:
        self._known[order.number] = order
        return order


def _compared(
    rows_of: Callable[[Order], Mapping[Any, Row]], before: Order | None, after: Order
) -> tuple[list[Row], list[tuple[Row, Row]]]:
    """Return the rows that are new, and those that have changed, as they were and as they are."""
    known: Mapping[Any, Row] = {} if before is None else rows_of(before)
    rows = rows_of(after)
    new = [row for name, row in rows.items() if name not in known]
    both = [(known[name], row) for name, row in rows.items() if name in known]
    return new, [(was, row) for was, row in both if was != row]


def _naming(order: Order) -> Callable[[str], str]:
    """Return what says which of an order's names is taken."""

    def taken(constraint: str) -> str:
        if constraint.endswith(("_key", ".key")):
            return f"the key {order.key!r}"
        if constraint.endswith("occurrence") and order.occurrence is not None:
            which = order.occurrence
            return f"occurrence {which.index} of {which.recurring_order}"
        return f"order {order.number}"

    return taken
