"""What keeps the desk closed: cookies, headers, and where a form may come from. Pure but for the middleware."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.people import AT_MOST

LARGEST_BODY = 1024 * 1024
LARGEST_BODY_WITH_FILE = 10 * 1024 * 1024  # an image of 10 MB, and what is said of it
TOKEN_FIELD = "token"  # noqa: S105 - the name of a form's field

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # not no-referrer: browsers would send `Origin: null` with our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
ENCRYPTED = {"Strict-Transport-Security": "max-age=31536000"}


class SecureHeaders:
    """Puts the headers on every answer; what a page says about caching itself stands."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                secure(MutableHeaders(scope=message), scope["scheme"])
            await send(message)

        await self.app(scope, receive, send_with_headers)


def secure(headers: Any, scheme: str) -> None:
    """Add the headers that every answer carries."""
    for name, value in {**HEADERS, **(ENCRYPTED if scheme == "https" else {})}.items():
        headers[name] = value
    headers.setdefault("Cache-Control", "no-store")


# ── cookies ──────────────────────────────────────────────────────────────────────────────────


def cookie_name(request: Request, kind: str = "desk") -> str:
    """Where the connection is encrypted, a name that no other host and no plain connection can set."""
    return f"__Host-{kind}" if request.url.scheme == "https" else kind


def set_cookie(request: Request, response: Response, value: str, kind: str = "desk") -> None:
    """Give the browser a cookie that no script reads and no other site sends along."""
    response.set_cookie(
        cookie_name(request, kind),
        value,
        max_age=int(AT_MOST.total_seconds()),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def drop_cookie(request: Request, response: Response) -> None:
    """Take the session's cookie back."""
    response.delete_cookie(
        cookie_name(request),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


# ── forms ────────────────────────────────────────────────────────────────────────────────────


def is_ours(request: Request) -> bool:
    """Whether a form was sent from a page of this desk, by the word of the browser.

    Sec-Fetch-Site cannot be set by scripts; browsers without it, and plain connections, send the Origin.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin") or _origin(request.headers.get("referer", ""))
    return origin == f"{request.url.scheme}://{request.headers.get('host', '')}"


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def new_door_key() -> str:
    """What ties the forms of somebody who has not signed in to their browser."""
    return secrets.token_urlsafe(32)


def door_token(key: str) -> str:
    """The token for the forms of a browser with this key; the key itself stays in the cookie."""
    return hmac.new(key.encode(), b"the desk's door", hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell how much of them is."""
    return hmac.compare_digest(one.encode(), other.encode())


def local_path(address: str) -> str:
    """A path of this desk, or its first page for anything that would lead elsewhere."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_path and address.isprintable() and "\\" not in address else "/"
