"""An offered place: the page that asks, and the answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from attendees.forms import LinkRequestForm
from attendees.models import Attendee, Offer, OfferState, Status
from attendees.selectors import party_size
from attendees.services.links import claim_for_owner, link_by_token, personal_token, prove_address
from attendees.services.waiting_list import accept_offer, decline_offer, offer_by_token
from attendees.views.chosen import own_address, private, remember_link
from attendees.views.public import SeeOther
from attendees.views.states import explained
from netevent.core import limits
from netevent.core.errors import DomainError
from netevent.core.policies import policy

ANSWERS = {"accept": accept_offer, "decline": decline_offer}
ENDINGS = {
    OfferState.ACCEPTED: _("You have taken this place."),
    OfferState.DECLINED: _("You have given this place back."),
    OfferState.WITHDRAWN: _("The organiser has withdrawn this offer."),
}


@policy("token: offer", methods=["GET", "POST"])
@sensitive_post_parameters()
@never_cache
def offer(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show what is offered, which changes nothing; take the place or let it go by POST. Sending an answer twice is harmless."""
    found = limits.guess("code.ip", limits.client_address(request), lambda: offer_by_token(token))
    if found is None:
        context = {"state": "invalid-link", "form": LinkRequestForm()}
        return private(render(request, "attendees/invalid_link.html", context, status=404))
    act = ANSWERS.get(request.POST.get("answer", "")) if request.method == "POST" else None
    if act is None:
        return private(offer_page(request, found))
    try:
        done = act(found, by=request.user if request.user.is_authenticated else None)
    except DomainError as refusal:
        return private(offer_page(request, found, refusal))
    if done and act is accept_offer:
        messages.success(request, _("The place is yours."))
    return private(open_page(request, found.attendee))


def open_page(request: HttpRequest, attendee: Attendee) -> HttpResponse:
    """To the person's own page: the link of an offer came to their address, as a personal link does."""
    prove_address(attendee)
    claim_for_owner(attendee)
    if link := link_by_token(personal_token(attendee)):
        remember_link(request, link)
    return SeeOther(own_address("dashboard", attendee))


def offer_page(request: HttpRequest, found: Offer, refusal: DomainError | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        **explained(Status.OFFERED),
        "offer": found,
        "event": found.attendee.event,
        "attendee_type": found.attendee_type,
        "people": party_size(found.attendee),
        "to_pay": found.attendee.to_pay,
        "ending": ""
        if found.may_be_taken
        else ENDINGS.get(OfferState(found.state), _("The offer has ended, and the place went to somebody else.")),
        "declines": request.GET.get("answer") == "decline",
        "refusal": refusal.message if refusal else "",
    }
    if refusal is not None or not found.may_be_taken:
        context |= {"tone": "info", "state": refusal.code.replace("_", "-") if refusal else "offer-over"}
    return render(request, "attendees/offer.html", context, status=refusal.status if refusal else 200)
