"""An AppView on loopback: it counts what it is told, and answers in the words of the real one.

The real one (@atproto/bsky, with PostgreSQL and Redis) is too much for every test run; `RECORDED` is what it answered
about a post of ours on 25 November 2026, and each answer made from it is validated by atproto's own models.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from atproto import models

RECORDED: dict[str, Any] = {
    "uri": "at://did:plc:5qfecmkd4xnahjfpnmwm33up/app.bsky.feed.post/3n35o4iejq5h6",
    "cid": "bafyreibdk6g5stbtgtsoq2gq3uvnykyv3waxzpc4s3iw7nrzo2ohx7zg2y",
    "author": {
        "did": "did:plc:5qfecmkd4xnahjfpnmwm33up",
        "handle": "main627123.test",
        "associated": {"activitySubscription": {"allowSubscriptions": "followers"}},
        "labels": [],
    },
    "record": {
        "text": "جزء ثان \u2068165\u2069",
        "$type": "app.bsky.feed.post",
        "langs": ["ar"],
        "createdAt": "2026-11-25T17:18:44.341Z",
    },
    "bookmarkCount": 0,
    "replyCount": 1,
    "repostCount": 0,
    "likeCount": 0,
    "quoteCount": 0,
    "indexedAt": "2026-11-25T17:18:44.341Z",
    "labels": [],
}


@dataclass
class AppView:
    """`posts` are the counts it tells, by address; `parents` what they reply to. Made by `appview()`."""

    port: int = 0
    posts: dict[str, dict[str, int]] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://localhost:{self.port}"

    @property
    def service(self) -> str:
        """What a server looks it up by, in the form of the real one's did:web:api.bsky.app#bsky_appview."""
        return f"did:web:localhost%3A{self.port}#bsky_appview"

    def answer(self, address: str, token: str | None) -> Any:
        """What it says to a GET; None where it knows no such address."""
        path, query = urlsplit(address).path, parse_qs(urlsplit(address).query)
        if path == "/.well-known/did.json":
            return self._document()
        if path != "/xrpc/app.bsky.feed.getPosts":
            return None
        self.asked.append(query["uris"])
        self.tokens.append(token)
        told = {"posts": [self._post(uri) for uri in query["uris"] if uri in self.posts]}
        models.get_or_create(told, models.AppBskyFeedGetPosts.Response)
        return told

    def _document(self) -> dict[str, Any]:
        service = {"id": "#bsky_appview", "type": "BskyAppView", "serviceEndpoint": self.url}
        return {"id": self.service.partition("#")[0], "service": [service]}

    def _post(self, uri: str) -> dict[str, Any]:
        record = dict(RECORDED["record"])
        if uri in self.parents:
            parent = {"uri": self.parents[uri], "cid": RECORDED["cid"]}
            record["reply"] = {"root": parent, "parent": parent}
        return {**RECORDED, "uri": uri, "record": record, **self.posts[uri]}


@contextmanager
def appview() -> Iterator[AppView]:
    """Answer while the block runs."""
    view = AppView()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = view.answer(self.path, self.headers.get("Authorization"))
            body = json.dumps(told).encode()
            self.send_response(200 if told is not None else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    view.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield view
    finally:
        server.shutdown()
        server.server_close()
