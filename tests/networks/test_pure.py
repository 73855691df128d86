"""What the adapters compute without any server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Account, Dispatch, Entity, EntityKind
from bot.networks import BadCredentials, Passing, Refused, secrets_of
from bot.networks._mastodon_text import text_of
from bot.networks.bluesky import record_of, tid_of
from bot.networks.file import FileNetwork, posts_in
from bot.networks.transport import never_left, wait_seconds
from tests.world import NOW, message

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def dispatch(delivery_id: str = "d1", at: datetime = NOW, text: str = "Hello.") -> Dispatch:
    return Dispatch(delivery_id, "one", message(text), at)


@given(MOMENTS, st.text(min_size=1))
def test_a_record_key_is_a_valid_tid_and_always_the_same(at: datetime, name: str) -> None:
    key = tid_of(dispatch(name, at))
    assert len(key) == 13
    assert set(key) <= set("234567abcdefghijklmnopqrstuvwxyz")
    assert key[0] in "234567abcdefghij"
    assert key == tid_of(dispatch(name, at))


@given(MOMENTS, st.integers(2, 10**9))
def test_record_keys_sort_by_time(at: datetime, millis: int) -> None:
    assert tid_of(dispatch("a", at)) < tid_of(dispatch("b", at + timedelta(milliseconds=millis)))


def test_a_thousand_deliveries_of_one_moment_have_keys_of_their_own() -> None:
    assert len({tid_of(dispatch(f"delivery-{n}")) for n in range(1000)}) == 1000


def test_the_same_dispatch_is_the_same_record() -> None:
    assert record_of(dispatch()) == record_of(dispatch())
    assert record_of(dispatch())["createdAt"] == "2026-11-24T09:00:00.000Z"


def test_a_facet_beyond_the_text_is_refused_before_it_is_sent() -> None:
    beyond = Entity(EntityKind.TAG, 0, 5, 0, 99, "Hello")
    bad = dispatch()
    object.__setattr__(bad.message, "entities", (beyond,))
    with pytest.raises(Refused):
        record_of(bad)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<p>One<br>two</p><p>three</p>", "One\ntwo\n\nthree"),
        ("<p>One<br />two</p>", "One\ntwo"),
        ("a &amp; b &lt;c&gt; &#39;d&#39;", "a & b <c> 'd'"),
        (
            '<p><a href="https://x.test/long"><span class="invisible">https://</span>'
            '<span class="ellipsis">x.test/lo</span><span class="invisible">ng</span></a></p>',
            "https://x.test/long",
        ),
        ('<a href="/tags/mineaction" class="mention hashtag">#<span>MineAction</span></a>', "#MineAction"),
        ("plain<br>", "plain"),
    ],
)
def test_a_status_reads_as_a_reader_sees_it(content: str, text: str) -> None:
    assert text_of(content) == text


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30),
        ({"retry-after": "Tue, 24 Nov 2026 09:00:45 GMT"}, 45),
        ({"reset": str(int(NOW.timestamp()) + 600)}, 600),
        ({"reset": "2026-11-24T09:10:00Z"}, 600),
        ({"reset": "2000-01-01T00:00:00Z"}, 0),
    ],
)
def test_how_long_to_wait_is_read_from_what_the_server_says(headers: dict[str, str], seconds: float) -> None:
    assert wait_seconds(headers, "reset", NOW) == seconds


@pytest.mark.parametrize("headers", [{}, {"reset": "soon"}, {"retry-after": "later"}])
def test_what_cannot_be_read_is_no_wait(headers: dict[str, str]) -> None:
    assert wait_seconds(headers, "reset") is None


def test_only_a_connection_that_was_never_made_means_nothing_left() -> None:
    class NewConnectionError(Exception): ...

    class ReadTimeout(Exception): ...

    assert never_left(OSError(NewConnectionError()))
    assert not never_left(ReadTimeout())


def test_missing_secrets_are_named() -> None:
    with pytest.raises(BadCredentials, match="X_EN_API_SECRET"):
        secrets_of(Account("x-en", "x"), {"X_EN_API_KEY": "k"})


def test_a_file_holds_each_post_once_and_heals_a_line_a_crash_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    account = Account("one", "file", options={"path": str(path)})
    connection = FileNetwork().connect(account, {})
    connection.publish(dispatch("first"))
    connection.publish(dispatch("first"))
    path.write_bytes(path.read_bytes() + b'{"id": "cut sho')
    assert connection.find(dispatch("second")) is None
    connection.publish(dispatch("second"))
    assert [post["id"] for post in posts_in(path)] == ["first", "second"]


def test_a_file_that_cannot_be_written_may_pass(tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").mkdir()
    account = Account("one", "file", options={"path": str(tmp_path / "posts.jsonl")})
    with pytest.raises(Passing):
        FileNetwork().connect(account, {}).publish(dispatch())
