"""SQL tables filled by the database itself, for what depends on there being many rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, text

from ordersales.adapters.sqlalchemy.tables import Tables
from ordersales.values.identifiers import AccountId

#: To whom nine in ten orders belong.
ACME: Final = AccountId("acme")
#: When the first order was placed; each other a minute after the one before.
BEGUN: Final = datetime(1990, 1, 1, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
_MOMENT: Final = {
    "postgresql": "(TIMESTAMPTZ '1990-01-01 00:00:00Z' + ({}) * INTERVAL '1 minute')",
    "sqlite": "(strftime('%Y-%m-%d %H:%M:%S', '1990-01-01', '+' || ({}) || ' minutes') || '.000000')",
}
_COUNTED: Final = (
    "WITH RECURSIVE counted(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counted WHERE i < {count})"
)
_ACCOUNT: Final = "CASE WHEN i % 10 = 0 THEN 'other' ELSE 'acme' END"
#: Of a hundred orders, two are open and two declined; one in three is an occurrence.
_ORDERS: Final = {
    "account": _ACCOUNT,
    "number": "i",
    "version": "1",
    "key": "'cart-' || i",
    "placed_at": "{moment}",
    "customer": "'c-' || (i * 7919 % ({count} / 3 + 1))",
    "customer_folded": "'customer ' || (i * 7919 % ({count} / 3 + 1))",
    "status": "CASE i % 100 WHEN 7 THEN 'Open' WHEN 19 THEN 'Open' WHEN 41 THEN 'Declined' "
    "WHEN 57 THEN 'Refund' ELSE 'Completed' END",
    "offer": "'C-' || (i % 997)",
    "offer_name": "'Course ' || (i % 997)",
    "offer_folded": "'course ' || (i % 997)",
    "category": "'' || (i % 53)",
    "category_name": "'Learning'",
    "currency": "CASE WHEN i % 5 = 0 THEN 'JPY' ELSE 'EUR' END",
    "price": "1000 + i % 9001",
    "unit_price": "1000 + i % 9001",
    "quantity": "1 + i % 3",
    "manager": "CASE WHEN i % 11 = 0 THEN 'm-' || (i % 211) END",
    "manager_name": "CASE WHEN i % 11 = 0 THEN 'Manager ' || (i % 211) ELSE '' END",
    "manager_folded": "CASE WHEN i % 11 = 0 THEN 'manager ' || (i % 211) ELSE '' END",
    "confirmed": "i % 22 = 0",
    "payment_type": "CASE WHEN i % 17 = 0 THEN 'Partial' ELSE 'Full' END",
    "needs_attention": "i % 1009 = 0",
    "recurring_order": "CASE WHEN i % 3 = 0 THEN i END",
    "occurrence": "CASE WHEN i % 3 = 0 THEN 1 END",
    "next_check": "CASE WHEN i % 503 = 0 THEN {moment} END",
    "record": "'{{}}'",
}
_INVOICES: Final = {
    "account": _ACCOUNT,
    "number": "i",
    "order_number": "i",
    "place": "1",
    "key": "'pay-' || i",
    "attempted_at": "{moment}",
    "status": "CASE i % 50 WHEN 7 THEN 'Pending' WHEN 19 THEN 'Failed' ELSE 'Paid' END",
    "system": "'System ' || (i % 7)",
    "currency": "CASE WHEN i % 5 = 0 THEN 'JPY' ELSE 'EUR' END",
    "amount": "1000 + i % 9001",
    "covers": "1000 + i % 9001",
    "paid_at": "CASE WHEN i % 50 NOT IN (7, 19) THEN {moment} END",
    "opens_order": "i % 50 NOT IN (7, 19)",
}
_RECURRING: Final = {
    "account": _ACCOUNT,
    "number": "i",
    "version": "1",
    "status": "CASE WHEN i % 5 = 0 THEN 'Completed' WHEN i % 13 = 0 THEN 'Paused' ELSE 'Active' END",
    "started_at": "{moment}",
    "customer": "'c-' || (i * 7919 % ({count} / 3 + 1))",
    "customer_folded": "'customer ' || (i * 7919 % ({count} / 3 + 1))",
    "offer": "'C-' || (i % 997)",
    "offer_folded": "'course ' || (i % 997)",
    "category": "'' || (i % 53)",
    "currency": "CASE WHEN i % 5 = 0 THEN 'JPY' ELSE 'EUR' END",
    "price": "1000 + i % 9001",
    "quantity": "1 + i % 3",
    "system": "'System ' || (i % 7)",
    "manager": "CASE WHEN i % 11 = 0 THEN 'm-' || (i % 211) END",
    "payments_made": "i % 24",
    "payments_remaining": "CASE WHEN i % 3 <> 0 THEN i % 12 END",
    "next_action": "CASE WHEN i % 5 <> 0 AND i % 13 <> 0 THEN {moment} END",
    "just_activated": "i % 2003 = 0",
    "claim_at": "CASE WHEN i % 5 <> 0 AND i % 13 <> 0 THEN {moment} END",
    "record": "'{{}}'",
}
_EVENTS: Final = {
    "account": _ACCOUNT,
    "position": "i",
    "order_number": "CASE WHEN i % 2 = 0 THEN i END",
    "recurring_order": "CASE WHEN i % 2 = 1 THEN i END",
    "record": "'{{}}'",
    "note": "''",
}
_INBOX: Final = {
    "account": _ACCOUNT,
    "system": "'System ' || (i % 7)",
    "event_id": "'evt-' || i",
    "kept_at": "{moment}",
    "until": "CASE WHEN i % 503 = 0 THEN {moment} END",
    "tries": "0",
    "record": "CASE WHEN i % 251 = 0 OR i % 503 = 0 THEN '{{}}' END",
}


def fill(connection: Connection, tables: Tables, count: int) -> None:
    """Write so many orders, invoices, recurring orders, events and messages, and look at them."""
    contents = {
        tables.orders: _ORDERS,
        tables.invoices: _INVOICES,
        tables.recurring_orders: _RECURRING,
        tables.events: _EVENTS,
        tables.inbox: _INBOX,
    }
    # An index is made faster than it is kept.
    indexes = [index for table in contents for index in table.indexes]
    for index in indexes:
        index.drop(connection)
    moment = _MOMENT[connection.dialect.name].format("i")
    for table, columns in contents.items():
        chosen = ", ".join(columns.values()).format(moment=moment, count=count)
        into = f"INSERT INTO {table.fullname} ({', '.join(columns)})"
        statement = f"{_COUNTED.format(count=count)} {into} SELECT {chosen} FROM counted"  # noqa: S608 - none of it comes from anybody else
        # A colon would begin the name of a value.
        connection.execute(text(statement.replace(":", r"\:")))
    for index in indexes:
        index.create(connection)
    connection.execute(text("ANALYZE"))
