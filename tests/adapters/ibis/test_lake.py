"""A lake of facts: what is written, what is read, and what a crash at any point leaves behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import ibis
import pyarrow.parquet as pq
import pytest

from ordersales.adapters.ibis import SCHEMA, Lake
from ordersales.adapters.ibis import lake as lakes
from ordersales.adapters.ibis.manifest import NAME, Manifest
from ordersales.errors import BrokenInvariant, Conflict, InvalidInput
from tests.adapters.ibis.facts import MARCH, a_row
from tests.spark import ON_SPARK

APRIL: Final = datetime(2026, 4, 1, tzinfo=UTC)

READERS: Final = [
    pytest.param("duckdb", id="DuckDB"),
    pytest.param("polars", id="polars"),
    pytest.param("spark", id="Spark", marks=ON_SPARK),
]


@pytest.fixture(params=READERS)
def connection(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Return a connection to each engine that reads Parquet."""
    if request.param == "spark":
        yield request.getfixturevalue("spark")
        return
    found = getattr(ibis, request.param).connect()
    yield found
    found.disconnect()


def read(lake: Lake, connection: Any) -> dict[int, int]:
    """Return the amount of each order, which must be there once."""
    table = lake.table(connection).to_pyarrow().to_pydict()
    found = dict(zip(table["order"], table["amount"], strict=True))
    assert len(found) == len(table["order"])
    return found


def amounts(lake: Lake) -> dict[int, int]:
    """Return the amount of each order, as DuckDB reads it."""
    return read(lake, ibis.duckdb.connect())


def files(folder: Path) -> set[str]:
    """Return the files of facts that are there, whether they count or not."""
    return {path.name for path in folder.rglob("*") if path.is_file() and path.name != NAME}


def test_an_empty_lake(tmp_path: Path, connection: Any) -> None:
    """A lake that nobody wrote to has all columns and no facts."""
    table = Lake(tmp_path / "nowhere").table(connection)

    assert tuple(SCHEMA.names) == table.columns
    assert table.to_pyarrow().num_rows == 0


@pytest.mark.rule("E1", "T6")
def test_orders_as_they_were_last_written(tmp_path: Path, connection: Any) -> None:
    """What is added of an order stands in for all that was there of it, in every month."""
    lake = Lake(tmp_path)

    lake.add("acme", [a_row(1, 10), a_row(2, 20, at=APRIL)], 5)
    lake.add("acme", [a_row(1, 11), a_row(3, 30, at=APRIL)], 8)
    assert {1: 11, 2: 20, 3: 30} == read(lake, connection)
    lake.settle("acme")
    assert {1: 11, 2: 20, 3: 30} == read(lake, connection)
    lake.add("acme", [a_row(2, 22, at=APRIL)], 9)
    assert {1: 11, 2: 22, 3: 30} == read(lake, connection)
    lake.add("acme", [a_row(2, 23, at=APRIL)], 10)
    lake.settle("acme")

    assert {1: 11, 2: 23, 3: 30} == read(lake, connection)
    assert 10 == lake.manifest("acme").position


def test_only_what_changed_is_rewritten(tmp_path: Path) -> None:
    """Putting files together leaves the months alone in which nothing has changed."""
    lake = Lake(tmp_path)
    lake.add("acme", [a_row(1, 10), a_row(2, 20, at=APRIL)], 5)
    lake.settle("acme")
    before = {part.month: part.path for part in lake.manifest("acme").parts}
    lake.add("acme", [a_row(2, 21, at=APRIL)], 6)

    lake.settle("acme")

    after = {part.month: part.path for part in lake.manifest("acme").parts}
    assert before["2026-03"] == after["2026-03"]
    assert before["2026-04"] != after["2026-04"]
    assert {1: 10, 2: 21} == amounts(lake)


def test_nothing_to_put_together(tmp_path: Path) -> None:
    """Putting together what is together changes nothing."""
    lake = Lake(tmp_path)
    lake.add("acme", [a_row()], 5)
    lake.settle("acme")
    before = lake.manifest("acme")

    lake.settle("acme")

    assert before == lake.manifest("acme")


