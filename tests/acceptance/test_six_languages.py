"""Six languages, with pictures, threads and a link card: from the real library through `bot run`, and read back.

Each account of several languages speaks each of them once; what nobody has reviewed is not said by anybody.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.illustrating import Illustrator
from bot.ledger import Delivery, Ledger, open_ledger
from bot.linking import NotFound, Page, look_up
from bot.model import State
from bot.reviewing import review_all
from bot.workspace import open_workspace
from tests.acceptance.followers import (
    Seen,
    SeenCard,
    digest_of,
    promised,
    seen_on_bluesky,
    seen_on_mastodon,
    seen_on_x,
)
from tests.acceptance.worker import bot, environment, running_worker, stop, wait_until
from tests.linking.site import Site, answer, site
from tests.networks.illustrated import png
from tests.servers.bluesky import BlueskyAccount, BlueskyServer
from tests.servers.mastodon import MastodonAccount, MastodonServer
from tests.world import ROOT, copy_real_campaign
from tests.xfake.fixtures import x_account, x_server  # noqa: F401
from tests.xfake.server import XAccount, XServer

LANGUAGES = ("ar", "en", "es", "fr", "ru", "zh")
SIX = ("bluesky-six", "mastodon-six", "x-six")
# Slot by slot: the group, which holds one fact, and who speaks. From the second to the seventh each language has its turn.
SLOTS = {
    "linked": ("un-mine-action", ("bluesky-linked",)),
    "arabic": ("mine-awareness-day", SIX),
    "english": ("civil-society", SIX),
    "spanish": ("joining", SIX),
    "french": ("standards", SIX),
    "russian": ("civil-society", SIX),
    "chinese": ("ccm", SIX),
    "unreviewed": ("joining", ("mastodon-first", "mastodon-alone")),
}
UNREVIEWED = ("apmbc-accession-rule", "ar")
FINAL = {State.SENT, State.FAILED, State.SKIPPED}
# Longer than a post of any network but Mastodon, in whole sentences; with values of their facts.
LONG = {
    "ar": ("institutions", "imad-60-97", "{{ kept_on }} يوم للتوعية بالألغام، بموجب القرار {{ resolution }}. ",
           ["أولاً", "ثانياً", "ثالثاً", "رابعاً", "خامساً", "سادساً", "سابعاً", "ثامناً", "تاسعاً", "عاشراً"],
           "{}: نزع الألغام المضادة للأفراد يحمي الناس في كل مكان. "),
    "zh": ("cluster-munitions", "ccm-dates", "《集束弹药公约》于{{ adopted }}通过。",
           list("一二三四五六七八九十"), "第{}，清除地雷和集束弹药能够在世界各地保护人们的生命。"),
}  # fmt: skip
CAMPAIGN = """
name: Forward Not Fragmented
time_zone: UTC
hashtags: [MineAction, ForwardNotFragmented]
horizon_days: 1
grace_minutes: 600
cool_downs: {fact_days: 0, group_days: 0, conflict_days: 0, account_minutes: 0}
"""
PAGE = b"""<html lang="fr"><head><meta charset="utf-8"><title>Le Service de la lutte antimines</title>
<meta property="og:description" content="Ce qu'il fait, et pour qui."><meta property="og:image" content="/seen.png">
</head></html>"""


@dataclass
class Stage:
    """The campaign, planned, with everything drawn and looked up, before its worker starts."""

    home: Path
    env: dict[str, str]
    ledger: Ledger
    start: datetime
    web: Site
    plan: list[dict[str, Any]]

    def deliveries(self, *accounts: str) -> list[Delivery]:
        """What goes out from these accounts, in the order of its slots."""
        posts = self.ledger.posts_between(self.start - timedelta(days=1), self.start + timedelta(days=2))
        found = [d for post in posts for d in post.deliveries if not accounts or d.account_id in accounts]
        return sorted(found, key=lambda delivery: delivery.due_at)


def rewrite(path: Path, change: Any) -> None:
    """Change a YAML file of the copy as a person would, every scalar of it staying as it is."""
    data = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 - makes nothing but text
    change(data)
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")


def write_campaign(home: Path, accounts: str, start: datetime, web: Site) -> None:
    """The real library with a long wording in two languages, and one fact whose link leads to our own page."""
    copy_real_campaign(home)
    slots = {
        name: {
            "dates": [f"{start + timedelta(minutes=n):%Y-%m-%d}"],
            "at": f"{start + timedelta(minutes=n):%H:%M}",
            "accounts": list(speakers),
            "facts": {"groups": [group]},
        }
        for n, (name, (group, speakers)) in enumerate(SLOTS.items())
    }
    (home / "config/accounts.yaml").write_text(accounts)
    (home / "config/campaign.yaml").write_text(CAMPAIGN)
    kept = {"slots": slots, "observances": {"instead_of_slots": False}}
    (home / "config/slots.yaml").write_text(yaml.safe_dump(kept, sort_keys=False))
    rewrite(home / "config/observances.yaml", no_day_is_kept)
    for language, (file, fact, first, places, sentence) in LONG.items():
        text = first + "".join(sentence.format(place) for place in places)
        rewrite(
            home / f"messages/templates/{language}/{file}.yaml",
            lambda data, fact=fact, text=text: data["templates"].update({fact: {"a": text.strip()}}),
        )
    rewrite(
        home / "messages/facts/institutions.yaml",
        lambda data: data["facts"]["unmas-created"].update(link=web.url("/unmas")),
    )


def no_day_is_kept(data: dict[str, Any]) -> None:
    """So that this test goes the same way on every day of the year."""
    for observance in data["observances"].values():
        observance["post"] = "false"


def review_all_but_one(home: Path, ledger: Ledger) -> None:
    """Somebody reads every translation and finds it right, but for one."""
    space = open_workspace(home, ledger)
    for language in LANGUAGES[:1] + LANGUAGES[2:]:
        seen = {
            block.name: block.fingerprint
            for block in space.library.blocks()
            if block.language == language and (block.name, language) != UNREVIEWED
        }
        assert len(seen) > 30
        review_all(space, language, seen, "A reader", datetime.now(UTC))


@pytest.fixture
def stage(
    tmp_path: Path,
    bluesky_server: BlueskyServer,
    bluesky_account: BlueskyAccount,
    linked: BlueskyAccount,
    mastodon_server: MastodonServer,
    mastodon_account: MastodonAccount,
    second: MastodonAccount,
    x_server: XServer,  # noqa: F811
    x_account: XAccount,  # noqa: F811
) -> Any:
    bluesky, mastodon = f'network: bluesky, server: "{bluesky_server.url}"', "network: mastodon, server: "
    mastodon += f'"{mastodon_server.url}"'
    turns = f"languages: [{', '.join(LANGUAGES)}], language_rule: turns"
    accounts = f"""
