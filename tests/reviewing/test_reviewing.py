"""A person reads a translation beside its fact, and says that it may be posted, or takes that back."""

from __future__ import annotations

import pytest

from bot import reviewing
from bot.model import Translation
from bot.workspace import Workspace
from tests.reviewing.conftest import again
from tests.translated import ARABIC_FILE, FRENCH_FILE, reword
from tests.world import HOUR, NOW

FACT = "casualties-2024"


def seen(space: Workspace, name: str = FACT, language: str = "fr") -> str:
    return reviewing.block_of(space, name, language).fingerprint


def review(space: Workspace, name: str = FACT, language: str = "fr", who: str = "ada") -> None:
    reviewing.review(space, name, language, seen(space, name, language), who, NOW)


def waiting(space: Workspace, language: str = "fr") -> list[str]:
    return [block.name for block in reviewing.waiting_in(space.library, language).blocks]


# ── what waits ───────────────────────────────────────────────────────────────────────────────


def test_every_translation_waits_by_language_and_file_until_somebody_has_read_it(space: Workspace) -> None:
    arabic, french = reviewing.waiting(space.library)
    assert (arabic.language, arabic.total, list(arabic.files)) == ("ar", 1, [ARABIC_FILE])
    assert (french.language, french.total, list(french.files)) == ("fr", 3, [FRENCH_FILE])
    assert waiting(space) == [FACT, "oslo-adoption", "observance:mine-day"]
    assert space.library.wordings(FACT, "fr") == []
    review(space)
    assert waiting(space) == ["oslo-adoption", "observance:mine-day"]
    assert len(space.library.wordings(FACT, "fr")) == 2
    assert space.library.card(FACT, "fr") is not None
    assert reviewing.waiting_in(space.library, "fr").total == 3


def test_a_language_without_translations_is_told_with_those_that_have_some(space: Workspace) -> None:
    with pytest.raises(reviewing.NotReviewed, match=r"into 'en'\. There are translations into: ar, fr"):
        reviewing.waiting_in(space.library, "en")


def test_english_that_is_marked_as_unreviewed_waits_too(space: Workspace) -> None:
    file = "messages/templates/en/casualties.yaml"
    reword(space.home, "language: en\n", "language: en\ntranslation: unreviewed\n", file)
    assert waiting(again(space), "en") == [FACT, "oslo-adoption"]


# ── a person's word ──────────────────────────────────────────────────────────────────────────


def test_a_review_holds_wherever_the_campaign_is_read_and_only_for_what_was_read(space: Workspace) -> None:
    review(space)
    assert waiting(again(space)) == ["oslo-adoption", "observance:mine-day"]
    reword(space.home, "ont tué ou blessé", "ont blessé ou tué")
    assert waiting(again(space)) == [FACT, "oslo-adoption", "observance:mine-day"]
    reword(space.home, "ont blessé ou tué", "ont tué ou blessé")
    assert waiting(again(space)) == ["oslo-adoption", "observance:mine-day"]


@pytest.mark.parametrize(
    "change",
    [("personnes ont été tuées ou blessées par des mines en {{ year }}.", "tuées."), ("place: Oslo", "place: Osló")],
    ids=["the card", "a value"],
)  # fmt: skip
def test_a_card_and_a_value_are_part_of_what_is_read(space: Workspace, change: tuple[str, str]) -> None:
    before = {name: seen(space, name) for name in (FACT, "oslo-adoption", "observance:mine-day")}
    reword(space.home, *change)
    after = {name: seen(again(space), name) for name in before}
    assert after != before


def test_what_changed_since_it_was_read_is_not_marked(space: Workspace) -> None:
    read = seen(space)
    reword(space.home, "ont tué", "tuèrent")
    changed = again(space)
    with pytest.raises(reviewing.Changed, match=f"{read} was read, {seen(changed)} stands now"):
        reviewing.review(changed, FACT, "fr", read, "ada", NOW)
    assert space.ledger.reviews() == []


def test_several_are_marked_together_or_none(space: Workspace) -> None:
    read = {FACT: seen(space), "oslo-adoption": "00000000"}
    with pytest.raises(reviewing.Changed, match="oslo-adoption"):
        reviewing.review_all(space, "fr", read, "ada", NOW)
    assert space.ledger.reviews() == []
    read["oslo-adoption"] = seen(space, "oslo-adoption")
    assert len(reviewing.review_all(space, "fr", read, "ada", NOW)) == 2
    assert reviewing.review_all(space, "fr", read, "bob", NOW) == [], "they had been reviewed"
    assert {said.who for said in space.ledger.reviews()} == {"ada"}


@pytest.mark.parametrize(
    ("name", "language", "who", "problem"),
    [
        ("nothing", "fr", "ada", "Nothing is said of 'nothing' in 'fr'"),
        (FACT, "es", "ada", "`bot review es` lists"),
        ("mine-day", "fr", "ada", "mine-day is a day: write observance:mine-day"),
        (FACT, "fr", " ", "Say who has read it"),
        (FACT, "fr", "a" * 101, "at most 100 characters"),
    ],
)
def test_a_review_that_cannot_be_is_refused(
    space: Workspace, name: str, language: str, who: str, problem: str
) -> None:
    with pytest.raises(reviewing.NotReviewed, match=problem):
        reviewing.review(space, name, language, seen(space), who, NOW)
    assert space.ledger.reviews() == []


