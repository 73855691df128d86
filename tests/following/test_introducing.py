"""Profiles: the files' words with the operator's contact, set on real servers; X is told by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.introducing import introduce, profile_of
from bot.model import Account, Misconfigured, Profile
from bot.networks import Connection, network
from bot.settings import Settings, load_settings
from tests.acceptance.worker import bot, environment
from tests.servers.bluesky import BlueskyAccount, BlueskyServer
from tests.servers.mastodon import MastodonAccount, MastodonServer
from tests.world import CAMPAIGN, ROOT, write_campaign

OPERATOR = "operator: The secretariat, mine.action@example.org\n"
PROFILE = """profile:
  name: Mine action facts
  description: Automated account. Each post names its source. Run by {operator}
"""
OWN = """
accounts:
  one: {network: file}
  une:
    network: file
    language: fr
    profile: {description: "Compte automatisé. Responsable : {operator}"}
  x-en: {network: x, handle: facts, enabled: false}
"""


def settings(home: Path, campaign: str, accounts: str = OWN) -> Settings:
    return load_settings(write_campaign(home, campaign=CAMPAIGN + campaign, accounts=accounts) / "config")


def test_the_operator_stands_where_the_description_says(tmp_path: Path) -> None:
    said = profile_of(settings(tmp_path, OPERATOR + PROFILE), "one")
    assert said == Profile(
        "Mine action facts",
        "Automated account. Each post names its source. Run by The secretariat, mine.action@example.org",
    )


def test_an_account_says_it_in_its_own_words_and_takes_the_rest_from_the_campaign(tmp_path: Path) -> None:
    said = profile_of(settings(tmp_path, OPERATOR + PROFILE), "une")
    assert said.name == "Mine action facts"
    assert said.description == "Compte automatisé. Responsable : The secretariat, mine.action@example.org"


def test_an_operator_that_the_description_forgets_is_added(tmp_path: Path) -> None:
    forgotten = PROFILE.replace(" Run by {operator}", "")
    said = profile_of(settings(tmp_path, OPERATOR + forgotten), "one").description
    assert said == "Automated account. Each post names its source.\nThe secretariat, mine.action@example.org"


@pytest.mark.parametrize("contact", ["me@example.org", "@secretariat", "https://example.org/contact"])
def test_a_contact_in_the_description_is_enough(tmp_path: Path, contact: str) -> None:
    said = PROFILE.replace("{operator}", contact)
    assert contact in profile_of(settings(tmp_path, said), "one").description


@pytest.mark.parametrize(
    ("campaign", "told"),
    [
        ("", "has no profile"),
        (PROFILE, "Write operator:"),
        (PROFILE.replace("{operator}", "us"), "does not say how to reach"),
        ("operator: The secretariat\n" + PROFILE, "does not say how to reach"),
    ],
)
def test_without_a_contact_nothing_is_set(tmp_path: Path, campaign: str, told: str) -> None:
    def nobody(account: Account) -> Connection:
        raise AssertionError("it signed in")

    made = settings(tmp_path, campaign)
    with pytest.raises(Misconfigured, match=told):
        profile_of(made, "one")
    assert told in (introduce(made, made.accounts["one"], sign_in=nobody).problem or "")


def test_the_shipped_example_is_whole_short_enough_and_claims_nothing(tmp_path: Path) -> None:
    shipped = (ROOT / "config/campaign.yaml").read_text()
    lines = shipped.splitlines()
    start = lines.index("# profile:")
    example = "\n".join(line.removeprefix("# ") for line in lines[start : start + 4])
    operator = next(line.removeprefix("# ") for line in lines if line.startswith("# operator: "))
    said = profile_of(settings(tmp_path, f"{operator}\n{yaml.dump(yaml.safe_load(example))}"), "one")
    assert len(said.description) <= 160, "X takes no more"
    assert said.description.startswith("Automated account.")
    assert "official" not in said.description
    assert "profile" not in (yaml.safe_load(shipped) or {}), "a person decides what it claims to be"


def test_a_profile_is_set_on_bluesky(
    tmp_path: Path, bluesky_server: BlueskyServer, bluesky_account: BlueskyAccount
) -> None:
    account = f"""
accounts:
  sky: {{network: bluesky, server: "{bluesky_server.url}", handle: {bluesky_account.handle}}}
"""
    made = settings(tmp_path, OPERATOR + PROFILE, account)
    secrets = {"APP_PASSWORD": bluesky_account.app_password}
    done = introduce(made, made.accounts["sky"], sign_in=lambda one: network("bluesky").connect(one, secrets))
    assert (done.problem, len(done.changes)) == (None, 3)
    (record,) = bluesky_server.records(bluesky_account.did, "app.bsky.actor.profile")
    assert record["value"]["displayName"] == "Mine action facts"
    assert "mine.action@example.org" in record["value"]["description"]
    assert record["value"]["labels"]["values"] == [{"val": "bot"}]


def test_bot_profile_sync_says_what_changed_what_is_to_do_by_hand_and_what_failed(
    tmp_path: Path, mastodon_server: MastodonServer, mastodon_account: MastodonAccount
) -> None:
    accounts = f"""
accounts:
  toot: {{network: mastodon, server: "{mastodon_server.url}", handle: {mastodon_account.name}}}
  locked: {{network: mastodon, server: "{mastodon_server.url}", handle: nobody}}
  x-en: {{network: x, handle: facts, enabled: false}}
  one: {{network: file, enabled: false}}
"""
    home = write_campaign(tmp_path / "campaign", campaign=CAMPAIGN + OPERATOR + PROFILE, accounts=accounts)
    secrets = {
        "TOOT_ACCESS_TOKEN": mastodon_account.access_token,
        **{f"X_EN_{name}": "x" for name in ("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_TOKEN_SECRET")},
    }
    env = environment(home, f"sqlite:///{tmp_path / 'bot.db'}", secrets)
    dry = bot("profile", "sync", "toot", "--dry-run", env=env)
    assert (dry.returncode, "name: Mine action facts" in dry.stdout) == (0, True)

    done = bot("profile", "sync", "toot", "locked", "x-en", "one", env=env)
    assert done.returncode == 1, "one failed"
    assert "is 'Mine action facts'" in done.stdout, "the dry run had set nothing"
    assert "FAILED locked: set LOCKED_ACCESS_TOKEN" in done.stdout
    assert "Sign in at x.com as this account" in done.stdout
    assert "file has no profiles." in done.stdout
    made = load_settings(home / "config")
    again = introduce(
        made,
        made.accounts["toot"],
        sign_in=lambda one: network("mastodon").connect(one, {"ACCESS_TOKEN": mastodon_account.access_token}),
    )
    assert (again.problem, again.changes) == (None, ())
