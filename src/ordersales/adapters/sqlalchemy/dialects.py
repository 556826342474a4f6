"""What is written otherwise in PostgreSQL and in SQLite."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Table, any_, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

#: The databases that are known here.
DIALECTS: Final = ("postgresql", "sqlite")


def insert_into(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that can say what is done where a row is there already."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def unless_there(dialect: str, table: Table, **values: Any) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that leaves a row as it is, and tells by its row count that it did."""
    added = insert_into(dialect, table).values(values) if values else insert_into(dialect, table)
    return added.on_conflict_do_nothing().inline().execution_options(preserve_rowcount=True)


def among(column: ColumnElement[int], numbers: Sequence[int], *, is_sqlite: bool) -> Any:
    """Return whether a column is one of very many numbers, which are sent as one value."""
    if is_sqlite:
        given: Any = func.json_each(json.dumps(numbers)).table_valued("value")
        return column.in_(select(given.c.value))
    return column == any_(bindparam("among", numbers, ARRAY(BigInteger())))


class off_index(FunctionElement[Any]):  # noqa: N801 - it is called as SQL's functions are
    """A column; SQLite knows by a plus in front that no index on it is to be used.

    Unless it was told to look at its tables (ANALYZE), it takes all indexes for equally good.
    """

    inherit_cache: bool | None = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        """Return `column`, to be compared and grouped by only."""
        super().__init__(column)
        self.type: TypeEngine[Any] = column.type


@compiles(off_index)
def _as_it_is(element: off_index, compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(element.clauses, **how)


@compiles(off_index, "sqlite")
def _with_a_plus(element: off_index, compiler: SQLCompiler, **how: Any) -> str:
    return f"+{compiler.process(element.clauses, **how)}"
