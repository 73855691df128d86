"""The audit log: who did what, found and gone through, by those who may."""

from __future__ import annotations

import re

import pytest

from bot.model import Scope, State
from tests.web.past import deliver, older
from tests.web.team import Office
from tests.world import NOW


@pytest.mark.parametrize(
    ("role", "may"), [("viewer", False), ("editor", False), ("approver", True), ("admin", True)]
)
def test_only_approvers_and_admins_read_the_audit_log(office: Office, role: str, may: bool) -> None:
    visitor = office.colleague(role)
    assert (visitor.get("/history/audit").status_code == 200) is may
    assert ("/history/audit" in visitor.see("/history")) is may


def test_the_audit_log_holds_every_kind_of_act_and_finds_it(office: Office) -> None:
    delivery = deliver(office.ledger, State.FAILED)
    office.ledger.pause(Scope.ALL, "", "ada (desk)", "an election", NOW)
    office.ledger.hold("casualties-2024", "grace (desk)", "the source changed", NOW)
    admin = office.colleague("admin")
    page = admin.see("/history/audit")
    for there in (
        "stopped it",
        "an election",
        "put it on hold",
        "gave it up",
        f"/history/{delivery.id}",
        "user editor",
    ):
        assert there in page, there
    page = admin.see("/history/audit?who=grace")
    assert "the source changed" in page
    assert "an election" not in page.partition("<main")[2]
    assert "gave it up" in admin.see("/history/audit?what=oslo-adoption")
    assert "Nobody did anything like that." in admin.see("/history/audit?what=nothing")
    assert admin.get("/history/audit?before=x").status_code == 400


def test_the_audit_log_goes_back_page_by_page(office: Office) -> None:
    for number in range(120):
        office.ledger.hold(f"fact-{number:03}", "ada", "because", NOW)
    admin = office.colleague("admin")
    path: str | None = "/history/audit?about=facts"
    seen: list[str] = []
    while path:
        page = admin.see(path)
        seen += re.findall(r"fact (fact-\d+)", page)
        office.ledger.hold(f"later-{len(seen)}", "ada", "meanwhile", NOW)
        path = older(page)
    assert seen == [f"fact-{number:03}" for number in reversed(range(120))]
