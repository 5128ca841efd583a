"""What needs an organiser among people, and the events that come next."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.db.models import Count, Max, Q, QuerySet
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext

from attendees.models import HOLDING, Attendee, RegistrationStep, Status
from events.models import Event
from events.permissions import Right, may_create_events
from netevent.core.dates import show_datetime
from netevent.core.signals import Panel, alert, desk_alerts

SHOWN = 6


def waiting_for(request: HttpRequest, right: Right, status: Status) -> QuerySet[Attendee]:
    """Registrations in this state at coming events where the person has the right to deal with them."""
    events = Event.objects.run_by(cast(Any, request.user), right).upcoming()
    return Attendee.objects.filter(event__in=events.values("pk"), status=status)


def oldest(waiting: QuerySet[Attendee]) -> datetime | None:
    """Since when the first of them has waited: the last time it came to wait."""
    steps = RegistrationStep.objects.filter(attendee__in=waiting.values("pk"), to_state=Status.PENDING_APPROVAL).order_by()
    return steps.values("attendee").annotate(last=Max("at")).order_by("last").values_list("last", flat=True).first()


def list_of(status: Status) -> str:
    return f"{reverse('admin:attendees_attendee_changelist')}?status__exact={status}"


@receiver(desk_alerts)
def approvals_waiting(request: HttpRequest, **kwargs: Any) -> Panel | None:
    waiting = waiting_for(request, Right.MANAGE_ATTENDEES, Status.PENDING_APPROVAL)
    number = waiting.count()
    text = ngettext("registration waits for approval", "registrations wait for approval", number)
    if number and (since := oldest(waiting)):
        text = gettext("%(waiting)s; the oldest for %(time)s") % {"waiting": text, "time": timesince(since, depth=1)}
    return alert(number, text, list_of(Status.PENDING_APPROVAL), weight=15)


@receiver(desk_alerts)
def payments_waiting(request: HttpRequest, **kwargs: Any) -> Panel | None:
    number = waiting_for(request, Right.MANAGE_ATTENDEES, Status.AWAITING_PAYMENT).count()
    text = ngettext("place is not paid yet", "places are not paid yet", number)
    return alert(number, text, list_of(Status.AWAITING_PAYMENT), weight=25, tone="info")


@receiver(desk_alerts)
def answers_missing(request: HttpRequest, **kwargs: Any) -> Panel | None:
    """Of events that were postponed."""
    events = Event.objects.run_by(cast(Any, request.user), Right.MANAGE_ATTENDEES).upcoming()
    number = Attendee.objects.filter(event__in=events.values("pk"), asked_again_at__isnull=False).active().count()
    text = ngettext("person has not said whether the new date suits", "people have not said whether the new date suits", number)
    return alert(number, text, f"{reverse('admin:attendees_attendee_changelist')}?asked_again=open", weight=35, tone="info")


@receiver(desk_alerts)
def coming_up(request: HttpRequest, **kwargs: Any) -> Panel:
    user = cast(Any, request.user)
    held = Count("attendees", filter=Q(attendees__status__in=HOLDING))
    events = Event.objects.run_by(user).upcoming().order_by("starts_at", "pk").annotate(held=held)[:SHOWN]
    rows = [
        {
            "event": event,
            "url": reverse("admin:events_event_change", args=[event.pk]),
            "when": show_datetime(event.starts_at, event.time_zone),
            "places": places_text(event),
        }
        for event in events
    ]
    add = reverse("admin:events_event_add") if may_create_events(user) else ""
    return Panel("admin/_coming.html", {"events": rows, "all_url": reverse("admin:events_event_changelist"), "add_url": add}, weight=80)


def places_text(event: Any) -> str:
    if event.max_attendees is None:
        return ngettext("%(held)d registered", "%(held)d registered", event.held) % {"held": event.held}
    return gettext("%(held)d of %(places)d places") % {"held": event.held, "places": event.max_attendees}
