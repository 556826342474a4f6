"""What a piece of work has in memory at most, beyond what was there before, in a process of its own."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


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
