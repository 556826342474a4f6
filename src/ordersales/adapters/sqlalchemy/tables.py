"""The tables, as SQLAlchemy metadata that a host can put into its own database and migrations.

A record is kept whole, as a document, beside the columns that it is found, sorted and summed by;
those are derived from it by one function each (`rows.py`) and written with it. What must never be
double (a number, a key, an occurrence) is a constraint here, so that it would hold even if the
code above were wrong. Every column that is asked for has an index that begins with the account.
"""

from __future__ import annotations

import re
from typing import Any, Final

from attrs import frozen
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Table,
    TextClause,
    UniqueConstraint,
    text,
)
from sqlalchemy.schema import SchemaItem

from ordersales.adapters.sqlalchemy.columns import Counted, Document, Moment, Whole, Words
from ordersales.values.checks import MOST_WHOLE

#: What the names of the tables begin with unless the host says otherwise.
PREFIX: Final = "ordersales_"

_FLAG: Final = re.compile(r"(NOT )?\b(needs_attention|just_activated)\b")


@frozen(kw_only=True)
class Tables:
    """All tables of one installation; `tables` makes them."""

    metadata: MetaData
    #: The last number of either series in each account.
    numbers: Table
    orders: Table
    #: One row for each invoice, with what lists and reports ask of it.
    invoices: Table
    #: One row for each refund.
    refunds: Table
    #: Which order a refund's key belongs to: the refunds of a whole order share one.
    refund_keys: Table
    recurring_orders: Table
    sales_plans: Table
    events: Table
    #: Up to which position each follower has acknowledged.
    followers: Table
    inbox: Table
    #: One row: the installation mark, the time that was lost, and how many numbers were skipped (rule C6).
    installation: Table

    @property
    def in_order(self) -> list[Table]:
        """All of them, each behind those that it refers to."""
        return [
            self.numbers,
            self.orders,
            self.invoices,
            self.refunds,
            self.refund_keys,
            self.recurring_orders,
            self.sales_plans,
            self.events,
            self.followers,
            self.inbox,
            self.installation,
        ]


def tables(
    metadata: MetaData | None = None, *, prefix: str = PREFIX, schema: str | None = None
) -> Tables:
    """Return the tables, added to `metadata`, each name beginning with `prefix`.

    >>> from sqlalchemy import MetaData
    >>> tables(MetaData(), prefix="shop_").orders.name
    'shop_orders'
    """
    known = MetaData() if metadata is None else metadata
    named = _Names(known, prefix, schema)
    return Tables(
        metadata=known,
        numbers=_numbers(named),
        orders=_orders(named),
        invoices=_invoices(named),
        refunds=_refunds(named),
        refund_keys=_refund_keys(named),
        recurring_orders=_recurring_orders(named),
        sales_plans=_sales_plans(named),
        events=_events(named),
        followers=_followers(named),
        inbox=_inbox(named),
        installation=_installation(named),
    )


@frozen
class _Names:
    """Gives each table, index and constraint its name."""

    metadata: MetaData
    prefix: str
    schema: str | None

    def table(self, name: str, *parts: SchemaItem) -> Table:
        """Return a table of that name."""
        return Table(f"{self.prefix}{name}", self.metadata, *parts, schema=self.schema)

    def of(self, name: str) -> str:
        """Return the name of an index or a constraint."""
        return f"{self.prefix}{name}"

    def index(
        self,
        table: str,
        name: str,
        *columns: str | TextClause,
        where: str | None = None,
        unique: bool = False,
    ) -> Index:
        """Return an index of that name, of all rows or only of those `where` it is so."""
        if where is None:
            return Index(self.of(f"{table}_{name}"), *columns, unique=unique)
        # SQLite knows a partial index again by its words, and has no booleans but numbers.
        numbers = _FLAG.sub(lambda flag: f"{flag[2]} = {0 if flag[1] else 1}", where)
        only: dict[str, Any] = {"postgresql_where": text(where), "sqlite_where": text(numbers)}
        return Index(self.of(f"{table}_{name}"), *columns, unique=unique, **only)

    def column(self, table: str, *columns: str) -> list[str]:
        """Return what a foreign key refers to."""
        place = f"{self.schema}." if self.schema else ""
        return [f"{place}{self.prefix}{table}.{column}" for column in columns]


