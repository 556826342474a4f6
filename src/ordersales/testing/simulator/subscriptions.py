"""What people do with a recurring order in a simulated shop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Final

from attrs import evolve

from ordersales.models.charge import PaymentMethod
from ordersales.models.offer import Offer
from ordersales.models.recurring_order import RecurringOrder
from ordersales.models.recurring_terms import RecurringTerms, ResumePolicy
from ordersales.services import recurring
from ordersales.testing.simulator.acts import CARDS, Act, Begin, Cart, Scene
from ordersales.testing.simulator.chances import in_hundred
from ordersales.testing.simulator.processes import Script
from ordersales.testing.simulator.world import DAY, HOUR, MINUTE, SECOND
from ordersales.values.cadence import Cadence, Unit
from ordersales.values.identifiers import IdempotencyKey

_ZONES: Final = ("UTC", "Europe/Berlin", "America/New_York")
#: When somebody acts after a date of it: likely to meet an attempt under way, or in its own time.
_AFTER: Final = (0, 20 * SECOND, 3 * MINUTE, 10 * MINUTE, HOUR, 8 * HOUR, DAY)
_OTHER_CARD: Final = PaymentMethod(token="tok-2", stored=True)


def sold_again(offer: Offer, stream: Random) -> Offer:
    """Return the offer with recurring terms: every day, so that a few days hold a few payments."""
    terms = RecurringTerms(
        cadence=Cadence(1, Unit.DAY),
        payments=stream.choice((2, 3, 4)),
        first_retry=timedelta(hours=1),
        second_retry=timedelta(hours=6),
        zone=stream.choice(_ZONES),
        on_resume=stream.choice(tuple(ResumePolicy)),
        retry_final_declines=in_hundred(stream, 20),
    )
    return evolve(offer, recurring=terms)


def of(cart: Cart, begins: int, stream: Random) -> Iterator[Act]:
    """Draw all that people do about one recurring order."""

    def act(at: int, what: str, begin: Begin) -> Act:
        return Act(at, what, cart.account, begin)

    yield act(begins, f"{cart.who} subscribes", cart.place)
    at = begins
    for n in range(2):
        at += stream.choice((SECOND, MINUTE))
        yield act(at, f"{cart.who} pays ({n + 1})", cart.pay("first payment", None))
    for what, times, begin in _DEEDS:
        if in_hundred(stream, times):
            # Around a date of it, where a payment is likely to be under way.
            when = begins + stream.choice((1, 2, 3)) * DAY + stream.choice(_AFTER)
            yield act(when, f"a manager {what} {cart.who}'s recurring order", _deed(cart, begin))
            if what == "pauses":
                back = when + stream.choice((5 * MINUTE, HOUR, DAY, 2 * DAY))
                again = _deed(cart, _activate)
                yield act(back, f"a manager activates {cart.who}'s recurring order again", again)


def _deed(cart: Cart, deed: Callable[[Scene, Cart, RecurringOrder], Script]) -> Begin:
    """Return what is done if the recurring order is there."""

    def begin(scene: Scene) -> Script | None:
        order = cart.found(scene)
        place = None if order is None else (cart.account, order.number)
        found = None if place is None else scene.ledger.recurring.get(place)
        return None if found is None else deed(scene, cart, found)

    return begin


def _pause(scene: Scene, cart: Cart, found: RecurringOrder) -> Script:
    return recurring.pause(scene.desk, cart.manager, found.number, reason="on holiday")


def _activate(scene: Scene, cart: Cart, found: RecurringOrder) -> Script:
    manager, number = cart.manager, found.number
    return recurring.activate(scene.desk, manager, number, policy=None, reason="back")


def _complete(scene: Scene, cart: Cart, found: RecurringOrder) -> Script:
    return recurring.complete(scene.desk, cart.manager, found.number, reason="enough")


def _retry(scene: Scene, cart: Cart, found: RecurringOrder) -> Script:
    key = IdempotencyKey(f"{cart.who}'s retry")
    return recurring.retry_now(scene.desk, cart.manager, found.number, key=key)


def _replace(scene: Scene, cart: Cart, found: RecurringOrder) -> Script:
    return recurring.replace_method(
        scene.desk, cart.manager, found.number, _OTHER_CARD, system=CARDS
    )


#: What a manager may do, and of how many recurring orders in a hundred.
_DEEDS: Final[tuple[tuple[str, int, Callable[[Scene, Cart, RecurringOrder], Script]], ...]] = (
    ("pauses", 40, _pause),
    ("activates", 30, _activate),
    ("completes", 10, _complete),
    ("retries", 30, _retry),
    ("replaces the card of", 20, _replace),
)
