"""Ways to a connection: one of the store's own for each transaction, or one that the host has."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import Connection, Engine, NestedTransaction, text

from ordersales.errors import InvalidInput


class Way(Protocol):
    """How one transaction comes to its connection, and leaves it."""

    def enter(self) -> Connection:
        """Return the connection, in a transaction that ends by one of the others."""
        ...

    def commit(self) -> None:
        """Make what was written visible."""
        ...

    def overwrite(self) -> None:
        """Leave no copy of what was erased, as far as that can be done from here (rule E2)."""
        ...

    def leave(self, *, committed: bool) -> None:
        """Let the connection go, and forget what was written unless it was committed."""
        ...


def refuse_autocommit(connection: Connection) -> None:
    """Hold that what is written on a connection is committed together, or not at all.

    Raises:
        InvalidInput: Its engine, its driver or the host has each statement committed by itself.
    """
    if _commits_each(connection):
        allowed = "any level that commits a transaction as a whole, such as SERIALIZABLE"
        raise InvalidInput.of("isolation_level", "AUTOCOMMIT", allowed)


def _commits_each(connection: Connection) -> bool:
    if connection.dialect.name != "sqlite":
        return bool(getattr(connection.connection.dbapi_connection, "autocommit", False))
    driver: Any = connection.connection.driver_connection
    # Python 3.12 and later: then not even a commit of the driver's commits anything.
    if getattr(driver, "autocommit", None) is True:
        return True
    if driver.isolation_level is not None:
        return False
    # The driver begins nothing; the host's engine may have a listener that does.
    if not connection.in_transaction():
        connection.begin()
    return not driver.in_transaction


class OwnWay:
    """A connection of the pool, for one transaction."""

    def __init__(self, engine: Engine) -> None:
        """Take it from there."""
        self._engine = engine
        self._connection: Connection

    def enter(self) -> Connection:
        """Take a connection; SQLAlchemy begins a transaction with the first statement."""
        self._connection = self._engine.connect()
        try:
            refuse_autocommit(self._connection)
        except BaseException:
            self._connection.close()
            raise
        return self._connection

    def commit(self) -> None:
        """Commit."""
        self._connection.commit()

    def overwrite(self) -> None:
        """Empty SQLite's log, in which pages stand as they were."""
        if self._connection.dialect.name == "sqlite":
            self._connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def leave(self, *, committed: bool) -> None:
        """Give it back, rolled back unless it was committed."""
        try:
            if not committed:
                self._connection.rollback()
        finally:
            self._connection.close()


class JoinedWay:
    """The host's connection: ours is a part of its transaction, and is committed with it.

    A savepoint keeps what goes wrong here from spoiling what the host has written.
    """

    def __init__(self, connection: Connection) -> None:
        """Use a connection that stays the host's."""
        self._connection = connection
        self._savepoint: NestedTransaction

    def enter(self) -> Connection:
        """Set a savepoint."""
        refuse_autocommit(self._connection)
        if self._connection.dialect.name == "sqlite":
            self._begin()
        self._savepoint = self._connection.begin_nested()
        return self._connection

    def _begin(self) -> None:
        """Begin the host's transaction where it has written nothing yet.

        The driver waits with that for the first write, and a savepoint is none for it: its release
        would commit by itself.
        """
        driver: Any = self._connection.connection.driver_connection
        if not driver.in_transaction:
            self._connection.execute(text("BEGIN IMMEDIATE"))

    def commit(self) -> None:
        """Release the savepoint: whether it stays is for the host to say."""
        self._savepoint.commit()

    def overwrite(self) -> None:
        """Leave it to the host, who has yet to commit."""

    def leave(self, *, committed: bool) -> None:
        """Go back to the savepoint unless it was released."""
        if not committed:
            self._savepoint.rollback()
