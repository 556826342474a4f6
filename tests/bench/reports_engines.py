"""Subject: reports over a million payment facts on analytics engines, beside what is written by hand.

``python tests/bench/reports_engines.py`` measures it alone; ``--payments 10000000`` takes ten times
as many, ``--only spark`` measures Spark, which needs Java and takes its time. Each candidate answers from a
Parquet file, and what it needs in memory at most is measured in a process of its own.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

import duckdb
import ibis
import memory
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from attrs import evolve, frozen
from measure import Candidate, Goal, Table, each, side_by_side

from ordersales.adapters.ibis import SCHEMA, FactReports, write_csv
from ordersales.models.report import Dimension, Report
from ordersales.reports.csv_export import harmless
from ordersales.values.currency import Currency
from ordersales.values.identifiers import AccountId

MILLION: Final = 1_000_000
ACME: Final = AccountId("acme")
#: What the five breakdowns are by.
KEYS: Final = (
    ("currency",),
    ("currency", "system"),
    ("currency", "offer", "offer_name"),
    ("currency", "category", "category_name"),
    ("currency", "manager", "manager_name", "confirmed"),
)
SUMS: Final = """
    sum(opens_order), count(*) FILTER (refund = 0), sum(units),
    sum(amount) FILTER (refund = 0), sum(amount) FILTER (refund <> 0), sum(commission),
    count(*) FILTER (refund = 0) - count(commission),
    sum(CASE WHEN refund = 0 THEN amount ELSE -amount END) FILTER (completed = 1), max("order")
"""
BATCH: Final = 500_000


def facts(count: int, seed: int = 26) -> Iterator[pa.Table]:
    """Yield so many facts of two years, of which one in twenty is a refund, in batches."""
    chance = np.random.default_rng(seed)
    for first in range(0, count, BATCH):
        yield _batch(chance, first, min(BATCH, count - first), count)


def _batch(chance: Any, first: int, size: int, count: int) -> pa.Table:
    order = np.arange(first + 1, first + size + 1)
    offer, manager = chance.integers(0, 500, size), chance.integers(0, 40, size)
    refund = (chance.random(size) < 0.05).astype("int64")
    at = 1_735_689_600_000_000 + order * (63_072_000_000_000 // count)
    none = np.zeros(size, "int64")
    columns = {
        "account": _named(none, ["acme"]),
        "kind": _named(refund, ["payment", "refund"]),
        "currency": _named(chance.choice(5, size, p=[0.5, 0.2, 0.15, 0.1, 0.05]), CURRENCIES),
        "system": _named(chance.integers(0, 8, size), [f"System {n}" for n in range(8)]),
        "offer": _named(offer, [f"O-{n:04}" for n in range(500)]),
        "offer_name": _named(offer, [f"Offer number {n}" for n in range(500)]),
        "category": _named(offer % 25, [f"C-{n}" for n in range(25)]),
        "category_name": _named(offer % 25, [f"Category {n}" for n in range(25)]),
        "manager": _named(manager, ["", *(f"u{n}" for n in range(1, 40))]),
        "manager_name": _named(manager, ["", *(f"Manager {n}" for n in range(1, 40))]),
        "confirmed": (chance.random(size) < 0.6).astype("int64"),
        "completed": (chance.random(size) < 0.9).astype("int64"),
        "opens_order": 1 - refund,
        "units": (1 - refund) * chance.integers(1, 4, size),
        "amount": chance.integers(100, 100_000, size),
        "commission": pa.array(
            chance.integers(1, 500, size), mask=(refund == 1) | (chance.random(size) < 0.1)
        ),
        "at": at,
        "paid": at,
        "order": order,
        "invoice": order,
        "refund": refund,
        "customer": _named(order % 20_000, [f"c{n}" for n in range(20_000)]),
        "recurring": none,
        "placed": at,
        "status": _named(none, ["Completed"]),
        "price_currency": _named(none, ["EUR"]),
        "price": none,
        "partial": none,
        "needs_attention": none,
        "payment_status": _named(none, ["Paid"]),
        "step": none,
    }
    return pa.table(columns, SCHEMA)


CURRENCIES: Final = ["EUR", "USD", "GBP", "JPY", "KWD"]


def _named(which: Any, names: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(which, pa.int32()), pa.array(names)).cast(
        pa.string()
    )


@contextmanager
def parquet(count: int) -> Iterator[Path]:
    """Return a file of so many facts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "facts.parquet")
        with pq.ParquetWriter(path, SCHEMA) as writer:
            for batch in facts(count):
                writer.write_table(batch)
        yield path


