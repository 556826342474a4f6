"""Engines for SQLite, set up as an order book needs it."""

from __future__ import annotations

from os import PathLike, fspath
from typing import Any, Final

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

#: For how many seconds a writer waits for another one before it gives up.
PATIENCE: Final = 30.0

_SETTINGS: Final = (
    # Who reads does not wait for who writes. Each commit still reaches the disk: an attempt has to
    # be there before a payment system is asked (rule C1).
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    # What is erased is overwritten (rule E2).
    "secure_delete = ON",
)


def sqlite_engine(
    path: str | PathLike[str], *, patience: float = PATIENCE, **options: Any
) -> Engine:
    """Return an engine for the SQLite database in a file, which is made where there is none.

    A writer waits up to `patience` seconds for another one. `options` are those of SQLAlchemy's
    `create_engine`.
    """
    engine = create_engine(_url("sqlite", path), connect_args={"timeout": patience}, **options)
    event.listen(engine, "connect", set_up_sqlite)
    return engine


def async_sqlite_engine(
    path: str | PathLike[str], *, patience: float = PATIENCE, **options: Any
) -> AsyncEngine:
    """Return an asynchronous engine likewise."""
    url = _url("sqlite+aiosqlite", path)
    engine = create_async_engine(url, connect_args={"timeout": patience}, **options)
    event.listen(engine.sync_engine, "connect", set_up_sqlite)
    return engine


def set_up_sqlite(connection: Any, _record: object = None) -> None:
    """Set a new connection up; for an engine of your own: `event.listen(engine, "connect", …)`."""
    cursor = connection.cursor()
    # Under Python 3.12 and later, `autocommit=False` has one begun already, and nothing can be
    # set inside of a transaction.
    begun = getattr(connection, "driver_connection", connection).in_transaction
    if begun:
        cursor.execute("COMMIT")
    for setting in _SETTINGS:
        cursor.execute(f"PRAGMA {setting}")
    if begun:
        cursor.execute("BEGIN")
    cursor.close()


def _url(driver: str, path: str | PathLike[str]) -> URL:
    return URL.create(driver, database=fspath(path))
