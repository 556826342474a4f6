"""Draw the panels of a report with matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from itertools import chain
from math import nan
from os import PathLike
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from attrs import frozen
from matplotlib.figure import Figure as _Figure

from ordersales.adapters.pictures import panels
from ordersales.adapters.pictures.panels import Panel
from ordersales.errors import InvalidInput, Problem
from ordersales.models.report import Details, ReportResult
from ordersales.values import checks
from ordersales.values.money import Money

matplotlib: Final[Any] = mpl
Figure: Final[Any] = _Figure

#: How series are told apart without colours: the fill and the hatch of bars, and of lines the
#: dashes and the marker. Hatches are straight lines: an SVG writes each dot out as a curve.
_FILLS: Final = (("0.35", ""), ("1.0", "////"), ("0.8", "----"), ("1.0", "xxxx"))
_STROKES: Final = (("solid", "o"), ("dashed", "s"), ("dotted", "^"), ("dashdot", "D"))

_WIDTH: Final = 8.0
_MOST_BARS: Final = 200
#: So many days are all named.
_FEW_DAYS: Final = 6
_A_DAY: Final = timedelta(days=1)
_TICKS: Final = 6
#: How much of its place the bars of a row fill.
_THICK: Final = 0.7

#: The same input gives the same bytes, and text in an SVG stays text.
_WAYS: Final = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "hatch.linewidth": 0.6,
    "svg.fonttype": "none",
    "svg.hashsalt": "ordersales",
}


@frozen
class Picture:
    """A picture, to be had in either format."""

    _figure: Any

    def svg(self) -> bytes:
        """Return it as SVG."""
        return self._saved("svg", metadata={"Date": None})

    def png(self) -> bytes:
        """Return it as PNG."""
        return self._saved("png", dpi=144)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write it to a file, by its name as SVG or PNG.

        Raises:
            InvalidInput: The name ends neither in .svg nor in .png.
        """
        place = Path(path)
        made = {".svg": self.svg, ".png": self.png}.get(place.suffix.lower())
        if made is None:
            raise InvalidInput.of("path", str(path), "a name that ends in .svg or .png")
        place.write_bytes(made())
        return place

    def _repr_svg_(self) -> str:
        """Return what a notebook shows."""
        return self.svg().decode()

    def _saved(self, form: str, **ways: Any) -> bytes:
        into = BytesIO()
        with matplotlib.rc_context(_WAYS):
            self._figure.savefig(into, format=form, **ways)
        return into.getvalue()


def draw(
    result: ReportResult | Details,
    *measures: str,
    title: str = "",
    most: int = 20,
) -> Picture:
    """Return a picture of a report: bars, or lines where it is over time, a panel a currency.

    >>> from ordersales.models.report import Report
    >>> draw(ReportResult(report=Report(), rows=(), totals=())).svg()[:5]
    b'<?xml'

    Args:
        result: What is drawn, in its order; of details, each breakdown below the other.
        measures: Names of up to four figures that stand on one scale, such as *gross* and
            *refunds*; *net* where none are given. Over time and by something else only the first
            is drawn, a line for each of the four that were paid for most often.
        title: What stands above it.
        most: How many bars a panel has at most; how many more there are is said.

    Raises:
        InvalidInput: There is no such figure, or they are of several kinds.
    """
    checks.refuse(
        None
        if isinstance(result, ReportResult | Details)
        else Problem.of("result", result, "a ReportResult or Details"),
        checks.instance(title, "title", str),
        checks.whole(most, "most", least=1, most=_MOST_BARS),
    )
    parts = result.parts if isinstance(result, Details) else {"": result}
    one, *_ = parts.values()
    columns = panels.measures_of(one, measures or ("net",))
    with matplotlib.rc_context(_WAYS):
        if panels.is_over_time(one):
            figure = _over_time(panels.lines(one, columns), columns[0].label)
        else:
            below = (panels.bars(part, columns, most, name) for name, part in parts.items())
            figure = _of_bars([*chain.from_iterable(below)])
        if title:
            figure.suptitle(_plain(title), fontsize=13, x=0.02, ha="left")
    return Picture(figure)


def _of_bars(shown: Sequence[Panel]) -> Any:
    """Draw bars, as high a panel as it has bars."""
    heights = [0.9 + 0.34 * len(panel.places) * len(panel.series) ** 0.5 for panel in shown]
    figure, axes = _laid_out(heights)
    for axis, panel in zip(axes, shown, strict=False):
        _bars(axis, panel)
        _headed(axis, panel, f"{panel.more} more not shown" if panel.more else "")
    return figure


