"""What may be chosen, how a post of one's own is tried out first, and that a decision holds for what was shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from bot import editing, steering
from bot.choosing import facts_for, wordings_for
from bot.drafting import Refused, tidy
from bot.ledger import Post
from bot.model import State
from bot.proofs import try_out
from bot.shown import LostUpdate, check_mark, mark_of
from bot.workspace import Workspace
from tests.editing.test_editing import DAY, post_about
from tests.world import HOUR, NOW, planned

TODAY = date(2026, 11, 24)


def test_only_facts_that_the_guard_lets_pass_on_the_day_can_be_chosen(space: Workspace) -> None:
    today = [fact.id for fact in facts_for(space, TODAY, ["en"])]
    assert today == ["casualties-2024", "oslo-adoption"], "parties-165 is retired"
    later = [fact.id for fact in facts_for(space, date(2026, 12, 24), ["en"])]
    assert later == ["oslo-adoption"], "casualties-2024 is past its review date by then"


def test_facts_are_found_by_words_of_theirs_and_only_with_wordings_in_the_language(space: Workspace) -> None:
    assert [f.id for f in facts_for(space, TODAY, ["en"], "OSLO convention")] == ["oslo-adoption"]
    assert facts_for(space, TODAY, ["en"], "oslo zebra") == []
    assert facts_for(space, TODAY, ["en", "fr"]) == []


def test_a_fact_in_conflict_with_what_is_planned_near_cannot_be_chosen(space: Workspace) -> None:
    at_odds = replace(space.library.facts["oslo-adoption"], conflicts=frozenset({"casualties-2024"}))
    space.library.facts["oslo-adoption"] = at_odds
    post = post_about(space, "casualties-2024")
    assert "oslo-adoption" not in {f.id for f in facts_for(space, post.day, ["en"])}


def test_every_wording_is_shown_as_its_account_would_show_it(space: Workspace) -> None:
    post = post_about(space, "oslo-adoption")
    delivery = post.deliveries[0]
    offered = wordings_for(space, post, delivery)
    assert [w.template_id for w in offered] == [f"oslo-adoption/en/{letter}" for letter in "abc"]
    assert delivery.message in [w.message for w in offered]


def test_a_post_of_ones_own_is_tried_out_without_writing_it_down(space: Workspace) -> None:
    before = space.ledger.posts_between(NOW, NOW + 99 * DAY)
    bodies = {"one": "Mines hurt 7,000 people."}
    proof = try_out(space, "casualties-2024", ["one", "two"], NOW + DAY, bodies, NOW)
    assert set(proof.messages) == {"one", "two"}
    (why,) = proof.all_reasons
    assert why.startswith("one: The number 7,000 is not one of casualties-2024's.")
    assert space.ledger.posts_between(NOW, NOW + 99 * DAY) == before


def test_what_is_tried_out_is_what_is_added(space: Workspace) -> None:
    bodies = {"two": "Oslo, 18 September 1997: the Convention is adopted."}
    proof = try_out(space, "oslo-adoption", ["one", "two"], NOW + 5 * DAY, bodies, NOW)
    post = editing.add(space, "oslo-adoption", ["one", "two"], NOW + 5 * DAY, bodies, "ada", NOW)
    assert {d.account_id: d.message for d in post.deliveries} == proof.messages


@pytest.mark.parametrize(
    ("fact", "accounts", "at", "reason"),
    [
        ("parties-165", ["one"], NOW + DAY, "is retired"),
        ("oslo-adoption", [], NOW + DAY, "at least one account"),
        ("oslo-adoption", ["one"], NOW - HOUR, "has passed already"),
    ],
)
def test_what_is_wrong_with_all_of_it_is_said_once(
    space: Workspace, fact: str, accounts: list[str], at: datetime, reason: str
) -> None:
    words = dict.fromkeys(accounts, "Mines are still there.")
    reasons = try_out(space, fact, accounts, at, words, NOW).all_reasons
    assert [reason in why for why in reasons].count(True) == 1


def test_a_post_of_ones_own_is_sent_at_once(space: Workspace) -> None:
    post = editing.add_and_send(space, "oslo-adoption", ["one"], {}, "ada", NOW)
    assert post.due_at == NOW
    assert {d.state for d in post.deliveries} == {State.APPROVED}


def test_where_a_second_person_is_asked_for_nothing_of_ones_own_is_sent_at_once(space: Workspace) -> None:
    space.settings.campaign.second_person.append("file")
    before = space.ledger.posts_between(NOW, NOW + 9 * DAY)
    with pytest.raises(Refused, match="second person"):
        editing.add_and_send(space, "oslo-adoption", ["one"], {}, "ada", NOW)
    assert space.ledger.posts_between(NOW, NOW + 9 * DAY) == before


def changed_by_ben(space: Workspace, post: Post) -> Post:
    return editing.edit(space, post, post.version, {"one": "States adopted the Convention."}, "ben", "", NOW)


def test_words_that_somebody_else_changed_are_neither_approved_nor_sent(space: Workspace) -> None:
    shown = post_about(space, "oslo-adoption")
    kept = changed_by_ben(space, shown)
    with pytest.raises(LostUpdate, match="by ben"):
        steering.approve(space, shown, "ada", "fine", NOW)
    with pytest.raises(LostUpdate, match="by ben"):
        editing.bring_forward(space, shown, NOW, "ada")
    assert space.ledger.post(shown.slot_id) == kept


def test_who_was_overtaken_is_told_so_before_anything_else(space: Workspace) -> None:
    shown = post_about(space, "oslo-adoption")
    kept = changed_by_ben(space, shown)
    bodies = {"one": "Mines hurt 7,000 people."}
    with pytest.raises(LostUpdate):
        editing.edit(space, kept, shown.version, bodies, "ada", "", NOW)
    with pytest.raises(LostUpdate):
        editing.choose_fact(space, kept, shown.version, "parties-165", "ada", "", NOW)
    with pytest.raises(LostUpdate):
        editing.choose_wording(space, kept, shown.version, "gone", "x", "ada", NOW)
    with pytest.raises(LostUpdate):
        editing.move(space, kept, shown.version, NOW - HOUR, "ada", "", NOW)


def test_a_mark_tells_a_post_from_what_a_person_or_a_new_plan_made_of_it(space: Workspace) -> None:
    shown = post_about(space, "oslo-adoption")
    mark = mark_of(shown)
    check_mark(shown, mark)
    slot, span = f"again@{NOW + DAY:%Y-%m-%dT%H:%M}", (NOW, NOW + 9 * DAY)
    for text in ("Hello.", "Hello anew."):
        space.ledger.store_plan([planned("again", NOW + DAY, text=text)], {"one": "file"}, *span, NOW, "test")
        now_there = space.ledger.post(slot)
        assert now_there is not None
        if text == "Hello.":
            mark = mark_of(now_there)
    with pytest.raises(LostUpdate):
        check_mark(now_there, mark)


def test_an_edit_that_changes_nothing_leaves_the_post_untouched(space: Workspace) -> None:
    post = post_about(space, "oslo-adoption")
    same = post.deliveries[0].message.text.partition("\n\n")[0]
    assert editing.edit(space, post, post.version, {"one": f" {same} "}, "ada", "", NOW) == post
    assert space.ledger.post(post.slot_id) == post


def test_spaces_that_hold_a_number_together_stay() -> None:
    assert tidy(" 6\u202f279\r\n personnes\u00a0: ") == "6\u202f279 personnes\u00a0: ".strip(" ")
