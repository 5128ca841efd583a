"""While waiting: which other types would do too."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from attendees.forms import AcceptedTypesForm
from attendees.models import Attendee
from attendees.services.accepted_types import accept_types, accepted_by, may_accept
from attendees.views.chosen import own_address, own_registration
from attendees.views.public import SeeOther
from netevent.core.errors import DomainError


@own_registration("GET", "POST")
def accepted_types(request: HttpRequest, attendee: Attendee) -> HttpResponse:
    """Tick what would do too, with its price; what is offered then is whichever has a place first, my own before any other."""
    kinds = may_accept(attendee)
    chosen = {"types": [kind.pk for kind in accepted_by(attendee)]} if kinds else {}
    form = AcceptedTypesForm(
        request.POST if request.method == "POST" else None, kinds=kinds, currency=attendee.event.currency, initial=chosen
    )
    status = 200
    if form.is_valid():
        try:
            accept_types(attendee, form.chosen())
        except DomainError as refusal:
            form.add_error(None, str(refusal.message))
            status = refusal.status
        else:
            messages.success(request, _("Noted. You keep your spot on the waiting list."))
            return SeeOther(own_address("dashboard", attendee))
    elif form.is_bound:
        status = 422
    context = {"form": form, "attendee": attendee, "event": attendee.event, "kinds": kinds, "back": own_address("dashboard", attendee)}
    return render(request, "attendees/accepted_types.html", context, status=status)
