"""The main job, end to end: the real library goes through `bot run` to real servers, and is read back.

To watch it: ./dev test tests/acceptance/test_main_job.py -s
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.ledger import Delivery, Ledger, open_ledger
from bot.model import EntityKind, State
from tests.acceptance.followers import promised, seen_on_bluesky, seen_on_mastodon, seen_on_x
from tests.acceptance.worker import bot, environment, running_worker, stop, wait_until
from tests.servers.bluesky import BlueskyAccount, BlueskyServer
from tests.servers.mastodon import MastodonAccount, MastodonServer
from tests.world import copy_real_campaign
from tests.xfake.fixtures import x_account, x_server  # noqa: F401
from tests.xfake.server import XAccount, XServer

SLOTS = {
    "sqlite": 40,
    "postgresql": 16,
}  # the whole library once; the other database is a matter of the ledger
FINAL = {State.SENT, State.FAILED, State.SKIPPED}

CAMPAIGN = """
name: Forward Not Fragmented
time_zone: UTC
hashtags: [MineAction, ForwardNotFragmented]
horizon_days: 1
grace_minutes: 600
cool_downs: {fact_days: 60, group_days: 0, conflict_days: 0, account_minutes: 0}
"""


@dataclass
class Stage:
    """A campaign with one account on each real server, and a slot for each of the last minutes."""

    home: Path
    env: dict[str, str]
    ledger: Ledger
    start: datetime

    def deliveries(self, account: str | None = None) -> list[Delivery]:
        posts = self.ledger.posts_between(self.start - timedelta(days=1), self.start + timedelta(days=2))
        return [d for p in posts for d in p.deliveries if account in (None, d.account_id)]

    def sent(self, account: str) -> list[Delivery]:
        return [d for d in self.deliveries(account) if d.state is State.SENT]


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    bluesky_server: BlueskyServer,
    bluesky_account: BlueskyAccount,
    mastodon_server: MastodonServer,
    mastodon_account: MastodonAccount,
    x_server: XServer,  # noqa: F811
    x_account: XAccount,  # noqa: F811
) -> Stage:
    home = copy_real_campaign(tmp_path / "campaign")
    accounts = f"""
accounts:
  bluesky-en: {{network: bluesky, server: "{bluesky_server.url}", handle: {bluesky_account.handle}}}
  mastodon-en: {{network: mastodon, server: "{mastodon_server.url}", handle: {mastodon_account.name}}}
  x-en: {{network: x, server: "{x_server.url}", handle: {x_account.username}}}
"""
    count = SLOTS[request.param]
    start = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=count)
    moments = [start + timedelta(minutes=n) for n in range(count)]
    slots = "".join(
        f'  s{n:02d}: {{dates: [{m:%Y-%m-%d}], at: "{m:%H:%M}"}}\n' for n, m in enumerate(moments)
    )
    (home / "config/accounts.yaml").write_text(accounts)
    (home / "config/campaign.yaml").write_text(CAMPAIGN)
    (home / "config/slots.yaml").write_text(f"slots:\n{slots}observances: {{instead_of_slots: false}}\n")
    sqlite = f"sqlite:///{tmp_path / 'bot.db'}"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    secrets = {
        "BLUESKY_EN_APP_PASSWORD": bluesky_account.app_password,
        "MASTODON_EN_ACCESS_TOKEN": mastodon_account.access_token,
        "X_EN_API_KEY": x_account.consumer_key,
        "X_EN_API_SECRET": x_account.consumer_secret,
        "X_EN_ACCESS_TOKEN": x_account.access_token,
        "X_EN_ACCESS_TOKEN_SECRET": x_account.access_token_secret,
    }
    return Stage(home, environment(home, url, secrets), open_ledger(url), start)


def test_the_real_library_reaches_every_network_exactly_as_planned(
    stage: Stage,
    tmp_path: Path,
    bluesky_server: BlueskyServer,
    bluesky_account: BlueskyAccount,
    mastodon_server: MastodonServer,
    mastodon_account: MastodonAccount,
    x_server: XServer,  # noqa: F811
    x_account: XAccount,  # noqa: F811
) -> None:
    planned = bot("plan", "--now", stage.start.isoformat(), env=stage.env)
    assert planned.returncode == 0, planned.stderr
    messages = {d.id: d.message for d in stage.deliveries()}
    assert len(messages) >= 30, planned.stdout

    log = tmp_path / "worker.log"
    with running_worker(stage.env, log) as worker:
        wait_until(
            lambda: all(d.state in FINAL for d in stage.deliveries() if d.due_at <= datetime.now(UTC)),
            worker,
            log,
        )
        assert stop(worker) == 0

    refused = [(d.account_id, d.template_id, d.reason) for d in stage.deliveries() if d.state is State.FAILED]
    assert refused == []
    assert {d.id: d.message for d in stage.deliveries()} == messages
    for account in ("bluesky-en", "mastodon-en", "x-en"):
        assert len(stage.sent(account)) >= 10

    seen = {
        "bluesky-en": seen_on_bluesky(bluesky_server, bluesky_account),
        "mastodon-en": seen_on_mastodon(mastodon_server, mastodon_account),
        "x-en": seen_on_x(x_server, x_account),
    }
    for account, posts in seen.items():
        assert posts == promised(stage.sent(account), stage.ledger)
        assert all(len(post.pictures) == 1 and post.pictures[0].alt for post in posts.values())
        tags = {"MineAction", "ForwardNotFragmented"}
        wanted = {tag.casefold() for tag in tags} if account == "mastodon-en" else tags
        assert all(post.tags >= wanted for post in posts.values())
    assert {
        post.language for account in ("bluesky-en", "mastodon-en") for post in seen[account].values()
    } == {"en"}
    no_secret_was_logged(stage, log)


def no_secret_was_logged(stage: Stage, log: Path) -> None:
    text = log.read_text()
    for name, value in stage.env.items():
        if name.endswith(("PASSWORD", "TOKEN", "SECRET", "KEY")):
            assert value not in text


def test_entities_of_the_plan_are_what_they_say(stage: Stage) -> None:
    assert bot("plan", "--now", stage.start.isoformat(), env=stage.env).returncode == 0
    for delivery in stage.deliveries():
        data = delivery.message.text.encode()
        for entity in delivery.message.entities:
            shown = data[entity.byte_start : entity.byte_end].decode()
            assert shown == f"#{entity.value}" if entity.kind is EntityKind.TAG else shown in entity.value
