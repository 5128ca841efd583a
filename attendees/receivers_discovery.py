"""What discovery asks of those who give places away."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, QuerySet
from django.dispatch import receiver

from attendees.models import HOLDING, Attendee, Status
from events.models import Event
from events.signals import full_events_asked


@receiver(full_events_asked, dispatch_uid="attendees.full_events")
def tell_full_events(**kwargs: Any) -> list[QuerySet[Any, Any]]:
    """Events all of whose places are held, counted as `places_of` counts them."""
    holding = Attendee.objects.filter(status__in=HOLDING, event__max_attendees__isnull=False)
    holding = holding.exclude(status=Status.PENDING_APPROVAL, event__pending_holds_place=False)
    held = holding.order_by().values("event", "event__max_attendees").annotate(n=Count("pk"))
    return [held.filter(n__gte=F("event__max_attendees")).values("event"), Event.objects.filter(max_attendees=0).values("pk")]
