"""Jobs at the desk: what a job says of people follows today's rights at its event, also for whoever ordered it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from netevent.jobs.models import Job, JobLine
from tests.factories import make_event, make_organiser, make_user

pytestmark = pytest.mark.django_db
LINES = "/admin/jobs/jobline/"
REASON = "Zanzibarquark is twice in the file"


@pytest.fixture
def gone() -> SimpleNamespace:
    """Somebody who ordered a job at an event, left that organiser, and still has one of their own."""
    user, client = make_user(), Client()
    first, second = make_event(organiser=make_organiser(user)), make_event(organiser=make_organiser(user))
    job = Job.objects.create(kind="some.kind", owner=user, scope=f"event:{first.pk}", state=Job.State.DONE)
    line = JobLine.objects.create(job=job, number=1, outcome="skipped", reason=REASON)
    client.force_login(user)
    first.organiser.members.all().delete()
    first.team.all().delete()
    return SimpleNamespace(user=user, client=client, job=job, line=line, still=second)


def test_lines_of_an_organiser_one_has_left_are_gone(gone: SimpleNamespace) -> None:
    answers = [gone.client.get(LINES), gone.client.get(reverse("admin:jobs_job_change", args=[gone.job.pk]))]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [REASON in answer.content.decode() for answer in answers] == [False, False]
    assert gone.client.get(reverse("admin:jobs_jobline_change", args=[gone.line.pk])).status_code == 404


def test_lines_are_there_while_the_right_is(gone: SimpleNamespace) -> None:
    Job.objects.filter(pk=gone.job.pk).update(scope=f"event:{gone.still.pk}")

    assert REASON in gone.client.get(LINES).content.decode()
    assert REASON in gone.client.get(reverse("admin:jobs_job_change", args=[gone.job.pk])).content.decode()


@pytest.mark.parametrize("scope", ["", "elsewhere:1"])
def test_lines_of_a_job_of_no_known_place_are_its_owners(gone: SimpleNamespace, scope: str) -> None:
    Job.objects.filter(pk=gone.job.pk).update(scope=scope)
    stranger = Client()
    stranger.force_login(make_organiser(make_user()).members.get().user)

    assert REASON in gone.client.get(LINES).content.decode()
    assert REASON not in stranger.get(LINES).content.decode()
