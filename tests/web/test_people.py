"""The People page: everybody sees who is there; an admin changes it."""

from __future__ import annotations

from bot.roles import Role
from tests.web.team import Office


def test_everybody_sees_who_is_on_the_desk_and_only_admins_see_addresses(office: Office) -> None:
    for role in Role:
        html = office.colleague(role).see("/people")
        assert all(f">{other}" in html for other in Role)
        assert ("editor@example.org" in html) is (role is Role.ADMIN)
        assert ("Change the role" in html) is (role is Role.ADMIN)


def test_an_admin_changes_a_role_with_a_reason(office: Office) -> None:
    admin = office.colleague("admin")
    answer = admin.submit("/people", "/people/editor/role", role="approver", why="took over")
    assert answer.status_code == 303
    assert "editor is now approver." in admin.see("/people")
    row = office.ledger.history_of("user editor")[-1]
    assert (row["who"], row["was"], row["became"], row["why"]) == (
        "admin (desk)", "editor", "approver", "took over",
    )  # fmt: skip


def test_a_change_without_a_reason_is_sent_back(office: Office) -> None:
    answer = office.colleague("admin").submit("/people", "/people/editor/role", role="approver", why="")
    assert answer.status_code == 400
    assert "This is needed." in answer.text


def test_the_last_admin_stays(office: Office) -> None:
    admin = office.colleague("admin")
    for path, fields in (("deactivate", {}), ("role", {"role": "viewer"})):
        answer = admin.submit("/people", f"/people/admin/{path}", why="x", **fields)
        assert answer.status_code == 400
        assert "the last admin" in answer.text
    assert admin.get("/").status_code == 200


def test_somebody_is_shut_out_and_let_in_again(office: Office) -> None:
    admin = office.colleague("admin")
    admin.submit("/people", "/people/editor/deactivate", why="left")
    html = admin.see("/people")
    assert "signed out everywhere" in html
    assert "Editor, deactivated" in html
    admin.submit("/people", "/people/editor/activate", why="is back")
    assert office.colleague("editor").get("/").status_code == 200


def test_nobody_is_not_changed(office: Office) -> None:
    answer = office.colleague("admin").submit("/people", "/people/nobody/role", role="admin", why="x")
    assert answer.status_code == 400
    assert "There is nobody called" in answer.text
