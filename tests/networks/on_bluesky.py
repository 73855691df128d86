"""One account on the real PDS for many tests, and threads to post there."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bot.composing import entities_of
from bot.model import Account, Attachment, Dispatch, LinkCard, Message
from bot.networks._bluesky_records import tid_of
from bot.networks.bluesky import NETWORK, BlueskyConnection
from tests.networks.illustrated import LINK, SECOND, TEXTS
from tests.servers.bluesky import BlueskyAccount, BlueskyServer
from tests.world import message

_numbers = itertools.count(1)
HOST = "disarmament.unoda.org"
CARD = LinkCard(LINK, "Anti-Personnel Landmines Convention", "What it bans, and who has joined.")


def post(language: str, text: str) -> Message:
    shown = HOST if HOST in text else None
    entities = entities_of(text, LINK if shown else None, shown)
    return replace(message(text), language=language, entities=entities, byte_length=len(text.encode()))


def thread(language: str = "en", posts: int = 3) -> Message:
    """What the composer makes of a message too long for one post: its link is shown by its host."""
    head = post(language, TEXTS[language].replace(LINK, HOST))
    others = (post(language, f"{SECOND[language]} \u2068{n}\u2069. #Mines") for n in range(2, posts + 1))
    return replace(head, thread=tuple(others), link_card=CARD)


def dispatch(name: str = "one", language: str = "en", posts: int = 3, at: datetime | None = None) -> Dispatch:
    return Dispatch(name, "bluesky-en", thread(language, posts), at or datetime.now(UTC))


@dataclass
class Login:
    """One account on the PDS, and what the server keeps of it."""

    server: BlueskyServer
    made: BlueskyAccount
    connection: BlueskyConnection

    def again(self, address: str = "", **options: str) -> BlueskyConnection:
        """Another login of the same account."""
        account = Account(
            "bluesky-en",
            "bluesky",
            server=address or self.server.url,
            handle=self.made.handle,
            options=options,
        )
        return NETWORK.connect(account, {"APP_PASSWORD": self.made.app_password})

    def posts(self, sent: Dispatch) -> list[dict[str, Any]]:
        """Those posts of this delivery that anyone can read, in the order of their keys."""
        keys = {tid_of(sent, index) for index in range(len(sent.message.posts))}
        return [found for found in self.server.records(self.made.did) if found["uri"].rsplit("/")[-1] in keys]

    def commit(self) -> str:
        """The account's last commit: another one whenever anything was written."""
        address = f"{self.server.url}/xrpc/com.atproto.sync.getLatestCommit"
        answer = httpx.get(address, params={"did": self.made.did}, trust_env=False)
        return str(answer.raise_for_status().json()["cid"])

    def profile(self) -> dict[str, Any]:
        (found,) = self.server.records(self.made.did, "app.bsky.actor.profile")
        return found

    def write_profile(self, **fields: Any) -> None:
        """Change the profile as a person does who is signed in elsewhere."""
        record = {"$type": "app.bsky.actor.profile", **fields}
        self.connection._write("putRecord", collection=record["$type"], rkey="self", record=record)

    def uploaded(self, attachment: Attachment) -> Attachment:
        return replace(attachment, remote=self.connection.upload(attachment))


@pytest.fixture(scope="module")
def bluesky(bluesky_server: BlueskyServer) -> Login:
    """One account for all tests of this file: each login costs a server a quarter of a second."""
    made = bluesky_server.create_account(f"threads{next(_numbers)}")
    account = Account("bluesky-en", "bluesky", server=bluesky_server.url, handle=made.handle)
    return Login(bluesky_server, made, NETWORK.connect(account, {"APP_PASSWORD": made.app_password}))
