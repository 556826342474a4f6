"""From cells to a report: fewer dimensions, names, totals and measures (rules T1-T4).

Every breakdown of a page comes from the cells of one pass, rolled up; all engines share this.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from ordersales.models.offer import Category
from ordersales.models.report import (
    Dimension,
    Report,
    ReportResult,
    ReportRow,
)
from ordersales.models.sale import Manager
from ordersales.reports.cells import Cell, Key, Sums, added, fields_of
from ordersales.values.currency import Currency
from ordersales.values.identifiers import CategoryNumber, OfferNumber, SystemName, UserId
from ordersales.values.money import Money
from ordersales.values.share import Share, shown_shares

#: Names change while numbers stay: rows are told apart without them, and show the newest.
_NAMES: Final = frozenset({"offer_name", "category_name", "manager_name", "confirmed"})

NOTHING: Final = Sums(0, 0, 0, 0, 0, 0, 0, 0, 0)


def result(report: Report, cells: Iterable[Cell], by: Sequence[Dimension]) -> ReportResult:
    """Return `report`, made of cells by the dimensions `by`, which have all of its own."""
    kept, left_out = _confirmed(report, cells, fields_of(by))
    found = _rolled_up(report, kept, fields_of(by))
    rows = _rows(found)
    everything = _by_currency(fields_of(by), (*kept, *left_out))
    return ReportResult(
        report=report,
        rows=tuple(rows),
        totals=_totals(_by_currency(fields_of(by), kept)),
        left_out=_totals(_by_currency(fields_of(by), left_out)),
        completed=tuple(
            Money(sums.completed, Currency.of(code)) for code, sums in sorted(everything.items())
        ),
    )


def _confirmed(
    report: Report, cells: Iterable[Cell], fields: Sequence[str]
) -> tuple[list[Cell], list[Cell]]:
    """Return the cells that count, and those that don't: of managers, unconfirmed ones (T4)."""
    if Dimension.MANAGER not in report.dimensions:
        return list(cells), []
    manager, confirmed = fields.index("manager"), fields.index("confirmed")
    kept, left_out = list[Cell](), list[Cell]()
    for cell in cells:
        counts = cell.key[manager] and cell.key[confirmed]
        (kept if counts else left_out).append(cell)
    return kept, left_out


def _rolled_up(
    report: Report, cells: Iterable[Cell], fields: Sequence[str]
) -> list[tuple[dict[str, Any], Sums]]:
    """Return for each row of the report what it is about, with its newest names, and its sums."""
    names = fields_of(report.dimensions)
    places = [fields.index(name) for name in names]
    told_apart = [place for place in places if fields[place] not in _NAMES]
    sums: dict[Key, Sums] = {}
    newest: dict[Key, Key] = {}
    for key, part in cells:
        row = tuple(key[place] for place in told_apart)
        known = sums.get(row)
        if known is None or (part.newest, key) > (known.newest, newest[row]):
            newest[row] = key
        sums[row] = part if known is None else added(known, part)
    return [
        ({name: newest[row][place] for name, place in zip(names, places, strict=True)}, sums[row])
        for row in sums
    ]


def _by_currency(fields: Sequence[str], cells: Iterable[Cell]) -> dict[str, Sums]:
    place, sums = fields.index("currency"), defaultdict[str, Sums](lambda: NOTHING)
    for key, part in cells:
        code = str(key[place])
        sums[code] = added(sums[code], part)
    return sums


def _rows(found: Sequence[tuple[dict[str, Any], Sums]]) -> list[ReportRow]:
    """Return the rows, each with its share of those in its currency."""
    shares: dict[int, Decimal] = {}
    by_currency = defaultdict[str, list[int]](list)
    for at, (key, _) in enumerate(found):
        by_currency[key["currency"]].append(at)
    for places in by_currency.values():
        shares.update(zip(places, _shares([found[at][1].gross for at in places]), strict=False))
    return [_row(key, sums, shares.get(at)) for at, (key, sums) in enumerate(found)]


def _shares(gross: Sequence[int]) -> tuple[Decimal, ...]:
    total = sum(gross)
    return shown_shares([Share(Fraction(part, total)) for part in gross]) if total else ()


def _totals(sums: Mapping[str, Sums]) -> tuple[ReportRow, ...]:
    return tuple(
        _row({"currency": code}, part, *_shares([part.gross]))
        for code, part in sorted(sums.items())
    )


def _row(key: Mapping[str, Any], sums: Sums, share: Decimal | None = None) -> ReportRow:
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
    )


def average(sums: Sums, currency: Currency) -> Money | None:
    """Return gross by orders, rounded half-even to a minor unit; None without an order."""
    # round() of a Fraction is half-even.
    return Money(round(Fraction(sums.gross, sums.orders)), currency) if sums.orders else None


def _category(key: Mapping[str, Any]) -> Category | None:
    if "category" not in key:
        return None
    return Category(number=CategoryNumber(key["category"]), name=key["category_name"])


def _manager(key: Mapping[str, Any]) -> Manager | None:
    if "manager" not in key:
        return None
    return Manager(user=UserId(key["manager"]), name=key["manager_name"])
