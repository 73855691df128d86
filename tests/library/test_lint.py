"""The linter: mistakes in wordings, values and credit lines, at the letter; and facts that fall due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.library import lint, load
from bot.library.spots import Files
from bot.model import Place, Severity
from tests.library import (
    FACTS_FILE,
    STYLE_FILE,
    TEMPLATES_FILE,
    TODAY,
    findings,
    found,
    in_facts,
    unhurried,
    with_wording,
)
from tests.world import FACTS, STYLE, TEMPLATES, write_campaign

HERE = "▶"  # marks the letter at which the finding must point
FLAWS = {
    "digits": ("In {{ year }}, ▶6,279 people.", "number-by-hand"),
    "digits apart": ("In {{ year }}, ▶6 people.", "number-by-hand"),
    "digits with a narrow space": ("In {{ year }}, ▶6\u202f279 people.", "number-by-hand"),
    "digits of another script": ("In {{ year }}, ▶٦٢٧٩ people.", "number-by-hand"),
    "a share": ("Some ▶5% of mines.", "number-by-hand"),
    "a share with a space": ("Some ▶5 % of mines.", "number-by-hand"),
    "a fraction": ("Some ▶½ of mines.", "number-by-hand"),
    "a Roman numeral": ("Amended Protocol ▶Ⅱ on mines.", "number-by-hand"),
    "a year after a value": ("{{ casualties }} in ▶2024.", "number-by-hand"),
    "a number in a condition": ("{% if year == 2024 %}in ▶5{% endif %}", "number-by-hand"),
    "a number spelled out": ("Mines killed ▶seven people.", "number-by-hand"),
    "a number spelled out with a capital": ("▶Twenty States.", "number-by-hand"),
    "a number spelled out in the plural": ("▶Thousands of people.", "number-by-hand"),
    "half": ("▶Half of them were children.", "number-by-hand"),
    "a tag": ("Mines ▶<b> killed.", "html"),
    "a closing tag": ("Mines ▶</p> killed.", "html"),
    "a comment of HTML": ("Mines ▶<!-- soon.", "html"),
    "an entity": ("Mines ▶&amp; bombs.", "html"),
    "a mention": ("Says ▶@unmas today.", "mention"),
    "a mention that is no account": ("Mail ▶@ us.", "mention"),
    "a wide mention": ("Says ▶＠unmas today.", "mention"),
    "an address": ("See ▶https://un.org/mines now.", "inline-link"),
    "an address with www": ("See ▶www.un.org now.", "inline-link"),
    "a name that becomes a link": ("See ▶un.org now.", "inline-link"),
    "a missing space": ("They ▶killed.Mines are bad.", "inline-link"),
    "a space without width": ("Mines▶\u200b killed.", "control-character"),
    "a soft hyphen": ("Mi▶\u00adnes killed.", "control-character"),
    "a direction that is forced": ("Mines ▶\u202ekilled.", "control-character"),
    "a letter for private use": ("Mines ▶\ue000 killed.", "control-character"),
    "a value that is not there": ("In {{ ▶yeer }}, {{ casualties }}.", "unknown-value"),
    "a value that is not there, in a condition": ("{% if ▶yeer == 1 %}x{% endif %}", "unknown-value"),
    "a value that is the composer's": ("Says {{ ▶attributed_to }}.", "unknown-value"),
    "years outside of an observance": ("{{ ▶years }} years ago.", "unknown-value"),
    "a call": ("In {{ year }} ▶{{ year() }}.", "template-syntax"),
    "an attribute": ("In {{ year }} ▶{{ year.real }}.", "template-syntax"),
    "a loop": ("In {{ year }} ▶{% for a in b %}x{% endfor %}.", "template-syntax"),
    "a macro": ("In {{ year }} ▶{% macro a() %}x{% endmacro %}.", "template-syntax"),
    "a comment of Jinja": ("In {{ year }} ▶{# soon #}.", "template-syntax"),
    "an unknown filter": ("In ▶{{ year | shout }}.", "template-syntax"),
    "braces that do not close": ("In ▶{{ year }.", "template-syntax"),
    "a brace too many": ("In {{ year }}▶} now.", "template-syntax"),
    "a single brace": ("In ▶{year now.", "template-syntax"),
    "a wording that is too long": ("▶" + "a" * 2001, "template-syntax"),
    "a word to avoid": ("Mines made ▶victims  of people.", "house-style"),
    "words to avoid": ("A ▶Land Mine killed.", "house-style"),
}
FINE = [
    "In {{ year }}, {{ casualties }} people were killed or injured.",
    "One mine is one too many; the first step was km² by km².",
    "Write to info at the office, and #MineAction - or AT&T, a < b, a > c.",
    "{% if year == 2024 %}Then{% else %}Now{% endif %}: victimless, landmines.",
    "U.S. mines, e.g. in the North; and/or: 'so' \"called\" {{ year }}.",
    "Joiners and isolates: \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u2067\u0633\u2069.",
    "Often, someone attends to freight, tension and weight.",
]
AVOID = """avoid:
  - {word: victims, say: survivors, why: they live}
  - {word: land mine, say: landmine, why: one word}
