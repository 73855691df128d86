"""Who may let a post go out: where a network asks for a second person, never its last editor."""

from __future__ import annotations

from bot.ledger import Delivery, Post
from bot.model import Misconfigured
from bot.settings import Settings


def check_second_person(settings: Settings, post: Post, delivery: Delivery, who: str) -> None:
    """Raise Misconfigured when `who` changed the post last and its network asks for a second person."""
    if delivery.network in settings.campaign.second_person and _name(who) == _name(post.edited_by or ""):
        raise Misconfigured(
            f"{who} changed this post last, and {delivery.network} asks for a second person: somebody else approves it."
        )


def _name(who: str) -> str:
    """A person by whichever door they came: "ada (desk)" and "ada (bot approve)" are one."""
    return who.partition(" (")[0].casefold()
