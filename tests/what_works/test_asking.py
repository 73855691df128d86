"""The worker asks real servers how followers answered, and leaves alone who needs their requests for posting."""

# ruff: noqa: F811 - the fixtures are imported here, and asked for by name

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.ledger import Ledger, open_ledger
from bot.model import Account, Allowance, Dispatch, Metrics, Receipt
from bot.networks import connect
from bot.responses import AT_ONCE, RESERVE, short_of
from bot.worker import Worker
from bot.workspace import open_workspace
from tests.answers import went_out
from tests.servers.mastodon import MastodonAccount, MastodonServer
from tests.world import HOUR, message, write_campaign
from tests.xfake.fixtures import x_account, x_server  # noqa: F401
from tests.xfake.server import Fault, XAccount, XServer

NOBODY = "http://127.0.0.1:9"


@dataclass
class Stage:
    """A campaign with an account on X and one on Mastodon; the test says what time it is."""

    worker: Worker
    now: datetime

    @property
    def ledger(self) -> Ledger:
        return self.worker.workspace.ledger

    @property
    def accounts(self) -> dict[str, Account]:
        return dict(self.worker.workspace.settings.accounts)

    def post(self, account_id: str, *texts: str) -> tuple[str, Receipt]:
        """Posted two hours ago, says the ledger; the delivery, and what the network answered."""
        first, *others = [message(text) for text in texts]
        whole = replace(first, thread=tuple(others))
        sent_at = self.now - 2 * HOUR - timedelta(seconds=len(self.known()))
        receipt = connect(self.accounts[account_id]).publish(Dispatch(texts[0], account_id, whole, self.now))
        network = self.accounts[account_id].network
        ids = {"remote_id": receipt.remote_id, "parts": receipt.parts}
        return went_out(self.ledger, sent_at, account=account_id, network=network, **ids), receipt

    def known(self) -> dict[str, Metrics | None]:
        """What is known of each post; None where nobody has asked."""
        posts = self.ledger.answered(self.now - 100 * HOUR, self.now)
        return {post.delivery_id: post.metrics if post.asked_at else None for post in posts}


