"""Pictures of reports: what they show, that nothing in them is run, and that no colour is needed."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from runpy import run_path
from typing import Any, Final

import pytest
from attrs import evolve, fields

from ordersales.adapters.pictures import draw, panels
from ordersales.errors import InvalidInput
from ordersales.models.report import WHOLE, Details, Dimension, Overall, Report, ReportResult
from ordersales.reports import roll_up
from ordersales.reports.facts import Fact
from ordersales.reports.fold import Tally
from ordersales.services.reporting import DETAILS
from ordersales.values.currency import Currency
from ordersales.values.money import Money
from tests.adapters.ibis.facts import a_row

HOUSE: Final = Path(__file__).parents[2]
EUR: Final = Currency.of("EUR")
NAMES: Final = [item.name for item in fields(Details)]
JANUARY: Final = date(2026, 1, 1)


def a_result(
    *facts: Fact, by: tuple[Dimension, ...], columns: tuple[str, ...] = ()
) -> ReportResult:
    """Return a report of these facts."""
    report = Report(dimensions=by, columns=columns)
    tally = Tally(report.dimensions, WHOLE)
    tally.add(facts)
    return roll_up.result(report, tally.cells(), report.dimensions)


def a_fact(order: int = 1, **fields: Any) -> Fact:
    """Return the fact of a payment."""
    return Fact(*a_row(order, **fields)[: len(Fact._fields)])  # type: ignore[arg-type] - a row is typed loosely


def at(year: int, month: int, day: int) -> dict[str, int]:
    """Return when money moved."""
    moment = (date(year, month, day) - date(1970, 1, 1)).days * 86_400_000_000
    return {"at": moment, "paid": moment}


def fact_on(order: int, year: int, month: int, day: int, **fields: Any) -> Fact:
    """Return the fact of a payment on a day."""
    return a_fact(order, **fields)._replace(**at(year, month, day))


def drawn(result: ReportResult, *measures: str, **ways: Any) -> str:
    """Return a picture as the text of its SVG."""
    return draw(result, *measures, **ways).svg().decode()


@pytest.mark.rule("T2")
def test_a_panel_for_each_currency() -> None:
    """Two currencies never stand on one scale; every figure is written beside its bar, exactly."""
    result = a_result(
        a_fact(1, amount=123456),
        a_fact(2, amount=500, currency="JPY"),
        a_fact(3, amount=1234567, currency="KWD"),
        by=(Dimension.OFFER,),
    )

    shown = panels.bars(result, panels.measures_of(result, ["net"]), 20)
    text = drawn(result)

    assert ["EUR", "JPY", "KWD"] == [panel.currency.code for panel in shown]
    for told in (">EUR<", ">JPY<", ">KWD<", ">1,234.56<", ">500<", ">1,234.567<", ">Course<"):
        assert told in text


@pytest.mark.rule("T1")
def test_measures_side_by_side() -> None:
    """Several figures of one kind are drawn beside each other, each named."""
    result = a_result(
        a_fact(1, amount=1000),
        a_fact(1, amount=400)._replace(kind="refund", refund=1, opens_order=0, units=0),
        by=(Dimension.OFFER,),
    )

    (panel,) = panels.bars(result, panels.measures_of(result, ["gross", "refunds"]), 20)

    assert ["Gross", "Refunds"] == [series.label for series in panel.series]
    assert ["10.00", "4.00"] == [str(panels.number(s.figures[0])) for s in panel.series]


def test_names_that_two_rows_have() -> None:
    """Rows that are called alike are told apart by their numbers."""
    result = a_result(
        a_fact(1, offer="C-1"), a_fact(2, offer="C-2"), a_fact(3, offer="B-1", offer_name="Book"),
        by=(Dimension.OFFER,),
    )  # fmt: skip

    (panel,) = panels.bars(result, panels.measures_of(result, ["net"]), 20)

    assert {"Course (C-1)", "Course (C-2)", "Book"} == {*panel.places}


def test_no_more_bars_than_can_be_read() -> None:
    """A panel has its first rows; how many more there are is said."""
    facts = [a_fact(number, offer=f"C-{number}", offer_name=f"N{number}") for number in range(1, 6)]

    text = drawn(a_result(*facts, by=(Dimension.OFFER,)), most=3)

    assert "2 more not shown" in text
    assert "not shown" not in drawn(a_result(*facts, by=(Dimension.OFFER,)), most=5)


@pytest.mark.rule("T1")
def test_lines_over_time() -> None:
    """A report over time alone has a line for each measure; where nothing moved there is nothing."""
    result = a_result(
        fact_on(1, 2026, 1, 5, amount=100), fact_on(2, 2026, 3, 31, amount=300),
        by=(Dimension.MONTH,),
    )  # fmt: skip

    (panel,) = panels.lines(result, panels.measures_of(result, ["gross", "average order"]))

    assert (JANUARY, date(2026, 2, 1), date(2026, 3, 1)) == panel.places
    gross, average = ([panels.number(one) for one in series.figures] for series in panel.series)
    assert [1, 0, 3] == gross == average
    assert (0, None) == tuple(series.figures[1] for series in panel.series)
    assert ">Gross<" in drawn(result, "gross", "average order")


@pytest.mark.parametrize(
    ("unit", "places"),
    [(Dimension.DAY, 8), (Dimension.WEEK, 2), (Dimension.MONTH, 1)],
)
def test_every_day_week_and_month_has_its_place(unit: Dimension, places: int) -> None:
    """The times between the first and the last are all there."""
    result = a_result(fact_on(1, 2026, 1, 5), fact_on(2, 2026, 1, 12), by=(unit,))

    (panel,) = panels.lines(result, panels.measures_of(result, ["net"]))

    assert places == len(panel.places)


@pytest.mark.rule("T1")
def test_a_line_for_each_thing() -> None:
    """Over time and by more, the things paid for most often have a line each, alike in each panel."""
    facts = [
        fact_on(
            10 * number + copy, 2026, 1, number, system=f"S{number}", currency=currency, amount=100
        )
        for number in range(1, 7)
        for copy in range(number)
        for currency in ("EUR", "USD")
    ]
    result = a_result(*facts, by=(Dimension.DAY, Dimension.SYSTEM))

    shown = panels.lines(result, panels.measures_of(result, ["net"]))

    for panel in shown:
        assert ["S6", "S5", "S4", "S3"] == [series.label for series in panel.series]
    assert ">Net<" not in drawn(result)
    assert 2 == len(re.findall(r">(?:EUR|USD) · Net<", drawn(result)))


@pytest.mark.rule("T2")
def test_a_currency_is_named_beside_its_bar() -> None:
    """By currency alone a bar is named by its currency."""
    (panel,) = panels.bars(
        a_result(a_fact(), by=()), panels.measures_of(a_result(by=()), ["net"]), 5
    )

    assert ("EUR",) == panel.places


@pytest.mark.rule("T2")
def test_the_overall_figure() -> None:
    """What all currencies come to has a panel of its own, below theirs."""
    result = a_result(a_fact(1, amount=700), a_fact(2, amount=500, currency="JPY"), by=())
    total = evolve(result.totals[0], net=Money(1234, EUR))
    result = evolve(result, overall=Overall(figures=total, rates=()))

    *_, panel = panels.bars(result, panels.measures_of(result, ["net"]), 20)

    assert (("all currencies",), EUR) == (panel.places, panel.currency)
    assert [Money(1234, EUR)] == [series.figures[0] for series in panel.series]
    assert ">Overall, by the rates of each day · EUR<" in drawn(result)


@pytest.mark.rule("T1")
def test_details() -> None:
    """Of details each breakdown is drawn, under its title, for each currency."""
    sales = [a_fact(1, manager="mira", manager_name="Mira", confirmed=1), a_fact(2, currency="USD")]
    cells = Tally(DETAILS, WHOLE)
    cells.add(sales)
    parts = [roll_up.result(Report(dimensions=(by,)), cells.cells(), DETAILS) for by in DETAILS]
    details = Details(**dict(zip(NAMES, parts, strict=True)))

    told = re.findall(r">(By [^<]+ · (?:EUR|USD))<", draw(details).svg().decode())

    both = [f"{title} · {code}" for title in [*details.parts][:4] for code in ("EUR", "USD")]
    assert [*both, "By sales manager · EUR"] == told


def test_a_few_days_are_all_named() -> None:
    """Where there are few days, each is named in full."""
    text = drawn(a_result(fact_on(1, 2026, 1, 5), by=(Dimension.DAY,)))

    assert ">2026-01-05<" in text


def test_what_is_unknown_is_not_written() -> None:
    """A row without an average, for want of an order, has a bar of no length and no figure."""
    back = a_fact(1, kind="refund", refund=1, opens_order=0, units=0)

    text = drawn(
        a_result(
            a_fact(2, amount=500, offer="B-1", offer_name="Book"), back, by=(Dimension.OFFER,)
        ),
        "average order",
    )

    assert (True, False) == (">5.00<" in text, ">0.00<" in text)


@pytest.mark.parametrize("by", [(Dimension.OFFER,), (Dimension.WEEK,)])
def test_nothing_to_show(by: tuple[Dimension, ...]) -> None:
    """A report without rows is a picture that says so."""
    assert ">nothing to show<" in drawn(a_result(by=by))


def test_black_and_white() -> None:
    """No colour is used: everything is black, white or grey, and series differ in more than that."""
    facts = [fact_on(n, 2026, 1, n, system=f"S{n}", amount=100 * n) for n in range(1, 5)]
    lines = drawn(a_result(*facts, by=(Dimension.DAY, Dimension.SYSTEM)))
    bars = drawn(a_result(*facts, by=(Dimension.SYSTEM,)), "gross", "refunds", "net", "completed")

    for text in (lines, bars):
        for red, green, blue in re.findall(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})\b", text):
            assert red == green == blue
    assert len({*re.findall(r"stroke-dasharray: [^;]+", lines)}) >= 3
    assert len({*re.findall(r"fill: url\(#\w+\)", bars)}) >= 3


def test_text_is_no_formula() -> None:
    """Whatever an offer is called, its name is shown as it is, cut where it is too long."""
    name = "$\\frac{1}{0}$ <b>&" + "x" * 50
    result = a_result(a_fact(1, offer_name=name), a_fact(2, offer="C-2"), by=(Dimension.OFFER,))

    text = drawn(result, title="$100 & more")

    assert "$\\frac{1}{0}$ &lt;b&gt;&amp;xxx…xxxxxxxxxx<" in text
    assert "$100 &amp; more" in text


def test_both_formats(tmp_path: Path) -> None:
    """The name of a file says its format; the same report is the same bytes; a notebook shows it."""
    result = a_result(a_fact(), by=(Dimension.OFFER,))
    picture = draw(result)

    assert draw(result).svg() == picture.svg()
    assert picture.svg() == picture.save(tmp_path / "a.svg").read_bytes()
    assert picture.save(tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG\r\n")
    assert picture.svg().decode() == picture._repr_svg_()


@pytest.mark.rule("B1")
def test_another_format_is_refused(tmp_path: Path) -> None:
    """Any other name is refused, and nothing is written."""
    with pytest.raises(InvalidInput) as caught:
        draw(a_result(by=())).save(tmp_path / "a.pdf")

    assert ["path"] == [problem.field for problem in caught.value.problems]
    assert [] == [*tmp_path.iterdir()]


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    "measures",
    [("offer name",), ("gross", "gross"), ("gross", "orders"), ("gros",), ("share of total", "net"),
     ("gross", "refunds", "net", "commission", "credited")],
)  # fmt: skip
def test_what_stands_on_no_scale(measures: tuple[str, ...]) -> None:
    """Names that are no figures, too many, or of several kinds are refused by name."""
    with pytest.raises(InvalidInput) as caught:
        draw(a_result(by=()), *measures)

    assert ["measures"] == [problem.field for problem in caught.value.problems]


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("field", "ways"), [("title", {"title": 7}), ("most", {"most": 0}), ("most", {"most": 201})]
)
def test_bad_ways_to_draw(field: str, ways: dict[str, Any]) -> None:
    """What is no title and no number of bars is refused by name."""
    with pytest.raises(InvalidInput) as caught:
        draw(a_result(by=()), **ways)

    assert [field] == [problem.field for problem in caught.value.problems]


def test_no_report_is_refused() -> None:
    """Only a report can be drawn."""
    with pytest.raises(InvalidInput):
        draw("gross")  # type: ignore[arg-type] - what is refused


def test_counts_and_shares() -> None:
    """Counts and shares are drawn as well, and written as they are."""
    result = a_result(a_fact(1), a_fact(2, offer="B-1", offer_name="Book"), by=(Dimension.OFFER,))

    assert ">1<" in drawn(result, "payments")
    assert ">50.00<" in drawn(result, "share of total")
    assert ">Share of total, %<" in drawn(result, "share of total")


def test_the_pictures_of_the_guide() -> None:
    """The guide's pictures are all drawn by the script beside them, and the guide shows each."""
    drawn_there = dict(run_path(str(HOUSE / "docs" / "pictures" / "make.py"))["pictures"]())
    guide = (HOUSE / "docs" / "guides" / "pictures-of-reports.md").read_text("utf-8")

    assert {path.stem for path in (HOUSE / "docs" / "pictures").glob("*.svg")} == {*drawn_there}
    assert {*re.findall(r"\(../pictures/([\w-]+).svg\)", guide)} == {*drawn_there}
