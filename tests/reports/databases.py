"""The databases as engines: shops stored by the SQLAlchemy adapter, summed, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import evolve, frozen
from sqlalchemy import Engine, text

from ordersales.adapters.sqlalchemy import SqlStore
from ordersales.models.order import Order
from ordersales.models.report import Dimension, ReportScope
from ordersales.reports.cells import Cell
from tests.reports.shops import ACME

#: Mistakes in the rows, each of which the property has to notice.
SPOILT: Final = {
    "a refund counts twice": "UPDATE ordersales_refunds SET amount = 2 * amount",
    "a fully refunded payment is left out of gross": (
        "UPDATE ordersales_invoices SET paid_at = NULL WHERE status = 'Refunded'"
    ),
    "unconfirmed managers count": "UPDATE ordersales_orders SET confirmed = (1 = 1)",
    "an order counts with each of its payments": (
        "UPDATE ordersales_invoices SET opens_order = (paid_at IS NOT NULL)"
    ),
    "a refund counts on the day of its payment": (
        "UPDATE ordersales_refunds SET returned_at = (SELECT paid_at FROM ordersales_invoices paid "
        "WHERE paid.number = invoice) WHERE returned_at IS NOT NULL"
    ),
    "an unknown commission is none": (
        "UPDATE ordersales_invoices SET commission = 0 WHERE commission IS NULL"
    ),
    "a chargeback does not count": (
        "UPDATE ordersales_refunds SET returned_at = NULL WHERE kind = 'chargeback'"
    ),
    "completed orders are those with a payment": "UPDATE ordersales_orders SET status = 'Completed'",
}
#: A mistake in what is asked.
OF_UTC: Final = "days are those of UTC"


@frozen
class Stored:
    """Stores a shop in a database, has it summed there, and takes it back."""

    engine: Engine
    mistake: str | None = None

    def __call__(
        self, orders: Sequence[Order], dimensions: Sequence[Dimension], scope: ReportScope
    ) -> tuple[Cell, ...]:
        """Return the sums of their facts."""
        with self.engine.connect() as connection, connection.begin() as whole:
            store = SqlStore(self.engine).joining(connection)
            with store.transaction(ACME) as tx:
                for order in orders:
                    tx.orders.add(order)
            if self.mistake in SPOILT:
                connection.execute(text(SPOILT[self.mistake]))
            asked = evolve(scope, zone="UTC") if self.mistake == OF_UTC else scope
            with store.transaction(ACME) as tx:
                found = tx.orders.summed(dimensions, asked)
            whole.rollback()
        return found
