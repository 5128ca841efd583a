"""`manage.py background`: Celery worker and scheduler in one process."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import warnings
from argparse import SUPPRESS
from contextlib import suppress
from typing import Any

from celery import Celery
from celery.beat import Service
from celery.exceptions import SecurityWarning
from celery.signals import worker_ready
from celery.worker import state
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from netevent.celery import app

logger = logging.getLogger(__name__)
GRACE_SECONDS = 4  # what a running task gets to end; its row is taken again by the next worker


def stop_worker() -> None:
    """Ask the worker to end; end the process when a task doesn't let it."""
    state.should_stop = 0
    timer = threading.Timer(GRACE_SECONDS, os._exit, [0])
    timer.daemon = True
    timer.start()


def leave_with_parent() -> None:
    """Wait until the parent's end of our stdin is closed: by the parent, or by its death."""
    while os.read(0, 1):
        pass
    stop_worker()


def schedule_forever(celery: Celery) -> None:
    """Run the scheduler; one that fails (a database that was away) starts again."""
    while state.should_stop is None:
        try:
            Service(celery, scheduler_cls=settings.CELERY_BEAT_SCHEDULER, max_interval=5, remote_control=False).start()
        except Exception:
            logger.exception("scheduler.failed")
            close_old_connections()
            time.sleep(5)


def ring_for_leftovers(**_kwargs: Any) -> None:
    """What a worker that died left behind is found now, not in a minute."""
    for task in ("notifications.deliver_due", "jobs.sweep"):
        app.send_task(task)


def be_quiet() -> None:
    """On a person's own terminal: no line per tick, no sermon about root."""
    warnings.filterwarnings("ignore", category=SecurityWarning)
    for name in ("celery.beat", "celery.worker.strategy", "celery.app.trace", "django_celery_beat.schedulers"):
        logging.getLogger(name).setLevel(logging.WARNING)


def step_back() -> None:
    """Pages go first: while both want the processor, mails and jobs take what pages and scans leave."""
    with suppress(OSError, AttributeError):
        os.nice(10)


def in_thread(target: Any, *arguments: Any) -> None:
    threading.Thread(target=target, args=arguments, name=target.__name__, daemon=True).start()


class Command(BaseCommand):
    help = "Run the worker and the scheduler in one process, until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--leave-with-parent", action="store_true", help=SUPPRESS)  # `start` holds the other end of our stdin

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["leave_with_parent"]:
            in_thread(leave_with_parent)
        be_quiet()
        step_back()
        worker_ready.connect(ring_for_leftovers)
        in_thread(schedule_forever, app)
        worker = app.Worker(pool="threads", without_gossip=True, without_mingle=True, without_heartbeat=True, quiet=True)
        worker.start()
        sys.exit(worker.exitcode)
