"""kill -9 in the middle of a badge job: it ends by itself with every badge once. On either broker, with real processes."""

from __future__ import annotations

import pytest
from django.conf import settings

from attendees.models import Badge
from attendees.services.badge_jobs import start_badges
from netevent.jobs import files
from netevent.jobs.models import Job
from tests.attendees.test_badge_download import codes_in
from tests.factories import make_admin, make_attendee, make_event
from tests.jobs.processes import worker_process  # noqa: F401 -- a fixture

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

PEOPLE = 60


def fresh(job):
    return Job.objects.get(pk=job.pk)


@pytest.mark.parametrize("broker", ["filesystem", "redis"])
def test_a_killed_workers_badges_are_drawn_once_each(worker_process, settings, tmp_path, broker):  # noqa: F811
    settings.MEDIA_ROOT = tmp_path
    event = make_event()
    for _ in range(PEOPLE):
        make_attendee(event)
    job = start_badges(event, make_admin())
    worker = worker_process(broker, modules=("tests.attendees.slow_badges",), JOB_LEASE_SECONDS="2")
    worker.start()
    worker.wait_for(lambda: fresh(job).done >= 5, "the job moves")
    worker.kill()
    killed = fresh(job)
    assert (killed.state, killed.attempt, killed.file) == ("running", 1, "")
    assert 5 <= killed.done < PEOPLE
    assert not Badge.objects.filter(prints__gt=0).exists()

    worker.start()
    worker.wait_for(lambda: not fresh(job).is_open, "the job ends")

    ended = fresh(job)
    assert (ended.state, ended.attempt, ended.done, ended.result) == ("done", 2, PEOPLE, {"badges": PEOPLE, "problems": 0}), worker.output
    codes = codes_in(files.path_of(ended.file).read_bytes())
    assert sorted(codes) == sorted(addresses())
    assert set(Badge.objects.values_list("prints", flat=True)) == {1}
    worker.wait_for(lambda: len(list(files.job_folder(job.pk).iterdir())) == 1, "the dead attempt's file goes")


def addresses():
    return [f"{settings.BASE_URL}/c/{badge.token}" for badge in Badge.objects.live()]
