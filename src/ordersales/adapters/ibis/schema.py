"""The columns of facts as a table: amounts and moments as 64-bit whole numbers (rule T6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from ordersales.errors import InvalidInput
from ordersales.reports.exported import FIELDS, TEXTS, Row

#: The state that a row shows of its order: of one order only the rows with the highest count.
STEP: Final = "step"

SCHEMA: Final = pa.schema(
    [
        *(pa.field(name, pa.string() if name in TEXTS else pa.int64()) for name in FIELDS),
        pa.field(STEP, pa.int64()),
    ]
)

_LEAST: Final, _MOST: Final = -(2**63), 2**63 - 1


def table_of(rows: Sequence[Row], step: int = 0) -> pa.Table:
    """Return `rows` as a table in memory.

    Raises:
        InvalidInput: An amount is too large for 64 bits.
    """
    columns = zip(*rows, strict=True) if rows else ((),) * len(FIELDS)
    filled = [_column(name, values) for name, values in zip(FIELDS, columns, strict=True)]
    return pa.table([*filled, pa.array([step] * len(rows), pa.int64())], SCHEMA)


def _column(name: str, values: Sequence[object]) -> pa.Array:
    try:
        return pa.array(values, SCHEMA.field(name).type)
    except OverflowError:
        wrong = next(item for item in values if isinstance(item, int) and not _LEAST <= item <= _MOST)
        raise InvalidInput.of(name, wrong, f"{_LEAST} to {_MOST}, to be exported") from None
