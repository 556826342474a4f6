"""Subject: what is due of recurring orders is charged, however many there are that are not due.

It takes a minute and 2 GB to make a million recurring orders. ``--orders 100000`` makes fewer, here
and in ``run.py``. ``python tests/bench/charging.py`` measures this subject alone.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from time import perf_counter
from typing import Any, Final

from attrs import evolve, frozen
from measure import Candidate, Table, each, side_by_side

from ordersales import (
    AccountId,
    BackOffice,
    Cadence,
    IdempotencyKey,
    OrderNumber,
    PaymentMethod,
    PaymentSystem,
    RecurringOrder,
    RecurringStatus,
    RecurringTerms,
    SystemName,
    Unit,
)
from ordersales.adapters.memory import MemoryStore
from ordersales.models.charge import ChargeRequest
from ordersales.ports.gateway import GatewayKind
from ordersales.testing import MovableClock, ScriptedGateway, a_customer, an_offer
from ordersales.testing.simulator import Simulation
from ordersales.values.identifiers import AttemptReference

ACME: Final = AccountId("acme")
CARDS: Final = SystemName("Cards")
NOW: Final = datetime(2026, 2, 28, 12, tzinfo=UTC)
TERMS: Final = RecurringTerms(cadence=Cadence(1, Unit.MONTH), zone="Europe/Berlin")
OFFER: Final = evolve(an_offer("9.90"), recurring=TERMS)
CARD: Final = PaymentMethod(token="card", stored=True)  # noqa: S106 - a name for a card, no secret
BATCH: Final = 1000
#: One of so many is due.
ONE_IN: Final = 100
SIZES: Final = (1_000, 10_000, 100_000)
SECONDS: Final = 5


def recurring(number: int, *, due: bool) -> RecurringOrder:
    """Return one that was paid once, and is due now or in a month."""
    return RecurringOrder(
        account=ACME,
        number=OrderNumber(number),
        status=RecurringStatus.ACTIVE,
        started_at=NOW,
        customer=a_customer(f"c-{number}"),
        offer=OFFER,
        quantity=1,
        terms=TERMS,
        system=CARDS,
        method=CARD,
        anchor=datetime(2026, 1, 31, 11, tzinfo=UTC),
        slot=1,
        due_at=NOW - timedelta(hours=1) if due else NOW + timedelta(days=30),
        payments_made=1,
        occurrences=1,
    )


def office_with(count: int, one_in: int) -> BackOffice:
    """Return an office over so many recurring orders, one in so many of which is due."""
    store = MemoryStore()
    waiting = (recurring(n, due=n % one_in == 0) for n in range(1, count + 1))
    while batch := tuple(islice(waiting, BATCH)):
        with store.transaction(ACME) as tx:
            for item in batch:
                tx.orders.next_number()
                tx.recurring_orders.add(item)
    systems = [PaymentSystem(CARDS, ScriptedGateway())]
    return BackOffice(store, systems, MovableClock(NOW))


def _requests(count: int) -> Sequence[Any]:
    gateway = ScriptedGateway()
    return [
        (
            gateway,
            ChargeRequest(
                reference=AttemptReference(ACME, OrderNumber(n), 1, 2),
                key=IdempotencyKey(f"acme/{n}.2/1~0"),
                amount=OFFER.unit_price,
                method=CARD,
                description="Course, order 2",
                keep_method=True,
            ),
        )
        for n in range(1, count + 1)
    ]


def table_of_charges(rounds: int) -> Table:
    """Measure one due payment beside the gateway's call alone."""
    candidates = [
        Candidate(
            name="run_due",
            does="claims ten at a time, places the order, two commits around the call, events, the "
            "next date",
            prepare=lambda n: [(office_with(n, 1), n)],
            act=each(lambda given: given[0].recurring.run_due(given[1])),
        ),
        Candidate(
            name="the call alone",
            does="the scripted gateway in memory, which takes no time over a network",
            prepare=_requests,
            act=each(lambda given: given[0].charge(given[1])),
        ),
    ]
    return side_by_side(
        "A recurring payment that is due, on memory storage",
        candidates,
        base="the call alone",
        rounds=rounds,
        batch=200,
        notes="A real gateway takes 300,000 µs and more; what the library adds to it is the "
        "difference of the two.",
    )


