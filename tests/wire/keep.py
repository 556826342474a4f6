"""Keep files of the version of the format that is written now: ``python -m tests.wire.keep``.

Each version has a folder with a file for every kind, which the tests read for ever. A folder that
is there is never written again: a change of the format is a new version (`ordersales.wire.upgrades`).
"""

import json
import sys
from pathlib import Path
from typing import Final

from ordersales.wire import VERSION, encode
from tests.wire.samples import SAMPLES

FORMATS: Final = Path(__file__).parent / "formats"


def folder(version: int) -> Path:
    """Return where the files of a version are."""
    return FORMATS / f"v{version}"


def main() -> str | None:
    """Write the files of this version, or return why not."""
    kept = folder(VERSION)
    if kept.exists():
        return f"{kept} is there; a change of the format is a new version"
    kept.mkdir(parents=True)
    for name, records in SAMPLES.items():
        text = json.dumps([encode(record) for record in records], ensure_ascii=False, indent=1)
        (kept / f"{name.replace(' ', '_')}.json").write_text(f"{text}\n", "utf-8")
    return None


if __name__ == "__main__":
    sys.exit(main())
