"""Threads, pictures and metrics on X, against the fake that is held against X's own description."""

# ruff: noqa: F811 - the fixtures are imported here, and asked for by name

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from bot.model import Account, Attachment, Dispatch, Metrics, Profile, Receipt
from bot.networks import (
    BadCredentials,
    Doubtful,
    Illustrating,
    Introducing,
    Measuring,
    NetworkError,
    Passing,
    Refused,
    StaleUpload,
    network,
)
from bot.networks.x import XConnection
from tests.world import message
from tests.xfake.fixtures import x_account, x_server  # noqa: F401
from tests.xfake.server import Fault, XAccount, XServer

ONE, TWO, THREE = (
    "Mines kill for decades.",
    "A ban works: https://unoda.org/a?b=1&copy=2",
    "Join it. #MineAction",
)
ARABIC = "حُظرت الألغام في \u20681997\u2069 وانضمت إليها \u2068165\u2069 دولة. \u2068#MineAction\u2069"
ALT = "A card: 165 States are party."


@pytest.fixture
def x(x_server: XServer, x_account: XAccount) -> XConnection:
    return connect(x_server, x_account)


def connect(server: XServer, account: XAccount) -> XConnection:
    secrets = {
        "API_KEY": account.consumer_key,
        "API_SECRET": account.consumer_secret,
        "ACCESS_TOKEN": account.access_token,
        "ACCESS_TOKEN_SECRET": account.access_token_secret,
    }
    made = network("x").connect(Account("x-en", "x", server=server.url, handle=account.username), secrets)
    assert isinstance(made, XConnection)
    return made


def dispatch(*texts: str, parts: Sequence[str] = (), pictures: Sequence[Attachment] = ()) -> Dispatch:
    first, *others = [message(text) for text in texts]
    whole = replace(first, thread=tuple(others))
    return Dispatch("d1", "x-en", whole, datetime.now(UTC), parts=tuple(parts), attachments=tuple(pictures))


def picture(name: str = "card", alt_text: str = ALT, data: bytes | None = None) -> Attachment:
    file = io.BytesIO()
    Image.new("RGB", (16, 9), "navy").save(file, "png")
    return Attachment(name, data or file.getvalue(), "image/png", 16, 9, alt_text)


def uploaded(x: XConnection, attachment: Attachment) -> Attachment:
    return replace(attachment, remote=x.upload(attachment))


def stopped(x: XConnection, wanted: Dispatch, meaning: type[NetworkError]) -> NetworkError:
    with pytest.raises(meaning) as caught:
        x.publish(wanted)
    assert type(caught.value) is meaning
    return caught.value


def followers_see(server: XServer, account: XAccount) -> list[str]:
    """The account's posts as they were written, oldest first."""
    return server.written(account.user_id)[::-1]


def replied_to(server: XServer, account: XAccount) -> list[str | None]:
    """What each of the account's posts answers, oldest first."""
    posts = server.posts(account.user_id)[::-1]
    return [post["referenced_posts"][0]["id"] if "referenced_posts" in post else None for post in posts]


# Threads


def test_a_thread_goes_out_in_order_each_post_in_reply_to_the_one_before(
    x: XConnection, x_server: XServer, x_account: XAccount
) -> None:
    receipt = x.publish(dispatch(ONE, TWO, THREE))
    assert followers_see(x_server, x_account) == [ONE, TWO, THREE]
    assert replied_to(x_server, x_account) == [None, receipt.parts[0], receipt.parts[1]]
    assert receipt.remote_id == receipt.parts[0]
    assert receipt.url == f"https://x.com/{x_account.username}/status/{receipt.remote_id}"
    assert x.find(dispatch(ONE, TWO, THREE)) == receipt


def test_a_single_post_has_no_parts(x: XConnection) -> None:
    receipt = x.publish(dispatch(ONE))
    assert receipt.parts == ()
    assert x.find(dispatch(ONE)) == receipt


