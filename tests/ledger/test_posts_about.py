"""Where a fact was told and is to be: the posts about it, on both databases."""

from __future__ import annotations

from datetime import date

from bot.ledger import Confirmation, Ledger
from tests.world import HOUR, NOW, planned

DAY = 24 * HOUR


def plan(ledger: Ledger, days: int) -> None:
    posts = [planned("morning", NOW + n * DAY) for n in range(days)]
    ledger.store_plan(posts, {"one": "file"}, NOW, NOW + days * DAY, NOW, "test")


def test_the_posts_about_a_fact_come_in_order_with_their_deliveries(ledger: Ledger) -> None:
    plan(ledger, 3)
    found = ledger.posts_about("oslo-adoption", NOW, NOW + 2 * DAY, 10)
    assert [post.due_at for post in found] == [NOW, NOW + DAY]
    assert [[d.account_id for d in post.deliveries] for post in found] == [["one"], ["one"]]


def test_of_many_the_last_ones_are_given(ledger: Ledger) -> None:
    plan(ledger, 5)
    found = ledger.posts_about("oslo-adoption", NOW, NOW + 9 * DAY, 2)
    assert [post.due_at for post in found] == [NOW + 3 * DAY, NOW + 4 * DAY]


def test_posts_about_other_facts_are_not_among_them(ledger: Ledger) -> None:
    plan(ledger, 1)
    assert ledger.posts_about("casualties-2024", NOW, NOW + DAY, 10) == []


def test_every_confirmation_can_be_noticed(ledger: Ledger) -> None:
    seen = [ledger.last_confirmation()]
    for _ in range(2):
        ledger.confirm(Confirmation("a-fact", date(2026, 11, 24), date(2027, 11, 24), "ada", "p. 3", NOW))
        seen.append(ledger.last_confirmation())
    assert seen[0] is None
    assert len(set(seen)) == 3
