"""What was posted as an Atom feed (RFC 4287): one entry for each time a fact was told."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.etree import ElementTree as Tree

from bot.publishing import LANGUAGE, Publication, Published, Telling
from bot.web.looks import day

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST_TITLE = 200


def feed_of(publication: Publication, page: str, feed: str) -> bytes:
    """The newest tellings; `page` and `feed` are the full addresses of the public page and of this feed."""
    root = Tree.Element("feed", {"xmlns": ATOM, "xml:lang": LANGUAGE})
    _text(root, "id", publication.id)
    _text(root, "title", f"{publication.campaign}: what was posted")
    _text(root, "updated", _moment(publication.updated))
    _text(Tree.SubElement(root, "author"), "name", publication.campaign)
    _link(root, "self", feed, type="application/atom+xml")
    _link(root, "alternate", page, type="text/html")
    for telling in publication.tellings:
        _entry(root, telling, page)
    body: bytes = Tree.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _entry(root: Tree.Element, telling: Telling, page: str) -> None:
    fact, entry = telling.fact, Tree.SubElement(root, "entry", {"xml:lang": telling.fact.language})
    _text(entry, "id", telling.id)
    _text(entry, "title", _short(fact.claim))
    _text(entry, "published", _moment(telling.published))
    _text(entry, "updated", _moment(telling.updated))
    out = [post for post in telling.posts if post.address]
    if not out:
        _link(entry, "alternate", page, type="text/html")
    for number, post in enumerate(out):
        language = {"hreflang": post.language} if post.language else {}
        _link(entry, "related" if number else "alternate", str(post.address), title=post.network, **language)
    if fact.source and fact.source.address:
        _link(entry, "via", fact.source.address, title=fact.source.title)
    _text(entry, "content", _content(telling), type="text")


def _content(telling: Telling) -> str:
    fact = telling.fact
    lines = [fact.claim]
    if fact.attributed_to:
        lines.append(f"So says: {fact.attributed_to}.")
    if fact.source:
        lines.append(f"Source: {fact.source.title}, {fact.source.publisher}. As of {day(fact.source.as_of)}.")
    lines += [standing_sentence(fact), f"Posted on {', '.join(post.network for post in telling.posts)}."]
    return "\n\n".join(lines)


def standing_sentence(fact: Published) -> str:
    """How a fact stands, in a sentence."""
    return f"{fact.standing.words}{f' since {day(fact.since)}' if fact.since else ''}."


def _short(claim: str) -> str:
    return claim if len(claim) <= _LONGEST_TITLE else f"{claim[: _LONGEST_TITLE - 1].rstrip()}…"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _text(parent: Tree.Element, name: str, text: str, **attributes: str) -> None:
    Tree.SubElement(parent, name, attributes).text = _NOT_XML.sub("", text)


def _link(parent: Tree.Element, rel: str, href: str, **attributes: str) -> None:
    given = {"rel": rel, "href": href, **attributes}
    Tree.SubElement(parent, "link", {name: _NOT_XML.sub("", value) for name, value in given.items()})
