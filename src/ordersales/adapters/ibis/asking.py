"""A question to an engine: made once, and asked as often as one likes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Final

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
        ask = _ASKS.get(self._engine.name, Question._by_ibis)
        return ask(self)

    def _by_ibis(self) -> Arrow:
        return self._asked.to_pyarrow()

    def _by_sql(self) -> Arrow:
        """Ask in words that are kept: to find them, Ibis takes as long as DuckDB to answer."""
        if not self._known:
            # The first time Ibis asks, which tells DuckDB of what is in memory alone.
            self._known = True
            return self._by_ibis()
        return self._engine.con.sql(self._sql).to_arrow_table().cast(self._columns)

    def _in_pieces(self) -> Arrow:
        """Ask polars, which otherwise has all facts in memory at once."""
        return self._asked.to_pyarrow(engine="streaming")

    @cached_property
    def _sql(self) -> str:
        text: str = self._engine.compile(self._asked)
        return text

    @cached_property
    def _columns(self) -> Arrow:
        return self._asked.schema().to_pyarrow()


#: How engines are asked, where it is not by Ibis alone.
_ASKS: Final[dict[str, Callable[[Question], Arrow]]] = {
    "duckdb": Question._by_sql,
    "polars": Question._in_pieces,
}
