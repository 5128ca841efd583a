"""The attendee's own pages, by sign-in or personal link."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from attendees import selectors
from attendees.forms import AttendanceForm, LinkRequestForm
from attendees.models import AttendanceStatus, Attendee, Status
from attendees.services.accepted_types import may_accept
from attendees.services.addresses import has_own_address
from attendees.services.ledger import still_to_pay
from attendees.services.links import claim_for_owner, link_by_token, prove_address, request_links
from attendees.services.parties import members_of, party_of
from attendees.services.profile import set_attendance
from attendees.services.questions import asks_something
from attendees.services.registration import cancel_registration
from attendees.services.transfer import may_pass_on
from attendees.services.waiting_list import open_offer_of
from attendees.views.about_me import photo_address
from attendees.views.chosen import POLICY, ask_who, choose, mine, own_address, own_registration, private, remember_link, wanted_code
from attendees.views.public import SeeOther
from attendees.views.states import explained, may_cancel, next_step, qr_of
from events.exports.ics import event_calendar
from netevent.core import limits
from netevent.core.errors import DomainError
from netevent.core.policies import policy
from netevent.core.signals import collect, my_page_panels


# --- The link --------------------------------------------------------------------------------------------------------------
@policy("public", methods=["GET", "POST"])
@sensitive_post_parameters()
@never_cache
def request_link(request: HttpRequest) -> HttpResponse:
    """Send my link again: the same answer for every address."""
    form = LinkRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        limits.hit("link.ip", limits.client_address(request))
        limits.hit("link.address", form.cleaned_data["email"])
        request_links(form.cleaned_data["email"])
        return SeeOther(f"{request.path}?sent=1")
    if "sent" in request.GET and request.method != "POST":
        return render(request, "attendees/link_sent.html", {"state": "link-sent"})
    return render(request, "attendees/request_link.html", {"form": form}, status=422 if form.is_bound else 200)


@policy("token: personal", methods=["GET"])
@never_cache
def personal(request: HttpRequest, token: str) -> HttpResponseBase:
    """Open one registration in this browser and go on to an address without the token.

    That the link came back proves the address: this is the one thing it writes, and writing it again changes nothing.
    """
    link = limits.guess("code.ip", limits.client_address(request), lambda: link_by_token(token))
    if link is None:
        context = {"state": "invalid-link", "form": LinkRequestForm()}
        return private(render(request, "attendees/invalid_link.html", context, status=404))
    prove_address(link.attendee)
    claim_for_owner(link.attendee)
    remember_link(request, link)
    if request.GET.get("to") == "payment":
        return private(SeeOther(reverse("attendees:payment", args=[link.attendee.event.code])))
    page = "attendance" if request.GET.get("to") == "attendance" else "dashboard"
    return private(SeeOther(own_address(page, link.attendee)))


# --- My page ---------------------------------------------------------------------------------------------------------------
@policy(POLICY, methods=["GET"])
@never_cache
def dashboard(request: HttpRequest) -> HttpResponseBase:
    """One registration, or the list to choose from."""
    rows = mine(request)
    if not rows and not request.user.is_authenticated:
        return ask_who(request)
    attendee = choose(request, rows) if wanted_code(request) or len(rows) == 1 else None
    return private(my_page(request, attendee, rows) if attendee else my_registrations(request, rows))


def my_registrations(request: HttpRequest, rows: list[Attendee]) -> HttpResponse:
    entries = [entry_of(row) for row in rows]
    context = {
        "upcoming": [entry for entry in reversed(entries) if not entry["is_over"]],
        "past": [entry for entry in entries if entry["is_over"]],
        "colours": [row.event.colour for row in rows],
    }
    return render(request, "attendees/dashboard.html", context)


def entry_of(row: Attendee) -> dict[str, Any]:
    return {
        "attendee": row,
        "event": row.event,
        "is_over": row.event.is_over(),
        "next_step": next_step(row),
        "address": own_address("dashboard", row),
        **explained(Status(row.status)),
    }


def my_page(request: HttpRequest, attendee: Attendee, rows: list[Attendee]) -> HttpResponse:
    position, party = selectors.queue_position(attendee), party_of(attendee)
    context = {
        "attendee": attendee,
        "event": attendee.event,
        "others": len(rows) - 1,
        "qr": qr_of(attendee),
        "photo": photo_address(request, attendee),
        "position": position,
        "chance": selectors.chance_of_place(attendee, position),
        "offer": open_offer_of(attendee),
        "party": members_of(party) if party else [],
        "to_pay": still_to_pay(attendee) if attendee.status == Status.AWAITING_PAYMENT else None,
        "next_step": next_step(attendee),
        "may_accept": may_accept(attendee),
        "may_cancel": may_cancel(attendee),
        "may_pass_on": may_pass_on(attendee),
        "may_change_address": has_own_address(attendee),
        "may_register": not attendee.is_active and attendee.status != Status.REJECTED and attendee.event.takes_registrations(),
        "panels": collect(my_page_panels, attendee=attendee, request=request),
        "is_today": is_today(attendee),
        "asks": asks_something(attendee.event_id),
        "query": f"?event={attendee.event.code}",
        **explained(Status(attendee.status)),
    }
    return render(request, "attendees/personal.html", context)


def is_today(attendee: Attendee) -> bool:
    """Is it on, by the event's own calendar?"""
    event, now = attendee.event, timezone.now()
    return event.starts_at.astimezone(event.zone).date() <= now.astimezone(event.zone).date() and not event.is_over(now)