"""


def in_quotes(text: str) -> str:
    """The text in double quotes, each letter as itself."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def in_apostrophes(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def literal_block(text: str) -> str:
    return f"|\n      {text}"


def folded_block(text: str) -> str:
    return f">-\n\n      {text}"


def folded_over_lines(text: str) -> str:
    return ">-  # as it is read\n" + "\n".join(f"      {word}" for word in text.split(" "))


def quoted_over_lines(text: str) -> str:
    return in_quotes(text).replace(" ", "\n      ")


def plain_over_lines(text: str) -> str:
    return text.replace(": ", " - ").replace(" ", "\n      ")


@pytest.mark.parametrize("write", [in_quotes, in_apostrophes, literal_block, folded_block])
@pytest.mark.parametrize(("marked", "rule"), FLAWS.values(), ids=FLAWS.keys())
def test_a_flaw_of_a_wording_gives_one_finding_at_its_letter_whatever_the_quotes(
    tmp_path: Path, marked: str, rule: str, write: Callable[[str], str]
) -> None:
    text = with_wording(write(marked))
    home = write_campaign(tmp_path, templates=text.replace(HERE, ""), style=STYLE + AVOID)
    line, column = place_of_mark(text)
    assert found(home) == [f"{TEMPLATES_FILE}:{line}:{column} {rule}"]


