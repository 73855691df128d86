"""The adapter of the loopback network, as an installed package would bring it: by the entry point `bot.networks`."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Mapping
from pathlib import Path

from bot.model import Account, Allowance, Counting, Dispatch, Receipt, Rules
from bot.networks import Check, Doubtful, Passing, Refused

PORT = "BENCH_PORT"
RULES = Rules(Counting.CHARACTERS, 500, link_length=23)


class LoopbackConnection:
    """One account's keep-alive connection."""

    def __init__(self, port: int) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def publish(self, dispatch: Dispatch) -> Receipt:
        """Post the text under the delivery's id."""
        body = json.dumps({"status": dispatch.message.text}).encode()
        try:
            self._http.request("POST", f"/{dispatch.delivery_id}", body, {"Content-Type": "application/json"})
            answer = self._http.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._http.close()
            raise Doubtful(f"the connection broke ({type(error).__name__})") from error
        if answer.status != 200:
            raise Passing(f"the server answered {answer.status}")
        return Receipt(json.loads(text)["id"])

    def find(self, dispatch: Dispatch) -> Receipt | None:
        """This server does not tell what it has."""
        raise Passing("the loopback network cannot look")

    def allowances(self) -> tuple[Allowance, ...]:
        """It does not say."""
        return ()

    def verify(self) -> list[Check]:
        """All is well."""
        return []

    def rules(self) -> Rules:
        """Mastodon's."""
        return RULES

    def delete(self, receipt: Receipt) -> None:
        """Posts stay."""
        raise Refused("posts stay")


class LoopbackNetwork:
    """Its budgets are those of Mastodon and Bluesky together, so that the code which keeps them has work."""

    name = "loopback"
    secrets: tuple[str, ...] = ()
    budgets: Mapping[str, int] = {"quarter_hour": 300, "hour": 1666, "day": 11_666}  # noqa: RUF012 - never changed

    def default_rules(self, account: Account) -> Rules:
        """Mastodon's."""
        return RULES

    def settle_seconds(self, account: Account) -> float:
        """It is never in doubt."""
        return 0.0

    def connect(self, account: Account, secrets: Mapping[str, str]) -> LoopbackConnection:
        """Opens the connection with the first post."""
        return LoopbackConnection(int(os.environ[PORT]))


NETWORK = LoopbackNetwork()


def offer(folder: Path) -> None:
    """Make a folder that offers this network to every process which has it on PYTHONPATH."""
    package = folder / "bench_loopback-1.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: bench-loopback\nVersion: 1\n")
    (package / "entry_points.txt").write_text("[bot.networks]\nloopback = bench.loopback:NETWORK\n")
