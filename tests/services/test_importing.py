"""Two imports of the same rows at once."""

from __future__ import annotations

import pytest

from ordersales import BackOffice
from ordersales.models.recurring_import import Imported
from tests.drivers import BOSS
from tests.services.watched import Watched
from tests.stories.test_importing_recurring_orders import a_row


@pytest.mark.rule("R15", "C5")
def test_two_imports_race_for_one_key() -> None:
    """The slower one finds what the other imported; nothing is there twice."""
    watched = Watched()
    shop = watched.shop
    rival = BackOffice(shop.store, shop.desk.payment_systems, shop.clock)
    watched.store.before_commit = lambda: rival.recurring.import_rows(BOSS, [a_row("sub-2")])
    rows = [a_row(f"sub-{at}") for at in range(1, 4)]

    told = shop.office.recurring.import_rows(BOSS, rows)

    assert ["begin", "conflict", "begin", "commit"] == watched.written_down()
    assert [Imported.IMPORTED, Imported.ALREADY_THERE, Imported.IMPORTED] == [
        result.did for result in told
    ]
    assert 3 == shop.office.recurring.count(BOSS)
    assert 3 == len({result.number for result in told})


@pytest.mark.rule("R15")
def test_a_payment_system_is_asked_for_once() -> None:
    """However many rows name it, it is looked up once."""
    shop = Watched().shop
    names = list[str]()

    class Finder:
        def find(self, account: str, name: str) -> object:
            names.append(name)
            return shop.desk.payment_systems.find(account, name)  # type: ignore[arg-type]

    office = BackOffice(shop.store, Finder(), shop.clock)  # type: ignore[arg-type]
    office.recurring.import_rows(BOSS, [a_row(f"sub-{at}") for at in range(150)])

    assert ["Cards"] == names
