"""The recurring orders as one transaction sees them; the contract is `ordersales.ports.storage`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import evolve
from sqlalchemy import ColumnElement, Integer, Select, bindparam, not_, select, union_all

from ordersales.adapters.sqlalchemy import lists
from ordersales.adapters.sqlalchemy.documents import read
from ordersales.adapters.sqlalchemy.line import Line
from ordersales.adapters.sqlalchemy.prepared import Prepared
from ordersales.adapters.sqlalchemy.rows import (
    differing,
    recurring_changes,
    recurring_row,
    unclaimed,
)
from ordersales.adapters.sqlalchemy.tables import Tables
from ordersales.models.due import Overdue
from ordersales.models.filters import OrderFilter, Place, RecurringSort, Slice
from ordersales.models.recurring_order import RecurringOrder
from ordersales.rules.sorting import recurring_place
from ordersales.values.identifiers import CustomerId, IdempotencyKey, OrderNumber


class RecurringStatements:
    """What is asked of the table of recurring orders."""

    def __init__(self, tables: Tables) -> None:
        """Ask this table."""
        self.tables = tables
        recurring = tables.recurring_orders.c
        mine = recurring.account == bindparam("account")
        found = select(recurring.record).where(mine)
        self.get: Prepared = Prepared(found.where(recurring.number == bindparam("number")))
        self.by_key: Prepared = Prepared(found.where(recurring.key == bindparam("key")))
        self.of_customer: Prepared = Prepared(
            found.where(recurring.customer == bindparam("customer")).order_by(recurring.number)
        )
        self.overdue: Select[*tuple[Any, ...]] = (
            select(recurring.record, recurring.claimed_until)
            .where(mine, recurring.next_action <= bindparam("since"))
            .order_by(recurring.next_action, recurring.number)
            .limit(bindparam("limit", type_=Integer))
        )
        self.add: Prepared = Prepared(tables.recurring_orders.insert())
        update = tables.recurring_orders.update().where(
            recurring.account == bindparam("its_account"),
        )
        self.save: Prepared = Prepared(
            update.where(
                recurring.number == bindparam("its_number"),
                recurring.version == bindparam("its_version"),
            )
        )
        self.claim: Prepared = Prepared(
            update.where(recurring.number.in_(self._due(tables)))
            .values(claimed_until=bindparam("until"), claim_at=bindparam("until"))
            .returning(recurring.record)
        )

    def _due(self, tables: Tables) -> Select[Any]:
        """Return the numbers of those to claim, without those that others are just claiming."""
        recurring = tables.recurring_orders.c
        first = self._first(tables, recurring.just_activated)
        others = self._first(tables, not_(recurring.just_activated))
        both = union_all(first, others).limit(bindparam("limit", type_=Integer)).subquery()
        return select(both.c.number)

    def _first(self, tables: Tables, which: ColumnElement[bool]) -> Select[Any]:
        recurring = tables.recurring_orders.c
        found = (
            select(recurring.number)
            .where(
                recurring.account == bindparam("its_account"),
                recurring.claim_at <= bindparam("now"),
                which,
            )
            .order_by(recurring.claim_at, recurring.number)
            .limit(bindparam("limit", type_=Integer))
            .with_for_update(skip_locked=True)
        )
        return select(found.subquery().c.number)


class SqlRecurringOrders:
    """The recurring orders of one account."""

    def __init__(self, line: Line, statements: RecurringStatements) -> None:
        """Read and write through a transaction's line."""
        self._line = line
        self._ask = statements
        # As they were read or written here, so that saving knows which columns have changed.
        self._known: dict[OrderNumber, RecurringOrder] = {}

    def add(self, recurring: RecurringOrder) -> RecurringOrder:
        """Write a new one."""
        added = evolve(recurring, version=recurring.version + 1)

        def taken(constraint: str) -> str:
            keyed = constraint.endswith(("_key", ".key"))
            return f"the key {added.key!r}" if keyed else f"recurring order {added.number}"

        self._line.run(self._ask.add, recurring_row(added), taken)
        return self._remembered(added)

    def get(self, number: OrderNumber) -> RecurringOrder | None:
        """Return the one with that number."""
        return self._one(self._ask.get, number=number)

    def save(self, recurring: RecurringOrder) -> RecurringOrder:
        """Write what one has become, claimed by nobody."""
        saved = evolve(recurring, version=recurring.version + 1)
        known = self._known.get(recurring.number)
        if known is not None and known.version == recurring.version:
            row = recurring_changes(known, saved) | unclaimed(saved)
        else:
            which = {"account": recurring.account, "number": recurring.number}
            row = differing(which, recurring_row(saved))
        values = row | {
            "its_account": recurring.account,
            "its_number": recurring.number,
            "its_version": recurring.version,
        }
        if self._line.run(self._ask.save, values, lambda _: f"the key {saved.key!r}").rowcount != 1:
            raise self._line.conflict(f"recurring order {recurring.number}")
        return self._remembered(saved)

    def find_by_key(self, key: IdempotencyKey) -> RecurringOrder | None:
        """Return the one imported under `key`."""
        return self._one(self._ask.by_key, key=key)

    def _one(self, statement: Any, **values: object) -> RecurringOrder | None:
        text = self._line.value(statement, **values)
        return None if text is None else self._read(text)

    def of_customer(self, customer: CustomerId) -> tuple[RecurringOrder, ...]:
        """Return a customer's, oldest first."""
        found = self._line.rows(self._ask.of_customer, customer=customer)
        return tuple(self._read(text) for (text,) in found)

    def page(
        self, wanted: OrderFilter, sort: RecurringSort, *, after: Place | None, limit: int
    ) -> Slice[RecurringOrder]:
        """Return matching ones in the order of `sort`."""
        statement = lists.recurring_page(
            self._ask.tables, self._line.account, wanted, sort, after=after, limit=limit
        )
        found = [read(RecurringOrder, text) for (text,) in self._line.run(statement)]
        return lists.sliced(found, limit, lambda item: recurring_place(item, sort.column))

    def count(self, wanted: OrderFilter) -> int:
        """Return how many match."""
        statement = lists.recurring_count(self._ask.tables, self._line.account, wanted)
        return int(self._line.run(statement).scalar_one())

    def claim_due(self, now: datetime, until: datetime, limit: int) -> tuple[RecurringOrder, ...]:
        """Claim those that are due."""
        values = {"its_account": self._line.account, "now": now, "until": until, "limit": limit}
        texts = self._line.run(self._ask.claim, values).all()
        return tuple(sorted((self._read(text) for (text,) in texts), key=_turn))

    def overdue(self, since: datetime, limit: int) -> tuple[Overdue, ...]:
        """Return those that should have been acted for."""
        return tuple(
            Overdue(recurring=read(RecurringOrder, text), claimed_until=until)
            for text, until in self._line.rows(self._ask.overdue, since=since, limit=limit)
        )

    def _read(self, text: str) -> RecurringOrder:
        return self._remembered(read(RecurringOrder, text))

    def _remembered(self, recurring: RecurringOrder) -> RecurringOrder:
        self._known[recurring.number] = recurring
        return recurring


def _turn(recurring: RecurringOrder) -> tuple[bool, datetime | None, int]:
    """Return what says which of those claimed comes first; each of them has a next action."""
    return not recurring.just_activated, recurring.next_action, recurring.number
