"""Ten years of deliveries in a ledger, written as fast as the database allows."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine, insert, text

from bench.campaign import account_name, fact_name
from bot.ledger.tables import deliveries, posts

YEARS = 10
TOLD_FACTS = 1000

_DELIVERIES = """
    INSERT INTO deliveries (id, post_id, account_id, network, fact_id, template_id, message, state, due_at, attempts,
                            first_sent_at, last_sent_at, remote_id)
    SELECT p.id || '-' || a.name, p.id, a.name, 'file', p.fact_id, p.fact_id || '/en/a', '{}', 'sent', p.due_at, 1,
           p.due_at, p.due_at, p.id || '-' || a.name
    FROM posts p CROSS JOIN bench_accounts a
"""


def write_history(engine: Engine, count: int, accounts: int, now: datetime) -> None:
    """So many deliveries that were sent, of posts spread evenly over ten years, each to all accounts.

    A past message is never read again, so its text is left out, and so is the audit log.
    """
    how_many = count // accounts
    apart = timedelta(days=365.25 * YEARS) / how_many
    rows = []
    for number in range(how_many):
        at = now - (how_many - number) * apart
        rows.append(
            {
                "slot_id": f"past-{number}@{at:%Y-%m-%dT%H:%M}",
                "slot_name": "past",
                "slot_at": at,
                "due_at": at,
                "day": at.date(),
                "fact_id": fact_name(number % TOLD_FACTS),
                "fact_version": "00000000",
                "touched": False,
                "created_at": at,
            }
        )
    indexes = sorted(deliveries.indexes, key=lambda index: str(index.name))
    with engine.begin() as connection:
        for index in indexes:
            index.drop(connection)
        connection.execute(insert(posts), rows)
        connection.execute(text("CREATE TEMP TABLE bench_accounts (name VARCHAR(64))"))
        names = [{"name": account_name(number)} for number in range(accounts)]
        connection.execute(text("INSERT INTO bench_accounts VALUES (:name)"), names)
        connection.execute(text(_DELIVERIES))
        for index in indexes:
            index.create(connection)
    if engine.dialect.name == "postgresql":  # what autovacuum does by itself within minutes
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
