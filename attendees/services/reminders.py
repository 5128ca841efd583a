"""A few days before an event everybody who has a place is reminded, once, and asked whether they come."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from attendees.models import AttendanceStatus, Attendee, AttendeeQuerySet
from attendees.services.registration import message_to
from events.models import Event, Visibility
from netevent.notifications.models import Message
from netevent.notifications.services import queue_messages

TEMPLATE = "reminder"
BEFORE = timedelta(days=3)
FRESH = timedelta(days=1)  # who registered within it remembers
CHUNK = 500


def remind_all() -> int:
    """Remind the people of every event that is near; how many were. Run twice, or by two workers at once, it reminds nobody twice."""
    now = timezone.now()
    near = Event.objects.filter(visibility__in=(Visibility.PUBLISHED, Visibility.UNLISTED), starts_at__gt=now, starts_at__lte=now + BEFORE)
    return sum(remind_people(event) for event in near)


def remind_people(event: Event) -> int:
    number = 0
    while rows := list(not_reminded(event)[:CHUNK]):
        for row in rows:
            row.event = event
        with transaction.atomic():
            written = queue_messages([message_to(row, TEMPLATE, version_of(event)) for row in rows])
        number += written
        if not written:
            break
    return number


def not_reminded(event: Event) -> AttendeeQuerySet:
    """Confirmed people who didn't say that they won't come and were not reminded of this date: an event that moved reminds again."""
    mine = Cast(OuterRef("pk"), CharField())
    key = Concat(Value(f"{TEMPLATE}:attendees.attendee:"), mine, Value(":attendee:"), mine, Value(f":{version_of(event)}"))
    rows = Attendee.objects.confirmed().filter(event=event, email__isnull=False, created_at__lt=timezone.now() - FRESH)
    rows = rows.exclude(attendance_status=AttendanceStatus.NOT_ATTENDING, asked_again_at__isnull=True).exclude(erased_at__isnull=False)
    return rows.filter(~Exists(Message.objects.filter(key=key))).order_by(F("pk"))


def version_of(event: Event) -> str:
    return event.starts_at.strftime("%Y%m%d%H%M")