def place_of_mark(text: str) -> tuple[int, int]:
    before = text[: text.index(HERE)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.mark.parametrize("write", [folded_over_lines, quoted_over_lines, plain_over_lines])
@pytest.mark.parametrize(
    ("marked", "rule"),
    [
        ("They say: it's \"as it is\", in ▶2024, don't they", "number-by-hand"),
        ("They say {{ year }} and {{ ▶yeer }} and on", "unknown-value"),
        ("Back\\slash and says ▶@unmas", "mention"),
        ("Emoji 😀😀 and é before ▶5 mines", "number-by-hand"),
    ],
)
def test_a_flaw_is_found_on_its_own_line_of_a_folded_text(
    tmp_path: Path, marked: str, rule: str, write: Callable[[str], str]
) -> None:
    text = with_wording(write(marked))
    line, column = place_of_mark(text)
    home = write_campaign(tmp_path, templates=text.replace(HERE, ""))
    assert found(home) == [f"{TEMPLATES_FILE}:{line}:{column} {rule}"]


@pytest.mark.parametrize(
    ("written", "column"),
    [
        (r'"Caf\u00e9 \x41\t\"no\" 5 mines"', 32),
        (r'"Mines\u200b killed"', 14),
        (r'"\"Seven\" mines"', 11),
        ("'''Seven'' mines'", 11),
        (r'"Mines \U0001F600 and 5"', 30),
    ],
)
def test_escapes_are_counted_as_they_are_written(tmp_path: Path, written: str, column: int) -> None:
    home = write_campaign(tmp_path, templates=with_wording(written))
    assert [finding.place for finding in findings(home)] == [Place(TEMPLATES_FILE, 4, column)]


@pytest.mark.parametrize("block", ["|", ">-"])
def test_a_block_that_begins_with_a_quote_is_no_quoted_text(tmp_path: Path, block: str) -> None:
    home = write_campaign(
        tmp_path, templates=with_wording(f'{block}\n      "Never" \\xZZ, they\n      say in 2024.')
    )
    assert found(home) == [f"{TEMPLATES_FILE}:6:14 number-by-hand"]


@pytest.mark.parametrize("text", FINE)
def test_a_sound_wording_is_left_alone(tmp_path: Path, text: str) -> None:
    home = write_campaign(tmp_path, templates=with_wording(in_quotes(text)), style=STYLE + AVOID)
    assert found(home) == []


def test_every_flaw_of_a_wording_is_told_at_once(tmp_path: Path) -> None:
    home = write_campaign(tmp_path, templates=with_wording("See @unmas, <b>5</b> in {{ yeer }} at un.org"))
    assert found(home) == [
        f"{TEMPLATES_FILE}:4:{place}"
        for place in (
            "12 mention",
            "20 html",
            "23 number-by-hand",
            "24 html",
            "35 unknown-value",
            "46 inline-link",
        )
    ]


POSITION = in_facts("status: post", "status: position\n    reason: a view\n    attributed_to: the ICRC")


@pytest.mark.parametrize(
    ("wording", "flaws"),
    [
        ("Says {{ attributed_to }}, mines kill.", []),
        ("Mines kill in {{ year }}.", ["4:8 unattributed"]),
        ("{% if year == 1 %}{{ attributed_to }}{% endif %}.", ["4:9 unattributed"]),
        ("{{ attributed_to | upper_first }} says so.", []),
        ("It is a fact, says {{ attributed_to }}.", ["4:16 position-as-fact"]),
        ("Facts: mines kill.", ["4:9 unattributed", "4:9 position-as-fact"]),
    ],
)
def test_a_position_is_always_attributed_and_never_called_a_fact(
    tmp_path: Path, wording: str, flaws: list[str]
) -> None:
    quoted = in_quotes(wording) if "{%" in wording or ": " in wording or wording.startswith("{") else wording
    home = write_campaign(tmp_path, facts=POSITION, templates=with_wording(quoted))
    assert sorted(found(home)) == sorted(f"{TEMPLATES_FILE}:{flaw}" for flaw in flaws)


@pytest.mark.parametrize(
    ("credit", "flaws"),
    [
        ("'{{ credit }} - {{ as_of }}'", []),
        ("'{{ credit }}'", ["10 credit-incomplete"]),
        ("'{% if credit == 1 %}{{ as_of }}{% endif %}{{ credit }}'", ["10 credit-incomplete"]),
        ("no value", ["9 credit-incomplete", "9 credit-incomplete"]),
        ("'Source 1: {{ credit }} {{ as_of }}'", ["17 number-by-hand"]),
        ("'{{ credit }} {{ as_of }} {{ year }}'", ["38 unknown-value"]),
        ("'{{ credit }} {{ as_of }} {{ year() }}'", ["35 template-syntax"]),
        ("'{{ credit }} {{ as_of }} @unmas'", ["35 mention"]),
    ],
)
def test_a_credit_line_always_shows_publisher_and_as_of_date_and_nothing_else(
    tmp_path: Path, credit: str, flaws: list[str]
) -> None:
    home = write_campaign(tmp_path, style=f"language: en\ncredit: {credit}\n")
    assert found(home) == [f"{STYLE_FILE}:2:{flaw}" for flaw in flaws]


@pytest.mark.parametrize(
    ("correction", "flaws"),
    [
        ("'On {{ on }}: {{ was }}, now {{ now }}'", []),
        ("'{{ was }}, now {{ now }}'", []),
        ("'Now {{ now }}'", ["14 correction-incomplete"]),
        ("'{% if on == 1 %}{{ was }}{% endif %}{{ now }}'", ["14 correction-incomplete"]),
        ("'{{ was }} {{ now }} {{ then }}'", ["37 unknown-value"]),
        ("'{{ was }} {{ now }} of 2'", ["37 number-by-hand"]),
        ("'{{ was }} {{ now'", ["24 template-syntax"]),
        ("'{{ was }} {{ now }} sadly'", ["34 house-style"]),
    ],
)
def test_a_correction_always_shows_the_old_and_the_new_figure(
    tmp_path: Path, correction: str, flaws: list[str]
) -> None:
    style = f"{STYLE}correction: {correction}\navoid: [{{word: sadly, say: nothing, why: pity}}]\n"
    home = write_campaign(tmp_path, style=style)
    assert found(home) == [f"{STYLE_FILE}:3:{flaw}" for flaw in flaws]


@pytest.mark.parametrize(
    ("value", "flaw"),
    [
        ("place: <i>Oslo</i>", ["42 html", "49 html"]),
        ('place: "Oslo @unmas"', ["48 mention"]),
        ("place: [Oslo, oslo.no]", ["49 inline-link"]),
        ('place: "Os\\u200blo"', ["45 control-character"]),
        ("place: Oslo 1997", []),
    ],
)
def test_a_value_holds_nothing_that_no_post_may_hold(tmp_path: Path, value: str, flaw: list[str]) -> None:
    home = write_campaign(tmp_path, facts=in_facts("place: Oslo", value))
    assert found(home) == [f"{FACTS_FILE}:17:{one}" for one in flaw]


def test_whoever_holds_a_position_is_named_without_a_mention(tmp_path: Path) -> None:
    facts = in_facts("    confidence: high\n", "    confidence: high\n    attributed_to: the ICRC (@icrc)\n")
    assert found(write_campaign(tmp_path, facts=facts)) == [f"{FACTS_FILE}:15:30 mention"]


def test_a_conflict_that_only_one_side_names_is_found_at_the_other(tmp_path: Path) -> None:
    named = "    confidence: high\n    conflicts: [oslo-adoption, parties-165]\n"
    home = write_campaign(tmp_path, facts=in_facts("    confidence: high\n", named))
    assert found(home) == [f"{FACTS_FILE}:{line}:3 one-sided-conflict" for line in (16, 25)]
    both = in_facts("    confidence: high\n", "    confidence: high\n    conflicts: [oslo-adoption]\n")
    both = both.replace("values: {adopted", "conflicts: [casualties-2024]\n    values: {adopted")
    assert found(write_campaign(tmp_path, facts=both)) == []


def test_a_fact_that_may_be_posted_needs_a_wording(tmp_path: Path) -> None:
    home = write_campaign(tmp_path, templates=TEMPLATES[: TEMPLATES.index("  oslo-adoption")])
    assert found(home) == [f"{FACTS_FILE}:15:3 no-wording"]


LAST_DAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("before", "due_within", "rule", "when"),
    [
        (31, 30, None, ""),
        (30, 30, "due-soon", "falls due in 30 days, on 2026-12-01"),
        (2, 30, "due-soon", "falls due in 2 days"),
        (1, 30, "due-soon", "falls due tomorrow"),
        (0, 0, "due-soon", "falls due today"),
        (1, 0, None, ""),
        (-1, 0, "overdue", "fell due on 2026-12-01"),
        (-3000, 3650, "overdue", "fell due on 2026-12-01"),
    ],
)
def test_a_fact_that_falls_due_is_a_warning_at_its_review_date(
    tmp_path: Path, before: int, due_within: int, rule: str | None, when: str
) -> None:
    home = write_campaign(tmp_path)
    due = findings(home, LAST_DAY - timedelta(days=before), due_within)
    assert [finding.rule for finding in due] == [rule] * bool(rule)
    for finding in due:
        assert (finding.place, finding.severity) == (Place(FACTS_FILE, 11, 5), Severity.WARNING)
        assert when in finding.problem


