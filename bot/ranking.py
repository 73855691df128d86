"""What works, as numbers that can be compared. Pure. The rule that uses them is in docs/what-works.md."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from statistics import median

from bot.model import Metrics


def engagement(metrics: Metrics) -> int | None:
    """Likes, reposts and replies of a post together; None unless its network told all three."""
    told = [count for count in (metrics.likes, metrics.reposts, metrics.replies) if count is not None]
    return sum(told) if len(told) == 3 else None


def standings(posts: Iterable[tuple[str, str, float]]) -> dict[str, float]:
    """Where each name stands among the others, from 0 (behind all) to 1 (ahead of all).

    `posts` are names (of facts, of wordings) with the network and the engagement of one post each. Names are compared
    within a network only, by their median there: a name's place is the share of the others that it is ahead of, a tie
    counting half. Its standing is the average of its places. A network on which there is one name compares nothing.
    """
    by_network: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for name, network, engaged in posts:
        by_network[network][name].append(engaged)
    places: dict[str, list[float]] = defaultdict(list)
    for network in sorted(by_network):
        medians = {name: median(engaged) for name, engaged in by_network[network].items()}
        in_order = sorted(medians.values())
        for name, mine in medians.items() if len(medians) > 1 else ():
            behind, not_ahead = bisect_left(in_order, mine), bisect_right(in_order, mine)
            places[name].append((behind + (not_ahead - behind - 1) / 2) / (len(medians) - 1))
    return {name: sum(of) / len(of) for name, of in places.items()}


def leads(of: Mapping[str, float]) -> dict[str, float]:
    """How far each name's standing is ahead of the middle one's: 0 for those that are not, 1 for ahead of all."""
    middle = median(of.values()) if of else 1.0
    return {name: (mine - middle) / (1 - middle) if mine > middle else 0.0 for name, mine in of.items()}
