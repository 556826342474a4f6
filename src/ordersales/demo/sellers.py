"""Who makes the sales: managers look after customers, and a person checks who made which sale."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Final

from ordersales import CustomerId, Manager, Offer, Operation, Order, UserId
from ordersales.demo.till import MANAGER, Till

MANAGERS: Final = tuple(
    Manager(user=UserId(name.lower()), name=name) for name in ("Ada", "Ben", "Cleo")
)
#: Of a hundred customers, so many are looked after by a manager, who states sales plans for them.
_LOOKED_AFTER: Final = 8
#: Of a thousand other orders, so many are credited at checkout, and to so many *Add user* follows.
_AT_CHECKOUT: Final = 15
_ADDED: Final = 5
#: Of a hundred orders credited to a manager, or to the system, so many are checked.
_MANAGERS_CHECKED: Final = 70
_SYSTEM_CHECKED: Final = 4
#: Of a hundred that are checked, so many turn out to be somebody else's sale.
_CORRECTED: Final = 5

_DAY: Final = timedelta(days=1)
_UNTIL_CHECKED: Final = timedelta(days=3)


class Sellers:
    """Decides who makes each sale, by chance of its own: how orders are paid hangs not on it."""

    def __init__(self, till: Till, seed: int) -> None:
        """Begin with no customer looked after."""
        self._office = till.office
        self._chance = Random(seed)  # noqa: S311 - the same seed has to bring the same shop
        self._of_customer: dict[CustomerId, Manager | None] = {}

    def before(self, customer: CustomerId, offer: Offer) -> Manager | None:
        """State the sales plan of who looks after a customer; else name who is at the checkout."""
        if customer not in self._of_customer:
            self._of_customer[customer] = self._perhaps(_LOOKED_AFTER, of=100)
        manager = self._of_customer[customer]
        if manager is None:
            return self._perhaps(_AT_CHECKOUT, of=1000)
        self._office.sales.state_plan(MANAGER, customer, offer.number, manager)
        return None

    def after(self, order: Order) -> Iterator[timedelta]:
        """Tell what happens to the credit of a placed order: nothing, *Add user*, *Check*."""
        managed = order.sale.manager is not None
        if not managed and (manager := self._perhaps(_ADDED, of=1000)):
            yield _DAY
            self._office.sales.add_user(MANAGER, order.number, manager)
            managed = True
        if self._happens(_MANAGERS_CHECKED if managed else _SYSTEM_CHECKED, of=100):
            yield _UNTIL_CHECKED
            self._check(order)

    def _check(self, order: Order) -> None:
        """Open *Check* if something is paid, and take its proposal, or know better (rule S3)."""
        if Operation.CHECK_SALE not in self._office.orders.offered(MANAGER, order.number):
            return
        manager = self._office.sales.check(MANAGER, order.number).manager
        if self._happens(_CORRECTED, of=100):
            manager = self._chance.choice([item for item in (*MANAGERS, None) if item != manager])
        self._office.sales.confirm(MANAGER, order.number, manager=manager)

    def _happens(self, times: int, *, of: int) -> bool:
        return self._chance.randrange(of) < times

    def _perhaps(self, times: int, *, of: int) -> Manager | None:
        return self._chance.choice(MANAGERS) if self._happens(times, of=of) else None
