"""In which accounts something is due, the one that waits longest first (rules C2, C3)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Integer, Select, Table, bindparam, func, select, union_all

from ordersales.adapters.sqlalchemy.dialects import off_index
from ordersales.adapters.sqlalchemy.tables import Tables


class DueStatements:
    """What is asked over all accounts; it costs what is due, and not what is there."""

    def __init__(self, tables: Tables) -> None:
        """Ask these tables."""
        self.to_charge: Select[Any] = _longest_first(_due(tables.recurring_orders, "claim_at"))
        self.to_check: Select[Any] = _longest_first(
            _due(tables.orders, "next_check"), _due(tables.inbox, "until")
        )


def _due(table: Table, name: str) -> Select[*tuple[Any, ...]]:
    """Return when something first is due in each account."""
    account: Column[Any] = table.c.account
    moment: Column[Any] = table.c[name]
    first = select(account.label("account"), func.min(moment).label("first"))
    # SQLite would go through all there is, to have it by accounts.
    return first.where(moment <= bindparam("now")).group_by(off_index(account))


def _longest_first(*kinds: Select[*tuple[Any, ...]]) -> Select[Any]:
    every = union_all(*kinds).subquery()
    return (
        select(every.c.account)
        .group_by(every.c.account)
        .order_by(func.min(every.c.first), every.c.account)
        .limit(bindparam("limit", type_=Integer))
    )
