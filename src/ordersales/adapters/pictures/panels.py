"""What a picture of a report shows, before anything is drawn: panels of series of points.

Two currencies never stand on one scale, so each has a panel of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, cast

from attrs import evolve, frozen

from ordersales.errors import InvalidInput
from ordersales.models.columns import KEYS, Column, Shown, chosen
from ordersales.models.report import TIMES, Dimension, ReportResult, ReportRow
from ordersales.reports.days import piece
from ordersales.values.currency import Currency
from ordersales.values.money import Money

#: So many can be told apart without colours.
MOST_SERIES: Final = 4
#: What can be drawn: figures, not names and days.
_FIGURES: Final = frozenset({Shown.MONEY, Shown.COUNT, Shown.PERCENT})
#: What stands for a row; its number where two have one name.
_NAMES: Final = ("payment system", "offer name", "category name", "sales manager")
_NUMBERS: Final = ("payment system", "offer number", "category number", "manager id")

#: What is no sum: it is not nothing where there is nothing.
_NOT_ADDED: Final = frozenset({"average order", "share of total"})
#: How many days behind its beginning a time is certainly over, and the next one is not.
_LONGEST: Final = {Dimension.DAY: 1, Dimension.WEEK: 7, Dimension.MONTH: 31}

Figure = Money | Decimal | int


@frozen(kw_only=True)
class Series:
    """The figures of one measure, or of one of the things that a report is by."""

    label: str
    #: One for each place of the panel; None where there is none.
    figures: tuple[Figure | None, ...]


@frozen(kw_only=True)
class Panel:
    """The figures of one currency."""

    currency: Currency
    #: What the bars stand for, or the first days of the times.
    places: tuple[str, ...] | tuple[date, ...]
    series: tuple[Series, ...]
    #: What it is about, where the picture is about several things.
    heading: str = ""
    #: How many rows it leaves out.
    more: int = 0


def measures_of(result: ReportResult, names: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns of those names, which are figures that stand on one scale.

    Raises:
        InvalidInput: There is no such figure, one is named twice, they are none or too many, or
            some are money and some are not.
    """
    figures = [column for column in result.report.available if column.shown in _FIGURES]
    found = chosen(names, figures, "measures") if names else ()
    if not 0 < len(found) <= MOST_SERIES or len({column.shown for column in found}) > 1:
        allowed = f"1 to {MOST_SERIES} names of figures of one kind"
        raise InvalidInput.of("measures", ", ".join(names), allowed)
    return found


def bars(
    result: ReportResult, measures: Sequence[Column], most: int, heading: str = ""
) -> tuple[Panel, ...]:
    """Return a panel for each currency, in it a place for each of its first `most` rows.

    The overall figure, where there is one, has a panel of its own below them.
    """
    panels = list[Panel]()
    for currency, rows in _by_currency(result.rows).items():
        shown, more = rows[:most], max(0, len(rows) - most)
        # By currency alone, nothing else names a row.
        places = [label or currency.code for label in _labels(shown)]
        panel = _panel(currency, places, shown, measures)
        panels.append(evolve(panel, heading=heading, more=more))
    if result.overall is not None:
        total = result.overall.figures
        panel = _panel(total.currency, ["all currencies"], [total], measures)
        panels.append(evolve(panel, heading="Overall, by the rates of each day"))
    return tuple(panels)


def _panel(
    currency: Currency, places: Sequence[str], rows: Sequence[ReportRow], measures: Sequence[Column]
) -> Panel:
    series = (
        Series(label=_named(column), figures=tuple(_figure(column, row) for row in rows))
        for column in measures
    )
    return Panel(currency=currency, places=tuple(places), series=tuple(series))


def lines(result: ReportResult, measures: Sequence[Column]) -> tuple[Panel, ...]:
    """Return a panel for each currency, in it a place for each time and a line for each thing.

    A report by time alone has a line for each measure; one by more has a line for each of the
    things with the most payments, of the first measure, the same things in each panel.
    """
    time = next(item for item in result.report.dimensions if item in TIMES)
    days = tuple(_days(time, [cast("date", row.day) for row in result.rows]))
    things = _things(result.rows)
    return tuple(
        Panel(currency=currency, places=days, series=tuple(_lines(rows, measures, days, things)))
        for currency, rows in _by_currency(result.rows).items()
    )


def _days(time: Dimension, found: Sequence[date]) -> Iterator[date]:
    """Yield every day, week or month from the first to the last, those without a row as well."""
    day, last = min(found, default=date.max), max(found, default=date.min)
    while day <= last:
        yield day
        # The next one begins within so many days, and a day of it has its number.
        following = day.toordinal() + _LONGEST[time]
        day = date.fromordinal(piece(following, time))


def _things(rows: Sequence[ReportRow]) -> tuple[str, ...]:
    """Return what is drawn of a report by time and more, the most often paid first."""
    payments = Counter[str]()
    for row, label in zip(rows, _labels(rows, unique=False), strict=True):
        payments[label] += row.payments
    return tuple(label for label, _ in payments.most_common(MOST_SERIES))


def is_over_time(result: ReportResult) -> bool:
    """Tell whether the rows of a report are days, weeks or months."""
    return not TIMES.isdisjoint(result.report.dimensions)


def _lines(
    rows: Sequence[ReportRow],
    measures: Sequence[Column],
    days: Sequence[date],
    things: Sequence[str],
) -> Iterator[Series]:
    if set(things) == {""}:
        for column in measures:
            yield _line(_named(column), column, rows, days)
        return
    labels = _labels(rows, unique=False)
    for thing in things:
        theirs = [row for row, label in zip(rows, labels, strict=True) if label == thing]
        yield _line(thing, measures[0], theirs, days)


def _named(column: Column) -> str:
    return f"{column.label}, %" if column.shown is Shown.PERCENT else column.label


def _line(label: str, column: Column, rows: Iterable[ReportRow], days: Sequence[date]) -> Series:
    # Where no money moved there is no row: that is nothing of what adds up, and else unknown.
    nothing = None if column.name in _NOT_ADDED else 0
    found = {row.day: _figure(column, row) for row in rows}
    return Series(label=label, figures=tuple(found.get(day, nothing) for day in days))


def number(figure: Figure | None) -> Decimal:
    """Return a figure without its currency; of none, 0."""
    if isinstance(figure, Money):
        return figure.amount
    return Decimal(figure or 0)


def _figure(column: Column, row: ReportRow) -> Figure | None:
    return cast("Figure | None", column.value(row))


def _by_currency(rows: Iterable[ReportRow]) -> dict[Currency, list[ReportRow]]:
    found = defaultdict[Currency, list[ReportRow]](list)
    for row in rows:
        found[row.currency].append(row)
    return dict(sorted(found.items(), key=lambda item: item[0].code))


def _labels(rows: Sequence[ReportRow], *, unique: bool = True) -> list[str]:
    """Return what each row is about, in words that tell them apart."""
    names = [_told(row, _NAMES) for row in rows]
    if not unique or len(set(names)) == len(names):
        return names
    numbers = (_told(row, _NUMBERS) for row in rows)
    return [
        f"{name} ({told})" if names.count(name) > 1 else name
        for name, told in zip(names, numbers, strict=True)
    ]


def _told(row: ReportRow, names: Sequence[str]) -> str:
    values = (column.value(row) for column in chosen(names, KEYS))
    return " · ".join(str(value) for value in values if value is not None)
