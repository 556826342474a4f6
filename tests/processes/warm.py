"""Importing this does all that a process of the shop would do first, for those forked from it."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

from ordersales.errors import RuleRefused
from ordersales.ports.gateway import GatewayKind
from tests.processes import shop
from tests.processes.clock import SharedClock
from tests.sql_stores import create_tables, sql_store


def warm_up() -> None:
    """Buy one cart of each sort in a shop of its own, and forget it."""
    with tempfile.TemporaryDirectory() as folder:
        SharedClock.starting(Path(folder, "clock"))
        url = f"sqlite:///{folder}/shop.sqlite"
        place = shop.Place(
            store=sql_store, url=url, folder=Path(folder), kind=GatewayKind.KEY_AND_LOOK_UP
        )
        create_tables(url)
        with place.office(place.provider()) as office:
            for cart in range(3):
                shop.buy(office, cart)
                with suppress(RuleRefused):
                    shop.give_back(office, cart)
            office.recurring.run_due()
            office.payments.reconcile()


warm_up()
