"""The load: a few clients, each with one request under way at any time. A process of its own, one loop, no library in between.

    python -m tests.bench.load PORT CLIENTS < requests.pickle

Reads a pickled list of whole requests (bytes), sends each once and prints as JSON how long that took, how often which status was
answered, and how much processor time it used itself. A connection stays open as long as the server lets it; gunicorn's sync workers close
it after each answer, for everybody who is measured here alike.
"""

from __future__ import annotations

import json
import pickle
import selectors
import socket
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

SECONDS = 60


class Client:
    """One connection at a time, one request at a time."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None
        self.received = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), SECONDS)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> int:
        """The status once the answer is whole, else 0."""
        assert self.socket is not None
        part = self.socket.recv(262_144)
        self.received += part
        head, _line, body = self.received.partition(b"\r\n\r\n")
        lowered = head.lower()
        length = lowered.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
        if part and not (length and len(body) >= int(length)):
            return 0
        if not part or b"connection: close" in lowered:
            self.socket.close()
            self.socket = None
        return int(head[9:12] or b"599")


def play(requests: list[bytes], port: int, count: int) -> dict[str, Any]:
    """Send them all, `count` at a time."""
    waiting: Iterator[bytes] = iter(requests)
    statuses: Counter[int] = Counter()
    times: list[float] = []
    began, used = time.perf_counter(), time.process_time()
    with selectors.DefaultSelector() as selector:
        for client in [Client(port) for _number in range(count)]:
            next_one(client, waiting, selector)
        while selector.get_map():
            for key, _events in selector.select(SECONDS):
                client = key.data
                watched = key.fileobj
                if status := client.receive():
                    selector.unregister(watched)
                    statuses[status] += 1
                    times.append(time.perf_counter() - client.sent_at)
                    next_one(client, waiting, selector)
    seconds = time.perf_counter() - began
    quantiles = statistics.quantiles(times, n=20)
    return {
        "seconds": seconds,
        "own_seconds": time.process_time() - used,
        "statuses": statuses,
        "p50": quantiles[9],
        "p95": quantiles[18],
    }


def next_one(client: Client, waiting: Iterator[bytes], selector: selectors.BaseSelector) -> None:
    request = next(waiting, None)
    if request is not None:
        client.send(request)
        assert client.socket is not None
        selector.register(client.socket, selectors.EVENT_READ, client)
    elif client.socket is not None:
        client.socket.close()


if __name__ == "__main__":
    print(json.dumps(play(pickle.load(sys.stdin.buffer), int(sys.argv[1]), int(sys.argv[2]))))