def by_duckdb(path: Path) -> Callable[[], object]:
    """Ask DuckDB five queries."""
    connection = duckdb.connect()
    queries = [
        f"SELECT {', '.join(keys)}, {SUMS} FROM read_parquet('{path}') WHERE account = 'acme' GROUP BY ALL"  # noqa: S608 - our own file
        for keys in KEYS
    ]
    return lambda: [connection.execute(query).fetchall() for query in queries]


def one_by_duckdb(path: Path) -> Callable[[], object]:
    """Ask DuckDB one query, by offer."""
    connection = duckdb.connect()
    query = f"SELECT {', '.join(KEYS[2])}, {SUMS} FROM read_parquet('{path}') WHERE account = 'acme' GROUP BY ALL"  # noqa: S608 - our own file
    return lambda: connection.execute(query).fetchall()


def by_polars(path: Path) -> Callable[[], object]:
    """Ask polars for five lazy queries, together."""
    payment = pl.col("refund") == 0
    amount = pl.col("amount")
    sums = [
        pl.col("opens_order").sum(),
        payment.sum().alias("payments"),
        pl.col("units").sum(),
        amount.filter(payment).sum().alias("gross"),
        amount.filter(~payment).sum().alias("refunds"),
        pl.col("commission").sum(),
        (payment.sum() - pl.col("commission").count()).alias("unknown"),
        pl.when(payment)
        .then(amount)
        .otherwise(-amount)
        .filter(pl.col("completed") == 1)
        .sum()
        .alias("completed"),
        pl.col("order").max(),
    ]
    ours = pl.scan_parquet(path).filter(pl.col("account") == ACME)
    queries = [ours.group_by(keys).agg(sums) for keys in KEYS]
    return lambda: [frame.rows() for frame in pl.collect_all(queries)]


def by_pandas(path: Path) -> Callable[[], object]:
    """Group a data frame five times."""

    def work() -> object:
        used = sorted({*(name for keys in KEYS for name in keys), "refund", "completed"})
        numbers = ["opens_order", "units", "amount", "commission", "order"]
        frame = pd.read_parquet(path, columns=[*used, *numbers], filters=[("account", "==", ACME)])
        payment = frame.refund == 0
        frame["gross"] = frame.amount.where(payment, 0)
        frame["refunds"] = frame.amount.where(~payment, 0)
        frame["payments"] = payment
        frame["unknown"] = payment & frame.commission.isna()
        frame["done"] = (frame.gross - frame.refunds).where(frame.completed == 1, 0)
        added = [
            "opens_order",
            "payments",
            "units",
            "gross",
            "refunds",
            "commission",
            "unknown",
            "done",
        ]
        ways = {**dict.fromkeys(added, "sum"), "order": "max"}
        return [frame.groupby([*keys], sort=False).agg(ways) for keys in KEYS]

    return work


def ours(engine: str) -> Callable[[Path], Callable[[], object]]:
    """Ask for the details of the report, by Ibis."""

    def prepared(path: Path) -> Callable[[], object]:
        table = getattr(ibis, engine).connect().read_parquet(path)
        return FactReports(table, ACME).details

    return prepared


def our_one(path: Path) -> Callable[[], object]:
    """Ask for the report by offer, by Ibis."""
    reports = FactReports(ibis.duckdb.connect().read_parquet(path), ACME)
    return lambda: reports.compute(Report(dimensions=(Dimension.OFFER,)))


