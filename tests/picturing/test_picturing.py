"""An image that a person adds goes out in place of the card: with alt text, credit and licence, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import editing, picturing
from bot.drafting import Refused
from bot.images import Statement, Unfit, Unstated
from bot.ledger import Post
from bot.model import LinkCard, Message, State
from bot.picturing import alt_text_of
from bot.shown import LostUpdate
from bot.worker import send_now, utc_now
from bot.workspace import Workspace, open_workspace
from tests.images.test_clean import SECRETS
from tests.picturing.illustrated import ALT, AS_SENT, CREDIT, LICENCE, PHOTO, write_illustrated
from tests.world import HOUR, NOW

DAY = 24 * HOUR
SAID = Statement(ALT, CREDIT, LICENCE)


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'bot.db'}")
    monkeypatch.setenv("BOT_FILES", str(tmp_path / "posts"))
    monkeypatch.delenv("BOT_REHEARSE", raising=False)
    made = open_workspace(write_illustrated(tmp_path / "campaign"))
    made.store_plan(NOW, "test", 3)
    yield made
    made.ledger.engine.dispose()


@pytest.fixture
def post(space: Workspace) -> Post:
    return next(p for p in space.ledger.posts_between(NOW, NOW + 4 * DAY) if p.fact_id == "oslo-adoption")


def added(space: Workspace, post: Post, *accounts: str, said: Statement = SAID) -> Post:
    names = accounts or ("one", "two")
    return picturing.add_picture(space, post, post.version, names, PHOTO, said, "ada", "a real place", NOW)


def message_of(post: Post, account: str) -> Message:
    return next(d.message for d in post.deliveries if d.account_id == account)


def kinds(post: Post) -> dict[str, str]:
    """What each account's post carries."""
    carried = {}
    for delivery in post.deliveries:
        pictures = delivery.message.pictures
        carried[delivery.account_id] = ("image" if pictures[0].media_id else "card") if pictures else ""
    return carried


# ── adding one ───────────────────────────────────────────────────────────────────────────────


def test_an_image_takes_the_place_of_the_card_where_it_is_wanted_and_nothing_else_changes(
    space: Workspace, post: Post
) -> None:
    assert kinds(post) == {"one": "card", "two": "card", "bare": ""}
    now = added(space, post, "one")
    assert kinds(now) == {"one": "image", "two": "card", "bare": ""}
    assert message_of(now, "one").text == message_of(post, "one").text
    assert (now.version, now.edited_by, now.touched) == (post.version + 1, "ada", True)
    why = {row["why"] for d in now.deliveries for row in space.ledger.history_of(d.id)}
    assert f"added an image by {CREDIT}: a real place" in why


def test_credit_and_licence_stand_at_the_end_of_the_alt_text(space: Workspace, post: Post) -> None:
    (picture,) = message_of(added(space, post), "two").pictures
    assert picture.alt_text == AS_SENT
    assert (picture.credit, picture.licence) == (CREDIT, LICENCE)


def test_in_arabic_the_latin_credit_is_isolated() -> None:
    said = Statement("حقل", CREDIT, LICENCE)
    assert alt_text_of(said, "ar") == "حقل (\u2068Jane Doe / ICBL, CC BY 4.0\u2069)"


def test_what_is_kept_says_nothing_of_camera_person_or_place(space: Workspace, post: Post) -> None:
    assert any(secret in PHOTO for secret in SECRETS)
    (picture,) = message_of(added(space, post), "one").pictures
    (kept,) = space.ledger.media([picture.key]).values()
    assert not any(secret in kept.data for secret in SECRETS)
    assert (kept.width, kept.height) == (80, 60)


def test_without_alt_text_credit_and_licence_nothing_is_changed(space: Workspace, post: Post) -> None:
    with pytest.raises(Unstated) as caught:
        added(space, post, said=Statement(" ", "", "?"))
    assert [flaw.field for flaw in caught.value.flaws] == ["alt_text", "credit", "licence"]
    assert space.ledger.post(post.slot_id) == post


def test_alt_text_that_is_too_long_with_its_credit_is_refused_for_the_networks_it_is_too_long_for(
    space: Workspace, post: Post
) -> None:
    said = replace(SAID, alt_text="A field. " * 110 + "Mines.")
    with pytest.raises(Refused, match=r"^one: .* has 1,0\d\d characters; its network takes 1,000"):
        added(space, post, said=said)
    assert kinds(added(space, post, "two", said=said))["two"] == "image", "which takes 2,000"


def test_what_is_no_image_is_refused(space: Workspace, post: Post) -> None:
    with pytest.raises(Unfit):
        picturing.add_picture(space, post, post.version, ["one"], b"hello", SAID, "ada", "", NOW)


