"""Databases on the disk for the benchmarks of storage, and what many clients do to them."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Final

# The tests' own server and samples are used here.
sys.path.insert(0, str(Path(__file__).parents[2]))

from attrs import frozen
from measure import EFFORT
from sqlalchemy import Engine, create_engine, text

from ordersales.adapters.sqlalchemy import SqlStore, Tables, sqlite_engine, tables
from tests.postgres import own_server

TABLES: Final[Tables] = tables()
#: More than there are clients.
_POOL: Final = 40


@frozen
class Database:
    """A kind of database."""

    name: str
    #: Makes one with the tables in it, and takes it away again.
    new: Callable[[], AbstractContextManager[Engine]]


@contextmanager
def databases() -> Iterator[list[Database]]:
    """Return SQLite in a file, and a PostgreSQL server that reaches the disk at each commit."""
    with ExitStack() as stack:
        many = ("-c", "max_connections=200")
        own = stack.enter_context(own_server(durable=EFFORT.careful, options=many))

        @contextmanager
        def on_sqlite() -> Iterator[Engine]:
            with tempfile.TemporaryDirectory() as folder:
                yield from _with_tables(sqlite_engine(f"{folder}/shop.sqlite", pool_size=_POOL))

        @contextmanager
        def on_postgres() -> Iterator[Engine]:
            with own.server.database() as database:
                yield from _with_tables(create_engine(database.url, pool_size=_POOL))

        yield [Database("SQLite", on_sqlite), Database("PostgreSQL", on_postgres)]


def _with_tables(engine: Engine) -> Iterator[Engine]:
    SqlStore(engine).create_tables()
    yield engine
    engine.dispose()


@contextmanager
def indexed_later(engine: Engine) -> Iterator[None]:
    """Leave out the indexes that lists are read by, and make them behind what is loaded.

    As the guide to SQL storage has it for a host who fills an empty database.
    """
    filled = (TABLES.orders, TABLES.invoices, TABLES.refunds)
    later = [index for table in filled for index in table.indexes if not index.unique]
    with engine.begin() as connection:
        for index in later:
            index.drop(connection)
    yield
    with engine.begin() as connection:
        for index in later:
            index.create(connection)


def look(engine: Engine) -> None:
    """Have the database look at what it holds, as it does by itself in time."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        how = "ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE"
        connection.execute(text(how))


def at_once(count: int, works: Iterable[Callable[[], object]]) -> float:
    """Do all of it by so many threads, and return how many seconds it took."""
    waiting, lock, failed = iter(works), threading.Lock(), list[BaseException]()

    def client() -> None:
        while True:
            with lock:
                work = next(waiting, None)
            if work is None:
                return
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - it is raised again by whoever waits
                failed.append(error)
                return

    clients = [threading.Thread(target=client) for _ in range(count)]
    begun = perf_counter()
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    if failed:
        raise failed[0]
    return perf_counter() - begun