def test_facts_that_may_not_be_posted_or_cannot_change_never_fall_due(tmp_path: Path) -> None:
    facts = FACTS.replace("status: post", "status: archived\n    reason: a past period", 1)
    home = write_campaign(tmp_path, facts=facts)
    assert found(home, date(9999, 12, 31), due_within=3650) == []


@unhurried
@given(on=st.dates(date(2025, 12, 1)), due_within=st.integers(0, 3650))
def test_on_any_day_of_any_year_a_fact_is_fresh_or_due_soon_or_overdue(
    tmp_path: Path, on: date, due_within: int
) -> None:
    (tmp_path / "messages").exists() or write_campaign(tmp_path)
    left = (LAST_DAY - on).days
    expected = ["overdue"] if left < 0 else ["due-soon"] if left <= due_within else []
    assert [finding.rule for finding in findings(tmp_path, on, due_within)] == expected


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=40)
pieces = st.sampled_from(
    [
        "{{ year }}",
        "{{ ",
        " }}",
        "{% if ",
        " %}",
        "@a",
        "<b>",
        "un.org",
        "5 %",
        "\u200b",
        "'",
        '"',
        "\\x",
        "\n",
        ": ",
        " #",
    ]
)
wordings = st.lists(words | pieces, min_size=1, max_size=8).map("".join)


