"""The Celery application, and a filesystem broker that several processes can share."""

from __future__ import annotations

import os
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

from netevent.bootstrap import choose_settings


def write_whole(path: Path, text: str) -> None:
    """Write a file that nobody ever sees half written."""
    half = path.with_name(f"{uuid.uuid4()}.half")
    half.write_text(text, encoding="utf-8")
    half.replace(path)


class Channel(filesystem.Channel):
    """kombu's, with files that appear whole: its own open under the final name first, and a reader in between fails on an empty file."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for folder in (self.data_folder_in, self.data_folder_out, self.control_folder):
            Path(folder).mkdir(parents=True, exist_ok=True)

    def _put(self, queue: str, message: dict[str, Any], **_kwargs: Any) -> None:  # type: ignore[override]  # kombu's own two names differ
        write_whole(Path(self.data_folder_out) / f"{time.time_ns():020}_{uuid.uuid4()}.{queue}.msg", dumps(message))

    def _queue_bind(self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None) -> None:
        file = self._exchange_file(exchange)
        row, table = (
            filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or ""),
            self.get_table(exchange),
        )
        if row not in table:
            write_whole(file, dumps([row, *table]))


class Transport(filesystem.Transport):
    Channel = Channel


TRANSPORT_ALIASES["filesystem"] = "netevent.celery:Transport"
choose_settings()
NICENESS = 15
AUTOGROUP = Path("/proc/self/autogroup")

app = Celery("netevent")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_kwargs: Any) -> None:
    """Having a receiver is what keeps Celery from replacing the handlers of LOGGING."""


@worker_init.connect
def let_visitors_go_first(**_kwargs: Any) -> None:
    """Mail and badges can wait a moment, a person at the door can't: where web and worker share a machine that is busy, the web gets it."""
    if hasattr(os, "nice"):
        os.nice(max(0, NICENESS - os.nice(0)))  # however nice it was started
        step_back_as_a_session()


def step_back_as_a_session() -> None:
    """Say the same to Linux' autogroups, which share the machine out by sessions first: a worker with a session of its own would get half of
    it, however nice its threads are among themselves. In somebody else's session (a shell's, which may run the web too) nothing is said.
    """
    if os.getsid(0) == os.getpid():
        with suppress(OSError):  # no Linux, or built without it
            AUTOGROUP.write_text(str(NICENESS), encoding="ascii")
