"""Lines of the audit log in words, for pages."""

from __future__ import annotations

BECAME = {
    "planned": "planned it",
    "approved": "approved it",
    "due": "made it due",
    "sending": "began to send it",
    "sent": "sent it",
    "unknown": "cannot say whether it was sent",
    "failed": "gave it up",
    "skipped": "left it out",
    "withdrawn": "took it out of the plan",
    "changed": "changed it",
    "deleted": "deleted it from the network",
    "corrected": "planned a correction of it",
    "left": "left it as it is",
    "paused": "stopped it",
    "resumed": "resumed it",
    "held": "put it on hold",
    "released": "lifted its hold",
    "confirmed": "confirmed it",
    "reviewed": "reviewed it",
    "unreviewed": "took its review back",
}
FROM_TO = {
    ("approved", "planned"): "took its approval back",
    ("due", "due"): "gave it a new moment",
    ("planned", "planned"): "gave it a new moment",
    ("approved", "approved"): "gave it a new moment",
    ("unknown", "sent"): "found it on the network",
    ("unknown", "failed"): "found that it is not on the network",
    ("unknown", "due"): "found that it is not on the network, and made it due again",
    ("failed", "due"): "made it due once more",
    ("skipped", "planned"): "took it into the plan again",
}


def in_words(was: str | None, became: str) -> str:
    """What somebody did: `approved it`. A word that nobody knows stands as it is."""
    return FROM_TO.get((was or "", became)) or BECAME.get(became) or became
