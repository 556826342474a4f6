"""Ibis and pyarrow as values of any type, since neither tells type checkers what it returns."""
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any, Final, TypeAlias

import ibis as _ibis
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ibis: Final[Any] = _ibis
polars: Final[Any] = pl
pyarrow: Final[Any] = pa
compute: Final[Any] = pc
parquet: Final[Any] = pq

#: An Ibis connection.
Connection: TypeAlias = Any
#: Ibis expressions: a table; whole numbers, and whether, for each of its rows.
Table: TypeAlias = Any
Whole: TypeAlias = Any
Whether: TypeAlias = Any
#: A table of pyarrow, in memory.
Arrow: TypeAlias = Any
