"""Statements that are compiled once, and from then on handed to the driver as it takes them.

SQLAlchemy remembers what it has compiled. But at each execution it works out anew which statement
that was, what it is given and what comes back, and for one row that costs more than the database
does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import field, frozen
from sqlalchemy import Connection, CursorResult, Dialect, Executable

#: The values of a statement, by name.
Values = dict[str, Any]
#: How each value is written: the statement's name for it, and what makes of it what the driver
#: takes, or None where it takes it as it is.
_Ways = tuple[tuple[str, Callable[[Any], Any] | None], ...]


@frozen(eq=False)
class Prepared:
    """A statement that is the same each time, and that answers with nothing but text and numbers.

    An insert or update writes the columns that it is given values of.
    """

    statement: Executable
    _sent: dict[tuple[object, ...], _Sent] = field(factory=dict, init=False)

    def run(self, connection: Connection, values: Values | Sequence[Values]) -> CursorResult[Any]:
        """Run it, once or for each of many values that have the same names."""
        if "schema_translate_map" in connection.get_execution_options():
            # Under which name a table goes is for SQLAlchemy to say.
            return connection.execute(self.statement, values)
        if isinstance(values, dict):
            sent = self._for(connection.dialect, values)
            return connection.exec_driver_sql(sent.text, sent.taken(values))
        sent = self._for(connection.dialect, values[0])
        return connection.exec_driver_sql(sent.text, [sent.taken(each) for each in values])

    def _for(self, dialect: Dialect, values: Values) -> _Sent:
        key = (dialect, *values)
        found = self._sent.get(key)
        if found is None:
            found = self._sent[key] = _sent(self.statement, dialect, [*values])
        return found


@frozen
class _Sent:
    """A statement as it is sent."""

    text: str
    #: What is the same each time.
    fixed: Values
    ways: _Ways
    #: Whether the driver takes values by their places, as SQLite's does, or by their names.
    by_place: bool

    def taken(self, values: Values) -> Any:
        """Return values as the driver takes them."""
        given = {**self.fixed, **values} if self.fixed else values
        written = [given[name] if way is None else way(given[name]) for name, way in self.ways]
        if self.by_place:
            return tuple(written)
        return {name: value for (name, _), value in zip(self.ways, written, strict=True)}


def _sent(statement: Any, dialect: Dialect, names: list[str]) -> _Sent:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    types = {name: bound.type.dialect_impl(dialect) for name, bound in compiled.binds.items()}
    order = compiled.positiontup if compiled.positional else [*compiled.binds]
    return _Sent(
        text=compiled.string,
        fixed={name: value for name, value in compiled.params.items() if name not in names},
        ways=tuple((name, types[name].bind_processor(dialect)) for name in order),
        by_place=compiled.positional,
    )


def executed(
    connection: Connection,
    statement: Executable | Prepared,
    values: Values | Sequence[Values] | None,
) -> CursorResult[Any]:
    """Run a statement, prepared or not."""
    if isinstance(statement, Prepared):
        return statement.run(connection, values or {})
    return connection.execute(statement, values)
