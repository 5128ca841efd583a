"""Which language a page is read in: address (`?lang=`), session, cookie, browser, the person's preference, default; first hit wins.

Only languages that are switched on count. The session is looked at only where there is one, so a visitor without cookies costs no
query and their page may be kept for everybody who reads the same language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from netevent.accounts import languages

SESSION_KEY = "language"
PARAMETER = "lang"

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class LocaleMiddleware:
    """Reads the request's language, speaks it for the whole page, and remembers what an address with `?lang=` asked for.

    Stands after the session and authentication middleware. It answers with `Content-Language` and `Vary: Accept-Language, Cookie`,
    since another browser or another cookie may get another language at the same address.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        code = choose_language(request)
        translation.activate(code)
        request.LANGUAGE_CODE = code  # the name that Django's own middleware uses
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or code)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        if asked_in_address(request):
            remember(request, response, code)
        return response


def choose_language(request: HttpRequest) -> str:
    """The first offered language of the chain."""
    on_offer = languages.offered_codes()
    return next((code for code in candidates(request, on_offer) if code in on_offer), languages.default_code())


def candidates(request: HttpRequest, on_offer: frozenset[str]) -> Iterator[str]:
    """The chain, asked step by step: what is further down is not even looked up."""
    yield request.GET.get(PARAMETER, "").lower()
    if has_session(request):
        yield str(request.session.get(SESSION_KEY, ""))
    yield request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    yield browser_language(request.headers.get("Accept-Language", ""), on_offer)
    if has_session(request) and request.user.is_authenticated:
        yield request.user.language


def has_session(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def browser_language(header: str, on_offer: frozenset[str]) -> str:
    """The browser's best wish that is on offer: `de-AT` is content with `de`; empty when none is."""
    for wish, _quality in parse_accept_lang_header(header):
        for code in (wish, wish.partition("-")[0]):
            if code in on_offer:
                return code
    return ""


def asked_in_address(request: HttpRequest) -> bool:
    return PARAMETER in request.GET and request.GET[PARAMETER].lower() in languages.offered_codes()


def remember(request: HttpRequest, response: HttpResponseBase, code: str) -> None:
    """Keep this choice for the next pages: in a cookie, and in the session where there is one (it comes first in the chain).

    No session is begun for it: a crawler that follows every `?lang=` link would leave a row for each.
    """
    if (has_session(request) or request.session.session_key) and request.session.get(SESSION_KEY) != code:
        request.session[SESSION_KEY] = code
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    patch_cache_control(response, private=True)  # the page may be everybody's, this cookie is not


def carry_preference(request: HttpRequest, language: str) -> None:
    """On signing in: the stored preference becomes the session's choice, unless session or cookie already hold one."""
    on_offer = languages.offered_codes()
    chosen = {str(request.session.get(SESSION_KEY, "")), request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")}
    if language in on_offer and not chosen & on_offer:
        request.session[SESSION_KEY] = language
