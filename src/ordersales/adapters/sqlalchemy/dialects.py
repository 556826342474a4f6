"""What is written otherwise in PostgreSQL and in SQLite."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

#: The databases that are known here.
DIALECTS: Final = ("postgresql", "sqlite")


def insert_into(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that can say what is done where a row is there already."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def unless_there(dialect: str, table: Table, **values: Any) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that leaves a row as it is, and tells by its row count that it did."""
    added = insert_into(dialect, table).values(values) if values else insert_into(dialect, table)
    return added.on_conflict_do_nothing().inline().execution_options(preserve_rowcount=True)
