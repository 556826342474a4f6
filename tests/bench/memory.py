"""What a piece of work has in memory at most, beyond what was there before, in a process of its own."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

from measure import EFFORT


def peaks(script: str, names: Iterable[str], *words: str) -> str:
    """Tell how many megabytes a script tells when it is run for each of these names."""
    asked = islice(names, EFFORT.processes)
    told = [f"{name} {peak(script, '--peak', name, *words)} MB" for name in asked]
    return f"At most in memory beyond what was imported: {', '.join(told)}."


def peak(script: str, *words: str) -> int:
    """Return the megabytes that a script tells when it is run with these words."""
    told = subprocess.run(
        [sys.executable, script, *words], capture_output=True, text=True, check=True
    )
    return int(told.stdout.split()[-1])


def tell(work: Callable[[], object]) -> None:
    """Do the work in this process, and print how many megabytes more it took at most."""
    gc.collect()
    # From here on the highest is counted anew: what is imported is there already.
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    before = _highest()
    work()
    print((_highest() - before) // 1024)


def _highest() -> int:
    """Return what this process had in memory at most, in kilobytes, as Linux tells."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0])
