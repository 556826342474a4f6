"""Sums by the database while others write (rule T6)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from attrs import evolve
from sqlalchemy import Engine, event

from ordersales.adapters.sqlalchemy import SqlStore
from ordersales.models.report import WHOLE, Dimension, ReportScope
from ordersales.values.identifiers import AccountId, OrderNumber
from tests.listed import an_invoice, an_order

pytestmark = pytest.mark.rule("T6", "T7")


@pytest.fixture(params=["on_sqlite", "on_postgres"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Return an engine on either database."""
    found: Engine = request.getfixturevalue(request.param)
    return found


def sell(store: SqlStore, account: AccountId, number: int, paid: datetime) -> None:
    """Sell something that was paid then."""
    invoice = an_invoice(500 + number, settled_at=paid)
    with store.transaction(account) as tx:
        tx.orders.add(
            evolve(an_order(invoices=(invoice,)), account=account, number=OrderNumber(number),
                   key=f"cart-{number}")
        )  # fmt: skip


def test_money_that_moves_while_days_are_counted(engine: Engine) -> None:
    """A payment of a day long before, recorded while it is added up, counts on that day."""
    store, account, late = SqlStore(engine), AccountId(f"acme-{uuid4()}"), list[object]()
    sell(store, account, 1, datetime(2026, 3, 1, tzinfo=UTC))

    def meanwhile(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        if "GROUP BY" in statement and not late:
            late.append(statement)
            sell(store, account, 2, datetime(2020, 2, 29, tzinfo=UTC))

    event.listen(engine, "before_cursor_execute", meanwhile)
    try:
        with store.transaction(account) as tx:
            cells = tx.orders.summed((Dimension.DAY, Dimension.CURRENCY), WHOLE)
    finally:
        event.remove(engine, "before_cursor_execute", meanwhile)

    days = {date.fromordinal(int(cell.key[0])): cell.sums.payments for cell in cells}
    assert {date(2020, 2, 29): 1, date(2026, 3, 1): 1} == days


def test_a_period_in_which_nothing_can_have_moved(engine: Engine) -> None:
    """A period before all payments, or of an account without any, has no cells."""
    store, account = SqlStore(engine), AccountId(f"acme-{uuid4()}")
    scope = ReportScope(first_day=date(1990, 1, 1), last_day=date(1990, 12, 31))

    with store.transaction(account) as tx:
        assert () == tx.orders.summed((Dimension.DAY, Dimension.CURRENCY), WHOLE)
    sell(store, account, 1, datetime(2026, 3, 1, tzinfo=UTC))
    with store.transaction(account) as tx:
        assert () == tx.orders.summed((Dimension.MONTH, Dimension.CURRENCY), scope)
