"""The benchmarks still run: each of their subjects, once and with little of everything."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

RUN: Final = Path(__file__).parent / "bench" / "run.py"
#: Packages that are compared with and needed for nothing else, which their modules are named as.
OTHERS: Final = ("eventsourcing", "stockholm", "transitions")
#: What a subject's heading begins with.
SUBJECTS: Final = (
    "A payment applied to an order",
    "Placing and paying an order through the front door",
    "Importing",
    "Memory of a stored order with 1 invoice",
    "Memory of a stored order with 3 invoices",
    "A permission check",
    "What a row offers",
    "An order with three invoices to plain data",
    "Plain data to an order with three invoices",
    "Adding two amounts",
    "Adding a hundred amounts",
    "The next billing date",
    "Twelve monthly billing dates of a schedule",
    "Twelve monthly billing dates of each of many schedules",
    "A recurring payment that is due, on memory storage",
    "The crash simulator, in one process",
    "Recurring orders of which one in a hundred is due",
    "Five breakdowns of many payments, in plain Python",
    "A CSV file of many rows",
    "All five breakdowns of 200 payments on an analytics engine",
    "One breakdown of 200 payments on an analytics engine",
    "CSV of 200 payments",
    "Reports of 200 payments in SQLite",
    "Reports of 200 payments in PostgreSQL",
    "Lists of 200 orders in memory, 50 rows a page",
    "SQL storage: placing and paying, one order after the other",
    "SQL storage: many orders at once",
    "SQL storage: pages of many",
    "SQL storage: claiming and settling what is due",
)


@pytest.mark.thorough
def test_each_subject_is_measured(tmp_path: Path) -> None:
    """Each subject comes with a table, and what is compared with and is not there by its name."""
    done = subprocess.run(
        [sys.executable, RUN, "--brief"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr
    page = done.stdout
    found = {part.partition("\n")[0]: part.count("\n| ") for part in page.split("## ")[1:]}
    assert [*SUBJECTS] == [*found]
    # The names of the columns, a line below them, and a row.
    assert [] == [heading for heading, lines in found.items() if lines < 3]
    left_out = page.partition("Not installed, so left out: ")[2].strip().rstrip(".").split(", ")
    missing = [name for name in OTHERS if importlib.util.find_spec(name) is None]
    assert missing == [name for name in OTHERS if name in left_out]
