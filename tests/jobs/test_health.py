"""What `/readyz` and `doctor` say of outbox and jobs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from netevent.core.signals import collect, doctor_checks, readiness
from netevent.jobs.models import Job
from netevent.notifications.models import Message
from netevent.notifications.services import queue_message

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(hours=1)


def parts():
    return {part.name: part.ok for part in collect(readiness)}


def levels():
    return {finding.name: finding.level for finding in collect(doctor_checks)}


def test_health_is_well_when_nothing_waits():
    assert parts() == {"outbox": True, "jobs": True}
    assert (levels()["outbox"], levels()["jobs"]) == ("ok", "ok")


def test_health_says_when_messages_and_jobs_wait_too_long():
    queue_message("cancelled", about="x:1", receiver="x:1", version=1, to_address="ada@example.org")
    Message.objects.update(due_at=timezone.now() - LONG_AGO)
    Job.objects.create(kind="x", available_at=timezone.now() - LONG_AGO)

    assert parts() == {"outbox": False, "jobs": False}
    assert (levels()["outbox"], levels()["jobs"]) == ("problem", "problem")


def test_doctor_says_when_messages_failed_for_good():
    queue_message("cancelled", about="x:1", receiver="x:1", version=1, to_address="ada@example.org")
    Message.objects.update(state=Message.State.FAILED)

    assert levels()["mail"] == "warning"
