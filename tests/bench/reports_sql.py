"""Subject: reports in a host's database, beside SQL that somebody wrote by hand for one of them.

Run by itself, it fills a database and prints its tables:
``python tests/bench/reports_sql.py --payments 1000000 --postgres postgresql+psycopg://...``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import frozen
from measure import Table
from sqlalchemy import Connection, Engine, create_engine, text

from ordersales.adapters.sqlalchemy import SqlStore, sqlite_engine, tables
from ordersales.models.report import Dimension, ReportScope
from ordersales.services.reporting import DETAILS
from ordersales.values.identifiers import AccountId

ACME: Final = AccountId("acme")
MILLION: Final = 1_000_000
ZONED: Final = ReportScope(zone="Europe/Berlin")

_COUNTED: Final = (
    "WITH RECURSIVE counted(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counted WHERE i < {count})"
)
_MOMENT: Final = {
    "postgresql": "(TIMESTAMPTZ '2021-01-01Z' + (i % 2600000) * INTERVAL '1 minute')",
    "sqlite": "(strftime('%Y-%m-%d %H:%M:%S', 1609459200 + (i % 2600000) * 60, 'unixepoch')"
    " || '.000000')",
}
#: A record of an order with one invoice has about so many letters; it stands beside the columns.
_RECORD: Final = "printf('%01200d', i)", "lpad(i::text, 1200, '0')"

#: What a person writes who needs one breakdown: the same figures from the same tables.
_BY_HAND: Final = """
SELECT {keys},
    SUM(CASE WHEN opens THEN 1 ELSE 0 END) AS orders, SUM(paid) AS payments,
    SUM(CASE WHEN opens THEN quantity ELSE 0 END) AS units,
    SUM(gross) AS gross, SUM(refunds) AS refunds, SUM(commission) AS commission,
    SUM(CASE WHEN paid = 1 AND commission IS NULL THEN 1 ELSE 0 END) AS unknown,
    SUM(CASE WHEN status = 'Completed' THEN gross - refunds ELSE 0 END) AS completed
FROM (
    SELECT {columns}, i.opens_order AS opens, 1 AS paid, o.quantity, i.amount AS gross,
        0 AS refunds, i.commission, o.status
    FROM ordersales_invoices i
    JOIN ordersales_orders o ON o.account = i.account AND o.number = i.order_number
    WHERE i.account = 'acme' AND i.paid_at IS NOT NULL
    UNION ALL
    SELECT {columns}, {false}, 0, 0, 0, r.amount, NULL, o.status
    FROM ordersales_refunds r
    JOIN ordersales_invoices i ON i.account = r.account AND i.number = r.invoice
    JOIN ordersales_orders o ON o.account = i.account AND o.number = i.order_number
    WHERE r.account = 'acme' AND r.returned_at IS NOT NULL
) AS moved
GROUP BY {keys}
"""
_KEYS: Final = {
    Dimension.CURRENCY: ("i.currency",),
    Dimension.SYSTEM: ("i.system", "i.currency"),
    Dimension.OFFER: ("o.offer", "o.offer_name", "i.currency"),
    Dimension.CATEGORY: ("o.category", "o.category_name", "i.currency"),
    Dimension.MANAGER: ("o.manager", "o.manager_name", "o.confirmed", "i.currency"),
}


def by_hand(dimension: Dimension, dialect: str) -> str:
    """Return the query that a person writes for one breakdown."""
    columns = _KEYS[dimension]
    keys = ", ".join(name.partition(".")[2] for name in columns)
    false = "0" if dialect == "sqlite" else "false"
    return _BY_HAND.format(keys=keys, columns=", ".join(columns), false=false)