#: Columns of the CSV, and what makes the same file by hand.
SHOWN: Final = ["order", "at", "customer", "offer", "offer_name", "system", "currency", "amount",
                "commission", "completed"]  # fmt: skip
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def csv_by_hand(path: Path) -> Callable[[], object]:
    """Write rows one by one with the csv module."""

    def amount(minor: int | None, code: str) -> str:
        currency = Currency.of(code)
        return "" if minor is None else str(Decimal(minor).scaleb(-currency.exponent))

    def work() -> object:
        file = io.StringIO()
        writer = csv.writer(file)
        for batch in pq.ParquetFile(path).iter_batches(columns=SHOWN):
            columns = (batch.column(name).to_pylist() for name in SHOWN)
            for order, at, customer, offer, name, system, code, minor, kept, done in zip(
                *columns, strict=True
            ):
                moment = _EPOCH + timedelta(microseconds=at)
                writer.writerow(
                    [order, moment.isoformat(" ", "seconds"), harmless(customer), harmless(offer),
                     harmless(name), harmless(system), code, amount(minor, code),
                     amount(kept, code), "yes" if done else "no"]
                )  # fmt: skip
            file.seek(0)
            file.truncate()
        return None

    return work


def csv_by_polars(path: Path) -> Callable[[], object]:
    """Write the columns as they are: whole numbers, and text that may be a formula."""
    return lambda: pl.scan_parquet(path).select(SHOWN).sink_csv(os.devnull)


def our_csv(path: Path) -> Callable[[], object]:
    """Write them as they are shown."""
    table = ibis.duckdb.connect().read_parquet(path)
    return lambda: write_csv(table, len, columns=SHOWN)


FIVE: Final = {
    "five DuckDB queries": (by_duckdb, "one a breakdown, rows fetched", "duckdb"),
    "Ibis on DuckDB": (ours("duckdb"), "`FactReports.details`: one query, results as records", "ibis-framework"),
    "five of polars": (by_polars, "lazy, collected together", "polars"),
    "Ibis on polars": (ours("polars"), "`FactReports.details`", "ibis-framework"),
    "pandas": (by_pandas, "one groupby a breakdown", "pandas"),
}  # fmt: skip
ONE: Final = {
    "a DuckDB query": (one_by_duckdb, "by offer, rows fetched", "duckdb"),
    "Ibis on DuckDB, by offer": (our_one, "`FactReports.compute`, results as records", "ibis-framework"),
}  # fmt: skip
CSV: Final = {
    "csv module": (csv_by_hand, "row by row, decimals, ISO moments, no formulas", None),
    "write_csv": (our_csv, "the same file, through DuckDB and polars", "ibis-framework"),
    "polars as it is": (csv_by_polars, "whole numbers, no zone, formulas left", "polars"),
}
EVERY: Final = {**FIVE, **ONE, **CSV}


@frozen
class Subject:
    """What is compared with what."""

    title: str
    among: dict[str, tuple[Callable[[Path], Callable[[], object]], str, str | None]]
    goals: tuple[Goal, ...]

    def table(self, path: Path, rounds: int, notes: str) -> Table:
        """Measure candidates that all answer from one file."""
        candidates = [
            Candidate(
                name=name,
                does=does,
                prepare=partial(_times, prepared(path)),
                act=each(_called),
                package=package,
            )
            for name, (prepared, does, package) in self.among.items()
        ]
        return side_by_side(
            self.title, candidates, base=next(iter(self.among)), rounds=rounds, batch=1,
            goals=self.goals, notes=notes,
        )  # fmt: skip


def _times(work: Callable[[], object], count: int) -> list[Callable[[], object]]:
    return [work] * count


def _called(work: Callable[[], object]) -> object:
    return work()


