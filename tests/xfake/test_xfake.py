"""The fake X does what its README says, seen through tweepy."""

# ruff: noqa: F401, F811 - the fixtures are imported here, and asked for by name

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import tweepy
from requests_oauthlib import OAuth1

from tests.xfake import extract
from tests.xfake.fixtures import x_account, x_server
from tests.xfake.oauth import XAccount
from tests.xfake.server import Fault, XServer

FULL_DESCRIPTION = Path(__file__).parents[3] / "shared" / "x" / "openapi.json"
TIMEOUT = 5.0


class XSession(requests.Session):
    """Sends what is meant for tweepy's written-in host to another, and does not wait for ever."""

    def __init__(self, base_url: str, timeout: float) -> None:
        super().__init__()
        self.base_url, self.timeout = base_url, timeout

    def request(self, method: str, url: str, **options: Any) -> requests.Response:  # type: ignore[override]
        """The host is changed before the request is signed, so the signature is for the URL that is sent."""
        options.setdefault("timeout", self.timeout)
        return super().request(method, url.replace("https://api.twitter.com", self.base_url, 1), **options)


class XClient(tweepy.Client):  # type: ignore[misc]
    """tweepy's client for an API at any address."""

    def __init__(self, base_url: str, timeout: float = TIMEOUT, **keys: str) -> None:
        super().__init__(**keys, return_type=dict)
        self.session = XSession(base_url, timeout)


def client_of(server: XServer, account: XAccount, *, timeout: float = TIMEOUT, **changed: Any) -> XClient:
    keys = {
        "consumer_key": account.consumer_key,
        "consumer_secret": account.consumer_secret,
        "access_token": account.access_token,
        "access_token_secret": account.access_token_secret,
    }
    return XClient(server.url, timeout, **(keys | changed))


def auth_of(account: XAccount, **changed: Any) -> OAuth1:
    keys = (account.consumer_key, account.consumer_secret, account.access_token, account.access_token_secret)
    return OAuth1(*keys, **changed)


def signed_post(server: XServer, account: XAccount, **changed: Any) -> requests.PreparedRequest:
    """A signed request for a post, ready to be sent as often as one likes."""
    auth = auth_of(account, **changed)
    return requests.Request("POST", f"{server.url}/2/tweets", json={"text": "Once."}, auth=auth).prepare()


@pytest.fixture
def client(x_server: XServer, x_account: XAccount) -> Iterator[XClient]:
    made = client_of(x_server, x_account)
    yield made
    made.session.close()


@pytest.fixture
def app_client(x_server: XServer) -> Iterator[XClient]:
    made = XClient(x_server.url, bearer_token=x_server.bearer_token)
    yield made
    made.session.close()


