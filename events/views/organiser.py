"""Addresses of organisers, which lead to the desk's pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from events.models import Event
from netevent.core.policies import policy

READ = ("GET",)


def own_event(request: HttpRequest, event_id: int) -> Event:
    """An event that this person helps to run; anything else doesn't exist for them."""
    event: Event = get_object_or_404(Event.objects.run_by(request.user), pk=event_id)
    return event


def to_list(name: str, event: Event, **more: Any) -> HttpResponse:
    """A table of the desk, narrowed to one event."""
    return HttpResponseRedirect(f"{reverse(f'admin:{name}')}?{urlencode({'event__id__exact': event.pk, **more})}")


@policy("signed-in", methods=READ)
def dashboard(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:index"))


@policy("signed-in", methods=READ)
def create(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:events_event_add"))


@policy("signed-in", methods=READ)
def edit(request: HttpRequest, event_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:events_event_change", args=[own_event(request, event_id).pk]))


@policy("signed-in", methods=READ)
def attendee_types(request: HttpRequest, event_id: int) -> HttpResponse:
    return to_list("events_attendeetype_changelist", own_event(request, event_id))


@policy("signed-in", methods=READ)
def staff(request: HttpRequest, event_id: int) -> HttpResponse:
    return to_list("events_teammember_changelist", own_event(request, event_id))
