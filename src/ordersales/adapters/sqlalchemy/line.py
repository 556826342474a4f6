"""The line to the database that one transaction has: each of its statements goes through it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from ordersales.adapters.sqlalchemy.failures import constraint, failed, is_taken, told_of
from ordersales.adapters.sqlalchemy.prepared import Prepared, Values, executed
from ordersales.errors import Conflict, StorageFailed
from ordersales.values.identifiers import AccountId

E = TypeVar("E", Conflict, StorageFailed, Conflict | StorageFailed)

#: Says what is taken, from the name of the constraint that was violated.
Naming = Callable[[str], str]


class Line:
    """Runs statements for one account, and turns what fails into errors of ours.

    What failed once has to be rolled back: PostgreSQL takes no further statement, and would answer
    a commit by rolling back without a word.
    """

    def __init__(self, connection: Connection, account: AccountId) -> None:
        """Run statements on an open connection."""
        self.account = account
        self.is_sqlite: bool = connection.dialect.name == "sqlite"
        #: What went wrong first, if anything did.
        self.broken: Conflict | StorageFailed | None = None
        self._connection = connection

    def run(
        self,
        statement: Executable | Prepared,
        values: Values | Sequence[Values] | None = None,
        taken: Naming = str,
    ) -> CursorResult[Any]:
        """Run a statement.

        Raises:
            Conflict: What it writes is there already, which `taken` names; or another transaction
                was faster.
            StorageFailed: The database failed.
        """
        try:
            return executed(self._connection, statement, values)
        except IntegrityError as error:
            raise self._broken_by(error, statement, taken) from None
        except SQLAlchemyError as error:
            # Without its cause, which repeats all values of the statement.
            raise self.breaking(failed(error, told_of(statement))) from None

    def _broken_by(
        self, error: IntegrityError, statement: Executable | Prepared, taken: Naming
    ) -> Conflict | StorageFailed:
        if is_taken(error):
            return self.conflict(taken(constraint(error)))
        return self.breaking(failed(error, told_of(statement)))

    def rows(self, statement: Executable | Prepared, **values: Any) -> Sequence[Any]:
        """Return the rows that a statement finds in the account."""
        return self.run(statement, {"account": self.account, **values}).all()

    def value(self, statement: Executable | Prepared, **values: Any) -> Any:
        """Return the first value of the one row that a statement finds, or None."""
        return self.run(statement, {"account": self.account, **values}).scalar()

    def write(self, statement: Executable | Prepared, **values: Any) -> int:
        """Run a statement that writes in the account, and return how many rows it changed."""
        return self.run(statement, {"account": self.account, **values}).rowcount

    def conflict(self, record: str) -> Conflict:
        """Return the error of a record that somebody else has changed."""
        return self.breaking(Conflict(record))

    def breaking(self, error: E) -> E:
        """Remember that something went wrong, and return it."""
        self.broken = self.broken or error
        return error
