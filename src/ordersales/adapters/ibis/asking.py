"""A question to an engine: made once, and asked as often as one likes."""

from __future__ import annotations

from functools import cached_property

from ordersales.adapters.ibis.untyped import Arrow, Connection, Table


class Question:
    """An Ibis expression, answered each time by what the engine holds then."""

    def __init__(self, asked: Table) -> None:
        """Ask nothing yet."""
        self._asked = asked
        self._engine: Connection = asked.get_backend()
        self._known = False

    def answer(self) -> Arrow:
        """Return the answer as a table in memory."""
        match self._engine.name:
            case "duckdb" if self._known:
                # To find the words, Ibis takes as long as DuckDB to answer: they are kept.
                return self._engine.con.sql(self._sql).to_arrow_table().cast(self._columns)
            case "polars":
                # In pieces: otherwise polars has all facts in memory at once.
                return self._asked.to_pyarrow(engine="streaming")
            case _:
                # The first time it is Ibis that asks DuckDB, and tells it of what is in memory alone.
                self._known = True
                return self._asked.to_pyarrow()

    @cached_property
    def _sql(self) -> str:
        text: str = self._engine.compile(self._asked)
        return text

    @cached_property
    def _columns(self) -> Arrow:
        return self._asked.schema().to_pyarrow()
