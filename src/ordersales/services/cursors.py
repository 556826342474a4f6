"""Cursors: where the next page of a list begins, as opaque text that can't be forged (rule L4).

A cursor is a version, a seal and the place of the last row, in URL-safe base64. The seal binds
the place to one account, one list, one filter and one sort, under a secret of the back office:
whatever else it is used with, it does not fit. It is signed and not encrypted: who holds it can
read the value of the last row's sorted column in it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, cast

import attrs
from attrs import field, frozen

from ordersales.errors import InvalidInput
from ordersales.models.filters import OrderFilter, OrderSort, PaymentSort, Place, RecurringSort
from ordersales.values.identifiers import AccountId
from ordersales.values.moment import utc

#: The first byte of every cursor; another format has another one.
FORMAT: Final = b"\x01"

_SEAL_BYTES: Final = 16
_ALLOWED: Final = (
    "the `after` of an earlier page of the same list, in the same account and by the same filter "
    "and sort; begin again without one"
)


@frozen
class Bookmark:
    """Writes and reads the cursors of one list as one account sees it, filtered and sorted."""

    _secret: bytes = field(repr=False)
    account: AccountId
    #: Which list: *orders*, *payments* or *recurring*.
    name: str
    wanted: OrderFilter
    sort: OrderSort | PaymentSort | RecurringSort

    def write(self, place: Place | None) -> str | None:
        """Return the cursor behind `place`; None where no page follows."""
        if place is None:
            return None
        told = _as_json([place.value, place.number])
        return urlsafe_b64encode(FORMAT + self._seal(told) + told).rstrip(b"=").decode()

    def read(self, after: str | None) -> Place | None:
        """Return the place that a cursor holds; None is the beginning.

        Raises:
            InvalidInput: It was changed, is of another format, secret, account or list, or comes
                with another filter or sort (rule B1).
        """
        if after is None:
            return None
        sealed = _decoded(after)
        at = len(FORMAT) + _SEAL_BYTES
        told = sealed[at:]
        if not hmac.compare_digest(sealed[:at], FORMAT + self._seal(told)):
            raise InvalidInput.of("after", after, _ALLOWED)
        value, number = cast("tuple[Any, int]", json.loads(told))
        return Place(value if isinstance(value, str | int) else (value[0], value[1]), number)

    def _seal(self, told: bytes) -> bytes:
        wanted, sort = (attrs.asdict(item, recurse=False) for item in (self.wanted, self.sort))
        bound = [self.account, self.name, wanted, sort]
        # The version and a separator that JSON never holds keep the parts apart.
        message = b"\0".join([FORMAT, _as_json(bound), told])
        return hmac.digest(self._secret, message, hashlib.sha256)[:_SEAL_BYTES]


def _decoded(after: object) -> bytes:
    """Return the bytes of a cursor; nothing where it is no text as `Bookmark.write` makes it."""
    try:
        given = after.encode("ascii") if isinstance(after, str) else b""
        sealed = urlsafe_b64decode(given + b"=" * (-len(given) % 4))
    except ValueError:
        return b""
    # Base64 forgives what it does not know; a cursor has one spelling only.
    return sealed if urlsafe_b64encode(sealed).rstrip(b"=") == given else b""


def _as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()


def _plain(value: Any) -> object:
    """Return what JSON lacks as plain data: equal values the same in every process."""
    if isinstance(value, frozenset):
        return sorted(cast("Iterable[str]", value))
    if isinstance(value, datetime):
        return utc(value, "wanted").isoformat()
    return str(value)
