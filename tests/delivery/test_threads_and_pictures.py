"""A thread continues where it stopped, and pictures are not uploaded twice: the courier at the fake X, on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bot.delivery import Baggage
from bot.drawing import CannotDraw
from bot.ledger import Delivery, Media
from bot.model import Attachment, Card, LinkCard, Scope
from bot.networks.x import NETWORK, RULES, XConnection
from bot.steering import try_again
from bot.workspace import Workspace
from tests.delivery.test_courier import Scene, Wire, make_scene
from tests.networks.illustrated import png
from tests.world import HOUR, MINUTE, NOW
from tests.xfake.fixtures import x_account, x_server  # noqa: F401
from tests.xfake.oauth import XAccount
from tests.xfake.server import XServer
from tests.xfake.wire import Fault

FURTHER = " ".join(
    f"There is more to say than fits, and this is sentence {n} of it, {'long ' * 24}enough."
    for n in (2, 3, 4)
)
CARD = "cards:\n  casualties-2024: {text: Mines harm people.}\n  oslo-adoption: {text: Adopted in Oslo.}\n"
TOO_MANY: dict[str, Any] = {"kind": "status", "status": 429, "retry_after": 1}
TEMPLATES = (
    "language: en\n{cards}templates:\n  casualties-2024:\n    a: {said}\n  oslo-adoption:\n    a: {said}\n"
)


@dataclass
class AtX:
    """A scene on one account of the fake X, with one post due at NOW."""

    scene: Scene
    server: XServer
    account: XAccount

    @property
    def delivery(self) -> Delivery:
        (post,) = self.scene.ledger.posts_between(NOW - HOUR, NOW + 100 * HOUR)
        (delivery,) = post.deliveries
        return delivery

    @property
    def outcome(self) -> tuple[str, str]:
        """Its state and why."""
        return self.delivery.state.value, self.delivery.reason or ""

    def goes_wrong(self, **how: Any) -> None:
        """What happens to the next post that leaves; `spared` ones before it go well."""
        self.server.faults.append(Fault("POST", "/2/tweets", **how))

    def is_whole(self) -> bool:
        """Whether followers see every post of the message once, in order, each answering the one before."""
        seen = self.server.posts(self.account.user_id)[::-1]
        answered = [post.get("referenced_posts", [{"id": None}])[0]["id"] for post in seen]
        ids = [post["id"] for post in seen]
        wanted = [post.text for post in self.delivery.message.posts]
        return self.written == wanted and answered == [None, *ids[:-1]]

    @property
    def written(self) -> list[str]:
        return self.server.written(self.account.user_id)[::-1]

    @property
    def uploads(self) -> int:
        return len(self.server.uploads(self.account.user_id))


Draw = Callable[[Iterable[Card]], Mapping[str, "bytes | CannotDraw"]]


def drawn(cards: Iterable[Card]) -> Mapping[str, bytes | CannotDraw]:
    """A picture for every card, without drawing it."""
    return {card.key: png() for card in cards}


def at_x(
    tmp_path: Path, server: XServer, account: XAccount, *, thread: bool, card: bool, draw: Draw = drawn
) -> AtX:
    secrets = {
        "API_KEY": account.consumer_key,
        "API_SECRET": account.consumer_secret,
        "ACCESS_TOKEN": account.access_token,
        "ACCESS_TOKEN_SECRET": account.access_token_secret,
    }
    said = f"Mines harm people. {FURTHER}" if thread else "Mines harm people."
    scene = make_scene(
        tmp_path,
        RULES,
        lambda bots: NETWORK.connect(bots, secrets),
        accounts=f"accounts:\n  one: {{network: x, server: '{server.url}', options: {{settle_seconds: '0'}}}}\n",
        campaign="name: T\nhashtags: [A]\ngrace_minutes: 1200\n",
        templates=TEMPLATES.format(cards=CARD if card else "", said=said),
    )
    scene.courier._baggage = Baggage(scene.ledger, scene.clock, draw)
    return AtX(scene, server, account)


@pytest.fixture
def thread(tmp_path: Path, x_server: XServer, x_account: XAccount) -> AtX:  # noqa: F811
    """A thread of three posts."""
    found = at_x(tmp_path, x_server, x_account, thread=True, card=False)
    assert len(found.delivery.message.posts) == 3
    return found


@pytest.fixture
def card(tmp_path: Path, x_server: XServer, x_account: XAccount) -> AtX:  # noqa: F811
    """A post with a share card."""
    return at_x(tmp_path, x_server, x_account, thread=False, card=True)


# ── threads ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("posts", [1, 2, 3])
def test_a_thread_whose_worker_died_after_a_post_goes_on_after_it(
    thread: AtX, monkeypatch: pytest.MonkeyPatch, posts: int
) -> None:
    post, left = XConnection._post, [None] * posts

    def die_after(*arguments: Any) -> str:
        answered = post(*arguments)
        if left and not (left.pop() or left):
            raise SystemExit
        return answered

    monkeypatch.setattr(XConnection, "_post", die_after)
    with pytest.raises(SystemExit):
        thread.scene.courier.tick()
    assert thread.outcome[0] == "sending"
    assert len(thread.written) == posts
    thread.scene.later(MINUTE)
    assert thread.outcome[0] == "sent"
    assert thread.is_whole()
    assert len(thread.delivery.parts) == 3


@pytest.mark.parametrize(
    ("fault", "state", "said"),
    [
        (TOO_MANY, "due", "Passing"),
        ({"kind": "status", "status": 503}, "unknown", "Doubtful"),
        ({"kind": "cut_after"}, "unknown", "Doubtful"),
        ({"kind": "status", "status": 400}, "failed", "Refused"),
        ({"kind": "status", "status": 401}, "due", "BadCredentials"),
    ],
    ids=lambda value: str(value.get("status", "cut")) if isinstance(value, dict) else "",
)
def test_what_stops_a_thread_midway_keeps_what_is_out_and_its_type_decides(
    thread: AtX, fault: dict[str, Any], state: str, said: str
) -> None:
    thread.goes_wrong(**fault, spared=1)
    thread.scene.courier.tick()
    assert thread.outcome[0] == state
    assert said in thread.outcome[1]
    assert "1 of the 3 posts of its thread are out" in thread.outcome[1]
    assert len(thread.delivery.parts) == 1
    assert bool(thread.scene.ledger.pauses()) == (said == "BadCredentials")


def test_a_thread_that_was_stopped_twice_goes_on_twice(thread: AtX) -> None:
    thread.goes_wrong(**TOO_MANY, spared=1)
    thread.goes_wrong(kind="cut_after")
    thread.scene.courier.tick()
    assert thread.outcome[0] == "due"
    thread.scene.later(MINUTE)
    thread.scene.later(2 * MINUTE)
    assert thread.outcome[0] == "sent"
    assert thread.is_whole()


def test_a_thread_that_is_found_whole_does_not_say_that_it_stopped_midway(thread: AtX) -> None:
    thread.goes_wrong(**TOO_MANY, spared=1)
    thread.goes_wrong(kind="cut_after", spared=1)
    thread.scene.courier.tick()
    thread.scene.later(MINUTE)
    assert thread.outcome[0] == "unknown"
    thread.scene.later(2 * MINUTE)
    assert thread.outcome == ("sent", "found on the network")
    assert thread.is_whole()


def test_a_thread_that_was_refused_midway_goes_on_after_what_is_out_when_a_person_tries_again(
    thread: AtX,
) -> None:
    thread.goes_wrong(kind="status", status=400, spared=2)
    thread.scene.courier.tick()
    assert thread.outcome[0] == "failed"
    assert "2 of the 3 posts of its thread are out" in thread.outcome[1]
    courier = thread.scene.courier
    space = Workspace(thread.scene.home, courier.settings, courier.library, thread.scene.ledger)
    try_again(space, [thread.delivery.id], "Ada", "mended", thread.scene.clock.now)
    thread.scene.later(MINUTE)
    assert thread.outcome[0] == "sent"
    assert thread.is_whole()


def test_a_thread_that_is_given_up_midway_says_how_much_of_it_is_out(thread: AtX) -> None:
    thread.goes_wrong(**TOO_MANY, spared=1)
    thread.scene.courier.tick()
    thread.scene.later(24 * HOUR)
    assert thread.outcome[0] == "skipped"
    assert thread.outcome[1].count("1 of the 3 posts of its thread are out") == 1


def test_a_thread_that_nobody_can_look_for_says_how_much_of_it_is_out(thread: AtX) -> None:
    thread.goes_wrong(kind="status", status=503, spared=1)
    thread.scene.courier.tick()
    thread.server.faults.append(Fault("GET", "/2/users", "status", status=503))
    thread.scene.later(MINUTE)
    assert thread.outcome[0] == "unknown"
    assert thread.outcome[1].startswith("could not look")
    assert "1 of the 3 posts of its thread are out" in thread.outcome[1]


# ── pictures ─────────────────────────────────────────────────────────────────────────────────────


def test_a_picture_is_not_uploaded_again_when_its_post_is_tried_again(card: AtX) -> None:
    card.goes_wrong(**TOO_MANY, times=2)
    card.scene.courier.tick()
    card.scene.later(MINUTE)
    card.scene.later(2 * MINUTE)
    assert card.outcome[0] == "sent"
    assert card.uploads == 1
    (post,) = card.server.posts(card.account.user_id)
    assert [p.alt_text for p in card.server.pictures(post["id"])] == [
        card.delivery.message.pictures[0].alt_text
    ]


def test_an_upload_that_its_network_has_forgotten_is_made_anew(card: AtX) -> None:
    card.goes_wrong(**TOO_MANY)
    card.scene.courier.tick()
    card.server._world.all_pictures.clear()
    card.scene.later(MINUTE)
    assert card.outcome[0] == "due"
    assert "StaleUpload" in card.outcome[1]
    card.scene.later(2 * MINUTE)
    assert card.outcome[0] == "sent"
    assert card.uploads == 1


def test_an_upload_is_believed_in_for_half_a_day(card: AtX) -> None:
    card.goes_wrong(**TOO_MANY)
    card.scene.courier.tick()
    (picture,) = card.delivery.message.pictures
    assert set(card.scene.ledger.uploaded(card.delivery.id, NOW)) == {picture.key}
    card.scene.later(13 * HOUR)
    assert card.outcome[0] == "sent"
    assert card.uploads == 2


def test_a_thread_that_goes_on_needs_its_picture_no_more(
    tmp_path: Path,
    x_server: XServer,  # noqa: F811
    x_account: XAccount,  # noqa: F811
) -> None:
    both = at_x(tmp_path, x_server, x_account, thread=True, card=True)
    both.goes_wrong(**TOO_MANY, spared=1)
    both.scene.courier.tick()
    both.scene.ledger.forget_uploads(both.delivery.id)
    both.scene.later(MINUTE)
    assert both.outcome[0] == "sent"
    assert both.is_whole()
    assert both.uploads == 1


def pause_after_upload(scene: Scene) -> None:
    remember = scene.ledger.remember_upload

    def remember_and_pause(*arguments: Any) -> None:
        remember(*arguments)
        scene.ledger.pause(Scope.ACCOUNT, "one", "Ada", "a mistake", scene.clock.now)
        scene.refresh()

    scene.ledger.remember_upload = remember_and_pause  # type: ignore[method-assign]


def resume(scene: Scene) -> None:
    scene.ledger.resume(scene.ledger.pauses(), "Ada", "mended", scene.clock.now)
    scene.refresh()
    scene.courier.tick()


def test_an_account_that_is_paused_while_a_picture_is_uploaded_posts_nothing(card: AtX) -> None:
    pause_after_upload(card.scene)
    card.scene.courier.tick()
    assert card.outcome == ("due", "the account one was paused before it was sent")
    assert card.written == []
    resume(card.scene)
    assert card.outcome[0] == "sent"
    assert card.uploads == 1


@dataclass
class IllustratedWire(Wire):
    """The network of test_courier, which takes pictures, too."""

    uploads: list[str] = field(default_factory=list)

    def upload(self, attachment: Attachment) -> str:
        self.uploads.append(attachment.key)
        return "its name there"


def test_the_picture_of_a_links_card_is_such_a_picture(tmp_path: Path) -> None:
    wire = IllustratedWire()
    scene = make_scene(tmp_path, connect=lambda _: wire)
    post, *_ = scene.ledger.posts_between(NOW, NOW + HOUR)
    link_card = LinkCard("https://example.org/", "A page", image_key="thumbnail")
    scene.ledger.keep_media([Media("thumbnail", "image/png", 1200, 675, png())], NOW)
    (delivery,) = post.deliveries
    message = replace(delivery.message, link_card=link_card)
    scene.ledger.bring_forward(post.slot_id, {delivery.id: message}, NOW, post.day, "Ada", None)
    pause_after_upload(scene)
    scene.courier.tick()
    assert scene.states() == ["due"]
    assert wire.seen == []
    resume(scene)
    assert scene.states() == ["sent"]
    assert wire.uploads == ["thumbnail"]


@pytest.mark.parametrize(("passing", "state"), [(False, "failed"), (True, "due")])
def test_a_card_that_cannot_be_drawn_fails_its_delivery_or_keeps_it_waiting(
    tmp_path: Path,
    x_server: XServer,  # noqa: F811
    x_account: XAccount,  # noqa: F811
    passing: bool,
    state: str,
) -> None:
    tries = [CannotDraw("the figure does not fit", passing=passing)]

    def draw(cards: Iterable[Card]) -> Mapping[str, bytes | CannotDraw]:
        return {card.key: tries.pop() if tries else png() for card in cards}

    card = at_x(tmp_path, x_server, x_account, thread=False, card=True, draw=draw)
    card.scene.courier.tick()
    assert card.outcome[0] == state
    assert "the figure does not fit" in card.outcome[1]
    assert (card.written, card.uploads) == ([], 0)
    card.scene.later(MINUTE)
    assert card.outcome[0] == ("sent" if passing else "failed")
