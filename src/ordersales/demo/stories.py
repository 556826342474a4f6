"""How an order is paid, or isn't: what the buyer, the bank and a manager do, and when.

A story is a generator: it acts, yields how long it then waits, and goes on when the shop's clock
has come so far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Final

from attrs import frozen

from ordersales import Money, Order, OrderStatus, Share
from ordersales.demo.offers import IN_FULL, IN_PARTS, IN_SHARES
from ordersales.demo.till import MANAGER, WALLET, Till
from ordersales.models.charge import Declined
from ordersales.models.offer import PaymentTerms
from ordersales.models.stage import Retry
from ordersales.testing import Play, RefundPlay

Story = Iterator[timedelta]

#: At once, so that it still happens on the day on which the books are closed.
_SOON: Final = timedelta()
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(weeks=1)
_MONTH: Final = timedelta(days=30)
#: What the bank keeps of a transfer.
_TRANSFER_COSTS_CENTS: Final = 25
_HALF: Final = Share.percent(50)
_NOT_AUTHENTICATED: Final = Declined(
    code="not_authenticated", message="The buyer gave a wrong code.", retry=Retry.ALLOWED
)


def at_once(
    till: Till,
    order: Order,
    *,
    play: Play = Play.SUCCEED,
    stored: bool = False,
    times: int = 1,
) -> Story:
    """The gateway answers while the buyer waits."""
    till.charge(order, play, stored=stored, times=times)
    yield from ()


def later(till: Till, order: Order, *, answer: Declined | None = None, times: int = 1) -> Story:
    """The buyer confirms on another page; a day later the gateway tells how that ended."""
    order = till.charge(order, Play.PEND, system=WALLET)
    yield _DAY
    till.finish(order, answer)
    till.hear(order, times=times)


def left(till: Till, order: Order) -> Story:
    """The buyer is sent to another page and never comes back."""
    till.charge(order, Play.PEND, system=WALLET)
    yield from ()


def lost(till: Till, order: Order) -> Story:
    """The card is charged and the answer gets lost; a day later the gateway tells again."""
    order = till.charge(order, Play.TIME_OUT_AFTER)
    yield _DAY
    till.hear(order)


def transfer(till: Till, order: Order, *, too_much_cents: int = 0) -> Story:
    """The buyer sends a bank transfer, and a manager finds it on the account two days later."""
    order = till.transfer(order)
    yield 2 * _DAY
    currency = order.price.currency
    received = order.price + Money(too_much_cents, currency)
    till.received(order, received, min(received, Money(_TRANSFER_COSTS_CENTS, currency)))


def transfer_missing(till: Till, order: Order) -> Story:
    """The buyer says that they sent a bank transfer, and none comes."""
    order = till.transfer(order)
    yield _WEEK
    till.missing(order)


def in_shares(till: Till, order: Order) -> Story:
    """The buyer pays each of the fixed shares when it is due."""
    while order.status is OrderStatus.OPEN:
        order = till.charge(order)
        yield _MONTH


def in_parts(till: Till, order: Order) -> Story:
    """The buyer pays what they like, every other week, until all is paid."""
    while order.status is OrderStatus.OPEN:
        order = till.charge(order, covers=till.part_of(order))
        yield 2 * _WEEK


def in_parts_after_decline(till: Till, order: Order) -> Story:
    """The first part is declined, which ends nothing; a week later the buyer tries again."""
    order = till.charge(order, Play.DECLINE, covers=till.part_of(order))
    yield _WEEK
    yield from in_parts(till, order)


def begun(
    till: Till, order: Order, *, decide: Callable[[Till, Order], Order] | None = None
) -> Story:
    """The buyer pays one part and no more; after a month a manager may decide."""
    order = till.charge(order, covers=till.part_of(order))
    yield _MONTH
    if decide is not None and order.status is OrderStatus.OPEN:
        decide(till, order)


def refused_too_late(till: Till, order: Order) -> Story:
    """A manager declines while an answer is lost, and it turns out that the money was taken."""
    order = till.charge(order, Play.TIME_OUT_AFTER)
    yield _DAY
    decline(till, order)


def returned(
    till: Till, order: Order, *, part: Share | None = None, play: RefundPlay = RefundPlay.SUCCEED
) -> Story:
    """The buyer sends some of it back, or all, and gets the money of that."""
    order = till.charge(order)
    yield 2 * _WEEK
    till.refund(order, None if part is None else part.least_amount_of(order.price), play)


def returned_and_lost(till: Till, order: Order) -> Story:
    """The money goes back and the answer gets lost; soon the gateway tells again."""
    order = till.charge(order)
    yield 2 * _WEEK
    order = till.refund(order, play=RefundPlay.TIME_OUT_AFTER)
    yield _SOON
    till.hear_refund(order)


def returned_in_parts(till: Till, order: Order) -> Story:
    """The buyer pays in parts, and gets all of them back."""
    yield from in_parts(till, order)
    till.refund_all(order)


def charged_back(till: Till, order: Order) -> Story:
    """A month later the buyer's bank takes the money back, and the gateway tells."""
    order = till.charge(order)
    yield _MONTH
    till.charge_back(order)


