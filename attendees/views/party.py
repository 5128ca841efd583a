"""My group: what became of each of those I registered, their badges, and giving back a place of one of them."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from attendees.exports.badges import write_badges
from attendees.models import Attendee, Party, Status
from attendees.services.parties import give_up_for, members_of, party_of
from attendees.views.chosen import own_address, own_registration
from attendees.views.personal import download
from attendees.views.public import SeeOther
from attendees.views.states import MEANINGS, may_cancel
from netevent.core.errors import DomainError


@own_registration("GET", "POST")
def party(request: HttpRequest, attendee: Attendee) -> HttpResponse:
    """The group, for its contact. `?member=CODE` asks whether that one's place is given back; sending it does, and twice is harmless."""
    group = party_of(attendee)
    if group is None:
        return redirect(own_address("dashboard", attendee))
    if request.method != "POST":
        return party_page(request, attendee, group)
    try:
        give_up_for(attendee, request.POST.get("member", ""), by=request.user if request.user.is_authenticated else None)
    except DomainError as refusal:
        return party_page(request, attendee, group, refusal=refusal)
    messages.success(request, _("Done."))
    return SeeOther(own_address("party" if party_of(attendee) else "dashboard", attendee))


def party_page(request: HttpRequest, attendee: Attendee, group: Party, *, refusal: DomainError | None = None) -> HttpResponse:
    people = members_of(group)
    asked = next((person for person in people if person.code == request.GET.get("member") and may_cancel(person)), None)
    context: dict[str, Any] = {
        "event": attendee.event,
        "entries": [entry_of(person, attendee) for person in people],
        "asked": asked if refusal is None else None,
        "waits": asked is not None and asked.status == Status.WAITLISTED,
        "has_badges": any(person.status == Status.CONFIRMED for person in people),
        "refusal": refusal.message if refusal else "",
        "query": f"?event={attendee.event.code}",
        "back": own_address("dashboard", attendee),
        "state": refusal.code.replace("_", "-") if refusal else "party",
    }
    return render(request, "attendees/party.html", context, status=refusal.status if refusal else 200)


def entry_of(person: Attendee, lead: Attendee) -> dict[str, Any]:
    """One line: who, in which state, and whether their place can be given back here (one's own is on one's own page)."""
    return {"person": person, "tone": MEANINGS[Status(person.status)][1], "may_cancel": may_cancel(person) and person != lead}


@own_registration("GET")
def party_badges(request: HttpRequest, attendee: Attendee) -> HttpResponse:
    """The badges of all of the group whose place is confirmed, one a page."""
    group = party_of(attendee)
    ids = [person.pk for person in members_of(group) if person.status == Status.CONFIRMED] if group else []
    if not ids:
        raise Http404
    out = io.BytesIO()
    write_badges(attendee.event, ids, out)
    return download(out.getvalue(), "application/pdf", f"badges-{attendee.code}.pdf")
