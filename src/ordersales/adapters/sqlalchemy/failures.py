"""What a database refuses or fails at, as errors of this library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Executable, Select, Table
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from ordersales.adapters.sqlalchemy.prepared import Prepared
from ordersales.errors import Conflict, StorageFailed

#: What PostgreSQL calls a deadlock, and a transaction that others were faster than.
_FASTER: Final = frozenset({"40001", "40P01"})
#: What PostgreSQL and SQLite call a value that is there already.
_TAKEN: Final = frozenset({"23505", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE"})
#: What SQLite says of a write over something newer than what was read.
_STALE: Final = "SQLITE_BUSY_SNAPSHOT"


def failed(error: SQLAlchemyError, asked: str) -> Conflict | StorageFailed:
    """Return what `error` means to whoever asked for that."""
    code = _code(error)
    if code in _FASTER or code == _STALE:
        return Conflict(f"what was read for {asked}")
    return StorageFailed(asked, _words(error))


def is_taken(error: SQLAlchemyError) -> bool:
    """Tell whether a key or a number was there already."""
    return isinstance(error, IntegrityError) and _code(error) in _TAKEN


def constraint(error: IntegrityError) -> str:
    """Return the name of what was violated: a constraint, or in SQLite its last column."""
    diagnosis = getattr(error.orig, "diag", None)
    return str(error.orig) if diagnosis is None else str(diagnosis.constraint_name)


def told_of(asked: Executable | Prepared) -> str:
    """Return what a statement asks for, in words without values."""
    statement = asked.statement if isinstance(asked, Prepared) else asked
    table = getattr(statement, "table", None)
    if isinstance(table, Table):
        return f"writing {table.name}"
    froms: Sequence[Any] = statement.get_final_froms() if isinstance(statement, Select) else ()
    return f"reading {', '.join(item.description for item in froms) or 'the database'}"


def _code(error: SQLAlchemyError) -> str | None:
    """Return the database's own code for an error."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    found = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    return None if found is None else str(found)


def _words(error: SQLAlchemyError) -> str:
    """Return the database's own words, without those that repeat values."""
    if not isinstance(error, DBAPIError):
        return str(error).partition("\n")[0]
    diagnosis = getattr(error.orig, "diag", None)
    told = getattr(diagnosis, "message_primary", None) or str(error.orig)
    return told.strip().partition("\n")[0]
