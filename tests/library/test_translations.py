"""Other languages: what they need to be said at all, and that nobody's translation goes out unread."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.library import Library, lint, load
from bot.model import Finding, Translation
from tests.library import TODAY
from tests.world import FACTS, write_campaign

STYLE = """
language: fr
credit: "Source : {{ credit }}, au {{ as_of }}."
sources: {Landmine Monitor 2025: Observatoire des mines 2025}
comparators: {at least: "au moins {}"}
avoid:
  - {word: victimes, say: personnes tuées ou blessées, why: person-first language}
"""
WORDINGS = """
language: fr
values:
  oslo-adoption: {place: Oslo}
cards:
  casualties-2024: {figure: "{{ casualties }}", text: "personnes tuées ou blessées en {{ year }}"}
templates:
  casualties-2024:
    a: "En {{ year }}, {{ casualties | counted(one='# personne a', many='# de personnes ont', other='# personnes ont') }} souffert."
  oslo-adoption:
    a: La Convention a été adoptée à {{ place }} le {{ adopted }}.
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return written(tmp_path)


def written(home: Path, wordings: str = WORDINGS, style: str = STYLE, language: str = "fr") -> Path:
    write_campaign(home)
    for name, text in (("templates", wordings), ("style", style)):
        path = (
            home / "messages" / name / (f"{language}/x.yaml" if name == "templates" else f"{language}.yaml")
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return home


def read(home: Path) -> Library:
    return load(home / "messages")


def found(home: Path, rule: str) -> list[Finding]:
    return [finding for finding in lint(read(home), home, TODAY) if finding.rule == rule]


def reviewed(library: Library, name: str = "casualties-2024") -> Library:
    block = library.block(name, "fr")
    assert block is not None
    library.review(name, "fr", block.fingerprint)
    return library


def test_a_whole_translation_has_no_flaw(home: Path) -> None:
    assert [f.rule for f in lint(read(home), home, TODAY) if "/fr" in f.place.file] == ["unreviewed"]


def test_what_nobody_reviewed_is_not_offered_and_neither_is_its_card(home: Path) -> None:
    library = read(home)
    assert library.wordings("casualties-2024", "fr") == []
    assert library.card("casualties-2024", "fr") is None
    assert [block.name for block in library.unreviewed()] == ["casualties-2024", "oslo-adoption"]
    assert library.is_unreviewed("casualties-2024/fr/a")


def test_what_a_person_read_is_offered(home: Path) -> None:
    library = reviewed(read(home))
    assert [template.id for template in library.wordings("casualties-2024", "fr")] == ["casualties-2024/fr/a"]
    assert library.card("casualties-2024", "fr") is not None
    assert [block.name for block in library.unreviewed()] == ["oslo-adoption"]


def test_a_word_that_was_taken_back_counts(home: Path) -> None:
    library = reviewed(read(home))
    block = library.block("casualties-2024", "fr")
    assert block is not None and block.translation is Translation.REVIEWED
    library.review("casualties-2024", "fr", block.fingerprint, reviewed=False)
    assert library.wordings("casualties-2024", "fr") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("souffert", "souffert beaucoup"),
        ("personnes tuées", "gens tués"),
        ("Landmine Monitor 2025: Observatoire", "Landmine Monitor 2025: L’Observatoire"),
        ("au moins", "au plus"),
    ],
)
def test_a_review_holds_only_for_what_was_read(home: Path, before: str, after: str) -> None:
    block = read(home).block("casualties-2024", "fr")
    assert block is not None
    written(home, WORDINGS.replace(before, after), STYLE.replace(before, after))
    library = read(home)
    library.review("casualties-2024", "fr", block.fingerprint)
    assert library.wordings("casualties-2024", "fr") == []


@pytest.mark.parametrize(
    ("name", "before", "after", "holds"),
    [
        ("casualties-2024", "comparator: at least", "comparator: about", False),
        ("casualties-2024", "number: 6279", "number: 6300", True),
        ("oslo-adoption", "place: Oslo", "place: Ottawa", False),
        ("oslo-adoption", "adopted: 1997-09-18", "adopted: 1997-09-19", True),
    ],
)
def test_a_review_holds_for_other_numbers_of_the_fact_and_for_no_other_words(
    home: Path, name: str, before: str, after: str, holds: bool
) -> None:
    block = read(home).block(name, "fr")
    assert block is not None and before in FACTS
    (home / "messages/facts/casualties.yaml").write_text(FACTS.replace(before, after), encoding="utf-8")
    library = read(home)
    library.review(name, "fr", block.fingerprint)
    assert bool(library.wordings(name, "fr")) is holds


def test_a_review_in_the_file_counts_as_long_as_it_says_what_stands_there(home: Path) -> None:
    block = read(home).block("casualties-2024", "fr")
    assert block is not None
    entry = f"reviewed:\n  casualties-2024: {{by: N. N., on: 2026-11-25, seen: {block.fingerprint}}}\n"
    assert read(written(home, WORDINGS + entry)).wordings("casualties-2024", "fr")
    assert not read(written(home, WORDINGS.replace("souffert", "péri") + entry)).wordings(
        "casualties-2024", "fr"
    )


