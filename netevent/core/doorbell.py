"""Wake the workers. A ring carries no work: rows say what is to do, and a sweep each minute finds what a lost ring left behind.

So a ring may be late, doubled or lost, and never holds up or breaks the request that asked for it: it is published after commit, from a
thread of its own. Rings for the same task within its delay become one, since a task per registration or scan would cost a busy event a
third of its rate.
"""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

# A ring that no worker took within this time is dropped: the sweep has rung again by then, so a queue without a worker can't grow for ever.
EXPIRES_SECONDS = 120
PUBLISH_RETRIES = {"max_retries": 2, "interval_start": 0.2, "interval_step": 0.5, "interval_max": 1}

_lock = threading.Lock()
_pending: set[Ring] = set()


@dataclass(frozen=True)
class Ring:
    """One task to wake with plain arguments; calling it rings, at most once within `delay` seconds in this process.

    `countdown` is how many seconds the worker, having heard it, waits with the task.
    """

    task: str
    args: tuple[Any, ...] = ()
    delay: float = 0.0
    countdown: int = 0

    def __call__(self) -> None:
        if not settings.WAKE_WORKERS:
            return
        with _lock:
            if self in _pending:
                return
            _pending.add(self)
        timer = threading.Timer(self.delay, publish, (self,))
        timer.name = f"ring {self.task}"
        with suppress(RuntimeError):  # the interpreter is leaving: the sweep will find it
            timer.start()


def ring_after_commit(task: str, *args: Any, delay: float = 0.0, countdown: int = 0) -> None:
    """Ring when this transaction commits (now, outside one), once however often it is asked for; never when it rolls back."""
    ring = Ring(task, args, delay, countdown)
    connection = transaction.get_connection()
    if not any(entry[1] == ring for entry in connection.run_on_commit):
        transaction.on_commit(ring, robust=True)


def publish(ring: Ring) -> None:
    """Hand the ring to the broker; one that is away costs a log line."""
    from netevent.celery import app

    with _lock:
        _pending.discard(ring)
    try:
        app.send_task(
            ring.task,
            args=ring.args,
            countdown=ring.countdown or None,
            expires=ring.countdown + EXPIRES_SECONDS,
            ignore_result=True,
            retry=True,
            retry_policy=PUBLISH_RETRIES,
        )
    except Exception as error:  # whatever a broker raises, the sweep rings again
        logger.warning("the broker did not take a ring for %s: %s", ring.task, type(error).__name__)


# A timer does not survive a fork, and what waits for it in the child would never ring again.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pending.clear)
