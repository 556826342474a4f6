"""What is written otherwise in PostgreSQL and in SQLite."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

#: The databases that are known here.
DIALECTS: Final = ("postgresql", "sqlite")


def insert_into(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that can say what is done where a row is there already."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
