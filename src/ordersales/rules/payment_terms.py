"""Which amounts the payment terms of an order let be paid next (rules I3, I6, P1)."""

from __future__ import annotations

from itertools import accumulate
from typing import assert_never

from ordersales.errors import AmountNotOffered, ExceedsOutstanding, RuleRefused
from ordersales.models.offer import AnyShare, FixedShares, InFull
from ordersales.models.order import Order
from ordersales.values.money import Money


def available(order: Order) -> Money:
    """Return what may still be asked for: outstanding less pending (rule I6)."""
    return order.outstanding - order.pending


def instalments(order: Order) -> tuple[Money, ...]:
    """Return the amounts that an order with fixed shares is paid in; they make up the price.

    Largest remainder, ties to the earlier (rule P1). Other terms have one: the price.
    """
    match order.offer.payment:
        case FixedShares(shares):
            return order.price.allocate([share.fraction for share in shares])
        case _:
            return (order.price,)


def next_amounts(order: Order) -> tuple[Money, ...]:
    """Return the amounts that a next payment may bring, where the terms fix them.

    With fixed shares: the next one, or it and those after it. What was paid or is pending stands
    at a border between two of them, unless a manual payment brought another amount; then the
    next payment first makes up the difference.
    """
    stands = order.paid + order.pending
    borders = accumulate(instalments(order))
    # The share of a small price may be nothing: its border is that of the one before.
    return tuple(border - stands for border in dict.fromkeys(borders) if border > stands)


def default_amount(order: Order) -> Money:
    """Return what a payment covers when the caller names no amount.

    The next instalment of fixed shares; otherwise all that may still be asked for.
    """
    if isinstance(order.offer.payment, FixedShares):
        return next(iter(next_amounts(order)), available(order))
    return available(order)


def refusal(order: Order, covers: Money) -> RuleRefused | None:
    """Return why a payment may not cover `covers` of the price, or None if it may.

    `covers` is positive and in the price's currency.
    """
    rest = available(order)
    if covers > rest or not rest.is_positive:
        return ExceedsOutstanding(order.number, covers, rest)
    allowed = _unless_allowed(order, covers, rest)
    return AmountNotOffered(order.number, covers, allowed) if allowed else None


def _unless_allowed(order: Order, covers: Money, rest: Money) -> str | None:
    """Return in words what the terms allow, if `covers` is not among it."""
    match order.offer.payment:
        case InFull():
            return None if covers == order.price else f"{order.price} at once"
        case AnyShare(minimum):
            least = minimum.least_amount_of(order.price)
            fits = covers >= least or covers == rest
            return None if fits else f"at least {least}, or the rest, {rest}"
        case FixedShares():
            amounts = next_amounts(order)
            return None if covers in amounts else " or ".join(map(str, amounts))
        case other:
            assert_never(other)
