"""What every request passes through. No question to the database, no session: these run on every scan."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable
from typing import cast

from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from netevent.core.logging import request_id
from netevent.core.refusals import refusal, refuse, wrong_method

GetResponse = Callable[[HttpRequest], HttpResponseBase]
WELL_FORMED = re.compile(r"[A-Za-z0-9._:+/=-]{1,64}")
access_log = logging.getLogger("netevent.access")


class RequestId:
    """Outermost: every answer carries `X-Request-ID`, and every line logged on the way. A proxy of ours may have given it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.believes_proxy = settings.TRUSTED_PROXY_COUNT > 0

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = self.given(request) or os.urandom(8).hex()
        request_id.set(name)
        answer = self.timed if access_log.isEnabledFor(logging.INFO) else self.get_response
        response = answer(request)
        response.headers["X-Request-ID"] = name
        return response

    def given(self, request: HttpRequest) -> str:
        name = request.META.get("HTTP_X_REQUEST_ID", "") if self.believes_proxy else ""
        return name if WELL_FORMED.fullmatch(name) else ""

    def timed(self, request: HttpRequest) -> HttpResponseBase:
        """With one line for the request: its route, never its address, in which tokens stand."""
        started = time.perf_counter()
        response = self.get_response(request)
        route = request.resolver_match.route if request.resolver_match else "-"
        spent = round((time.perf_counter() - started) * 1000, 1)
        facts = {"method": request.method, "route": route, "status": response.status_code, "ms": spent}
        access_log.info("%s %s %s", request.method, route, response.status_code, extra={"facts": facts})
        return response


class PageHeaders(CSPMiddleware):
    """Content-Security-Policy (looser under /admin/ alone) and Permissions-Policy, computed once.

    django-csp's decorators work as documented; an answer that sets one of the headers itself keeps it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self.policy = build_policy()
        self.desk_policy = build_policy(replace=settings.DESK_SECURITY_POLICY)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = cast("HttpResponseBase", self.get_response(request))
        headers = response.headers
        headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        if "Content-Security-Policy" in headers:
            return response
        if any(name.startswith("_csp") for name in response.__dict__):
            return self.process_response(request, response)
        headers["Content-Security-Policy"] = self.desk_policy if request.path_info.startswith("/admin/") else self.policy
        return response


class Refusals:
    """What a person can send is never a 500: refusals of services, limits, a busy database and unreadable input get their own answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path_info:  # PostgreSQL takes no NUL in a text
            return refusal(request, 400, "bad_request", _("We could not read this request."))
        response = self.get_response(request)
        return wrong_method(request, response) if response.status_code == 405 else response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return refuse(request, error)
