"""What one process commits, a worker in another takes up within moments: by the ring, long before any sweep."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from netevent.jobs.models import Job
from netevent.notifications.models import Message
from tests.jobs.processes import WorkerProcess

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

FACTS = """
from django.db import transaction
from netevent.jobs.services import enqueue
from netevent.notifications.services import queue_message
with transaction.atomic():
    queue_message("cancelled", about="tests.person:1", receiver=1, version=1, to_address="ada@example.org")
    enqueue("tests.slow", params={"lines": 3, "pause": 0}, owner=None, scope="")
"""


@pytest.mark.parametrize("broker", ["filesystem", "redis"])
def test_a_worker_hears_of_a_commit_in_another_process(worker_process: Callable[..., WorkerProcess], broker: str) -> None:
    worker = worker_process(broker, modules=("tests.jobs.slow_kind",))
    worker.start()
    worker.elsewhere(
        "from netevent.jobs.services import enqueue; enqueue('tests.slow', params={'lines': 1, 'pause': 0}, owner=None, scope='')"
    )
    worker.wait_for(lambda: Job.objects.filter(state="done").count() == 1, "the worker is up")

    worker.elsewhere(FACTS)
    started = time.monotonic()
    worker.wait_for(lambda: Job.objects.filter(state="done").count() == 2, "the job is done", seconds=30)
    worker.wait_for(lambda: Message.objects.get().state == "sent", "the message is sent", seconds=30)
    assert time.monotonic() - started < 20  # the sweep comes once a minute
    assert len(list((worker.folder / "mail").glob("*.eml"))) == 1
