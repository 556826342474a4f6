"""Facts of a shop are written to a lake as they change, and give the shop's own reports there."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import ibis
import pytest

from ordersales import BackOffice, Money, Permission
from ordersales.adapters.ibis import (
    FactExport,
    FactReports,
    Lake,
    LakeProgress,
    export_facts,
    exporting,
)
from ordersales.errors import InvalidInput, PermissionMissing
from ordersales.models.offer import AnyShare
from ordersales.reports.exported import FIELDS, FactChanges
from ordersales.testing import an_actor
from tests.adapters.ibis.facts import a_row
from tests.drivers import BOSS, DOORS, Door, Shop, a_card, eur, key

REPORTER: Final = an_actor(Permission.SEE_REPORTS)
NOTHING: Final = FactChanges(0, 0, ())


@pytest.fixture
def shop() -> Shop:
    """Return a shop behind the synchronous door."""
    return Shop.behind(BackOffice)


def paid(shop: Shop, count: int, since: int = 1) -> None:
    """Let Ada order and pay so many times."""
    for number in range(since, since + count):
        order = shop.place(under=f"cart-{number}")
        shop.charge(order, under=f"pay-{number}", method=a_card())


def amounts(folder: Path) -> dict[int, int]:
    """Return what was paid for each order, as the lake tells."""
    table = Lake(folder).table(ibis.duckdb.connect()).to_pyarrow().to_pydict()
    return {
        order: amount
        for order, amount, refund in zip(
            table["order"], table["amount"], table["refund"], strict=True
        )
        if not refund
    }


@pytest.mark.rule("E1", "T6")
def test_only_what_changed_is_written(shop: Shop, tmp_path: Path) -> None:
    """The first run writes everything; later ones what has happened since; then nothing."""
    paid(shop, 2)
    first = export_facts(shop.office, REPORTER, tmp_path)
    paid(shop, 1, since=3)
    second = export_facts(shop.office, REPORTER, tmp_path)
    third = export_facts(shop.office, REPORTER, tmp_path)

    assert [2, 1, 0] == [run.orders for run in (first, second, third)]
    assert {1: 10000, 2: 10000, 3: 10000} == amounts(tmp_path)
    assert second.position == third.position == Lake(tmp_path).manifest("acme").position
    assert LakeProgress(position=second.position) == third


@pytest.mark.rule("F1", "T6")
def test_a_refund_replaces_what_was_written(shop: Shop, tmp_path: Path) -> None:
    """What changes of an order that was written is written anew, and read once."""
    paid(shop, 1)
    export_facts(shop.office, REPORTER, tmp_path)
    (invoice,) = shop.look(shop.place(under="cart-1")).invoices
    shop.office.refunds.refund(
        BOSS, 1, invoice.number, key=key("back-1"), amount=eur("30"), reason="late"
    )

    export_facts(shop.office, REPORTER, tmp_path)

    reports = FactReports(Lake(tmp_path).table(ibis.duckdb.connect()), BOSS.account)
    (row,) = reports.details().by_currency.rows
    assert (eur("100"), eur("30"), 1) == (row.gross, row.refunds, row.payments)
    assert shop.office.reports.details(REPORTER) == reports.details()


@pytest.mark.rule("T6")
def test_written_in_batches(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than a batch waits in memory; after each one, progress is told and kept."""
    monkeypatch.setattr(exporting, "BATCH", 2)
    monkeypatch.setattr(exporting, "MOST_AT_ONCE", 4)
    paid(shop, 5)
    told: list[LakeProgress] = []

    done = export_facts(shop.office, REPORTER, tmp_path, on_progress=told.append)

    assert done == told[-1]
    # An order whose events come in two batches is written with each.
    assert 5 == len(amounts(tmp_path)) <= done.facts
    assert len(told) > 2
    assert sorted(told, key=lambda progress: progress.position) == told


