"""What the tests of the public page share."""

from __future__ import annotations

from datetime import datetime
from xml.etree import ElementTree as Tree

from bot.ledger import Claim, Delivery, Ledger, Outcome
from bot.model import PlannedPost, Receipt, Slot, State
from tests.web.team import Office
from tests.world import CAMPAIGN, HOUR, NOW, message

DAY = 24 * HOUR
ABOUT, FEED = "/about", "/about/feed.atom"
ON = CAMPAIGN + "public_page: true\noperator: The secretariat, ask@example.org\n"
ACCOUNTS = """
accounts:
  inner-one: {network: file}
  inner-two: {network: mastodon, server: "https://social.example.org", handle: "@campaign"}
  inner-three: {network: bluesky, handle: campaign.example.org}
  inner-four: {network: x, handle: switched-off, enabled: false}
"""
CASUALTIES = "In 2024 at least 6,279 people were killed or injured."
OSLO = "The Convention was adopted in Oslo on 18 September 1997."
RETIRED = "165 States are party."
A = "{http://www.w3.org/2005/Atom}"


def switch(office: Office, campaign: str = ON) -> None:
    (office.home / "config/campaign.yaml").write_text(campaign)
    (office.home / "config/accounts.yaml").write_text(ACCOUNTS)


def sent(
    ledger: Ledger,
    fact: str = "oslo-adoption",
    *,
    network: str = "mastodon",
    account: str = "inner-two",
    at: datetime = NOW - HOUR,
    text: str = "States adopted it.\nThe credit line.",
    url: str | None = "https://social.example.org/@campaign/1",
    state: State = State.SENT,
) -> Delivery:
    """A delivery as the worker leaves it."""
    slot = Slot(at, f"inner-slot-{fact}-{account}-{network}@{at:%Y-%m-%dT%H:%M}", "inner-slot", at.date())
    ledger.add_post(
        PlannedPost(slot, fact, messages={account: message(text, fact)}), {account: network}, "test", at
    )
    post = ledger.post(slot.id)
    assert post is not None
    (delivery,) = post.deliveries
    ledger.move([delivery.id], State.PLANNED, State.DUE, at, "worker", "its moment has come")
    ledger.claim_due("worker", at, Claim(1, at - HOUR, only=None))
    receipt = Receipt("remote-7", url) if state is State.SENT else None
    ledger.record(State.SENDING, [Outcome(delivery.id, state, "the inner reason", receipt)], at, "worker")
    return delivery


def entries(office: Office) -> list[Tree.Element]:
    answer = office.visitor().get(FEED)
    assert answer.status_code == 200
    return Tree.fromstring(answer.content).findall(f"{A}entry")
