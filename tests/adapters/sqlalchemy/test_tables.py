"""The tables in a host's own database: its metadata, its schema, its names."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, event, inspect, text

from ordersales.adapters.sqlalchemy import (
    AsyncSqlStore,
    SqlStore,
    Tables,
    async_sqlite_engine,
    set_up_sqlite,
    sqlite_engine,
    tables,
)
from ordersales.errors import InvalidInput
from ordersales.testing.contracts.samples import an_event, an_order
from ordersales.values.identifiers import AccountId
from tests.postgres import Database

ACME = AccountId("acme")


def lives(store: SqlStore) -> bool:
    """Tell whether an order can be kept and found."""
    with store.transaction(ACME) as tx:
        order = tx.orders.add(an_order(ACME, tx.orders.next_number()))
        tx.events.append([an_event(order)])
        tx.events.acknowledge("books", 1)
    with store.transaction(ACME) as tx:
        return tx.orders.get(order.number) == order and len(tx.events.after(0, 9)) == 1


def test_a_prefix_and_a_schema_are_the_hosts_to_choose(database: Database) -> None:
    """Tables, constraints and indexes stand in the schema, and their names begin with the prefix."""
    engine = create_engine(database.url)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA shop"))
    kept = tables(MetaData(), prefix="os_", schema="shop")
    store = SqlStore(engine, kept)
    store.create_tables()

    assert lives(store)
    found = inspect(engine)
    assert [] == found.get_table_names()
    names = found.get_table_names("shop")
    assert len(kept.in_order) == len(names)
    names += [str(item["name"]) for name in names for item in found.get_indexes(name, "shop")]
    assert set() == {name for name in names if not name.startswith("os_")}
    engine.dispose()


def test_a_host_may_have_schemas_by_other_names(database: Database) -> None:
    """An engine that says in which schema the tables are is asked there, and nowhere else."""
    engine = create_engine(database.url)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA north"))
    there = engine.execution_options(schema_translate_map={None: "north"})
    store = SqlStore(there)
    store.create_tables()

    assert lives(store)
    assert [] == inspect(engine).get_table_names()
    there.dispose()


def test_an_asynchronous_host_makes_the_tables(tmp_path: Path) -> None:
    """With no migrations and no synchronous engine."""

    async def host() -> None:
        engine = async_sqlite_engine(tmp_path / "shop.sqlite")
        await AsyncSqlStore(engine).create_tables()
        await engine.dispose()

    asyncio.run(host())
    engine = sqlite_engine(tmp_path / "shop.sqlite")

    assert lives(SqlStore(engine))
    engine.dispose()


def test_two_stores_share_a_database_by_their_prefixes(tmp_path: Path) -> None:
    """What is kept in one is not seen in the other."""
    engine = sqlite_engine(tmp_path / "shop.sqlite")
    for prefix in ("one_", "two_"):
        store = SqlStore(engine, tables(MetaData(), prefix=prefix))
        store.create_tables()
        store.create_tables()
        assert lives(store)
    engine.dispose()


def test_only_tables_of_the_store_are_made(tmp_path: Path) -> None:
    """The host's own metadata may hold its own tables, which are its own to make."""
    metadata = MetaData()
    Table("visits", metadata, Column("at", Integer))
    engine = sqlite_engine(tmp_path / "shop.sqlite")
    kept = tables(metadata)
    SqlStore(engine, kept).create_tables()

    made = inspect(engine).get_table_names()
    assert "visits" not in made
    assert sorted(table.name for table in kept.in_order) == made
    engine.dispose()


def test_every_table_is_in_order() -> None:
    """All are named, each behind those that it refers to."""
    kept = tables()
    in_order = kept.in_order

    fields = {name: getattr(kept, name) for name in Tables.__annotations__ if name != "metadata"}
    assert set(fields.values()) == set(in_order) == set(kept.metadata.tables.values())
    for at, table in enumerate(in_order):
        assert {key.column.table for key in table.foreign_keys} <= set(in_order[:at])


def test_a_file_is_set_up_for_an_order_book(tmp_path: Path) -> None:
    """Readers don't wait, commits reach the disk, references hold and what is erased is gone."""
    engine = sqlite_engine(str(tmp_path / "shop.sqlite"), patience=1.5)
    with engine.connect() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in (
                "journal_mode",
                "synchronous",
                "foreign_keys",
                "secure_delete",
                "busy_timeout",
            )
        }

    expected = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 1500,
    }
    assert expected == found
    engine.dispose()


def test_an_engine_of_another_database_is_refused() -> None:
    """What no statement was written for is not guessed at; neither is what is no engine."""
    driver = SimpleNamespace(paramstyle="format")
    for given in (create_engine("mysql+mysqldb://", module=driver), "sqlite:///shop.sqlite"):
        with pytest.raises(InvalidInput, match="an Engine of SQLite or PostgreSQL"):
            SqlStore(given)  # type: ignore[arg-type] - what is refused
    with pytest.raises(InvalidInput, match="an AsyncEngine of SQLite or PostgreSQL"):
        AsyncSqlStore(create_engine("sqlite://"))  # type: ignore[arg-type] - what is refused


@pytest.mark.rule("E2")
def test_what_is_erased_is_in_no_file(tmp_path: Path) -> None:
    """Neither the database nor its log holds the words any more, while it is still in use."""
    secret = "Ada-Lovelace-of-London"  # noqa: S105 - to be erased
    engine = sqlite_engine(tmp_path / "shop.sqlite")
    store = SqlStore(engine)
    store.create_tables()
    with store.transaction(ACME) as tx:
        order = tx.orders.add(an_order(ACME, tx.orders.next_number()))
        tx.events.append([an_event(order, f"{secret} {n}") for n in range(50)])

    def found() -> bool:
        return any(secret.encode() in file.read_bytes() for file in tmp_path.iterdir())

    assert found()
    with store.transaction(ACME) as tx:
        tx.events.erase_notes(order.number)

    assert not found()
    engine.dispose()


def test_an_engine_of_the_hosts_own_can_be_set_up_alike(tmp_path: Path) -> None:
    """The same settings are there for a connection that the host has made."""
    engine = create_engine(f"sqlite:///{tmp_path}/shop.sqlite")
    event.listen(engine, "connect", set_up_sqlite)
    with engine.connect() as connection:
        assert "wal" == connection.execute(text("PRAGMA journal_mode")).scalar()
    engine.dispose()