accounts:
  bluesky-six: {{{bluesky}, handle: {bluesky_account.handle}, {turns}}}
  mastodon-six: {{{mastodon}, handle: {mastodon_account.name}, {turns}}}
  x-six: {{network: x, server: "{x_server.url}", handle: {x_account.username}, {turns}}}
  bluesky-linked: {{{bluesky}, handle: {linked.handle}, language: fr, pictures: links}}
  mastodon-first: {{{mastodon}, handle: {second.name}, languages: [ar, en], language_rule: first}}
  mastodon-alone: {{{mastodon}, handle: {second.name}, language: ar}}
"""
    secrets = {
        "BLUESKY_SIX_APP_PASSWORD": bluesky_account.app_password,
        "BLUESKY_LINKED_APP_PASSWORD": linked.app_password,
        "MASTODON_SIX_ACCESS_TOKEN": mastodon_account.access_token,
        "MASTODON_FIRST_ACCESS_TOKEN": second.access_token,
        "MASTODON_ALONE_ACCESS_TOKEN": second.access_token,
        "X_SIX_API_KEY": x_account.consumer_key,
        "X_SIX_API_SECRET": x_account.consumer_secret,
        "X_SIX_ACCESS_TOKEN": x_account.access_token,
        "X_SIX_ACCESS_TOKEN_SECRET": x_account.access_token_secret,
    }
    home, url = tmp_path / "campaign", f"sqlite:///{tmp_path / 'bot.db'}"
    start = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=len(SLOTS))
    env = environment(home, url, secrets)
    with site() as web:
        web.paths |= {"/unmas": answer(PAGE), "/seen.png": answer(png(), "image/png")}

        def looked_up(asked: str) -> Page | None:
            if not asked.startswith(web.url()):
                raise NotFound("This test asks nobody but itself.")
            return look_up(asked, allow_private=True)

        write_campaign(home, accounts, start, web)
        ledger = open_ledger(url)
        review_all_but_one(home, ledger)
        planned(env, start)
        Illustrator(lambda: start, looked_up).work(open_workspace(home, ledger))
        yield Stage(home, env, ledger, start, web, planned(env, start))


def planned(env: dict[str, str], start: datetime) -> list[dict[str, Any]]:
    """What `bot plan` writes and shows."""
    done = bot("plan", "--now", start.isoformat(), "--json", env=env)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.fixture
def linked(bluesky_server: BlueskyServer) -> BlueskyAccount:
    return bluesky_server.create_account("linked")


@pytest.fixture
def second(mastodon_server: MastodonServer) -> MastodonAccount:
    return mastodon_server.create_account("second")


def test_six_languages_reach_every_network_with_pictures_threads_and_a_link_card(
    stage: Stage,
    tmp_path: Path,
    bluesky_server: BlueskyServer,
    bluesky_account: BlueskyAccount,
    linked: BlueskyAccount,
    mastodon_server: MastodonServer,
    mastodon_account: MastodonAccount,
    second: MastodonAccount,
    x_server: XServer,  # noqa: F811
    x_account: XAccount,  # noqa: F811
) -> None:
    for account in SIX:
        assert [d.message.language for d in stage.deliveries(account)] == list(LANGUAGES)
    before = {d.id: d.message for d in stage.deliveries()}

    log = tmp_path / "worker.log"
    with running_worker(stage.env, log) as worker:
        wait_until(lambda: all(d.state in FINAL for d in stage.deliveries()), worker, log)
        assert stop(worker) == 0
    assert [(d.account_id, d.state, d.reason) for d in stage.deliveries() if d.state is not State.SENT] == []
    assert {d.id: d.message for d in stage.deliveries()} == before

    seen = {
        "bluesky-six": seen_on_bluesky(bluesky_server, bluesky_account),
        "mastodon-six": seen_on_mastodon(mastodon_server, mastodon_account),
        "x-six": seen_on_x(x_server, x_account),
        "bluesky-linked": seen_on_bluesky(bluesky_server, linked),
        "mastodon-first": seen_on_mastodon(mastodon_server, second),
    }
    for account, posts in seen.items():
        assert posts == promised(stage.deliveries(account), stage.ledger)
    for account in SIX:
        every_post_is_whole(stage.deliveries(account), seen[account])
    what_is_written_from_the_right_reads_in_order(stage, mastodon_server, mastodon_account)
    the_link_has_its_card(stage, seen["bluesky-linked"])
    what_nobody_reviewed_is_not_said(stage, seen["mastodon-first"])


def every_post_is_whole(deliveries: list[Delivery], seen: dict[str, Seen]) -> None:
    """Each first post has its language's own picture and both hashtags; two of them begin a thread."""
    on_mastodon = deliveries[0].network == "mastodon"
    tags = {"mineaction", "forwardnotfragmented"} if on_mastodon else {"MineAction", "ForwardNotFragmented"}
    heads = [post for post in seen.values() if post.answers is None]
    assert len(heads) == len(LANGUAGES)
    for post in heads:
        assert len(post.pictures) == 1
        assert post.tags >= tags
    for delivery in deliveries:
        (picture,) = delivery.message.pictures
        assert picture.card is not None
        assert picture.card.language == delivery.message.language
        assert source_as_named_in(delivery.message.language) in picture.alt_text
    threads = {d.message.language: len(d.message.posts) for d in deliveries}
    assert threads["ar"] > 1
    assert on_mastodon or threads["zh"] > 1
    assert max(threads["en"], threads["es"], threads["fr"], threads["ru"]) == 1
    assert len(seen) == sum(threads.values())


