"""Storage in a SQL database through SQLAlchemy; needs the extra `sqlalchemy`.

from ordersales.adapters.sqlalchemy import SqlStore, sqlite_engine

store = SqlStore(sqlite_engine("shop.sqlite"))
store.create_tables()
"""

from ordersales.adapters.sqlalchemy.async_store import AsyncSqlStore
from ordersales.adapters.sqlalchemy.deriving import derive_again
from ordersales.adapters.sqlalchemy.engines import (
    async_sqlite_engine,
    set_up_sqlite,
    sqlite_engine,
)
from ordersales.adapters.sqlalchemy.store import SqlStore
from ordersales.adapters.sqlalchemy.tables import PREFIX, Tables, tables

__all__ = [
    "PREFIX",
    "AsyncSqlStore",
    "SqlStore",
    "Tables",
    "async_sqlite_engine",
    "derive_again",
    "set_up_sqlite",
    "sqlite_engine",
    "tables",
]
