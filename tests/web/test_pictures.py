"""The desk shows what goes out beside the words, and takes a person's image."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from bot import editing
from bot.drawing import CannotDraw
from bot.ledger import Post
from bot.model import LinkCard
from bot.picturing import put_card_back
from bot.web import easel
from bot.web.easel import Easel
from bot.workspace import open_workspace
from tests.images.test_clean import SECRETS
from tests.picturing.illustrated import ALT, AS_SENT, CREDIT, LICENCE, PHOTO, write_illustrated
from tests.web.browser import LiveDesk, new_page, violations, widest
from tests.web.team import Office, Visitor, hidden
from tests.web.test_posts import now, path
from tests.web.test_words_in_a_browser import live_post
from tests.world import HOUR, NOW

DAY = 24 * HOUR
CARD_ALT = "18\u00a0September 1997 was the day on which the Convention was adopted in Oslo."
FIELDS = {"alt_text": ALT, "credit": CREDIT, "licence": LICENCE}
LONG = " ".join(
    ["The Convention was adopted in Oslo, and States meet each year to see how far they are."] * 7
)


@pytest.fixture
def post(office: Office) -> Post:
    """A post whose fact has a card, on two accounts that take pictures and one that takes none."""
    write_illustrated(office.home)
    space = office.open()
    return editing.add(space, "oslo-adoption", ["one", "two", "bare"], NOW + DAY, {}, "ada", NOW)


def upload(visitor: Visitor, post: Post, data: bytes = PHOTO, act: str = "picture", **fields: Any) -> Any:
    """Send the form of the picture from the post's page."""
    page = visitor.see(path(post))
    sent = {"token": hidden(page), "mark": hidden(page, "mark"), "accounts": ["one"], **FIELDS, **fields}
    files = {"file": ("IMG_0001.jpg", data, "image/jpeg")}
    return visitor.client.post(path(post, act), data=sent, files=files, headers=visitor.origin)


def pictures_in(page: str) -> list[str]:
    return re.findall(r'<img class="picture" src="(/media/[0-9a-f]{32})"', page)


# ── what is shown ────────────────────────────────────────────────────────────────────────────


def test_a_card_that_nobody_has_drawn_is_drawn_for_the_page_with_its_alt_text_beneath(
    office: Office, post: Post
) -> None:
    viewer = office.colleague("viewer")
    page = viewer.see(path(post))
    shown = pictures_in(page)
    assert len(shown) == 2, "but none on the account that carries none"
    assert f'width="1200" height="675" alt="{CARD_ALT}' in page
    assert re.search(f'Described as:</span> <span class="described" lang="en" dir="auto">{CARD_ALT}', page)
    answer = viewer.get(shown[0])
    assert answer.content.startswith(b"\x89PNG")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert viewer.get("/media/" + "0" * 32).status_code == 404
    assert office.visitor().get(shown[0]).status_code == 303, "and only for those who are signed in"


def test_the_preview_and_the_history_show_the_same_picture(office: Office, post: Post) -> None:
    editor = office.colleague("editor")
    on_page = pictures_in(editor.see(path(post)))
    fields = {"fact": "oslo-adoption", "accounts": "two", "when": "now"}
    assert pictures_in(editor.submit("/compose", "/compose/preview", **fields).text) == on_page[1:]
    delivery = next(d for d in post.deliveries if d.account_id == "two")
    page = editor.see(f"/history/{delivery.id}")
    assert pictures_in(page) == on_page[1:]
    assert CARD_ALT in page


def test_a_thread_is_shown_post_by_post_with_the_length_of_each(office: Office, post: Post) -> None:
    editor = office.colleague("editor")
    fields = {"fact": "oslo-adoption", "accounts": "one", "when": "now", "text": LONG}
    page = editor.submit("/compose", "/compose/preview", **fields).text
    (message,) = [d.message for d in _planned_from(office, LONG).deliveries]
    posts = len(message.posts)
    assert posts >= 3
    assert f"{message.length} of 280, the first of {posts} posts" in page
    for number, part in enumerate(message.thread, 2):
        assert f"Post {number} of {posts}: {part.length} of 280" in page
        assert html.escape(part.text) in page
    measured = editor.submit("/compose", "/posts/measure", account="one", body=LONG, **fields)
    told = json.loads(measured.text)["thread"]
    assert [(part["length"], part["limit"]) for part in told] == [(p.length, 280) for p in message.thread]


def _planned_from(office: Office, body: str) -> Post:
    return editing.add(office.open(), "oslo-adoption", ["one"], NOW + DAY, {"one": body}, "ada", NOW)


