"""`bot user` and `bot web` as somebody types them."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from bot import people
from bot.ledger import Ledger, open_ledger
from bot.roles import Role
from tests.acceptance.worker import bot, environment
from tests.people.quick import quick_hashes
from tests.world import NOW, write_campaign

__all__ = ["quick_hashes"]

PASSWORD = "correct horse battery"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path / "no campaign is needed", f"sqlite:///{tmp_path / 'bot.db'}", {})


def ledger_of(env: dict[str, str]) -> Ledger:
    return open_ledger(env["DATABASE_URL"])


def test_a_person_is_added_with_a_password_from_the_environment(env: dict[str, str]) -> None:
    said = bot("user", "add", "Amira", "--role", "admin", env={**env, "BOT_USER_PASSWORD": PASSWORD})
    assert said.returncode == 0, said.stderr
    assert said.stdout == "amira is on the desk, as admin.\n"
    assert people.sign_in(ledger_of(env), "amira", PASSWORD, "192.0.2.1", NOW).user.role is Role.ADMIN
    (row,) = (r for r in ledger_of(env).history_of("user amira") if r["became"] == "added")
    assert "bot user add" in row["who"]


def test_a_person_without_a_password_gets_a_link(env: dict[str, str]) -> None:
    said = bot("user", "add", "bo", "--role", "editor", "--link", env=env)
    link = re.search(r"^/sign-in/(\S+)$", said.stdout, re.MULTILINE)
    assert link, said.stderr
    now = ledger_of(env).user("bo").created_at  # type: ignore[union-attr]
    assert people.sign_in_by_link(ledger_of(env), link[1], "192.0.2.1", now).user.name == "bo"


def test_a_link_carries_the_desks_address_where_it_is_set(env: dict[str, str]) -> None:
    env["BOT_WEB_URL"] = "https://desk.example.org"
    said = bot("user", "add", "bo", "--role", "editor", "--link", env=env)
    assert "\nhttps://desk.example.org/sign-in/" in said.stdout


def test_without_a_terminal_nobody_is_asked(env: dict[str, str]) -> None:
    said = bot("user", "add", "bo", "--role", "editor", env=env)
    assert said.returncode == 1
    assert "BOT_USER_PASSWORD" in said.stderr
    assert ledger_of(env).users() == []


@pytest.mark.parametrize(("again", "code"), [(PASSWORD, 0), ("something else", 1)])
def test_at_a_terminal_the_password_is_asked_for_twice_and_never_shown(
    env: dict[str, str], again: str, code: int
) -> None:
    command = [sys.executable, "-m", "bot", "user", "add", "bo", "--role", "viewer"]
    child, terminal = pty.fork()
    if child == 0:
        os.execve(sys.executable, command, env)
    said = b""
    for typed in (PASSWORD, again):
        asked = said.count(b": ") + 1
        while said.count(b": ") < asked:
            said += os.read(terminal, 1000)
        os.write(terminal, typed.encode() + b"\n")
    if code:
        while b"do not match" not in said:
            said += os.read(terminal, 1000)
        os.kill(child, signal.SIGKILL)
    else:
        while b"is on the desk" not in said:
            said += os.read(terminal, 1000)
    os.waitpid(child, 0)
    os.close(terminal)
    assert PASSWORD.encode() not in said
    assert [user.name for user in ledger_of(env).users()] == ([] if code else ["bo"])


def test_people_are_listed_and_changed(env: dict[str, str]) -> None:
    for name, role in (("amira", Role.ADMIN), ("bo", Role.EDITOR)):
        people.add(ledger_of(env), name, role, None, PASSWORD, "test", "why", NOW)
    assert bot("user", "change", "bo", "--role", "approver", env=env).stdout == "bo: approver, active.\n"
    assert bot("user", "change", "bo", "--deactivate", env=env).stdout == "bo: approver, deactivated.\n"
    listed = json.loads(bot("user", "list", "--json", env=env).stdout)
    assert [(u["name"], u["role"], u["active"]) for u in listed] == [
        ("amira", "admin", True), ("bo", "approver", False),
    ]  # fmt: skip
    assert "bo" in bot("user", "list", env=env).stdout
    new = {**env, "BOT_USER_PASSWORD": "a quite new password"}
    assert bot("user", "change", "bo", "--activate", "--password", env=new).returncode == 0
    assert people.sign_in(ledger_of(env), "bo", "a quite new password", "192.0.2.1", NOW)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("change", "nobody", "--role", "admin"), 1, "nobody called"),
        (("change", "amira", "--deactivate"), 1, "last admin"),
        (("change", "amira"), 2, "Say what to change"),
        (("change", "amira", "--activate", "--deactivate"), 2, "not both"),
        (("add", "amira", "--role", "viewer", "--link"), 1, "already"),
        (("add", "bo", "--role", "king", "--link"), 2, "king"),
        (("add", "bo", "--role", "viewer", "--link", "--email", "bo"), 1, "not an email address"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    env: dict[str, str], arguments: tuple[str, ...], code: int, said: str
) -> None:
    people.add(ledger_of(env), "amira", Role.ADMIN, None, None, "test", "why", NOW)
    result = bot("user", *arguments, env=env)
    assert result.returncode == code
    assert said in result.stderr
    assert "Traceback" not in result.stderr


# ── bot web ──────────────────────────────────────────────────────────────────────────────────


def start_web(env: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bot", "web", *arguments]
    return subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)


def open_when_there(address: str, **headers: str):
    end = time.monotonic() + 60
    while True:
        try:
            return urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=5)
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.1)


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(("trusted", "name"), [("", "desk-door="), ("127.0.0.1", "__Host-desk-door=")])
def test_only_a_trusted_proxy_is_believed_when_it_says_https(
    env: dict[str, str], tmp_path: Path, trusted: str, name: str
) -> None:
    write_campaign(Path(env["BOT_HOME"]))
    port = free_port()
    process = start_web({**env, "PORT": str(port), "BOT_TRUSTED_PROXY": trusted})
    try:
        headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.9"}
        answer = open_when_there(f"http://127.0.0.1:{port}/sign-in", **headers)
        assert answer.headers["set-cookie"].startswith(name)
        assert ("strict-transport-security" in answer.headers) is bool(trusted)
    finally:
        process.terminate()
        assert process.wait(20) in (0, -signal.SIGTERM)
        assert process.stderr
        assert process.stderr.read() == ""
        process.stderr.close()


def test_a_campaign_with_mistakes_is_named_and_not_served(env: dict[str, str]) -> None:
    home = write_campaign(Path(env["BOT_HOME"]))
    (home / "config/campaign.yaml").write_text("nonsense: true\n")
    result = bot("web", "--port", "0", env=env)
    assert result.returncode == 1
    assert "config/campaign.yaml" in result.stderr
    assert "Traceback" not in result.stderr