@pytest.fixture
def stage(x_server: XServer, x_account: XAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    for name in ("consumer_key", "consumer_secret", "access_token", "access_token_secret"):
        variable = name.replace("consumer", "api").upper()
        monkeypatch.setenv(f"X_EN_{variable}", getattr(x_account, name))
    return staged(tmp_path, x_server, x_account, NOBODY)


def staged(tmp_path: Path, x_server: XServer, x_account: XAccount, mastodon: str) -> Stage:
    accounts = (
        f"accounts:\n  x-en: {{network: x, handle: {x_account.username}, server: '{x_server.url}'}}\n"
        f"  toot: {{network: mastodon, handle: campaign, server: '{mastodon}'}}\n"
        "  trial: {network: file}\n"
    )
    home = write_campaign(tmp_path / "campaign", accounts=accounts)
    space = open_workspace(home, open_ledger(f"sqlite:///{tmp_path / 'bot.db'}"))
    made = Stage(None, datetime.now(UTC))  # type: ignore[arg-type]
    made.worker = Worker(space, lambda: made.now)
    return made


def test_the_workers_tick_writes_down_what_followers_did_on_each_network(
    stage: Stage,
    x_server: XServer,
    x_account: XAccount,
    mastodon_server: MastodonServer,
    mastodon_account: MastodonAccount,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOOT_ACCESS_TOKEN", mastodon_account.access_token)
    stage = staged(tmp_path / "real", x_server, x_account, mastodon_server.url)
    thread, on_x = stage.post("x-en", "Mines kill for decades.", "A ban works.")
    liked, on_mastodon = stage.post("toot", "Mines kill for decades.")
    quiet, _ = stage.post("toot", "A ban works.", "Join it.", "It takes a day.")
    x_server.followers_did(on_x.remote_id, like_count=5, repost_count=3, quote_count=1, impression_count=900)
    follower = mastodon_server.create_account(f"follower_of_{mastodon_account.name}")
    mastodon_server.favourite(follower, on_mastodon.raw["uri"], on_mastodon.remote_id)
    stage.worker.ask()
    told = stage.known()
    own_reply = 1  # X counts the thread's own next post
    assert told[thread] == Metrics(likes=5, reposts=4, replies=own_reply, views=900)
    assert told[liked] == Metrics(likes=1, reposts=0, replies=0)
    assert told[quiet] == Metrics(likes=0, reposts=0, replies=0)
    asked = len(x_server.requests)
    stage.worker.ask()
    assert len(x_server.requests) == asked


def test_a_network_that_does_not_answer_disturbs_no_other_and_is_left_alone_for_an_hour(
    stage: Stage, x_server: XServer
) -> None:
    """The Mastodon account of this campaign has no token, and its server is not there."""
    went_out(stage.ledger, stage.now - 3 * HOUR, account="toot")
    post, _ = stage.post("x-en", "Mines kill for decades.")
    x_server.faults.append(Fault("GET", "/2/tweets", "status", status=503))
    stage.worker.ask()
    assert set(stage.known().values()) == {None}
    asked = len(x_server.requests)
    stage.now += timedelta(minutes=59)
    stage.worker.ask()
    assert len(x_server.requests) == asked
    stage.now += timedelta(minutes=1)
    stage.worker.ask()
    assert stage.known()[post] == Metrics(0, 0, 0, 0)


def test_a_network_that_says_how_long_to_wait_is_believed(stage: Stage, x_server: XServer) -> None:
    stage.post("x-en", "Mines kill for decades.")
    x_server.faults.append(Fault("GET", "/2/tweets", "status", status=429, retry_after=3 * 3600))
    stage.worker.ask()
    asked = len(x_server.requests)
    stage.now += 2 * HOUR
    stage.worker.ask()
    assert len(x_server.requests) == asked
    stage.now += 2 * HOUR
    stage.worker.ask()
    assert len(x_server.requests) == asked + 1


@pytest.mark.parametrize(("left", "asks"), [(RESERVE - 1, 0), (RESERVE, 1)])
def test_an_account_that_may_do_little_more_keeps_it_for_posting(
    stage: Stage, x_server: XServer, left: int, asks: int
) -> None:
    stage.post("x-en", "Mines kill for decades.")
    told = {"x-en": [Allowance("x-user-limit-24hour", left, stage.now + HOUR)]}
    stage.ledger.remember_allowances(told, stage.now)
    asked = len(x_server.requests)
    stage.worker.ask()
    assert len(x_server.requests) == asked + asks
    stage.now += HOUR
    stage.worker.ask()
    assert len(x_server.requests) == asked + 1


def test_what_the_answer_itself_leaves_is_kept_too(stage: Stage, x_server: XServer) -> None:
    for n in range(AT_ONCE + 1):
        went_out(
            stage.ledger,
            stage.now - 2 * HOUR + timedelta(seconds=n),
            account="x-en",
            network="x",
            remote_id=str(n + 1),
        )
    x_server.limits["GET /2/tweets"] = RESERVE + AT_ONCE
    stage.worker.ask()
    assert len(x_server.requests) == 1
    assert short_of(30, [Allowance("it", 29, stage.now + HOUR), Allowance("it", 0, stage.now)], stage.now)
    assert short_of(30, [Allowance("it", 30, stage.now + HOUR)], stage.now) is None


def test_a_post_that_is_gone_is_asked_about_once_and_keeps_what_was_told(
    stage: Stage, x_server: XServer
) -> None:
    post, receipt = stage.post("x-en", "Mines kill for decades.")
    x_server.followers_did(receipt.remote_id, like_count=7)
    stage.worker.ask()
    connect(stage.accounts["x-en"]).delete(receipt)
    stage.now += 24 * HOUR
    stage.worker.ask()
    assert stage.known()[post] == Metrics(7, 0, 0, 0)
    (kept,) = stage.ledger.answered(stage.now - 100 * HOUR, stage.now)
    assert kept.asked_at is not None
    assert stage.now - kept.asked_at < HOUR


def test_rehearsals_have_no_followers(stage: Stage, x_server: XServer) -> None:
    post = went_out(stage.ledger, stage.now - 2 * HOUR, account="trial", network="file")
    stage.worker.ask()
    assert stage.known()[post] is None
    assert x_server.requests == []
