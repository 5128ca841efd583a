"""Registration: pages that anybody may use."""

from __future__ import annotations

import hashlib
import json
import uuid
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.signing import BadSignature
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from attendees import selectors
from attendees.forms import RegistrationForm
from attendees.models import Attendee, Status
from attendees.party_forms import ADD, PartyRegistrationForm
from attendees.services.on_sale import published_event, types_on_sale
from attendees.services.places import Places, places_of
from attendees.services.registering import Way, quickest, register_carefully
from attendees.services.registration import Registered
from attendees.views.chosen import links_of, own_address
from attendees.views.states import explained, next_step, qr_of
from events.models import AttendeeType, Event
from netevent.core import limits
from netevent.core.errors import DomainError, TooOften
from netevent.core.fields import normalise_code
from netevent.core.idempotency import hash_of, once_in_one
from netevent.core.policies import policy

# A signed cookie for the result page says what it may say: state and position, no name, no address. It costs no session, so whoever
# registers without an account still gets the pages that are kept for everybody.
OUTCOME = "registered"
OUTCOME_SECONDS = 3600
REFUSED_STATES = {"sold_out": "sold-out", "full": "full", "already_registered": "already-registered", "rejected": "rejected"}


@policy("public", methods=["GET", "POST"])
@sensitive_post_parameters()
@never_cache
def register(request: HttpRequest, code: str) -> HttpResponse:
    """Choose a type, say who you are, hold a place. A place is taken when the form is sent."""
    if request.method == "POST":
        if ADD not in request.POST:
            limits.hit("register.ip", limits.client_address(request))
    elif code != normalise_code(code):
        return redirect("attendees:register", code=normalise_code(code))
    voucher = voucher_named(request)
    types = types_on_sale(code, voucher=voucher, address=limits.client_address(request), to_show=request.method != "POST")
    if not types or not types[0].event.takes_registrations():
        return closed_page(request, published_event(code))
    event = types[0].event
    if request.method == "POST":
        return send(request, event, types)
    known = own_row(request, event)
    if known is not None and known.is_active:
        return already_page(request, known, status=200)
    form = PartyRegistrationForm(
        event=event,
        types=types,
        user=user_of(request),
        people=request.GET.get("people", "")[:3],
        initial={"idempotency_key": uuid.uuid4().hex, "voucher": voucher, **named_type(request)},
    )
    return form_page(request, form)


def voucher_named(request: HttpRequest) -> str:
    """A link may name a voucher, and a form that was sent does: `?voucher=SPEAKER`."""
    return (request.POST.get("voucher", "") or request.GET.get("voucher", "")).strip()[:20]


def user_of(request: HttpRequest) -> Any:
    return request.user if request.user.is_authenticated else None


def own_row(request: HttpRequest, event: Event) -> Attendee | None:
    """What a signed-in person has here already; nobody else is told."""
    if not request.user.is_authenticated:
        return None
    rows = [row for row in selectors.registrations_of(request.user, {}) if row.event_id == event.pk]
    return rows[0] if rows else None


def linked_row(request: HttpRequest, form: RegistrationForm) -> Attendee | None:
    """A standing registration with the very address that this browser proved by its personal link."""
    links = links_of(request)
    rows = selectors.registrations_of(AnonymousUser(), links) if links else []
    email = form.cleaned_data.get("email")
    return next((row for row in rows if row.event_id == form.event.pk and row.is_active and row.email == email), None)


def named_type(request: HttpRequest) -> dict[str, str]:
    """A link may name the type: `?type=STUDENT`."""
    return {"attendee_type": request.GET["type"][:20]} if "type" in request.GET else {}


# --- Sending it ------------------------------------------------------------------------------------------------------------
def send(request: HttpRequest, event: Event, types: list[AttendeeType]) -> HttpResponse:
    if request.FILES:
        limits.hit("upload.user", actor_of(request))
    form = PartyRegistrationForm(request.POST, request.FILES, event=event, types=types, user=user_of(request))
    form.address = limits.client_address(request)
    if form.is_draft:
        return form_page(request, form)
    if not form.is_valid():
        return form_page(request, form, status=422)
    if (known := linked_row(request, form)) is not None:
        return already_page(request, known, status=409)
    try:
        outcome = register_once(request, form)
    except TooOften:
        raise
    except DomainError as refusal:
        return refused(request, form, refusal)
    response = SeeOther(reverse("attendees:registered", args=[event.code]))
    if not request.user.is_authenticated:
        remember_outcome(response, event, outcome)
    return response


def register_once(request: HttpRequest, form: PartyRegistrationForm) -> dict[str, Any]:
    """Do it, or give the first answer when the very same form comes again."""
    wish = form.wish()

    def answer(way: Way) -> tuple[int, dict[str, Any]]:
        return 201, outcome_of(way(wish), len(wish.people))

    if not (key := form.cleaned_data["idempotency_key"]):
        with transaction.atomic():
            return answer(register_carefully)[1]
    body = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    # another body is another registration, not a mistake: the key in the page stays while somebody registers a second person
    once = partial(once_in_one, actor_of(request), hash_of([key, form.event.pk, body]), body)
    return quickest(wish, lambda way: once(partial(answer, way))[1])


