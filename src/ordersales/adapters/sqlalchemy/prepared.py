"""Statements that are compiled once, and from then on handed to the driver as it takes them.

SQLAlchemy remembers what it has compiled. But at each execution it works out anew which statement
that was, what it is given and what comes back, and for one row that costs more than the database
does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, Final

from attrs import field, frozen
from sqlalchemy import Boolean, Connection, CursorResult, Dialect, Executable

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
    #: What makes of some of its values, by their names, what the driver takes.
    ways: tuple[tuple[str, Callable[[Any], Any]], ...]
    #: Puts them as the driver takes them: in their order, as SQLite's does, or by their names.
    put: Callable[[Values], Any]

    def taken(self, values: Values) -> Any:
        """Return values as the driver takes them."""
        given = {**self.fixed, **values}
        for name, way in self.ways:
            given[name] = way(given[name])
        return self.put(given)


def _sent(statement: Any, dialect: Dialect, given: list[str]) -> _Sent:
    compiled = statement.compile(dialect=dialect, column_keys=given)
    types = {name: bound.type for bound, name in compiled.bind_names.items()}
    ways = (
        (name, of.dialect_impl(dialect).bind_processor(dialect))
        for name, of in types.items()
        # The drivers take True and False as they are.
        if not isinstance(of, Boolean)
    )
    return _Sent(
        text=compiled.string,
        fixed={name: value for name, value in compiled.params.items() if name not in given},
        ways=tuple((name, way) for name, way in ways if way is not None),
        put=_in_order(compiled.positiontup) if compiled.positional else dict,
    )


def _in_order(names: Sequence[str]) -> Callable[[Values], Any]:
    """Return what puts values in the order of their names."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)


def executed(
    connection: Connection,
    statement: Executable | Prepared,
    values: Values | Sequence[Values] | None,
) -> CursorResult[Any]:
    """Run a statement, prepared or not."""
    if isinstance(statement, Prepared):
        return statement.run(connection, values or {})
    return connection.execute(statement, values)
