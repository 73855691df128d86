"""The loopback network: an HTTP server that answers every post after a fixed time, and counts them.

`python -m bench.server SECONDS` prints {"port": N} when it listens, and stops when stdin closes.

    POST /ID  ->  200, after SECONDS
    GET /     ->  {"posts": …, "distinct": …}
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter


class Exchange(asyncio.Protocol):
    """One keep-alive connection; requests on it come one after the other."""

    def __init__(self, seen: Counter[bytes], seconds: float) -> None:
        self._seen = seen
        self._seconds = seconds
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody logs in."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once the whole request is there."""
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        self._buffer = b""
        method, path, _ = head.split(b" ", 2)
        if method == b"POST":
            self._seen[path] += 1
            answer = json.dumps({"id": path.decode().lstrip("/")}).encode()
            asyncio.get_running_loop().call_later(self._seconds, self._answer, answer)
        else:
            counted = {"posts": self._seen.total(), "distinct": len(self._seen)}
            self._answer(json.dumps(counted).encode())

    def _answer(self, body: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


async def serve(seconds: float) -> None:
    """Serve until stdin closes."""
    seen: Counter[bytes] = Counter()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Exchange(seen, seconds), "127.0.0.1", 0, backlog=1024)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
