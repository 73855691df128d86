"""What keeps the desk closed: every route, every form, every header. New pages are watched without being named here."""

from __future__ import annotations

import re

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.model import Scope
from bot.people import deactivate
from bot.roles import LEAST, Action, Role
from bot.web import app as desk_app
from bot.web.doors import Door
from bot.web.security import local_path
from tests.web.team import HTTPS, Office, Visitor, hidden, password_of
from tests.world import NOW

OPEN_TO_ALL = {
    "GET /sign-in", "POST /sign-in", "POST /sign-in-link", "GET /sign-in/{link}", "POST /sign-in/{link}",
    "GET /healthz",
}  # fmt: skip
PUBLIC_LATER = {"/about", "/feed", "/calendar.ics"}  # by a secret address, or switched on by the team


def doors() -> list[Door]:
    return [door for page in desk_app.PAGES for door in page.routes]


def address(door: Door) -> str:
    """The route's address with something in each place."""
    return re.sub(r"\{[^}]*\}", "x", door.path)


def ids(door: Door) -> str:
    return door.name


def closed() -> list[Door]:
    return [door for door in doors() if door.needs is not None]


# ── who may pass ─────────────────────────────────────────────────────────────────────────────


def test_only_these_doors_are_open_to_all() -> None:
    opened = {door.name for door in doors() if door.needs is None}
    surprising = {
        name for name in opened - OPEN_TO_ALL if not any(path in name.split()[1] for path in PUBLIC_LATER)
    }
    assert surprising == set()
    assert opened >= OPEN_TO_ALL


@pytest.mark.parametrize("door", closed(), ids=ids)
def test_nothing_is_readable_and_nothing_is_done_signed_out(office: Office, door: Door) -> None:
    visitor = office.visitor()
    token = hidden(visitor.see("/sign-in"))
    (method,) = (door.methods or set()) - {"HEAD"}
    fields = {"data": {"token": token}} if method == "POST" else {}
    answer = visitor.client.request(method, address(door), headers=visitor.origin, **fields)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    assert answer.text == ""


@pytest.mark.parametrize(
    "door", [d for d in closed() if "POST" in (d.methods or ()) and d.needs is not Action.VIEW], ids=ids
)
def test_a_role_that_may_not_is_told_so_and_nothing_happens(office: Office, door: Door) -> None:
    assert door.needs is not None
    too_low = [role for role in Role if not role.may(door.needs)]
    for role in too_low:
        visitor = office.colleague(role)
        answer = visitor.send(address(door), token=hidden(visitor.see("/people")))
        assert answer.status_code == 403
        assert f"needs a{'n' if LEAST[door.needs][0] in 'aeiou' else ''} {LEAST[door.needs]}" in answer.text
    assert too_low


@pytest.mark.parametrize("door", [d for d in doors() if "POST" in (d.methods or ())], ids=ids)
@pytest.mark.parametrize("forgery", ["no token", "a wrong token", "another's token", "from elsewhere"])
def test_no_form_is_taken_that_is_not_ours(office: Office, door: Door, forgery: str) -> None:
    visitor = office.colleague("admin") if door.needs else office.visitor()
    token = hidden(visitor.see("/people" if door.needs else "/sign-in"))
    fields, headers = {"name": "admin", "password": password_of("admin"), "token": token}, visitor.origin
    if forgery == "no token":
        del fields["token"]
    elif forgery == "a wrong token":
        fields["token"] = token[:-1] + ("a" if token[-1] != "a" else "b")
    elif forgery == "another's token":
        fields["token"] = hidden(office.colleague("editor").see("/people"))
    else:
        headers = {"sec-fetch-site": "cross-site", "origin": "https://elsewhere.test"}
    before = len(visitor.client.cookies)
    answer = visitor.client.post(address(door), data=fields, headers=headers)
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.text
    assert len(visitor.client.cookies) == before, "and nobody was signed in or out"


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": HTTPS}, False),
        ({"origin": HTTPS}, True),
        ({"origin": "http://desk.test"}, False),
        ({"origin": "https://desk.test.evil.test"}, False),
        ({"origin": "null"}, False),
        ({"referer": f"{HTTPS}/"}, True),
        ({"referer": "https://evil.test/https://desk.test/"}, False),
        ({}, False),
    ],
)
def test_a_form_comes_from_the_desks_own_pages_or_is_not_taken(
    office: Office, headers: dict[str, str], taken: bool
) -> None:
    visitor = office.colleague("editor")
    token = hidden(visitor.see("/"))
    answer = visitor.client.post("/stop", data={"token": token, "why": "x"}, headers=headers)
    assert (answer.status_code == 303) is taken
    assert bool(office.ledger.pauses()) is taken


