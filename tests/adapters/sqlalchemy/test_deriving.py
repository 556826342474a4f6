"""The columns that follow from records are written anew, whatever stands there."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, update

from ordersales.adapters.sqlalchemy import derive_again, tables
from tests.sql_stores import everything, sell

TABLES = tables()


@pytest.mark.parametrize("engine", ["on_sqlite", "on_postgres"])
@pytest.mark.parametrize("batch", [1, 2, 500])
def test_wrong_columns_become_right(
    engine: str, batch: int, request: pytest.FixtureRequest
) -> None:
    """However many records are read at a time, none is left out, and nothing else is written."""
    database: Engine = request.getfixturevalue(engine)
    for cart in range(2):
        sell(database, TABLES, f"{batch} {cart}")
    right = everything(database, TABLES)
    orders, invoices = len(right["ordersales_orders"]), right["ordersales_invoices"]
    with database.begin() as connection:
        connection.execute(update(TABLES.orders).values(price=1, customer_folded="nobody"))
        connection.execute(update(TABLES.invoices).values(opens_order=False, covers=1))
        connection.execute(update(TABLES.refunds).values(status="unheard of"))
        connection.execute(update(TABLES.recurring_orders).values(payments_made=9))
    assert invoices != everything(database, TABLES)["ordersales_invoices"]

    with database.begin() as connection:
        count = derive_again(connection, TABLES, batch=batch)

    assert right == everything(database, TABLES)
    assert count == orders + len(right["ordersales_recurring_orders"])
