"""Structured logs on standard error, from which every secret of the environment is removed."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterator, MutableMapping
from typing import Any

# structlog takes rich, and with it pygments, when it finds them: 5 MB in every worker for colours nobody sees.
_rich = sys.modules.get("rich")
sys.modules["rich"] = None  # type: ignore[assignment]
import structlog  # noqa: E402

if _rich is None:
    del sys.modules["rich"]
else:
    sys.modules["rich"] = _rich

_SECRET_NAMES = re.compile(r"(PASSWORD|SECRET|TOKEN|API_KEY|DATABASE_URL|ALERT_URLS|PING_URL|SMTP_URL)$")
_KEYS_IN_ADDRESS = re.compile(r"(ALERT_URLS|PING_URL|SMTP_URL)$")
_KEY_LENGTH = 16


def secrets_in(environ: os._Environ[str] | dict[str, str]) -> list[str]:
    """The values that must never be shown, longest first."""
    found: set[str] = set()
    for name, value in environ.items():
        if _SECRET_NAMES.search(name):
            found.add(value.strip())
            if _KEYS_IN_ADDRESS.search(name):
                found.update(part for address in value.split() for part in _keys_in(address))
    return sorted((value for value in found if len(value) >= 6), key=len, reverse=True)


def _keys_in(address: str) -> Iterator[str]:
    """An address whose parts are keys: all of it, its password, and whatever is as long as a key."""
    yield address
    rest = address.partition("://")[2]
    if "@" in rest:
        yield rest.rpartition("@")[0].partition(":")[2]
    yield from (part for part in re.split(r"[/:@?&=#]+", rest) if len(part) >= _KEY_LENGTH)


def without_secrets(text: str) -> str:
    """The text with each secret of the environment blacked out."""
    return _blacked_out(text, secrets_in(os.environ))


def _blacked_out(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "[secret]")
    return text


def _redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    secrets = secrets_in(os.environ)
    return {name: _clean(value, secrets) for name, value in event.items()}


def _clean(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, str):
        return _blacked_out(value, secrets)
    if isinstance(value, (list, tuple)):
        return [_clean(item, secrets) for item in value]
    return value


def set_up(*, as_json: bool) -> None:
    """Log lines for a person at a terminal, or JSON lines for a host."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if not as_json:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=16)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def get_logger(name: str) -> Any:
    """A logger of one room."""
    return structlog.get_logger(name)
