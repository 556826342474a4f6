"""The databases give the figures that a loop over the records gives (T2, T6)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from ordersales.adapters.sqlalchemy import SqlStore, sqlite_engine
from tests.postgres import Database
from tests.reports.databases import OF_UTC, SPOILT, Stored
from tests.reports.test_same_figures import FIND_ONLY, agree

pytestmark = pytest.mark.rule("T2", "T3", "T4", "T6", "T7")


@pytest.fixture(scope="module", params=["SQLite", "PostgreSQL"])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """Return an engine on a database with the tables, and nothing in them."""
    if request.param == "SQLite":
        folder: Path = tmp_path_factory.mktemp("figures")
        engine = sqlite_engine(folder / "shop.sqlite")
    else:
        database: Database = request.getfixturevalue("module_database")
        engine = create_engine(database.url)
    SqlStore(engine).create_tables()
    yield engine
    engine.dispose()


def test_databases_give_the_same_figures(engine: Engine) -> None:
    """Whatever happened in a shop, a database answers every report as a plain loop does."""
    agree(stored=Stored(engine))()


@pytest.mark.thorough
@pytest.mark.parametrize("mistake", [*SPOILT, OF_UTC])
def test_every_mistake_is_noticed(engine: Engine, mistake: str) -> None:
    """The property fails for a database with any of the mistakes that are easily made."""
    wrong = FIND_ONLY(agree(wrong=Stored(engine, mistake)))

    with pytest.raises(AssertionError):
        wrong()
