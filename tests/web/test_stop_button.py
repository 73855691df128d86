"""The stop button, pressed in a real browser while a real worker is sending."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, expect

from bot.model import State
from tests.acceptance.test_stop import MANY, SECOND, make_stage
from tests.web.browser import require_chromium, serving


def test_the_button_stops_a_worker_that_is_sending_and_resume_loses_nothing(
    tmp_path: Path, page: Page
) -> None:
    require_chromium()
    stage = make_stage(tmp_path, f"sqlite:///{tmp_path / 'bot.db'}", MANY, 0.4, (2,))
    with serving(stage.env, tmp_path / "web.log") as desk:
        desk.sign_in(page, "approver")
        with stage.worker() as worker:
            worker.wait_until(lambda: len(stage.seen()) >= 8)
            page.get_by_label("Reason").fill("a wrong number")
            page.get_by_role("button", name="Stop everything").click()
            expect(page.get_by_text("Everything is stopped", exact=True)).to_be_visible()
            stopped = datetime.now(UTC)
            worker.finish_ticks()
            seen = stage.seen()
            assert 8 <= len(seen) < MANY
            assert max(post.began for post in seen) < stopped + SECOND
            assert stage.states() == {State.SENT, State.DUE}

            page.get_by_role("button", name="Resume everything").click()
            expect(page.get_by_role("status")).to_contain_text("go out if within their grace")
            worker.wait_until(lambda: stage.states() == {State.SENT})
    assert sorted(post.id for post in stage.seen()) == sorted(d.id for d in stage.deliveries())
