"""Whose registrations this browser may open, and which one it looks at.

A personal link opens one registration and nothing of the user's account; signing in opens all of the person's. Both are asked anew with
every request, so a revoked link ends at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from attendees import selectors
from attendees.models import Attendee, AttendeeToken
from netevent.core.fields import normalise_code
from netevent.core.policies import policy

LINKS = "attendee_links"  # session: {attendee id: id of the link that opened it}
CHOSEN = "attendee_event"  # session: the code of the event that was looked at last
MOST_LINKS = 20
POLICY = "registration: own, by sign-in or personal link"


def links_of(request: HttpRequest) -> dict[str, int]:
    return request.session.get(LINKS, {})


def remember_link(request: HttpRequest, link: AttendeeToken) -> None:
    """This browser followed a personal link. A new session key, as after signing in: who knew the old one gains nothing."""
    kept = {pk: token for pk, token in links_of(request).items() if pk != str(link.attendee_id)}
    request.session.cycle_key()
    request.session[LINKS] = dict([*kept.items(), (str(link.attendee_id), link.pk)][-MOST_LINKS:])
    request.session[CHOSEN] = link.attendee.event.code


def mine(request: HttpRequest) -> list[Attendee]:
    return selectors.registrations_of(request.user, links_of(request))


def wanted_code(request: HttpRequest) -> str:
    return normalise_code(request.GET.get("event", ""))[:20]


def choose(request: HttpRequest, rows: list[Attendee]) -> Attendee | None:
    """The registration the address names, else the one looked at last, else the only one.

    Raises:
        Http404: the address names an event that is none of this browser's.
    """
    wanted = wanted_code(request)
    found = [row for row in rows if row.event.code == (wanted or request.session.get(CHOSEN))]
    if wanted and not found:
        raise Http404
    chosen = next(iter(found), rows[0] if len(rows) == 1 else None)
    if chosen and request.session.get(CHOSEN) != chosen.event.code:
        request.session[CHOSEN] = chosen.event.code
    return chosen


def private(response: HttpResponseBase) -> HttpResponseBase:
    """Never kept by anybody, and its address is told to nobody.

    A page still names its site: with `no-referrer` a browser sends its forms without an origin, and they would be refused.
    """
    is_redirect = response.has_header("Location")
    response.headers["Referrer-Policy"] = "no-referrer" if is_redirect else "strict-origin"
    return response


def ask_who(request: HttpRequest) -> HttpResponse:
    return redirect_to_login(request.get_full_path(), str(settings.LOGIN_URL))


def own_registration(*methods: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """A page about one registration: the view is given it. Strangers sign in first; who has to choose goes to the dashboard."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @policy(POLICY, methods=methods)
        @never_cache
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            rows = mine(request)
            if not rows and not request.user.is_authenticated:
                return ask_who(request)
            attendee = choose(request, rows)
            if attendee is None:
                return redirect("attendees:dashboard")
            return private(view(request, attendee, *args, **kwargs))

        return page

    return decorate


def own_address(name: str, attendee: Attendee) -> str:
    """The address of a page about this registration, whatever the session says by then."""
    return f"{reverse(f'attendees:{name}')}?{urlencode({'event': attendee.event.code})}"
