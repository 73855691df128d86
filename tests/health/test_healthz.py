"""The page for those who watch the process: true, small, and without anybody's words."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from bot.health import Health, Ill, WorkerHealth, look
from bot.healthz import Answers, public, served
from bot.model import Misconfigured, Scope, State
from bot.worker import Worker
from tests.health.conftest import Campaign
from tests.world import NOW

WELL = Health(NOW, (), workers=(WorkerHealth("w1", True, True, NOW, NOW, NOW, {}),))
ILL = replace(WELL, ills=(Ill("no-healthy-tick", "since Ada's server fell over"),))


def ask(look: Callable[[], Health], path: str = "/healthz", method: str = "GET") -> tuple[int, bytes]:
    with served(look, "127.0.0.1", 0) as port:
        try:
            with urlopen(Request(f"http://127.0.0.1:{port}{path}", method=method)) as answer:
                return answer.status, answer.read()
        except HTTPError as error:
            with error:
                return error.code, error.read()


def test_a_bot_that_does_its_work_answers_200() -> None:
    status, body = ask(lambda: WELL)
    assert status == 200
    assert json.loads(body)["ok"] is True


def test_a_bot_that_does_not_answers_503_with_a_code() -> None:
    status, body = ask(lambda: ILL)
    assert status == 503
    assert json.loads(body)["ills"] == ["no-healthy-tick"]


def test_head_is_answered_without_the_page() -> None:
    assert ask(lambda: WELL, method="HEAD") == (200, b"")
    assert ask(lambda: ILL, method="HEAD") == (503, b"")


@pytest.mark.parametrize("path", ["/", "/healthz/", "/healthzz", "/../etc/passwd"])
def test_there_is_no_other_page(path: str) -> None:
    assert ask(lambda: WELL, path)[0] == 404


def test_a_probe_may_add_a_query() -> None:
    assert ask(lambda: WELL, "/healthz?probe=1")[0] == 200


def test_the_page_holds_nothing_that_people_or_servers_said(campaign: Campaign) -> None:
    campaign.plan()
    campaign.work()
    delivery = campaign.claim()[0]
    campaign.end(delivery, State.FAILED, "the server said WORDS-OF-A-SERVER")
    campaign.space.ledger.pause(Scope.ACCOUNT, "one", "NAME-OF-A-PERSON", "WORDS-OF-A-PERSON", NOW)
    campaign.space.ledger.report("worker", NOW, "files: WORDS-OF-A-FILE", healthy=True)
    told = public(look(campaign.space, NOW))
    assert (told["failed"], told["pauses"], told["workers"]) == (1, 1, 1)
    for word in ("WORDS", "NAME", delivery.id, "worker:", str(campaign.space.home)):
        assert word not in json.dumps(told)


def test_a_look_that_hangs_is_a_503_and_the_next_answer_is_true_again() -> None:
    database_is_back = threading.Event()

    def look() -> Health:
        database_is_back.wait()
        return WELL

    answers = Answers(look, patience=0.05)
    assert answers.answer() == {"ok": False, "ills": ["too-slow"]}
    assert answers.answer()["ok"] is False
    database_is_back.set()
    answers._patience = 30
    assert answers.answer()["ok"] is True


def test_a_look_that_raises_is_a_503_and_is_written_down(capsys: pytest.CaptureFixture[str]) -> None:
    def look() -> Health:
        raise KeyError("no such key")

    assert Answers(look).answer() == {"ok": False, "ills": ["bug"]}
    assert "no such key" in "".join(capsys.readouterr())


def test_many_who_ask_at_once_cost_one_look() -> None:
    looks = []

    def look() -> Health:
        looks.append(1)
        return WELL

    answers = Answers(look)
    assert {answers.answer()["ok"] for _ in range(50)} == {True}
    assert len(looks) == 1


def test_a_port_that_is_taken_is_told_in_words() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with (
            pytest.raises(Misconfigured, match="Choose another BOT_HEALTH_PORT"),
            served(lambda: WELL, "127.0.0.1", port),
        ):
            pass


def test_it_listens_on_addresses_of_the_newer_kind_too() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with served(lambda: WELL, "::1", 0) as port, urlopen(f"http://[::1]:{port}/healthz") as answer:
        assert answer.status == 200


def test_what_it_does_not_tell_is_not_looked_for(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_long(*_: object) -> None:
        raise AssertionError("posts whose facts were withdrawn are looked for")

    monkeypatch.setattr("bot.health.withdrawn", too_long)
    monkeypatch.setattr("bot.health.silent", too_long)
    worker = Worker(campaign.space, lambda: NOW)
    campaign.work(worker.who)
    assert worker.health().is_well
    assert public(look(campaign.space, NOW, whole=False))["ok"] is True
