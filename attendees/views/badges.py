"""My badge as a file, and what opens when somebody scans a badge."""

from __future__ import annotations

import io

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from attendees import selectors
from attendees.exports.badges import write_badge
from attendees.models import Attendee, Badge, Status
from attendees.services.badges import badge_to_show
from attendees.views.chosen import links_of, own_address, own_registration, private
from attendees.views.personal import download
from events.permissions import Right, allowed
from netevent.core import limits
from netevent.core.errors import DomainError
from netevent.core.policies import policy
from netevent.core.signals import badge_opened as ask_apps
from netevent.core.signals import collect


@own_registration("GET")
def badge_download(request: HttpRequest, attendee: Attendee) -> HttpResponse:
    """My badge as PDF, one page. What the organiser prints is counted; this is not."""
    if attendee.status != Status.CONFIRMED:
        raise DomainError("not_confirmed", _("There is a badge as soon as your place is confirmed."))
    badge = badge_to_show(attendee)
    if badge is None:
        raise DomainError("no_badge", _("Your badge can't be drawn at the moment. At the entrance your name or your code is enough."))
    out = io.BytesIO()
    write_badge(badge, out)
    return download(out.getvalue(), "application/pdf", f"badge-{attendee.code}.pdf")


@policy("token: badge; shows a person to attendees of the same event, leads the team to check-in", methods=["GET"])
@never_cache
def badge_opened(request: HttpRequest, token: str) -> HttpResponse:
    """What a badge's QR opens: who asks decides what it says. Nothing is changed.

    Whoever may not see the person gets one and the same page, whether the token is a badge's or not.
    """
    badge = known_badge(request, token)
    if badge is not None and (answer := answer_for(request, badge)):
        return answer
    return private(render(request, "attendees/badge_closed.html", {"state": "sign-in-to-connect"}))  # type: ignore[return-value]


def known_badge(request: HttpRequest, token: str) -> Badge | None:
    """The badge; who is not signed in and tries one token after the other is stopped."""
    if request.user.is_authenticated:
        return selectors.badge_by_token(token)
    return limits.guess("code.ip", limits.client_address(request), lambda: selectors.badge_by_token(token))


def answer_for(request: HttpRequest, badge: Badge) -> HttpResponse | None:
    """The check-in page for the team, the public card for attendees of the same event; nobody else gets an answer of their own."""
    person = badge.attendee
    if allowed(request.user, Right.CHECK_IN, person.event):
        return redirect(f"/staff/{person.event_id}/checkin?found={person.code}")
    viewer = selectors.attendee_at(request.user, links_of(request), person.event_id)
    if viewer is None or not person.is_active:
        return None
    if viewer.pk == person.pk:
        return redirect(own_address("dashboard", viewer))
    context = {
        "person": person,
        "event": person.event,
        "viewer": viewer,
        "answers": collect(ask_apps, badge=badge, request=request),
        "back": own_address("dashboard", viewer),
        "state": "person",
    }
    return private(render(request, "attendees/person.html", context))  # type: ignore[return-value]
