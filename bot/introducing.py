"""How accounts introduce themselves: the files' words as each network is asked to show them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.model import Account, BotError, Misconfigured, Profile
from bot.networks import Connection, Introducing, NetworkError, connect
from bot.settings import Settings

OPERATOR = "{operator}"
_CONTACT = re.compile(r"\w@\w|(?<![\w.])@\w|https://\S")


@dataclass(frozen=True, slots=True)
class Introduced:
    """What became of one account's profile: what it was to say, what changed or is to do by hand, and what failed."""

    account_id: str
    profile: Profile | None = None
    changes: tuple[str, ...] = ()
    problem: str | None = None


def profile_of(settings: Settings, account_id: str) -> Profile:
    """What an account says of itself: its own words, else the campaign's.

    Raises Misconfigured where nobody wrote any, or where they do not say how to reach whoever runs the bot: X asks
    for that of automated accounts (https://help.x.com/en/using-x/automated-account-labels), and followers may.
    """
    general, own = settings.campaign.profile, settings.profiles.get(account_id)
    name = (own and own.name) or (general and general.name)
    description = (own and own.description) or (general and general.description)
    if not name or not description:
        raise Misconfigured(
            f"{account_id} has no profile. Write profile: with name and description in config/campaign.yaml."
        )
    return Profile(name, _with_operator(account_id, description, settings.campaign.operator))


def introduce(
    settings: Settings,
    account: Account,
    *,
    dry_run: bool = False,
    sign_in: Callable[[Account], Connection] = connect,
) -> Introduced:
    """Make an account's profile on its network what the files say. A dry run signs in nowhere."""
    profile = None
    try:
        profile = profile_of(settings, account.id)
        if dry_run:
            return Introduced(account.id, profile)
        connection = sign_in(account)
        if not isinstance(connection, Introducing):
            return Introduced(account.id, profile, (f"{account.network} has no profiles.",))
        return Introduced(account.id, profile, tuple(connection.introduce(profile)))
    except (NetworkError, BotError) as error:
        return Introduced(account.id, profile, problem=str(error))


def _with_operator(account_id: str, description: str, operator: str | None) -> str:
    if OPERATOR in description and not operator:
        raise Misconfigured(
            f"The profile of {account_id} names {OPERATOR}. Write operator: in config/campaign.yaml: who runs the bot, and "
            "how to reach them."
        )
    said = description.replace(OPERATOR, operator or "")
    if operator and not _CONTACT.search(said):
        said = f"{said}\n{operator}"
    if not _CONTACT.search(said):
        raise Misconfigured(
            f"The profile of {account_id} does not say how to reach whoever runs the bot. Write operator: in "
            "config/campaign.yaml with an address (name@example.org, or https://…), or put one into its description."
        )
    return said
