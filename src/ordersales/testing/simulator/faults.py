"""What may go wrong in a simulation, and how often."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from attrs import frozen


class FaultKind(StrEnum):
    """The kinds of faults."""

    CRASH_BEFORE = "the process died before the call"
    CRASH_AFTER = "the process died after the call, before it heard the answer"
    FREEZE = "the process froze after the call"
    SLEEP = "the machine slept after the call, one of its clocks with it"
    CONFLICT = "the storage refused the commit"
    COMMIT_LOST = "the commit took effect, and its answer was lost"
    PORT_FAILED = "the storage could not be reached"
    NOT_SENT = "the gateway refused the connection"
    REQUEST_LOST = "the request never came to the gateway"
    LATE = "the gateway executed the request after the caller had given up"
    ANSWER_LOST = "the gateway executed the request, and its answer was lost"
    ERROR_STORED = "the gateway answered 500 without charging, and again to the same key"
    ERROR_CHARGED = "the gateway answered 500 and charged, and again to the same key"
    OTHER_AMOUNT = "the gateway took another amount than was asked for"
    LOOK_UP_FAILED = "the gateway could not be asked what became of it"
    LOOK_UP_LAGGED = "the gateway did not find what it had just executed"
    WEBHOOK_LOST = "the gateway's message was lost for good"
    WEBHOOK_REPEATED = "the gateway's message came more than once"
    WEBHOOK_LATE = "the gateway's message came late"


@frozen
class Fault:
    """One thing that went wrong; the same seed and the same name are the same fault again."""

    kind: FaultKind
    #: Whom it met: a process, a request or a message, by name.
    where: str
    #: At which of the process's calls, from 1; 0 where there is nothing to count.
    call: int = 0

    def __str__(self) -> str:
        """Return the fault in words."""
        return f"{self.kind} ({self.where}{f', call {self.call}' if self.call else ''})"


#: Of a thousand calls of each sort, how many meet which fault.
PER_MILLE: Final = {
    "commits": {
        FaultKind.CRASH_BEFORE: 30,
        FaultKind.CRASH_AFTER: 40,
        FaultKind.CONFLICT: 50,
        FaultKind.COMMIT_LOST: 30,
        FaultKind.FREEZE: 40,
        FaultKind.SLEEP: 10,
    },
    "calls of a gateway": {
        FaultKind.CRASH_BEFORE: 20,
        FaultKind.CRASH_AFTER: 60,
        FaultKind.FREEZE: 40,
        FaultKind.SLEEP: 10,
    },
    "other calls": {
        FaultKind.CRASH_BEFORE: 8,
        FaultKind.PORT_FAILED: 6,
        FaultKind.FREEZE: 10,
        FaultKind.SLEEP: 2,
    },
    # After the last look at the clocks a freeze can't be noticed any more: charging, as described
    # in the docs, promises nothing for it. Dying is no trouble there.
    "looks at a clock": {FaultKind.CRASH_BEFORE: 8},
    # What the gateway does with a charge or a refund.
    "charges": {
        FaultKind.NOT_SENT: 40,
        FaultKind.REQUEST_LOST: 80,
        FaultKind.LATE: 60,
        FaultKind.ERROR_STORED: 20,
        FaultKind.ERROR_CHARGED: 20,
        FaultKind.OTHER_AMOUNT: 5,
        FaultKind.ANSWER_LOST: 150,
    },
    "refunds": {
        FaultKind.NOT_SENT: 40,
        FaultKind.REQUEST_LOST: 80,
        FaultKind.LATE: 60,
        FaultKind.ANSWER_LOST: 150,
    },
    "look-ups": {FaultKind.LOOK_UP_FAILED: 100},
    "look-ups of what is fresh": {FaultKind.LOOK_UP_LAGGED: 300},
    "messages": {
        FaultKind.WEBHOOK_LOST: 150,
        FaultKind.WEBHOOK_REPEATED: 300,
        FaultKind.WEBHOOK_LATE: 400,
    },
}
