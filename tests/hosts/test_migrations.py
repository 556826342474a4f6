"""The example of a host's own migrations: up, down, and from an earlier version's data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from alembic import command
from sqlalchemy import Engine, MetaData, Table, create_engine, inspect

from ordersales.adapters.sqlalchemy import sqlite_engine, tables
from tests.hosts.migrated import SCHEMA, configured, copied, with_schema
from tests.postgres import Database
from tests.sql_stores import everything, sell

#: The tables of the example, in a schema of their own and without one.
SALES: Final = tables(prefix="sales_", schema=SCHEMA)
PLAIN: Final = tables(prefix="sales_")


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    """Return an engine on an empty database."""
    engine = create_engine(database.url)
    yield engine
    engine.dispose()


def test_from_nothing_to_the_newest_and_back(database: Database, engine: Engine) -> None:
    """The tables are those of the library to the last index, and a shop works with them."""
    config = with_schema(database)
    command.upgrade(config, "head")

    command.check(config)
    sell(engine, SALES, "cart")
    assert 3 == len(everything(engine, SALES)["sales_orders"])

    command.downgrade(config, "0001")
    assert [] == inspect(engine).get_table_names(SCHEMA)
    assert ["alembic_version", "users"] == sorted(inspect(engine).get_table_names())


def test_an_earlier_versions_data_is_carried_over(database: Database, engine: Engine) -> None:
    """What a column of the newer version holds is what it would have held all along."""
    config = with_schema(database)
    command.upgrade(config, "head")
    for cart in range(3):
        sell(engine, SALES, f"cart-{cart}")
    as_it_was = everything(engine, SALES)

    command.downgrade(config, "0002")
    earlier = Table("sales_invoices", MetaData(), schema=SCHEMA, autoload_with=engine)
    assert "opens_order" not in earlier.c

    command.upgrade(config, "head")
    assert as_it_was == everything(engine, SALES)
    sell(engine, SALES, "cart after")
    assert 12 == len(everything(engine, SALES)["sales_orders"])


# SQLite does not tell of indexes over expressions, so Alembic can't compare them, and says so.
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression")
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_what_alembic_writes_by_itself_makes_a_shop_on_sqlite(tmp_path: Path) -> None:
    """Up, nothing left to do, a shop at work, and down again."""
    file = tmp_path / "shop.sqlite"
    with copied() as scripts:
        config = configured(f"sqlite:///{file}", scripts)
        command.upgrade(config, "head")
        command.revision(config, "ours", autogenerate=True, rev_id="0002")
        command.upgrade(config, "head")
        command.check(config)
        engine = sqlite_engine(file)
        sell(engine, PLAIN, "cart")
        assert 3 == len(everything(engine, PLAIN)["sales_orders"])
        made = {index["name"] for index in inspect(engine).get_indexes("sales_orders")}
        assert {str(index.name) for index in PLAIN.orders.indexes} == made
        engine.dispose()
        command.downgrade(config, "0001")
