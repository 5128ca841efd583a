"""Doorbells of jobs. The row is the truth: ringing twice, late or never harms nothing."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_ready


@shared_task(name="jobs.run", ignore_result=True)
def run(job_id: int) -> None:
    from netevent.jobs import services

    services.run(job_id)


@shared_task(name="jobs.sweep", ignore_result=True)
def sweep() -> None:
    from netevent.jobs import services

    services.sweep()


@shared_task(name="jobs.purge", ignore_result=True)
def purge() -> None:
    from netevent.jobs import services

    services.purge()


@worker_ready.connect
def take_up_what_was_left(**_kwargs: Any) -> None:
    """A worker that just came up looks for the work of the one before it."""
    from netevent.core.doorbell import Ring

    Ring("jobs.sweep")()
