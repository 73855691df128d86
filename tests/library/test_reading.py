"""Reading `messages/`: what becomes a fact, and the exact place of each mistake in a file."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents import read
from bot.library import lint, load
from bot.model import Number, Place, Status, Year
from tests.library import (
    FACTS_FILE,
    STYLE_FILE,
    TEMPLATES_FILE,
    TODAY,
    changed,
    findings,
    found,
    in_facts,
    library,
    unhurried,
)
from tests.world import FACTS, STYLE, TEMPLATES, write_campaign

TO_THE_FIRST = "    confidence: high\n"
KEYS = {
    "an unknown key": ("    confidence: high\n    confidance: high\n", "15:5 unknown-key"),
    "a key a second time": ("    confidence: high\n    confidence: low\n", "15:5 duplicate-key"),
    "a word that is not one of those allowed": ("    confidence: sure\n", "14:5 value"),
    "an address without https": ("    confidence: high\n    link: un.org\n", "15:5 value"),
    "a conflict with nobody": ("    confidence: high\n    conflicts: [oslo-adopted]\n", "15:17 unknown-fact"),
    "a successor that is not there": (
        "    confidence: high\n    superseded_by: nobody\n",
        "15:5 unknown-fact",
    ),
    "a text where a list stands": ("    confidence: high\n    conflicts: oslo-adoption\n", "15:5 value"),
    "an empty list": ("    confidence: high\n    conflicts:\n", "15:5 value"),
    "a group that is no id": ("    confidence: high\n    group: Great Numbers\n", "15:5 value"),
    "a day that does not exist": ("    confidence: high\n    checked_on: 2026-02-30\n", "15:5 value"),
}
IN_FACTS = {
    "a day that does not exist": ("as_of: 2025-12-01", "as_of: 2025-02-30", "10:5 value"),
    "a day in other words": ("as_of: 2025-12-01", "as_of: 1 December 2025", "10:5 value"),
    "an empty day": ("as_of: 2025-12-01", "as_of:", "10:5 value"),
    "an empty review date": ("review_by: 2026-12-01", "review_by:", "11:5 value"),
    "a review date that does not exist": ("review_by: 2026-12-01", "review_by: 2026-11-31", "11:5 value"),
    "a review date before its as-of date": (
        "review_by: 2026-12-01",
        "review_by: 2025-11-30",
        "11:5 review-before-as-of",
    ),
    "a value that is no day": ("1997-09-18", "1997-09-31", "17:14 value"),
    "a value that is no month": ("1997-09-18", "1997-13", "17:14 value"),
    "a value that is no year": ("year: 2024", "year: 24", "8:64 value"),
    "a value of a reserved name": ("place: Oslo", "as_of: Oslo", "17:35 reserved-name"),
    "a value of a bad name": ("place: Oslo", "The-Place: Oslo", "17:35 value"),
    "an empty value": ("place: Oslo", "place: ''", "17:35 value"),
    "an empty list of values": ("place: Oslo", "place: []", "17:35 value"),
    "a number with a comma": ("number: 6279", "number: '6,279'", "8:27 value"),
    "a number with a power": ("number: 6279", "number: 1e5", "8:27 value"),
    "a number without a number": ("number: 6279, ", "", "8:14 missing-key"),
    "a comparator that is not known": ("at least}", "over}", "8:41 value"),
    "an unknown key of a number": ("number: 6279", "numbr: 1, number: 6279", "8:27 unknown-key"),
    "a status that is not known": ("status: post", "status: posted", "12:5 value"),
    "a status that YAML takes for a truth": ("status: post", "status: no", "12:5 value"),
    "no reason": ("    reason: it was true for three months only\n", "", "29:5 missing-reason"),
    "no lift": ("    lift: read the count off the depositary\n", "", "29:5 missing-lift"),
    "nobody who holds a position": (
        "status: post",
        "status: position\n    reason: a view",
        "12:5 missing-attribution",
    ),
    "no claim": ("    claim: 165 States are party.\n", "", "24:3 missing-key"),
    "an unknown source": ("source: monitor", "source: monitr", "9:5 unknown-source"),
    "a bad id": ("  parties-165:", "  Parties_165:", "24:3 value"),
    "an id that is too long": ("  parties-165:", f"  {'a' * 65}:", "24:3 value"),
    "an id a second time": ("  parties-165:", "  oslo-adoption:", "24:3 duplicate-key"),
    "an id a second time, in quotes and with a space": (
        "  parties-165:",
        '  "oslo-adoption ":',
        "24:3 duplicate-key",
    ),
    "a fact that is a list": ("facts:\n", "facts:\n  listed: [a, b]\n", "6:3 value"),
    "a fact that is empty": ("facts:\n", "facts:\n  empty:\n", "6:3 value"),
    "a source that is too long for a post": (
        "credit: Landmine",
        f"credit: {'x' * 50} Landmine",
        "4:64 value",
    ),
    "an address of a source that is none": ("2025}", "2025, address: ftp://un.org}", "4:95 value"),
    "a date of a source that is none": ("2025}", "2025, date: last May}", "4:95 value"),
    "an unknown key of the file": (
        "subject: Casualties",
        "subjects: many\nsubject: Casualties",
        "2:1 unknown-key",
    ),
    "a tabulator": ("  monitor:", "\tmonitor:", "4:1 yaml"),
    "a colon inside plain text": ("claim: In 2024", "claim: In 2024: of", "7:19 yaml"),
    "an apostrophe inside apostrophes": ("claim: 165 States are", "claim: 'the States' count", "25:25 yaml"),
    "quotes that never end": ("claim: 165 States", 'claim: "165 States', "25:12 yaml"),
    "braces without quotes": ("claim: 165 States are party.", "claim: {{ parties }}", "25:13 yaml"),
    "a control character": ("claim: 165", "claim: 1\a65", "25:13 yaml"),
    "a reference to another place": ("place: Oslo", "place: *oslo", "17:42 yaml"),
    "more brackets than anybody needs": ("place: Oslo", f"place: {'[' * 30 + ']' * 30}", "17:58 yaml"),
    "a second document": ("facts:\n", "---\nfacts:\n", "5:1 yaml"),
}
FIRST_WORDING = "a: In {{ year }}, {{ casualties }} people were killed or injured by mines."
IN_TEMPLATES = {
    "a fact that is not there": (TEMPLATES + "  oslo:\n    a: Oslo.\n", "12:3 unknown-fact"),
    "a day that is not there": (
        TEMPLATES + "observances:\n  mine-day:\n    a: Now.\n",
        "13:3 unknown-observance",
    ),
    "a language that is not one of the six": (
        changed(TEMPLATES, "language: en", "language: de"),
        "2:1 value",
    ),
    "no language": (changed(TEMPLATES, "language: en\n", ""), "2:1 missing-key"),
    "an empty wording": (changed(TEMPLATES, FIRST_WORDING, "a:"), "5:5 value"),
    "a wording that is a list": (changed(TEMPLATES, FIRST_WORDING, "a: [b, c]"), "5:5 value"),
    "a wording that YAML takes for a mapping": (
        changed(TEMPLATES, FIRST_WORDING, "a: {{ year }}"),
        "5:9 yaml",
    ),
    "a wording that begins with braces": (
        changed(TEMPLATES, FIRST_WORDING, "a: {{ year }} was"),
        "5:19 yaml",
    ),
    "a wording with a bad name": (changed(TEMPLATES, FIRST_WORDING, "A-1: Now."), "5:5 value"),
    "a wording a second time": (changed(TEMPLATES, "    b: ", "    a: "), "6:5 duplicate-key"),
}
IN_STYLE = {
    "no credit line": ("language: en\n", "1:1 missing-key"),
    "an unknown key": (STYLE + "tone: calm\n", "3:1 unknown-key"),
    "a word to avoid without a reason": (
        STYLE + "avoid:\n  - {word: victim, say: survivor}\n",
        "4:5 missing-key",
    ),
    "a word to avoid that is empty": (STYLE + "avoid:\n  - {word: '', say: b, why: c}\n", "4:6 value"),
}


def test_the_small_campaign_has_nothing_to_mend(tmp_path: Path) -> None:
    assert found(write_campaign(tmp_path)) == []


def test_a_fact_is_read_with_its_whole_pedigree_and_its_place(tmp_path: Path) -> None:
    fact = library(tmp_path).facts["casualties-2024"]
    assert fact.subject == "Casualties"
    assert fact.values == {"casualties": Number(Decimal(6279), "at least"), "year": Year(2024)}
    assert (fact.source.id, fact.source.publisher) == ("monitor", "ICBL-CMC")
    assert (fact.as_of, fact.review_by) == (date(2025, 12, 1), date(2026, 12, 1))
    assert (fact.status, fact.status_since) == (Status.POST, date(2026, 11, 24))
    assert fact.place == Place(FACTS_FILE, 6, 3)
    assert library(tmp_path).facts["oslo-adoption"].review_by is None


def test_a_wording_is_read_with_the_place_of_its_first_letter(tmp_path: Path) -> None:
    wording = library(tmp_path).wordings("oslo-adoption", "en")[1]
    assert (wording.id, wording.text[:14]) == ("oslo-adoption/en/b", "The Convention")
    assert wording.place == Place(TEMPLATES_FILE, 10, 8)


@pytest.mark.parametrize(("keys", "place"), KEYS.values(), ids=KEYS.keys())
def test_a_fact_with_one_bad_key_gives_one_finding_at_it(tmp_path: Path, keys: str, place: str) -> None:
    home = write_campaign(tmp_path, facts=in_facts(TO_THE_FIRST, keys))
    assert found(home) == [f"{FACTS_FILE}:{place}"]


@pytest.mark.parametrize(("old", "new", "place"), IN_FACTS.values(), ids=IN_FACTS.keys())
def test_a_mistake_in_a_facts_file_gives_one_finding_at_it(
    tmp_path: Path, old: str, new: str, place: str
) -> None:
    home = write_campaign(tmp_path, facts=in_facts(old, new))
    assert found(home) == [f"{FACTS_FILE}:{place}"]


@pytest.mark.parametrize(("text", "place"), IN_TEMPLATES.values(), ids=IN_TEMPLATES.keys())
def test_a_mistake_in_a_templates_file_gives_one_finding_at_it(tmp_path: Path, text: str, place: str) -> None:
    assert found(write_campaign(tmp_path, templates=text)) == [f"{TEMPLATES_FILE}:{place}"]


@pytest.mark.parametrize(("text", "place"), IN_STYLE.values(), ids=IN_STYLE.keys())
def test_a_mistake_in_a_style_file_gives_one_finding_at_it(tmp_path: Path, text: str, place: str) -> None:
    assert found(write_campaign(tmp_path, style=text)) == [f"{STYLE_FILE}:{place}"]


def test_every_finding_says_what_is_wrong_and_how_to_mend_it_in_plain_words(tmp_path: Path) -> None:
    for number, (old, new, _) in enumerate(IN_FACTS.values()):
        (finding,) = findings(write_campaign(tmp_path / str(number), facts=in_facts(old, new)))
        assert finding.problem.endswith(".")
        assert finding.mend.endswith(".")
        assert not re.search(r"NoneType|Entry|Node|\[key\]|instance of", str(finding))


def test_several_mistakes_give_a_finding_each_in_the_order_of_the_file(tmp_path: Path) -> None:
    facts = in_facts("as_of: 2025-12-01", "as_of: 2025-02-30").replace("confidence: high", "confidence: sure")
    assert found(write_campaign(tmp_path, facts=facts)) == [
        f"{FACTS_FILE}:{place} value" for place in ("10:5", "14:5", "23:5", "33:5")
    ]


SECOND_FILE = """
subject: More
sources:
  monitor: {title: Another, publisher: Somebody, credit: Another}
