"""kill -9 in the middle of a job: it ends by itself, with every line once. On either broker, with real processes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from netevent.accounts.models import User
from netevent.jobs import files
from netevent.jobs.models import Job
from netevent.jobs.services import enqueue
from tests.jobs.processes import WorkerProcess

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

LINES = 25


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


@pytest.mark.parametrize(("broker", "kind"), [("filesystem", "tests.slow"), ("filesystem", "tests.steps"), ("redis", "tests.slow")])
def test_a_killed_workers_job_ends_by_itself_with_every_line_once(
    worker_process: Callable[..., WorkerProcess], owner: User, broker: str, kind: str
) -> None:
    worker = worker_process(broker, modules=("tests.jobs.slow_kind",), JOB_LEASE_SECONDS="2")
    job = enqueue(kind, params={"lines": LINES, "pause": 0.1}, owner=owner, scope="")
    worker.start()
    worker.wait_for(lambda: fresh(job).done >= 5, "the job moves")
    worker.kill()
    killed = fresh(job)
    assert (killed.state, killed.attempt, killed.file) == ("running", 1, "")
    assert 5 <= killed.done < LINES

    worker.start()
    worker.wait_for(lambda: not fresh(job).is_open, "the job ends")

    ended = fresh(job)
    assert (ended.state, ended.attempt, ended.done, ended.error) == ("done", 2, LINES, {}), worker.output
    assert list(ended.lines.values_list("number", flat=True)) == list(range(1, LINES + 1))
    if kind == "tests.slow":
        path = files.path_of(ended.file)
        assert path is not None
        assert path.read_text().split() == [str(number) for number in range(1, LINES + 1)]
        # the dead attempt's folder goes after the state is known
        worker.wait_for(lambda: list(files.job_folder(job.pk).iterdir()) == [path.parent], "the dead attempt's file goes")
    else:
        attempts = set(ended.lines.values_list("outcome", flat=True))
        assert attempts == {"attempt 1", "attempt 2"}
        assert json.loads(json.dumps(ended.checkpoint)) == {"done": LINES}
