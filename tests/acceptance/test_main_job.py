"""The main job, end to end: the real library goes through `bot run` to real servers, and is read back.

To watch it: ./dev test tests/acceptance/test_main_job.py -s
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.ledger import Delivery, Ledger, open_ledger
from bot.model import EntityKind, State
from tests.acceptance.worker import bot, environment, running_worker, stop, wait_until
from tests.servers.bluesky import BlueskyAccount, BlueskyServer
from tests.servers.mastodon import MastodonAccount, MastodonServer
from tests.world import copy_real_campaign
from tests.xfake.fixtures import x_account, x_server  # noqa: F401
from tests.xfake.server import XAccount, XServer

SLOTS = 40
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
    start = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=SLOTS)
    moments = [start + timedelta(minutes=n) for n in range(SLOTS)]
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
    promised = {d.id: d.message for d in stage.deliveries()}
    assert len(promised) >= 30, planned.stdout

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
    assert {d.id: d.message for d in stage.deliveries()} == promised
    for account in ("bluesky-en", "mastodon-en", "x-en"):
        assert len(stage.sent(account)) >= 10

    followers_see_on_bluesky(stage, bluesky_server.records(bluesky_account.did))
    followers_see_on_mastodon(stage, mastodon_server, mastodon_server.statuses(mastodon_account))
    followers_see_on_x(stage, x_server, x_account)
    no_secret_was_logged(stage, log)


def followers_see_on_bluesky(stage: Stage, records: list[dict[str, Any]]) -> None:
    sent = stage.sent("bluesky-en")
    assert sorted(r["value"]["text"] for r in records) == sorted(d.message.text for d in sent)
    by_text = {record["value"]["text"]: record["value"] for record in records}
    for delivery in sent:
        value = by_text[delivery.message.text]
        assert value["langs"] == [delivery.message.language]
        data = value["text"].encode()
        tags = []
        for facet in value["facets"]:
            shown = data[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
            (feature,) = facet["features"]
            if feature["$type"].endswith("#tag"):
                assert shown == f"#{feature['tag']}"
                tags.append(feature["tag"])
            else:
                assert feature["uri"] == delivery.message.link
                assert shown in feature["uri"]
        assert {"MineAction", "ForwardNotFragmented"} <= set(tags)


def followers_see_on_mastodon(stage: Stage, server: MastodonServer, statuses: list[dict[str, Any]]) -> None:
    sent = stage.sent("mastodon-en")
    assert sorted(_lines(status["text"]) for status in statuses) == sorted(d.message.text for d in sent)
    by_text = {_lines(status["text"]): status for status in statuses}
    for delivery in sent:
        status = by_text[delivery.message.text]
        assert server.language(status) == delivery.message.language
        assert {tag["name"].casefold() for tag in status["tags"]} >= {"mineaction", "forwardnotfragmented"}
        if delivery.message.link:
            assert delivery.message.link in html.unescape(status["content"])


def _lines(text: str) -> str:
    return re.sub(r"\r\n?", "\n", text).strip()


def followers_see_on_x(stage: Stage, server: XServer, account: XAccount) -> None:
    sent = stage.sent("x-en")
    assert sorted(server.written(account.user_id)) == sorted(d.message.text for d in sent)
    for shown in server.posts(account.user_id):
        tags = [tag["tag"] for tag in shown["entities"]["hashtags"]]
        assert {"MineAction", "ForwardNotFragmented"} <= set(tags)
    links = {
        url["expanded_url"] for p in server.posts(account.user_id) for url in p["entities"].get("urls", [])
    }
    assert links == {d.message.link for d in sent if d.message.link}
    assert len({d.message.text for d in sent}) == len(sent)


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
