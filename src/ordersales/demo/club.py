"""A record club: a disc on the same day of every month, paid by stored cards for a year.

The buyers are those of the purchases; how their cards behave is drawn from the seed, since no public
data tells it. Once, a worker's process dies while a card is being charged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from ordersales import (
    AccountId,
    Actor,
    BackOffice,
    Cadence,
    Category,
    CategoryNumber,
    Customer,
    CustomerId,
    IdempotencyKey,
    Money,
    Offer,
    OfferNumber,
    Order,
    OrderNumber,
    PaymentMethod,
    PaymentSystem,
    Permission,
    RecurringOrder,
    RecurringStatus,
    RecurringTerms,
    SystemName,
    Unit,
    UserId,
)
from ordersales.adapters.memory import MemoryStore
from ordersales.demo.offers import CURRENCY
from ordersales.models.charge import Accepted, Answer, ChargeRequest
from ordersales.testing import MovableClock, Play, ScriptedGateway

_CARDS: Final = SystemName("Cards")
_ACCOUNT: Final = AccountId("club")
_FRONT: Final = Actor(account=_ACCOUNT)
CLERK: Final = Actor(
    account=_ACCOUNT,
    user=UserId("ben"),
    permissions={Permission.SEE_ORDERS, Permission.MANAGE_RECURRING},
)
DISC: Final = Offer(
    number=OfferNumber("CLUB"),
    name="Disc of the month",
    category=Category(number=CategoryNumber("2"), name="Club"),
    unit_price=Money.of("14.00", CURRENCY),
    recurring=RecurringTerms(cadence=Cadence(1, Unit.MONTH), zone="America/New_York"),
)
#: How many join; on the last day of January, so that every month shows its own last day.
MEMBERS: Final = 300
BEGIN: Final = datetime(1998, 1, 31, 15, tzinfo=UTC)
END: Final = datetime(1999, 1, 30, 15, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
#: The day on which some go on holiday, that on which they are back, and that of the crash.
_PAUSE, _BACK = (datetime(1998, month, 10, 15, tzinfo=UTC) for month in (4, 7))
_CRASH: Final = datetime(1998, 5, 31, 15, tzinfo=UTC)

#: How often of 100 times a card behaves like that.
_BEHAVIOUR: Final = {
    Play.SUCCEED: 84,
    Play.DECLINE: 7,
    Play.DECLINE_METHOD: 2,
    Play.DECLINE_FINALLY: 1,
    Play.PEND: 3,
    Play.TIME_OUT_AFTER: 1,
    Play.TIME_OUT_BEFORE: 1,
    Play.NOT_SENT: 1,
}


class _DiedError(BaseException):
    """The process of a worker is gone: no line of it runs any more."""


class _Cards(ScriptedGateway):
    """Lets cards behave as they do, and kills one worker that charges one."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = Random(seed)  # noqa: S311 - a demo that can be repeated, no secret
        self.joining: bool = True
        self.kills: bool = False

    def charge(self, request: ChargeRequest) -> Answer:
        """Take the money, or not."""
        plays, weights = list(_BEHAVIOUR), list(_BEHAVIOUR.values())
        if not self.joining:
            self.then(*self._random.choices(plays, weights))
        answer = super().charge(request)
        if self.kills:
            self.kills = False
            raise _DiedError
        return answer


class Club:
    """Lets members join, and runs the club for a year, a day at a time."""

    def __init__(self, customers: Sequence[str], seed: int) -> None:
        """Open the club for some customers."""
        self.clock: MovableClock = MovableClock(BEGIN)
        self.cards: _Cards = _Cards(seed)
        systems = [PaymentSystem(_CARDS, self.cards)]
        self.store: MemoryStore = MemoryStore()
        self.office: BackOffice = BackOffice(self.store, systems, self.clock)
        #: What the timer did, by month and kind.
        self.done: Counter[tuple[int, str]] = Counter()
        #: What reconciling settled, by its kind.
        self.settled: Counter[str] = Counter()
        self.crashes: int = 0
        self._today = BEGIN
        self.members: list[OrderNumber] = [self._join(name) for name in customers]
        self.cards.joining = False

    def _join(self, name: str) -> OrderNumber:
        customer = Customer(id=CustomerId(name), name=f"Customer {name}")
        key = IdempotencyKey(f"join-{name}")
        order = self.office.orders.place(_FRONT, DISC, customer, key=key)
        card = PaymentMethod(token=f"card-{name}")
        self.office.payments.charge(_FRONT, order.number, _CARDS, key=key, method=card)
        return order.number

    #: How many days there are in its year.
    length: Final = (END - BEGIN).days

    def day(self) -> None:
        """Let a day pass, with all that members and workers do."""
        self._today += _DAY
        self.clock.advance_to(self._today)
        self._people(self._today)
        self._timer(self._today)

    def _people(self, today: datetime) -> None:
        """Let members go on holiday and come back, and bring new cards for those that failed."""
        recurring = self.office.recurring
        holiday = self.members[::25]
        if today == _PAUSE:
            for number in self._that_are(RecurringStatus.ACTIVE, holiday):
                recurring.pause(CLERK, number, reason="on holiday")
        if today == _BACK:
            for number in self._that_are(RecurringStatus.PAUSED, holiday):
                recurring.activate(CLERK, number, reason="back again")
        if today.day == 1:
            self._new_cards()

    def _new_cards(self) -> None:
        """Let every other member whose card failed bring another."""
        for number in self._that_are(RecurringStatus.FAILED, self.members[::2]):
            card = PaymentMethod(token=f"new-{number}-{self.clock.now():%m}", stored=True)
            self.office.recurring.replace_method(CLERK, number, card)
            self.office.recurring.activate(CLERK, number, reason="a new card")

    def _that_are(
        self, status: RecurringStatus, numbers: Sequence[OrderNumber]
    ) -> list[OrderNumber]:
        return [number for number in numbers if self.record(number).status is status]

    def _timer(self, today: datetime) -> None:
        """Do what a worker does in a day: charge, and settle what was left in doubt."""
        self.cards.kills = today == _CRASH
        for _ in range(4):
            try:
                self._charge()
            except _DiedError:
                self.crashes += 1
            self.clock.advance(timedelta(minutes=5))
            for item in self.office.payments.reconcile(1000):
                self.settled[item.what] += 1
            self._finish()

    def _charge(self) -> None:
        while done := self.office.recurring.run_due(1000):
            for item in done:
                self.done[self.clock.now().month, item.did] += 1

    def _finish(self) -> None:
        """Let the banks answer what they had only accepted, and the gateway tell of it."""
        for charged in self.cards.charged:
            if isinstance(charged.answer, Accepted):
                self.cards.finish(charged.request.reference)
                body, headers = self.cards.webhook(charged.request.reference)
                self.office.payments.hear(_FRONT, _CARDS, body, headers)

    def record(self, number: OrderNumber) -> RecurringOrder:
        """Return one recurring order."""
        return self.office.recurring.get(CLERK, number).recurring

    def orders(self, number: OrderNumber) -> tuple[Order, ...]:
        """Return the orders of one, by their index."""
        with self.store.transaction(_ACCOUNT) as tx:
            return tx.orders.occurrences(number)
