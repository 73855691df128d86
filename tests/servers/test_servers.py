"""The real servers really serve, and leave nothing running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from atproto import Client, models  # type: ignore[import-untyped]
from mastodon import Mastodon
from sqlalchemy import create_engine, text

from tests.servers import REPOSITORY, ServerName, require
from tests.servers.bluesky import BlueskyAccount, BlueskyServer
from tests.servers.mastodon import MastodonAccount, MastodonServer
from tests.servers.process import ServerError, running

RECORD_KEY = "3kabcdefghi2a"


def bluesky_login(server: BlueskyServer, account: BlueskyAccount) -> Client:
    client = Client(base_url=server.url)
    client.login(account.handle, account.app_password, fetch_bsky_profile=False)
    return client


def put_post(client: Client, did: str, words: str) -> str:
    record = models.AppBskyFeedPost.Record(text=words, created_at="2026-11-24T12:00:00.000Z", langs=["en"])
    answer = client.com.atproto.repo.put_record(
        models.ComAtprotoRepoPutRecord.Data(
            repo=did,
            collection="app.bsky.feed.post",
            rkey=RECORD_KEY,
            record=record.model_dump(by_alias=True, exclude_none=True),
        )
    )
    return str(answer.cid)


def test_bluesky_shows_a_post_to_anyone(
    bluesky_server: BlueskyServer, bluesky_account: BlueskyAccount
) -> None:
    client = bluesky_login(bluesky_server, bluesky_account)
    cid = put_post(client, bluesky_account.did, "Forward")
    [record] = bluesky_server.records(bluesky_account.did)
    assert record["cid"] == cid
    assert record["uri"] == f"at://{bluesky_account.did}/app.bsky.feed.post/{RECORD_KEY}"
    assert record["value"]["text"] == "Forward"


def test_bluesky_takes_the_same_post_twice_as_one(
    bluesky_server: BlueskyServer, bluesky_account: BlueskyAccount
) -> None:
    client = bluesky_login(bluesky_server, bluesky_account)
    first = put_post(client, bluesky_account.did, "Once")
    commit = client.com.atproto.sync.get_latest_commit({"did": bluesky_account.did})
    assert put_post(client, bluesky_account.did, "Once") == first
    assert client.com.atproto.sync.get_latest_commit({"did": bluesky_account.did}) == commit
    assert len(bluesky_server.records(bluesky_account.did)) == 1


def test_mastodon_shows_what_was_posted_oldest_first(
    mastodon_server: MastodonServer, mastodon_account: MastodonAccount
) -> None:
    client = Mastodon(access_token=mastodon_account.access_token, api_base_url=mastodon_server.url)
    posted = [client.status_post(words, language="fr")["id"] for words in ("Un", "Deux", "Trois")]
    statuses = mastodon_server.statuses(mastodon_account)
    assert [str(status["id"]) for status in statuses] == [str(number) for number in posted]
    assert [status["text"] for status in statuses] == ["Un", "Deux", "Trois"]
    assert mastodon_server.language(statuses[0]) == "fr"


def test_mastodon_shows_more_statuses_than_fit_on_a_page(
    mastodon_server: MastodonServer, mastodon_account: MastodonAccount
) -> None:
    client = Mastodon(access_token=mastodon_account.access_token, api_base_url=mastodon_server.url)
    for number in range(45):
        client.status_post(f"Number {number}")
    assert len(mastodon_server.statuses(mastodon_account)) == 45


def test_postgres_is_the_real_one_and_empty(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        assert str(connection.scalar(text("select version()"))).startswith("PostgreSQL")
        assert connection.scalar(text("select count(*) from pg_stat_user_tables")) == 0
    engine.dispose()


def test_a_server_that_does_not_start_shows_the_end_of_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such disk')"]
    with running("The server", command, tmp_path / "log") as server, pytest.raises(ServerError) as error:
        server.ready_line("ready", seconds=20)
    assert str(error.value) == (
        "The server ended with exit code 1 before it was ready. The end of its log:\n    no such disk"
    )


HOLDER = """
import sys, time
from tests.servers.{name} import {name}_server
with {name}_server() as server:
    print(server.process.pid, flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("name", ["bluesky", "mastodon", "postgres"])
def test_no_server_outlives_tests_that_are_killed(name: ServerName, tmp_path: Path) -> None:
    require(name)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(name=name)],
        cwd=REPOSITORY,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout
    family = descendants(holder.pid) if holder.stdout.readline().strip() else set()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    assert family
    deadline = time.monotonic() + 20
    while (alive := {pid for pid in family if is_running(pid)}) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive


def descendants(pid: int) -> set[int]:
    """The processes below this one: its children, theirs, and so on."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found |= {child} | descendants(child)
    return found


def is_running(pid: int) -> bool:
    """Whether this process exists and is not a zombie that nobody has collected."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