@pytest.mark.parametrize(("kind", "out"), [("cut_before", 1), ("cut_after", 2), ("status", 1)])
def test_a_thread_whose_second_answer_never_came_is_looked_for_and_carried_on(
    x: XConnection, x_server: XServer, x_account: XAccount, kind: str, out: int
) -> None:
    x_server.faults.append(Fault("POST", "/2/tweets", kind, spared=1))  # type: ignore[arg-type]
    error = stopped(x, dispatch(ONE, TWO, THREE), Doubtful)
    assert len(error.parts) == 1
    found = x.find(dispatch(ONE, TWO, THREE, parts=error.parts))
    assert found is not None
    assert len(found.parts) == out
    assert found.parts[:1] == error.parts
    receipt = x.publish(dispatch(ONE, TWO, THREE, parts=found.parts))
    assert followers_see(x_server, x_account) == [ONE, TWO, THREE]
    assert replied_to(x_server, x_account) == [None, *receipt.parts[:2]]


@pytest.mark.parametrize("out", [0, 1, 2, 3])
def test_a_worker_that_died_after_any_answer_finds_what_is_out_without_being_told(
    x: XConnection, x_server: XServer, x_account: XAccount, out: int
) -> None:
    whole = dispatch(ONE, TWO, THREE)
    if out:
        x.publish(dispatch(*(ONE, TWO, THREE)[:out]))
    found = connect(x_server, x_account).find(whole)
    assert (len(found.parts) if found else 0) == out
    x.publish(replace(whole, parts=found.parts if found else ()))
    assert followers_see(x_server, x_account) == [ONE, TWO, THREE]


@pytest.mark.parametrize(
    ("status", "meaning"), [(403, Refused), (401, BadCredentials), (429, Passing), (500, Doubtful)]
)
def test_what_stops_a_thread_midway_keeps_its_meaning_and_says_what_is_out(
    x: XConnection, x_server: XServer, status: int, meaning: type[NetworkError]
) -> None:
    x_server.faults.append(Fault("POST", "/2/tweets", "status", status=status, reset_in=60, spared=2))
    error = stopped(x, dispatch(ONE, TWO, THREE), meaning)
    found = x.find(dispatch(ONE, TWO, THREE))
    assert found is not None
    assert error.parts == found.parts
    assert len(error.parts) == 2
    assert getattr(error, "retry_after", 60) > 30


def test_what_stops_the_first_post_says_that_nothing_is_out(x: XConnection, x_server: XServer) -> None:
    x_server.faults.append(Fault("POST", "/2/tweets", "status", status=403))
    assert stopped(x, dispatch(ONE, TWO), Refused).parts == ()


def test_a_thread_whose_last_post_was_taken_down_is_not_carried_on(x: XConnection) -> None:
    parts = x.publish(dispatch(ONE, TWO)).parts
    x.delete(Receipt(parts[1]))
    assert stopped(x, dispatch(ONE, TWO, THREE, parts=parts), Refused).parts == parts


def test_a_thread_with_a_gap_counts_up_to_the_gap(x: XConnection) -> None:
    receipt = x.publish(dispatch(ONE, TWO, THREE))
    x.delete(Receipt(receipt.parts[1]))
    found = x.find(dispatch(ONE, TWO, THREE))
    assert found is not None
    assert found.parts == receipt.parts[:1]


def test_a_post_inside_a_thread_is_not_taken_for_a_post_of_its_own(x: XConnection) -> None:
    x.publish(dispatch(ONE, TWO))
    assert x.find(dispatch(TWO)) is None
    assert x.find(dispatch(TWO, THREE)) is None


def test_a_post_of_another_thread_with_the_same_words_does_not_carry_this_one_on(x: XConnection) -> None:
    first = x.publish(dispatch(ONE, TWO))
    second = x.publish(dispatch(THREE, TWO))
    x.delete(Receipt(first.parts[1]))
    found = x.find(dispatch(ONE, TWO))
    assert found is not None
    assert found.parts == first.parts[:1]
    assert x.find(dispatch(THREE, TWO)) == second


def test_of_two_threads_of_the_same_words_each_finds_its_own(x: XConnection) -> None:
    first = x.publish(dispatch(ONE, TWO))
    second = x.publish(dispatch(ONE, TWO))
    known = frozenset({second.remote_id})
    assert x.find(replace(dispatch(ONE, TWO), known_remote_ids=known)) == first


def test_parts_that_are_known_are_believed(x: XConnection) -> None:
    receipt = x.publish(dispatch("Edited by nobody.", TWO, THREE))
    assert x.find(dispatch(ONE, TWO, THREE, parts=receipt.parts[:1])) == receipt


