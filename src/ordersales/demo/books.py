"""Everything that stands in the books after the run, read back through the front door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from attrs import frozen

from ordersales import Order, OrderRow, Page, PaymentRow, SystemName
from ordersales.demo.purchases import Purchase
from ordersales.demo.till import MANAGER, Chargeback, Till
from ordersales.testing import Charged, Returned

Row = TypeVar("Row")

_PAGE: Final = 1000


@frozen
class Books:
    """What went in, what the shop recorded, and what the gateways and the banks did."""

    purchases: tuple[Purchase, ...]
    #: The two lists, newest first.
    rows: tuple[OrderRow, ...]
    payments: tuple[PaymentRow, ...]
    #: The orders themselves, as the list of orders has them.
    orders: tuple[Order, ...]
    charged: tuple[tuple[SystemName, Charged], ...]
    returned: tuple[Returned, ...]
    chargebacks: tuple[Chargeback, ...]


def read_back(till: Till, purchases: tuple[Purchase, ...]) -> Books:
    """Page through both lists to the end, get every order, and open the gateways' own books."""
    office, gateways = till.office, till.gateways.items()
    rows = tuple(_all_rows(lambda after: office.orders.page(MANAGER, after=after, limit=_PAGE)))
    return Books(
        purchases=purchases,
        rows=rows,
        payments=tuple(
            _all_rows(lambda after: office.payments.page(MANAGER, after=after, limit=_PAGE))
        ),
        orders=tuple(office.orders.get(MANAGER, row.number) for row in rows),
        charged=tuple((name, item) for name, gateway in gateways for item in gateway.charged),
        returned=tuple(item for _, gateway in gateways for item in gateway.refunds.book),
        chargebacks=tuple(till.chargebacks),
    )


def _all_rows(page_after: Callable[[str | None], Page[Row]]) -> Iterator[Row]:
    page = page_after(None)
    yield from page.rows
    while page.after is not None:
        page = page_after(page.after)
        yield from page.rows