def _numbers(named: _Names) -> Table:
    return named.table(
        "numbers",
        Column("account", Words, primary_key=True),
        Column("last_order", Whole, nullable=False),
        Column("last_invoice", Whole, nullable=False),
    )


def _orders(named: _Names) -> Table:
    def index(name: str, *columns: str, where: str | None = None, unique: bool = False) -> Index:
        return named.index("orders", name, *columns, where=where, unique=unique)

    return named.table(
        "orders",
        Column("account", Words, primary_key=True),
        Column("number", Whole, primary_key=True, autoincrement=False),
        Column("version", Whole, nullable=False),
        Column("key", Words, nullable=False),
        Column("placed_at", Moment, nullable=False),
        Column("customer", Words, nullable=False),
        # Names are kept twice: as they are shown in reports, and folded, as they are sorted and
        # searched (`ordersales.rules.filtering.folded`).
        Column("customer_folded", Words, nullable=False),
        Column("status", Words, nullable=False),
        Column("offer", Words, nullable=False),
        Column("offer_name", Words, nullable=False),
        Column("offer_folded", Words, nullable=False),
        Column("category", Words, nullable=False),
        Column("category_name", Words, nullable=False),
        Column("currency", Words, nullable=False),
        Column("price", Whole, nullable=False),
        Column("unit_price", Whole, nullable=False),
        Column("quantity", Whole, nullable=False),
        # None is the system.
        Column("manager", Words),
        Column("manager_name", Words, nullable=False),
        Column("manager_folded", Words, nullable=False),
        Column("confirmed", Boolean, nullable=False),
        Column("payment_type", Words, nullable=False),
        Column("needs_attention", Boolean, nullable=False),
        # Of an occurrence of a recurring order; None of a regular order.
        Column("recurring_order", Whole),
        Column("occurrence", Whole),
        Column("next_check", Moment),
        Column("record", Document, nullable=False),
        UniqueConstraint("account", "key", name=named.of("orders_key")),
        # Two that have no recurring order are no double. With these left out, the index is not
        # mistaken for a way to find them.
        index(
            "occurrence",
            "account",
            "recurring_order",
            "occurrence",
            where="recurring_order IS NOT NULL",
            unique=True,
        ),
        index("regular", "account", "number", where="recurring_order IS NULL"),
        index("placed", "account", "placed_at", "number"),
        index("customer", "account", "customer", "number"),
        index("customer_folded", "account", "customer_folded", "number"),
        index("status", "account", "status", "number"),
        index("offer", "account", "offer", "number"),
        index("offer_folded", "account", "offer_folded", "number"),
        index("category", "account", "category", "number"),
        index("price", "account", "currency", "price", "number"),
        index("unit_price", "account", "currency", "unit_price", "number"),
        index("quantity", "account", "quantity", "number"),
        index("manager", "account", "manager", "number"),
        index("manager_folded", "account", "manager_folded", "number"),
        index("attention", "account", "number", where="needs_attention"),
        # Over all accounts, and in one of them.
        index("check", "next_check", "account", where="next_check IS NOT NULL"),
        index("to_check", "account", "next_check", "number", where="next_check IS NOT NULL"),
    )


