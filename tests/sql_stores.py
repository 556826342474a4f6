"""SQL stores as a process opens them, by the address of their database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import create_engine, make_url

from ordersales.adapters.sqlalchemy import SqlStore, Tables, sqlite_engine, tables

#: Made once, so that processes that are forked from this one have them.
TABLES: Final[Tables] = tables()


@contextmanager
def sql_store(url: str) -> Iterator[SqlStore]:
    """Open the store in a database, and close all its connections in the end."""
    file = make_url(url)
    is_file = file.get_backend_name() == "sqlite"
    engine = sqlite_engine(str(file.database)) if is_file else create_engine(url)
    try:
        yield SqlStore(engine, TABLES)
    finally:
        engine.dispose()


def create_tables(url: str) -> None:
    """Make the tables in an empty database."""
    with sql_store(url) as store:
        store.create_tables()
