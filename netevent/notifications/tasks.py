"""Doorbells of the outbox. Ringing twice is safe: each message is claimed by one sender."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_ready


@shared_task(name="notifications.deliver_due", ignore_result=True)
def deliver_due() -> None:
    from netevent.notifications import services

    services.deliver_due()


@worker_ready.connect
def deliver_what_waited(**_kwargs: Any) -> None:
    """A worker that just came up does not wait for the sweep's minute."""
    from netevent.core.doorbell import Ring

    Ring("notifications.deliver_due")()
