"""Withdrawn posts on real servers: a thread is gone from Bluesky; a server that deletes nothing is told, and asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot import steering
from bot.delivery import Connections
from bot.ledger import Claim, Outcome
from bot.model import Account, Dispatch, PlannedPost, Slot, State
from bot.networks import Connection, network
from bot.withdrawing import Withdrawer
from bot.withdrawn import withdrawn
from bot.workspace import Workspace
from tests.following.conftest import Campaign
from tests.networks import illustrated, on_bluesky
from tests.servers.bluesky import BlueskyAccount, BlueskyServer
from tests.servers.mastodon import MastodonAccount, MastodonServer

FACT = "oslo-adoption"


def accounts(entry: str) -> str:
    return f"accounts:\n  it: {{{entry}, delete_withdrawn: true}}\n"


def publish(space: Workspace, connection: Connection, dispatch: Dispatch) -> str:
    """Post it for real, and write down what the network answered; its id."""
    ledger, now = space.ledger, datetime.now(UTC)
    slot = Slot(now, "it@now", "it", now.date())
    planned = PlannedPost(slot, FACT, messages={"it": dispatch.message})
    ledger.add_post(planned, {"it": space.settings.accounts["it"].network}, "test", now)
    (waiting,) = ledger.waiting_at_gate(now)
    ledger.move([waiting.id], State.PLANNED, State.DUE, now, "w", "due")
    ledger.claim_due("w", now, Claim(1, now - timedelta(hours=1)))
    receipt = connection.publish(dispatch)
    ledger.record(State.SENDING, [Outcome(waiting.id, State.SENT, "accepted", receipt)], now, "w")
    steering.hold(space, FACT, "ada", "the place is in doubt", now)
    return waiting.id


def at_work(connection: Connection) -> Withdrawer:
    def connect(account: Account) -> Connection:
        return connection

    return Withdrawer(lambda: datetime.now(UTC), "worker", Connections(connect))


def test_a_withdrawn_thread_is_gone_from_bluesky(
    campaign: Campaign, bluesky_server: BlueskyServer, bluesky_account: BlueskyAccount
) -> None:
    entry = f'network: bluesky, server: "{bluesky_server.url}", handle: {bluesky_account.handle}'
    space = campaign.change("config/accounts.yaml", lambda _: accounts(entry))
    connection = network("bluesky").connect(
        space.settings.accounts["it"], {"APP_PASSWORD": bluesky_account.app_password}
    )
    id_ = publish(space, connection, on_bluesky.dispatch("withdrawn", posts=3))
    assert len(bluesky_server.records(bluesky_account.did)) == 3
    assert at_work(connection).work(campaign.read()) == 1
    assert bluesky_server.records(bluesky_account.did) == []
    assert campaign.of(id_).deleted_at is not None
    assert at_work(connection).work(campaign.read()) == 0


def test_a_server_that_deletes_nothing_is_told_and_asked_again_later(
    campaign: Campaign, mastodon_server: MastodonServer, mastodon_account: MastodonAccount
) -> None:
    entry = f'network: mastodon, server: "{mastodon_server.url}", handle: {mastodon_account.name}'
    space = campaign.change("config/accounts.yaml", lambda _: accounts(entry))
    connection = network("mastodon").connect(
        space.settings.accounts["it"], {"ACCESS_TOKEN": mastodon_account.access_token}
    )
    id_ = publish(space, connection, illustrated.dispatch(posts=2))
    assert at_work(connection).work(campaign.read()) == 0  # snac2 2.75 deletes nothing by its API
    (each,) = withdrawn(campaign.space, datetime.now(UTC))
    assert (each.out.delivery.id, each.out.tried, each.needs_somebody) == (id_, 1, True)
    assert "404" in (each.out.trouble or "")
    assert campaign.of(id_).deleted_at is None
