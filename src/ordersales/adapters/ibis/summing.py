"""Sums of facts as one Ibis expression, for whatever engine holds them (rules T2, T6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from ordersales.adapters.ibis.cutting import piece_of
from ordersales.adapters.ibis.filtering import counted_at, in_scope
from ordersales.adapters.ibis.untyped import Table, Whether, Whole, ibis
from ordersales.models.report import TIMES, Dimension, ReportScope
from ordersales.reports.cells import Cell, Sums, fields_of
from ordersales.reports.days import Days
from ordersales.reports.facts import PAYMENT

#: What an engine adds up in 64 bits is certainly right below this; above, decimals are asked for.
_SAFE: Final = 2.0**62


def summed(table: Table, dimensions: Sequence[Dimension], scope: ReportScope) -> tuple[Cell, ...]:
    """Return the sums of all facts of `table` in `scope`, by `dimensions`, as storage would.

    One query answers. A breakdown over time asks for the first and the last moment before, so
    that the engine can be told where the days begin; and where sums may not fit into 64 bits they
    are asked for again, wider.
    """
    keyed = _keyed(in_scope(table, scope), dimensions, scope)
    if keyed is None:
        return ()
    names = fields_of(dimensions)
    answered = _answered(grouped(keyed, names), names)
    if any(None in sums for _, sums in answered):
        return _answered(grouped(keyed, names, wide=True), names)
    return answered


def grouped(facts: Table, names: Sequence[str], *, wide: bool = False) -> Table:
    """Return what groups `facts` by the fields `names` and adds them up.

    A sum that might not fit is null, unless it is asked for as `wide`.
    """
    return facts.group_by(list(names)).aggregate(**_sums(facts, wide=wide))


def _keyed(facts: Table, dimensions: Sequence[Dimension], scope: ReportScope) -> Table | None:
    """Return `facts` with the day that a breakdown over time needs; None if there are none."""
    time = next((item for item in dimensions if item in TIMES), None)
    if time is None:
        return facts
    at = counted_at(facts, scope)
    (ends,) = facts.aggregate(first=at.min(), last=at.max()).to_pyarrow().to_pylist()
    if ends["first"] is None:
        return None
    edges = Days(scope.zone).edges(int(ends["first"]), int(ends["last"]), time)
    return facts.mutate(day=piece_of(at, edges, time))


def _sums(facts: Table, *, wide: bool) -> dict[str, Whole]:
    """Return each of `Sums`, by its name."""
    payment, told = facts.kind == PAYMENT, facts.commission.notnull()
    moved = ibis.ifelse(payment, facts.amount, -facts.amount)
    largest = facts.amount.max().cast("float64") * facts.count()
    most = facts.commission.abs().max().fill_null(0).cast("float64") * facts.count()

    def money(value: Whole, where: Whether, bound: Whole) -> Whole:
        if wide:
            return value.cast("decimal(38, 0)").sum(where=where).fill_null(0)
        return ibis.ifelse(bound < _SAFE, value.sum(where=where).fill_null(0), ibis.null("int64"))

    return {
        "orders": facts.opens_order.sum(),
        "payments": payment.sum(),
        "units": facts.units.sum(),
        "gross": money(facts.amount, payment, largest),
        "refunds": money(facts.amount, ~payment, largest),
        "commission": money(facts.commission, told, most),
        "commission_unknown": (payment & ~told).sum(),
        "completed": money(moved, facts.completed == 1, largest),
        "newest": facts.order.max(),
    }


def _answered(expression: Table, names: Sequence[str]) -> tuple[Cell, ...]:
    """Run it, and return the cells."""
    columns = expression.select([*names, *Sums._fields]).to_pyarrow().to_pydict()
    keys = zip(*(columns[name] for name in names), strict=True)
    sums = zip(*(map(_whole, columns[name]) for name in Sums._fields), strict=True)
    return tuple(Cell(key, Sums(*parts)) for key, parts in zip(keys, sums, strict=True))


def _whole(value: Any) -> int:
    """Return a sum as a whole number, whatever the engine makes of it; None stays."""
    return cast("int", None) if value is None else int(value)
