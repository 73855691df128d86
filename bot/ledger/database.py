"""Opens the database that DATABASE_URL names, and brings its tables up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from bot.ledger.ledger import Ledger
from bot.model import Misconfigured

DEFAULT_URL = "sqlite:///var/bot.db"
_MIGRATIONS = Path(__file__).parent / "migrations"


def open_ledger(url: str | None = None) -> Ledger:
    """The ledger at a database URL (SQLite or PostgreSQL), migrated. Raises Misconfigured when it cannot be opened."""
    engine = open_engine(url)
    migrate(engine)
    return Ledger(engine)


def open_engine(url: str | None = None) -> Engine:
    """An engine with the settings each database needs for exactly-once work."""
    try:
        parsed = make_url(_with_driver(url or DEFAULT_URL))
    except ArgumentError:
        raise Misconfigured(
            "DATABASE_URL is not a database address. Write sqlite:///var/bot.db or postgresql://user@host/name."
        ) from None
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    return create_engine(parsed, pool_pre_ping=True, pool_size=5, max_overflow=5)


def _with_driver(url: str) -> str:
    # Hosts write postgres:// or postgresql://; SQLAlchemy wants the driver's name too.
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def _sqlite(parsed: Any) -> Engine:
    if parsed.database and parsed.database != ":memory:":
        try:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Misconfigured(
                f"The folder of {parsed.database} cannot be made: {error.strerror}."
            ) from error
    engine = create_engine(parsed, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        # The driver's own transaction handling would begin too late to lock out other writers.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        reads = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest version; cheap when they are there already."""
    from bot.ledger.migrations.head import HEAD

    try:
        with engine.connect() as connection:
            if _version(connection) == HEAD:
                return
    except OperationalError as error:
        where = engine.url.render_as_string(hide_password=True)
        raise Misconfigured(f"The database at {where} cannot be opened: {error.orig}.") from error
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["engine"] = engine
    command.upgrade(config, "head")


def _version(connection: Any) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found
