"""The run: every purchase placed as an order and paid, on a clock that follows their dates."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Final

from ordersales import Customer, CustomerId, IdempotencyKey
from ordersales.demo.offers import Catalogue, Shape, shape_of
from ordersales.demo.purchases import Purchase
from ordersales.demo.sellers import Sellers
from ordersales.demo.stories import KINDS, Kind, Story
from ordersales.demo.till import FRONT, Till
from ordersales.ports.storage import Store

NOTHING_TO_PAY: Final = "nothing to pay"


class Shop:
    """Sells, and lets each order's story go on when its time has come."""

    def __init__(self, till: Till, seed: int) -> None:
        """Open the shop at a till; who makes the sales follows from `seed`."""
        self.till: Till = till
        #: How many orders took each shape, and each kind of paying, by its words.
        self.shapes: Counter[Shape] = Counter()
        self.kinds: Counter[str] = Counter()
        self._catalogue = Catalogue()
        self._sellers = Sellers(till, seed)
        self._waiting: list[tuple[datetime, int, Story]] = []
        self._tickets = count()

    def sell(self, purchase: Purchase, kind: Kind) -> None:
        """Place `purchase` as an order and begin to pay it."""
        shape = shape_of(purchase)
        offer, quantity = self._catalogue.find(purchase, shape, kind.terms)
        customer = CustomerId(purchase.customer)
        order = self.till.office.orders.place(
            FRONT,
            offer,
            Customer(id=customer, name=f"Customer {customer}"),
            key=key_of(purchase),
            quantity=quantity,
            manager=self._sellers.before(customer, offer),
        )
        self._go_on(self._sellers.after(order))
        self.shapes[shape] += 1
        if shape is Shape.GIFT:
            self.kinds[NOTHING_TO_PAY] += 1
            return
        self.kinds[kind.words] += 1
        self._go_on(kind.story(self.till, order))

    def wait_until(self, moment: datetime) -> None:
        """Let time pass, and everything happen that was to happen meanwhile, in its order."""
        while self._waiting and self._waiting[0][0] <= moment:
            due, _, story = heapq.heappop(self._waiting)
            self.till.clock.advance_to(due)
            self._go_on(story)
        self.till.clock.advance_to(moment)

    def _go_on(self, story: Story) -> None:
        wait = next(story, None)
        if wait is not None:
            ticket = (self.till.clock.now() + wait, next(self._tickets), story)
            heapq.heappush(self._waiting, ticket)


def key_of(purchase: Purchase) -> IdempotencyKey:
    """Return what tells a purchase from another that is alike."""
    return IdempotencyKey(f"line-{purchase.line}")


def midday(day: date) -> datetime:
    """Return when the purchases of a day are made."""
    return datetime.combine(day, time(12), UTC)


def run(
    purchases: Sequence[Purchase],
    seed: int,
    store: Store,
    watch: Callable[[Sequence[Purchase]], Iterable[Purchase]],
) -> Shop:
    """Sell all `purchases`, which stand in the order of their dates, and close the day after.

    What falls due later, such as the next share of an order, is still outstanding then. `watch`
    hands the purchases on one by one, and may show how far it is.
    """
    till = Till(midday(purchases[0].day), seed, store)
    shop = Shop(till, seed)
    weights = [kind.weight for kind in KINDS]
    kinds = till.chance.choices(KINDS, weights, k=len(purchases))
    for purchase, kind in zip(watch(purchases), kinds, strict=True):
        shop.wait_until(midday(purchase.day))
        shop.sell(purchase, kind)
    shop.wait_until(midday(purchases[-1].day) + timedelta(days=1))
    return shop
