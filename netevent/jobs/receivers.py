"""What jobs tell those who look after the machines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from netevent.core.signals import Finding, Part, doctor_checks, readiness
from netevent.jobs.models import Job

LATE = timedelta(minutes=10)


def waiting_too_long() -> int:
    """Jobs whose turn should have come long ago: no worker takes them."""
    return Job.objects.filter(state=Job.State.QUEUED, available_at__lt=timezone.now() - LATE).count()


@receiver(readiness, dispatch_uid="jobs.readiness")
def report_to_probe(**_kwargs: Any) -> Part:
    late = waiting_too_long()
    return Part("jobs", late == 0, {"waiting_too_long": late})


@receiver(doctor_checks, dispatch_uid="jobs.doctor_checks")
def report_to_doctor(**_kwargs: Any) -> Finding:
    if late := waiting_too_long():
        fix = "Is a worker running? `manage.py start` and `manage.py background` bring one."
        return Finding("jobs", "problem", f"{late} jobs have waited for more than ten minutes.", fix)
    return Finding("jobs", "ok", "No job waits for a worker.")
