"""NetEvent served by several processes on the test's own database, and what a test says to them.

    python -m tests.races.server 4        prints its ports as JSON; leaves when its stdin ends

Processes and not threads of the test: that is how production runs, each with its own connections. They are forked from one that has loaded
everything, as gunicorn does. A POST to `/-/without/<name>` takes the protection of that name (tests/races/damage.py) out of a process;
`/-/without/nothing` puts everything back, `/-/offer/<event>` and `/-/sweep` do a worker's part, and what the processes noted since then is
told by `/-/notes`.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable
from typing import Any

THREADS = 4
LIMITS = {"*": "999999/m"}  # raised: what is tested here is what many do at once, from one address
notes: list[str] = []


def main() -> None:
    count = int(sys.argv[1])
    application = load()
    listeners = [listen() for _number in range(count)]
    children = [serve_in_child(listener, application) for listener in listeners]
    print(json.dumps([listener.getsockname()[1] for listener in listeners]), flush=True)
    while os.read(0, 1):
        pass
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def load() -> Controlled:
    """The application of production, on the test's settings and the database that the test named."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "netevent.settings.test"
    import django
    from django.conf import settings

    settings.RATE_LIMITS = LIMITS
    django.setup()
    from django.core.wsgi import get_wsgi_application
    from django.db import connections

    from attendees.signals import place_freed

    place_freed.connect(note_freed_place)
    logging.getLogger("attendees").addHandler(ErrorNoter(logging.ERROR))
    application = get_wsgi_application()
    connections.close_all()  # a connection that two processes share is none
    return Controlled(application)


def offer_places(event_id: int) -> None:
    """What a worker does when it is rung for."""
    from django.db import connection

    from attendees import tasks

    tasks.offer_places(event_id)
    connection.close()  # back to the pool, as after a request


def sweep() -> None:
    """What a worker does each minute."""
    from django.db import connection

    from attendees import tasks

    tasks.tend_waiting_lists()
    tasks.tend_payments()
    connection.close()


def note_freed_place(**_facts: Any) -> None:
    notes.append("place_freed")


class ErrorNoter(logging.Handler):
    """What a worker goes on after, a test should hear of."""

    def emit(self, record: logging.LogRecord) -> None:
        why = record.exc_info[1] if record.exc_info else ""
        notes.append(f"error: {record.getMessage()} {why!r}")


def listen() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(512)
    return listener


def serve_in_child(listener: socket.socket, application: Controlled) -> int:
    pid = os.fork()
    if pid:
        return pid
    import waitress

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that many wait is the idea
    try:
        waitress.create_server(application, sockets=[listener], threads=THREADS, connection_limit=1000).run()
    finally:
        os._exit(1)


class Controlled:
    """The application, and the two addresses by which a test steers this process."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith("/-/"):
            return self.application(environ, start_response)
        if path.startswith("/-/without/"):
            self.take_out(path.rpartition("/")[2])
        if path.startswith("/-/offer/"):
            offer_places(int(path.rpartition("/")[2]))
        if path == "/-/sweep":
            sweep()
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(notes).encode()]

    def take_out(self, name: str) -> None:
        from tests.races import damage

        notes.clear()
        damage.put_back()
        if name != "nothing":
            damage.REMOVALS[name]()


if __name__ == "__main__":
    main()
