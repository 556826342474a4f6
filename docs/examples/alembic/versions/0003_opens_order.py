"""A column that a newer version of ordersales keeps, filled from the records that are there."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import MetaData

from ordersales.adapters.sqlalchemy import derive_again, tables

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add it, derive it from each order's record, and let it be empty no more."""
    op.add_column("sales_invoices", sa.Column("opens_order", sa.Boolean()), schema="sales")
    derive_again(op.get_bind(), tables(MetaData(), prefix="sales_", schema="sales"))
    op.alter_column("sales_invoices", "opens_order", nullable=False, schema="sales")


def downgrade() -> None:
    """Drop it: it follows from the records."""
    op.drop_column("sales_invoices", "opens_order", schema="sales")