@own_registration("GET", "POST")
def attendance(request: HttpRequest, attendee: Attendee) -> HttpResponse:
    """Whether I intend to come. It frees no place; cancelling does."""
    form = AttendanceForm(request.POST or None, initial={"attendance_status": attendee.attendance_status})
    if form.is_valid():
        set_attendance(attendee, form.cleaned_data["attendance_status"])
        comes = attendee.attendance_status == AttendanceStatus.ATTENDING
        messages.success(request, _("Noted: you will come.") if comes else _("Noted: you won't come. Your place is still yours."))
        return SeeOther(own_address("dashboard", attendee))
    context = {
        "form": form,
        "event": attendee.event,
        "asked_again": attendee.asked_again_at is not None,
        "may_cancel": may_cancel(attendee),
        "query": f"?event={attendee.event.code}",
        "back": own_address("dashboard", attendee),
    }
    return render(request, "attendees/attendance.html", context, status=422 if form.is_bound else 200)


@own_registration("GET", "POST")
def cancel(request: HttpRequest, attendee: Attendee) -> HttpResponse:
    """Ask once, then free the place. Sending it twice is harmless."""
    if request.method == "POST":
        try:
            cancel_registration(attendee, by=request.user if request.user.is_authenticated else None)
        except DomainError as refusal:
            return cancel_page(request, attendee, refusal=refusal)
        return SeeOther(own_address("dashboard", attendee))
    return cancel_page(request, attendee)


def cancel_page(request: HttpRequest, attendee: Attendee, *, refusal: DomainError | None = None) -> HttpResponse:
    context = {
        "attendee": attendee,
        "event": attendee.event,
        "refusal": refusal.message if refusal else "",
        "may_cancel": may_cancel(attendee),
        "back": own_address("dashboard", attendee),
        "state": refusal.code.replace("_", "-") if refusal else "",
    }
    return render(request, "attendees/cancel.html", context, status=refusal.status if refusal else 200)


@own_registration("GET")
def calendar(request: HttpRequest, attendee: Attendee) -> HttpResponse:
    """The event for my calendar; a cancelled registration takes it out again."""
    content = event_calendar(attendee.event, cancelled=not attendee.is_active)
    return download(content, "text/calendar; charset=utf-8", f"{attendee.event.code}.ics")


def download(content: bytes, kind: str, filename: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{filename}"'})


@policy(POLICY, methods=["GET"])
def later(request: HttpRequest) -> HttpResponse:
    """Addresses of capabilities that are not there yet lead to the page that is: an old link never breaks."""
    return redirect("attendees:dashboard")
