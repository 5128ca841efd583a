"""The floor's own tasks."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="core.heartbeat", ignore_result=True)
def heartbeat() -> None:
    """Scheduler, broker and worker are all three alive when this runs."""
    from netevent.core import health  # noqa: PLC0415 -- a task imports its service when it runs

    health.beat()


@shared_task(name="core.purge", ignore_result=True)
def purge() -> None:
    """Counts and idempotency keys that nobody reads any more."""
    from netevent.core import idempotency, limits  # noqa: PLC0415

    limits.purge()
    idempotency.purge()
