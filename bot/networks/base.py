"""What every network must offer, and the tree of what can go wrong with it.

    NetworkError
    ├── Passing        certainly not posted; may be tried again, perhaps after `retry_after` seconds
    │   └── StaleUpload    ... once the pictures were uploaded anew: the network has forgotten them
    ├── Refused        certainly not posted; this message will never be accepted
    ├── BadCredentials certainly not posted; nothing will be, until a person mends the account
    └── Doubtful       perhaps posted: look at the network before anything else

Permanent or passing is decided where the answer is read, by the type that is raised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bot.model import Account, Allowance, Attachment, Dispatch, Metrics, Profile, Receipt, Rules


class NetworkError(Exception):
    """A network did not do what was asked; the text says why, without any secret.

    What the types below say of "not posted" is said of what remains: `parts` are the ids of those posts of a
    thread, in order, that are certainly out.
    """

    parts: tuple[str, ...] = ()

    def after(self, parts: tuple[str, ...]) -> NetworkError:
        """The same error, met after these posts of a thread were out."""
        self.parts = parts
        return self


class Passing(NetworkError):
    """Certainly not posted; the same request may succeed later."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class StaleUpload(Passing):
    """Certainly not posted; the network does not have the pictures any more, and takes them again by `upload`."""


class Refused(NetworkError):
    """Certainly not posted; this message will never be accepted as it is."""


class BadCredentials(NetworkError):
    """Certainly not posted; the account's credentials are missing, wrong or without permission."""


class Doubtful(NetworkError):
    """Nobody can tell from here whether it was posted; only a look at the network can."""


def going_on(dispatch: Dispatch, parts: tuple[str, ...]) -> None:
    """Ask before each post of a thread but the first. Raises Passing when this worker must not send any more."""
    if parts and not dispatch.may_go_on():
        raise Passing("its worker has lost touch with the others")


@dataclass(frozen=True, slots=True)
class Check:
    """One finding of `bot doctor` about an account: what was looked at, whether it is well, how to mend it."""

    name: str
    ok: bool
    detail: str
    mend: str | None = None


class Connection(Protocol):
    """A live login of one account. One connection may be used by one thread at a time."""

    def publish(self, dispatch: Dispatch) -> Receipt:
        """Post the message exactly as it is, under keys derived from the dispatch; raise a NetworkError.

        A thread goes on after `dispatch.parts`; its receipt names all its posts. An error that stops it midway
        says which are out (`NetworkError.after`). Pictures are in `dispatch.attachments`, uploaded already.
        """
        ...

    def find(self, dispatch: Dispatch) -> Receipt | None:
        """Look at the network: the post this dispatch became, or None when it is certainly not there.

        Of a thread, the posts that are there, from the first on without a gap, are the receipt's `parts`; fewer
        than the message has means that it stopped midway.
        Raises Passing when the look itself failed. Ignores `dispatch.known_remote_ids`, which
        belong to other deliveries with, perhaps, the same text.
        """
        ...

    def allowances(self) -> tuple[Allowance, ...]:
        """What the server's last answer said this account may still do; empty when it did not say."""
        ...

    def verify(self) -> list[Check]:
        """Credentials, permission to post, the network's bot label, and clock skew. Posts nothing."""
        ...

    def rules(self) -> Rules:
        """The server's own limits where it tells them, else the network's documented ones."""
        ...

    def delete(self, receipt: Receipt) -> None:
        """Take a post down; of a thread, every one of `receipt.parts`."""
        ...


@runtime_checkable
class Illustrating(Protocol):
    """A connection whose posts may carry pictures."""

    def upload(self, attachment: Attachment) -> str:
        """Hand over a picture with its alt text; the network's own name for it. Nothing is posted by that.

        Raises Passing, Refused or BadCredentials.
        """
        ...


@runtime_checkable
class Measuring(Protocol):
    """A connection that can tell how followers answered."""

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Metrics]:
        """What the network tells of these posts; a post it does not know any more is left out. Raises Passing."""
        ...


@runtime_checkable
class Introducing(Protocol):
    """A connection that can say who the account is."""

    def introduce(self, profile: Profile) -> list[str]:
        """Set name, description and the network's own bot label; what changed, in words, or what to do by hand.

        All else of the profile stays as it is. Raises a NetworkError.
        """
        ...


class Network(Protocol):
    """A network, as its file in this folder declares it."""

    name: str
    secrets: tuple[str, ...]  # suffixes of the environment variables an account needs
    budgets: Mapping[str, int]  # documented limits on posts per span of bot.model.SPANS

    def default_rules(self, account: Account) -> Rules:
        """The documented limits, without asking any server."""
        ...

    def settle_seconds(self, account: Account) -> float:
        """How long after an attempt a look that finds nothing can be believed."""
        ...

    def connect(self, account: Account, secrets: Mapping[str, str]) -> Connection:
        """A login; may talk to the network. Raises BadCredentials or Passing."""
        ...
