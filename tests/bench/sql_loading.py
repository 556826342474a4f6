"""Subject: many orders loaded at once, beside the same rows by the driver alone."""

from __future__ import annotations

import gc
from datetime import datetime
from time import perf_counter
from typing import Any

from attrs import evolve
from lists import ACME, many_orders
from sql_databases import TABLES, Database
from sqlalchemy import Engine

from ordersales import IdempotencyKey
from ordersales.adapters.sqlalchemy import SqlStore
from ordersales.adapters.sqlalchemy.rows import invoice_rows, order_row


def loading(database: Database, orders: int) -> str:
    """Measure loading orders with three invoices each, beside the same rows by the driver alone."""
    made = [_threefold(order) for order in many_orders(orders)]
    kept = [order_row(evolve(order, version=1)) for order in made]
    paid = [row for order in made for row in invoice_rows(order).values()]
    gc.collect()
    gc.freeze()  # what they hold is not looked through again and again
    with database.new() as engine:
        begun = perf_counter()
        SqlStore(engine).load(ACME, made)
        took = perf_counter() - begun
    with database.new() as engine:
        begun = perf_counter()
        for rows, table in ((kept, TABLES.orders), (paid, TABLES.invoices)):
            _driver_alone(engine, table, rows)
        by = perf_counter() - begun
    gc.unfreeze()
    rows_each = (len(kept) + len(paid)) / orders
    way = "COPY" if database.name == "PostgreSQL" else "executemany"
    return (
        f"| {database.name} | {orders * rows_each / took:,.0f} | {way} "
        f"| {orders * rows_each / by:,.0f} | {took / by:.2f} |"
    )


def _threefold(order: Any) -> Any:
    (paid,) = order.invoices
    number = 3 * paid.number
    invoices = [
        evolve(paid, number=number + at, key=IdempotencyKey(f"pay-{number + at}"))
        for at in range(3)
    ]
    return evolve(order, invoices=tuple(invoices))


def _driver_alone(engine: Engine, table: Any, rows: list[dict[str, Any]]) -> None:
    names = list(rows[0])
    with engine.begin() as connection:
        driver: Any = connection.connection.driver_connection
        columns = ", ".join(f'"{name}"' for name in names)
        if engine.dialect.name == "sqlite":
            places = ", ".join("?" * len(names))
            values = [
                tuple(
                    str(value.replace(tzinfo=None)) if isinstance(value, datetime) else value
                    for value in row.values()
                )
                for row in rows
            ]
            driver.executemany(f"INSERT INTO {table.name} ({columns}) VALUES ({places})", values)  # noqa: S608 - names of ours
            return
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(tuple(row.values()))
