"""The tables of ordersales beside them, as Alembic wrote them down."""

import sqlalchemy as sa
from alembic import op

import ordersales.adapters.sqlalchemy.columns

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Go there."""
    op.create_table(
        "sales_events",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "account",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("order_number", sa.BigInteger(), nullable=True),
        sa.Column("recurring_order", sa.BigInteger(), nullable=True),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account", "position", name="sales_events_position"),
        schema="sales",
    )
    op.create_index(
        "sales_events_order",
        "sales_events",
        ["account", "order_number", "id"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_events_recurring",
        "sales_events",
        ["account", "recurring_order", "id"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_events_unplaced",
        "sales_events",
        ["account", "id"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("position IS NULL"),
        sqlite_where=sa.text("position IS NULL"),
    )
    op.create_table(
        "sales_followers",
        sa.Column(
            "account",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "follower",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "follower"),
        schema="sales",
    )
    op.create_table(
        "sales_inbox",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "account",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "system",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "event_id",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "kept_at", ordersales.adapters.sqlalchemy.columns.Moment(timezone=True), nullable=False
        ),
        sa.Column(
            "until", ordersales.adapters.sqlalchemy.columns.Moment(timezone=True), nullable=True
        ),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account", "system", "event_id", name="sales_inbox_message"),
        schema="sales",
    )
    op.create_index(
        "sales_inbox_to_match",
        "sales_inbox",
        ["account", "until", "id"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("until IS NOT NULL"),
        sqlite_where=sa.text("until IS NOT NULL"),
    )
    op.create_index(
        "sales_inbox_unmatched",
        "sales_inbox",
        ["account", "kept_at", "id"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("record IS NOT NULL"),
        sqlite_where=sa.text("record IS NOT NULL"),
    )
    op.create_index(
        "sales_inbox_until",
        "sales_inbox",
        ["until", "account"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("until IS NOT NULL"),
        sqlite_where=sa.text("until IS NOT NULL"),
    )
    op.create_table(
        "sales_installation",
        sa.Column("one", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "mark", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column(
            "lost_since",
            ordersales.adapters.sqlalchemy.columns.Moment(timezone=True),
            nullable=True,
        ),
        sa.Column(
            "lost_until",
            ordersales.adapters.sqlalchemy.columns.Moment(timezone=True),
            nullable=True,
        ),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("one = 1", name="sales_installation_one"),
        sa.PrimaryKeyConstraint("one"),
        schema="sales",
    )
    op.create_table(
        "sales_numbers",
        sa.Column(
            "account",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("last_order", sa.BigInteger(), nullable=False),
        sa.Column("last_invoice", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
        schema="sales",
    )
    op.create_table(
        "sales_orders",
        sa.Column(
            "account",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "key", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "placed_at",
            ordersales.adapters.sqlalchemy.columns.Moment(timezone=True),
            nullable=False,
        ),
        sa.Column(
            "customer",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "customer_folded",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "offer",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "offer_name",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "offer_folded",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "category_name",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "currency",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column(
            "manager",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "manager_name",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "manager_folded",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column(
            "payment_type",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("needs_attention", sa.Boolean(), nullable=False),
        sa.Column("recurring_order", sa.BigInteger(), nullable=True),
        sa.Column("occurrence", sa.BigInteger(), nullable=True),
        sa.Column(
            "next_check",
            ordersales.adapters.sqlalchemy.columns.Moment(timezone=True),
            nullable=True,
        ),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "number"),
        sa.UniqueConstraint("account", "key", name="sales_orders_key"),
        schema="sales",
    )
    op.create_index(
        "sales_orders_attention",
        "sales_orders",
        ["account", "number"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("needs_attention"),
        sqlite_where=sa.text("needs_attention = 1"),
    )
    op.create_index(
        "sales_orders_category",
        "sales_orders",
        ["account", "category", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_orders_check",
        "sales_orders",
        ["next_check", "account"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("next_check IS NOT NULL"),
        sqlite_where=sa.text("next_check IS NOT NULL"),
    )
    op.create_index(
        "sales_orders_customer",
        "sales_orders",
        ["account", "customer", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_orders_customer_folded",
        "sales_orders",
        ["account", "customer_folded", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_orders_manager",
        "sales_orders",
        ["account", "manager", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_orders_manager_folded",
        "sales_orders",
        ["account", "manager_folded", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_orders_occurrence",
        "sales_orders",
        ["account", "recurring_order", "occurrence"],
        unique=True,
        schema="sales",
        postgresql_where=sa.text("recurring_order IS NOT NULL"),
        sqlite_where=sa.text("recurring_order IS NOT NULL"),
    )
    op.create_index(
        "sales_orders_offer",
        "sales_orders",
        ["account", "offer", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_orders_offer_folded",
        "sales_orders",
        ["account", "offer_folded", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_orders_placed",
        "sales_orders",
        ["account", "placed_at", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_orders_price",
        "sales_orders",
        ["account", "currency", "price", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_orders_quantity",
        "sales_orders",
        ["account", "quantity", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_orders_regular",
        "sales_orders",
        ["account", "number"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("recurring_order IS NULL"),
        sqlite_where=sa.text("recurring_order IS NULL"),
    )
    op.create_index(
        "sales_orders_status",
        "sales_orders",
        ["account", "status", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_orders_to_check",
        "sales_orders",
        ["account", "next_check", "number"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("next_check IS NOT NULL"),
        sqlite_where=sa.text("next_check IS NOT NULL"),
    )
    op.create_index(
        "sales_orders_unit_price",
        "sales_orders",
        ["account", "currency", "unit_price", "number"],
        unique=False,
        schema="sales",
    )
    op.create_table(
        "sales_recurring_orders",
        sa.Column(
            "account",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "key", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column(
            "status",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "started_at",
            ordersales.adapters.sqlalchemy.columns.Moment(timezone=True),
            nullable=False,
        ),
        sa.Column(
            "customer",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "customer_folded",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "offer",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "offer_folded",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "currency",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column(
            "system",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "manager",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("payments_made", sa.BigInteger(), nullable=False),
        sa.Column("payments_remaining", sa.BigInteger(), nullable=True),
        sa.Column(
            "next_action",
            ordersales.adapters.sqlalchemy.columns.Moment(timezone=True),
            nullable=True,
        ),
        sa.Column("just_activated", sa.Boolean(), nullable=False),
        sa.Column(
            "claimed_until",
            ordersales.adapters.sqlalchemy.columns.Moment(timezone=True),
            nullable=True,
        ),
        sa.Column(
            "claim_at", ordersales.adapters.sqlalchemy.columns.Moment(timezone=True), nullable=True
        ),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "number"),
        sa.UniqueConstraint("account", "key", name="sales_recurring_orders_key"),
        schema="sales",
    )
    op.create_index(
        "sales_recurring_orders_activated",
        "sales_recurring_orders",
        ["account", "claim_at", "number"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("claim_at IS NOT NULL AND just_activated"),
        sqlite_where=sa.text("claim_at IS NOT NULL AND just_activated = 1"),
    )
    op.create_index(
        "sales_recurring_orders_category",
        "sales_recurring_orders",
        ["account", "category", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_recurring_orders_customer",
        "sales_recurring_orders",
        ["account", "customer", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_recurring_orders_customer_folded",
        "sales_recurring_orders",
        ["account", "customer_folded", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_recurring_orders_due",
        "sales_recurring_orders",
        ["account", "next_action", "number"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("next_action IS NOT NULL"),
        sqlite_where=sa.text("next_action IS NOT NULL"),
    )
    op.create_index(
        "sales_recurring_orders_made",
        "sales_recurring_orders",
        ["account", "payments_made", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_recurring_orders_manager",
        "sales_recurring_orders",
        ["account", "manager", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_recurring_orders_next",
        "sales_recurring_orders",
        ["account", sa.literal_column("coalesce(next_action, 'infinity')"), "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_recurring_orders_offer",
        "sales_recurring_orders",
        ["account", "offer", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_recurring_orders_offer_folded",
        "sales_recurring_orders",
        ["account", "offer_folded", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_recurring_orders_others",
        "sales_recurring_orders",
        ["account", "claim_at", "number"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("claim_at IS NOT NULL AND NOT just_activated"),
        sqlite_where=sa.text("claim_at IS NOT NULL AND just_activated = 0"),
    )
    op.create_index(
        "sales_recurring_orders_price",
        "sales_recurring_orders",
        ["account", "currency", "price", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_recurring_orders_quantity",
        "sales_recurring_orders",
        ["account", "quantity", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_recurring_orders_remaining",
        "sales_recurring_orders",
        [
            "account",
            sa.literal_column("coalesce(payments_remaining, 9223372036854775807)"),
            "number",
        ],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_recurring_orders_started",
        "sales_recurring_orders",
        ["account", "started_at", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_recurring_orders_status",
        "sales_recurring_orders",
        ["account", "status", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_recurring_orders_system",
        "sales_recurring_orders",
        ["account", "system", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_recurring_orders_to_charge",
        "sales_recurring_orders",
        ["claim_at", "account"],
        unique=False,
        schema="sales",
        postgresql_where=sa.text("claim_at IS NOT NULL"),
        sqlite_where=sa.text("claim_at IS NOT NULL"),
    )
    op.create_table(
        "sales_sales_plans",
        sa.Column(
            "account",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "customer",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "offer",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "customer", "offer"),
        schema="sales",
    )
    op.create_table(
        "sales_invoices",
        sa.Column(
            "account",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_number", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column(
            "key", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "attempted_at",
            ordersales.adapters.sqlalchemy.columns.Moment(timezone=True),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "system",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "currency",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("covers", sa.BigInteger(), nullable=False),
        sa.Column("commission", sa.BigInteger(), nullable=True),
        sa.Column(
            "paid_at", ordersales.adapters.sqlalchemy.columns.Moment(timezone=True), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["account", "order_number"],
            ["sales.sales_orders.account", "sales.sales_orders.number"],
            name="sales_invoices_order",
        ),
        sa.PrimaryKeyConstraint("account", "number"),
        sa.UniqueConstraint("account", "key", name="sales_invoices_key"),
        schema="sales",
    )
    op.create_index(
        "sales_invoices_amount",
        "sales_invoices",
        ["account", "currency", "amount", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_invoices_attempted",
        "sales_invoices",
        ["account", "attempted_at", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_invoices_order",
        "sales_invoices",
        ["account", "order_number", "place"],
        unique=True,
        schema="sales",
    )
    op.create_index(
        "sales_invoices_paid",
        "sales_invoices",
        ["account", "paid_at", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_invoices_status",
        "sales_invoices",
        ["account", "status", "number"],
        unique=False,
        schema="sales",
    )
    op.create_index(
        "sales_invoices_system",
        "sales_invoices",
        ["account", "system", "number"],
        unique=False,
        schema="sales",
    )
    op.create_table(
        "sales_refund_keys",
        sa.Column(
            "account",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "key", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("order_number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account", "order_number"],
            ["sales.sales_orders.account", "sales.sales_orders.number"],
            name="sales_refund_keys_order",
        ),
        sa.PrimaryKeyConstraint("account", "key"),
        schema="sales",
    )
    op.create_table(
        "sales_refunds",
        sa.Column(
            "account",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("invoice", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "kind", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "status",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "currency",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "returned_at",
            ordersales.adapters.sqlalchemy.columns.Moment(timezone=True),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["account", "invoice"],
            ["sales.sales_invoices.account", "sales.sales_invoices.number"],
            name="sales_refunds_invoice",
        ),
        sa.PrimaryKeyConstraint("account", "invoice", "number"),
        schema="sales",
    )
    op.create_index(
        "sales_refunds_returned",
        "sales_refunds",
        ["account", "returned_at", "invoice"],
        unique=False,
        schema="sales",
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("sales_refunds_returned", table_name="sales_refunds", schema="sales")
    op.drop_table("sales_refunds", schema="sales")
    op.drop_table("sales_refund_keys", schema="sales")
    op.drop_index("sales_invoices_system", table_name="sales_invoices", schema="sales")
    op.drop_index("sales_invoices_status", table_name="sales_invoices", schema="sales")
    op.drop_index("sales_invoices_paid", table_name="sales_invoices", schema="sales")
    op.drop_index("sales_invoices_order", table_name="sales_invoices", schema="sales")
    op.drop_index("sales_invoices_attempted", table_name="sales_invoices", schema="sales")
    op.drop_index("sales_invoices_amount", table_name="sales_invoices", schema="sales")
    op.drop_table("sales_invoices", schema="sales")
    op.drop_table("sales_sales_plans", schema="sales")
    op.drop_index(
        "sales_recurring_orders_to_charge",
        table_name="sales_recurring_orders",
        schema="sales",
        postgresql_where=sa.text("claim_at IS NOT NULL"),
        sqlite_where=sa.text("claim_at IS NOT NULL"),
    )
    op.drop_index(
        "sales_recurring_orders_system", table_name="sales_recurring_orders", schema="sales"
    )
    op.drop_index(
        "sales_recurring_orders_status", table_name="sales_recurring_orders", schema="sales"
    )
    op.drop_index(
        "sales_recurring_orders_started", table_name="sales_recurring_orders", schema="sales"
    )
    op.drop_index(
        "sales_recurring_orders_remaining", table_name="sales_recurring_orders", schema="sales"
    )
    op.drop_index(
        "sales_recurring_orders_quantity", table_name="sales_recurring_orders", schema="sales"
    )
    op.drop_index(
        "sales_recurring_orders_price", table_name="sales_recurring_orders", schema="sales"
    )
    op.drop_index(
        "sales_recurring_orders_others",
        table_name="sales_recurring_orders",
        schema="sales",
        postgresql_where=sa.text("claim_at IS NOT NULL AND NOT just_activated"),
        sqlite_where=sa.text("claim_at IS NOT NULL AND just_activated = 0"),
    )
    op.drop_index(
        "sales_recurring_orders_offer_folded", table_name="sales_recurring_orders", schema="sales"
    )
    op.drop_index(
        "sales_recurring_orders_offer", table_name="sales_recurring_orders", schema="sales"
    )
    op.drop_index(
        "sales_recurring_orders_next", table_name="sales_recurring_orders", schema="sales"
    )
    op.drop_index(
        "sales_recurring_orders_manager", table_name="sales_recurring_orders", schema="sales"
    )
    op.drop_index(
        "sales_recurring_orders_made", table_name="sales_recurring_orders", schema="sales"
    )
    op.drop_index(
        "sales_recurring_orders_due",
        table_name="sales_recurring_orders",
        schema="sales",
        postgresql_where=sa.text("next_action IS NOT NULL"),
        sqlite_where=sa.text("next_action IS NOT NULL"),
    )
    op.drop_index(
        "sales_recurring_orders_customer_folded",
        table_name="sales_recurring_orders",
        schema="sales",
    )
    op.drop_index(
        "sales_recurring_orders_customer", table_name="sales_recurring_orders", schema="sales"
    )
    op.drop_index(
        "sales_recurring_orders_category", table_name="sales_recurring_orders", schema="sales"
    )
    op.drop_index(
        "sales_recurring_orders_activated",
        table_name="sales_recurring_orders",
        schema="sales",
        postgresql_where=sa.text("claim_at IS NOT NULL AND just_activated"),
        sqlite_where=sa.text("claim_at IS NOT NULL AND just_activated = 1"),
    )
    op.drop_table("sales_recurring_orders", schema="sales")
    op.drop_index("sales_orders_unit_price", table_name="sales_orders", schema="sales")
    op.drop_index(
        "sales_orders_to_check",
        table_name="sales_orders",
        schema="sales",
        postgresql_where=sa.text("next_check IS NOT NULL"),
        sqlite_where=sa.text("next_check IS NOT NULL"),
    )
    op.drop_index("sales_orders_status", table_name="sales_orders", schema="sales")
    op.drop_index(
        "sales_orders_regular",
        table_name="sales_orders",
        schema="sales",
        postgresql_where=sa.text("recurring_order IS NULL"),
        sqlite_where=sa.text("recurring_order IS NULL"),
    )
    op.drop_index("sales_orders_quantity", table_name="sales_orders", schema="sales")
    op.drop_index("sales_orders_price", table_name="sales_orders", schema="sales")
    op.drop_index("sales_orders_placed", table_name="sales_orders", schema="sales")
    op.drop_index("sales_orders_offer_folded", table_name="sales_orders", schema="sales")
    op.drop_index("sales_orders_offer", table_name="sales_orders", schema="sales")
    op.drop_index(
        "sales_orders_occurrence",
        table_name="sales_orders",
        schema="sales",
        postgresql_where=sa.text("recurring_order IS NOT NULL"),
        sqlite_where=sa.text("recurring_order IS NOT NULL"),
    )
    op.drop_index("sales_orders_manager_folded", table_name="sales_orders", schema="sales")
    op.drop_index("sales_orders_manager", table_name="sales_orders", schema="sales")
    op.drop_index("sales_orders_customer_folded", table_name="sales_orders", schema="sales")
    op.drop_index("sales_orders_customer", table_name="sales_orders", schema="sales")
    op.drop_index(
        "sales_orders_check",
        table_name="sales_orders",
        schema="sales",
        postgresql_where=sa.text("next_check IS NOT NULL"),
        sqlite_where=sa.text("next_check IS NOT NULL"),
    )
    op.drop_index("sales_orders_category", table_name="sales_orders", schema="sales")
    op.drop_index(
        "sales_orders_attention",
        table_name="sales_orders",
        schema="sales",
        postgresql_where=sa.text("needs_attention"),
        sqlite_where=sa.text("needs_attention = 1"),
    )
    op.drop_table("sales_orders", schema="sales")
    op.drop_table("sales_numbers", schema="sales")
    op.drop_table("sales_installation", schema="sales")
    op.drop_index(
        "sales_inbox_until",
        table_name="sales_inbox",
        schema="sales",
        postgresql_where=sa.text("until IS NOT NULL"),
        sqlite_where=sa.text("until IS NOT NULL"),
    )
    op.drop_index(
        "sales_inbox_unmatched",
        table_name="sales_inbox",
        schema="sales",
        postgresql_where=sa.text("record IS NOT NULL"),
        sqlite_where=sa.text("record IS NOT NULL"),
    )
    op.drop_index(
        "sales_inbox_to_match",
        table_name="sales_inbox",
        schema="sales",
        postgresql_where=sa.text("until IS NOT NULL"),
        sqlite_where=sa.text("until IS NOT NULL"),
    )
    op.drop_table("sales_inbox", schema="sales")
    op.drop_table("sales_followers", schema="sales")
    op.drop_index(
        "sales_events_unplaced",
        table_name="sales_events",
        schema="sales",
        postgresql_where=sa.text("position IS NULL"),
        sqlite_where=sa.text("position IS NULL"),
    )
    op.drop_index("sales_events_recurring", table_name="sales_events", schema="sales")
    op.drop_index("sales_events_order", table_name="sales_events", schema="sales")
    op.drop_table("sales_events", schema="sales")