def test_a_thread_that_is_out_as_a_whole_is_not_posted_again(x: XConnection, x_server: XServer) -> None:
    receipt = x.publish(dispatch(ONE, TWO))
    asked = len(x_server.requests)
    assert x.publish(dispatch(ONE, TWO, parts=receipt.parts)) == receipt
    assert len(x_server.requests) == asked


def test_a_thread_is_taken_down_from_its_end_and_twice_is_no_error(
    x: XConnection, x_server: XServer, x_account: XAccount
) -> None:
    receipt = x.publish(dispatch(ONE, TWO, THREE))
    x_server.faults.append(Fault("DELETE", "/2/tweets/", "status", status=503, spared=1))
    with pytest.raises(Doubtful):
        x.delete(receipt)
    assert followers_see(x_server, x_account) == [ONE, TWO]
    x.delete(receipt)
    assert followers_see(x_server, x_account) == []
    x.delete(receipt)


def test_a_thread_in_arabic_is_found_again(x: XConnection) -> None:
    wanted = dispatch(ARABIC, f"{ARABIC} \u2068https://unoda.org/ar\u2069")
    assert x.find(wanted) is None
    assert x.publish(wanted) == x.find(wanted)


def test_a_thread_may_say_the_same_twice(x: XConnection) -> None:
    receipt = x.publish(dispatch(ONE, TWO, TWO, THREE))
    assert x.find(dispatch(ONE, TWO, TWO, THREE)) == receipt


def test_what_is_older_than_a_known_part_is_not_looked_through(
    x: XConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.networks.x.PAGE", 5)
    monkeypatch.setattr("bot.networks.x.PAGES", 1)
    for number in range(5):
        x.publish(dispatch(f"Fact {number}."))
    receipt = x.publish(dispatch(ONE, TWO))
    assert x.find(dispatch(ONE, TWO, parts=receipt.parts[:1])) == receipt
    with pytest.raises(Passing, match="a person must look"):
        x.find(dispatch(THREE))


# Pictures


def test_a_picture_arrives_with_its_alt_text_at_the_first_post_only(
    x: XConnection, x_server: XServer, x_account: XAccount
) -> None:
    card, photo = picture(), picture("photo", alt_text="علم: \u2068165\u2069 دولة")
    pictures = [uploaded(x, card), uploaded(x, photo)]
    receipt = x.publish(dispatch(ONE, TWO, pictures=pictures))
    shown = x_server.pictures(receipt.remote_id)
    assert [p.id for p in shown] == [p.remote for p in pictures]
    assert [(p.seen.data, p.alt_text) for p in shown] == [
        (card.data, card.alt_text),
        (photo.data, photo.alt_text),
    ]
    assert x_server.pictures(receipt.parts[1]) == []


@pytest.mark.parametrize("texts", [(ONE,), (TWO,), (ARABIC,), (TWO, ONE)])
def test_a_post_with_pictures_is_found_although_x_adds_a_link_to_its_text(
    x: XConnection, x_server: XServer, x_account: XAccount, texts: tuple[str, ...]
) -> None:
    wanted = dispatch(*texts, pictures=[uploaded(x, picture()), uploaded(x, picture())])
    receipt = x.publish(wanted)
    assert "https://t.co/" in x_server.posts(x_account.user_id)[-1]["text"]
    assert x.find(wanted) == receipt


def test_publishing_never_uploads(x: XConnection, x_server: XServer, x_account: XAccount) -> None:
    kept = uploaded(x, picture())
    x_server.faults.append(Fault("POST", "/2/tweets", "cut_before"))
    stopped(x, dispatch(ONE, pictures=[kept]), Doubtful)
    x.publish(dispatch(ONE, pictures=[kept]))
    assert len(x_server.uploads(x_account.user_id)) == 1
    with pytest.raises(Passing, match="card has not been uploaded"):
        x.publish(dispatch(TWO, pictures=[picture()]))
    assert followers_see(x_server, x_account) == [ONE]


def test_a_thread_is_carried_on_without_its_pictures(x: XConnection, x_server: XServer) -> None:
    first = x.publish(dispatch(ONE, TWO, pictures=[uploaded(x, picture())])).parts[0]
    receipt = x.publish(dispatch(ONE, THREE, parts=[first], pictures=[picture()]))
    assert x_server.pictures(receipt.parts[1]) == []


@pytest.mark.parametrize("path", ["/2/media/upload", "/2/media/metadata"])
@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        (Fault("POST", "", "status", status=500), Passing),
        (Fault("POST", "", "status", status=429, reset_in=60), Passing),
        (Fault("POST", "", "status", status=401), BadCredentials),
        (Fault("POST", "", "cut_before"), Passing),
        (Fault("POST", "", "cut_after"), Passing),
    ],
    ids=["500", "429", "401", "cut before", "cut after"],
)
def test_an_upload_that_failed_posted_nothing_and_may_be_tried_again(
    x: XConnection, x_server: XServer, path: str, fault: Fault, meaning: type[NetworkError]
) -> None:
    x_server.faults.append(replace(fault, path_prefix=path))
    with pytest.raises(meaning) as caught:
        x.upload(picture())
    assert type(caught.value) is meaning
    assert getattr(caught.value, "retry_after", None) is None or fault.status == 429
    assert x.upload(picture())


