"""Alembic's entry: runs the migrations on the engine that bot.ledger.database hands over."""

from alembic import context
from sqlalchemy import text

from bot.ledger.tables import METADATA


def run() -> None:
    """Run the migrations in one transaction; on PostgreSQL under a lock, so that two hosts do not race."""
    engine = context.config.attributes["engine"]
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7219402)"))
        context.configure(connection=connection, target_metadata=METADATA, transactional_ddl=True)
        context.run_migrations()


run()
