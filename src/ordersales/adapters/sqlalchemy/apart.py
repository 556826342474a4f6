"""What PostgreSQL commits at once, apart from the transaction that asks for it.

A number must not be given twice, so whoever takes one locks the row that it is counted in. In the
transaction of the order, that lock would be held until its commit has reached the disk, and orders
of one account would wait for each other. Here it is held for one statement.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Executable, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ordersales.adapters.sqlalchemy.failures import failed, told_of
from ordersales.adapters.sqlalchemy.prepared import TRANSLATED, Prepared, executed

T = TypeVar("T")


class Apart:
    """Connections of its own beside those of an engine, opened as they are.

    Were they taken from the same pool, transactions that have all of it could wait for each other
    for ever.
    """

    @classmethod
    def of(cls, engine: Engine) -> Apart:
        """Return the connections beside those of an engine: all stores on it share them."""
        with _made:
            if engine not in _apart:
                _apart[engine] = cls(engine)
            return _apart[engine]

    def __init__(self, engine: Engine) -> None:
        """Open connections as `engine` does, and close them when it is disposed of."""
        elsewhere = engine.get_execution_options().get(TRANSLATED)
        self._beside = Engine(
            engine.pool.recreate(),
            engine.dialect,
            engine.url,
            hide_parameters=engine.hide_parameters,
            execution_options={TRANSLATED: elsewhere} if elsewhere else {},
        )
        # Whatever the host's engine asks for: who has waited for a lock has to see what was
        # committed meanwhile.
        self._engine = self._beside.execution_options(isolation_level="READ COMMITTED")
        self._at_once = self._beside.execution_options(isolation_level="AUTOCOMMIT")
        event.listen(engine, "engine_disposed", self._dispose)

    def value(self, statement: Executable | Prepared, values: dict[str, Any]) -> Any:
        """Run a statement that is committed by itself, and return its first value.

        Raises:
            Conflict: Another transaction was faster.
            StorageFailed: The database failed.
        """

        def run() -> Any:
            with self._at_once.connect() as connection:
                return executed(connection, statement, values).scalar()

        return _tried(run, told_of(statement))

    def transaction(self, work: Callable[[Connection], T], asked: str) -> T:
        """Do `work` in a transaction, likewise."""

        def run() -> T:
            with self._engine.begin() as connection:
                return work(connection)

        return _tried(run, asked)

    def _dispose(self, _engine: Engine) -> None:
        self._beside.dispose()


_made: Final = Lock()
_apart: Final[WeakKeyDictionary[Engine, Apart]] = WeakKeyDictionary()


def _tried(run: Callable[[], T], asked: str) -> T:
    """Do it, and once more where the connection was gone: it may be done twice without harm."""
    try:
        try:
            return run()
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return run()
    except SQLAlchemyError as error:
        raise failed(error, asked) from None
