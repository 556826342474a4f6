"""Records as the text they are kept as: the wire format, as JSON."""

from __future__ import annotations

import json
from typing import Final, TypeVar

from attrs import evolve

from ordersales.models.event import Event
from ordersales.wire import decode, dumps

T = TypeVar("T")

#: Returns a record as text. All but ASCII is escaped in it: what no database takes as text (NUL)
#: is kept like any other.
written: Final = dumps
_PLAIN: Final = json.JSONDecoder().decode


def read(kind: type[T], text: str) -> T:
    """Return the record of `kind` that was written as `text`, in this version or an older one."""
    return decode(kind, _PLAIN(text))


def written_event(event: Event) -> tuple[str, str]:
    """Return an event without its note, and the note, which may have to be erased (rule E2)."""
    if not event.note:
        return dumps(event), ""
    return dumps(evolve(event, note="")), json.dumps(event.note)


def read_event(text: str, note: str) -> Event:
    """Return an event and its note put together."""
    data = _PLAIN(text)
    if note:
        data["record"]["note"] = json.loads(note)
    return decode(Event, data)
