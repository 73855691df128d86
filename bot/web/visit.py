"""One request as a page sees it: who asks, what they sent, and the ways to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot import people
from bot.cards import Gallery
from bot.ledger import Ledger
from bot.model import Finding, Message
from bot.roles import Action, Session, User
from bot.web.desk import Desk
from bot.web.security import (
    TOKEN_FIELD,
    cookie_name,
    door_token,
    is_ours,
    local_path,
    new_door_key,
    same,
    set_cookie,
)
from bot.workspace import Workspace

NAV = (
    ("/", "Today"),
    ("/calendar", "Calendar"),
    ("/compose", "Compose"),
    ("/library", "Library"),
    ("/history", "History"),
    ("/people", "People"),
)


class Visit:
    """A request, from somebody who is signed in unless the page is open to all."""

    def __init__(self, desk: Desk, request: Request, form: FormData) -> None:
        self.desk = desk
        self.request = request
        self.now = desk.clock()
        self.form: Mapping[str, str] = {k: v for k, v in form.multi_items() if isinstance(v, str)}
        self.fields = form  # for fields that are sent several times: visit.fields.getlist("accounts")
        cookie = request.cookies.get(cookie_name(request))
        self.session: Session | None = people.session(desk.ledger, cookie, self.now)

    # ── who asks ─────────────────────────────────────────────────────────────────────────────

    @property
    def user(self) -> User:
        """Who is signed in. Only for pages that need somebody to be."""
        assert self.session is not None
        return self.session.user

    @property
    def who(self) -> str:
        """Who acts, for the audit log."""
        return f"{self.user.name} (desk)"

    def may(self, action: Action | str) -> bool:
        """Whether whoever asks may do this; for pages that show a button only to those who may press it."""
        return self.session is not None and self.session.user.role.may(Action(action))

    @property
    def address(self) -> str:
        """The network address of whoever asks."""
        return self.request.client.host if self.request.client else "unknown"

    # ── what they want ───────────────────────────────────────────────────────────────────────

    @property
    def ledger(self) -> Ledger:
        """What was promised and what became of it."""
        return self.desk.ledger

    @cached_property
    def space(self) -> Workspace:
        """The campaign as it stands now."""
        return self.desk.space()

    def gallery(self, messages: Sequence[Message]) -> Gallery:
        """The pictures of these messages for a page; what nobody has drawn yet is drawn now."""
        return self.desk.easel.gallery(self.ledger, messages, self.now)

    @property
    def path(self) -> str:
        """The path of this page."""
        return self.request.url.path

    def part(self, name: str) -> str:
        """A part of the path, such as `name` in /people/{name}."""
        return str(self.request.path_params[name])

    def asked(self, name: str, default: str = "") -> str:
        """A value from the address, such as ?page=2."""
        return self.request.query_params.get(name, default)

    # ── forms ────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def csrf(self) -> str:
        """The token that every form of this visitor carries."""
        return self.session.csrf if self.session else door_token(self.door_key)

    @cached_property
    def door_key(self) -> str:
        """The key of a browser in which nobody is signed in; a new one where it has none."""
        return self.request.cookies.get(cookie_name(self.request, "desk-door")) or new_door_key()

    @property
    def form_is_ours(self) -> bool:
        """Whether the form was sent from one of this visitor's own pages."""
        return is_ours(self.request) and same(self.form.get(TOKEN_FIELD, ""), self.csrf)

    # ── answers ──────────────────────────────────────────────────────────────────────────────

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page of `bot/pages/desk/`."""
        notice = self.session.notice if self.session else None
        html = self.desk.templates.get_template(template).render(
            visit=self,
            nav=[item for item in NAV if item[0] in self.desk.paths],
            pauses=self.ledger.pauses() if self.session else (),
            trouble=self.desk.trouble if self.session else None,
            campaign=self.space.settings.campaign.name,
            zone=self.space.settings.zone,
            notice=notice,
            **values,
        )
        response = HTMLResponse(html, status)
        if self.session is None:
            set_cookie(self.request, response, self.door_key, "desk-door")
        elif notice:
            self.ledger.put_notice(self.session.id, None)
        return response

    def go(self, path: str, notice: str | None = None) -> Response:
        """On to another page after something was done, saying there what it was."""
        if notice and self.session:
            self.ledger.put_notice(self.session.id, notice)
        return RedirectResponse(local_path(path), 303)

    def to_sign_in(self) -> Response:
        """To the sign-in page, and from there back."""
        if self.request.method == "POST":
            back, ended = urlsplit(self.request.headers.get("referer", "")).path or "/", "ended=1&"
        else:
            back, ended = str(self.request.url).removeprefix(str(self.request.base_url).rstrip("/")), ""
        if back == "/" and not ended:
            return RedirectResponse("/sign-in", 303)
        return RedirectResponse(f"/sign-in?{ended}next={quote(local_path(back), safe='')}", 303)

    def problem(self, status: int, title: str, problem: str, findings: tuple[Finding, ...] = ()) -> Response:
        """What went wrong, and what to do about it, on a page of its own."""
        return self.page("problem.html.j2", status, title=title, problem=problem, findings=findings)