def test_a_payment_that_moved_to_another_month(tmp_path: Path) -> None:
    """Where an order's facts are in another month than before, the old ones are gone for good."""
    lake = Lake(tmp_path)
    lake.add("acme", [a_row(1, 10)], 5)
    lake.settle("acme")
    lake.add("acme", [a_row(1, 10, at=APRIL)], 6)
    assert {1: 10} == amounts(lake)

    lake.settle("acme")

    assert ["2026-04"] == [part.month for part in lake.manifest("acme").parts]
    assert {1: 10} == amounts(lake)


@pytest.mark.rule("A4")
def test_accounts_are_kept_apart(tmp_path: Path, connection: Any) -> None:
    """Orders of one number in two accounts are two orders, whatever the accounts are called."""
    lake, odd = Lake(tmp_path), "../a/b=c ü%2F"
    lake.add("acme", [a_row(1, 10)], 5)
    lake.settle("acme")
    lake.add(odd, [a_row(1, 99, account=odd)], 1)

    table = lake.table(connection).to_pyarrow().to_pydict()

    assert {("acme", 10), (odd, 99)} == {*zip(table["account"], table["amount"], strict=True)}
    assert {"acme", odd} == {*lake.accounts()}
    assert 2 == len([*tmp_path.iterdir()])


@pytest.mark.rule("T6")
def test_files_that_readers_hold(tmp_path: Path) -> None:
    """Files that were put together stay until something is written again, and then go."""
    lake, connection = Lake(tmp_path), ibis.duckdb.connect()
    lake.add("acme", [a_row(1, 10)], 5)
    reader = lake.table(connection)

    lake.settle("acme")
    assert 10 == reader.amount.sum().execute()
    lake.add("acme", [a_row(2, 20)], 6)

    assert {"00000002.parquet", "00000003.parquet"} == files(tmp_path)


def test_files_for_other_engines(tmp_path: Path) -> None:
    """The files that count are told, the settled ones and the fresh ones."""
    lake = Lake(tmp_path)
    lake.add("acme", [a_row(1, 10)], 5)
    lake.settle("acme")
    lake.add("acme", [a_row(1, 11)], 6)

    found = lake.files()

    assert [[10], [11]] == [
        pq.read_table(path)["amount"].to_pylist() for path in (*found.settled, *found.fresh)
    ]


class Died(Exception):
    """The process ends here."""


@pytest.mark.thorough
@pytest.mark.rule("T6")
@pytest.mark.parametrize("step", range(6))
@pytest.mark.parametrize("work", ["add", "settle"])
def test_a_crash_at_any_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: str, step: int
) -> None:
    """A run that dies anywhere leaves what was there before, or all it wrote; the next one mends."""
    lake = Lake(tmp_path)
    lake.add("acme", [a_row(1, 10), a_row(2, 20, at=APRIL)], 5)
    before = lake.manifest("acme")

    def again() -> None:
        if work == "add":
            lake.add("acme", [a_row(1, 11), a_row(3, 30, at=APRIL)], 8)
        else:
            lake.settle("acme")

    steps = iter(range(100))
    replace = Path.replace

    def dying(path: Path, target: Path) -> Path:
        # Each file is moved to its place: it dies before one move, or behind it.
        at = next(steps)
        if at == step // 2 and step % 2 == 0:
            raise Died
        moved = replace(path, target)
        if at == step // 2:
            raise Died
        return moved

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dying)
        with pytest.raises(Died):
            again()
    written = lake.manifest("acme") != before
    assert (step == 5) is written
    as_written = {1: 11, 2: 20, 3: 30} if work == "add" else {1: 10, 2: 20}
    assert (as_written if written else {1: 10, 2: 20}) == amounts(lake)

    again()
    lake.add("acme", [], 9)

    assert as_written == amounts(lake)
    assert {Path(part.path).name for part in lake.manifest("acme").parts} == files(tmp_path)


