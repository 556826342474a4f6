"""SQL stores as a process opens them, by the address of their database."""

from __future__ import annotations

from sqlalchemy import create_engine, make_url

from ordersales.adapters.sqlalchemy import SqlStore, sqlite_engine


def sql_store(url: str) -> SqlStore:
    """Open the store in a database."""
    file = make_url(url)
    if file.get_backend_name() == "sqlite":
        return SqlStore(sqlite_engine(str(file.database)))
    return SqlStore(create_engine(url))
