"""Several processes work on one database, are killed by SIGKILL, and the books agree in the end."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from itertools import count, islice
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Final

import pytest

from ordersales import Actor, BackOffice, InvoiceNumber, Order, OrderNumber
from ordersales.errors import RuleRefused
from ordersales.ports.gateway import GatewayKind
from ordersales.testing import a_manager
from ordersales.testing.simulator.books import compared
from ordersales.testing.simulator.truth import TruthBook
from tests.postgres import Database
from tests.processes import shop
from tests.processes.clock import SharedClock
from tests.processes.shop import ACCOUNTS, Place
from tests.sql_stores import create_tables, sql_store

#: How many processes work at once, how often the clock is put forward, and how many are killed
#: in between.
WORKERS, ROUNDS, KILLS = 4, 3, 4
#: How long a process may take to do the first thing.
PATIENCE: Final = 180.0
#: In the end, nothing goes wrong for so long.
QUIET: Final = timedelta(days=110)
HOUR: Final = timedelta(hours=1)
FORWARD: Final = [timedelta(minutes=3), timedelta(hours=2), timedelta(days=2), timedelta(days=31)]

FORKS: Final = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["pytest", "tests.processes.warm"])


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where an empty database is."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shop.sqlite'}"
    database: Database = request.getfixturevalue("database")
    return database.url


def begun(place: Place, names: Iterable[str]) -> list[BaseProcess]:
    """Begin processes that work, and wait until each has done something, or is killed by chance."""
    processes = {
        name: FORKS.Process(target=shop.work, args=(place, name), daemon=True) for name in names
    }
    for process in processes.values():
        process.start()
    deadline = time.monotonic() + PATIENCE
    for name, process in processes.items():
        while process.is_alive() and not place.at_work(name).exists():
            assert time.monotonic() < deadline, f"{name} does nothing"
            time.sleep(0.005)
    return [*processes.values()]


def killed(process: BaseProcess) -> int | None:
    """Kill a process, and return how it ended."""
    process.kill()
    process.join(30)
    return process.exitcode


def live(place: Place, seed: int) -> Counter[int | None]:
    """Let processes work and be killed; tell how they ended."""
    stream, ended = Random(seed), Counter[int | None]()
    for turn in range(ROUNDS):
        names = (f"{seed} {turn} {number}" for number in count())
        working = begun(place, islice(names, WORKERS))
        for _ in range(KILLS):
            time.sleep(stream.uniform(0.02, 0.2))
            ended[killed(working.pop(stream.randrange(WORKERS)))] += 1
            working += begun(place, islice(names, 1))
        # Nobody is at work while the clock is put forward: that would be a process that froze
        # between its last look at the clock and its request, for which nothing is promised.
        ended.update(map(killed, working))
        place.clock.advance(stream.choice(FORWARD))
    return ended


def settle(place: Place, office: BackOffice) -> None:
    """Let time pass without anything going wrong, and one worker do what is due."""
    clock = place.clock
    for cart in range(shop.CARTS):
        with contextlib.suppress(RuleRefused):
            shop.buy(office, cart)
    end = clock.now() + QUIET
    while clock.now() < end:
        while office.recurring.run_due(100) or office.payments.reconcile(100):
            pass
        clock.advance(6 * HOUR)


def orders_of(office: BackOffice, actor: Actor) -> list[Order]:
    """Return every order of an account that anything was asked of a payment system for."""
    numbers, after = set[OrderNumber](), None
    while page := office.payments.page(actor, after=after, limit=100):
        numbers.update(row.order for row in page.rows)
        after = page.after
        if after is None:
            break
    return [office.orders.get(actor, number) for number in sorted(numbers)]


def shown(office: BackOffice, actor: Actor, orders: list[Order]) -> set[InvoiceNumber | None]:
    """Return the invoices that a person is shown."""
    findings = office.health(actor, limit=1000, audit=0)
    flags = [flag.invoice for order in orders for flag in order.attention]
    return {*flags, *(finding.invoice for finding in findings)}


def book_of(book: TruthBook, account: str) -> TruthBook:
    """Return what stands in the provider's book of one account."""
    own = TruthBook()
    for charge in book.charges:
        if charge.request.reference.account == account:
            own.add(charge)
    own.returns = [
        item for item in book.returns if item.request.reference.attempt.account == account
    ]
    return own


@pytest.mark.thorough
@pytest.mark.rule("C1", "C2", "C3")
@pytest.mark.parametrize(
    ("url", "kind"),
    [("sqlite", GatewayKind.KEY_AND_LOOK_UP), ("postgresql", GatewayKind.LOOK_UP_ONLY)],
    indirect=["url"],
    ids=["sqlite", "postgresql"],
)
def test_nothing_is_charged_twice_and_nothing_lost(
    url: str, kind: GatewayKind, tmp_path: Path
) -> None:
    """Whoever is killed, and whenever: the provider's own book and ours agree."""
    lived_through(url, kind, tmp_path, seed=5)


@pytest.mark.slow
@pytest.mark.rule("C1", "C2", "C3")
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "kind", [GatewayKind.KEY_AND_LOOK_UP, GatewayKind.LOOK_UP_ONLY], ids=["keys", "look-up"]
)
@pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
def test_the_same_for_many_seeds(url: str, kind: GatewayKind, seed: int, tmp_path: Path) -> None:
    """On both databases, with both kinds of gateway."""
    lived_through(url, kind, tmp_path, seed)


def lived_through(url: str, kind: GatewayKind, tmp_path: Path, seed: int) -> None:
    """Let a shop live and its processes be killed, settle it, and compare the books."""
    SharedClock.starting(tmp_path / "clock")
    place = Place(store=sql_store, url=url, folder=tmp_path, kind=kind)
    create_tables(url)
    ended = live(place, seed)
    assert [] == [path.read_text("utf-8") for path in tmp_path.glob("error-*")]
    assert ended[-signal.SIGKILL] == ended.total()
    assert place.provider().book().charges

    with place.office(place.provider()) as office:
        settle(place, office)
        book = place.provider().book()
        assert shop.CARTS < len(book.charges)
        for account in ACCOUNTS:
            agreed(office, book_of(book, account), a_manager(account=account))


def agreed(office: BackOffice, book: TruthBook, actor: Actor) -> None:
    """Hold that nothing was charged twice, and that every difference is shown to a person."""
    for charge in book.charges:
        same = book.for_the_same(charge.request.reference)
        assert 1 >= sum(item.taken is not None for item in same), charge
    orders = orders_of(office, actor)
    seen = shown(office, actor, orders)
    found = compared(book, orders, lambda where: where[2] in seen)
    assert [] == [item.what for item in found if not item.seen]