SUBJECTS: Final = {
    "five": Subject(
        "All five breakdowns of {} payments on an analytics engine",
        FIVE,
        (Goal("Ibis on DuckDB", "five DuckDB queries", 0.7), Goal("Ibis on DuckDB", "pandas", 0.2)),
    ),
    "one": Subject(
        "One breakdown of {} payments on an analytics engine",
        ONE,
        (Goal("Ibis on DuckDB, by offer", "a DuckDB query", 1.15),),
    ),
    "csv": Subject("CSV of {} payments", CSV, (Goal("write_csv", "csv module", 0.1),)),
}


def tables(rounds: int, count: int, subjects: Sequence[str] = tuple(SUBJECTS)) -> Iterator[Table]:
    """Measure, and yield each table when it is there; a CSV has a million rows at most."""
    rest = [name for name in subjects if name != "csv" or count <= MILLION]
    yield from _tables(rounds, count, rest)
    if len(rest) < len(subjects):
        yield from _tables(rounds, MILLION, ["csv"])


def _tables(rounds: int, count: int, subjects: Iterable[str]) -> Iterator[Table]:
    with parquet(count) as path:
        for name in subjects:
            if name == "spark":
                yield _on_spark(path, count)
                continue
            subject = SUBJECTS[name]
            named = evolve(subject, title=subject.title.format(f"{count:,}"))
            peaks = memory.peaks(__file__, subject.among, "--file", str(path))
            # The more there is to do, the less the rounds differ.
            yield named.table(path, rounds if count <= MILLION else 3, peaks)


def _on_spark(path: Path, count: int) -> Table:
    from pyspark.sql import SparkSession  # noqa: PLC0415 - only where it is asked for
    from pyspark.sql import functions as f  # noqa: PLC0415 - likewise

    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    ways = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2",
            "spark.sql.session.timeZone": "UTC", "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1"}  # fmt: skip
    session = SparkSession.builder.master("local[2]").config(map=ways).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    everybody = session.read.parquet(str(path))
    everybody.createOrReplaceTempView("facts")
    frame = everybody.filter(f.col("account") == ACME)
    payment = f.col("refund") == 0
    signed = f.when(payment, f.col("amount")).otherwise(-f.col("amount"))
    sums = [
        f.sum("opens_order"), f.count(f.when(payment, 1)), f.sum("units"),
        f.sum(f.when(payment, f.col("amount"))), f.sum(f.when(~payment, f.col("amount"))),
        f.sum("commission"), f.count(f.when(payment, 1)) - f.count("commission"),
        f.sum(f.when(f.col("completed") == 1, signed)), f.max("order"),
    ]  # fmt: skip

    def by_hand(_: Path) -> Callable[[], object]:
        return lambda: [frame.groupBy(*keys).agg(*sums).collect() for keys in KEYS]

    def by_ibis(_: Path) -> Callable[[], object]:
        return FactReports(ibis.pyspark.connect(session).table("facts"), ACME).details

    subject = Subject(
        f"All five breakdowns of {count:,} payments on Spark",
        {
            "five of PySpark": (by_hand, "one groupBy a breakdown, rows collected", "pyspark"),
            "Ibis on PySpark": (by_ibis, "`FactReports.details`", "ibis-framework"),
        },
        (Goal("Ibis on PySpark", "five of PySpark", 1.1),),
    )
    found = subject.table(path, 3, "From a Parquet file, not kept in memory between queries.")
    session.stop()
    return found


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=9)
    arguments.add_argument("--payments", type=int, default=MILLION)
    arguments.add_argument("--only", nargs="+", choices=[*SUBJECTS, "spark"], default=[*SUBJECTS])
    arguments.add_argument("--peak", choices=EVERY)
    arguments.add_argument("--file", type=Path)
    chosen = arguments.parse_args()
    if chosen.peak:

        def work() -> None:
            EVERY[chosen.peak][0](chosen.file)()

        memory.tell(work)
        return
    for table in tables(chosen.rounds, chosen.payments, chosen.only):
        print(table.markdown(), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
