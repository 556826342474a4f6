"""What the guide shows of Spark is run where Spark is; the rest of its code, with all other docs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest

from tests.spark import ON_SPARK

GUIDE: Final = Path(__file__).parents[3] / "docs" / "guides" / "reports-elsewhere.md"


@pytest.mark.parametrize("heading", [pytest.param("## Ask Spark", marks=ON_SPARK)])
def test_the_guide_on_spark(heading: str, spark: Any) -> None:
    """The code that the guide shows of Spark works behind the code that comes before it."""
    page = GUIDE.read_text("utf-8")
    # The session of the guide is the one that runs already.
    _, before, shown = re.split(r"(?=^## Write the facts|^## Ask Spark)", page, flags=re.MULTILINE)
    blocks = [
        block
        for block in re.findall(r"^```python\n(.*?)^```", before + shown, re.DOTALL | re.MULTILINE)
        if "warehouse" not in block
    ]
    names: dict[str, Any] = {"__name__": "guide"}

    for block in blocks:
        exec(compile(block, GUIDE.name, "exec"), names)  # noqa: S102 - our own guide

    assert names["on_spark"].details() == names["reports"].details()
