"""What the outbox tells those who look after the machines."""

from __future__ import annotations

from collections.abc import Iterator

from netevent.core.signals import Finding, Part
from netevent.notifications.models import Message
from netevent.notifications.selectors import outbox_backlog

LATE_SECONDS = 600


def part() -> Part:
    """The outbox moves: nothing that is due has waited for more than ten minutes."""
    backlog = outbox_backlog()
    return Part("outbox", backlog.oldest_seconds < LATE_SECONDS, {"waiting": backlog.waiting, "oldest_seconds": backlog.oldest_seconds})


def findings() -> Iterator[Finding]:
    backlog, failing = outbox_backlog(), Message.objects.filter(state=Message.State.FAILED).count()
    if backlog.oldest_seconds >= LATE_SECONDS:
        text = f"{backlog.waiting} messages are due; the oldest waits for {backlog.oldest_seconds // 60} minutes."
        yield Finding("outbox", "problem", text, "Is a worker running? `manage.py start` and `manage.py background` bring one.")
    else:
        yield Finding("outbox", "ok", f"{backlog.waiting} messages are due, none of them late.")
    if failing:
        fix = "Look at the desk under Messages; each says why, and can be sent again."
        yield Finding("mail", "warning", f"{failing} messages failed for good.", fix)
