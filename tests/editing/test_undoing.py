"""A post that is out already: taken down with a reason, or corrected by one that names it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import steering, undoing
from bot.drafting import Refused
from bot.editing import edit, move
from bot.ledger import Claim, Delivery, Outcome
from bot.model import Account, Misconfigured, Receipt, State
from bot.networks import NetworkError
from bot.networks import Refused as NetworkRefused
from bot.workspace import Workspace, open_workspace
from tests.world import HOUR, NOW

URL = "https://social.example.org/@campaign/1"


class Wire:
    """A network that deletes, or does not."""

    def __init__(self, error: NetworkError | None = None) -> None:
        self.error = error
        self.deleted: list[str] = []
        self.parts: tuple[str, ...] = ()

    def connect(self, account: Account) -> Wire:
        return self

    def delete(self, receipt: Receipt) -> None:
        if self.error:
            raise self.error
        self.deleted.append(receipt.remote_id)
        self.parts = receipt.parts


@pytest.fixture
def sent(space: Workspace) -> Delivery:
    """A delivery that is on the network."""
    ledger, moment = space.ledger, NOW + 30 * HOUR
    waiting = next(d for d in ledger.waiting_at_gate(moment) if d.account_id == "two")
    ledger.move([waiting.id], State.PLANNED, State.DUE, moment, "test", "now")
    ledger.claim_due("worker", moment, Claim(1, NOW - HOUR))
    receipt = Outcome(waiting.id, State.SENT, "accepted", Receipt("1", URL))
    ledger.record(State.SENDING, [receipt], moment, "worker")
    found = ledger.delivery(waiting.id)
    assert found is not None
    return found


def test_a_post_is_taken_down_once_and_it_stays_on_record(space: Workspace, sent: Delivery) -> None:
    wire = Wire()
    undoing.take_down(space, sent, "ada", "the figure was wrong", NOW, wire.connect)
    after = space.ledger.delivery(sent.id)
    assert after is not None
    assert (wire.deleted, after.state, after.deleted_at) == (["1"], State.SENT, NOW)
    last = space.ledger.history_of(sent.id)[-1]
    assert (last["who"], last["became"], last["why"]) == ("ada", "deleted", "the figure was wrong")
    with pytest.raises(Misconfigured, match="already"):
        undoing.take_down(space, after, "ada", "again", NOW, wire.connect)


def test_of_a_thread_every_post_is_taken_down(space: Workspace, sent: Delivery) -> None:
    wire = Wire()
    undoing.take_down(space, replace(sent, parts=("1", "2")), "ada", "wrong", NOW, wire.connect)
    assert wire.parts == ("1", "2")


def test_what_the_network_refuses_to_delete_is_not_called_deleted(space: Workspace, sent: Delivery) -> None:
    with pytest.raises(Misconfigured, match="404"):
        undoing.take_down(space, sent, "ada", "wrong", NOW, Wire(NetworkRefused("404")).connect)
    after = space.ledger.delivery(sent.id)
    assert after is not None
    assert after.deleted_at is None


def test_what_is_not_out_can_be_neither_taken_down_nor_corrected(space: Workspace) -> None:
    planned = space.ledger.posts_between(NOW, NOW + 90 * HOUR)[0].deliveries[0]
    with pytest.raises(Misconfigured, match="not on the network"):
        undoing.take_down(space, planned, "ada", "wrong", NOW, Wire().connect)


def test_a_correction_names_the_old_post_and_may_name_its_number(space: Workspace, sent: Delivery) -> None:
    fact = sent.message.fact_id
    body = "Correction: our last post had the wrong place."
    with pytest.raises(Refused, match="99"):
        undoing.correct(space, sent, fact, "Correction: it was 99.", NOW + HOUR, "ada", NOW)
    post = undoing.correct(space, sent, fact, body, NOW + HOUR, "ada", NOW)
    (delivery,) = post.deliveries
    assert delivery.account_id == "two"
    assert URL in delivery.message.text
    assert "Source: Landmine Monitor 2025" in delivery.message.text


def test_two_people_do_not_correct_a_post_twice(space: Workspace, sent: Delivery) -> None:
    fact, body = sent.message.fact_id, "Correction: our last post had the wrong place."
    first = undoing.correct(space, sent, fact, body, NOW + HOUR, "ada", NOW)
    with pytest.raises(Misconfigured, match=f"planned already, .*{first.slot_id}"):
        undoing.correct(space, sent, fact, body, NOW + HOUR, "ben", NOW)
    steering.skip(space, first, "ben", "mine is better", NOW)
    undoing.correct(space, sent, fact, body, NOW + HOUR, "ben", NOW)


def test_a_correction_is_neither_of_the_past_nor_of_what_was_taken_down(
    space: Workspace, sent: Delivery
) -> None:
    fact, body = sent.message.fact_id, "Correction: our last post had the wrong place."
    with pytest.raises(Refused, match="passed already"):
        undoing.correct(space, sent, fact, body, NOW - HOUR, "ada", NOW)
    undoing.take_down(space, sent, "ada", "wrong", NOW, Wire().connect)
    after = space.ledger.delivery(sent.id)
    assert after is not None
    with pytest.raises(Misconfigured, match="taken down"):
        undoing.correct(space, after, fact, body, NOW + HOUR, "ada", NOW)


def test_what_a_person_marked_as_sent_can_be_corrected_but_not_taken_down(
    space: Workspace, sent: Delivery
) -> None:
    marked = replace(sent, remote_id=None)
    assert undoing.why_not_corrected(space, marked) is None
    with pytest.raises(Misconfigured, match="Delete it there"):
        undoing.take_down(space, marked, "ada", "wrong", NOW, Wire().connect)
    nowhere = replace(marked, url=None)
    with pytest.raises(Misconfigured, match="no address"):
        undoing.correct(space, nowhere, sent.message.fact_id, "Correction.", NOW + HOUR, "ada", NOW)


CORRECTION = 'correction: "Our post of {{ on }} said {{ was }}; right is {{ now }}."\n'


def mended(space: Workspace, figure: str = "5757") -> Workspace:
    """The campaign once its figure was put right, with a line for corrections."""
    for file, change in (
        ("facts/casualties.yaml", lambda text: text.replace("6279", figure).replace("6,279", "5,757")),
        ("style/en.yaml", lambda text: text + CORRECTION),
    ):
        path = space.home / "messages" / file
        path.write_text(change(path.read_text()))
    return open_workspace(space.home, space.ledger)


def told(space: Workspace, fact: str) -> Delivery:
    """A delivery about a fact, in one of the library's wordings, that is out since the moment of its slot."""
    ledger, until = space.ledger, NOW + 90 * HOUR
    post = next(p for p in ledger.posts_between(NOW, until) if p.fact_id == fact)
    id_ = next(d.id for d in post.deliveries if d.account_id == "two")
    ledger.move([id_], State.PLANNED, State.DUE, post.due_at, "test", "now")
    ledger.claim_due("worker", post.due_at, Claim(1, NOW - HOUR, only=[id_]))
    ledger.record(
        State.SENDING, [Outcome(id_, State.SENT, "accepted", Receipt("1", URL))], post.due_at, "worker"
    )
    found = ledger.delivery(id_)
    assert found is not None
    return found