def _bars(axis: Any, panel: Panel) -> None:
    count = len(panel.series)
    thickness = _THICK / count
    for at, series in enumerate(panel.series):
        fill, hatch = _FILLS[at]
        middle = [place - _THICK / 2 + thickness * (at + 0.5) for place in range(len(panel.places))]
        lengths = [_length(figure) for figure in series.figures]
        ways = {"color": fill, "edgecolor": "black", "hatch": hatch, "linewidth": 0.8}
        drawn = axis.barh(middle, lengths, thickness, label=series.label, **ways)
        axis.bar_label(drawn, [_written(figure) for figure in series.figures], padding=4, size=9)
    axis.set_yticks(range(len(panel.places)), [_short(str(place)) for place in panel.places])
    axis.set_ylim(len(panel.places) - 0.5, -0.5)  # the first row on top, as in the table
    axis.margins(x=0.14)
    axis.axvline(0, color="black", linewidth=0.8)
    # No more than there is room for, even where they are millions.
    axis.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(_TICKS, steps=(1, 2, 5, 10)))
    axis.xaxis.set_major_formatter(_scale)
    axis.xaxis.grid(visible=True, color="0.85", linewidth=0.6)
    _legend(axis)


def _over_time(shown: Sequence[Panel], measure: str) -> Any:
    """Draw lines, one panel below the other on the same days."""
    figure, axes = _laid_out([2.4] * len(shown), sharex=True)
    for axis, panel in zip(axes, shown, strict=False):
        _lines(axis, panel)
        labels = {series.label for series in panel.series}
        _headed(axis, panel, "" if measure in labels else measure)
    if shown:
        _dated(axes[-1], shown[-1].places)
    return figure


def _lines(axis: Any, panel: Panel) -> None:
    for at, series in enumerate(panel.series):
        dashes, marker = _STROKES[at]
        # What is not there is not drawn, and no line leads over it.
        heights = [nan if told is None else _length(told) for told in series.figures]
        ways = {"color": "black", "linestyle": dashes, "linewidth": 1.3, "marker": marker}
        fill = {"markersize": 5, "markerfacecolor": "white" if at % 2 else "black"}
        axis.plot(panel.places, heights, label=_short(series.label, 22), **ways, **fill)
    axis.axhline(0, color="0.4", linewidth=0.6)
    axis.yaxis.set_major_formatter(_scale)
    axis.yaxis.grid(visible=True, color="0.85", linewidth=0.6)
    _legend(axis)


def _dated(axis: Any, days: Sequence[Any]) -> None:
    """Name the days below: each of a few, or as many as there is room for."""
    if len(days) <= _FEW_DAYS:
        axis.set_xticks(days, [day.isoformat() for day in days])
        axis.set_xlim(days[0] - _A_DAY, days[-1] + _A_DAY)
        return
    locator = matplotlib.dates.AutoDateLocator(minticks=3, maxticks=10)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(matplotlib.dates.ConciseDateFormatter(locator))


def _laid_out(heights: Sequence[float], **ways: Any) -> tuple[Any, list[Any]]:
    """Return an empty figure with panels of these heights; without one it says so."""
    figure = Figure(figsize=(_WIDTH, max(sum(heights), 1.2) + 0.5), layout="constrained")
    if not heights:
        figure.text(0.5, 0.4, "nothing to show", ha="center")
        return figure, []
    made = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights, **ways)
    figure.get_layout_engine().set(w_pad=0.1)
    axes = [row[0] for row in made]
    for axis in axes:
        axis.set_axisbelow(True)
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _headed(axis: Any, panel: Panel, note: str) -> None:
    told = [part for part in (panel.heading, panel.currency.code, note) if part]
    axis.set_title(" · ".join(told), loc="left", size=11, weight="bold")


def _legend(axis: Any) -> None:
    """Say what the series are, above the panel at the right."""
    place = {"loc": "lower right", "bbox_to_anchor": (1, 1), "borderaxespad": 0.1}
    axis.legend(ncols=panels.MOST_SERIES, frameon=False, fontsize=9, **place)


def _length(figure: panels.Figure | None) -> float:
    # A place on paper; what is written beside it is exact.
    return float(panels.number(figure))


def _written(figure: panels.Figure | None) -> str:
    if figure is None:
        return ""
    number = panels.number(figure)
    return f"{number:,f}" if isinstance(figure, Money | Decimal) else f"{number:,}"


def _scale(value: float, _: int) -> str:
    return f"{value:,.10g}"


def _short(text: str, longest: int = 32) -> str:
    """Return `text`, cut in its middle: names that begin alike mostly end otherwise."""
    if len(text) > longest:
        half = longest // 3
        text = f"{text[: longest - half - 1]}…{text[-half:]}"
    return _plain(text)


def _plain(text: str) -> str:
    """Return `text` so that nothing in it is taken for a formula."""
    return text.replace("$", r"\$")
