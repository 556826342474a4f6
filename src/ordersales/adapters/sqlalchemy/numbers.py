"""Serial numbers: two series in each account, each number given once (rule O4)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, bindparam, func, select

from ordersales.adapters.sqlalchemy.apart import Apart
from ordersales.adapters.sqlalchemy.dialects import insert_into
from ordersales.adapters.sqlalchemy.line import Line
from ordersales.adapters.sqlalchemy.prepared import Prepared
from ordersales.adapters.sqlalchemy.tables import Tables


class Numbers:
    """Gives out numbers.

    On PostgreSQL each is committed at once, apart from the transaction that asks: nobody waits for
    a number while an order is committed, and those of a transaction that is rolled back are left
    out. That commit need not reach the disk by itself: it stands before that of the order in the
    log, so that an order is never there without its number being used up. SQLite lets one
    transaction write at a time, and there the numbers are counted in it.
    """

    def __init__(self, tables: Tables, dialect: str, apart: Apart | None) -> None:
        """Give numbers in the transaction that asks, or where there is an `apart`, there."""
        self._apart = apart
        columns = tables.numbers.c
        self.next_order: Prepared = Prepared(self._next(tables, dialect, columns.last_order))
        self.next_invoice: Prepared = Prepared(self._next(tables, dialect, columns.last_invoice))

    def _next(self, tables: Tables, dialect: str, column: Column[Any]) -> Any:
        # What was skipped for all accounts is added to what is counted in each (rule C6).
        skipped = select(tables.installation.c.skipped).scalar_subquery()
        given = [column + func.coalesce(skipped, 0)]
        if self._apart is not None:
            given.append(func.set_config("synchronous_commit", "off", True))  # noqa: FBT003 - SQL's way: for this transaction
        first: dict[str, Any] = {
            "account": bindparam("account"),
            "last_order": 0,
            "last_invoice": 0,
        }
        return (
            insert_into(dialect, tables.numbers)
            .values(first | {column.name: 1})
            .on_conflict_do_update(index_elements=["account"], set_={column.name: column + 1})
            .returning(*given)
        )

    def next(self, line: Line, statement: Prepared) -> int:
        """Return the next number of a series: `next_order` or `next_invoice`."""
        if self._apart is None:
            return int(line.value(statement))
        return int(self._apart.value(statement, {"account": line.account}))
