"""A server with Mastodon's API on loopback: snac2, which federates with nobody here."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.servers import snac
from tests.servers.process import ServerError, ServerProcess, die_with_parent, running

START_SECONDS = 20
REQUEST_SECONDS = 20
SECONDS_TO_STOP = 0.2
"""Left to itself snac2 takes 3 to 15 s; its data is thrown away, so it may as well be killed."""

SCOPES = "read write"
SHOW_THE_CODE = "urn:ietf:wg:oauth:2.0:oob"
PAGE = 40
SETTINGS = {"protocol": "http", "http_headers": {"Connection": "close"}, "num_threads": 32}
"""snac2 closes each connection without saying so; a client that would use it again then fails by chance.

It sends public posts to its own shared inbox, too: with its usual 4 threads all of them wait for each other, 6 s each.
"""


@dataclass(frozen=True)
class MastodonAccount:
    """An account made for a test, with a token that may read and write."""

    name: str
    access_token: str


class MastodonServer:
    """A running snac2. Make one with `mastodon_server()`."""

    def __init__(self, url: str, data: Path, process: ServerProcess) -> None:
        self.url = url
        self.data = data
        self.process = process

    def create_account(self, name: str) -> MastodonAccount:
        """A new account (letters, digits and underscores), logged in through OAuth as a person would."""
        password = _found(r"User password is (\S+)", _run_snac("adduser", self.data, name))
        app = self._call(
            "POST",
            "/api/v1/apps",
            json={"client_name": "tests", "redirect_uris": SHOW_THE_CODE, "scopes": SCOPES},
        ).json()
        token = self._call(
            "POST",
            "/oauth/token",
            data={
                "grant_type": "authorization_code",
                "client_id": app["client_id"],
                "client_secret": app["client_secret"],
                "redirect_uri": SHOW_THE_CODE,
                "scope": SCOPES,
                "code": self._authorise(app["client_id"], name, password),
            },
        ).json()
        return MastodonAccount(name, token["access_token"])

    def statuses(self, account: MastodonAccount) -> list[dict[str, Any]]:
        """All statuses of this account, oldest first, as the API shows them to it."""
        headers = {"Authorization": f"Bearer {account.access_token}"}
        me = self._call("GET", "/api/v1/accounts/verify_credentials", headers=headers).json()
        query = {"limit": str(PAGE)}
        newest_first: list[dict[str, Any]] = []
        while True:
            path = f"/api/v1/accounts/{me['id']}/statuses"
            page = self._call("GET", path, headers=headers, params=query).json()
            known = {status["id"] for status in newest_first}
            new = [status for status in page if status["id"] not in known]
            newest_first += new
            if not new:
                return newest_first[::-1]
            query["max_id"] = new[-1]["id"]

    def language(self, status: dict[str, Any]) -> str | None:
        """The language this status was posted in: snac2's API always says "en", its ActivityPub is right."""
        accept = {"Accept": "application/activity+json"}
        path = str(status["uri"]).removeprefix(self.url)
        by_language = self._call("GET", path, headers=accept).json().get("contentMap") or {}
        return next(iter(by_language), None)

    def picture(self, url: str) -> bytes:
        """The bytes of a picture, at the address that a status gives."""
        return self._call("GET", url.removeprefix(self.url)).content

    def favourite(self, account: MastodonAccount, uri: str, remote_id: str) -> None:
        """Let an account like a status: snac2 must be told to show it to that account first."""
        _run_snac("insert", self.data, account.name, uri)
        headers = {"Authorization": f"Bearer {account.access_token}"}
        self._call("POST", f"/api/v1/statuses/{remote_id}/favourite", headers=headers)

    def _authorise(self, client_id: str, name: str, password: str) -> str:
        """Fill in the login form; its answer is the authorisation code."""
        query = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": SHOW_THE_CODE,
            "scope": SCOPES,
        }
        page = self._call("GET", "/oauth/authorize", params=query).text
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        answer = self._call("POST", "/oauth/x-snac-login", data={**fields, "login": name, "passwd": password})
        return answer.text.strip()

    def _call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        try:
            with requests.Session() as http:
                http.trust_env = False
                answer = http.request(method, self.url + path, timeout=REQUEST_SECONDS, **arguments)
        except requests.RequestException as error:
            raise self.process.failure(f"did not answer {path}: {error}") from error
        if not answer.ok:
            raise ServerError(f"{self.process.name} refused {path}: {answer.status_code} {answer.text}")
        return answer


@contextmanager
def mastodon_server() -> Iterator[MastodonServer]:
    """Run snac2 while the block runs; what it stored is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="snac-", ignore_cleanup_errors=True) as directory:
        data, log, port = Path(directory) / "data", Path(directory) / "log", _free_port()
        _set_up(data, port)
        command = die_with_parent([_program(), "httpd", data])
        with running("snac2", command, log, seconds_to_stop=SECONDS_TO_STOP) as process:
            process.wait_for(lambda: _answers(port), START_SECONDS)
            yield MastodonServer(f"http://localhost:{port}", data, process)


def _set_up(data: Path, port: int) -> None:
    answers = ["127.0.0.1", str(port), f"localhost:{port}", "", "admin@example.test", ""]
    _run_snac("init", data, answers="\n".join(answers))
    settings = data / "server.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), **SETTINGS}, indent=4))


def _run_snac(command: str, *arguments: str | Path, answers: str = "") -> str:
    done = subprocess.run(
        [_program(), command, *arguments],
        input=answers,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    said = done.stdout + done.stderr
    if done.returncode:
        raise ServerError(f"snac {command} ended with exit code {done.returncode}: {said}")
    return said


def _program() -> Path:
    program = snac()
    if program is None:
        raise ServerError("snac2 is not installed: run ./dev servers")
    return program


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise ServerError(f"snac did not say {pattern!r} but: {text}")
    return match[1]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool | None:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return None
    return True
