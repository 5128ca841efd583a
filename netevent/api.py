"""The API's assembly: one door for programs, one shape for every error. Routes live in the apps."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import SessionAuth

from attendees.api import router as attendees_router
from netevent.core import limits
from netevent.core.errors import DomainError
from netevent.core.refusals import csrf_failed, refusal, refuse


class SignedIn(SessionAuth):
    """The site's own session. Whoever is not signed in hears that first, and not that a token is missing."""

    def __call__(self, request: HttpRequest) -> Any:
        if not request.user.is_authenticated:
            return None
        limits.hit("api.user", request.user.pk)
        return super().__call__(request)


api = NinjaAPI(
    title="NetEvent",
    version="1.0.0",
    urls_namespace="api",
    auth=SignedIn(),
    docs_url=None,
    openapi_url="/openapi.json",
)
NAMES = {
    400: "bad_request",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    429: "too_often",
}


@api.exception_handler(DomainError)
def domain_error(request: HttpRequest, error: DomainError) -> HttpResponse:
    answer = refuse(request, error)
    assert answer is not None
    return answer


@api.exception_handler(ValidationError)
def bad_input(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Each field at fault under its own name; `body` and the parameter's place are no news to the caller."""
    fields = {field_name(each): each["msg"] for each in error.errors}
    return refusal(request, 422, "bad_input", _("Some of this can't be used as it is."), fields=fields)


def field_name(error: dict[str, Any]) -> str:
    place = [str(part) for part in error.get("loc", ())]
    return ".".join(place[2:] if place[:1] == ["body"] and len(place) > 2 else place[1:]) or "body"


@api.exception_handler(AuthenticationError)
def not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return refusal(request, 401, "not_signed_in", _("Please sign in first."))


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return refusal(request, 404, "not_found", _("There is nothing at this address."))


@api.exception_handler(PermissionDenied)
def forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return refusal(request, 403, "forbidden", _("You don't have the right to do this."))


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 403:  # the one that ninja itself gives: its check of the CSRF token
        return csrf_failed(request)
    return refusal(request, error.status_code, NAMES.get(error.status_code, "refused"), str(error))


api.add_router("", attendees_router)


class MeOut(Schema):
    id: int
    username: str
    email: str | None
    first_name: str
    last_name: str
    language: str


@api.get("/me", response=MeOut, summary="Who am I?", tags=["account"])
def me(request: HttpRequest) -> Any:
    return request.user
