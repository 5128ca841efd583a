"""Addresses that go wrong in every way a person or a database can make them."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import DataError, InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from netevent.api import api
from netevent.core.errors import DomainError, TooOften
from netevent.core.policies import policy, uses_camera

ERRORS = {
    "sold-out": lambda: DomainError("sold_out", "Sold out.", fields={"email": "Known."}),
    "bad-code": lambda: DomainError("bad_code", "No code.", status=422),
    "too-often": lambda: TooOften("link.address", 17),
    "locked": lambda: OperationalError("database is locked"),
    "gone": lambda: OperationalError("connection refused\nsecond line"),
    "cut": lambda: InterfaceError("connection already closed"),
    "no-table": lambda: OperationalError("no such table: x"),
    "too-long": lambda: DataError("value too long for type character varying(10)"),
    "nul": lambda: ValueError("A string literal cannot contain NUL (0x00) characters."),
    "half": lambda: UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    "huge": lambda: OverflowError("Python int too large to convert to SQLite INTEGER"),
    "mistake": lambda: ValueError("a mistake of ours"),
    "missing": lambda: Http404("x"),
    "denied": PermissionDenied,
}


@policy("public")
def fails(request: HttpRequest, how: str) -> HttpResponse:
    error = ERRORS[how]()
    raise error


@policy("public", methods=("GET", "POST"))
def fine(request: HttpRequest, token: str = "") -> HttpResponse:
    return HttpResponse("fine")


@csrf_exempt
@policy("public")
def echo(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"post": list(request.POST), "files": list(request.FILES)})


@csrf_exempt
@policy("public")
def store(request: HttpRequest) -> HttpResponse:
    Group.objects.filter(name=request.POST.get("name", "")).exists()
    Group.objects.create(name="kept")
    Group.objects.filter(pk=int(request.POST.get("number", "1"))).exists()
    connection.ensure_connection()
    return HttpResponse("stored")


@policy("public")
def count(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(Group.objects.count()))


@policy("signed-in")
def mine(request: HttpRequest) -> HttpResponse:
    return HttpResponse("mine")


@policy("superuser")
def theirs(request: HttpRequest) -> HttpResponse:
    return HttpResponse("theirs")


@policy("team: check in")
@uses_camera
def scan(request: HttpRequest) -> HttpResponse:
    return HttpResponse("scan")


@policy("public")
@require_POST
def only_post(request: HttpRequest) -> HttpResponse:
    return HttpResponse("posted")


def unguarded(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


urlpatterns = [
    path("fails/<str:how>", fails),
    path("api/fails/<str:how>", fails),
    path("api/v1/", api.urls),
    path("fine", fine),
    path("attendee/personal/<str:token>", fine),
    path("echo", echo),
    path("store", store),
    path("count", count),
    path("mine", mine, name="mine"),
    path("theirs", theirs),
    path("scan", scan),
    path("only-post", only_post),
    path("unguarded", unguarded),
    path("admin/desk", unguarded),
    path("", include("netevent.core.urls")),
]
handler400 = "netevent.core.refusals.bad_request"
handler403 = "netevent.core.refusals.forbidden"
handler404 = "netevent.core.refusals.not_found"
handler500 = "netevent.core.refusals.server_error"
