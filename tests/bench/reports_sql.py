"""Subject: reports in a host's database, beside SQL that somebody writes by hand for one of them.

``python tests/bench/reports_sql.py --payments 200000`` measures this subject alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any, Final

from measure import Goal, Table
from sql_databases import TABLES, Database, databases, look
from sqlalchemy import Connection, text

from ordersales.adapters.sqlalchemy import SqlStore
from ordersales.models.report import Dimension, ReportScope
from ordersales.services.reporting import DETAILS
from ordersales.values.identifiers import AccountId

ACME: Final = AccountId("acme")
MILLION: Final = 1_000_000
ROUNDS: Final = 5
SCOPE: Final = ReportScope(zone="Europe/Berlin")
ALL: Final = "all five, rolled up from one pass"
FIVE: Final = "five queries by hand"
ONE: Final = "by category"
ONE_BY_HAND: Final = "by category, by hand"

# --- the input ------------------------------------------------------------------------------

_MOMENT: Final = {
    "postgresql": "(TIMESTAMPTZ '2021-01-01Z' + (i % 2600000) * INTERVAL '1 minute')",
    "sqlite": "(strftime('%Y-%m-%d %H:%M:%S', 1609459200 + (i % 2600000) * 60, 'unixepoch')"
    " || '.000000')",
}
#: As long as the record of an order with one invoice.
_RECORD: Final = {"postgresql": "lpad('', 1200, md5(i::text))", "sqlite": "hex(randomblob(600))"}
_COUNTED: Final = (
    "WITH RECURSIVE counted(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counted WHERE i < {count})"
)
_ORDERS: Final = {
    "account": "'acme'",
    "number": "i",
    "version": "1",
    "key": "'cart-' || i",
    "placed_at": "{moment}",
    "customer": "'c-' || (i % 30000)",
    "customer_folded": "'customer ' || (i % 30000)",
    "status": "CASE WHEN i % 20 = 0 THEN 'Refund' ELSE 'Completed' END",
    "offer": "'C-' || (i % 50 * 7919 % 50)",
    "offer_name": "'Course ' || (i % 50 * 7919 % 50)",
    "offer_folded": "'course ' || (i % 50 * 7919 % 50)",
    "category": "'' || (i % 50 * 7919 % 50 % 8)",
    "category_name": "'Learning ' || (i % 50 * 7919 % 50 % 8)",
    "currency": "CASE WHEN i % 5 = 0 THEN 'JPY' ELSE 'EUR' END",
    "price": "1000 + i % 9001",
    "unit_price": "1000 + i % 9001",
    "quantity": "1 + i % 3",
    "manager": "CASE WHEN i % 11 = 0 THEN 'm-' || (i % 12) END",
    "manager_name": "CASE WHEN i % 11 = 0 THEN 'Manager ' || (i % 12) ELSE '' END",
    "manager_folded": "CASE WHEN i % 11 = 0 THEN 'manager ' || (i % 12) ELSE '' END",
    "confirmed": "i % 22 = 0",
    "payment_type": "'Full'",
    "needs_attention": "i % 1009 = 0",
    "record": "{record}",
}
_INVOICES: Final = {
    "account": "'acme'",
    "number": "i",
    "order_number": "i",
    "place": "1",
    "key": "'pay-' || i",
    "attempted_at": "{moment}",
    "status": "CASE WHEN i % 20 = 0 THEN 'Refunded' ELSE 'Paid' END",
    "system": "'System ' || (i % 4)",
    "currency": "CASE WHEN i % 5 = 0 THEN 'JPY' ELSE 'EUR' END",
    "amount": "1000 + i % 9001",
    "covers": "1000 + i % 9001",
    "commission": "CASE WHEN i % 4 > 0 THEN 30 + i % 70 END",
    "paid_at": "{moment}",
    "opens_order": "1 = 1",
}
_REFUNDS: Final = {
    "account": "'acme'",
    "invoice": "20 * i",
    "number": "1",
    "kind": "'refund'",
    "status": "'Succeeded'",
    "currency": "CASE WHEN 20 * i % 5 = 0 THEN 'JPY' ELSE 'EUR' END",
    "amount": "1000 + 20 * i % 9001",
    "returned_at": "{moment}",
}


def fill(connection: Connection, payments: int) -> None:
    """Write so many orders, paid once each; one in twenty was returned."""
    contents = (
        (TABLES.orders, _ORDERS, payments),
        (TABLES.invoices, _INVOICES, payments),
        (TABLES.refunds, _REFUNDS, payments // 20),
    )
    dialect = connection.dialect.name
    filled = {"moment": _MOMENT[dialect], "record": _RECORD[dialect]}
    for table, columns, count in contents:
        for index in table.indexes:  # made faster than it is kept
            index.drop(connection)
        counted = _COUNTED.format(count=count)
        chosen = ", ".join(columns.values()).format(**filled)
        into = f"INSERT INTO {table.fullname} ({', '.join(columns)})"
        statement = f"{counted} {into} SELECT {chosen} FROM counted"  # noqa: S608 - all of it stands above
        connection.execute(text(statement.replace(":", r"\:")))
        for index in table.indexes:
            index.create(connection)


# --- by hand --------------------------------------------------------------------------------

#: What a person writes who needs one breakdown: the same figures from the same tables.
_BY_HAND: Final = """
SELECT {keys}, SUM(opens) AS orders, SUM(paid) AS payments, SUM(units) AS units,
    SUM(gross) AS gross, SUM(refunds) AS refunds, SUM(commission) AS commission,
    SUM(CASE WHEN paid = 1 AND commission IS NULL THEN 1 ELSE 0 END) AS commission_unknown,
    SUM(CASE WHEN status = 'Completed' THEN gross - refunds ELSE 0 END) AS completed
