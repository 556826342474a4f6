"""The events as one transaction sees them; the contract is that of `ordersales.ports.storage`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Integer, Select, Update, bindparam, exists, func, select

from ordersales.adapters.sqlalchemy.apart import Apart
from ordersales.adapters.sqlalchemy.dialects import insert_into
from ordersales.adapters.sqlalchemy.documents import read_event
from ordersales.adapters.sqlalchemy.line import Line
from ordersales.adapters.sqlalchemy.prepared import Prepared
from ordersales.adapters.sqlalchemy.rows import event_row
from ordersales.adapters.sqlalchemy.tables import Tables
from ordersales.models.event import Event, RecordedEvent
from ordersales.values.identifiers import OrderNumber


class EventStatements:
    """What is asked of the tables of events."""

    def __init__(self, tables: Tables, dialect: str) -> None:
        """Ask these tables."""
        self.name: str = tables.events.fullname
        events, followers = tables.events.c, tables.followers.c
        mine = events.account == bindparam("account")
        self.add: Prepared = Prepared(self._add(tables, dialect))
        self.last_id: Select[Any] = select(func.max(events.id))
        found = select(events.record, events.note).where(mine).order_by(events.id)
        self.of_order: Select[*tuple[Any, ...]] = found.where(
            events.order_number == bindparam("number")
        )
        self.of_recurring: Select[*tuple[Any, ...]] = found.where(
            events.recurring_order == bindparam("number")
        )
        placed = (
            select(events.position, events.record, events.note)
            .where(mine, events.position < bindparam("own"))
            .limit(bindparam("limit", type_=Integer))
        )
        self.after: Select[*tuple[Any, ...]] = placed.where(
            events.position > bindparam("position")
        ).order_by(events.position)
        self.newest: Select[*tuple[Any, ...]] = placed.order_by(events.position.desc())
        blank = tables.events.update().values(note="").where(events.note != "")
        blank = blank.where(events.account == bindparam("its_account"))
        self.erase: Update = blank.where(events.order_number == bindparam("its_number"))
        self.erase_recurring: Update = blank.where(
            events.recurring_order == bindparam("its_number")
        )
        its = (followers.account == bindparam("account"), followers.follower == bindparam("name"))
        self.acknowledged: Select[Any] = select(followers.position).where(*its)
        self.acknowledge: Any = self._acknowledge(tables, dialect)
        self.unplaced: Select[Any] = select(exists().where(mine, events.position.is_(None)))
        self.lock: Select[Any] = select(
            func.pg_advisory_xact_lock(func.hashtextextended(bindparam("name"), 0))
        )
        self.place: Any = self._place(tables)

    def _add(self, tables: Tables, dialect: str) -> Any:
        added = tables.events.insert().inline()
        if dialect != "sqlite":
            return added
        # One transaction writes at a time, so that the order of writing is that of the commits.
        last = select(func.coalesce(func.max(tables.events.alias().c.id), 0) + 1)
        names = ("account", "order_number", "recurring_order", "record", "note")
        values: dict[str, Any] = {name: bindparam(name) for name in names}
        return added.values(position=last.scalar_subquery(), **values)

    def _acknowledge(self, tables: Tables, dialect: str) -> Any:
        followers = tables.followers.c
        added = insert_into(dialect, tables.followers)
        further = followers.position < added.excluded.position
        return added.on_conflict_do_update(
            index_elements=["account", "follower"],
            set_={"position": added.excluded.position},
            where=further,
        )

    def _place(self, tables: Tables) -> Any:
        """Give the next positions to the events that have none, in the order of writing."""
        events, others = tables.events.c, tables.events.alias().c
        mine = others.account == bindparam("its_account")
        last = select(func.coalesce(func.max(others.position), 0)).where(mine).scalar_subquery()
        # What somebody is just erasing the note of is left for later: they may be who asks.
        free = select(others.id).where(mine, others.position.is_(None))
        unplaced = free.with_for_update(skip_locked=True).subquery()
        place = (last + func.row_number().over(order_by=unplaced.c.id)).label("place")
        ranked = select(unplaced.c.id, place).subquery()
        return (
            tables.events.update().values(position=ranked.c.place).where(events.id == ranked.c.id)
        )


#: Above every position.
_ABOVE_ALL = 2**63 - 1


class SqlEvents:
    """The events of one account.

    A position is given in the order of the commits. SQLite has one transaction write at a time:
    there it is given at the writing. On PostgreSQL writers would have to wait for each other, so
    it is given when somebody follows: to all that is committed by then, and apart from the
    transaction that asks, whose own events have none before it is committed.
    """

    def __init__(self, line: Line, statements: EventStatements, apart: Apart | None) -> None:
        """Read and write through a transaction's line."""
        self._line = line
        self._ask = statements
        self._apart = apart
        self._written = 0
        #: Whether something was erased, of which no copy may be left.
        self.erased: bool = False

    def append(self, events: Sequence[Event]) -> None:
        """Write events."""
        rows = [event_row(self._line.account, event) for event in events]
        if rows:
            self._line.run(self._ask.add, rows if len(rows) > 1 else rows[0])
            self._written += len(rows)

    def of_order(self, number: OrderNumber) -> tuple[Event, ...]:
        """Return the events of one order, oldest first."""
        found = self._line.rows(self._ask.of_order, number=number)
        return tuple(read_event(*row) for row in found)

    def of_recurring(self, number: OrderNumber) -> tuple[Event, ...]:
        """Return the events of one recurring order, oldest first."""
        found = self._line.rows(self._ask.of_recurring, number=number)
        return tuple(read_event(*row) for row in found)

    def after(self, position: int, limit: int) -> tuple[RecordedEvent, ...]:
        """Return the committed events behind a position."""
        return self._placed(self._ask.after, position=position, limit=limit)

    def newest(self, limit: int) -> tuple[RecordedEvent, ...]:
        """Return the last committed events, the newest first."""
        return self._placed(self._ask.newest, limit=limit)

    def _placed(self, statement: Any, **values: int) -> tuple[RecordedEvent, ...]:
        if self._apart is not None:
            self._place(self._apart)
        found = self._line.rows(statement, own=self._own(), **values)
        return tuple(RecordedEvent(at, read_event(*row)) for at, *row in found)

    def _own(self) -> int:
        """Return the first position of this transaction's events, where they have some."""
        if not self._written or not self._line.is_sqlite:
            return _ABOVE_ALL
        # Nobody else has written since its first event.
        return int(self._line.value(self._ask.last_id)) - self._written + 1

    def _place(self, apart: Apart) -> None:
        account, ask = self._line.account, self._ask

        def work(connection: Connection) -> None:
            # In a statement before: the next one then sees all that the last follower has placed.
            connection.execute(ask.lock, {"name": f"{ask.name}/{account}"})
            connection.execute(ask.place, {"its_account": account})

        if apart.value(ask.unplaced, {"account": account}):
            apart.transaction(work, f"writing {ask.name}")

    def acknowledged(self, follower: str) -> int:
        """Return how far a follower is."""
        return self._line.value(self._ask.acknowledged, name=follower) or 0

    def acknowledge(self, follower: str, position: int) -> None:
        """Write how far a follower is."""
        self._line.write(self._ask.acknowledge, follower=follower, position=position)

    def erase_notes(self, number: OrderNumber) -> None:
        """Blank the notes of an order's events."""
        self._erase(self._ask.erase, number)

    def erase_recurring_notes(self, number: OrderNumber) -> None:
        """Blank the notes of a recurring order's events."""
        self._erase(self._ask.erase_recurring, number)

    def _erase(self, statement: Any, number: OrderNumber) -> None:
        self._line.run(statement, {"its_account": self._line.account, "its_number": number})
        self.erased = True
