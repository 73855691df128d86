"""The tables. Moments are UTC; a post belongs to a slot, a delivery to a post and an account."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; a naive datetime is a programming error."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Back as aware UTC."""
        if value is None:
            return None
        aware: datetime = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware


METADATA = MetaData()

posts = Table(
    "posts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("slot_id", String(200), nullable=False, unique=True),
    Column("slot_name", String(64), nullable=False),
    Column("slot_at", Moment, nullable=False),  # the slot's own moment; due_at moves with people's wishes
    Column("due_at", Moment, nullable=False),
    Column("day", Date, nullable=False),
    Column("fact_id", String(64)),
    Column("fact_version", String(16)),
    Column("observance_id", String(64)),
    Column("skip_reason", Text),
    Column("touched", Boolean, nullable=False, default=False),
    Column("override_reason", Text),
    Column("version", Integer, nullable=False, default=1),  # one more with each change by a person
    Column("edited_by", String(100)),
    Column("created_at", Moment, nullable=False),
    Index("ix_posts_due_at", "due_at"),
    Index("ix_posts_slot_at", "slot_at"),
    Index("ix_posts_fact_id", "fact_id", "due_at"),
)

deliveries = Table(
    "deliveries",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("post_id", Integer, ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", String(64), nullable=False),
    Column("network", String(64), nullable=False),
    Column("fact_id", String(64), nullable=False),
    Column("template_id", String(200), nullable=False),
    Column("message", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("not_before", Moment),
    Column("attempts", Integer, nullable=False, default=0),
    Column("worker", String(100)),
    Column("first_sent_at", Moment),
    Column("last_sent_at", Moment),
    Column("remote_id", Text),
    Column("url", Text),
    Column("reason", Text),
    Column("deleted_at", Moment),
    Column("parts", JSON),  # of a thread: the network's ids of its posts that are out, in order
    UniqueConstraint("post_id", "account_id", name="uq_deliveries_post_account"),
    Index("ix_deliveries_state_due", "state", "due_at"),
    Index("ix_deliveries_account", "account_id", "due_at"),
    Index("ix_deliveries_account_sent", "account_id", "last_sent_at"),
    # For looking back. Partial, so that no claim is tempted to go through it from its oldest end.
    # It is made by v0001; naming its condition here, too, would load both databases' dialects into every worker.
    Index("ix_deliveries_settled", "due_at", "id"),
)

audit = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("who", String(100), nullable=False),
    Column("what", String(200), nullable=False),
    Column("was", String(16)),
    Column("became", String(16), nullable=False),
    Column("why", Text),
    Index("ix_audit_what", "what"),
)

account_rules = Table(
    "account_rules",
    METADATA,
    Column("account_id", String(64), primary_key=True),
    Column("rules", JSON, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

workers = Table(
    "workers",
    METADATA,
    Column("id", String(100), primary_key=True),
    Column("beat", Integer, nullable=False),  # grows; others watch it grow by their own clocks
    Column("started_at", Moment, nullable=False),
    Column("beat_at", Moment, nullable=False),
    Column("healthy_at", Moment),  # the last tick in which everything went well
    Column("trouble", Text),
)

pauses = Table(
    "pauses",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("scope", String(16), nullable=False),
    Column("name", String(64), nullable=False),  # empty for everything
    Column("who", String(100), nullable=False),
    Column("why", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", String(100)),
    Index("ix_pauses_ended", "ended_at"),
)

holds = Table(
    "holds",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("fact_id", String(64), nullable=False),
    Column("who", String(100), nullable=False),
    Column("why", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("lifted_at", Moment),
    Column("lifted_by", String(100)),
    Index("ix_holds_lifted", "lifted_at"),
)

confirmations = Table(
    "confirmations",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("fact_id", String(64), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("review_by", Date, nullable=False),
    Column("who", String(100), nullable=False),
    Column("seen", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_confirmations_fact", "fact_id"),
)

reviews = Table(
    "reviews",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False),  # a fact, or observance: and a day
    Column("language", String(8), nullable=False),
    Column("seen", String(16), nullable=False),  # the fingerprint of what was read
    Column("reviewed", Boolean, nullable=False),  # false: the word was taken back
    Column("who", String(100), nullable=False),
    Column("at", Moment, nullable=False),
)

media = Table(
    "media",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("mime", String(40), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("made_at", Moment, nullable=False),
)

uploads = Table(
    "uploads",
    METADATA,
    Column("delivery_id", String(36), ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("remote", Text, nullable=False),  # the network's own name for it
    Column("at", Moment, nullable=False),
)

link_cards = Table(
    "link_cards",
    METADATA,
    Column("url", String(2000), primary_key=True),
    Column("title", Text),  # empty where the page could not be read
    Column("description", Text),
    Column("image_key", String(64)),
    Column("why_not", Text),
    Column("looked_at", Moment, nullable=False),
)

responses = Table(
    "responses",
    METADATA,
    Column("delivery_id", String(36), ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("likes", Integer),
    Column("reposts", Integer),
    Column("replies", Integer),
    Column("views", Integer),
    Column("asked_at", Moment, nullable=False),
    Index("ix_responses_asked", "asked_at"),
)

follow_ups = Table(
    "follow_ups",
    METADATA,
    Column("delivery_id", String(36), ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("correction", String(200)),  # the slot of the post that corrects it
    Column("left_as", Text),  # why its fact was not posted any more when a person said: leave it
    Column("tried", Integer, nullable=False),  # to delete it, so often
    Column("trouble", Text),  # why that failed
    Column("again_at", Moment),
)

allowances = Table(
    "allowances",
    METADATA,
    Column("account_id", String(64), primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("remaining", Integer, nullable=False),
    Column("resets_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

alerts = Table(
    "alerts",
    METADATA,
    Column("key", String(200), primary_key=True),
    Column("text", Text, nullable=False),
    Column("raised_at", Moment, nullable=False),
    Column("told_at", Moment),
    Column("cleared_at", Moment),
)

users = Table(
    "users",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("email", String(254)),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text),
    Column("active", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
)

sessions = Table(
    "sessions",
    METADATA,
    Column("id", String(64), primary_key=True),  # SHA-256 of the token: a copy of the table opens nothing
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("how", String(16), nullable=False),  # it began: password or link
    Column("notice", Text),  # what the next page is to say
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Index("ix_sessions_user", "user_id"),
)

sign_in_attempts = Table(
    "sign_in_attempts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("key", String(200), nullable=False),  # whose: a name, or an address
    Column("at", Moment, nullable=False),
    Index("ix_sign_in_attempts_key", "key", "at"),
)

sign_in_links = Table(
    "sign_in_links",
    METADATA,
    Column("id", String(64), primary_key=True),  # SHA-256 of the token
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)

feeds = Table(
    "feeds",
    METADATA,
    Column("id", String(64), primary_key=True),  # SHA-256 of the token in the feed's address
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
)
