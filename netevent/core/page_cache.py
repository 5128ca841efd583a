"""Whole public pages for people without a session, a few seconds old at most, kept apart by address and language."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import get_language

View = Callable[..., HttpResponse]
KEPT_HEADERS = ("Content-Type", "Vary", "Cache-Control", "Content-Disposition", "X-Robots-Tag")


def cache_for_strangers(seconds: int = 5) -> Callable[[View], View]:
    """Answer from memory when nobody in particular asks.

    A request with a session cookie always gets its own page. A page that needs a CSRF token or sets a cookie is never kept, and only
    200 answers are. The language is the one that the locale chain chose, whatever it was chosen from.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in ("GET", "HEAD") or settings.SESSION_COOKIE_NAME in request.COOKIES:
                return finished(view(request, *args, **kwargs), public=False)
            key = key_of(request)
            kept = caches["local"].get(key)
            if kept is not None:
                return restored(*kept)
            response = view(request, *args, **kwargs)
            shared = not is_somebodys(request, response)
            response = finished(response, public=shared, seconds=seconds)
            if shared and response.status_code == 200 and not response.streaming:
                caches["local"].set(key, (response.content, kept_headers(response)), seconds)
            return response

        return answer

    return decorate


def key_of(request: HttpRequest) -> str:
    """By language and whole address; digested, since people may type any length and any character into one."""
    address = request.get_full_path().encode("utf-8", "surrogatepass")
    return f"page:{get_language()}:{hashlib.sha256(address).hexdigest()}"


def finished(response: HttpResponse, *, public: bool, seconds: int = 0) -> HttpResponse:
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    patch_cache_control(response, **({"public": True, "max_age": seconds} if public else {"private": True, "no_cache": True}))
    return response


def is_somebodys(request: HttpRequest, response: HttpResponse) -> bool:
    """Does it carry a cookie or a token of this browser? Then no proxy may keep it either."""
    return bool(response.cookies or request.META.get("CSRF_COOKIE_NEEDS_UPDATE") or request.META.get("CSRF_COOKIE"))


def kept_headers(response: HttpResponse) -> dict[str, str]:
    return {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}


def restored(content: bytes, headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(content, headers=headers)