@frozen
class Growth:
    """How much a charge takes as more and more recurring orders are there."""

    #: How many there are, how many were charged, and microseconds for each.
    rows: tuple[tuple[int, int, float], ...]

    def markdown(self) -> str:
        """Return the table as it is printed and published."""
        first = self.rows[0][2]
        return "\n".join(
            [
                "## Recurring orders of which one in a hundred is due",
                "",
                "| there are | due | µs a charge | × the first row |",
                "| --- | --- | --- | --- |",
                *(
                    f"| {there:,} | {due:,} | {each_one:.0f} | {each_one / first:.2f} |"
                    for there, due, each_one in self.rows
                ),
                "",
                (
                    "What is due is charged by one `run_due`; the store is memory, the gateway "
                    "answers at once. The median of five stores, for the largest of one."
                ),
            ]
        )


def table_of_growth(largest: int) -> Growth:
    """Measure stores of growing size."""
    sizes = [*(size for size in SIZES if size < largest), largest]
    return Growth(tuple(_grown(size, 5 if size < largest else 1) for size in sizes))


def _grown(size: int, times: int) -> tuple[int, int, float]:
    taken = sorted(_charged(size) for _ in range(times))
    return size, size // ONE_IN, taken[len(taken) // 2]


def _charged(size: int) -> float:
    """Return how many microseconds each charge takes in a new store."""
    gc.disable()
    office = office_with(size, ONE_IN)
    gc.freeze()
    gc.enable()
    begun = perf_counter()
    done = office.recurring.run_due(size)
    took = perf_counter() - begun
    gc.unfreeze()
    return took / len(done) * 1e6


@frozen
class Simulated:
    """How much of a shop's bad days a second holds."""

    #: For how many seconds each kind was run.
    seconds: float
    #: The kind, how many seeds, and seeds, years and faults a second.
    rows: tuple[tuple[str, int, float, float, float], ...]

    def markdown(self) -> str:
        """Return the table as it is printed and published."""
        return "\n".join(
            [
                "## The crash simulator, in one process",
                "",
                "| gateway | seeds | seeds a second | simulated years a second | faults a second |",
                "| --- | --- | --- | --- | --- |",
                *(
                    f"| {kind} | {seeds:,} | {a:.1f} | {b:.2f} | {c:,.0f} |"
                    for kind, seeds, a, b, c in self.rows
                ),
                "",
                f"Every kind for {self.seconds:g} seconds, seeds from 0 up, all checks on.",
            ]
        )


def table_of_simulation(seconds: float = SECONDS) -> Simulated:
    """Run seeds of each kind for so long, and one at least."""
    return Simulated(seconds, tuple(_simulated(kind, seconds) for kind in GatewayKind))


def _simulated(kind: GatewayKind, seconds: float) -> tuple[str, int, float, float, float]:
    begun, seeds, years, faults, took = perf_counter(), 0, 0.0, 0, 0.0
    while not seeds or took < seconds:
        report = Simulation(kind=kind).run(seeds)
        years += report.simulated / timedelta(days=365)
        faults += len(report.faults)
        seeds += 1
        took = perf_counter() - begun
    return kind, seeds, seeds / took, years / took, faults / took


def main() -> None:
    """Measure, and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=20)
    chosen = arguments.parse_args()
    print(table_of_charges(chosen.rounds).markdown())
    print(table_of_growth(chosen.orders).markdown())
    print(table_of_simulation().markdown())


if __name__ == "__main__":
    main()
