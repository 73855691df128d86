"""The same torture as ./dev torture, short; and the harness itself, which must see a double when there is one.

To watch it: ./dev test tests/torture -s
"""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.servers.bluesky import BlueskyServer
from tests.servers.mastodon import MastodonServer
from tests.servers.postgres import PostgresServer
from tests.torture.__main__ import acts, run
from tests.torture.mortals import SEAMS as FATAL
from tests.torture.proxy import WRITES, Fault, Proxy
from tests.torture.seams import SEAMS
from tests.torture.stage import servers
from tests.torture.troubles import SmallDisk
from tests.world import ROOT

KILLS, SEED = 24, 7


def test_after_dozens_of_kills_everything_is_on_its_network_exactly_once(
    tmp_path: Path, bluesky_server: BlueskyServer, mastodon_server: MastodonServer, postgres: PostgresServer
) -> None:
    with servers(bluesky_server, mastodon_server, postgres) as at:
        tally = run(at, tmp_path, KILLS, SEED, print, ("postgresql", "sqlite"))
        violations = at.x.violations
    print(tally)
    assert tally.wrongs == []
    assert (tally.doubles, tally.lost, tally.unknown) == (0, 0, 0)
    assert tally.kills >= KILLS
    assert tally.states["sent"] > tally.deliveries / 2
    assert tally.threads
    assert tally.uploads
    assert violations == []


def test_kills_are_shared_out_so_that_each_database_has_its_turn() -> None:
    assert acts(30, ("postgresql", "sqlite")) == [("postgresql", 20), ("sqlite", 10)]
    assert sum(share for _, share in acts(500)) == 500


# ── seams ────────────────────────────────────────────────────────────────────────────────────────


def test_every_seam_of_the_worker_is_drawn() -> None:
    assert {*FATAL, "migrating"} == set(SEAMS)


def test_what_the_seams_wrap_is_still_there() -> None:
    code = "from tests.torture.seams import SEAMS, Fuse\nfor wrap in SEAMS.values(): wrap(Fuse(99))"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=True)


def test_a_fuse_kills_at_the_nth_time() -> None:
    code = "from tests.torture.seams import Fuse\nf = Fuse(3)\nfor n in (1, 2, 3, 4): print(n, flush=True); f.light()"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.split()) == (-signal.SIGKILL, ["1", "2", "3"])


# ── the proxy ────────────────────────────────────────────────────────────────────────────────────


class Echo(BaseHTTPRequestHandler):
    """Takes note of what is posted, and answers with its own address."""

    posted: list[bytes]

    def do_POST(self) -> None:
        self.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({"at": f"http://{self.headers['Host']}"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def posted() -> list[bytes]:
    return []


@pytest.fixture
def proxy(posted: list[bytes]) -> Iterator[Proxy]:
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Noting", (Echo,), {"posted": posted})) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        with Proxy(f"http://127.0.0.1:{server.server_address[1]}") as running:
            yield running
        server.shutdown()
        thread.join()


def post(proxy: Proxy, path: str = "/api/v1/statuses", body: bytes = b"hello") -> tuple[int, Any]:
    """Post through the proxy; status 0 when there was no whole answer."""
    connection = http.client.HTTPConnection("localhost", urlsplit(proxy.url).port, timeout=0.5)
    try:
        connection.request("POST", path, body)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, http.client.HTTPException):
        return 0, None
    finally:
        connection.close()


def test_without_faults_the_proxy_passes_on_and_keeps_the_bot_at_its_own_address(
    proxy: Proxy, posted: list[bytes]
) -> None:
    assert post(proxy) == (200, {"at": proxy.url})
    assert posted == [b"hello"]


@pytest.mark.parametrize(
    ("fault", "status", "arrives"),
    [
        (Fault("status", status=429, retry_after=2), 429, False),
        (Fault("status_after", status=502), 502, True),
        (Fault("expired"), 400, False),
        (Fault("cut_before"), 0, False),
        (Fault("cut_after"), 0, True),
        (Fault("cut_mid"), 0, True),
        (Fault("stall_before"), 0, False),
        (Fault("stall_after"), 0, True),
        (Fault("slow"), 200, True),
    ],
    ids=str,
)
def test_each_fault_does_what_it_says_once(
    proxy: Proxy, posted: list[bytes], fault: Fault, status: int, arrives: bool
) -> None:
    proxy.arm(fault)
    assert post(proxy)[0] == status
    assert posted == [b"hello"] * arrives
    assert post(proxy)[0] == 200
    assert proxy.befell.total() == 1
    assert proxy.waiting() == 0


def test_half_a_request_is_not_passed_on(proxy: Proxy, posted: list[bytes]) -> None:
    with socket.create_connection(("localhost", urlsplit(proxy.url).port or 0)) as killed:
        killed.sendall(b"POST /api/v1/media HTTP/1.1\r\nContent-Length: 5\r\n\r\nhe")
        killed.shutdown(socket.SHUT_WR)
        assert killed.recv(1) == b""
    assert posted == []


@pytest.mark.parametrize("path", WRITES)
def test_faults_befall_uploads_and_threads_as_well(proxy: Proxy, posted: list[bytes], path: str) -> None:
    proxy.arm(Fault("cut_before"))
    assert post(proxy, path)[0] == 0
    assert posted == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/xrpc/com.atproto.repo.applyWrites", b'{"writes": [{"image": {"$type": "blob"}}]}'),
        ("/api/v1/statuses", b"status=hello&media_ids%5B%5D=1"),
        ("/2/tweets", b'{"text": "hello", "media": {"media_ids": ["1"]}}'),
    ],
)
def test_a_picture_is_forgotten_only_where_one_is_posted(
    proxy: Proxy, posted: list[bytes], path: str, body: bytes
) -> None:
    asked: list[str] = []
    proxy.watch = lambda what: asked.append(what.what)
    proxy.arm(Fault("stale", pictured=True))
    assert post(proxy, path)[0] == 200
    assert post(proxy, path, body)[0] in (400, 422)
    assert post(proxy, path, body)[0] == 200
    assert posted == [b"hello", body]
    assert asked == ["post", "post", "stale", "post"]


# ── the disk ─────────────────────────────────────────────────────────────────────────────────────

WRITER = """
import sys
for line in sys.stdin:
    try:
        with open(line.strip(), "ab") as file: file.write(bytes(9000))
        print("written", flush=True)
    except OSError as error:
        print("full", flush=True)
"""


@pytest.mark.parametrize("may_mount", [True, False])
def test_a_full_disk_takes_nothing_until_it_is_freed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, may_mount: bool
) -> None:
    if not may_mount:
        monkeypatch.setattr("tests.torture.troubles.MOUNT", "no-such-program")
    disk = SmallDisk(tmp_path / "disk")
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert writer.stdin
    assert writer.stdout

    def write() -> str:
        writer.stdin.write(f"{disk.folder / 'bot.db'}\n")
        return writer.stdout.readline().strip()

    try:
        assert write() == "written"
        disk.fill([writer.pid])
        assert write() == "full"
        disk.free([writer.pid])
        assert write() == "written"
    finally:
        writer.kill()
        writer.communicate()
        disk.close()
