"""What operations ask of the outbox."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Count, Min
from django.utils import timezone

from netevent.notifications.models import Message


class Backlog(NamedTuple):
    waiting: int
    oldest_seconds: int


def outbox_backlog() -> Backlog:
    """Messages that are due now, and for how long the oldest of them has been: what moves stays near zero."""
    row = Message.objects.due().aggregate(waiting=Count("pk"), oldest=Min("due_at"))
    seconds = int((timezone.now() - row["oldest"]).total_seconds()) if row["oldest"] else 0
    return Backlog(row["waiting"], max(0, seconds))