def timeline(client: XClient, account: XAccount, **asked: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.get_users_tweets(account.user_id, user_auth=True, **asked)
    return answer


# Posting and reading


def test_a_good_post_is_created_and_can_be_read_in_the_timeline(
    client: XClient, x_server: XServer, x_account: XAccount
) -> None:
    made = client.create_tweet(text="Mines were cleared.")["data"]
    read = timeline(client, x_account, tweet_fields=["created_at"])
    assert made["text"] == "Mines were cleared."
    assert [post["id"] for post in read["data"]] == [made["id"]]
    assert read["data"][0]["created_at"].endswith(".000Z")
    assert x_server.posts(x_account.user_id)[0]["author_id"] == x_account.user_id
    assert [seen.status for seen in x_server.requests] == [201, 200]


def test_the_account_is_told_who_it_is(client: XClient, x_account: XAccount) -> None:
    assert client.get_me()["data"] == {"id": x_account.user_id, "name": "facts", "username": "facts"}


def test_links_come_back_wrapped_with_the_right_indices(client: XClient, x_account: XAccount) -> None:
    client.create_tweet(text="🕊 R&D at https://example.org/a?b=1#c and #MineAction, @icrc. #1997 is none")
    post = timeline(client, x_account, tweet_fields=["entities"])["data"][0]
    text, entities = post["text"], post["entities"]
    link, tag, mention = entities["urls"][0], entities["hashtags"][0], entities["mentions"][0]
    assert link["expanded_url"] == "https://example.org/a?b=1#c"
    assert text[link["start"] : link["end"]] == link["url"]
    assert link["url"].startswith("https://t.co/") and len(link["url"]) == 23
    assert text[tag["start"] : tag["end"]] == "#MineAction" and len(entities["hashtags"]) == 1
    assert text[mention["start"] : mention["end"]] == "@icrc"
    assert text.startswith("🕊 R&amp;D at https://t.co/")


def test_the_same_link_is_wrapped_anew_in_each_post(client: XClient) -> None:
    made = [client.create_tweet(text="https://example.org/a")["data"]["text"] for _ in range(2)]
    assert made[0] != made[1]


def test_ids_grow_even_when_the_clock_goes_back() -> None:
    hours = iter(range(23, 0, -1))
    with XServer(clock=lambda: datetime(2026, 4, 4, next(hours), tzinfo=UTC)) as server:
        account = server.create_account("facts")
        client = client_of(server, account)
        ids = [int(client.create_tweet(text=f"Fact {n}")["data"]["id"]) for n in range(5)]
        client.session.close()
    assert ids == sorted(set(ids))


def test_the_timeline_is_paged_newest_first(client: XClient, x_account: XAccount) -> None:
    ids = [client.create_tweet(text=f"Fact {n}")["data"]["id"] for n in range(7)]
    first = timeline(client, x_account, max_results=5)
    second = timeline(client, x_account, max_results=5, pagination_token=first["meta"]["next_token"])
    assert [post["id"] for post in first["data"] + second["data"]] == ids[::-1]
    assert "next_token" not in second["meta"]


def test_the_timeline_can_start_after_an_id_or_at_a_time(client: XClient, x_account: XAccount) -> None:
    ids = [client.create_tweet(text=f"Fact {n}")["data"]["id"] for n in range(3)]
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert [p["id"] for p in timeline(client, x_account, since_id=ids[0])["data"]] == [ids[2], ids[1]]
    assert timeline(client, x_account, start_time=later) == {"meta": {"result_count": 0}}
    assert timeline(client, x_account, start_time=later - timedelta(hours=1))["meta"]["result_count"] == 3


def test_replies_can_be_left_out(client: XClient, x_account: XAccount) -> None:
    first = client.create_tweet(text="One")["data"]["id"]
    client.create_tweet(text="Two", in_reply_to_tweet_id=first)
    assert [p["id"] for p in timeline(client, x_account, exclude=["replies"])["data"]] == [first]


def test_a_reply_to_nothing_is_forbidden(client: XClient) -> None:
    with pytest.raises(tweepy.Forbidden):
        client.create_tweet(text="Two", in_reply_to_tweet_id="1")


def test_posts_can_be_read_by_id(client: XClient, x_account: XAccount) -> None:
    made = client.create_tweet(text="One")["data"]["id"]
    assert client.get_tweet(made, user_auth=True)["data"]["text"] == "One"
    many = client.get_tweets([made, "1"], expansions=["author_id"], user_auth=True)
    assert [post["author_id"] for post in many["data"]] == [x_account.user_id]
    assert many["includes"]["users"][0]["username"] == "facts"
    assert many["errors"][0]["resource_id"] == "1"


def test_a_deleted_post_is_gone(client: XClient, x_server: XServer, x_account: XAccount) -> None:
    made = client.create_tweet(text="One")["data"]["id"]
    assert client.delete_tweet(made) == {"data": {"deleted": True}}
    assert x_server.posts(x_account.user_id) == []
    assert "data" not in client.get_tweet(made, user_auth=True)
    with pytest.raises(tweepy.NotFound):
        client.delete_tweet(made)


def test_nobody_deletes_the_post_of_another(client: XClient, x_server: XServer) -> None:
    made = client.create_tweet(text="One")["data"]["id"]
    other = client_of(x_server, x_server.create_account("other"))
    with pytest.raises(tweepy.Forbidden), other.session:
        other.delete_tweet(made)


# Who may ask


@pytest.mark.parametrize("secret", ["consumer_key", "consumer_secret", "access_token", "access_token_secret"])
def test_a_wrong_secret_is_not_let_in(x_server: XServer, x_account: XAccount, secret: str) -> None:
    client = client_of(x_server, x_account, timeout=TIMEOUT, **{secret: "wrong"})
    with pytest.raises(tweepy.Unauthorized) as refusal, client.session:
        client.create_tweet(text="One")
    assert refusal.value.response.headers["Content-Type"] == "application/problem+json"
    assert refusal.value.response.json()["status"] == 401
    assert x_server.posts(x_account.user_id) == []


def test_the_query_is_part_of_what_is_signed(x_server: XServer, x_account: XAccount) -> None:
    address = f"{x_server.url}/2/users/{x_account.user_id}/tweets?max_results=5"
    signed = requests.Request("GET", address, auth=auth_of(x_account)).prepare()
    changed = signed.copy()
    changed.url = address.replace("=5", "=50")
    with requests.Session() as session:
        statuses = [session.send(sent, timeout=TIMEOUT).status_code for sent in (changed, signed)]
    assert statuses == [401, 200]


def test_a_request_sent_again_as_it_was_is_not_let_in(x_server: XServer, x_account: XAccount) -> None:
    prepared = signed_post(x_server, x_account)
    with requests.Session() as session:
        statuses = [session.send(prepared, timeout=TIMEOUT).status_code for _ in range(2)]
    assert statuses == [201, 401]
    assert len(x_server.posts(x_account.user_id)) == 1


@pytest.mark.parametrize(("minutes", "status"), [(-6, 401), (-4, 201), (4, 201), (6, 401)])
def test_a_clock_may_be_five_minutes_off(
    x_server: XServer, x_account: XAccount, minutes: int, status: int
) -> None:
    prepared = signed_post(x_server, x_account, timestamp=str(int(time.time()) + 60 * minutes))
    with requests.Session() as session:
        assert session.send(prepared, timeout=TIMEOUT).status_code == status


def test_an_app_alone_may_read_but_not_post(app_client: XClient, x_account: XAccount) -> None:
    assert app_client.get_users_tweets(x_account.user_id)["meta"] == {"result_count": 0}
    for forbidden in (
        lambda: app_client.create_tweet(text="One", user_auth=False),
        lambda: app_client.get_me(user_auth=False),
    ):
        with pytest.raises(tweepy.Forbidden, match="Application-Only is forbidden"):
            forbidden()


def test_an_unknown_bearer_is_not_let_in(x_server: XServer) -> None:
    client = XClient(x_server.url, bearer_token="unknown")
    with pytest.raises(tweepy.Unauthorized), client.session:
        client.create_tweet(text="One", user_auth=False)


# What X refuses


def test_a_text_may_weigh_280_and_no_more(client: XClient) -> None:
    client.create_tweet(text="x" * 256 + " https://example.org/" + "y" * 300)
    client.create_tweet(text="字" * 140)
    for text in ("x" * 281, "字" * 141, ""):
        with pytest.raises(tweepy.BadRequest) as refusal:
            client.create_tweet(text=text)
        assert refusal.value.response.json()["type"].endswith("/invalid-request")


def test_duplicates_are_taken_unless_the_switch_is_on(
    client: XClient, x_server: XServer, x_account: XAccount
) -> None:
    client.create_tweet(text="Same")
    client.create_tweet(text="Same")
    x_server.refuse_duplicates = True
    with pytest.raises(
        tweepy.Forbidden, match="You are not allowed to create a Tweet with duplicate content"
    ):
        client.create_tweet(text="Same")
    assert x_server.written(x_account.user_id) == ["Same", "Same"]


def test_the_rate_limit_counts_down_and_then_holds(client: XClient, x_server: XServer) -> None:
    x_server.limits["POST /2/tweets"] = 2
    client.return_type = requests.Response
    left = [client.create_tweet(text=text).headers["x-rate-limit-remaining"] for text in ("One", "Two")]
    assert left == ["1", "0"]
    with pytest.raises(tweepy.TooManyRequests) as refusal:
        client.create_tweet(text="Three")
    assert refusal.value.reset_time > time.time()
    assert refusal.value.response.headers["x-rate-limit-limit"] == "2"


# What goes wrong


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, tweepy.TooManyRequests),
        (500, tweepy.TwitterServerError),
        (503, tweepy.TwitterServerError),
        (401, tweepy.Unauthorized),
    ],
)
def test_a_status_fault_answers_so_and_does_nothing(
    client: XClient, x_server: XServer, x_account: XAccount, status: int, error: type[Exception]
) -> None:
    x_server.faults.append(Fault("POST", "/2/tweets", "status", times=2, status=status))
    for _ in range(2):
        with pytest.raises(error) as refusal:
            client.create_tweet(text="One")
        assert "Retry-After" not in refusal.value.response.headers  # type: ignore[attr-defined]
    assert x_server.posts(x_account.user_id) == []
    client.create_tweet(text="One")


