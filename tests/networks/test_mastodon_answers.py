"""What snac2 never answers and Mastodon does: a small server that speaks the lines of Mastodon's documentation.

https://docs.joinmastodon.org/methods/media/ and /methods/statuses/, seen November 2026; the wording of a missing
picture is Mastodon's `media_attachments.validations.not_found` (4.3, https://github.com/mastodon/mastodon/issues/31707).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.model import Account, Attachment, Illustration, Metrics, Receipt
from bot.networks import BadCredentials, Doubtful, Passing, Refused, StaleUpload, mastodon, network
from bot.networks._mastodon_text import normal, sent
from bot.networks.mastodon import MastodonConnection
from tests.networks.illustrated import dispatch, picture

GONE = "Media 7 not found or already attached to another post"


@dataclass
class Server:
    """Answers by method and path, each the next of its list, the last one for ever; what was asked, in order."""

    port: int = 0
    answers: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, asked: str) -> tuple[int, Any]:
        self.asked.append(asked)
        answers = self.answers.get(asked.partition("?")[0], [(404, {"error": "Record not found"})])
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    server.answers["GET /api/v1/accounts/verify_credentials"] = [(200, ME)]
    server.answers["GET /api/v1/accounts/1/statuses"] = [(200, [])]
    server.answers["GET /api/v2/instance"] = [(200, INSTANCE)]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, told = server.answer(f"{self.command} {self.path}")
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_DELETE = do_PATCH = do_GET  # noqa: N815 - names of the standard library

        def log_message(self, format: str, *args: Any) -> None: ...

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.port = running.server_address[1]
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    running.shutdown()
    running.server_close()


INSTANCE = {
    "version": "4.5.0",
    "configuration": {
        "statuses": {"max_characters": 500, "characters_reserved_per_url": 23},
        "media_attachments": {"image_size_limit": 1000, "description_limit": 300},
    },
}
ME = {"id": "1", "acct": "bot", "display_name": "Bot", "bot": False, "source": {"note": "Old\r\nnote"}}
STATUS = {
    "id": "100",
    "url": "https://m.test/@bot/100",
    "uri": "https://m.test/100",
    "account": {"id": "1"},
    "created_at": "2026-11-25T09:00:00.000Z",
    "favourites_count": 3,
    "reblogs_count": 2,
    "replies_count": 1,
}


@pytest.fixture
def connection(server: Server, monkeypatch: pytest.MonkeyPatch) -> MastodonConnection:
    monkeypatch.setattr(mastodon, "POLL_SECONDS", 0.0)
    account = Account("mastodon-en", "mastodon", server=f"http://127.0.0.1:{server.port}")
    found = network("mastodon").connect(account, {"ACCESS_TOKEN": "t"})
    assert isinstance(found, MastodonConnection)
    return found


def test_a_picture_in_processing_is_waited_for(server: Server, connection: MastodonConnection) -> None:
    server.answers["POST /api/v2/media"] = [(202, {"id": "7", "url": None})]
    server.answers["GET /api/v1/media/7"] = [
        (206, {"id": "7", "url": None}),
        (200, {"id": "7", "url": "https://m.test/7.png"}),
    ]
    assert connection.upload(picture()) == "7"
    assert server.asked.count("GET /api/v1/media/7") == 2


def test_a_picture_that_stays_in_processing_may_pass(
    server: Server, connection: MastodonConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mastodon, "PROCESSING_SECONDS", 0.0)
    server.answers["POST /api/v2/media"] = [(202, {"id": "7", "url": None})]
    server.answers["GET /api/v1/media/7"] = [(206, {"id": "7", "url": None})]
    with pytest.raises(Passing, match="still processing"):
        connection.upload(picture())


@pytest.mark.parametrize(
    ("status", "error"),
    [(500, Passing), (422, Refused), (413, Refused), (429, Passing), (403, BadCredentials)],
)
def test_an_upload_that_fails_is_never_doubtful(
    server: Server, connection: MastodonConnection, status: int, error: type[Exception]
) -> None:
    server.answers["POST /api/v2/media"] = [
        (status, {"error": "This action is outside the authorized scopes"})
    ]
    with pytest.raises(error):
        connection.upload(picture())


def uploaded() -> Attachment:
    return replace(picture(), remote="7")


def test_a_picture_the_server_lost_is_asked_for_again(server: Server, connection: MastodonConnection) -> None:
    server.answers["POST /api/v1/statuses"] = [(422, {"error": GONE})]
    with pytest.raises(StaleUpload, match="already attached"):
        connection.publish(replace(dispatch(), attachments=(uploaded(),)))


def test_a_picture_that_this_very_post_has_already_means_it_is_out(
    server: Server, connection: MastodonConnection
) -> None:
    single = replace(dispatch(posts=1), attachments=(uploaded(),))
    status = STATUS | {"content": single.message.text.replace("<", "&lt;").replace("\n", "<br>")}
    server.answers["POST /api/v1/statuses"] = [(422, {"error": GONE})]
    server.answers["GET /api/v1/accounts/1/statuses"] = [(200, [status])]
    server.answers["GET /api/v1/statuses/100"] = [(200, status)]
    assert connection.publish(single).remote_id == "100"
    assert server.asked.count("POST /api/v1/statuses") == 1


def test_a_lost_picture_and_a_look_that_fails_are_doubtful(
    server: Server, connection: MastodonConnection
) -> None:
    server.answers["POST /api/v1/statuses"] = [(422, {"error": GONE})]
    server.answers["GET /api/v1/accounts/1/statuses"] = [(503, {"error": "down"})]
    with pytest.raises(Doubtful):
        connection.publish(replace(dispatch(), attachments=(uploaded(),)))


def test_a_thread_is_taken_down_last_post_first(server: Server, connection: MastodonConnection) -> None:
    server.answers["DELETE /api/v1/statuses/1"] = server.answers["DELETE /api/v1/statuses/3"] = [(200, {})]
    connection.delete(Receipt("1", parts=("1", "2", "3")))
    assert [asked for asked in server.asked if asked.startswith("DELETE")] == [
        f"DELETE /api/v1/statuses/{number}" for number in "321"
    ]


def test_metrics_are_asked_for_together_and_what_is_gone_is_left_out(
    server: Server, connection: MastodonConnection
) -> None:
    server.answers["GET /api/v1/statuses"] = [(200, [STATUS])]
    ids = ["100", *(str(number) for number in range(200, 230))]
    assert connection.measure(ids) == {"100": Metrics(likes=3, reposts=2, replies=1)}
    assert len([asked for asked in server.asked if asked.startswith("GET /api/v1/statuses?")]) == 2


def test_a_server_that_takes_no_batches_is_asked_one_by_one(
    server: Server, connection: MastodonConnection
) -> None:
    server.answers["GET /api/v1/statuses/100"] = [(200, STATUS)]
    assert connection.measure(["100", "200"]) == {"100": Metrics(likes=3, reposts=2, replies=1)}


def test_a_status_that_somebody_boosted_is_still_the_accounts_own(
    server: Server, connection: MastodonConnection
) -> None:
    single = dispatch(posts=1)
    own = STATUS | {"content": "", "text": single.message.text}
    boosted = own | {
        "id": "100A",
        "account": {"id": "2"},
        "content": "",
        "reblog": own,
    }  # as snac2 2.75 shows it
    boost_of_another = own | {"id": "300", "reblog": own | {"id": "200", "account": {"id": "2"}}}
    server.answers["GET /api/v1/accounts/1/statuses"] = [(200, [boost_of_another, boosted]), (200, [])]
    found = connection.find(single)
    assert found is not None
    assert found.remote_id == "100"


def test_connecting_asks_nothing(server: Server, connection: MastodonConnection) -> None:
    assert server.asked == []


def test_a_profile_that_may_not_be_changed_is_told_in_words(
    server: Server, connection: MastodonConnection
) -> None:
    refusal = (403, {"error": "This action is outside the authorized scopes"})
    too_long = (422, {"error": "Validation failed: Note is too long"})
    server.answers["PATCH /api/v1/accounts/update_credentials"] = [refusal, too_long, (200, ME)]
    told = connection.introduce(mastodon.Profile("A name", "Long"))
    assert [line.split(":")[0] for line in told] == [
        "The name stays as it is",
        "The description stays as it is",
        "The bot label is not as asked",
    ]
    assert all("by hand" in line for line in told)


def test_what_is_as_it_should_be_is_not_written(server: Server, connection: MastodonConnection) -> None:
    server.answers["PATCH /api/v1/accounts/update_credentials"] = [(200, ME | {"bot": True})]
    assert connection.introduce(mastodon.Profile("Bot", "Old\nnote")) == ["The bot label is set."]


@pytest.mark.parametrize(
    ("scopes", "illustration", "ok"),
    [
        (["write"], Illustration.CARDS, True),
        (["write:statuses"], Illustration.CARDS, False),
        (["write:statuses"], Illustration.NONE, True),
        (["write:statuses", "write:media"], Illustration.CARDS, True),
        (["read"], Illustration.NONE, False),
    ],
)
def test_the_doctor_asks_for_the_permission_to_upload_where_there_are_pictures(
    server: Server, connection: MastodonConnection, scopes: list[str], illustration: Illustration, ok: bool
) -> None:
    server.answers["GET /api/v1/apps/verify_credentials"] = [(200, {"name": "bot", "scopes": scopes})]
    connection._account = replace(connection._account, illustration=illustration)
    assert {check.name: check.ok for check in connection.verify()}["permission"] is ok


def test_a_servers_own_limits_are_told(connection: MastodonConnection) -> None:
    rules = connection.rules()
    assert rules.pictures is not None
    assert (rules.pictures.byte_limit, rules.pictures.alt_limit) == (1000, 300)
    assert rules.threads


@pytest.mark.parametrize(
    ("written", "on_the_wire"),
    [
        ("\u2068https://a.test/b\u2069\n", "\u2068https://a.test/b\n"),
        ("\u2068https://a.test/b\u2069", "\u2068https://a.test/b"),
        ("\u2068https://a.test/b\u2069.", "\u2068https://a.test/b \u2069."),
        ("\u2068#One\u2069 \u2068#Two\u2069", "\u2068#One \u2069\u2068#Two"),
        ("\u2068#One\u2069، ", "\u2068#One\u2069، "),
        ("\u20682024\u2069 و", "\u20682024\u2069 و"),
        ("https://a.test/b #One", "https://a.test/b #One"),
    ],
)
def test_no_link_stands_directly_before_the_end_of_its_isolate(written: str, on_the_wire: str) -> None:
    assert sent(written) == on_the_wire


def test_a_text_is_the_same_however_a_server_spaces_it_and_marks_its_direction() -> None:
    assert normal("عام \u20682024\u2069\n\nأ") == normal(" عام 2024 أ")
    assert normal("6\u202f279 «\u00a0a\u00a0»") == normal("6 279 « a »")
    assert normal("2024") != normal("2025")
