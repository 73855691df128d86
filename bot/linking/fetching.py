"""One file of the web, asked for once: from a checked address, up to a size, and before a deadline.

No proxy of the environment is used. A proxy resolves the names itself, so nothing that was checked here would hold;
where only a proxy leads out, there is no look-up.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from typing import Any

from bot.linking.addresses import NotFound, Resolve, Target, checked, joined, resolved, target_of

CONNECT_SECONDS = 5.0
MOST_REDIRECTS = 5
MOST_ADDRESSES = 4  # of one host, tried in turn
TOO_LONG = "Looking it up takes too long."
USER_AGENT = "forward-not-fragmented-bot (link cards)"

_PIECE = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Want:
    """What is asked for. `end`, in lower case, is where enough was read; without it, too much is an error."""

    what: str
    types: tuple[str, ...]
    most_bytes: int
    end: bytes | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A file, and the address it was finally found at."""

    url: str
    data: bytes
    charset: str | None


@dataclass(frozen=True, slots=True)
class Errand:
    """One look-up's deadline (by `time.monotonic`) and how far it may go; `allow_private` is for tests."""

    ends_at: float
    allow_private: bool = False
    resolve: Resolve = resolved
    trust: ssl.SSLContext | None = None

    def left(self) -> float:
        """Seconds until the deadline. Raises NotFound when it has passed."""
        seconds = self.ends_at - time.monotonic()
        if seconds <= 0:
            raise NotFound(TOO_LONG)
        return seconds


def fetch(url: str, want: Want, errand: Errand) -> Found:
    """The file at an address, or where that sends us, every step checked. Raises NotFound."""
    for _ in range(MOST_REDIRECTS + 1):
        target = target_of(url, any_port=errand.allow_private)
        addresses = checked(target, errand.left(), errand.resolve, allow_private=errand.allow_private)
        try:
            with closing(_connected(target, addresses, errand)) as connected:
                answer = _asked(_Line(connected, errand), target, want)
                if answer.status not in _REDIRECTS:
                    return _read(answer, url, target, want, errand)
                url = _next(answer, url)
        except TimeoutError as error:
            raise NotFound(TOO_LONG) from error
        except (http.client.HTTPException, OSError, ValueError, zlib.error) as error:
            raise NotFound(f"{target.host} gave no proper answer ({type(error).__name__}).") from error
    raise NotFound(f"The address leads on and on: more than {MOST_REDIRECTS} times.")


def _next(answer: http.client.HTTPResponse, url: str) -> str:
    place = answer.headers.get("Location")
    if not place:
        raise NotFound("The address leads on, but does not say where.")
    return joined(url, place.strip())


# ── the line ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Line:
    """A socket as http.client wants it, on which every wait ends at the deadline. Whoever opened it closes it."""

    socket: socket.socket
    errand: Errand

    def sendall(self, data: bytes) -> None:
        self.socket.settimeout(self.errand.left())
        self.socket.sendall(data)

    def makefile(self, mode: str) -> io.BufferedIOBase:
        return io.BufferedReader(_Reading(self))

    def close(self) -> None: ...


class _Reading(io.RawIOBase):
    def __init__(self, line: _Line) -> None:
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._line.socket.settimeout(self._line.errand.left())
        return self._line.socket.recv_into(buffer)


def _connected(target: Target, addresses: list[str], errand: Errand) -> socket.socket:
    """A socket to one of the addresses that were checked. TLS still asks for, and verifies, the host by its name."""
    tried: list[str] = []
    for address in addresses[:MOST_ADDRESSES]:
        try:
            plain = socket.create_connection((address, target.port), min(CONNECT_SECONDS, errand.left()))
        except OSError as error:
            tried.append(type(error).__name__)
            continue
        return plain if target.scheme == "http" else _over_tls(plain, target, errand)
    raise NotFound(f"{target.host} cannot be reached ({', '.join(dict.fromkeys(tried))}).")


