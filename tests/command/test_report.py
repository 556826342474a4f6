"""``python -m ordersales report``: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from ordersales.__main__ import main
from ordersales.adapters.sqlalchemy import SqlStore, sqlite_engine
from ordersales.command import report
from ordersales.models.order import OrderStatus
from ordersales.ports.storage import Store
from ordersales.values.money import Money
from tests.listed import an_invoice, an_order
from tests.postgres import Database

pytestmark = pytest.mark.rule("T1", "T5", "T7")

#: In Berlin it is March already.
LATE = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
EARLY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def sell(store: Store) -> None:
    """Sell twice: in January, and in the last hour of February."""
    with store.transaction(an_order().account) as tx:
        for number, paid in ((1, EARLY), (2, LATE)):
            invoice = an_invoice(500 + number, settled_at=paid, covers=Money.of(number * 10, "EUR"))
            tx.orders.add(an_order(number, status=OrderStatus.COMPLETED, invoices=(invoice,)))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Return the file of a shop."""
    path = tmp_path / "shop.sqlite"
    engine = sqlite_engine(path)
    store = SqlStore(engine)
    store.create_tables()
    sell(store)
    engine.dispose()
    return path


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Return what runs the command, and tells its exit code and what it printed."""

    def run(*words: str | Path) -> tuple[int, str, str]:
        code = main(["report", *map(str, words)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


Told = Callable[..., tuple[int, str, str]]


def first_cells(printed: str) -> list[list[str]]:
    """Return the first three cells of each row of a table."""
    return [line.split()[:3] for line in printed.splitlines()[2:] if "  " in line]


def test_months_begin_in_the_zone(shop: Path, told: Told) -> None:
    """By month, what was paid in the last hour of February counts in March of a zone further east."""
    words = ("--db", shop, "--account", "acme", "--by", "month")

    in_utc, in_berlin = told(*words), told(*words, "--zone", "Europe/Berlin")

    assert (0, "") == (in_utc[0], in_utc[2])
    assert [
        ["2026-01-01", "EUR", "1"],
        ["2026-02-01", "EUR", "1"],
        ["total", "EUR", "2"],
    ] == first_cells(in_utc[1])
    assert "2026-03-01" == first_cells(in_berlin[1])[1][0]
    assert in_utc[1].endswith("completed orders, excluding refunds: 30.00 EUR\n")


def test_a_period_and_a_file(shop: Path, tmp_path: Path, told: Told) -> None:
    """The rows of the days asked for are printed, and stand in the file."""
    path = tmp_path / "out.csv"

    code, printed, _ = told(
        "--db", shop, "--account", "acme", "--by", "payment-system", "--by", "currency",
        "--from", "2026-02-01", "--to", "2026-02-28", "--refunds-with-payment", "--csv", path,
    )  # fmt: skip

    assert (0, "Cards") == (code, first_cells(printed)[0][0])
    head, row = path.read_text("utf-8").splitlines()
    assert "Payment system,Currency,Orders" == ",".join(head.split(",")[:3])
    assert "Cards,EUR,1,1,1,20.00" == ",".join(row.split(",")[:6])


def test_details_are_five_reports(shop: Path, told: Told) -> None:
    """By details all breakdowns are printed, one below the other."""
    code, printed, _ = told("--db", f"sqlite:///{shop}", "--account", "acme", "--by", "details")

    assert 0 == code
    for title in ("currency", "payment system", "offer", "offer category", "sales manager"):
        assert f"By {title}\n" in printed


def test_a_shop_in_postgres(database: Database, told: Told) -> None:
    """An address of PostgreSQL needs to name no driver."""
    engine = create_engine(database.url)
    store = SqlStore(engine)
    store.create_tables()
    sell(store)
    engine.dispose()

    code, printed, _ = told("--db", database.dsn, "--account", "acme")

    assert (0, [["EUR", "2", "2"]]) == (code, first_cells(printed))


def test_an_account_of_which_nothing_is_known(shop: Path, told: Told) -> None:
    """Where no money moved there is no row."""
    code, printed, _ = told("--db", shop, "--account", "other")

    assert 0 == code
    assert "completed orders, excluding refunds: nothing" in printed


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--zone", "Mars"], "argument --zone: 'Mars' was given; allowed is the name of a time"),
        (
            ["--from", "2026-03-02", "--to", "2026-03-01"],
            "argument --to: datetime.date(2026, 3, 1)",
        ),
        (
            ["--by", "day", "--by", "week"],
            "argument --by: 'day, week' was given; allowed is one of",
        ),
        (["--account", ""], "argument --account: '' was given; allowed is "),
        (["--by", "details", "--csv", "x.csv"], "argument --by: details are five reports"),
        (["--by", "details", "--by", "day"], "argument --by: details are five reports"),
        (["--db", "a://b@c:d"], "argument --db: it can't be read"),
        (["--csv", "/nowhere/x.csv"], "argument --csv: '/nowhere/x.csv' was given; No such file"),
        (["--db", "/nowhere/shop"], "argument --db: '/nowhere/shop' was given; there is no such"),
        (["--db", "oracle://me:secret@there/x"], "argument --db: it can't be read"),
        (
            ["--db", "postgresql+no://me:secret@there/x"],
            "argument --db: it can't be read; allowed is",
        ),
        (["--db", "postgresql://me@127.0.0.1:1/x"], "argument --db: the database failed at"),
    ],
)
def test_what_is_wrong_is_named(words: list[str], why: str, shop: Path, told: Told) -> None:
    """It ends with code 2 and says which option is wrong, and how; no word of a password."""
    code, _, error = told("--db", shop, "--account", "acme", *words)

    assert 2 == code
    assert error.startswith(why)
    assert "secret" not in error


@pytest.mark.parametrize("words", [["--from", "yesterday"], ["--by", "colour"], []])
def test_what_argparse_refuses(
    words: list[str], shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no day, no breakdown, or left out is refused before anything is opened."""
    with pytest.raises(SystemExit):
        main(["report", "--db", str(shop), *words])

    error = capsys.readouterr().err
    assert (words[0] if words else "--account") in error


def test_a_database_without_the_tables(tmp_path: Path, told: Told) -> None:
    """A file that is a shop's no database is told of as such."""
    path = tmp_path / "notes.sqlite"
    path.write_bytes(b"")

    code, _, error = told("--db", path, "--account", "acme")

    assert 2 == code
    assert "no such table: ordersales_" in error


def test_long_files_tell_how_far_they_are(
    shop: Path, tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While many rows are written, it is told aside how many are."""
    monkeypatch.setattr(report, "_MANY", 1)

    _, _, aside = told(
        "--db", shop, "--account", "acme", "--by", "day", "--csv", tmp_path / "days.csv"
    )  # fmt: skip

    assert "1 of 2 rows written\n2 of 2 rows written\n" == aside


@pytest.mark.parametrize(
    ("missing", "place", "extra"),
    [
        ("sqlalchemy", "shop.sqlite", "ordersales[sqlalchemy]"),
        ("psycopg", "postgresql://me@there/x", "ordersales[postgres]"),
    ],
)
def test_what_is_not_installed_is_named(
    missing: str, place: str, extra: str, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an extra that it takes, it says what to install."""
    monkeypatch.setitem(sys.modules, missing, None)

    code, _, error = told("--db", place, "--account", "acme")

    assert 2 == code
    assert extra in error
