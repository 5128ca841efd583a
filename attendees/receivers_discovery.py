"""What discovery asks of those who give places away."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, QuerySet
from django.dispatch import receiver

from attendees.models import HOLDING, Attendee, Status
from attendees.services.places import places_of_many
from attendees.services.set_aside import any_set_aside
from events.models import AttendeeType, Event
from events.signals import full_events_asked


@receiver(full_events_asked, dispatch_uid="attendees.full_events")
def tell_full_events(**kwargs: Any) -> list[QuerySet[Any, Any]]:
    """Events all of whose places are held or set aside, counted as `places_of` counts them."""
    holding = Attendee.objects.filter(status__in=HOLDING, event__max_attendees__isnull=False)
    holding = holding.exclude(status=Status.PENDING_APPROVAL, event__pending_holds_place=False)
    held = holding.order_by().values("event", "event__max_attendees").annotate(n=Count("pk"))
    full = Event.objects.filter(pk__in=full_by_what_is_kept()).values("pk")
    return [held.filter(n__gte=F("event__max_attendees")).values("event"), Event.objects.filter(max_attendees=0).values("pk"), full]


def full_by_what_is_kept() -> list[int]:
    """Few events keep places: these are counted one by one, in one query where there is none."""
    keeping = AttendeeType.objects.order_by().annotate(sets_aside=any_set_aside()).filter(sets_aside=True).values("event")
    events = list(Event.objects.filter(pk__in=keeping, max_attendees__isnull=False))
    return [pk for pk, places in places_of_many(events).items() if places.left() == 0] if events else []