def source_as_named_in(language: str) -> str:
    """How a language begins its credit line."""
    style = yaml.safe_load((ROOT / f"messages/style/{language}.yaml").read_text(encoding="utf-8"))
    return str(style["credit"]).partition("{{")[0].strip()


def what_is_written_from_the_right_reads_in_order(
    stage: Stage, server: MastodonServer, account: MastodonAccount
) -> None:
    """Every number, hashtag, link and Latin word of an Arabic text stands in an isolate, which ends by its line's end."""
    arabic = [d.message for d in stage.deliveries(*SIX) if d.message.language == "ar"]
    texts = [post.text for message in arabic for post in message.posts]
    texts += [picture.alt_text for message in arabic for picture in message.pictures]
    for text in texts:
        assert text.count("\u2068") == text.count("\u2069")
    assert any("\u2068#MineAction\u2069" in text and "\u206860/97\u2069" in text for text in texts)
    on_mastodon = [s["text"] for s in server.statuses(account) if server.language(s) == "ar"]
    assert len(on_mastodon) > 1
    for text in (*texts, *on_mastodon):
        outside = re.sub(
            "\u2068[^\u2068\u2069\n]*(?:\u2069|$)", "", text.replace("\r", ""), flags=re.MULTILINE
        )
        assert not re.search("[A-Za-z0-9#\u2068\u2069]", outside), text


def the_link_has_its_card(stage: Stage, seen: dict[str, Seen]) -> None:
    ((delivery, post),) = zip(stage.deliveries("bluesky-linked"), seen.values(), strict=True)
    card = delivery.message.link_card
    assert card is not None and card.image_key is not None
    (thumbnail,) = stage.ledger.media([card.image_key]).values()
    assert post.pictures == ()
    assert post.card == SeenCard(
        stage.web.url("/unmas"),
        "Le Service de la lutte antimines",
        "Ce qu'il fait, et pour qui.",
        digest_of(thumbnail.data),
    )
    assert stage.web.asked_paths == ["/unmas", "/seen.png"]  # once, and not again by the worker


def what_nobody_reviewed_is_not_said(stage: Stage, seen: dict[str, Seen]) -> None:
    """English steps in where the account says so; an account of Arabic alone is silent, and the plan says why."""
    assert [post.language for post in seen.values()] == ["en"]
    assert stage.deliveries("mastodon-alone") == []
    (slot,) = [post for post in stage.plan if post["slot"].startswith("unreviewed@")]
    assert "mastodon-alone: nobody has reviewed what there is in ar" in json.dumps(slot, ensure_ascii=False)
