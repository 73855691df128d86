"""What a card says: found in whatever stands between < and >, and tidied."""

from __future__ import annotations

import unicodedata

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.linking import look_up, tidy
from bot.quarantine import CannotOpen, Opener, opened
from bot.quarantine.pages import read
from tests.linking.site import Site, answer


def said(page: str | bytes, charset: str | None = None) -> tuple[str, str, str]:
    found, _ = read({"charset": charset}, page if isinstance(page, bytes) else page.encode())
    return found["title"], found["description"], found["image"]


def test_open_graph_comes_first_then_twitter_then_plain_html() -> None:
    plain = '<title>Plain</title><meta name="description" content="plain">'
    twitter = '<meta name="twitter:title" content="Bird"><meta name="twitter:description" content="bird"><meta name="twitter:image" content="b.png">'
    graph = '<meta property="og:title" content="Graph"><meta property="og:description" content="graph"><meta property="og:image" content="g.png">'
    assert said(plain) == ("Plain", "plain", "")
    assert said(plain + twitter) == ("Bird", "bird", "b.png")
    assert said(plain + twitter + graph) == ("Graph", "graph", "g.png")


def test_what_is_empty_or_comes_a_second_time_does_not_count() -> None:
    page = '<meta property="og:title" content=" "><meta property="og:description" content="one"><meta property="og:description" content="two"><title>T</title><title>U</title>'
    assert said(page) == ("T", "one", "")


def test_entities_are_read_once() -> None:
    assert (
        said("<title>Mines &amp; caf&eacute;s &#x2014; &amp;lt;b&gt;</title>")[0] == "Mines & cafés — &lt;b>"
    )
    assert said("<meta property=og:title content='a &quot;b&quot; &#39;c'>")[0] == 'a "b" \'c'


@pytest.mark.parametrize(
    "page",
    [
        "<TITLE>Mines</TITLE>",
        "<title>Mines",
        "<title\n >Mines</title >",
        "<meta property=og:title content=Mines>",
        "</p></p><<<meta property='og:title' content='Mines'>",
        "<svg><title>Logo</title></svg><title>Mines</title>",
        "<script>var a = '<title>no</title>'</script><title>Mines</title>",
        "<!-- <title>no</title> --><title>Mines</title>",
        "<title>Mines</title><![<meta ",
        "<meta property='og:title' property='x' content='Mines' content='y'>",
    ],
)
def test_broken_html_is_read_as_far_as_it_makes_sense(page: str) -> None:
    assert said(page)[0] == "Mines"


@pytest.mark.parametrize(
    ("page", "charset"),
    [
        ("<title>Déminage</title>".encode("latin-1"), "iso-8859-1"),
        ('<meta charset="windows-1252"><title>Déminage</title>'.encode("cp1252"), None),
        ('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"><title>Déminage</title>'.encode("latin-1"), None),
        ('<meta charset="iso-8859-1"><title>Déminage</title>'.encode(), "utf-8"),
        ("<title>Déminage</title>".encode(), None),
        ("<title>Déminage</title>".encode(), "nonsense"),
        ("<title>Déminage</title>".encode(), "rot13"),
        ("<title>Déminage</title>".encode(), "unicode_escape"),
        ("<title>Déminage</title>".encode("utf-8-sig"), "iso-8859-1"),
        ("<title>Déminage</title>".encode("utf-16"), None),
        ('<meta charset="utf-16"><title>Déminage</title>'.encode(), None),
        ('<meta charset="windows-1252"><title>Déminage</title>'.encode("cp1252"), "utf-8"),
        ("<title>Déminage</title>é".encode()[:-1], "utf-8"),
    ],
)  # fmt: skip
def test_the_charset_is_the_servers_word_or_the_pages_or_utf_8(page: bytes, charset: str | None) -> None:
    assert said(page, charset)[0] == "Déminage"


@pytest.mark.parametrize(("text", "name"), [("地雷", "gb2312"), ("地雷", "big5"), ("Мины", "koi8-r"), ("الألغام", "windows-1256"), ("地雷", "shift_jis")])  # fmt: skip
def test_every_scripts_own_charset_is_known(text: str, name: str) -> None:
    assert said(f"<title>{text}</title>".encode(name), name)[0] == text


@settings(deadline=None)
@given(
    st.binary(max_size=300),
    st.one_of(st.none(), st.sampled_from(["utf-8", "utf-16", "gbk", "idna", "hex", "", "\0"])),
)
@example(b"<![", None)
@example(b"<!\xff[if", None)
def test_no_bytes_make_the_reader_say_anything_but_text(page: bytes, charset: str | None) -> None:
    assert all(isinstance(found, str) for found in said(page, charset))


_PIECES = st.sampled_from(["<meta ", "property=", "'og:title'", "content=", '"', "'", ">", "<title>", "</title>", "<!--", "-->", "<script>", "</script", "<svg>", "&amp;", "&#", "mines", "<![", "]]>", "</head>", "\0", "é"])  # fmt: skip


@settings(deadline=None)
@given(st.lists(_PIECES, max_size=30).map("".join))
def test_no_html_however_broken_stops_the_reader(page: str) -> None:
    title, _, _ = said(page)
    assert regex.fullmatch(r"\P{Cs}*", title)


def test_a_page_made_to_keep_the_reader_busy_is_left(web: Site) -> None:
    with pytest.raises(CannotOpen, match=r"takes longer than 0\.5 s"):
        opened(Opener.PAGES, b"<!--" * 250_000, {"charset": None}, 0.5)


def test_a_page_without_a_title_is_none(web: Site) -> None:
    web.paths["/"] = answer(b"<p>No title")
    web.paths["/unseen"] = answer("<title> \u202e\u200b\u200d </title>".encode())
    assert look_up(web.url(), allow_private=True) is None
    assert look_up(web.url("/unseen"), allow_private=True) is None


def test_a_page_is_read_with_the_charset_its_server_names(web: Site) -> None:
    web.paths["/"] = answer(
        "<title>Déminage\n  &amp; vie</title><meta name=description content='ça va'>".encode("latin-1"),
        "text/html; charset=ISO-8859-1",
    )
    page = look_up(web.url(), allow_private=True)
    assert page is not None
    assert (page.title, page.description) == ("Déminage & vie", "ça va")
    assert page.why_no_picture == "The page names no picture."


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("  a \t\n b\u00a0c\u2028d ", "a b c d"),
        ("a\u202eb\u2066c\u200fd\u200be\ufefff\u00adg", "abcdefg"),
        ("a\x00b\x1bc", "a b c"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("one two three four", "one two three four"),
        ("one two three four five", "one two three…"),
        ("one two three fou five", "one two three fou…"),
        ("abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopq…"),
        ("one two three, four five", "one two three…"),
        ("地雷" * 20, "地雷" * 8 + "地…"),
    ],
)
def test_a_text_is_tidied_and_cut_between_words(text: str, tidied: str) -> None:
    assert tidy(text, 18) == tidied


@settings(deadline=None)
@given(st.text(), st.integers(2, 30))
@example("e" + "\u0301" * 5000, 10)
def test_a_tidied_text_keeps_to_its_length_and_holds_nothing_unseen(text: str, most: int) -> None:
    tidied = tidy(text, most)
    assert len(regex.findall(r"\X", tidied)) <= most
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Co") for character in tidied)
    assert not set(tidied) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
    assert tidied == tidied.strip()