def test_the_card_of_a_link_is_shown_and_what_strangers_wrote_in_it_is_text(
    office: Office, post: Post
) -> None:
    evil = LinkCard("javascript:alert(1)", "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>')
    good = LinkCard("https://www.example.org/a", "The report", "Of 2025")
    cards = dict(zip(("one", "two"), (evil, good), strict=True))
    changed = {
        d.id: replace(d.message, pictures=(), link_card=cards[d.account_id])
        for d in post.deliveries
        if d.account_id in cards
    }
    editing.change(office.open(), post, post.version, changed, "ada", "", NOW)
    page = office.colleague("viewer").see(path(post))
    assert '<a href="https://www.example.org/a" rel="noopener noreferrer">The report</a>' in page
    assert '<p class="quiet">example.org</p>' in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'href="javascript' not in page


def test_a_card_that_cannot_be_drawn_is_told_in_words_and_not_tried_again(office: Office, post: Post) -> None:
    tried = []

    def fail(cards: Any) -> dict[str, bytes | CannotDraw]:
        wanted = list(cards)
        tried.extend(wanted)
        return {card.key: CannotDraw("No font has the character U+1234.") for card in wanted}

    office.app.state.desk.easel = Easel(fail)
    viewer = office.colleague("viewer")
    for _ in range(2):
        page = viewer.see(path(post))
        assert "The picture cannot be shown.</b> No font has the character U+1234." in page
        assert CARD_ALT in page
    assert len(tried) == 1


def test_nobody_makes_the_desk_draw_without_end(
    office: Office, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(easel, "MOST_AN_HOUR", 1)
    drawn: list[str] = []

    def draw(cards: Any) -> dict[str, bytes | CannotDraw]:
        keys = [card.key for card in cards]
        drawn.extend(keys)
        return dict.fromkeys(keys, b"\x89PNG")

    hand = Easel(draw)
    (message, *_) = [d.message for d in post.deliveries if d.message.pictures]
    (picture,) = message.pictures
    assert picture.card
    others = [replace(picture, card=replace(picture.card, text=f"text {n}")) for n in range(3)]
    messages = [replace(message, pictures=(other,)) for other in others]
    found = hand.gallery(office.ledger, messages, NOW)
    assert [isinstance(found[other.key], str) for other in others] == [False, True, True]
    assert drawn == [others[0].key]
    assert hand.gallery(office.ledger, messages, NOW + 2 * HOUR)[others[1].key] != easel.TOO_MANY


# ── an image of one's own ────────────────────────────────────────────────────────────────────


def test_an_editor_adds_an_image_and_only_its_pixels_are_kept(office: Office, post: Post) -> None:
    editor = office.colleague("editor")
    assert upload(editor, post, why="a real place").status_code == 303
    page = editor.see(path(post))
    assert "The image is added." in page
    assert html.escape(AS_SENT) in page
    assert f"carries an added image, {CREDIT}, {LICENCE}" in page
    assert page.count("carries the card of its fact") == 1
    kept = [office.ledger.media([key.removeprefix("/media/")]) for key in pictures_in(page)]
    photo = next(m for found in kept for m in found.values() if m.mime == "image/jpeg")
    assert not any(secret in photo.data for secret in SECRETS)
    assert now(office, post).edited_by == "editor (desk)"


def test_the_picture_is_taken_off_and_the_card_put_back(office: Office, post: Post) -> None:
    editor = office.colleague("editor")
    assert upload(editor, post, b"", "no-picture").status_code == 303
    assert "carries no picture" in editor.see(path(post))
    assert upload(editor, post, b"", "card", accounts=["one"]).status_code == 303
    assert "carries no picture" not in editor.see(path(post))


def test_what_is_missing_is_told_at_its_field_and_all_that_was_typed_stays(
    office: Office, post: Post
) -> None:
    editor = office.colleague("editor")
    answer = upload(editor, post, b"", credit="", alt_text="A <field> near Siem Reap", why="a note")
    page = html.unescape(answer.text)
    assert answer.status_code == 400
    for piece in (
        "An image needs a credit.", "Choose an image.", "A <field> near Siem Reap</textarea>",
        f'value="{LICENCE}"', 'value="a note"', "Choose the file once more",
        'value="one" checked', 'value="two">',
    ):  # fmt: skip
        assert piece in page
    answer = upload(editor, post, b"hello")
    assert "no picture that is known here" in answer.text
    assert ALT in answer.text
    assert now(office, post).version == post.version


def test_an_image_of_more_than_ten_megabytes_is_refused_and_a_larger_body_is_not_read(
    office: Office, post: Post
) -> None:
    editor = office.colleague("editor")
    answer = upload(editor, post, bytes(10_000_001))
    assert answer.status_code == 400
    assert "at most 10,000,000 are taken" in answer.text
    assert ALT in answer.text
    assert upload(editor, post, bytes(10 * 1024 * 1024 + 1)).status_code == 413


def test_a_forged_form_and_a_role_that_may_not_change_nothing(office: Office, post: Post) -> None:
    editor, viewer = office.colleague("editor"), office.colleague("viewer")
    assert "Add an image" not in viewer.see(path(post))
    answer = upload(editor, post, token="x" * 43)
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.text
    editor.origin = {"sec-fetch-site": "cross-site", "origin": "https://elsewhere.test"}
    assert upload(editor, post).status_code == 403
    token = hidden(viewer.see("/people"))
    files = {"file": ("a.jpg", PHOTO, "image/jpeg")}
    sent = viewer.client.post(
        path(post, "picture"), data={"token": token, **FIELDS}, files=files, headers=viewer.origin
    )
    assert sent.status_code == 403
    assert now(office, post).version == post.version


def test_an_image_for_a_post_that_somebody_changed_meanwhile_is_not_added(office: Office, post: Post) -> None:
    editor = office.colleague("editor")
    mark = hidden(editor.see(path(post)), "mark")
    put_card_back(office.open(), post, post.version, ["two"], "ben", "", NOW)
    answer = upload(editor, post, mark=mark)
    assert answer.status_code == 409
    assert ALT in answer.text
    assert "changed by ben" in answer.text
    again = upload(editor, post, b"", "no-picture", mark=mark)
    assert again.status_code == 409
    assert ALT in again.text, "what was typed for an image stays whichever button was pressed"


def test_where_no_account_takes_pictures_there_is_no_form(office: Office, post: Post) -> None:
    bare = editing.add(office.open(), "oslo-adoption", ["bare"], NOW + DAY, {}, "ada", NOW)
    page = office.colleague("editor").see(path(bare))
    assert "Change the words" in page
    assert "Add an image" not in page


def test_another_fact_says_that_the_image_is_off(office: Office, post: Post) -> None:
    editor = office.colleague("editor")
    upload(editor, post)
    page = editor.see(path(post))
    editor.send(path(post, "fact"), token=hidden(page), mark=hidden(page, "mark"), fact="casualties-2024")
    assert "The image that was added is off" in editor.see(path(post))


# ── in a real browser ────────────────────────────────────────────────────────────────────────


def test_an_image_is_added_in_a_real_browser_that_axe_finds_nothing_against(
    desk: LiveDesk, browser: Browser, tmp_path: Path
) -> None:
    write_illustrated(desk.home)
    post, photo = live_post(desk), tmp_path / "photo.jpg"
    photo.write_bytes(PHOTO)
    page = desk.sign_in(new_page(browser, color_scheme="dark"), "editor")
    page.goto(desk.url + path(post))
    page.get_by_text("Add an image of your own").click()
    page.get_by_label("Image", exact=True).set_input_files(photo)
    for label, said in (("What it shows", ALT), ("Credit", CREDIT)):
        page.get_by_label(label).fill(said)
    page.locator("#picture-licence").evaluate("it => it.required = false")
    page.get_by_role("button", name="Add the image").click()
    expect(page.locator("#picture-licence")).to_be_focused()
    expect(page.locator("#picture-alt")).to_have_value(ALT)
    assert violations(page) == []
    page.get_by_label("Licence").fill(LICENCE)
    page.get_by_label("Image", exact=True).set_input_files(photo)
    page.get_by_role("button", name="Add the image").click()
    expect(page.get_by_role("status")).to_contain_text("The image is added.")
    expect(page.get_by_role("img", name=AS_SENT).first).to_be_visible()
    shown_everywhere(page, desk, post)


def shown_everywhere(page: Page, desk: LiveDesk, post: Post) -> None:
    """The pages that show pictures and a thread, on a phone and to axe."""
    space, stored = open_workspace(desk.home, desk.ledger), desk.ledger.post(post.slot_id)
    assert stored
    editing.edit(space, stored, stored.version, {"two": LONG}, "ada", "", post.due_at - DAY)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 800})
    for where in (path(post), f"/history/{post.deliveries[1].id}"):
        page.goto(desk.url + where)
        expect(page.get_by_text("Post 2 of")).to_be_visible()
        assert violations(page) == [], where
        assert widest(page) == 0, where
        drawn = page.evaluate(
            "Promise.all([...document.images].map(it => (it.loading = 'eager', it.decode().then(() => it.naturalWidth))))"
        )
        assert drawn and all(drawn), where
