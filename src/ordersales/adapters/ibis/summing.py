"""Sums of facts as one Ibis expression, for whatever engine holds them (rules T2, T6)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any, Final

from ordersales.adapters.ibis.asking import Question
from ordersales.adapters.ibis.cutting import Run, piece_of, runs
from ordersales.adapters.ibis.filtering import counted_at, in_scope
from ordersales.adapters.ibis.untyped import Arrow, Table, Whole, compute, ibis, pyarrow
from ordersales.models.report import TIMES, Dimension, ReportScope
from ordersales.reports.cells import Cell, Sums, fields_of
from ordersales.reports.days import Days
from ordersales.reports.exported import TEXTS

#: What an engine adds up in 64 bits is certainly right below this; above, decimals are asked for.
_SAFE: Final = 2**62

#: How many questions are remembered. Days pass, and with them what is asked about.
_REMEMBERED: Final = 64

#: Which of several groupings a row belongs to, and what stands where it is not by a field.
_GROUPING: Final = "grouping"
_NO_TEXT: Final = ibis.literal("")
_NO_NUMBER: Final = ibis.literal(0, "int64")

#: The fields that sums are made of.
_ADDED: Final = (
    "refund", "completed", "opens_order", "units", "amount", "commission", "order",
)  # fmt: skip

#: By which fields the cells of an answer are; there may be several such groupings in one.
Groupings = tuple[tuple[str, ...], ...]


def summed(table: Table, dimensions: Sequence[Dimension], scope: ReportScope) -> tuple[Cell, ...]:
    """Return the sums of all facts of `table` in `scope`, by `dimensions`, as storage would."""
    (cells,) = FactSums(table).by([dimensions], scope)
    return cells


class FactSums:
    """The sums of a table of facts, which may grow; what is asked again is not made again.

    Two queries answer. A small one tells how far the facts reach: so sums that may not fit into
    64 bits are asked for wider, and the engine can be told where the days begin.
    """

    def __init__(self, table: Table) -> None:
        """Add nothing up yet."""
        self._reach = lru_cache(_REMEMBERED)(partial(_reach, table))
        self._sums = lru_cache(_REMEMBERED)(partial(_sums, table))

    def by(
        self, groupings: Sequence[Sequence[Dimension]], scope: ReportScope
    ) -> tuple[tuple[Cell, ...], ...]:
        """Return the sums by several groupings, all of them of one and the same query."""
        (reach,) = self._reach(scope).answer().to_pylist()
        if not reach["count"]:
            return ((),) * len(groupings)
        names = tuple(fields_of(one) for one in groupings)
        time = next((item for one in groupings for item in one if item in TIMES), None)
        pieces: tuple[Run, ...] = ()
        if time is not None:
            edges = Days(scope.zone).edges(int(reach["first"]), int(reach["last"]), time)
            pieces = tuple(runs(edges, time))
        most = max(int(reach["amount"]), int(reach["commission"] or 0))
        wide = most * int(reach["count"]) >= _SAFE
        return _cells(self._sums(scope, names, pieces, wide=wide).answer(), names)


def grouped(facts: Table, names: Sequence[str], *, wide: bool = False) -> Table:
    """Return what groups `facts` by the fields `names` and adds them up.

    Unless it is asked for as `wide`, each sum has to fit into 64 bits.
    """
    return facts.group_by(list(names)).aggregate(**_added(facts, wide=wide))


def _reach(table: Table, scope: ReportScope) -> Question:
    """Ask how many facts there are, from when to when, and for the greatest amounts."""
    facts = in_scope(table, scope)
    at = counted_at(facts, scope)
    return Question(
        facts.aggregate(
            count=facts.count(),
            first=at.min(),
            last=at.max(),
            amount=facts.amount.max(),
            commission=facts.commission.abs().max(),
        )
    )


def _sums(
    table: Table, scope: ReportScope, groupings: Groupings, pieces: Sequence[Run], *, wide: bool
) -> Question:
    """Ask for the sums by each grouping, where days, weeks or months are these pieces."""
    facts = in_scope(table, scope)
    if pieces:
        facts = facts.mutate(day=piece_of(counted_at(facts, scope), pieces))
    keys = _keys(groupings)
    # Each with its own columns: what parts have in common, DuckDB would write down before.
    parts = [
        _aligned(grouped(facts.select(*names, *_ADDED), names, wide=wide), which, names, keys)
        for which, names in enumerate(groupings)
    ]
    return Question(ibis.union(*parts) if len(parts) > 1 else parts[0])


def _added(facts: Table, *, wide: bool) -> dict[str, Whole]:
    """Return each of `Sums`, by its name."""
    # Whole numbers are compared in half the time of text: it is the kind of a refund or a payment.
    # Engines add everything up faster than what they have to pick.
    payment = facts.refund == 0

    def money(value: Whole) -> Whole:
        return (value.cast("decimal(38, 0)") if wide else value).sum()

    moved, gross = money(facts.amount), money(ibis.ifelse(payment, facts.amount, 0))
    payments = payment.sum()
    return {
        "orders": facts.opens_order.sum(),
        "payments": payments,
        "units": facts.units.sum(),
        "gross": gross,
        "refunds": moved - gross,
        # Refunds have none.
        "commission": money(facts.commission).fill_null(0),
        "commission_unknown": payments - facts.commission.count(),
        "completed": money(ibis.ifelse(payment, facts.amount, -facts.amount) * facts.completed),
        "newest": facts.order.max(),
    }


def _keys(groupings: Groupings) -> tuple[str, ...]:
    """Return all fields that any of the groupings is by, each once."""
    return tuple(dict.fromkeys(name for names in groupings for name in names))


def _aligned(part: Table, which: int, names: Sequence[str], keys: Sequence[str]) -> Table:
    """Return `part` with the columns of all groupings, empty where it is not by them."""
    empty = {name: _NO_TEXT if name in TEXTS else _NO_NUMBER for name in keys}
    shown = {name: part[name] if name in names else value for name, value in empty.items()}
    sums = {name: part[name] for name in Sums._fields}
    return part.select(**{_GROUPING: ibis.literal(which, "int64")}, **shown, **sums)


def _cells(answer: Arrow, groupings: Groupings) -> tuple[tuple[Cell, ...], ...]:
    """Return the cells of each grouping."""
    found = list[tuple[Cell, ...]]()
    for which, names in enumerate(groupings):
        part = answer.filter(compute.field(_GROUPING) == which)
        keys = zip(*(part[name].to_pylist() for name in names), strict=True)
        sums = zip(*(_wholes(part[name]) for name in Sums._fields), strict=True)
        found.append(tuple(map(Cell, keys, map(Sums._make, sums))))
    return tuple(found)


def _wholes(column: Any) -> list[int]:
    """Return sums as whole numbers, whatever the engine makes of them."""
    values: list[Any] = column.to_pylist()
    return values if pyarrow.types.is_integer(column.type) else list(map(int, values))
