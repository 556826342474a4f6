"""The demo's shop in a file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ordersales import BackOffice, OrderFilter
from ordersales.__main__ import main
from ordersales.adapters.sqlalchemy import SqlStore, sqlite_engine
from ordersales.demo.keeping import NEEDS
from ordersales.demo.till import MANAGER


def test_the_shop_is_found_again_in_the_file(
    purchases_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was placed and paid is there when everything of the demo is gone."""
    file = tmp_path / "shop.sqlite"
    asked = ["demo", "--plain", "--purchases", str(purchases_file), "--db", str(file)]
    assert 0 == main(asked)
    assert "165.82 read, 165.82 found" in capsys.readouterr().out

    engine = sqlite_engine(file)
    office = BackOffice(SqlStore(engine))
    assert 8 == office.orders.count(MANAGER, OrderFilter())
    assert 8 == len(office.orders.page(MANAGER).rows)
    engine.dispose()

    assert 2 == main(asked)
    assert f"{file} is there already" in capsys.readouterr().err


def test_a_file_that_cant_be_made(
    purchases_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file and the reason are told, and nothing is shown."""
    file = tmp_path / "nowhere" / "shop.sqlite"

    assert 2 == main(["demo", "--purchases", str(purchases_file), "--db", str(file)])

    told = capsys.readouterr()
    assert ("", True) == (told.out, told.err.startswith(f"{file} can't be made: "))


def test_without_the_extra_it_is_named(
    purchases_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command that brings it is told."""
    monkeypatch.setitem(sys.modules, "ordersales.adapters.sqlalchemy", None)

    assert 2 == main(["demo", "--purchases", str(purchases_file), "--db", "shop.sqlite"])

    assert f"\n    {NEEDS}\n" in capsys.readouterr().err
