"""The adapters that the guides build are held to the contract suites, as the guides say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDES = Path(__file__).parent.parent / "docs" / "guides"


@pytest.mark.parametrize("guide", ["writing-a-storage-adapter", "writing-a-gateway"])
def test_what_the_guide_builds_keeps_its_promises(guide: str, tmp_path: Path) -> None:
    """A reader who runs the guide's code under pytest sees its contract suite pass."""
    blocks = re.findall(r"```python\n(.*?)```", (GUIDES / f"{guide}.md").read_text(), re.DOTALL)
    # The guide to gateways breaks its provider in the middle, to show what happens then.
    kept = [block for block in blocks if "TimeoutError" not in block]
    program = tmp_path / "test_guide.py"
    program.write_text("\n\n".join(kept))

    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(program)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == told.returncode, told.stdout
    assert " passed" in told.stdout
