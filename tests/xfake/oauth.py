"""Who is asking: OAuth 1.0a signatures (RFC 5849, HMAC-SHA1) checked against the accounts' secrets."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from oauthlib.oauth1.rfc5849 import signature

CLOCK_TOLERANCE = 300  # seconds either way


class NotAuthenticatedError(Exception):
    """The credentials of a request do not hold; the text says why, for the one who reads the test."""


@dataclass(frozen=True)
class XAccount:
    """An account with the four secrets of the app and user that may post for it."""

    user_id: str
    username: str
    consumer_key: str
    consumer_secret: str
    access_token: str
    access_token_secret: str


@dataclass
class SignatureChecker:
    """Remembers the nonces it has seen, so that a signed request is good once."""

    find_account: Callable[[str], XAccount | None]
    now: Callable[[], float] = time.time
    _nonces: set[tuple[str, str, str]] = field(default_factory=set)

    def account_for(self, method: str, url: str, authorization: str) -> XAccount:
        """The account whose secrets signed this request."""
        given = read_header(authorization)
        account = self.find_account(given.get("oauth_token", ""))
        if account is None or given.get("oauth_consumer_key") != account.consumer_key:
            raise NotAuthenticatedError("unknown consumer key or access token")
        self._check_parameters(given)
        if not hmac.compare_digest(_expected(method, url, authorization, account), given["oauth_signature"]):
            raise NotAuthenticatedError("the signature is wrong")
        self._spend_nonce(given)
        return account

    def _check_parameters(self, given: dict[str, str]) -> None:
        if given.get("oauth_signature_method") != "HMAC-SHA1" or given.get("oauth_version", "1.0") != "1.0":
            raise NotAuthenticatedError("only OAuth 1.0 with HMAC-SHA1 is known")
        if not all(given.get(name) for name in ("oauth_signature", "oauth_nonce", "oauth_timestamp")):
            raise NotAuthenticatedError("an OAuth parameter is missing")
        stamp = given["oauth_timestamp"]
        if not stamp.isdecimal() or abs(self.now() - int(stamp)) > CLOCK_TOLERANCE:
            raise NotAuthenticatedError("the timestamp is out of bounds")

    def _spend_nonce(self, given: dict[str, str]) -> None:
        once = (given["oauth_token"], given["oauth_timestamp"], given["oauth_nonce"])
        if once in self._nonces:
            raise NotAuthenticatedError("the nonce has been used")
        self._nonces.add(once)


def read_header(authorization: str) -> dict[str, str]:
    """The parameters of an `Authorization: OAuth …` header."""
    pairs = (part.strip().partition("=") for part in authorization.removeprefix("OAuth ").split(","))
    return {name: unquote(value.strip('"')) for name, _, value in pairs}


def _expected(method: str, url: str, authorization: str, account: XAccount) -> str:
    """The signature these secrets give; a JSON body takes no part in it (RFC 5849, 3.4.1.3.1)."""
    parameters = signature.collect_parameters(
        uri_query=urlsplit(url).query, headers={"Authorization": authorization}
    )
    base = signature.signature_base_string(
        method, signature.base_string_uri(url), signature.normalize_parameters(parameters)
    )
    key = f"{quote(account.consumer_secret, safe='')}&{quote(account.access_token_secret, safe='')}"
    return base64.b64encode(hmac.digest(key.encode(), base.encode(), "sha1")).decode()
