"""Who was given a password chooses their own before anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from netevent.accounts.locale import has_session

# What stays open meanwhile.
OPEN = frozenset({"account_change_password", "account_set_password", "account_logout", "account_reauthenticate", "set-language", "accents"})


class OwnPasswordFirst:
    """Leads people whose account says `must_change_password` to the page where they choose one, until they did.

    Visitors without a session cost it nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> HttpResponseBase | None:
        if not has_session(request) or not getattr(request.user, "must_change_password", False):
            return None
        if request.resolver_match and request.resolver_match.url_name in OPEN:
            return None
        onwards = f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""
        return HttpResponseRedirect(reverse("account_change_password") + onwards)
