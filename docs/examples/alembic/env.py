"""How Alembic reaches the shop's database: the host's own tables, and ours beside them."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine

from ordersales.adapters.sqlalchemy import tables

metadata = MetaData()
#: A table of the host's own.
users = Table(
    "users", metadata, Column("id", Integer, primary_key=True), Column("name", String(200))
)
#: Ours: in whatever schema, with whatever prefix; SQLite has no schemas.
schema = context.config.get_main_option("sales_schema") or None
sales = tables(metadata, prefix="sales_", schema=schema)


def ours_or_the_hosts(thing: Any, name: str | None, kind: str, *_: object) -> bool:
    """Look at nothing else that lives in the same database."""
    return kind != "table" or thing.schema == schema or name == "users"


def run() -> None:
    """Run the migrations that were asked for."""
    engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "")
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            include_schemas=schema is not None,
            include_object=ours_or_the_hosts,
            # SQLite changes a table by copying it.
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