def actor_of(request: HttpRequest) -> str:
    """The user, else the browser by the cookie it has before its first session."""
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"form:{hashlib.sha256(str(request.META.get('CSRF_COOKIE', '')).encode()).hexdigest()[:32]}"


def outcome_of(registered: Registered, people: int = 1) -> dict[str, Any]:
    return {"state": str(registered.state), "position": registered.position, "people": people}


def remember_outcome(response: HttpResponse, event: Event, outcome: dict[str, Any]) -> None:
    response.set_signed_cookie(
        OUTCOME,
        json.dumps({"event": event.pk, **outcome}),
        max_age=OUTCOME_SECONDS,
        path=reverse("attendees:registered", args=[event.code]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def outcome_from(request: HttpRequest, event: Event) -> dict[str, Any] | None:
    """What this browser was told within the last hour, about this event."""
    try:
        outcome = json.loads(request.get_signed_cookie(OUTCOME, default="", max_age=OUTCOME_SECONDS) or "null") or {}
    except (BadSignature, ValueError):
        return None
    return outcome if outcome.get("event") == event.pk else None


class SeeOther(HttpResponseRedirect):
    """After a POST: the browser fetches the answer, and reloading it sends nothing again."""

    status_code = 303


def refused(request: HttpRequest, form: PartyRegistrationForm, refusal: DomainError) -> HttpResponse:
    """The same page with everything that was typed, and the reason."""
    if refusal.code == "already_registered" and (known := own_row(request, form.event)):
        return already_page(request, known, status=409)
    if refusal.code in {"registration_closed", "event_cancelled"}:
        form.event.refresh_from_db()
        return closed_page(request, form.event)
    if refusal.code != "full":
        form.add_error(None, str(refusal.message))
    return form_page(request, form, status=refusal.status, refusal=refusal.code)


# --- Pages -----------------------------------------------------------------------------------------------------------------
def form_page(request: HttpRequest, form: PartyRegistrationForm, *, status: int = 200, refusal: str = "") -> HttpResponse:
    places: Places = places_of(form.event)
    options = form.options(places)
    is_full = all(option.is_full for option in options)
    sold_out = is_full and not form.event.has_waiting_list
    context = {
        "event": form.event,
        "form": form,
        "options": options,
        "is_full": is_full,
        "asks_to_wait": refusal == "full",
        "is_sold_out": sold_out,
        "steps": [_("Your details"), _("Your place")],
        "state": REFUSED_STATES.get(refusal, "refused") if refusal else "sold-out" if sold_out else "registration-open",
        "sign_in": f"{reverse('account_login')}?{urlencode({'next': reverse('attendees:register', args=[form.event.code])})}",
    }
    return render(request, "attendees/register.html", context, status=status)


def closed_page(request: HttpRequest, event: Event) -> HttpResponse:
    """Why nobody can register now."""
    state = event.registration_state()
    context = {"event": event, "registration": "closed" if state == "open" else state, "state": f"registration-{state.replace('_', '-')}"}
    return render(request, "attendees/register_closed.html", context, status=409 if request.method == "POST" else 200)


def already_page(request: HttpRequest, attendee: Attendee, *, status: int) -> HttpResponse:
    context = {"event": attendee.event, "attendee": attendee, "address": own_address("dashboard", attendee), "state": "already-registered"}
    return render(request, "attendees/already_registered.html", context, status=status)


@policy("public", methods=["GET"])
@never_cache
def registered(request: HttpRequest, code: str) -> HttpResponse:
    """What became of it. The signed-in person sees the registration itself; who is not proved sees what to do next, and nothing else."""
    event = published_event(code)
    attendee = own_row(request, event)
    if attendee is not None:
        return render(request, "attendees/registered.html", proved_context(attendee))
    outcome = outcome_from(request, event)
    if outcome is None:
        return redirect("attendees:register", code=event.code)
    state = Status(outcome["state"])
    context = {
        "event": event,
        "attendee": None,
        "position": outcome["position"],
        "people": outcome.get("people", 1),
        **explained(state),
        "steps": [_("Your details"), _("Your place")],
    }
    return render(request, "attendees/registered.html", context)


def proved_context(attendee: Attendee) -> dict[str, Any]:
    return {
        "event": attendee.event,
        "attendee": attendee,
        "position": selectors.queue_position(attendee),
        "people": selectors.party_size(attendee),
        "qr": qr_of(attendee),
        "address": own_address("dashboard", attendee),
        "next_step": next_step(attendee),
        "steps": [_("Your details"), _("Your place")],
        **explained(Status(attendee.status)),
    }


@policy("public", methods=["GET"])
def register_with_account(request: HttpRequest, code: str) -> HttpResponse:
    """The same with an account first: signing up comes back here."""
    goal = reverse("attendees:register", args=[published_event(code).code])
    if request.user.is_authenticated:
        return redirect(goal)
    return redirect(f"{reverse('account_signup')}?{urlencode({'next': goal})}")
