"""What is done next about something asked of a payment system that has no final word (rule C2).

A payment and a refund go by the same tables: what may be done follows from what the gateway can
do, from how far the asking got and from the time. The protocol is described in the docs under
*Charging*; its figures stand here and in `charge_policy`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from attrs import frozen

from ordersales.models.capabilities import Capabilities, GatewayKind
from ordersales.models.invoice import Invoice
from ordersales.models.order import DecisionKind, Order, OrderStatus
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.models.stage import Stage
from ordersales.rules.charge_policy import CHECKS, check_again

#: What a gateway executes late, it executes within this time after it was sent; only after it
#: does finding nothing prove anything.
QUIET: Final = timedelta(minutes=10)
#: A key is taken for forgotten so long before it is: the two clocks may differ.
KEY_MARGIN: Final = timedelta(hours=1)
#: After so many checks that brought no word it is looked up, where that is possible.
RESENDS: Final = 3
#: What waits for being chargeable again is looked after so often meanwhile.
PAUSED: Final = timedelta(days=1)


class Chargeable(StrEnum):
    """Whether what certainly was not executed may still be sent."""

    NOW = "now"
    #: The recurring order is paused.
    LATER = "later"
    #: The order, or the recurring order, is not open any more.
    NO_MORE = "no more"
    #: It is only looked up whether it was, before a backup was restored: the stored method may not
    #: be charged any more (rules R6, C6).
    NEVER = "never"


class Step(StrEnum):
    """What is done at one check."""

    SEND = "send it under the same key"
    LOOK_UP = "look it up"
    CANCEL = "call it back"
    WAIT = "wait"
    HOLD = "hold it for a person"
    BLOCK = "block it until its set-up is mended"
    WITHDRAW = "withdraw it"
    LEAVE = "leave it to the person it was flagged for"


@frozen
class Plan:
    """What to do at a check, and when the next one is due if no word comes."""

    step: Step
    next_check: datetime | None
    #: Whether it counts as one of the checks, after the last of which nobody looks any more.
    counts: bool = True


class Asked(Protocol):
    """What an attempt and a refund have in common."""

    @property
    def stage(self) -> Stage:
        """How far the asking got."""
        ...

    @property
    def checks(self) -> int:
        """How often it was looked after."""
        ...

    @property
    def sent_at(self) -> datetime:
        """When it was last permitted to be sent."""
        ...

    @property
    def first_sent_at(self) -> datetime:
        """When it was first permitted to be sent under its key."""
        ...


#: What is done about what is in doubt: as long as its key serves, and from then on.
IN_DOUBT: Final[dict[GatewayKind, tuple[Step, Step]]] = {
    GatewayKind.ONCE_ONLY: (Step.SEND, Step.LOOK_UP),
    GatewayKind.KEY_AND_LOOK_UP: (Step.SEND, Step.LOOK_UP),
    GatewayKind.KEY_ONLY: (Step.SEND, Step.HOLD),
    GatewayKind.LOOK_UP_ONLY: (Step.LOOK_UP, Step.LOOK_UP),
    GatewayKind.NEITHER: (Step.HOLD, Step.HOLD),
}

#: What is done about what certainly was not executed.
RESERVED: Final[dict[Chargeable, Step]] = {
    Chargeable.NOW: Step.SEND,
    Chargeable.LATER: Step.WAIT,
    Chargeable.NO_MORE: Step.WITHDRAW,
    Chargeable.NEVER: Step.WITHDRAW,
}

#: What is done where no gateway could be asked any more, and after the last check.
AT_LAST: Final[dict[Stage, Step]] = {
    Stage.RESERVED: Step.BLOCK,
    Stage.IN_DOUBT: Step.HOLD,
    Stage.ACCEPTED: Step.HOLD,
    Stage.BLOCKED: Step.LEAVE,
    Stage.HELD: Step.LEAVE,
    Stage.CLOSED: Step.LEAVE,
}


#: Whether the payment of an open order may be sent, by the status of its recurring order (R4).
_OF_RECURRING: Final[dict[RecurringStatus, Chargeable]] = {
    RecurringStatus.ACTIVE: Chargeable.NOW,
    RecurringStatus.PAUSED: Chargeable.LATER,
}


def chargeable(
    order: Order, recurring: RecurringOrder | None = None, invoice: Invoice | None = None
) -> Chargeable:
    """Return whether payments of `order` may still be sent: while it is open (rule O5).

    That of a recurring order only while this is active, too (rule R4). An `invoice` that is begun
    with an error may only be looked up.
    """
    if order.status is not OrderStatus.OPEN:
        return Chargeable.NO_MORE
    if recurring is None:
        return Chargeable.NOW
    if invoice is not None and invoice.error is not None and not recurring.ended:
        return Chargeable.NEVER
    return _OF_RECURRING.get(recurring.status, Chargeable.NO_MORE)


def called_back(order: Order) -> bool:
    """Tell whether what is in flight on `order` is canceled: a person declined it (rule P3)."""
    return order.decision is not None and order.decision.kind is DecisionKind.DECLINED


def plan(
    can: Capabilities | None,
    asked: Asked,
    may: Chargeable,
    now: datetime,
    *,
    call_back: bool = False,
    lost: bool = False,
) -> Plan:
    """Return what to do now about `asked`, whose check has come.

    `can` is what its gateway can do; None where the payment system can't be found now.
    `call_back` says that it is to be canceled if the gateway can do that, and `lost` that it may
    have been sent anew without being known of here: under another key, too (rule C6).
    """
    if asked.stage is Stage.RESERVED and may is not Chargeable.NOW:
        waits = may is Chargeable.LATER
        return Plan(RESERVED[may], now + PAUSED if waits else None, counts=False)
    if asked.checks >= len(CHECKS):
        return Plan(AT_LAST[asked.stage], None)
    step = Step.WAIT if can is None else _step(can, asked, may, now, call_back=call_back, lost=lost)
    if step is Step.LOOK_UP and asked.stage is Stage.IN_DOUBT:
        quiet = asked.sent_at + QUIET
        if quiet > now:
            return Plan(Step.WAIT, quiet, counts=False)
    if step in (Step.HOLD, Step.LEAVE):
        return Plan(step, None)
    return Plan(step, check_again(now, asked.checks + 1))


def _step(
    can: Capabilities, asked: Asked, may: Chargeable, now: datetime, *, call_back: bool, lost: bool
) -> Step:
    stage = asked.stage
    if call_back and can.cancel and stage in (Stage.IN_DOUBT, Stage.ACCEPTED):
        return Step.CANCEL
    match stage:
        case Stage.RESERVED:
            return Step.SEND
        case Stage.IN_DOUBT:
            return _in_doubt(can, asked, may, now, lost=lost)
        case Stage.ACCEPTED:
            return Step.LOOK_UP if can.look_up else Step.WAIT
        case Stage.CLOSED:  # two final words were told of it
            return Step.LOOK_UP if can.look_up else Step.LEAVE
        case _:
            return Step.LEAVE


def _in_doubt(
    can: Capabilities, asked: Asked, may: Chargeable, now: datetime, *, lost: bool
) -> Step:
    with_key, after = IN_DOUBT[can.kind]
    if with_key is not Step.SEND or not _key_serves(can, asked, now):
        return after
    if after is Step.LOOK_UP:
        again = may is Chargeable.NOW and asked.checks < RESENDS and not lost
        return Step.SEND if again else after
    return Step.SEND if may is Chargeable.NOW else Step.WAIT


def _key_serves(can: Capabilities, asked: Asked, now: datetime) -> bool:
    """Tell whether the gateway surely knows the key of what was sent first so long ago."""
    kept_for = can.keys_kept_for or timedelta(0)
    return now - asked.first_sent_at < kept_for - KEY_MARGIN
