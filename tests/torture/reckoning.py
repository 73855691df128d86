"""What came of it all: the ledger's word held against what followers see. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from bot.ledger import Delivery
from bot.model import State


@dataclass(frozen=True)
class Shown:
    """A post as followers see it: its id, what it answers, and the alt text of each picture."""

    id: str
    text: str
    answers: str | None = None
    pictures: tuple[str, ...] = ()
    has_thumbnail: bool = False  # whether the card of its link has a picture


SETTLED = (State.SENT, State.FAILED, State.SKIPPED)
OPEN = (State.PLANNED, State.APPROVED, State.DUE, State.SENDING, State.UNKNOWN)


@dataclass
class Tally:
    """The counts of the last two lines, and a sentence for each thing that is wrong."""

    kills: int = 0
    deliveries: int = 0
    doubles: int = 0
    lost: int = 0
    unknown: int = 0
    threads: int = 0
    resumed: int = 0
    uploads: int = 0
    uploaded_twice: int = 0
    states: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """The last line of a run."""
        return (
            f"kills={self.kills} deliveries={self.deliveries} doubles={self.doubles} lost={self.lost} "
            f"unknown={self.unknown}"
        )

    @property
    def illustrated(self) -> str:
        """The line before it: threads, those that went on after a stop midway, and pictures handed over."""
        return (
            f"threads={self.threads} resumed={self.resumed} uploads={self.uploads} "
            f"uploaded_twice={self.uploaded_twice}"
        )

    def add(self, other: Tally) -> None:
        """Count another act in."""
        self.kills += other.kills
        self.deliveries += other.deliveries
        self.doubles += other.doubles
        self.lost += other.lost
        self.unknown += other.unknown
        self.threads += other.threads
        self.resumed += other.resumed
        self.uploads += other.uploads
        self.uploaded_twice += other.uploaded_twice
        self.states += other.states
        self.wrongs += other.wrongs


def plain(text: str) -> str:
    """A text without what servers do to its line ends."""
    return "\n".join(
        line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    ).strip()


def reckon(deliveries: Iterable[Delivery], seen: Mapping[str, Sequence[Shown]], now: datetime) -> Tally:
    """The tally of the deliveries that are due, given the posts that followers see on each account, oldest first.

    What went out before its moment, because a clock was ahead, counts as well.
    """
    waiting = (State.PLANNED, State.APPROVED)
    due = [d for d in deliveries if d.due_at <= now or d.state not in waiting]
    tally = Tally(deliveries=len(due), states=Counter(d.state.value for d in due))
    tally.threads = sum(bool(d.message.thread) for d in due)
    for delivery in due:
        _judge(delivery, _posts_of(delivery, seen[delivery.account_id]), tally)
    _count_doubles(due, seen, tally)
    return tally


def _posts_of(delivery: Delivery, shown: Sequence[Shown]) -> list[Shown]:
    """Those posts of a delivery that are there, once each, in the order of the message."""
    by_text = {plain(post.text): post for post in reversed(shown)}
    wanted = (plain(post.text) for post in delivery.message.posts)
    return [by_text[text] for text in wanted if text in by_text]


def _judge(delivery: Delivery, there: list[Shown], tally: Tally) -> None:
    what = f"{delivery.id} ({delivery.slot_id} on {delivery.account_id}) is {delivery.state}"
    posts = len(delivery.message.posts)
    if delivery.state is State.UNKNOWN:
        tally.unknown += 1
    elif delivery.state is State.SENT and len(there) < posts:
        tally.lost += 1
        tally.wrongs.append(f"lost: {what}, but the network has {len(there)} of its {posts} posts")
    elif delivery.state not in SETTLED:
        tally.lost += 1
        tally.wrongs.append(f"lost: {what} to this day: {delivery.reason}")
    elif delivery.state is not State.SENT and not delivery.reason:
        tally.lost += 1
        tally.wrongs.append(f"lost: {what} and does not say why")
    elif delivery.state is not State.SENT and len(there) == posts:
        tally.wrongs.append(f"wrong: {what} ({delivery.reason}), but the network has it")
    if 0 < len(there) < posts and f"{len(there)} of the {posts} posts" not in (delivery.reason or ""):
        tally.wrongs.append(
            f"wrong: {what} ({delivery.reason}) and does not say that the network has {len(there)} of its {posts} posts"
        )
    tally.wrongs += [f"wrong: {what}, but {why}" for why in _malformed(delivery, there)]


def _malformed(delivery: Delivery, there: Sequence[Shown]) -> Iterator[str]:
    """What is wrong with the posts that are there: their order, whom they answer, their pictures, and their ids."""
    if not there:
        return
    before: Shown | None = None
    for number, post in enumerate(there, start=1):
        if post.answers != (before.id if before else None):
            yield f"its post {number} answers {post.answers} and not {before.id if before else 'nobody'}"
        if before is not None and post.pictures:
            yield f"its post {number} has a picture"
        before = post
    alts = tuple(picture.alt_text for picture in delivery.message.pictures)
    if there[0].pictures != alts:
        yield f"its pictures are {there[0].pictures} and not {alts}"
    card = delivery.message.link_card
    if there[0].has_thumbnail != bool(card and card.image_key):
        yield "the picture of its link's card is not as it should be"
    is_thread_sent = delivery.state is State.SENT and delivery.message.thread
    if is_thread_sent and delivery.parts != tuple(post.id for post in there):
        yield f"the ledger has other posts for it: {delivery.parts}"


def _count_doubles(due: Sequence[Delivery], seen: Mapping[str, Sequence[Shown]], tally: Tally) -> None:
    promised = {(d.account_id, plain(post.text)): d.id for d in due for post in d.message.posts}
    for account, posts in seen.items():
        for text, times in Counter(plain(post.text) for post in posts).items():
            if times > 1:
                tally.doubles += times - 1
                ids = ", ".join(post.id for post in posts if plain(post.text) == text)
                whose = promised.get((account, text))
                tally.wrongs.append(f"double: {account} shows {times} times: {text!r} of {whose} ({ids})")
            if (account, text) not in promised:
                tally.wrongs.append(f"stray: {account} shows what no delivery promised: {text!r}")


def was_resumed(delivery: Delivery, trail: Sequence[Mapping[str, object]]) -> bool:
    """Whether a thread stopped midway and was whole in the end."""
    stopped = any("posts of its thread are out" in str(row["why"]) for row in trail)
    return delivery.state is State.SENT and stopped


def reasons(deliveries: Iterable[Delivery]) -> Counter[str]:
    """Why deliveries were not sent, without the numbers that make each reason another."""
    ended = (d for d in deliveries if d.state in (State.FAILED, State.SKIPPED))
    return Counter(f"{d.state}: {re.sub(r'[0-9]+', 'N', d.reason or '')[:110]}" for d in ended)


def disorder(in_order: Sequence[str], shown: Sequence[str]) -> list[str]:
    """The texts that followers saw before one that should have come first; both oldest first."""
    place = {plain(text): n for n, text in enumerate(in_order)}
    places = [place[plain(text)] for text in shown if plain(text) in place]
    return [in_order[b] for a, b in pairwise(places) if b < a]


def broken_trail(delivery: Delivery, trail: Sequence[Mapping[str, object]]) -> str | None:
    """What is wrong with the audit trail of a delivery: each row goes on where the last one ended."""
    state = None
    for row in trail:
        if row["became"] == "withdrawn":
            state = None
            continue
        if row["was"] != state:
            return f"trail: {delivery.id} became {row['became']} from {row['was']}, but it was {state}"
        state = row["became"]
    if state != delivery.state:
        return f"trail: {delivery.id} is {delivery.state}, but its trail ends with {state}"
    return None
