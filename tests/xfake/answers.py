"""What the fake X answers: successes, and problems in the words of X's description."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from tests.xfake.wire import Fault

PROBLEM_JSON = "application/problem+json"
PROBLEMS = "https://api.x.com/2/problems/"
UNSUPPORTED_AUTHENTICATION = "https://api.twitter.com/2/problems/unsupported-authentication"


@dataclass
class Answer:
    """An answer before it goes out."""

    status: int
    value: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        """Errors are problems; everything else is JSON."""
        return PROBLEM_JSON if self.status >= 400 else "application/json; charset=utf-8"

    @property
    def body(self) -> bytes:
        """The answer's JSON."""
        return json.dumps(self.value, ensure_ascii=False).encode()


def problem(status: int, kind: str, title: str, detail: str, **more: str) -> Answer:
    """A problem of a kind that the description lists."""
    body = {"type": PROBLEMS + kind, "title": title, "status": status, "detail": detail, **more}
    return Answer(status, body)


def invalid(detail: str) -> Answer:
    """A request that X will not act on."""
    return problem(400, "invalid-request", "Invalid Request", detail)


def plain(status: int, detail: str = "") -> Answer:
    """A problem that says no more than its status does."""
    title = HTTPStatus(status).phrase
    return Answer(
        status, {"type": "about:blank", "title": title, "status": status, "detail": detail or title}
    )


def app_only() -> Answer:
    """An app without a user asks for what only a user may do."""
    detail = (
        "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  "
        "Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context]."
    )
    title = "Unsupported Authentication"
    value = {"type": UNSUPPORTED_AUTHENTICATION, "title": title, "status": 403, "detail": detail}
    return Answer(403, value)


def missing(parameter: str, value: str, resource: str = "tweet") -> dict[str, str]:
    """What an answer says of something that is not there."""
    return {
        "type": PROBLEMS + "resource-not-found",
        "title": "Not Found Error",
        "detail": f"Could not find {resource} with {parameter}: [{value}].",
        "resource_type": resource,
        "resource_id": value,
        "parameter": parameter,
        "value": value,
    }


def not_found(parameter: str, value: str, resource: str = "tweet") -> Answer:
    """What was asked for is not there."""
    return Answer(404, {**missing(parameter, value, resource), "status": 404})


def faulty(fault: Fault) -> Answer:
    """The answer that a fault of the kind `status` gives."""
    if fault.status == 500:
        answer = problem(500, "internal-error", "Internal Server Error", "Something is broken.")
    else:
        answer = plain(fault.status)
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    if fault.reset_in is not None:
        answer.headers["x-rate-limit-remaining"] = "0"
        answer.headers["x-rate-limit-reset"] = str(int(time.time()) + fault.reset_in)
    return answer
