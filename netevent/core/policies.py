"""Which policy guards an address: said beside the view, enforced where the words can be, listed by `list_routes`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import gettext as _

from netevent.core.refusals import refusal, wants_json

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
Check = Callable[[HttpRequest], HttpResponseBase | None]

# Addresses of libraries, whose views can't carry a word of ours. The longest beginning wins.
BY_PREFIX = {
    "admin/login/": "public",
    "admin/": "desk: staff by right, rows by visible_to",
    "_allauth/": "sign-in pages",
    "accounts/": "sign-in pages",
    "api/v1/": "public",  # its root and description; every operation of it says its own
    "": "",
}
LIBRARY_POLICIES = {
    "allauth": "sign-in pages",
    "django.contrib.sitemaps": "public",
    "django.contrib.staticfiles": "public",
    "django.views.i18n": "public",
}


def signed_in(request: HttpRequest) -> HttpResponseBase | None:
    if request.user.is_authenticated:
        return None
    if wants_json(request):
        return refusal(request, 401, "not_signed_in", _("Please sign in first."))
    return redirect_to_login(request.get_full_path(), str(settings.LOGIN_URL))


def superuser(request: HttpRequest) -> HttpResponseBase | None:
    answer = signed_in(request)
    if answer is None and not request.user.is_superuser:
        raise Http404
    return answer


ENFORCED: dict[str, Check] = {"signed-in": signed_in, "superuser": superuser}


def policy(name: str, *, check: Check | None = None, methods: Iterable[str] = ()) -> Callable[[View], View]:
    """Name the policy of a view and enforce it.

    `public` and words such as `team: check in` or `token: personal` only say what the view itself asks; `signed-in` sends strangers to the
    sign-in page (programs: 401), `superuser` answers 404 to everybody else. `check` returns an answer to refuse with, or None.
    `methods` are the only ones that get through (HEAD comes with GET).
    """
    allowed = frozenset(methods) | ({"HEAD"} if "GET" in methods else set())
    guard = check or ENFORCED.get(name)

    def decorate(view: View) -> View:
        if not guard and not allowed:
            view.policy = name  # type: ignore[attr-defined]
            return view

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if allowed and request.method not in allowed:
                return HttpResponseNotAllowed(sorted(allowed))
            refused = guard(request) if guard else None
            return view(request, *args, **kwargs) if refused is None else refused

        guarded.policy = name  # type: ignore[attr-defined]
        guarded.methods = sorted(methods)  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def uses_camera(view: View) -> View:
    """Let this page ask for the camera; everywhere else the browser refuses it."""

    @wraps(view)
    def with_camera(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY.replace("camera=()", "camera=(self)"))
        return response

    return with_camera  # type: ignore[return-value]


# --- Reading them ----------------------------------------------------------------------------------------------------------
def routes(patterns: Iterable[URLPattern | URLResolver] | None = None, prefix: str = "", namespace: str = "") -> Iterator[dict[str, Any]]:
    """Every address with its name, methods and policy (empty: nobody has said); an API address once per method."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        address = prefix + str(pattern.pattern).replace("^", "").replace("\\Z", "").replace("$", "")
        if isinstance(pattern, URLResolver):
            inner = ":".join(filter(None, (namespace, pattern.namespace)))
            yield from routes(pattern.url_patterns, address, inner)
        else:
            yield from rows_of(pattern, address, namespace)


def rows_of(pattern: URLPattern, address: str, namespace: str) -> Iterator[dict[str, Any]]:
    name = ":".join(filter(None, (namespace, pattern.name or "")))
    api = operations(pattern.callback)
    if api:
        for operation in api:
            yield {
                "route": f"/{address}",
                "name": name,
                "methods": sorted(operation.methods),
                "policy": api_policy(operation),
            }
    else:
        yield {
            "route": f"/{address}",
            "name": name,
            "methods": methods_of(pattern.callback),
            "policy": policy_of(pattern.callback, address),
        }


def unwrapped(view: Any) -> Iterator[Any]:
    while view is not None:
        yield view
        view = getattr(view, "__wrapped__", None)


def policy_of(view: Any, address: str) -> str:
    for layer in unwrapped(view):
        found = getattr(layer, "policy", None) or getattr(getattr(layer, "view_class", None), "policy", None)
        if isinstance(found, str):
            return found
    module = getattr(getattr(view, "view_class", view), "__module__", "")
    by_library = [name for library, name in LIBRARY_POLICIES.items() if module.startswith(library)]
    by_prefix = max((prefix for prefix in BY_PREFIX if address.startswith(prefix)), key=len)
    return BY_PREFIX[by_prefix] or next(iter(by_library), "")


def methods_of(view: Any) -> list[str]:
    for layer in unwrapped(view):
        if methods := getattr(layer, "methods", None):
            return sorted(methods)
        if view_class := getattr(layer, "view_class", None):
            return sorted(method.upper() for method in view_class.http_method_names if hasattr(view_class, method) and method != "options")
        if inspect.isfunction(layer) and (named := inspect.getclosurevars(layer).nonlocals.get("request_method_list")):
            return sorted(named)  # Django's require_http_methods
    return ["ANY"]


def operations(view: Any) -> list[Any]:
    """The operations of a ninja address."""
    holder = inspect.getclosurevars(view).nonlocals.get("self") if inspect.isfunction(view) else None
    return list(getattr(holder, "operations", []))


def api_policy(operation: Any) -> str:
    said = getattr(operation.view_func, "policy", "")
    return said or ("signed-in" if operation.auth_callbacks else "")
