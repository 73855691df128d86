"""The first tables: posts and deliveries, the audit log, and what steers and watches the workers."""

import sqlalchemy as sa
from alembic import op

from bot.ledger.tables import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    settled = sa.text("state NOT IN ('planned', 'approved', 'due', 'sending', 'unknown')")
    op.create_table(
        "posts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slot_id", sa.String(200), nullable=False, unique=True),
        sa.Column("slot_name", sa.String(64), nullable=False),
        sa.Column("slot_at", Moment, nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("fact_id", sa.String(64)),
        sa.Column("fact_version", sa.String(16)),
        sa.Column("observance_id", sa.String(64)),
        sa.Column("skip_reason", sa.Text),
        sa.Column("touched", sa.Boolean, nullable=False),
        sa.Column("override_reason", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("edited_by", sa.String(100)),
        sa.Column("created_at", Moment, nullable=False),
        sa.Index("ix_posts_due_at", "due_at"),
        sa.Index("ix_posts_slot_at", "slot_at"),
        sa.Index("ix_posts_fact_id", "fact_id", "due_at"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("post_id", sa.Integer, sa.ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("network", sa.String(64), nullable=False),
        sa.Column("fact_id", sa.String(64), nullable=False),
        sa.Column("template_id", sa.String(200), nullable=False),
        sa.Column("message", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("not_before", Moment),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("worker", sa.String(100)),
        sa.Column("first_sent_at", Moment),
        sa.Column("last_sent_at", Moment),
        sa.Column("remote_id", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("deleted_at", Moment),
        sa.UniqueConstraint("post_id", "account_id", name="uq_deliveries_post_account"),
        sa.Index("ix_deliveries_state_due", "state", "due_at"),
        sa.Index("ix_deliveries_account", "account_id", "due_at"),
        sa.Index("ix_deliveries_account_sent", "account_id", "last_sent_at"),
        sa.Index("ix_deliveries_settled", "due_at", "id", sqlite_where=settled, postgresql_where=settled),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("was", sa.String(16)),
        sa.Column("became", sa.String(16), nullable=False),
        sa.Column("why", sa.Text),
        sa.Index("ix_audit_what", "what"),
    )
    op.create_table(
        "account_rules",
        sa.Column("account_id", sa.String(64), primary_key=True),
        sa.Column("rules", sa.JSON, nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
    )

    _create_what_steers()
    _create_what_watches()


def _create_what_steers() -> None:
    op.create_table(
        "pauses",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("ended_at", Moment),
        sa.Column("ended_by", sa.String(100)),
        sa.Index("ix_pauses_ended", "ended_at"),
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("fact_id", sa.String(64), nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("lifted_at", Moment),
        sa.Column("lifted_by", sa.String(100)),
        sa.Index("ix_holds_lifted", "lifted_at"),
    )
    op.create_table(
        "confirmations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("fact_id", sa.String(64), nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("review_by", sa.Date, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("seen", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Index("ix_confirmations_fact", "fact_id"),
    )


def _create_what_watches() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.String(100), primary_key=True),
        sa.Column("beat", sa.Integer, nullable=False),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("beat_at", Moment, nullable=False),
        sa.Column("healthy_at", Moment),
        sa.Column("trouble", sa.Text),
    )
    op.create_table(
        "allowances",
        sa.Column("account_id", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("remaining", sa.Integer, nullable=False),
        sa.Column("resets_at", Moment, nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
    )
    op.create_table(
        "alerts",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("raised_at", Moment, nullable=False),
        sa.Column("told_at", Moment),
        sa.Column("cleared_at", Moment),
    )


def downgrade() -> None:
    """Drop the tables, and all that was recorded."""
    everything = (
        "alerts",
        "allowances",
        "workers",
        "confirmations",
        "holds",
        "pauses",
        "account_rules",
        "audit",
    )
    for table in (*everything, "deliveries", "posts"):
        op.drop_table(table)
