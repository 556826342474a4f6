"""Sums of facts as one Ibis expression, for whatever engine holds them (rules T2, T6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from ordersales.adapters.ibis.cutting import piece_of
from ordersales.adapters.ibis.filtering import counted_at, in_scope
from ordersales.adapters.ibis.untyped import Table, Whether, Whole, ibis, pyarrow
from ordersales.models.report import TIMES, Dimension, ReportScope
from ordersales.reports.cells import Cell, Sums, fields_of
from ordersales.reports.days import Days
from ordersales.reports.exported import TEXTS

#: What an engine adds up in 64 bits is certainly right below this; above, decimals are asked for.
_SAFE: Final = 2.0**62

#: Which of several groupings a row belongs to, and what stands where it is not by a field.
_GROUPING: Final = "grouping"
_NO_TEXT: Final = ibis.literal("")
_NO_NUMBER: Final = ibis.literal(0, "int64")


def summed(table: Table, dimensions: Sequence[Dimension], scope: ReportScope) -> tuple[Cell, ...]:
    """Return the sums of all facts of `table` in `scope`, by `dimensions`, as storage would.

    One query answers. A breakdown over time asks for the first and the last moment before, so
    that the engine can be told where the days begin; and where sums may not fit into 64 bits they
    are asked for again, wider.
    """
    (cells,) = summed_by(table, [dimensions], scope)
    return cells


def summed_by(
    table: Table, groupings: Sequence[Sequence[Dimension]], scope: ReportScope
) -> tuple[tuple[Cell, ...], ...]:
    """Return the sums by several groupings, each as by `summed`, of one and the same query."""
    facts = in_scope(table, scope)
    time = next((item for one in groupings for item in one if item in TIMES), None)
    if time is not None:
        timed = _timed(facts, scope, time)
        if timed is None:
            return ((),) * len(groupings)
        facts = timed
    names = [fields_of(one) for one in groupings]
    answered = _answered(facts, names, wide=False)
    if any(None in cell.sums for cells in answered for cell in cells):
        return _answered(facts, names, wide=True)
    return answered


def grouped(facts: Table, names: Sequence[str], *, wide: bool = False) -> Table:
    """Return what groups `facts` by the fields `names` and adds them up.

    A sum that might not fit is null, unless it is asked for as `wide`.
    """
    return facts.group_by(list(names)).aggregate(**_sums(facts, wide=wide))


def _timed(facts: Table, scope: ReportScope, time: Dimension) -> Table | None:
    """Return `facts` with their days, weeks or months; None if there are none."""
    at = counted_at(facts, scope)
    (ends,) = facts.aggregate(first=at.min(), last=at.max()).to_pyarrow().to_pylist()
    if ends["first"] is None:
        return None
    edges = Days(scope.zone).edges(int(ends["first"]), int(ends["last"]), time)
    return facts.mutate(day=piece_of(at, edges, time))


def _sums(facts: Table, *, wide: bool) -> dict[str, Whole]:
    """Return each of `Sums`, by its name."""
    # Whole numbers are compared in half the time of text: it is the kind of a refund or a payment.
    payment, completed = facts.refund == 0, facts.completed == 1
    moved = ibis.ifelse(payment, facts.amount, -facts.amount)
    count = facts.count().cast("float64")
    most_moved = facts.amount.max() * count
    most_kept = facts.commission.abs().max().fill_null(0) * count

    def money(value: Whole, bound: Whole, where: Whether | None = None) -> Whole:
        if wide:
            return value.cast("decimal(38, 0)").sum(where=where).fill_null(0)
        return ibis.ifelse(bound < _SAFE, value.sum(where=where).fill_null(0), ibis.null("int64"))

    return {
        "orders": facts.opens_order.sum(),
        "payments": payment.sum(),
        "units": facts.units.sum(),
        "gross": money(facts.amount, most_moved, payment),
        "refunds": money(facts.amount, most_moved, ~payment),
        # Refunds have none.
        "commission": money(facts.commission, most_kept),
        "commission_unknown": payment.sum() - facts.commission.count(),
        "completed": money(moved, most_moved, completed),
        "newest": facts.order.max(),
    }


def _answered(
    facts: Table, groupings: Sequence[Sequence[str]], *, wide: bool
) -> tuple[tuple[Cell, ...], ...]:
    """Run one query, and return the cells of each grouping."""
    keys = tuple(dict.fromkeys(name for names in groupings for name in names))
    parts = [
        _aligned(grouped(facts, names, wide=wide), which, names, keys)
        for which, names in enumerate(groupings)
    ]
    whole = ibis.union(*parts) if len(parts) > 1 else parts[0]
    answer = whole.to_pyarrow()
    sums = [_wholes(answer[name]) for name in Sums._fields]
    found = [list[Cell]() for _ in groupings]
    columns = {name: answer[name].to_pylist() for name in keys}
    keyed = [zip(*(columns[name] for name in names), strict=True) for names in groupings]
    rows = zip(_wholes(answer[_GROUPING]), zip(*keyed, strict=True), map(Sums, *sums), strict=True)
    for which, key_of, row in rows:
        found[which].append(Cell(key_of[which], row))
    return tuple(map(tuple, found))


def _aligned(part: Table, which: int, names: Sequence[str], keys: Sequence[str]) -> Table:
    """Return `part` with the columns of all groupings, empty where it is not by them."""
    empty = {name: _NO_TEXT if name in TEXTS else _NO_NUMBER for name in keys}
    shown = {name: part[name] if name in names else value for name, value in empty.items()}
    sums = {name: part[name] for name in Sums._fields}
    return part.select(**{_GROUPING: ibis.literal(which, "int64")}, **shown, **sums)


def _wholes(column: Any) -> list[int]:
    """Return sums as whole numbers, whatever the engine makes of them; None stays."""
    values: list[Any] = column.to_pylist()
    if pyarrow.types.is_integer(column.type):
        return values
    return [cast("int", None) if value is None else int(value) for value in values]
