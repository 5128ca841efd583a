"""What ends a person's hold on a registration, or moves it: passing the place on, and another address."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from attendees.models import Attendee, EmailChange, Purpose
from attendees.people_forms import NewAddressForm, TransferForm
from attendees.services.addresses import ask_new_address, change_by_token, confirm_new_address, has_own_address, take_back
from attendees.services.links import link_by_token, personal_token
from attendees.services.registration import Person
from attendees.services.transfer import may_pass_on, pass_on
from attendees.views.chosen import own_address, own_registration, private, remember_link
from attendees.views.public import SeeOther
from netevent.core import limits
from netevent.core.errors import DomainError
from netevent.core.policies import policy


# --- Passing the place on --------------------------------------------------------------------------------------------------
@own_registration("GET", "POST")
@sensitive_post_parameters()
def transfer(request: HttpRequest, attendee: Attendee) -> HttpResponse:
    """Name who takes the place. It is theirs at once, so the page says what that means before."""
    if request.method != "POST":
        return transfer_page(request, attendee, TransferForm())
    form = TransferForm(request.POST)
    if not form.is_valid():
        return transfer_page(request, attendee, form, status=422)
    limits.hit("transfer.attendee", attendee.pk)
    told = form.cleaned_data
    person = Person(told["first_name"], told["last_name"], told["email"], language=attendee.language)
    try:
        pass_on(attendee, person, by=request.user if request.user.is_authenticated else None)
    except DomainError as refusal:
        form.add_error("email" if refusal.code == "not_possible" else None, str(refusal.message))
        return transfer_page(request, attendee, form, status=refusal.status, state=refusal.code.replace("_", "-"))
    messages.success(request, _("Your place is passed on. We have written to you both."))
    return SeeOther(own_address("dashboard", attendee))


def transfer_page(request: HttpRequest, attendee: Attendee, form: TransferForm, *, status: int = 200, state: str = "") -> HttpResponse:
    context = {
        "form": form,
        "attendee": attendee,
        "event": attendee.event,
        "may_pass_on": may_pass_on(attendee),
        "back": own_address("dashboard", attendee),
        "state": state,
    }
    return render(request, "attendees/transfer.html", context, status=status)


# --- Another address -------------------------------------------------------------------------------------------------------
@own_registration("GET", "POST")
@sensitive_post_parameters()
def change_address(request: HttpRequest, attendee: Attendee) -> HttpResponse:
    """Ask for a new address; the same answer whoever has it."""
    if request.method == "POST" and "take_back" in request.POST:
        take_back(attendee)
        messages.success(request, _("The address stays as it is."))
        return SeeOther(own_address("change-address", attendee))
    form = NewAddressForm(request.POST if request.method == "POST" else None, present=attendee.email or "")
    if form.is_valid():
        limits.hit("link.ip", limits.client_address(request))
        limits.hit("link.address", form.cleaned_data["email"])
        try:
            ask_new_address(attendee, form.cleaned_data["email"])
        except DomainError as refusal:
            form.add_error(None, str(refusal.message))
            return address_page(request, attendee, form, status=refusal.status)
        return SeeOther(own_address("change-address", attendee))
    return address_page(request, attendee, form, status=422 if form.is_bound else 200)


def address_page(request: HttpRequest, attendee: Attendee, form: NewAddressForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "attendee": attendee,
        "event": attendee.event,
        "waiting": attendee.email_changes.open().first(),
        "may_change": has_own_address(attendee),
        "back": own_address("dashboard", attendee),
    }
    return render(request, "attendees/change_address.html", context, status=status)


@policy("token: new address", methods=["GET", "POST"])
@never_cache
def new_address(request: HttpRequest, token: str) -> HttpResponseBase:
    """The link from the mail. Opening it changes nothing; the button does, and opens the registration here."""
    visitor = limits.client_address(request)
    change = limits.guess("code.ip", visitor, lambda: change_by_token(token))
    if change is None:
        return confirm_page(request, None, status=404, state="invalid-link")
    if request.method != "POST":
        return confirm_page(request, change)
    try:
        attendee = confirm_new_address(change)
    except DomainError as refusal:
        return confirm_page(request, change, status=refusal.status, refusal=str(refusal.message))
    messages.success(request, _("Your registration has the new address."))
    return private(opened_here(request, attendee))


def opened_here(request: HttpRequest, attendee: Attendee) -> HttpResponse:
    """Links from before are over; whoever holds the new mailbox goes on in this browser."""
    link = link_by_token(personal_token(attendee), Purpose.PERSONAL)
    assert link is not None
    remember_link(request, link)
    return SeeOther(own_address("dashboard", attendee))


def confirm_page(request: HttpRequest, change: EmailChange | None, *, status: int = 200, **said: Any) -> HttpResponseBase:
    context = {"change": change, "event": change.attendee.event if change else None, **said}
    return private(render(request, "attendees/new_address.html", context, status=status))