def _over_tls(plain: socket.socket, target: Target, errand: Errand) -> socket.socket:
    trust = errand.trust or _usual_trust()
    try:
        plain.settimeout(errand.left())
        return trust.wrap_socket(plain, server_hostname=target.host)
    except ssl.SSLCertVerificationError as error:
        plain.close()
        raise NotFound(f"{target.host} does not prove who it is: {error.verify_message}.") from error
    except (OSError, ValueError, NotFound):
        plain.close()
        raise


def _usual_trust() -> ssl.SSLContext:
    import certifi

    return ssl.create_default_context(cafile=certifi.where())  # as the networks' own packages trust


def _asked(line: _Line, target: Target, want: Want) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = line
    headers = {
        "Host": target.host_header,
        "User-Agent": USER_AGENT,
        "Accept": ", ".join(want.types),
        "Accept-Encoding": "gzip, deflate",
        "Connection": "close",
    }
    connection.request("GET", target.path, headers=headers)
    return connection.getresponse()


# ── the answer ───────────────────────────────────────────────────────────────────────────────────


def _read(answer: http.client.HTTPResponse, url: str, target: Target, want: Want, errand: Errand) -> Found:
    if answer.status != 200:
        raise NotFound(f"{target.host} answered {answer.status} when asked for {want.what}.")
    kind = answer.headers.get_content_type() if "Content-Type" in answer.headers else "something unnamed"
    if kind not in want.types:
        raise NotFound(f"{target.host} says that this is {_short(kind)}, not {want.what}.")
    data = bytearray()
    for piece in _decoded(answer, want, errand):
        begin = max(0, len(data) - len(want.end or b""))
        data += piece
        if want.end is not None and (want.end in data[begin:].lower() or len(data) >= want.most_bytes):
            break
        if len(data) > want.most_bytes:
            raise NotFound(f"{target.host} sends more than {want.most_bytes:,} bytes.")
    return Found(url, bytes(data[: want.most_bytes]), _charset(answer.headers))


def _short(kind: str) -> str:
    return "".join(character for character in kind if character.isprintable())[:60]


def _charset(headers: Message) -> str | None:
    try:
        named = headers.get_content_charset()
    except (LookupError, UnicodeError):
        return None
    return named


def _decoded(answer: http.client.HTTPResponse, want: Want, errand: Errand) -> Iterator[bytes]:
    """The answer unpacked, in pieces of a bounded size: a little that unpacks to a lot is never unpacked whole."""
    coding = (answer.headers.get("Content-Encoding") or "identity").strip().lower()
    if coding == "identity":
        yield from _pieces(answer, want)
        return
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise NotFound(f"The answer is packed in a way that was not asked for ({_short(coding)}).")
    unpacker: Any = None
    for piece in _pieces(answer, want):
        if unpacker is None:
            unpacker = zlib.decompressobj(_window(coding, piece))
        waiting = piece
        while waiting and not unpacker.eof:
            errand.left()
            yield unpacker.decompress(waiting, _PIECE)
            waiting = unpacker.unconsumed_tail


def _window(coding: str, beginning: bytes) -> int:
    """zlib's wbits. "deflate" means zlib's format (RFC 9110, 8.4.1.2), but some servers send it without its frame."""
    if coding != "deflate":
        return 16 + zlib.MAX_WBITS
    is_framed = (
        len(beginning) > 1 and beginning[0] & 15 == 8 and int.from_bytes(beginning[:2], "big") % 31 == 0
    )
    return zlib.MAX_WBITS if is_framed else -zlib.MAX_WBITS


def _pieces(answer: http.client.HTTPResponse, want: Want) -> Iterator[bytes]:
    """What comes over the line, which is not endless either."""
    left = want.most_bytes + 1
    if answer.length is not None:  # a server may keep the line open after what it promised
        left = min(left, answer.length)
    while left > 0 and (piece := answer.read1(min(_PIECE, left))):
        left -= len(piece)
        yield piece