def test_english_is_the_original_and_needs_no_review(home: Path) -> None:
    assert {template.translation for template in read(home).wordings("casualties-2024", "en")} == {
        Translation.ORIGINAL
    }


def test_the_text_values_of_a_fact_are_needed_in_its_language(home: Path) -> None:
    written(home, WORDINGS.replace("values:\n  oslo-adoption: {place: Oslo}\n", ""))
    (finding,) = found(home, "untranslated-value")
    assert "'place' is text" in finding.problem and "templates/fr/" in finding.mend


def test_a_text_value_that_the_fact_does_not_have_is_a_mistake(home: Path) -> None:
    written(home, WORDINGS.replace("{place: Oslo}", "{place: Oslo, adopted: jamais}"))
    (finding,) = found(home, "unknown-value")
    assert "'adopted'" in finding.problem


def test_a_comparator_without_words_is_found_where_it_is_quoted(home: Path) -> None:
    written(home, style=STYLE.replace('comparators: {at least: "au moins {}"}\n', ""))
    assert {finding.rule for finding in found(home, "comparator")} == {"comparator"}


def test_a_source_without_a_name_is_found(home: Path) -> None:
    written(home, style=STYLE.replace("sources: {Landmine Monitor 2025: Observatoire des mines 2025}\n", ""))
    (finding,) = found(home, "unnamed-source")
    assert "'Landmine Monitor 2025'" in finding.problem


def test_every_way_of_counting_in_the_language_is_asked_for(home: Path) -> None:
    written(home, WORDINGS.replace("many='# de personnes ont', ", ""))
    (finding,) = found(home, "plural")
    assert "lacks the form for many in fr" in finding.problem


@pytest.mark.parametrize(
    "braces",
    [
        "{{ casualties | counted(one='# x') }}",
        "{{ casualties | counted('# x', other='# y') }}",
        "{{ casualties | counted(some='# x', other='# y') }}",
        "{{ casualties | counted(other='5 x') }}",
        "{{ casualties | counted(other=year) }}",
        "{{ 5 | counted(other='# x') }}",
    ],
)
def test_counted_takes_forms_of_words_and_nothing_else(home: Path, braces: str) -> None:
    written(home, WORDINGS.replace("En {{ year }}, ", f"{braces} "))
    assert found(home, "template-syntax")


@pytest.mark.parametrize(
    ("language", "said", "word"),
    [
        ("zh", "世界上的禁雷公约很好。", "禁雷公约"),
        ("ar", "والضحايا كثيرون.", "الضحايا"),
        ("fr", "Des victimes.", "victimes"),
    ],
)
def test_a_word_to_avoid_is_found_as_each_language_writes_words(
    home: Path, language: str, said: str, word: str
) -> None:
    wordings = f"language: {language}\ntemplates:\n  oslo-adoption:\n    a: {said}\n"
    style = STYLE.replace("language: fr", f"language: {language}").replace("word: victimes", f"word: {word}")
    written(home, wordings, style, language)
    (finding,) = found(home, "house-style")
    assert f"Avoid {word!r}" in finding.problem or word in finding.problem


@pytest.mark.parametrize(
    ("language", "number"),
    [("ar", "وثلاثة"), ("es", "tres"), ("fr", "trois"), ("ru", "трёх"), ("zh", "三个")],
)
def test_a_number_spelled_out_is_found_in_every_language(home: Path, language: str, number: str) -> None:
    wordings = f"language: {language}\ntemplates:\n  oslo-adoption:\n    a: x {number} x\n"
    written(home, wordings, STYLE.replace("language: fr", f"language: {language}"), language)
    assert found(home, "number-by-hand")


def test_a_card_is_held_to_the_same_rules(home: Path) -> None:
    written(home, WORDINGS.replace("tuées ou blessées en {{ year }}", "tuées en 2024"))
    (finding,) = found(home, "number-by-hand")
    assert "'2024'" in finding.problem


def test_only_the_languages_that_are_asked_for_are_read(home: Path) -> None:
    (home / "messages/templates/fr/broken.yaml").write_text("language: [", encoding="utf-8")
    library = load(home / "messages", languages={"en"})
    assert library.findings == []
    assert "fr" not in library.styles
    assert load(home / "messages", languages={"en", "fr"}).findings


def test_a_file_in_a_folder_that_is_no_languages_is_read_whoever_asks_for_which_languages(home: Path) -> None:
    folder = home / "messages/templates"
    (folder / "en").rename(folder / "originals")
    everything, spoken = read(home), load(home / "messages", languages={"en"})
    originals = everything.wordings("casualties-2024", "en")
    assert originals and spoken.wordings("casualties-2024", "en") == originals


def test_a_file_under_the_name_of_another_language_is_found(home: Path) -> None:
    (home / "messages/templates/en/y.yaml").write_text("language: fr\n", encoding="utf-8")
    (finding,) = found(home, "misnamed")
    assert str(finding.place).endswith("templates/en/y.yaml:1:1")
    assert finding.problem == "Its language is fr, and its name or folder says en."
