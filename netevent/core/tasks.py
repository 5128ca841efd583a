"""The floor's own tasks."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="core.heartbeat", ignore_result=True)
def heartbeat() -> None:
    """Scheduler, broker and worker are all three alive when this runs."""
    from netevent.core import health

    health.beat()


@shared_task(name="core.purge", ignore_result=True)
def purge() -> None:
    """Counts and idempotency keys that nobody reads any more."""
    from netevent.core import idempotency, limits

    limits.purge()
    idempotency.purge()
