"""The columns of facts as a table: amounts and moments as 64-bit whole numbers (rule T6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ordersales.adapters.ibis.untyped import Arrow, pyarrow
from ordersales.errors import InvalidInput
from ordersales.reports.exported import FIELDS, TEXTS, Row

#: The state that a row shows of its order: of one order only the rows with the highest count.
STEP: Final = "step"

SCHEMA: Final = pyarrow.schema(
    [
        *(
            pyarrow.field(name, pyarrow.string() if name in TEXTS else pyarrow.int64())
            for name in FIELDS
        ),
        pyarrow.field(STEP, pyarrow.int64()),
    ]
)

_LEAST: Final = -(2**63)
_MOST: Final = 2**63 - 1


def table_of(rows: Sequence[Row], step: int = 0) -> Arrow:
    """Return `rows` as a table in memory.

    Raises:
        InvalidInput: An amount is too large for 64 bits.
    """
    columns = zip(*rows, strict=True) if rows else ((),) * len(FIELDS)
    filled = [_column(name, values) for name, values in zip(FIELDS, columns, strict=True)]
    return pyarrow.table([*filled, pyarrow.array([step] * len(rows), pyarrow.int64())], SCHEMA)


def _column(name: str, values: Sequence[object]) -> Any:
    try:
        return pyarrow.array(values, SCHEMA.field(name).type)
    except OverflowError:
        wrong = next(
            item for item in values if isinstance(item, int) and not _LEAST <= item <= _MOST
        )
        raise InvalidInput.of(name, wrong, f"{_LEAST} to {_MOST}, to be exported") from None
