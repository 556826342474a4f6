"""Facts as CSV, many times as fast as a loop: written by polars, a batch at a time (rule T5).

What is in a file is as `ordersales.reports.csv_export` would write it: by RFC 4180, amounts with the
decimals of their currency, and no text that a spreadsheet runs as a formula. Which text that would
be is asked of that module, once for each that is not plainly harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from ordersales.adapters.ibis.untyped import Arrow, Table, polars
from ordersales.errors import InvalidInput
from ordersales.reports.csv_export import harmless
from ordersales.reports.exported import FIELDS, TEXTS
from ordersales.values.currency import Currency
from ordersales.values.zone import time_zone

#: How many rows are in memory at once.
BATCH: Final = 100_000

#: The fields that hold amounts, with the field that names their currency.
_AMOUNTS: Final = {"amount": "currency", "commission": "currency", "price": "price_currency"}
_MOMENTS: Final = frozenset({"at", "paid", "placed"})
_FLAGS: Final = frozenset(
    {"confirmed", "completed", "opens_order", "recurring", "partial", "needs_attention"}
)
#: Text that begins with a letter or digit, and in which no cell could begin anew.
_PLAIN: Final = r'^[\p{L}\p{N}][^;,"\t\r\n]*$'
_BOM: Final = b"\xef\xbb\xbf"

#: A column of polars, and a table of it.
Series = Any
Frame = Any


def write_csv(
    table: Table,
    write: Callable[[bytes], object],
    *,
    columns: Sequence[str] = FIELDS,
    zone: str = "UTC",
    bom: bool = False,
    on_progress: Callable[[int], object] | None = None,
) -> int:
    """Write the facts of a table as CSV, and return how many there are.

    Memory stays the same, however many there are.

    Args:
        table: Facts, such as `Lake.table` returns; filter and sort them as you like before.
        write: Takes the bytes: the method of a file that is open for them.
        columns: Which fields are written, in this order; all of them where none are given.
        zone: In which time zone moments are shown.
        bom: Whether it begins with the mark by which spreadsheets know UTF-8.
        on_progress: Told after each batch how many rows are written.

    Raises:
        InvalidInput: There is no such field or zone, or a field is named twice.
    """
    names, clock, rows = _chosen(columns), time_zone(zone, "zone").key, 0
    write((_BOM if bom else b"") + f"{','.join(names)}\r\n".encode())
    needed = {*names, *(_AMOUNTS[name] for name in names if name in _AMOUNTS)}
    for batch in _batches(table.select(sorted(needed))):
        frame = polars.from_arrow(batch)
        shown = frame.select(_shown(frame, name, clock) for name in names)
        write(shown.write_csv(include_header=False, line_terminator="\r\n").encode())
        rows += len(frame)
        if on_progress is not None:
            on_progress(rows)
    return rows


def _batches(table: Table) -> Iterator[Arrow]:
    engine = table.get_backend()
    if engine.name != "duckdb":
        yield from table.to_pyarrow_batches(chunk_size=BATCH)
        return
    # Ibis 12 asks DuckDB for batches by a name that DuckDB 2 has no more. What is in memory alone
    # is made known to it by a first query.
    table.limit(0).to_pyarrow()
    yield from engine.con.sql(engine.compile(table)).to_arrow_reader(BATCH)


def _chosen(columns: Sequence[str]) -> tuple[str, ...]:
    names = tuple(columns) or FIELDS
    for at, name in enumerate(names):
        if name not in FIELDS or name in names[:at]:
            allowed = f"some of these, each once: {', '.join(FIELDS)}"
            raise InvalidInput.of("columns", name, allowed)
    return names


def _shown(frame: Frame, name: str, zone: str) -> Series:
    """Return a field as it is shown, null where its cell is empty."""
    column = frame[name]
    if name in TEXTS:
        return _text(column)
    if name in _AMOUNTS:
        return frame.select(_amount(name, frame[_AMOUNTS[name]])).to_series()
    if name in _MOMENTS:
        moment = polars.from_epoch(column, time_unit="us").dt.replace_time_zone("UTC")
        return moment.dt.convert_time_zone(zone).dt.to_string("%Y-%m-%d %H:%M:%S%:z")
    if name in _FLAGS:
        return column.replace_strict({0: "no", 1: "yes"}, return_dtype=polars.String)
    return column


def _text(column: Series) -> Series:
    """Return text that no spreadsheet takes for a formula."""
    odd = column.unique()
    safe = {text: harmless(text) or None for text in odd.filter(~odd.str.contains(_PLAIN))}
    return column.replace(safe) if safe else column


def _amount(name: str, currencies: Series) -> Any:
    """Return what writes minor units as an amount with its currency's decimals."""
    minor, written = polars.col(name), polars.lit(None, polars.String)
    by_exponent: dict[int, list[str]] = {}
    for code in currencies.unique():
        by_exponent.setdefault(Currency.of(code).exponent, []).append(code)
    for exponent, codes in by_exponent.items():
        theirs = polars.col(currencies.name).is_in(codes)
        written = polars.when(theirs).then(_decimal(minor, exponent)).otherwise(written)
    return written.alias(name)


def _decimal(minor: Any, exponent: int) -> Any:
    if exponent == 0:
        return minor.cast(polars.String)
    scale = 10**exponent
    size = minor.abs()
    sign = polars.when(minor < 0).then(polars.lit("-")).otherwise(polars.lit(""))
    rest = (size % scale).cast(polars.String).str.zfill(exponent)
    return polars.concat_str(sign, (size // scale).cast(polars.String), polars.lit("."), rest)
