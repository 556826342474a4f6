"""A small file of purchases, with one of each shape that the real one holds."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

LINES = """\
 customer_id  date number_of_cds  dollar_value
 00001 19970104  1   11.77
 00002 19970112  1   12.00
 00002 19970112  5   77.00
 00003 19970102  3   20.76
 00003 19970102  3   20.75
 00004 19970101  1    0.00
 00004 19970104  1   11.77
 00001 19970104  1   11.77
"""
TOTAL = "165.82"


@pytest.fixture
def purchases_file(tmp_path: Path) -> Path:
    """Return a file of eight purchases, two of which are alike."""
    path = tmp_path / "purchases.txt"
    path.write_text(LINES, "ascii")
    return path


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder, which is the only one that packages are now found in."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [str(folder)])
    importlib.invalidate_caches()
    return folder