def test_a_correction_begins_with_both_figures_and_the_day_and_is_planned_as_it_is(space: Workspace) -> None:
    delivery = told(space, "casualties-2024")
    space = mended(space)
    body = undoing.proposed(space, delivery, "casualties-2024", NOW)
    day = f"{delivery.last_sent_at:%-d %B %Y}"
    assert body == f"Our post of {day} said at least 6,279; right is at least 5,757."
    post = undoing.correct(space, delivery, "casualties-2024", body, NOW + HOUR, "ada", NOW)
    (correction,) = post.deliveries
    assert body in correction.message.text
    assert correction.message.link == URL
    last = space.ledger.history_of(delivery.id)[-1]
    assert (last["became"], last["why"]) == ("corrected", post.slot_id)


def test_what_cannot_be_known_is_left_to_the_person_and_a_blank_does_not_go_out(space: Workspace) -> None:
    delivery = told(space, "casualties-2024")
    unchanged = mended(space, "6279")
    body = undoing.proposed(unchanged, delivery, "casualties-2024", NOW)
    assert body.endswith("said at least 6,279; right is […].")
    with pytest.raises(Refused, match="in place of"):
        undoing.correct(unchanged, delivery, "casualties-2024", body, NOW + HOUR, "ada", NOW)
    assert undoing.proposed(unchanged, delivery, "oslo-adoption", NOW).endswith("right is […].")


def test_a_correction_that_is_edited_or_moved_keeps_its_link_and_may_name_the_old_figure(
    space: Workspace,
) -> None:
    delivery = told(space, "casualties-2024")
    space = mended(space)
    body = undoing.proposed(space, delivery, "casualties-2024", NOW)
    post = undoing.correct(space, delivery, "casualties-2024", body, NOW + HOUR, "ada", NOW)
    post = edit(space, post, post.version, {"two": f"{body} We are sorry."}, "ada", "", NOW)
    post = move(space, post, post.version, NOW + 30 * HOUR, "ada", "", NOW)
    (correction,) = post.deliveries
    assert correction.message.link == URL
    assert "6,279; right is at least 5,757. We are sorry." in correction.message.text
