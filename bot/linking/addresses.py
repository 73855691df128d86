"""Where a look-up may go: to the public web, and to the very address that was found to be public."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import quote, urljoin, urlsplit

from bot.model import BotError

MOST_CHARACTERS = 2048
PORTS = {"http": 80, "https": 443}

# What is not the public web: https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6- (November 2026).
# Python's own is_global is asked too; in 3.11 it does not know all of these.
_NOT_PUBLIC = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' own; metadata at Alibaba
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host, although its number is a public one
        "169.254.0.0/16",  # metadata at most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "2001::/23",  # Teredo and others
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",
    )
)
# All else of IPv6 is given to nobody, or private, or holds an IPv4 address (mapped, NAT64).
_GIVEN_OUT = ip_network("2000::/3")

Resolve = Callable[[str, int, float], list[str]]


class NotFound(BotError):
    """Why a page cannot be looked up: one plain sentence."""


@dataclass(frozen=True, slots=True)
class Target:
    """A web address taken apart; `host` in ASCII, `path` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """The host as a request names it."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"


def target_of(url: str, *, any_port: bool = False) -> Target:
    """A web address that may be asked for. Raises NotFound for any other."""
    if len(url) > MOST_CHARACTERS:
        raise NotFound(f"The address is longer than {MOST_CHARACTERS:,} characters.")
    if not url.isprintable() or any(character.isspace() or character == "\\" for character in url):
        raise NotFound("The address holds a blank, a backslash or a control character.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise NotFound("The address cannot be read.") from error
    if parts.scheme not in PORTS or not host:
        raise NotFound("The address must begin with https:// or http://, and name a host.")
    if "@" in parts.netloc:
        raise NotFound("The address holds a user name or password.")
    if not any_port and port not in (None, PORTS[parts.scheme]):
        raise NotFound(f"The address names port {port}; only the web's usual ports are asked.")
    path = quote(parts.path or "/", safe="/%:=~+!$,;'@()*&[]")
    query = f"?{quote(parts.query, safe='/%:=~+!$,;()*&[]@?')}" if parts.query else ""
    return Target(parts.scheme, _ascii(host), PORTS[parts.scheme] if port is None else port, path + query)


def joined(url: str, place: str) -> str:
    """A place as it is meant on a page. Raises NotFound."""
    try:
        return urljoin(url, place)
    except ValueError as error:
        raise NotFound("The page names an address that cannot be read.") from error


def _ascii(host: str) -> str:
    if ":" in host:  # an IPv6 address, which urlsplit found in brackets
        return host
    try:
        import idna

        return idna.encode(host, uts46=True).decode() if not host.isascii() else host
    except ValueError as error:
        raise NotFound(f"There can be no host called {host}.") from error


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public web's."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip not in _GIVEN_OUT:
        return False
    return ip.is_global and not ip.is_multicast and not _is_special(ip)


def _is_special(ip: IPv4Address | IPv6Address) -> bool:
    return any(ip.version == network.version and ip in network for network in _NOT_PUBLIC)


def checked(target: Target, seconds: float, resolve: Resolve, *, allow_private: bool = False) -> list[str]:
    """The IP addresses of a target, once all of them were found to be public. Raises NotFound.

    One that is not condemns the name: whoever answers with both may mean the other one next time.
    """
    found = resolve(target.host, target.port, seconds)
    if not found:
        raise NotFound(f"{target.host} is not found.")
    if not allow_private and not all(is_public(address) for address in found):
        raise NotFound(f"{target.host} is not on the public web.")
    return found


def resolved(host: str, port: int, seconds: float) -> list[str]:
    """What the system's resolver knows of a host, asked in a thread because it cannot be told to hurry.

    Raises NotFound when it does not answer in time.
    """
    found: list[str] = []

    def ask() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(dict.fromkeys(str(info[4][0]) for info in infos))

    asking = threading.Thread(target=ask, name="resolve", daemon=True)
    asking.start()
    asking.join(seconds)
    if asking.is_alive():
        raise NotFound(f"Nobody says in time where {host} is.")
    return found