def confirm(till: Till, order: Order) -> Order:
    """Confirm the order, which waives what is outstanding (rule P2)."""
    return till.office.orders.confirm(MANAGER, order.number, reason="a good customer")


def decline(till: Till, order: Order) -> Order:
    """Decline the order; what was paid stays recorded (rule P3)."""
    return till.office.orders.decline(MANAGER, order.number, reason="the rest never came")


@frozen
class Kind:
    """One way in which an order is paid."""

    words: str
    #: How many of 10,000 orders are paid like that.
    weight: int
    story: Callable[[Till, Order], Story]
    terms: PaymentTerms = IN_FULL


KINDS: Final = (
    Kind("card, paid at once", 6681, at_once),
    Kind("stored card, one click", 1200, partial(at_once, stored=True)),
    Kind("card, clicked twice: one key, one charge", 50, partial(at_once, times=2)),
    Kind(
        "card, gateway not reached: sent again, same key",
        50,
        partial(at_once, play=Play.NOT_SENT, times=2),
    ),
    Kind("card declined: insufficient funds", 300, partial(at_once, play=Play.DECLINE)),
    Kind("card declined for good: stolen", 80, partial(at_once, play=Play.DECLINE_FINALLY)),
    Kind("card, answer lost after charging: webhook settled it", 60, lost),
    Kind("wallet, settled by a webhook a day later", 300, later),
    Kind("wallet, that webhook delivered twice", 100, partial(later, times=2)),
    Kind("wallet, declined by webhook", 40, partial(later, answer=_NOT_AUTHENTICATED)),
    Kind("wallet, buyer never came back", 10, left),
    Kind("bank transfer, confirmed with its commission", 300, transfer),
    Kind("bank transfer, rejected: never came", 30, transfer_missing),
    Kind("bank transfer of 1.00 too much", 5, partial(transfer, too_much_cents=100)),
    Kind("in shares of 50/30/20 %, monthly", 300, in_shares, IN_SHARES),
    Kind("in parts as the buyer likes, from 25 %", 200, in_parts, IN_PARTS),
    Kind("in parts, the first declined, then tried again", 60, in_parts_after_decline, IN_PARTS),
    Kind("one part paid, buyer stopped", 50, begun, IN_PARTS),
    Kind("one part paid, manager waived the rest", 50, partial(begun, decide=confirm), IN_PARTS),
    Kind("one part paid, manager declined", 20, partial(begun, decide=decline), IN_PARTS),
    Kind("card, half of it refunded two weeks later", 50, partial(returned, part=_HALF)),
    Kind("card, all of it refunded two weeks later", 40, returned),
    Kind("card, refunded, answer lost: webhook settled it", 5, returned_and_lost),
    Kind("card, refund still under way", 2, partial(returned, play=RefundPlay.PEND)),
    Kind("card, charged back by the buyer's bank", 3, charged_back),
    Kind("in parts, then refunded over its payments", 10, returned_in_parts, IN_PARTS),
    Kind("manager declined, then the money turned up", 4, refused_too_late, IN_PARTS),
)