def test_a_route_that_nobody_watches_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    class Careless:
        routes = (Route("/secret", lambda _: PlainTextResponse("all of it")),)

    monkeypatch.setattr(desk_app, "PAGES", (*desk_app.PAGES, Careless))
    with pytest.raises(TypeError, match=r"bot\.web\.doors"):
        desk_app.create_app(office.open, lambda: NOW)


# ── sessions ─────────────────────────────────────────────────────────────────────────────────


def test_a_session_that_expired_leads_to_the_sign_in_page_and_back(office: Office) -> None:
    visitor = office.colleague("editor")
    office.wait(hours=12)
    answer = visitor.get("/people?page=2")
    assert answer.headers["location"] == "/sign-in?next=%2Fpeople%3Fpage%3D2"
    answer = visitor.submit(
        answer.headers["location"], "/sign-in", name="editor", password=password_of("editor"),
        next="/people?page=2",
    )  # fmt: skip
    assert answer.headers["location"] == "/people?page=2"


def test_a_form_sent_after_the_session_expired_does_nothing_and_says_why(office: Office) -> None:
    visitor = office.colleague("editor")
    token = hidden(visitor.see("/"))
    office.wait(hours=12)
    headers = {**visitor.origin, "referer": f"{HTTPS}/people"}
    answer = visitor.client.post("/stop", data={"token": token, "why": "x"}, headers=headers)
    assert answer.headers["location"] == "/sign-in?ended=1&next=%2Fpeople"
    assert "You were signed out" in visitor.see(answer.headers["location"])
    assert office.ledger.pauses() == []


def test_whoever_is_deactivated_is_out_with_their_next_click(office: Office) -> None:
    visitor = office.colleague("editor")
    token = hidden(visitor.see("/"))
    deactivate(office.ledger, "editor", "test", "left", office.now)
    assert visitor.get("/").headers["location"] == "/sign-in"
    assert visitor.send("/stop", token=token, why="x").headers["location"].startswith("/sign-in?ended=1")
    assert office.ledger.pauses() == []


def test_a_role_that_is_taken_away_is_gone_with_the_next_click(office: Office) -> None:
    visitor, admin = office.colleague("approver"), office.colleague("admin")
    office.ledger.pause(Scope.ALL, "", "test", "x", office.now)
    token = hidden(visitor.see("/"))
    admin.submit("/people", "/people/approver/role", role="viewer", why="left the team")
    assert visitor.send("/resume", token=token, scope="all", missed="skip", why="x").status_code == 403
    assert len(office.ledger.pauses()) == 1


def test_signing_out_ends_the_session_itself_and_not_only_the_cookie(office: Office) -> None:
    visitor = office.colleague("viewer")
    kept = visitor.client.cookies["__Host-desk"]
    assert visitor.submit("/", "/sign-out").headers["location"] == "/sign-in"
    assert "__Host-desk" not in visitor.client.cookies
    visitor.client.cookies.set("__Host-desk", kept, domain="desk.test")
    assert visitor.get("/").status_code == 303


# ── headers, cookies, sizes ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/people", "/healthz", "/nowhere", "/static/desk.css", "/static/nothing"]
)
def test_every_answer_carries_the_headers_that_protect_it(office: Office, path: str) -> None:
    for visitor in (office.visitor(), office.colleague("viewer")):
        headers = visitor.get(path).headers
        policy = headers["content-security-policy"]
        for part in ("default-src 'none'", "script-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"):  # fmt: skip
            assert part in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["strict-transport-security"] == "max-age=31536000"


def test_pages_are_not_kept_by_browsers_or_proxies_and_static_files_are(office: Office) -> None:
    visitor = office.colleague("viewer")
    for path in ("/", "/people", "/sign-in", "/healthz", "/nowhere"):
        assert visitor.get(path).headers["cache-control"] == "no-store"
    style = re.search(r'href="(/static/desk\.css\?v=[^"]+)"', visitor.see("/"))
    assert style
    assert "immutable" in visitor.get(style[1]).headers["cache-control"]
    assert visitor.get("/static/../app.py").status_code in (404, 303)


def test_the_cookie_is_bound_to_this_host_and_to_encrypted_lines(office: Office) -> None:
    answer = office.visitor().submit("/sign-in", "/sign-in", name="viewer", password=password_of("viewer"))
    cookie = answer.headers["set-cookie"].casefold()
    assert cookie.startswith("__host-desk=")
    for part in ("httponly", "samesite=lax", "secure", "path=/"):
        assert part in cookie
    assert "domain" not in cookie


