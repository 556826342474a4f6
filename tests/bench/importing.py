"""Subject: what a program pays at its start, in fresh interpreters."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from measure import EFFORT, Goal, Table

import ordersales

OURS: Final = "import ordersales"
THREE: Final = "attrs, cattrs, dateutil"

#: Names, what each interpreter runs, and what that means.
PROGRAMS: Final = {
    OURS: ("import ordersales", "public names are loaded when first asked for"),
    "ordersales, all of it": (
        "from ordersales import *",
        "both front doors and every public record",
    ),
    "ordersales, at work": (
        "from ordersales import BackOffice; from ordersales.adapters.memory import MemoryStore",
        "the synchronous front door with memory storage",
    ),
    THREE: (
        "import attrs, cattrs, dateutil.relativedelta, dateutil.tz",
        "the three that this library depends on, alone",
    ),
    "attrs": ("import attrs", "of these, what loading all of ordersales needs today"),
}
#: Tells the milliseconds of processor time that running the program took.
_TOLD: Final = """
import time
begun = time.process_time()
exec(compile({program!r}, "program", "exec"))
print((time.process_time() - begun) * 1e3)
"""


def table(rounds: int) -> Table:
    """Measure."""
    with tempfile.TemporaryDirectory() as cache:
        for program, _ in PROGRAMS.values():
            _run(program, cache)  # writes the bytecode that every later run finds
        taken: dict[str, list[float]] = {name: [] for name in PROGRAMS}
        for _ in range(min(rounds, EFFORT.rounds)):
            for name, (program, _) in PROGRAMS.items():
                taken[name].append(_run(program, cache))
    return Table(
        title="Importing",
        unit="ms",
        base=THREE,
        does={name: f"`{program}`: {does}" for name, (program, does) in PROGRAMS.items()},
        rounds=taken,
        goals=(Goal(OURS, THREE, 0.9), Goal("ordersales, all of it", THREE, 0.9)),
        notes=(
            "Processor time above a bare interpreter, bytecode cached, a new process each time. "
            "The goal is for the first row; the second is held against it as well."
        ),
        packages=frozenset({"attrs", "cattrs", "python-dateutil"}),
    )


def _run(program: str, cache: str) -> float:
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(ordersales.__file__).parent.parent),
        "PYTHONPYCACHEPREFIX": cache,
        "PYTHONDONTWRITEBYTECODE": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", _TOLD.format(program=program)],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    return float(done.stdout)
