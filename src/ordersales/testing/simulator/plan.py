"""Who does what and when, drawn from the seed before anything begins."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from ordersales.models.offer import AnyShare, FixedShares, InFull, PaymentTerms
from ordersales.models.order import DecisionKind
from ordersales.models.refund import RefundKind
from ordersales.testing.builders import an_offer
from ordersales.testing.simulator import subscriptions
from ordersales.testing.simulator.acts import Act, Begin, Cart, follow
from ordersales.testing.simulator.chances import Chances, in_hundred
from ordersales.testing.simulator.world import DAY, HOUR, MINUTE, SECOND
from ordersales.values.identifiers import AccountId
from ordersales.values.share import Share

ACME: Final = AccountId("acme")
OTHER: Final = AccountId("other")
#: Of a hundred customers, so many buy what is paid again and again.
_SUBSCRIBE: Final = 50
_NAMES: Final = ("ada", "ben", "cleo", "dora", "emil", "fay", "gus", "hana")
_PRICES: Final = (("100.00", "EUR"), ("0.03", "EUR"), ("19.99", "USD"), ("5000", "JPY"))
_TERMS: Final[tuple[PaymentTerms, ...]] = (
    InFull(),
    AnyShare(Share.percent(10)),
    AnyShare(),
    FixedShares((Share.percent(50), Share.percent(30), Share.percent(20))),
)
#: When something happens that is likely to meet a payment under way.
_SOON: Final = (0, SECOND, 20 * SECOND, 3 * MINUTE)
#: When something happens in its own time.
_LATER: Final = (MINUTE, 10 * MINUTE, HOUR, 5 * HOUR, DAY)


def drawn(chances: Chances, customers: int, span: int) -> tuple[Act, ...]:
    """Return the acts of a run, in the order of their times."""
    stream = chances.stream("plan")
    acts: list[Act] = []
    for place in range(customers):
        name = _NAMES[place % len(_NAMES)]
        who = name if place < len(_NAMES) else f"{name} {place // len(_NAMES) + 1}"
        # Another seller now and then, whose records nobody else may touch.
        account = OTHER if in_hundred(stream, 20) else ACME
        price, currency = stream.choice(_PRICES)
        offer = an_offer(price, currency, payment=stream.choice(_TERMS))
        begins = stream.randrange(max(1, span - 2 * DAY))
        if in_hundred(stream, _SUBSCRIBE):
            sold = subscriptions.sold_again(an_offer(price, currency), stream)
            acts.extend(subscriptions.of(Cart(account, who, sold), begins, stream))
        else:
            acts.extend(_of(Cart(account, who, offer), begins, stream))
    for account in sorted({act.account for act in acts}):
        times = (stream.randrange(span) for _ in range(3))
        acts.extend(Act(at, "books follow", account, follow(account)) for at in times)
    return named(sorted(acts, key=lambda act: act.at))


def named(acts: list[Act]) -> tuple[Act, ...]:
    """Return the acts, each under a name of its own."""
    seen: dict[str, int] = {}
    found: list[Act] = []
    for act in acts:
        seen[act.name] = seen.get(act.name, 0) + 1
        name = act.name if seen[act.name] == 1 else f"{act.name} ({seen[act.name]})"
        found.append(Act(act.at, name, act.account, act.begin))
    return tuple(found)


def _of(cart: Cart, begins: int, stream: Random) -> Iterator[Act]:
    """Draw all that is done about one order."""

    def act(at: int, what: str, begin: Begin) -> Act:
        return Act(at, f"{cart.who} {what}", cart.account, begin)

    yield act(begins, "places an order", cart.place)
    if in_hundred(stream, 30):
        yield act(begins + stream.choice(_SOON), "clicks again", cart.place)
    at = begins
    for n in range(1, stream.choice((1, 2, 3, 4)) + 1):
        at += stream.choice((*_SOON, *_LATER))
        yield from _payment(cart, n, at, stream)
        if in_hundred(stream, 20):
            kind = stream.choice(tuple(DecisionKind))
            soon = at + stream.choice(_SOON)
            yield act(soon, f"meets a manager: {kind}", cart.decide(kind))
    yield from _afterwards(cart, at, stream)


def _payment(cart: Cart, n: int, at: int, stream: Random) -> Iterator[Act]:
    """Draw one payment, by card or by bank, clicked once or more often."""
    any_share = isinstance(cart.offer.payment, AnyShare)
    share = stream.choice((25, 40, 60, 100, None)) if any_share else None
    by_bank = in_hundred(stream, 20)
    how = cart.announce if by_bank else cart.pay
    words = f"announces payment {n}" if by_bank else f"pays ({n})"
    for _ in range(2 if in_hundred(stream, 25) else 1):
        yield Act(at, f"{cart.who} {words}", cart.account, how(f"payment {n}", share))
        at += stream.choice(_SOON)
    if by_bank:
        look = cart.look_at_the_bank(came=in_hundred(stream, 80))
        later = at + stream.choice(_LATER)
        yield Act(later, f"a manager looks for {cart.who}'s payment", cart.account, look)


def _afterwards(cart: Cart, at: int, stream: Random) -> Iterator[Act]:
    """Draw what is done once something was paid, or may have been."""

    def act(what: str, begin: Begin) -> Act:
        return Act(at, what, cart.account, begin)

    for n in range(1, stream.choice((0, 1, 2)) + 1):
        at += stream.choice((*_SOON, *_LATER))
        refund = cart.refund(
            f"refund {n}", stream.choice((None, 10, 30)), newest=in_hundred(stream, 50)
        )
        for _ in range(2 if in_hundred(stream, 25) else 1):
            yield act(f"a manager refunds {cart.who} ({n})", refund)
            at += stream.choice(_SOON)
    if in_hundred(stream, 15):
        kind = stream.choice((RefundKind.EXTERNAL, RefundKind.CHARGEBACK))
        yield act(f"{cart.who}'s bank: {kind}", cart.take_back(kind, stream.choice((30, 100))))
        if kind is RefundKind.CHARGEBACK and in_hundred(stream, 50):
            at += stream.choice(_LATER)
            yield act(f"{cart.who}'s chargeback is won", cart.win_back)
    if in_hundred(stream, 20):
        at += stream.choice(_SOON)
        yield act(f"a manager is added to {cart.who}'s order", cart.add_user)
