"""The `file` network: posts are appended to a JSON-lines file, their pictures put into `pictures/` beside it.

It needs no account; rehearsals use it.
"""

from __future__ import annotations

import json
import mimetypes
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.model import Account, Allowance, Attachment, Dispatch, Message, Misconfigured, Receipt, Rules
from bot.networks.base import Check, Passing, Refused, StaleUpload

PICTURES = "pictures"


class FileConnection:
    """One account's file. Appending a line is the post; the delivery's id in it makes it findable."""

    def __init__(self, path: Path, rules: Rules) -> None:
        self._path = path
        self._rules = rules

    def publish(self, dispatch: Dispatch) -> Receipt:
        """Append the message, with all its thread, as one line; a line that is already there is left alone."""
        if already := self.find(dispatch):
            return already
        line = _line(dispatch)
        for picture in line.get("pictures", ()):
            if not (self._path.parent / picture["file"]).is_file():
                raise StaleUpload(f"{self._path.parent / picture['file']} is not there any more")
        data = json.dumps(line, ensure_ascii=False) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._append(data.encode())
        except OSError as error:
            raise Passing(f"{self._path}: {error.strerror}") from error
        return self._receipt(dispatch)

    def upload(self, attachment: Attachment) -> str:
        """Write a picture beside the file; its path from there, slashes forward."""
        name = f"{PICTURES}/{attachment.key}{mimetypes.guess_extension(attachment.mime) or ''}"
        path = self._path.parent / name
        half = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            half.write_bytes(attachment.data)
            half.replace(path)
        except OSError as error:
            raise Passing(f"{path}: {error.strerror}") from error
        return name

    def _append(self, data: bytes) -> None:
        # A line that a crash cut short is ended first, so that the new line stands alone.
        with self._path.open("ab+") as file:
            if file.tell() and not self._ends_with_newline():
                data = b"\n" + data
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def _ends_with_newline(self) -> bool:
        with self._path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def find(self, dispatch: Dispatch) -> Receipt | None:
        """The line with this delivery's id, if a whole one is there."""
        if not self._path.exists():
            return None
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError as error:
            raise Passing(f"{self._path}: {error.strerror}") from error
        for line in lines:
            if dispatch.delivery_id in line and _id_of(line) == dispatch.delivery_id:
                return self._receipt(dispatch)
        return None

    def _receipt(self, dispatch: Dispatch) -> Receipt:
        head, posts = dispatch.delivery_id, len(dispatch.message.posts)
        parts = (head, *(f"{head}/{number}" for number in range(2, posts + 1))) if posts > 1 else ()
        return Receipt(head, self._path.resolve().as_uri(), parts=parts)

    def verify(self) -> list[Check]:
        """Whether the file can be written, without writing it."""
        folder = next(p for p in [self._path.parent, *self._path.resolve().parents] if p.exists())
        ok = os.access(folder, os.W_OK)
        return [
            Check("writable", ok, str(self._path), None if ok else f"Allow the bot to write to {folder}.")
        ]

    def allowances(self) -> tuple[Allowance, ...]:
        """A file takes everything."""
        return ()

    def rules(self) -> Rules:
        """The rules of the network this file rehearses for."""
        return self._rules

    def delete(self, receipt: Receipt) -> None:
        """Posts in a file stay; a rehearsal has no followers."""
        raise Refused("A post in a file is not deleted; edit the file.")


def _line(dispatch: Dispatch) -> dict[str, Any]:
    message = dispatch.message
    line = {
        "id": dispatch.delivery_id,
        "account": dispatch.account_id,
        "posted_at": dispatch.first_sent_at.isoformat(),
        "language": message.language,
        "text": message.text,
        "link": message.link,
    }
    beside = {
        "thread": [post.text for post in message.thread],
        "pictures": [
            {"file": _uploaded(picture), "alt": picture.alt_text} for picture in dispatch.attachments
        ],
        "link_card": _link_card(message, dispatch.thumbnail),
    }
    return line | {name: value for name, value in beside.items() if value}


def _uploaded(picture: Attachment) -> str:
    if picture.remote is None:
        raise StaleUpload(f"the picture {picture.key} was not uploaded yet")
    return picture.remote


def _link_card(message: Message, thumbnail: Attachment | None) -> dict[str, str]:
    card = message.link_card
    if card is None:
        return {}
    shown = {"url": card.url, "title": card.title, "description": card.description}
    return shown | ({"image": _uploaded(thumbnail)} if thumbnail is not None else {})


def _id_of(line: str) -> str | None:
    try:
        found = json.loads(line).get("id")
    except ValueError:
        return None
    return found if isinstance(found, str) else None


class FileNetwork:
    """Rehearses another network: option `like` names whose rules measure the text (default mastodon)."""

    name = "file"
    secrets: tuple[str, ...] = ()
    budgets: Mapping[str, int] = {}  # noqa: RUF012 - never changed

    def default_rules(self, account: Account) -> Rules:
        """The documented rules of the rehearsed network."""
        from bot.networks import network

        like = account.options.get("like", "mastodon")
        if like == self.name:
            raise Misconfigured(f"{account.place}: a file account cannot be like itself; name a network.")
        return network(like).default_rules(account)

    def settle_seconds(self, account: Account) -> float:
        """A file is read as it was written."""
        return 0.0

    def connect(self, account: Account, secrets: Mapping[str, str]) -> FileConnection:
        """Opens nothing yet; the file is made with the first post."""
        folder = os.environ.get("BOT_FILES", "var/posts")
        path = Path(account.options.get("path") or Path(folder) / f"{account.id}.jsonl")
        return FileConnection(path, self.default_rules(account))


NETWORK = FileNetwork()


def posts_in(path: Path) -> list[dict[str, object]]:
    """Every whole post of a file, oldest first."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if _id_of(line)]
