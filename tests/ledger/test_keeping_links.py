"""Cards of links: looked up once, tried again where that failed, and never lost to a worker that was less lucky."""

from __future__ import annotations

from datetime import timedelta

from bot.ledger import Ledger
from bot.model import LinkCard
from tests.world import HOUR, NOW

URL = "https://www.example.org/report"
CARD = LinkCard(URL, "The report", "What it says.")
DAY = timedelta(days=1)


def unknown(ledger: Ledger, later: timedelta = timedelta()) -> list[str]:
    return ledger.unknown_links([URL], NOW + later, DAY)


def test_a_link_is_unknown_until_it_was_looked_up_and_again_a_day_after_that_failed(ledger: Ledger) -> None:
    assert unknown(ledger) == [URL]
    ledger.remember_link(URL, None, "it is away", NOW)
    assert unknown(ledger, HOUR) == []
    assert unknown(ledger, DAY) == [URL]
    ledger.remember_link(URL, CARD, None, NOW + DAY)
    assert unknown(ledger, 900 * DAY) == []


def test_a_worker_that_could_not_read_the_page_takes_no_card_away_that_another_saw(ledger: Ledger) -> None:
    ledger.remember_link(URL, CARD, None, NOW)
    ledger.remember_link(URL, None, "it took too long", NOW)
    assert ledger.link_cards() == {URL: CARD}


def test_a_card_that_becomes_known_is_seen_and_a_failure_is_not(ledger: Ledger) -> None:
    before = ledger.last_link()
    ledger.remember_link(URL, None, "it is away", NOW)
    assert ledger.last_link() == before
    ledger.remember_link(URL, CARD, None, NOW + HOUR)
    seen = ledger.last_link()
    assert seen != before
    ledger.remember_link(f"{URL}/2", LinkCard(f"{URL}/2", "Another"), None, NOW + HOUR)
    assert ledger.last_link() != seen