def test_what_is_no_picture_is_refused(x: XConnection) -> None:
    with pytest.raises(Refused, match="not an image"):
        x.upload(picture(data=b"GIF, I swear"))


def test_an_alt_text_that_is_too_long_is_refused(x: XConnection, x_server: XServer) -> None:
    limit = x.rules().pictures
    assert limit is not None
    assert x.upload(picture(alt_text="م" * limit.alt_limit))
    with pytest.raises(Refused):
        x.upload(picture(alt_text="م" * (limit.alt_limit + 1)))
    assert "is too long" in x_server.take_violations()[0]


def test_a_picture_that_x_keeps_no_longer_is_to_be_uploaded_again() -> None:
    moments = [datetime.now(UTC)]
    with XServer(clock=lambda: moments[-1]) as server:
        x = connect(server, server.create_account("facts"))
        kept = uploaded(x, picture())
        moments.append(moments[-1] + timedelta(hours=24))
        error = stopped(x, dispatch(ONE, TWO, pictures=[kept]), StaleUpload)
        assert "uploaded again" in str(error)
        assert error.parts == ()
        x.publish(dispatch(ONE, TWO, pictures=[uploaded(x, picture())]))
        assert server.violations == []


# What followers did


def test_likes_reposts_replies_and_views_are_told_and_a_quote_is_a_repost(
    x: XConnection, x_server: XServer
) -> None:
    liked, thread = x.publish(dispatch(ONE)), x.publish(dispatch(TWO, THREE))
    x_server.followers_did(liked.remote_id, like_count=5, repost_count=3, quote_count=2, impression_count=900)
    gone = x.publish(dispatch("Gone."))
    x.delete(gone)
    told = x.measure([liked.remote_id, gone.remote_id, *thread.parts])
    assert told == {
        liked.remote_id: Metrics(likes=5, reposts=5, replies=0, views=900),
        thread.parts[0]: Metrics(likes=0, reposts=0, replies=1, views=0),
        thread.parts[1]: Metrics(likes=0, reposts=0, replies=0, views=0),
    }


def test_a_hundred_posts_are_asked_about_at_a_time(x: XConnection, x_server: XServer) -> None:
    known = x.publish(dispatch(ONE)).remote_id
    asked = len(x_server.requests)
    assert list(x.measure([*map(str, range(1, 201)), known])) == [known]
    assert len(x_server.requests) - asked == 3
    assert x.measure([]) == {}


def test_metrics_that_x_does_not_give_may_come_later(x: XConnection, x_server: XServer) -> None:
    x_server.faults.append(Fault("GET", "/2/tweets", "status", status=500))
    with pytest.raises(Passing):
        x.measure(["1"])


# Who the account is, and what it offers


def test_a_profile_is_for_a_person_to_set(x: XConnection, x_server: XServer) -> None:
    todo = "\n".join(x.introduce(Profile("Mine Ban Facts", "Run by the campaign.")))
    for wanted in ("Mine Ban Facts", "Run by the campaign.", "Managing account", "automated-account-labels"):
        assert wanted in todo
    assert x_server.requests == []


def test_x_takes_pictures_and_threads_and_says_what_followers_did(x: XConnection) -> None:
    for protocol in (Illustrating, Measuring, Introducing):
        assert isinstance(x, protocol)
    assert x.rules().threads
