"""One filter for every list (rule L3), and a page of what it lets through (rule L4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final, Generic, TypeVar

from attrs import field, frozen

from ordersales.errors import InvalidInput
from ordersales.models.order import OrderStatus
from ordersales.values import checks
from ordersales.values.identifiers import CustomerId

Row = TypeVar("Row")


def _statuses(given: Iterable[OrderStatus]) -> frozenset[OrderStatus]:
    try:
        return frozenset(given)
    except TypeError:
        allowed = "statuses, as in {OrderStatus.OPEN}"
        raise InvalidInput.of("statuses", given, allowed) from None


class PaymentType(StrEnum):
    """How an order may be paid."""

    FULL = "Full"
    PARTIAL = "Partial"


@frozen(kw_only=True)
class OrderFilter:
    """Which orders to list; a field left out lets everything through.

    >>> open_parts = OrderFilter(statuses={OrderStatus.OPEN}, payment_type=PaymentType.PARTIAL)

    Raises:
        InvalidInput: A value of the wrong kind, or a naive time (rule B1).
    """

    statuses: frozenset[OrderStatus] = field(default=frozenset(), converter=_statuses)
    customer: CustomerId | None = None
    payment_type: PaymentType | None = None
    needs_attention: bool | None = None
    #: Placed at this moment or later.
    placed_from: datetime | None = None
    #: Placed before this moment.
    placed_before: datetime | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse values of the wrong kind."""
        checks.refuse(
            *(checks.instance(item, "statuses", OrderStatus) for item in self.statuses),
            checks.optional(checks.text, self.customer, "customer"),
            checks.optional(checks.instance, self.payment_type, "payment_type", kind=PaymentType),
            checks.optional(checks.flag, self.needs_attention, "needs_attention"),
            checks.optional(checks.moment, self.placed_from, "placed_from"),
            checks.optional(checks.moment, self.placed_before, "placed_before"),
        )


#: The filter that lets everything through.
EVERYTHING: Final = OrderFilter()


@frozen
class Page(Generic[Row]):
    """Rows of a list, newest first, and where the next page begins."""

    rows: tuple[Row, ...]
    #: Hand this to the next call as ``after``; None on the last page.
    after: int | None