def test_on_an_unencrypted_line_the_cookie_has_a_plain_name_and_no_promise_is_made(office: Office) -> None:
    office.base = "http://desk.test"
    visitor = office.visitor()
    visitor.origin = {"origin": "http://desk.test"}
    answer = visitor.submit("/sign-in", "/sign-in", name="viewer", password=password_of("viewer"))
    assert answer.headers["set-cookie"].startswith("desk=")
    assert "secure" not in answer.headers["set-cookie"].casefold()
    assert "strict-transport-security" not in answer.headers


def test_no_page_holds_a_script_or_style_that_the_policy_would_refuse(office: Office) -> None:
    admin = office.colleague("admin")
    for door in doors():
        if "GET" in (door.methods or ()) and "{" not in door.path:
            html = admin.get(door.path).text
            assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", html), (
                door.path
            )


def test_a_body_of_more_than_a_megabyte_is_refused(office: Office) -> None:
    visitor = office.visitor()
    answer = visitor.send("/sign-in", token="x", name="x" * (1024 * 1024 + 1))
    assert answer.status_code == 413


def test_files_are_not_taken(office: Office) -> None:
    visitor = office.visitor()
    files = {"token": ("a.txt", b"x")}
    assert visitor.client.post("/sign-in", files=files, headers=visitor.origin).status_code == 400


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/people?page=2", "/people?page=2"),
        ("", "/"),
        ("people", "/"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test", "/"),
        ("javascript:alert(1)", "/"),
        ("/\n/evil.test", "/"),
        ("/\t/evil.test", "/"),
    ],
)
def test_nobody_is_led_elsewhere_after_signing_in(office: Office, wanted: str, led_to: str) -> None:
    assert local_path(wanted) == led_to
    fields = {"name": "viewer", "password": password_of("viewer"), "next": wanted}
    assert office.visitor().submit("/sign-in", "/sign-in", **fields).headers["location"] == led_to


def test_what_people_wrote_is_shown_as_text(office: Office) -> None:
    office.ledger.pause(Scope.ALL, "", "<b>who</b>", "<script>alert(1)</script>", office.now)
    html = office.colleague("admin").see("/")
    assert "<script>alert" not in html
    assert "<b>who" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


# ── when something is broken ─────────────────────────────────────────────────────────────────


def break_database(office: Office) -> None:
    """As when the disk is gone: every new connection fails."""
    office.ledger.engine.dispose()
    path = office.home.parent / "bot.db"
    for part in office.home.parent.glob("bot.db*"):
        part.unlink()
    path.mkdir()


def test_without_its_database_the_desk_says_so(office: Office) -> None:
    visitor = office.colleague("viewer")
    break_database(office)
    answer = visitor.get("/")
    assert answer.status_code == 503
    assert "The database does not answer" in answer.text
    health = office.visitor().get("/healthz")
    assert health.status_code == 503
    assert health.json()["ills"] == ["database"]


def test_a_mistake_of_ours_shows_no_inner_part(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor: Visitor = office.colleague("viewer")
    visitor.client = type(visitor.client)(
        office.app, HTTPS, raise_server_exceptions=False, cookies=visitor.client.cookies
    )

    def fall(*_: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("bot.web.today.look", fall)
    answer = visitor.get("/")
    assert answer.status_code == 500
    assert "secret inside" not in answer.text
    assert "content-security-policy" in answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_a_file_with_a_mistake_is_named_and_the_last_good_campaign_goes_on(office: Office) -> None:
    visitor = office.colleague("viewer")
    path = office.home / "config/campaign.yaml"
    good = path.read_text()
    path.write_text("nonsense: true\n")
    html = visitor.see("/")
    assert "A file needs mending" in html
    assert "config/campaign.yaml:1:1" in html
    path.write_text(good.replace("Test campaign", "Mended campaign"))
    html = visitor.see("/")
    assert "A file needs mending" not in html
    assert "Mended campaign" in html


def test_files_are_read_again_only_when_they_changed(office: Office) -> None:
    visitor, desk = office.colleague("viewer"), office.app.state.desk
    first = desk.space()
    visitor.see("/")
    assert desk.space() is first
    office.ledger.hold("oslo-adoption", "test", "doubtful", office.now)
    assert desk.space() is not first
    assert desk.space().library.facts["oslo-adoption"].status == "hold"
