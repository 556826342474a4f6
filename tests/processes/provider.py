"""A payment provider for several processes at once: its book is a file of its own.

What it booked stays booked, whoever is killed. What becomes of a charge follows from its key, so
that every process is answered alike; whether the answer is lost, or its asker killed before or
after the booking, is for the process that asks.
"""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

from attrs import define

from ordersales.models.charge import Answer, ChargeRequest, Declined, Succeeded, WebhookEvent
from ordersales.models.refund import RefundAnswer, RefundReference, RefundRequest, RefundSucceeded
from ordersales.models.stage import Retry
from ordersales.ports.clock import Clock
from ordersales.ports.gateway import Capabilities, GatewayKind
from ordersales.testing.gateway_profiles import PROFILES
from ordersales.testing.simulator.truth import Charge, Return, TruthBook
from ordersales.values.identifiers import AttemptReference, GatewayId
from ordersales.values.money import Money

BOOK: Final = """
CREATE TABLE IF NOT EXISTS booked (
    id INTEGER PRIMARY KEY, what TEXT, key TEXT, reference TEXT, at REAL, request BLOB, answer BLOB
)
"""
#: Up to which draw of a hundred the bank says what.
FATES: Final = ((80, None), (92, Retry.ALLOWED), (97, Retry.ANOTHER_METHOD), (100, Retry.FINAL))


def nothing(moment: str) -> None:
    """Let the moment pass."""


@define
class Provider:
    """Answers as a `PaymentGateway`, and keeps its book in a file."""

    path: Path
    clock: Clock
    kind: GatewayKind = GatewayKind.KEY_AND_LOOK_UP
    #: Is told what is about to happen: "before" and "after" a booking. It may never return.
    at_moment: Callable[[str], None] = nothing

    @property
    def capabilities(self) -> Capabilities:
        """What its kind can do."""
        return PROFILES[self.kind]

    def charge(self, request: ChargeRequest) -> Answer:
        """Book the charge, unless it was booked under this key before."""
        return self._booked("charge", request.key, request.reference, request, _answer)

    def refund(self, request: RefundRequest) -> RefundAnswer:
        """Book the refund, unless it was booked before."""
        name = str(request.reference)
        return self._booked("refund", name, request.reference, request, _returned)

    def look_up(self, reference: AttemptReference) -> Answer | None:
        """Return what the book says: the money that was taken, if any was."""
        found = [answer for _, answer, _ in self._find("charge", reference)]
        taken = [answer for answer in found if isinstance(answer, Succeeded)]
        return next(iter(taken or found), None)

    def look_up_refund(self, reference: RefundReference) -> RefundAnswer | None:
        """Return what the book says."""
        return next((answer for _, answer, _ in self._find("refund", reference)), None)

    def cancel(self, reference: AttemptReference) -> Answer | None:
        """Return what it is: every answer here is final."""
        return self.look_up(reference)

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent | None:
        """Read nothing: this provider sends no messages."""
        return None

    def book(self) -> TruthBook:
        """Return all that was ever booked."""
        book = TruthBook()
        for request, answer, at in self._find("charge"):
            name = GatewayId(str(answer.gateway_id))
            book.add(Charge(request, name, answer, int(at)))
        book.returns += [
            Return(request, answer.gateway_id, answer, int(at))
            for request, answer, at in self._find("refund")
        ]
        return book

    def _booked(
        self,
        what: str,
        key: str,
        reference: object,
        request: Any,
        decided: Callable[[Any, int], Any],
    ) -> Any:
        self.at_moment("before")
        with self._open() as book:
            book.execute("BEGIN IMMEDIATE")
            known = book.execute(
                "SELECT answer, at FROM booked WHERE what = ? AND key = ? ORDER BY id DESC",
                (what, key),
            ).fetchone()
            if known is not None and self._keeps(known[1]):
                answer = pickle.loads(known[0])
            else:
                (last,) = book.execute("SELECT coalesce(max(id), 0) FROM booked").fetchone()
                answer = decided(request, last + 1)
                row = (what, key, str(reference), self.clock.now().timestamp())
                book.execute(
                    "INSERT INTO booked (what, key, reference, at, request, answer)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (*row, pickle.dumps(request), pickle.dumps(answer)),
                )
            book.execute("COMMIT")
        self.at_moment("after")
        return answer

    def _keeps(self, at: float) -> bool:
        kept_for = self.capabilities.keys_kept_for
        passed = self.clock.now().timestamp() - at
        return kept_for is not None and passed < kept_for.total_seconds()

    def _find(self, what: str, reference: object = None) -> list[tuple[Any, Any, float]]:
        named = None if reference is None else str(reference)
        with self._open() as book:
            rows = book.execute(
                "SELECT request, answer, at FROM booked"
                " WHERE what = ? AND (? IS NULL OR reference = ?) ORDER BY id",
                (what, named, named),
            ).fetchall()
        return [(pickle.loads(request), pickle.loads(answer), at) for request, answer, at in rows]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as book:
            book.execute("PRAGMA journal_mode = WAL")
            book.execute("PRAGMA synchronous = OFF")
            book.execute(BOOK)
            yield book


def _answer(request: ChargeRequest, number: int) -> Answer:
    """Decide as the buyer's bank does: by chance, but for one key always alike."""
    drawn = Random(request.key).random() * 100
    retry = next(retry for up_to, retry in FATES if drawn < up_to)
    name = GatewayId(f"ch_{number}")
    if retry is not None:
        return Declined(code="declined", retry=retry, gateway_id=name)
    fee = Money(request.amount.minor // 50, request.amount.currency)
    return Succeeded(gateway_id=name, amount=request.amount, fee=fee)


def _returned(request: RefundRequest, number: int) -> RefundAnswer:
    return RefundSucceeded(gateway_id=GatewayId(f"re_{number}"))
