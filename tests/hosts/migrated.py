"""The example of a host's own migrations, run and written anew.

The tables having changed, `python -m tests.hosts.migrated` lets Alembic write the second migration
again: the tables as they are now, but for the column that the third one adds.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psycopg
from alembic import command
from alembic.config import Config

from tests.postgres import Database, running_server

EXAMPLE: Final = Path(__file__).parent.parent.parent / "docs" / "examples" / "alembic"
SCHEMA: Final = "sales"


def configured(url: str, scripts: Path = EXAMPLE, schema: str = "") -> Config:
    """Return how Alembic is told of a database and of the migrations."""
    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    config.set_main_option("sales_schema", schema)
    return config


def with_schema(database: Database) -> Config:
    """Return the example on PostgreSQL, where our tables have a schema of their own."""
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA sales")
    return configured(database.url, schema=SCHEMA)


@contextmanager
def copied() -> Iterator[Path]:
    """Copy the example, without what comes behind the host's own tables."""
    with TemporaryDirectory() as folder:
        copy = Path(folder, "alembic")
        shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("000[2-9]*", "__pycache__"))
        yield copy


def write_again() -> None:
    """Let Alembic write the second migration, and take the column out that the third one adds."""
    told = "The tables of ordersales beside them, as Alembic wrote them down."
    with running_server() as server, server.database() as database, copied() as scripts:
        with_schema(database)
        config = configured(database.url, scripts, SCHEMA)
        command.upgrade(config, "head")
        command.revision(config, told, autogenerate=True, rev_id="0002")
        (fresh,) = (scripts / "versions").glob("0002*")
        lines = fresh.read_text("utf-8").splitlines(keepends=True)
    left_out = ("# ###", "opens_order")
    kept = [line for line in lines if not any(words in line for words in left_out)]
    (EXAMPLE / "versions" / "0002_orders.py").write_text("".join(kept), "utf-8")
    for work in (["check", "--fix"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *work, "--quiet", EXAMPLE], check=True)


if __name__ == "__main__":
    write_again()