def test_a_429_can_say_when_to_come_back(client: XClient, x_server: XServer) -> None:
    fault = Fault("POST", "/2/tweets", "status", status=429, retry_after=30, reset_in=60)
    x_server.faults.append(fault)
    with pytest.raises(tweepy.TooManyRequests) as refusal:
        client.create_tweet(text="One")
    headers = refusal.value.response.headers
    assert headers["Retry-After"] == "30" and headers["x-rate-limit-remaining"] == "0"
    assert abs(int(headers["x-rate-limit-reset"]) - time.time() - 60) < 5


@pytest.mark.parametrize(("kind", "posts"), [("cut_before", []), ("cut_after", ["One"])])
def test_a_connection_can_be_cut_before_or_after_the_deed(
    client: XClient, x_server: XServer, x_account: XAccount, kind: Any, posts: list[str]
) -> None:
    timeline(client, x_account)  # so that the connection is a kept one
    x_server.faults.append(Fault("POST", "/2/tweets", kind))
    with pytest.raises(requests.ConnectionError):
        client.create_tweet(text="One")
    assert x_server.written(x_account.user_id) == posts
    assert x_server.requests[-1].status is None
    assert timeline(client, x_account)["meta"]["result_count"] == len(posts)


def test_an_answer_can_never_come(x_server: XServer, x_account: XAccount) -> None:
    x_server.faults.append(Fault("POST", "/2/tweets", "stall"))
    client = client_of(x_server, x_account, timeout=0.2)
    with pytest.raises(requests.ReadTimeout), client.session:
        client.create_tweet(text="One")
    assert x_server.written(x_account.user_id) == ["One"]


