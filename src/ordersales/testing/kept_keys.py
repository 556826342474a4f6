"""The idempotency keys that a provider keeps, and forgets when their time is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Generic, TypeVar

from attrs import frozen

from ordersales.errors import InvalidInput
from ordersales.models.charge import ChargeRequest
from ordersales.ports.clock import Clock
from ordersales.values.identifiers import IdempotencyKey

T = TypeVar("T")


@frozen
class Kept(Generic[T]):
    """What a key stands for."""

    request: ChargeRequest
    #: What it is answered with; None for an error, whatever was executed.
    answer: T | None
    since: datetime


class KeptKeys(Generic[T]):
    """What was asked under which key, for as long as the provider keeps it."""

    def __init__(self, kept_for: timedelta | None, clock: Clock) -> None:
        """Keep each key for `kept_for` after its use; None keeps none."""
        self._kept_for = kept_for
        self._clock = clock
        self._kept: dict[IdempotencyKey, Kept[T]] = {}

    def keep(self, request: ChargeRequest, answer: T | None) -> None:
        """Let the key of a request stand for an answer, or for an error."""
        if self._kept_for is not None:
            self._kept[request.key] = Kept(request, answer, self._clock.now())

    def recall(self, request: ChargeRequest) -> Kept[T] | None:
        """Return what the key of a request stands for; None if it is new, or forgotten.

        Raises:
            InvalidInput: It was used with other contents: a bug in the caller (rule C1).
        """
        kept = self._kept.get(request.key)
        if kept is None or self._forgotten(kept):
            return None
        if kept.request != request:
            raise InvalidInput.of("key", request.key, "a key not yet used with other contents")
        return kept

    def _forgotten(self, kept: Kept[T]) -> bool:
        return self._kept_for is None or self._clock.now() - kept.since >= self._kept_for