@unhurried
@given(text=wordings, style=st.sampled_from(["'", '"', "|", ">", ""]))
def test_whatever_a_wording_says_the_linter_raises_nothing_and_points_into_the_file(
    tmp_path: Path, text: str, style: str
) -> None:
    home = write_campaign(tmp_path)
    data = {"language": "en", "templates": {"casualties-2024": {"a": text}}}
    (home / TEMPLATES_FILE).write_text(yaml.safe_dump(data, default_style=style, allow_unicode=True), "utf-8")
    lines = (home / TEMPLATES_FILE).read_text("utf-8").splitlines()
    for finding in lint(load(home / "messages"), home, TODAY):
        if finding.place.file == TEMPLATES_FILE:
            assert 1 <= finding.place.line <= len(lines)
            assert 1 <= finding.place.column <= len(lines[finding.place.line - 1]) + 1


plain = st.text(st.sampled_from("abé😀Ж'\"\\:#{}-@ ,.\n"), min_size=1, max_size=60).map(str.strip)


@unhurried
@given(
    text=plain,
    style=st.sampled_from(["'", '"', "|", ">", ""]),
    width=st.integers(10, 80),
    unicode=st.booleans(),
)
def test_each_letter_of_a_text_is_found_where_an_editor_shows_it(
    tmp_path: Path, text: str, style: str, width: int, unicode: bool
) -> None:
    home = write_campaign(tmp_path)
    text = text + "§"
    data = {"language": "en", "templates": {"casualties-2024": {"a": text}}}
    written = yaml.safe_dump(data, default_style=style or None, width=width, allow_unicode=unicode)
    (home / TEMPLATES_FILE).write_text(written, encoding="utf-8")
    wording = load(home / "messages").wordings("casualties-2024", "en")[0]
    lines = written.split("\n")
    escaped = lines[wording.place.line - 1][wording.place.column - 1] == '"'
    for offset, letter in enumerate(wording.text):
        place = Files(home).spot(wording.text, offset, wording.place)
        shown = lines[place.line - 1][place.column - 1 :]
        assert letter.isspace() or shown.startswith((letter, "\\") if escaped else letter)
