"""The guide to Procrastinate, with workers that are killed in the middle of a charge."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from attrs import frozen
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued

from ordersales import BackOffice, IdempotencyKey, InvoiceStatus, PaymentMethod, PaymentRow
from ordersales.ports.gateway import GatewayKind
from ordersales.testing import a_customer, a_manager
from ordersales.testing.simulator.books import compared
from tests.guides import HOUSE, blocks
from tests.offers import an_offer_of
from tests.postgres import Database
from tests.processes.clock import SharedClock
from tests.processes.provider import Provider
from tests.processes.shop import CARDS, Place
from tests.sql_stores import create_tables, sql_store

READERS: Final = 12
#: When one worker after the other is killed; one more is left over.
MOMENTS: Final = ("before", "after", "after", "before")
PATIENCE: Final = 180.0
BOSS: Final = a_manager()

#: In place of the guide's scripted gateway: one that can be halted, and the clock of all.
BEFORE: Final = """
import os
from pathlib import Path
from ordersales import PaymentSystem, SystemName
from tests.processes.test_procrastinate import halted_provider

provider = halted_provider(Path(os.environ["SHOP_FOLDER"]))
clock, cards = provider.clock, PaymentSystem(SystemName("Cards"), provider)
"""
#: As the guide starts a worker, but quicker to look for jobs.
COMMAND: Final = (
    *("-m", "procrastinate", "--app=shop.app", "worker"),
    *("--concurrency=2", "--fetch-job-polling-interval=0.2"),
)


def halted_provider(folder: Path) -> Provider:
    """Return the provider, which halts whoever asks at a moment that is written down for it."""

    def halt(moment: str) -> None:
        """Take the order to halt, if nobody else did, and wait to be killed."""
        with suppress(FileNotFoundError):
            (folder / f"halt-{moment}").rename(folder / f"halted-{moment}-{os.getpid()}")
            signal.pause()

    clock = SharedClock(folder / "clock")
    return Provider(folder / "book.sqlite", clock, at_moment=halt)


@frozen
class Host:
    """The shop as the test reaches it, and its workers."""

    place: Place
    app: App
    #: The office, with nothing going wrong.
    office: BackOffice

    def subscribe(self) -> None:
        """Let readers subscribe, and a month pass, so that all of them are due at once."""
        office, offer = self.office, an_offer_of(2)
        for reader in range(READERS):
            key = IdempotencyKey(f"reader-{reader}")
            order = office.orders.place(BOSS, offer, a_customer(f"r-{reader}"), key=key)
            card = PaymentMethod(token=f"card-{reader}")
            office.payments.charge(BOSS, order.number, CARDS, key=key, method=card)
        self.place.clock.advance(timedelta(days=31))

    def defer(self) -> None:
        """Ask for the job, unless it is asked for already."""
        with suppress(AlreadyEnqueued):
            self.app.configure_task("charge what is due", queueing_lock="charge").defer()

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """Start a worker, and kill it in the end."""
        folder = self.place.folder
        told = {
            "DATABASE_URL": self.place.url,
            "SHOP_FOLDER": str(folder),
            "PYTHONPATH": os.pathsep.join([str(folder), str(HOUSE)]),
        }
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *COMMAND], env={**os.environ, **told}, stdout=log, stderr=log
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def halted(self, moment: str) -> int:
        """Have a worker halted at that moment, and return which one it is."""
        (self.place.folder / f"halt-{moment}").touch()
        # What the ones before had claimed is anybody's again.
        self.place.clock.advance(timedelta(minutes=3))
        found = lambda: [*self.place.folder.glob(f"halted-{moment}-*")]  # noqa: E731 - asked again and again, right below
        self.until(found)
        (told,) = found()
        told.unlink()
        return int(told.name.rpartition("-")[2])

    def until(self, holds: Callable[[], object]) -> None:
        """Ask for the job again and again until something holds."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, (self.place.folder / "log").read_text("utf-8")
            self.defer()
            time.sleep(0.05)


@pytest.fixture
def host(database: Database, tmp_path: Path) -> Iterator[Host]:
    """Return a shop whose tables are made, and the program of its workers written from the guide."""
    SharedClock.starting(tmp_path / "clock")
    place = Place(
        store=sql_store, url=database.url, folder=tmp_path, kind=GatewayKind.KEY_AND_LOOK_UP
    )
    create_tables(database.url)
    _, shop, *_ = blocks("procrastinate.md")
    (tmp_path / "shop.py").write_text(BEFORE + shop, "utf-8")
    app = App(connector=PsycopgConnector(conninfo=database.dsn))
    with app.open(), place.office(place.provider()) as office:
        app.schema_manager.apply_schema()
        yield Host(place, app, office)


@pytest.mark.thorough
@pytest.mark.rule("C1", "C2", "C3")
def test_workers_are_killed_in_the_middle_of_a_charge(host: Host) -> None:
    """Killed before the money is taken or after it: all is settled, nothing twice, nothing lost."""
    host.subscribe()
    with ExitStack() as workers:
        begun = [workers.enter_context(host.worker()) for _ in range(1 + len(MOMENTS))]
        running = {worker.pid: worker for worker in begun}
        for moment in MOMENTS:
            victim = running.pop(host.halted(moment))
            victim.send_signal(signal.SIGKILL)
            assert -signal.SIGKILL == victim.wait()
        assert any(item.status is InvoiceStatus.PENDING for item in payments(host))
        while any(item.status is InvoiceStatus.PENDING for item in payments(host)):
            host.place.clock.advance(timedelta(minutes=3))
            host.until(lambda: nothing_due(host))

    book = host.place.provider().book()
    orders = [host.office.orders.get(BOSS, row.order) for row in payments(host)]
    assert [] == [*compared(book, orders, lambda _: False)]
    assert READERS < len(payments(host)) == len(book.charges)


def payments(host: Host) -> tuple[PaymentRow, ...]:
    """Return the rows of *Payments*."""
    return host.office.payments.page(BOSS, limit=100).rows


def nothing_due(host: Host) -> bool:
    """Tell whether everything that was due was looked after."""
    now = host.place.clock.now()
    with host.place.store(host.place.url) as store:
        return not store.accounts_to_check(now, 1) and not store.accounts_to_charge(now, 1)
