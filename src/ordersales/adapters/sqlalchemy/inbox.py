"""The messages as one transaction sees them; the contract is that of `ordersales.ports.storage`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Select, Update, bindparam, select

from ordersales.adapters.sqlalchemy.dialects import unless_there
from ordersales.adapters.sqlalchemy.documents import read, written
from ordersales.adapters.sqlalchemy.line import Line
from ordersales.adapters.sqlalchemy.tables import Tables
from ordersales.models.charge import WebhookEvent
from ordersales.models.inbox import KeptMessage
from ordersales.values.identifiers import SystemName


class InboxStatements:
    """What is asked of the table of messages."""

    def __init__(self, tables: Tables, dialect: str) -> None:
        """Ask this table."""
        inbox = tables.inbox.c
        self.add: Any = unless_there(dialect, tables.inbox)
        found = select(inbox.system, inbox.record, inbox.kept_at, inbox.tries).where(
            inbox.account == bindparam("account")
        )
        limit = bindparam("limit", type_=Integer)
        self.unmatched: Select[*tuple[Any, ...]] = found.where(inbox.record.is_not(None)).order_by(
            inbox.id
        )
        self.to_match: Select[*tuple[Any, ...]] = (
            found.where(inbox.until <= bindparam("now"))
            .order_by(inbox.until, inbox.id)
            .limit(limit)
        )
        self.waiting_since: Select[*tuple[Any, ...]] = (
            found.where(inbox.record.is_not(None), inbox.kept_at <= bindparam("moment"))
            .order_by(inbox.kept_at, inbox.id)
            .limit(limit)
        )
        its = tables.inbox.update().where(
            inbox.account == bindparam("its_account"),
            inbox.system == bindparam("its_system"),
            inbox.event_id == bindparam("its_event"),
        )
        self.put_off: Update = its.where(inbox.record.is_not(None)).values(
            until=bindparam("until"), tries=inbox.tries + 1
        )
        self.match: Update = its.values(until=None, record=None)


class SqlInbox:
    """The messages of one account, each kept once; what they say only until it is applied."""

    def __init__(self, line: Line, statements: InboxStatements) -> None:
        """Read and write through a transaction's line."""
        self._line = line
        self._ask = statements

    def add(self, system: SystemName, event: WebhookEvent, at: datetime) -> bool:
        """Write a message, unless it is kept already."""
        row = {"system": system, "event_id": event.event_id, "kept_at": at}
        kept = self._line.write(self._ask.add, **row, until=None, tries=0, record=written(event))
        return kept == 1

    def unmatched(self) -> tuple[tuple[SystemName, WebhookEvent], ...]:
        """Return the messages that no attempt was found for."""
        return tuple((kept.system, kept.event) for kept in self._found(self._ask.unmatched))

    def to_match(self, now: datetime, limit: int) -> tuple[KeptMessage, ...]:
        """Return the messages whose next try has come."""
        return self._found(self._ask.to_match, now=now, limit=limit)

    def waiting_since(self, moment: datetime, limit: int) -> tuple[KeptMessage, ...]:
        """Return the oldest messages that wait at least since a moment."""
        return self._found(self._ask.waiting_since, moment=moment, limit=limit)

    def _found(self, statement: Any, **values: object) -> tuple[KeptMessage, ...]:
        return tuple(
            KeptMessage(
                system=SystemName(system),
                event=read(WebhookEvent, record),
                kept_at=kept_at,
                tries=tries,
            )
            for system, record, kept_at, tries in self._line.rows(statement, **values)
        )

    def put_off(self, system: SystemName, event: WebhookEvent, until: datetime | None) -> None:
        """Write when a message is to be tried again."""
        self._line.run(self._ask.put_off, {**self._its(system, event), "until": until})

    def match(self, system: SystemName, event: WebhookEvent) -> None:
        """Write that the attempt of a message was found."""
        self._line.run(self._ask.match, self._its(system, event))

    def _its(self, system: SystemName, event: WebhookEvent) -> dict[str, str]:
        return {
            "its_account": self._line.account,
            "its_system": system,
            "its_event": event.event_id,
        }