def _invoices(named: _Names) -> Table:
    return named.table(
        "invoices",
        Column("account", Words, primary_key=True),
        Column("number", Whole, primary_key=True, autoincrement=False),
        Column("order_number", Whole, nullable=False),
        # Which of its order's invoices it is, from 1.
        Column("place", Whole, nullable=False),
        Column("key", Words, nullable=False),
        Column("attempted_at", Moment, nullable=False),
        Column("status", Words, nullable=False),
        Column("system", Words, nullable=False),
        Column("currency", Words, nullable=False),
        Column("amount", Whole, nullable=False),
        Column("covers", Whole, nullable=False),
        # None while the payment system has not told it.
        Column("commission", Whole),
        # When its money was taken, returned since or not; None where it was not.
        Column("paid_at", Moment),
        # Whether it is the first of its order whose money was taken: with it the order and its
        # units count in reports.
        Column("opens_order", Boolean, nullable=False),
        UniqueConstraint("account", "key", name=named.of("invoices_key")),
        ForeignKeyConstraint(
            ["account", "order_number"],
            named.column("orders", "account", "number"),
            name=named.of("invoices_order"),
        ),
        Index(named.of("invoices_order"), "account", "order_number", "place", unique=True),
        Index(named.of("invoices_attempted"), "account", "attempted_at", "number"),
        Index(named.of("invoices_status"), "account", "status", "number"),
        Index(named.of("invoices_system"), "account", "system", "number"),
        Index(named.of("invoices_amount"), "account", "currency", "amount", "number"),
        Index(named.of("invoices_paid"), "account", "paid_at", "number"),
    )


def _refunds(named: _Names) -> Table:
    return named.table(
        "refunds",
        Column("account", Words, primary_key=True),
        Column("invoice", Whole, primary_key=True, autoincrement=False),
        Column("number", Whole, primary_key=True, autoincrement=False),
        Column("kind", Words, nullable=False),
        Column("status", Words, nullable=False),
        Column("currency", Words, nullable=False),
        Column("amount", Whole, nullable=False),
        # When the money went back; None where it did not, or was won back since.
        Column("returned_at", Moment),
        ForeignKeyConstraint(
            ["account", "invoice"],
            named.column("invoices", "account", "number"),
            name=named.of("refunds_invoice"),
        ),
        Index(named.of("refunds_returned"), "account", "returned_at", "invoice"),
    )


def _refund_keys(named: _Names) -> Table:
    return named.table(
        "refund_keys",
        Column("account", Words, primary_key=True),
        Column("key", Words, primary_key=True),
        Column("order_number", Whole, nullable=False),
        ForeignKeyConstraint(
            ["account", "order_number"],
            named.column("orders", "account", "number"),
            name=named.of("refund_keys_order"),
        ),
    )


def _recurring_orders(named: _Names) -> Table:
    def index(name: str, *columns: str | TextClause, where: str | None = None) -> Index:
        return named.index("recurring_orders", name, *columns, where=where)

    return named.table(
        "recurring_orders",
        Column("account", Words, primary_key=True),
        Column("number", Whole, primary_key=True, autoincrement=False),
        Column("version", Whole, nullable=False),
        Column("key", Words),
        Column("status", Words, nullable=False),
        Column("started_at", Moment, nullable=False),
        Column("customer", Words, nullable=False),
        Column("customer_folded", Words, nullable=False),
        Column("offer", Words, nullable=False),
        Column("offer_folded", Words, nullable=False),
        Column("category", Words, nullable=False),
        Column("currency", Words, nullable=False),
        Column("price", Whole, nullable=False),
        Column("quantity", Whole, nullable=False),
        Column("system", Words, nullable=False),
        Column("manager", Words),
        Column("payments_made", Whole, nullable=False),
        # None where it goes on until it is stopped.
        Column("payments_remaining", Whole),
        Column("next_action", Moment),
        Column("just_activated", Boolean, nullable=False),
        # Until when a worker has claimed it; None if nobody has since it was saved (rule C3).
        Column("claimed_until", Moment),
        # When it can be claimed: at its next action, or when the last claim ends.
        Column("claim_at", Moment),
        Column("record", Document, nullable=False),
        UniqueConstraint("account", "key", name=named.of("recurring_orders_key")),
        index("started", "account", "started_at", "number"),
        index("customer", "account", "customer", "number"),
        index("customer_folded", "account", "customer_folded", "number"),
        index("status", "account", "status", "number"),
        index("offer", "account", "offer", "number"),
        index("offer_folded", "account", "offer_folded", "number"),
        index("category", "account", "category", "number"),
        index("price", "account", "currency", "price", "number"),
        index("quantity", "account", "quantity", "number"),
        index("system", "account", "system", "number"),
        index("manager", "account", "manager", "number"),
        index("made", "account", "payments_made", "number"),
        # What never comes or never ends is sorted behind all that does, as `sorting.py` has it.
        index(
            "remaining", "account", text(f"coalesce(payments_remaining, {MOST_WHOLE})"), "number"
        ),
        index("next", "account", text("coalesce(next_action, 'infinity')"), "number"),
        index("due", "account", "next_action", "number", where="next_action IS NOT NULL"),
        # Those just activated are claimed before all others (rule R5).
        index(
            "activated",
            "account",
            "claim_at",
            "number",
            where="claim_at IS NOT NULL AND just_activated",
        ),
        index(
            "others",
            "account",
            "claim_at",
            "number",
            where="claim_at IS NOT NULL AND NOT just_activated",
        ),
        index("to_charge", "claim_at", "account", where="claim_at IS NOT NULL"),
    )


