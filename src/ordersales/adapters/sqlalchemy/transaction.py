"""One transaction; the contract is that of `ordersales.ports.storage`."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Select
from sqlalchemy.exc import SQLAlchemyError

from ordersales.adapters.sqlalchemy.apart import Apart
from ordersales.adapters.sqlalchemy.due import DueStatements
from ordersales.adapters.sqlalchemy.events import EventStatements, SqlEvents
from ordersales.adapters.sqlalchemy.failures import failed
from ordersales.adapters.sqlalchemy.inbox import InboxStatements, SqlInbox
from ordersales.adapters.sqlalchemy.installation import InstallationStatements, SqlInstallation
from ordersales.adapters.sqlalchemy.line import Line
from ordersales.adapters.sqlalchemy.numbers import Numbers
from ordersales.adapters.sqlalchemy.orders import OrderStatements, SqlOrders
from ordersales.adapters.sqlalchemy.recurring_orders import RecurringStatements, SqlRecurringOrders
from ordersales.adapters.sqlalchemy.sales_plans import PlanStatements, SqlSalesPlans
from ordersales.adapters.sqlalchemy.tables import Tables
from ordersales.adapters.sqlalchemy.ways import Way
from ordersales.values.identifiers import AccountId


class Kit:
    """What all transactions of a store share: its statements, and where numbers come from."""

    def __init__(self, tables: Tables, dialect: str, apart: Apart | None) -> None:
        """Make the statements once."""
        self.tables = tables
        self.apart = apart
        self.numbers: Numbers = Numbers(tables, dialect, apart)
        self.orders: OrderStatements = OrderStatements(tables)
        self.recurring_orders: RecurringStatements = RecurringStatements(tables)
        self.sales_plans: PlanStatements = PlanStatements(tables)
        self.events: EventStatements = EventStatements(tables, dialect)
        self.inbox: InboxStatements = InboxStatements(tables, dialect)
        self.installation: InstallationStatements = InstallationStatements(tables, dialect)
        self.due: DueStatements = DueStatements(tables)


class SqlTransaction:
    """One transaction: what is committed, and what it has written itself.

    Every reading shows what is committed by then. What one has read may be old when it is written
    over: its version tells, also on PostgreSQL, where nobody waits for a reader.
    """

    orders: SqlOrders
    recurring_orders: SqlRecurringOrders
    sales_plans: SqlSalesPlans
    events: SqlEvents
    inbox: SqlInbox
    installation: SqlInstallation

    def __init__(self, way: Way, account: AccountId, kit: Kit) -> None:
        """Open nothing yet."""
        self._way = way
        self._account = account
        self._kit = kit

    def __enter__(self) -> Self:
        """Open it.

        Raises:
            InvalidInput: The engine or the host's connection commits each statement by itself.
            StorageFailed: There is no connection.
        """
        kit = self._kit
        try:
            connection = self._way.enter()
        except SQLAlchemyError as error:
            raise failed(error, "opening a transaction") from None
        self._line = line = Line(connection, self._account)
        self.orders = SqlOrders(line, kit.orders, kit.numbers)
        self.recurring_orders = SqlRecurringOrders(line, kit.recurring_orders)
        self.sales_plans = SqlSalesPlans(line, kit.sales_plans)
        self.events = SqlEvents(line, kit.events, kit.apart)
        self.inbox = SqlInbox(line, kit.inbox)
        self.installation = SqlInstallation(line, kit.installation)
        return self

    def accounts(self, statement: Select[Any], now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return the accounts that a statement over all of them names."""
        found = self._line.run(statement, {"now": now, "limit": limit})
        return tuple(AccountId(name) for (name,) in found)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Commit, or roll back if an error came.

        Raises:
            Conflict: A statement met one, whether the caller has caught it or not.
            StorageFailed: The database failed. Where that was at the commit, it may be that all of
                it was written nevertheless.
        """
        if kind is None and self._line.broken is None:
            self._commit()
            return
        # What can't be rolled back any more, the database has rolled back by itself.
        with suppress(SQLAlchemyError):
            self._way.leave(committed=False)
        if kind is None and self._line.broken is not None:
            raise self._line.broken

    def _commit(self) -> None:
        committed = False
        try:
            self._way.commit()
            committed = True
            if self.events.erased:
                self._way.overwrite()
        except SQLAlchemyError as error:
            raise failed(error, "committing") from None
        finally:
            with suppress(SQLAlchemyError):
                self._way.leave(committed=committed)
