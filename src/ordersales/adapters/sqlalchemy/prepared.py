"""Statements that are compiled once, and from then on handed to the driver as it takes them.

SQLAlchemy remembers what it has compiled. But at each execution it works out anew which statement
that was, what it is given and what comes back, and for one row that costs more than the database
does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from attrs import field, frozen
from sqlalchemy import Connection, CursorResult, Dialect, Executable

#: Where a host has its tables in other schemas than it has said they are in.
TRANSLATED: Final = "schema_translate_map"

#: The values of a statement, by name.
Values = dict[str, Any]


@frozen(eq=False)
class Prepared:
    """A statement that is the same each time, and that answers with nothing but text and numbers.

    An insert or update writes the columns that it is given values of.
    """

    statement: Executable
    _sent: dict[tuple[object, ...], _Sent] = field(
        factory=dict[tuple[object, ...], "_Sent"], init=False
    )

    def run(self, connection: Connection, values: Values | Sequence[Values]) -> CursorResult[Any]:
        """Run it, once or for each of many values that have the same names."""
        if TRANSLATED in connection.get_execution_options():
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
    #: The names of its values, in its own order.
    names: tuple[str, ...]
    #: What makes of some of these, by their places, what the driver takes.
    ways: tuple[tuple[int, Callable[[Any], Any]], ...]
    #: Whether the driver takes them by their places, as SQLite's does, or by their names.
    by_place: bool

    def taken(self, values: Values) -> Any:
        """Return values as the driver takes them."""
        given = {**self.fixed, **values} if self.fixed else values
        written = [given[name] for name in self.names]
        for at, way in self.ways:
            written[at] = way(written[at])
        return tuple(written) if self.by_place else dict(zip(self.names, written, strict=True))


def _sent(statement: Any, dialect: Dialect, given: list[str]) -> _Sent:
    compiled = statement.compile(dialect=dialect, column_keys=given)
    types = {name: bound.type.dialect_impl(dialect) for bound, name in compiled.bind_names.items()}
    names = tuple(compiled.positiontup if compiled.positional else types)
    ways = ((at, types[name].bind_processor(dialect)) for at, name in enumerate(names))
    return _Sent(
        text=compiled.string,
        fixed={name: value for name, value in compiled.params.items() if name not in given},
        names=names,
        ways=tuple((at, way) for at, way in ways if way is not None),
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