def _sales_plans(named: _Names) -> Table:
    return named.table(
        "sales_plans",
        Column("account", Words, primary_key=True),
        Column("customer", Words, primary_key=True),
        Column("offer", Words, primary_key=True),
        Column("version", Whole, nullable=False),
        Column("record", Document, nullable=False),
    )


def _events(named: _Names) -> Table:
    return named.table(
        "events",
        # In the order of writing; of a transaction that was faster it may be the higher one.
        Column("id", Counted, primary_key=True, autoincrement=True),
        Column("account", Words, nullable=False),
        # In the order of the commits.
        Column("position", Whole),
        Column("order_number", Whole),
        Column("recurring_order", Whole),
        # Without its note, which is kept apart since it may have to be erased (rule E2).
        Column("record", Document, nullable=False),
        Column("note", Document, nullable=False),
        UniqueConstraint("account", "position", name=named.of("events_position")),
        Index(named.of("events_order"), "account", "order_number", "id"),
        Index(named.of("events_recurring"), "account", "recurring_order", "id"),
        named.index("events", "unplaced", "account", "id", where="position IS NULL"),
    )


def _followers(named: _Names) -> Table:
    return named.table(
        "followers",
        Column("account", Words, primary_key=True),
        Column("follower", Words, primary_key=True),
        Column("position", Whole, nullable=False),
    )


def _inbox(named: _Names) -> Table:
    return named.table(
        "inbox",
        # In the order in which they came.
        Column("id", Counted, primary_key=True, autoincrement=True),
        Column("account", Words, nullable=False),
        Column("system", Words, nullable=False),
        Column("event_id", Words, nullable=False),
        Column("kept_at", Moment, nullable=False),
        # When its attempt is looked for again; None is never by itself.
        Column("until", Moment),
        Column("tries", Whole, nullable=False),
        # None once its attempt was found: from then on it is only kept that it came (rule E2).
        Column("record", Document),
        UniqueConstraint("account", "system", "event_id", name=named.of("inbox_message")),
        # Over all accounts, and in one of them.
        named.index("inbox", "until", "until", "account", where="until IS NOT NULL"),
        named.index("inbox", "to_match", "account", "until", "id", where="until IS NOT NULL"),
        named.index("inbox", "unmatched", "account", "kept_at", "id", where="record IS NOT NULL"),
    )


def _installation(named: _Names) -> Table:
    return named.table(
        "installation",
        Column("one", Whole, primary_key=True, autoincrement=False),
        Column("mark", Words),
        # The time that a restored backup has lost.
        Column("lost_since", Moment),
        Column("lost_until", Moment),
        Column("skipped", Whole, nullable=False),
        CheckConstraint("one = 1", name=named.of("installation_one")),
    )
