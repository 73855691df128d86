"""What the harness makes of what it saw: it must see a double when there is one, and a picture uploaded twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from bot.ledger import Delivery, open_ledger
from bot.model import Picture, State
from tests.torture.proxy import Asked
from tests.torture.reckoning import Shown, Tally, broken_trail, disorder, reckon, was_resumed
from tests.torture.uploads import CLOCK, DELIVERY, PICTURE, Uploads
from tests.world import HOUR, NOW, message, planned


def delivery(name: str, state: State = State.SENT, reason: str | None = "why", **more: Any) -> Delivery:
    said = {"message": message(f"Text of {name}.")} | more
    return Delivery(
        name, 1, f"{name}@now", "one", "file", "t", state=state, due_at=NOW, reason=reason, **said
    )


def shown(*texts: str) -> dict[str, list[Shown]]:
    """What followers of the account see: posts that answer nobody."""
    return {"one": [Shown(str(n), text) for n, text in enumerate(texts)]}


def test_a_text_that_is_there_once_for_a_delivery_that_says_sent_is_right() -> None:
    tally = reckon([delivery("a"), delivery("b")], shown("Text of a.", "Text of b.\r\n"), NOW)
    assert (tally.deliveries, tally.doubles, tally.lost, tally.unknown, tally.wrongs) == (2, 0, 0, 0, [])


def test_a_text_that_is_there_three_times_is_two_doubles() -> None:
    tally = reckon([delivery("a")], shown(*["Text of a."] * 3), NOW)
    assert tally.doubles == 2
    assert len(tally.wrongs) == 1


def test_sent_but_not_there_is_lost() -> None:
    tally = reckon([delivery("a")], shown(), NOW)
    assert tally.lost == 1
    assert tally.wrongs


@pytest.mark.parametrize("state", [State.PLANNED, State.DUE, State.SENDING])
def test_due_and_never_settled_is_lost(state: State) -> None:
    assert reckon([delivery("a", state)], shown(), NOW).lost == 1


def test_what_went_out_before_its_moment_because_a_clock_was_ahead_counts_as_promised() -> None:
    tally = reckon([delivery("a")], shown("Text of a."), NOW - timedelta(seconds=90))
    assert (tally.deliveries, tally.wrongs) == (1, [])


def test_what_is_not_due_yet_is_not_counted() -> None:
    assert reckon([delivery("a", State.PLANNED)], shown(), NOW - timedelta(seconds=1)).deliveries == 0


@pytest.mark.parametrize("state", [State.FAILED, State.SKIPPED])
def test_not_sent_for_a_reason_is_right_and_without_one_is_lost(state: State) -> None:
    assert reckon([delivery("a", state)], shown(), NOW).wrongs == []
    assert reckon([delivery("a", state, None)], shown(), NOW).lost == 1


def test_failed_but_there_is_wrong() -> None:
    assert reckon([delivery("a", State.FAILED)], shown("Text of a."), NOW).wrongs


def test_a_text_that_nobody_promised_is_wrong() -> None:
    assert reckon([], shown("Text of a."), NOW).wrongs


def test_unknown_is_counted_as_such() -> None:
    tally = reckon([delivery("a", State.UNKNOWN)], shown("Text of a."), NOW)
    assert (tally.unknown, tally.lost, tally.wrongs) == (1, 0, [])


def test_the_last_line_reads_as_it_must() -> None:
    tally = reckon([delivery("a"), delivery("b", State.UNKNOWN)], shown("Text of a."), NOW)
    tally.kills = 3
    assert str(tally) == "kills=3 deliveries=2 doubles=0 lost=0 unknown=1"


def test_the_line_before_it_tells_of_threads_and_pictures() -> None:
    tally = reckon([delivery("a"), delivery("b", message=THREAD, parts=("h", "2", "3"))], {"one": WHOLE}, NOW)
    tally.resumed, tally.uploads = 1, 2
    assert tally.illustrated == "threads=1 resumed=1 uploads=2 uploaded_twice=0"


THREAD = replace(
    message("Head."),
    thread=(message("Second."), message("Third.")),
    pictures=(Picture("A card.", media_id="m"),),
)
HEAD, SECOND, THIRD = (
    Shown("h", "Head.", None, ("A card.",)),
    Shown("2", "Second.", "h"),
    Shown("3", "Third.", "2"),
)
WHOLE = [HEAD, SECOND, THIRD]


def judged(posts: list[Shown], state: State = State.SENT, reason: str = "why") -> Tally:
    """The tally of a thread whose posts these are."""
    parts = tuple(post.id for post in posts)
    return reckon([delivery("a", state, reason, message=THREAD, parts=parts)], {"one": posts}, NOW)


def test_a_thread_that_is_there_post_by_post_each_answering_the_one_before_is_right() -> None:
    assert judged(WHOLE).wrongs == []


def test_a_post_of_a_thread_that_is_there_twice_is_a_double() -> None:
    for again in (Shown("4", "Third.", "2"), replace(HEAD, id="4")):
        assert judged([*WHOLE, again]).doubles == 1


def test_a_thread_that_is_sent_and_lacks_a_post_is_lost() -> None:
    assert judged([HEAD, SECOND]).lost == 1
    assert judged([SECOND, THIRD]).lost == 1


@pytest.mark.parametrize("state", [State.FAILED, State.SKIPPED, State.UNKNOWN])
def test_a_thread_that_stopped_midway_says_so(state: State) -> None:
    assert judged([HEAD, SECOND], state, "refused (2 of the 3 posts of its thread are out)").wrongs == []
    assert judged([HEAD, SECOND], state, "refused").wrongs
    assert judged([HEAD, SECOND], state, "refused (1 of the 3 posts of its thread are out)").wrongs


@pytest.mark.parametrize(
    "posts",
    [
        [HEAD, SECOND, replace(THIRD, answers="h")],
        [HEAD, replace(SECOND, answers=None), THIRD],
        [replace(HEAD, answers="0"), SECOND, THIRD],
        [replace(HEAD, pictures=()), SECOND, THIRD],
        [replace(HEAD, pictures=("Another card.",)), SECOND, THIRD],
        [replace(HEAD, has_thumbnail=True), SECOND, THIRD],
        [HEAD, replace(SECOND, pictures=("A card.",)), THIRD],
    ],
)
def test_posts_that_answer_another_or_show_other_pictures_are_wrong(posts: list[Shown]) -> None:
    assert len(judged(posts).wrongs) == 1


def test_other_posts_in_the_ledger_than_on_the_network_are_wrong() -> None:
    sent = delivery("a", message=THREAD, parts=("h", "2", "4"))
    assert len(reckon([sent], {"one": WHOLE}, NOW).wrongs) == 1


def test_a_thread_that_stopped_midway_and_is_whole_was_resumed() -> None:
    trail = [
        {"why": "Passing: 429 (1 of the 3 posts of its thread are out)"},
        {"why": "the network accepted it"},
    ]
    assert was_resumed(delivery("a", message=THREAD), trail)
    assert not was_resumed(delivery("a", State.FAILED, message=THREAD), trail)
    assert not was_resumed(delivery("a", message=THREAD), trail[1:])


def test_a_post_that_came_before_an_earlier_one_is_seen() -> None:
    assert disorder(["a", "b", "c"], ["a", "b", "c"]) == []
    assert disorder(["a", "b", "c"], ["a", "c", "b"]) == ["b"]


def test_an_audit_trail_with_a_gap_is_seen() -> None:
    def trail(*states: str) -> list[dict[str, Any]]:
        return [{"was": was, "became": became} for was, became in zip((None, *states), states, strict=False)]

    sent = delivery("a")
    assert broken_trail(sent, trail("planned", "due", "sending", "sent")) is None
    assert broken_trail(sent, trail("planned", "due", "sending")) is not None
    gap = [*trail("planned", "due"), {"was": "sending", "became": "sent"}]
    assert broken_trail(sent, gap) is not None


# ── uploads ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    """The uploads of an act with one delivery."""
    ledger = open_ledger(f"sqlite:///{tmp_path / 'bot.db'}")
    ledger.store_plan([planned("morning")], {"one": "file"}, NOW, NOW + HOUR, NOW, "test")
    return Uploads(ledger)


def passes(uploads: Uploads, *what: Literal["upload", "post", "stale"], at: datetime = NOW) -> list[str]:
    """What is wrong after such requests of its delivery."""
    (post,) = uploads.ledger.posts_between(NOW, NOW + HOUR)
    for kind in what:
        headers = {DELIVERY: post.deliveries[0].id, PICTURE: "m", CLOCK: at.isoformat()}
        uploads.watch(Asked(kind, headers))
    return uploads.twice


def test_an_upload_whose_answer_was_lost_may_be_made_again(uploads: Uploads) -> None:
    assert passes(uploads, "upload", "upload", "post", "post") == []
    assert uploads.count == 2


def test_an_upload_after_a_post_of_its_delivery_is_one_too_many(uploads: Uploads) -> None:
    assert len(passes(uploads, "upload", "post", "upload")) == 1


def test_an_upload_that_the_ledger_has_already_is_one_too_many(uploads: Uploads) -> None:
    (post,) = uploads.ledger.posts_between(NOW, NOW + HOUR)
    uploads.ledger.remember_upload(post.deliveries[0].id, "m", "its name", NOW)
    assert len(passes(uploads, "upload")) == 1
    assert len(passes(uploads, "upload", at=NOW + 13 * HOUR)) == 1


def test_what_its_network_forgot_or_half_a_day_has_passed_over_may_be_uploaded_again(
    uploads: Uploads,
) -> None:
    assert passes(uploads, "upload", "post", "stale", "upload", "post") == []
    assert passes(uploads, "upload", at=NOW + 13 * HOUR) == []