FROM (
    SELECT {columns}, CASE WHEN i.opens_order THEN 1 ELSE 0 END AS opens, 1 AS paid,
        CASE WHEN i.opens_order THEN o.quantity ELSE 0 END AS units, i.amount AS gross,
        0 AS refunds, i.commission, o.status
    FROM ordersales_invoices i
    JOIN ordersales_orders o ON o.account = i.account AND o.number = i.order_number
    WHERE i.account = 'acme' AND i.paid_at IS NOT NULL
    UNION ALL
    SELECT {columns}, 0, 0, 0, 0, r.amount, NULL, o.status
    FROM ordersales_refunds r
    JOIN ordersales_invoices i ON i.account = r.account AND i.number = r.invoice
    JOIN ordersales_orders o ON o.account = i.account AND o.number = i.order_number
    WHERE r.account = 'acme' AND r.returned_at IS NOT NULL
) AS moved
GROUP BY {keys}
"""
_KEYS: Final = {
    Dimension.CURRENCY: ("i.currency",),
    Dimension.SYSTEM: ("i.system", "i.currency"),
    Dimension.OFFER: ("o.offer", "o.offer_name", "i.currency"),
    Dimension.CATEGORY: ("o.category", "o.category_name", "i.currency"),
    Dimension.MANAGER: ("o.manager", "o.manager_name", "o.confirmed", "i.currency"),
}


def by_hand(connection: Connection, dimension: Dimension) -> object:
    """Ask what a person asks for one breakdown."""
    columns = _KEYS[dimension]
    keys = ", ".join(name.partition(".")[2] for name in columns)
    return connection.execute(text(_BY_HAND.format(keys=keys, columns=", ".join(columns)))).all()


# --- the comparison -------------------------------------------------------------------------


def tables(payments: int = MILLION) -> list[Table]:
    """Measure both databases, filled with so many payments."""
    with databases() as both:
        return [_table(database, payments) for database in both]


def _table(database: Database, payments: int) -> Table:
    with database.new() as engine:
        with engine.begin() as connection:
            fill(connection, payments)
        look(engine)
        with SqlStore(engine).transaction(ACME) as tx, engine.connect() as connection:

            def ours(*dimensions: Dimension) -> Callable[[], object]:
                return partial(tx.orders.summed, (*dimensions, Dimension.CURRENCY), SCOPE)

            def five() -> None:
                for dimension in DETAILS:
                    by_hand(connection, dimension)

            acts: dict[str, Callable[[], object]] = {
                ALL: partial(tx.orders.summed, DETAILS, SCOPE),
                FIVE: five,
                ONE: ours(Dimension.CATEGORY),
                ONE_BY_HAND: partial(by_hand, connection, Dimension.CATEGORY),
                "by day in Berlin": ours(Dimension.DAY),
                "by month in Berlin": ours(Dimension.MONTH),
            }
            rounds = _rounds(acts)
    return Table(
        title=f"Reports of {payments:,} payments in {database.name}",
        unit="ms",
        base=FIVE,
        does=dict.fromkeys(acts, "one statement") | {FIVE: "five statements"},
        rounds=rounds,
        goals=(Goal(ALL, FIVE, 0.6), Goal(ONE, ONE_BY_HAND, 1.15)),
        notes="Each order was paid once and has a record of 1,200 letters beside its columns; by "
        "hand the same figures are asked of the same tables.",
    )


def _rounds(acts: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    taken: dict[str, list[Any]] = {name: [] for name in acts}
    for turn in range(ROUNDS + 1):
        for name, act in acts.items():
            begun = perf_counter()
            act()
            if turn:  # once unmeasured: pages are read, statements made
                taken[name].append(1000 * (perf_counter() - begun))
    return taken


def main() -> None:
    """Measure this subject alone, and print it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--payments", type=int, default=MILLION)
    for table in tables(arguments.parse_args().payments):
        print(table.markdown(), end="\n\n")


if __name__ == "__main__":
    main()