@pytest.mark.parametrize(
    ("account", "reason"),
    [("bare", "bare takes no picture"), ("nobody", "nothing in this post"), ("", "at least one account")],
)
def test_an_account_that_takes_no_picture_is_told_apart(
    space: Workspace, post: Post, account: str, reason: str
) -> None:
    assert set(picturing.picture_rules(space, post)) == {"one", "two"}
    names = [account] if account else []
    with pytest.raises(Refused, match=reason):
        picturing.add_picture(space, post, post.version, names, PHOTO, SAID, "ada", "", NOW)


def test_of_two_people_the_second_is_told(space: Workspace, post: Post) -> None:
    added(space, post)
    with pytest.raises(LostUpdate, match="by ada"):
        added(space, post)
    stale = replace(post, version=99)
    with pytest.raises(LostUpdate):
        picturing.take_off(space, stale, 1, ["one"], "ben", "", NOW)


# ── taking it off, putting the card back ─────────────────────────────────────────────────────


def test_a_picture_is_taken_off_and_the_card_put_back_as_it_was(space: Workspace, post: Post) -> None:
    off = picturing.take_off(space, post, post.version, ["one"], "ada", "", NOW)
    assert kinds(off) == {"one": "", "two": "card", "bare": ""}
    with pytest.raises(Refused, match="no picture to take off"):
        picturing.take_off(space, off, off.version, ["one"], "ada", "", NOW)
    own = added(space, off, "one")
    back = picturing.put_card_back(space, own, own.version, ["one"], "ada", "", NOW)
    assert message_of(back, "one") == message_of(post, "one")


def test_without_its_picture_a_post_shows_the_card_of_its_link_where_the_network_has_one(
    space: Workspace, post: Post
) -> None:
    link = "https://www.example.org/report"
    space.ledger.remember_link(link, LinkCard(link, "The report"), None, NOW)
    linked = {d.id: replace(d.message, link=link) for d in post.open_deliveries}
    post = editing.change(space, post, post.version, linked, "ada", "a link", NOW)
    off = picturing.take_off(space, post, post.version, ["one", "two"], "ada", "", NOW)
    assert message_of(off, "one").link_card is None, "X makes its own"
    assert message_of(off, "two").link_card == LinkCard(link, "The report")


# ── other words, another fact ────────────────────────────────────────────────────────────────


def test_other_words_another_wording_and_another_moment_keep_the_image_and_what_was_taken_off(
    space: Workspace, post: Post
) -> None:
    post = added(space, post, "one")
    post = picturing.take_off(space, post, post.version, ["two"], "ada", "", NOW)
    chosen = {"one": "image", "two": "", "bare": ""}
    picture = message_of(post, "one").pictures
    words = {"one": "States adopted the Convention.", "two": "The Convention was adopted."}
    post = editing.edit(space, post, post.version, words, "ada", "", NOW)
    assert kinds(post) == chosen
    post = editing.move(space, post, post.version, post.due_at + DAY, "ada", "", NOW)
    assert kinds(post) == chosen
    post = editing.choose_wording(space, post, post.version, "one", "oslo-adoption/en/c", "ada", NOW)
    post = editing.move(space, post, post.version, post.due_at + 366 * DAY, "ada", "", NOW)
    assert message_of(post, "one").pictures == picture


def test_another_fact_drops_the_image_and_says_so(space: Workspace, post: Post) -> None:
    post = added(space, post, "one")
    post = editing.choose_fact(space, post, post.version, "casualties-2024", "ada", "news", NOW)
    assert kinds(post) == {"one": "card", "two": "card", "bare": ""}
    why = space.ledger.history_of(post.deliveries[0].id)[-1]["why"]
    assert why == "news; the picture that a person had added is off, because it was for another fact"


# ── what goes out ────────────────────────────────────────────────────────────────────────────


def test_what_a_person_added_goes_out_with_alt_text_credit_and_licence(
    space: Workspace, post: Post, tmp_path: Path
) -> None:
    added(space, post, "one")
    ids = editing.bring_forward(space, space.ledger.post(post.slot_id) or post, utc_now(), "ben")
    send_now(space, ids)
    sent = space.ledger.post(post.slot_id)
    assert sent and {d.state for d in sent.deliveries} == {State.SENT}
    lines = {
        name: json.loads((tmp_path / "posts" / f"{name}.jsonl").read_text())
        for name in ("one", "two", "bare")
    }
    (picture,) = lines["one"]["pictures"]
    assert picture["alt"] == AS_SENT
    posted = (tmp_path / "posts" / picture["file"]).read_bytes()
    (kept,) = space.ledger.media([message_of(sent, "one").pictures[0].key]).values()
    assert posted == kept.data
    assert lines["two"]["pictures"][0]["alt"].startswith("18\u00a0September 1997 was the day")
    assert "pictures" not in lines["bare"]
