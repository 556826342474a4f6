"""A shop whose buyers, clerks and workers are processes that may be killed at any moment."""

from __future__ import annotations

import os
import signal
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from random import Random
from typing import Final

from attrs import frozen

from ordersales import (
    BackOffice,
    IdempotencyKey,
    Money,
    OrderStatus,
    PaymentMethod,
    PaymentSystem,
    SystemName,
)
from ordersales.errors import NotSent, OutcomeUnknown, OutsideFailed, RuleRefused
from ordersales.ports.gateway import GatewayKind
from ordersales.ports.payment_systems import NoRecoveryWarning
from ordersales.ports.storage import Store
from ordersales.testing import a_customer, a_manager
from tests.offers import an_offer_of
from tests.processes.clock import SharedClock
from tests.processes.provider import Provider

CARDS: Final = SystemName("Cards")
ACCOUNTS: Final = ("acme", "globex")
#: How many carts come in all; each is bought again and again, under the same keys.
CARTS: Final = 60
#: Of a thousand requests, how many kill their own process, or lose their way there or back.
KILLED, REFUSED, LOST = 60, 30, 60


@frozen(kw_only=True)
class Place:
    """Where the shop is: all that a process has to be told."""

    #: Opens the store, in each process anew; importable by others.
    store: Callable[[str], AbstractContextManager[Store]]
    url: str
    #: Where the provider's book, the clock and what went wrong are kept.
    folder: Path
    kind: GatewayKind

    @property
    def clock(self) -> SharedClock:
        """The clock of all processes."""
        return SharedClock(self.folder / "clock")

    def provider(self, at_moment: Callable[[str], None] | None = None) -> Provider:
        """Return the provider, as one process reaches it."""
        book = self.folder / "book.sqlite"
        more = {} if at_moment is None else {"at_moment": at_moment}
        return Provider(book, self.clock, self.kind, **more)

    def at_work(self, seed: str) -> Path:
        """Return the file that is there once a process has done something."""
        return self.folder / f"at work {seed}"

    @contextmanager
    def office(self, provider: Provider) -> Iterator[BackOffice]:
        """Open the office in this process."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NoRecoveryWarning)
            cards = PaymentSystem(CARDS, provider, without_recovery=True)
        with self.store(self.url) as store:
            yield BackOffice(store, [cards], self.clock)


class Chances:
    """Kills the process at a moment of a request, or loses the request, by chance."""

    def __init__(self, seed: str) -> None:
        """Draw from `seed`."""
        self.stream: Random = Random(seed)

    def __call__(self, moment: str) -> None:
        """Let something go wrong, perhaps."""
        drawn = self.stream.random() * 1000
        if drawn < KILLED:
            os.kill(os.getpid(), signal.SIGKILL)
        elif moment == "before" and drawn < KILLED + REFUSED:
            raise NotSent("connection refused")
        elif drawn < KILLED + LOST:
            raise OutcomeUnknown("timed out")


def buy(office: BackOffice, cart: int) -> None:
    """Buy a cart, or go on buying it where the last one was killed."""
    actor, name = a_manager(account=ACCOUNTS[cart % 2]), f"cart-{cart}"
    buyer = a_customer(name, f"Buyer {cart}")
    order = office.orders.place(actor, an_offer_of(cart), buyer, key=IdempotencyKey(name))
    shares = [Money.of("30.00", "EUR"), None] if cart % 3 == 1 else [None]
    for place, share in enumerate(shares):
        key, card = IdempotencyKey(f"{name}-{place}"), PaymentMethod(token=f"card-{cart}")
        office.payments.charge(actor, order.number, CARDS, key=key, covers=share, method=card)


def give_back(office: BackOffice, cart: int) -> None:
    """Refund a part of what was paid for a cart, where it was."""
    actor, name = a_manager(account=ACCOUNTS[cart % 2]), f"cart-{cart}"
    buyer = a_customer(name, f"Buyer {cart}")
    order = office.orders.place(actor, an_offer_of(cart), buyer, key=IdempotencyKey(name))
    if order.status is OrderStatus.COMPLETED and order.invoices:
        key, part = IdempotencyKey(f"{name}-back"), Money.of("5.00", "EUR")
        invoice = order.invoices[0].number
        office.refunds.refund(actor, order.number, invoice, key=key, reason="late", amount=part)


def work(place: Place, name: str) -> None:
    """Buy, give back, charge what is due and reconcile, until somebody kills this process.

    What a rule refuses or the outside fails at is everyday; anything else is written down.
    """
    chances = Chances(name)
    stream = chances.stream
    with place.office(place.provider(chances)) as office:
        acts: list[Callable[[], object]] = [
            lambda: buy(office, stream.randrange(CARTS)),
            lambda: buy(office, stream.randrange(CARTS)),
            lambda: give_back(office, stream.randrange(0, CARTS, 6)),
            lambda: office.recurring.run_due(5),
            lambda: office.payments.reconcile(5),
        ]
        while True:
            try:
                stream.choice(acts)()
            except (RuleRefused, OutsideFailed):
                pass
            except Exception:
                (place.folder / f"error-{os.getpid()}").write_text(traceback.format_exc(), "utf-8")
                raise
            place.at_work(name).touch()
            time.sleep(0.005)  # so that others have a turn on a small machine
