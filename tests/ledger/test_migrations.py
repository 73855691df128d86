"""A ledger with years in it comes through each change of the tables, and can go back."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from bot.ledger import Ledger
from bot.ledger.database import _MIGRATIONS, migrate, open_engine
from bot.ledger.migrations.head import HEAD
from bot.ledger.tables import METADATA
from bot.model import Scope, State
from tests.world import HOUR, NOW, planned

OF_PEOPLE = {"users", "sessions", "sign_in_attempts", "sign_in_links"}


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path) -> Engine:
    if request.param == "sqlite":
        return open_engine(f"sqlite:///{tmp_path / 'bot.db'}")
    return open_engine(request.getfixturevalue("postgres_url"))


def config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["engine"] = engine
    return config


def test_the_newest_version_is_the_one_the_code_names() -> None:
    scripts = Config()
    scripts.set_main_option("script_location", str(_MIGRATIONS))
    assert ScriptDirectory.from_config(scripts).get_heads() == [HEAD]


def test_what_was_posted_and_paused_before_there_were_people_is_still_there(engine: Engine) -> None:
    command.upgrade(config(engine), "0001")
    assert not OF_PEOPLE & set(inspect(engine).get_table_names())
    old = Ledger(engine)
    old.store_plan([planned("morning")], {"one": "file"}, NOW - HOUR, NOW + HOUR, NOW, "test")
    old.pause(Scope.ALL, "", "test", "an election", NOW)

    migrate(engine)
    ledger = Ledger(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    (post,) = ledger.posts_between(NOW - HOUR, NOW + HOUR)
    assert post.deliveries[0].state is State.PLANNED
    assert [pause.why for pause in ledger.pauses()] == ["an election"]
    assert ledger.users() == []


def test_going_back_takes_only_the_people(engine: Engine) -> None:
    migrate(engine)
    Ledger(engine).pause(Scope.ALL, "", "test", "an election", NOW)
    command.downgrade(config(engine), "0001")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM pauses")) == 1
    assert not OF_PEOPLE & set(inspect(engine).get_table_names())
    migrate(engine)
    assert set(inspect(engine).get_table_names()) >= OF_PEOPLE
