"""From cells to a report: fewer dimensions, names, totals and measures (rules T1-T4).

Every breakdown of a page comes from the cells of one pass, rolled up; all engines share this.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final

from ordersales.models.offer import Category
from ordersales.models.report import (
    Dimension,
    Overall,
    Report,
    ReportResult,
    ReportRow,
    in_order,
)
from ordersales.models.sale import Manager
from ordersales.reports.cells import Cell, Sums, fields_of, together
from ordersales.values.currency import Currency
from ordersales.values.identifiers import CategoryNumber, OfferNumber, SystemName, UserId
from ordersales.values.money import Money
from ordersales.values.share import shown_parts

#: Names change while numbers stay: rows are told apart without them, and show the newest.
_NAMES: Final = frozenset({"offer_name", "category_name", "manager_name", "confirmed"})

NOTHING: Final = Sums(0, 0, 0, 0, 0, 0, 0, 0, 0)


def result(
    report: Report,
    cells: Iterable[Cell],
    by: Sequence[Dimension],
    overall: Overall | None = None,
) -> ReportResult:
    """Return `report`, made of cells by the dimensions `by`, which have all of its own."""
    fields = fields_of(by)
    kept, left_out = _confirmed(report.dimensions, cells, fields)
    found = _rolled_up(report.dimensions, kept, fields)
    rows = _rows(found)
    rows.sort(key=_usual)
    # The rows are few, so totals are made of them, and not of the cells once more.
    totals = _by_currency((key["currency"], sums) for key, sums in found)
    rest = _by_currency((cell.key[fields.index("currency")], cell.sums) for cell in left_out)
    everything = _by_currency((*totals.items(), *rest.items()))
    return ReportResult(
        report=report,
        rows=in_order(rows, report),
        totals=_totals(totals),
        left_out=_totals(rest, counted=False),
        completed=tuple(
            Money(everything[code].completed, Currency.of(code)) for code in sorted(everything)
        ),
        overall=overall,
    )


def counts(manager: object, confirmed: object) -> bool:
    """Tell whether a sale counts by sales manager: only where a person has confirmed one (T4)."""
    return bool(manager and confirmed)


def counted(cells: Iterable[Cell], by: Sequence[Dimension]) -> tuple[Cell, ...]:
    """Return those of cells by the dimensions `by` that the rows of a report by them count."""
    return tuple(_confirmed(by, cells, fields_of(by))[0])


def _confirmed(
    dimensions: Iterable[Dimension], cells: Iterable[Cell], fields: Sequence[str]
) -> tuple[list[Cell], list[Cell]]:
    """Return the cells that the rows count, and those that they leave out (rule T4)."""
    if Dimension.MANAGER not in dimensions:
        return list(cells), []
    manager, confirmed = fields.index("manager"), fields.index("confirmed")
    kept, left_out = list[Cell](), list[Cell]()
    for cell in cells:
        (kept if counts(cell.key[manager], cell.key[confirmed]) else left_out).append(cell)
    return kept, left_out


def _usual(row: ReportRow) -> tuple[Any, ...]:
    """Return where a row stands unless another order is asked for: none are equal."""
    return (
        row.day or date.min,
        row.currency.code,
        -row.gross.minor,
        row.system or "",
        row.offer_number or "",
        row.category.number if row.category else "",
        row.manager.user if row.manager else "",
    )


def _rolled_up(
    dimensions: Sequence[Dimension], cells: Iterable[Cell], fields: Sequence[str]
) -> list[tuple[dict[str, Any], Sums]]:
    """Return for each row of a report what it is about, with its newest names, and its sums."""
    names = fields_of(dimensions)
    about = itemgetter(*(fields.index(name) for name in names if name not in _NAMES))
    shown = [(name, fields.index(name)) for name in names]
    groups = defaultdict[Any, list[Cell]](list)
    for cell in cells:
        groups[about(cell[0])].append(cell)
    found = list[tuple[dict[str, Any], Sums]]()
    for group in groups.values():
        if len(group) == 1:
            key, sums = group[0]
        else:
            sums = together([sums for _, sums in group])
            key = max(key for key, part in group if part[-1] == sums.newest)
        found.append(({name: key[place] for name, place in shown}, sums))
    return found


def _by_currency(parts: Iterable[tuple[Any, Sums]]) -> dict[str, Sums]:
    """Return the sums of each currency, given some of them with its code."""
    found = defaultdict[str, list[Sums]](list)
    for code, sums in parts:
        found[code].append(sums)
    return {code: together(theirs) for code, theirs in found.items()}


def _rows(found: Sequence[tuple[dict[str, Any], Sums]]) -> list[ReportRow]:
    """Return the rows, each with its share of those in its currency."""
    shares: dict[int, Decimal] = {}
    by_currency = defaultdict[str, list[int]](list)
    for at, (key, _) in enumerate(found):
        by_currency[key["currency"]].append(at)
    for places in by_currency.values():
        shares.update(zip(places, shown_parts([found[at][1].gross for at in places]), strict=False))
    return [row(key, sums, shares.get(at)) for at, (key, sums) in enumerate(found)]


def _totals(sums: Mapping[str, Sums], *, counted: bool = True) -> tuple[ReportRow, ...]:
    return tuple(
        row(
            {"currency": code}, part, *shown_parts([part.gross]) if counted else (), counted=counted
        )
        for code, part in sorted(sums.items())
    )


def row(
    key: Mapping[str, Any], sums: Sums, share: Decimal | None = None, *, counted: bool = True
) -> ReportRow:
    """Return the row of what `key` names, with its measures made of `sums` (rule T2)."""
    currency = Currency.of(key["currency"])
    net = sums.gross - sums.refunds
    return ReportRow(
        currency=currency,
        system=SystemName(key["system"]) if "system" in key else None,
        offer_number=OfferNumber(key["offer"]) if "offer" in key else None,
        offer_name=key.get("offer_name"),
        category=_category(key),
        manager=_manager(key),
        day=date.fromordinal(key["day"]) if "day" in key else None,
        orders=sums.orders,
        payments=sums.payments,
        units=sums.units,
        gross=Money(sums.gross, currency),
        refunds=Money(sums.refunds, currency),
        net=Money(net, currency),
        commission=Money(sums.commission, currency),
        commission_unknown=sums.commission_unknown,
        credited=Money(net - sums.commission, currency),
        average_order=average(sums, currency),
        share=share,
        completed=Money(sums.completed, currency),
        counted=counted,
    )


def average(sums: Sums, currency: Currency) -> Money | None:
    """Return gross by orders, rounded half-even to a minor unit; None without an order."""
    if not sums.orders:
        return None
    # As round() does it with a Fraction, and many times as fast.
    whole, rest = divmod(sums.gross, sums.orders)
    up = 2 * rest > sums.orders or (2 * rest == sums.orders and whole % 2 == 1)
    return Money(whole + up, currency)


def _category(key: Mapping[str, Any]) -> Category | None:
    if "category" not in key:
        return None
    return Category(number=CategoryNumber(key["category"]), name=key["category_name"])


def _manager(key: Mapping[str, Any]) -> Manager | None:
    if "manager" not in key:
        return None
    return Manager(user=UserId(key["manager"]), name=key["manager_name"])
