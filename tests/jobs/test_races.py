"""Many rings for one job, at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import close_old_connections, connections
from django.db.models import F

from netevent.accounts.models import User
from netevent.jobs.models import Job
from netevent.jobs.running import RunningJob
from netevent.jobs.services import enqueue, run

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

RINGS = 20
TWINS = 6  # they wait for each other with a connection in hand: fewer than the pool has


def at_once(work: Callable[[], Any], times: int) -> list[Any]:
    gate = threading.Barrier(times)

    def one() -> Any:
        close_old_connections()
        try:
            gate.wait(30)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return [future.result() for future in [pool.submit(one) for _number in range(times)]]


@pytest.fixture
def counted(order: Callable[..., Job]) -> tuple[Job, list[int]]:
    runs: list[int] = []

    def work(job: RunningJob) -> None:
        runs.append(job.row.attempt)

    return order(work), runs


def test_twenty_rings_run_a_job_once(counted: tuple[Job, list[int]]) -> None:
    job, runs = counted
    answers = at_once(lambda: run(job.pk), RINGS)

    assert sorted(answers) == [""] * (RINGS - 1) + ["done"]
    assert runs == [1]


def test_without_the_condition_a_job_runs_more_than_once(counted: tuple[Job, list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: look whether it waits, then take it."""
    job, runs = counted
    seen = threading.Barrier(TWINS)

    def look_then_take(job_id: int, worker: str) -> Job | None:
        row = Job.objects.filter(pk=job_id, state="queued").first()
        seen.wait(30)
        Job.objects.filter(pk=job_id).update(state="running", worker=worker, attempt=F("attempt") + 1)
        return row and Job.objects.get(pk=job_id)

    monkeypatch.setattr("netevent.jobs.services.claimed", look_then_take)
    at_once(lambda: run(job.pk), TWINS)

    assert len(runs) > 1


def test_twenty_orders_with_one_key_make_one_job(owner: User) -> None:
    jobs = at_once(lambda: enqueue("tests.work", params={}, owner=owner, scope="", key="once").pk, RINGS)

    assert len(set(jobs)) == 1
    assert Job.objects.count() == 1
