"""The store; the contract is that of `ordersales.ports.storage`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Select,
)
from sqlalchemy.exc import SQLAlchemyError

from ordersales.adapters.sqlalchemy.apart import Apart
from ordersales.adapters.sqlalchemy.bulk import Loaded, Loading, Progress
from ordersales.adapters.sqlalchemy.dialects import DIALECTS
from ordersales.adapters.sqlalchemy.failures import failed
from ordersales.adapters.sqlalchemy.tables import Tables, tables
from ordersales.adapters.sqlalchemy.transaction import Kit, SqlTransaction
from ordersales.adapters.sqlalchemy.ways import JoinedWay, OwnWay, Way
from ordersales.errors import InvalidInput
from ordersales.models.order import Order
from ordersales.values.identifiers import AccountId


class Transactions:
    """The transactions on the records of many accounts, each on its way to a connection."""

    def __init__(self, kit: Kit, way: Callable[[], Way], *, joined: bool = False) -> None:
        """Open transactions that share a kit."""
        #: Whether they are parts of a transaction of the host's.
        self.joined: bool = joined
        self._kit = kit
        self._way = way

    def transaction(self, account: AccountId) -> SqlTransaction:
        """Return a transaction on the records of `account`."""
        return SqlTransaction(self._way(), account, self._kit)

    def accounts_to_charge(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return the accounts in which a recurring order is due."""
        return self._due(self._kit.due.to_charge, now, limit)

    def accounts_to_check(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return the accounts in which something is due."""
        return self._due(self._kit.due.to_check, now, limit)

    def _due(self, statement: Select[Any], now: datetime, limit: int) -> tuple[AccountId, ...]:
        with self.transaction(AccountId("")) as tx:
            return tx.accounts(statement, now, limit)


class SqlStore(Transactions):
    """Keeps the records of many accounts in a SQL database: SQLite or PostgreSQL.

    It may be used from many threads. The engine stays the host's, who disposes of it. On
    PostgreSQL the store opens up to as many connections again as the engine does: for numbers,
    which it takes apart from the transactions that ask (rule O4).

    >>> from tempfile import TemporaryDirectory
    >>> from ordersales.adapters.sqlalchemy import sqlite_engine
    >>> folder = TemporaryDirectory()
    >>> engine = sqlite_engine(f"{folder.name}/shop.sqlite")
    >>> store = SqlStore(engine)
    >>> store.create_tables()
    >>> with store.transaction(AccountId("acme")) as tx:
    ...     tx.orders.next_number()
    1
    >>> engine.dispose()

    Raises:
        InvalidInput: The engine is none, or one of another database; with the first transaction,
            it is in AUTOCOMMIT (rule B1).
    """

    def __init__(self, engine: Engine, tables: Tables | None = None) -> None:
        """Keep them in these tables; left out, in those that `tables()` makes."""
        self._engine = _known(engine)
        super().__init__(kit_of(engine, tables), partial(OwnWay, engine))

    def create_tables(self) -> None:
        """Make those of the tables that are not there; for hosts that have no migrations.

        Raises:
            StorageFailed: The database failed.
        """
        kept = self._kit.tables
        try:
            kept.metadata.create_all(self._engine, tables=kept.in_order)
        except SQLAlchemyError as error:
            raise failed(error, "creating the tables") from None

    def load(
        self,
        account: AccountId,
        orders: Iterable[Order],
        *,
        on_progress: Progress | None = None,
    ) -> Loaded:
        """Keep very many orders of an account that a shop has from before, fast.

        Each is kept as it stands, at version 1, and leaves no event: followers are not told of
        what others did long ago. They are committed in batches, and `on_progress` is called after
        each with the number of orders so far. A load that broke off is begun again with the same
        orders: one that is there under its number and its key is passed over, whatever has become
        of it since. Afterwards new numbers are above all that were loaded (rule O4).

        Raises:
            InvalidInput: One is no order of the account, or its price is not unit price times
                quantity (rules B1, O2). Batches before it are kept. Or the engine is in
                AUTOCOMMIT, or `on_progress` is no function; nothing is kept.
            Conflict: A number or a key is taken by another order, or another invoice; nothing of
                its batch is kept.
            StorageFailed: The database failed, likewise.
        """
        kit = self._kit
        return Loading(self._engine, kit.tables, kit.apart).load(account, orders, on_progress)

    def joining(self, connection: Connection) -> Transactions:
        """Return the same store on a connection of the host's, in the host's transaction.

        What is written there is committed with what the host writes, or not at all. A conflict
        takes back only what its own transaction here has written. Nothing is sent to a payment
        system from there: what is to be sent has to be committed before (rule C1).
        """
        return Transactions(self._kit, partial(JoinedWay, connection), joined=True)


def kit_of(engine: Engine, given: Tables | None) -> Kit:
    """Return what the transactions of a store on `engine` share."""
    dialect = engine.dialect.name
    apart = None if dialect == "sqlite" else Apart.of(engine)
    return Kit(_usual_tables() if given is None else given, dialect, apart)


@cache
def _usual_tables() -> Tables:
    """Return the same to every store: SQLAlchemy remembers a statement by the tables it is of."""
    return tables()


def _known(engine: Engine) -> Engine:
    if isinstance(engine, Engine) and engine.dialect.name in DIALECTS:
        return engine
    raise InvalidInput.of("engine", engine, "an Engine of SQLite or PostgreSQL")
