"""The code of a guide, for tests that run it in processes of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

HOUSE: Final = Path(__file__).parent.parent
GUIDES: Final = HOUSE / "docs" / "guides"
_BLOCK: Final = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(name: str) -> list[str]:
    """Return the blocks of Python in the guide of that name, in their order."""
    return _BLOCK.findall((GUIDES / name).read_text("utf-8"))
