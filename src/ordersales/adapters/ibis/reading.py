"""Parquet files of facts as one table, with each order as it was last written (rule T6)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from ordersales.adapters.ibis.schema import SCHEMA, STEP
from ordersales.adapters.ibis.untyped import Connection, Table, ibis, polars

#: What tells orders apart, in all accounts.
_ORDER: Final = ("account", "order")


@frozen
class Files:
    """Files to be read together."""

    #: Those that hold each of their orders once.
    settled: tuple[Path, ...]
    #: Those whose orders stand in for what settled ones hold of them, the highest step for each.
    fresh: tuple[Path, ...]


def standing(connection: Connection, files: Files, fresh: Sequence[Path]) -> Table:
    """Return the facts of `files` that count, where all of the files `fresh` are known of."""
    if not fresh:
        return _read(connection, files.settled)
    newest = _read(connection, fresh)
    newest = newest.group_by(list(_ORDER)).aggregate(step=newest[STEP].max())
    told = _read(connection, files.fresh).semi_join(newest, [*_ORDER, STEP])
    if not files.settled:
        return told
    return _read(connection, files.settled).anti_join(newest, list(_ORDER)).union(told)


def superseded(connection: Connection, part: Path, fresh: Sequence[Path]) -> bool:
    """Tell whether the files `fresh` stand in for anything in the file `part`."""
    newer = _read(connection, fresh).select(*_ORDER)
    overlap = _read(connection, [part]).semi_join(newer, list(_ORDER))
    return bool(overlap.count().to_pyarrow().as_py())


def _read(connection: Connection, paths: Sequence[Path]) -> Table:
    if not paths:
        return ibis.memtable(SCHEMA.empty_table())
    read = _READS.get(connection.name, _by_list)
    return read(connection, [str(path.absolute()) for path in paths])


def _by_list(connection: Connection, paths: list[str]) -> Table:
    # The account's folder says nothing that a column does not.
    return connection.read_parquet(paths, hive_partitioning=False)


def _by_scan(connection: Connection, paths: list[str]) -> Table:
    """Read as polars reads best: Ibis would hand it many files by way of pyarrow."""
    scan = polars.scan_parquet(paths, hive_partitioning=False)
    return connection.create_table(ibis.util.gen_name("facts"), scan)


def _by_pattern(connection: Connection, paths: list[str]) -> Table:
    """Read by one pattern that names each file: PySpark is given one path."""
    if len(paths) == 1:
        return connection.read_parquet(paths[0])
    above = os.path.commonpath(paths)
    names = ",".join(Path(path).relative_to(above).as_posix() for path in paths)
    return connection.read_parquet(f"{above}/{{{names}}}")


#: How engines are given many files, where it is not by a list of them.
_READS: Final[dict[str, Callable[[Connection, list[str]], Table]]] = {
    "polars": _by_scan,
    "pyspark": _by_pattern,
}
