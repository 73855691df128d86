"""Each network's adapter against the real server (for X: the fake that is held against X's own description)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.composing import entities_of
from bot.model import Account, Dispatch, Message, Rules
from bot.networks import BadCredentials, Connection, Doubtful, Passing, Refused, network
from tests.servers.bluesky import BlueskyAccount, BlueskyServer
from tests.servers.mastodon import MastodonAccount, MastodonServer
from tests.xfake.fixtures import x_account, x_server  # noqa: F401
from tests.xfake.server import Fault, XAccount, XServer

LINK = "https://disarmament.unoda.org/anti-personnel-landmines-convention"


def a_message(text: str, rules: Rules) -> Message:
    shown = "disarmament.unoda.org" if rules.links == "host" else LINK
    whole = f"{text} <1> & «2»\n\nSource: UNODA, as of 24 November 2026.\n{shown}\n#MineAction #ForwardNotFragmented"
    entities = entities_of(whole, LINK, shown)
    return Message(
        whole, "en", entities, LINK, "fact", "v1", "fact/en/a", 0, rules.limit, len(whole.encode())
    )


@dataclass
class Login:
    """One account on one server, and how its followers see it."""

    account: Account
    secrets: dict[str, str]
    followers_see: Callable[[], list[str]]

    def connect(self, **wrong: str) -> Connection:
        return network(self.account.network).connect(self.account, self.secrets | wrong)

    def dispatch(self, name: str = "one", text: str = "Anti-personnel mines are banned.") -> Dispatch:
        rules = network(self.account.network).default_rules(self.account)
        return Dispatch(name, self.account.id, a_message(text, rules), datetime.now(UTC))


@pytest.fixture
def bluesky(bluesky_server: BlueskyServer, bluesky_account: BlueskyAccount) -> Login:
    account = Account("bluesky-en", "bluesky", server=bluesky_server.url, handle=bluesky_account.handle)
    secrets = {"APP_PASSWORD": bluesky_account.app_password}
    return Login(
        account, secrets, lambda: [r["value"]["text"] for r in bluesky_server.records(bluesky_account.did)]
    )


@pytest.fixture
def mastodon(mastodon_server: MastodonServer, mastodon_account: MastodonAccount) -> Login:
    account = Account("mastodon-en", "mastodon", server=mastodon_server.url, handle=mastodon_account.name)
    secrets = {"ACCESS_TOKEN": mastodon_account.access_token}
    seen = lambda: [s["text"].replace("\r", "").strip() for s in mastodon_server.statuses(mastodon_account)]  # noqa: E731
    return Login(account, secrets, seen)


@pytest.fixture
def x(x_server: XServer, x_account: XAccount) -> Login:  # noqa: F811
    account = Account("x-en", "x", server=x_server.url, handle=x_account.username)
    secrets = {
        "API_KEY": x_account.consumer_key,
        "API_SECRET": x_account.consumer_secret,
        "ACCESS_TOKEN": x_account.access_token,
        "ACCESS_TOKEN_SECRET": x_account.access_token_secret,
    }
    return Login(account, secrets, lambda: list(x_server.written(x_account.user_id)))


@pytest.fixture(params=["bluesky", "mastodon", "x"])
def login(request: pytest.FixtureRequest) -> Login:
    found: Any = request.getfixturevalue(request.param)
    assert isinstance(found, Login)
    return found


def test_followers_see_the_text_exactly(login: Login) -> None:
    dispatch = login.dispatch()
    receipt = login.connect().publish(dispatch)
    assert receipt.remote_id
    assert receipt.url
    assert login.followers_see() == [dispatch.message.text]


def test_what_was_posted_is_found_again_and_what_was_not_is_not(login: Login) -> None:
    connection = login.connect()
    posted, never = login.dispatch("posted"), login.dispatch("never", "Another text.")
    receipt = connection.publish(posted)
    found = login.connect().find(posted)
    assert found is not None
    assert found.remote_id == receipt.remote_id
    assert connection.find(never) is None


def test_a_post_that_a_wrong_clock_dated_days_ahead_is_found(login: Login) -> None:
    ahead = replace(login.dispatch(), first_sent_at=datetime.now(UTC) + timedelta(days=3))
    receipt = login.connect().publish(ahead)
    found = login.connect().find(ahead)
    assert found is not None
    assert found.remote_id == receipt.remote_id


def test_an_empty_account_is_looked_through_without_error(login: Login) -> None:
    assert login.connect().find(login.dispatch()) is None


@pytest.mark.parametrize("name", ["mastodon", "x"])
def test_a_post_that_belongs_to_another_delivery_is_not_taken_for_this_one(
    name: str, request: pytest.FixtureRequest
) -> None:
    login = request.getfixturevalue(name)
    receipt = login.connect().publish(login.dispatch("first"))
    second = replace(login.dispatch("second"), known_remote_ids=frozenset({receipt.remote_id}))
    assert login.connect().find(second) is None


def test_on_bluesky_the_same_dispatch_again_changes_nothing(
    bluesky: Login, bluesky_server: BlueskyServer
) -> None:
    dispatch = bluesky.dispatch()
    first, second = bluesky.connect().publish(dispatch), bluesky.connect().publish(dispatch)
    assert first == second
    assert len(bluesky.followers_see()) == 1


def test_two_deliveries_of_one_moment_are_two_posts(login: Login) -> None:
    one = login.dispatch("one")
    two = replace(login.dispatch("two", "Another text."), first_sent_at=one.first_sent_at)
    connection = login.connect()
    connection.publish(one)
    connection.publish(two)
    assert sorted(login.followers_see()) == sorted([one.message.text, two.message.text])


@pytest.mark.parametrize("name", ["bluesky", "x"])
def test_a_post_can_be_taken_down(name: str, request: pytest.FixtureRequest) -> None:
    login = request.getfixturevalue(name)
    connection = login.connect()
    connection.delete(connection.publish(login.dispatch()))
    assert login.followers_see() == []


def test_a_server_that_cannot_delete_says_so(mastodon: Login) -> None:
    connection = mastodon.connect()
    receipt = connection.publish(mastodon.dispatch())
    with pytest.raises(Refused, match="404"):  # snac2 2.75; real Mastodon deletes
        connection.delete(receipt)
    assert len(mastodon.followers_see()) == 1


def test_wrong_credentials_are_told_apart_and_never_shown(login: Login) -> None:
    wrong = dict.fromkeys(login.secrets, "wrong-secret-1234")
    with pytest.raises(BadCredentials) as caught:
        login.connect(**wrong).publish(login.dispatch())
    assert "wrong-secret" not in str(caught.value)
    assert login.followers_see() == []


def test_the_doctor_sees_a_good_account(login: Login) -> None:
    checks = {check.name: check for check in login.connect().verify()}
    assert checks["sign in"].ok
    assert checks["clock"].ok
    assert all(check.ok or check.mend for check in checks.values())


def test_a_server_that_is_not_there_means_certainly_not_posted(login: Login) -> None:
    gone = replace(login.account, server="http://127.0.0.1:9")
    with pytest.raises(Passing):
        network(gone.network).connect(gone, login.secrets).publish(login.dispatch())


def test_a_mastodon_servers_own_limits_are_read(mastodon: Login) -> None:
    rules = mastodon.connect().rules()
    assert rules.limit > 500
    assert rules.link_length == 32  # what snac2 2.75 tells


def test_bluesky_refuses_what_is_too_long(bluesky: Login) -> None:
    with pytest.raises(Refused):
        bluesky.connect().publish(bluesky.dispatch(text="long " * 80))


def test_x_refuses_what_is_too_long(x: Login) -> None:
    with pytest.raises(Refused):
        x.connect().publish(x.dispatch(text="long " * 80))


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        (Fault("POST", "/2/tweets", "status", status=429, reset_in=900), Passing),
        (Fault("POST", "/2/tweets", "status", status=429, retry_after=30), Passing),
        (Fault("POST", "/2/tweets", "status", status=503), Doubtful),
        (Fault("POST", "/2/tweets", "status", status=500), Doubtful),
        (Fault("POST", "/2/tweets", "status", status=401), BadCredentials),
        (Fault("POST", "/2/tweets", "cut_before"), Doubtful),
        (Fault("POST", "/2/tweets", "cut_after"), Doubtful),
    ],
    ids=lambda value: getattr(value, "kind", getattr(value, "__name__", "")),
)
def test_what_goes_wrong_at_x_is_understood(x: Login, x_server: XServer, fault: Fault, meaning: type) -> None:  # noqa: F811
    x_server.faults.append(fault)
    with pytest.raises(meaning) as caught:
        x.connect().publish(x.dispatch())
    if fault.kind == "status" and fault.status == 429:
        assert caught.value.retry_after > 20


def test_x_says_what_its_account_may_still_do(x: Login, x_server: XServer) -> None:  # noqa: F811
    connection = x.connect()
    assert connection.allowances() == ()
    connection.publish(x.dispatch())
    (window,) = connection.allowances()
    assert (window.name, window.remaining) == ("x-rate-limit", x_server.limits["POST /2/tweets"] - 1)
    assert window.resets_at > datetime.now(UTC)


def test_x_after_a_cut_answer_the_look_finds_the_post(x: Login, x_server: XServer) -> None:  # noqa: F811
    x_server.faults.append(Fault("POST", "/2/tweets", "cut_after"))
    dispatch = x.dispatch()
    connection = x.connect()
    with pytest.raises(Doubtful):
        connection.publish(dispatch)
    assert connection.find(dispatch) is not None


def test_x_a_duplicate_refusal_is_evidence_and_not_an_answer(x: Login, x_server: XServer) -> None:  # noqa: F811
    x_server.refuse_duplicates = True
    connection = x.connect()
    connection.publish(x.dispatch("one"))
    with pytest.raises(Doubtful):
        connection.publish(x.dispatch("two"))


def test_x_looks_through_more_than_one_page(x: Login, x_server: XServer) -> None:  # noqa: F811
    x_server.limits["POST /2/tweets"] = 200
    connection = x.connect()
    first = x.dispatch("first", "The first of many.")
    connection.publish(first)
    for number in range(104):
        connection.publish(x.dispatch(f"later-{number}", f"Text number {number}."))
    assert (
        connection.find(replace(first, first_sent_at=first.first_sent_at - timedelta(minutes=1))) is not None
    )