def test_a_word_is_taken_back_with_a_reason_and_stands_in_the_audit_log(space: Workspace) -> None:
    review(space)
    read = seen(space)
    with pytest.raises(reviewing.NotReviewed, match="Say why"):
        reviewing.withdraw(space, FACT, "fr", read, "bob", " ", NOW)
    with pytest.raises(reviewing.Changed):
        reviewing.withdraw(space, FACT, "fr", "00000000", "bob", "a slip", NOW)
    reviewing.withdraw(space, FACT, "fr", read, "bob", "a slip", NOW)
    assert FACT in waiting(space)
    assert FACT in waiting(again(space))
    with pytest.raises(reviewing.NotReviewed, match="waits to be reviewed already"):
        reviewing.withdraw(space, FACT, "fr", None, "bob", "a slip", NOW)
    trail = space.ledger.history_of(f"translation {FACT} (fr)")
    assert [(row["who"], row["became"], row["why"]) for row in trail] == [
        ("ada", "reviewed", f"as {read}"),
        ("bob", "unreviewed", f"as {read}: a slip"),
    ]
    review(space)
    assert FACT not in waiting(again(space)), "the last word counts"


# ── the reading sheet ────────────────────────────────────────────────────────────────────────


def test_a_sheet_shows_the_fact_beside_each_wording_as_it_goes_out_on_the_networks_of_accounts(
    space: Workspace,
) -> None:
    sheet = reviewing.sheet(space, FACT, "fr", NOW)
    assert (sheet.waits, sheet.last, sheet.on) == (True, None, NOW.date())
    assert sheet.fact.claim == "In 2024 at least 6,279 people were killed or injured."
    assert sheet.block.source == "Observatoire des mines 2025"
    assert ("casualties", "at least 6,279", "au moins 6 279") in plain(sheet.values)
    first, second = sheet.wordings
    (reading,) = first.readings
    assert reading.message.text.replace("\u202f", " ").startswith(
        "En 2024, au moins 6 279 personnes ont été tuées ou blessées par des mines.\n\n"
        "Source : Observatoire des mines 2025, au 1er décembre 2025."
    )
    assert [(m.network, m.limit) for m in reading.measures] == [("x", 280), ("bluesky", 300)]
    assert second.template.id == "casualties-2024/fr/b"
    assert sheet.card is not None
    assert sheet.card.figure == "Au moins 6\u202f279"
    assert "Au moins 6\u202f279 personnes ont été tuées" in sheet.card.alt_text


def plain(values: tuple[tuple[str, str, str], ...]) -> list[tuple[str, ...]]:
    return [tuple(text.replace("\u202f", " ") for text in value) for value in values]


def test_a_sheet_of_a_day_is_filled_for_the_next_such_day(space: Workspace) -> None:
    sheet = reviewing.sheet(space, "observance:mine-day", "fr", NOW)
    assert str(sheet.on) == "2027-04-04"
    assert sheet.wordings[0].readings[0].message.text.startswith("Il y a 21 ans.")
    assert sheet.card is None


def lengthen(space: Workspace, more: str) -> reviewing.ReadWording:
    reword(space.home, "en {{ year }}.\n  oslo", f"en {{{{ year }}}}{more}.\n  oslo")
    return reviewing.sheet(again(space), FACT, "fr", NOW).wordings[1]


def test_a_wording_that_cannot_go_out_says_why(space: Workspace) -> None:
    long = lengthen(space, " trop" * 60)
    assert [network for network, _ in long.misfits] == ["x", "bluesky"]
    assert "and the limit is 280" in long.misfits[0][1]
    assert long.readings == ()


def test_a_wording_that_makes_a_thread_is_read_post_by_post(space: Workspace) -> None:
    (reading,) = lengthen(space, f"{' trop' * 15}. Et{' trop' * 30}").readings
    assert [post.text[:8] for post in reading.message.posts] == ["Les mine", "Et trop "]


def test_without_an_account_a_sheet_shows_every_network(space: Workspace) -> None:
    (space.home / "config/accounts.yaml").write_text("accounts: {}\n")
    sheet = reviewing.sheet(again(space), FACT, "fr", NOW)
    shown = {m.network for reading in sheet.wordings[0].readings for m in reading.measures}
    assert {"x", "bluesky", "mastodon"} <= shown


def test_a_sheet_tells_who_said_what_newest_first(space: Workspace) -> None:
    review(space)
    reviewing.withdraw(space, FACT, "fr", None, "bob", "a slip", NOW + HOUR)
    sheet = reviewing.sheet(space, FACT, "fr", NOW + 2 * HOUR)
    assert [(word.who, word.reviewed) for word in sheet.words] == [("bob", False), ("ada", True)]
    assert sheet.last is not None
    assert (sheet.last.who, sheet.waits) == ("bob", True)
    reword(space.home, "ont tué", "tuèrent")
    changed = reviewing.sheet(again(space), FACT, "fr", NOW)
    assert changed.last is None, "nobody has said anything of what stands now"
    assert len(changed.words) == 2


def test_what_is_reviewed_in_the_file_itself_needs_nobody(space: Workspace) -> None:
    reword(space.home, "language: fr\n", "language: fr\ntranslation: reviewed\n")
    trusted = again(space)
    assert waiting(trusted) == []
    assert reviewing.sheet(trusted, FACT, "fr", NOW).block.translation is Translation.REVIEWED
