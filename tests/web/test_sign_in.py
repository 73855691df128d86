"""Signing in: by password and by link, as a visitor of the pages sees it."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot import mail, people
from bot.roles import Role
from tests.web.team import Office, password_of


def test_whoever_signs_in_sees_who_they_are(office: Office) -> None:
    html = office.colleague("editor").see("/")
    assert "editor, editor" in re.sub(r"<[^>]+>", "", html)
    assert "Sign out" in html


def test_whoever_is_signed_in_needs_no_form(office: Office) -> None:
    assert office.colleague("editor").get("/sign-in").headers["location"] == "/"


def test_a_wrong_name_and_a_wrong_password_look_alike(office: Office) -> None:
    pages = []
    for name, password in (("editor", "a wrong password"), ("nobody", password_of("editor"))):
        answer = office.visitor().submit("/sign-in", "/sign-in", name=name, password=password)
        assert answer.status_code == 403
        assert password not in answer.text
        pages.append(re.sub(r'(name="token" value|name="name"[^>]* value)="[^"]*"', r"\1", answer.text))
    assert pages[0] == pages[1]
    assert "do not go together" in pages[0]


def test_after_five_wrong_passwords_the_door_stays_shut(office: Office) -> None:
    visitor = office.visitor()
    for _ in range(5):
        visitor.submit("/sign-in", "/sign-in", name="editor", password="a wrong password")
    answer = visitor.submit("/sign-in", "/sign-in", name="editor", password=password_of("editor"))
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.text
    office.wait(minutes=15)
    assert office.colleague("editor").get("/").status_code == 200


def test_a_session_is_new_with_every_sign_in(office: Office) -> None:
    visitor = office.visitor()
    visitor.client.cookies.set("__Host-desk", "chosen by a stranger", domain="desk.test")
    visitor.submit("/sign-in", "/sign-in", name="editor", password=password_of("editor"))
    tokens = [c.value for c in visitor.client.cookies.jar if c.name == "__Host-desk"]
    assert all(t is not None and len(t) > 40 for t in tokens if t != "chosen by a stranger")
    assert people.session(office.ledger, "chosen by a stranger", office.now) is None


def test_a_link_asks_first_because_mail_programs_open_links(office: Office) -> None:
    link = people.make_link(office.ledger, "editor", "test", "why", office.now)
    scanner, person = office.visitor(), office.visitor()
    assert "Sign in by link" in scanner.see(f"/sign-in/{link}")
    assert person.submit(f"/sign-in/{link}", f"/sign-in/{link}").headers["location"] == "/"
    assert person.get("/").status_code == 200
    again = office.visitor().submit(f"/sign-in/{link}", f"/sign-in/{link}")
    assert again.status_code == 403
    assert "used already" in again.text


def test_whoever_has_no_password_is_asked_for_one_after_a_link(office: Office) -> None:
    people.add(office.ledger, "new", Role.VIEWER, None, None, "test", "why", office.now)
    link = people.make_link(office.ledger, "new", "test", "why", office.now)
    visitor = office.visitor()
    assert visitor.submit(f"/sign-in/{link}", f"/sign-in/{link}").headers["location"] == "/me"
    page = visitor.see("/me")
    assert "A password of your own" in page
    assert "until now" not in page
    different = visitor.submit("/me", "/me/password", new="a quite new password", again="another one")
    assert "not the same as above" in different.text
    short = visitor.submit("/me", "/me/password", new="short", again="short")
    assert "at least 12 characters" in short.text
    done = visitor.submit("/me", "/me/password", new="a quite new password", again="a quite new password")
    assert done.status_code == 303
    assert "Your password is set" in visitor.see(done.headers["location"])
    assert people.sign_in(office.ledger, "new", "a quite new password", "192.0.2.1", office.now)


def test_another_password_needs_the_old_one_and_signs_out_everywhere_else(office: Office) -> None:
    here, elsewhere = office.colleague("editor"), office.colleague("editor")
    new = {"new": "a quite new password", "again": "a quite new password"}
    wrong = here.submit("/me", "/me/password", old="a wrong password", **new)
    assert wrong.status_code == 403
    assert "not your password until now" in wrong.text
    assert here.submit("/me", "/me/password", old=password_of("editor"), **new).status_code == 303
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 303


# ── by mail ──────────────────────────────────────────────────────────────────────────────────


@contextmanager
def mail_server() -> Iterator[tuple[int, list[str]]]:
    """A mail server that takes what it gets: its port, and the mails as they arrived."""
    got: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection, connection.makefile("rwb", buffering=0) as line:
                    line.write(b"220 test\r\n")
                    while command := line.readline():
                        if command.upper().startswith(b"DATA"):
                            line.write(b"354 go on\r\n")
                            text = b""
                            while not text.endswith(b"\r\n.\r\n"):
                                text += line.readline()
                            got.append(text.decode())
                        line.write(
                            b"250 ok\r\n" if not command.upper().startswith(b"QUIT") else b"221 bye\r\n"
                        )

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], got


def test_links_are_offered_only_where_mail_is_set_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BOT_SMTP_URL", "BOT_MAIL_FROM", "BOT_WEB_URL"):
        monkeypatch.delenv(name, raising=False)
    assert "Mail me a link" not in office.visitor().see("/sign-in")
    assert office.visitor().submit("/sign-in", "/sign-in-link", name="editor").status_code == 404
    monkeypatch.setenv("BOT_SMTP_URL", "smtp://localhost")
    monkeypatch.setenv("BOT_MAIL_FROM", "desk@example.org")
    assert not mail.is_set_up(), "without the desk's own address, a link could lead anywhere"


def test_a_mailed_link_signs_in_and_leads_to_the_address_that_was_set(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server() as (port, got):
        monkeypatch.setenv("BOT_SMTP_URL", f"smtp+plain://127.0.0.1:{port}")
        monkeypatch.setenv("BOT_MAIL_FROM", "desk@example.org")
        monkeypatch.setenv("BOT_WEB_URL", "https://desk.example.org/")
        visitor = office.visitor(host="evil.test")
        answers = [visitor.submit("/sign-in", "/sign-in-link", name=name) for name in ("editor", "nobody")]
    told = [re.findall(r'role="status">([^<]*)', answer.text) for answer in answers]
    assert told[0] == told[1], "nobody learns who is on the desk"
    (text,) = got
    assert "To: editor@example.org" in text
    assert "evil.test" not in text
    path = re.search(r"https://desk\.example\.org(/sign-in/\S+)", text)
    assert path
    assert office.visitor().submit(path[1], path[1]).status_code == 303


def test_a_mail_server_that_is_away_is_named_in_the_log_and_not_to_the_visitor(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_SMTP_URL", "smtp+plain://127.0.0.1:1")
    monkeypatch.setenv("BOT_MAIL_FROM", "desk@example.org")
    monkeypatch.setenv("BOT_WEB_URL", "https://desk.example.org")
    answer = office.visitor().submit("/sign-in", "/sign-in-link", name="editor")
    assert answer.status_code == 200
    assert "on its way" in answer.text
