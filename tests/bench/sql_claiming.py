"""Subject: claiming what is due, and writing what became of it, by many workers.

Each that was claimed is read again in the transaction that writes it, as the timer does: it may have
been paused meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from attrs import evolve
from lists import ACME
from measure import EFFORT
from sql_databases import TABLES, Database, at_once
from sqlalchemy import Engine, insert, text

from ordersales.adapters.sqlalchemy import SqlStore
from ordersales.adapters.sqlalchemy.rows import recurring_row
from tests.agreed import a_recurring

WORKERS: Final = (1, 4, 16)
NOW: Final = datetime(2026, 6, 1, tzinfo=UTC)
SOON: Final = NOW + timedelta(minutes=10)
LATER: Final = NOW + timedelta(days=30)
#: How many are claimed together.
BATCH: Final = 100


def claiming(database: Database, due: int) -> list[str]:
    """Measure claiming what is due, a hundred at a time, and writing what became of each."""
    return [_row(database, workers, due) for workers in WORKERS if workers <= EFFORT.clients]


def _row(database: Database, workers: int, due: int) -> str:
    times = due // BATCH + workers
    with database.new() as engine:
        _make_due(engine, due)
        took = at_once(workers, [partial(_claim, SqlStore(engine))] * times)
    with database.new() as engine:
        _make_due(engine, due)
        by = at_once(workers, [partial(_claim_by_hand, engine)] * times)
    return (
        f"| {database.name} | {workers} | {due / took:,.0f} | {due / by:,.0f} | {by / took:.0%} |"
    )


def _make_due(engine: Engine, due: int) -> None:
    agreed = [
        recurring_row(evolve(a_recurring(number), account=ACME, version=1))
        for number in range(1, due + 1)
    ]
    with engine.begin() as connection:
        connection.execute(insert(TABLES.recurring_orders), agreed)
        connection.execute(text("ANALYZE"))


def _claim(store: SqlStore) -> None:
    with store.transaction(ACME) as tx:
        claimed = tx.recurring_orders.claim_due(NOW, SOON, BATCH)
    with store.transaction(ACME) as tx:
        for found in claimed:
            recurring = tx.recurring_orders.get(found.number)
            assert recurring is not None
            tx.recurring_orders.save(evolve(recurring, due_at=LATER))


def _claim_by_hand(engine: Engine) -> None:
    recurring = TABLES.recurring_orders
    name, skip = recurring.name, "FOR UPDATE SKIP LOCKED" if engine.dialect.name != "sqlite" else ""
    due = (
        f"SELECT number FROM {name} WHERE account = 'acme' AND claim_at <= :now AND "  # noqa: S608 - a name of ours
        f"{'NOT just_activated' if skip else 'just_activated = 0'} "
        f"ORDER BY claim_at, number LIMIT 100 {skip}"
    )
    claim = text(
        f"UPDATE {name} SET claimed_until = :soon, claim_at = :soon "  # noqa: S608 - likewise
        f"WHERE account = 'acme' AND number IN ({due}) RETURNING number, record"
    )
    again = text(f"SELECT version, record FROM {name} WHERE account = 'acme' AND number = :number")  # noqa: S608 - likewise
    save = text(
        f"UPDATE {name} SET version = version + 1, claimed_until = NULL, claim_at = :soon, "  # noqa: S608 - likewise
        "next_action = :soon, record = :record "
        "WHERE account = 'acme' AND number = :number AND version = :version"
    )
    plain: Callable[[datetime], Any] = (
        (lambda at: at) if skip else (lambda at: f"{at.replace(tzinfo=None)}.000000")
    )
    with engine.begin() as connection:
        found = connection.execute(claim, {"now": plain(NOW), "soon": plain(SOON)}).all()
    later = plain(LATER)
    with engine.begin() as connection:
        for number, _ in found:
            version, record = connection.execute(again, {"number": number}).one()
            values = {"soon": later, "record": record, "number": number, "version": version}
            connection.execute(save, values)