def test_two_writers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second to the manifest of an account is told, and changes nothing."""
    lake = Lake(tmp_path)
    followed: Callable[..., Manifest] = Manifest.followed

    def slowly(before: Manifest, *facts: Any) -> Manifest:
        monkeypatch.undo()
        Lake(tmp_path).add("acme", [a_row(2, 20)], 6)
        return followed(before, *facts)

    monkeypatch.setattr(Manifest, "followed", slowly)
    with pytest.raises(Conflict) as caught:
        lake.add("acme", [a_row(1, 10)], 5)

    assert Conflict("the facts of acme") == caught.value
    assert {2: 20} == amounts(lake)


@pytest.mark.rule("B1")
@pytest.mark.parametrize("amount", [2**63, -(2**63) - 1])
def test_an_amount_that_does_not_fit(tmp_path: Path, amount: int) -> None:
    """What 64 bits can't hold is refused by name, and nothing is written."""
    lake = Lake(tmp_path)

    with pytest.raises(InvalidInput) as caught:
        lake.add("acme", [a_row(1, 10), a_row(2, amount)], 5)

    (problem,) = caught.value.problems
    assert ("amount", str(amount)) == (problem.field, problem.given)
    assert Manifest(account="acme") == lake.manifest("acme")


def test_a_manifest_from_the_future(tmp_path: Path) -> None:
    """A lake that a later version wrote is not guessed at."""
    lake = Lake(tmp_path)
    lake.add("acme", [a_row()], 5)
    path = next(tmp_path.rglob(NAME))
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "format": 2}), "utf-8")

    with pytest.raises(BrokenInvariant, match="later format"):
        lake.manifest("acme")


@pytest.mark.parametrize(("facts", "due"), [(3, False), (4, True)])
def test_when_files_are_put_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts: int, due: bool
) -> None:
    """Files are put together once the fresh ones hold enough, and a quarter of the settled."""
    monkeypatch.setattr(lakes, "SETTLE_FACTS", 2)
    lake = Lake(tmp_path)
    lake.add("acme", [a_row(number) for number in range(1, 17)], 1)
    lake.settle("acme")
    lake.add("acme", [a_row(number) for number in range(1, facts + 1)], 2)

    lake.settle_if_due("acme")

    assert due is (not lake.manifest("acme").fresh)


def test_many_files_are_put_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However little they hold, many files are slow to read, and are put together."""
    monkeypatch.setattr(lakes, "SETTLE_FILES", 3)
    lake = Lake(tmp_path)

    for number in range(3):
        assert number == len(lake.manifest("acme").fresh)
        lake.add("acme", [a_row(1, number, at=MARCH)], number)
        lake.settle_if_due("acme")

    assert ([], {1: 2}) == ([*lake.manifest("acme").fresh], amounts(lake))


class OnePath:
    """A connection that reads one path, with what Spark understands in it: {these,or,those}."""

    name = "pyspark"

    def __init__(self) -> None:
        self._connection = ibis.duckdb.connect()
        self.given: list[str] = []

    def read_parquet(self, path: str) -> Any:
        """Read the files that the path names."""
        self.given.append(path)
        above, _, names = path.rstrip("}").partition("{")
        paths = [f"{above}{name}" for name in names.split(",")] if names else [path]
        return self._connection.read_parquet(paths, hive_partitioning=False)


def test_an_engine_that_is_given_one_path(tmp_path: Path) -> None:
    """Many files are named to Spark by one path, a single one by its own."""
    lake, connection = Lake(tmp_path), OnePath()
    lake.add("acme", [a_row(1, 10), a_row(2, 20, at=APRIL)], 5)
    lake.settle("acme")
    lake.add("acme", [a_row(2, 21, at=APRIL)], 6)

    assert {1: 10, 2: 21} == read(lake, connection)
    (home,) = tmp_path.iterdir()
    settled = f"{home}/{{month=2026-03/00000002.parquet,month=2026-04/00000002.parquet}}"
    assert {settled, f"{home}/month=2026-04/00000003.parquet"} == {*connection.given}
