"""One delivering process: the bot's own courier and presence, until nothing is open any more.

`python -m bench.worker HOME DATABASE_URL FACTS IN_FLIGHT` prints {"ready": true}, waits for a line on
stdin, delivers, and prints {"began": …, "ended": …, "rss_mb": …, "cpu_seconds": …} (moments of the monotonic clock).
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from bench.campaign import library_with
from bot.delivery import Courier, Presence
from bot.ledger import IN_FLIGHT, open_ledger, take_seat
from bot.ledger.states import OPEN
from bot.logs import set_up
from bot.settings import load_settings
from bot.worker import lease_seconds, utc_now, worker_name


def main(home: Path, url: str, facts: int, in_flight: int) -> None:
    """Get ready, wait for the word, deliver."""
    set_up(as_json=True)
    settings, library, ledger = load_settings(home / "config"), library_with(facts), open_ledger(url)
    who = worker_name()
    courier = Courier(settings, library, ledger, utc_now, who, in_flight=in_flight)
    with take_seat(ledger), Presence(ledger, who, utc_now, lease_seconds()) as courier.presence:
        _say(ready=True)
        sys.stdin.readline()
        began = ended = time.monotonic()
        while True:
            if courier.tick():
                ended = time.monotonic()
            elif not ledger.deliveries_in((*OPEN, *IN_FLIGHT), limit=1):
                break
            else:
                time.sleep(0.05)  # others are sending the last ones
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu = usage.ru_utime + usage.ru_stime
    _say(began=began, ended=ended, rss_mb=usage.ru_maxrss / 1024, cpu_seconds=cpu)


def _say(**what: object) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *(int(text) for text in sys.argv[3:5]))
