"""Keep files of the version of the format that is written now: ``python -m tests.wire.keep``.

Each version has a folder with a file for every kind, which the tests read for ever. A file that is
there is never written again: a change of the format is a new version (`ordersales.wire.upgrades`).
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
    """Write the files that this version has not, or return why none."""
    kept = folder(VERSION)
    kept.mkdir(parents=True, exist_ok=True)
    paths = {name: kept / f"{name.replace(' ', '_')}.json" for name in SAMPLES}
    new = [name for name, path in paths.items() if not path.exists()]
    for name in new:
        text = json.dumps(
            [encode(record) for record in SAMPLES[name]], ensure_ascii=False, indent=1
        )
        paths[name].write_text(f"{text}\n", "utf-8")
    return None if new else f"{kept} is complete; a change of the format is a new version"


if __name__ == "__main__":
    sys.exit(main())