def test_closing_the_server_ends_a_stalled_answer() -> None:
    with XServer() as server:
        account = server.create_account("facts")
        server.faults.append(Fault("POST", "/2/tweets", "stall"))
        client = client_of(server, account, timeout=0.2)
        with pytest.raises(requests.ReadTimeout), client.session:
            client.create_tweet(text="One")
        kept = requests.Session()
        kept.send(signed_post(server, account), timeout=TIMEOUT)
    with pytest.raises(requests.ConnectionError), kept:
        kept.send(signed_post(server, account), timeout=TIMEOUT)


def test_faults_befall_only_what_they_name(client: XClient, x_server: XServer, x_account: XAccount) -> None:
    x_server.faults.append(Fault("GET", "/2/users/", "status", status=503))
    client.create_tweet(text="One")
    with pytest.raises(tweepy.TwitterServerError):
        timeline(client, x_account)


# Against the description


def test_an_unknown_field_is_recorded_and_refused(client: XClient, x_server: XServer) -> None:
    with pytest.raises(tweepy.BadRequest):
        client.request("POST", "/2/tweets", json={"text": "One", "mood": "glad"}, user_auth=True)
    (violation,) = x_server.take_violations()
    assert "'mood'" in violation


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"max_results": 4}, "max_results"),
        ({"tweet_fields": ["shoe_size"]}, "tweet.fields"),
        ({"tweet_fields": ["author_id"]}, "tweet.fields"),
        ({"start_time": "yesterday"}, "start_time"),
        ({"since_id": "abc"}, "since_id"),
    ],
)
def test_a_query_that_is_not_described_is_recorded_and_refused(
    client: XClient, x_server: XServer, x_account: XAccount, asked: dict[str, Any], named: str
) -> None:
    with pytest.raises(tweepy.BadRequest):
        timeline(client, x_account, **asked)
    (violation,) = x_server.take_violations()
    assert named in violation


def test_an_unknown_path_is_recorded_and_not_found(client: XClient, x_server: XServer) -> None:
    with pytest.raises(tweepy.NotFound):
        client.request("GET", "/2/nowhere", user_auth=True)
    assert len(x_server.take_violations()) == 1


def test_what_the_fake_does_not_model_is_recorded(client: XClient, x_server: XServer) -> None:
    with pytest.raises(tweepy.TwitterServerError):
        client.create_tweet(text="Yes or no?", poll_options=["Yes", "No"], poll_duration_minutes=5)
    assert "does not model" in x_server.take_violations()[0]


@pytest.mark.parametrize("user", [{"id": 5}, {"id": "5", "shoe_size": "42"}])
def test_an_answer_that_does_not_conform_is_recorded(
    client: XClient, x_server: XServer, monkeypatch: pytest.MonkeyPatch, user: Any
) -> None:
    monkeypatch.setattr("tests.xfake.server._user", lambda account: user)
    client.get_me()
    (violation,) = x_server.take_violations()
    assert "answer 200" in violation


def test_the_old_name_of_post_fields_can_be_refused() -> None:
    with XServer(accept_tweet_fields=False) as server:
        account = server.create_account("facts")
        client = client_of(server, account)
        with pytest.raises(tweepy.BadRequest), client.session:
            timeline(client, account, tweet_fields=["created_at"])
        assert "'tweet.fields' is not described" in server.take_violations()[0]
        read = client.request(
            "GET", f"/2/users/{account.user_id}/tweets", {"post.fields": "text"}, None, True
        )
        assert read.status_code == 200 and server.violations == []


def test_the_extract_is_what_its_maker_makes_of_the_description() -> None:
    if not FULL_DESCRIPTION.exists():
        pytest.skip("the whole description is not beside the checkout")
    whole = json.loads(FULL_DESCRIPTION.read_text(encoding="utf-8"))
    assert extract.as_text(extract.extract(whole)) == extract.EXTRACT.read_text(encoding="utf-8")
