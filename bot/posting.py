"""Posting by hand: a slot's post is made due now, written anew for today where the day changes its words."""

from __future__ import annotations

from datetime import date, datetime

from bot.composing import compose
from bot.ledger import Delivery, Post
from bot.model import Message, Misconfigured, State
from bot.workspace import Workspace


def bring_forward(space: Workspace, post: Post, now: datetime, who: str, override: str | None) -> list[str]:
    """Make the open deliveries of a post due now; their ids. Raises Misconfigured when there are none."""
    open_ones = [d for d in post.deliveries if d.state in (State.PLANNED, State.APPROVED)]
    if not open_ones:
        states = ", ".join(sorted({d.state.value for d in post.deliveries})) or post.skip_reason or "empty"
        raise Misconfigured(f"{post.slot_id} has nothing left to post: {states}.")
    today = space.settings.day_of(now)
    messages = {d.id: _for_today(space, post, d, today) for d in open_ones}
    return space.ledger.bring_forward(post.slot_id, messages, now, today, who, override)


def _for_today(space: Workspace, post: Post, delivery: Delivery, today: date) -> Message:
    """The same wording, with years counted to today; a text for this very day stays byte for byte."""
    fact = space.library.facts.get(delivery.message.fact_id)
    about = space.settings.observances.get(post.observance_id or "")
    wordings = space.library.wordings(delivery.message.fact_id, delivery.message.language, post.observance_id)
    template = next((t for t in wordings if t.id == delivery.template_id), None)
    if post.day == today or fact is None or template is None:
        return delivery.message
    style = space.library.styles[delivery.message.language]
    rules = space.rules()[delivery.account_id]
    return compose(template, fact, style, rules, space.settings.campaign.hashtags, today, about)
