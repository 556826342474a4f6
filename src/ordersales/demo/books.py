"""Everything that stands in the books after the run, read back through the front door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from attrs import frozen

from ordersales import Order, Page, Payment, SystemName
from ordersales.demo.purchases import Purchase
from ordersales.demo.till import MANAGER, Till
from ordersales.testing import Charged

Row = TypeVar("Row")

_PAGE: Final = 1000


@frozen
class Books:
    """What went in, what the shop recorded, and what the gateways did."""

    purchases: tuple[Purchase, ...]
    #: Newest first, as lists are.
    orders: tuple[Order, ...]
    payments: tuple[Payment, ...]
    charged: tuple[tuple[SystemName, Charged], ...]


def read_back(till: Till, purchases: tuple[Purchase, ...]) -> Books:
    """Page through both lists to the end, and open the gateways' own books."""
    office = till.office
    return Books(
        purchases=purchases,
        orders=tuple(
            _all_rows(lambda after: office.orders.page(MANAGER, after=after, limit=_PAGE))
        ),
        payments=tuple(
            _all_rows(lambda after: office.payments.page(MANAGER, after=after, limit=_PAGE))
        ),
        charged=tuple(
            (name, charged)
            for name, gateway in till.gateways.items()
            for charged in gateway.charged
        ),
    )


def _all_rows(page_after: Callable[[int | None], Page[Row]]) -> Iterator[Row]:
    page = page_after(None)
    yield from page.rows
    while page.after is not None:
        page = page_after(page.after)
        yield from page.rows
