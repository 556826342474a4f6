"""The messages as one transaction sees them; the contract is that of `ordersales.ports.storage`."""

from __future__ import annotations

from datetime import datetime
from itertools import islice, takewhile

from attrs import evolve

from ordersales.adapters.memory.account import Account, MessageName, Waiting
from ordersales.errors import Conflict
from ordersales.models.charge import WebhookEvent
from ordersales.models.inbox import KeptMessage
from ordersales.values.identifiers import SystemName


class MemoryInbox:
    """The messages as committed, and what this transaction has written."""

    def __init__(self, account: Account) -> None:
        """Start with nothing written."""
        self._account = account
        self._added: set[MessageName] = set()
        # What was added or put off, as it now waits.
        self._waiting: dict[MessageName, Waiting] = {}
        self._matched: set[MessageName] = set()

    def add(self, system: SystemName, event: WebhookEvent, at: datetime) -> bool:
        """Write a message, unless it is kept already."""
        name = (system, event.event_id)
        with self._account.lock:
            known = name in self._added or name in self._account.inbox
        if known:
            return False
        self._added.add(name)
        self._waiting[name] = Waiting(KeptMessage(system=system, event=event, kept_at=at), None)
        return True

    def unmatched(self) -> tuple[tuple[SystemName, WebhookEvent], ...]:
        """Return the messages that no attempt was found for."""
        with self._account.lock:
            waiting = {**self._account.unmatched, **self._waiting}
        return tuple(
            (name[0], kept.message.event)
            for name, kept in waiting.items()
            if name not in self._matched
        )

    def to_match(self, now: datetime, limit: int) -> tuple[KeptMessage, ...]:
        """Return the messages whose next try has come."""
        with self._account.lock:
            due = dict(self._account.messages_due(now))
        due |= self._waiting
        found = [
            (kept.until, kept.message)
            for name, kept in due.items()
            if kept.until is not None and kept.until <= now and name not in self._matched
        ]
        found.sort(key=lambda item: item[0])
        return tuple(message for _, message in found[:limit])

    def put_off(self, system: SystemName, event: WebhookEvent, until: datetime | None) -> None:
        """Write when a message is to be tried again."""
        name = (system, event.event_id)
        with self._account.lock:
            kept = self._waiting.get(name) or self._account.unmatched.get(name)
        if kept is not None:
            tried = evolve(kept.message, tries=kept.message.tries + 1)
            self._waiting[name] = Waiting(tried, until)

    def waiting_since(self, moment: datetime, limit: int) -> tuple[KeptMessage, ...]:
        """Return the oldest messages that wait at least since a moment."""
        with self._account.lock:
            # They stand as they came, so that whoever meets a later one need not go on.
            kept = [
                *takewhile(
                    lambda item: item[1].message.kept_at <= moment,
                    islice(self._account.unmatched.items(), limit + len(self._matched)),
                )
            ]
        waiting = {**dict(kept), **self._waiting}
        found = (item.message for name, item in waiting.items() if name not in self._matched)
        return tuple(islice((item for item in found if item.kept_at <= moment), limit))

    def match(self, system: SystemName, event: WebhookEvent) -> None:
        """Write that the attempt of a message was found."""
        self._matched.add((system, event.event_id))

    def check(self) -> None:
        """Raise `Conflict` if another transaction kept the same message; under the lock."""
        for system, event_id in self._added:
            if (system, event_id) in self._account.inbox:
                raise Conflict(f"the message {event_id!r} of {system}")

    def apply(self) -> None:
        """Make the writes visible; called under the lock."""
        account = self._account
        account.inbox |= self._added
        for name, kept in self._waiting.items():
            # What another transaction has matched meanwhile is not looked for again.
            if name in self._added or name in account.unmatched:
                account.keep_message(name, kept)
        for name in self._matched:
            account.keep_message(name, None)