@pytest.mark.rule("T6")
def test_a_run_that_was_stopped_goes_on(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that ends after any batch is taken up behind it."""
    monkeypatch.setattr(exporting, "BATCH", 2)
    monkeypatch.setattr(exporting, "MOST_AT_ONCE", 4)
    paid(shop, 5)

    written: list[LakeProgress] = []

    def stop(progress: LakeProgress) -> None:
        written.append(progress)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_facts(shop.office, REPORTER, tmp_path, on_progress=stop)
    before = amounts(tmp_path)
    done = export_facts(shop.office, REPORTER, tmp_path)

    assert 0 < len(before) < 5
    assert 5 == len(amounts(tmp_path))
    everything = export_facts(shop.office, REPORTER, tmp_path / "another")
    assert everything.events == written[0].events + done.events


def test_an_order_that_changes_twice_in_a_batch(tmp_path: Path) -> None:
    """Of an order that is fetched twice before it is written, the later state is."""
    export = FactExport(Lake(tmp_path), "acme")

    assert export.take(FactChanges(3, 3, (a_row(1, 10), a_row(2, 20))))
    assert export.take(FactChanges(5, 2, (a_row(1, 11),)))
    assert not export.take(FactChanges(5, 0, ()))

    assert {1: 11, 2: 20} == amounts(tmp_path)
    assert (5, 5, 2, 2) == (
        export.done.position,
        export.done.events,
        export.done.orders,
        export.done.facts,
    )


def test_orders_without_money(shop: Shop, tmp_path: Path) -> None:
    """An order that nothing was paid for leaves no fact, and is not looked at again."""
    shop.place()

    done = export_facts(shop.office, REPORTER, tmp_path)

    assert (0, 0) == (done.orders, done.facts)
    assert done.position > 0
    assert 0 == export_facts(shop.office, REPORTER, tmp_path).events


@pytest.mark.rule("A2")
def test_exporting_asks_for_its_permission(shop: Shop, tmp_path: Path) -> None:
    """Whoever may do everything but see reports is refused, and nothing is written."""
    others = an_actor(*(set(Permission) - {Permission.SEE_REPORTS}))

    with pytest.raises(PermissionMissing) as caught:
        export_facts(shop.office, others, tmp_path / "lake")

    assert Permission.SEE_REPORTS == caught.value.permission
    assert not (tmp_path / "lake").exists()


@pytest.mark.rule("E1")
@pytest.mark.parametrize("door", DOORS)
def test_changes_are_told_at_both_doors(door: Door) -> None:
    """The facts of what changed behind a position are told, and up to where they go."""
    shop = Shop.behind(door)
    paid(shop, 2)

    first = shop.office.reports.changed_facts(REPORTER, limit=1)
    rest = shop.office.reports.changed_facts(REPORTER, after=first.position)
    end = shop.office.reports.changed_facts(REPORTER, after=rest.position)

    assert (1, 0) == (first.events, end.events)
    assert rest.position == end.position
    assert () == end.rows
    order = FIELDS.index("order")
    assert [1, 2] == [row[order] for row in rest.rows]


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("field", "value"), [("after", -1), ("after", "x"), ("limit", 0), ("limit", 1001)]
)
def test_a_position_and_a_limit(shop: Shop, field: str, value: object) -> None:
    """What is no position or no limit is refused by name."""
    with pytest.raises(InvalidInput) as caught:
        shop.office.reports.changed_facts(REPORTER, **{field: value})  # type: ignore[arg-type] - what is refused

    assert [field] == [problem.field for problem in caught.value.problems]


@pytest.mark.rule("E2")
def test_no_customer_is_named(shop: Shop) -> None:
    """What leaves the shop names no customer: it could not be erased elsewhere."""
    paid(shop, 1)

    (row,) = shop.office.reports.changed_facts(REPORTER).rows

    assert not [value for value in row if "Lovelace" in str(value)]
    assert "ada" == row[FIELDS.index("customer")]


@pytest.mark.rule("L3")
def test_what_filters_ask_of_an_order(shop: Shop) -> None:
    """A row holds what a filter asks of its order and its invoice."""
    order = shop.place(AnyShare())
    shop.charge(order, "40", method=a_card())

    (row,) = shop.office.reports.changed_facts(REPORTER).rows

    told = dict(zip(FIELDS, row, strict=True))
    expected = {
        "status": "Open",
        "price_currency": "EUR",
        "price": Money.of("100", "EUR").minor,
        "partial": 1,
        "needs_attention": 0,
        "payment_status": "Paid",
    }
    assert expected == {name: told[name] for name in expected}
