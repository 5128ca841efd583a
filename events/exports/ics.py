"""The event as a calendar file (RFC 5545)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from icalendar import Calendar, Timezone
from icalendar import Event as Entry
from icalendar.prop import vText

from netevent.core.text import printable

if TYPE_CHECKING:
    from events.models import Event

PRODUCT = "-//NetEvent//NetEvent//EN"


def event_calendar(event: Event, *, url: str = "", cancelled: bool = False) -> bytes:
    """One entry in the event's own zone, with that zone's rules beside it.

    The UID is stable for ever and SEQUENCE grows with the event's versions, so a second file replaces the first in a calendar.

    Args:
        url: what the entry links to; the event's page when empty. Never a personal link: calendars are shared.
        cancelled: also when the event itself stands, for somebody who called off.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled or event.is_cancelled else "PUBLISH")
    if event.time_zone != "UTC":
        calendar.add_component(zone_rules(event))
    calendar.add_component(entry_of(event, url, cancelled=cancelled or event.is_cancelled))
    return calendar.to_ical()


def entry_of(event: Event, url: str, *, cancelled: bool) -> Entry:
    entry = Entry()
    entry.add("uid", uid_of(event))
    entry.add("dtstamp", event.updated_at.astimezone(UTC))
    entry.add("sequence", sequence_of(event))
    entry.add("summary", vText(printable(event.name)))
    entry.add("dtstart", event.starts_at.astimezone(event.zone))
    entry.add("dtend", event.until.astimezone(event.zone))
    entry.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    entry.add("url", url or f"{settings.BASE_URL}{event.get_absolute_url()}")
    if event.place:
        entry.add("location", vText(printable(event.place)))
    if event.description:
        entry.add("description", vText(printable(event.description)))
    return entry


def uid_of(event: Event) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"netevent:event:{event.pk}:{event.created_at.astimezone(UTC).isoformat()}"))


def sequence_of(event: Event) -> int:
    newest: int | None = event.history.order_by("-version_number").values_list("version_number", flat=True).first()  # type: ignore[attr-defined]
    return max(0, (newest or 1) - 1)


def zone_rules(event: Event) -> Timezone:
    """The changes of the clock around the event, a year on either side."""
    first: datetime = event.starts_at - timedelta(days=366)
    return Timezone.from_tzinfo(event.zone, event.time_zone, first.date(), (event.until + timedelta(days=366)).date())
