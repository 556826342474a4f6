from __future__ import annotations

from ordersales.values.tables import as_html, as_text


def test_columns_are_as_wide_as_they_need() -> None:
    """Each column is as wide as its widest cell, also where letters take two places or none."""
    rows = [["日本", "1"], ["e\u0301", "1000"]]

    found = as_text(["Name", "Net"], rows, [False, True]).splitlines()

    assert ["Name   Net", "----  ----", "日本     1", "e\u0301     1000"] == found


def test_a_table_of_nothing() -> None:
    """A table without rows has its head."""
    assert "A  B\n-  -" == as_text(["A", "B"], [], [False, True])
    assert "<tbody></tbody>" in as_html(["A"], [], [False])
