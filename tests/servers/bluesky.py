"""Bluesky's reference PDS on loopback, with a PLC directory of its own and no AppView."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.servers import NODE, NODE_MODULES
from tests.servers.process import ServerError, ServerProcess, running

START = Path(__file__).parent / "pds" / "start.mjs"
START_SECONDS = 60
REQUEST_SECONDS = 20
POSTS = "app.bsky.feed.post"


@dataclass(frozen=True)
class BlueskyAccount:
    """An account made for a test. The bot gets `app_password`; `password` is the main one."""

    handle: str
    did: str
    password: str
    app_password: str


class BlueskyServer:
    """A running PDS. Make one with `bluesky_server()`."""

    def __init__(self, url: str, process: ServerProcess) -> None:
        self.url = url
        self.process = process
        self._http = requests.Session()
        self._http.trust_env = False

    def create_account(self, name: str) -> BlueskyAccount:
        """A new account NAME.test (3 to 18 letters and digits; some names, such as "mine", are reserved)."""
        handle, password = f"{name}.test", f"main-password-of-{name}"
        account = self._call(
            "POST",
            "com.atproto.server.createAccount",
            json={"handle": handle, "email": f"{name}@example.test", "password": password},
        )
        app_password = self._call(
            "POST",
            "com.atproto.server.createAppPassword",
            json={"name": "bot"},
            headers={"Authorization": f"Bearer {account['accessJwt']}"},
        )
        return BlueskyAccount(handle, account["did"], password, app_password["password"])

    def records(self, did: str, collection: str = POSTS) -> list[dict[str, Any]]:
        """All records (uri, cid, value) of this account, lowest key first, as anyone can read them."""
        query = {"repo": did, "collection": collection, "limit": "100", "reverse": "true"}
        found: list[dict[str, Any]] = []
        while True:
            page = self._call("GET", "com.atproto.repo.listRecords", params=query)
            found += page["records"]
            if not page.get("cursor"):
                return found
            query["cursor"] = page["cursor"]

    def blob(self, did: str, cid: str) -> bytes:
        """The bytes of a picture that a post of this account carries."""
        return self._ask("GET", "com.atproto.sync.getBlob", params={"did": did, "cid": cid}).content

    def _call(self, method: str, name: str, **arguments: Any) -> Any:
        return self._ask(method, name, **arguments).json()

    def _ask(self, method: str, name: str, **arguments: Any) -> requests.Response:
        url = f"{self.url}/xrpc/{name}"
        try:
            answer = self._http.request(method, url, timeout=REQUEST_SECONDS, **arguments)
        except requests.RequestException as error:
            raise self.process.failure(f"did not answer {name}: {error}") from error
        if not answer.ok:
            raise ServerError(f"{self.process.name} refused {name}: {answer.status_code} {answer.text}")
        return answer


@contextmanager
def bluesky_server() -> Iterator[BlueskyServer]:
    """Run a PDS while the block runs; what it stored is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="pds-", ignore_cleanup_errors=True) as directory:
        data = Path(directory)
        command = [NODE, START, NODE_MODULES, data]
        env = {**os.environ, "LOG_ENABLED": "true", "LOG_LEVEL": "error", "NODE_NO_WARNINGS": "1"}
        with running("The Bluesky PDS", command, data / "log", env) as process:
            urls = process.ready_line("pds", START_SECONDS)
            yield BlueskyServer(urls["pds"], process)
