"""The servers, the accounts on them, and what followers see there, read back with the networks' own APIs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.model import Account
from tests.servers.bluesky import BlueskyServer, bluesky_server
from tests.servers.mastodon import MastodonServer, mastodon_server
from tests.servers.postgres import PostgresServer, postgres_server
from tests.torture.proxy import Proxy
from tests.torture.reckoning import Shown
from tests.xfake.server import XServer

X_SETTLES = 2  # seconds
MANY = "100000"
_numbers = itertools.count(1)


class XBehindProxy(XServer):
    """The fake X, whose clients sign the address of a proxy in front of it."""

    front = ""

    @property
    def url(self) -> str:
        """What a signature is checked against."""
        return self.front or super().url


@dataclass
class Servers:
    """Everything that runs beside the bot, each network behind a proxy."""

    bluesky: BlueskyServer
    mastodon: MastodonServer
    postgres: PostgresServer
    x: XBehindProxy
    proxies: dict[str, Proxy]

    def calm(self) -> None:
        """No more faults."""
        for proxy in self.proxies.values():
            proxy.calm()

    def befell(self) -> dict[str, int]:
        """How often each fault has happened, by name."""
        found: dict[str, int] = {}
        for proxy in self.proxies.values():
            for name, times in proxy.befell.items():
                found[name] = found.get(name, 0) + times
        return dict(sorted(found.items()))


@contextmanager
def servers(
    bluesky: BlueskyServer | None = None,
    mastodon: MastodonServer | None = None,
    postgres: PostgresServer | None = None,
) -> Iterator[Servers]:
    """The servers while the block runs; those that run already are used."""
    with ExitStack() as stack:
        x = stack.enter_context(XBehindProxy())
        x.limits["POST /2/tweets"] = x.default_limit = int(MANY)
        bluesky = bluesky or stack.enter_context(bluesky_server())
        mastodon = mastodon or stack.enter_context(mastodon_server())
        postgres = postgres or stack.enter_context(postgres_server())
        upstream = {"bluesky": bluesky.url, "mastodon": mastodon.url, "x": x.url}
        proxies = {name: stack.enter_context(Proxy(url)) for name, url in upstream.items()}
        x.front = proxies["x"].url
        yield Servers(bluesky, mastodon, postgres, x, proxies)


@dataclass
class Audience:
    """Accounts made for one act: how the bot is told of them, its secrets, and what their followers see."""

    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    readers: dict[str, Callable[[], list[Shown]]] = field(default_factory=dict)

    def seen(self) -> dict[str, list[Shown]]:
        """The posts on each account, oldest first."""
        return {account: read() for account, read in self.readers.items()}


def gather(at: Servers, each: int) -> Audience:
    """So many new accounts on each network."""
    audience = Audience()
    for n in range(1, each + 1):
        _bluesky(at, audience, f"bluesky-{n}")
        _mastodon(at, audience, f"mastodon-{n}")
        _x(at, audience, f"x-{n}")
    return audience


def _add(
    audience: Audience,
    name: str,
    entry: dict[str, Any],
    secrets: dict[str, str],
    read: Callable[[], list[Shown]],
) -> None:
    audience.accounts[name] = entry
    account = Account(name, entry["network"])
    audience.secrets |= {account.env_name(suffix): value for suffix, value in secrets.items()}
    audience.readers[name] = read


def _bluesky(at: Servers, audience: Audience, name: str) -> None:
    account = at.bluesky.create_account(f"torture{next(_numbers)}")
    entry = {
        "network": "bluesky",
        "server": at.proxies["bluesky"].url,
        "handle": account.handle,
        "budgets": {"hour": MANY, "day": MANY},
    }
    secrets = {"APP_PASSWORD": account.app_password}
    _add(audience, name, entry, secrets, lambda: [_record(r) for r in at.bluesky.records(account.did)])


def _record(found: dict[str, Any]) -> Shown:
    value = found["value"]
    embed = value.get("embed", {})
    return Shown(
        found["uri"],
        value["text"],
        value["reply"]["parent"]["uri"] if "reply" in value else None,
        tuple(image["alt"] for image in embed.get("images", [])),
        "thumb" in embed.get("external", {}),
    )


def _mastodon(at: Servers, audience: Audience, name: str) -> None:
    account = at.mastodon.create_account(f"torture{next(_numbers)}")
    entry = {
        "network": "mastodon",
        "server": at.proxies["mastodon"].url,
        "handle": account.name,
        "budgets": {"quarter_hour": MANY},
    }
    secrets = {"ACCESS_TOKEN": account.access_token}
    _add(audience, name, entry, secrets, lambda: [_status(s) for s in at.mastodon.statuses(account)])


def _status(found: dict[str, Any]) -> Shown:
    answers = found["in_reply_to_id"]
    pictures = tuple(media["description"] for media in found["media_attachments"])
    return Shown(str(found["id"]), found["text"], str(answers) if answers else None, pictures)


def _x(at: Servers, audience: Audience, name: str) -> None:
    account = at.x.create_account(f"torture{next(_numbers)}")
    entry = {
        "network": "x",
        "server": at.proxies["x"].url,
        "handle": account.username,
        "options": {"settle_seconds": str(X_SETTLES)},
        "budgets": {"quarter_hour": MANY, "day": MANY},
    }
    secrets = {
        "API_KEY": account.consumer_key,
        "API_SECRET": account.consumer_secret,
        "ACCESS_TOKEN": account.access_token,
        "ACCESS_TOKEN_SECRET": account.access_token_secret,
    }
    _add(audience, name, entry, secrets, lambda: _posts_at_x(at.x, account.user_id))


def _posts_at_x(x: XServer, user_id: str) -> list[Shown]:
    newest_first = zip(x.posts(user_id), x.written(user_id), strict=True)
    return [
        Shown(
            post["id"],
            text,
            post["referenced_posts"][0]["id"] if "referenced_posts" in post else None,
            tuple(str(picture.alt_text) for picture in x.pictures(post["id"])),
        )
        for post, text in newest_first
    ][::-1]
