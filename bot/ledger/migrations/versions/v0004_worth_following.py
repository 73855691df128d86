"""Threads that stopped midway, pictures and their uploads, cards of links, reviews of translations, followers' answers."""

import sqlalchemy as sa
from alembic import op

from bot.ledger.tables import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _of_a_delivery() -> sa.Column[str]:
    return sa.Column(
        "delivery_id", sa.String(36), sa.ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True
    )


def upgrade() -> None:
    """Create the tables, and the column for what of a thread is out."""
    op.add_column("deliveries", sa.Column("parts", sa.JSON))
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("seen", sa.String(16), nullable=False),
        sa.Column("reviewed", sa.Boolean, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("at", Moment, nullable=False),
    )
    op.create_table(
        "media",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("mime", sa.String(40), nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("made_at", Moment, nullable=False),
    )
    op.create_table(
        "uploads",
        _of_a_delivery(),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("remote", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
    )
    op.create_table(
        "link_cards",
        sa.Column("url", sa.String(2000), primary_key=True),
        sa.Column("title", sa.Text),
        sa.Column("description", sa.Text),
        sa.Column("image_key", sa.String(64)),
        sa.Column("why_not", sa.Text),
        sa.Column("looked_at", Moment, nullable=False),
    )
    op.create_table(
        "responses",
        _of_a_delivery(),
        *(sa.Column(name, sa.Integer) for name in ("likes", "reposts", "replies", "views")),
        sa.Column("asked_at", Moment, nullable=False),
    )
    op.create_index("ix_responses_asked", "responses", ["asked_at"])
    op.create_table(
        "follow_ups",
        _of_a_delivery(),
        sa.Column("correction", sa.String(200)),
        sa.Column("left_as", sa.Text),
        sa.Column("tried", sa.Integer, nullable=False),
        sa.Column("trouble", sa.Text),
        sa.Column("again_at", Moment),
    )


def downgrade() -> None:
    """Drop them: what was reviewed is to be reviewed anew, and a thread that stopped midway is looked for again."""
    for name in ("follow_ups", "responses", "link_cards", "uploads", "media", "reviews"):
        op.drop_table(name)
    with op.batch_alter_table("deliveries") as deliveries:
        deliveries.drop_column("parts")
