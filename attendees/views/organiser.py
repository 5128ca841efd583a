"""Addresses of organisers about people: to the desk's pages, and two acts."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from attendees.desk_forms import SheetForm
from attendees.models import Answer, Attendee
from attendees.services.badge_jobs import start_badges
from attendees.services.check_in import main_checkpoint, scan_attendee
from events.models import Event
from events.permissions import Right, allowed
from events.views.organiser import own_event, to_list
from netevent.core import limits
from netevent.core.policies import policy


def event_with(request: HttpRequest, event_id: int, right: Right) -> Event:
    """An event at which this person has the right; anything else doesn't exist for them."""
    event = own_event(request, event_id)
    if not allowed(request.user, right, event):
        raise Http404
    return event


@policy("signed-in", methods=["GET"])
def batch_assign_type(request: HttpRequest, event_id: int) -> HttpResponse:
    """The attendees of the event; *Change type* is an action of that list."""
    return to_list("attendees_attendee_changelist", event_with(request, event_id, Right.MANAGE_ATTENDEES))


@policy("signed-in", methods=["GET"])
def excel_download(request: HttpRequest, event_id: int) -> HttpResponse:
    return to_list("attendees_attendee_export", own_event(request, event_id))


@policy("signed-in", methods=["POST"])
def check_in_attendee(request: HttpRequest, event_id: int, attendee_id: int) -> HttpResponse:
    """Check one person in at the main entry and show them at the desk, with the answer."""
    event = event_with(request, event_id, Right.CHECK_IN)
    attendee = get_object_or_404(Attendee.objects.visible_to(cast(Any, request.user)), pk=attendee_id, event=event)
    checkpoint = main_checkpoint(event)
    limits.hit("checkin.device", f"{request.user.pk}:{checkpoint.pk}")
    result = scan_attendee(checkpoint=checkpoint, attendee=attendee, scan_id=scan_id_of(request), by=cast(Any, request.user), method="desk")
    level = messages.SUCCESS if result.answer == Answer.IN else messages.WARNING
    messages.add_message(request, level, str(result.answer.label))
    return HttpResponseRedirect(reverse("admin:attendees_attendee_change", args=[attendee.pk]))


def scan_id_of(request: HttpRequest) -> uuid.UUID:
    """The one that the page sent, so that sending it again is the same scan."""
    try:
        return uuid.UUID(request.POST.get("scan_id", ""))
    except ValueError:
        return uuid.uuid4()


@policy("signed-in", methods=["GET", "POST"])
def badges(request: HttpRequest, event_id: int) -> HttpResponse:
    """Asks for the sheet; sending it orders the badges of everybody who is confirmed."""
    event = event_with(request, event_id, Right.MANAGE_ATTENDEES)
    form = SheetForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return redirect("jobs:detail", start_badges(event, cast(Any, request.user), sheet=form.cleaned_data["sheet"]).pk)
    number = event.attendees.confirmed().count()
    context = {"event": event, "form": form, "number": number, "title": _("Badges of %(event)s") % {"event": event.name}}
    return render(request, "attendees/organiser_badges.html", context, status=422 if form.is_bound else 200)
