"""The host's own tables, as they were before it sold anything."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(200)),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("users")