facts: {}
"""


def test_an_id_that_another_file_has_gives_one_finding_that_names_the_first(tmp_path: Path) -> None:
    home = write_campaign(tmp_path)
    more = "messages/facts/more.yaml"
    (home / more).write_text(SECOND_FILE)
    (finding,) = findings(home)
    assert (finding.place, finding.rule) == (Place(more, 4, 3), "duplicate-id")
    assert f"source monitor (first in {FACTS_FILE}:4:3)" in finding.problem

    (home / more).write_text(FACTS[: FACTS.index("sources:")] + FACTS[FACTS.index("facts:") :])
    doubles = [finding for finding in findings(home) if finding.rule == "duplicate-id"]
    assert [str(finding.place) for finding in doubles] == [f"{more}:{line}:3" for line in (4, 13, 22)]
    assert f"fact casualties-2024 (first in {FACTS_FILE}:6:3)" in doubles[0].problem


def test_a_wording_or_a_style_that_another_file_has_gives_one_finding(tmp_path: Path) -> None:
    home = write_campaign(tmp_path)
    wordings = "messages/templates/en/more.yaml"
    (home / wordings).write_text(
        "language: en\ntemplates:\n  oslo-adoption:\n    b: Oslo.\n    d: Oslo again.\n"
    )
    (home / "messages/style/english.yaml").write_text(STYLE)
    assert found(home) == ["messages/style/english.yaml:1:1 duplicate-id", f"{wordings}:4:5 duplicate-id"]
    assert f"(first in {TEMPLATES_FILE}:10:8)" in findings(home)[1].problem


@pytest.mark.parametrize(
    ("content", "rules"),
    [
        (b"", ["1:1 missing-key", "1:1 missing-key"]),
        (b"# nothing yet\n", ["1:1 missing-key", "1:1 missing-key"]),
        (b"~\n", ["1:1 missing-key", "1:1 missing-key"]),
        (b"- one\n- two\n", ["1:1 value"]),
        (b"only words\n", ["1:1 value"]),
        ("subject: Dégâts\n".encode("latin-1"), ["1:1 encoding"]),
        (FACTS.encode("utf-16"), ["1:1 encoding"]),
        (b"subject: \x00\n", ["1:10 yaml"]),
        (b"a: " + b"[" * 100_000, ["1:23 yaml"]),
        (b"a: &a [*a, *a]\n", ["1:8 yaml"]),
        (b"a: &a\n  b: *a\n", ["2:6 yaml"]),
    ],
)
def test_a_file_that_is_no_facts_file_gives_findings_and_hides_no_other(
    tmp_path: Path, content: bytes, rules: list[str]
) -> None:
    home = write_campaign(tmp_path)
    (home / "messages/facts/odd.yaml").write_bytes(content)
    assert found(home) == [f"messages/facts/odd.yaml:{rule}" for rule in rules]


def test_a_file_that_cannot_be_opened_gives_one_finding(tmp_path: Path) -> None:
    home = write_campaign(tmp_path)
    (home / "messages/facts/folder.yaml").mkdir()
    (home / "messages/facts/gone.yaml").symlink_to(tmp_path / "nowhere.yaml")
    assert found(home) == [f"messages/facts/{name}.yaml:1:1 unreadable" for name in ("folder", "gone")]


def test_a_folder_without_a_library_gives_one_finding(tmp_path: Path) -> None:
    assert [finding.rule for finding in load(tmp_path / "messages").findings] == ["no-library"]


def test_a_broken_file_of_facts_is_not_blamed_on_the_wordings(tmp_path: Path) -> None:
    home = write_campaign(tmp_path, facts="facts: [\n")
    assert found(home) == [f"{FACTS_FILE}:2:1 yaml"]


def test_a_source_that_may_stand_in_a_broken_file_is_not_called_unknown(tmp_path: Path) -> None:
    home = write_campaign(tmp_path, facts=in_facts("source: monitor", "source: elsewhere"))
    (home / "messages/facts/broken.yaml").write_text("facts: [\n")
    assert found(home) == ["messages/facts/broken.yaml:2:1 yaml"]


def test_a_fact_with_a_mistake_is_left_out_and_not_missed_elsewhere(tmp_path: Path) -> None:
    facts = in_facts("source: monitor", "source: monitr")
    read_in = library(tmp_path, facts=facts)
    assert "casualties-2024" not in read_in.facts
    assert "oslo-adoption" in read_in.facts
    assert read_in.may_exist("casualties-2024")


@pytest.mark.parametrize(
    ("written", "data"),
    [
        ("no", "no"),
        ("Yes", "Yes"),
        ("true", "true"),
        ("09:30", "09:30"),
        ("1:20:30", "1:20:30"),
        ("017", "017"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("2026-12-01", "2026-12-01"),
        ("2026-12-01T09:00:00Z", "2026-12-01T09:00:00Z"),
        ("!!int 5", "5"),
        ("!!python/object:os.system x", "x"),
        ("=", "="),
        ("~", None),
        ("null", None),
        ("", None),
        ("'null'", "null"),
        ('""', ""),
        ("[no, 010]", ["no", "010"]),
        ("{off: on}", {"off": "on"}),
    ],
)
def test_yaml_guesses_nothing(tmp_path: Path, written: str, data: Any) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"value: {written}\n")
    document = read(path)
    assert document.findings == []
    assert document.data == {"value": data}


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_any_line_ending_and_a_byte_order_mark_leave_the_places_as_they_are(
    tmp_path: Path, ending: str, mark: str
) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes((mark + "a: {b: '😀', c: d}\nlist:\n  - one\n  - two\n").replace("\n", ending).encode())
    document = read(path, "a.yaml")
    assert document.data == {"a": {"b": "😀", "c": "d"}, "list": ["one", "two"]}
    assert document.place("a", "c") == Place("a.yaml", 1, 13)
    assert document.value_place("a", "c") == Place("a.yaml", 1, 16)
    assert document.place("list", 1) == Place("a.yaml", 4, 5)
    assert document.place("list", 1, "deeper") == Place("a.yaml", 4, 5)
    assert document.place("nowhere") == Place("a.yaml", 1, 1)


def test_a_hashtag_that_yaml_would_drop_as_a_comment_is_a_finding_at_it(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: Mines kill #MineAction\nb: fine # a comment\nc: 'Mines kill #MineAction'\n")
    (finding,) = read(path, "a.yaml").findings
    assert str(finding.place) == "a.yaml:1:15"
    assert "quotes" in finding.mend


pieces = st.sampled_from(
    [*"abc:-#&*!|>'\"%@`{}[],? \n\t", "\n  ", "- ", "&a ", "*a ", "<<: ", "facts:\n", "!!x ", "---\n"]
)


@unhurried
@given(
    content=st.binary(max_size=60) | st.lists(pieces, max_size=30).map(lambda parts: "".join(parts).encode())
)
def test_whatever_a_file_holds_nothing_is_raised(tmp_path: Path, content: bytes) -> None:
    home = write_campaign(tmp_path)
    for name in (FACTS_FILE, TEMPLATES_FILE, STYLE_FILE):
        (home / name).write_bytes(content)
    assert lint(load(home / "messages"), home, TODAY)
