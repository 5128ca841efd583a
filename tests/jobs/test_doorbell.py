"""Rings reach the broker from a thread of their own, once for many; one that is away harms nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from netevent.celery import app
from netevent.core.doorbell import EXPIRES_SECONDS, Ring


@pytest.fixture
def published(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What the broker was given; threads of rings have ended when the test has."""
    settings.WAKE_WORKERS = True
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(
        app, "send_task", lambda name, **options: sent.append({"task": name, "thread": threading.current_thread(), **options})
    )
    yield sent
    join_rings()


def join_rings() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("ring "):
            thread.join(5)


def test_many_rings_within_the_delay_are_one(published: list[dict[str, Any]]) -> None:
    for _registration in range(500):
        Ring("notifications.deliver_due", delay=0.1)()
    join_rings()

    assert [ring["task"] for ring in published] == ["notifications.deliver_due"]
    assert published[0]["thread"] is not threading.current_thread()
    Ring("notifications.deliver_due")()
    join_rings()
    assert len(published) == 2


def test_rings_for_different_jobs_are_different(published: list[dict[str, Any]]) -> None:
    for job_id in (1, 2, 1):
        Ring("jobs.run", (job_id,), delay=0.05)()
    join_rings()

    assert sorted(ring["args"] for ring in published) == [(1,), (2,)]


def test_a_ring_expires_so_that_a_queue_without_a_worker_stays_short(published: list[dict[str, Any]]) -> None:
    Ring("jobs.run", (1,), countdown=30)()
    join_rings()

    assert (published[0]["countdown"], published[0]["expires"]) == (30, 30 + EXPIRES_SECONDS)


def test_a_broker_that_is_away_holds_up_nobody(settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    settings.WAKE_WORKERS = True

    def refuse(name: str, **options: Any) -> None:
        time.sleep(0.3)
        raise ConnectionError("redis://:secret@broker is away")

    monkeypatch.setattr(app, "send_task", refuse)
    started = time.perf_counter()
    Ring("notifications.deliver_due")()
    assert time.perf_counter() - started < 0.1
    join_rings()

    assert "did not take a ring for notifications.deliver_due: ConnectionError" in caplog.text
    assert "secret" not in caplog.text
    Ring("notifications.deliver_due")()  # and it may be tried again
    join_rings()
    assert caplog.text.count("did not take") == 2
