"""Addresses at which a person's own calendar reads the plan."""

import sqlalchemy as sa
from alembic import op

from bot.ledger.tables import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "feeds",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column(
            "user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, unique=True
        ),
        sa.Column("created_at", Moment, nullable=False),
    )


def downgrade() -> None:
    """Drop the table; everybody who wants a feed has to make it anew."""
    op.drop_table("feeds")
